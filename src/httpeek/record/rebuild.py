"""Events rebuilt from an HTTP Archive (HAR 1.2), of `record.har` or of another program.

Rules:
- Octets are made anew from fields and content. They are not those of the wire, and RunStarted.rebuilt says so.
- An archive holds the representation. Where it does not hold what was coded as well, the one stands for the other; the
  run brings its Representation facts itself, and nobody decodes its Content again.
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
from httpeek.model.message import RequestHead, ResponseHead, Span, has, members
from httpeek.model.plan import Body, Plan
from httpeek.model.target import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.model.events import Fact
    from httpeek.model.message import Fields


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
