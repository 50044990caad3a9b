"""What was asked and answered: the exchanges that the server keeps, listed, shown and replayed.

A look at them is no exchange of interest: `/dump/last` passes it over, and it is not replayed. What is kept is as it
went over the wire, other clients' secrets and all, so no page of another origin may look at it. `last` in place of an
id means what `/dump/last` means.
"""

from __future__ import annotations

from httpeek.model.events import IN, OUT, Bytes, Completed, Connected, Event, Moved, ResponseStarted
from httpeek.model.exchange import Exchange, fold
from httpeek.model.message import ResponseHead
from httpeek.model.violations import rule
from httpeek.record.format import read
from httpeek.server.app.answer import OCTETS, Refused, json, whole
from httpeek.server.app.inside import told
from httpeek.server.app.request import argument, base, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from httpeek.model.message import Fields, RequestHead
    from httpeek.server.app.answer import Answer, Environ

LOOKS = ("/requests", "/dump/")
"""How the targets begin that only look at exchanges."""
LAST = "last"


def listed(environ: Environ) -> Answer:
    """The last exchanges, oldest first, but for this one."""
    return json({"requests": [{**row, "links": _links(str(row["id"]))} for row in _rows(environ)]})


def one(environ: Environ, identifier: str) -> Answer:
    """An exchange: both heads as ordered pairs, content, the pieces with their times, the socket."""
    name, octets = _found(environ, identifier)
    return json({"id": name, **_described(read(octets)), "links": _links(name)})


def record(environ: Environ, identifier: str) -> Answer:
    """The record file of an exchange."""
    return whole(_found(environ, identifier)[1], OCTETS)


def request(environ: Environ, identifier: str) -> Answer:
    """The octets of a request."""
    return _side(_found(environ, identifier)[1], OUT)


def response(environ: Environ, identifier: str) -> Answer:
    """The octets of a response, interim ones too."""
    return _side(_found(environ, identifier)[1], IN)


def last(environ: Environ) -> Answer:
    """The last exchange: its record or, by ?as=, the octets of one side."""
    form = argument(environ, "as", "record")
    page = {"record": record, "request": request, "response": response}.get(form)
    if page is None:
        raise Refused(400, f"as is record, request or response, not {shown(form) or 'empty'}")
    return page(environ, LAST)


def replay(environ: Environ, identifier: str) -> Answer:
    """Has the application answer a kept request again; says whether the octets of the answer are the same."""
    name, octets = _found(environ, identifier)
    events = read(octets)
    (exchange,) = fold(events)
    head, connected = exchange.request, exchange.connected
    if head is not None and _looks(head.target.decode("latin-1")):
        raise Refused(409, "this exchange only looked at others: it is not replayed, or replays would replay replays")
    if _lost(events, OUT):
        kept = len(_octets(events, OUT))
        raise Refused(409, f"only the first {kept} bytes of this request were kept: it cannot be sent again")
    local, remote = (connected.local, connected.remote) if connected is not None else ("", "")
    # The record has the client's point of view: its remote address is the server's own.
    again = told(environ, "httpeek.replay", "the application again", _octets(events, OUT), remote, local, name)
    answer = told(environ, "httpeek.record", "its exchanges", again)
    found = _compared(events, read(answer) if answer else [])
    return json({"replayed": name, "id": again, **found, "links": _links(again)})


def _rows(environ: Environ) -> list[dict[str, Any]]:
    """A row for each exchange that the server keeps, with its id first, but for this one."""
    origin = environ.get("HTTP_ORIGIN", "")
    if origin and origin != base(environ):
        raise Refused(403, "exchanges hold what other clients sent: a page of another origin may not look at them")
    rows = told(environ, "httpeek.requests", "the last requests")
    return [_row(row) for row in rows if row["run"] != environ.get("httpeek.exchange")]


