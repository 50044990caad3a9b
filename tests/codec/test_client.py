"""The client's half: what it sends, where it stands, when its connection can be used again, and what it holds."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import httpeek
from httpeek.codec.http1.body import PIECE
from httpeek.codec.http1.client import ClientConnection
from httpeek.model.codes import HEAD_TOO_LARGE, USAGE, HttpeekError
from httpeek.model.events import (
    OUT,
    Completed,
    Content,
    Failed,
    Framed,
    RequestStarted,
    ResponseStarted,
    Trailers,
    Violation,
)
from httpeek.model.message import RequestHead
from httpeek.model.plan import SizeLimits

if TYPE_CHECKING:
    from httpeek.model.events import Fact
    from httpeek.model.message import Fields


def asked(fields: Fields = (), method: bytes = b"GET", size: SizeLimits | None = None) -> ClientConnection:
    """A connection that has sent a request without content."""
    connection = ClientConnection(size or SizeLimits())
    connection.send(RequestStarted(RequestHead(method, b"/", b"HTTP/1.1", ((b"Host", b"x"), *fields))))
    connection.send(Completed(OUT, 0))
    return connection


@pytest.mark.parametrize(
    ("fields", "framing", "length"),
    [
        ((), "none", 0),
        (((b"Content-Length", b"5"),), "length", 5),
        (((b"content-length", b"x"),), "none", 0),
        (((b"Transfer-Encoding", b"chunked"),), "chunked", None),
        (((b"Content-Length", b"5"), (b"Transfer-Encoding", b"gzip, Chunked")), "chunked", None),
    ],
)
def test_a_request_is_framed_by_its_fields(fields: Fields, framing: str, length: int | None) -> None:
    connection = ClientConnection()
    connection.send(RequestStarted(RequestHead(b"POST", b"/", b"HTTP/1.1", fields)))
    assert connection.framed is not None
    assert connection.framed[:3] == (OUT, framing, length)


def test_content_goes_out_in_chunks_or_as_it_is() -> None:
    connection = ClientConnection()
    connection.send(RequestStarted(RequestHead(b"POST", b"/", b"HTTP/1.1", ((b"Transfer-Encoding", b"chunked"),))))
    assert connection.send(Content(OUT, 0, b"x" * 26)) == b"1a\r\n" + b"x" * 26 + b"\r\n"
    assert connection.send(Content(OUT, 0, b"")) == b""  # a chunk of no octets would end the body
    assert connection.send(Trailers(OUT, ((b"A", b"b"),))) == b""
    assert connection.send(Completed(OUT, 26)) == b"0\r\nA: b\r\n\r\n"
    connection = ClientConnection()
    connection.send(RequestStarted(RequestHead(b"POST", b"/", b"HTTP/1.1", ((b"Content-Length", b"3"),))))
    data = b"abc"
    assert connection.send(Content(OUT, 0, data)) is data
    assert connection.send(Completed(OUT, 3)) == b""


def test_what_has_no_place_is_refused() -> None:
    connection = ClientConnection()
    with pytest.raises(HttpeekError) as raised:
        connection.send(Content(OUT, 0, b"x"))
    assert raised.value.code == USAGE
    connection.send(RequestStarted(RequestHead(b"POST", b"/", b"HTTP/1.1", ())))
    with pytest.raises(HttpeekError, match="trailers need Transfer-Encoding"):
        connection.send(Trailers(OUT, ((b"A", b"b"),)))
    with pytest.raises(HttpeekError):
        connection.send(RequestStarted(RequestHead(b"POST", b"/", b"HTTP/1.1", ((b"A", b"\n"),))))
    assert connection.framed is not None


def test_content_is_the_very_object_that_arrived() -> None:
    connection = asked()
    connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n")
    data = bytes(PIECE)
    (fact,) = connection.receive(data)
    assert isinstance(fact, Content)
    assert fact.data is data
    connection = asked()
    connection.receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n")
    (fact,) = connection.receive(data)
    assert isinstance(fact, Content)
    assert fact.data is data


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000", b"Transfer-Encoding: chunked", b"X: y"])
def test_no_piece_of_content_is_larger_than_the_bound(framing: bytes) -> None:
    connection = asked()
    body = b"f4240\r\n" + bytes(1_000_000) if b"chunked" in framing else bytes(1_000_000)
    facts = connection.receive(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + body)
    pieces = [fact for fact in facts if isinstance(fact, Content)]
    assert sum(len(fact.data) for fact in pieces) == 1_000_000
    assert max(len(fact.data) for fact in pieces) <= PIECE
    for before, after in pairwise(pieces):
        assert before.offset + len(before.data) == after.offset


def test_a_connection_carries_one_exchange_after_the_other_and_counts_on() -> None:
    connection = asked()
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    for number in range(3):
        facts = connection.receive(reply)
        assert isinstance(facts[0], ResponseStarted)
        assert facts[0].head.span == (number * len(reply), len(reply) - 3)
        assert isinstance(facts[2], Content)
        assert facts[2].offset == (number + 1) * len(reply) - 3
        assert connection.reusable
        connection.next()
        assert not connection.complete
        connection.send(RequestStarted(RequestHead(b"GET", b"/", b"HTTP/1.1", ())))
        connection.send(Completed(OUT, 0))


def test_a_connection_whose_request_is_not_whole_is_not_used_again() -> None:
    for fields, content in ((((b"Content-Length", b"5"),), b"abc"), (((b"Transfer-Encoding", b"chunked"),), b"abc")):
        connection = ClientConnection()
        connection.send(RequestStarted(RequestHead(b"POST", b"/", b"HTTP/1.1", fields)))
        connection.send(Content(OUT, 0, content))
        connection.receive(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
        assert connection.complete
        assert not connection.reusable
    connection.send(Completed(OUT, 3))
    assert connection.reusable


def test_octets_of_another_protocol_are_left_over() -> None:
    connection = asked(((b"Upgrade", b"x"), (b"Connection", b"upgrade")))
    facts = connection.receive(b"HTTP/1.1 101 Switching\r\n\r\nab")
    assert facts[1:] == [Framed("in", "upgrade", None, "101"), Completed("in", 0)]
    connection.receive(b"cd")
    assert (connection.upgraded, connection.leftover, connection.received) == (True, b"abcd", 30)
    assert not connection.reusable
    assert connection.receive(b"") == []


def test_the_position_is_said_for_people() -> None:
    connection = asked()
    steps = [
        (b"", "before the first byte"),
        (b"HTTP/1.1 103", "inside the head, after 12 bytes"),
        (b" X\r\n\r\n", "after an interim response"),
        (b"H", "inside the head, after 1 byte"),
        (b"TTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(17), "17 of 100 bytes of the body"),
        (bytes(83), "after the end of the response"),
    ]
    for octets, position in steps:
        if octets:
            connection.receive(octets)
        assert connection.position() == position
    connection = asked()
    connection.receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
    assert connection.position() == "3 bytes of the body"


def test_octets_behind_the_end_are_told_each_time_and_counted() -> None:
    connection = asked()
    connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert connection.receive(b"abc") == [
        Violation("bytes-after-end", "in", 38, "3 octets after the end of the response")
    ]
    assert connection.receive(b"d") == [Violation("bytes-after-end", "in", 41, "1 octet after the end of the response")]
    assert connection.receive(b"") == []


def test_nothing_comes_after_a_failure() -> None:
    connection = asked()
    assert isinstance(connection.receive(b"SSH-2.0-x\r\n")[-1], Failed)
    assert connection.receive(b"HTTP/1.1 200 OK\r\n\r\n") == []
    assert connection.receive(b"") == []


@pytest.mark.parametrize("piece", [1, 64 * 1024])
@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_head_without_end_stops_at_the_limit_and_is_not_held(piece: int, head: bytes) -> None:
    limit = 128 * 1024 if piece == 1 else 1024 * 1024
    connection = asked(size=SizeLimits(head=limit))
    if head:
        connection.receive(head)
    data = b"\n" * piece if not head else b"a" * piece
    tracemalloc.start()
    facts: list[Fact] = []
    sent = 0
    while not facts and sent < 4 * limit:
        facts = connection.receive(data)
        sent += piece
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(facts[-1], Failed)
    assert facts[-1].failure.code == HEAD_TOO_LARGE
    assert sent <= limit + piece
    assert peak < 4 * limit + 1024 * 1024


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\n" * 15_000,
        b"Content-Length: " + b"5," * 400_000 + b"5\r\n",
        b"Transfer-Encoding: " + b"a," * 400_000 + b"b\r\n",
        b"A: b\r\n" + b" x\r\n" * 15_000,
        b"A: " + b"\0" * 900_000 + b"\r\n",
    ],
)
def test_a_megabyte_of_faults_is_a_few_facts(lines: bytes) -> None:
    """Rules that a head breaks a hundred thousand times are told once, or once a line."""
    facts = asked().receive(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n")
    assert 1 < len(facts) <= 15_010


def test_a_chunked_body_tells_a_rule_once() -> None:
    connection = asked()
    facts = connection.receive(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1 \na\n" * 1000 + b"0\r\n\r\n"
    )
    assert [fact.id for fact in facts if isinstance(fact, Violation)] == ["bare-lf", "chunk-space"]
    assert connection.complete


def test_the_request_path_imports_little() -> None:
    """A clean exchange needs neither the readers for odd heads nor the catalogue, and none of the slow modules."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules);"
        "from httpeek.codec.http1.client import ClientConnection;"
        "from httpeek.model.events import *; from httpeek.model.message import RequestHead;"
        "c = ClientConnection(); c.send(RequestStarted(RequestHead(b'GET', b'/', b'HTTP/1.1', ())));"
        "c.send(Completed('out', 0)); c.receive(b'HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\na');"
        "assert c.reusable; print(' '.join(sorted(set(sys.modules) - before)))"
    )
    source = str(Path(httpeek.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-S", "-E", "-c", code, source], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = {name.removeprefix("httpeek.codec.") for name in loaded if name.startswith("httpeek.codec.")}
    assert ours == {"http1", "http1.client", "http1.head", "http1.framing", "http1.body"}
    assert "httpeek.model.violations" not in loaded
    slow = {"typing", "re", "enum", "dataclasses", "json", "inspect", "logging", "ssl", "email", "threading", "zlib"}
    assert not slow & set(loaded)


def test_the_next_request_has_fields_of_its_own() -> None:
    connection = ClientConnection()
    plain = ((b"Host", b"x"),)
    for fields, framing in (
        (plain, "none"),
        (plain, "none"),
        ((*plain, (b"Content-Length", b"3")), "length"),
        ((*plain, (b"Connection", b"close")), "none"),
    ):
        octets = connection.send(RequestStarted(RequestHead(b"GET", b"/", b"HTTP/1.1", fields)))
        assert octets == b"GET / HTTP/1.1\r\n" + b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n"
        assert connection.framed is not None
        assert connection.framed.framing == framing
        if framing == "length":
            connection.send(Content(OUT, 0, b"abc"))
        connection.send(Completed(OUT, 0))
        connection.receive(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert connection.reusable == ((b"Connection", b"close") not in fields)
        connection.next()
