"""One URL into one file: asked for, asked for again where that can heal, checked, and given its name.

Rules: what is tried again goes on where it stopped, as far as that is safe. A status or a failure that would come again
(404, a refused certificate, a full disk) is not tried again, nor is a request that is not safe to repeat. The whole
of it, its pauses included, is within `--max-time`.
"""

from __future__ import annotations

import os
from time import monotonic_ns

from httpeek.client.agent import Agent, Has
from httpeek.client.follow import repeatable
from httpeek.client.retry import HEALING, LONGEST_PAUSE, retry_after
from httpeek.codec import dates
from httpeek.download import resume
from httpeek.download.finish import finish, print_checksums
from httpeek.download.loose import Loose
from httpeek.download.name import from_url
from httpeek.download.place import NEWER, SKIP, Pipe, Place, existing, foreign, in_place, left
from httpeek.download.taker import Taker
from httpeek.model.codes import (
    CUT_SHORT,
    DONE,
    INTERRUPTED,
    STATUS_3XX,
    TIMED_OUT,
    WRITE_FAILED,
    Failure,
    HttpeekError,
)
from httpeek.model.events import Note
from httpeek.model.message import IDEMPOTENT, first
from httpeek.model.nouns import Noun
from httpeek.model.plan import RETRIED_STATUSES
from httpeek.net.stream import Deadline, seconds
from httpeek.render.transfers import Ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.client.complete import Wish as Fields
    from httpeek.client.perform import Connections, Outcome
    from httpeek.download.divided import Divided
    from httpeek.download.integrity import Expected
    from httpeek.download.limit import Limit
    from httpeek.download.line import Line, Shared
    from httpeek.download.place import Wish
    from httpeek.download.spread import Spread
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan

HEALING_STATUSES = (*RETRIED_STATUSES, 500)
REPEATABLE = (*IDEMPOTENT, "QUERY")
_NOTHING = Has()
LONGEST_ASKED = 3600.0
"""Seconds that a server may ask for (Retry-After) before the download gives up instead."""


class Policy(Noun):
    """How downloads of a command are made. `retries` without progress, the first pause in seconds, what `--decode`
    says, the checksum algorithms to print, the limit on the rate, and how many segments one file comes in."""

    retries: int = 5
    pause: float = 1.0
    decode: str = "auto"
    prints: tuple[str, ...] = ()
    limit: Limit | None = None
    segments: int = 1


class Job(Noun):
    """One file to fetch: `make` gives the plan for a request with additional fields; `has` are credentials and cookies,
    where there are any; `algorithms` are those of every checksum that it may have to match."""

    url: str
    wish: Wish
    make: Callable[[Fields], Plan]
    fields: Fields
    checksum: Expected | None = None
    listed: dict[str, Expected] | None = None
    has: Has | None = None
    algorithms: frozenset[str] = frozenset()


