"""A line: the run of one client of a download, whose facts go to its taker first and then to the sinks that all share.

Rules: numbers of exchanges and connections are those of the whole command. Content that goes into a file is not given
on, only its count: the record of a download holds heads and counts. The sinks are fed by one thread at a time.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from time import monotonic_ns

from httpeek import __version__
from httpeek.client.run import Run
from httpeek.download.part import Leftovers, sync_directory
from httpeek.model.codes import INTERRUPTED, Failure, HttpeekError
from httpeek.model.events import (
    IN,
    Bytes,
    Closed,
    Connected,
    Content,
    Ended,
    Event,
    Failed,
    Moved,
    ResponseStarted,
    RunStarted,
)
from httpeek.net.stream import interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from httpeek.model.events import Fact, Sink
    from httpeek.model.plan import SizeLimits

    class Takes(Protocol):
        """What is told every fact first: a download's taker, or who only looks."""

        taking: bool
        """Whether content is for it alone, and only its count for the record."""

        def take(self, fact: Fact) -> None:
            """Takes a fact. Raises HttpeekError where the exchange has to end."""

        def descriptor(self) -> int:
            """Where the kernel may put content by itself, or -1."""


class Shared:
    """What the lines of one command share: the sinks, the numbers, and whether all have to stop (`stopped`), which
    somebody has `heard`."""

    def __init__(self, sinks: Sequence[Sink], tick: Callable[[], None]) -> None:
        self.stopped = False
        self.heard = False
        self.tick = tick
        self.leftovers = Leftovers()
        self.lines: set[Line] = set()
        self._directories: set[str] = set()
        self._sinks = list(sinks)
        self._lock = allocate_lock()
        self._started = False
        self._exchanges = 0
        self._connections = 0

    def feed(self, event: Event) -> None:
        """Gives an event to every sink. One that fails is dropped: a download does not end for a full terminal."""
        with self._lock:
            if type(event.fact) is RunStarted:
                if self._started:
                    return
                self._started = True
            for sink in tuple(self._sinks):
                try:
                    sink.feed(event)
                except HttpeekError:
                    self._sinks.remove(sink)

    def exchange(self) -> int:
        """The number of an exchange that begins."""
        with self._lock:
            self._exchanges += 1
            return self._exchanges

    def connection(self) -> int:
        """The number of a connection that begins."""
        with self._lock:
            self._connections += 1
            return self._connections

    def interrupt(self) -> None:
        """Ends the connection of every line: who waits for a silent server waits no more."""
        for line in tuple(self.lines):
            line.interrupt()

    def later(self, path: str) -> None:
        """The directory of this file is synced when all is done."""
        directory = os.path.dirname(path)
        if directory not in self._directories:
            with self._lock:
                self._directories.add(directory)

    def sync(self) -> None:
        """Has the names that files got survive a crash of the machine."""
        for directory in self._directories:
            sync_directory(os.path.join(directory, ""))

    def finish(self) -> None:
        """Finishes every sink."""
        for sink in self._sinks:
            try:
                sink.finish()
            except HttpeekError:
                pass

    def check(self) -> None:
        """Raises HttpeekError (INTERRUPTED) once everybody has to stop."""
        if self.stopped:
            self.heard = True
            raise HttpeekError(Failure(INTERRUPTED, "interrupted", "stopped"))

    def watch(self) -> None:
        """What is done after each piece of content. Raises HttpeekError (INTERRUPTED)."""
        self.tick()
        self.check()


class Selected:
    """A sink before the recorder: of many exchanges it gives on the first ones, and of the others those that failed. A
    record of thousands would explain nothing. Those that went on at once it gives on one after the other, as who shows
    them shall."""

    def __init__(self, sink: Sink, most: int = 32) -> None:
        self.wants = sink.wants
        self._sink = sink
        self._most = most
        self._open: int | None = None
        self._held: dict[int, list[Event]] = {}
        self._ended: set[int] = set()
        self._telling: set[int] = set()

    def feed(self, event: Event) -> None:
        """Gives an event on, or holds it until its turn has come."""
        number = event.exchange
        kind = type(event.fact)
        if number is None or number == self._open:
            self._sink.feed(event)
            if number is not None and kind is Ended:
                self._open = None
                self._advance()
            return
        held = self._held.get(number)
        if held is None:
            held = self._held[number] = []
        held.append(event)
        if kind is Failed or (kind is ResponseStarted and _refusal(event.fact)):
            self._telling.add(number)
        elif kind is Ended:
            if number > self._most and number not in self._telling:
                del self._held[number]
                return
            self._ended.add(number)
            self._advance()
        elif number <= self._most:
            self._advance()

    def _advance(self) -> None:
        """Gives on what was held, exchange by exchange, as long as none is open."""
        while self._open is None:
            number = min((n for n in self._held if n <= self._most or n in self._ended), default=None)
            if number is None:
                return
            for one in self._held.pop(number):
                self._sink.feed(one)
            if number in self._ended:
                self._ended.remove(number)
                self._telling.discard(number)
            else:
                self._open = number

    def finish(self) -> None:
        """Gives on what has not ended, and finishes the sink."""
        for number in sorted(self._held):
            for one in self._held[number]:
                self._sink.feed(one)
        self._sink.finish()


