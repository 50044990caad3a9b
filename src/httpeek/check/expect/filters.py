"""The filters: what is made of a value before a predicate looks at it.

Rules: a filter takes values of the types that its row names; any other is a fault at the filter, and so is a value that
it can make nothing of, and no value at all. Each gives a value, or `NONE` where nothing was found.
"""

from __future__ import annotations

from httpeek.check.expect.predicates import literal_value
from httpeek.check.expect.queries import first_group, found_by_path, found_by_xpath, text_argument
from httpeek.check.expect.scope import fault, said
from httpeek.check.expect.seen import Unreadable
from httpeek.check.expect.values import NONE, Moment, Nodes, kind, shown
from httpeek.model.nouns import Noun
from httpeek.model.target import UNRESERVED, encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from httpeek.check.expect.scope import Scope
    from httpeek.check.result import Value
    from httpeek.check.suite import Filter, Literal

_DAY = 86_400 * 1_000_000_000
_MOST_DIGITS = 4000
"""Digits of an integer that Python reads (its limit is 4,300)."""

_KEPT = UNRESERVED | frozenset(b"/")


class _Unfit(ValueError):
    """A value of a right type that a filter can make nothing of; its text says why."""


class _Row(Noun):
    """A filter: the types that it takes, () for any, and what it makes of a value."""

    takes: tuple[str, ...]
    make: Callable[[Any, Sequence[Literal], Scope], Value]


def filtered(filter_: Filter, value: Value, scope: Scope) -> Value:
    """What the filter makes of a value. Raises Fault."""
    row = _FILTERS[filter_.name]
    name = filter_.written
    wanted = " or ".join(row.takes)
    if value is NONE:
        raise fault(f"{name} has no value to work on", f"actual none, expected {wanted or 'a value'}", filter_.place)
    if row.takes and kind(value) not in row.takes:
        title = f"{name} takes {wanted}, not {kind(value)}"
        raise fault(title, f"actual {shown(value)}, expected {wanted}", filter_.place)
    try:
        return row.make(value, filter_.arguments, scope)
    except (_Unfit, Unreadable) as error:
        raise fault(f"{name}: {error}", f"actual {shown(value)}", filter_.place) from None


