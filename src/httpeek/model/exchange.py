"""The Exchange: one request with all its responses, as a fold of its events.

`fold` makes the exchanges of a run (hops, attempts) from its events. What an exchange offers was taken from them in
`feed` and can be made again at any time. It keeps the events themselves but for those that carry octets: of these it
keeps the content and the representation, once, since a million chunks would else be a million events.
"""

from __future__ import annotations

from httpeek.model.events import (
    IN,
    OUT,
    Closed,
    Completed,
    Connected,
    Content,
    Dialling,
    Event,
    Failed,
    Framed,
    Kept,
    Masked,
    Moved,
    Planned,
    Representation,
    RequestStarted,
    Resolved,
    Resolving,
    ResponseStarted,
    RunStarted,
    TlsEstablished,
    TlsStarted,
    Trailers,
    Violation,
)
from httpeek.model.events import Bytes as WireBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.codes import Failure
    from httpeek.model.message import RequestHead, ResponseHead
    from httpeek.model.plan import Plan


class Exchange:
    """State that grows with `feed(event)`; every attribute is None or empty until its event came.

    `marks` maps the name of a moment to its time in ns since the run began: "planned", "resolving", "resolved",
    "dialling", "connected", "tls-started", "tls-established", "sent" (last octet out), "first-byte",
    "completed", "closed", "ended".
    """

    def __init__(self, number: int, start: RunStarted | None) -> None:
        self.number = number
        self.start = start
        self.events: list[Event] = []
        self.marks: dict[str, int] = {}
        self.plan: Plan | None = None
        self.hop = 0
        self.attempt = 1
        self.cause = "asked"
        self.connection: int | None = None
        self.resolved: Resolved | None = None
        self.connected: Connected | None = None
        self.tls: TlsEstablished | None = None
        self.request: RequestHead | None = None
        self.interim: list[ResponseHead] = []
        self.response: ResponseHead | None = None
        self.framed: dict[str, Framed] = {}
        self.trailers: dict[str, Trailers] = {}
        self.violations: list[Violation] = []
        self.closed: Closed | None = None
        self.kept = False
        self.completed = False
        self.failure: Failure | None = None
        self.sent_octets = 0
        self.received_octets = 0
        self.content_octets = 0
        self.cut = False
        self.masked = False
        self._content = {OUT: bytearray(), IN: bytearray()}
        self._representation: bytearray | None = None  # None while it is the content itself
        self._latest = b""

    def feed(self, event: Event) -> None:
        """Takes the next event of this exchange."""
        fact = event.fact
        if not isinstance(fact, WireBytes | Content | Representation):
            self.events.append(event)
        if event.connection is not None:
            self.connection = event.connection
        take = _TAKE.get(type(fact))
        if take is not None:
            take(self, event.time, fact)

    def count(self, event: Event) -> None:
        """As `feed`, but content is counted and not kept: for what tells of an exchange and shows none of it."""
        fact = event.fact
        if isinstance(fact, Content):
            self.content_octets += len(fact.data) if fact.direction == IN else 0
        elif not isinstance(fact, Representation):
            self.feed(event)

    def content(self, direction: str = IN) -> bytes:
        """The content of the message in that direction, as far as it was kept."""
        return bytes(self._content[direction])

    def representation(self) -> bytes:
        """The response's content without its codings; without a coding that is the content."""
        return bytes(self._content[IN] if self._representation is None else self._representation)


def fold(events: Iterable[Event]) -> list[Exchange]:
    """The exchanges of a run in order. Events of a connection only are given to the exchange that opened it."""
    exchanges: dict[int, Exchange] = {}
    start: RunStarted | None = None
    for event in events:
        if isinstance(event.fact, RunStarted):
            start = event.fact
        elif event.exchange is not None:
            exchange = exchanges.get(event.exchange)
            if exchange is None:
                exchange = exchanges[event.exchange] = Exchange(event.exchange, start)
            exchange.feed(event)
        elif event.connection is not None:
            for exchange in reversed(exchanges.values()):
                if exchange.connection == event.connection:
                    exchange.feed(event)
                    break
    return list(exchanges.values())


