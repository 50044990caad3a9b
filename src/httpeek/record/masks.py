"""Masks: a run without its secrets, every place and every copy of them.

A mask is `<masked 43 bytes #1f3a9c>`: the length, and a hash under a key that only this user has (0600), so that equal
values can be seen to be equal and none can be guessed.

How: secrets are found at their places (fields, query, form and JSON members, userinfo), then every copy of each is
looked for: as it stands, in base64, percent-encoded. Places become spans of the wire; `Bytes` events are split
around them, so the offsets of everything else stay those of the wire. Content that is coded and holds a
secret is kept decoded, since a mask inside compressed octets would be no octets at all.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode

from httpeek.codec.coding import Decoder
from httpeek.codec.http1.framing import codings
from httpeek.model.codes import HttpeekError
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Content,
    Event,
    Failed,
    Masked,
    Note,
    Planned,
    Representation,
    RequestStarted,
    Resolved,
    Resolving,
    ResponseStarted,
    TlsStarted,
    Trailers,
    Violation,
)
from httpeek.model.plan import SizeLimits
from httpeek.record.format import Wire
from httpeek.record.spellings import spellings
from httpeek.record.store import state_directory
from httpeek.record.suspect import ENDINGS, is_secret_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from httpeek.model.events import Fact
    from httpeek.model.message import Fields
    from httpeek.model.plan import Plan
    from httpeek.model.proxy import Proxy, ProxyPolicy

    Where = tuple[int | None, str]

SHORTEST_COPY = 6
"""Octets a secret must have for its copies to be looked for: shorter ones would mask ordinary text."""
_NAME = b"(?:" + b"|".join(ENDINGS) + b")"
_MEMBER = re.compile(
    rb'"(?:[^"\\]|\\.)*?' + _NAME + rb'"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}\[\]]+))', re.IGNORECASE
)
_PARAMETER = re.compile(rb"(?:^|[?&;\s\"'])[^=&?;\s\"'<>]*?" + _NAME + rb"=([^&;\s\"'<>]+)", re.IGNORECASE)
_PART = re.compile(
    rb'name="[^"\r\n]*?' + _NAME + rb'"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.IGNORECASE | re.DOTALL
)
_LINE = re.compile(rb"^([^\s:]+)[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)
_COOKIE_VALUE = re.compile(rb"=([^;]*)")
_USERINFO = re.compile(rb"://[^/\s:@?#]*:([^/\s@?#]+)@")


def key(environ: Mapping[str, str]) -> bytes:
    """This user's key for masks, made when there is none. Where it cannot be kept, one for this process only."""
    path = state_directory(environ) + "/mask-key"
    try:
        with open(path, "rb") as file:
            found = file.read(64)
        if len(found) >= 32:
            return found[:64]
    except OSError:
        pass
    made = os.urandom(32)
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        file_number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file_number, made)
        finally:
            os.close(file_number)
    except OSError:
        pass
    return made


