"""threads: a pool of threads that call the application; connections that wait are parked in an event loop.

A thread is busy only while there is a request to answer, so idle kept-alive connections and slow heads cost none.
"""

from __future__ import annotations

from httpeek.server.connection import CLOSE, READY
from httpeek.server.loop import Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.net.stream import sockets
    from httpeek.server.connection import Served, Service

THREADS = 40
"""Threads in the pool: how many requests may be answered, or have stalled content, at once."""


class Pool:
    """Threads that answer the connections given to `take`. They are daemons: they end with the process."""

    def __init__(self, size: int) -> None:
        from queue import SimpleQueue
        from threading import Thread

        self._queue: SimpleQueue[Served] = SimpleQueue()
        self.loop: Loop | None = None
        for number in range(size):
            Thread(target=self._work, name=f"httpeek-{number + 1}", daemon=True).start()

    def take(self, served: Served) -> None:
        """Answers a connection's request as soon as a thread is free."""
        self._queue.put(served)

    def _work(self) -> None:
        while True:
            served = self._queue.get()
            state = CLOSE
            try:
                state = served.answer()
                while state == READY:
                    state = served.answer()
            except OSError:
                state = CLOSE
            if self.loop is not None:
                self.loop.give_back(served, state)


def make(listeners: Sequence[sockets.socket], service: Service, threads: int = THREADS) -> Loop:
    """A loop over the listening sockets with a pool behind it; `run` serves until `stop`."""
    pool = Pool(threads)
    loop = Loop(listeners, service, pool.take)
    pool.loop = loop
    return loop
