"""The verbose view: what happened, step by step, as curl draws it.

Rules:
- On stderr: `*` facts of the run, `>` head lines as they were sent, `<` as they were received, `! note` violations
  below the line that holds their octet. Lines are the octets of the wire: a line end that is not CRLF is shown.
- On stdout: the content, on a terminal formatted and coloured as in pretty; not that of a response that another
  exchange follows (a redirect, a 401 that is answered).
- `-q` leaves out the `*` lines, `-qq` all of stderr but errors.
"""

from __future__ import annotations

from httpeek.model.events import (
    IN,
    Bytes,
    Closed,
    Completed,
    Connected,
    DialFailed,
    Dialling,
    Ended,
    Failed,
    Framed,
    Kept,
    Masked,
    Moved,
    Next,
    Planned,
    Representation,
    Resolved,
    Resolving,
    ResponseStarted,
    Routed,
    RunStarted,
    TlsEstablished,
    TlsStarted,
    Trailers,
    Violation,
)
from httpeek.render.content import ContentWriter
from httpeek.render.head_lines import HeadLines
from httpeek.render.messages import route
from httpeek.render.terminal import milliseconds, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from httpeek.model.events import Certificate, Event
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

_WAITING = 8 * 1024 * 1024
"""Octets of a redirect's content that wait for the next exchange at most."""
_WHY = {"redirect": "redirect {hop}", "retry": "attempt {attempt}", "auth": "with credentials"}
"""What is said of an exchange by its cause."""