class Masker:
    """Masks runs under one key. `names` are further names of fields, parameters and members that hold secrets, `known`
    are secrets that are masked wherever they stand, however short they are."""

    def __init__(self, key: bytes, names: Sequence[str] = (), known: Iterable[bytes] = ()) -> None:
        self._key = key
        self._known = tuple(known)
        self._names = frozenset(name.lower().encode() for name in names)
        self._copies: dict[bytes, bytes] = {}
        self.learned: set[bytes] = set()
        self._forget()

    def token(self, secret: bytes) -> bytes:
        """What stands in place of a secret."""
        try:
            from _blake2 import blake2b
        except ImportError:
            from hashlib import blake2b
        digest = blake2b(secret, key=self._key, digest_size=3).hexdigest()
        return f"<masked {len(secret)} bytes #{digest}>".encode("ascii")

    def mask(self, events: Sequence[Event], content: bool = True) -> list[Event]:
        """The events of a whole run, masked. With `content` False the content stays as it is (and only heads,
        plans and sentences are masked)."""
        self._forget()
        wires = _wires(events)
        spans = self._spans(events, wires, content)
        decoded = self._decoded(events) if content else {}
        if content:
            self._hide_coded_requests(events, spans)
        return list(self._rewrite(events, wires, spans, decoded, content))

    def text(self, text: str) -> str:
        """A URL or a sentence, with secrets in it masked: those of the last run and those in its own query."""
        octets = text.encode("utf-8", "surrogateescape")
        for pattern in (_PARAMETER, _USERINFO):
            octets = _replace_groups(octets, pattern, self)
        return self._replaced(octets).decode("utf-8", "surrogateescape")

    # Finding

    def _spans(self, events: Sequence[Event], wires: dict[Where, bytearray], content: bool) -> dict[Where, set[_Span]]:
        """Where secrets stand on the wire; fills `_copies` on the way."""
        spans: dict[Where, set[_Span]] = {where: set() for where in wires}
        for event in events:
            fact = event.fact
            if isinstance(fact, Planned):
                self._learn_plan(fact.plan)
            elif isinstance(fact, RequestStarted | ResponseStarted | Trailers):
                span = fact.span if isinstance(fact, Trailers) else fact.head.span
                direction = fact.direction if isinstance(fact, Trailers) else _direction(fact)
                where = (event.connection, direction)
                if span is not None and where in wires:
                    head = bytes(wires[where][span.offset : span.offset + span.length])
                    spans[where] |= {(span.offset + a, span.offset + b) for a, b in self._in_head(head)}
                self._learn_fields(fact.fields if isinstance(fact, Trailers) else fact.head.fields)
        if content:
            for where, octets, positions in _contents(events):
                for start, end in self._in_content(octets):
                    spans.setdefault(where, set()).update(_on_wire(start, end, positions))
        self._find_copies(events, wires, spans, content)
        return spans

    def _forget(self) -> None:
        self._copies = {}
        self.learned = set()
        for secret in self._known:
            self._copy(secret)

    def _learn(self, secret: bytes) -> None:
        if len(secret) >= SHORTEST_COPY and secret not in self._copies:
            self.learned.add(secret)
            self._copy(secret)

    def _copy(self, secret: bytes) -> None:
        mask = self.token(secret)
        for copy in spellings(secret) if secret else ():
            self._copies.setdefault(copy, mask)

    def _learn_plan(self, plan: Plan) -> None:
        target = plan.target
        if target.password is not None:
            password = target.password.encode("utf-8", "surrogateescape")
            self._learn(password)
            self._learn((target.user or "").encode("utf-8", "surrogateescape") + b":" + password)
        for proxy in plan.proxy[:3] if plan.proxy is not None else ():
            if proxy is not None and proxy.password:
                password = proxy.password.encode("utf-8", "surrogateescape")
                self._learn(password)
                self._learn((proxy.user or "").encode("utf-8", "surrogateescape") + b":" + password)
        self._learn_fields(plan.fields)
        for start, end in self._in_content(target.path.encode("utf-8", "surrogateescape")):
            self._learn(target.path.encode("utf-8", "surrogateescape")[start:end])

    def _learn_fields(self, fields: Fields) -> None:
        for name, value in fields:
            for start, end in self._in_field(name, value):
                self._learn(value[start:end])

    def _in_head(self, head: bytes) -> Iterator[tuple[int, int]]:
        first_line = head.partition(b"\n")[0]
        for pattern in (_PARAMETER, _USERINFO):
            for match in pattern.finditer(first_line):
                yield match.span(1)
        for line in _LINE.finditer(head):
            at = line.start(2)
            for start, end in self._in_field(line[1], line[2]):
                yield at + start, at + end

    def _in_field(self, name: bytes, value: bytes) -> Iterator[tuple[int, int]]:
        """The spans of a field value that are secret, and what is learned from them."""
        lower = name.lower()
        if lower in (b"cookie", b"set-cookie"):
            found = _COOKIE_VALUE.finditer(value)
            for match in found:
                yield match.span(1)
                if lower == b"set-cookie":
                    return
        elif is_secret_name(lower) or lower in self._names:
            scheme, space, rest = value.partition(b" ")
            start = len(scheme) + 1 if space and lower.endswith(b"authorization") else 0
            if scheme.lower() == b"basic":
                self._learn_basic(rest.strip())
            if value[start:]:
                yield start, len(value.rstrip())
        elif b"=" in value:
            for pattern in (_PARAMETER, _USERINFO):
                for match in pattern.finditer(value):
                    yield match.span(1)

    def _learn_basic(self, credentials: bytes) -> None:
        try:
            pair = b64decode(credentials, validate=True)
        except ValueError:
            return
        self._learn(pair)
        self._learn(pair.partition(b":")[2])

    def _in_content(self, octets: bytes) -> Iterator[tuple[int, int]]:
        # The patterns need 30 ms for a body of 1 MiB, and each needs a name with its closing mark: look for that first.
        lower = octets.lower()
        if any(ending + b'"' in lower for ending in ENDINGS):
            for match in _MEMBER.finditer(octets):
                group = 1 if match[1] is not None else 2
                if match[group] not in (b"", b"null", b"true", b"false"):
                    yield match.span(group)
            for match in _PART.finditer(octets):
                yield match.span(1)
        if any(ending + b"=" in lower for ending in ENDINGS):
            for match in _PARAMETER.finditer(octets):
                yield match.span(1)
        for name in self._names:
            for match in re.finditer(rb'"?%s"?\s*[=:]\s*"?([^"&\s,}]+)' % re.escape(name), octets, re.IGNORECASE):
                yield match.span(1)

    def _find_copies(
        self, events: Sequence[Event], wires: dict[Where, bytearray], spans: dict[Where, set[_Span]], content: bool
    ) -> None:
        contents = _contents(events)
        for _, octets, _ in contents:
            for start, end in self._in_content(octets):
                self._learn(octets[start:end])
        for where, wire in wires.items():
            for copy in self._copies:
                spans[where].update(_occurrences(wire, copy))
        # A copy may lie over several chunks.
        for where, octets, positions in contents:
            for copy in self._copies if len(positions) > 1 and content else ():
                for start, end in _occurrences(octets, copy):
                    spans[where].update(_on_wire(start, end, positions))

    def _decoded(self, events: Sequence[Event]) -> dict[int | None, bytes]:
        """The representation of each exchange whose content is coded and holds a secret, masked."""
        found: dict[int | None, bytes] = {}
        for number, applied, octets in _coded(events, IN):
            plain = _plain(applied, octets)
            secrets = [plain[start:end] for start, end in self._in_content(plain)]
            if secrets or any(copy in plain for copy in self._copies):
                masked = _replace_groups(plain, _MEMBER, self)
                for secret in secrets:
                    self._learn(secret)
                for pattern in (_PARAMETER, _PART):
                    masked = _replace_groups(masked, pattern, self)
                found[number] = self._replaced(masked)
        return found

    def _hide_coded_requests(self, events: Sequence[Event], spans: dict[Where, set[_Span]]) -> None:
        """The content of a request that is coded (--compress) and holds a secret is masked whole: nothing in it can be
        replaced."""
        for number, applied, octets in _coded(events, OUT):
            plain = _plain(applied, octets)
            if any(True for _ in self._in_content(plain)) or any(copy in plain for copy in self._copies):
                for where, positions in _coded_places(events, number, OUT):
                    spans[where] |= {(start, end) for start, end in positions}

    # Rewriting

    def _rewrite(
        self,
        events: Sequence[Event],
        wires: dict[Where, bytearray],
        spans: dict[Where, set[_Span]],
        decoded: dict[int | None, bytes],
        content: bool,
    ) -> Iterator[Event]:
        for number in decoded:
            for where, positions in _coded_places(events, number, IN):
                spans[where] |= {(start, end) for start, end in positions}
        merged = {where: _merged(found) for where, found in spans.items()}
        wire = Wire()
        shown: set[int | None] = set()
        for event in events:
            fact = event.fact
            if isinstance(fact, Bytes):
                where = (event.connection, fact.direction)
                for piece in self._split(fact, merged[where], wires[where]):
                    wire.add(event.connection, piece)
                    yield event._replace(fact=piece)
            elif isinstance(fact, Content) and content:
                if fact.direction == IN and event.exchange in decoded:
                    if event.exchange not in shown:
                        shown.add(event.exchange)
                        yield event._replace(fact=Representation(decoded[event.exchange]))
                    continue
                data = wire.cut(event.connection, fact.direction, fact.offset, len(fact.data))
                yield event._replace(fact=fact._replace(data=data))
            elif isinstance(fact, Representation) and content:
                continue
            else:
                yield event._replace(fact=self._masked_fact(fact))

    def _split(self, fact: Bytes, spans: list[_Span], wire: bytearray) -> Iterator[Bytes | Masked]:
        position, end = fact.offset, fact.offset + len(fact.data)
        for start, stop in spans:
            if stop <= position or start >= end:
                continue
            if start > position:
                yield Bytes(fact.direction, position, fact.data[position - fact.offset : start - fact.offset])
            # A secret that lies over two events has its mask in the first.
            text = self.token(bytes(wire[start:stop])).decode("ascii") if start >= position else ""
            known = self._copies.get(bytes(wire[start:stop]))
            if known is not None and text:
                text = known.decode("ascii")
            first, last = max(start, position), min(stop, end)
            yield Masked(fact.direction, first, last - first, text)
            position = last
        if position < end:
            yield Bytes(fact.direction, position, fact.data[position - fact.offset :])

    def _masked_proxies(self, policy: ProxyPolicy | None) -> ProxyPolicy | None:
        def masked(proxy: Proxy | None) -> Proxy | None:
            if proxy is None or proxy.password is None:
                return proxy
            return proxy._replace(password=self.token(proxy.password.encode("utf-8", "surrogateescape")).decode())

        if policy is None:
            return None
        return policy._replace(http=masked(policy.http), https=masked(policy.https), all=masked(policy.all))

    def _masked_fact(self, fact: Fact) -> Fact:
        if isinstance(fact, Planned):
            plan = fact.plan
            target = plan.target._replace(
                path=self.text(plan.target.path),
                host=self._name(plan.target.host),
                user=None if plan.target.user is None else self._name(plan.target.user),
                password=None
                if plan.target.password is None
                else self.token(plan.target.password.encode("utf-8", "surrogateescape")).decode(),
            )
            body = plan.body
            if body is not None and (body.data or body.parts):
                body = body._replace(data=b"", parts=())
            fields, proxies = self._masked_fields(plan.fields), self._masked_proxies(plan.proxy)
            return fact._replace(plan=plan._replace(target=target, fields=fields, body=body, proxy=proxies))
        if isinstance(fact, RequestStarted):
            target_octets = self.text(fact.head.target.decode("latin-1")).encode("latin-1")
            return RequestStarted(
                fact.head._replace(target=target_octets, fields=self._masked_fields(fact.head.fields))
            )
        if isinstance(fact, ResponseStarted):
            reason = self._replaced(fact.head.reason)
            return ResponseStarted(fact.head._replace(reason=reason, fields=self._masked_fields(fact.head.fields)))
        if isinstance(fact, Trailers):
            return fact._replace(fields=self._masked_fields(fact.fields))
        if isinstance(fact, Note):
            return Note(self.text(fact.text))
        if isinstance(fact, Violation):
            return fact._replace(detail=self.text(fact.detail))
        if isinstance(fact, Failed):
            return Failed(fact.failure._replace(sentence=self.text(fact.failure.sentence)))
        if isinstance(fact, Resolving | Resolved):
            return fact._replace(host=self._name(fact.host))
        if isinstance(fact, TlsStarted):
            return fact._replace(server_name=self._name(fact.server_name))
        return fact

    def _name(self, name: str) -> str:
        """A host, a method, a user: masked only where it is a copy of a secret."""
        octets = name.encode("utf-8", "surrogateescape")
        return self._replaced(octets).decode("utf-8", "surrogateescape")

    def _masked_fields(self, fields: Fields) -> Fields:
        return tuple((name, self._masked_value(name, value)) for name, value in fields)

    def _masked_value(self, name: bytes, value: bytes) -> bytes:
        out = b""
        position = 0
        for start, end in self._in_field(name, value):
            out += value[position:start] + self.token(value[start:end])
            position = end
        return self._replaced(out + value[position:])

    def _replaced(self, octets: bytes) -> bytes:
        for copy in sorted(self._copies, key=len, reverse=True):
            octets = octets.replace(copy, self._copies[copy])
        return octets


