"""Small files that were received wait for the disk beside the next ones that are fetched.

A disk has a time that each fsync(2) takes, and takes it for several at once as for one: so a few threads sync, and do
nothing else. What was received first gets its name first, by the worker that received it. Where syncing costs next to
nothing (a file system in memory) nothing is gained, and each file is synced in its turn.
"""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from queue import SimpleQueue

    from httpeek.download.fetch import Fetch
    from httpeek.download.loose import Loose

THREADS = 4
"""Files that are synced at once: more gain little on the disks that were measured."""
MOST = 32
"""Files that wait: a machine that crashes loses so many, which were not there yet for anybody."""
FEW = 8
"""Files that are synced in their turn first, to see what that takes."""
SLOW = 150_000
"""Nanoseconds of an fsync from which on it is worth a thread."""


class Syncing:
    """The files of one worker that wait for the disk, in order."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Fetch, LockType]] = deque()
        self._queue: SimpleQueue[tuple[Loose, LockType] | None] | None = None
        self._looked_at = 0
        self._took = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def full(self) -> bool:
        """True where one has to go before another comes."""
        return len(self._waiting) >= MOST

    def learn(self, took: int) -> None:
        """An fsync took so many nanoseconds."""
        self._looked_at += 1
        self._took += took

    @property
    def pays(self) -> bool:
        """True where the disk takes long enough."""
        return self._looked_at >= FEW and self._took > SLOW * self._looked_at

    def add(self, number: int, fetch: Fetch, loose: Loose) -> None:
        """One more file that was received."""
        from _thread import allocate_lock, start_new_thread

        if self._queue is None:
            from queue import SimpleQueue

            self._queue = SimpleQueue()
            for _ in range(THREADS):
                start_new_thread(_sync, (self._queue,))
        done = allocate_lock()
        done.acquire()
        self._waiting.append((number, fetch, done))
        self._queue.put((loose, done))

    def next(self) -> tuple[int, Fetch]:
        """The first of those that wait, synced."""
        number, fetch, done = self._waiting.popleft()
        done.acquire()
        return number, fetch

    def close(self) -> None:
        """Ends the threads."""
        if self._queue is not None:
            for _ in range(THREADS):
                self._queue.put(None)


def _sync(queue: SimpleQueue[tuple[Loose, LockType] | None]) -> None:
    """The work of a thread."""
    while (found := queue.get()) is not None:
        loose, done = found
        try:
            loose.sync()
        finally:
            done.release()
