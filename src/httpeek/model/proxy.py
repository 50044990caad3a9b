"""Proxies: which one a request goes through, if any, decided from what the user and the environment say.

The rule for those that are left out (`--noproxy`, NO_PROXY), exact and documented: entries are separated by commas
or blanks, and one of them fits a target when it is
- `*`: every host;
- a name: that host and every name under it, with or without a dot before it (`example.org` fits `www.example.org`,
  never `notexample.org`); names are compared without regard to case, and a final dot does not count;
- an IPv4 or IPv6 address, with or without brackets: that address, when the URL has it as its host;
- a network `10.0.0.0/8`, `fd00::/8`: every address in it, when the URL has an address as its host;
- any of these with `:port` behind (an IPv6 address in brackets then): that port only.
No name is ever resolved to find out. Without an entry nothing is left out, this machine included, as with curl.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun
from httpeek.model.target import ascii_host, split_host_port, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.target import Target

PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""The schemes of proxies, each with the port that is assumed: for http curl assumes 1080, browsers 80; this is 80."""


class Proxy(Noun):
    """A proxy: its scheme (a key of `PORTS`), where it is, and the credentials for it; `said` is where the user said
    it: "--proxy", "https_proxy"."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None
    said: str = ""

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The proxy as a URL, without credentials."""
        return f"{self.scheme}://{self.authority}"

    @property
    def socks(self) -> bool:
        """True for the SOCKS protocols: they carry any stream, and know nothing of HTTP."""
        return self.scheme.startswith("socks")


class ProxyPolicy(Noun):
    """The proxy for targets of each scheme, and the one for `all` others; the entries that leave targets out, and where
    these were said: "no_proxy"."""

    http: Proxy | None = None
    https: Proxy | None = None
    all: Proxy | None = None
    left_out: tuple[str, ...] = ()
    left_out_by: str = ""

    @property
    def has_password(self) -> bool:
        """True where one of the proxies has a password."""
        return any(proxy is not None and bool(proxy.password) for proxy in (self.http, self.https, self.all))


class Route(Noun):
    """The way to a target: through `proxy`, or (None) straight; `why` says which rule decided, where there was one."""

    proxy: Proxy | None = None
    why: str = ""


DIRECT = Route()


def route(policy: ProxyPolicy, target: Target) -> Route:
    """The way to a target."""
    proxy = (policy.https if target.scheme == "https" else policy.http) or policy.all
    if proxy is None or target.unix or target.companion:
        return DIRECT
    for entry in policy.left_out:
        if fits(entry, target.host, target.port):
            return Route(None, f"{policy.left_out_by} has {entry}")
    return Route(proxy, proxy.said)


def parse(text: str, said: str) -> Proxy:
    """A proxy as it is typed: `http://user:password@host:3128`, `socks5h://host`, `host:3128` (http).

    Raises HttpeekError (USAGE).
    """
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "http", text
    scheme = scheme.lower()
    scheme = "socks5" if scheme == "socks" else scheme
    if scheme not in PORTS:
        raise usage(f'{said}: "{scheme}" is no scheme of a proxy: there are {", ".join(PORTS)}')
    authority = rest.partition("/")[0]
    userinfo, at, hostport = authority.rpartition("@")
    user = password = None
    if at:
        name, _, secret = userinfo.partition(":")
        user, password = unquote(name), unquote(secret)
    host, port = split_host_port(hostport, f"{said} {scheme}://{hostport}")
    if not host:
        raise usage(f"{said}: the proxy has no host (is a variable empty?)")
    return Proxy(scheme, ascii_host(host), port or PORTS[scheme], user, password, said)


def entries(text: str) -> tuple[str, ...]:
    """The entries of a list of targets that are left out."""
    return tuple(entry for entry in text.replace(",", " ").split() if entry)


def fits(entry: str, host: str, port: int) -> bool:
    """True when an entry of the list means this target. An entry that cannot be read fits none."""
    if entry == "*":
        return True
    entry, host = entry.lower(), host.lower().rstrip(".")
    name, only = _with_port(entry)
    if only is not None and only != port:
        return False
    network, slash, bits = name.partition("/")
    address, asked = _octets(host), _octets(network.strip("[]"))
    if slash:
        return address is not None and asked is not None and _inside(address, asked, bits)
    if asked is not None or address is not None:
        return address is not None and address == asked
    name = name.strip(".")
    return bool(name) and (host == name or host.endswith("." + name))


def _with_port(entry: str) -> tuple[str, int | None]:
    """An entry and the port that it is bounded to."""
    name, colon, digits = entry.rpartition(":")
    if not colon or not (digits.isascii() and digits.isdigit()):
        return entry, None
    # An IPv6 address has colons of its own: with a port it stands in brackets.
    return (name, int(digits)) if name.endswith("]") or ":" not in name else (entry, None)


def _octets(text: str) -> bytes | None:
    """The octets of an IP address, None for a name."""
    if ":" in text:
        return _ipv6(text)
    parts = text.split(".")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() and len(p) < 4 and int(p) < 256 for p in parts):
        return None
    return bytes(int(part) for part in parts)


def _ipv6(text: str) -> bytes | None:
    head, gap, tail = text.partition("%")[0].partition("::")
    left, right = _groups(head), _groups(tail)
    if left is None or right is None:
        return None
    missing = 16 - len(left) - len(right)
    return left + bytes(missing) + right if (gap and missing >= 2) or missing == 0 else None


def _groups(text: str) -> bytes | None:
    """Groups of an IPv6 address as octets; the last may be an IPv4 address (RFC 4291 section 2.2)."""
    made = b""
    for place, group in enumerate(text.split(":") if text else ()):
        if "." in group and place == text.count(":"):
            octets = _octets(group)
            if octets is None:
                return None
            made += octets
        elif 0 < len(group) < 5 and all(c in "0123456789abcdef" for c in group.lower()):
            made += int(group, 16).to_bytes(2, "big")
        else:
            return None
    return made


def _inside(address: bytes, network: bytes, bits: str) -> bool:
    if len(address) != len(network) or not (bits.isascii() and bits.isdigit()) or int(bits) > 8 * len(address):
        return False
    shift = 8 * len(address) - int(bits)
    return int.from_bytes(address, "big") >> shift == int.from_bytes(network, "big") >> shift


def authority(target: Target) -> str:
    """Host and port of a target, the port always: what CONNECT asks for (RFC 9112 section 3.2.3)."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{host}:{target.port}"
