"""HTTP Archive 1.2: a run written as HAR, and events rebuilt from one.

The format: http://www.softwareishard.com/blog/har-12-spec/. What it cannot hold stands in members that begin with an
underscore, as the format allows: sockets, interim responses, violations, trailers, octets of fields that are no UTF-8,
the error.

Rules:
- `to_har` is valid for every exchange, also one without a response (status 0, as browsers write it).
- `from_har` rebuilds octets from fields and content. They are not those of the wire, and RunStarted.rebuilt says so.
- A HAR of another program is accepted as far as it makes sense; what does not is an error that says where.
"""

from __future__ import annotations

from httpeek.model.codes import READ_FAILED, Failure, HttpeekError
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Completed,
    Connected,
    Content,
    Ended,
    Event,
    Failed,
    Framed,
    Planned,
    Representation,
    RequestStarted,
    ResponseStarted,
    RunStarted,
    Trailers,
    Violation,
)
from httpeek.model.message import RequestHead, ResponseHead, Span, first, has, members, values
from httpeek.model.plan import Body, Plan
from httpeek.model.target import parse
from httpeek.model.violations import rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from httpeek.model.events import Fact
    from httpeek.model.exchange import Exchange
    from httpeek.model.message import Fields


def to_har(exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """The archive of these exchanges, in order."""
    known = [exchange for exchange in exchanges if exchange.plan is not None]
    entries = [_entry(exchange) for exchange in known]
    version = known[0].start.version if known and known[0].start is not None else ""
    creator = {"name": "httpeek", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(exchange: Exchange) -> dict[str, Any]:
    marks = exchange.marks
    start = marks.get("planned", 0)
    wall = exchange.start.wall if exchange.start is not None else 0
    timings = _timings(marks)
    entry: dict[str, Any] = {
        "startedDateTime": _iso(wall + start),
        "time": sum(value for name, value in timings.items() if value >= 0 and name != "ssl"),
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": timings,
    }
    connected = exchange.connected
    if connected is not None:
        remote = connected.remote.rpartition(":")[0].strip("[]")
        if not connected.remote.startswith("unix:"):
            entry["serverIPAddress"] = remote
        entry["connection"] = str(exchange.connection or 0)
        entry["_socket"] = {
            "fd": connected.fd,
            "local": _text(connected.local),
            "remote": _text(connected.remote),
            "reused": connected.reused,
        }
    if exchange.tls is not None:
        tls = exchange.tls
        entry["_tls"] = {"version": tls.version, "cipher": tls.cipher, "alpn": tls.alpn, "verify": _text(tls.verify)}
    entry["_hop"], entry["_attempt"], entry["_cause"] = exchange.hop, exchange.attempt, exchange.cause
    if exchange.interim:
        entry["_interim"] = [
            {
                "httpVersion": _octets(head.version),
                "status": head.status,
                "statusText": _octets(head.reason),
                "headers": _headers(head.fields),
            }
            for head in exchange.interim
        ]
    if exchange.violations:
        entry["_violations"] = [_violation(fact) for fact in exchange.violations]
    if exchange.failure is not None:
        code, layer, sentence, _ = exchange.failure
        entry["_error"] = {"code": code, "layer": layer, "sentence": _text(sentence)}
    return entry


def _violation(fact: Violation) -> dict[str, Any]:
    try:
        source = rule(fact.id).source
    except KeyError:
        source = ""
    return {
        "id": fact.id,
        "direction": fact.direction,
        "offset": fact.offset,
        "detail": _text(fact.detail),
        "fatal": fact.fatal,
        "source": source,
    }


def _timings(marks: dict[str, int]) -> dict[str, float]:
    """Milliseconds of each phase; -1 where there was none. `ssl` is a part of `connect`, as the format has it."""

    def between(begin: str, end: str, missing: float = -1) -> float:
        return max(0.0, (marks[end] - marks[begin]) / 1e6) if begin in marks and end in marks else missing

    ready = "tls-established" if "tls-established" in marks else "connected"
    begun = next((name for name in (ready, "planned") if name in marks), "planned")
    end = next((name for name in ("completed", "closed", "ended") if name in marks), "first-byte")
    named = between("resolving", "resolved")
    before = "resolving" if "resolving" in marks else "dialling" if "dialling" in marks else begun
    return {
        "blocked": between("planned", before),
        "dns": named,
        "connect": between("dialling", ready),
        "send": between(begun, "sent", 0),
        "wait": between("sent", "first-byte", 0),
        "receive": between("first-byte", end, 0),
        "ssl": between("tls-started", "tls-established"),
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    plan, head = exchange.plan, exchange.request
    assert plan is not None
    fields = head.fields if head is not None else plan.fields
    content = exchange.content(OUT)
    query = plan.target.path.partition("?")[2]
    made: dict[str, Any] = {
        "method": _octets(head.method) if head is not None else _text(plan.method),
        "url": _text(plan.target.url),
        "httpVersion": _octets(head.version) if head is not None else f"HTTP/{plan.version}",
        "cookies": _cookies(b"; ".join(values(fields, b"cookie"))),
        "headers": _headers(fields),
        "queryString": [_pair(part) for part in query.split("&") if part],
        "headersSize": head.span.length if head is not None and head.span is not None else -1,
        "bodySize": len(content),
    }
    if content:
        text, encoding = _coded(content)
        made["postData"] = {"mimeType": _octets(first(fields, b"content-type")), "text": text}
        if encoding:
            made["postData"]["_encoding"] = encoding
    target = head.target.decode("utf-8", "backslashreplace") if head is not None else plan.target.path
    if target != plan.target.path:
        made["_target"] = target
    trailers = exchange.trailers.get(OUT)
    if trailers is not None:
        made["_trailers"] = _headers(trailers.fields)
    return made


def _response(exchange: Exchange) -> dict[str, Any]:
    head = exchange.response
    if head is None:
        return {
            "status": 0,
            "statusText": "",
            "httpVersion": "",
            "cookies": [],
            "headers": [],
            "content": {"size": 0, "mimeType": ""},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        }
    coded = exchange.content(IN)
    decoded = exchange.representation() or coded
    text, encoding = _coded(decoded)
    content: dict[str, Any] = {"size": len(decoded), "mimeType": _octets(first(head.fields, b"content-type"))}
    if len(decoded) > exchange.content_octets and coded:
        content["compression"] = len(decoded) - len(coded)
    content["text"] = text
    if encoding:
        content["encoding"] = encoding
    if decoded != coded and coded:
        content["_coded"] = _base64(coded)
    made: dict[str, Any] = {
        "status": head.status,
        "statusText": _octets(head.reason),
        "httpVersion": _octets(head.version),
        "cookies": [_cookie(value) for value in values(head.fields, b"set-cookie")],
        "headers": _headers(head.fields),
        "content": content,
        "redirectURL": _octets(first(head.fields, b"location")),
        "headersSize": head.span.length if head.span is not None else -1,
        "bodySize": exchange.content_octets,
        "_complete": exchange.completed,
    }
    trailers = exchange.trailers.get(IN)
    if trailers is not None:
        made["_trailers"] = _headers(trailers.fields)
    return made


def _octets(data: bytes) -> str:
    """Octets of a head as text; what is no UTF-8 as `\\xNN`, for people."""
    return data.decode("utf-8", "backslashreplace")


def _text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _base64(data: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode("ascii")


def _coded(data: bytes) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return _base64(data), "base64"


def _headers(fields: Fields) -> list[dict[str, Any]]:
    made = []
    for name, value in fields:
        row: dict[str, Any] = {"name": _octets(name), "value": _octets(value)}
        try:
            (name + value).decode("utf-8")
        except UnicodeDecodeError:
            row["_base64"] = [_base64(name), _base64(value)]
        made.append(row)
    return made


def _pair(part: str) -> dict[str, str]:
    name, _, value = part.partition("=")
    return {"name": _text(name), "value": _text(value)}


def _cookies(value: bytes) -> list[dict[str, str]]:
    return [_pair(part.strip()) for part in _octets(value).split(";") if part.strip()]


def _cookie(value: bytes) -> dict[str, Any]:
    pair, *attributes = _octets(value).split(";")
    made: dict[str, Any] = _pair(pair.strip())
    for attribute in attributes:
        name, _, given = attribute.partition("=")
        name, given = name.strip().lower(), given.strip()
        if name in ("path", "domain"):
            made[name] = given
        elif name == "secure":
            made["secure"] = True
        elif name == "httponly":
            made["httpOnly"] = True
    return made


def _iso(ns: int) -> str:
    from time import gmtime, strftime

    seconds, rest = divmod(ns, 1_000_000_000)
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds)) + f".{rest // 1000:06d}Z"


def from_har(text: str) -> list[Event]:
    """Events rebuilt from an archive. Raises HttpeekError (READ_FAILED) for what is none."""
    import json

    try:
        log = json.loads(text)["log"]
        entries = log["entries"]
    except (ValueError, KeyError, TypeError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        raise HttpeekError(Failure(READ_FAILED, "read", "this is no HAR: it has no log.entries"))
    creator = log.get("creator")
    version = str(creator.get("version", "")) if isinstance(creator, dict) else ""
    begin = _ns(entries[0].get("startedDateTime")) if entries and isinstance(entries[0], dict) else 0
    events = [Event(0, None, None, None, RunStarted("har", begin, version, "HAR"))]
    offsets: dict[int, dict[str, int]] = {}
    for number, entry in enumerate(entries, 1):
        try:
            events += _Rebuilt(number, entry, begin, offsets).events
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, HttpeekError) as error:
            what = f"entry {number} of the HAR cannot be read: {type(error).__name__} {error}"
            raise HttpeekError(Failure(READ_FAILED, "read", what)) from None
    return events


class _Rebuilt:
    """The events of one entry, with its octets made anew."""

    def __init__(self, number: int, entry: dict[str, Any], begin: int, offsets: dict[int, dict[str, int]]) -> None:
        self.events: list[Event] = []
        self._number = number
        connection = str(entry.get("connection", ""))
        self._connection = int(connection) if connection.isascii() and connection.isdigit() else number
        self._offsets = offsets.setdefault(self._connection, {OUT: 0, IN: 0})
        self._time = max(0, _ns(entry.get("startedDateTime")) - begin)
        self._timings = {k: max(0, int(float(v) * 1e6)) for k, v in (entry.get("timings") or {}).items() if _number(v)}
        request, response = entry["request"], entry["response"]
        self._request(entry, request)
        self._response(entry, response)
        self._add(Ended())

    def _add(self, fact: Fact, phase: str = "") -> None:
        self._time += self._timings.get(phase, 0)
        self.events.append(Event(self._time, self._number, self._connection, None, fact))

    def _send(self, direction: str, data: bytes, phase: str = "") -> Span:
        offset = self._offsets[direction]
        self._offsets[direction] += len(data)
        if data:
            self._add(Bytes(direction, offset, data), phase)
        return Span(offset, len(data))

    def _request(self, entry: dict[str, Any], request: dict[str, Any]) -> None:
        fields = _fields(request.get("headers") or [])
        # HTTP/2 names in archives of browsers: pseudo fields are no field lines.
        fields = tuple(pair for pair in fields if not pair[0].startswith(b":"))
        post = request.get("postData") or {}
        data = _data(str(post.get("text") or ""), str(post.get("_encoding") or post.get("encoding") or ""))
        if not data and post.get("params"):
            data = "&".join(f"{p['name']}={p.get('value') or ''}" for p in post["params"]).encode()
        target = parse(str(request["url"]), path_as_is=True)
        version = _version(request.get("httpVersion"))
        method = str(request["method"])
        body = Body(data, length=len(data)) if data else None
        plan = Plan(method, target, fields, body, version[5:].decode())
        hop, attempt = int(entry.get("_hop", 0)), int(entry.get("_attempt", 1))
        self._add(Planned(plan, hop, attempt, str(entry.get("_cause", "asked"))))
        socket = entry.get("_socket") or {}
        address = str(entry.get("serverIPAddress") or "")
        remote = str(socket.get("remote") or (f"{address}:{target.port}" if address else ""))
        if remote:
            local, reused = str(socket.get("local", "")), int(socket.get("reused", 0))
            self._add(Connected(int(socket.get("fd", -1)), local, remote, reused), "connect")
        asked = str(request.get("_target") or target.path).encode()
        line = b" ".join((method.encode(), asked, version))
        head = RequestHead(method.encode(), asked, version, fields)
        span = self._send(OUT, _head(line, fields), "send")
        self._add(RequestStarted(head._replace(span=span)))
        if data:
            chunked = members(fields, b"transfer-encoding")[-1:] == [b"chunked"]
            self._add(Framed(OUT, "chunked" if chunked else "length", len(data), "rebuilt"))
            self._body(OUT, data, chunked, request.get("_trailers"))
        self._add(Completed(OUT, len(data)))

    def _response(self, entry: dict[str, Any], response: dict[str, Any]) -> None:
        for interim in entry.get("_interim") or []:
            self._head(interim, "wait")
        status = int(response.get("status") or 0)
        if 100 <= status <= 999:
            head = self._head(response, "wait")
            content = response.get("content") or {}
            decoded = _data(str(content.get("text") or ""), str(content.get("encoding") or ""))
            coded = _data(str(content["_coded"]), "base64") if content.get("_coded") else decoded
            chunked = members(head.fields, b"transfer-encoding")[-1:] == [b"chunked"]
            framing = "chunked" if chunked else "length" if has(head.fields, b"content-length") else "close"
            self._add(Framed(IN, framing if coded else "none", len(coded), "rebuilt"))
            if coded or chunked:
                self._body(IN, coded, chunked, response.get("_trailers"))
            for piece in _split(decoded):
                self._add(Representation(piece))
            if response.get("_complete", True):
                self._add(Completed(IN, len(coded)), "receive")
        for row in entry.get("_violations") or []:
            fatal = bool(row.get("fatal"))
            self._add(Violation(str(row["id"]), str(row["direction"]), int(row["offset"]), str(row["detail"]), fatal))
        error = entry.get("_error")
        if error:
            self._add(Failed(Failure(int(error["code"]), str(error["layer"]), str(error["sentence"]))))

    def _head(self, response: dict[str, Any], phase: str) -> ResponseHead:
        fields = tuple(pair for pair in _fields(response.get("headers") or []) if not pair[0].startswith(b":"))
        version, status = _version(response.get("httpVersion")), int(response["status"])
        reason = str(response.get("statusText") or "").encode()
        span = self._send(IN, _head(b"%b %d %b" % (version, status, reason), fields), phase)
        head = ResponseHead(version, status, reason, fields, span)
        self._add(ResponseStarted(head))
        return head

    def _body(self, direction: str, data: bytes, chunked: bool, trailers: Any) -> None:
        for piece in _split(data):
            if chunked:
                self._send(direction, b"%x\r\n" % len(piece))
            span = self._send(direction, piece)
            self._add(Content(direction, span.offset, piece))
            if chunked:
                self._send(direction, b"\r\n")
        if chunked:
            fields = _fields(trailers or [])
            self._send(direction, b"0\r\n")
            span = self._send(direction, _lines(fields) + b"\r\n")
            if fields:
                self._add(Trailers(direction, fields, span))


def _split(data: bytes) -> list[bytes]:
    size = 256 * 1024  # the most that one event holds
    return [data[i : i + size] for i in range(0, len(data), size)]


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and value >= 0


def _version(value: object) -> bytes:
    """The version for rebuilt octets: HTTP/2 and later are written as HTTP/1.1, which is what we can show."""
    return b"HTTP/1.0" if str(value).upper() == "HTTP/1.0" else b"HTTP/1.1"


def _lines(fields: Fields) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in fields)


def _head(line: bytes, fields: Fields) -> bytes:
    return line + b"\r\n" + _lines(fields) + b"\r\n"


def _fields(rows: list[dict[str, Any]]) -> Fields:
    from binascii import a2b_base64

    made = []
    for row in rows:
        if row.get("_base64"):
            name, value = (a2b_base64(part) for part in row["_base64"])
        else:
            name, value = str(row["name"]).encode(), str(row.get("value", "")).encode()
        made.append((name, value))
    return tuple(made)


def _data(text: str, encoding: str) -> bytes:
    from binascii import a2b_base64

    return a2b_base64(text) if encoding == "base64" else text.encode("utf-8", "surrogatepass")


def _ns(value: object) -> int:
    """An ISO 8601 date as ns since 1970; 0 for what is none."""
    from datetime import datetime

    try:
        return round(datetime.fromisoformat(str(value)).timestamp() * 1e6) * 1000
    except ValueError:
        return 0
