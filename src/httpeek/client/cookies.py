"""Cookies (RFC 6265bis): a jar that takes Set-Cookie fields and gives the Cookie field for a target.

Rules: what the RFC has a user agent do, it does: domain, path, Secure, `__Host-` and `__Secure-`, public suffixes,
expiry, limits, the order. SameSite is kept and not used: a person at a command line is no other site. Requests to
this machine (localhost, 127.0.0.1, ::1) count as secure, as in browsers and curl. Times are seconds since 1970, given
by the caller. What was changed since the jar was filled is known (`changes`), so that two processes can share what it
is kept in. Nothing here does I/O; the list of public suffixes is imported where a Domain has to be looked up in it.
"""

from __future__ import annotations

from httpeek.client.cookie_date import seconds
from httpeek.model.nouns import Noun
from httpeek.model.target import ascii_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from httpeek.model.target import Target

    Key: TypeAlias = tuple[str, bool, str, str]

LARGEST = 4096
"""Octets of a cookie's name and value together (RFC 6265bis section 5.6); of an attribute's value a quarter."""
LONGEST = 400 * 86_400
"""Seconds that a cookie lives at most (RFC 6265bis section 5.5)."""
MOST_OF_A_DOMAIN = 180
"""Cookies of one domain: the RFC asks for 50 at least; browsers keep 180."""
MOST = 3000
"""Cookies of all domains: what the RFC asks for at least."""
_SAME_SITE = {"none": "None", "lax": "Lax", "strict": "Strict"}
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Cookie(Noun):
    """One cookie. `domain` is without a leading dot; `host_only` keeps it from hosts below that. `expires` is None for
    one that ends with the session. `made` and `used` are its place in the order of cookies made and sent."""

    name: str
    value: str
    domain: str
    path: str = "/"
    host_only: bool = True
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    expires: int | None = None
    made: int = 0
    used: int = 0

    @property
    def key(self) -> Key:
        """What a jar has one of (RFC 6265bis section 5.7)."""
        return (self.domain, self.host_only, self.path, self.name)

    def goes_to(self, target: Target, now: int) -> bool:
        """True for a cookie that is sent to the target (section 5.8.3)."""
        host = canonical(target.host)
        there = host == self.domain if self.host_only else is_below(host, self.domain)
        alive = self.expires is None or self.expires > now
        return there and alive and path_fits(_path(target), self.path) and (is_secure(target) or not self.secure)


