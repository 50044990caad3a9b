"""The progress of downloads on stderr, and the line that each ends with.

    big.iso  42% [########          ] 430.1 of 1024.0 MiB  112 MiB/s  0:05 left
    big.iso: 42 %, 430.1 of 1024.0 MiB, 112 MiB/s, 5 s left
    big.iso: 1024.0 MiB in 9.4 s (109 MiB/s), sha256 matches

Rules: redrawn at most ten times a second, on a terminal only; elsewhere a line of its own every ten seconds. What is
redrawn is wiped out before anything else is shown. A name came from a server: it is escaped.
"""

from __future__ import annotations

import os
from time import monotonic_ns

from httpeek.model.events import Ended, Note, Violation
from httpeek.model.nouns import Noun
from httpeek.render.messages import violation_text
from httpeek.render.terminal import pad, visible_line, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from httpeek.model.events import Event, Fact
    from httpeek.render.screen import Screen

    class Transfer(Protocol):
        """A file on its way. Sizes are in octets; `total` is None where it is not known; `began` octets were there
        before; `began_at` is the monotonic clock in ns."""

        began_at: int

        @property
        def name(self) -> str:
            """The name to show."""

        @property
        def size(self) -> int:
            """What is there."""

        @property
        def total(self) -> int | None:
            """What there will be."""

        @property
        def began(self) -> int:
            """What was there before."""


class Ending(Noun):
    """How a file ended. `file` is its final name ("" where it has none), `size` in octets, `began` how many were there
    before; `took` in ns; `code` is an exit code; `failure` one sentence; `said` what else there is to say of a file
    that is done ("sha256 matches", "is there already"); `kept` the part file that can be gone on with."""

    url: str
    file: str
    size: int
    began: int
    took: int
    code: int
    failure: str = ""
    said: str = ""
    kept: str = ""
    total: int | None = None
    checksums: tuple[str, ...] = ()


BAR, LINES, JSON, NONE = "bar", "lines", "json", "none"
"""What is shown: a line that is redrawn, lines, JSON objects, nothing."""
_MOMENT = 500_000_000
_BETWEEN = {BAR: 100_000_000, LINES: 10_000_000_000, JSON: 1_000_000_000}
"""Nanoseconds between two redraws, lines and objects, at least."""
_WINDOW = 3.0
"""Seconds over which a rate is smoothed."""
_CELLS = 18
_KIB, _MIB = 1024, 1024 * 1024
_SAME = 10
_SAID = frozenset((Note, Violation, Ended))
"""The facts that a person should know, or that end what was said of an exchange: a download has many others."""


class Transfers:
    """What is shown of the downloads of a command; a sink for its notes, too. `many` says that there are several;
    `hide` masks secrets in what is said."""

    def __init__(
        self, screen: Screen, how: str, quiet: int, many: bool, hide: Callable[[str], str] | None = None
    ) -> None:
        self._screen = screen
        self._how = how
        self._quiet = quiet
        self._many = many
        self._hide = hide or str
        self._running: list[Transfer] = []
        self._done = 0
        self._finished = 0
        self._latest = self._begun = monotonic_ns()
        self._rate = _Rate(self._begun)
        self._drawn = False
        self._violations: dict[str, int] = {}

    # A sink of events: what a person should know

    def gather(self, events: Sequence[Event]) -> None:
        """Prints notes as they come."""
        for event in events:
            if type(event.fact) in _SAID:
                self._say(event.fact)

    def _say(self, fact: Fact) -> None:
        if isinstance(fact, Note) and not self._quiet:
            self.note(fact.text)
        elif isinstance(fact, Violation) and not fact.fatal and self._quiet < 2:
            count = self._violations[fact.id] = self._violations.get(fact.id, 0) + 1
            if count <= _SAME:
                self.note(violation_text(fact))
        elif isinstance(fact, Ended):
            self._violations.clear()

    def finish(self) -> None:
        """Leaves nothing behind."""
        self._wipe()

    # Transfers

    def begin(self, transfer: Transfer) -> None:
        """A file is on its way."""
        self._running.append(transfer)
        if len(self._running) == 1 and not self._many:
            self._begun = self._latest = monotonic_ns()
            self._rate = _Rate(self._begun)

    def end(self, transfer: Transfer | None, ending: Ending) -> None:
        """A file is done, or not; None for what was never shown."""
        if transfer is not None:
            self._running.remove(transfer)
        self._finished += max(0, ending.size - ending.began)
        self._done += 1
        self._wipe()
        if self._how == JSON:
            self._object(_ended(ending))
        elif not ending.code and not self._quiet:
            self._screen.err(self._hide(end_line(ending)))

    def tick(self) -> None:
        """Shows how far everything is, if it is time."""
        how = self._how
        if how == NONE or not self._running:
            return
        now = monotonic_ns()
        if now - self._latest < _BETWEEN[how]:
            return
        self._latest = now
        rate = self._rate.at(now, self._finished + sum(max(0, one.size - one.began) for one in self._running))
        if how == JSON:
            for one in self._running:
                self._object(_progress(one, rate if len(self._running) == 1 else None))
            return
        if now - self._begun < _MOMENT:
            return
        line = self._line(rate)
        if how == LINES:
            self._screen.err(line)
        else:
            self._draw(line)

    def note(self, text: str) -> None:
        """Prints a note."""
        self._wipe()
        if self._how == JSON:
            self._object({"event": "note", "text": text})
        else:
            self._screen.note(visible_line(self._hide(text)))

    def _line(self, rate: float) -> str:
        running = self._running
        name = visible_line(running[0].name)
        size, total = running[0].size, running[0].total
        if self._many or len(running) > 1:
            name = f"{self._done} done, {name}" if len(running) == 1 else f"{self._done} done, {len(running)} files"
            size = sum(one.size for one in running)
            totals = [one.total for one in running]
            total = sum(t for t in totals if t is not None) if None not in totals else None
        if self._how == LINES:
            return plain_line(name, size, total, rate)
        return bar_line(name, size, total, rate, self._screen.width - 1)

    def _draw(self, line: str) -> None:
        self._drawn = True
        self._put(f"\r{line}\x1b[K")

    def _wipe(self) -> None:
        if self._drawn:
            self._drawn = False
            self._put("\r\x1b[K")

    def _put(self, text: str) -> None:
        try:
            os.write(self._screen.err_fd, text.encode(self._screen.charset, "backslashreplace"))
        except OSError:
            pass

    def _object(self, said: dict[str, object]) -> None:
        import json

        self._screen.err(self._hide(json.dumps(said)))


