"""The predicates: what must hold of a value.

Rules: each answers True, False, or `MISFIT` where the value is of a type that it says nothing about: that fails, also
behind `not`. Of no value at all nothing holds, so that `not` before anything does. Equality knows no misfit.
"""

from __future__ import annotations

from httpeek.check.expect.values import NONE, Moment, Nodes, is_number, kind, quoted, same, shown
from httpeek.check.suite import Content, Expression, Template
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.check.expect.scope import Scope
    from httpeek.check.result import Value
    from httpeek.check.suite import Literal, Predicate

MISFIT = None
"""The answer of a predicate to a value that it says nothing about."""


class Verdict(Noun):
    """What came of a predicate: whether it holds, what was found and what was wanted, and whether the types fit."""

    holds: bool
    actual: str
    expected: str
    fits: bool


def judged(predicate: Predicate, value: Value, scope: Scope) -> Verdict:
    """Whether the predicate holds of the value. Raises Fault where its argument has no value or is no pattern."""
    name, literal = predicate.name, predicate.argument
    argument = literal_value(literal, scope) if literal is not None else NONE
    answer: bool | None
    if name == "matches" and literal is not None:
        answer = _matches(value, argument, literal)
    else:
        answer = False if value is NONE else _PREDICATES[name](value, argument)
    wanted = _wanted(name, argument, literal)
    expected = f"not {wanted}" if predicate.negated else wanted
    holds = answer is not MISFIT and answer is not predicate.negated
    return Verdict(holds, shown(value), expected, answer is not MISFIT)


def literal_value(literal: Literal, scope: Scope) -> Value:
    """The value of a literal; a pattern is its text. Raises Fault."""
    value = literal.value
    if isinstance(value, Expression):
        return scope.value(value)
    if isinstance(value, Template):
        return scope.file(value) if literal.kind == "file" else scope.text(value)
    if isinstance(value, Content):
        return scope.octets(value).decode("utf-8", "surrogateescape")
    return value


def _wanted(name: str, argument: Value, literal: Literal | None) -> str:
    """What a predicate asks for, in words."""
    if literal is None:
        return _ALONE[name]
    if name == "matches":
        pattern = argument if isinstance(argument, str) else shown(argument)
        return f"matches /{quoted(pattern)[1:-1]}/" if literal.kind == "regex" else f"matches {quoted(pattern)}"
    return f"{_WORDS[name]}{shown(argument)}"


_WORDS = {
    "==": "",
    "!=": "not ",
    ">": "greater than ",
    ">=": "greater than or equal to ",
    "<": "less than ",
    "<=": "less than or equal to ",
    "startsWith": "starts with ",
    "endsWith": "ends with ",
    "contains": "contains ",
    "includes": "includes ",
}
_ALONE = {
    "exists": "something",
    "isBoolean": "boolean",
    "isCollection": "collection",
    "isDate": "date",
    "isEmpty": "empty",
    "isFloat": "float",
    "isInteger": "integer",
    "isIpv4": "string with an IPv4 address",
    "isIpv6": "string with an IPv6 address",
    "isIsoDate": "string with a date of RFC 3339",
    "isList": "list",
    "isNumber": "number",
    "isObject": "object",
    "isString": "string",
    "isUuid": "string with a UUID",
}


def _ordered(holds: Callable[[int], bool]) -> Callable[[Value, Value], bool | None]:
    """A comparison of two numbers, two strings (by code points) or two dates. `holds` is given the sign."""

    def compare(value: Value, other: Value) -> bool | None:
        one: object
        two: object
        if isinstance(value, Moment) and isinstance(other, Moment):
            one, two = value.nanoseconds, other.nanoseconds
        elif (is_number(value) and is_number(other)) or (isinstance(value, str) and isinstance(other, str)):
            one, two = value, other
        else:
            return MISFIT
        if one != one or two != two:
            return False  # NaN
        return holds((one > two) - (one < two))  # type: ignore[operator]  # both of one type

    return compare


