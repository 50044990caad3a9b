"""Typed values of the format: numbers, octets, patterns, and what may follow a predicate.

Rules: a value keeps its spelling. What cannot be a value at all is located where it begins; what begins as one and goes
wrong is located where it does. With `scanner.bare` a word that is no other value is a string.
"""

from __future__ import annotations

from httpeek.check.expect.names import SHAPES
from httpeek.check.hurl.scanner import BLANK, Mistake, Scanner
from httpeek.check.hurl.templates import backquoted, expression, filename, quoted
from httpeek.check.suite import Content, Literal, Template

_DIGITS = "0123456789"
_MAX_DIGITS = 4000
"""Digits of one integer: Python converts no more than 4,300 from text, since that takes quadratic time."""

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n")
_HEX = frozenset("0123456789abcdefABCDEF")
_WORDS: tuple[tuple[str, str, bool | None], ...] = (
    ("null", "null", None),
    ("true", "boolean", True),
    ("false", "boolean", False),
)
_ANY = "expected a string in quotes, a number, true, false, null, hex,..; base64,..; file,..; or {{a variable}}"
_EXPECTED = {
    "any": _ANY,
    "ordered": "expected a number, a string in quotes or {{a variable}}",
    "part": "expected a string in quotes, hex,..; or base64,..;",
    "match": "expected a string in quotes or a pattern as in /^a+$/",
}


def whole(scanner: Scanner, start: int, kind: str, value: object) -> Literal:
    """The Literal written from `start` to the position, on this line."""
    source = scanner.text[start : scanner.pos]
    return Literal(kind, value, source, scanner.place(start, scanner.pos - start))  # type: ignore[arg-type]  # by kind


def number(scanner: Scanner) -> Literal | None:
    """The number at the position, or None where none begins."""
    text, start, end = scanner.text, scanner.pos, scanner.end
    at = start + 1 if text.startswith("-", start, end) else start
    first = at
    while at < end and text[at] in _DIGITS:
        at += 1
    if at == first:
        return None
    if text[first] == "0" and at > first + 1:
        raise scanner.mistake("a number does not begin with 0", "expected a number without leading zeros", at)
    if at - first > _MAX_DIGITS:
        raise scanner.mistake(f"a number of more than {_MAX_DIGITS} digits", "expected a shorter number", start)
    if not text.startswith(".", at, end):
        scanner.pos = at
        return whole(scanner, start, "integer", int(text[start:at]))
    at += 1
    first = at
    while at < end and text[at] in _DIGITS:
        at += 1
    if at == first:
        raise scanner.mistake("the number has no digits after its point", "expected digits", at)
    scanner.pos = at
    return whole(scanner, start, "float", float(text[start:at]))


def octets(scanner: Scanner) -> Literal | None:
    """The octets `hex,..;` or `base64,..;` or the file `file,..;` at the position, or None where none begins."""
    if scanner.starts("hex,"):
        return _hexadecimal(scanner)
    if scanner.starts("base64,"):
        return _base64(scanner)
    if not scanner.starts("file,"):
        return None
    start = scanner.pos
    scanner.pos += 5
    scanner.skip_spaces()
    name = filename(scanner)
    scanner.skip_spaces()
    _semicolon(scanner)
    return whole(scanner, start, "file", name)


def _semicolon(scanner: Scanner) -> None:
    if not scanner.starts(";"):
        raise scanner.mistake("the value has no closing ;", "expected ;")
    scanner.pos += 1


def _hexadecimal(scanner: Scanner) -> Literal:
    text, start, end = scanner.text, scanner.pos, scanner.end
    scanner.pos += 4
    scanner.skip_spaces()
    first = at = scanner.pos
    while at < end and text[at] in _HEX:
        at += 1
    scanner.pos = at
    if (at - first) % 2:
        raise scanner.mistake("an odd number of hexadecimal digits", "expected two for each octet")
    scanner.skip_spaces()
    _semicolon(scanner)
    return whole(scanner, start, "bytes", bytes.fromhex(text[first:at]))


def _base64(scanner: Scanner) -> Literal:
    """Base64, over several lines if it likes, with or without its padding."""
    from binascii import Error, a2b_base64

    text, start = scanner.text, scanner.pos
    place = scanner.place(start, scanner.end - start)
    first = at = start + 7
    close = text.find(";", first)
    stop = close if close >= 0 else scanner.size
    while at < stop and text[at] in _BASE64:
        at += 1
    if at < stop or close < 0:
        raise scanner.mistake("this is not base64", "expected letters, digits, + / = or the closing ;", at)
    digits = "".join(text[first:at].split()).rstrip("=")
    try:
        value = a2b_base64(digits + "=" * (-len(digits) % 4), strict_mode=True)
    except Error:
        message = "this is not base64: the number of characters is wrong, or = stands inside"
        raise scanner.mistake(message, "expected base64", first) from None
    scanner.move(close + 1)
    return Literal("bytes", value, text[start : close + 1], place)


