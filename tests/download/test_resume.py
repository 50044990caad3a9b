"""Going on: what is asked for, what is added, and what is never mixed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from httpeek.download.resume import OVERLAP, accepted, begin, content_range, unsatisfied
from httpeek.download.side import State
from httpeek.model.codes import HttpeekError
from httpeek.model.message import ResponseHead
from tests.download.conftest import Quick
from tests.download.origin import CUT, RESET, Origin, Turn, octets

WHOLE = octets(100_000)
OTHER = octets(100_000, 2)


def stopped(download: Quick, origin: Origin, at: int = 60_000, *words: str) -> None:
    """A first download that is cut after so many octets."""
    origin.turns.append(Turn(at, CUT))
    assert download("--retry=0", *words, f"{origin.url}/file").code == 18
    assert (download.home / "file.part").read_bytes() == origin.content[:at]


def test_what_was_left_is_gone_on_with_by_itself(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        assert download(f"{origin.url}/file").code == 0
        asked = origin.requests[-1].fields
    assert asked["range"] == f"bytes={60_000 - OVERLAP}-"
    assert asked["if-range"] == '"one"'
    assert (download.home / "file").read_bytes() == WHOLE
    assert download.names() == ["file"]


def test_a_strong_date_stands_in_for_an_etag(download: Quick) -> None:
    with Origin(WHOLE, etag="") as origin:
        stopped(download, origin)
        assert download(f"{origin.url}/file").code == 0
        assert origin.requests[-1].fields["if-range"] == origin.modified
    assert (download.home / "file").read_bytes() == WHOLE


@pytest.mark.parametrize(
    ("etag", "modified"), [('W/"one"', ""), ("", ""), ("unquoted", ""), ("", "Thu, 26 Nov 2026 08:00:00 GMT")]
)
def test_without_a_strong_validator_no_range_is_asked_for(download: Quick, etag: str, modified: str) -> None:
    with Origin(WHOLE, etag=etag, modified=modified) as origin:
        stopped(download, origin)
        assert download("-c", f"{origin.url}/file").code == 0
        assert "range" not in origin.requests[-1].fields
    assert (download.home / "file").read_bytes() == WHOLE


def test_a_file_that_changed_is_fetched_anew(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        origin.content, origin.etag = OTHER, '"two"'
        assert download("-c", f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == OTHER


@pytest.mark.parametrize("size", [0, 1, 30_000, 59_999, 60_000, 60_001])
def test_a_file_that_became_shorter_is_fetched_anew(download: Quick, size: int) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        origin.content, origin.etag = WHOLE[:size], '"two"'
        assert download("-c", f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE[:size]


def test_a_version_that_changes_while_it_is_fetched_anew_is_not_mixed(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        origin.content, origin.etag = OTHER, '"two"'
        origin.turns.append(Turn(20_000, CUT))
        assert download("--retry=0", f"{origin.url}/file").code == 18
        origin.content, origin.etag = WHOLE, '"three"'
        assert download(f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


def test_what_a_new_version_has_in_common_is_kept_until_it_differs(download: Quick) -> None:
    longer = WHOLE[:70_000] + OTHER
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        origin.content, origin.etag = longer, '"two"'
        origin.turns.append(Turn(10_000, CUT))
        assert download("--retry=0", f"{origin.url}/file").code == 18
        assert (download.home / "file.part").read_bytes() == WHOLE[:60_000]
        assert download(f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == longer


@pytest.mark.parametrize("size", [1, 2, 3, 100, OVERLAP, 99_999])
def test_any_length_can_be_gone_on_with(download: Quick, size: int) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin, size)
        assert download(f"{origin.url}/file").code == 0
        assert origin.requests[-1].fields["range"] == f"bytes={begin(size)}-"
    assert (download.home / "file").read_bytes() == WHOLE


def test_a_part_that_is_whole_already_is_finished(download: Quick) -> None:
    with Origin(WHOLE, Turn(99_999, CUT)) as origin:
        download("--retry=0", f"{origin.url}/file")
        with (download.home / "file.part").open("ab") as file:
            file.write(WHOLE[-1:])  # as if we had been killed before the rename
        assert download(f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


def test_a_longer_part_than_the_file_is_an_error(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        with (download.home / "file.part").open("ab") as file:
            file.write(b"x" * 50_000)
        assert download("-c", "--retry=0", f"{origin.url}/file").code in (4, 8)
    assert (download.home / "file.part").stat().st_size == 110_000
    assert not (download.home / "file").exists()


def test_a_part_with_a_damaged_end_is_not_gone_on_with(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        with (download.home / "file.part").open("r+b") as file:
            file.seek(59_990)
            file.write(b"\0" * 10)
        assert download("-c", f"{origin.url}/file").code == 8
        assert not (download.home / "file").exists()
        # Asked to, it is fetched anew.
        os.unlink(download.home / "file.part")
        assert download(f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


def test_after_a_crash_of_the_machine_only_synced_octets_are_trusted(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        side = download.home / "file.part.json"
        said = json.loads(side.read_text())
        side.write_text(json.dumps({**said, "boot": "another", "synced": 1000}))
        with (download.home / "file.part").open("r+b") as file:
            file.seek(2000)
            file.write(b"\0" * 58_000)
        assert download(f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


@pytest.mark.parametrize("seed", range(30))
def test_a_transfer_that_breaks_again_and_again_ends_whole(download: Quick, seed: int) -> None:
    import random

    chance = random.Random(seed)
    turns = [Turn(chance.randrange(100, 60_000), chance.choice([CUT, RESET])) for _ in range(chance.randrange(1, 6))]
    with Origin(WHOLE, *turns) as origin:
        origin.chunked = seed % 3 == 0
        assert download("--retry=9", f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


@pytest.mark.parametrize("seed", range(30))
def test_commands_that_end_again_and_again_and_a_file_that_changes_never_make_a_mix(download: Quick, seed: int) -> None:
    import random

    chance = random.Random(seed)
    versions = [octets(chance.randrange(1, 90_000), n) for n in range(4)]
    with Origin(versions[0]) as origin:
        for _ in range(6):
            number = chance.randrange(4)
            origin.content, origin.etag = versions[number], f'"{number}"'
            origin.ranges = chance.random() < 0.8
            origin.chunked = chance.random() < 0.3
            origin.turns = [Turn(chance.randrange(0, 90_000), CUT)] if chance.random() < 0.8 else []
            code = download("-c", "--retry=0", "-o", "file", f"{origin.url}/file").code
            if code == 0:
                assert (download.home / "file").read_bytes() == versions[number]
                break
            assert code in (18, 56, 52)
            assert not (download.home / "file").exists()


def test_what_is_not_trusted_is_cut_before_anything_is_added(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        side = download.home / "file.part.json"
        said = json.loads(side.read_text())
        side.write_text(json.dumps({**said, "boot": "another", "synced": 1000}))
        origin.turns.append(Turn(2000, CUT))
        assert download("--retry=0", f"{origin.url}/file").code == 18
        assert (download.home / "file.part").stat().st_size == 500 + 2000
        assert download(f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


# A file that somebody else began


def test_a_foreign_partial_is_gone_on_with_if_it_is_the_beginning(download: Quick) -> None:
    (download.home / "file").write_bytes(WHOLE[:50_000])
    with Origin(WHOLE) as origin:
        assert download("-c", f"{origin.url}/file").code == 0
        assert origin.requests[-1].fields["range"] == f"bytes={50_000 - OVERLAP}-"
    assert (download.home / "file").read_bytes() == WHOLE
    assert download.names() == ["file"]


def test_a_foreign_partial_of_something_else_is_left_alone(download: Quick) -> None:
    (download.home / "file").write_bytes(OTHER[:50_000])
    for ranges in (True, False):
        with Origin(WHOLE) as origin:
            origin.ranges = ranges
            assert download("-c", f"{origin.url}/file").code == 8
    assert (download.home / "file").read_bytes() == OTHER[:50_000]
    assert download.names() == ["file"]


def test_a_foreign_partial_is_gone_on_with_without_ranges_too(download: Quick) -> None:
    (download.home / "file").write_bytes(WHOLE[:50_000])
    with Origin(WHOLE) as origin:
        origin.ranges = False
        assert download("-c", f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


def test_a_foreign_partial_that_is_older_than_the_server_s_file_is_left_alone(download: Quick) -> None:
    (download.home / "file").write_bytes(WHOLE[:50_000])
    os.utime(download.home / "file", (1, 1))
    with Origin(WHOLE) as origin:
        assert download("-c", f"{origin.url}/file").code == 8
    assert (download.home / "file").read_bytes() == WHOLE[:50_000]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_whole_file_is_left_as_it_is_by_continue(download: Quick, ranges: bool) -> None:
    (download.home / "file").write_bytes(WHOLE)
    os.utime(download.home / "file", (800_000_000, 800_000_000))
    with Origin(WHOLE) as origin:
        origin.ranges = ranges
        assert download("-c", f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE
    assert (download.home / "file").stat().st_mtime == 800_000_000
    assert download.names() == ["file"]


def test_a_longer_foreign_file_is_an_error_and_left_alone(download: Quick) -> None:
    (download.home / "file").write_bytes(WHOLE + b"more" * 20_000)
    with Origin(WHOLE) as origin:
        assert download("-c", f"{origin.url}/file").code in (4, 8)
    assert (download.home / "file").stat().st_size == 180_000
    assert download.names() == ["file"]


def test_a_foreign_partial_survives_a_second_interruption(download: Quick) -> None:
    (download.home / "file").write_bytes(WHOLE[:50_000])
    with Origin(WHOLE, Turn(30_000, CUT)) as origin:
        assert download("-c", "--retry=0", f"{origin.url}/file").code == 18
        assert download.names() == ["file.part", "file.part.json"]
        assert download("-c", f"{origin.url}/file").code == 0
    assert (download.home / "file").read_bytes() == WHOLE


# Names of parts


def test_a_part_of_a_file_that_the_server_named_is_found_again(download: Quick) -> None:
    with Origin(WHOLE, Turn(60_000, CUT)) as origin:
        origin.fields = ('Content-Disposition: attachment; filename="said.bin"',)
        assert download("--retry=0", f"{origin.url}/file").code == 18
        assert download.names() == ["said.bin.part", "said.bin.part.json"]
        assert download(f"{origin.url}/file").code == 0
        assert "range" in origin.requests[-1].fields
    assert download.names() == ["said.bin"]


def test_a_part_of_another_url_is_left_alone(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        assert download(f"{origin.url}/other/file").code == 0
        assert download("-o", "file", f"{origin.url}/other/file").code == 23
    assert (download.home / "file.part").read_bytes() == WHOLE[:60_000]
    assert (download.home / "file-1").read_bytes() == WHOLE


def test_a_part_that_is_none_of_ours_is_left_alone(download: Quick) -> None:
    (download.home / "file.part").write_bytes(b"from a browser")
    with Origin(WHOLE) as origin:
        assert download(f"{origin.url}/file").code == 0
        assert download("-o", "file", f"{origin.url}/file").code == 23
    assert (download.home / "file.part").read_bytes() == b"from a browser"
    assert (download.home / "file-1").read_bytes() == WHOLE


@pytest.mark.parametrize(
    "side",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"url": 1}',
        b'{"url": "x", "total": -1}',
        b'{"url": "x", "no": 1}',
        b"\xff",
        b"[" * 9999,
    ],
)
def test_a_broken_side_file_makes_the_part_foreign(download: Quick, side: bytes) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        (download.home / "file.part.json").write_bytes(side)
        assert download("-o", "file", f"{origin.url}/file").code == 23
    assert (download.home / "file.part").read_bytes() == WHOLE[:60_000]


def test_the_side_file_is_for_its_owner_only(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
    assert (download.home / "file.part.json").stat().st_mode & 0o777 == 0o600


def test_a_wrong_whole_is_not_gone_on_with(download: Quick, tmp_path: Path) -> None:
    with Origin(WHOLE) as origin:
        assert download("--checksum=sha256:" + "0" * 64, f"{origin.url}/file").code == 10
        assert download(f"{origin.url}/file").code == 0
        assert "range" not in origin.requests[-1].fields
    assert (download.home / "file").read_bytes() == WHOLE


# Values


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bytes 0-9/10", (0, 9, 10)),
        ("Bytes 5-9/*", (5, 9, None)),
        ("bytes 5-4/10", None),
        ("bytes 0-10/10", None),
        ("bytes=0-9/10", None),
        ("lines 0-9/10", None),
        ("bytes */10", None),
        ("bytes -1-9/10", None),
        ("bytes 0-9", None),
        ("bytes 0-9/x", None),
        ("bytes +0-9/10", None),
        ("bytes 0-" + "9" * 30 + "/*", None),
        ("", None),
    ],
)
def test_a_content_range_is_read_to_the_letter(value: str, found: object) -> None:
    assert content_range(value) == found


def test_the_total_of_a_416_is_read() -> None:
    assert unsatisfied("bytes */10") == 10
    assert unsatisfied("bytes 0-1/10") is None
    assert unsatisfied("bytes */*") is None


def head(*fields: tuple[bytes, bytes]) -> ResponseHead:
    return ResponseHead(b"HTTP/1.1", 206, b"Partial Content", fields)


RANGE = (b"Content-Range", b"bytes 50-99/100")
KNOWN = State("u", '"one"', "Sun, 06 Nov 1994 08:49:37 GMT", "", 100, "")


def test_a_206_that_fits_is_accepted() -> None:
    assert accepted(head(RANGE, (b"ETag", b'"one"')), KNOWN, 50, 60) == (100, 100)
    assert accepted(head((b"Content-Range", b"bytes 50-79/100")), KNOWN, 50, 60) == (80, 100)
    assert accepted(head(RANGE), KNOWN._replace(total=None), 50, 60) == (100, 100)


@pytest.mark.parametrize(
    ("fields", "state", "asked", "size"),
    [
        ((RANGE,), KNOWN, None, 60),
        ((RANGE,), None, 50, 60),
        ((), KNOWN, 50, 60),
        ((RANGE, RANGE), KNOWN, 50, 60),
        (((b"Content-Range", b"bytes 49-99/100"),), KNOWN, 50, 60),
        (((b"Content-Range", b"bytes 0-99/100"),), KNOWN, 50, 60),
        (((b"Content-Range", b"bytes 50-99/*"),), KNOWN, 50, 60),
        (((b"Content-Range", b"bytes 50-100/101"),), KNOWN, 50, 60),
        ((RANGE,), KNOWN._replace(total=None), 50, 101),
        ((RANGE, (b"ETag", b'"two"')), KNOWN, 50, 60),
        ((RANGE, (b"ETag", b'W/"one"')), KNOWN, 50, 60),
        ((RANGE, (b"Last-Modified", b"Mon, 07 Nov 1994 08:49:37 GMT")), KNOWN._replace(etag=""), 50, 60),
        ((RANGE, (b"Content-Encoding", b"gzip")), KNOWN, 50, 60),
        (((b"Content-Type", b"multipart/byteranges; boundary=x"),), KNOWN, 50, 60),
    ],
)
def test_a_206_that_does_not_fit_is_refused(
    fields: tuple[tuple[bytes, bytes], ...], state: State | None, asked: int | None, size: int
) -> None:
    with pytest.raises(HttpeekError) as raised:
        accepted(head(*fields), state, asked, size)
    assert raised.value.code == 8


def test_a_206_of_another_version_is_refused_though_its_first_octets_are_equal(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        rest = WHOLE[60_000 - OVERLAP : 70_000] + OTHER[70_000:]
        fields = f'ETag: "two"\r\nContent-Range: bytes {60_000 - OVERLAP}-99999/100000\r\nContent-Length: {len(rest)}'
        origin.turns.append(Turn(instead=f"HTTP/1.1 206 Partial Content\r\n{fields}\r\n\r\n".encode() + rest))
        assert download("-c", "--retry=0", f"{origin.url}/file").code == 8
    assert (download.home / "file.part").read_bytes() == WHOLE[:60_000]
