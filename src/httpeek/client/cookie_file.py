"""Netscape's cookies.txt, as curl, wget and browsers' tools read and write it: text to cookies and back, and the file.

One line a cookie, seven fields between tabs: domain, TRUE where hosts below it get it too, path, TRUE for Secure,
seconds since 1970 (0: until the session ends), name, value. `#HttpOnly_` before the domain is HttpOnly; any other
line that begins with # is a comment. SameSite has no place in it.
"""

from __future__ import annotations

from httpeek.client.cookies import Cookie, Jar, canonical
from httpeek.client.kept import change, load
from httpeek.model.codes import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n"
_HTTP_ONLY = "#HttpOnly_"


class CookieFile:
    """A file of cookies in use: `jar` holds them, `save` keeps what was changed. It keeps no fields (`names`)."""

    names: frozenset[bytes] = frozenset()

    def __init__(self, path: str) -> None:
        """Raises HttpeekError (USAGE, READ_FAILED). A file that is not there is made by the first cookie."""
        self.path = path
        self.jar = Jar(self._read(load(path)))

    def save(self, now: int) -> None:
        """Changes the file by what this run changed. Raises HttpeekError (WRITE_FAILED, READ_FAILED, USAGE)."""
        if self.jar.changes:
            change(self.path, lambda text: write(Jar(self._read(text)).merged(self.jar.changes, now).cookies))

    def _read(self, text: str | None) -> list[Cookie]:
        return read(text or "", self.path)


def read(text: str, path: str) -> list[Cookie]:
    """The cookies of a file called `path`. Raises HttpeekError (USAGE) for a line that is none: a file that is
    something else is never written over."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        http_only = line.startswith(_HTTP_ONLY)
        line = line.removeprefix(_HTTP_ONLY)
        if not line.strip() or (line.startswith("#") and not http_only):
            continue
        parts = line.split("\t")
        if len(parts) == 6:
            parts.append("")  # an editor took the tab before an empty value away
        if len(parts) != 7 or not _is_number(parts[4]) or parts[1].upper() not in ("TRUE", "FALSE"):
            raise usage(f"--cookies {path}: line {number} is no line of a cookies.txt (seven fields between tabs)")
        domain, below, where, secure, expires, name, value = parts
        end = int(expires.partition(".")[0])
        found.append(
            Cookie(
                name,
                value,
                canonical(domain.removeprefix(".")),
                where if where.startswith("/") else "/",
                host_only=below.upper() == "FALSE",
                secure=secure.upper() == "TRUE",
                http_only=http_only,
                expires=end if end > 0 else None,
            )
        )
    return found


def write(cookies: Iterable[Cookie]) -> str:
    """The text of a file with these cookies. One with a tab in it has no form there and is left out."""
    lines = [HEAD]
    for cookie in cookies:
        parts = (
            (_HTTP_ONLY if cookie.http_only else "") + ("" if cookie.host_only else ".") + cookie.domain,
            "FALSE" if cookie.host_only else "TRUE",
            cookie.path,
            "TRUE" if cookie.secure else "FALSE",
            str(cookie.expires or 0),
            cookie.name,
            cookie.value,
        )
        if not any("\t" in part for part in parts):
            lines.append("\t".join(parts) + "\n")
    return "".join(lines)


def _is_number(text: str) -> bool:
    whole, _, part = text.partition(".")
    return whole.isascii() and whole.isdigit() and (not part or part.isdigit())