def _row(summary: dict[str, Any]) -> dict[str, Any]:
    """A record's first line as it is listed; `of` is there in a replay, `error` where the client had one."""
    shown = {key: summary[key] for key in _SHOWN if key in summary}
    return {"id": summary["run"], "started": int(summary["wall"]) // 1000, **shown}


_SHOWN = ("method", "target", "url", "status", "error", "bytes", "micros", "remote", "of")


def _found(environ: Environ, identifier: str) -> tuple[str, bytes]:
    """The id and the record of an exchange; Refused with 404 where there is none."""
    rows = _rows(environ)
    if identifier == LAST:
        identifier = next((row["id"] for row in reversed(rows) if not _looks(str(row.get("target", "")))), "")
        if not identifier:
            raise Refused(404, "nothing was asked yet but to look at what was asked")
    octets = told(environ, "httpeek.record", "its exchanges", identifier)
    if octets is None:
        raise Refused(404, f"no exchange {shown(identifier)} is kept (any more); /requests lists those that are")
    return identifier, octets


def _looks(target: str) -> bool:
    return target.startswith(LOOKS)


def _links(name: str) -> dict[str, str]:
    where = f"/requests/{name}"
    return {"self": where, **{each: f"{where}/{each}" for each in ("record", "request", "response", "replay")}}


def _side(octets: bytes, direction: str) -> Answer:
    return whole(_octets(read(octets), direction), OCTETS)


def _octets(events: Sequence[Event], direction: str) -> bytes:
    facts = (event.fact for event in events)
    return b"".join(fact.data for fact in facts if isinstance(fact, Bytes) and fact.direction == direction)


def _lost(events: Sequence[Event], direction: str) -> int:
    """How many octets went by that were not kept."""
    facts = (event.fact for event in events)
    return sum(fact.octets for fact in facts if isinstance(fact, Moved) and fact.direction == direction)


# Shown


def _described(events: Sequence[Event]) -> dict[str, object]:
    (exchange,) = fold(events)
    connected, closed, start = exchange.connected, exchange.closed, exchange.start
    return {
        "started": start.wall // 1000 if start is not None else None,
        "socket": _socket(connected) if connected is not None else None,
        "request": _message(exchange, events, OUT, exchange.request),
        "interim": [_head(head) for head in exchange.interim],
        "response": _message(exchange, events, IN, exchange.response),
        "violations": [
            {
                "id": fact.id,
                "in": "request" if fact.direction == OUT else "response",
                "offset": fact.offset,
                "rule": rule(fact.id).source,
                "detail": fact.detail,
            }
            for fact in exchange.violations
        ],
        "connection": "kept" if exchange.kept else f"ended by {closed.how}" if closed is not None else None,
    }


def _socket(connected: Connected) -> dict[str, object]:
    """The server's side of it: the record has the client's."""
    return {
        "fd": connected.fd,
        "local": connected.remote,
        "remote": connected.local,
        "before": connected.reused,
    }


def _message(
    exchange: Exchange, events: Sequence[Event], direction: str, head: RequestHead | ResponseHead | None
) -> dict[str, object]:
    """A message; `pieces` are as they came, or were handed to the kernel, in us since the exchange began."""
    pieces = [
        {"micros": event.time // 1000, "offset": event.fact.offset, "bytes": len(event.fact.data)}
        for event in events
        if isinstance(event.fact, Bytes) and event.fact.direction == direction
    ]
    trailers = exchange.trailers.get(direction)
    done = (event.fact for event in events)
    return {
        **(_head(head) if head is not None else {}),
        "content": _text(exchange.content(direction)),
        "trailers": _pairs(trailers.fields) if trailers is not None else [],
        "whole": any(isinstance(fact, Completed) and fact.direction == direction for fact in done),
        "lost": _lost(events, direction),
        "pieces": pieces,
    }


def _head(head: RequestHead | ResponseHead) -> dict[str, object]:
    version, fields = head.version.decode("latin-1"), _pairs(head.fields)
    if isinstance(head, ResponseHead):
        return {"status": head.status, "reason": _value(head.reason), "version": version, "fields": fields}
    return {"method": _value(head.method), "target": _value(head.target), "version": version, "fields": fields}


def _pairs(fields: Fields) -> list[list[object]]:
    return [[_value(name), _value(value)] for name, value in fields]


def _value(octets: bytes) -> object:
    """Octets as text where they are UTF-8, and else as their base64, named."""
    shown = _text(octets)
    return shown["text"] if shown["encoding"] == "utf-8" else {"base64": shown["text"]}


def _text(octets: bytes) -> dict[str, object]:
    """Octets with the encoding that says how they are shown: as "utf-8", or "base64"."""
    try:
        return {"bytes": len(octets), "encoding": "utf-8", "text": octets.decode("utf-8")}
    except UnicodeDecodeError:
        from binascii import b2a_base64

        return {"bytes": len(octets), "encoding": "base64", "text": b2a_base64(octets, newline=False).decode("ascii")}


# Compared


def _compared(first: Sequence[Event], again: Sequence[Event]) -> dict[str, object]:
    """The status of the second answer, and whether its octets are those of the first: `differs_at` is the first octet
    that is not, Date and 100 Continue left out."""
    status = next((head.status for head in _heads(again) if not head.interim), None)
    if not again or _lost(first, IN) or _lost(again, IN):
        return {"status": status, "same": None, "why": "an answer was not kept whole: there is nothing to compare"}
    before, after = _comparable(first), _comparable(again)
    if before == after:
        return {"status": status, "same": True}
    differs = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    return {"status": status, "same": False, "differs_at": min(len(before), len(after)) if differs is None else differs}


def _heads(events: Sequence[Event]) -> list[ResponseHead]:
    return [event.fact.head for event in events if isinstance(event.fact, ResponseStarted)]


def _comparable(events: Sequence[Event]) -> bytes:
    """The octets of a response without what is another in each run: its Date fields, and 100 Continue, which is there
    only for a client that waits for it."""
    octets = _octets(events, IN)
    parts, end = [], 0
    for head in _heads(events):
        if head.span is None:
            continue
        at, end_of_head = head.span.offset, head.span.offset + head.span.length
        parts.append(octets[end:at])
        lines = octets[at:end_of_head].splitlines(keepends=True)
        if head.status != 100:
            parts += [line for line in lines if not line.lower().startswith(b"date:")]
        end = end_of_head
    return b"".join((*parts, octets[end:]))
