"""A line: the run of one client of a download, whose facts go to its taker first and then to the sinks that all share.

Rules: numbers of exchanges and connections are those of the whole command. Content that goes into a file is not given
on, only its count: the record of a download holds heads and counts. The sinks are fed by one thread at a time, with
the events of an exchange together when it ends, so that a thousand small files do not wake them ten thousand times;
what a person should know now is fed now, behind all that came before it.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from time import monotonic_ns

from httpeek import __version__
from httpeek.client.run import Run
from httpeek.download.part import sync_directory
from httpeek.download.side import Leftovers
from httpeek.model.codes import INTERRUPTED, Failure, HttpeekError
from httpeek.model.events import (
    IN,
    Bytes,
    Closed,
    Connected,
    Content,
    Ended,
    Event,
    Moved,
    Note,
    ResponseStarted,
    RunStarted,
    Violation,
)
from httpeek.net.stream import interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from typing import Protocol

    from httpeek.model.events import Fact, Sink
    from httpeek.model.plan import SizeLimits

    class Takes(Protocol):
        """What is told every fact first: a download's taker, or who only looks."""

        taking: bool
        """Whether content is for it alone, and only its count for the record."""

        @property
        def takes(self) -> Container[type]:
            """The kinds of facts that it is told; no others."""

        def take(self, fact: Fact) -> None:
            """Takes a fact. Raises HttpeekError where the exchange has to end."""

        def descriptor(self) -> int:
            """Where the kernel may put content by itself, or -1."""

    class Gathers(Protocol):
        """A sink that takes several events at once."""

        def gather(self, events: Sequence[Event]) -> None:
            """Takes events of one exchange, or of none, in their order. Raises HttpeekError as `Sink.feed` does."""

        def finish(self) -> None:
            """See `Sink`."""


_SOON = frozenset((Note, Violation, Ended))
"""The facts that are given on at once, with what was kept before them."""
_KEPT = 64
"""Events that a line keeps at most: a large file has many, and a record has them merged."""


class Shared:
    """What the lines of one command share: the sinks, the numbers, and whether all have to stop (`stopped`), which
    somebody has `heard`."""

    def __init__(self, sinks: Sequence[Gathers], tick: Callable[[], None]) -> None:
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

    def feed(self, events: Sequence[Event]) -> None:
        """Gives events of one exchange, or of none, to every sink. One that fails is dropped: a download does not end
        for a full terminal."""
        with self._lock:
            if type(events[0].fact) is RunStarted:
                if self._started:
                    return
                self._started = True
            for sink in tuple(self._sinks):
                try:
                    sink.gather(events)
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
        """Gives on what lines that did not end in time have kept, and finishes every sink."""
        for line in tuple(self.lines):
            line.flush()
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


class Line(Run):
    """The run of one client. `taker` is told every fact and may end the exchange; so may `watch`, which is called after
    each piece of content. Its connection can be ended from another thread."""

    def __init__(self, shared: Shared, watch: Callable[[], None] | None = None) -> None:
        self.taker: Takes | None = None
        self._shared = shared
        self._watch = watch or shared.watch
        self._lock = allocate_lock()
        self._connection = -1  # a descriptor of our own, since the client's may be closed at any moment
        self._of = -1  # the client's
        self._held: list[Bytes] = []  # octets of a head, until it is known what stands behind it
        self._kept: list[Event] = []  # of the exchange that goes on
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
                self._connection = self._of = -1

    def end(self) -> None:
        """The client is done."""
        self.flush()
        self.let_go()
        self._shared.lines.discard(self)

    def _reach(self, fact: Fact) -> None:
        """A connection begins, goes on with another exchange, or ends."""
        if isinstance(fact, Connected):
            if fact.reused and fact.fd == self._of:
                return
            self.let_go()
            with self._lock:
                self._connection, self._of = os.dup(fact.fd), fact.fd
        elif isinstance(fact, Closed):
            self.let_go()

    def tell(self, fact: Fact, exchange: int | None = None, connection: int | None = None) -> None:
        """Stamps a fact for the sinks, then has the taker take it; see `Taker.take` for what is raised."""
        kind = type(fact)
        for ear in self._ears:
            ear.feed(Event(monotonic_ns() - self._begun, exchange, connection, None, fact))
        taker = self.taker
        if kind is Connected or kind is Closed:
            self._reach(fact)
        if taker is None:
            self._keep(kind, fact, exchange, connection)
            return
        if kind is Bytes and fact.direction == IN:  # type: ignore[union-attr]  # `kind` is its type
            if taker.taking:
                moved = Moved(IN, fact.offset, len(fact.data))  # type: ignore[union-attr]  # as above
                self._keep(Moved, moved, exchange, connection)
            else:
                self._held.append(fact)  # type: ignore[arg-type]  # as above
            return
        try:
            if kind in taker.takes:
                taker.take(fact)
        finally:
            if self._held:
                for held in self._held:
                    self._let_go(held, fact, taker.taking, exchange, connection)
                self._held.clear()
            if kind is not Content or not taker.taking:
                self._keep(kind, fact, exchange, connection)
        if kind is Content or kind is Moved:
            self._watch()

    def _keep(self, kind: type, fact: Fact, exchange: int | None, connection: int | None) -> None:
        """Stamps a fact, which is of this kind, for the sinks, which get it soon."""
        kept = self._kept
        if kept and (kept[0].exchange != exchange or len(kept) == _KEPT):
            self.flush()
            kept = self._kept
        kept.append(Event._make((monotonic_ns() - self._begun, exchange, connection, None, fact)))
        if kind in _SOON or exchange is None:
            self.flush()

    def flush(self) -> None:
        """Gives on what was kept."""
        kept, self._kept = self._kept, []
        if kept:
            self._shared.feed(kept)

    def _let_go(self, held: Bytes, fact: Fact, taking: bool, exchange: int | None, connection: int | None) -> None:
        """Gives octets on that waited for their head; of content that goes into a file only how much it is."""
        size = len(held.data)
        if taking and isinstance(fact, ResponseStarted) and fact.head.span is not None:
            end = fact.head.span.offset + fact.head.span.length
            size = max(0, min(size, end - held.offset))
        if size == len(held.data):
            self._keep(Bytes, held, exchange, connection)
            return
        if size:
            self._keep(Bytes, Bytes(IN, held.offset, held.data[:size]), exchange, connection)
        self._keep(Moved, Moved(IN, held.offset + size, len(held.data) - size), exchange, connection)
