"""The pretty view as a whole: HTTPie's letters and `--pretty` on a terminal and in a pipe, and streams shown live."""

from __future__ import annotations

import itertools
import os
import pty
import select
import socket
import subprocess
import sys
import threading

import pytest

from tests.support import LIMIT, Peer, Program, Step, environment, hold, read_head, replying

BODY = b'{"a": 1}'
REPLY = (
    b"HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"8\r\n" + BODY + b"\r\n0\r\nX-Sum: 9\r\n\r\n"
)
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nConnection: close\r\nContent-Length: 5\r\n\r\nmoved"
PARTS = {
    "H": ["POST / HTTP/1.1", "Content-Length: 5"],
    "B": ["[sent"],
    "h": ["103 Early Hints", "Link: early", "200 OK", "Transfer-Encoding: chunked"],
    "b": ['"a": 1'],
    "m": ["Elapsed time: ", "Connection: 127.0.0.1:"],
}
"""What each letter shows, in this order. The trailers, which are fields, are looked for apart."""
LETTERS = ["".join(letters) for count in range(1, 6) for letters in itertools.combinations("HBhbm", count)]


def assert_shows(text: str, letters: str) -> None:
    place = -1
    for letter, marks in PARTS.items():
        for mark in marks:
            if letter in letters:
                found = text.find(mark, place + 1)
                assert found > place, (mark, text)
                place = found
            else:
                assert mark not in text
    assert ("X-Sum: 9" in text) == ("h" in letters)


@pytest.mark.parametrize("letters", LETTERS)
def test_letters_in_a_pipe_choose_what_goes_to_stdout(httpeek: Program, letters: str) -> None:
    with replying(REPLY) as peer:
        done = httpeek("-p", letters, "POST", peer.url, "--data", "[sent")
    assert done.code == 0
    assert done.err == ""
    assert_shows(done.out.decode(), letters)


@pytest.mark.parametrize("letters", ["H", "B", "h", "b", "m", "HB", "hb", "Hb", "hbm", "HBhbm", "mbhBH"])
def test_letters_on_a_terminal(httpeek: Program, letters: str) -> None:
    with replying(REPLY) as peer:
        code, text = httpeek.terminal("-p", letters, "POST", peer.url, "--data", "[sent", env={"NO_COLOR": "1"})
    assert code == 0
    assert_shows("".join(line for line in text.splitlines(True) if not line.startswith(("note", "-- "))), letters)


@pytest.mark.parametrize(("short", "letters"), [("-h", "h"), ("-b", "b"), ("-m", "m")])
def test_the_short_ones_mean_one_letter(httpeek: Program, short: str, letters: str) -> None:
    with replying(REPLY) as peer:
        assert_shows(httpeek(short, "POST", peer.url, "--data", "[sent").out.decode(), letters)


@pytest.mark.parametrize("letters", ["h", "b", "hb", "HBhbm"])
def test_letters_with_redirects(httpeek: Program, letters: str) -> None:
    for words, first in ((("-F",), False), (("-F", "--all"), True)):
        with replying(MOVED, REPLY) as peer:
            text = httpeek("-p", letters, *words, peer.url).out.decode()
        assert ("302 Found" in text) == (first and "h" in letters)
        assert ("moved" in text) == (first and "b" in letters)
        assert ("GET / HTTP/1.1" in text) == (first and "H" in letters)
        assert ("GET /b HTTP/1.1" in text) == ("H" in letters)
        assert ("200 OK" in text) == ("h" in letters)
        assert ('"a": 1' in text) == ("b" in letters)


FORMATTED, COLOURED = b'{\n    "a": 1\n}\n', b'\x1b[36m"a"\x1b[0m'


@pytest.mark.parametrize(
    ("words", "formatted", "coloured"),
    [
        ((), False, False),
        (("--pretty=none",), False, False),
        (("--pretty=format",), True, False),
        (("--pretty=colors",), False, True),
        (("--pretty=all",), True, True),
        (("--color=always",), False, True),
    ],
)
def test_pretty_in_a_pipe(httpeek: Program, words: tuple[str, ...], formatted: bool, coloured: bool) -> None:
    with replying(REPLY) as peer:
        out = httpeek(*words, peer.url).out
    assert (COLOURED in out) == coloured
    assert (b'{\n    "' in out.replace(b"\x1b[36m", b"")) == formatted
    if not formatted and not coloured:
        assert out == BODY
    if formatted and not coloured:
        assert out == FORMATTED


