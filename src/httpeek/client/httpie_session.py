"""HTTPie's session files, old and new (its versions up to 3.1, and since 3.1), read as a session of ours."""

from __future__ import annotations

import json

from httpeek.client.auth import KINDS, Credentials
from httpeek.client.cookies import Cookie, canonical
from httpeek.client.session import Belongings, Kept
from httpeek.model.codes import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any


def read(text: str, path: str, origins: Sequence[str], host: str) -> Kept:
    """What the file keeps, for the origins given: HTTPie's fields and credentials name none. A cookie that names no
    domain is for `host`. Raises HttpeekError (USAGE) where it is no session of HTTPie's."""
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or not {"headers", "cookies"} & set(found):
            raise usage(f"{path} is no session of HTTPie's: it has neither headers nor cookies")
        kept = Belongings(tuple(_fields(found.get("headers") or ())), _auth(found.get("auth") or {}, path))
        return Kept(dict.fromkeys(origins, kept), tuple(_cookies(found.get("cookies") or (), host)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise usage(f"{path} is no session of HTTPie's: {error}") from None


def _fields(said: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    found = said.items() if hasattr(said, "items") else [(one["name"], one["value"]) for one in said]
    for name, value in found:
        if name.lower() != "user-agent" or not str(value).startswith("HTTPie/"):
            yield str(name), str(value)


def _auth(said: Mapping[str, Any], path: str) -> Credentials | None:
    kind = said.get("type")
    if kind is None:
        return None
    if kind not in KINDS:
        raise usage(f'{path} has credentials of the type "{kind}", which httpeek does not have')
    raw = said.get("raw_auth")
    if raw is None:
        return Credentials(kind, str(said.get("username", "")), str(said.get("password", "")))
    if kind == "bearer":
        return Credentials(kind, "", str(raw))
    user, _, password = str(raw).partition(":")
    return Credentials(kind, user, password)


def _cookies(said: Mapping[str, Any] | Sequence[Mapping[str, Any]], host: str) -> Iterator[Cookie]:
    found = [{"name": name, **one} for name, one in said.items()] if hasattr(said, "items") else said
    for one in found:
        domain = str(one.get("domain") or "")
        expires = one.get("expires")
        yield Cookie(
            str(one["name"]),
            str(one["value"]),
            canonical(domain.removeprefix(".")) or canonical(host),
            str(one.get("path") or "/"),
            host_only=not domain.startswith("."),
            secure=bool(one.get("secure")),
            expires=None if expires is None else int(expires),
        )
