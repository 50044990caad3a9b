"""[Options]: one line, a name of `check/options` and a value of the kind that its row says."""

from __future__ import annotations

from httpeek.check.hurl.scanner import Scanner
from httpeek.check.hurl.templates import expression, filename, quoted, unquoted
from httpeek.check.hurl.values import number, whole
from httpeek.check.options import OPTIONS, UNITS, VERBOSITIES
from httpeek.check.suite import FUNCTIONS, Literal, Option
from httpeek.model.nearest import nearest

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
_LONGEST = 60
"""Characters of an option's name that are looked at: no name is as long."""

_VARIABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def option(scanner: Scanner) -> Option | None:
    """The option at the position and the rest of its line, or None if no name with a colon begins there."""
    text, start, end = scanner.text, scanner.pos, scanner.end
    at = start
    limit = min(end, start + _LONGEST)
    while at < limit and text[at] in _NAME:
        at += 1
    name = text[start:at]
    scanner.pos = at
    scanner.skip_spaces()
    if not name or not scanner.starts(":"):
        scanner.pos = start
        return None
    kind = OPTIONS.get(name)
    if kind is None:
        near = nearest(name, OPTIONS)
        hint = f"did you mean {near}?" if near else "expected one of " + ", ".join(OPTIONS)
        raise scanner.mistake(f"there is no option {name!r}", hint, start, len(name))
    scanner.pos += 1
    scanner.skip_spaces()
    key = ""
    if kind == "variable":
        key = _variable_name(scanner)
    value = _READERS[kind](scanner)
    place = scanner.place(start, scanner.pos - start)
    scanner.end_line()
    return Option(name, value, place, key)


def _text(scanner: Scanner) -> Literal:
    start = scanner.pos
    return whole(scanner, start, "string", unquoted(scanner))


def _file(scanner: Scanner) -> Literal:
    start = scanner.pos
    return whole(scanner, start, "file", filename(scanner))


def _certificate(scanner: Scanner) -> Literal:
    start = scanner.pos
    return whole(scanner, start, "file", filename(scanner, password=True))


def _placeholder(scanner: Scanner, expected: str) -> Literal:
    start = scanner.pos
    if not scanner.starts("{{"):
        given = scanner.text[start : scanner.end]
        raise scanner.mistake("this is not such a value" if given else "the value is missing", expected, start)
    return whole(scanner, start, "expression", expression(scanner))


def _boolean(scanner: Scanner) -> Literal:
    start = scanner.pos
    for name, value in (("true", True), ("false", False)):
        if scanner.starts(name):
            scanner.pos += len(name)
            return whole(scanner, start, "boolean", value)
    return _placeholder(scanner, "expected true, false or {{a variable}}")


def _integer(scanner: Scanner, least: int) -> Literal:
    start = scanner.pos
    expected = f"expected an integer from {least} or {{{{a variable}}}}"
    found = number(scanner)
    if found is None:
        return _placeholder(scanner, expected)
    if found.kind != "integer" or not isinstance(found.value, int) or found.value < least:
        raise scanner.mistake("this is not such a number", expected, start, scanner.pos - start)
    return found


def _natural(scanner: Scanner) -> Literal:
    return _integer(scanner, 0)


def _count(scanner: Scanner) -> Literal:
    return _integer(scanner, -1)


def _duration(scanner: Scanner) -> Literal:
    start = scanner.pos
    found = _integer(scanner, 0)
    if not isinstance(found.value, int):
        return found
    text, at = scanner.text, scanner.pos
    while scanner.pos < scanner.end and text[scanner.pos] in _LETTERS:
        scanner.pos += 1
    unit = text[at : scanner.pos]
    if unit and unit not in UNITS:
        raise scanner.mistake(f"there is no unit {unit!r} of time", "expected ms, s, m or h", at, len(unit))
    return whole(scanner, start, "duration", found.value * UNITS[unit or "ms"])


def _verbosity(scanner: Scanner) -> Literal:
    start = scanner.pos
    for name in VERBOSITIES:
        if scanner.starts(name):
            scanner.pos += len(name)
            return whole(scanner, start, "word", name)
    raise scanner.mistake("there is no such verbosity", "expected " + ", ".join(VERBOSITIES))


def _variable_name(scanner: Scanner) -> str:
    """The name before the equals sign, which is passed, too."""
    text, start, end = scanner.text, scanner.pos, scanner.end
    at = start
    while at < end and (text[at] in _VARIABLE or (text[at] > "\x7f" and text[at].isalnum())):
        at += 1
    name = text[start:at]
    if not name:
        raise scanner.mistake("the variable has no name", "expected NAME=VALUE")
    if name in FUNCTIONS:
        raise scanner.mistake(f"{name} is a function", "expected another name", start, len(name))
    scanner.pos = at
    scanner.skip_spaces()
    if not scanner.starts("="):
        raise scanner.mistake("the variable has no value", "expected =")
    scanner.pos += 1
    scanner.skip_spaces()
    return name


def _variable(scanner: Scanner) -> Literal:
    """null, true, false, a number or a string in quotes where it is all there is; else all of it is a string."""
    start = scanner.pos
    if scanner.starts('"'):
        found = whole(scanner, start, "string", quoted(scanner))
        scanner.skip_spaces()
        if scanner.peek() in ("", "#"):
            return found
        scanner.pos = start
        return _text(scanner)
    template = unquoted(scanner)
    stop = scanner.pos
    for name, kind, value in (("null", "null", None), ("true", "boolean", True), ("false", "boolean", False)):
        if template.source == name:
            return whole(scanner, start, kind, value)
    if template.source[:1] == "-" or template.source[:1].isdigit():
        scanner.pos = start
        whole_number = template.source.lstrip("-").replace(".", "", 1)
        if whole_number.isascii() and whole_number.isdigit() and not _padded(template.source):
            found_number = number(scanner)
            if found_number is not None and scanner.pos == stop:
                return found_number
        scanner.pos = stop
    return whole(scanner, start, "string", template)


def _padded(source: str) -> bool:
    """Whether it only looks like a number: 007 and 1. and --1 are strings."""
    digits = source.removeprefix("-")
    leading = digits.startswith("0") and len(digits) > 1 and not digits.startswith("0.")
    return leading or digits.startswith(("-", ".")) or digits.endswith(".")


_READERS = {
    "boolean": _boolean,
    "certificate": _certificate,
    "count": _count,
    "duration": _duration,
    "file": _file,
    "natural": _natural,
    "text": _text,
    "variable": _variable,
    "verbosity": _verbosity,
}
