"""The target URI: what a user may write for it, and what goes on the wire (RFC 3986, RFC 9110 section 4).

`parse` reads a URL as people type it: `localhost:8080/`, `:8080/x`, `example.org`, `https://...`, `://host`,
`/path` (the companion server), `http+unix://%2Frun%2Fx.sock/path`. It never guesses silently: what it cannot read is an
error that says which part is wrong.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun

DEFAULT_PORTS = {"http": 80, "https": 443}

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""Octets that mean the same with percent-encoding and without it (RFC 3986 section 2.3)."""
_PATH_KEPT = UNRESERVED | frozenset(b"!$&'()*+,;=:@/%?[]#")
"""Octets of a path or query that are sent as typed; all others are percent-encoded (RFC 3986 section 2)."""
_HOST_FORBIDDEN = frozenset(' \t"#%/<>?@[\\]^`{|}')
_HEX = frozenset("0123456789abcdefABCDEF")


class Target(Noun):
    """Where a request goes. `host` is without brackets and in ASCII; `path` is the path with its query, as sent;
    `unix` is a socket path, or empty; `companion` is True when the URL had no host (it began with "/")."""

    scheme: str
    host: str
    port: int
    path: str
    unix: str = ""
    user: str | None = None
    password: str | None = None
    companion: bool = False

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: the value of a Host field (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int, str]:
        """What has to be equal for two targets to be of one origin (RFC 9110 section 4.3.1)."""
        return (self.scheme, self.host.lower(), self.port, self.unix)

    @property
    def url(self) -> str:
        """The URL in full, without userinfo."""
        if self.unix:
            quoted = "".join(c if c.isalnum() or c in "-._~" else f"%{ord(c):02X}" for c in self.unix)
            return f"{self.scheme}+unix://{quoted}{self.path}"
        path = self.path if self.path.startswith("/") else ""
        return f"{self.scheme}://{self.authority}{path}"


def parse(url: str, default_scheme: str = "http", path_as_is: bool = False) -> Target:
    """Reads a URL as typed. Raises HttpeekError (USAGE) that names the part that is wrong."""
    _refuse_controls(url)
    if not url.strip():
        raise usage("the URL is empty")
    if url.startswith("/") and not url.startswith("//"):
        return Target("http", "localhost", 80, _path(url, path_as_is), companion=True)
    scheme, rest = _scheme(url, default_scheme)
    unix = scheme.endswith("+unix")
    scheme = scheme.removesuffix("+unix")
    if scheme not in DEFAULT_PORTS:
        raise usage(f'the scheme of "{url}" is neither http nor https')
    end = len(rest)
    for mark in "/?#":
        found = rest.find(mark, 0, end)
        end = found if found >= 0 else end
    authority, tail = rest[:end], rest[end:]
    path = _path(tail, path_as_is)
    userinfo, at, hostport = authority.rpartition("@")
    user = password = None
    if at:
        user, colon, secret = userinfo.partition(":")
        user, password = unquote(user), unquote(secret) if colon else None
    if unix:
        socket_path = unquote(hostport)
        if not socket_path:
            raise usage(f'no socket path in "{url}": write http+unix://%2Frun%2Fx.sock/path')
        return Target(scheme, "localhost", DEFAULT_PORTS[scheme], path, socket_path, user, password)
    host, port = split_host_port(hostport, url)
    if not host and not url.startswith(":"):
        raise usage(f'"{url}" has no host (is a variable empty?); for this machine write :8080/path')
    if port is None:
        port = DEFAULT_PORTS[scheme]
    return Target(scheme, ascii_host(host or "localhost"), port, path, "", user, password, False)


