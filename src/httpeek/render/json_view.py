"""The json view: the machine interface. One object an exchange, of schema `httpeek/1` (docs/schema).

Rules:
- Every object has the same members; what is not known is null. It is valid JSON on every path, also where nothing
  was received or nothing was sent.
- Octets are text where they are UTF-8, and else `{"base64": "..."}`, wherever they stand. Times are whole
  microseconds. Fields and trailers are ordered [name, value] pairs.
- `response.body` is the representation (content codings taken off); where the content was coded, `response.coded`
  holds the exact content, too.
- Indented on a terminal, one line each in a pipe. A change of form is a change of schema.
"""

from __future__ import annotations

from httpeek.model.codes import TOO_LARGE
from httpeek.model.events import IN, OUT, DialFailed, Dialling, Failed, Note, Planned, RunStarted
from httpeek.model.exchange import Exchange
from httpeek.model.message import members
from httpeek.model.violations import rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from httpeek.model.codes import Failure
    from httpeek.model.events import Certificate, Connected, Event, TlsEstablished, Violation
    from httpeek.model.message import Fields, RequestHead, ResponseHead
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

    Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

SCHEMA = "httpeek/1"

_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | {0x22: '\\"', 0x5C: "\\\\"}
_ESCAPES |= {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}
_LITERALS: dict[bool | None, str] = {None: "null", True: "true", False: "false"}


class JsonView:
    """The sink. An exchange is written when it ended, or at the end of the run."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants = frozenset({"representation"})
        self._screen = screen
        self._options = options
        self._start: RunStarted | None = None
        self._exchange: Exchange | None = None
        self._notes: list[str] = []
        self._written = 0

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, RunStarted):
            self._start = fact
        elif isinstance(fact, Planned):
            self._write()
            self._exchange = Exchange(event.exchange or self._written + 1, self._start)
        elif isinstance(fact, Note):
            self._notes.append(fact.text)
        if self._exchange is not None:
            self._exchange.feed(event)
        elif isinstance(fact, Failed):
            self.fail(fact.failure)

    def finish(self) -> None:
        """Writes the exchange that is open; a run without any is an object, too."""
        self._write()
        if not self._written:
            self._put(Exchange(0, self._start), None)
        self._screen.flush()

    def fail(self, failure: Failure) -> None:
        """Writes the object of a run that failed before its first exchange: wrong usage, say."""
        self._put(Exchange(0, self._start), failure)

    def _write(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            self._put(exchange, exchange.failure)

    def _put(self, exchange: Exchange, failure: Failure | None) -> None:
        self._written += 1
        made = describe(exchange, failure, self._notes)
        self._notes = []
        screen = self._screen
        if not screen.out_tty:
            screen.text(dumped(made) + "\n")
            return
        from httpeek.render.json_text import JsonText
        from httpeek.render.terminal import STYLE

        colours = {p: STYLE[p] if screen.colour_out else "" for p in ("key", "string", "number", "literal")}
        formatter = JsonText(screen.text, colours)
        # What could act on a terminal is escaped in JSON's own way.
        formatter.feed(_printable(dumped(made)))
        formatter.finish()
        screen.text("\n")


def fail_alone(failure: Failure) -> None:
    """Writes the object of a command that failed before it made a run, to standard output."""
    from os import isatty

    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

    screen = Screen(out_tty=isatty(1))
    JsonView(screen, ViewOptions()).fail(failure)
    screen.flush()


def describe(exchange: Exchange, failure: Failure | None = None, notes: list[str] | None = None) -> dict[str, Value]:
    """The object of one exchange; the published schema describes each member."""
    start, plan = exchange.start, exchange.plan
    failure = failure or exchange.failure
    planned = exchange.marks.get("planned", 0)
    started = (start.wall + planned) // 1000 if start is not None and start.wall else None
    return {
        "schema": SCHEMA,
        "run": start.run if start is not None else None,
        "exchange": exchange.number,
        "hop": exchange.hop,
        "attempt": exchange.attempt,
        "cause": exchange.cause,
        "rebuilt": (start.rebuilt or None) if start is not None else None,
        "masked": exchange.masked,
        "started": started,
        "url": _clean(plan.target.url) if plan is not None else None,
        "name": _name(exchange),
        "dials": _dials(exchange),
        "socket": _socket(exchange.connection, exchange.connected) if exchange.connected is not None else None,
        "tls": _tls(exchange.tls) if exchange.tls is not None else None,
        "request": _request(exchange),
        "interim": [_head(head) for head in exchange.interim],
        "response": _response(exchange),
        "violations": [_violation(fact) for fact in exchange.violations],
        "notes": [_clean(note) for note in notes or ()],
        "connection": "kept" if exchange.kept else f"closed by {exchange.closed.by}" if exchange.closed else None,
        "octets": {"sent": exchange.sent_octets, "received": exchange.received_octets},
        "timings": _timings(exchange),
        "error": None
        if failure is None
        else {"code": failure.code, "layer": failure.layer, "sentence": _clean(failure.sentence)},
    }


def dumped(value: Value) -> str:
    """The value as JSON on one line (RFC 8259); the module `json` would import `re` and `enum`."""
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dumped(name)}: {dumped(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumped, value)) + "]"
    return _LITERALS[value] if value is None or isinstance(value, bool) else str(value)


def octets(data: bytes) -> Value:
    """Octets as a string where they are UTF-8, and else as an object with their base64."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        from binascii import b2a_base64

        return {"base64": b2a_base64(data, newline=False).decode("ascii")}


def body(data: bytes) -> dict[str, Value]:
    """A body: its size, and its octets as text or base64, whichever `encoding` says."""
    value = octets(data)
    if isinstance(value, dict):
        return {"octets": len(data), "encoding": "base64", "text": value["base64"]}
    return {"octets": len(data), "encoding": "utf-8", "text": value}


