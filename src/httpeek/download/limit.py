"""`--limit-rate`: a bucket of tokens that fills evenly, shared by every download of the command.

Rules: the bucket holds a tenth of a second's octets, so that there is no burst, not even at the beginning; what
arrives in one large piece is taken in small ones, with a pause before each. Whoever waits notices within a moment
that it has to stop.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHARE = 0.1
"""Seconds whose octets the bucket holds."""
_NAP = 0.25
"""Seconds that are slept at a time."""


class Limit:
    """So many octets a second."""

    def __init__(self, rate: int, now: Callable[[], float] = monotonic, rest: Callable[[float], None] = sleep) -> None:
        self.rate = rate
        self.piece = max(1, min(64 * 1024, int(rate * _SHARE)))
        self._now = now
        self._rest = rest
        self._lock = allocate_lock()
        self._free_at = now()

    def pieces(self, data: bytes, hurried: Callable[[], bool]) -> Iterator[memoryview]:
        """The octets in pieces, each when its turn has come. `hurried` is asked while that is waited for: where
        everything has to end, what has been received is given out at once."""
        view = memoryview(data)
        for start in range(0, len(view), self.piece):
            piece = view[start : start + self.piece]
            if not self._wait(len(piece), hurried):
                yield view[start:]
                return
            yield piece

    def _wait(self, count: int, hurried: Callable[[], bool]) -> bool:
        """Waits for the turn of so many octets; False where there is no time left for that."""
        with self._lock:
            begin = max(self._free_at, self._now() - _SHARE)
            turn = self._free_at = begin + count / self.rate
        while (left := turn - self._now()) > 0:
            if hurried():
                return False
            self._rest(min(left, _NAP))
        return True
