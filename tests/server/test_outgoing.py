"""How answers leave: no faster than they are taken, files by the kernel, and `close` once whatever happens."""

from __future__ import annotations

import gc
import hashlib
import io
import select
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from httpeek.net.stream import sockets
from httpeek.server.connection import Served, serve
from httpeek.server.service import Service
from httpeek.server.wsgi import environ_facts
from tests.server.processes import APP, Start, received
from tests.server.test_wsgi import GET, Conversation, Environ
from tests.server.test_wsgi import Start as StartResponse
from tests.support import LIMIT

BIG = """
other = app

class Endless:
    def __iter__(self):
        while True:
            yield b"x" * 65536

    def close(self):
        with open("closed", "a") as file:
            file.write("once ")

def big(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/endless":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Endless()
    if path == "/one":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * 50_000_000]
    if path == "/file":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return environ["wsgi.file_wrapper"](open("big.bin", "rb"))
    return other(environ, start_response)

app = big
"""


@pytest.mark.parametrize("model", ["threads", "prefork"])
@pytest.mark.parametrize("path", ["/endless", "/one", "/file"])
def test_clients_that_do_not_take_their_answer_hold_up_nobody(
    start: Start, tmp_path: Path, model: str, path: str
) -> None:
    (tmp_path / "big.bin").write_bytes(bytes(50_000_000))
    server = start("--model", model, "--workers", "1", "--threads", "2", application=APP + BIG)
    slow = [server.connect() for _ in range(5)]
    for sock in slow:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert sock.recv(1) == b"H"
    assert server.get(content=b"abc").endswith(", 3]")
    if path != "/endless":
        slow[0].sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        reply = b"H" + received(slow[0])
        assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"Content-Length: 50000000\r\n" in reply
        assert len(reply.partition(b"\r\n\r\n")[2]) > 50_000_000
        assert reply.endswith(b", 0]")
    for sock in slow:
        sock.close()
    if path == "/endless":
        closed = tmp_path / "closed"
        while not closed.exists() or closed.read_text().count("once") < 5:
            server.get()
        assert closed.read_text().count("once") == 5


def test_a_file_is_sent_by_the_kernel_from_where_it_stands(tmp_path: Path) -> None:
    content = hashlib.sha256(b"seed").digest() * 40_000
    path = tmp_path / "file"
    path.write_bytes(content)
    read: list[int] = []

    def watched(file: io.BufferedReader) -> Callable[[int], bytes]:
        original = file.read

        def reads(size: int) -> bytes:
            read.append(size)
            return original(size)

        return reads

    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        file = path.open("rb")
        file.seek(5)
        wrapped = environ["wsgi.file_wrapper"](file)
        wrapped.file = Watched(file, watched(file))
        start("200 OK", [("Content-Type", "text/plain")])
        return wrapped  # type: ignore[no-any-return]

    reply = Conversation(app, bare=True).say(GET)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % (len(content) - 5) in head
    assert body == content[5:]
    assert read == []


class Watched:
    """A file whose reads are seen."""

    def __init__(self, file: object, read: object) -> None:
        self._file = file
        self.read = read

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


@pytest.mark.parametrize(
    ("fields", "length", "logged"),
    [
        ([("Content-Length", "3")], 3, "1 or more octets beyond"),
        ([("Content-Length", "4")], 4, ""),
        ([("Content-Length", "9")], 4, "5 octets less"),
    ],
)
def test_a_file_keeps_to_the_content_length(
    tmp_path: Path, fields: list[tuple[str, str]], length: int, logged: str
) -> None:
    (tmp_path / "file").write_bytes(b"abcd")

    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", fields)
        return environ["wsgi.file_wrapper"]((tmp_path / "file").open("rb"))  # type: ignore[no-any-return]

    conversation = Conversation(app, bare=True)
    head, _, body = conversation.say(GET.replace(b"close", b"keep-alive")).partition(b"\r\n\r\n")
    assert fields[0][1].encode() in head
    assert body == b"abcd"[:length]
    assert logged in "".join(conversation.logged)


