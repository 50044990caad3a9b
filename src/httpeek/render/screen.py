"""Screen: where a view writes, and what is known of that place.

Rules:
- stdout gets what was asked for, stderr everything else, one whole line at a time. Before a line goes to stderr
  stdout is flushed, so that both are in order where both are one terminal.
- The screen encodes: a character that the terminal's charset lacks is escaped, never an exception.
- It does not know what is dangerous: views pass what a peer sent through `terminal.visible` first.
- A failed write on stdout raises once (23, or 141 for a closed pipe); what waits in the buffer is dropped then. A
  failed write on stderr is passed over: there is nowhere left to tell it.
"""

from __future__ import annotations

import errno
import os
import sys

from httpeek.model.codes import STDOUT_CLOSED, WRITE_FAILED, Failure, HttpeekError
from httpeek.render.terminal import STYLE, paint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_FULL = 64 * 1024
"""Octets that wait for a write at most; what is larger is written at once."""


class Screen:
    """stdout and stderr with what is known of them. `colour_out` and `colour_err` say whether colours go there,
    `plain` that nothing is redrawn or padded; `charset` is a Python codec's name; `width` is in columns."""

    def __init__(
        self,
        out_fd: int = 1,
        err_fd: int = 2,
        out_tty: bool = False,
        err_tty: bool = False,
        colour_out: bool = False,
        colour_err: bool = False,
        plain: bool = False,
        width: int = 80,
        charset: str = "utf-8",
    ) -> None:
        self.out_fd = out_fd
        self.err_fd = err_fd
        self.out_tty = out_tty
        self.err_tty = err_tty
        self.colour_out = colour_out
        self.colour_err = colour_err
        self.plain = plain
        self.width = width
        self.charset = charset
        self._waiting: list[bytes] = []
        self._size = 0

    @classmethod
    def detect(
        cls, environ: Mapping[str, str], colour: str = "auto", plain: bool = False, out_fd: int = 1, err_fd: int = 2
    ) -> Screen:
        """The screen for two descriptors. `colour` is "auto", "always" or "never".

        Colour: option > NO_COLOR > FORCE_COLOR or CLICOLOR_FORCE > a terminal whose TERM is not dumb.
        """
        out_tty, err_tty = os.isatty(out_fd), os.isatty(err_fd)
        dumb = environ.get("TERM") == "dumb"
        accessible = environ.get("ACCESSIBLE", "0") not in ("", "0")
        forced = [environ.get(name, "") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")]

        def coloured(tty: bool) -> bool:
            if plain or colour == "never":
                return False
            if colour == "always":
                return True
            if accessible or environ.get("NO_COLOR"):
                return False
            return any(forced) or (tty and not dumb)

        return cls(
            out_fd,
            err_fd,
            out_tty,
            err_tty,
            coloured(out_tty),
            coloured(err_tty),
            plain or accessible or dumb,
            _width(environ, (out_fd, err_fd)),
            terminal_charset(environ, bool(sys.flags.utf8_mode)) if out_tty or err_tty else "utf-8",
        )

    def write(self, data: bytes) -> None:
        """Writes octets to stdout as they are. Raises HttpeekError (WRITE_FAILED, STDOUT_CLOSED)."""
        if len(data) >= _FULL:
            self.flush()
            self._out(data)
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _FULL:
            self.flush()

    def text(self, text: str) -> None:
        """Writes text to stdout, encoded; raises as `write` does."""
        self.write(text.encode(self.charset, "backslashreplace"))

    def err(self, line: str) -> None:
        """Writes one whole line to stderr, after what waits for stdout. `line` is without its end."""
        self.flush()
        data = (line + "\n").encode(self.charset, "backslashreplace")
        try:
            _write_all(self.err_fd, data)
        except OSError:
            pass

    def note(self, text: str) -> None:
        """Writes `note: ...` to stderr."""
        self.err(f"{paint('note', self.colour('note', err=True))}: {text}")

    def colour(self, part: str, err: bool = False) -> str:
        """The SGR parameters of a part of the default style, or nothing where there is no colour."""
        return STYLE[part] if (self.colour_err if err else self.colour_out) else ""

    def flush(self) -> None:
        """Writes what waits for stdout; raises as `write` does."""
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._out(data)

    def _out(self, data: bytes) -> None:
        try:
            _write_all(self.out_fd, data)
        except BrokenPipeError:
            raise HttpeekError(Failure(STDOUT_CLOSED, "write", "standard output was closed by its reader")) from None
        except OSError as error:
            if error.errno == 9:  # EBADF: it was closed when we started
                raise HttpeekError(Failure(WRITE_FAILED, "write", "standard output is closed")) from None
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise HttpeekError(Failure(WRITE_FAILED, "write", f"the output could not be written: {reason}")) from None


class Captured(Screen):
    """A screen that keeps what both streams would get, in order: for rendering without a terminal."""

    def __init__(self) -> None:
        super().__init__(-1, -1)
        self._kept: list[bytes] = []

    def err(self, line: str) -> None:
        """Keeps one whole line."""
        self.flush()
        self._kept.append(line.encode("utf-8", "backslashreplace") + b"\n")

    def taken(self) -> bytes:
        """Everything that was written."""
        self.flush()
        return b"".join(self._kept)

    def _out(self, data: bytes) -> None:
        self._kept.append(data)


def _write_all(fd: int, data: bytes) -> None:
    """Writes everything, also where the descriptor takes a part only or was set to non-blocking by somebody."""
    try:
        written = os.write(fd, data)
        if written == len(data):
            return
    except BlockingIOError:
        written = 0
    left = memoryview(data)[written:]
    while left:
        try:
            left = left[os.write(fd, left) :]
        except BlockingIOError:
            _wait_until_writable(fd)


def _wait_until_writable(fd: int) -> None:
    import select

    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll()


def _width(environ: Mapping[str, str], fds: tuple[int, ...]) -> int:
    asked = environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    for fd in fds:
        try:
            columns = os.get_terminal_size(fd).columns
        except OSError as error:
            if error.errno not in (errno.ENOTTY, errno.EBADF, errno.EINVAL, errno.ENODEV, errno.EOPNOTSUPP):
                continue
        else:
            if columns > 0:
                return columns
    return 80


def terminal_charset(environ: Mapping[str, str], coerced: bool = False) -> str:
    """The codec of the locale's charset, by POSIX's order LC_ALL, LC_CTYPE, LANG. It names what a terminal shows, so
    it is looked up without `locale`, and UTF-8 where nothing is set.

    `coerced` tells that Python is in UTF-8 mode: it has put its own LC_CTYPE over the C locale (PEP 538), and what
    the user said stands in LANG.
    """
    kind = environ.get("LC_CTYPE", "")
    if coerced and kind in ("C.UTF-8", "C.utf8", "UTF-8"):
        kind = ""
    name = environ.get("LC_ALL") or kind or environ.get("LANG") or ""
    codeset = name.partition("@")[0].partition(".")[2]
    if not codeset:
        if name in ("C", "POSIX"):
            return "ascii"
        if not name:
            return "utf-8"
        codeset = "iso-8859-15" if name.endswith("@euro") else _locale_codeset()
    if codeset.lower().replace("-", "") == "utf8":
        return "utf-8"
    try:
        "".encode(codeset)
    except (LookupError, ValueError):
        return "ascii"
    return codeset


def _locale_codeset() -> str:
    try:
        from _locale import CODESET, nl_langinfo  # the C library's own word; `locale` itself imports re
    except ImportError:
        return "utf-8"
    return nl_langinfo(CODESET) or "utf-8"
