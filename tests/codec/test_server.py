"""The server's half: answers, keep-alive, pipelining and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from httpeek.codec.http1.server import ServerConnection, ServerLimits
from httpeek.model.codes import USAGE, HttpeekError
from httpeek.model.events import OUT, Completed, Content, RequestStarted, ResponseStarted, Trailers, Violation
from httpeek.model.message import ResponseHead

if TYPE_CHECKING:
    from httpeek.model.message import Fields

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def answering(request: bytes = GET) -> ServerConnection:
    connection = ServerConnection()
    connection.receive(request)
    assert connection.complete
    return connection


def head(fields: Fields = (), status: int = 200) -> ResponseStarted:
    return ResponseStarted(ResponseHead(b"HTTP/1.1", status, b"OK", fields))


def test_a_hundred_pipelined_requests_come_in_order_one_at_a_time() -> None:
    connection = ServerConnection()
    octets = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(100))
    facts = connection.receive(octets)
    for number in range(100):
        assert [type(fact).__name__ for fact in facts] == ["RequestStarted", "Framed", "Completed"]
        assert isinstance(facts[0], RequestStarted)
        assert facts[0].head.target == b"/%d" % number
        assert connection.keep_alive
        facts = connection.next()
    assert facts == []
    assert not connection.waiting
    assert connection.received == len(octets)


def test_octets_that_come_while_a_request_is_answered_wait() -> None:
    connection = answering()
    assert connection.receive(GET[:10]) == []
    assert connection.receive(GET[10:] + GET) == []
    assert connection.waiting
    assert len(connection.next()) == 3
    assert len(connection.next()) == 3
    assert not connection.waiting


def test_the_end_of_the_stream_does_not_lose_pipelined_requests() -> None:
    connection = answering(GET + GET + b"GET /cut")
    assert connection.receive(b"") == []
    assert len(connection.next()) == 3
    (fact,) = connection.next()
    assert isinstance(fact, Violation)
    assert fact.id == "head-cut"


def test_what_follows_an_upgrade_can_be_taken() -> None:
    connection = ServerConnection()
    connection.receive(GET + b"\x81\x00")
    assert connection.take_rest() == b"\x81\x00"
    assert connection.next() == []


@pytest.mark.parametrize(
    ("request_head", "fields", "kept"),
    [
        (GET, ((b"Content-Length", b"0"),), True),
        (GET, ((b"Content-Length", b"0"), (b"Connection", b"close")), False),
        (GET, (), False),
        (GET, ((b"Transfer-Encoding", b"chunked"),), True),
        (GET.replace(b"Host", b"Connection: Close\r\nHost"), ((b"Content-Length", b"0"),), False),
        (b"GET / HTTP/1.0\r\n\r\n", ((b"Content-Length", b"0"),), False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", ((b"Content-Length", b"0"),), False),
        (
            b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            ((b"Content-Length", b"0"), (b"Connection", b"keep-alive")),
            True,
        ),
        (GET.replace(b"GET", b"HEAD"), (), True),
    ],
)
def test_when_a_connection_is_kept(request_head: bytes, fields: Fields, kept: bool) -> None:
    connection = answering(request_head)
    connection.send(head(fields))
    connection.send(Completed(OUT, 0))
    assert connection.keep_alive == kept


@pytest.mark.parametrize("status", [204, 304, 101])
def test_a_response_without_content_sends_none(status: int) -> None:
    connection = answering()
    connection.send(head(status=status))
    assert connection.send(Content(OUT, 0, b"abc")) == b""
    assert connection.send(Completed(OUT, 0)) == b""


def test_a_response_to_head_sends_its_length_and_no_octet_more() -> None:
    connection = answering(GET.replace(b"GET", b"HEAD"))
    assert connection.send(head(((b"Content-Length", b"3"),))).endswith(b"Content-Length: 3\r\n\r\n")
    assert connection.send(Content(OUT, 0, b"abc")) == b""
    connection.send(Completed(OUT, 0))
    assert connection.keep_alive


def test_content_over_its_length_is_cut_and_under_it_the_connection_closes() -> None:
    connection = answering()
    connection.send(head(((b"Content-Length", b"3"),)))
    assert connection.send(Content(OUT, 0, b"ab")) == b"ab"
    assert connection.send(Content(OUT, 0, b"cdef")) == b"c"
    connection.send(Completed(OUT, 0))
    assert connection.keep_alive
    connection = answering()
    connection.send(head(((b"Content-Length", b"3"),)))
    connection.send(Content(OUT, 0, b"ab"))
    connection.send(Completed(OUT, 0))
    assert not connection.keep_alive


def test_chunks_and_trailers() -> None:
    connection = answering()
    connection.send(head(((b"Transfer-Encoding", b"chunked"),)))
    assert connection.send(Content(OUT, 0, b"abc")) == b"3\r\nabc\r\n"
    connection.send(Trailers(OUT, ((b"A", b"b"),)))
    assert connection.send(Completed(OUT, 3)) == b"0\r\nA: b\r\n\r\n"


def test_what_would_break_the_head_is_refused_and_another_can_be_sent() -> None:
    connection = answering()
    with pytest.raises(HttpeekError) as raised:
        connection.send(head(((b"A", b"b\r\nSet-Cookie: x"),)))
    assert raised.value.code == USAGE
    assert connection.send(head(((b"Content-Length", b"0"),))).startswith(b"HTTP/1.1 200 OK\r\n")


def test_100_continue_is_needed_until_it_or_content_or_an_answer_came() -> None:
    octets = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    for answer in (head(status=100), head(((b"Content-Length", b"0"),), 417), None):
        connection = ServerConnection()
        connection.receive(octets)
        assert connection.needs_continue
        if answer is None:
            connection.receive(b"a")
        else:
            connection.send(answer)
        assert not connection.needs_continue


def test_interim_responses_come_before_the_final_one() -> None:
    connection = answering()
    assert connection.send(head(((b"Link", b"</a>"),), 103)) == b"HTTP/1.1 103 OK\r\nLink: </a>\r\n\r\n"
    connection.send(head(((b"Content-Length", b"1"),)))
    assert connection.send(Content(OUT, 0, b"a")) == b"a"


def test_what_could_be_read_of_a_refused_request_is_there_for_a_log() -> None:
    connection = ServerConnection()
    facts = connection.receive(b"GET /x HTTP/1.1\r\nHost : y\r\n\r\n")
    assert [type(fact).__name__ for fact in facts] == ["Violation"]
    assert connection.refused
    assert connection.head is not None
    assert (connection.head.method, connection.head.target) == (b"GET", b"/x")
    assert connection.receive(GET) == []
    connection = ServerConnection()
    connection.receive(b"GET  /x HTTP/1.1\r\n")
    assert connection.head is not None
    assert connection.head.target == b"/x"


def test_8000_octets_of_request_line_are_accepted_by_default() -> None:
    assert ServerLimits().request_line >= 8000
    connection = ServerConnection()
    connection.receive(b"GET /" + b"a" * 7986 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.complete


def test_the_direction_of_an_observer_is_that_of_the_octets_it_is_shown() -> None:
    connection = ServerConnection(observe=True, direction=OUT)
    facts = connection.receive(b"GET / HTTP/1.1\nHost: x\n\n")
    assert {getattr(fact, "direction", OUT) for fact in facts} == {OUT}
    assert connection.complete