def _scheme(url: str, default: str) -> tuple[str, str]:
    if url.startswith(("//", "://")):  # "://" is what is left of a URL that was pasted behind a scheme
        return default, url.partition("//")[2]
    name, mark, rest = url.partition("://")
    if mark and name in DEFAULT_PORTS:
        return name, rest
    if mark and name and name.isascii() and name.replace("+", "").replace("-", "").replace(".", "").isalnum():
        return name.lower(), rest
    name, mark, rest = url.partition(":")
    if mark and name.lower() in ("file", "javascript", "data", "mailto", "about"):
        raise usage(f'the scheme of "{url}" is neither http nor https')
    if mark and name.lower() in DEFAULT_PORTS and rest.startswith("/"):
        raise usage(f'"{url}" has one slash after its scheme: write {name}:/{rest}')
    return default, url


def split_host_port(text: str, url: str) -> tuple[str, int | None]:
    """Splits `host:port`, `[v6]:port`, `:port`. Raises HttpeekError (USAGE) naming `url` when it cannot."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise usage(f'the address in "{url}" has no closing bracket: write [::1]:8080')
        port = rest[1:]
        if ":" not in host:
            raise usage(f'"[{host}]" in "{url}" is not an IPv6 address')
    elif text.count(":") > 1:
        raise usage(f'an IPv6 address needs brackets: write [{text}] in "{url}"')
    else:
        host, _, port = text.partition(":")
        if not _HOST_FORBIDDEN.isdisjoint(host):
            raise usage(f'the host in "{url}" has a character that no host name has')
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise usage(f'the port "{port}" in "{url}" is not a number from 0 to 65535')
    return host, int(port)


def ascii_host(host: str) -> str:
    """The host as it is looked up and sent: A-labels for an internationalised name (IDNA 2008, RFC 5891)."""
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise usage(f'"{host}" is not a host name that IDNA allows: {error}') from None


def _refuse_controls(url: str) -> None:
    if url.isprintable():
        return
    for position, character in enumerate(url):
        if character in "\r\n\0":
            name = {"\r": "CR", "\n": "LF", "\0": "NUL"}[character]
            raise usage(f"the URL has {name} at character {position + 1}: it would break the request line")


def _path(tail: str, as_is: bool) -> str:
    before, _, _ = tail.partition("#")
    path, mark, query = before.partition("?")
    if not path.startswith("/"):
        path = "/" + path
    if not as_is and "/." in path:
        path = _without_dots(path)
    return quote(path + mark + query)


def _without_dots(path: str) -> str:
    """Takes out "." and ".." segments (RFC 3986 section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept) if len(kept) > 1 else "/"


def quote(text: str) -> str:
    """Percent-encodes what may not stand in a path or query; what is encoded already stays as it is."""
    octets = text.encode("utf-8", "surrogateescape")
    if _PATH_KEPT.issuperset(octets):
        return text
    return encoded(text, _PATH_KEPT)


def encoded(text: str, kept: frozenset[int] = UNRESERVED) -> str:
    """Percent-encodes every octet of text but those that are `kept`."""
    octets = text.encode("utf-8", "surrogateescape")
    return "".join(chr(o) if o in kept else f"%{o:02X}" for o in octets)


def unquote(text: str) -> str:
    """Takes percent-encoding off; what is not valid UTF-8 afterwards is kept by surrogate escapes."""
    if "%" not in text:
        return text
    out = bytearray()
    position = 0
    while position < len(text):
        pair = text[position + 1 : position + 3]
        if text[position] == "%" and len(pair) == 2 and _HEX.issuperset(pair):
            out.append(int(pair, 16))
            position += 3
        else:
            out += text[position].encode("utf-8", "surrogateescape")
            position += 1
    return out.decode("utf-8", "surrogateescape")


def with_query(target: Target, pairs: list[tuple[str, str]]) -> Target:
    """The target with `name=value` pairs added to its query, in order, as forms encode them."""
    if not pairs:
        return target
    added = "&".join(f"{form(name)}={form(value)}" for name, value in pairs)
    path, mark, query = target.path.partition("?")
    return target._replace(path=f"{path}?{query}&{added}" if mark and query else f"{path}?{added}")


def form(text: str) -> str:
    """Text as application/x-www-form-urlencoded has it: a space is a plus sign (WHATWG URL section 5.2)."""
    return encoded(text, UNRESERVED | frozenset(b" ")).replace(" ", "+")
