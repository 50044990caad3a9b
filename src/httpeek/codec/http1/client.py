"""The client's half of a connection: requests out, responses in, sans-IO.

    states of a response    before --(octets)--> head --(final head)--> body --(last octet)--> complete
                            head --(1xx)--> head        head --(101, 2xx to CONNECT)--> upgraded
                            any --(a violation with no safe way on, or the stream's end)--> failed

Rules:
- `receive` takes whatever arrived and returns the facts in it: the same facts however the octets were cut, except
  that content comes in the pieces in which it arrived.
- Violations in a head stand before its ResponseStarted, those that end the exchange behind it, with a Failed last.
- A violation is a note where RFC 9112 names a winner, and fatal where the framing has none; `strict` makes each fatal.
- A response is complete as soon as its framing says so (RFC 9112 section 6.3), whatever the connection does.
- Nothing here opens, reads, waits or looks at a clock.
"""

from __future__ import annotations

from httpeek.codec.http1.body import ChunkedBody, CloseBody, LengthBody, Sending
from httpeek.codec.http1.framing import response_framing, sent_framing, survey
from httpeek.codec.http1.head import (
    Findings,
    Places,
    Section,
    clean_status_line,
    counted,
    request_octets,
    section_octets,
    split_clean,
)
from httpeek.model.codes import EMPTY_REPLY, Failure
from httpeek.model.events import (
    IN,
    OUT,
    Completed,
    Content,
    Failed,
    Framed,
    Moved,
    RequestStarted,
    ResponseStarted,
    Trailers,
    Violation,
)
from httpeek.model.message import ResponseHead, Span, has, members
from httpeek.model.nouns import Noun
from httpeek.model.plan import SizeLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.codec.http1.body import Body
    from httpeek.model.events import Fact
    from httpeek.model.message import Fields, RequestHead

DEFAULT_SIZES = SizeLimits()


class _Asked(Noun):
    """What the fields of a request mean to this connection: their octets, how the request is framed, whether its client
    takes transfer codings (TE), offers another protocol (Upgrade) and wants the connection closed."""

    fields: Fields
    octets: bytes
    framed: Framed
    te: bool
    upgrade: bool
    close: bool


def _asked(fields: Fields) -> _Asked:
    octets, framed = section_octets(fields), sent_framing(fields)
    close = b"close" in members(fields, b"connection")
    return _Asked(fields, octets, framed, has(fields, b"te"), has(fields, b"upgrade"), close)


_NOTHING_ASKED = _Asked((), b"", Framed(OUT, "none", 0, ""), False, False, False)
_IDLE, _HEAD, _BODY, _COMPLETE, _UPGRADED, _FAILED = range(6)


