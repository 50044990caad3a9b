"""A stream that goes nowhere: it takes every octet at once and never answers. `--offline` has the conversation over it,
so that what is shown is made by the code that sends."""

from __future__ import annotations


class Nowhere:
    """See `net.stream.Stream`."""

    local = ""
    remote = ""

    def fileno(self) -> int:
        """There is no descriptor."""
        return -1

    def receive(self) -> bytes | None:
        """Nothing, ever."""
        return None

    def send(self, data: bytes | memoryview) -> int:
        """All of it is taken."""
        return len(data)

    def pending(self) -> bool:
        """Never."""
        return False

    def shutdown(self) -> None:
        """There is nothing to end."""

    def close(self) -> None:
        """There is nothing to close."""
