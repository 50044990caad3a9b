"""Status and fields of an application's answer: checked by PEP 3333, and made into the octets that are sent.

An application answers with few different statuses and fields; those that were right once are kept, as octets. The
caches are bounded, and hold no length and nothing long.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    Prepared: TypeAlias = tuple[bytes, bytes, bytes, bytes]

_HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Fields that an application may not set (PEP 3333, RFC 9110 section 7.6.1)."""
_DROPPED = b"proxy-authenticate"
"""PEP 3333 counts it among those, RFC 9110 no longer does: a page that shows a 407 is served without it."""
_LENGTH = b"content-length"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TEXT = bytes(o for o in range(0x100) if (o >= 0x20 and o != 0x7F) or o == 0x09)
"""What a field value and a reason may have (RFC 9110 section 5.5)."""
_KEPT = 1000
"""Fields, and statuses, that are kept."""
_LONG = 200
"""Characters of a value that is too long to be kept."""

_STATUSES: dict[str, tuple[int, bytes, bytes]] = {}
_PREPARED: dict[Any, Prepared] = {}


class ApplicationError(Exception):
    """The application broke PEP 3333; the text says how."""


def prepared_status(status: str) -> tuple[int, bytes, bytes]:
    """The code, the reason, and the status line of a status such as "200 OK". Raises ApplicationError."""
    if not isinstance(status, str):
        raise ApplicationError(f"the status is {type(status).__name__}, not str")
    made = _STATUSES.get(status)
    if made is None:
        code, _, reason = status.partition(" ")
        if not (len(code) == 3 and code.isascii() and code.isdigit()) or code[0] not in "12345":
            raise ApplicationError(f"the status {status!r} does not begin with three digits")
        if code[0] == "1":
            raise ApplicationError(f"the status {status!r} is an interim one, and no answer")
        octets = _octets(reason, "the reason")
        made = int(code), octets, b"HTTP/1.1 %b %b\r\n" % (code.encode("ascii"), octets)
        if len(_STATUSES) < _KEPT:
            _STATUSES[status] = made
    return made


def prepared_fields(headers: Iterable[tuple[str, str]]) -> tuple[list[Prepared], int | None]:
    """Each field as its name, its value, its name in lower case, and its line with CRLF; and the Content-Length among
    them, None where there is none. Raises ApplicationError."""
    fields = []
    length = None
    for field in headers:
        try:
            made = _PREPARED.get(field)
        except TypeError:  # not even hashable
            made = None
        if made is None:
            made = _prepare(field)
            if made[2] == _LENGTH:
                if length is not None:
                    raise ApplicationError("the application gave Content-Length twice")
                length = int(made[1])
            elif made[2] == _DROPPED:
                continue
        fields.append(made)
    return fields, length


def _prepare(field: Any) -> Prepared:
    """One field, checked and made."""
    name, value = field
    if not isinstance(name, str) or not isinstance(value, str):
        raise ApplicationError(f"the field {name!r} is not a pair of str")
    if not name or not _TOKEN.issuperset(name):
        raise ApplicationError(f"the field name {name!r} is not a token")
    if name.lower() in _HOP_BY_HOP:
        raise ApplicationError(f"{name} is the server's to set (PEP 3333: no hop-by-hop fields)")
    octets = name.encode("ascii")
    lower = octets.lower()
    text = value.encode("ascii") if value.isascii() and value.isprintable() else _octets(value, name)
    made = octets, text, lower, b"%b: %b\r\n" % (octets, text)
    if lower == _LENGTH:
        if not text.isdigit():
            raise ApplicationError(f"Content-Length {value!r} is not a number")
    elif len(_PREPARED) < _KEPT and len(text) <= _LONG and lower != _DROPPED and type(field) is tuple:
        _PREPARED[field] = made
    return made


def _octets(text: str, what: str) -> bytes:
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        raise ApplicationError(f"{what} has characters outside latin-1") from None
    if octets.translate(None, _TEXT):
        raise ApplicationError(f"{what} has CR, LF, NUL or another control character in it")
    return octets
