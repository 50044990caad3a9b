"""single: one process, one connection at a time, blocking. The server of every tutorial, and deterministic.

A slow client visibly blocks the next one: that is what this model is for.
"""

from __future__ import annotations

from errno import EMFILE, ENFILE

from httpeek.net.stream import sockets
from httpeek.server.connection import Service, serve
from httpeek.server.listen import accept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_REST = 0.05
"""Seconds of rest when there is no descriptor left to accept with, instead of spinning."""


def run(listeners: Sequence[sockets.socket], service: Service) -> None:
    """Accepts and serves, one connection after the other, until the listening sockets are closed."""
    import select
    import time

    poll = select.poll()
    by_number = {listener.fileno(): listener for listener in listeners}
    for number in by_number:
        poll.register(number, select.POLLIN)
    while True:
        for number, _ in poll.poll():
            try:
                sock, _ = accept(by_number[number])
            except OSError as error:
                if error.errno in (EMFILE, ENFILE):
                    time.sleep(_REST)
                    continue
                if by_number[number].fileno() < 0:
                    return
                continue
            serve(sock, service)