if TYPE_CHECKING:
    _Span = tuple[int, int]


def _direction(fact: RequestStarted | ResponseStarted) -> str:
    return "out" if isinstance(fact, RequestStarted) else IN


def _wires(events: Sequence[Event]) -> dict[Where, bytearray]:
    """The octets of each connection and direction from offset 0, with zeros where none were kept."""
    wires: dict[Where, bytearray] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Bytes):
            wire = wires.setdefault((event.connection, fact.direction), bytearray())
            if len(wire) < fact.offset:
                wire.extend(bytes(fact.offset - len(wire)))
            wire[fact.offset : fact.offset + len(fact.data)] = fact.data
    return wires


def _contents(events: Sequence[Event]) -> list[tuple[Where, bytes, list[tuple[int, int]]]]:
    """The content of each message: where it went, its octets, and (wire offset, length) of its pieces."""
    found: dict[tuple[int | None, int | None, str], tuple[list[bytes], list[tuple[int, int]]]] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Content):
            pieces, positions = found.setdefault((event.exchange, event.connection, fact.direction), ([], []))
            pieces.append(fact.data)
            positions.append((fact.offset, len(fact.data)))
    return [((connection, direction), b"".join(p), at) for (_, connection, direction), (p, at) in found.items()]


def _occurrences(octets: bytes | bytearray, copy: bytes) -> Iterator[_Span]:
    """Where `copy` stands in `octets`, one place after another."""
    at = octets.find(copy)
    while at >= 0:
        yield at, at + len(copy)
        at = octets.find(copy, at + len(copy))


