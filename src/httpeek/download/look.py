"""A look at a URL without a file: robots.txt, what a spider checks, a page that is read for its links and not kept.

Rules: content is kept in memory up to a bound and only where it is wanted; what nobody wants is not read to its end.
What may pass is tried again, as a download does.
"""

from __future__ import annotations

from httpeek.client.agent import Agent, Has
from httpeek.client.complete import Wish
from httpeek.client.retry import HEALING, LONGEST_PAUSE, retry_after
from httpeek.codec.coding import Decoder
from httpeek.codec.http1.framing import codings
from httpeek.download.fetch import HEALING_STATUSES, LONGEST_ASKED, rest
from httpeek.model.codes import DONE, Failure, HttpeekError
from httpeek.model.events import IN, Content, Planned, ResponseStarted
from httpeek.model.nouns import Noun
from httpeek.model.plan import SizeLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.client.perform import Connections
    from httpeek.download.fetch import Policy
    from httpeek.download.line import Line, Shared
    from httpeek.model.events import Fact
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan

_DRAINED = 64 * 1024
"""Octets of content that nobody wants and that are read all the same, so that the connection can be kept."""


class Asking(Noun):
    """How a URL is asked for: `make` gives the plan for a request with additional fields; `has` are credentials and
    cookies, where there are any."""

    make: Callable[[Wish], Plan]
    fields: Wish = Wish()
    has: Has | None = None


class Seen(Noun):
    """What was seen: the head of the final response, as much of its content as was wanted, and the failure that there
    was instead. `arrived` counts the octets of content that came."""

    head: ResponseHead | None
    octets: bytes
    failure: Failure | None
    arrived: int = 0


class Looker:
    """Takes the facts of one look, in the place of a download's taker. `wanted` decides by the head whether content is
    kept."""

    takes = frozenset((Planned, ResponseStarted, Content))

    def __init__(self, most: int, wanted: Callable[[ResponseHead], bool]) -> None:
        self.taking = False  # content is not for the record
        self.head: ResponseHead | None = None
        self.arrived = 0
        self._most = most
        self._wanted = wanted
        self._kept: list[bytes] = []
        self._size = 0
        self._keeps = False

    @property
    def octets(self) -> bytes:
        """What was kept, without content codings and cut at the bound."""
        octets = b"".join(self._kept)
        names = codings(self.head.fields) if self.head is not None else []
        if not names:
            return octets[: self._most]
        decoder = Decoder(names, SizeLimits())
        plain: list[bytes] = []
        size = 0
        try:
            for piece in decoder.feed(octets):
                plain.append(piece)
                size += len(piece)
                if size >= self._most:
                    break
        except HttpeekError:
            pass  # what came before it is text all the same
        return b"".join(plain)[: self._most]

    def take(self, fact: Fact) -> None:
        """Takes a fact. Raises HttpeekError (DONE) where the rest need not be read."""
        if isinstance(fact, Planned):
            self.head, self._kept, self._size, self._keeps, self.taking = None, [], 0, False, False
        elif isinstance(fact, ResponseStarted):
            if not fact.head.interim:
                self.head = fact.head
                self.taking = True
                self._keeps = self._wanted(fact.head)
        elif isinstance(fact, Content) and fact.direction == IN:
            self._size += len(fact.data)
            self.arrived += len(fact.data)
            if self._keeps:
                self._kept.append(fact.data)
            if self._size > (self._most if self._keeps else _DRAINED):
                raise HttpeekError(Failure(DONE, "receive", "enough was read"))

    def descriptor(self) -> int:
        """Nothing goes into a file."""
        return -1


def look(
    asking: Asking,
    method: str,
    line: Line,
    connections: Connections,
    shared: Shared,
    policy: Policy,
    wanted: Callable[[ResponseHead], bool],
    most: int,
) -> Seen:
    """Looks at a URL, once more where that may heal. Raises KeyboardInterrupt, HttpeekError (INTERRUPTED)."""
    tries = 0
    arrived = 0
    while True:
        looker = Looker(most, wanted)
        plan = asking.make(asking.fields)._replace(method=method)
        line.taker = looker
        try:
            outcome = Agent(line, connections, asking.has or Has()).exchange(plan)
        finally:
            line.taker = None
        arrived += looker.arrived
        failure = outcome.failure if outcome.failure is None or outcome.failure.code != DONE else None
        status = looker.head.status if looker.head is not None else 0
        heals = failure.code in HEALING if failure is not None else status in HEALING_STATUSES
        pause = retry_after(looker.head) if looker.head is not None and failure is None else None
        if pause is None:
            pause = min(LONGEST_PAUSE, policy.pause * 2**tries)
        if not heals or tries >= policy.retries or pause > LONGEST_ASKED:
            return Seen(looker.head, looker.octets, failure, arrived)
        tries += 1
        rest(pause, shared.check)
