"""A multipart/form-data body (RFC 7578) as a `Body` whose parts are read while they are sent.

Rules: nothing is loaded, and the length is known wherever each file has one. A part's name and file name are UTF-8
with `"`, CR and LF as %22, %0D and %0A (RFC 7578 section 2, and what browsers do). A part has a Content-Type only
where one is known.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun
from httpeek.model.plan import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_BOUNDARY = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ")
"""The characters of a boundary (RFC 2046 section 5.1.1)."""
_LONGEST = 70
_TOKEN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'+_-.")
"""Those of them that need no quotes as the value of a parameter (RFC 9110 section 5.6.6)."""


class Part(Noun):
    """One part of a form: its name, its content, and the file name and media type that it is given with."""

    name: str
    content: Body
    filename: str | None = None
    media_type: bytes = b""


def encoded(parts: Sequence[Part], boundary: str) -> Body:
    """The body of a form with these parts, in order."""
    pieces: list[Body] = []
    between = f"--{boundary}\r\n".encode("ascii")
    for part in parts:
        head = between + _head(part)
        if part.content.path or part.content.fd >= 0:
            pieces += [_octets(head), part.content]
            head = b""
        else:
            head += part.content.data
        between = head + f"\r\n--{boundary}\r\n".encode("ascii")
    # The last delimiter ends with two hyphens.
    end = between[:-2] + b"--\r\n"
    pieces.append(_octets(end))
    if len(pieces) == 1:
        return pieces[0]
    lengths = [piece.length for piece in pieces]
    known = sum(length for length in lengths if length is not None)
    return Body(parts=tuple(pieces), length=None if None in lengths else known)


def media_type(boundary: str) -> bytes:
    """The media type of a form with this boundary."""
    return b"multipart/form-data; " + parameter(boundary)


def parameter(boundary: str) -> bytes:
    """The parameter that names the boundary, in quotes where it needs them."""
    text = boundary if _TOKEN.issuperset(boundary) else f'"{boundary}"'
    return f"boundary={text}".encode("ascii")


def random_boundary() -> str:
    """A boundary that stands in no content but by a chance of one to 2**128."""
    from os import urandom

    return urandom(16).hex()


def checked(boundary: str) -> str:
    """The boundary, if it is one. Raises HttpeekError (USAGE)."""
    if not boundary or len(boundary) > _LONGEST or not _BOUNDARY.issuperset(boundary) or boundary.endswith(" "):
        raise usage(f'"{boundary}" is no boundary: 1 to {_LONGEST} letters, digits and \'()+_,-./:=? (RFC 2046 5.1.1)')
    return boundary


def _head(part: Part) -> bytes:
    line = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.filename is not None:
        line += f'; filename="{_quoted(part.filename)}"'
    octets = line.encode("utf-8", "surrogateescape") + b"\r\n"
    if part.media_type:
        octets += b"Content-Type: " + part.media_type + b"\r\n"
    return octets + b"\r\n"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _octets(data: bytes) -> Body:
    return Body(data, length=len(data))
