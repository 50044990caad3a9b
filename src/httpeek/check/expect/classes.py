r"""Classes of characters in Rust's patterns: `[...]`, `\p{..}`, `\d` and the like, as RE2 writes them.

A class of single characters, ranges and named classes is rewritten item by item. RE2 has neither nested classes nor
set operations, nor a complement among the items of a class: a class with any of them is computed as ranges of code
points (`ranges`).
"""

from __future__ import annotations

from httpeek.check.expect.ranges import (
    CATEGORIES,
    CLASS_ESCAPES,
    PatternError,
    Ranges,
    code,
    complement,
    intersection,
    normal,
    set_text,
    text_ranges,
)
from httpeek.model.nouns import Noun

_WHITE_SPACE = r"\t\n\x{b}\f\r\x{85}\p{Z}"
_WORD = (
    r"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200c}\x{200d}\x{24b6}-\x{24e9}"
    r"\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}"
)
_INSIDE = {"d": r"\p{Nd}", "s": _WHITE_SPACE, "w": _WORD}
_ASCII_INSIDE = {"d": "0-9", "s": r"\t\n\x{b}\f\r ", "w": "0-9A-Za-z_"}
_HEX = "0123456789abcdefABCDEF"
PERL = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "s": f"[{_WHITE_SPACE}]",
    "S": f"[^{_WHITE_SPACE}]",
    "w": f"[{_WORD}]",
    "W": f"[^{_WORD}]",
}
r"""What \d and its kin are outside of a class: Unicode's digits, white space and word characters."""

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\x{b}\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}

_LONG = {
    "letter": "L",
    "casedletter": "LC",
    "uppercaseletter": "Lu",
    "lowercaseletter": "Ll",
    "titlecaseletter": "Lt",
    "modifierletter": "Lm",
    "otherletter": "Lo",
    "mark": "M",
    "combiningmark": "M",
    "nonspacingmark": "Mn",
    "spacingmark": "Mc",
    "enclosingmark": "Me",
    "number": "N",
    "decimalnumber": "Nd",
    "digit": "Nd",
    "letternumber": "Nl",
    "othernumber": "No",
    "punctuation": "P",
    "punct": "P",
    "connectorpunctuation": "Pc",
    "dashpunctuation": "Pd",
    "openpunctuation": "Ps",
    "closepunctuation": "Pe",
    "initialpunctuation": "Pi",
    "finalpunctuation": "Pf",
    "otherpunctuation": "Po",
    "symbol": "S",
    "mathsymbol": "Sm",
    "currencysymbol": "Sc",
    "modifiersymbol": "Sk",
    "othersymbol": "So",
    "separator": "Z",
    "spaceseparator": "Zs",
    "lineseparator": "Zl",
    "paragraphseparator": "Zp",
    "other": "C",
    "control": "Cc",
    "cntrl": "Cc",
    "format": "Cf",
    "privateuse": "Co",
}
_CATEGORIES = {**{name.lower(): name for name in CATEGORIES}, "lc": "LC", **_LONG}
_BINARY = {
    "any": r"\x{0}-\x{10ffff}",
    "ascii": r"\x{0}-\x{7f}",
    "alphabetic": r"\p{L}\p{Nl}\p{M}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}",
    "uppercase": r"\p{Lu}\x{2160}-\x{216f}\x{24b6}-\x{24cf}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}",
    "lowercase": r"\p{Ll}\x{aa}\x{ba}\x{2b0}-\x{2b8}\x{2c0}\x{2c1}\x{2e0}-\x{2e4}\x{2170}-\x{217f}\x{24d0}-\x{24e9}",
    "whitespace": _WHITE_SPACE,
}
_BINARY.update(alpha=_BINARY["alphabetic"], upper=_BINARY["uppercase"], lower=_BINARY["lowercase"], space=_WHITE_SPACE)


class _Item(Noun):
    """A part of a class: `low` to `high` for a range, or else `text`, RE2's way to write it inside of brackets, or the
    complement of that. `ranges` is what was computed."""

    low: int = -1
    high: int = -1
    text: str = ""
    complement: bool = False
    ranges: tuple[tuple[int, int], ...] | None = None


