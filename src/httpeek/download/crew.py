"""Those who fetch one file in segments: the thread that has the file, and others with a client each.

Rules:
- An answer that already comes is not thrown away: it is the first segment, and goes on over the next ones as long as
  nobody else has begun them. So a server that has no second connection for us, or no ranges, costs nothing.
- A segment is asked for with If-Range and a strong validator, and with octets around it that are there already or come
  in the next one: they have to be equal. An answer of another version or place ends all segments: what is there without
  a gap stays, and the file goes on over one connection.
- Who gets nothing gives its segment back and ends; the thread that has the file never does, and tries again as a
  download in one piece does. `--retry`, `--timeout` and `--max-time` hold for each segment.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from httpeek.client.agent import Agent, Has
from httpeek.client.perform import Connections
from httpeek.download import rows as table
from httpeek.download.line import Line
from httpeek.download.resume import validator
from httpeek.download.spread import Segment, Spread
from httpeek.download.taker import Taker
from httpeek.model.codes import (
    CHECK_FAILED,
    DONE,
    INTERRUPTED,
    PEER_BROKE_PROTOCOL,
    WRITE_FAILED,
    Failure,
    HttpeekError,
)
from httpeek.model.message import first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Thread

    from httpeek.download.fetch import Fetch
    from httpeek.download.place import Place
    from httpeek.download.rows import Row
    from httpeek.download.side import State
    from httpeek.model.message import Fields, ResponseHead

_LAST_MOMENT = 5.0
"""Seconds that the others get to keep what they have when everything ends."""
_WAIT = 0.05
"""Seconds between two looks at what the others do."""
_ENDS_ALL = (WRITE_FAILED, INTERRUPTED, CHECK_FAILED)
"""What no other connection can do better."""


def obstacle(state: State, head: ResponseHead) -> str:
    """Why a file that is answered so cannot be fetched in segments; "" where nothing speaks against it."""
    if head.version == b"HTTP/1.0":
        return "the server speaks HTTP/1.0"
    if first(head.fields, b"accept-ranges").strip().lower() == b"none":
        return "the server takes no ranges"
    if state.total is None:
        return "the server does not say how large it is"
    if not validator(state):
        return "it has no strong validator"
    if state.coding:
        return f"it comes in the coding {state.coding}"
    if state.total < 2 * table.SMALLEST:
        return "it is too small to be divided"
    return ""


class Crew:
    """The segments of one file on their way. `spread` are those segments; `head` that of an answer that gave some;
    `broken` says why they cannot be gone on with, `failure` what ends the download."""

    def __init__(self, fetch: Fetch, home: Place, spread: Spread, count: int, named: bool) -> None:
        """`home` is the place of the whole, and there are `count` connections at most. Unless it is `named`, the server
        has yet to prove that it has ranges."""
        self.spread = spread
        self.head: ResponseHead | None = None
        self.broken: Failure | None = None
        self.failure: Failure | None = None
        self.lies = False
        self._fetch = fetch
        self._home = home
        self._lock = allocate_lock()
        self._over = False
        self._count = min(count, sum(1 for row in spread.rows if row.left))
        self._proven = named
        self._threads: list[Thread] = []
        self._lines: list[Line] = []

    # The threads

    def start(self) -> None:
        """Starts the others: one first, where it is not known yet whether the server has ranges."""
        from threading import Thread

        with self._lock:
            wanted = self._count - 1 if self._proven else min(1, self._count - 1)
            while len(self._threads) < wanted and not self._over:
                thread = Thread(target=self._follow, daemon=True)
                self._threads.append(thread)
                thread.start()

    @property
    def _others(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def stop(self, limit: float | None = None) -> bool:
        """Ends the others, with every octet that arrived kept; False where one has not ended within `limit` seconds."""
        with self._lock:
            self._over = True
            lines = list(self._lines)
        for line in lines:
            line.interrupt()
        last = None if limit is None else monotonic() + limit
        for thread in self._threads:
            thread.join(None if last is None else max(0.0, last - monotonic()))
        return not self._others

    def _hurried(self) -> bool:
        """True where nothing may wait any more."""
        return self._over or self._fetch.stopped

    def _check(self) -> None:
        """Raises HttpeekError where the others have to end."""
        if self._hurried():
            raise HttpeekError(Failure(INTERRUPTED, "interrupted", "stopped"))

    def _follow(self) -> None:
        """What another thread does: segments, until there are none that wait or it gets nothing."""
        line = Line(self._fetch.shared, self._check)
        connections = Connections(line)
        with self._lock:
            self._lines.append(line)
        try:
            agent = Agent(line, connections, _lent(self._fetch.job.has))
            while (row := self._draw()) is not None:
                try:
                    went_on = self._bring(row, line, agent)
                finally:
                    row.taken = False
                if not went_on:
                    break
        except HttpeekError as error:
            self.failure = self.failure or error.failure
            self._fetch.line.interrupt()
        finally:
            connections.close()
            line.end()

    # Segments

    def _draw(self) -> Row | None:
        """The next segment that nobody fetches."""
        with self._lock:
            if self._over or self.broken is not None or self.failure is not None:
                return None
            for row in self.spread.rows:
                if not row.taken and not row.whole(self.spread.total):
                    row.taken = True
                    return row
        return None

    def more(self, row: Row) -> bool:
        """May the answer that brings the whole file go on behind the end of its segment?"""
        with self._lock:
            return self.failure is None and self.spread.extend(row)

    def _bring(self, row: Row, line: Line, agent: Agent) -> bool:
        """Fetches a segment, in another thread; False where it gets nothing. Raises HttpeekError for what ends all."""
        while not row.whole(self.spread.total):
            grown, failure, head = self._attempt(row, line, agent)
            if row.whole(self.spread.total):
                return head is None
            if self._over or self.broken is not None or (failure is not None and failure.code == DONE):
                return False
            if failure is None and head is None and grown:
                continue
            if failure is not None and failure.code in _ENDS_ALL:
                raise HttpeekError(failure)
            if not grown:
                return False
            failure = failure or self._fetch.status(head) or self._nothing(row)
            if not self._fetch.may_heal(failure, head):
                raise HttpeekError(failure)
            self._fetch.pause(failure, 0, head, line, self._check)
        return True

    def _nothing(self, row: Row) -> Failure:
        return Failure(PEER_BROKE_PROTOCOL, "protocol", f"the answer for bytes {row.here} to {row.end} is empty")

    def _attempt(self, row: Row, line: Line, agent: Agent) -> tuple[bool, Failure | None, ResponseHead | None]:
        """Asks for what is missing of a segment: whether octets came, why it ended, and an answer that is no file."""
        fetch, spread = self._fetch, self.spread
        ours = line is fetch.line
        taker = Taker(fetch.job.wish, frozenset(), fetch.limit, fetch.hurried if ours else self._hurried)
        row.tail = b""
        before = row.here
        segment = Segment(spread, row)
        taker.segment = segment
        taker.place = self._home._replace(part=segment)
        begin, end = row.asks(spread.total)
        asked: Fields = (
            (b"Range", b"bytes=%d-%d" % (begin, end - 1)),
            (b"If-Range", validator(spread.state).encode("latin-1")),
        )
        taker.begin(begin)
        line.taker = taker
        try:
            outcome = agent.exchange(fetch.plan(asked))
            if outcome.failure is not None and outcome.failure.code == WRITE_FAILED and taker.adding:
                segment.recount()
        finally:
            line.taker = fetch.taker if ours else None
            segment.close()
        if segment.begun:
            self._proved(taker)
        failure = outcome.failure
        if failure is not None and failure.code == PEER_BROKE_PROTOCOL:
            self.broken = self.broken or failure
        head = taker.refusal
        if head is not None and head.status == 416:
            self.broken = self.broken or fetch.status(head)
        return segment.begun and row.here > before, failure, head

    def _proved(self, taker: Taker) -> None:
        """An answer gave octets: the server has ranges."""
        self.head = self.head or taker.head
        known = {claimed.said + claimed.algorithm for claimed in self._fetch.taker.claims}
        with self._lock:
            fresh = [claimed for claimed in taker.claims if claimed.said + claimed.algorithm not in known]
            self._fetch.taker.claims += fresh
        if not self._proven:
            self._proven = True
            self.start()

    # The thread that has the file

    def work(self, agent: Agent) -> bool:
        """Fetches segments until all are there: True; False where the file has to go on over one connection.

        Raises HttpeekError for what ends the download.
        """
        fetch = self._fetch
        while True:
            fetch.check()
            if all(one.whole(self.spread.total) for one in self.spread.rows):
                return self._fits()
            if self.failure is not None:
                raise HttpeekError(self.failure)
            if self.broken is not None:
                return False
            row = self._draw()
            if row is not None:
                try:
                    self._insist(row, agent)
                finally:
                    row.taken = False
            elif self._others:
                self._wait()  # else somebody gave a segment back just now

    def _wait(self) -> None:
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_WAIT)
                return

    def _insist(self, row: Row, agent: Agent) -> None:
        """Fetches a segment as often as `--retry` allows. Raises HttpeekError for what ends the download."""
        fruitless = 0
        while not row.whole(self.spread.total) and self.broken is None and self.failure is None:
            grown, failure, head = self._attempt(row, self._fetch.line, agent)
            if self.broken is not None or row.whole(self.spread.total) or (failure is None and head is None and grown):
                continue
            failure = failure or self._fetch.status(head) or self._nothing(row)
            fruitless = 0 if grown else fruitless + 1
            if not self._fetch.may_heal(failure, head) or fruitless > self._fetch.retries:
                raise HttpeekError(failure)
            self._fetch.pause(failure, fruitless, head, self._fetch.line, self._fetch.check)

    def _fits(self) -> bool:
        """True where every segment ends with what the next one begins with."""
        if self.spread.compare() is None:
            self.broken = None  # whatever it was, nothing is missing
            return True
        self.lies = True
        self.broken = Failure(PEER_BROKE_PROTOCOL, "protocol", "two ranges differ where they overlap")
        return False

    def join(self) -> None:
        """Ends the others and makes one part of what is there without a gap. Raises HttpeekError (WRITE_FAILED)."""
        self.stop()
        wrong = self.spread.compare()
        if wrong is not None:
            self.lies = True
        size = table.prefix(self.spread.rows)
        self.spread.join(size if wrong is None else min(size, self.spread.rows[0].end))

    def close(self) -> bool:
        """Ends the others and keeps what is there: True where it is one part now, False where it is in segments. Never
        raises for what cannot be kept."""
        ended = self.stop(_LAST_MOMENT)
        wrong = self.spread.compare()
        if ended and (wrong is not None or self.spread.size == table.prefix(self.spread.rows)):
            try:
                self.join()
            except HttpeekError:
                pass
            else:
                return True
        self.spread.settle()
        self.spread.close()
        return False


def _lent(has: Has | None) -> Has:
    """Credentials and cookies for another thread: what its answers set is not kept."""
    if has is None:
        return Has()
    if has.jar is None:
        return has._replace(keeper=None)
    from httpeek.client.cookies import Jar

    return has._replace(jar=Jar(has.jar.cookies), keeper=None)
