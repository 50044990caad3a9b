"""Both roles together, and against h11: what one side sends is what the other receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from hypothesis import given
from hypothesis import strategies as st

from httpeek.codec.http1.client import ClientConnection
from httpeek.codec.http1.head import BLANK, TOKEN
from httpeek.codec.http1.server import ServerConnection
from httpeek.model.events import OUT, Completed, Content, Failed, RequestStarted, ResponseStarted, Trailers, Violation
from httpeek.model.message import RequestHead, ResponseHead

if TYPE_CHECKING:
    from httpeek.model.events import Fact
    from httpeek.model.message import Fields

VISIBLE = bytes(range(0x21, 0x7F))
OWN = (b"content-length", b"transfer-encoding", b"connection", b"host", b"expect", b"upgrade", b"te", b"trailer")

names = (
    st.binary(min_size=1, max_size=10)
    .map(lambda b: bytes(TOKEN[o % len(TOKEN)] for o in b))
    .filter(lambda name: name.lower() not in OWN)
)
values = st.binary(max_size=20).map(lambda b: bytes((VISIBLE + b" \t")[o % 96] for o in b).strip(BLANK))
fields = st.lists(st.tuples(names, values), max_size=5)
methods = st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"X-ODD"])
IN_TARGETS = VISIBLE.translate(None, b"#\\")
targets = st.binary(max_size=12).map(lambda b: b"/" + bytes(IN_TARGETS[o % len(IN_TARGETS)] for o in b))
contents = st.lists(st.binary(min_size=1, max_size=40), max_size=4)
framings = st.sampled_from(["length", "chunked"])
cuts = st.integers(1, 50)


def _pieces(octets: bytes, step: int) -> list[bytes]:
    return [octets[i : i + step] for i in range(0, len(octets), step)]


def _framed(given_fields: list[tuple[bytes, bytes]], content: list[bytes], framing: str) -> Fields:
    if framing == "chunked":
        return (*given_fields, (b"Transfer-Encoding", b"chunked"))
    return (*given_fields, (b"Content-Length", b"%d" % sum(map(len, content))))


def _content(facts: list[Fact]) -> bytes:
    return b"".join(fact.data for fact in facts if isinstance(fact, Content))


def _one(facts: list[Fact], kind: Any) -> Any:
    (found,) = [fact for fact in facts if isinstance(fact, kind)]
    return found


@given(methods, targets, fields, contents, framings, fields, cuts)
def test_a_request_arrives_as_it_was_sent(
    method: bytes,
    target: bytes,
    more: list[tuple[bytes, bytes]],
    content: list[bytes],
    framing: str,
    trailers: list[tuple[bytes, bytes]],
    step: int,
) -> None:
    head = RequestHead(method, target, b"HTTP/1.1", _framed([(b"Host", b"x"), *more], content, framing))
    client, server = ClientConnection(), ServerConnection()
    octets = client.send(RequestStarted(head))
    for piece in content:
        octets += client.send(Content(OUT, 0, piece))
    if framing == "chunked" and trailers:
        trailers = [(b"X-" + name, value) for name, value in trailers]
        client.send(Trailers(OUT, tuple(trailers)))
    octets += client.send(Completed(OUT, 0))
    facts: list[Fact] = []
    for piece in _pieces(octets, step):
        facts += server.receive(piece)
    assert not [fact for fact in facts if isinstance(fact, Violation)]
    assert _one(facts, RequestStarted).head[:4] == head[:4]
    assert _content(facts) == b"".join(content)
    assert facts[-1] == Completed("in", len(b"".join(content)))
    if framing == "chunked" and trailers:
        assert _one(facts, Trailers).fields == tuple(trailers)
    assert server.keep_alive


@given(st.integers(200, 599), fields, contents, framings, cuts, st.lists(st.sampled_from([100, 102, 103]), max_size=3))
def test_a_response_arrives_as_it_was_sent(
    status: int, more: list[tuple[bytes, bytes]], content: list[bytes], framing: str, step: int, interim: list[int]
) -> None:
    client, server = ClientConnection(), ServerConnection()
    server.receive(client.send(RequestStarted(RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"Host", b"x"),)))))
    client.send(Completed(OUT, 0))
    if status in (204, 304):
        content, framing = [], ""
    final = ResponseHead(b"HTTP/1.1", status, b"X", _framed(more, content, framing) if framing else tuple(more))
    octets = b"".join(server.send(ResponseStarted(ResponseHead(b"HTTP/1.1", code, b"", ()))) for code in interim)
    octets += server.send(ResponseStarted(final))
    for piece in content:
        octets += server.send(Content(OUT, 0, piece))
    octets += server.send(Completed(OUT, 0))
    facts: list[Fact] = []
    for piece in _pieces(octets, step):
        facts += client.receive(piece)
    assert not [fact for fact in facts if isinstance(fact, Violation | Failed)]
    heads = [fact.head for fact in facts if isinstance(fact, ResponseStarted)]
    assert [head.status for head in heads] == [*interim, status]
    assert heads[-1].fields == final.fields
    assert _content(facts) == b"".join(content)
    assert client.complete
    assert client.reusable
    assert server.keep_alive


def _h11_events(connection: h11.Connection, octets: bytes, step: int) -> list[Any]:
    events = []
    for piece in _pieces(octets, step):
        connection.receive_data(piece)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                break
            events.append(event)
    return events


noise = st.sampled_from(
    [b"", b" ", b"\t", b"\r\n", b"\n", b"\0", b"\x0b", b",", b";a=b", b"0", b"x", b":", b"\xff", b"1", b"chunked", b"5"]
)


@given(methods, fields, contents, framings, cuts, noise, st.integers(0, 200))
def test_what_h11_accepts_as_a_request_we_accept_or_refuse_for_a_rule(
    method: bytes,
    more: list[tuple[bytes, bytes]],
    content: list[bytes],
    framing: str,
    step: int,
    extra: bytes,
    place: int,
) -> None:
    """A little noise somewhere in a good request. Where h11 and we both accept, we agree; where only h11 accepts,
    the refusal names a rule of the catalogue that a server answers with an error."""
    from httpeek.model.violations import rule

    client = ClientConnection()
    head = RequestHead(method, b"/a", b"HTTP/1.1", _framed([(b"Host", b"x"), *more], content, framing))
    octets = client.send(RequestStarted(head))
    octets += b"".join(client.send(Content(OUT, 0, piece)) for piece in content) + client.send(Completed(OUT, 0))
    place %= len(octets)
    octets = octets[:place] + extra + octets[place:]
    facts: list[Fact] = []
    server = ServerConnection()
    for piece in _pieces(octets, step):
        facts += server.receive(piece)
    try:
        events = _h11_events(h11.Connection(h11.SERVER), octets, step)
    except h11.RemoteProtocolError:
        return
    refused = [fact for fact in facts if isinstance(fact, Violation) and fact.fatal]
    if refused:
        assert rule(refused[0].id).server >= 400
        return
    requests = [event for event in events if isinstance(event, h11.Request)]
    started = [fact.head for fact in facts if isinstance(fact, RequestStarted)]
    assert len(requests) == len(started)
    for theirs, ours in zip(requests, started, strict=True):
        assert (theirs.method, theirs.target) == (ours.method, ours.target)
        assert theirs.headers.raw_items() == list(ours.fields)
    assert b"".join(bytes(e.data) for e in events if isinstance(e, h11.Data)) == _content(facts)
    ended = any(isinstance(event, h11.EndOfMessage) for event in events)
    assert ended == any(isinstance(fact, Completed) for fact in facts)


@given(
    st.integers(200, 599),
    fields,
    contents,
    st.sampled_from(["length", "chunked", ""]),
    cuts,
    noise,
    st.integers(0, 200),
)
def test_what_h11_accepts_as_a_response_we_accept_with_the_same_content(
    status: int,
    more: list[tuple[bytes, bytes]],
    content: list[bytes],
    framing: str,
    step: int,
    extra: bytes,
    place: int,
) -> None:
    server = ServerConnection()
    head = ResponseHead(b"HTTP/1.1", status, b"X", _framed(more, content, framing) if framing else tuple(more))
    octets = server.send(ResponseStarted(head))
    octets += b"".join(server.send(Content(OUT, 0, piece)) for piece in content) + server.send(Completed(OUT, 0))
    place %= len(octets)
    octets = octets[:place] + extra + octets[place:]
    client = ClientConnection()
    client.send(RequestStarted(RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"Host", b"x"),))))
    client.send(Completed(OUT, 0))
    facts: list[Fact] = []
    for piece in _pieces(octets, step):
        facts += client.receive(piece)
    theirs = h11.Connection(h11.CLIENT)
    theirs.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    theirs.send(h11.EndOfMessage())
    try:
        events = _h11_events(theirs, octets, step)
    except h11.RemoteProtocolError:
        return
    failed = [fact for fact in facts if isinstance(fact, Failed)]
    assert not failed, failed
    if any(isinstance(fact, Violation) and fact.id in ("coding-unknown", "chunked-twice") for fact in facts):
        return
    heads = [fact.head for fact in facts if isinstance(fact, ResponseStarted)]
    responses = [event for event in events if isinstance(event, h11.Response)]
    assert [head.status for head in heads] == [response.status_code for response in responses]
    assert b"".join(bytes(e.data) for e in events if isinstance(e, h11.Data)) == _content(facts)
    assert any(isinstance(event, h11.EndOfMessage) for event in events) == client.complete


@given(st.binary(max_size=200), cuts)
def test_nothing_that_arrives_raises_an_exception(octets: bytes, step: int) -> None:
    for before in (
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\n",
    ):
        for ended in (b"", None):
            client = ClientConnection()
            client.send(RequestStarted(RequestHead(b"GET", b"/", b"HTTP/1.1", ())))
            server = ServerConnection()
            watcher = ServerConnection(observe=True)
            failures = 0
            for piece in [*_pieces(before + octets, step), *([ended] if ended is not None else [])]:
                facts = client.receive(piece)
                failures += sum(isinstance(fact, Failed) for fact in facts)
                assert not any(isinstance(fact, Failed) for fact in facts[:-1])
                for side in (server, watcher):
                    side.receive(piece)
                    while side.complete and side.waiting:
                        side.next()
            assert failures <= 1
            assert client.position()