class _Level:
    """A class that is being read: its items so far, and what they are combined with."""

    __slots__ = ("exact", "items", "left", "negated", "operator", "start")

    def __init__(self, start: int, negated: bool, exact: bool) -> None:
        self.start = start
        self.exact = exact
        self.negated = negated
        self.items: list[_Item] = []
        self.left: Ranges | None = None
        self.operator = ""


def property_class(pattern: str, start: int) -> tuple[int, str]:
    r"""The offset after the \p or \P at `start`, and RE2's way to write it outside of a class."""
    at, inside, negated = _property(pattern, start)
    return at, f"[{'^' if negated else ''}{inside}]"


def _property(pattern: str, start: int) -> tuple[int, str, bool]:
    """The offset after it, what stands for it inside of brackets, and whether the complement is meant."""
    negated = pattern[start + 1] == "P"
    at = start + 2
    if pattern.startswith("{", at):
        close = pattern.find("}", at)
        name = pattern[at + 1 : close] if close >= 0 else ""
        at = close + 1
    else:
        name = pattern[at : at + 1]
        at += 1
    if name.startswith("^"):
        name, negated = name[1:], not negated
    for mark in ("!=", "=", ":"):
        if mark in name:
            _, _, name = name.partition(mark)
            negated ^= mark == "!="
            break
    plain = name.lower().replace("_", "").replace(" ", "").replace("-", "")
    if not plain or not plain.isascii() or not plain.isalnum() or len(plain) > 40:
        raise PatternError("the class has no name", "expected a category or script, as in \\p{L}", start)
    category = _CATEGORIES.get(plain) or (_CATEGORIES.get(plain[2:]) if plain.startswith("is") else None)
    if category == "LC":
        return at, r"\p{Lu}\p{Ll}\p{Lt}", negated
    if category:
        return at, f"\\p{{{category}}}", negated
    binary = _BINARY.get(plain)
    if binary:
        return at, binary, negated
    return at, _script(name, start), negated


def _script(name: str, start: int) -> str:
    """A script by its name, asked of RE2, which knows them all."""
    from httpeek.check.expect import engine

    words = name.replace("-", "_").replace(" ", "_").split("_")
    written = "\\p{" + "_".join(word[:1].upper() + word[1:].lower() for word in words) + "}"
    try:
        engine.compiled(written)
    except engine.Refused:
        message = f"there is no class {name!r}, or it cannot be used here"
        raise PatternError(message, "expected a category or script, as in \\p{L} and \\p{Greek}", start) from None
    return written


