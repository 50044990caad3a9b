"""Faults carried out on a connection, step by step."""

from __future__ import annotations

import time

from httpeek.net.stream import sockets
from httpeek.server.faults import Close, Cut, Drip, HalfClose, Hold, Naked, Pause, Reset
from httpeek.server.faults.catalogue import FAULTS, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from httpeek.model.message import RequestHead
    from httpeek.server.connection import Served
    from httpeek.server.faults import Fault, Step

PATH = b"/fault/"
"""Where the companion has its faults: GET /fault/NAME."""
_LINGER_NOT = b"\1\0\0\0\0\0\0\0"
"""struct linger with no time: close sends RST (socket(7))."""


class Choice:
    """Decides which fault a request gets: the one its path names (where `asked`), or one of `names` at `rate`, by a
    generator that gives the same row of decisions for the same `seed`."""

    def __init__(self, names: Sequence[str], rate: float, seed: int, asked: bool) -> None:
        rows = [row for row in map(fault, names) if row is not None]
        self._chosen = [row for row in rows if row.handshake is None]
        self._secure = [row for row in rows if row.handshake is not None]
        self._rate = rate
        self._state = seed & 0xFFFFFFFF
        self._asked = asked

    def __call__(self, head: RequestHead) -> Fault | None:
        """The fault for a request, or None."""
        if self._asked and head.target.startswith(PATH):
            return fault(head.target[len(PATH) :].partition(b"?")[0].decode("latin-1"))
        return self._drawn(self._chosen)

    def secure(self, name: str) -> Fault | None:
        """The fault for a TLS connection: the one that NAME.localhost asks for, or one that is drawn."""
        row = fault(name.partition(".")[0]) if self._asked else None
        return row if row is not None and row.handshake is not None else self._drawn(self._secure)

    def _drawn(self, rows: Sequence[Fault]) -> Fault | None:
        if not rows:
            return None
        self.skip()
        if self._state / 2**32 >= self._rate:
            return None
        return rows[(self._state >> 8) % len(rows)]

    def skip(self) -> None:
        """Goes on in the row of decisions: a child process that was forked makes the next one, not this."""
        # A linear congruential generator (Numerical Recipes): enough to spread faults, and the same everywhere.
        self._state = (self._state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF


def perform(steps: Iterable[Step], served: Served) -> bool:
    """Carries the steps of a fault out. True when the connection is kept afterwards: they ended with a whole answer."""
    for step in steps:
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
        elif isinstance(step, Naked):
            served.naked(step.data)
        elif isinstance(step, Cut):
            served.cut()
            return False
        elif isinstance(step, Close):
            return False
    return True


def unknown(names: Sequence[str]) -> str:
    """The first of `names` that is no fault, or nothing."""
    known = {row.name for row in FAULTS}
    return next((name for name in names if name not in known), "")
