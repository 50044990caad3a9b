"""single: one process, one connection at a time, blocking. The server of every tutorial, and deterministic.

A slow client visibly blocks the next one: that is what this model is for.
"""

from __future__ import annotations

import os
import select
import time

from httpeek.net.stream import sockets
from httpeek.server.connection import Served, serve
from httpeek.server.descriptors import REST, Shortage
from httpeek.server.listen import accept
from httpeek.server.signals import on_end, on_hangup, shortly, wake_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.server.models import Settings
    from httpeek.server.service import Service


class Turnstile:
    """Waits on listening sockets, one connection at a time, until it is closed. Every signal ends a wait. `waiting` is
    True while it waits, so that a signal handler can tell what it interrupted."""

    def __init__(self, listeners: Sequence[sockets.socket], log: Callable[[str], None]) -> None:
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._shortage = Shortage(log)
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        wake_by(self._wake_out)
        self.waiting = False
        self.closed = False
        self._poll = select.poll()
        for number, listener in self._listeners.items():
            listener.setblocking(False)
            self._poll.register(number, select.POLLIN)
        self._poll.register(self._wake_in, select.POLLIN)

    def next(self) -> tuple[sockets.socket, object] | None:
        """The next connection; None when it was closed."""
        while not self.closed:
            self.waiting = True
            found = self._poll.poll()
            self.waiting = False
            for number, _ in found:
                if number not in self._listeners:
                    os.read(self._wake_in, 4096)
                    continue
                try:
                    return accept(self._listeners[number])
                except OSError as error:
                    if self._shortage.found(error):
                        time.sleep(REST)
        return None

    def close(self) -> None:
        """Takes no more connections; called from a signal handler, whose signal ends the wait."""
        self.closed = True


def hurry(served: Served) -> None:
    """The server ends: an idle connection ends now, one that is `FRESH` a little later; may be called from a signal
    handler."""
    if served.requests:
        served.hurry()
    else:
        shortly(served.hurry)


def no_workers(model: str) -> str:
    """What SIGHUP comes to where it can replace nobody."""
    return f"SIGHUP: the model {model} has no workers to replace; --reload serves new code, or a new start"


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Accepts and serves, one connection after the other, until a signal asks it to end."""
    turnstile = Turnstile(listeners, service.log)
    serving: list[Served] = []

    def end() -> None:
        turnstile.close()
        for served in serving:
            hurry(served)

    on_end(end)
    on_hangup(lambda: service.log(no_workers("single")))
    settings.started()
    service = service._replace(closing=lambda: turnstile.closed)
    while True:
        accepted = turnstile.next()
        if accepted is None:
            break
        served = Served(accepted[0], service, accepted[1])
        if service.watch is not None:
            service.watch.accepted(accepted[0], served.local, served.remote)
        serving[:] = [served]
        if turnstile.closed:
            hurry(served)
        serve(served)
        serving.clear()
    for listener in listeners:
        listener.close()
