"""The progress of an upload: one line on stderr, redrawn, where that is a terminal.

    sent  42% [########          ] 430.1 of 1024.0 MiB  112 MiB/s  0:05 left

Rules: it is drawn for content that takes longer than a moment, at most ten times a second, and wiped out before
anything else is shown. Where nothing may be redrawn (`--plain`), it is a line of its own every ten seconds.
"""

from __future__ import annotations

import os

from httpeek.model.events import OUT, Bytes, Content, Moved, Planned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event
    from httpeek.render.screen import Screen

MOMENT = 500_000_000
"""Nanoseconds that content may take before there is a line."""
BETWEEN = 100_000_000
"""Nanoseconds between two redraws, at least."""
BETWEEN_LINES = 10_000_000_000
"""Nanoseconds between two lines, where nothing is redrawn."""
_BAR = 18
_MIB = 1024 * 1024


class Upload:
    """The sink. It stands before the view, so that its line is gone when the view writes."""

    def __init__(self, screen: Screen) -> None:
        self.wants: frozenset[str] = frozenset({"counts"})
        self._screen = screen
        self._drawn = False
        self._begin(None)

    def _begin(self, length: int | None) -> None:
        self._length = length
        self._sent = 0
        self._started = -1
        self._latest = 0

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, Content | Moved) and fact.direction == OUT:
            self._sent += len(fact.data) if isinstance(fact, Content) else fact.octets
            self._look(event.time)
        elif isinstance(fact, Planned):
            self._begin(fact.plan.body.length if fact.plan.body is not None else None)
        elif self._drawn and not (isinstance(fact, Bytes) and fact.direction == OUT):
            self._wipe()

    def finish(self) -> None:
        """Leaves nothing behind."""
        if self._drawn:
            self._wipe()

    def _look(self, now: int) -> None:
        if self._started < 0:
            self._started = self._latest = now
            return
        if now - self._started < MOMENT or self._sent == self._length:
            return
        if now - self._latest >= (BETWEEN_LINES if self._screen.plain else BETWEEN):
            self._latest = now
            self._draw(now)

    def _draw(self, now: int) -> None:
        line = line_of(self._sent, self._length, now - self._started)
        if self._screen.plain:
            self._screen.err(line)
            return
        self._drawn = True
        self._put(f"\r{line[: self._screen.width - 1]}\x1b[K")

    def _wipe(self) -> None:
        self._drawn = False
        self._put("\r\x1b[K")

    def _put(self, text: str) -> None:
        """Writes a part of a line. A terminal that takes no more of it is no reason to fail."""
        self._screen.flush()
        try:
            os.write(self._screen.err_fd, text.encode("ascii"))
        except OSError:
            pass


def line_of(sent: int, length: int | None, took: int) -> str:
    """The line for `sent` of `length` octets (None: not known) after `took` nanoseconds."""
    rate = sent / (took / 1e9)
    speed = f"{rate / _MIB:.0f} MiB/s" if rate >= _MIB else f"{rate / 1024:.0f} KiB/s"
    if not length:
        return f"sent {sent / _MIB:.1f} MiB  {speed}"
    left = int((length - sent) / rate) if rate else 0
    bar = "#" * (_BAR * sent // length)
    clock = f"{left // 60}:{left % 60:02d} left"
    share, sizes = 100 * sent // length, f"{sent / _MIB:.1f} of {length / _MIB:.1f} MiB"
    return f"sent {share:3d}% [{bar:<{_BAR}}] {sizes}  {speed}  {clock}"