def _part(holds: Callable[[str, str], bool], octets: Callable[[bytes, bytes], bool]) -> Callable[..., bool | None]:
    """A predicate on two strings or two byte strings."""

    def test(value: Value, other: Value) -> bool | None:
        if isinstance(value, str) and isinstance(other, str):
            return holds(value, other)
        if isinstance(value, bytes) and isinstance(other, bytes):
            return octets(value, other)
        return MISFIT

    return test


_inside = _part(str.__contains__, bytes.__contains__)


def _includes(value: Value, other: Value) -> bool | None:
    return any(same(item, other) for item in value) if isinstance(value, list) else MISFIT


def _contains(value: Value, other: Value) -> bool | None:
    return _includes(value, other) if isinstance(value, list) else _inside(value, other)


def _matches(value: Value, pattern: Value, literal: Literal) -> bool | None:
    from httpeek.check.expect.patterns import PatternError
    from httpeek.check.expect.regex import compiled, matches
    from httpeek.check.expect.scope import fault

    if not isinstance(pattern, str):
        return MISFIT
    try:
        compiled(pattern)
        return False if value is NONE else matches(pattern, value) if isinstance(value, str) else MISFIT
    except PatternError as error:
        raise fault(f"the pattern is not valid: {error}", error.hint, literal.place) from None


def _size(value: Value) -> int | None:
    if isinstance(value, Nodes):
        return value.size
    return len(value) if isinstance(value, str | bytes | list | dict) else None


def _empty(value: Value, _: Value) -> bool | None:
    size = _size(value)
    return MISFIT if size is None else size == 0


def _is(*kinds: str) -> Callable[[Value, Value], bool | None]:
    """A predicate on the type alone."""
    return lambda value, _: kind(value) in kinds


def _string(holds: Callable[[str], bool]) -> Callable[[Value, Value], bool | None]:
    """A predicate on the form of a string."""
    return lambda value, _: holds(value) if isinstance(value, str) else MISFIT


def _ipv4(text: str) -> bool:
    parts = text.split(".")
    plain = all(part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") for part in parts)
    return len(parts) == 4 and plain and all(len(part) < 4 and int(part) < 256 for part in parts)


def _ipv6(text: str) -> bool:
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def _uuid(text: str) -> bool:
    """A UUID with hyphens or without, in braces, or as a URN (as Rust's `uuid` reads it)."""
    if text.startswith("{") and text.endswith("}"):
        text, plain = text[1:-1], False
    else:
        plain = not text.startswith("urn:uuid:")
        text = text.removeprefix("urn:uuid:")
    digits = text.replace("-", "")
    if len(digits) != 32 or any(character not in "0123456789abcdefABCDEF" for character in digits):
        return False
    hyphens = [at for at, character in enumerate(text) if character == "-"]
    return hyphens == [8, 13, 18, 23] or (plain and not hyphens)


def _iso_date(text: str) -> bool:
    from httpeek.check.expect.date_reading import rfc3339

    return rfc3339(text) is not None


_PREDICATES: dict[str, Callable[[Value, Value], bool | None]] = {
    "==": same,
    "!=": lambda value, other: not same(value, other),
    ">": _ordered(lambda sign: sign > 0),
    ">=": _ordered(lambda sign: sign >= 0),
    "<": _ordered(lambda sign: sign < 0),
    "<=": _ordered(lambda sign: sign <= 0),
    "startsWith": _part(str.startswith, bytes.startswith),
    "endsWith": _part(str.endswith, bytes.endswith),
    "contains": _contains,
    "includes": _includes,
    "exists": lambda value, _: not (isinstance(value, Nodes) and value.size == 0),
    "isBoolean": _is("boolean"),
    "isCollection": _is("list", "object", "bytes", "nodes"),
    "isDate": _is("date"),
    "isEmpty": _empty,
    "isFloat": _is("float"),
    "isInteger": _is("integer"),
    "isIpv4": _string(_ipv4),
    "isIpv6": _string(_ipv6),
    "isIsoDate": _string(_iso_date),
    "isList": _is("list", "bytes"),
    "isNumber": _is("integer", "float"),
    "isObject": _is("object", "nodes"),
    "isString": _is("string"),
    "isUuid": _string(_uuid),
}

__all__ = ["Verdict", "judged", "literal_value"]