class ClientConnection:
    """One connection as its client sees it; it carries one exchange after the other.

    `framed`: how the request just started is framed. `received`: octets received so far, where the count may begin
    behind what somebody else read. `complete`: the response
    is whole. `reusable`: another request may follow (RFC 9112 section 9.3). `upgraded`: the connection stopped being
    HTTP/1, and `leftover` holds the octets received since.
    """

    def __init__(self, size: SizeLimits = DEFAULT_SIZES, strict: bool = False, received: int = 0) -> None:
        self.framed: Framed | None = None
        self.received = received
        self.leftover = b""
        self._size = size
        self._strict = strict
        self._sending = Sending()
        self._request: RequestHead | None = None
        self._asked = _NOTHING_ASKED  # kept for the next request: in a run the fields of many are the same
        self._response: ResponseHead | None = None
        self._found: dict[bytes, list[int]] = {}  # where the response has the fields that decide
        self._body: Body | None = None
        self._section: Section | None = None
        self._head_at = 0
        self._line_read = False
        self._interims = 0
        self._behind = 0
        self._state = _IDLE

    # Out

    def send(self, fact: RequestStarted | Content | Moved | Trailers | Completed) -> bytes:
        """The octets to send for the next part of a request: its head, content, trailers, and its end.

        Content is framed as the head's fields say. Raises HttpeekError (USAGE) for what would break the head, and
        nothing is changed then.
        """
        if not isinstance(fact, RequestStarted):
            return self._sending.octets(fact)
        head = fact.head
        if head.fields is not self._asked.fields:
            self._asked = _asked(head.fields)
        octets = request_octets(head, self._asked.octets)
        self._request = head
        self.framed = self._asked.framed
        self._sending.begin(self.framed)
        if self._state == _IDLE:
            self._state = _HEAD
        return octets

    def next(self) -> None:
        """Makes ready for the next request on this connection; offsets go on."""
        self.framed = None
        self._request = self._response = None
        self._body = self._section = None
        self._interims = 0
        self._state = _IDLE

    # In

    def receive(self, data: bytes) -> list[Fact]:
        """The facts in octets that arrived; b"" is the end of the stream."""
        facts: list[Fact] = []
        base = self.received
        if not data:
            self._end(facts)
            return facts
        self.received = base + len(data)
        position = 0
        if self._state == _IDLE:
            words = "octets arrived before a request was sent"
            self._fail(facts, Violation("response-before-request", IN, base, words, True))
        while position < len(data):
            state = self._state
            if state == _BODY:
                position = self._read_body(data, position, base, facts)
            elif state == _HEAD:
                position = self._read_head(data, position, base, facts)
            elif state == _COMPLETE:
                self._after_end(base + position, len(data) - position, facts)
                break
            elif state == _UPGRADED:
                self.leftover += data[position:]
                break
            else:
                break
        return facts

    @property
    def movable(self) -> int:
        """Octets of content that are still to come and need no reader: those of a body with a length."""
        body = self._body
        return body.length - body.count if self._state == _BODY and isinstance(body, LengthBody) else 0

    def moved(self, count: int) -> list[Fact]:
        """The facts in `count` octets that somebody else took, at most `movable`."""
        body = self._body
        assert isinstance(body, LengthBody)
        self.received += count
        body.count += count
        body.done = body.count == body.length
        facts: list[Fact] = []
        if body.done:
            self._complete(facts, body.count)
        return facts

    def _read_body(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        body = self._body
        assert body is not None
        start = len(facts)
        position = body.feed(data, position, base, facts)
        if body.odd:
            body.odd = False
            self._judge(facts, start)
        if body.done and self._state == _BODY:
            self._complete(facts, body.count)
        return position

    def _judge(self, facts: list[Fact], start: int) -> None:
        """Ends the exchange at the first violation that allows no way on."""
        for index in range(start, len(facts)):
            fact = facts[index]
            if isinstance(fact, Violation) and (fact.fatal or self._strict):
                del facts[index:]
                self._fail(facts, fact)
                return

    def _complete(self, facts: list[Fact], count: int) -> None:
        facts.append(Completed(IN, count))
        self._state = _COMPLETE

    def _after_end(self, offset: int, count: int, facts: list[Fact]) -> None:
        """Octets behind a complete response, of which nobody can say what they are."""
        self._behind += count
        head, request = self._response, self._request
        octets = "octet" if count == 1 else "octets"
        bodyless = head is not None and (head.status in (204, 304) or (request and request.method == b"HEAD"))
        if bodyless and head is not None:
            what = "a response to HEAD" if request and request.method == b"HEAD" else f"a response {head.status}"
            found = Violation("content-unexpected", IN, offset, f"{count} {octets} after {what}, which has no content")
        else:
            found = Violation("bytes-after-end", IN, offset, f"{count} {octets} after the end of the response")
        if self._strict:
            self._fail(facts, found)
        else:
            facts.append(found)

    def _end(self, facts: list[Fact]) -> None:
        """The stream ended: complete, cut short, or without a reply."""
        if self._state == _BODY and self._body is not None:
            missing = self._body.end(self.received)
            if missing is not None:
                self._fail(facts, missing)
            else:
                self._complete(facts, self._body.count)
        elif self._state == _HEAD:
            self._end_in_head(facts)

    def _end_in_head(self, facts: list[Fact]) -> None:
        section = self._section
        if section is None:
            if self._interims:
                words = "the peer closed after an interim response, without a final one"
                self._fail(facts, Violation("lone-interim", IN, self.received, words, True))
            else:
                self._state = _FAILED
                facts.append(Failed(Failure(EMPTY_REPLY, "receive", "the peer closed the connection without a reply")))
            return
        from httpeek.codec.http1.diagnose import foreign, not_a_status_line

        octets = bytes(section.octets[section.start :])
        if octets and foreign(octets, True) is not None:
            findings = Findings(IN)
            not_a_status_line(octets, self._head_at + section.start, findings)
            self._fail(facts, findings.found[0])
            return
        words = f"the peer closed inside the head, after {counted(len(section.octets))}"
        self._fail(facts, Violation("head-cut", IN, self.received, words, True))

    # Heads

    def _read_head(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        section = self._section
        if section is None:
            # The common case: a clean head, whole in one piece.
            end = data.find(b"\r\n\r\n", position, position + self._size.head)
            if end >= 0:
                head = data[position : end + 4]
                parts = split_clean(head)
                started = clean_status_line(parts[0]) if parts is not None else None
                if parts is not None and started is not None and len(parts[1]) <= self._size.fields:
                    self._take_head(head, base + position, 0, started, parts[1], Findings(IN), facts)
                    return end + 4
            section = self._section = Section(self._size.head, True)
            self._head_at = base + position
            self._line_read = False
        position = section.take(data, position)
        if not self._line_read:
            self._look_at_first_line(section, facts)
        if self._state != _HEAD:
            return position
        if section.over:
            words = f"the head is larger than {self._size.head} octets"
            self._fail(facts, Violation("head-size", IN, self._head_at, words, True))
        elif section.whole:
            self._section = None
            self._diagnose(bytes(section.octets), section.start, facts)
        return position

    def _look_at_first_line(self, section: Section, facts: list[Fact]) -> None:
        """Ends the exchange as soon as the first line cannot be a status line: a peer that speaks another protocol
        may wait for us to speak."""
        if not section.begun:
            return
        from httpeek.codec.http1.diagnose import foreign, not_a_status_line, status_line

        offset = self._head_at + section.start
        findings = Findings(IN)
        sample = bytes(section.octets[section.start : section.start + 64])
        line = section.first_line()
        if foreign(sample, False) is not None:
            not_a_status_line(sample, offset, findings)
        elif line is not None:
            self._line_read = True
            status_line(line.removesuffix(b"\r"), offset, findings)
        fatal = next((violation for violation in findings.found if violation.fatal), None)
        if fatal is not None:
            self._fail(facts, fatal)

    def _diagnose(self, octets: bytes, start: int, facts: list[Fact]) -> None:
        from httpeek.codec.http1.diagnose import next_line, read_fields, status_line

        findings = Findings(IN)
        base = self._head_at
        if start:
            findings.add("line-before-start", base, "an empty line before the start line")
        line, after = next_line(octets, start, base, findings)
        started = status_line(line, base + start, findings)
        fields, _ = read_fields(octets, after, base, self._size.fields, findings)
        if started is not None:
            self._take_head(octets, base, start, started, fields, findings, facts)

    def _take_head(
        self,
        octets: bytes,
        base: int,
        start: int,
        started: tuple[bytes, int, bytes],
        fields: Fields,
        findings: Findings,
        facts: list[Fact],
    ) -> None:
        """A head is whole: what it says, what is wrong with it, and how its body ends."""
        version, status, reason = started
        head = ResponseHead(version, status, reason, fields, Span(base + start, len(octets) - start))

        places = Places(octets, start, base)
        found = survey(fields)
        request = self._request
        assert request is not None
        framed = response_framing(head, request.method, self._asked.te, found, places, findings)
        if framed is not None and framed.framing == "close" and not findings.fatal:
            findings.add("until-close", base + len(octets), "no length: the body ends where the connection does")
        self._order(head, status, base, findings)
        self._tell(head, findings, facts)
        if self._state == _FAILED or framed is None:
            return
        if head.interim:
            return
        self._found = found
        self._begin_body(head, framed, facts)

    def _order(self, head: ResponseHead, status: int, base: int, findings: Findings) -> None:
        """What a response may be in its place in the exchange (RFC 9110 section 15.2)."""
        if head.interim:
            self._interims += 1
            if self._interims > self._size.interim:
                words = f"more than {self._size.interim} interim responses"
                findings.add("endless-interim", base, words, True)
        elif status == 101 and not self._asked.upgrade:
            findings.add("unasked-101", base, "101 without an Upgrade field in the request", True)

    def _tell(self, head: ResponseHead, findings: Findings, facts: list[Fact]) -> None:
        """The head with its violations: notes before it, the one that ends the exchange behind it."""
        started = ResponseStarted(head)
        if not head.interim:
            self._response = head
        if not findings.found:
            facts.append(started)
            return
        ordered = sorted(findings.found, key=_offset)
        fatal = next((violation for violation in ordered if violation.fatal or self._strict), None)
        if fatal is None:
            facts += [violation for violation in ordered if violation.id != "until-close"]
            facts.append(started)
            facts += [violation for violation in ordered if violation.id == "until-close"]
            return
        facts += [violation._replace(fatal=False) for violation in ordered if violation is not fatal]
        facts.append(started)
        self._fail(facts, fatal)

    def _begin_body(self, head: ResponseHead, framed: Framed, facts: list[Fact]) -> None:
        if head.status == 101:
            framed = Framed(IN, "upgrade", None, "101")
        facts.append(framed)
        framing = framed.framing
        if framing == "upgrade":
            self._complete(facts, 0)
            self._state = _UPGRADED
        elif framing == "none" or framed.length == 0:
            self._complete(facts, 0)
        else:
            self._state = _BODY
            if framing == "length":
                assert framed.length is not None
                self._body = LengthBody(IN, framed.length)
            else:
                self._body = ChunkedBody(IN, self._size) if framing == "chunked" else CloseBody(IN)

    def _fail(self, facts: list[Fact], violation: Violation) -> None:
        """Ends the exchange with a violation: it is told as fatal, and a Failed says it in a sentence."""
        from httpeek.codec.http1.verdict import failure

        facts.append(violation._replace(fatal=True))
        facts.append(Failed(failure(violation, self._body)))
        self._state = _FAILED

    # What is known

    @property
    def complete(self) -> bool:
        """True when the final response is whole."""
        return self._state in (_COMPLETE, _UPGRADED)

    @property
    def upgraded(self) -> bool:
        """True when the connection stopped being HTTP/1: after 101, or 2xx to CONNECT."""
        return self._state == _UPGRADED

    @property
    def reusable(self) -> bool:
        """True when another request may be sent on this connection (RFC 9112 section 9.3)."""
        request, response = self._request, self._response
        if self._state != _COMPLETE or request is None or response is None or self._behind:
            return False
        if not self._sending.done or self._sending.short or isinstance(self._body, CloseBody):
            return False
        found = self._found
        coded = b"transfer-encoding" in found
        # RFC 9112 section 6.1: behind framing that may have been read in two ways nothing can be trusted.
        if coded and (b"content-length" in found or response.version == b"HTTP/1.0"):
            return False
        if self._asked.close:
            return False
        options = members(response.fields, b"connection") if b"connection" in found else []
        if b"close" in options:
            return False
        persistent = response.version != b"HTTP/1.0" and request.version != b"HTTP/1.0"
        return persistent or b"keep-alive" in options

    def position(self) -> str:
        """Where in the response the connection is, for a sentence: "17 of 100 bytes of the body"."""
        if self._state in (_COMPLETE, _UPGRADED):
            return "after the end of the response"
        if self._body is not None:
            return f"{self._body.progress()} of the body"
        if self._response is not None:
            return "after the head"
        if self._section is not None and self._section.octets:
            return f"inside the head, after {counted(len(self._section.octets))}"
        if self._interims:
            return "after an interim response"
        return "before the first byte"


def _offset(violation: Violation) -> int:
    return violation.offset