@pytest.mark.parametrize("method", [b"HEAD", b"GET"])
def test_what_is_no_file_is_read(method: bytes) -> None:
    closed: list[str] = []

    class Stream(io.BytesIO):
        def close(self) -> None:
            closed.append("once")
            super().close()

    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", [])
        return environ["wsgi.file_wrapper"](Stream(b"abc" * 50_000))  # type: ignore[no-any-return]

    reply = Conversation(app, bare=True).say(GET.replace(b"GET", method))
    assert b"Transfer-Encoding: chunked" in reply
    assert (b"0\r\n\r\n" in reply) == (method == b"GET")
    assert closed == ["once"]


def test_an_answer_without_an_end_is_not_waited_for_by_head() -> None:
    closed: list[str] = []

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append("once")

    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "2")])
        return endless()

    for octets in (GET, GET.replace(b"GET", b"HEAD")):
        reply = Conversation(app, bare=True).say(octets)
        assert reply.partition(b"\r\n\r\n")[2] == (b"xx" if octets == GET else b"")
    assert closed == ["once", "once"]


def test_an_application_that_answers_while_it_reads_waits_for_nobody() -> None:
    """More than the socket holds, in both directions: neither side may wait for the other to end."""
    size = 8_000_000

    def app(environ: Environ, start: StartResponse) -> Iterator[bytes]:
        start("200 OK", [("Content-Length", str(size))])
        while data := environ["wsgi.input"].read(65536):
            yield data

    conversation = Conversation(app, bare=True)
    client = conversation.client
    client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
    client.setblocking(False)
    sent, reply = 0, b""
    data = bytes(65536)
    while sent < size or len(reply) < size:
        _, out, _ = select.select([client], [client] if sent < size else [], [], LIMIT)
        if out:
            sent += client.send(data[: size - sent])
        try:
            piece = client.recv(1_000_000)
        except BlockingIOError:
            continue
        assert piece, f"the answer ended after {len(reply)} octets"
        reply += piece
    client.close()
    assert reply.startswith(b"HTTP/1.1 200 OK")


def test_a_push_by_write_waits_for_its_client() -> None:
    pushed: list[int] = []

    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        write = start("200 OK", [("Content-Length", "20000000")])
        for number in range(20):
            write(bytes(1_000_000))
            pushed.append(number)
        return []

    conversation = Conversation(app, bare=True)
    client: socket.socket = conversation.client
    client.sendall(GET)
    assert client.recv(1) == b"H"
    assert len(pushed) < 20
    assert len(received(client)) > 20_000_000
    client.close()


@pytest.mark.parametrize("size", [0, 1, 300_000, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_to_content_that_is_not_read_keeps_the_connection_or_says_that_it_closes(
    size: int, chunked: bool
) -> None:
    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        start("401 No", [("Content-Type", "text/plain")])
        return [b"no"]

    conversation = Conversation(app)
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    content = bytes(size)
    if chunked:
        content = (b"%x\r\n%b\r\n" % (size, content) if size else b"") + b"0\r\n\r\n"
    client = conversation.client
    client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % framing)
    first = b""
    try:
        client.sendall(content + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    except OSError:
        pass  # it closes, and says so
    first = received(client)
    client.close()
    head = first.partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 401 No")
    assert first.count(b"HTTP/1.1 401") == (1 if b"Connection: close" in head else 2)


def test_a_connection_that_is_over_leaves_nothing_for_the_collector() -> None:
    def app(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    service = Service(app, environ_facts("test"), log=lambda line: None)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            ours, theirs = socket.socketpair()
            theirs.sendall(GET)
            serve(Served(sockets.socket(fileno=ours.detach()), service))
            theirs.close()
        assert gc.collect() == 0
    finally:
        gc.enable()
