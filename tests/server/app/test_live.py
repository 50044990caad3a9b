"""The companion over a socket: under our own server, which tells more than PEP 3333 asks for, and under wsgiref's."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from httpeek.app import app
from httpeek.server.embedded import Embedded
from tests.support import LIMIT


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def ours() -> Iterator[int]:
    """The port of our own server."""
    embedded = Embedded()
    yield embedded.port
    embedded.close()


@pytest.fixture(scope="module")
def other() -> Iterator[int]:
    """The port of the standard library's server."""
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(LIMIT)


def exchange(port: int, request: bytes) -> tuple[bytes, tuple[str, int]]:
    """All that comes back to some octets, until the server closes; and our own address."""
    with socket.create_connection(("127.0.0.1", port), LIMIT) as sock:
        name = sock.getsockname()
        sock.sendall(request)
        found = b""
        while piece := sock.recv(65_536):
            found += piece
    return found, name


def get(port: int, target: str, *fields: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *fields, "", ""]
    return exchange(port, "\r\n".join(lines).encode())[0]


def test_a_103_comes_before_the_200(ours: int) -> None:
    answer = get(ours, "/early-hints")
    first, _, rest = answer.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n")
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")


def test_trailers_come_behind_the_last_chunk(ours: int) -> None:
    _, _, trailer = get(ours, "/trailers?X-A=1").partition(b"\r\n0\r\n")
    assert trailer.startswith(b"X-A: 1\r\nContent-Digest: sha-256=:")
    assert trailer.endswith(b":\r\n\r\n")


def test_the_server_has_the_4_tuple_of_the_client(ours: int) -> None:
    request = b"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer, (host, port) = exchange(ours, request)
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (told["local"], told["remote"]) == (f"127.0.0.1:{ours}", f"{host}:{port}")


def test_head_of_a_page_without_a_length_has_none_either(ours: int) -> None:
    answer, _ = exchange(ours, b"HEAD /stream/3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in answer


def test_a_chunked_upload_is_counted(ours: int) -> None:
    head = b"POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer, _ = exchange(ours, head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["bytes"] == 5


def test_a_part_of_a_large_file_comes_without_the_rest(ours: int) -> None:
    head, _, content = get(ours, "/files/1TiB.txt", "Range: bytes=6400000000-6400000031").partition(b"\r\n\r\n")
    assert b"Content-Range: bytes 6400000000-6400000031/1099511627776" in head
    assert content == b"line 100000000 begins at byte 64"


@pytest.mark.parametrize("target", ["/", "/get?a=1", "/files/1MiB.bin", "/site/", "/stream/3", "/image/png", "/gzip"])
def test_another_server_gives_the_same_pages(ours: int, other: int, target: str) -> None:
    first, second = get(ours, target), get(other, target)
    assert b" 200 OK\r\n" in second
    if target in ("/files/1MiB.bin", "/site/", "/image/png"):
        assert first.partition(b"\r\n\r\n")[2] == second.partition(b"\r\n\r\n")[2]


def test_another_server_answers_501_to_what_it_does_not_offer(other: int) -> None:
    assert b" 501 Not Implemented\r\n" in get(other, "/early-hints")
    assert b"does not tell its connections" in get(other, "/socket")


def test_another_server_that_blocks_behind_the_content_is_not_asked_for_more(other: int) -> None:
    with socket.create_connection(("127.0.0.1", other), LIMIT) as sock:
        sock.sendall(b"POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        answer = b""
        while piece := sock.recv(65_536):
            answer += piece
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["data"] == "abc"
