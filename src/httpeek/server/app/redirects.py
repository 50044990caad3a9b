"""Redirects: some in a row, relative and absolute, and one to anywhere."""

from __future__ import annotations

from httpeek.server.app.answer import Refused, empty, text
from httpeek.server.app.request import argument, base, shown, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ

MOST = 1000
"""The most redirects in a row: clients stop at 20 to 50."""
_LOCATION = 8_000
"""The longest Location that is sent: RFC 9110 section 4.1 asks everybody to take URLs that long."""


def some(environ: Environ, count: str) -> Answer:
    """302 to one less, and from 1 to /get."""
    return _next(environ, count, "redirect", argument(environ, "absolute").lower() == "true")


def relative(environ: Environ, count: str) -> Answer:
    """The same, with paths of this page."""
    return _next(environ, count, "relative-redirect", False)


def absolute(environ: Environ, count: str) -> Answer:
    """The same, with full URLs."""
    return _next(environ, count, "absolute-redirect", True)


def _next(environ: Environ, count: str, name: str, full: bool) -> Answer:
    left = whole_number(count, f"/{name}/N: N", MOST, 1)
    where = "/get" if left == 1 else f"/{name}/{left - 1}"
    if full and left > 1 and name == "redirect":
        where += "?absolute=true"
    return moved((base(environ) if full else "") + where, 302)


def to(environ: Environ) -> Answer:
    """A redirect to the URL of the query, with the status of the query."""
    where = argument(environ, "url")
    if not where:
        raise Refused(400, "/redirect-to needs a URL to point to: ?url=/get")
    code = whole_number(argument(environ, "status_code", "302"), "status_code", 399, 300)
    if any(c < " " or c == "\x7f" for c in where):
        raise Refused(400, "the URL has control characters")
    location = "".join(c if "!" <= c <= "~" else "".join(f"%{o:02X}" for o in c.encode("utf-8")) for c in where)
    if len(location) > _LOCATION:
        raise Refused(400, f"the URL has {len(location)} bytes; Location takes {_LOCATION} here")
    return moved(location, code)


def moved(where: str, status: int, *fields: tuple[str, str]) -> Answer:
    """A redirect that says in words too where it points."""
    if status == 304:
        return empty(304, ("Location", where), *fields)
    return text(f"this is at {shown(where)}\n", status, ("Location", where), *fields)
