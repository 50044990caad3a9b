"""Cookies: what was sent, what is set, what is deleted (RFC 6265)."""

from __future__ import annotations

from httpeek.server.app.answer import Refused, json
from httpeek.server.app.redirects import moved
from httpeek.server.app.request import arguments, cookies, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.server.app.answer import Answer, Environ

MOST = 50
"""The most cookies at once: RFC 6265 section 6.1 asks user agents for 50 a domain."""
_NAME = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PAST = "Thu, 01 Jan 1970 00:00:00 GMT"


def sent(environ: Environ) -> Answer:
    """The cookies of the request."""
    return json({"cookies": cookies(environ)})


def given(environ: Environ) -> Answer:
    """Sets the cookies of the query, then /cookies."""
    return _set(arguments(environ))


def one(environ: Environ, name: str, value: str) -> Answer:
    """Sets one cookie, then /cookies."""
    return _set([(name, value)])


def gone(environ: Environ) -> Answer:
    """Deletes the cookies that the query names, then /cookies."""
    names = [name for name, _ in arguments(environ)]
    return _moved([f"{_name(name)}=; Expires={_PAST}; Max-Age=0; Path=/" for name in names])


def _set(found: Sequence[tuple[str, str]]) -> Answer:
    return _moved([f"{_name(name)}={_value(value)}; Path=/" for name, value in found])


def _moved(lines: Sequence[str]) -> Answer:
    if len(lines) > MOST:
        raise Refused(400, f"up to {MOST} cookies at once, not {len(lines)}")
    return moved("/cookies", 302, *[("Set-Cookie", line) for line in lines])


def _name(name: str) -> str:
    if not name or not _NAME.issuperset(name):
        raise Refused(400, f"{shown(name) or 'an empty text'} is no cookie's name: it is a token (RFC 6265 4.1.1)")
    return name


def _value(value: str) -> str:
    if not all("!" <= c <= "~" and c not in '",;\\' for c in value):
        raise Refused(400, f"{shown(value)} is no cookie's value: no space, quote, comma, semicolon (RFC 6265 4.1.1)")
    return value
