"""threads: a pool of threads that call the application; connections that wait are parked in an event loop.

A thread is busy only while there is a request to answer, so idle kept-alive connections and slow heads cost none.
"""

from __future__ import annotations

from httpeek.server.incoming import CLOSE, READY
from httpeek.server.loop import Loop
from httpeek.server.models.single import no_workers
from httpeek.server.signals import on_end, on_hangup, wake_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.net.stream import sockets
    from httpeek.server.connection import Served
    from httpeek.server.models import Settings
    from httpeek.server.service import Service


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
                while state == READY and not served.unsent:
                    state = served.answer()
            except OSError:
                state = CLOSE
            if self.loop is not None:
                self.loop.give_back(served, state)


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Serves until a signal asks it to end; then requests in flight have `graceful` seconds."""
    pool = Pool(settings.threads)
    loop: Loop | None = None
    service = service._replace(closing=lambda: loop is not None and loop.stopping)
    loop = pool.loop = Loop(listeners, service, pool.take)
    graceful = settings.graceful
    on_end(lambda: loop.stop(graceful))
    on_hangup(lambda: service.log(no_workers("threads")))
    wake_by(loop.wake_out)
    settings.started()
    loop.run()
