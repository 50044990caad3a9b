"""Event streams and lines of JSON: each piece is shown when it arrives, and what was received is kept."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import LIMIT, Peer, Program, Step, environment, hold, read_head


class Stream:
    """A peer that sends a piece each time it is told to."""

    def __init__(self, media_type: str, coding: str = "", chunked: bool = True) -> None:
        self._go = threading.Semaphore(0)
        self._pieces: list[bytes] = []
        self._chunked = chunked
        self._compress = zlib.compressobj(wbits=31) if coding else None
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n"
        head += "Transfer-Encoding: chunked\r\n" if chunked else ""
        head += f"Content-Encoding: {coding}\r\n" if coding else ""
        self.script: list[Step] = [read_head, (head + "\r\n").encode(), self._send, hold]

    def _send(self, sock: socket.socket) -> None:
        while self._go.acquire(timeout=LIMIT):
            if not self._pieces:
                return
            sock.sendall(self._pieces.pop(0))

    def say(self, text: bytes) -> None:
        """Sends one more piece."""
        if self._compress is not None:
            text = self._compress.compress(text) + self._compress.flush(zlib.Z_SYNC_FLUSH)
        self._pieces.append(b"%x\r\n%s\r\n" % (len(text), text) if self._chunked else text)
        self._go.release()

    def end(self) -> None:
        """Sends no more, and leaves the connection open."""
        self._go.release()


@contextmanager
def watching(
    home: Path, *words: str, terminal: bool = False
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[bytes], bytes]]]:
    """The program with its output in a pipe or on a terminal, and a function that reads until it shows some octets."""
    reader, writer = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "httpeek", *words],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=home,
    )
    os.close(writer)
    seen = b""

    def until(wanted: bytes) -> bytes:
        nonlocal seen
        while wanted not in seen:
            ready, _, _ = select.select([reader], [], [], LIMIT)
            piece = os.read(reader, 65536) if ready else b""
            assert piece, f"{wanted!r} is not in {seen!r}"
            seen += piece
        return seen

    try:
        yield process, until
    finally:
        process.kill()
        process.communicate()
        os.close(reader)


@pytest.mark.parametrize(
    ("media_type", "words", "terminal"),
    [
        ("text/event-stream", (), False),
        ("text/event-stream", (), True),
        ("text/event-stream", ("-v",), False),
        ("text/event-stream", ("--raw",), False),
        ("text/event-stream", ("-F",), False),
        ("text/event-stream", ("--pretty=all",), False),
        ("application/x-ndjson", (), False),
        ("application/x-ndjson", (), True),
        ("application/json-seq", (), True),
        ("text/plain", ("-S",), False),
        ("text/plain", ("-S",), True),
        ("application/json", ("-S",), True),
    ],
)
def test_each_event_is_shown_when_it_arrives(
    media_type: str, words: tuple[str, ...], terminal: bool, tmp_path: Path
) -> None:
    stream = Stream(media_type)
    is_json = "json" in media_type
    with Peer(stream.script) as peer, watching(tmp_path, *words, peer.url, terminal=terminal) as (_, until):
        for number in range(3):
            # Nothing more is sent before this one was seen.
            stream.say(b'{"n": "event %d"}\n' % number if is_json else b"data: event %d\n\n" % number)
            until(b"event %d" % number)
        stream.end()


@pytest.mark.parametrize("chunked", [True, False])
def test_a_content_coding_holds_no_event_back(chunked: bool, tmp_path: Path) -> None:
    stream = Stream("text/event-stream", "gzip", chunked)
    with Peer(stream.script) as peer, watching(tmp_path, peer.url) as (_, until):
        for number in range(3):
            stream.say(b"data: event %d\n\n" % number)
            until(b"event %d\n\n" % number)
        stream.end()


def test_ctrl_c_ends_it_with_130_and_keeps_what_came(tmp_path: Path, httpeek: Program) -> None:
    stream = Stream("text/event-stream")
    with Peer(stream.script) as peer, watching(tmp_path, peer.url) as (process, until):
        for number in range(2):
            stream.say(b"data: event %d\n\n" % number)
        until(b"event 1\n\n")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.wait(LIMIT) == 130
        stream.end()
    assert told == "httpeek: (130) stopped, 30 bytes of the body\n"
    shown = httpeek("show", "@last", "-b")
    assert (shown.code, shown.out) == (0, b"data: event 0\n\ndata: event 1\n\n")


def test_ctrl_c_makes_no_further_request_and_is_130_whatever_failed_before(tmp_path: Path) -> None:
    stream = Stream("text/event-stream")
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with Peer([read_head, missing], stream.script, [read_head]) as peer:
        words = (f"{peer.url}/missing", "--next", peer.url, "--next", f"{peer.url}/b")
        with watching(tmp_path, *words) as (process, until):
            stream.say(b"data: event\n\n")
            until(b"event")
            process.send_signal(signal.SIGINT)
            assert process.wait(LIMIT) == 130
        stream.end()
    assert peer.connections == 2