class _Rate:
    """Octets a second, smoothed."""

    def __init__(self, now: int) -> None:
        self._at = now
        self._size = 0
        self._rate: float | None = None

    def at(self, now: int, size: int) -> float:
        """The rate, when `size` octets have arrived by `now`."""
        seconds = (now - self._at) / 1e9
        if seconds > 0:
            latest = (size - self._size) / seconds
            share = min(1.0, seconds / _WINDOW)
            self._rate = latest if self._rate is None else self._rate + (latest - self._rate) * share
            self._at, self._size = now, size
        return self._rate or 0.0


def bar_line(name: str, size: int, total: int | None, rate: float, columns: int) -> str:
    """The line that is redrawn, in at most `columns`."""
    if not total:
        rest = f"  {amount(size)}  {speed(rate)}"
    else:
        share = min(100, 100 * size // total)
        bar = "#" * (_CELLS * min(size, total) // total)
        left = f"  {_clock((total - size) / rate)} left" if rate > 0 else ""
        rest = f" {share:3d}% [{bar:<{_CELLS}}] {amounts(size, total)}  {speed(rate)}{left}"
    room = max(1, columns - len(rest))
    return (_shortened(name, room) + rest)[:columns]


def plain_line(name: str, size: int, total: int | None, rate: float) -> str:
    """A line of its own."""
    if not total:
        return f"{name}: {amount(size)}, {speed(rate)}"
    left = f", {(total - size) / rate:.0f} s left" if rate > 0 else ""
    return f"{name}: {min(100, 100 * size // total)} %, {amounts(size, total)}, {speed(rate)}{left}"


def end_line(ending: Ending) -> str:
    """The line that a file ends with."""
    name = visible_line(ending.file)
    if not ending.took or ending.said.startswith("is "):
        return f"{name} {ending.said}"
    seconds = ending.took / 1e9
    fetched = ending.size - ending.began
    took = f"{seconds:.1f} s" if seconds >= 0.05 else f"{seconds * 1000:.0f} ms"
    resumed = f", {amount(fetched)} of them" if ending.began and fetched > 0 else ""
    said = f", {ending.said}" if ending.said else ""
    return f"{name}: {amount(ending.size)}{resumed} in {took} ({speed(max(0, fetched) / seconds)}){said}"


def amount(size: int) -> str:
    """Octets for a person: "341 bytes", "12.3 KiB", "1024.0 MiB"."""
    if size < 10 * _KIB:
        return f"{size} bytes"
    return f"{size / _KIB:.1f} KiB" if size < _MIB else f"{size / _MIB:.1f} MiB"


def amounts(size: int, total: int) -> str:
    """Octets of octets, in the unit of the larger: "430.1 of 1024.0 MiB"."""
    unit = amount(total).partition(" ")[2]
    factor = {"bytes": 1, "KiB": _KIB, "MiB": _MIB}[unit]
    return f"{size} of {amount(total)}" if factor == 1 else f"{size / factor:.1f} of {amount(total)}"


def speed(rate: float) -> str:
    """Octets a second for a person."""
    return f"{rate / _MIB:.0f} MiB/s" if rate >= _MIB else f"{rate / _KIB:.0f} KiB/s"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


def _shortened(name: str, room: int) -> str:
    """The name in at most `room` columns."""
    if width(name) <= room:
        return name
    while name and width(name) > room - 2:
        name = name[:-1]
    return pad(name + "..", room)[: max(1, room)]


def _progress(one: Transfer, rate: float | None) -> dict[str, object]:
    total = one.total
    left = (total - one.size) / rate if total is not None and rate else None
    return {
        "event": "progress",
        "file": one.name,
        "bytes": one.size,
        "total": total,
        "resumed": one.began,
        "rate": None if rate is None else round(rate),
        "left": None if left is None else round(left, 1),
    }


def _ended(ending: Ending) -> dict[str, object]:
    return {
        "event": "failed" if ending.code else "done",
        "url": ending.url,
        "file": ending.file or None,
        "bytes": ending.size,
        "total": ending.total,
        "resumed": ending.began,
        "seconds": round(ending.took / 1e9, 3),
        "code": ending.code,
        "error": ending.failure or None,
        "kept": ending.kept or None,
        "said": ending.said or None,
    }
