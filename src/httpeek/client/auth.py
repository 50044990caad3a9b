"""Credentials and the challenges that ask for them (RFC 9110 section 11): for origins, and for proxies by other names.

Rules: credentials belong to one origin and are sent to no other. Basic and bearer ones are sent unasked; Digest
answers a challenge, and is sent unasked once a nonce is known (`client.digest`). Field values are read and written as
octets; text in them is UTF-8, and what is not is kept by surrogate escapes. Nothing here touches a socket or a file.
"""

from __future__ import annotations

from httpeek.client.complete import basic
from httpeek.model.message import values
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from httpeek.client.netrc import Entry
    from httpeek.model.message import Field, Fields
    from httpeek.model.target import Target

    Origin: TypeAlias = tuple[str, str, int, str]
    Parameters: TypeAlias = tuple[tuple[str, str], ...]

KINDS = ("basic", "digest", "bearer")
"""The kinds of credentials, as `--auth-type` has them."""
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TOKEN68 = frozenset("-._~+/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Credentials(Noun):
    """`kind` is one of `KINDS`; `secret` is the password, or the token of a bearer, who has no `user`. They belong to
    `origin`; None is that of the request that was asked for. `said` is where they were said: "-a", ".netrc"."""

    kind: str
    user: str
    secret: str
    origin: Origin | None = None
    said: str = "-a"


class Keys(Noun):
    """What a run has to show who asks: the credentials that were given for one origin, the entries of .netrc, and
    the kind of the credentials that these make. `everywhere` sends the given ones to every origin."""

    given: Credentials | None = None
    entries: tuple[Entry, ...] = ()
    kind: str = "basic"
    everywhere: bool = False


class Challenge(Noun):
    """One challenge (RFC 9110 section 11.6.1): its scheme in lower case, and a token68 or parameters, their names in
    lower case."""

    scheme: str
    token: str = ""
    parameters: Parameters = ()

    def get(self, name: str) -> str | None:
        """The value of a parameter, None where it is left out. Of one that is there twice, the first counts."""
        return next((value for key, value in self.parameters if key == name), None)


def key(keys: Keys, target: Target, asked: Target) -> Credentials | None:
    """The credentials for a target in a run that asked for `asked` first, or None.

    An entry of .netrc is for a host: after a redirect to another port or scheme of the same host it is not sent, nor
    is the default entry, nor any from https to http.
    """
    given = keys.given
    if given is not None and (keys.everywhere or (given.origin or asked.origin) == target.origin):
        return given._replace(origin=target.origin)
    if not keys.entries:
        return None
    from httpeek.client.netrc import find

    first_one = target.origin == asked.origin
    if not first_one and (target.host == asked.host or (asked.scheme, target.scheme) == ("https", "http")):
        return None
    entry = find(keys.entries, target.host, default=first_one)
    return None if entry is None else entry.credentials(keys.kind)._replace(origin=target.origin)


def first(credentials: Credentials, name: bytes = b"Authorization") -> Field | None:
    """The field that is sent unasked; None for Digest, which has to be asked first."""
    if credentials.kind == "digest":
        return None
    if credentials.kind == "bearer":
        return name, b"Bearer " + credentials.secret.encode("utf-8", "surrogateescape")
    return name, basic(credentials.user, credentials.secret)


def challenges(fields: Fields, name: bytes = b"www-authenticate") -> list[Challenge]:
    """The challenges of a response in their order; the rest of a line that cannot be read is left out."""
    found: list[Challenge] = []
    for value in values(fields, name):
        found += _read(value.decode("utf-8", "surrogateescape"))
    return found


def parameters(value: bytes) -> Parameters:
    """The parameters of an Authentication-Info field (RFC 7615), which has no scheme."""
    text = value.decode("utf-8", "surrogateescape")
    return _Reader(text).parameters()


def _read(text: str) -> list[Challenge]:
    reader = _Reader(text)
    found: list[Challenge] = []
    while True:
        reader.skip(" \t,")
        scheme = reader.take(_TOKEN)
        if not scheme:
            return found
        token = "" if reader.at(",") else reader.token68()
        found.append(Challenge(scheme.lower(), token, () if token else reader.parameters()))


class _Reader:
    """A place in a field value, moved by what is read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def at(self, character: str) -> bool:
        return self._text.startswith(character, self._place)

    def skip(self, characters: str) -> None:
        while self._place < len(self._text) and self._text[self._place] in characters:
            self._place += 1

    def take(self, letters: frozenset[str]) -> str:
        start = self._place
        while self._place < len(self._text) and self._text[self._place] in letters:
            self._place += 1
        return self._text[start : self._place]

    def token68(self) -> str:
        """Reads a token68, which fills its challenge alone; "" where there is something else."""
        start = self._place
        self.skip(" ")
        token = self.take(_TOKEN68)
        end = self._place
        self.skip("=")
        token += self._text[end : self._place] if token else ""
        self.skip(" \t")
        if token and (self._place == len(self._text) or self.at(",")):
            return token
        self._place = start
        return ""

    def parameters(self) -> Parameters:
        """Reads name=value pairs up to what is none: the next scheme, or the end."""
        found: list[tuple[str, str]] = []
        while True:
            start = self._place
            self.skip(" \t,")
            name = self.take(_TOKEN)
            self.skip(" \t")
            if not name or not self.at("="):
                self._place = start
                return tuple(found)
            self._place += 1
            self.skip(" \t")
            found.append((name.lower(), self._quoted() if self.at('"') else self.take(_TOKEN)))

    def _quoted(self) -> str:
        """A quoted-string without its quotes and escapes (RFC 9110 section 5.6.4); one without an end goes to it."""
        made = ""
        self._place += 1
        while self._place < len(self._text) and not self.at('"'):
            self._place += self.at("\\")
            made += self._text[self._place : self._place + 1]
            self._place += 1
        self._place += 1
        return made