class Fetch:
    """A download in progress. `name`, `size`, `total` and `began` are what a progress line shows."""

    def __init__(self, job: Job, policy: Policy, line: Line, shared: Shared) -> None:
        self.job = job
        self.began_at = monotonic_ns()
        self._policy = policy
        self.line = line
        self.shared = shared
        self.without_ranges = False  # the server lies about them
        self._divided: Divided | None = None  # where it may come in segments
        self.taker = Taker(job.wish, job.algorithms.union(policy.prints), policy.limit, self.hurried)
        self.taker.later = shared.later
        if policy.segments > 1:
            self.taker.divides = self._in_segments().divide
        self._deadline = Deadline(None)
        self._plan: Plan | None = None

    @property
    def name(self) -> str:
        """The name that is shown."""
        place = (self._divided is not None and self._divided.home) or self.taker.place
        if place is not None and not isinstance(place.part, Pipe):
            return os.path.basename(place.final)
        return self.job.wish.output if self.job.wish.output not in ("", "-") else self._url_name

    @property
    def _url_name(self) -> str:
        """The name that the URL suggests."""
        return from_url("/" + self.job.url.partition("://")[2].partition("/")[2])

    @property
    def _checked(self) -> bool:
        """True where a checksum may be known."""
        return self.job.checksum is not None or self.job.listed is not None

    @property
    def _spread(self) -> Spread | None:
        """What is there in segments."""
        return self._divided.spread if self._divided is not None else None

    @property
    def size(self) -> int:
        """The octets that are there."""
        spread = self._spread
        return spread.size if spread is not None else self.taker.size

    @property
    def total(self) -> int | None:
        """The octets that there will be, once that is known."""
        spread = self._spread
        return spread.total if spread is not None else self.taker.total

    @property
    def began(self) -> int:
        """The octets that were there before the first attempt."""
        return self.taker.began

    def check(self) -> None:
        """Raises HttpeekError where a pause has to end."""
        self.shared.tick()
        self.shared.check()
        if self._deadline.passed():
            limit = self._deadline.words()
            raise HttpeekError(Failure(TIMED_OUT, "time", f"the download took longer than {limit}"))

    def hurried(self) -> bool:
        """True where nothing may wait any more."""
        self.shared.tick()
        return self.stopped or self._deadline.passed()

    @property
    def stopped(self) -> bool:
        """True where everything has to end."""
        return self.shared.stopped

    @property
    def limit(self) -> Limit | None:
        """The limit on the rate, of all connections together."""
        return self._policy.limit

    @property
    def method(self) -> str:
        """The method of the latest request, "" before the first."""
        return self._plan.method if self._plan is not None else ""

    @property
    def retries(self) -> int:
        """How often is tried again without progress."""
        return self._policy.retries

    def run(self, connections: Connections) -> Ending:
        """Fetches the file; never raises for what happens on the wire or on the disk."""
        return self.receive(connections) or self.conclude()

    def receive(self, connections: Connections) -> Ending | None:
        """Receives the file; None where all of it is there and `conclude` has to give it its name."""
        self.line.taker = self.taker
        try:
            done = self._before()
            if done is None:
                self._attempts(Agent(self.line, connections, self.job.has or _NOTHING))
                return None
        except HttpeekError as error:
            done = self._failed(error.failure)
        except KeyboardInterrupt:
            done = self._failed(Failure(INTERRUPTED, "interrupted", "stopped"))
        finally:
            self.line.taker = None
        self.taker.close()
        return done

    def conclude(self) -> Ending:
        """Checks a file that was received and gives it its name."""
        try:
            return self._finish()
        except HttpeekError as error:
            return self._failed(error.failure)
        except KeyboardInterrupt:
            return self._failed(Failure(INTERRUPTED, "interrupted", "stopped"))
        finally:
            self.taker.close()

    @property
    def loose(self) -> Loose | None:
        """What is received, where it may get its name a little later: nobody looks whether it is there already."""
        part = self.taker.place.part if self.taker.place is not None else None
        return part if isinstance(part, Loose) and not self._matters else None

    @property
    def _matters(self) -> bool:
        """True where what has the name already decides what is asked for."""
        wish = self.job.wish
        return self._checked or wish.existing in (SKIP, NEWER) or wish.resume

    def _in_segments(self) -> Divided:
        """What has the file where it comes in segments."""
        if self._divided is None:
            from httpeek.download.divided import Divided

            self._divided = Divided(self, self._policy.segments)
        return self._divided

    # Before anything is sent

    def _before(self) -> Ending | None:
        """Looks at what is there; a result where nothing has to be asked for."""
        wish, taker = self.job.wish, self.taker
        pipe = in_place(wish)
        if pipe is not None:
            taker.place = Place(pipe, pipe.name, False)
            return None
        final = existing(wish, self._url_name) if self._matters else ""
        expected = self._expected(final)
        there = self._matters and os.path.isfile(final)
        if there and (matching := self._matching(final, expected)) is not None:
            said = f"is there already, {matching.algorithm} matches"
            return self._done(final, os.path.getsize(final), said)
        if there and wish.existing == SKIP:
            return self._done(final, os.path.getsize(final), "is there already")
        found = left(wish, self.shared.leftovers)
        if isinstance(found, Place):
            taker.place = found
        elif found is not None:
            self._in_segments().found(found)
        taker.began = self.size
        if found is not None:
            return None
        if there and wish.existing == NEWER:
            info = os.stat(final)
            taker.newer_than = (info.st_mtime, info.st_size)
        elif wish.resume:
            taker.foreign = foreign(final)
            taker.began = taker.size
        return None

    def _expected(self, final: str) -> Expected | None:
        """The checksum that a file has to have."""
        if self.job.checksum is not None:
            return self.job.checksum
        listed = self.job.listed
        if listed is None:
            return None
        return listed.get(os.path.basename(final)) or listed.get(self._url_name)

    def _matching(self, final: str, expected: Expected | None) -> Expected | None:
        """The checksum that is wanted, where the file that is there has it."""
        if expected is None:
            return None
        from httpeek.download.finish import file_hashes

        found = file_hashes(final, {expected.algorithm}).value(expected.algorithm)
        return expected if found == expected.value else None

    # Attempts

    def _attempts(self, agent: Agent) -> None:
        """Asks until the file is whole, or raises what ended it."""
        taker = self.taker
        fruitless = 0
        divided = self._divided
        if divided is not None:
            divided.resume()
        while True:
            if divided is not None and divided.going and divided.together(agent):
                return
            before = taker.arrived
            size = taker.size
            outcome = self._attempt(agent)
            if divided is not None and divided.going:
                divided.led(outcome)
                continue
            if taker.whole or taker.current:
                return
            failure = outcome.failure or self.status(taker.refusal)
            if failure is not None and not self.may_heal(failure, taker.refusal):
                raise HttpeekError(failure)
            grown = taker.size > size and taker.arrived > before
            fruitless = 0 if grown else fruitless + 1
            if failure is None:
                failure = Failure(CUT_SHORT, "receive", f"the answer ends after {taker.size} of {taker.total} bytes")
            if fruitless > self.retries or not self.retries:
                raise HttpeekError(failure)
            self.pause(failure, fruitless, taker.refusal, self.line, self.check)

    def _attempt(self, agent: Agent) -> Outcome:
        taker = self.taker
        fields = self._asks()
        asked = next((resume.begin(taker.size) for name, _ in fields if name == b"Range"), None)
        taker.begin(asked)
        outcome = agent.exchange(self.plan(fields))
        place = taker.place
        if outcome.failure is not None and outcome.failure.code == WRITE_FAILED and place is not None and taker.adding:
            place.part.recount()
        return outcome

    def plan(self, fields: tuple[tuple[bytes, bytes], ...]) -> Plan:
        """The plan of an attempt with these fields, within what is left of `--max-time`."""
        wish = self.job.fields
        if fields:
            wish = wish._replace(fields=(*wish.fields, *fields))
        plan = self.job.make(wish)
        if self._plan is None:
            self._deadline = Deadline(plan.time.total, "--max-time")
        self._plan = plan
        if plan.time.total is not None:
            plan = plan._replace(time=plan.time._replace(total=self._deadline.left()))
        return plan

    def _asks(self) -> tuple[tuple[bytes, bytes], ...]:
        """The fields that ask for what is missing."""
        taker = self.taker
        if self.without_ranges:
            return ()
        if taker.newer_than is not None:
            return ((b"If-Modified-Since", dates.write(taker.newer_than[0]).encode("ascii")),)
        if taker.foreign is not None:
            # Nobody knows of which version it is: the octets that overlap have to prove it.
            return ((b"Range", b"bytes=%d-" % resume.begin(taker.foreign.size)),)
        if taker.place is None or isinstance(taker.place.part, Pipe):
            return ()
        return tuple(resume.asks(taker.place.part.state, taker.size))

    def status(self, head: ResponseHead | None) -> Failure | None:
        """What a status that is no file means."""
        if head is None:
            return None
        reason = head.reason.decode("latin-1")
        words = f"{head.status} {reason}".rstrip()
        location = first(head.fields, b"location").decode("latin-1")
        if 300 <= head.status < 400 and location:
            words += f", points to {location}"
        return Failure(min(5, max(STATUS_3XX, head.status // 100)), "protocol", words)

    def may_heal(self, failure: Failure, head: ResponseHead | None) -> bool:
        """True where another attempt may go better, and may be made."""
        if self._plan is None or self._plan.method not in REPEATABLE:
            return False
        if self._plan.body is not None and not repeatable(self._plan.body):
            return False
        if head is not None:
            return head.status in HEALING_STATUSES
        return failure.code in HEALING and not self._deadline.passed()

    def pause(
        self, failure: Failure, fruitless: int, head: ResponseHead | None, line: Line, check: Callable[[], None]
    ) -> None:
        """Waits before another attempt. Raises the failure where that would be too late."""
        pause = min(LONGEST_PAUSE, self._policy.pause * 2 ** max(0, fruitless - 1))
        asked = retry_after(head)
        if asked is not None:
            pause = asked
        left_over = self._deadline.left()
        if pause > LONGEST_ASKED or (left_over is not None and pause >= left_over):
            limit = "--max-time" if left_over is not None and pause >= left_over else seconds(LONGEST_ASKED)
            sentence = f"{failure.sentence}; the next attempt would be in {pause:.0f} s, which is past {limit}"
            raise HttpeekError(failure._replace(sentence=sentence))
        again = f"once more in {pause:.1f} s" if pause else "once more"
        line.tell(Note(f"{self.name}: {failure.sentence}; {again}"))
        rest(pause, check)

    # The end

    def _finish(self) -> Ending:
        """A file that is whole is checked and gets its name."""
        taker = self.taker
        if taker.current:
            final = taker.foreign.final if taker.foreign is not None else existing(self.job.wish, self._url_name)
            said = "is whole already" if taker.foreign is not None else "is as new as the server's"
            return self._done(final, os.path.getsize(final), said)
        assert taker.place is not None
        final, size, values, said = finish(taker, self._expected(taker.place.final), self._policy.decode)
        return self._done(final, size, said, print_checksums(values, self._policy.prints, final))

    def _done(self, final: str, size: int, said: str, checksums: tuple[str, ...] = ()) -> Ending:
        took = monotonic_ns() - self.began_at
        return Ending(self.job.url, final, size, self.taker.began, took, DONE, "", said, "", size, checksums)

    def _failed(self, failure: Failure) -> Ending:
        taker = self.taker
        took = monotonic_ns() - self.began_at
        if failure.code == DONE:  # the taker saw that nothing has to be fetched
            final = existing(self.job.wish, self._url_name)
            said = "is as new as the server's" if taker.current else "is there already"
            return Ending(self.job.url, final, taker.size, 0, took, DONE, said=said)
        size, total = self.size, self.total
        kept = self._divided.keep() if self._divided is not None else ""
        place = taker.place
        if place is not None and not isinstance(place.part, Pipe) and place.part.size and place.part.state is not None:
            kept = place.part.path
        return Ending(
            self.job.url,
            "",
            size,
            taker.began,
            took,
            failure.code,
            failure.sentence,
            kept=kept,
            total=total,
        )


def rest(pause: float, check: Callable[[], None]) -> None:
    """Sleeps so many seconds, and looks all the while whether that has to end."""
    from time import monotonic, sleep

    end = monotonic() + pause
    while (remaining := end - monotonic()) > 0:
        check()
        sleep(min(remaining, 0.1))
