"""Where the content of a request comes from: octets in memory, a file, a descriptor without a known end, or several
of these one behind the other (a multipart body).

Nothing is loaded whole: a file is opened when its turn comes and read in pieces of 256 KiB while it is sent.
"""

from __future__ import annotations

import os

from httpeek.model.codes import READ_FAILED, Failure, HttpeekError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.plan import Body

PIECE = 256 * 1024
"""Octets of content that are read, framed and sent at a time."""


class Source:
    """Reads a `Body` piece by piece.

    `done` is True when there is no more; `waits` when reading may block, so that `fd` has to be polled first;
    `at_hand` when the whole content is in memory; `sent` counts the octets read so far.
    """

    def __init__(self, body: Body | None) -> None:
        parts = () if body is None else body.parts or (body,)
        self._rest = [part for part in parts if part.data or part.path or part.fd >= 0]
        self._part: Body | None = None
        self._read = 0  # octets of the current part
        self._opened = False
        self.sent = 0
        self.fd = -1
        self.waits = False
        self.at_hand = all(bool(part.data) for part in self._rest)
        self.done = body is None or body.length == 0 or not self._rest
        if not self.done:
            self._next()

    def read(self) -> bytes | None:
        """The next piece; b"" at the end of a descriptor; None when there is none yet.

        Raises HttpeekError (READ_FAILED) when it cannot be read or a file has become shorter than announced.
        """
        while self._part is not None and not self.done:
            piece = self._piece(self._part)
            if piece is None:
                return None
            self._read += len(piece)
            self.sent += len(piece)
            if self._is_over(self._part, piece):
                self._next()
            if piece:
                return piece
        return b""

    @property
    def left(self) -> int:
        """The octets that are left of a file that is being read; 0 where its end is not known, or it is no file."""
        part = self._part
        if part is None or self.fd < 0 or self.waits or part.length is None:
            return 0
        return part.length - self._read

    def moved(self, count: int) -> None:
        """So many octets were taken from `fd` by somebody else."""
        self._read += count
        self.sent += count
        if not self.left:
            self._next()

    def close(self) -> None:
        """No more is read. May be called twice."""
        if self._opened:
            os.close(self.fd)
            self._opened = False
        self.fd = -1
        self.waits = False

    def _next(self) -> None:
        """Turns to the next part; without one the source is done."""
        self.close()
        self._read = 0
        if not self._rest:
            self._part = None
            self.done = True
            return
        part = self._part = self._rest.pop(0)
        if part.path:
            self.fd = _open(part.path)
            self._opened = True
        elif part.fd >= 0:
            self.fd = part.fd
            self.waits = part.start is None
            if part.start is not None:
                os.lseek(part.fd, part.start, os.SEEK_SET)

    def _piece(self, part: Body) -> bytes | None:
        if part.data:
            return part.data if len(part.data) <= PIECE else part.data[self._read : self._read + PIECE]
        try:
            return os.read(self.fd, PIECE if part.length is None else min(PIECE, part.length - self._read))
        except BlockingIOError:
            return None
        except OSError as error:
            raise _unreadable(part.path or "standard input", error) from None

    def _is_over(self, part: Body, piece: bytes) -> bool:
        length = len(part.data) if part.data else part.length
        if length is None:
            return not piece
        if self._read < length and not piece:
            name = part.path or "standard input"
            sentence = f"{name} ended after {self._read} of {length} bytes: it became shorter while it was sent"
            raise HttpeekError(Failure(READ_FAILED, "read", sentence))
        return self._read >= length


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(name: str, error: OSError) -> HttpeekError:
    return HttpeekError(Failure(READ_FAILED, "read", f"{name} cannot be read: {(error.strerror or '').lower()}"))
