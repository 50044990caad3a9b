"""The values that expectations are about, and how each is shown: `string "Bo"`, `integer 1`, `none`.

| value | Python |
|---|---|
| null, boolean, integer, float, string, bytes, list, object | None, bool, int, float, str, bytes, list, dict |
| date | Moment |
| what an XPath expression found, where it is nodes | Nodes |
| a response that redirected | Answer |
| a flag that is there and has no value (Secure of a cookie) | FLAG |
| no value at all, which is not null | NONE |

Rules: a value is equal to one of its own type only, but for integers and floats, which are compared as numbers, exactly
(Python's comparison does not round). Nothing here recurses into what a peer sent, so that no nesting is too deep. A
value is shown on one line and cut; what drives a terminal is taken out by who prints it.
"""

from __future__ import annotations

from httpeek.check.expect.calendar import written
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.check.result import Value

MOST_SHOWN = 200
"""Characters of a value that are shown."""

_MOST_DIGITS = 4000
"""Digits of an integer that Python surely writes (its limit is 4,300)."""

_DEEPEST_SHOWN = 6


class Moment(Noun):
    """A date: nanoseconds since 1970 in UTC."""

    nanoseconds: int

    @property
    def said(self) -> str:
        """The text of the date: RFC 3339 with microseconds."""
        return written(self.nanoseconds)


class Nodes(Noun):
    """The nodes that an XPath expression found: how many."""

    size: int


class Answer(Noun):
    """A response that led to another request, at the URL `location`."""

    status: int
    location: str


class _Single:
    """A value of which there is one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __bool__(self) -> bool:
        return False


NONE = _Single("NONE")
FLAG = _Single("FLAG")


def is_number(value: Value) -> bool:
    """True for an integer or a float."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal, in type and value."""
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            pairs += [(value, right[key]) for key, value in left.items()]
        elif is_number(left) and is_number(right):
            if left != right:
                return False
        elif type(left) is not type(right) or left != right:
            return False
    return True


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "object",
    Moment: "date",
    Nodes: "nodes",
    Answer: "response",
}


def kind(value: Value) -> str:
    """The name of a value's type."""
    return _KINDS.get(type(value)) or ("none" if value is NONE else "flag")


def shown(value: Value) -> str:
    """A value with its type, on one line, cut where it is long."""
    name = kind(value)
    if value is None or isinstance(value, _Single):
        return name
    if isinstance(value, str):
        more = f" ({len(value)} characters)" if len(value) > MOST_SHOWN else ""
        return f"{name} {_text(value)}{more}"
    if isinstance(value, bytes):
        more = f" ({len(value)} bytes)" if len(value) > MOST_SHOWN // 2 else ""
        return f"{name} {_text(value)}{more}"
    if isinstance(value, list | dict):
        text = _text(value)
        what = "items" if isinstance(value, list) else "members"
        return f"{name} {text}" if len(text) <= MOST_SHOWN else f"{name} {text[:MOST_SHOWN]}.. ({len(value)} {what})"
    return f"{name} {_text(value)}"


def _text(value: Value, depth: int = 0) -> str:
    """A value without its type. No deeper than `_DEEPEST_SHOWN`, and not much longer than `MOST_SHOWN`."""
    if isinstance(value, str):
        return quoted(value[:MOST_SHOWN]) if len(value) <= MOST_SHOWN else quoted(value[:MOST_SHOWN])[:-1] + '.."'
    if isinstance(value, bytes):
        cut = value[: MOST_SHOWN // 2]
        return f"hex,{cut.hex()}{'..' if len(cut) < len(value) else ''};"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        long = value.bit_length() > _MOST_DIGITS * 3
        return f"of about {value.bit_length() * 30103 // 100000 + 1} digits" if long else str(value)
    if isinstance(value, list):
        return _several("[", [(None, item) for item in value[:MOST_SHOWN]], "]", depth)
    if isinstance(value, dict):
        return _several("{", list(zip(value, value.values(), strict=True))[:MOST_SHOWN], "}", depth)
    if isinstance(value, Moment):
        return value.said
    if isinstance(value, Nodes):
        return str(value.size)
    if isinstance(value, Answer):
        return f"{value.status} to {value.location}"
    return "null" if value is None else repr(value)


def _several(begin: str, items: list[tuple[str | None, Value]], end: str, depth: int) -> str:
    if items and depth == _DEEPEST_SHOWN:
        return f"{begin}..{end}"
    texts: list[str] = []
    length = 0
    for key, item in items:
        texts.append((f"{quoted(key)}: " if key is not None else "") + _text(item, depth + 1))
        length += len(texts[-1])
        if length > MOST_SHOWN:
            break
    return begin + ", ".join(texts) + end


def quoted(text: str) -> str:
    """Text in quotes, on one line."""
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(character, escape)
    return f'"{text}"'
