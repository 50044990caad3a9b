"""The one stream of events that a request yields, and the facts that events carry.

Rules:
- An `Event` is a stamp (time, exchange, connection, stream) and one fact. Whoever knows a fact makes the fact;
  whoever owns the run stamps it. A codec therefore makes facts and never looks at a clock.
- Facts say what happened, never what to print. A view, the recorder, a download and a check are functions of
  the stream, so anything that one of them needs has to be a fact here.
- A sink ignores facts whose type it does not know.
- Octets are in `Bytes` events, once. What was parsed from them points back by offset.
"""

from __future__ import annotations

from httpeek.model.codes import Failure
from httpeek.model.message import IN, OUT, RequestHead, ResponseHead, Span
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    from httpeek.model.message import Fields
    from httpeek.model.plan import Plan


class RunStarted(Noun):
    """First event of a run. `wall` is ns since the Unix epoch at time 0; `run` names the run.

    `rebuilt` is empty where the octets are those of the wire, and else says what they were rebuilt from: "HAR".
    """

    run: str
    wall: int
    version: str
    rebuilt: str = ""


class Planned(Noun):
    """First event of an exchange. `hop` counts redirects from 0, `attempt` tries from 1; `cause` says why
    this exchange was made: "asked", "redirect", "auth", "retry", "tunnel"."""

    plan: Plan
    hop: int = 0
    attempt: int = 1
    cause: str = "asked"


class Next(Noun):
    """Another request of the run begins (`--next`): the one called `number`, from 2. It belongs to no exchange, since a
    tunnel or an attempt may come before the exchange that was asked for."""

    number: int


class Routed(Noun):
    """Which way the connection goes, where something was said of proxies: `proxy` is the URL of the one it goes through
    (without credentials), or empty; `why` says who decided: "https_proxy", "no_proxy has localhost"."""

    proxy: str
    why: str


class Resolving(Noun):
    """A name is being looked up."""

    host: str
    port: int


class Resolved(Noun):
    """The addresses of a name in the order in which they will be tried. `source` is "literal", "--resolve" or
    "system"; `error` is empty, or what the resolver said."""

    host: str
    addresses: tuple[str, ...]
    source: str
    error: str = ""


class Dialling(Noun):
    """A connection attempt begins. `address` is as in `Connected`."""

    address: str


class DialFailed(Noun):
    """A connection attempt ended without a connection. `reason` is one or a few words: "refused"."""

    address: str
    reason: str


class Connected(Noun):
    """A socket is connected. `local` and `remote` are "127.0.0.1:49400", "[::1]:8080" or "unix:/run/x.sock";
    `reused` counts the exchanges that this connection carried before (0: it is new)."""

    fd: int
    local: str
    remote: str
    reused: int = 0


class TlsStarted(Noun):
    """A TLS handshake begins with this SNI name (empty: none) and these ALPN protocols."""

    server_name: str
    alpn: tuple[str, ...]


class Certificate(Noun):
    """One certificate of a peer's chain. Times are seconds since the Unix epoch. `names` are its SANs as
    "DNS:x" and "IP:1.2.3.4"; `der` is the whole certificate."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: int
    not_after: int
    serial: str
    der: bytes


class TlsEstablished(Noun):
    """Facts of a TLS connection. `verify` is "ok", "off", or why the chain was not accepted (a `Failed` event
    follows then); `alpn` is the chosen protocol or empty; the chain begins with the peer's own certificate."""

    version: str
    cipher: str
    bits: int
    alpn: str
    verify: str
    chain: tuple[Certificate, ...]


class Bytes(Noun):
    """Octets as they went over the connection (inside TLS, if there is TLS), at most 256 KiB each.

    `offset` counts from the first octet of the connection in this direction.
    """

    direction: str
    offset: int
    data: bytes


class Moved(Noun):
    """`octets` octets went by without passing through this process's memory, or were not kept by a record."""

    direction: str
    offset: int
    octets: int


class Masked(Noun):
    """Stands in a record for `octets` octets of a secret; `text` is what is shown in their place."""

    direction: str
    offset: int
    octets: int
    text: str


class RequestStarted(Noun):
    """The head of a request: sent by a client, or received by a server."""

    head: RequestHead


class ResponseStarted(Noun):
    """The head of a response: an interim one (`head.interim`) or the final one."""

    head: ResponseHead


class Framed(Noun):
    """How the end of a message is found, and why (RFC 9112 section 6.3).

    `framing` is one of "none" (there is no body), "length", "chunked", "close", "upgrade" (the connection
    stops being HTTP/1). `length` is in octets where it is known. `because` is the deciding fact in words:
    "Content-Length", "Transfer-Encoding: chunked", "HEAD", "204", "no length, HTTP/1.0".
    """

    direction: str
    framing: str
    length: int | None
    because: str


class Content(Noun):
    """Octets of content: what is left when the transfer coding is taken off. `offset` is where they stood on
    the wire, so that a record can hold them once."""

    direction: str
    offset: int
    data: bytes


