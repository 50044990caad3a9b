"""Content that is read before the application is called: in memory and, where it is long, in a temporary file."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PIECE = 65_536
"""Octets asked for in one receive."""
GATHERED = 1024 * 1024
"""Octets of content that are gathered in memory; what is longer goes to a temporary file."""

VAST = 1024 * GATHERED
"""Octets of content that are never gathered: no disk is filled by a request that the application may not want."""


class Gathered:
    """Content that is read before the application is called: in memory, and beyond `GATHERED` in a file. `size` is
    that of all that came, in octets."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0
        self._file: Any = None
        self._reading = False

    def add(self, data: bytes) -> None:
        """Keeps the next piece."""
        self.size += len(data)
        if self._file is not None:
            self._file.write(data)
        elif self.size > GATHERED:
            from tempfile import TemporaryFile

            self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as this
            self._file.writelines((*self._pieces, data))
            self._pieces.clear()
        else:
            self._pieces.append(data)

    def read(self) -> bytes:
        """The next piece, b"" when all was read."""
        if self._file is None:
            return self._pieces.pop(0) if self._pieces else b""
        if not self._reading:
            self._reading = True
            self._file.seek(0)
        data: bytes = self._file.read(PIECE)
        return data

    def close(self) -> None:
        """Ends the file, if there is one."""
        if self._file is not None:
            self._file.close()
