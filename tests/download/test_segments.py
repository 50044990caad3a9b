"""One file in segments: divided where that is safe, over one connection where not, and never a mix."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from httpeek.download.limit import Limit
from httpeek.download.resume import OVERLAP
from httpeek.download.rows import SMALLEST
from tests.download.conftest import Quick
from tests.download.origin import CUT, HOLD, RESET, Origin, Request, Turn
from tests.download.processes import Forks
from tests.support import LIMIT, Program, environment

SIZE = 4 * SMALLEST + 12_345
WHOLE = random.Random(1).randbytes(SIZE)
OTHER = random.Random(2).randbytes(SIZE)


def ranged(origin: Origin) -> list[tuple[int, int]]:
    """The ranges that were asked for: first octet, and the one behind the last."""
    found = []
    for request in origin.requests:
        if "range" in request.fields:
            first, _, last = request.fields["range"].removeprefix("bytes=").partition("-")
            found.append((int(first), int(last or SIZE - 1) + 1))
    return sorted(found)


def whole(download: Quick, content: bytes = WHOLE, name: str = "f") -> None:
    """The file is there and whole, and nothing else is."""
    assert name in download.names(), download.names()
    assert (download.home / name).read_bytes() == content
    assert [n for n in download.names() if n.startswith(name)] == [name]


def once(turn: Turn, when: Callable[[Request], bool]) -> Callable[[Request], Turn | None]:
    """An answer for the first request that is such a one."""
    left = [turn]
    lock = threading.Lock()

    def choose(request: Request) -> Turn | None:
        with lock:
            return left.pop() if left and when(request) else None

    return choose


def behind(request: Request) -> bool:
    """True for a request that asks for a range."""
    return "range" in request.fields


def slow(origin: Origin, gate: threading.Event) -> None:
    """Has the answer that brings the whole file stop after its first octets until the gate is opened."""

    def go_on(sock: socket.socket) -> None:
        gate.wait(LIMIT)
        sock.sendall(origin.content[1000:])

    origin.choose = once(Turn(1000, go_on), lambda request: not behind(request))


# What is asked for


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("words", [(), ("--limit-rate=10GiB",), ("--print-checksum",)])
def test_a_file_comes_in_segments_over_a_connection_each(download: Quick, number: int, words: tuple[str, ...]) -> None:
    """No answer goes on before all have been asked for."""
    gate = threading.Barrier(number)
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)

        def choose(request: Request) -> Turn:
            def go_on(sock: socket.socket) -> None:
                gate.wait(LIMIT)
                if behind(request):
                    first, last = request.fields["range"].removeprefix("bytes=").split("-")
                    sock.sendall(WHOLE[int(first) : int(last) + 1])
                else:
                    sock.sendall(WHOLE)
                    HOLD(sock)

            return Turn(0, go_on)

        origin.choose = choose
        assert download(f"--segments={number}", *words, f"{origin.url}/f").code == 0
        assert origin.connections == number
        asked = ranged(origin)
    whole(download)
    assert [first for first, _ in asked] == [SIZE * n // number for n in range(1, number)]
    ends = [SIZE * n // number + OVERLAP for n in range(2, number)] + [SIZE]
    assert [last for _, last in asked] == ends
    assert all(request.fields["if-range"] == '"one"' for request in origin.requests if behind(request))


def test_a_file_that_is_small_gets_fewer_connections(download: Quick) -> None:
    with Origin(WHOLE[: 3 * SMALLEST]) as origin:
        assert download("--segments=16", f"{origin.url}/f").code == 0
        assert origin.connections <= 3
    whole(download, WHOLE[: 3 * SMALLEST])


@pytest.mark.parametrize("number", ["0", "65", "-1", "x"])
def test_a_number_that_is_none_is_wrong_usage(download: Quick, number: str) -> None:
    assert download(f"--segments={number}", "http://127.0.0.1:1/f").code == 2


def test_without_a_promise_of_ranges_one_connection_tries_first(download: Quick) -> None:
    gate = threading.Event()
    with Origin(WHOLE) as origin:
        slow(origin, gate)
        held = origin.choose

        def refuse(request: Request) -> Turn | None:
            if not behind(request):
                return held(request)
            gate.set()
            return Turn(status=403)

        origin.choose = refuse
        assert download("--segments=4", f"{origin.url}/f").code == 0
        assert len(origin.requests) == 2
    whole(download)


# Over one connection


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"etag": 'W/"one"', "modified": ""}, "no strong validator"),
        ({"etag": "", "modified": ""}, "no strong validator"),
        ({"chunked": True}, ""),
        ({"fields": ("Accept-Ranges: none",)}, "takes no ranges"),
        ({"version": b"HTTP/1.0"}, "HTTP/1.0"),
        ({"content": WHOLE[: 2 * SMALLEST - 1]}, "too small"),
        ({"content": b""}, "too small"),
        ({"fields": ("Content-Encoding: gzip", "Content-Type: application/gzip")}, "coding gzip"),
    ],
)
def test_what_cannot_be_divided_comes_over_one_connection(download: Quick, change: dict[str, object], why: str) -> None:
    with Origin(WHOLE) as origin:
        for name, value in change.items():
            setattr(origin, name, value)
        result = download("--segments=4", f"{origin.url}/f")
        assert result.code == 0, result.err
        assert (origin.connections, len(origin.requests)) == (1, 1)
    assert why in result.err
    assert ("note: " in result.err) == bool(why)
    whole(download, origin.content)


@pytest.mark.parametrize("words", [("-o", "-"), ("-o", "/dev/null"), ("--data=x", "-o", "f")])
def test_what_is_written_in_order_or_is_no_get_comes_over_one_connection(
    download: Quick, words: tuple[str, ...]
) -> None:
    with Origin(WHOLE) as origin:
        result = download("--segments=4", *words, f"{origin.url}/f")
        assert (result.code, len(origin.requests)) == (0, 1)
    assert "over one connection" in result.err
    if words[1] == "-":
        assert result.out == WHOLE


REFUSALS = {
    "forbidden": Turn(status=403),
    "busy": Turn(status=503, fields=("Retry-After: 600",)),
    "not satisfiable": Turn(status=416, fields=("Content-Range: bytes */1",)),
    "reset": Turn(0, RESET, instead=b""),
    "closed": Turn(instead=b"HTTP/1.1 "),
    "no http": Turn(instead=b"220 ftp ready\r\n\r\n"),
    "redirect away": Turn(status=302, fields=("Location: http://127.0.0.1:1/",)),
}


@pytest.mark.parametrize("kind", sorted(REFUSALS))
@pytest.mark.parametrize("named", [True, False])
def test_a_server_that_gives_no_second_connection_costs_nothing(download: Quick, kind: str, named: bool) -> None:
    """The first answer goes on to the end: nothing is asked for again."""
    gate = threading.Event()
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",) if named else ()
        slow(origin, gate)
        held = origin.choose

        def refuse(request: Request) -> Turn | None:
            if not behind(request):
                return held(request)
            gate.set()
            return REFUSALS[kind]

        origin.choose = refuse
        result = download("--segments=4", "--retry=0", f"{origin.url}/f")
        assert result.code == 0, result.err
        assert sum(not behind(request) for request in origin.requests) == 1
    whole(download)


def lie(request: Request, how: str) -> Turn:
    """An answer to a range that is not of this file, or not what it says."""
    first, _, last = request.fields["range"].removeprefix("bytes=").partition("-")
    begin, end, total, etag, content = int(first), int(last), SIZE, '"one"', WHOLE
    more = ""
    if how == "start":
        begin += 1
    elif how == "longer":
        end = min(SIZE - 1, end + 10)
    elif how == "total":
        total += 1
    elif how == "etag":
        etag, content = '"two"', OTHER
    elif how == "weak":
        etag = 'W/"one"'
    elif how == "coding":
        more = "Content-Encoding: gzip\r\n"
    elif how == "octets":
        content = WHOLE[begin:] + WHOLE[:begin]
        content = content[: end + 1 - begin]
        return Turn(instead=b"")._replace(instead=_partial(begin, end, total, etag, more, WHOLE[: end + 1 - begin]))
    elif how == "unnamed":
        octets = content[begin : end + 1]
        head = f"HTTP/1.1 206 Partial Content\r\nETag: {etag}\r\nContent-Length: {len(octets)}\r\n\r\n"
        return Turn(instead=head.encode() + octets)
    elif how == "whole":
        return Turn(instead=f'HTTP/1.1 200 OK\r\nETag: "two"\r\nContent-Length: {SIZE}\r\n\r\n'.encode() + OTHER[:9000])
    return Turn(instead=_partial(begin, end, total, etag, more, content[begin : end + 1]))


def _partial(begin: int, end: int, total: int, etag: str, more: str, octets: bytes) -> bytes:
    said = f"Content-Range: bytes {begin}-{end}/{total}\r\nETag: {etag}\r\nContent-Length: {len(octets)}\r\n{more}"
    return f"HTTP/1.1 206 Partial Content\r\n{said}\r\n".encode() + octets


LIES = ("start", "longer", "total", "etag", "weak", "coding", "octets", "unnamed", "whole")


@pytest.mark.parametrize("how", LIES)
@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_range_of_something_else_is_never_mixed_in(download: Quick, how: str, which: int) -> None:
    """One of the ranges, or the seam behind it, is wrong; the whole answers of the server are right."""
    gate = threading.Event()
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        slow(origin, gate)
        held = origin.choose

        def noticed(sock: socket.socket) -> None:
            if how != "octets":  # which are noticed when all is there
                HOLD(sock)
            gate.set()

        def choose(request: Request) -> Turn | None:
            if not behind(request):
                return held(request)
            first = int(request.fields["range"].removeprefix("bytes=").partition("-")[0])
            if first == SIZE * which // 4:
                return lie(request, how)._replace(end=noticed)
            return None

        origin.choose = choose
        result = download("--segments=4", f"{origin.url}/f")
    assert result.code == 0, result.err
    whole(download)
    if (how, which) == ("longer", 3):  # there is nothing behind the last
        return
    # Wrong octets hold nobody up: the first answer may be quicker than they are, and takes over what nobody has begun.
    assert "over one connection" in result.err or how == "octets"


def test_a_server_whose_every_range_is_wrong_gives_the_file_all_the_same(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        origin.choose = lambda request: lie(request, "octets") if request.fields.get("range", "-")[-1] != "-" else None
        assert download("--segments=4", f"{origin.url}/f").code == 0
    whole(download)


@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_changes_between_two_segments_is_one_version(download: Quick, gone: bool) -> None:
    """What comes is the old version over the answer that began, or the new one, if that answer breaks off."""
    gate = threading.Event()
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)

        def go_on(sock: socket.socket) -> None:
            gate.wait(LIMIT)
            if gone:
                RESET(sock)
            else:
                sock.sendall(WHOLE[1000:])

        first = once(Turn(1000, go_on), lambda request: not behind(request))

        def choose(request: Request) -> Turn | None:
            if not behind(request):
                return first(request)
            origin.content, origin.etag = OTHER, '"two"'
            gate.set()
            return None

        origin.choose = choose
        assert download("--segments=4", f"{origin.url}/f").code == 0
    whole(download, OTHER if gone else WHOLE)


# Going on


def stopped(download: Quick, origin: Origin, *words: str) -> int:
    """A download of which the third segment fails for ever while the others come: how many requests that were."""
    origin.fields = ("Accept-Ranges: bytes",)
    third, fourth = SIZE * 2 // 4, SIZE * 3 // 4
    begun = threading.Semaphore(0)

    def go_on(sock: socket.socket) -> None:
        for _ in range(3):
            begun.acquire(timeout=LIMIT)
        sock.sendall(WHOLE[1000 : SIZE // 4 + 100_000])
        HOLD(sock)

    def choose(request: Request) -> Turn | None:
        if not behind(request):
            return Turn(1000, go_on)
        first = int(request.fields["range"].removeprefix("bytes=").partition("-")[0])
        begun.release()
        if first == third:
            return Turn(300_000, CUT)
        return Turn(0, RESET) if third < first < fourth else None

    origin.choose = choose
    result = download("--segments=4", "--retry=1", *words, f"{origin.url}/f")
    origin.choose = lambda request: None
    assert result.code in (18, 56, 52), result.err
    assert "go on with:\n" in result.err
    assert "f.segments" in result.err
    assert "--segments 4" in result.err
    assert download.names() == ["f.segments", "f.segments.json"]
    return len(origin.requests)


def test_a_segment_that_fails_for_ever_is_gone_on_with_alone(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        before = stopped(download, origin)
        assert download("--segments=4", f"{origin.url}/f").code == 0
        again = origin.requests[before:]
    whole(download)
    assert all(behind(request) for request in again)
    third, fourth = SIZE * 2 // 4, SIZE * 3 // 4
    for request in again:
        first, _, last = request.fields["range"].removeprefix("bytes=").partition("-")
        assert third <= int(first) <= int(last) < fourth + OVERLAP


@pytest.mark.parametrize("words", [(), ("-c",), ("-c", "-o", "f"), ("--segments=2",), ("--segments=9",)])
def test_any_command_goes_on_with_segments(download: Quick, words: tuple[str, ...]) -> None:
    with Origin(WHOLE) as origin:
        before = stopped(download, origin)
        assert download(*words, f"{origin.url}/f").code == 0
        assert all(behind(request) for request in origin.requests[before:])
    whole(download)


@pytest.mark.parametrize("tool", ["curl", "wget"])
def test_another_program_does_not_take_segments_for_data(download: Quick, tool: str) -> None:
    words = {"curl": ["curl", "-sS", "-C", "-", "-O"], "wget": ["wget", "-q", "-c"]}[tool]
    if shutil.which(tool) is None:
        if os.environ.get("HTTPEEK_REQUIRE_TOOLS"):
            pytest.fail(f"{tool} is not installed")
        pytest.skip(f"{tool} is not installed")
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        subprocess.run([*words, f"{origin.url}/f"], cwd=download.home, env=environment(download.home), check=True)
        assert (download.home / "f").read_bytes() == WHOLE
        # And ours beside it is gone on with, under another name.
        assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f-1").read_bytes() == WHOLE
    assert download.names() == ["f", "f-1"]


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("number", [1, 4])
def test_segments_of_a_file_that_changed_are_not_mixed_with_it(download: Quick, ranges: bool, number: int) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        origin.content, origin.etag, origin.ranges = OTHER, '"two"', ranges
        assert download("-c", f"--segments={number}", f"{origin.url}/f").code == 0
    whole(download, OTHER)


def test_a_part_in_one_piece_is_divided_from_where_it_is(download: Quick) -> None:
    with Origin(WHOLE, Turn(SMALLEST, CUT)) as origin:
        assert download("--retry=0", f"{origin.url}/f").code == 18
        assert download("--segments=3", f"{origin.url}/f").code == 0
        asked = ranged(origin)
    whole(download)
    assert asked[0][0] == SMALLEST - OVERLAP
    assert len(asked) in (2, 3)


def test_segments_that_have_no_gap_are_a_part(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        origin.choose = lambda request: Turn(0, RESET) if behind(request) else Turn(500_000, CUT)
        assert download("--segments=4", "--retry=0", f"{origin.url}/f").code in (18, 56)
        assert download.names() == ["f.part", "f.part.json"]
        assert (download.home / "f.part").read_bytes() == WHOLE[:500_000]
        origin.choose = lambda request: None
        assert download(f"{origin.url}/f").code == 0
    whole(download)


def test_after_a_crash_of_the_machine_only_synced_octets_are_trusted(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        side = download.home / "f.segments.json"
        head, *rows = side.read_bytes().splitlines(keepends=True)
        said = {**json.loads(head), "boot": "another"}
        rows = [b"%s %020d %s" % (row[:62], 0, row[84:]) for row in rows]
        side.write_bytes(json.dumps(said).encode() + b"\n" + b"".join(rows))
        size = (download.home / "f.segments").stat().st_size
        (download.home / "f.segments").write_bytes(bytes(size))
        assert download(f"{origin.url}/f").code == 0
    whole(download)


@pytest.mark.parametrize("damage", ["cut", "empty", "rows", "json", "none", "overlapping", "url"])
def test_what_is_no_side_file_of_ours_is_left_alone(download: Quick, damage: str) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        side = download.home / "f.segments.json"
        text = side.read_bytes()
        head, *rows = text.splitlines(keepends=True)
        changed = {
            "cut": text[:-10],
            "empty": b"",
            "rows": head,
            "json": b"{\n" + b"".join(rows),
            "overlapping": head + rows[0] + b"".join(rows),
            "url": head.replace(b"127.0.0.1", b"127.0.0.9") + b"".join(rows),
        }
        side.unlink() if damage == "none" else side.write_bytes(changed[damage])
        kept = (download.home / "f.segments").read_bytes()
        assert download("-o", "f", f"{origin.url}/f").code == 23
        assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f.segments").read_bytes() == kept
    assert (download.home / "f-1").read_bytes() == WHOLE


def test_a_segments_file_that_was_cut_is_not_believed(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        os.truncate(download.home / "f.segments", SMALLEST // 2)
        assert download(f"{origin.url}/f").code == 0
    whole(download)


def test_segments_of_another_url_are_taken_away_only_when_asked_to(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        assert download(f"{origin.url}/other/f").code == 0
        assert download.names() == ["f-1", "f.segments", "f.segments.json"]
        assert download("--overwrite", f"{origin.url}/other/f").code == 0
    assert download.names() == ["f", "f-1"]
    assert (download.home / "f").read_bytes() == WHOLE


def test_a_server_s_name_never_looks_like_segments(download: Quick) -> None:
    for name in ("x.segments", "x.segments.json"):
        with Origin(b"x" * 10) as origin:
            assert download(f"{origin.url}/{name}").code == 0
        assert f"{name}_" in download.names()


# Checks, limits, records


def test_a_checksum_is_that_of_the_whole(download: Quick) -> None:
    import hashlib

    right = hashlib.sha256(WHOLE).hexdigest()
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        result = download("--segments=4", "--print-checksum", f"--checksum=sha256:{right}", f"{origin.url}/f")
        assert (result.code, result.out) == (0, f"{right}  f\n".encode())
        whole(download)
        result = download("--segments=4", "-o", "g", f"--checksum=sha256:{'0' * 64}", f"{origin.url}/f")
        assert result.code == 10
        assert right in result.err
        assert not (download.home / "g").exists()
        assert download("-o", "g", f"{origin.url}/f").code == 0
        assert "range" not in origin.requests[-1].fields
    whole(download, name="g")


@pytest.mark.parametrize("field", ["Repr-Digest", "Content-Digest"])
@pytest.mark.parametrize("right", [True, False])
def test_digests_are_checked_over_what_they_are_of(download: Quick, field: str, right: bool) -> None:
    import base64
    import hashlib

    said = base64.b64encode(hashlib.sha256(WHOLE if right else OTHER).digest()).decode()
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        origin.choose = lambda request: None if behind(request) else Turn(fields=(f"{field}: sha-256=:{said}:",))
        assert download("--segments=4", f"{origin.url}/f").code == (0 if right else 10)
    assert (download.home / "f").exists() == right


def test_a_segment_with_a_wrong_content_digest_is_not_kept(download: Quick) -> None:
    gate = threading.Event()
    wrong = Turn(fields=(f"Content-Digest: sha-256=:{'A' * 43}=:",))
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        slow(origin, gate)
        held = origin.choose
        origin.choose = lambda request: wrong if behind(request) else held(request)
        assert download("--segments=2", f"{origin.url}/f").code == 10
        gate.set()
        origin.choose = lambda request: None
        assert download(f"{origin.url}/f").code == 0
    whole(download)


def test_the_limit_on_the_rate_is_one_for_all_segments(download: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[int, int]] = []

    def wait(limit: Limit, count: int, hurried: object) -> bool:
        counted.append((id(limit), count))
        return True

    monkeypatch.setattr(Limit, "_wait", wait)
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        assert download("--segments=4", "--limit-rate=1M", f"{origin.url}/f").code == 0
    assert len({limit for limit, _ in counted}) == 1
    assert sum(count for _, count in counted) >= SIZE


def test_a_quota_counts_a_file_once(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        words = ("--segments=4", f"--quota={SIZE + 1}")
        assert download(*words, *[f"{origin.url}/{n}" for n in "abc"]).code == 63
    assert download.names() == ["a", "b"]


def test_segments_and_jobs_go_together(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        urls = [f"{origin.url}/{n}/f" for n in range(4)]
        assert download("--segments=3", "--jobs=3", *urls).code == 0
    names = ["f", "f-1", "f-2", "f-3"]
    assert download.names() == names
    assert all((download.home / name).read_bytes() == WHOLE for name in names)


def test_each_segment_is_an_exchange_of_the_record_one_after_the_other(httpeek: Program) -> None:
    gate = threading.Barrier(3)
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)

        def go_on(sock: socket.socket) -> None:
            gate.wait(LIMIT)
            sock.sendall(WHOLE[1000:])
            HOLD(sock)

        def taken(sock: socket.socket) -> None:
            HOLD(sock)  # until the client has it all
            gate.wait(LIMIT)

        origin.choose = lambda request: Turn(end=taken) if behind(request) else Turn(1000, go_on)
        assert httpeek("download", "--segments=3", f"{origin.url}/f").code == 0
    shown = httpeek("show", "@last", "-v")
    lines = shown.err.splitlines()
    asked = [line.partition("bytes=")[2] for line in lines if line.startswith("> Range: ")]
    answered = [line.partition("bytes ")[2].partition("/")[0] for line in lines if line.startswith("< Content-Range: ")]
    assert len(set(asked)) == 2
    assert asked == answered
    assert [line[:5] for line in lines if line.startswith(("> GET", "< HTT"))] == ["> GET", "< HTT"] * 3
    assert "note: the rest of the file comes over other connections" in lines
    assert shown.code == 0


def test_progress_is_that_of_one_file(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        result = download("--segments=4", "--progress=json", f"{origin.url}/f")
    said = [json.loads(line) for line in result.err.splitlines()]
    assert {one["file"] for one in said if one["event"] != "note"} == {"f"}
    assert said[-1] == said[-1] | {"event": "done", "bytes": SIZE, "total": SIZE, "resumed": 0}


def test_a_time_limit_is_for_all_of_it_and_silence_for_each(httpeek: Program) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        origin.choose = lambda request: Turn(1000, HOLD)
        result = httpeek("download", "--segments=4", "--max-time=1", "--retry-delay=0", f"{origin.url}/f")
        assert result.code == 28
        origin.choose = once(Turn(1000, HOLD), behind)
        result = httpeek("download", "--segments=4", "--timeout=300ms", "--retry-delay=0", f"{origin.url}/f")
        assert result.code == 0, result.err
    assert (httpeek.home / "f").read_bytes() == WHOLE


def test_credentials_go_with_each_segment_and_stay_with_their_origin(download: Quick) -> None:
    with Origin(WHOLE) as other, Origin(WHOLE) as origin:
        other.fields = ("Accept-Ranges: bytes",)
        origin.choose = lambda request: Turn(status=302, fields=(f"Location: {other.url}/f",))
        assert download("--segments=3", "--item=Authorization:secret", f"{origin.url}/f").code == 0
        assert all(request.fields["authorization"] == "secret" for request in origin.requests)
        assert not any("authorization" in request.fields for request in other.requests)
    whole(download)


def test_a_cookie_jar_is_lent_to_each_segment(companion: str, httpeek: Program) -> None:
    (httpeek.home / "jar").write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\n")
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        assert httpeek("download", "--segments=3", "--cookies=jar", f"{origin.url}/f").code == 0
        assert all(request.fields["cookie"] == "a=b" for request in origin.requests)
    assert (httpeek.home / "f").read_bytes() == WHOLE


# The disk, other processes, signals


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    from tests.download.test_write import _mounted

    yield from _mounted(tmp_path / "small", b"size=6m")


def test_a_full_disk_keeps_what_fits_and_ends_whole_when_there_is_room(download: Quick, small: Path) -> None:
    (small / "ballast").write_bytes(bytes(4 * SMALLEST))
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        for words in ((), ("--limit-rate=10GiB",)):
            result = download("--segments=4", "-P", str(small), *words, f"{origin.url}/f")
            assert result.code == 23, result.err
            assert "no space left" in result.err
            assert not (small / "f").exists()
        (small / "ballast").unlink()
        assert download("-P", str(small), f"{origin.url}/f").code == 0
        assert sum(not behind(request) for request in origin.requests) == 1
    assert (small / "f").read_bytes() == WHOLE


def test_two_processes_never_write_to_the_same_segments(httpeek: Program) -> None:
    codes: list[int] = []
    with Origin(WHOLE) as origin:
        origin.fields = ("Accept-Ranges: bytes",)

        def run() -> None:
            codes.append(httpeek("download", "--segments=3", "-c", f"{origin.url}/f").code)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(4 * LIMIT)
    assert codes == [0] * 4
    files = [path for path in httpeek.home.iterdir() if path.is_file()]
    assert 1 <= len(files) <= 4
    assert all(path.read_bytes() == WHOLE for path in files)
    assert not [path for path in files if "." in path.name]


def test_a_second_process_takes_another_name_while_segments_come(httpeek: Program) -> None:
    gate, middle = threading.Event(), threading.Event()
    with Origin(WHOLE) as origin:
        slow(origin, gate)
        held = origin.choose

        def choose(request: Request) -> Turn | None:
            if behind(request):
                middle.set()
            return held(request)

        origin.choose = choose
        results: list[int] = []
        words = ("download", "--segments=2", f"{origin.url}/f")
        first = threading.Thread(target=lambda: results.append(httpeek(*words).code))
        first.start()
        assert middle.wait(LIMIT)
        try:
            assert httpeek("download", "-c", "-o", "f", f"{origin.url}/f").code == 23
            assert httpeek("download", "-c", f"{origin.url}/f").code == 0
        finally:
            gate.set()
            first.join(LIMIT)
    assert results == [0]
    assert (httpeek.home / "f").read_bytes() == WHOLE
    assert (httpeek.home / "f-1").read_bytes() == WHOLE
    assert not list(httpeek.home.glob("*.*"))


@pytest.mark.parametrize("left", ["part", "segments"])
def test_a_process_that_died_between_the_two_calls_of_a_move_left_one_file(download: Quick, left: str) -> None:
    with Origin(WHOLE) as origin:
        if left == "segments":
            stopped(download, origin)
            os.link(download.home / "f.segments", download.home / "f.part")
        else:
            origin.turns.append(Turn(60_000, CUT))
            assert download("--retry=0", f"{origin.url}/f").code == 18
            os.link(download.home / "f.part", download.home / "f.segments")
        assert download(f"{origin.url}/f").code == 0
        assert behind(origin.requests[-1])
    whole(download)


def test_an_empty_part_of_somebody_who_was_killed_is_in_nobody_s_way(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        stopped(download, origin)
        (download.home / "f.part").touch()
        assert download(f"{origin.url}/f").code == 0
    whole(download)


@pytest.fixture(scope="module")
def peek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    home = tmp_path_factory.mktemp("segments") / "home"
    home.mkdir()
    forks = Forks(home)
    yield forks
    forks.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("rate", [False, True])
def test_a_signal_at_any_octet_of_any_segment_loses_nothing(peek: Forks, number: signal.Signals, rate: bool) -> None:
    """12 seeds for each: the origin sends the signal itself, at a chosen place of a chosen segment."""
    for seed in range(12):
        for path in peek.home.iterdir():
            if path.is_file():
                path.unlink()
        chance = random.Random(f"{number} {rate} {seed}")
        at, which = chance.randrange(1, SIZE // 4), chance.randrange(4)
        pids: Queue[int] = Queue()

        def end(sock: socket.socket, pids: Queue[int] = pids) -> None:
            os.kill(pids.get(timeout=LIMIT), number)
            HOLD(sock)

        def choose(
            request: Request, at: int = at, which: int = which, end: Callable[[socket.socket], None] = end
        ) -> Turn | None:
            first = int(request.fields.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
            if first == SIZE * which // 4:
                return Turn(at, end)
            return Turn(SIZE // 4, HOLD) if not behind(request) else None

        with Origin(WHOLE) as origin:
            origin.fields = ("Accept-Ranges: bytes",)
            origin.choose = choose
            words = ["--limit-rate=10GiB"] if rate else []
            pids.put(peek.start("--segments=4", *words, f"{origin.url}/f"))
            code = peek.wait()
            assert code == (130 if number == signal.SIGINT else -number), peek.said()
            names = sorted(path.name for path in peek.home.iterdir() if path.is_file())
            part = peek.home / "f.part"
            assert not part.exists() or WHOLE.startswith(part.read_bytes()), names
            assert not (peek.home / "f").exists()
            origin.choose = lambda request: None
            words = chance.choice([["-c"], ["--segments=4"], ["--segments=2", "-o", "f"]])
            assert peek.run(*words, f"{origin.url}/f") == 0, peek.said()
        assert (peek.home / "f").read_bytes() == WHOLE
        assert not list(peek.home.glob("f.*"))
