"""JSON read into values (RFC 8259), and values written as JSON over several lines.

Rules: integers are exact; a float that is no finite number is a mistake, and so are NaN and half a surrogate pair. Of
two members with one name the last counts. Content that nests too deep to be read is a mistake, not a crash.
"""

from __future__ import annotations

from httpeek.check.expect.seen import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import Value

_MOST_DIGITS = 4000
"""Digits of one integer: Python converts no more than 4,300 from text, since that takes quadratic time."""


def json_value(text: str) -> Value:
    """The value of a JSON text; a byte order mark before it is left out. Raises Unreadable."""
    from json import JSONDecodeError, JSONDecoder

    decoder = JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_constant)
    text = text.removeprefix("\ufeff")
    try:
        value: Value = decoder.decode(text)
    except JSONDecodeError as error:
        what = "is empty" if not text.strip() else "is not JSON"
        where = "" if not text.strip() else f": {error.msg.lower()} at line {error.lineno}, column {error.colno}"
        raise Unreadable(f"the content {what}{where}") from None
    except RecursionError:
        raise Unreadable("the content is JSON that nests too deep to be read") from None
    if "\\ud" in text or "\\uD" in text:
        _refuse_halves(value)
    return value


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Unreadable(f"the content has a number of {len(digits)} digits; {_MOST_DIGITS} are read")
    return int(digits)


def _float(written: str) -> float:
    value = float(written)
    if value in (float("inf"), float("-inf")):
        raise Unreadable(f"the content has a number out of range: {written[:40]}")
    return value


def _constant(name: str) -> float:
    raise Unreadable(f"the content is not JSON: {name} is no value of it")


def _refuse_halves(value: Value) -> None:
    """Raises Unreadable where a string has a surrogate that stands alone: no character, and nothing can print it."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += one.keys()
            rest += one.values()
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, str) and any("\ud800" <= character <= "\udfff" for character in one):
            raise Unreadable("the content is not JSON: an escape is half of a pair that means one character")


def json_lines(value: Value, like: Value = None) -> list[str]:
    """A value as JSON over several lines, two blanks for each level. Members come in the order of those that `like` has
    at the same place, so that only what differs is different. Raises RecursionError where it nests too deep."""
    from json import dumps

    return dumps(_ordered(value, like), indent=2, ensure_ascii=False).split("\n")


def _ordered(value: Value, like: Value) -> Value:
    if isinstance(value, dict):
        order = [key for key in like if key in value] if isinstance(like, dict) else []
        known = set(order)
        names: Sequence[str] = [*order, *(key for key in value if key not in known)]
        return {key: _ordered(value[key], like.get(key) if isinstance(like, dict) else None) for key in names}
    if isinstance(value, list):
        others = like if isinstance(like, list) else []
        return [_ordered(item, others[at] if at < len(others) else None) for at, item in enumerate(value)]
    return value
