"""The record format: the events of a run as JSON lines, octets raw behind them.

    {"httpeek":"record/1", "run":..., summary of the run}\\n
    {"kind":"bytes","time":..,"exchange":..,"connection":..,"direction":"in","offset":0,"length":17}\\n
    <17 octets>\\n

Rules: octets are stored once, in `bytes` lines; `content` lines hold where they stood on the wire. What a noun's
annotations say is what a line has; octets inside a line (field names and values) stand as latin-1. A record that was
cut off is read as far as it goes.

Writing needs `_json` only (importing `json` takes 6 ms): its C string encoder, or json's where there is none.
"""

from __future__ import annotations

from httpeek.model import codes, events, message, plan, target
from httpeek.model.events import KINDS, Bytes, Content, Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    def quoted(text: str) -> str:
        """A JSON string."""
else:
    try:
        from _json import encode_basestring_ascii as quoted
    except ImportError:
        from json.encoder import encode_basestring_ascii as quoted

VERSION = "record/1"
_NAMES = {kind: name for name, kind in KINDS}


def write(summary: dict[str, object], recorded: Iterable[Event]) -> bytes:
    """A record as octets: the summary's line and every event."""
    parts = [_json({"httpeek": VERSION, **summary}).encode("ascii"), b"\n"]
    for event in recorded:
        fact = event.fact
        stamp = (
            f'{{"kind":{quoted(_NAMES[type(fact)])},"time":{event.time},"exchange":{_json(event.exchange)},'
            f'"connection":{_json(event.connection)}'
        )
        data: bytes | None = getattr(fact, "data", None)
        body = "" if data is None else f',"length":{len(data)}'
        for name, value in zip(fact._fields, fact, strict=True):
            if name != "data":
                body += f",{quoted(name)}:{_json(value)}"
        parts.append(f"{stamp}{body}}}\n".encode("ascii"))
        if data is not None and type(fact) is not Content:
            parts += (data, b"\n")
    return b"".join(parts)


def _json(value: object) -> str:
    """JSON of what nouns hold: numbers, text, octets as latin-1, tuples and nouns."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, bytes):
        return quoted(value.decode("latin-1"))
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(key)}:{_json(item)}" for key, item in value.items()) + "}"
    names = getattr(value, "_fields", None)
    if names is not None:
        return "{" + ",".join(f"{quoted(n)}:{_json(item)}" for n, item in zip(names, value, strict=True)) + "}"  # type: ignore[call-overload]  # a noun is a tuple
    return "[" + ",".join(_json(item) for item in value) + "]"  # type: ignore[attr-defined]  # only tuples are left


def read_summary(line: bytes) -> dict[str, Any] | None:
    """The first line of a record; None when it is none."""
    import json

    try:
        summary = json.loads(line)
    except ValueError:
        return None
    if isinstance(summary, dict) and summary.get("httpeek") == VERSION:
        return summary
    return None


def read(octets: bytes) -> list[Event]:
    """The events of a record. Raises ValueError when `octets` are no record at all."""
    end = octets.find(b"\n")
    if end < 0 or read_summary(octets[:end]) is None:
        raise ValueError("not a record of httpeek")
    wire = Wire()
    return list(_events(octets, end + 1, wire))


def _events(octets: bytes, position: int, wire: Wire) -> Iterator[Event]:
    import json

    kinds = dict(KINDS)
    while position < len(octets):
        end = octets.find(b"\n", position)
        if end < 0:
            return
        try:
            line = json.loads(octets[position:end])
            kind = kinds[line["kind"]]
        except (ValueError, KeyError, TypeError):
            return
        position = end + 1
        if kind is Content:
            line["data"] = wire.cut(line["connection"], line["direction"], line["offset"], line["length"])
        elif "data" in kind.__annotations__:
            length = line["length"]
            if position + length > len(octets):
                return
            line["data"] = octets[position : position + length]
            position += length + 1
        fact = _noun(kind, line)
        wire.add(line["connection"], fact)
        yield Event(line["time"], line["exchange"], line["connection"], None, fact)


class Wire:
    """The octets of each connection and direction read so far, so that content can point into them."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int | None, str], list[tuple[int, int, bytes]]] = {}

    def add(self, connection: int | None, fact: Any) -> None:
        """Remembers a `bytes` or `masked` fact."""
        if isinstance(fact, Bytes):
            self._list(connection, fact.direction).append((fact.offset, len(fact.data), fact.data))
        elif isinstance(fact, events.Masked):
            self._list(connection, fact.direction).append((fact.offset, fact.octets, fact.text.encode()))

    def cut(self, connection: int | None, direction: str, offset: int, length: int) -> bytes:
        """The octets that stood there; a mask that begins there is given whole."""
        found = []
        for start, size, data in self._list(connection, direction):
            if start + size <= offset or start >= offset + length:
                continue
            if len(data) == size:
                found.append(data[max(0, offset - start) : offset + length - start])
            elif start >= offset:
                found.append(data)
        return b"".join(found)

    def _list(self, connection: int | None, direction: str) -> list[tuple[int, int, bytes]]:
        return self._pieces.setdefault((connection, direction), [])


_ROOMS = (events, message, plan, target, codes)


def _noun(kind: type, line: dict[str, Any]) -> Any:
    """A noun of class `kind` from a JSON object, each value turned into what the annotation says."""
    types = kind.__annotations__
    return kind(**{name: _value(types[name], line[name]) for name in types if name in line})


def _value(annotation: str, value: Any) -> Any:
    annotation = annotation.removesuffix(" | None")
    if value is None:
        return None
    if annotation == "bytes":
        return value if isinstance(value, bytes) else value.encode("latin-1")
    if annotation == "Fields":
        return tuple((name.encode("latin-1"), text.encode("latin-1")) for name, text in value)
    if isinstance(value, dict):
        return _noun(_class(annotation), value)
    if isinstance(value, list):
        inner = annotation.removeprefix("tuple[").removesuffix("]").removesuffix(", ...")
        return tuple(_noun(_class(inner), v) if isinstance(v, dict) else _tuple(v) for v in value)
    return value


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value


def _class(name: str) -> type:
    from httpeek.model import proxy  # here, since records are written by runs that know of none

    for room in (*_ROOMS, proxy):
        found = getattr(room, name, None)
        if isinstance(found, type):
            return found
    raise ValueError(f"a record names {name}, which is not known")
