"""Threads beside a loop that calls the application itself, for requests whose content nobody can gather first, and
for those that a fault answers, with its pauses.

A client that expects 100 Continue sends no content before the application reads, so whoever calls the application
waits for that client: a loop must not. Such a request is answered in a thread here. One thread at a time runs
application code, the loop's among them: `turn` goes from one to the other where the application returns, and where it
waits for content. A fault runs no application code and needs no turn.
"""

from __future__ import annotations

from collections import deque
from threading import Lock, Thread

from httpeek.server.incoming import CLOSE, READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.server.connection import Served

MOST = 64
"""Threads at once; further requests of this kind wait for one of them."""


class Beside:
    """Answers the connections given to `take`, and returns each by `give_back` with what `Served.answer` said."""

    def __init__(self, give_back: Callable[[Served, int], None]) -> None:
        self.turn = Lock()
        self._give_back = give_back
        self._guard = Lock()
        self._running = 0
        self._queue: deque[Served] = deque()

    def take(self, served: Served) -> None:
        """Answers a connection's request as soon as a thread is free."""
        with self._guard:
            if self._running >= MOST:
                self._queue.append(served)
                return
            self._running += 1
        Thread(target=self._work, args=(served,), daemon=True).start()

    def answer(self, served: Served) -> int:
        """`Served.answer`, in turn with the others."""
        with self.turn:
            return served.answer()

    def _work(self, served: Served) -> None:
        while True:
            state = self._serve(served)
            self._give_back(served, state)
            with self._guard:
                if not self._queue:
                    self._running -= 1
                    return
                served = self._queue.popleft()

    def _serve(self, served: Served) -> int:
        try:
            if served.misbehaves:
                return served.answer()
            with self.turn:
                served.incoming.turn = self.turn
                state = served.answer()
                while state == READY and not served.unsent and not served.misbehaves:
                    state = served.answer()
        except OSError:
            state = CLOSE
        served.incoming.turn = None
        return state