def _clean(text: str) -> str:
    """Text of ours with what came from outside in it: no lone surrogates, which are no JSON text."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    from httpeek.render.terminal import hidden

    parts = []
    for character in text:
        code = ord(character)
        if not hidden(code):
            parts.append(character)
        elif code < 0x10000:
            parts.append(f"\\u{code:04x}")
        else:
            code -= 0x10000
            parts.append(f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}")
    return "".join(parts)


def pairs(fields: Fields) -> Value:
    """A field section as ordered [name, value] pairs."""
    return [[octets(name), octets(value)] for name, value in fields]


def _name(exchange: Exchange) -> Value:
    fact = exchange.resolved
    if fact is None:
        return None
    return {
        "host": _clean(fact.host),
        "addresses": list(fact.addresses),
        "source": fact.source,
        "error": _clean(fact.error) or None,
    }


def _dials(exchange: Exchange) -> Value:
    dials: list[Value] = []
    failed = {e.fact.address: e.fact.reason for e in exchange.events if isinstance(e.fact, DialFailed)}
    for event in exchange.events:
        fact = event.fact
        if isinstance(fact, Dialling):
            dials.append({"address": fact.address, "error": failed.get(fact.address), "time": event.time // 1000})
    return dials


def _socket(connection: int | None, fact: Connected) -> Value:
    return {
        "connection": connection,
        "fd": fact.fd,
        "local": _end(fact.local),
        "remote": _end(fact.remote),
        "reused": fact.reused,
    }


def _end(text: str) -> Value:
    """One half of a 4-tuple: address and port, or the path of a unix socket."""
    if text.startswith("unix:"):
        return {"address": _clean(text[5:]), "port": None, "text": _clean(text)}
    address, _, port = text.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() else None
    return {"address": address.strip("[]"), "port": number, "text": _clean(text)}


def _tls(fact: TlsEstablished) -> Value:
    return {
        "version": fact.version,
        "cipher": fact.cipher,
        "bits": fact.bits,
        "alpn": fact.alpn or None,
        "verify": _clean(fact.verify),
        "chain": [_certificate(certificate) for certificate in fact.chain],
    }


def _certificate(certificate: Certificate) -> Value:
    from binascii import b2a_base64

    return {
        "subject": _clean(certificate.subject),
        "issuer": _clean(certificate.issuer),
        "names": [_clean(name) for name in certificate.names],
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "serial": certificate.serial,
        "der": b2a_base64(certificate.der, newline=False).decode("ascii"),
    }


def _request(exchange: Exchange) -> Value:
    head: RequestHead | None = exchange.request
    plan = exchange.plan
    if head is None and plan is None:
        return None
    content = exchange.content(OUT)
    trailers = exchange.trailers.get(OUT)
    made: dict[str, Value]
    if head is not None:
        made = {
            "method": octets(head.method),
            "target": octets(head.target),
            "version": octets(head.version),
            "fields": pairs(head.fields),
        }
    else:
        assert plan is not None
        made = {
            "method": _clean(plan.method),
            "target": _clean(plan.target.path),
            "version": f"HTTP/{plan.version}",
            "fields": pairs(plan.fields),
        }
    made["sent"] = head is not None and not (plan is not None and plan.offline)
    made["body"] = body(content) if content or (plan is not None and plan.body is not None) else None
    made["trailers"] = pairs(trailers.fields) if trailers is not None else []
    return made


def _head(head: ResponseHead) -> dict[str, Value]:
    return {
        "version": octets(head.version),
        "status": head.status,
        "reason": octets(head.reason),
        "fields": pairs(head.fields),
    }


def _response(exchange: Exchange) -> Value:
    head = exchange.response
    if head is None:
        return None
    made = _head(head)
    framed = exchange.framed.get(IN)
    content, representation = exchange.content(IN), exchange.representation()
    coded = bool(set(members(head.fields, b"content-encoding")) - {b"identity"})
    trailers = exchange.trailers.get(IN)
    made["framing"] = (
        None if framed is None else {"by": framed.framing, "length": framed.length, "because": framed.because}
    )
    made["complete"] = exchange.completed
    stopped = exchange.failure is not None and exchange.failure.code == TOO_LARGE
    made["body"] = None if stopped and coded else body(representation if coded else content or representation)
    made["coded"] = body(content) if coded else None
    made["trailers"] = pairs(trailers.fields) if trailers is not None else []
    return made


def _violation(fact: Violation) -> Value:
    try:
        row = rule(fact.id)
        source: Value = {"rfc": row.rfc, "section": row.section}
        sentence = row.sentence
    except KeyError:
        source, sentence = None, fact.detail
    return {
        "id": fact.id,
        "direction": fact.direction,
        "offset": fact.offset,
        "fatal": fact.fatal,
        "detail": _clean(fact.detail),
        "sentence": _clean(sentence),
        "source": source,
    }


def _timings(exchange: Exchange) -> dict[str, Value]:
    """Durations of the phases, and moments counted from the beginning of the exchange; in microseconds."""
    marks = exchange.marks

    def between(begin: str, end: str) -> Value:
        return (marks[end] - marks[begin]) // 1000 if begin in marks and end in marks else None

    ends = [marks[name] for name in ("completed", "ended", "closed") if name in marks]
    start = marks.get("planned")
    return {
        "name": between("resolving", "resolved"),
        "connect": between("dialling", "connected"),
        "tls": between("tls-started", "tls-established"),
        "sent": between("planned", "sent"),
        "first_byte": between("planned", "first-byte"),
        "total": (ends[0] - start) // 1000 if ends and start is not None else None,
    }
