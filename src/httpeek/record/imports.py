"""Files written earlier, read back as events: an archive (HAR 1.2), or the objects of `--as json` (httpeek/1).

Both hold what a message said and not each of its octets, so the run that comes out says what it was rebuilt from.
A JSON object becomes an entry of an archive, with its own members where HAR has none, and `rebuild` makes the events.
"""

from __future__ import annotations

import json

from httpeek.model.codes import READ_FAILED, Failure, HttpeekError
from httpeek.model.events import RunStarted
from httpeek.record.rebuild import from_har

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from httpeek.model.events import Event

SCHEMA = "httpeek/1"


def from_text(text: str, name: str) -> list[Event]:
    """The events of a file. Raises HttpeekError (READ_FAILED) for a file that is neither."""
    objects = list(_objects(text))
    if len(objects) == 1 and isinstance(objects[0], dict) and "log" in objects[0]:
        return from_har(text)
    if not objects or not all(isinstance(o, dict) and o.get("schema") == SCHEMA for o in objects):
        sentence = f"{name} is no record, no HAR and no JSON of httpeek ({SCHEMA})"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence))
    try:
        entries = [_entry(made) for made in objects]
    except (KeyError, TypeError, ValueError) as error:
        sentence = f"{name} cannot be read as {SCHEMA}: {type(error).__name__} {error}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None
    events = from_har(json.dumps({"log": {"entries": entries}}))
    first = events[0].fact
    if isinstance(first, RunStarted):
        events[0] = events[0]._replace(fact=first._replace(run=str(objects[0].get("run") or "json"), rebuilt="JSON"))
    return events


def _objects(text: str) -> Iterator[Any]:
    """The JSON values that stand one after another: one line each, or indented."""
    decoder = json.JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n":
            position += 1
        if position == len(text):
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield None
            return
        yield value


def _entry(made: dict[str, Any]) -> dict[str, Any]:
    """An exchange of httpeek/1 as an entry of an archive."""
    socket = made.get("socket") or {}
    started = made.get("started") or 0
    timings = made.get("timings") or {}
    milliseconds = {name: (timings.get(ours) or 0) / 1000 for name, ours in (("connect", "connect"), ("ssl", "tls"))}
    first, total = timings.get("first_byte") or 0, timings.get("total") or 0
    milliseconds |= {"wait": first / 1000, "receive": max(0, total - first) / 1000}
    entry: dict[str, Any] = {
        "startedDateTime": _iso(started),
        "request": _request(made),
        "response": _response(made.get("response")),
        "timings": milliseconds,
        "connection": str(socket.get("connection") or made.get("exchange") or 1),
        "_hop": made.get("hop", 0),
        "_attempt": made.get("attempt", 1),
        "_cause": made.get("cause", "asked"),
        "_interim": [_head(head) for head in made.get("interim") or []],
        "_violations": made.get("violations") or [],
        "_error": made.get("error"),
    }
    if socket:
        entry["_socket"] = {
            "fd": socket["fd"],
            "local": socket["local"]["text"],
            "remote": socket["remote"]["text"],
            "reused": socket.get("reused", 0),
        }
    return entry


def _iso(micros: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat()


def _request(made: dict[str, Any]) -> dict[str, Any]:
    request = made.get("request") or {}
    entry: dict[str, Any] = {
        "method": _octets(request.get("method", "GET")).decode("latin-1"),
        "url": made.get("url") or "http://unknown/",
        "httpVersion": _octets(request.get("version", "HTTP/1.1")).decode("latin-1"),
        "headers": [_field(pair) for pair in request.get("fields") or []],
        "_target": _octets(request.get("target", "/")).decode("utf-8", "replace"),
    }
    body = request.get("body")
    if body:
        entry["postData"] = {"text": body["text"], "_encoding": _encoding(body)}
        entry["_trailers"] = [_field(pair) for pair in request.get("trailers") or []]
    return entry


def _response(response: dict[str, Any] | None) -> dict[str, Any]:
    if response is None:
        return {"status": 0}
    entry = _head(response)
    body, coded = response.get("body"), response.get("coded")
    if body:
        entry["content"] = {"text": body["text"], "encoding": _encoding(body)}
        if coded:
            entry["content"]["_coded"] = coded["text"] if _encoding(coded) else _base64(coded["text"].encode())
    entry["_complete"] = response.get("complete", True)
    entry["_trailers"] = [_field(pair) for pair in response.get("trailers") or []]
    return entry


def _head(head: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": head["status"],
        "statusText": _octets(head["reason"]).decode("utf-8", "replace"),
        "httpVersion": _octets(head["version"]).decode("latin-1"),
        "headers": [_field(pair) for pair in head["fields"]],
    }


def _field(pair: list[Any]) -> dict[str, Any]:
    name, value = (_octets(part) for part in pair)
    return {"name": "", "value": "", "_base64": [_base64(name), _base64(value)]}


def _octets(value: Any) -> bytes:
    from binascii import a2b_base64

    return a2b_base64(value["base64"]) if isinstance(value, dict) else str(value).encode()


def _encoding(body: dict[str, Any]) -> str:
    return "base64" if body.get("encoding") == "base64" else ""


def _base64(octets: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(octets, newline=False).decode("ascii")
