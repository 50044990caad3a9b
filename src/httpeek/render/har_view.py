"""The har view: the run as an HTTP Archive (HAR 1.2). What a HAR is stands in `record.har`; this only writes it."""

from __future__ import annotations

import os
from codecs import getincrementaldecoder

from httpeek.model.exchange import fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.model.events import Event
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions


_PIECE = 64 * 1024
"""Octets of content that are written at once."""


class HarView:
    """The sink. An archive is one object, so it is written at the end of the run."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants = frozenset({"representation"})
        self._screen = screen
        self._events: list[Event] = []

    def feed(self, event: Event) -> None:
        """Takes one event."""
        self._events.append(event)

    def finish(self) -> None:
        """Writes the archive; an empty run is a valid one without entries."""
        import json

        from httpeek.record.har import to_har

        # Content is decoded, encoded and written in pieces, since it can grow sixfold as JSON. What
        # stands for it in the skeleton is nothing that a peer can know, since it could send that.
        mark = os.urandom(16).hex()
        held: list[bytes] = []

        def aside(content: bytes) -> str:
            if len(content) <= _PIECE:
                return content.decode("utf-8")
            held.append(content)
            return mark

        ascii_only = self._screen.out_tty
        archive = to_har(fold(_given_up(self._events)), aside)
        first, *parts = json.dumps(archive, ensure_ascii=ascii_only, indent=2).split(mark)
        self._write(first)
        for content, part in zip(held, parts, strict=True):
            decoder = getincrementaldecoder("utf-8")()
            for start in range(0, len(content), _PIECE):
                text = decoder.decode(content[start : start + _PIECE])
                self._write(json.dumps(text, ensure_ascii=ascii_only)[1:-1])
            self._write(part)
        self._write("\n")
        self._screen.flush()

    def _write(self, text: str) -> None:
        self._screen.text(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def _given_up(events: list[Event]) -> Iterator[Event]:
    """The events in order, each let go when it is taken: what it holds is not kept twice."""
    events.reverse()
    while events:
        yield events.pop()
