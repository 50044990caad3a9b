"""What a person sees of a download: the line that is redrawn, lines in a log, and the line at the end."""

from __future__ import annotations

import re
import socket
import threading

import pytest

from httpeek.render.transfers import Ending, amount, amounts, bar_line, end_line, plain_line
from tests.download.conftest import Quick
from tests.download.origin import Origin, Turn, octets
from tests.support import Program

MIB = 1024 * 1024


def test_the_line_that_is_redrawn() -> None:
    line = bar_line("big.iso", int(430.1 * MIB), 1024 * MIB, 112 * MIB, 79)
    assert line == "big.iso  42% [#######           ] 430.1 of 1024.0 MiB  112 MiB/s  0:05 left"


def test_the_line_in_a_log() -> None:
    line = plain_line("big.iso", int(430.1 * MIB), 1024 * MIB, 112 * MIB)
    assert line == "big.iso: 42 %, 430.1 of 1024.0 MiB, 112 MiB/s, 5 s left"


def test_the_line_at_the_end() -> None:
    ending = Ending("u", "big.iso", 1024 * MIB, 0, 9_400_000_000, 0, said="sha256 matches")
    assert end_line(ending) == "big.iso: 1024.0 MiB in 9.4 s (109 MiB/s), sha256 matches"
    resumed = ending._replace(began=1023 * MIB, said="")
    assert end_line(resumed) == "big.iso: 1024.0 MiB, 1.0 MiB of them in 9.4 s (109 KiB/s)"
    assert end_line(ending._replace(said="is there already")) == "big.iso is there already"


@pytest.mark.parametrize("columns", [10, 20, 40, 79])
@pytest.mark.parametrize("name", ["a", "x" * 200, "\u540d\u79f0" * 50])
def test_no_line_is_wider_than_the_terminal(columns: int, name: str) -> None:
    from httpeek.render.terminal import width

    for total in (None, 0, 100, 10**12):
        assert width(bar_line(name, 50, total, 10.0, columns)) <= columns


def test_sizes_are_in_a_unit_that_says_something() -> None:
    assert [amount(n) for n in (0, 341, 12_600, 3 * MIB)] == ["0 bytes", "341 bytes", "12.3 KiB", "3.0 MiB"]
    assert amounts(5, 300) == "5 of 300 bytes"
    assert amounts(MIB, 2 * MIB) == "1.0 of 2.0 MiB"


def held(go_on: threading.Event, content: bytes, at: int) -> Turn:
    """An answer that stops in the middle until it may go on."""

    def end(sock: socket.socket) -> None:
        for start in range(at, len(content), 20_000):
            go_on.wait(0.02)
            sock.sendall(content[start : start + 20_000])

    return Turn(at, end)


def test_a_terminal_gets_one_line_that_is_wiped_and_a_pipe_gets_none(httpeek: Program) -> None:
    content = octets(2_000_000)
    with Origin(content, held(threading.Event(), content, 100_000)) as origin:
        code, shown = httpeek.terminal("download", f"{origin.url}/f")
    assert code == 0
    drawn = re.findall(r"\rf +\d+% \[[# ]{18}\] [\d.]+ of 1\.9 MiB  \d+ [KM]iB/s  0:\d\d left\x1b\[K", shown)
    assert drawn
    assert re.search(r"\r\x1b\[Kf: 1\.9 MiB in [\d.]+ s \(\d+ [KM]iB/s\)\n$", shown)
    with Origin(content) as origin:
        assert "\r" not in httpeek("download", f"{origin.url}/g").err
        code, shown = httpeek.terminal("download", "--plain", f"{origin.url}/h")
        assert "\r" not in shown and "\x1b" not in shown


def test_a_name_from_a_server_never_drives_the_terminal(download: Quick) -> None:
    with Origin(b"x" * 10) as origin:
        origin.fields = ('Content-Disposition: attachment; filename="a\x1b]0;owned\x07b\u202ec"',)
        result = download(f"{origin.url}/f")
    assert "\x1b" not in result.err and "\x07" not in result.err and "\u202e" not in result.err


DISPOSITIONS = {
    "attachment": "n.txt",
    "inline": "n.txt",
    "bare": "1KiB.txt",
    "token": "n.txt",
    "star": "n.txt",
    "both": "n.txt",
    "utf8": "n.txt",
    "latin1": "n.txt",
    "escaped": 'a "quoted" n.txt',
    "path": "n.txt",
    "absolute": "n.txt",
    "windows": "n.txt",
    "star-path": "n.txt",
    "dots": "1KiB.txt",
    "hidden": "n.txt",
    "empty": "1KiB.txt",
}


@pytest.mark.parametrize("kind", sorted(DISPOSITIONS))
def test_the_companion_names_files_well_and_badly(download: Quick, companion: str, kind: str) -> None:
    assert download(f"{companion}/files/1KiB.txt?disposition={kind}&filename=n.txt").code == 0
    assert download.names() == [DISPOSITIONS[kind]]


def test_a_name_of_the_companion_in_another_script(download: Quick, companion: str) -> None:
    for kind in ("star", "utf8"):
        assert (
            download("--overwrite", f"{companion}/files/1KiB.txt?disposition={kind}&filename=%E5%90%8D.txt").code == 0
        )
    assert download.names() == ["\u540d.txt"]
    assert download(f"{companion}/files/1KiB.txt?disposition=long&filename=n.txt").code == 0
    assert all(len(name.encode()) <= 255 for name in download.names())
