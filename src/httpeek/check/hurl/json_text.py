r"""JSON as content: checked, but kept exactly as written, with `{{expressions}}` in strings and in the place of values.

The reader is a loop with a stack of its own, so that no depth of nesting is too deep for it; each character is looked
at once. The grammar is RFC 8259's: no comments, no trailing commas, no control characters in strings. Duplicate keys
and numbers of any size are allowed.
"""

from __future__ import annotations

from httpeek.check.hurl.scanner import Mistake, Scanner
from httpeek.check.hurl.templates import expression
from httpeek.check.suite import Expression, Template

_WHITE = " \t\n\r"
_DIGITS = "0123456789"
_HEX = "0123456789abcdefABCDEF"
_ESCAPES = '"\\/bfnrt'
_WORDS = ("null", "true", "false")
_ANY_VALUE = "expected a string, a number, an object, an array, true, false, null or {{an expression}}"


class _Reader:
    """Where the reading is, and what was found so far."""

    __slots__ = ("done", "pieces", "scanner", "text")

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.text = scanner.text
        self.done = scanner.pos
        self.pieces: list[str | Expression] = []

    def expression(self, at: int, within: str) -> int:
        """Takes the expression at `at`; returns the offset after it."""
        if at > self.done:
            self.pieces.append(self.text[self.done : at])
        self.scanner.move(at)
        self.pieces.append(expression(self.scanner, within))
        self.done = self.scanner.pos
        return self.done

    def mistake(self, message: str, hint: str, at: int) -> Mistake:
        """The mistake at an offset; a comment is named as such, whatever else was expected there."""
        if self.text.startswith(("#", "//", "/*"), at):
            message, hint = "JSON has no comments", "write the comment above the content"
        return self.scanner.mistake(message, hint, at)


def json_value(scanner: Scanner, only: str = "") -> Template:
    """The JSON value at the position, as written. With `only` it must begin with that character."""
    if only and not scanner.starts(only):
        raise scanner.mistake("this is not a JSON object", f"expected {only}")
    reader = _Reader(scanner)
    start = scanner.pos
    place = scanner.place(start, max(scanner.end - start, 1))
    stop = _read(reader, start)
    if stop > reader.done:
        reader.pieces.append(reader.text[reader.done : stop])
    scanner.move(stop)
    return Template(tuple(reader.pieces), reader.text[start:stop], place)


def _read(reader: _Reader, at: int) -> int:
    """The offset after the value at `at`."""
    text = reader.text
    stack: list[str] = []
    while True:
        # A value begins at `at`, or the end of an array or object that has none.
        character = text[at : at + 1]
        if character == "{" and not text.startswith("{{", at):
            at = _white(text, at + 1)
            if text.startswith("}", at):
                at += 1
            else:
                stack.append("}")
                at = _key(reader, at)
                continue
        elif character == "[":
            at = _white(text, at + 1)
            if text.startswith("]", at):
                at += 1
            else:
                stack.append("]")
                _need_element(reader, at, at)
                continue
        else:
            at = _scalar(reader, at, character)
        # A value has ended: what it was in goes on or ends, too.
        while True:
            if not stack:
                return at
            at = _white(text, at)
            character = text[at : at + 1]
            if character == stack[-1]:
                stack.pop()
                at += 1
                continue
            if character != ",":
                what = "object" if stack[-1] == "}" else "array"
                raise reader.mistake(f"the JSON {what} does not go on like this", f"expected , or {stack[-1]}", at)
            comma = at
            at = _white(text, at + 1)
            if text.startswith(stack[-1], at):
                raise reader.mistake("a comma before the end", "expected no comma here", comma)
            if stack[-1] == "}":
                at = _key(reader, at)
            else:
                _need_element(reader, at, at)
            break


def _need_element(reader: _Reader, at: int, where: int) -> None:
    """Raises Mistake if the value that should begin at `at` is missing: at `where` if all ends there."""
    following = reader.text[at : at + 1]
    if following in (",", "]", "}", ""):
        raise reader.mistake("a value is missing", _ANY_VALUE, where if following in ("}", "") else at)


def _key(reader: _Reader, at: int) -> int:
    """The offset of the value after the key at `at`."""
    text = reader.text
    if not text.startswith('"', at):
        raise reader.mistake("the key of a JSON object is a string", 'expected "', at)
    at = _white(text, _string(reader, at))
    if not text.startswith(":", at):
        raise reader.mistake("the key has no colon", "expected :", at)
    colon = at + 1
    at = _white(text, colon)
    _need_element(reader, at, colon)
    return at


