"""HTTP Archive 1.2: a run written as HAR. `record.rebuild` reads one back.

The format: http://www.softwareishard.com/blog/har-12-spec/. What it cannot hold stands in members that begin with an
underscore, as the format allows: sockets, interim responses, violations, trailers, octets of fields that are no UTF-8,
the error.

Rules:
- `to_har` is valid for every exchange, also one without a response (status 0, as browsers write it).
- Content is written as it was decoded, since that is what tools look for; what was coded stands beside it.
"""

from __future__ import annotations

from codecs import getincrementaldecoder

from httpeek.model.events import IN, OUT
from httpeek.model.message import first, values
from httpeek.model.violations import rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from httpeek.model.events import Violation
    from httpeek.model.exchange import Exchange
    from httpeek.model.message import Fields

    Aside: TypeAlias = Callable[[bytes], str]

_PIECE = 64 * 1024


def to_har(exchanges: Iterable[Exchange], aside: Aside | None = None) -> dict[str, Any]:
    """The archive of these exchanges, in order. `aside` may take long content (UTF-8) out: what it returns stands in
    its place, for the caller to put the content there when it writes."""
    known = [exchange for exchange in exchanges if exchange.plan is not None]
    entries = [_entry(exchange, aside or _as_text) for exchange in known]
    version = known[0].start.version if known and known[0].start is not None else ""
    creator = {"name": "httpeek", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(exchange: Exchange, aside: Aside) -> dict[str, Any]:
    marks = exchange.marks
    start = marks.get("planned", 0)
    wall = exchange.start.wall if exchange.start is not None else 0
    timings = _timings(marks)
    entry: dict[str, Any] = {
        "startedDateTime": _iso(wall + start),
        "time": sum(value for name, value in timings.items() if value >= 0 and name != "ssl"),
        "request": _request(exchange, aside),
        "response": _response(exchange, aside),
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


def _request(exchange: Exchange, aside: Aside) -> dict[str, Any]:
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
        text, encoding = _coded(content, aside)
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


def _response(exchange: Exchange, aside: Aside) -> dict[str, Any]:
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
    text, encoding = _coded(decoded, aside)
    content: dict[str, Any] = {"size": len(decoded), "mimeType": _octets(first(head.fields, b"content-type"))}
    if len(decoded) > exchange.content_octets and coded:
        content["compression"] = len(decoded) - len(coded)
    content["text"] = text
    if encoding:
        content["encoding"] = encoding
    if decoded != coded and coded:
        content["_coded"] = aside(_base64(coded).encode("ascii"))
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


def _coded(data: bytes, aside: Aside) -> tuple[str, str]:
    if _is_utf8(data):
        return aside(data), ""
    return aside(_base64(data).encode("ascii")), "base64"


def _is_utf8(data: bytes) -> bool:
    """Looks piece by piece: text takes up to four times the memory of its octets."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _as_text(data: bytes) -> str:
    return data.decode("utf-8")


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
