"""What went over a served connection, exchange by exchange, as the same events that the client records.

A tape keeps the octets of each request with the times of their arrival, and those of its answer. The events are made of
them afterwards by the two codecs that only look, so a record of the server's shows in every view (`httpeek show FILE`).
The client's point of view is kept: the request is what went out, the response what came in. Nothing is masked: a tape
is for comparing tools octet by octet.
"""

from __future__ import annotations

import time

from httpeek import __version__
from httpeek.codec.http1.client import ClientConnection
from httpeek.codec.http1.server import ServerConnection
from httpeek.model.codes import RECEIVE_FAILED, Failure, HttpeekError
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Closed,
    Completed,
    Connected,
    Ended,
    Event,
    Failed,
    Kept,
    Moved,
    Planned,
    RequestStarted,
    ResponseStarted,
    RunStarted,
)
from httpeek.model.message import RequestHead, first
from httpeek.model.plan import Body, Plan
from httpeek.model.target import Target, parse, quote
from httpeek.record.format import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from httpeek.model.events import Fact

    Piece: TypeAlias = tuple[int, bytes]
    Told: TypeAlias = list[tuple[int, Fact]]

OCTETS = 1024 * 1024
"""Octets that are kept of each direction of an exchange, with `PIECE_COST` for each piece in which they went."""
PIECE_COST = 128
"""What a piece costs beside its octets, roughly: a request that arrives octet by octet is bounded by it."""
_NOBODY = RequestHead(b"GET", b"/", b"HTTP/1.1", ())
"""Stands for a request that has no head, where its answer is read."""


class Tape:
    """The octets of one exchange, each piece with the monotonic ns at which it came or went.

    `id` is its name on a shelf, given there; `of` is the id of the exchange that it repeats, or empty. `before` counts
    the exchanges that the connection carried before. `ahead` is a piece of this request that came with the one before,
    whose tape is `last`.
    `size` is what it costs in octets of memory.
    """

    def __init__(
        self, local: str, remote: str, fd: int, before: int, ahead: Piece | None = None, last: Tape | None = None
    ) -> None:
        # One look at both clocks a connection: two looks differ, and what came later must not seem earlier.
        self._epoch: int = last._epoch if last is not None else time.time_ns() - time.monotonic_ns()
        self.id = ""
        self.of = ""
        self.local = local
        self.remote = remote
        self.fd = fd
        self.before = before
        self.request: list[Piece] = []
        self.response: list[Piece] = []
        self.size = 0
        self.answering: Callable[[Tape], None] | None = None
        """Called each time octets of the answer are about to leave, so that it is kept before the client has it."""
        self._begin(ahead[0] if ahead else time.monotonic_ns())
        self._latest = (self._begun, b"")  # the last piece of the request, whole
        self._left = {OUT: OCTETS, IN: OCTETS}
        self._lost = {OUT: 0, IN: 0}
        self._client_ended = False
        self._ending = ""
        self._ended = 0
        if ahead:
            self._take(*ahead)

    def _begin(self, at: int) -> None:
        self._begun = at
        self.wall = self._epoch + at

    def heard(self, octets: bytes) -> None:
        """Octets of the request arrived; b"" is the end of what the client sends."""
        now = time.monotonic_ns()
        if not octets:
            self._client_ended = True
            return
        if self.before and not self.request:
            self._begin(now)  # the wait between two exchanges belongs to neither
        self._take(now, octets)

    def _take(self, at: int, octets: bytes) -> None:
        self._latest = (at, octets)
        self._keep(OUT, self.request, at, octets)

    def said(self, octets: bytes) -> None:
        """Octets of the response are about to be sent."""
        if octets:
            self._keep(IN, self.response, time.monotonic_ns(), octets)
            if self.answering is not None:
                self.answering(self)

    def _keep(self, direction: str, where: list[Piece], at: int, octets: bytes) -> None:
        kept = octets[: max(0, self._left[direction])]
        if kept:
            where.append((at, kept))
            cost = len(kept) + PIECE_COST
            self._left[direction] -= cost
            self.size += cost
        self._lost[direction] += len(octets) - len(kept)

    def cut(self, behind: int) -> Piece | None:
        """Takes the last `behind` octets of the request off: they belong to the next one. Returns them with the time
        of their arrival. They came in one piece, since nothing is received while octets of another request wait."""
        if behind <= 0:
            return None
        at, octets = self._latest
        kept = max(0, behind - self._lost[OUT])
        self._lost[OUT] -= behind - kept
        if kept:
            self.request[-1] = (at, self.request[-1][1][:-kept])
            self.size -= kept
        return at, octets[-behind:]

    def end(self, how: str) -> None:
        """The exchange is over. `how` says what became of the connection: "kept", "fin", "reset", or "" where it stays
        open without a further word or the client went away."""
        self._ending = how
        self._ended = time.monotonic_ns()

    def octets(self, direction: str = OUT) -> bytes:
        """The octets of the request (OUT) or of the response (IN), as far as they were kept."""
        return b"".join(data for _, data in (self.request if direction == OUT else self.response))

    def record(self) -> bytes:
        """The exchange as a record file."""
        events = self.events()
        return write({**_summary(self, events), "session": 0}, events)

    def summary(self) -> dict[str, object]:
        """The exchange in a line: what `/requests` lists and a record's first line says."""
        return _summary(self, self.events())

    def events(self) -> list[Event]:
        """The exchange as the client would have recorded it."""
        asked = self._asked()
        head = next((fact.head for _, fact in asked if isinstance(fact, RequestStarted)), None)
        # Both in the order of time: an interim response stands between two pieces of its request.
        facts = sorted([*asked, *self._answered(head)], key=lambda told: told[0])
        before: Told = [
            (self._begun, Planned(_plan(head, self.local, self.octets()))),
            (self._begun, Connected(self.fd, self.remote, self.local, self.before)),
        ]
        end = facts[-1][0] if facts else self._begun
        made = [Event(0, None, None, None, RunStarted(self.id, self.wall, __version__))]
        told = [*before, *facts, (end, Ended())]
        return made + [Event(max(0, at - self._begun), 1, 1, None, fact) for at, fact in told]

    def _asked(self) -> Told:
        """The facts of the request."""
        codec = ServerConnection(observe=True, direction=OUT)
        facts: Told = []
        offset, at = 0, self._begun
        for at, octets in self.request:
            facts.append((at, Bytes(OUT, offset, octets)))
            facts += [(at, fact) for fact in codec.receive(octets)]
            offset += len(octets)
        if self._lost[OUT]:
            facts.append((at, Moved(OUT, offset, self._lost[OUT])))
        elif self._client_ended:
            facts += [(at, fact) for fact in codec.receive(b"")]
        return facts

    def _answered(self, request: RequestHead | None) -> Told:
        """The facts of the response, and of the end of the connection."""
        codec = ClientConnection()
        try:
            codec.send(RequestStarted(request or _NOBODY))
        except HttpeekError:
            codec.send(RequestStarted(_NOBODY))
        facts: Told = []
        offset = 0
        for at, octets in self.response:
            facts.append((at, Bytes(IN, offset, octets)))
            facts += [(at, fact) for fact in codec.receive(octets)]
            offset += len(octets)
        end = self._ended
        if self._lost[IN]:
            facts.append((self.response[-1][0], Moved(IN, offset, self._lost[IN])))
        if self._ending == "kept":
            facts.append((end, Kept()))
        elif self._ending:
            facts.append((end, Closed("peer", self._ending)))
            if not self._lost[IN] and not any(isinstance(fact, Failed) for _, fact in facts):
                facts += [(end, fact) for fact in self._end_of(codec)]
        return facts

    def _end_of(self, codec: ClientConnection) -> list[Fact]:
        """What the end of the connection means for the response."""
        if self._ending == "fin":
            return codec.receive(b"")
        if codec.complete:
            return []
        sentence = f"{self.local} reset the connection, {codec.position()}"
        return [Failed(Failure(RECEIVE_FAILED, "receive", sentence))]