def _refusal(fact: Fact) -> bool:
    return type(fact) is ResponseStarted and fact.head.status >= 300


class Line(Run):
    """The run of one client. `taker` is told every fact and may end the exchange; so may `watch`, which is called after
    each piece of content. Its connection can be ended from another thread."""

    def __init__(self, shared: Shared, watch: Callable[[], None] | None = None) -> None:
        self.taker: Takes | None = None
        self._shared = shared
        self._watch = watch or shared.watch
        self._lock = allocate_lock()
        self._connection = -1  # a descriptor of our own, since the client's may be closed at any moment
        self._held: list[Bytes] = []  # octets of a head, until it is known what stands behind it
        self._ears: list[Sink] = []
        shared.lines.add(self)
        super().__init__((), __version__)

    def next_exchange(self, size: SizeLimits) -> int:
        """See `Run`."""
        return self._shared.exchange()

    def next_connection(self) -> int:
        """See `Run`."""
        return self._shared.connection()

    @property
    def counts(self) -> bool:
        """Nobody wants to see content: see `Run`."""
        return True

    def place(self) -> int:
        """The descriptor into which the kernel may move content, or -1."""
        return self.taker.descriptor() if self.taker is not None and not self._ears else -1

    def listen(self, sink: Sink) -> None:
        """See `Run`."""
        self._ears.append(sink)

    def leave(self, sink: Sink) -> None:
        """See `Run`."""
        self._ears.remove(sink)

    def interrupt(self) -> None:
        """Ends the connection, from another thread: who waits for octets gets an end."""
        with self._lock:
            if self._connection >= 0:
                interrupt(self._connection)

    def let_go(self) -> None:
        """Forgets the connection."""
        with self._lock:
            if self._connection >= 0:
                os.close(self._connection)
                self._connection = -1

    def end(self) -> None:
        """The client is done."""
        self.let_go()
        self._shared.lines.discard(self)

    def _reach(self, fact: Fact) -> None:
        if isinstance(fact, Connected):
            self.let_go()
            with self._lock:
                self._connection = os.dup(fact.fd)
        elif isinstance(fact, Closed):
            self.let_go()

    def tell(self, fact: Fact, exchange: int | None = None, connection: int | None = None) -> None:
        """Stamps a fact for the sinks, then has the taker take it; see `Taker.take` for what is raised."""
        for ear in self._ears:
            ear.feed(Event(monotonic_ns() - self._begun, exchange, connection, None, fact))
        taker = self.taker
        kind = type(fact)
        if kind is Connected or kind is Closed:
            self._reach(fact)
        if taker is None:
            self._give(fact, exchange, connection)
            return
        if kind is Bytes and fact.direction == IN:  # type: ignore[union-attr]  # `kind` is its type
            if taker.taking:
                moved = Moved(IN, fact.offset, len(fact.data))  # type: ignore[union-attr]  # as above
                self._give(moved, exchange, connection)
            else:
                self._held.append(fact)  # type: ignore[arg-type]  # as above
            return
        try:
            taker.take(fact)
        finally:
            for held in self._held:
                self._let_go(held, fact, taker.taking, exchange, connection)
            self._held.clear()
            if not (kind is Content and taker.taking):
                self._give(fact, exchange, connection)
        if kind is Content or kind is Moved:
            self._watch()

    def _give(self, fact: Fact, exchange: int | None, connection: int | None) -> None:
        """Stamps a fact for the sinks."""
        self._shared.feed(Event(monotonic_ns() - self._begun, exchange, connection, None, fact))

    def _let_go(self, held: Bytes, fact: Fact, taking: bool, exchange: int | None, connection: int | None) -> None:
        """Gives octets on that waited for their head; of content that goes into a file only how much it is."""
        size = len(held.data)
        if taking and isinstance(fact, ResponseStarted) and fact.head.span is not None:
            end = fact.head.span.offset + fact.head.span.length
            size = max(0, min(size, end - held.offset))
        if size:
            self._give(held._replace(data=held.data[:size]), exchange, connection)
        if size < len(held.data):
            self._give(Moved(IN, held.offset + size, len(held.data) - size), exchange, connection)
