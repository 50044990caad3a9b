"""A file that comes in segments, from the answer that shows that it can be divided until it is one part again.

Rules: the answer that showed it goes on, as the first segment. Where segments cannot be gone on with, what is there
without a gap becomes a part, and the file comes over one connection from there on; a note says why.
"""

from __future__ import annotations

from httpeek.download import rows
from httpeek.download.crew import Crew, obstacle
from httpeek.download.part import Part
from httpeek.download.place import Pipe, placed
from httpeek.download.spread import Segment, Spread
from httpeek.model.codes import DONE, HttpeekError
from httpeek.model.events import Note
from httpeek.model.message import first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.client.agent import Agent
    from httpeek.client.perform import Outcome
    from httpeek.download.fetch import Fetch
    from httpeek.download.place import Place
    from httpeek.download.rows import Row
    from httpeek.model.message import ResponseHead


class Divided:
    """The segments of a download, at most `most` at once. `home` is the place that they belong to and `spread` what is
    there of them; both are None while the file is in one piece."""

    def __init__(self, fetch: Fetch, most: int) -> None:
        self.home: Place | None = None
        self.spread: Spread | None = None
        self._fetch = fetch
        self._most = most
        self._crew: Crew | None = None
        self._given_up = False  # it comes over one connection

    @property
    def going(self) -> bool:
        """True while segments are fetched."""
        return self._crew is not None

    # Into segments

    def found(self, spread: Spread) -> None:
        """Segments were left by an earlier download."""
        self.spread = spread
        self.home = placed(spread.part, spread.final, self._fetch.job.wish)

    def resume(self) -> None:
        """Goes on with what was found, if anything was."""
        home, spread = self.home, self.spread
        if home is None or spread is None:
            return
        spread.rows = rows.divided(spread.rows, self._most)
        spread.write()
        self._crew = Crew(self._fetch, home, spread, max(1, self._most), True)
        self._crew.start()

    def divide(self, head: ResponseHead) -> None:
        """Makes segments of a file whose answer begins, where that can be."""
        fetch = self._fetch
        taker = fetch.taker
        place, state = taker.place, taker.state
        if self._given_up or state is None or taker.foreign is not None or (head.status != 206 and taker.size):
            return
        if place is None or isinstance(place.part, Pipe):
            self._give_up("it is written in order")
            return
        if fetch.method != "GET":
            self._give_up("it is not asked for with GET")
            return
        state = state._replace(total=taker.total)
        why = obstacle(state, head)
        found = [] if why else rows.divided([rows.Row(0, state.total or 0, taker.size)], self._most)
        if len(found) < 2:
            self._give_up(why or "what is missing is too small to be divided")
            return
        assert isinstance(place.part, Part)
        spread = Spread(place.part, place.final, state, found)
        spread.begin()
        self.home, self.spread = place, spread
        named = head.status == 206 or first(head.fields, b"accept-ranges").strip().lower() == b"bytes"
        crew = self._crew = Crew(fetch, place, spread, self._most, named)
        row = found[0]
        row.taken = True
        taker.segment = Segment(spread, row, lambda: self._more(crew, row))
        taker.place = place._replace(part=taker.segment)
        taker.hashes = None
        crew.start()

    def _give_up(self, why: str) -> None:
        """It comes over one connection, and here is why."""
        self._given_up = True
        self._fetch.taker.divides = None
        self._fetch.line.tell(Note(f"{self._fetch.name}: over one connection: {why}"))

    # While they come

    def led(self, outcome: Outcome) -> None:
        """The answer that was the first segment has ended. Raises HttpeekError where that ends all."""
        fetch, crew = self._fetch, self._crew
        segment = fetch.taker.segment
        assert segment is not None
        segment.row.taken = False
        segment.close()
        failure = outcome.failure
        if failure is None or failure.code == DONE or (crew is not None and crew.failure is not None):
            return
        if not fetch.retries or not fetch.may_heal(failure, None):
            raise HttpeekError(failure)
        fetch.pause(failure, 0, None, fetch.line, fetch.check)

    def _more(self, crew: Crew, row: Row) -> bool:
        """The answer that was the first segment is at its end: may it go on? Where the others cannot, it brings all."""
        if crew.broken is None:
            return crew.more(row)
        self._joined(crew)
        return True

    def together(self, agent: Agent) -> bool:
        """Fetches segments until all are there: True; False where the file goes on over one connection."""
        crew = self._crew
        assert crew is not None
        whole = crew.work(agent)
        self._joined(crew)
        if whole:
            self._fetch.taker.whole = True
            self._fetch.taker.rehash()
        return whole

    # One part again

    def _joined(self, crew: Crew) -> None:
        """Makes one part of what came in segments. Raises HttpeekError (WRITE_FAILED)."""
        crew.join()
        self._settled(crew)
        if crew.broken is not None or crew.lies:
            self._fetch.without_ranges = crew.lies
            self._give_up(crew.broken.sentence if crew.broken is not None else "two ranges differ where they overlap")

    def _settled(self, crew: Crew) -> None:
        """What was in segments is a part again."""
        assert self.home is not None
        taker = self._fetch.taker
        taker.place = self.home
        taker.segment = None
        taker.head = taker.head or crew.head
        taker.total = crew.spread.total
        self._crew = self.spread = self.home = None

    def keep(self) -> str:
        """Ends segments that are on their way; the file that keeps them, or "" where there is none."""
        crew, spread = self._crew, self.spread
        if spread is None:
            return ""
        if crew is not None and crew.close():
            self._settled(crew)
            return ""
        spread.close()
        self._fetch.taker.place = None
        return spread.path
