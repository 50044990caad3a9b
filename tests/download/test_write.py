"""On the disk: what is written, under which name, and what is never written to."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.download import side
from httpeek.download.part import Taken, claim, move
from tests.download.conftest import Quick
from tests.download.origin import CUT, Origin, Turn, octets
from tests.support import LIMIT, Program, environment

WHOLE = octets(50_000)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin(WHOLE) as made:
        yield made


def test_a_file_has_the_name_of_its_url_and_the_date_of_the_server(download: Quick, origin: Origin) -> None:
    assert download(f"{origin.url}/a/b.bin?x=1").code == 0
    path = download.home / "b.bin"
    assert path.read_bytes() == WHOLE
    assert path.stat().st_mtime == 784111777
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert download.names() == ["b.bin"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    "date", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_date_is_read_in_each_of_its_forms(download: Quick, origin: Origin, date: str) -> None:
    origin.modified = date
    assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f").stat().st_mtime == 784111777


@pytest.mark.parametrize(
    "date", ["yesterday", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "0", "-1"]
)
def test_a_date_that_is_none_is_no_reason_to_fail(download: Quick, origin: Origin, date: str) -> None:
    origin.modified = date
    assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == WHOLE


def test_an_empty_file_is_a_file(download: Quick) -> None:
    with Origin(b"") as origin:
        assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == b""
    assert download.names() == ["f"]


def test_a_name_that_is_there_is_never_replaced(download: Quick, origin: Origin) -> None:
    (download.home / "f").write_bytes(b"mine")
    for number in (1, 2):
        assert download(f"{origin.url}/f").code == 0
        assert (download.home / f"f-{number}").read_bytes() == WHOLE
    assert (download.home / "f").read_bytes() == b"mine"


def test_a_name_that_is_taken_while_the_file_arrives_is_not_replaced(download: Quick, origin: Origin) -> None:
    origin.turns.append(Turn(10_000, CUT))
    origin.turns.append(Turn(before=lambda: (download.home / "f").write_bytes(b"mine")))
    assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == b"mine"
    assert (download.home / "f-1").read_bytes() == WHOLE


@pytest.mark.parametrize("words", [("--overwrite",), ("-o", "f")])
def test_a_file_is_replaced_only_when_the_new_one_is_whole(
    download: Quick, origin: Origin, words: tuple[str, ...]
) -> None:
    (download.home / "f").write_bytes(b"old")
    origin.turns.append(Turn(10_000, CUT))
    assert download("--retry=0", *words, f"{origin.url}/f").code == 18
    assert (download.home / "f").read_bytes() == b"old"
    assert download(*words, f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == WHOLE
    assert download.names() == ["f"]


def test_a_404_leaves_the_old_file_and_nothing_else(download: Quick, origin: Origin) -> None:
    (download.home / "f").write_bytes(b"old")
    origin.turns.append(Turn(status=404))
    assert download("-o", "f", f"{origin.url}/f").code == 4
    assert (download.home / "f").read_bytes() == b"old"
    assert download.names() == ["f"]


def test_skip_existing_asks_for_nothing(download: Quick, origin: Origin) -> None:
    (download.home / "f").write_bytes(b"old")
    assert download("--skip-existing", f"{origin.url}/f").code == 0
    assert not origin.requests
    assert (download.home / "f").read_bytes() == b"old"


def test_skip_existing_holds_for_the_name_that_the_server_gives(download: Quick, origin: Origin) -> None:
    origin.fields = ("Content-Disposition: attachment; filename=f",)
    (download.home / "f").write_bytes(b"old")
    assert download("--skip-existing", f"{origin.url}/g").code == 0
    assert download.names() == ["f"]
    assert (download.home / "f").read_bytes() == b"old"


def test_newer_asks_whether_it_is(download: Quick, origin: Origin) -> None:
    (download.home / "f").write_bytes(b"old")
    os.utime(download.home / "f", (784111777, 784111777))
    origin.turns.append(Turn(status=304))
    assert download("-N", f"{origin.url}/f").code == 0
    assert origin.requests[0].fields["if-modified-since"] == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert (download.home / "f").read_bytes() == b"old"
    assert download("-N", f"{origin.url}/f").code == 0  # 200: the size is another one
    assert (download.home / "f").read_bytes() == WHOLE
    assert download.names() == ["f"]


def test_newer_leaves_a_file_alone_that_is_the_server_s(download: Quick, origin: Origin) -> None:
    assert download("-N", f"{origin.url}/f").code == 0
    inode = (download.home / "f").stat().st_ino
    assert download("-N", f"{origin.url}/f").code == 0  # this origin does not know If-Modified-Since
    assert (download.home / "f").stat().st_ino == inode


def test_newer_keeps_the_old_file_until_the_new_one_is_whole(download: Quick, origin: Origin) -> None:
    (download.home / "f").write_bytes(b"old")
    os.utime(download.home / "f", (1, 1))
    origin.turns.append(Turn(10_000, CUT))
    assert download("-N", "--retry=0", f"{origin.url}/f").code == 18
    assert (download.home / "f").read_bytes() == b"old"
    assert download("-N", f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == WHOLE


def test_a_directory_is_made(download: Quick, origin: Origin) -> None:
    assert download("-P", "a/b", f"{origin.url}/f").code == 0
    assert (download.home / "a/b/f").read_bytes() == WHOLE
    assert download("-P", "a", "-o", "g", f"{origin.url}/f").code == 0
    assert (download.home / "a/g").read_bytes() == WHOLE


def test_a_directory_is_no_file(download: Quick, origin: Origin) -> None:
    (download.home / "d").mkdir()
    assert download("-o", "d", f"{origin.url}/f").code == 23
    assert download("-P", "d", f"{origin.url}/d").code == 0
    assert download("--overwrite", f"{origin.url}/d").code == 0
    assert (download.home / "d-1").read_bytes() == WHOLE


# Links


@pytest.mark.parametrize("name", ["f", "f.part", "f.part.json"])
def test_a_link_is_never_written_through(download: Quick, origin: Origin, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    (download.home / name).symlink_to(outside)
    assert download(f"{origin.url}/f").code == 0
    assert not outside.exists()
    outside.write_bytes(b"mine")
    assert download(f"{origin.url}/f").code == 0
    assert outside.read_bytes() == b"mine"


def test_a_link_that_leads_nowhere_is_refused_by_name(download: Quick, origin: Origin, tmp_path: Path) -> None:
    (download.home / "f").symlink_to(tmp_path / "outside")
    assert download("-o", "f", f"{origin.url}/f").code == 23
    assert not (tmp_path / "outside").exists()


def test_a_link_of_the_user_s_stays_and_its_file_is_replaced(download: Quick, origin: Origin, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"old")
    (download.home / "f").symlink_to(outside)
    assert download("-o", "f", f"{origin.url}/f").code == 0
    assert (download.home / "f").is_symlink()
    assert outside.read_bytes() == WHOLE


def test_a_part_with_a_second_name_is_not_written_to(download: Quick, origin: Origin, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"")
    os.link(other, download.home / "f.part")
    assert download(f"{origin.url}/f").code == 0
    assert other.read_bytes() == b""
    assert (download.home / "f-1").read_bytes() == WHOLE


def test_a_fifo_in_the_place_of_a_part_holds_nobody_up(download: Quick, origin: Origin) -> None:
    os.mkfifo(download.home / "f.part")
    assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f-1").read_bytes() == WHOLE


# In place


def test_standard_output_gets_the_content(download: Quick, origin: Origin) -> None:
    result = download("-o", "-", f"{origin.url}/f")
    assert (result.code, result.out) == (0, WHOLE)
    assert download.names() == []


def test_a_fifo_gets_the_content_as_it_comes(download: Quick, origin: Origin) -> None:
    fifo = download.home / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    assert download("-o", "fifo", f"{origin.url}/f").code == 0
    reader.join(LIMIT)
    assert got == [WHOLE]
    assert download.names() == ["fifo"]


def test_a_device_is_written_in_place(download: Quick, origin: Origin) -> None:
    assert download("-o", "/dev/null", f"{origin.url}/f").code == 0
    assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null")
    assert download("-o", "/dev/full", f"{origin.url}/f").code == 23
    assert not os.path.isfile("/dev/full")


def test_dev_stdout_is_standard_output_whatever_that_is(origin: Origin, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "httpeek", "download", "-q", "-o", "/dev/stdout", f"{origin.url}/f"],
            stdout=file,
            stdin=subprocess.DEVNULL,
            cwd=tmp_path,
            env=environment(tmp_path),
            timeout=LIMIT,
            check=False,
        )
    assert done.returncode == 0
    assert out.read_bytes() == WHOLE
    assert os.path.islink("/dev/stdout")


def test_what_has_left_cannot_be_taken_back(download: Quick) -> None:
    with Origin(WHOLE, Turn(20_000, CUT)) as origin:
        result = download("-o", "-", f"{origin.url}/f")
    assert result.code == 23
    assert result.out == WHOLE[:20_000]


# A full or read-only file system


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    yield from _mounted(tmp_path / "small", b"size=2m")


def _mounted(path: Path, options: bytes, flags: int = 0) -> Iterator[Path]:
    path.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(path), b"tmpfs", flags, options):
        pytest.skip(f"no tmpfs can be mounted here: {os.strerror(ctypes.get_errno())}")
    try:
        yield path
    finally:
        libc.umount2(os.fsencode(path), 2)


@pytest.mark.parametrize("words", [(), ("--limit-rate=10GiB",), ("--checksum", "sha256:" + "0" * 64)])
def test_a_full_disk_keeps_what_fits_and_ends_whole_when_there_is_room(
    download: Quick, small: Path, words: tuple[str, ...]
) -> None:
    content = octets(1_900_000)
    (small / "ballast").write_bytes(bytes(1_500_000))
    with Origin(content) as origin:
        result = download("-P", str(small), *words, f"{origin.url}/f")
        assert result.code == 23
        assert "no space left" in result.err
        kept = (small / "f.part").read_bytes()
        assert 560_000 < len(kept) < 600_000
        assert kept == content[: len(kept)]
        assert not (small / "f").exists()
        (small / "ballast").unlink()
        assert download("-P", str(small), f"{origin.url}/f").code == 0
        assert "range" in origin.requests[-1].fields
    assert (small / "f").read_bytes() == content


def test_a_disk_without_any_room_is_one_sentence(download: Quick, small: Path, origin: Origin) -> None:
    try:
        (small / "ballast").write_bytes(bytes(3_000_000))
    except OSError:
        pass
    result = download("-P", str(small), f"{origin.url}/f")
    assert result.code == 23
    assert "Traceback" not in result.err
    assert not (small / "f").exists()


def test_a_read_only_directory_is_one_sentence(download: Quick, origin: Origin, tmp_path: Path) -> None:
    for path in _mounted(tmp_path / "ro", b"", 1):  # MS_RDONLY
        result = download("-P", str(path), f"{origin.url}/f")
        assert result.code == 23
        assert "read-only file system" in result.err


# Two at once


def test_two_processes_on_one_name_never_mix(origin: Origin, httpeek: Program) -> None:
    """The first is held in the middle; the second takes another name, or refuses where the name was given."""
    middle, go_on = threading.Event(), threading.Event()

    def wait(sock: object) -> None:
        middle.set()
        go_on.wait(LIMIT)
        sock.sendall(WHOLE[20_000:])  # type: ignore[attr-defined]  # a socket

    origin.turns.append(Turn(20_000, wait))
    results: list[int] = []
    first = threading.Thread(target=lambda: results.append(httpeek("download", f"{origin.url}/f").code))
    first.start()
    assert middle.wait(LIMIT)
    try:
        assert httpeek("download", "-c", "-o", "f", f"{origin.url}/f").code == 23
        assert httpeek("download", "-c", f"{origin.url}/f").code == 0
    finally:
        go_on.set()
        first.join(LIMIT)
    assert results == [0]
    assert (httpeek.home / "f").read_bytes() == WHOLE
    assert (httpeek.home / "f-1").read_bytes() == WHOLE


def test_many_processes_at_once_have_each_their_own_file(origin: Origin, httpeek: Program) -> None:
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(httpeek("download", "-c", f"{origin.url}/f").code))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4 * LIMIT)
    assert codes == [0] * 5
    files = [path for path in httpeek.home.iterdir() if path.is_file()]
    assert 1 <= len(files) <= 5
    assert all(path.read_bytes() == WHOLE for path in files)
    assert not list(httpeek.home.glob("*.part*"))


def test_a_claim_is_for_one(tmp_path: Path) -> None:
    final = str(tmp_path / "f")
    held = claim(final, "u")
    with pytest.raises(Taken) as raised:
        claim(final, "u")
    assert raised.value.busy
    held.close()
    claim(final, "u").close()


def test_a_move_never_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for links in (True, False):
        one.write_bytes(b"1")
        other.write_bytes(b"2")
        if not links:
            monkeypatch.setattr(os, "link", _no_links)
        with pytest.raises(FileExistsError):
            move(str(one), str(other))
        other.unlink()
        move(str(one), str(other))
        assert other.read_bytes() == b"1" and not one.exists()


def _no_links(*words: object, **named: object) -> None:
    raise PermissionError(1, "no links here")


def test_a_process_that_died_between_two_calls_left_a_file_that_is_whole(download: Quick, origin: Origin) -> None:
    assert download(f"{origin.url}/f").code == 0
    os.link(download.home / "f", download.home / "f.part")
    (download.home / "f.part.json").write_text("{}")
    assert download("--skip-existing", f"{origin.url}/f").code == 0
    assert download("--overwrite", f"{origin.url}/f").code == 0
    assert download.names() == ["f"]
    assert side.read_state("nowhere") is None
