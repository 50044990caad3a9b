"""Which fault a request or a connection gets: the one that is asked for, or one that is drawn at a rate."""

from __future__ import annotations

from httpeek.server.faults.catalogue import FAULTS, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Fault

PATH = b"/fault/"
"""Where the companion has its faults: GET /fault/NAME."""


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


def unknown(names: Sequence[str]) -> str:
    """The first of `names` that is no fault, or nothing."""
    known = {row.name for row in FAULTS}
    return next((name for name in names if name not in known), "")
