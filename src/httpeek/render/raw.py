"""The raw view: the octets of the connection and nothing else.

Rules:
- To a pipe or file received octets go out exactly, chunk framing and all. A terminal gets control octets escaped and
  a line end after the last line; nothing else is added. What arrived is written at once.
- `--print` letters choose: H and B are what was sent (head, body), h and b what was received. Without letters: hb.
- A mask is shown by its text in place of the octets; octets that were not kept cannot be shown.
"""

from __future__ import annotations

import codecs

from httpeek.model.events import IN, OUT, Bytes, Ended, Masked, Planned, RequestStarted, ResponseStarted
from httpeek.render.terminal import visible_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event
    from httpeek.model.message import Span
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions


class Raw:
    """The sink. A direction of which head and body are both wanted is passed on octet by octet; one of which
    only a part is wanted waits for the span of each head."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants: frozenset[str] = frozenset()
        self._screen = screen
        letters = set(options.print) & set("HBhb") or set("hb")
        self._head = {OUT: "H" in letters, IN: "h" in letters}
        self._body = {OUT: "B" in letters, IN: "b" in letters}
        self._parted = {d: self._head[d] != self._body[d] for d in (OUT, IN)}
        self._kept: dict[str, bytearray] = {OUT: bytearray(), IN: bytearray()}
        self._offset = {OUT: 0, IN: 0}
        self._in_body = {OUT: False, IN: False}
        self._announced: dict[str, tuple[Span | None, bool] | None] = {OUT: None, IN: None}
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._cr = ""
        self._last = "\n"

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, Bytes):
            self._take(fact.direction, fact.offset, fact.data)
        elif isinstance(fact, Masked):
            self._take(fact.direction, fact.offset, fact.text.encode())
        elif isinstance(fact, RequestStarted):
            self._head_ends(OUT, fact.head.span, True)
        elif isinstance(fact, ResponseStarted):
            self._head_ends(IN, fact.head.span, not fact.head.interim)
        elif isinstance(fact, Planned):
            self._give_up()
            self._in_body = {OUT: False, IN: False}
            self._announced = {OUT: None, IN: None}
        elif isinstance(fact, Ended):
            self._end_line()

    def finish(self) -> None:
        """Writes what waits, and on a terminal ends the last line."""
        self._give_up()
        self._end_line()
        self._screen.flush()

    def _end_line(self) -> None:
        if self._screen.out_tty:
            self._show(self._decoder.decode(b"", True), last=True)
            if self._last != "\n":
                self._screen.text("\n")
                self._last = "\n"

    def _take(self, direction: str, offset: int, data: bytes) -> None:
        if not (self._head[direction] or self._body[direction]):
            return
        if not self._parted[direction]:
            self._write(data)
        elif self._in_body[direction]:
            if self._body[direction]:
                self._write(data)
        else:
            if not self._kept[direction]:
                self._offset[direction] = offset
            self._kept[direction] += data
            self._part(direction)

    def _head_ends(self, direction: str, span: Span | None, final: bool) -> None:
        """A head was read, or is about to be sent: its octets may come before or after it was announced."""
        if self._parted[direction]:
            self._announced[direction] = (span, final)
            self._part(direction)

    def _part(self, direction: str) -> None:
        """Parts what waits at the end of the head that was announced; without a span that is the first empty line."""
        announced, kept = self._announced[direction], self._kept[direction]
        if announced is None or not kept:
            return
        span, final = announced
        if span is not None and b"<masked " not in kept:
            # A mask is not as long as what it stands for: offsets count without masks only.
            end = span.offset + span.length - self._offset[direction]
        else:
            end = _blank(kept)
        if end > len(kept) or end < 0:
            return
        self._announced[direction] = None
        head, rest = bytes(kept[:end]), bytes(kept[end:])
        kept.clear()
        self._offset[direction] += end
        if self._head[direction]:
            self._write(head)
        self._in_body[direction] = final
        if not final:
            kept += rest
        elif rest and self._body[direction]:
            self._write(rest)

    def _give_up(self) -> None:
        """The exchange is over. What is still waiting is a head that never ended, or a request sent after its head
        was announced."""
        for direction in (OUT, IN):
            kept = self._kept[direction]
            if not kept:
                continue
            end = _blank(kept) if direction == OUT else len(kept)
            end = len(kept) if end < 0 else end
            part = kept[:end] if self._head[direction] else kept[end:]
            self._write(bytes(part))
            kept.clear()

    def _write(self, data: bytes) -> None:
        if self._screen.out_tty:
            self._show(self._decoder.decode(data))
        else:
            self._screen.write(data)
        # One event is what one read gave: what waits behind it may be a long time coming.
        self._screen.flush()

    def _show(self, text: str, last: bool = False) -> None:
        text = self._cr + text
        self._cr = ""
        if text.endswith("\r") and not last:
            text, self._cr = text[:-1], "\r"
        if text:
            self._last = text[-1]
            self._screen.text(visible_text(text))


def _blank(octets: bytearray) -> int:
    """Where the head ends: after the first empty line; -1 where there is none."""
    ends = [i + n for i, n in ((octets.find(b"\r\n\r\n"), 4), (octets.find(b"\n\n"), 2)) if i >= 0]
    return min(ends, default=-1)