class Representation(Noun):
    """Octets of a response's representation: content with its content codings taken off (RFC 9110 8.4).

    Sent only to sinks that want it; for content without a coding `data` is the same object as in `Content`.
    """

    data: bytes


class Trailers(Noun):
    """The trailer section of a chunked message, when there is one (RFC 9112 section 7.1.2)."""

    direction: str
    fields: Fields
    span: Span | None = None


class Completed(Noun):
    """A message is whole. `content` counts its content in octets."""

    direction: str
    content: int


class Violation(Noun):
    """A rule that a message broke, at an octet. `id` is a row of the violation catalogue; `detail` says what was
    found ("Content-Length 6 after 5"); `fatal` is True where there is no safe way on (or with --strict)."""

    id: str
    direction: str
    offset: int
    detail: str
    fatal: bool = False


class Note(Noun):
    """Something a person should know that is no error: one sentence, without "note:" before it."""

    text: str


class Step(Noun):
    """A call into the system (or into the C library or OpenSSL), told when it had returned and only where the plan
    asks (`Plan.steps`). It belongs to its connection: its event has no exchange.

    `pid` made it. `call`, `arguments` and `result` are as its manual has them, shortened: numbers in digits, addresses
    as in `Connected`, constants and errno values by name; a call that gives nothing has no `result`. Octets that
    it moved are in the `Bytes` events that follow: those at `offset` in this `direction`. `left_out` counts
    the steps before this one that a record did not keep.
    """

    pid: int
    call: str
    arguments: tuple[str, ...]
    result: str
    direction: str = ""
    offset: int = 0
    octets: int = 0
    left_out: int = 0


class Closed(Noun):
    """The connection is closed. `by` is "peer" or "us"; `how` is "fin", "reset" or "tls" (close_notify)."""

    by: str
    how: str


class Kept(Noun):
    """The exchange is over and its connection stays open for another one."""


class Failed(Noun):
    """The exchange could not be finished; at most one in an exchange. What arrived before stays valid."""

    failure: Failure


class Ended(Noun):
    """Last event of an exchange."""


if TYPE_CHECKING:
    Fact: TypeAlias = (
        RunStarted
        | Planned
        | Next
        | Routed
        | Resolving
        | Resolved
        | Dialling
        | DialFailed
        | Connected
        | TlsStarted
        | TlsEstablished
        | Bytes
        | Moved
        | Masked
        | RequestStarted
        | ResponseStarted
        | Framed
        | Content
        | Representation
        | Trailers
        | Completed
        | Violation
        | Note
        | Step
        | Closed
        | Kept
        | Failed
        | Ended
    )

    class Sink(Protocol):
        """Whoever takes the stream of events: a view, the recorder, a download, a check.

        `wants` holds what it wants of a body beside `Content` and `Bytes`: "representation", or nothing. "counts" says
        that of sent content it wants no more than that: where all sinks say so the kernel may move a file by itself,
        and there are `Moved` facts in place of these two.
        """

        wants: frozenset[str]

        def feed(self, event: Event) -> None:
            """Takes one event. Raises HttpeekError (WRITE_FAILED, STDOUT_CLOSED) when its output fails."""

        def finish(self) -> None:
            """Called once, after the last event, also when the run failed."""


class Event(Noun):
    """One fact with its stamp.

    `time` is in ns since the run began (monotonic). `exchange` is its number in the run, from 1; None for what
    belongs to a connection or the run only. `connection` counts from 1; None before there is one. `stream`
    is None in HTTP/1.
    """

    time: int
    exchange: int | None
    connection: int | None
    stream: int | None
    fact: Fact


KINDS: tuple[tuple[str, type], ...] = (
    ("run-started", RunStarted),
    ("planned", Planned),
    ("next", Next),
    ("routed", Routed),
    ("resolving", Resolving),
    ("resolved", Resolved),
    ("dialling", Dialling),
    ("dial-failed", DialFailed),
    ("connected", Connected),
    ("tls-started", TlsStarted),
    ("tls-established", TlsEstablished),
    ("bytes", Bytes),
    ("moved", Moved),
    ("masked", Masked),
    ("request-started", RequestStarted),
    ("response-started", ResponseStarted),
    ("framed", Framed),
    ("content", Content),
    ("representation", Representation),
    ("trailers", Trailers),
    ("completed", Completed),
    ("violation", Violation),
    ("note", Note),
    ("step", Step),
    ("closed", Closed),
    ("kept", Kept),
    ("failed", Failed),
    ("ended", Ended),
)
"""The name of each fact in records and in JSON."""

__all__ = [
    "IN",
    "KINDS",
    "OUT",
    "Bytes",
    "Certificate",
    "Closed",
    "Completed",
    "Connected",
    "Content",
    "DialFailed",
    "Dialling",
    "Ended",
    "Event",
    "Failed",
    "Framed",
    "Kept",
    "Masked",
    "Moved",
    "Next",
    "Note",
    "Planned",
    "Representation",
    "RequestStarted",
    "Resolved",
    "Resolving",
    "ResponseStarted",
    "Routed",
    "RunStarted",
    "Step",
    "TlsEstablished",
    "TlsStarted",
    "Trailers",
    "Violation",
]