def _scalar(reader: _Reader, at: int, character: str) -> int:
    text = reader.text
    if character == '"':
        return _string(reader, at)
    if character == "{":
        return reader.expression(at, "json")
    if character == "-" or character in _DIGITS:
        return _number(reader, at)
    for word in _WORDS:
        if text.startswith(word, at):
            return at + len(word)
    raise reader.mistake("this is not a JSON value", _ANY_VALUE, at)


def _number(reader: _Reader, at: int) -> int:
    text = reader.text
    start = at
    if text.startswith("-", at):
        at += 1
    if text.startswith("0", at):
        at += 1
    else:
        first = at
        at = _digits(text, at)
        if at == first:
            raise reader.mistake("this is not a JSON value", _ANY_VALUE, start)
    if text.startswith(".", at):
        first = at + 1
        at = _digits(text, first)
        if at == first:
            raise reader.mistake("the number has no digits after its point", "expected digits", at)
    if text.startswith(("e", "E"), at):
        first = at + 2 if text.startswith(("+", "-"), at + 1) else at + 1
        at = _digits(text, first)
        if at == first:
            raise reader.mistake("the number has no digits in its exponent", "expected digits", at)
    return at


def _digits(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] in _DIGITS:
        at += 1
    return at


def _white(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] in _WHITE:
        at += 1
    return at


def _string(reader: _Reader, at: int) -> int:
    """The offset after the string whose quote is at `at`."""
    text = reader.text
    at += 1
    quote = _closing(reader, at)
    opening = text.find("{{", at, quote)
    slash = text.find("\\", at, quote)
    while opening >= 0 or slash >= 0:
        if opening >= 0 and (slash < 0 or opening < slash):
            if text.find("}}", opening, quote) < 0:
                raise reader.scanner.mistake("the expression is not closed", "expected }}", quote)
            at = reader.expression(opening, "json-string")
        else:
            at = _escape(reader, slash)
            if at > quote:  # The quote was escaped.
                quote = _closing(reader, at)
        opening = text.find("{{", at, quote)
        slash = text.find("\\", at, quote)
    return quote + 1


def _closing(reader: _Reader, at: int) -> int:
    """The offset of the next quote. Raises Mistake where a line ends before it, or a control character stands."""
    text = reader.text
    quote = text.find('"', at)
    newline = text.find("\n", at, quote if quote >= 0 else len(text))
    if newline >= 0 or quote < 0:
        end = newline if newline >= 0 else len(text)
        raise reader.scanner.mistake("the string is not closed on its line", 'expected "', end)
    for control in "\t\r\b\f":
        found = text.find(control, at, quote)
        if found >= 0:
            raise reader.scanner.mistake("a control character in a JSON string", "expected an escape", found)
    return quote


def _escape(reader: _Reader, slash: int) -> int:
    """The offset after the escape at `slash`."""
    text = reader.text
    escaped = text[slash + 1 : slash + 2]
    if escaped and escaped in _ESCAPES:
        return slash + 2
    if escaped != "u":
        hint = 'expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX'
        raise reader.scanner.mistake(f"\\{escaped} is not an escape of JSON", hint, slash + 1)
    number = _four_digits(reader, slash + 2)
    if not 0xD800 <= number <= 0xDFFF:
        return slash + 6
    if number > 0xDBFF:
        raise reader.scanner.mistake("half a surrogate pair", "expected the first half before it", slash + 2)
    if not text.startswith("\\u", slash + 6):
        raise reader.scanner.mistake("half a surrogate pair", "expected \\u and the second half", slash + 6)
    if not 0xDC00 <= _four_digits(reader, slash + 8) <= 0xDFFF:
        raise reader.scanner.mistake("not the second half of a surrogate pair", "expected dc00 to dfff", slash + 8)
    return slash + 12


def _four_digits(reader: _Reader, at: int) -> int:
    text = reader.text
    for offset in range(at, at + 4):
        if text[offset : offset + 1] not in _HEX or offset >= len(text):
            raise reader.scanner.mistake("\\u needs four digits", "expected a hexadecimal digit", offset)
    return int(text[at : at + 4], 16)