def _base64_decode(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    return _from_base64(value, value, _base64_encode)


def _base64_url_decode(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    if "=" in value:
        raise _Unfit("base64 for URLs has no padding")
    padded = value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4)
    return _from_base64(value, padded, _base64_url_encode)


def _from_base64(value: str, padded: str, encode: Callable[[bytes], str]) -> bytes:
    """The octets of base64 that is written as `encode` would write it, and no other way (RFC 4648 section 3)."""
    from binascii import Error, a2b_base64

    try:
        octets = a2b_base64(padded, strict_mode=True)
    except (Error, ValueError):
        raise _Unfit("this is not base64") from None
    if encode(octets) != value:
        raise _Unfit("this is not base64")
    return octets


def _base64_encode(value: bytes, *_: object) -> str:
    from binascii import b2a_base64

    return b2a_base64(value, newline=False).decode("ascii")


def _base64_url_encode(value: bytes, *_: object) -> str:
    return _base64_encode(value).rstrip("=").replace("+", "-").replace("/", "_")


def _charset_decode(value: bytes, arguments: Sequence[Literal], scope: Scope) -> Value:
    from httpeek.check.expect.charsets import codec, decoded

    label = text_argument(arguments[0], scope)
    if not codec(label):
        raise fault(f"there is no charset {label!r}", "expected a label of the Encoding Standard", arguments[0].place)
    return decoded(value, label)


def _date_format(value: Moment, arguments: Sequence[Literal], scope: Scope) -> Value:
    from httpeek.check.expect.dates import PatternError, formatted

    try:
        return formatted(value, text_argument(arguments[0], scope))
    except PatternError as error:
        raise fault(f"the pattern is not valid: {error}", "expected a strftime pattern", arguments[0].place) from None


def _to_date(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    from httpeek.check.expect.date_reading import parsed
    from httpeek.check.expect.dates import PatternError

    pattern = text_argument(arguments[0], scope)
    try:
        moment = parsed(value, pattern)
    except PatternError as error:
        raise fault(f"the pattern is not valid: {error}", "expected a strftime pattern", arguments[0].place) from None
    if moment is None:
        raise _Unfit(f"this is no date written as {pattern}")
    return moment


def _days(sign: int) -> Callable[..., Value]:
    """Whole days from now on (1), or until now (-1), cut off towards zero."""

    def days(value: Moment, arguments: Sequence[Literal], scope: Scope) -> Value:
        from time import time_ns

        distance = (value.nanoseconds - time_ns()) * sign
        return distance // _DAY if distance >= 0 else -(-distance // _DAY)

    return days


def _count(value: list[Value] | bytes | Nodes, arguments: Sequence[Literal], scope: Scope) -> Value:
    return value.size if isinstance(value, Nodes) else len(value)


def _nth(value: list[Value], arguments: Sequence[Literal], scope: Scope) -> Value:
    index = literal_value(arguments[0], scope)
    if not isinstance(index, int) or isinstance(index, bool):
        raise fault("the index is no integer", f"actual {shown(index)}, expected integer", arguments[0].place)
    if not -len(value) <= index < len(value):
        raise _Unfit(f"there is no item {index} in a list of {len(value)}")
    return value[index]


def _end(index: int) -> Callable[..., Value]:
    def end(value: list[Value], arguments: Sequence[Literal], scope: Scope) -> Value:
        if not value:
            raise _Unfit("the list is empty")
        return value[index]

    return end


def _html_escape(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    for character, reference in _REFERENCES:
        value = value.replace(character, reference)
    return value


_REFERENCES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"))


def _html_unescape(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    from html import unescape

    return unescape(value)


def _jsonpath(value: Value, arguments: Sequence[Literal], scope: Scope) -> Value:
    from httpeek.check.expect.json_values import json_value

    def read() -> Value:
        try:
            return json_value(value) if isinstance(value, str) else value
        except Unreadable as error:
            raise Unreadable(str(error).replace("the content", "the value", 1)) from None

    return found_by_path(arguments[0], read, scope)


def _xpath(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    try:
        return found_by_xpath(arguments[0], value, not value.lstrip().startswith("<?xml"), scope)
    except Unreadable as error:
        raise Unreadable(str(error).replace("the content", "the value", 1)) from None


def _replace(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    old, new = (text_argument(argument, scope) for argument in arguments)
    return value.replace(old, new)


def _replace_regex(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    from httpeek.check.expect.patterns import PatternError
    from httpeek.check.expect.regex import replaced

    pattern, by = arguments
    try:
        return replaced(text_argument(pattern, scope), text_argument(by, scope), value)
    except PatternError as error:
        raise fault(f"the pattern is not valid: {error}", error.hint, pattern.place) from None


def _split(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    """The parts between separators; an empty separator stands between all characters, and at both ends."""
    separator = text_argument(arguments[0], scope)
    return list(value.split(separator)) if separator else ["", *value, ""]


def _to_int(value: str | int | float, arguments: Sequence[Literal], scope: Scope) -> Value:
    if isinstance(value, str):
        digits = value[1:] if value[:1] in ("+", "-") else value
        if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
            raise _Unfit("this is no integer")
        return int(value)
    try:
        return int(value)
    except (ValueError, OverflowError):
        raise _Unfit("this is no integer") from None


def _to_float(value: str | int | float, arguments: Sequence[Literal], scope: Scope) -> Value:
    plain = not isinstance(value, str) or (value.isascii() and "_" not in value and value == value.strip())
    try:
        if plain:
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise _Unfit("this is no float")


def _to_string(value: Value, arguments: Sequence[Literal], scope: Scope) -> Value:
    text = said(value)
    if text is None:
        raise _Unfit(f"{kind(value)} has no text")
    return text


def _url_decode(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    return _percent_decoded(value)


def _percent_decoded(text: str) -> str:
    """Text without its percent-encoding; what is no UTF-8 then becomes U+FFFD."""
    if "%" not in text:
        return text
    first, *rest = text.encode("utf-8", "surrogateescape").split(b"%")
    made = bytearray(first)
    for part in rest:
        digits = part[:2]
        valid = len(digits) == 2 and all(octet in b"0123456789abcdefABCDEF" for octet in digits)
        made += bytes([int(digits, 16)]) + part[2:] if valid else b"%" + part
    return made.decode("utf-8", "replace")


def _url_encode(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    """Text percent-encoded but for what is unreserved (RFC 3986 section 2.3) and slashes."""
    return encoded(value, _KEPT)


def _url_query_param(value: str, arguments: Sequence[Literal], scope: Scope) -> Value:
    """The first query parameter of that name, read as a form (URL Standard, section 5.1)."""
    wanted = text_argument(arguments[0], scope)
    scheme, separator, rest = value.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest.strip("/?#"):
        raise _Unfit("this is no URL that begins with http:// or https://")
    query = rest.partition("#")[0].partition("?")[2]
    for pair in query.split("&"):
        name, _, content = pair.partition("=")
        if pair and _percent_decoded(name.replace("+", " ")) == wanted:
            return _percent_decoded(content.replace("+", " "))
    return NONE


def _utf8_decode(value: bytes, arguments: Sequence[Literal], scope: Scope) -> Value:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Unfit(f"this is not UTF-8: octet {error.start} is 0x{value[error.start]:02x}") from None


_STRING = ("string",)
_BYTES = ("bytes",)
_LIST = ("list",)
_DATE = ("date",)
_NUMBER = ("string", "integer", "float")

_FILTERS = {
    "base64Decode": _Row(_STRING, _base64_decode),
    "base64Encode": _Row(_BYTES, _base64_encode),
    "base64UrlSafeDecode": _Row(_STRING, _base64_url_decode),
    "base64UrlSafeEncode": _Row(_BYTES, _base64_url_encode),
    "charsetDecode": _Row(_BYTES, _charset_decode),
    "count": _Row(("list", "bytes", "nodes"), _count),
    "dateFormat": _Row(_DATE, _date_format),
    "daysAfterNow": _Row(_DATE, _days(1)),
    "daysBeforeNow": _Row(_DATE, _days(-1)),
    "first": _Row(_LIST, _end(0)),
    "htmlEscape": _Row(_STRING, _html_escape),
    "htmlUnescape": _Row(_STRING, _html_unescape),
    "jsonpath": _Row(("string", "list", "object"), _jsonpath),
    "last": _Row(_LIST, _end(-1)),
    "location": _Row(("response",), lambda value, a, s: value.location),
    "nth": _Row(_LIST, _nth),
    "regex": _Row(_STRING, lambda value, a, s: first_group(a[0], value, s)),
    "replace": _Row(_STRING, _replace),
    "replaceRegex": _Row(_STRING, _replace_regex),
    "split": _Row(_STRING, _split),
    "toDate": _Row(_STRING, _to_date),
    "toFloat": _Row(_NUMBER, _to_float),
    "toHex": _Row(_BYTES, lambda value, a, s: value.hex()),
    "toInt": _Row(_NUMBER, _to_int),
    "toString": _Row((), _to_string),
    "urlDecode": _Row(_STRING, _url_decode),
    "urlEncode": _Row(_STRING, _url_encode),
    "urlQueryParam": _Row(_STRING, _url_query_param),
    "utf8Decode": _Row(_BYTES, _utf8_decode),
    "utf8Encode": _Row(_STRING, lambda value, a, s: value.encode("utf-8", "surrogateescape")),
    "xpath": _Row(_STRING, _xpath),
}
