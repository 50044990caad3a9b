"""Sessions: fields, credentials and cookies that are kept between runs, each for the origin that they belong to.

A session is a JSON file that a person can read and change:

    {"httpeek": "session/1",
     "origins": {"http://localhost:8080": {"fields": [["X-Team", "a"]],
                                           "auth": {"type": "basic", "user": "u", "secret": "p"}}},
     "cookies": [{"name": "a", "value": "1", "domain": "localhost", "path": "/", "host_only": true, ...}]}

Rules: what is kept for one origin is never sent to another; cookies go where RFC 6265bis sends them. Fields of content
(Content-*), of conditions (If-*) and of one message alone are not kept; a Cookie field becomes cookies. A session is
read when a run begins; at its end what the run changed, and nothing else, is changed in the file as it is then
(`client.kept`).
"""

from __future__ import annotations

import json

from httpeek.client.auth import Credentials
from httpeek.client.cookies import Cookie, Jar, canonical
from httpeek.client.kept import change
from httpeek.model.codes import usage
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from httpeek.model.message import Fields
    from httpeek.model.target import Target

VERSION = "session/1"
_LEFT_OUT = ("content-", "if-")
"""What the names of fields that are not kept begin with, as in HTTPie."""
_OF_ONE_MESSAGE = frozenset(("transfer-encoding", "expect", "host", "proxy-authorization"))


class Belongings(Noun):
    """What a session keeps for one origin."""

    fields: tuple[tuple[str, str], ...] = ()
    auth: Credentials | None = None


class Kept(Noun):
    """What is in the file: belongings by origin ("http://localhost:8080"), and cookies."""

    origins: Mapping[str, Belongings]
    cookies: tuple[Cookie, ...] = ()


class Session:
    """A session in use. `jar` holds its cookies, `names` those of the fields that it gave (in lower case); `remember`
    takes what a request brings along; `save` keeps it all. One that is `read_only` is written only where there was none
    before, as in HTTPie."""

    def __init__(self, path: str, text: str | None, read_only: bool = False) -> None:
        """Raises HttpeekError (USAGE) for text that is no session."""
        self.path = path
        self.names: frozenset[bytes] = frozenset()
        self._kept = read(text, path)
        self._writes = not read_only or text is None
        self._given: dict[str, Belongings] = {}
        self._removed: dict[str, frozenset[bytes]] = {}
        self.jar = Jar(self._kept.cookies)

    def fields(self, target: Target) -> Fields:
        """The fields that are kept for a target."""
        found = self._kept.origins.get(origin(target), Belongings())
        return tuple((_octets(name), _octets(value)) for name, value in found.fields)

    def credentials(self, target: Target) -> Credentials | None:
        """The credentials that are kept for a target."""
        found = self._kept.origins.get(origin(target), Belongings()).auth
        return None if found is None else found._replace(origin=target.origin, said="the session")

    def remember(self, target: Target, fields: Fields, removed: frozenset[bytes], auth: Credentials | None) -> None:
        """Takes what was typed for a target: fields in place of those of the same name, those to take out (names in
        lower case), and credentials."""
        where = origin(target)
        kept = tuple((_text(name), _text(value)) for name, value in fields if _is_kept(_text(name).lower()))
        self._given[where] = Belongings(kept, auth)
        self._removed[where] = removed

    def save(self, now: int) -> None:
        """Changes the file by what this run changed. Raises HttpeekError (WRITE_FAILED, READ_FAILED, USAGE)."""
        changed = any(b.fields or b.auth for b in self._given.values()) or any(self._removed.values())
        if self._writes and (changed or self.jar.changes):
            change(self.path, lambda text: write(self._merged(read(text, self.path), now)))

    def _merged(self, kept: Kept, now: int) -> Kept:
        origins = dict(kept.origins)
        for where, given in self._given.items():
            before = origins.get(where, Belongings())
            gone = {name.lower() for name, _ in given.fields} | {_text(name) for name in self._removed[where]}
            fields = tuple(field for field in before.fields if field[0].lower() not in gone)
            made = Belongings((*fields, *given.fields), given.auth or before.auth)
            if made.fields or made.auth or where in origins:
                origins[where] = made
        return Kept(origins, Jar(kept.cookies).merged(self.jar.changes, now).cookies)


def origin(target: Target) -> str:
    """What a session calls the origin of a target. The companion is one, whatever its port is today."""
    if target.companion:
        return "companion"
    return target._replace(path="").url


def pairs(field: bytes, target: Target) -> list[Cookie]:
    """The cookies of a Cookie field that was typed, for the target's host."""
    found = []
    for part in _text(field).split(";"):
        name, equals, value = part.strip(" \t").partition("=")
        if name or value:
            name, value = (name, value) if equals else ("", name)
            found.append(Cookie(name.strip(" \t"), value.strip(" \t"), canonical(target.host)))
    return found


def read(text: str | None, path: str) -> Kept:
    """What the text of a session file says. Raises HttpeekError (USAGE) where it is none."""
    if text is None or not text.strip():
        return Kept({})
    try:
        found = json.loads(text)
    except ValueError as error:
        raise usage(f"the session {path} is not JSON: {error}") from None
    if isinstance(found, dict) and "httpie" in found.get("__meta__", {}):
        raise usage(f"{path} is a session of HTTPie's: httpeek session import {path}")
    if not isinstance(found, dict) or found.get("httpeek") != VERSION:
        raise usage(f'the session {path} does not say "httpeek": "{VERSION}"')
    try:
        origins = {where: _belongings(kept) for where, kept in found.get("origins", {}).items()}
        return Kept(origins, tuple(_cookie(one) for one in found.get("cookies", ())))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise usage(f"the session {path} cannot be understood: {type(error).__name__}: {error}") from None


def write(kept: Kept) -> str:
    """The text of a session file."""
    origins: dict[str, dict[str, object]] = {}
    for where, belongings in kept.origins.items():
        said = origins[where] = {"fields": [list(field) for field in belongings.fields]}
        auth = belongings.auth
        if auth is not None:
            said["auth"] = {"type": auth.kind, "user": auth.user, "secret": auth.secret}
    cookies = [
        {name: value for name, value in cookie._asdict().items() if name not in ("made", "used")}
        for cookie in kept.cookies
    ]
    return json.dumps({"httpeek": VERSION, "origins": origins, "cookies": cookies}, indent=4) + "\n"


def _belongings(said: Mapping[str, Any]) -> Belongings:
    fields = tuple((str(name), str(value)) for name, value in said.get("fields", ()))
    auth = said.get("auth")
    if auth is None:
        return Belongings(fields)
    return Belongings(fields, Credentials(str(auth["type"]), str(auth.get("user", "")), str(auth["secret"])))


def _cookie(said: Mapping[str, Any]) -> Cookie:
    known = {name: said[name] for name in Cookie._fields if name in said and name not in ("made", "used")}
    return Cookie(**known)


def _is_kept(name: str) -> bool:
    return not name.startswith(_LEFT_OUT) and name not in _OF_ONE_MESSAGE and name != "cookie"


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
