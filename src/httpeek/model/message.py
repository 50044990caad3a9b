"""Messages as RFC 9110 names their parts: field lines, heads, spans.

Everything here is bytes as on the wire. A field section is a plain tuple of (name, value) pairs in the
order received; names keep their spelling and are compared without regard to case (RFC 9110 section 5.1).
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Field: TypeAlias = tuple[bytes, bytes]
    Fields: TypeAlias = tuple[Field, ...]

OUT = "out"
"""The direction of bytes that leave this process."""
IN = "in"
"""The direction of bytes that arrive in this process."""


REDIRECTS = (301, 302, 303, 307, 308)
"""The statuses that ask for another request, at their Location (RFC 9110 section 15.4)."""
IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
"""Methods that may be repeated: a second time does what the first did (RFC 9110 section 9.2.2)."""


class Span(Noun):
    """Where a part stood on the wire: octets from `offset`, counted in its direction of the connection."""

    offset: int
    length: int


class RequestHead(Noun):
    """The request line and field section of one request (RFC 9112 section 3)."""

    method: bytes
    target: bytes
    version: bytes
    fields: Fields
    span: Span | None = None


class ResponseHead(Noun):
    """The status line and field section of one response, interim or final (RFC 9112 section 4)."""

    version: bytes
    status: int
    reason: bytes
    fields: Fields
    span: Span | None = None

    @property
    def interim(self) -> bool:
        """True for 1xx but 101: 101 ends HTTP/1 on the connection, nothing follows it (RFC 9110 15.2)."""
        return 100 <= self.status < 200 and self.status != 101


def values(fields: Fields, name: bytes) -> list[bytes]:
    """Every value of the field called `name` (given in lower case), in order."""
    return [value for key, value in fields if key.lower() == name]


def first(fields: Fields, name: bytes, default: bytes = b"") -> bytes:
    """The first value of the field called `name` (given in lower case), or `default`."""
    for key, value in fields:
        if key.lower() == name:
            return value
    return default


def has(fields: Fields, name: bytes) -> bool:
    """True when a field called `name` (given in lower case) is there."""
    return name in [key.lower() for key, _ in fields]


def firsts(fields: Fields) -> dict[bytes, bytes]:
    """The first value of each field by its name in lower case, for who looks for many."""
    return {key.lower(): value for key, value in reversed(fields)}


def members(fields: Fields, name: bytes) -> list[bytes]:
    """The members of a comma-separated list field, lower-cased, empty ones left out (RFC 9110 5.6.1)."""
    found = []
    for value in values(fields, name):
        for member in value.split(b","):
            word = member.strip(b" \t").lower()
            if word:
                found.append(word)
    return found
