"""A run: the clock, the numbers and the sinks of everything that one command sends.

A fact that is told to a run becomes an event (stamped here and nowhere else) and goes to every sink in order.
Sinks that want the representation get it decoded here, once for all of them; nothing is decoded otherwise. A run
that was rebuilt from an archive brings its own: an archive holds what was decoded, often without what was coded.

A sink that fails (a closed standard output) is dropped and its error raised after the other sinks were fed, so
that a record is kept whatever happens to a view.
"""

from __future__ import annotations

import os
from time import monotonic_ns, time_ns

from httpeek.codec.http1.framing import codings
from httpeek.model.codes import BAD_CODING, HttpeekError
from httpeek.model.events import (
    IN,
    Completed,
    Content,
    Event,
    Failed,
    Note,
    Representation,
    ResponseStarted,
    RunStarted,
    Violation,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from httpeek.codec.coding import Decoder
    from httpeek.model.codes import Failure
    from httpeek.model.events import Fact, Sink
    from httpeek.model.plan import SizeLimits

    Explain = Callable[[Failure], Failure]


class Run:
    """One run. `tell` stamps facts; `exchange` and `connection` hand out numbers from 1. `place` gives the descriptor
    of a file that takes the content that is received now without anybody looking at it, or -1; None: there is never
    one."""

    place: Callable[[], int] | None = None

    def __init__(self, sinks: Iterable[Sink], version: str, explain: Explain | None = None) -> None:
        self._outlet = Outlet(sinks)
        self._explain = explain
        self._begun = monotonic_ns()
        self._exchanges = 0
        self._connections = 0
        wall = time_ns()
        self.name = f"{wall // 1_000_000:x}-{os.urandom(3).hex()}"
        self.tell(RunStarted(self.name, wall, version))

    def next_exchange(self, size: SizeLimits) -> int:
        """The number of an exchange that begins, with the limits for what is decoded in it."""
        self._exchanges += 1
        self._outlet.begin(size)
        return self._exchanges

    def next_connection(self) -> int:
        """The number of a connection that begins."""
        self._connections += 1
        return self._connections

    def explained(self, failure: Failure) -> Failure:
        """A failure as the front end words it, from facts that only it knows."""
        return failure if self._explain is None else self._explain(failure)

    @property
    def counts(self) -> bool:
        """True when of sent content every sink wants its size only."""
        return self._outlet.counts

    def listen(self, sink: Sink) -> None:
        """One more sink, from here on, for who needs to know more of an exchange than its outcome."""
        self._outlet.add(sink)

    def leave(self, sink: Sink) -> None:
        """That sink is fed no more."""
        self._outlet.remove(sink)

    def tell(self, fact: Fact, exchange: int | None = None, connection: int | None = None) -> None:
        """Stamps a fact and gives it to the sinks. Raises HttpeekError when a sink cannot go on, or when content
        passed a limit while it was decoded (TOO_LARGE)."""
        self._outlet.feed(Event._make((monotonic_ns() - self._begun, exchange, connection, None, fact)))

    def finish(self) -> Failure | None:
        """Finishes every sink; the failure of the first one that could not, or None."""
        return self._outlet.finish()


class Outlet:
    """Where events leave for the sinks, live or replayed, with the representation added for who wants it."""

    def __init__(self, sinks: Iterable[Sink]) -> None:
        self._sinks = list(sinks)
        self._feeds: list[Callable[[Event], None]] = [sink.feed for sink in self._sinks]
        self.counts = all("counts" in sink.wants for sink in self._sinks)
        self._wanted = any("representation" in sink.wants for sink in self._sinks)
        self._size: SizeLimits | None = None
        self._decoder: Decoder | None = None
        self._rebuilt = False  # an archive holds representations, and its run brings them
        self._broken: Failure | None = None
        self._failed_sink: Failure | None = None
        self._told = False  # whether the sinks that are left know of it
        self._latest = 0

    def add(self, sink: Sink) -> None:
        """See `Run.listen`. What it wants does not count: it gets what the others do."""
        self._sinks.append(sink)
        self._feeds.append(sink.feed)

    def remove(self, sink: Sink) -> None:
        """See `Run.leave`. One that failed is not fed any more."""
        self._sinks.remove(sink)
        if sink.feed in self._feeds:
            self._feeds.remove(sink.feed)

    def begin(self, size: SizeLimits) -> None:
        """A new exchange: what it decodes is bounded by `size`."""
        self._size = size
        self._decoder = None
        self._broken = None

    def feed(self, event: Event) -> None:
        """Gives an event to every sink; see `Run.tell` for what is raised."""
        self._latest = event.time
        if not self._wanted:
            self._give(event)
            return
        fact = event.fact
        kind = type(fact)
        if kind is RunStarted:
            self._rebuilt = bool(fact.rebuilt)  # type: ignore[union-attr]  # `kind` is its type
        if kind is Content and not self._rebuilt:
            self._give(event)
            self._decode(event, fact)  # type: ignore[arg-type]  # `kind` is its type; isinstance costs more here
        elif kind is Completed and fact.direction == IN:  # type: ignore[union-attr]  # as above
            self._end(event)
            self._give(event)
            if self._broken is not None:
                raise HttpeekError(self._broken)
        elif kind is Failed:
            self._end(event)
            self._give(event)
        else:
            if kind is ResponseStarted:
                self._start(event, fact)  # type: ignore[arg-type]  # as above
            self._give(event)

    def finish(self) -> Failure | None:
        """See `Run.finish`. A sink that fails now (a full disk) is told to those after it, so that somebody says so."""
        waiting = list(self._sinks)
        while waiting:
            if self._failed_sink is not None and not self._told:
                self._told = True
                for sink in waiting:
                    if sink.feed in self._feeds:
                        sink.feed(Event(self._latest, None, None, None, Failed(self._failed_sink)))
            try:
                waiting.pop(0).finish()
            except HttpeekError as error:
                self._failed_sink = self._failed_sink or error.failure
        return self._failed_sink

    def _give(self, event: Event) -> None:
        raised = None
        if self._failed_sink is not None and type(event.fact) is Failed:
            self._told = True
        for give in tuple(self._feeds):
            try:
                give(event)
            except HttpeekError as error:
                self._feeds.remove(give)
                raised = raised or error
        if raised is not None:
            self._failed_sink = self._failed_sink or raised.failure
            raise raised

    def _start(self, event: Event, fact: ResponseStarted) -> None:
        self._decoder = None
        found = codings(fact.head.fields)
        if fact.head.interim or not found or self._size is None or self._rebuilt:
            return
        from httpeek.codec.coding import Decoder

        self._decoder = Decoder(found, self._size)

    def _decode(self, event: Event, fact: Content) -> None:
        if fact.direction != IN or self._broken is not None:
            return
        if self._decoder is None:
            self._give(event._replace(fact=Representation(fact.data)))
            return
        try:
            for piece in self._decoder.feed(fact.data):
                self._give(event._replace(fact=Representation(piece)))
        except HttpeekError as error:
            if error.code != BAD_CODING:
                raise
            # The rest of the octets is still received: raw, hex and the record show them.
            self._broken = error.failure
        self._tell_notes(self._decoder, event, fact.offset)

    def _end(self, event: Event) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is None or self._broken is not None:
            return
        try:
            for piece in decoder.finish():
                self._give(event._replace(fact=Representation(piece)))
        except HttpeekError as error:
            self._broken = error.failure
        self._tell_notes(decoder, event, 0)

    def _tell_notes(self, decoder: Decoder, event: Event, offset: int) -> None:
        while decoder.notes:
            identifier, detail = decoder.notes.pop(0)
            fact = Violation(identifier, IN, offset, detail) if identifier else Note(detail)
            self._give(event._replace(fact=fact))