def _planned(x: Exchange, time: int, fact: Planned) -> None:
    x.marks["planned"] = time
    x.plan, x.hop, x.attempt, x.cause = fact


def _resolved(x: Exchange, time: int, fact: Resolved) -> None:
    x.marks["resolved"] = time
    x.resolved = fact


def _connected(x: Exchange, time: int, fact: Connected) -> None:
    x.marks["connected"] = time
    x.connected = fact


def _tls(x: Exchange, time: int, fact: TlsEstablished) -> None:
    x.marks["tls-established"] = time
    x.tls = fact


def _bytes(x: Exchange, time: int, fact: WireBytes) -> None:
    _count(x, time, fact.direction, len(fact.data))


def _moved(x: Exchange, time: int, fact: Moved) -> None:
    x.cut = True
    _count(x, time, fact.direction, fact.octets)


def _masked(x: Exchange, time: int, fact: Masked) -> None:
    x.masked = True
    _count(x, time, fact.direction, fact.octets)


def _count(x: Exchange, time: int, direction: str, count: int) -> None:
    if direction == OUT:
        x.sent_octets += count
        x.marks["sent"] = time
    else:
        x.received_octets += count
        x.marks.setdefault("first-byte", time)


def _request(x: Exchange, time: int, fact: RequestStarted) -> None:
    x.request = fact.head


def _response(x: Exchange, time: int, fact: ResponseStarted) -> None:
    if fact.head.interim:
        x.interim.append(fact.head)
    else:
        x.response = fact.head


def _framed(x: Exchange, time: int, fact: Framed) -> None:
    x.framed[fact.direction] = fact


def _content(x: Exchange, time: int, fact: Content) -> None:
    x._content[fact.direction] += fact.data
    if fact.direction == IN:
        x.content_octets += len(fact.data)
        x._latest = fact.data


def _representation(x: Exchange, time: int, fact: Representation) -> None:
    if x._representation is None:
        if fact.data is x._latest:
            return
        x._representation = bytearray()
    x._representation += fact.data


def _trailers(x: Exchange, time: int, fact: Trailers) -> None:
    x.trailers[fact.direction] = fact


def _completed(x: Exchange, time: int, fact: Completed) -> None:
    if fact.direction == IN:
        x.completed = True
        x.content_octets = fact.content
        x.marks["completed"] = time


def _violation(x: Exchange, time: int, fact: Violation) -> None:
    x.violations.append(fact)


def _closed(x: Exchange, time: int, fact: Closed) -> None:
    x.marks["closed"] = time
    x.closed = fact


def _kept(x: Exchange, time: int, fact: Kept) -> None:
    x.kept = True


def _failed(x: Exchange, time: int, fact: Failed) -> None:
    x.failure = fact.failure


def _marking(name: str) -> Take:
    def mark(x: Exchange, time: int, fact: object) -> None:
        x.marks[name] = time

    return mark


if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Take: TypeAlias = Callable[[Exchange, int, Any], None]

_TAKE: dict[type, Take] = {
    Planned: _planned,
    Resolving: _marking("resolving"),
    Resolved: _resolved,
    Dialling: _marking("dialling"),
    Connected: _connected,
    TlsStarted: _marking("tls-started"),
    TlsEstablished: _tls,
    WireBytes: _bytes,
    Moved: _moved,
    Masked: _masked,
    RequestStarted: _request,
    ResponseStarted: _response,
    Framed: _framed,
    Content: _content,
    Representation: _representation,
    Trailers: _trailers,
    Completed: _completed,
    Violation: _violation,
    Closed: _closed,
    Kept: _kept,
    Failed: _failed,
}
