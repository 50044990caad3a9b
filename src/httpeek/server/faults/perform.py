"""Faults carried out on a connection, step by step."""

from __future__ import annotations

import time

from httpeek.net.stream import sockets
from httpeek.server.faults import Close, Drip, HalfClose, Hold, Pause, Reset
from httpeek.server.faults.catalogue import FAULTS, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.model.message import RequestHead
    from httpeek.server.connection import Served
    from httpeek.server.faults import Fault

PATH = b"/fault/"
"""Where the companion has its faults: GET /fault/NAME."""
_LINGER_NOT = b"\1\0\0\0\0\0\0\0"
"""struct linger with no time: close sends RST (socket(7))."""


class Choice:
    """Decides which fault a request gets: the one its path names (where `asked`), or one of `names` at `rate`, by a
    generator that gives the same row of decisions for the same `seed`."""

    def __init__(self, names: Sequence[str], rate: float, seed: int, asked: bool) -> None:
        self._chosen = [row for row in map(fault, names) if row is not None]
        self._rate = rate
        self._state = seed & 0xFFFFFFFF
        self._asked = asked

    def __call__(self, head: RequestHead) -> Fault | None:
        """The fault for a request, or None."""
        if self._asked and head.target.startswith(PATH):
            return fault(head.target[len(PATH) :].partition(b"?")[0].decode("latin-1"))
        if not self._chosen:
            return None
        self.skip()
        if self._state / 2**32 >= self._rate:
            return None
        return self._chosen[(self._state >> 8) % len(self._chosen)]

    def skip(self) -> None:
        """Goes on in the row of decisions: a child process that was forked makes the next one, not this."""
        # A linear congruential generator (Numerical Recipes): enough to spread faults, and the same everywhere.
        self._state = (self._state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF


def perform(row: Fault, served: Served, head: RequestHead) -> bool:
    """Carries a fault out. True when the connection is kept afterwards: the script ended with a complete answer."""
    for step in row.script(head):
        if isinstance(step, bytes):
            served.put(step)
        elif isinstance(step, Drip):
            for index in range(len(step.data)):
                served.put(step.data[index : index + 1])
                time.sleep(step.pause)
        elif isinstance(step, Pause):
            time.sleep(step.seconds)
        elif isinstance(step, Reset):
            served.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _LINGER_NOT)
            served.abandoned = True
            return False
        elif isinstance(step, HalfClose):
            served.put(b"")
            served.socket.shutdown(sockets.SHUT_WR)
        elif isinstance(step, Hold):
            served.hold()
            return False
        elif isinstance(step, Close):
            return False
    return True


def unknown(names: Sequence[str]) -> str:
    """The first of `names` that is no fault, or nothing."""
    known = {row.name for row in FAULTS}
    return next((name for name in names if name not in known), "")
