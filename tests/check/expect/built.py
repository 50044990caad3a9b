"""Exchanges made without a network, and expectations as people write them, applied to these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from httpeek.check.expect.evaluate import answered, capture, compared, expect
from httpeek.check.expect.scope import Scope
from httpeek.check.expect.seen import Seen
from httpeek.check.hurl.asserts import parse_expression
from httpeek.check.hurl.entries import read
from httpeek.check.suite import Expectation
from httpeek.model.events import (
    IN,
    Bytes,
    Certificate,
    Closed,
    Completed,
    Connected,
    Content,
    Event,
    Planned,
    Representation,
    ResponseStarted,
    RunStarted,
    TlsEstablished,
    TlsStarted,
    Violation,
)
from httpeek.model.exchange import fold
from httpeek.model.message import ResponseHead
from httpeek.model.plan import Plan
from httpeek.model.target import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from httpeek.check.result import Captured, Finding, Value
    from httpeek.check.suite import Response
    from httpeek.model.events import Fact
    from httpeek.model.exchange import Exchange

MILLISECOND = 1_000_000
CHAIN = (
    Certificate(
        "CN=example.org, O=Example",
        "CN=R3",
        ("DNS:example.org", "IP:127.0.0.1"),
        1_577_836_800,
        4_102_444_800,
        "00a1b2",
        b"\x30\x03abc" * 20,
    ),
    Certificate("CN=R3", "CN=Root", (), 1_577_836_800, 2_000_000_000, "01", b"\x30"),
)


def exchange(
    body: bytes = b"",
    kind: str = "text/plain",
    status: int = 200,
    fields: Sequence[tuple[bytes, bytes]] = (),
    *,
    number: int = 1,
    url: str = "http://example.org/a?b=c",
    coded: bytes | None = None,
    tls: bool = False,
    reason: bytes = b"OK",
    version: bytes = b"HTTP/1.1",
    interim: Sequence[int] = (),
    violations: Sequence[Violation] = (),
    closed: str = "",
    reused: int = 0,
    remote: str = "127.0.0.1:8080",
    hop: int = 0,
    cause: str = "asked",
) -> Exchange:
    """An exchange of 12 ms that took 2 ms to connect, 3 ms for TLS, and 9 ms to the first octet."""
    head_fields = (*((((b"Content-Type", kind.encode()),)) if kind else ()), *fields)
    facts: list[tuple[int, Fact]] = [
        (0, Planned(Plan("GET", parse(url), ()), hop=hop, cause=cause)),
        (2, Connected(3, "127.0.0.1:49400", remote, reused)),
    ]
    if tls:
        facts += [(2, TlsStarted("example.org", ())), (5, TlsEstablished("TLS 1.3", "AES", 256, "", "ok", CHAIN))]
    facts.append((9, Bytes(IN, 0, b"HTTP/1.1 ...")))
    facts += [(9, ResponseStarted(ResponseHead(b"HTTP/1.1", one, b"", ()))) for one in interim]
    facts.append((9, ResponseStarted(ResponseHead(version, status, reason, head_fields))))
    facts.append((10, Content(IN, 0, body if coded is None else coded)))
    if coded is not None:
        facts.append((10, Representation(body)))
    facts.append((12, Completed(IN, len(body))))
    facts += [(12, one) for one in violations]
    if closed:
        facts.append((12, Closed(closed, "fin")))
    started = Event(0, None, None, None, RunStarted("r", 0, "0"))
    events = [Event(time * MILLISECOND, number, 1, None, fact) for time, fact in facts]
    return fold([started, *events])[0]


def seen(body: bytes = b"", kind: str = "text/plain", *, octets: bytes = b"", **named: Any) -> Seen:
    """What there is to look at after one exchange, made as `exchange` makes it."""
    return Seen((exchange(body, kind, **named),), octets)


def scope(root: str = ".", /, **variables: Value) -> Scope:
    """Variables, by name."""
    return Scope(variables, root)


def expectation(text: str) -> Expectation:
    """The expectation that a line is."""
    found = parse_expression(text)
    assert isinstance(found, Expectation), found
    return found


def finding(text: str, what: Seen, where: Scope | None = None) -> Finding | None:
    """What is wrong with an expectation."""
    return expect(expectation(text), what, where or scope())


def outcome(text: str, what: Seen, where: Scope | None = None) -> str:
    """What came of an expectation: "holds", "error: TITLE" or the actual value."""
    found = finding(text, what, where)
    if found is None:
        return "holds"
    return f"error: {found.title}" if found.kind == "error" else found.actual


def response(text: str) -> Response:
    """The response that is expected by lines behind a request."""
    suite = read("GET http://example.org/\n" + text, "a.hurl")
    assert not suite.problems, suite.problems
    found = suite.entries[0].response
    assert found is not None
    return found


def captured(line: str, what: Seen, where: Scope | None = None) -> Captured:
    """The variable that a line of captures sets."""
    return capture(response(f"HTTP 200\n[Captures]\n{line}\n").captures[0], what, where or scope())


def findings(text: str, what: Seen, where: Scope | None = None) -> list[Finding]:
    """What is wrong with version, status, fields and content."""
    wanted = response(text)
    return answered(wanted, what) or compared(wanted, what, where or scope())
