"""Where the content of a request comes from: octets in memory, a file, or a descriptor without a known end.

Nothing is loaded whole: a file is read in pieces of 256 KiB while it is sent.
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
        self._body = body
        self.sent = 0
        self.fd = -1
        self.waits = False
        self._opened = False
        self.done = body is None or body.length == 0
        self.at_hand = body is not None and not body.path and body.fd < 0
        if body is None or self.done:
            return
        if body.path:
            self.fd = _open(body.path)
            self._opened = True
        elif body.fd >= 0:
            self.fd = body.fd
            self.waits = True

    def read(self) -> bytes | None:
        """The next piece; b"" at the end of a descriptor; None when there is none yet.

        Raises HttpeekError (READ_FAILED) when it cannot be read or a file has become shorter than announced.
        """
        body = self._body
        if body is None or self.done:
            return b""
        if self.at_hand:
            piece = body.data if len(body.data) <= PIECE else body.data[self.sent : self.sent + PIECE]
        else:
            try:
                piece = os.read(self.fd, PIECE if body.length is None else min(PIECE, body.length - self.sent))
            except BlockingIOError:
                return None
            except OSError as error:
                raise _unreadable(body.path or "standard input", error) from None
        self.sent += len(piece)
        if body.length is None:
            self.done = not piece
        elif self.sent >= body.length:
            self.done = True
        elif not piece:
            name = body.path or "standard input"
            sentence = f"{name} ended after {self.sent} of {body.length} bytes: it became shorter while it was sent"
            raise HttpeekError(Failure(READ_FAILED, "read", sentence))
        if self.done:
            self.close()
        return piece

    def close(self) -> None:
        """No more is read. May be called twice."""
        if self._opened:
            os.close(self.fd)
            self._opened = False
        self.fd = -1
        self.waits = False


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(name: str, error: OSError) -> HttpeekError:
    return HttpeekError(Failure(READ_FAILED, "read", f"{name} cannot be read: {(error.strerror or '').lower()}"))
