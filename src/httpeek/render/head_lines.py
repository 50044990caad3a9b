"""The lines of heads as they went over the wire, with the violations below the line that holds their octet.

Rules:
- Lines are the octets of the wire, not what was parsed from them: a line end that is not CRLF is shown. Only where the
  octets are not kept, or are masked, a head is written from its fields.
- Octets wait until their head is over: its violations are known then. What waits for a head that never ends is shown
  as it came.
"""

from __future__ import annotations

from httpeek.model.events import IN, OUT
from httpeek.render.messages import violation_text
from httpeek.render.terminal import STYLE, paint, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Trailers, Violation
    from httpeek.model.message import Fields, ResponseHead
    from httpeek.render.screen import Screen

_SHOWN = 65536
"""Octets of a head without an end that are shown at most."""


class HeadLines:
    """The heads and trailer sections of one exchange, both directions. It writes to stderr, if not `silent`."""

    def __init__(self, screen: Screen, silent: bool) -> None:
        self._screen = screen
        self._silent = silent
        self.begin()

    def begin(self) -> None:
        """Another exchange."""
        self._kept: dict[str, list[tuple[int, bytes]]] = {OUT: [], IN: []}  # octets not yet shown
        self._in_body = {OUT: False, IN: False}
        self._pending: list[Violation] = []

    @property
    def sent(self) -> bool:
        """Whether the request's head was shown."""
        return self._in_body[OUT]

    def octets(self, direction: str, offset: int, data: bytes) -> None:
        """Takes octets of the wire, or the text of a mask."""
        if self._in_body[direction]:
            if direction == IN:
                self._kept[IN] = [*self._kept[IN][-1:], (offset, data)]  # trailers are taken from here
            return
        self._kept[direction].append((offset, data))
        if direction == OUT:
            self._sent()

    def response(self, head: ResponseHead) -> None:
        """A head was read: shows its lines."""
        taken = self._part(head.span.offset, head.span.length) if head.span is not None else None
        if taken is not None and head.span is not None:
            octets, offset = taken, head.span.offset
        else:
            status = b"%b %d %b" % (head.version, head.status, head.reason)
            octets, offset = b"\r\n".join((status, *_field_lines(head.fields), b"", b"")), -1
        self._lines("<", octets, offset, IN, head.status)
        if not head.interim:
            self._in_body[IN] = True
        elif head.span is not None:
            self._drop(head.span.offset + head.span.length)

    def trailers(self, fact: Trailers) -> None:
        """Shows a trailer section."""
        octets = None
        if fact.direction == IN and fact.span is not None:
            octets = self._part(fact.span.offset, fact.span.length)
        mark = "<" if fact.direction == IN else ">"
        offset = fact.span.offset if fact.span is not None and octets is not None else -1
        self._lines(mark, octets or b"\r\n".join((*_field_lines(fact.fields), b"")), offset, fact.direction, -1)

    def violation(self, fact: Violation) -> None:
        """Shows a violation, at once or below its line."""
        kept = self._kept[fact.direction]
        if not self._in_body[fact.direction] and kept and fact.offset >= kept[0][0]:
            self._pending.append(fact)
        else:
            self._mark(fact)

    def flush(self) -> None:
        """Shows what arrived as the beginning of a head that never ended."""
        for direction, mark in ((IN, "<"), (OUT, ">")):
            kept = self._kept[direction]
            if kept and not self._in_body[direction]:
                self._lines(mark, b"".join(piece for _, piece in kept)[:_SHOWN], kept[0][0], direction)
        self._kept = {OUT: [], IN: []}
        self._marks(IN, None)
        self._marks(OUT, None)

    def _sent(self) -> None:
        """Shows the request's head once its empty line went out."""
        data = b"".join(piece for _, piece in self._kept[OUT])
        end = data.find(b"\r\n\r\n")
        if end >= 0:
            self._lines(">", data[: end + 4], self._kept[OUT][0][0], OUT)
            self._in_body[OUT] = True
            self._kept[OUT] = []

    def _part(self, offset: int, length: int) -> bytes | None:
        """The octets received at that place, if they are kept and none of them is masked."""
        kept = self._kept[IN]
        if not kept or kept[0][0] > offset:
            return None
        data = b"".join(piece for _, piece in kept)
        if b"<masked " in data:
            return None
        begin = offset - kept[0][0]
        return data[begin : begin + length] if begin + length <= len(data) else None

    def _drop(self, end: int) -> None:
        self._kept[IN] = [
            (max(offset, end), piece[max(0, end - offset) :])
            for offset, piece in self._kept[IN]
            if offset + len(piece) > end
        ]

    def _lines(self, mark: str, octets: bytes, offset: int, direction: str, status: int = 0) -> None:
        """Shows head lines; below each the violations at its octets. An `offset` of -1 is not known."""
        place = 0
        first = True
        while place < len(octets):
            end = octets.find(b"\n", place) + 1 or len(octets)
            line = octets[place:end]
            text = shown(line.removesuffix(b"\r\n"))  # what else ends a line is shown
            if self._screen.colour_err and text:
                text = _coloured(text, status if first else -1)
            self._write(f"{mark} {text}")
            first = False
            if offset >= 0:
                self._marks(direction, offset + end)
            place = end
        if direction == IN:
            self._marks(IN, None)

    def _marks(self, direction: str, end: int | None) -> None:
        """Shows the violations that wait, those before octet `end` or all."""
        waiting = self._pending
        self._pending = []
        for fact in sorted(waiting, key=lambda fact: fact.offset):
            if fact.direction == direction and (end is None or fact.offset < end):
                self._mark(fact)
            else:
                self._pending.append(fact)

    def _mark(self, fact: Violation) -> None:
        mark = paint("!", self._screen.colour("note", err=True))
        self._write(f"{mark} note {violation_text(fact)}")

    def _write(self, line: str) -> None:
        if not self._silent:
            self._screen.err(line)


def _field_lines(fields: Fields) -> tuple[bytes, ...]:
    return tuple(name + b": " + value for name, value in fields)


def _coloured(text: str, status: int) -> str:
    """A head line in the colours that pretty has: the status by its class, field names."""
    if status > 0:
        version, space, rest = text.partition(" ")
        return version + space + paint(rest, STYLE.get(f"status-{status // 100}", ""))
    if status == 0:
        return text
    name, colon, value = text.partition(":")
    return paint(name, STYLE["field"]) + colon + value if colon else text
