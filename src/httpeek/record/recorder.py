"""The sink that keeps a run: bounded, masked unless told otherwise, written once when the run is over.

It keeps every event, but of the octets of an exchange only the first MiB behind its heads: the rest becomes one
`moved` event that says how much went by. So a download of any size is recorded in bounded memory.
"""

from __future__ import annotations

from httpeek.model.events import (
    IN,
    Bytes,
    Completed,
    Connected,
    Content,
    Event,
    Failed,
    Moved,
    Planned,
    Representation,
    RequestStarted,
    ResponseStarted,
    RunStarted,
    Step,
)
from httpeek.record.store import save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

BODY_KEPT = 1024 * 1024
"""Octets kept of each body (DESIGN: a record is to explain an exchange, not to archive a download)."""

STEPS_KEPT = 4_000
"""Steps (`--steps`) kept of a run before those that repeat, sending and receiving, are left out and counted."""
_REPEATED = ("send", "recv", "SSL_write", "SSL_read")

_LINE = 256
"""What a piece of content costs a record beside its octets, roughly, in memory and on disk."""


class Recorder:
    """Keeps a run and saves it in the store. `mode` is "masked" or "full". After `finish`, `note` says in words why
    there is no record, or is empty."""

    wants: frozenset[str] = frozenset({"counts"})

    def __init__(self, environ: Mapping[str, str], mode: str) -> None:
        self._environ = environ
        self._mode = mode
        self._events: list[Event] = []
        self._left: dict[tuple[int | None, str], int] = {}
        self._steps = 0
        self._steps_left_out = 0
        self._summary: dict[str, object] = {}
        self.note = ""

    def feed(self, event: Event) -> None:
        """Keeps what a record needs of an event."""
        fact = event.fact
        if isinstance(fact, Bytes):
            self._keep_bytes(event, fact)
            return
        if isinstance(fact, Representation):
            return
        if isinstance(fact, Moved):
            self._leave_out(event, fact.direction, fact.offset, fact.octets)
            return
        if isinstance(fact, Content):
            key = (event.exchange, fact.direction)
            left = self._left.get(key, BODY_KEPT)
            if left > 0:
                # A line of its own for each piece: a body in tiny chunks is bounded by its lines.
                self._left[key] = left - _LINE
                self._events.append(event)
            return
        if isinstance(fact, Step):
            self._keep_step(event, fact)
            return
        self._summarise(event)
        self._events.append(event)

    def _keep_step(self, event: Event, fact: Step) -> None:
        self._steps += 1
        if self._steps > STEPS_KEPT and fact.call in _REPEATED:
            self._steps_left_out += 1
            return
        self._events.append(event._replace(fact=fact._replace(left_out=self._steps_left_out)))
        self._steps_left_out = 0

    def _keep_bytes(self, event: Event, fact: Bytes) -> None:
        key = (event.exchange, fact.direction)
        left = self._left.get(key, BODY_KEPT)
        size = len(fact.data)
        self._left[key] = left - size
        if size <= left:
            self._events.append(event)
            return
        if left > 0:
            self._events.append(event._replace(fact=fact._replace(data=fact.data[:left])))
            fact = fact._replace(offset=fact.offset + left, data=fact.data[left:])
        self._leave_out(event, fact.direction, fact.offset, len(fact.data))

    def _leave_out(self, event: Event, direction: str, offset: int, octets: int) -> None:
        """Keeps the count of octets that are not kept."""
        last = self._events[-1]
        if isinstance(last.fact, Moved) and last.exchange == event.exchange and last.fact.direction == direction:
            self._events[-1] = last._replace(fact=last.fact._replace(octets=last.fact.octets + octets))
        else:
            self._events.append(event._replace(fact=Moved(direction, offset, octets)))

    def _summarise(self, event: Event) -> None:
        fact = event.fact
        summary = self._summary
        if isinstance(fact, RunStarted):
            summary["run"] = fact.run
            summary["wall"] = fact.wall
        elif isinstance(fact, Planned):
            if "method" not in summary:
                summary["method"] = fact.plan.method
                summary["url"] = fact.plan.target.url
            summary["status"] = None
            summary["bytes"] = 0
        elif isinstance(fact, RequestStarted | ResponseStarted):
            if fact.head.span is not None:
                key = (event.exchange, IN if isinstance(fact, ResponseStarted) else "out")
                self._left[key] = self._left.get(key, BODY_KEPT) + fact.head.span.length
            if isinstance(fact, ResponseStarted) and not fact.head.interim:
                summary["status"] = fact.head.status
        elif isinstance(fact, Completed) and fact.direction == IN:
            summary["bytes"] = fact.content
        elif isinstance(fact, Failed):
            summary["error"] = fact.failure.code
        elif isinstance(fact, Connected):
            summary["remote"] = fact.remote
        summary["micros"] = event.time // 1000

    def finish(self) -> None:
        """Masks and saves what was kept; never raises."""
        if "method" not in self._summary:
            return
        kept = self._events
        if self._mode == "masked":
            from httpeek.record.suspect import suspicious

            if suspicious(kept):
                from httpeek.record.masks import Masker, key

                masker = Masker(key(self._environ))
                kept = masker.mask(kept)
                self._summary["url"] = masker.text(str(self._summary["url"]))
        self.note = save(self._environ, self._summary, kept)
