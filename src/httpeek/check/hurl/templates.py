r"""Strings of the format, with escapes and `{{expressions}}`, read into Templates.

| function | written as | ends at | escapes besides \\ \/ \b \f \n \r \t \u{..} |
|---|---|---|---|
| quoted | "..." | the quote | \" \# |
| unquoted | a value up to the end of the line | a comment; blanks before it are not part of it | \" \# |
| key | letters, digits, _ - . [ ] @ $ | any other character | \# \: |
| filename | a name up to ; or a blank | ; # blank | \; \# \: \[ \] \{ \} and a blank |
| backquoted | `...` | the backquote | \` \" \# |
| verbatim | several lines | told by the caller | none: kept as written |

Rules: `{{` always begins an expression unless it is written with escapes. An escape never crosses the end of a line. A
mistake is located at the character after the backslash, after the `{{`, or where the closing `}}` is missing.
"""

from __future__ import annotations

from httpeek.check.hurl.scanner import BLANK, Scanner
from httpeek.check.suite import FUNCTIONS, Expression, Template

_COMMON = {"\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_VALUE = {**_COMMON, '"': '"', "#": "#"}
_KEY = {**_COMMON, "#": "#", ":": ":"}
_FILENAME = {**_COMMON, ";": ";", "#": "#", " ": " ", ":": ":", "[": "[", "]": "]", "{": "{", "}": "}"}
_PASSWORD_FILENAME = {**_FILENAME, ":": "\\:"}
_BACKQUOTED = {**_VALUE, "`": "`"}

_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.[]@$")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_HEX = frozenset("0123456789abcdefABCDEF")
_LAST_CODE_POINT = 0x10FFFF


def quoted(scanner: Scanner) -> Template:
    """The string that begins with the quote at the position."""
    return _delimited(scanner, '"', _VALUE)


def backquoted(scanner: Scanner) -> Template:
    """The string of one line that begins with the backquote at the position."""
    return _delimited(scanner, "`", _BACKQUOTED)


def _delimited(scanner: Scanner, mark: str, escapes: dict[str, str]) -> Template:
    text, start = scanner.text, scanner.pos
    close = text.find(mark, start + 1, scanner.end)
    if text.find("\\", start + 1, close if close >= 0 else scanner.end) >= 0:
        close = start + 1
        while close < scanner.end and text[close] != mark:
            close += 2 if text[close] == "\\" else 1
        if close >= scanner.end:
            close = -1
    if close < 0:
        _pieces(scanner, start + 1, scanner.end, escapes)  # A mistake inside the string comes first.
        raise scanner.mistake(f"the string has no closing {mark}", f"expected {mark}", scanner.end)
    pieces = _pieces(scanner, start + 1, close, escapes)
    scanner.pos = close + 1
    return Template(pieces, text[start + 1 : close], scanner.place(start, close + 1 - start))


def unquoted(scanner: Scanner) -> Template:
    """The value from the position to the end of the line, or to a comment."""
    text, start, stop = scanner.text, scanner.pos, scanner.end
    mark = text.find("#", start, stop)
    while mark >= 0:
        before = mark
        while before > start and text[before - 1] == "\\":
            before -= 1
        if (mark - before) % 2 == 0:
            stop = mark
            break
        mark = text.find("#", mark + 1, stop)
    source = text[start:stop].rstrip(" \t\r")
    stop = start + len(source)
    pieces = _pieces(scanner, start, stop, _VALUE)
    scanner.pos = stop
    return Template(pieces, source, scanner.place(start, len(source)))


def label(scanner: Scanner) -> Template | None:
    """A key with its colon and the blanks behind it, which are passed; None, and nothing is, where there is none."""
    start = scanner.pos
    name = key(scanner)
    if name is None:
        return None
    scanner.skip_spaces()
    if not scanner.starts(":"):
        scanner.pos = start
        return None
    scanner.pos += 1
    scanner.skip_spaces()
    return name


def key(scanner: Scanner) -> Template | None:
    """The key at the position, or None where none begins. A key never begins with a bracket."""
    text, start, end = scanner.text, scanner.pos, scanner.end
    if text.startswith("[", start):
        return None
    at = start
    while at < end:
        character = text[at]
        if character in _KEY_CHARACTERS or (character > "\x7f" and character.isalnum()):
            at += 1
        elif character == "\\":
            if at + 1 < end and text[at + 1] not in _KEY and text[at + 1] != "u":
                return None
            at += 2
            if text.startswith("u{", at - 1):
                close = text.find("}", at, end)
                at = close + 1 if close >= 0 else end
        elif text.startswith("{{", at):
            close = text.find("}}", at, end)
            at = close + 2 if close >= 0 else end
        else:
            break
    at = min(at, end)
    if at == start:
        return None
    pieces = _pieces(scanner, start, at, _KEY)
    scanner.pos = at
    return Template(pieces, text[start:at], scanner.place(start, at - start))


def filename(scanner: Scanner, password: bool = False) -> Template:
    r"""The name of a file. With `password` an escaped colon stays `\:`: what stands after a colon is a password."""
    text, start, end = scanner.text, scanner.pos, scanner.end
    at = start
    while at < end and text[at] not in "#; \t":
        if text.startswith("{{", at):
            close = text.find("}}", at, end)
            at = close + 2 if close >= 0 else end
        else:
            at += 2 if text[at] == "\\" else 1
    at = min(at, end)
    if at == start:
        raise scanner.mistake("the name of a file is missing", "expected a file name")
    pieces = _pieces(scanner, start, at, _PASSWORD_FILENAME if password else _FILENAME)
    scanner.pos = at
    return Template(pieces, text[start:at], scanner.place(start, at - start))


def verbatim(scanner: Scanner, stop: int, templated: bool = True, within: str = "text") -> Template:
    """The text up to the offset `stop`, over any number of lines, as written but for expressions."""
    text, start = scanner.text, scanner.pos
    place = scanner.place(start, max(min(stop, scanner.end) - start, 1))
    if not templated or text.find("{{", start, stop) < 0:
        scanner.move(stop)
        source = text[start:stop]
        return Template((source,) if source else (), source, place)
    pieces: list[str | Expression] = []
    done = start
    while True:
        opening = text.find("{{", done, stop)
        if opening < 0:
            break
        if opening > done:
            pieces.append(text[done:opening])
        scanner.move(opening)
        done, expression = _expression(scanner, opening, stop, within)
        pieces.append(expression)
    if done < stop:
        pieces.append(text[done:stop])
    scanner.move(stop)
    return Template(tuple(pieces), text[start:stop], place)


def expression(scanner: Scanner, within: str = "text") -> Expression:
    """The `{{expression}}` at the position."""
    opening = scanner.pos
    close = scanner.text.find("}}", opening, scanner.end)
    after, found = _expression(scanner, opening, close + 2 if close >= 0 else scanner.end, within)
    scanner.pos = after
    return found


def _pieces(scanner: Scanner, start: int, stop: int, escapes: dict[str, str]) -> tuple[str | Expression, ...]:
    """The pieces of what stands on this line from `start` to `stop`."""
    text = scanner.text
    carriage = text.find("\r", start, stop)
    if carriage >= 0:
        raise scanner.mistake("a carriage return inside of a line", "expected \\r, or the end of the line", carriage)
    opening = text.find("{{", start, stop)
    if opening < 0:
        if start == stop:
            return ()
        if text.find("\\", start, stop) < 0:
            return (text[start:stop],)
        return (_unescaped(scanner, start, stop, escapes),)
    pieces: list[str | Expression] = []
    while opening >= 0:
        if opening > start:
            pieces.append(_unescaped(scanner, start, opening, escapes))
        start, found = _expression(scanner, opening, stop, "text")
        pieces.append(found)
        opening = text.find("{{", start, stop)
    if start < stop:
        pieces.append(_unescaped(scanner, start, stop, escapes))
    return tuple(pieces)


def _expression(scanner: Scanner, opening: int, stop: int, within: str) -> tuple[int, Expression]:
    """The expression whose `{{` is at `opening`, and the offset after its `}}`, which is at most `stop`."""
    text = scanner.text
    close = text.find("}}", opening + 2, stop)
    limit = close if close >= 0 else stop
    at = opening + 2
    while at < limit and text[at] in BLANK:
        at += 1
    start = at
    while at < limit and (text[at] in _NAME_CHARACTERS or (text[at] > "\x7f" and text[at].isalnum())):
        at += 1
    name = text[start:at]
    if not name:
        raise scanner.mistake("the expression names no variable", "expected a variable, as in {{name}}", start)
    place = scanner.place(start, len(name))
    function = FUNCTIONS.get(name)
    arguments: tuple[int, ...] = ()
    if function:
        at, arguments = _arguments(scanner, at, limit, function[0])
    while at < limit and text[at] in BLANK:
        at += 1
    if at < limit and close >= 0:
        message = "an expression is the name of a variable or a function and nothing else"
        raise scanner.mistake(message, "expected }}", at, limit - at)
    if close < 0:
        raise scanner.mistake("the expression is not closed", "expected }}", stop)
    return close + 2, Expression(name, place, function is not None, arguments, within)


def _arguments(scanner: Scanner, at: int, limit: int, count: int) -> tuple[int, tuple[int, ...]]:
    """The integers after a function's name. A second one is never less than the first: they are a range."""
    text = scanner.text
    values: list[int] = []
    for _ in range(count):
        while at < limit and text[at] in BLANK:
            at += 1
        start = at
        while at < limit and (text[at] in "0123456789" or (at == start and text[at] == "-")):
            at += 1
        digits = text[start:at].removeprefix("-")
        if not digits or len(digits) > 18:
            raise scanner.mistake("the function needs an integer here", "expected an integer", start)
        value = int(text[start:at])
        if values and value < values[-1]:
            raise scanner.mistake("the range is empty", f"expected an integer from {values[-1]}", start, at - start)
        values.append(value)
    return at, tuple(values)


def _unescaped(scanner: Scanner, start: int, stop: int, escapes: dict[str, str]) -> str:
    """The text from `start` to `stop` with its escapes replaced."""
    text = scanner.text
    slash = text.find("\\", start, stop)
    if slash < 0:
        return text[start:stop]
    parts: list[str] = []
    while slash >= 0:
        parts.append(text[start:slash])
        start = slash + 2
        escaped = text[slash + 1 : start] if slash + 1 < stop else ""
        if escaped in escapes:
            parts.append(escapes[escaped])
        elif escaped == "u":
            start, character = _code_point(scanner, start, stop)
            parts.append(character)
        else:
            written = f"\\{escaped}" if escaped else "a backslash"
            hint = "expected one of " + " ".join(f"\\{name}" for name in escapes if name != " ") + " \\u{..}"
            raise scanner.mistake(f"{written} is not an escape", hint, slash + 1)
        slash = text.find("\\", start, stop)
    parts.append(text[start:stop])
    return "".join(parts)


def _code_point(scanner: Scanner, at: int, stop: int) -> tuple[int, str]:
    """The character of `{hexadecimal digits}` at `at`, and the offset after it."""
    text = scanner.text
    if at >= stop or text[at] != "{":
        raise scanner.mistake("\\u needs braces, as in \\u{e9}", "expected {", at)
    start = at = at + 1
    while at < stop and text[at] in _HEX:
        at += 1
    if at == start:
        raise scanner.mistake("\\u{..} needs the number of a character", "expected hexadecimal digits", at)
    digits = text[start:at].lstrip("0") or "0"
    number = int(digits, 16) if len(digits) <= 6 else _LAST_CODE_POINT + 1
    if number > _LAST_CODE_POINT or 0xD800 <= number <= 0xDFFF:
        raise scanner.mistake(f"there is no character {digits[:12]}", "expected 0 to d7ff or e000 to 10ffff", at)
    if at >= stop or text[at] != "}":
        raise scanner.mistake("\\u{..} is not closed", "expected }", at)
    return at + 1, chr(number)
