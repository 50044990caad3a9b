"""single: one process, one connection at a time, blocking. The server of every tutorial, and deterministic.

A slow client visibly blocks the next one: that is what this model is for.
"""

from __future__ import annotations

import os
import select
import time
from errno import EMFILE, ENFILE

from httpeek.net.stream import sockets
from httpeek.server.connection import Served, serve
from httpeek.server.listen import accept
from httpeek.server.signals import on_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.server.models import Settings
    from httpeek.server.service import Service

REST = 0.05
"""Seconds of rest when there is no descriptor left to accept with, instead of spinning."""


class Turnstile:
    """Waits on listening sockets, one connection at a time, until it is closed."""

    def __init__(self, listeners: Sequence[sockets.socket]) -> None:
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._wake_in, self._wake_out = os.pipe()
        self.closed = False
        self._poll = select.poll()
        for number, listener in self._listeners.items():
            listener.setblocking(False)
            self._poll.register(number, select.POLLIN)
        self._poll.register(self._wake_in, select.POLLIN)

    def next(self) -> tuple[sockets.socket, object] | None:
        """The next connection; None when it was closed, or after a signal."""
        while not self.closed:
            for number, _ in self._poll.poll():
                if number not in self._listeners:
                    os.read(self._wake_in, 64)
                    return None
                try:
                    return accept(self._listeners[number])
                except OSError as error:
                    if error.errno in (EMFILE, ENFILE):
                        time.sleep(REST)
        return None

    def wake(self) -> None:
        """Ends the current wait; may be called from a signal handler."""
        os.write(self._wake_out, b"\0")

    def close(self) -> None:
        """Takes no more connections; may be called from a signal handler."""
        self.closed = True
        self.wake()


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Accepts and serves, one connection after the other, until a signal asks it to end."""
    turnstile = Turnstile(listeners)
    serving: list[Served] = []

    def end() -> None:
        turnstile.close()
        for served in serving:
            served.hurry()

    on_end(end)
    service = service._replace(closing=lambda: turnstile.closed)
    while True:
        accepted = turnstile.next()
        if accepted is None:
            break
        served = Served(accepted[0], service, accepted[1])
        if service.watch is not None:
            service.watch.accepted(accepted[0], served.local, served.remote)
        serving[:] = [served]
        serve(served)
        serving.clear()
    for listener in listeners:
        listener.close()
