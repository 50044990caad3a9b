"""JSON that keeps what was typed: numbers as they were spelled, members in order, also those of one name.

`parsed` makes values of a text, `text` a text of values, spelled as Python's json.dumps does (which is how HTTPie sends
them, and scripts rely on it): ", " and ": " between, everything but ASCII escaped. A value is a str, a `Number`, True,
False, None, a list of values or an `Object`.
"""

from __future__ import annotations

from json import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Value: TypeAlias = "str | Number | bool | list[Value] | Object | None"


class Number:
    """A number, spelled as it was typed: 1.50 and 1e3 and -0 stay what they are."""

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling


class Object:
    """The members of an object in order. Those that were typed in one text may have the same name."""

    def __init__(self, members: Iterable[tuple[str, Value]] = ()) -> None:
        self._members = list(members)
        self._places = {name: place for place, (name, _) in enumerate(self._members)}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> Value:
        return self._members[self._places[name]][1]

    def __setitem__(self, name: str, value: Value) -> None:
        """Sets the last member of that name in its place, or adds one at the end."""
        place = self._places.setdefault(name, len(self._members))
        self._members[place : place + 1] = [(name, value)]

    def members(self) -> list[tuple[str, Value]]:
        """All of them as (name, value)."""
        return self._members


def parsed(source: str) -> Value:
    """The value that a text spells. Raises ValueError where it is no JSON, RecursionError where it is too deep."""
    # Numbers are kept as typed, so none is converted here: int() refuses more than 4300 digits.
    value: Value = loads(
        source, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant, object_pairs_hook=Object
    )
    return value


def text(value: Value) -> str:
    """The text of a value. Raises RecursionError where it is nested too deeply."""
    if isinstance(value, Number):
        return value.spelling
    if isinstance(value, list):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, Object):
        return "{" + ", ".join(f"{dumps(name)}: {text(member)}" for name, member in value.members()) + "}"
    return dumps(value)


def kind(value: Value) -> str:
    """What JSON calls a value, with its article: "an array"."""
    if isinstance(value, Number):
        return "a number"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, Object):
        return "an object"
    return "null" if value is None else "a string" if isinstance(value, str) else "a boolean"


def _refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity; JSON has neither (RFC 8259 section 6).
    raise ValueError(name)
