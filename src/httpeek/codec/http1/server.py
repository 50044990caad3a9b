"""The server's half of a connection: requests in, responses out, sans-IO.

    states of a request     head --(head)--> body --(last octet)--> complete --next()--> head
                            any --(a refused violation, or the stream's end)--> refused

Rules:
- Everything that makes a request ambiguous is refused: a fatal Violation is the last fact, and the loop above answers
  with `rule(violation.id).server` and closes. No RequestStarted comes for a head that is refused; `head` holds what
  could be read of it, for a log.
- What may still become a legal request is not refused early: the facts are the same however the octets were cut.
- One request at a time: behind a complete one nothing is parsed until `next()`, so pipelined requests keep their order.
- With `observe` nothing is refused that leaves a way on: every violation is told as a note (what a client that types
  requests by hand wants to know).
- Nothing here opens, reads, waits or looks at a clock.
"""

from __future__ import annotations

from httpeek.codec.http1.body import ChunkedBody, LengthBody, Sending
from httpeek.codec.http1.framing import NO_REQUEST_CONTENT, request_framing, sent_framing, survey
from httpeek.codec.http1.head import (
    TOKEN,
    Findings,
    Places,
    Section,
    clean_request_line,
    counted,
    is_authority,
    quoted,
    response_octets,
    split_clean,
)
from httpeek.model.events import (
    IN,
    OUT,
    Completed,
    Content,
    Framed,
    RequestStarted,
    ResponseStarted,
    Violation,
)
from httpeek.model.message import RequestHead, Span, members
from httpeek.model.nouns import Noun
from httpeek.model.plan import SizeLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Fact, Moved, Trailers
    from httpeek.model.message import Fields


class ServerLimits(Noun):
    """What a client may make a server hold, in octets: the `request_line` (8,000 are always accepted, RFC 9112
    section 3), the whole `head` (and a trailer section), chunk extensions of a body, and its `content` (None: no
    limit); `fields` counts field lines."""

    request_line: int = 16_384
    head: int = 64 * 1024
    fields: int = 200
    chunk_extensions: int = 16 * 1024
    content: int | None = None


DEFAULT_LIMITS = ServerLimits()

_HEAD, _BODY, _COMPLETE, _REFUSED = range(4)
_NO_CONTENT = Completed(IN, 0)


