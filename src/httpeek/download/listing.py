"""The sink that keeps a small response whole: a list of checksums that is fetched before the files."""

from __future__ import annotations

from httpeek.model.codes import TOO_LARGE, Failure, HttpeekError
from httpeek.model.events import Planned, Representation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event


class Kept:
    """Keeps the representation of the last response, at most `most` octets."""

    wants = frozenset(("representation",))

    def __init__(self, most: int) -> None:
        self.octets = b""
        self._most = most

    def feed(self, event: Event) -> None:
        """Takes one event. Raises HttpeekError (TOO_LARGE)."""
        fact = event.fact
        if isinstance(fact, Planned):
            self.octets = b""
        elif isinstance(fact, Representation):
            self.octets += fact.data
            if len(self.octets) > self._most:
                raise HttpeekError(Failure(TOO_LARGE, "limit", f"the list is larger than {self._most} bytes"))

    def finish(self) -> None:
        """Nothing is left to do."""