def _summary(tape: Tape, events: list[Event]) -> dict[str, object]:
    head = next((e.fact.head for e in events if isinstance(e.fact, RequestStarted)), None)
    final = (e.fact.head for e in events if isinstance(e.fact, ResponseStarted) and not e.fact.head.interim)
    answer = next(final, None)
    size = next((e.fact.content for e in events if isinstance(e.fact, Completed) and e.fact.direction == IN), 0)
    plan = events[1].fact.plan if isinstance(events[1].fact, Planned) else None
    error = next((e.fact.failure.code for e in events if isinstance(e.fact, Failed)), None)
    made: dict[str, object] = {
        "run": tape.id,
        "wall": tape.wall,
        "method": head.method.decode("latin-1") if head is not None else "?",
        "target": head.target.decode("latin-1") if head is not None else "",
        "url": plan.target.url if plan is not None else "?",
        "status": answer.status if answer is not None else None,
        "bytes": size,
        "micros": events[-1].time // 1000,
        "remote": tape.remote,
    }
    if error is not None:
        made["error"] = error
    if tape.of:
        made["of"] = tape.of
    return made


def _plan(head: RequestHead | None, local: str, octets: bytes) -> Plan:
    """The plan that a client may have had for a request."""
    if head is None:
        return Plan("?", _target(local, "/"), ())
    host = first(head.fields, b"host").decode("latin-1") or local
    content = octets[head.span.offset + head.span.length :] if head.span is not None else b""
    body = Body(content, length=len(content)) if content else None
    return Plan(
        head.method.decode("latin-1"),
        _target(host, head.target.decode("latin-1")),
        head.fields,
        body,
        head.version[5:].decode("latin-1"),
    )


def _target(host: str, path: str) -> Target:
    try:
        return parse(f"http://{host}/")._replace(path=quote(path))
    except HttpeekError:
        return Target("http", "localhost", 80, "/")