def code_point(pattern: str, start: int) -> tuple[int, int]:
    r"""The number of the character that \x, \u or \U at `start` is, and the offset after it."""
    letter = pattern[start + 1]
    at = start + 2
    if pattern.startswith("{", at):
        close = pattern.find("}", at)
        digits = pattern[at + 1 : close] if close >= 0 else ""
        after = close + 1
    else:
        after = at + {"x": 2, "u": 4, "U": 8}[letter]
        digits = pattern[at:after]
        if len(digits) < after - at:
            digits = ""
    if not digits or len(digits) > 8 or any(digit not in _HEX for digit in digits):
        raise PatternError(f"\\{letter} needs hexadecimal digits", "expected digits, as in \\x{e9}", start)
    number = int(digits, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise PatternError("there is no such character", "expected 0 to d7ff or e000 to 10ffff", start)
    return after, number


def read_class(pattern: str, start: int, unicode: bool, verbose: bool, exact: bool) -> tuple[int, str]:
    """The offset after the class whose bracket is at `start`, and RE2's way to write it; without `exact` it is only
    checked, and nothing computed."""
    at, level = _open(pattern, start, exact)
    levels: list[_Level] = [level]
    size = len(pattern)
    while at < size:
        level = levels[-1]
        character = pattern[at]
        if character == "]":
            at += 1
            levels.pop()
            if not levels:
                return at, _written(level)
            levels[-1].items.append(_Item(ranges=tuple(_computed(level))))
        elif verbose and character in " \t\n\r\f\v":
            at += 1
        elif character == "[":
            posix = _posix(pattern, at)
            if posix:
                at, item = posix
                level.items.append(item)
            else:
                at, inner = _open(pattern, at, exact)
                levels.append(inner)
        elif pattern.startswith(("&&", "--", "~~"), at) and not _trailing_dash(pattern, at, level):
            level.left = _combined(level)
            level.items = []
            level.operator = pattern[at : at + 2]
            at += 2
        else:
            at, item = _range(pattern, at, unicode)
            level.items.append(item)
    raise PatternError("a class is not closed", "expected ]", levels[-1].start)


def _trailing_dash(pattern: str, at: int, level: _Level) -> bool:
    return pattern.startswith("--", at) and not level.items and level.left is None


def _open(pattern: str, start: int, exact: bool) -> tuple[int, _Level]:
    at = start + 1
    negated = pattern.startswith("^", at)
    at += negated
    level = _Level(start, negated, exact)
    while pattern.startswith("-", at):
        level.items.append(_Item(45, 45))
        at += 1
    if not level.items and pattern.startswith("]", at):
        level.items.append(_Item(93, 93))
        at += 1
    return at, level


def _posix(pattern: str, at: int) -> tuple[int, _Item] | None:
    if not pattern.startswith("[:", at):
        return None
    close = pattern.find(":]", at + 2, at + 20)
    if close < 0:
        return None
    name = pattern[at + 2 : close]
    inside = _POSIX.get(name.removeprefix("^"))
    if inside is None:
        return None
    return close + 2, _Item(text=inside, complement=name.startswith("^"))


def _range(pattern: str, at: int, unicode: bool) -> tuple[int, _Item]:
    """One item: a named class, a character, or a range of characters."""
    start = at
    at, low = _member(pattern, at, unicode)
    if not pattern.startswith("-", at) or pattern.startswith("--", at) or pattern[at + 1 : at + 2] in ("]", ""):
        return at, low
    if low.low < 0:
        raise PatternError("a range begins with a class", "expected a character", start)
    end = at + 1
    at, high = _member(pattern, end, unicode)
    if high.low < 0:
        raise PatternError("a range ends with a class", "expected a character", end)
    if high.low < low.low:
        raise PatternError("the range of characters is empty", "expected the lower character first", start)
    return at, _Item(low.low, high.low)


def _member(pattern: str, at: int, unicode: bool) -> tuple[int, _Item]:
    character = pattern[at]
    if character != "\\":
        return at + 1, _Item(ord(character), ord(character))
    escaped = pattern[at + 1 : at + 2]
    if escaped and escaped in "dDsSwW":
        inside = (_INSIDE if unicode else _ASCII_INSIDE)[escaped.lower()]
        return at + 2, _Item(text=inside, complement=escaped.isupper())
    if escaped and escaped in "pP":
        after, inside, negated = _property(pattern, at)
        return after, _Item(text=inside, complement=negated)
    if escaped and escaped in "xuU":
        after, number = code_point(pattern, at)
        return after, _Item(number, number)
    if escaped in CLASS_ESCAPES:
        return at + 2, _Item(ord(CLASS_ESCAPES[escaped]), ord(CLASS_ESCAPES[escaped]))
    if escaped and escaped.isascii() and not escaped.isalnum() and escaped not in "<>":
        return at + 2, _Item(ord(escaped), ord(escaped))
    raise PatternError(f"\\{escaped} is not an escape of a class", "expected another, or the character alone", at)


def _written(level: _Level) -> str:
    """The outermost class: item by item where RE2 can, else what was computed."""
    simple = level.left is None and all(item.ranges is None and not item.complement for item in level.items)
    if not simple:
        if level.left is None and len(level.items) == 1 and level.items[0].complement:
            return f"[{'' if level.negated else '^'}{level.items[0].text}]"
        return set_text(_computed(level))
    parts = [item.text or code(item.low, item.high) for item in level.items]
    return f"[{'^' if level.negated else ''}{''.join(parts)}]"


def _computed(level: _Level) -> Ranges:
    ranges = _combined(level)
    return complement(ranges) if level.negated else ranges


def _combined(level: _Level) -> Ranges:
    """The union of the items, combined with what is to the left of the last operator."""
    right = normal([found for item in level.items for found in _item_ranges(item, level.exact)])
    left = level.left
    if left is None:
        return right
    if level.operator == "&&":
        return intersection(left, right)
    if level.operator == "--":
        return intersection(left, complement(right))
    return normal(intersection(left, complement(right)) + intersection(right, complement(left)))


def _item_ranges(item: _Item, exact: bool) -> Ranges:
    if item.ranges is not None:
        return list(item.ranges)
    if not item.text:
        return [(item.low, item.high)]
    found = text_ranges(item.text, exact)
    return complement(found) if item.complement else found