def pattern(scanner: Scanner) -> Literal | None:
    """The pattern at the position, in quotes or between slashes, or None where neither begins. It is valid then."""
    text, start, end = scanner.text, scanner.pos, scanner.end
    if scanner.starts('"'):
        template = quoted(scanner)
        plain = template.plain
        if plain is not None:
            _check(scanner, plain, start + 1, plain == template.source)
        return whole(scanner, start, "string", template)
    if not scanner.starts("/"):
        return None
    at = text.find("/", start + 1, end)
    while at > 0 and text[at - 1] == "\\":  # As in Hurl, whatever stands before the backslash.
        at = text.find("/", at + 1, end)
    if at < 0:
        raise scanner.mistake("the pattern is not closed", "expected /", end)
    written = text[start + 1 : at]
    value = written.replace("\\/", "/")
    _check(scanner, value, start + 1, value == written)
    scanner.pos = at + 1
    return whole(scanner, start, "regex", value)


def _check(scanner: Scanner, value: str, start: int, exact: bool) -> None:
    """Raises Mistake where Rust would refuse the pattern; at its beginning, as Hurl does, the column in the hint."""
    from httpeek.check.expect.patterns import PatternError, check

    try:
        check(value)
    except PatternError as error:
        hint = error.hint if not exact or not error.offset else f"{error.hint} (character {error.offset + 1})"
        raise scanner.mistake(f"the pattern is not valid: {error}", hint, start) from None


def text(scanner: Scanner, hint: str = 'expected "') -> Literal:
    """A string in quotes; with `scanner.bare`, a word."""
    start = scanner.pos
    if scanner.starts('"'):
        return whole(scanner, start, "string", quoted(scanner))
    if scanner.bare:
        return word(scanner)
    raise scanner.mistake("a string in quotes is missing", hint)


def word(scanner: Scanner) -> Literal:
    """The word up to the next blank, as a string without escapes and expressions."""
    source, start, end = scanner.text, scanner.pos, scanner.end
    at = start
    while at < end and source[at] not in BLANK:
        at += 1
    if at == start:
        raise scanner.mistake("a value is missing", "expected a value")
    scanner.pos = at
    value = Template((source[start:at],), source[start:at], scanner.place(start, at - start))
    return whole(scanner, start, "string", value)


def argument(scanner: Scanner, shape: str) -> Literal:
    """What follows a predicate, of one of the kinds of `SHAPES`."""
    start, line = scanner.pos, scanner.line
    place = scanner.place(start)
    literal = _value_or_word(scanner, shape) if scanner.bare else _value(scanner, shape)
    if literal is None or literal.kind not in SHAPES[shape]:
        length = scanner.pos - start if literal and line == scanner.line else 1
        mistake = _misplaced(scanner, shape, start, length)
        found = mistake.problem.place
        mistake.problem = mistake.problem._replace(place=place._replace(length=found.length))
        raise mistake
    return literal


def _misplaced(scanner: Scanner, shape: str, start: int, length: int) -> Mistake:
    following = scanner.text[start : min(start + 40, scanner.end)].split("#")[0].split()
    if not following:
        return scanner.mistake("a value is missing", _EXPECTED[shape], start, length)
    if length == 1 and following[0].isalpha() and shape != "ordered":
        message = "a string stands in quotes"
        return scanner.mistake(message, f'write "{following[0]}"', start, len(following[0]))
    return scanner.mistake("this value cannot stand here", _EXPECTED[shape], start, length)


def _value_or_word(scanner: Scanner, shape: str) -> Literal | None:
    """On the command line: what is exactly a value is one, anything else is a word."""
    start = scanner.pos
    following = scanner.peek()
    if following == "":
        return None
    try:
        literal = _value(scanner, shape)
    except Mistake:
        if following in '"`' or scanner.starts("{{") or (shape == "match" and _slashed(scanner, start)):
            raise
        literal = None
    if literal is not None and (scanner.pos >= scanner.end or scanner.text[scanner.pos] in BLANK):
        return literal
    if literal is not None and following in '"`':
        return literal
    scanner.pos = start
    if scanner.numeric or shape == "ordered":
        raise scanner.mistake("this is not a number", "expected a number", start, len(word(scanner).source))
    if shape == "match":
        found = word(scanner)
        _check(scanner, found.source, start, True)
        return found
    return word(scanner)


def _slashed(scanner: Scanner, start: int) -> bool:
    """Whether what stands there is meant as a pattern between slashes."""
    written = scanner.text[start : scanner.end].rstrip(BLANK)
    return len(written) > 1 and written.startswith("/") and written.endswith("/")


def _value(scanner: Scanner, shape: str) -> Literal | None:
    start = scanner.pos
    following = scanner.peek()
    if following == '"':
        return pattern(scanner) if shape == "match" else whole(scanner, start, "string", quoted(scanner))
    if following == "-" or (following and following in _DIGITS):
        return number(scanner)
    for name, kind, value in _WORDS:
        if scanner.starts(name):
            scanner.pos += len(name)
            return whole(scanner, start, kind, value)
    if following == "{" and scanner.starts("{{"):
        return whole(scanner, start, "expression", expression(scanner))
    if following == "/":
        return pattern(scanner)
    if following == "`":
        return _lines(scanner) if scanner.starts("```") else whole(scanner, start, "string", backquoted(scanner))
    return octets(scanner)


def _lines(scanner: Scanner) -> Literal:
    """A string of several lines."""
    from httpeek.check.hurl.bodies import several_lines

    content: Content = several_lines(scanner)
    return Literal("content", content, content.source, content.place)
