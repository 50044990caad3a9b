"""A builder of event streams, and a screen that keeps what was written.

`exchange(...)` makes the events of one exchange as the client makes them; `show(view, events, ...)` renders them and
returns (stdout, stderr). Golden files stand in tests/render/golden; refresh them with

    HTTPEEK_GOLDEN=write python -m pytest tests/render -q

and read the difference in review.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from httpeek.model.codes import Failure
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Closed,
    Completed,
    Connected,
    Content,
    DialFailed,
    Dialling,
    Ended,
    Event,
    Failed,
    Framed,
    Kept,
    Planned,
    Representation,
    RequestStarted,
    Resolved,
    Resolving,
    ResponseStarted,
    RunStarted,
    Trailers,
    Violation,
)
from httpeek.model.message import RequestHead, ResponseHead, Span
from httpeek.model.plan import Body, FollowPolicy, Plan
from httpeek.model.target import parse
from httpeek.render.messages import Messages
from httpeek.render.screen import Screen
from httpeek.render.views import ViewOptions, make

if TYPE_CHECKING:
    from httpeek.model.message import Fields

GOLDEN = Path(__file__).with_name("golden")
WALL = 1_795_453_200_000_000_000  # Mon, 23 Nov 2026 17:00:00 GMT


def head_octets(line: bytes, fields: Fields) -> bytes:
    return line + b"\r\n" + b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n"


def exchange(
    body: bytes = b"ok",
    mime: bytes = b"text/plain",
    status: int = 200,
    reason: bytes = b"OK",
    fields: Fields = (),
    url: str = "http://localhost:8080/x",
    method: str = "GET",
    request_fields: Fields = ((b"Host", b"localhost:8080"),),
    request_body: bytes = b"",
    interim: Sequence[tuple[int, bytes, Fields]] = (),
    trailers: Fields = (),
    violations: Sequence[Violation] = (),
    failure: Failure | None = None,
    piece: int = 0,
    kept: bool = False,
    number: int = 1,
    hop: int = 0,
    cause: str = "asked",
    wire: bytes | None = None,
    follow: bool = False,
    answers: tuple[int, ...] = (),
) -> list[Event]:
    """The events of one exchange. `wire` stands for the head's octets where they are not as the fields say."""
    target = parse(url)
    if mime:
        fields = ((b"Content-Type", mime), *fields)
    facts: list[object] = [RunStarted("test", WALL, "0.1.0")] if number == 1 else []
    plan = Plan(method, target, request_fields, Body(request_body, length=len(request_body)) if request_body else None)
    plan = plan._replace(follow=FollowPolicy(follow), answers=answers)
    facts += [
        Planned(plan, hop, 1, cause),
        Resolving("localhost", 8080),
        Resolved("localhost", ("::1", "127.0.0.1"), "system"),
        Dialling("[::1]:8080"),
        DialFailed("[::1]:8080", "refused"),
        Dialling("127.0.0.1:8080"),
        Connected(5, "127.0.0.1:49400", "127.0.0.1:8080"),
    ]
    request_line = b" ".join((method.encode(), target.path.encode(), b"HTTP/1.1"))
    sent = head_octets(request_line, request_fields)
    request = RequestHead(method.encode(), target.path.encode(), b"HTTP/1.1", request_fields, Span(0, len(sent)))
    facts += [RequestStarted(request), Bytes(OUT, 0, sent)]
    if request_body:
        facts += [Bytes(OUT, len(sent), request_body), Content(OUT, len(sent), request_body)]
    facts.append(Completed(OUT, len(request_body)))
    offset = 0
    for code, words, extra in interim:
        octets = head_octets(b"HTTP/1.1 %d %b" % (code, words), extra)
        head = ResponseHead(b"HTTP/1.1", code, words, extra, Span(offset, len(octets)))
        facts += [Bytes(IN, offset, octets), ResponseStarted(head)]
        offset += len(octets)
    octets = wire or head_octets(b"HTTP/1.1 %d %b" % (status, reason), fields)
    facts += [Bytes(IN, offset, octets), *violations]
    facts.append(ResponseStarted(ResponseHead(b"HTTP/1.1", status, reason, fields, Span(offset, len(octets)))))
    offset += len(octets)
    facts.append(Framed(IN, "length" if body else "none", len(body), "Content-Length"))
    for at in range(0, len(body), piece or len(body) or 1):
        part = body[at : at + (piece or len(body))]
        facts += [Bytes(IN, offset, part), Content(IN, offset, part), Representation(part)]
        offset += len(part)
    if trailers:
        facts.append(Trailers(IN, trailers))
    if failure is not None:
        facts += [Failed(failure), Closed("peer", "fin")]
    else:
        facts += [Completed(IN, len(body)), Kept() if kept else Closed("peer", "fin")]
    facts.append(Ended())
    return [Event(i * 100_000, number, number, None, fact) for i, fact in enumerate(facts)]  # type: ignore[arg-type]  # the list is typed object for brevity


def show(
    view: str,
    events: Iterable[Event],
    tty: bool = True,
    colour: bool = False,
    charset: str = "utf-8",
    options: ViewOptions | None = None,
) -> tuple[bytes, bytes]:
    """Renders events. Returns what went to stdout and to stderr."""
    out, err = os.memfd_create("out"), os.memfd_create("err")
    try:
        screen = Screen(out, err, tty, tty, colour, colour, charset=charset)
        options = options or ViewOptions()
        sinks = [make(view, screen, options), Messages(screen, options, view)]
        for event in events:
            for sink in sinks:
                sink.feed(event)
        for sink in sinks:
            sink.finish()
        return tuple(os.pread(fd, os.fstat(fd).st_size, 0) for fd in (out, err))  # type: ignore[return-value]  # two
    finally:
        os.close(out)
        os.close(err)


def golden(name: str, octets: bytes) -> None:
    """Compares with a golden file, or writes it."""
    path = GOLDEN / name
    if os.environ.get("HTTPEEK_GOLDEN") == "write":
        path.write_bytes(octets)
    if not path.exists():
        pytest.fail(f"no golden file {name}: HTTPEEK_GOLDEN=write makes it")
    assert octets.decode() == path.read_bytes().decode()
