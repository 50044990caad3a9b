"""The har view: the run as an HTTP Archive (HAR 1.2). What a HAR is stands in `record.har`; this only writes it."""

from __future__ import annotations

from httpeek.model.exchange import fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event
    from httpeek.render.options import ViewOptions
    from httpeek.render.screen import Screen


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

        text = json.dumps(to_har(fold(self._events)), ensure_ascii=self._screen.out_tty, indent=2)
        self._screen.text(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
        self._screen.flush()
