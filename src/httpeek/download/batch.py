"""Many files: one after the other or several at once, each worker a thread with a client of its own.

Rules: a failure ends its file and no other; an interruption ends all, with every octet that arrived kept. Workers
draw jobs in order. A connection is kept for the next file of its origin.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from httpeek.client.perform import Connections
from httpeek.download.fetch import Fetch, Job, Policy, rest
from httpeek.download.line import Line
from httpeek.download.syncing import FEW, Syncing
from httpeek.model.codes import INTERRUPTED, TOO_LARGE, HttpeekError
from httpeek.model.nouns import Noun
from httpeek.render.transfers import Ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.download.line import Shared

    Begin = Callable[[Fetch], None]
    End = Callable[[Fetch | None, Ending], None]
    Work = Callable[[Begin, End], None]

_LAST_MOMENT = 5.0
"""Seconds that workers get to keep what they have when everything ends."""
_WAIT = 0.05
"""Seconds between two looks at the progress of workers."""


class Pace(Noun):
    """How files follow each other: `jobs` at once, `delay` seconds between two, which `random` makes half as long to
    half as long again, and no further ones once `quota` octets have come."""

    jobs: int = 1
    delay: float = 0.0
    random: bool = False
    quota: int | None = None


class Queue:
    """The jobs that are left, for workers that draw them, and what came of those that are done."""

    def __init__(self, jobs: Sequence[Job], pace: Pace, shared: Shared) -> None:
        self.results: list[Ending | None] = [None] * len(jobs)
        self._jobs = jobs
        self._pace = pace
        self._shared = shared
        self._lock = allocate_lock()
        self._next = 0
        self._octets = 0

    @property
    def may_wait(self) -> bool:
        """True where a file may get its name a little later: there are many, and nothing is paced by them."""
        return len(self._jobs) > FEW and self._pace.quota is None and not self._pace.delay

    def draw(self) -> tuple[int, Job] | None:
        """The next job with its number; None when there is none, or none may begin any more."""
        with self._lock:
            number = self._next
            quota = self._pace.quota
            if number == len(self._jobs) or self._shared.stopped or (quota is not None and self._octets >= quota):
                return None
            self._next += 1
        if number and self._pace.delay:
            self._rest()
        return number, self._jobs[number]

    def _rest(self) -> None:
        delay = self._pace.delay
        if self._pace.random:
            from random import uniform

            delay *= uniform(0.5, 1.5)  # nobody gains by guessing it
        try:
            rest(delay, self._shared.check)
        except HttpeekError:  # the next look at what is left says so
            pass

    def done(self, number: int, result: Ending) -> None:
        """A job is over."""
        with self._lock:
            self.results[number] = result
            self._octets += max(0, result.size - result.began)
        if result.code == INTERRUPTED:
            self._shared.stopped = True

    def all(self) -> list[Ending]:
        """The results in order, those of jobs that never began too."""
        code, why = TOO_LARGE, "not begun: the quota is used up (--quota)"
        if self._shared.stopped:
            code, why = INTERRUPTED, "not begun: stopped before"
        return [
            result if result is not None else Ending(job.url, "", 0, 0, 0, code, why)
            for job, result in zip(self._jobs, self.results, strict=True)
        ]


def run(
    jobs: Sequence[Job],
    policy: Policy,
    pace: Pace,
    shared: Shared,
    begin: Begin,
    end: End,
) -> list[Ending]:
    """Fetches everything that can be fetched; the results in the order of the jobs. `begin` and `end` are told of each
    file, one call at a time."""
    queue = Queue(jobs, pace, shared)

    def work(begin: Begin, end: End) -> None:
        _work(queue, policy, shared, begin, end)

    at_once(min(pace.jobs, len(jobs)), shared, work, begin, end)
    return queue.all()


def at_once(workers: int, shared: Shared, work: Work, begin: Begin, end: End) -> None:
    """Has so many workers do the work, each in a thread; a single one does it here. Ends when all are done, or a moment
    after an interruption."""
    try:
        if workers > 1:
            _together(workers, shared, work, begin, end)
        else:
            work(begin, end)
    except KeyboardInterrupt:  # between two files
        shared.stopped = True
    shared.sync()


def _work(
    queue: Queue,
    policy: Policy,
    shared: Shared,
    begin: Begin,
    end: End,
) -> None:
    """Draws jobs until there are none."""
    line = Line(shared)
    connections = Connections(line)
    syncing = Syncing()

    def ended(number: int, fetch: Fetch, result: Ending) -> None:
        queue.done(number, result)
        end(fetch, result)

    def concluded() -> None:
        number, fetch = syncing.next()
        ended(number, fetch, fetch.conclude())

    try:
        while (drawn := queue.draw()) is not None:
            number, job = drawn
            fetch = Fetch(job, policy, line, shared)
            begin(fetch)
            result = fetch.receive(connections)
            loose = fetch.loose if result is None and queue.may_wait else None
            if loose is not None and syncing.pays:
                syncing.add(number, fetch, loose)
                if syncing.full:
                    concluded()
                continue
            while syncing:
                concluded()
            ended(number, fetch, result or fetch.conclude())
            if loose is not None:
                syncing.learn(loose.took)
    finally:
        while syncing:
            concluded()
        syncing.close()
    connections.close()
    line.end()


def _together(workers: int, shared: Shared, work: Work, begin: Begin, end: End) -> None:
    """Several workers; the main thread shows how far they are and waits for signals."""
    from threading import Thread

    tick, shared.tick = shared.tick, _nothing
    lock = allocate_lock()

    def begun(fetch: Fetch) -> None:
        with lock:
            begin(fetch)

    def ended(fetch: Fetch | None, result: Ending) -> None:
        with lock:
            end(fetch, result)

    threads = [Thread(target=work, args=(begun, ended), daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(_WAIT)
                with lock:
                    tick()
    except KeyboardInterrupt:
        shared.stopped = True
        shared.interrupt()
        last = monotonic() + _LAST_MOMENT
        for thread in threads:
            thread.join(max(0.0, last - monotonic()))


def _nothing() -> None:
    pass
