"""The hex view: a dump of the connection's octets as `hexdump -C` draws it, with offsets of the wire.

Rules:
- Rows begin with `>` for what was sent and `<` for what was received; a row is cut where the direction changes.
- A violation is marked in a line of its own, `!`, below the row that holds its octet.
- Octets that were moved without being kept, or that are masked, are one line that says so.
"""

from __future__ import annotations

from httpeek.model.events import IN, OUT, Bytes, Ended, Failed, Masked, Moved, Violation
from httpeek.render.messages import violation_text
from httpeek.render.terminal import paint, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.model.events import Event
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

_PRINTED = bytes(o if 0x20 <= o < 0x7F else 0x2E for o in range(256))


def rows(data: bytes, offset: int) -> Iterator[str]:
    """The rows of a dump: offset, up to 16 octets in two groups, and the same as ASCII."""
    place = 0
    while place < len(data):
        count = 16 - (offset + place) % 16
        piece = data[place : place + count]
        digits = piece.hex(" ")
        left, right = digits[:23], digits[24:]
        yield f"{offset + place:08x}  {left:<23}  {right:<23}  |{piece.translate(_PRINTED).decode('ascii')}|"
        place += len(piece)


class Hex:
    """The sink. The octets of the last event of a direction wait for the violations found in them."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants: frozenset[str] = frozenset()
        self._screen = screen
        letters = set(options.print) & set("HBhb") or set("HBhb")
        self._directions = {d for d, of in ((OUT, "HB"), (IN, "hb")) if letters & set(of)}
        self._direction = ""
        self._offset = 0
        self._data = b""
        self._marks: list[Violation] = []

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, Bytes):
            if fact.direction not in self._directions:
                return
            end = self._offset + len(self._data)
            if fact.direction == self._direction and fact.offset == end and self._data:
                # A row goes on in the next octets: what is whole is written, the rest waits with them.
                whole = len(self._data) - (end % 16 if end % 16 <= len(self._data) else 0)
                self._write(whole)
                self._data += fact.data
            else:
                self._write(len(self._data))
                self._direction, self._offset, self._data = fact.direction, fact.offset, fact.data
        elif isinstance(fact, Violation):
            if fact.direction in self._directions:
                self._mark(fact)
        elif isinstance(fact, (Moved, Masked)):
            if fact.direction in self._directions:
                self._write(len(self._data))
                self._gone(fact)
        elif isinstance(fact, (Ended, Failed)):
            self._write(len(self._data))
            self._screen.flush()

    def finish(self) -> None:
        """Writes what waits."""
        self._write(len(self._data))
        self._screen.flush()

    def _mark(self, fact: Violation) -> None:
        if fact.direction == self._direction and self._data and fact.offset >= self._offset:
            self._marks.append(fact)
        else:
            self._mark_line(fact)

    def _mark_line(self, fact: Violation) -> None:
        mark = paint("!", self._screen.colour("note"))
        self._screen.text(f"{mark} {fact.offset:08x}  {violation_text(fact)}\n")

    def _gone(self, fact: Moved | Masked) -> None:
        mark = ">" if fact.direction == OUT else "<"
        text = visible_line(fact.text) if isinstance(fact, Masked) else f"{fact.octets} octets that were not kept"
        self._screen.text(f"{mark} {fact.offset:08x}  {text}\n")

    def _write(self, count: int) -> None:
        """Writes the first `count` octets of what waits, with the marks below their rows."""
        data, self._data = self._data[:count], self._data[count:]
        start, self._offset = self._offset, self._offset + count
        mark = ">" if self._direction == OUT else "<"
        if not self._marks:
            for row in rows(data, start):
                self._screen.text(f"{mark} {row}\n")
            return
        marks = sorted(self._marks, key=lambda fact: fact.offset)
        self._marks = []
        end = start
        for row in rows(data, start):
            self._screen.text(f"{mark} {row}\n")
            end += min(16 - end % 16, start + len(data) - end)
            while marks and marks[0].offset < end:
                self._mark_line(marks.pop(0))
        if self._data:
            self._marks = marks
        else:
            for fact in marks:
                self._mark_line(fact)