@pytest.mark.parametrize(
    ("words", "formatted", "coloured"),
    [
        ((), True, True),
        (("--pretty=none",), False, False),
        (("--pretty=format",), True, False),
        (("--pretty=colors",), False, True),
        (("--pretty=all",), True, True),
        (("--color=never",), True, False),
        (("--pretty=all", "--plain"), True, False),
    ],
)
def test_pretty_on_a_terminal(httpeek: Program, words: tuple[str, ...], formatted: bool, coloured: bool) -> None:
    with replying(REPLY) as peer:
        _, text = httpeek.terminal("-b", *words, peer.url)
    assert (COLOURED.decode() in text) == coloured
    assert ("{\n    " in text) == formatted


def test_a_file_gets_the_content_alone_and_untouched(httpeek: Program) -> None:
    with replying(REPLY) as peer:
        code, text = httpeek.terminal("-o", "got.json", peer.url)
    assert code == 0
    assert (httpeek.home / "got.json").read_bytes() == BODY
    assert BODY.decode() not in text


def test_an_unknown_style_is_refused_before_anything_is_sent_or_written(httpeek: Program) -> None:
    (httpeek.home / "kept").write_text("kept")
    with replying(REPLY) as peer:
        done = httpeek("--style", "monokia", "-o", "kept", peer.url)
        assert peer.connections == 0
    assert done.code == 2
    assert done.err == 'httpeek: (2) --style "monokia" is not there; did you mean monokai?\n'
    assert (httpeek.home / "kept").read_text() == "kept"


@pytest.mark.parametrize("view", ["pretty", "verbose", "raw"])
@pytest.mark.parametrize(
    ("mime", "pieces"),
    [
        (b"text/event-stream", (b"data: first\n\n", b"data: second\n\n")),
        (b"application/x-ndjson", (b'{"n": "first"}\n', b'{"n": "second"}\n')),
        (b"application/geo+json-seq", (b'\x1e{"n": "first"}\n', b'\x1e{"n": "second"}\n')),
    ],
)
@pytest.mark.parametrize("to", ["terminal", "pipe"])
def test_a_stream_is_shown_as_it_arrives(
    httpeek: Program, view: str, mime: bytes, pieces: tuple[bytes, bytes], to: str
) -> None:
    seen = threading.Event()

    def second(sock: socket.socket) -> None:
        if seen.wait(LIMIT):
            sock.sendall(pieces[1])

    script: tuple[Step, ...] = (read_head, b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n\r\n%b" % (mime, pieces[0]), second)
    with Peer(script) as peer:
        reading, writing = pty.openpty() if to == "terminal" else os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "httpeek", "--as", view, peer.url],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.DEVNULL,
            env=environment(httpeek.home, {"NO_COLOR": "1"}),
        )
        os.close(writing)
        # The peer sends the second piece after we have seen the first one: without streaming this would never end.
        first = until(reading, b"first", b"}" if b"json" in mime else b"first")
        seen.set()
        rest = until(reading, b"second")
        os.close(reading)
        process.wait(LIMIT)
    assert b"second" not in first
    assert b"second" in rest


def until(descriptor: int, *marks: bytes) -> bytes:
    octets = b""
    while any(mark not in octets for mark in marks):
        ready, _, _ = select.select([descriptor], [], [], LIMIT / 3)
        try:
            piece = os.read(descriptor, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            pytest.fail(f"{marks} did not come; {octets!r} did")
        octets += piece
    return octets


def test_an_interim_response_is_shown_before_the_final_one_is_there(httpeek: Program) -> None:
    seen = threading.Event()

    def second(sock: socket.socket) -> None:
        if seen.wait(LIMIT):
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Peer((read_head, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", second, hold)) as peer:
        reading, writing = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "httpeek", peer.url],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.DEVNULL,
            env=environment(httpeek.home, {"NO_COLOR": "1"}),
        )
        os.close(writing)
        first = until(reading, b"Link: x")
        seen.set()
        until(reading, b"200 OK")
        os.close(reading)
        process.wait(LIMIT)
    assert b"200 OK" not in first
