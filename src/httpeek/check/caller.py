"""The client of one file of checks: one run whose connections are kept from entry to entry, and what came of each call.

Used by one thread. Events are kept until the next call begins: who has to show an exchange that failed takes them.
"""

from __future__ import annotations

from httpeek import __version__
from httpeek.client.agent import Agent
from httpeek.client.perform import Connections
from httpeek.client.run import Run
from httpeek.model.codes import INTERRUPTED, TOO_LARGE, Failure, HttpeekError
from httpeek.model.events import IN, Bytes, Content, RunStarted
from httpeek.model.exchange import Exchange, fold
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.client.agent import Has
    from httpeek.model.events import Event, Sink, TlsEstablished
    from httpeek.model.plan import Plan


LONGEST = 30.0
"""Seconds that an exchange has where nobody said another limit: a job of CI ends."""
LARGEST = 128 * 1024 * 1024
"""Octets of content that a check holds where nobody said another `--max-decoded`: an endless answer takes several times
as much memory, and a job of CI has a few GiB."""


class Made(Noun):
    """What a call made: its exchanges in order (tunnels, attempts, redirects), the failure that ended the last one, and
    the events of all of them behind the one that began the run."""

    exchanges: tuple[Exchange, ...]
    failure: Failure | None
    events: tuple[Event, ...]

    @property
    def octets(self) -> bytes:
        """What was received for the last exchange, framing and all."""
        last = self.exchanges[-1].number if self.exchanges else None
        facts = (event.fact for event in self.events if event.exchange == last)
        return b"".join(fact.data for fact in facts if isinstance(fact, Bytes) and fact.direction == IN)


class _Keeper:
    """The sink: everything, the representation included."""

    wants = frozenset(("representation",))

    def __init__(self) -> None:
        self.start: Event | None = None
        self.events: list[Event] = []

    def feed(self, event: Event) -> None:
        if isinstance(event.fact, RunStarted):
            self.start = event
        else:
            self.events.append(event)

    def finish(self) -> None:
        pass


class _Most:
    """The sink that ends a call whose content, coded or not, is larger than what may be held: `limit` is in octets."""

    wants: frozenset[str] = frozenset()

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._given = 0

    def feed(self, event: Event) -> None:
        """Raises HttpeekError (TOO_LARGE)."""
        fact = event.fact
        if isinstance(fact, Content) and fact.direction == IN:
            self._given += len(fact.data)
            if self._given > self._limit:
                sentence = f"the content is larger than {self._limit} bytes (--max-decoded): stopped there"
                raise HttpeekError(Failure(TOO_LARGE, "limit", sentence))

    def finish(self) -> None:
        pass


class Caller:
    """Makes calls one after the other."""

    def __init__(self) -> None:
        self._keeper = _Keeper()
        self._run = Run([self._keeper], __version__)
        self._connections = Connections(self._run)
        self.began: dict[int, TlsEstablished] = {}
        """The facts of TLS of each connection: an exchange that uses one again has none of its own."""

    def call(self, plan: Plan, has: Has, *sinks: Sink) -> Made:
        """Performs a plan with all that it leads to; `plan.size.decoded` bounds content without a coding, too,
        since all of it is held. `sinks` hear of it, too, and may end it by raising HttpeekError.
        Raises KeyboardInterrupt where the user stopped it."""
        keeper = self._keeper
        keeper.events = []
        if plan.size.decoded is not None:
            sinks = (*sinks, _Most(plan.size.decoded))
        for sink in sinks:
            self._run.listen(sink)
        try:
            outcome = Agent(self._run, self._connections, has).exchange(plan)
        finally:
            for sink in sinks:
                self._run.leave(sink)
        if outcome.failure is not None and outcome.failure.code == INTERRUPTED:
            raise KeyboardInterrupt
        start = (keeper.start,) if keeper.start is not None else ()
        events = (*start, *keeper.events)
        exchanges = tuple(fold(events))
        self.began |= {
            one.connection: one.tls for one in exchanges if one.connection is not None and one.tls is not None
        }
        return Made(exchanges, outcome.failure, events)

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()
        self._run.finish()