class Jar:
    """The cookies of one client."""

    def __init__(self, cookies: Iterable[Cookie] = ()) -> None:
        self._cookies: dict[Key, Cookie] = {}
        self._turn = 0
        self.changes: dict[Key, Cookie | None] = {}
        for cookie in cookies:
            self._turn += 1
            self._cookies[cookie.key] = cookie._replace(made=self._turn, used=self._turn)

    @property
    def cookies(self) -> tuple[Cookie, ...]:
        """All cookies in the order in which they were made."""
        return tuple(sorted(self._cookies.values(), key=lambda cookie: cookie.made))

    def store(self, target: Target, values: Sequence[bytes], now: int) -> list[str]:
        """Takes the Set-Cookie fields of a response from the target; returns a sentence for each that was refused."""
        refused = []
        for value in values:
            cookie, why = read(value, target, now)
            if cookie is not None and not why:
                why = self._overlays(cookie, target)
            if why:
                refused.append(why)
            elif cookie is not None:
                self.put(cookie, now)
        return refused

    def put(self, cookie: Cookie, now: int) -> None:
        """Puts one cookie in, in the place of the one with its key; one that has expired takes that one out."""
        before = self._cookies.pop(cookie.key, None)
        if cookie.expires is not None and cookie.expires <= now:
            if before is not None:
                self.changes[cookie.key] = None
            return
        self._turn += 1
        made = self._turn if before is None else before.made
        self._cookies[cookie.key] = self.changes[cookie.key] = cookie._replace(made=made, used=self._turn)
        self._evict(cookie.domain, now)

    def field(self, target: Target, now: int) -> bytes | None:
        """The value of the Cookie field for a request to the target, None where no cookie goes there: longer paths
        first, then those made earlier (section 5.8.3)."""
        going = [cookie for cookie in self._cookies.values() if cookie.goes_to(target, now)]
        going.sort(key=lambda cookie: (-len(cookie.path), cookie.made))
        for cookie in going:
            self._turn += 1
            self._cookies[cookie.key] = cookie._replace(used=self._turn)
        pairs = [f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in going]
        return "; ".join(pairs).encode("utf-8", "surrogateescape") if pairs else None

    def merged(self, changes: Mapping[Key, Cookie | None], now: int) -> Jar:
        """A jar with these cookies, and the changes of another one made to them."""
        made = Jar(cookie for cookie in self.cookies if cookie.expires is None or cookie.expires > now)
        for key, cookie in changes.items():
            if cookie is None:
                made._cookies.pop(key, None)
            else:
                made.put(cookie, now)
        return made

    def _overlays(self, cookie: Cookie, target: Target) -> str:
        """Why a cookie from a connection in the clear may not lie over a secure one (section 5.7); "" if it may."""
        if cookie.secure or is_secure(target):
            return ""
        for other in self._cookies.values():
            near = is_below(cookie.domain, other.domain) or is_below(other.domain, cookie.domain)
            if other.secure and other.name == cookie.name and near and path_fits(cookie.path, other.path):
                return f"cookie {cookie.name}: a secure one is not replaced in the clear (RFC 6265bis 5.7)"
        return ""

    def _evict(self, domain: str, now: int) -> None:
        """Takes cookies out where there are too many: expired ones, then of a domain that has too many those that are
        not secure, then the others; of each the one that was not sent for the longest time (section 5.7)."""
        if len(self._cookies) <= MOST_OF_A_DOMAIN:
            return
        for key, cookie in list(self._cookies.items()):
            if cookie.expires is not None and cookie.expires <= now:
                self._drop(key)
        for most, mine in ((MOST_OF_A_DOMAIN, True), (MOST, False)):
            found = [c for c in self._cookies.values() if c.domain == domain or not mine]
            found.sort(key=lambda cookie: (cookie.secure and mine, cookie.used))
            for cookie in found[: max(0, len(found) - most)]:
                self._drop(cookie.key)

    def _drop(self, key: Key) -> None:
        del self._cookies[key]
        self.changes[key] = None


def read(value: bytes, target: Target, now: int) -> tuple[Cookie | None, str]:
    """A cookie from a Set-Cookie field of a response from the target, or a sentence that says why there is none
    (RFC 6265bis sections 5.6 and 5.7)."""
    text = value.decode("utf-8", "surrogateescape")
    pair, *attributes = text.split(";")
    name, equals, content = pair.partition("=")
    name, content = (name.strip(" \t"), content.strip(" \t")) if equals else ("", pair.strip(" \t"))
    called = f"cookie {name or content}"
    if any((o < 0x20 and o != 0x09) or o == 0x7F for o in value):
        return None, f"{called}: it has a control character (RFC 6265bis 5.6)"
    if not name and not content:
        return None, "a cookie without name and value (RFC 6265bis 5.6)"
    if len(value.partition(b";")[0]) > LARGEST:
        return None, f"cookie {name[:40]}: it is longer than {LARGEST} bytes (RFC 6265bis 5.6)"
    known = _attributes(attributes)
    cookie = Cookie(
        name,
        content,
        canonical(target.host),
        known["path"] if known.get("path", "").startswith("/") else default_path(target),
        secure="secure" in known,
        http_only="httponly" in known,
        same_site=_SAME_SITE.get(known.get("samesite", "").lower(), ""),
        expires=_expiry(known, now),
    )
    if known.get("domain"):
        domain = canonical(known["domain"].removeprefix("."))
        why = _refuses(domain, cookie.domain)
        if why is None:
            cookie = cookie._replace(domain=domain, host_only=False)
        elif why:
            return None, f"{called}: {why}"
    why = _unsuited(cookie, known, target)
    return (None, f"{called}: {why}") if why else (cookie, "")