class Verbose:
    """The sink."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants = frozenset({"representation", "counts"})
        self._screen = screen
        self._options = options
        self._show_content = not options.print or "b" in options.print
        self._heads = HeadLines(screen, silent=options.quiet >= 2)
        self._dials: dict[str, int] = {}
        self._offline = False
        self._plan: Plan | None = None
        self._wall = 0
        self._next = 0  # the number of the request of which the first exchange is still to come
        self._take: dict[type, Callable[[Event, Any], None]] = {
            RunStarted: self._run_started,
            Planned: self._planned,
            Next: self._on_next,
            Resolving: self._resolving,
            Routed: self._routed,
            Resolved: self._resolved,
            Dialling: self._dialling,
            DialFailed: self._dial_failed,
            Connected: self._on_connected,
            TlsStarted: self._tls_started,
            TlsEstablished: self._tls,
            Bytes: self._bytes,
            Masked: self._masked,
            Moved: self._moved,
            ResponseStarted: self._response,
            Framed: self._on_framed,
            Representation: self._representation,
            Trailers: self._trailers,
            Completed: self._completed,
            Violation: self._violation,
            Closed: self._on_closed,
            Kept: self._on_kept,
            Failed: self._failed,
            Ended: self._ended,
        }
        self._begin(0)

    def _begin(self, time: int) -> None:
        self._start = time
        self._resolve_time: int | None = None
        self._dial_begin: int | None = None
        self._spans: dict[str, int] = {}  # "name", "connect" and "TLS": how long each took, in ns
        self._tls_begin = 0
        self._first: int | None = None
        self._end: int | None = None
        self._octets: int | None = None
        self._sent_content = 0
        self._framed: Framed | None = None
        self._after = ""
        self._head: ResponseHead | None = None
        self._content: ContentWriter | None = None
        self._waiting: list[bytes] | None = None
        self._waiting_size = 0
        self._heads.begin()
        self._over = False

    def feed(self, event: Event) -> None:
        """Takes one event."""
        take = self._take.get(type(event.fact))
        if take is not None:
            take(event, event.fact)

    def finish(self) -> None:
        """Writes what waits."""
        self._heads.flush()
        self._release()
        self._close_content()
        self._screen.flush()

    def _fact(self, text: str) -> None:
        if not self._options.quiet:
            self._screen.err("* " + text)

    # -- the run and its connection

    def _run_started(self, event: Event, fact: RunStarted) -> None:
        self._wall = fact.wall

    def _planned(self, event: Event, fact: Planned) -> None:
        if fact.cause != "asked" and not self._options.all:
            if self._waiting:
                what = "redirect" if fact.cause == "redirect" else "response"
                self._fact(f"content of the {what} not shown: {self._waiting_size} bytes")
            self._waiting = None
        self._release()
        self._close_content()
        self._begin(event.time)
        self._plan = fact.plan
        self._offline = fact.plan.offline
        if self._offline:
            self._fact("offline: nothing is connected or sent")
        if self._next:
            self._fact(f"request {self._next}: {fact.plan.method} {visible_line(fact.plan.target.url)}")
            self._next = 0
        if fact.cause != "asked":
            why = _WHY.get(fact.cause, "{cause}").format(cause=fact.cause, hop=fact.hop, attempt=fact.attempt)
            self._fact(f"{visible_line(why)}: {fact.plan.method} {visible_line(fact.plan.target.url)}")

    def _on_next(self, event: Event, fact: Next) -> None:
        self._release()
        self._next = fact.number

    def _resolving(self, event: Event, fact: Resolving) -> None:
        self._resolve_time = event.time

    def _routed(self, event: Event, fact: Routed) -> None:
        way = f"through the proxy {fact.proxy}" if fact.proxy else "no proxy"
        self._fact(visible_line(f"{way} ({fact.why})" if fact.why else way))

    def _resolved(self, event: Event, fact: Resolved) -> None:
        took = event.time - (self._resolve_time if self._resolve_time is not None else event.time)
        if fact.source != "literal":
            self._spans["name"] = self._spans.get("name", 0) + took
            said = visible_line(fact.error or ", ".join(fact.addresses))
            how = milliseconds(took) if fact.source == "system" else fact.source
            self._fact(f"name {visible_line(fact.host)}{':' if fact.error else ' ='} {said} ({visible_line(how)})")

    def _dialling(self, event: Event, fact: Dialling) -> None:
        self._dials[fact.address] = event.time
        if self._dial_begin is None:
            self._dial_begin = event.time

    def _dial_failed(self, event: Event, fact: DialFailed) -> None:
        took = milliseconds(event.time - self._dials.pop(fact.address, event.time))
        self._fact(f"connect {visible_line(fact.address)} {visible_line(fact.reason)} ({took})")

    def _on_connected(self, event: Event, fact: Connected) -> None:
        if fact.reused:
            several = "s" if fact.reused > 1 else ""
            self._fact(f"connection reused after {fact.reused} exchange{several}: fd {fact.fd}, {route(fact)}")
            return
        took = milliseconds(event.time - self._dials.pop(fact.remote, self._dial_begin or event.time))
        if self._dial_begin is not None:
            self._spans["connect"] = event.time - self._dial_begin
        self._fact(f"connect {visible_line(fact.remote)} ok ({took}): fd {fact.fd}, {route(fact)}")

    def _tls_started(self, event: Event, fact: TlsStarted) -> None:
        self._tls_begin = event.time
        name = visible_line(fact.server_name) or "none"
        self._fact(f"TLS asks for name {name}, ALPN {visible_line(', '.join(fact.alpn)) or 'none'}")

    def _tls(self, event: Event, fact: TlsEstablished) -> None:
        self._spans["TLS"] = event.time - self._tls_begin
        took = milliseconds(self._spans["TLS"])
        cipher = f"{visible_line(fact.cipher)}, {fact.bits} bits" if fact.bits else visible_line(fact.cipher)
        self._fact(f"{visible_line(fact.version)}, {cipher}, ALPN {visible_line(fact.alpn) or 'none'} ({took})")
        now = (self._wall + event.time) // 1_000_000_000
        for number, certificate in enumerate(fact.chain):
            self._certificate(number, certificate, now)
        self._fact(f"certificate check: {visible_line(fact.verify)}")

    def _certificate(self, number: int, certificate: Certificate, now: int) -> None:
        names = ", ".join(certificate.names)
        holds = f", for {names}" if names else ""
        left = (certificate.not_after - now) // 86_400
        if now < certificate.not_before:
            valid = f"not valid before {_day(certificate.not_before)}"
        elif left < 0 or now > certificate.not_after:
            valid = f"expired on {_day(certificate.not_after)}, {-left} days ago"
        else:
            valid = f"valid until {_day(certificate.not_after)}, {left} days left"
        issuer = f", issued by {certificate.issuer}" if certificate.issuer != certificate.subject else ", self-signed"
        self._fact(visible_line(f"certificate {number}: {certificate.subject}{holds}{issuer}, {valid}"))

    # -- octets and heads

    def _bytes(self, event: Event, fact: Bytes) -> None:
        if fact.direction == IN and self._first is None:
            self._first = event.time
        self._heads.octets(fact.direction, fact.offset, fact.data)
        if self._sent_content:
            self._tell_sent()

    def _masked(self, event: Event, fact: Masked) -> None:
        self._heads.octets(fact.direction, fact.offset, fact.text.encode())

    def _moved(self, event: Event, fact: Moved) -> None:
        if fact.direction == IN and self._first is None:
            self._first = event.time

    def _response(self, event: Event, fact: ResponseStarted) -> None:
        head = fact.head
        self._heads.response(head)
        if head.interim:
            return
        self._head = head
        if not self._options.all and self._plan is not None and self._plan.leads_on(head):
            self._waiting, self._waiting_size = [], 0

    def _violation(self, event: Event, fact: Violation) -> None:
        if not fact.fatal:  # the failure that follows says it
            self._heads.violation(fact)

    def _trailers(self, event: Event, fact: Trailers) -> None:
        self._release()
        self._close_content()
        self._heads.trailers(fact)

    # -- content and the end

    def _on_framed(self, event: Event, fact: Framed) -> None:
        if fact.direction == IN:
            self._framed = fact

    def _representation(self, event: Event, fact: Representation) -> None:
        self._piece(fact.data)

    def _piece(self, data: bytes) -> None:
        if not self._show_content:
            return
        if self._waiting is not None:
            self._waiting.append(data)
            self._waiting_size += len(data)
            if self._waiting_size > _WAITING:
                self._release()
            return
        if self._content is None and data:
            fields = self._head.fields if self._head is not None else ()
            self._content = ContentWriter(self._screen, self._options, fields)
        if self._content is not None:
            self._content.feed(data)

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, None
        for data in waiting or ():
            self._piece(data)

    def _close_content(self) -> None:
        if self._content is not None:
            self._content.finish()
            self._content = None

    def _completed(self, event: Event, fact: Completed) -> None:
        if fact.direction == IN:
            self._end = event.time
            self._octets = fact.content
        else:
            self._sent_content = fact.content
            self._tell_sent()

    def _tell_sent(self) -> None:
        """Tells how much content went out: below the head that it belongs to, which may go out with it."""
        if self._sent_content and self._heads.sent:
            self._fact(f"{'not ' if self._offline else ''}sent {self._sent_content} bytes of content")
            self._sent_content = 0

    def _on_closed(self, event: Event, fact: Closed) -> None:
        who = "the peer" if fact.by == "peer" else "us"
        how = {"fin": "", "reset": " with a reset", "tls": " (close_notify)"}.get(fact.how, "")
        self._after = f"connection closed by {who}{how}"
        # A connection that was kept: that the peer closes it is news, that we do at the end of the run is not.
        if self._over and fact.by == "peer":
            self._fact(self._after)

    def _on_kept(self, event: Event, fact: Kept) -> None:
        self._after = "connection kept"

    def _failed(self, event: Event, fact: Failed) -> None:
        self._heads.flush()
        self._release()
        self._close_content()

    def _ended(self, event: Event, fact: Ended) -> None:
        self._heads.flush()
        waits = self._waiting is not None
        if not waits:
            self._close_content()
        words = []
        if self._octets is not None:
            words.append(f"content {self._octets} bytes{_because(self._framed)}")
        if self._after:
            words.append(self._after)
        if words:
            self._fact("; ".join(words))
        self._timing()
        self._over = True

    def _timing(self) -> None:
        def ms(ns: int | None) -> str:
            return "-" if ns is None else f"{ns / 1e6:.1f}"

        first = None if self._first is None else self._first - self._start
        total = None if self._end is None else self._end - self._start
        spans = ", ".join(f"{name} {ms(self._spans.get(name))}" for name in ("name", "connect", "TLS"))
        if first is not None or self._spans:
            self._fact(f"{spans}, first byte {ms(first)}, total {ms(total)} ms")


def _because(framed: Framed | None) -> str:
    if framed is None:
        return ""
    because = visible_line(framed.because)
    words = {"length": "by", "chunked": "by", "close": "until close,", "none": "none:", "upgrade": "upgrade:"}
    return f", {words.get(framed.framing, 'by')} {because} (RFC 9112 6.3)"


def _day(seconds: int) -> str:
    from time import gmtime, strftime

    try:
        return strftime("%Y-%m-%d", gmtime(seconds))
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s after 1970"
