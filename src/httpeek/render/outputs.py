"""Several files for several requests: `-o` given once for each of them (`--next`).

The content of each request goes to a file of its own, with all that its redirects lead to. A view writes on one screen;
where a request begins, that screen gets the next file.
"""

from __future__ import annotations

from httpeek.model.events import Next

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.model.events import Event, Sink
    from httpeek.render.screen import Screen


class Outputs:
    """A sink before a view. `files` are open descriptors, one for each request of the run."""

    def __init__(self, view: Sink, screen: Screen, files: Sequence[int]) -> None:
        self.wants = view.wants
        self._view = view
        self._screen = screen
        self._files = files

    def feed(self, event: Event) -> None:
        """Gives the event to the view, which ends one request when another begins; the file changes behind that."""
        self._view.feed(event)
        if isinstance(event.fact, Next):
            self._screen.flush()
            self._screen.out_fd = self._files[event.fact.number - 1]

    def finish(self) -> None:
        """Finishes the view."""
        self._view.finish()