def _attributes(parts: Sequence[str]) -> dict[str, str]:
    """The attributes by name in lower case; the last of several counts, and one that is too long does not."""
    known = {}
    for part in parts:
        name, _, content = part.partition("=")
        name, content = name.strip(" \t").lower(), content.strip(" \t")
        if len(content) <= LARGEST // 4:
            known[name] = content
    return known


def _expiry(known: Mapping[str, str], now: int) -> int | None:
    """When a cookie ends: Max-Age goes before Expires; what cannot be read is as if it were not there."""
    age = known.get("max-age", "")
    digits = age.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        return now if age.startswith("-") or not digits.strip("0") else now + min(LONGEST, int(digits[:12]))
    end = seconds(known["expires"]) if "expires" in known else None
    return None if end is None else min(end, now + LONGEST)


def _refuses(domain: str, host: str) -> str | None:
    """Why a host may not set a cookie for a domain; None where it may, "" where the cookie is for the host alone."""
    if domain == host and (is_address(host) or is_public(domain)):
        return ""
    if is_address(host) or not is_below(host, domain):
        return f"{host} may not set it for {domain} (RFC 6265bis 5.7)"
    if is_public(domain):
        return f"{domain} is a public suffix (RFC 6265bis 5.7)"
    return None


def _unsuited(cookie: Cookie, known: Mapping[str, str], target: Target) -> str:
    """Why a cookie is not what its attributes and its name promise (sections 5.6 and 5.7); "" where it is."""
    if cookie.secure and not is_secure(target):
        return "it is Secure and came in the clear (RFC 6265bis 5.7)"
    promise = (cookie.name or cookie.value).lower()
    if promise.startswith(("__secure-", "__host-")):
        if not cookie.name:
            return "a value without a name may not begin so (RFC 6265bis 5.7)"
        if not cookie.secure:
            return "its name promises Secure (RFC 6265bis 4.1.3)"
    if promise.startswith("__host-") and (known.get("domain") or known.get("path") != "/"):
        return "its name promises Path=/ and no Domain (RFC 6265bis 4.1.3)"
    return ""


def is_secure(target: Target) -> bool:
    """True where what is sent cannot be read on the way: TLS, a unix socket, this machine."""
    host = target.host.lower()
    return target.scheme == "https" or bool(target.unix) or host in _LOCAL or host.endswith(".localhost")


def canonical(host: str) -> str:
    """A host as cookies compare it: in lower case, ASCII, without a final dot (section 5.1.2)."""
    from httpeek.model.codes import HttpeekError

    try:
        return ascii_host(host).lower().removesuffix(".")
    except HttpeekError:
        return host.lower()


def is_below(host: str, domain: str) -> bool:
    """True for a host that domain-matches (section 5.1.3): the domain itself, or a name under it."""
    return host == domain or (host.endswith("." + domain) and not is_address(host))


def is_address(host: str) -> bool:
    """True for an IP address: it has no names under it."""
    return ":" in host or host.replace(".", "").isdigit()


def is_public(domain: str) -> bool:
    """True for a public suffix, under which names belong to different people: com, co.uk, github.io."""
    if "." not in domain:
        return True  # the list's own rule for what it does not know
    from publicsuffixlist import PublicSuffixList

    return bool(PublicSuffixList().is_public(domain))


def path_fits(path: str, of_cookie: str) -> bool:
    """True for a path that path-matches (section 5.1.4)."""
    return path == of_cookie or (path.startswith(of_cookie) and (of_cookie[-1:] == "/" or path[len(of_cookie)] == "/"))


def default_path(target: Target) -> str:
    """The path of a cookie that names none: the target's, up to its last slash (section 5.1.4)."""
    return _path(target).rpartition("/")[0] or "/"


def _path(target: Target) -> str:
    path = target.path.partition("?")[0]
    return path if path.startswith("/") else "/"
