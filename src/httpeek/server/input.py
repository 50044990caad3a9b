"""`wsgi.input`: the content of a request, read from the connection when the application asks for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Input:
    """A readable stream that ends where the content does (`wsgi.input_terminated`).

    `pull` gives the next piece of content, b"" at its end. It raises OSError when the content was cut short, so
    that a truncated body never looks like a complete one.
    """

    def __init__(self, pull: Callable[[], bytes]) -> None:
        self._pull = pull
        self._buffer = bytearray()
        self._ended = False

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` octets, or all that are left."""
        if size is None or size < 0:
            while self._more():
                pass
            return self._take(len(self._buffer))
        while len(self._buffer) < size and self._more():
            pass
        return self._take(size)

    def readline(self, size: int | None = -1) -> bytes:
        """Up to and with the next LF, at most `size` octets."""
        limit = -1 if size is None else size
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched)
            if end >= 0:
                return self._take(end + 1 if limit < 0 else min(end + 1, limit))
            searched = len(self._buffer)
            if 0 <= limit <= searched or not self._more():
                return self._take(searched if limit < 0 else min(searched, limit))

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """All lines, or as many as hold `hint` octets."""
        lines = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def _more(self) -> bool:
        if self._ended:
            return False
        piece = self._pull()
        if not piece:
            self._ended = True
            return False
        self._buffer += piece
        return True

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken
