"""The Plan: a request as decided, before any I/O.

Every front end (the command line, the Python interface, a file of checks) makes Plans and nothing else; every
engine below takes Plans and nothing else. Durations are seconds as float, sizes are octets.
"""

from __future__ import annotations

from httpeek.model.message import REDIRECTS, has
from httpeek.model.nouns import Noun
from httpeek.model.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import Fields, ResponseHead
    from httpeek.model.proxy import ProxyPolicy


class Body(Noun):
    """What is sent as content: `data`, or else the file `path` read while sending, or else the open
    descriptor `fd`, or else `parts`, one behind the other. `length` is in octets; None means unknown until the end, so
    it is sent chunked. `start` is where
    in a regular file `fd` is read from, each time; with None it can be read once only."""

    data: bytes = b""
    path: str = ""
    fd: int = -1
    length: int | None = 0
    parts: tuple[Body, ...] = ()
    start: int | None = None


class TimeLimits(Noun):
    """Seconds, or None for no limit: `idle` is silence of the peer, `connect` the whole dialling over all
    addresses, `total` the whole exchange, `expect` how long to wait for 100 Continue.

    `idle_for_streams` is True where the user asked for `idle`: a default never ends an event stream. After
    `notice` seconds of silence a note says what is waited for.
    """

    idle: float | None = None
    connect: float | None = 30.0
    total: float | None = None
    expect: float = 1.0
    idle_for_streams: bool = False
    notice: float | None = None


class SizeLimits(Noun):
    """Bounds on what a peer can make us hold, each with an option of the command line.

    `head`: octets of one head, field lines and trailers included. `fields`: field lines in a section.
    `interim`: interim responses before a final one. `chunk_extensions`: octets of extensions in a whole body.
    `decoded`: octets of a representation, None for no limit. `ratio`: decoded octets for one coded octet,
    looked at only after 16 MiB, since small content may well be that repetitive.
    """

    head: int = 1024 * 1024
    fields: int = 20_000
    interim: int = 100
    chunk_extensions: int = 16 * 1024
    decoded: int | None = None
    ratio: int = 500


class TlsPolicy(Noun):
    """`verify` is "yes", "no", or the path of a file or directory of trusted certificates. Versions are
    "1.0" to "1.3" or empty; `ciphers` is OpenSSL's list; `sni` and `alpn` override what the URL says."""

    verify: str = "yes"
    cert: str = ""
    cert_key: str = ""
    minimum: str = ""
    maximum: str = ""
    ciphers: str = ""
    sni: str = ""
    alpn: tuple[str, ...] = ("http/1.1",)


class DialPolicy(Noun):
    """`family` is "", "4" or "6"; `resolve` holds (host, port, addresses) that replace the resolver's answer;
    `interface` is a device name or a local address. `unix` is the path of a unix socket to dial in place of any host
    ("@name": an abstract one). `connect_to` holds (host, port, other host, other port): the first that fits sends the
    dialling elsewhere; an empty host or a port of 0 fits every one on the left, and keeps what it was on the right.
    `local_ports` is the first and the last port to dial from, or nothing. `nodelay` is TCP_NODELAY; `keepalive` is how
    many seconds of silence the kernel waits before it asks whether the peer is still there, None for never."""

    family: str = ""
    resolve: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    interface: str = ""
    unix: str = ""
    connect_to: tuple[tuple[str, int, str, int], ...] = ()
    local_ports: tuple[int, ...] = ()
    nodelay: bool = True
    keepalive: int | None = None


class FollowPolicy(Noun):
    """Whether redirects are followed and how many of them; `trust` brings credentials along to other origins."""

    follow: bool = False
    limit: int = 30
    trust: bool = False


class RetryPolicy(Noun):
    """How often a request is tried again after a failure that may heal (`times`), seconds between two attempts
    (`delay`; None: growing ones), and seconds since the first after which none begins (`longest`; None: no limit)."""

    times: int = 0
    delay: float | None = None
    longest: float | None = None


RETRIED_STATUSES = (408, 429, 502, 503, 504)
"""Statuses of a server, or of one between, that may answer otherwise a moment later."""


class Plan(Noun):
    """One request as decided. `fields` are sent as they stand, in this order. `version` is "1.1" or "1.0";
    `strict` makes every violation fatal; `steps` asks for a fact for each system call. With `offline` nothing is
    resolved, connected or sent: the exchange ends with the last octet of the request. `answers` holds the statuses that
    another exchange may answer (401, where Digest credentials are at hand; 503, where it is tried again). `proxy` says
    which proxies there are, None where nobody has said anything of one."""

    method: str
    target: Target
    fields: Fields
    body: Body | None = None
    version: str = "1.1"
    strict: bool = False
    time: TimeLimits = TimeLimits()
    size: SizeLimits = SizeLimits()
    tls: TlsPolicy = TlsPolicy()
    dial: DialPolicy = DialPolicy()
    follow: FollowPolicy = FollowPolicy()
    steps: bool = False
    offline: bool = False
    retry: RetryPolicy = RetryPolicy()
    answers: tuple[int, ...] = ()
    proxy: ProxyPolicy | None = None

    def leads_on(self, head: ResponseHead) -> bool:
        """True for a response that another exchange of the same run may follow: it may not be the last word."""
        follows = self.follow.follow and head.status in REDIRECTS and has(head.fields, b"location")
        return follows or head.status in self.answers