class ServerConnection:
    """One connection as its server sees it; it carries one exchange after the other.

    `received`: octets received so far. `head`: the request in hand, or what could be read of a refused one.
    `framed`: how its body ends. `keep_alive`: another request may follow on this connection. `needs_continue`: the
    client waits for 100 Continue before it sends content. `waiting`: octets of a further request are here.
    """

    def __init__(self, limits: ServerLimits = DEFAULT_LIMITS, observe: bool = False, direction: str = IN) -> None:
        self.received = 0
        self.head: RequestHead | None = None
        self.framed: Framed | None = None
        self.keep_alive = False
        self.needs_continue = False
        self._limits = limits
        self._observe = observe
        self._direction = direction
        self._sending = Sending()
        self._section: Section | None = None
        self._head_at = 0
        self._line_read = False
        self._host: bytes | None = None  # the last valid Host: a client says the same one again and again
        self._body: LengthBody | ChunkedBody | None = None
        self._rest = b""  # octets behind the request in hand, from _rest_position on
        self._rest_position = 0
        self._ended = False
        self._state = _HEAD

    # In

    def receive(self, data: bytes) -> list[Fact]:
        """The facts in octets that arrived; b"" is the end of the stream."""
        facts: list[Fact] = []
        if not data:
            self._ended = True
            self._end(facts)
            return facts
        self.received += len(data)
        if self._rest:
            data = self._rest[self._rest_position :] + data
        self._read(data, 0, facts)
        return facts

    def next(self) -> list[Fact]:
        """Goes on to the next request; returns the facts in octets that were here already."""
        facts: list[Fact] = []
        self.head = None
        self.framed = None
        self._body = None
        self._section = None
        self.needs_continue = False
        if self._state == _COMPLETE:
            self._state = _HEAD
            if self._rest:
                self._read(self._rest, self._rest_position, facts)
            if self._ended:
                self._end(facts)
        return facts

    @property
    def waiting(self) -> bool:
        """True when octets are here that no fact was made of yet."""
        return bool(self._rest) or self._section is not None

    @property
    def read(self) -> int:
        """Octets received so far that belong to the request in hand or to those before it."""
        return self.received - (len(self._rest) - self._rest_position if self._rest else 0)

    @property
    def missing(self) -> int | None:
        """Octets of the request's content that have not come yet; None where nobody can tell how many (chunks)."""
        if self._state != _BODY or self._body is None:
            return 0
        length = self.framed.length if self.framed is not None else None
        return None if length is None else length - self._body.count

    @property
    def complete(self) -> bool:
        """True when the request is whole."""
        return self._state == _COMPLETE

    @property
    def refused(self) -> bool:
        """True when no further request can be read from this connection."""
        return self._state == _REFUSED

    def take_rest(self) -> bytes:
        """The octets behind the request in hand, for a protocol that takes the connection over; they are gone then."""
        rest = self._rest[self._rest_position :]
        self._rest = b""
        return rest

    def _read(self, data: bytes, position: int, facts: list[Fact]) -> None:
        size = len(data)
        base = self.received - size
        while position < size:
            if self._state == _HEAD:
                position = self._read_head(data, position, base, facts)
            elif self._state == _BODY:
                position = self._read_body(data, position, base, facts)
            else:
                break
        if position < size and self._state == _COMPLETE:
            self._rest, self._rest_position = data, position
        else:
            self._rest = b""

    def _read_body(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        body = self._body
        assert body is not None
        self.needs_continue = False  # RFC 9110 section 10.1.1: content came, so nobody waits any more
        start = len(facts)
        position = body.feed(data, position, base, facts)
        if body.odd:
            body.odd = False
            self._judge(facts, start)
        if body.done and self._state == _BODY:
            facts.append(Completed(self._direction, body.count))
            self._state = _COMPLETE
        return position

    def _judge(self, facts: list[Fact], start: int) -> None:
        """Refuses at the first violation that allows no way on."""
        for index in range(start, len(facts)):
            fact = facts[index]
            if isinstance(fact, Violation) and self._refuses(fact):
                del facts[index:]
                self._refuse(facts, fact)
                return

    def _refuses(self, violation: Violation) -> bool:
        if violation.fatal or self._observe:
            return violation.fatal
        from httpeek.model.violations import rule

        return rule(violation.id).server != 0

    def _refuse(self, facts: list[Fact], violation: Violation) -> None:
        facts.append(violation._replace(fatal=True))
        self._state = _REFUSED
        self.keep_alive = False
        self.needs_continue = False

    def _end(self, facts: list[Fact]) -> None:
        """The stream ended: between requests that is fine."""
        if self._state == _BODY and self._body is not None:
            missing = self._body.end(self.received)
            if missing is not None:
                self._refuse(facts, missing)
        elif self._state == _HEAD and self._section is not None and not self._is_farewell(self._section):
            words = f"the client closed inside the head, after {counted(len(self._section.octets))}"
            self._refuse(facts, Violation("head-cut", self._direction, self.received, words, True))

    def _is_farewell(self, section: Section) -> bool:
        """True for empty lines behind a request: some clients send one there (RFC 9112 section 2.2)."""
        return self._head_at > 0 and not section.octets.replace(b"\r\n", b"")

    # Heads

    def _read_head(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        section = self._section
        if section is None:
            # The common case: a clean head, whole in one piece.
            end = data.find(b"\r\n\r\n", position, position + self._limits.head)
            if end >= 0:
                head = data[position : end + 4]
                parts = split_clean(head)
                started = clean_request_line(parts[0]) if parts is not None else None
                limits = self._limits
                if (
                    parts is not None
                    and started is not None
                    and len(parts[0]) <= limits.request_line
                    and len(parts[1]) <= limits.fields
                ):
                    if not self._take_plain(started, parts[1], Span(base + position, len(head)), facts):
                        self._take_head(head, base + position, 0, started, parts[1], Findings(self._direction), facts)
                    return end + 4
            section = self._section = Section(self._limits.head, True)
            self._head_at = base + position
            self._line_read = False
        position = section.take(data, position)
        if not self._line_read and section.begun:
            self._look_at_first_line(section, facts)
        if self._state != _HEAD:
            return position
        if section.over:
            words = f"the head is larger than {self._limits.head} octets"
            self._refuse(facts, Violation("head-size", self._direction, self._head_at, words, True))
        elif section.whole:
            self._section = None
            self._diagnose(bytes(section.octets), section.start, facts)
        return position

    def _look_at_first_line(self, section: Section, facts: list[Fact]) -> None:
        """Refuses as soon as the first line cannot be a request line: a client that speaks TLS waits for us."""
        offset = self._head_at + section.start
        octets = section.octets
        line = section.first_line()
        length = len(octets) - section.start if line is None else len(line)
        if length > self._limits.request_line + 1:
            words = f"the request line is longer than {self._limits.request_line} octets"
            self._refuse(facts, Violation("request-line-length", self._direction, offset, words, True))
        elif octets[section.start] not in TOKEN and not self._observe:
            words = f"the request begins with {quoted(bytes(octets[section.start : section.start + 1]))}"
            self._refuse(facts, Violation("method-token", self._direction, offset, words, True))
        elif line is not None:
            from httpeek.codec.http1.diagnose import request_line

            self._line_read = True
            findings = Findings(self._direction)
            if not line.endswith(b"\r"):
                findings.add("bare-lf", offset + len(line), "a line ends with LF alone")
            method, target, version = request_line(line.removesuffix(b"\r"), offset, findings)
            refused = self._first_refused(findings)
            if refused is not None:
                self.head = RequestHead(method, target, version, ())
                self._refuse(facts, refused)

    def _first_refused(self, findings: Findings) -> Violation | None:
        """The first that is refused. One that says "not understood" comes last: it is no answer to what is wrong."""
        refused = [found for found in sorted(findings.found, key=_offset) if self._refuses(found)]
        return min(refused, key=_is_unknown, default=None)

    def _diagnose(self, octets: bytes, start: int, facts: list[Fact]) -> None:
        from httpeek.codec.http1.diagnose import next_line, read_fields, request_line

        findings = Findings(self._direction)
        base = self._head_at
        if start:
            findings.add("line-before-start", base, "an empty line before the start line")
            # RFC 9112 section 2.2 allows CRLF there; LF alone is what it is everywhere.
            if b"\n" in octets[:start].replace(b"\r\n", b""):
                findings.add("bare-lf", base + octets.index(b"\n"), "a line ends with LF alone")
        line, after = next_line(octets, start, base, findings)
        started = request_line(line, base + start, findings)
        fields, _ = read_fields(octets, after, base, self._limits.fields, findings)
        self._take_head(octets, base, start, started, fields, findings, facts)

    def _take_plain(self, started: tuple[bytes, bytes, bytes], fields: Fields, span: Span, facts: list[Fact]) -> bool:
        """Takes a clean head with one valid Host, without content and without expectations: the usual one. False, and
        nothing is changed, for any other."""
        found = survey(fields)
        hosts = found.get(b"host")
        if not hosts or len(hosts) > 1 or len(found) > 1 + (b"connection" in found) or self._direction != IN:
            return False
        host = fields[hosts[0]][1]
        if host != self._host:
            if not is_authority(host, False):
                return False
            self._host = host
        method, target, version = started
        head = self.head = RequestHead(method, target, version, fields, span)
        self.framed = NO_REQUEST_CONTENT
        facts += (RequestStarted(head), NO_REQUEST_CONTENT)
        self._begin_body(head, found, NO_REQUEST_CONTENT, facts)
        return True

    def _take_head(
        self,
        octets: bytes,
        base: int,
        start: int,
        started: tuple[bytes, bytes, bytes],
        fields: Fields,
        findings: Findings,
        facts: list[Fact],
    ) -> None:
        """A head is whole: whether it is refused, what it says, and how its body ends."""
        method, target, version = started
        head = self.head = RequestHead(method, target, version, fields, Span(base + start, len(octets) - start))

        places = Places(octets, start, base)
        found = survey(fields)
        self._check_host(head, found.get(b"host", []), places, base + start, findings)
        framed = request_framing(head, found, places, findings, self._direction)
        if b"expect" in found and version != b"HTTP/1.0":
            self._check_expectation(head, places.of(found[b"expect"][0]), findings)
        limit = self._limits.content
        if framed is not None and framed.length is not None and limit is not None and framed.length > limit:
            at = places.of(found[b"content-length"][0])
            findings.add("content-too-large", at, f"{framed.length} octets of content, {limit} are taken", True)
        if findings.found:
            refused = self._first_refused(findings)
            if refused is None or self._observe:
                facts += [each for each in sorted(findings.found, key=_offset) if each is not refused]
            if refused is not None:
                if self._observe:
                    facts.append(RequestStarted(head))
                self._refuse(facts, refused)
                return
        assert framed is not None
        facts.append(RequestStarted(head))
        facts.append(framed)
        self.framed = framed
        self._begin_body(head, found, framed, facts)

    def _begin_body(self, head: RequestHead, found: dict[bytes, list[int]], framed: Framed, facts: list[Fact]) -> None:
        options = members(head.fields, b"connection") if b"connection" in found else ()
        modern = head.version != b"HTTP/1.0"
        # RFC 9112 section 9.3.
        self.keep_alive = b"close" not in options and (modern or b"keep-alive" in options)
        if framed.framing == "none" or framed.length == 0:
            facts.append(_NO_CONTENT if self._direction == IN else Completed(self._direction, 0))
            self._state = _COMPLETE
            return
        self._state = _BODY
        self.needs_continue = modern and b"expect" in found and b"100-continue" in members(head.fields, b"expect")
        if framed.length is not None:
            self._body = LengthBody(self._direction, framed.length)
        else:
            limits = self._limits
            sizes = SizeLimits(limits.head, limits.fields, 0, limits.chunk_extensions)
            self._body = ChunkedBody(self._direction, sizes, limits.content)

    def _check_expectation(self, head: RequestHead, at: int, findings: Findings) -> None:
        """RFC 9110 section 10.1.1: there is one expectation; no other can be met."""
        for word in members(head.fields, b"expect"):
            if word != b"100-continue":
                findings.add("expectation", at, f"the expectation {quoted(word)} cannot be met")
                break

    def _check_host(self, head: RequestHead, hosts: list[int], places: Places, start: int, findings: Findings) -> None:
        """RFC 9112 section 3.2: one valid Host in every HTTP/1.1 request; an HTTP/1.0 one may have none."""
        if len(hosts) == 1:
            value = head.fields[hosts[0]][1]
            if not is_authority(value, False):
                findings.add("host-invalid", places.of(hosts[0]), f"Host {quoted(value)} is no host and port")
        elif hosts:
            findings.add("host-double", places.of(hosts[1]), "more than one Host field")
        elif head.version not in (b"HTTP/1.0", b""):
            findings.add("host-missing", start, "no Host field in an HTTP/1.1 request")

    # Out

    def send(self, fact: ResponseStarted | Content | Moved | Trailers | Completed) -> bytes:
        """The octets to send for the next part of a response: a head (interim or final), content, trailers, the end.

        Content is framed as the head's fields say; content of a response that has none (HEAD, 204, 304) and content
        over its Content-Length is cut; under it, or without any length, `keep_alive` becomes False. Raises
        HttpeekError (USAGE) for what would break the head, and nothing is changed then.
        """
        if not isinstance(fact, ResponseStarted):
            return self._send_body(fact)
        octets = response_octets(fact.head)
        head = fact.head
        if head.interim:
            if head.status == 100:
                self.needs_continue = False
            return octets
        self.needs_continue = False
        framed = sent_framing(head.fields)
        request = self.head
        if head.status in (101, 204, 304) or (request is not None and request.method == b"HEAD"):
            framed = Framed(OUT, "none", 0, str(head.status))
        elif request is not None and request.method == b"CONNECT" and head.status < 300:
            framed = Framed(OUT, "close", None, "CONNECT")
        elif framed.framing == "none":
            framed = Framed(OUT, "close", None, "no length")
        if framed.framing == "close" or head.status == 101 or b"close" in members(head.fields, b"connection"):
            self.keep_alive = False
        elif request is not None and request.version == b"HTTP/1.0":
            # RFC 9112 section 9.3: a 1.0 client keeps the connection only if it is told.
            self.keep_alive = self.keep_alive and b"keep-alive" in members(head.fields, b"connection")
        self._sending.begin(framed)
        return octets

    def _send_body(self, fact: Content | Moved | Trailers | Completed) -> bytes:
        framed = self._sending.framed
        if isinstance(fact, Content) and framed is not None and framed.length is not None:
            left = framed.length - self._sending.sent
            if len(fact.data) > left:
                fact = fact._replace(data=fact.data[:left])
        octets = self._sending.octets(fact)
        if isinstance(fact, Completed) and self._sending.short:
            self.keep_alive = False
        return octets


def _offset(violation: Violation) -> int:
    return violation.offset


def _is_unknown(violation: Violation) -> bool:
    return violation.id == "coding-unknown"
