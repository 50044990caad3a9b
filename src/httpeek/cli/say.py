"""Our own text on the standard streams: what commands print that show no exchange, and the line of an error.

Rules: the text is ASCII but for what it quotes; what is not printable in it is escaped, since a quoted word may come
from a peer. A stream whose charset lacks a character gets it escaped, never an exception. Views do not come here.
"""

from __future__ import annotations

import sys

from httpeek.model.codes import WRITE_FAILED, Failure, HttpeekError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


def say(text: str) -> None:
    """Writes text to stdout. Raises BrokenPipeError when its reader is gone, HttpeekError (WRITE_FAILED) otherwise."""
    if sys.stdout is None:
        raise HttpeekError(Failure(WRITE_FAILED, "write", "standard output is closed"))
    try:
        sys.stdout.write(_encodable(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise HttpeekError(Failure(WRITE_FAILED, "write", f"standard output: {error.strerror}")) from None


def error_lines(failure: Failure, stream: TextIO, variables: Mapping[str, str]) -> str:
    """`httpeek: (N) sentence` and, where the failure points at something, a line of carets under it.

    On a terminal both are in colour, if `variables` (the environment) have nothing against it.
    """
    from httpeek.render import terminal

    error = caret = ""
    if stream.isatty():
        from httpeek.render.screen import Screen

        screen = Screen.detect(variables)
        error, caret = screen.colour("error", err=True), screen.colour("caret", err=True)
    lines = terminal.error_lines(failure.code, failure.sentence, failure.pointer, error, caret)
    return _encodable("".join(f"{line}\n" for line in lines), stream)


def printable(text: str) -> str:
    """The text with every character that could drive a terminal escaped, line ends too."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _encodable(text: str, stream: TextIO) -> str:
    if text.isascii():
        return text
    charset = stream.encoding or "ascii"
    return text.encode(charset, "backslashreplace").decode(charset)