def _on_wire(start: int, end: int, positions: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The wire spans of content octets `start` to `end`."""
    at = 0
    for offset, length in positions:
        first, last = max(start, at), min(end, at + length)
        if first < last:
            yield offset + first - at, offset + last - at
        at += length


def _plain(applied: list[bytes], octets: bytes) -> bytes:
    """Content with its codings taken off, bounded, and as far as that goes."""
    plain = bytearray()
    decoder = Decoder(applied, SizeLimits(decoded=8 * 1024 * 1024))
    try:
        for piece in decoder.feed(octets):
            plain += piece
        for piece in decoder.finish():
            plain += piece
    except HttpeekError:
        pass
    return bytes(plain)


def _coded(events: Sequence[Event], direction: str) -> Iterator[tuple[int | None, list[bytes], bytes]]:
    """The exchanges whose content in this direction is coded, with the codings and the content."""
    applied: dict[int | None, list[bytes]] = {}
    pieces: dict[int | None, list[bytes]] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, RequestStarted | ResponseStarted) and _direction(fact) == direction:
            found = codings(fact.head.fields)
            if found and not (isinstance(fact, ResponseStarted) and fact.head.interim):
                applied[event.exchange] = found
        elif isinstance(fact, Content) and fact.direction == direction and event.exchange in applied:
            pieces.setdefault(event.exchange, []).append(fact.data)
    for number, octets in pieces.items():
        yield number, applied[number], b"".join(octets)


def _coded_places(
    events: Sequence[Event], number: int | None, direction: str
) -> Iterator[tuple[Where, list[tuple[int, int]]]]:
    for event in events:
        fact = event.fact
        if event.exchange == number and isinstance(fact, Content) and fact.direction == direction:
            yield (event.connection, direction), [(fact.offset, fact.offset + len(fact.data))]


def _merged(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, overlapping ones as one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _replace_groups(octets: bytes, pattern: re.Pattern[bytes], masker: Masker) -> bytes:
    """`octets` with the first group that matched replaced by its mask, at every match."""
    out = []
    position = 0
    for match in pattern.finditer(octets):
        group = next((g for g in range(1, pattern.groups + 1) if match[g] is not None), 0)
        if match[group] in (b"null", b"true", b"false", b"") or match[group].startswith(b"<masked "):
            continue
        out += [octets[position : match.start(group)], masker.token(match[group])]
        position = match.end(group)
    return b"".join((*out, octets[position:]))
