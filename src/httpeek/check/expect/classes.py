r"""Classes of characters in Rust's patterns: `[...]`, `\p{..}`, `\d` and the like, as RE2 writes them.

A class of single characters, ranges and named classes is rewritten item by item. RE2 has neither nested classes nor
set operations, nor a complement among the items of a class: a class with any of them is computed as ranges of code
points, which needs `unicodedata` (30 ms, only then).
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_Ranges = list[tuple[int, int]]

LAST = 0x10FFFF
_WHITE_SPACE = r"\t\n\x{b}\f\r\x{85}\p{Z}"
_WORD = (
    r"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200c}\x{200d}\x{24b6}-\x{24e9}"
    r"\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}"
)
_INSIDE = {"d": r"\p{Nd}", "s": _WHITE_SPACE, "w": _WORD}
_ASCII_INSIDE = {"d": "0-9", "s": r"\t\n\x{b}\f\r ", "w": "0-9A-Za-z_"}
PERL = {
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "s": f"[{_WHITE_SPACE}]",
    "S": f"[^{_WHITE_SPACE}]",
    "w": f"[{_WORD}]",
    "W": f"[^{_WORD}]",
}
r"""What \d and its kin are outside of a class: Unicode's digits, white space and word characters."""

CLASS_ESCAPES = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}

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
_NAMES = "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co"
_SHORT = tuple(_NAMES.split())
"""The general categories that RE2 knows; Cn and Cs are none of its classes."""

_CATEGORIES = {**{name.lower(): name for name in _SHORT}, "lc": "LC", **_LONG}
_BINARY = {
    "any": r"\x{0}-\x{10ffff}",
    "ascii": r"\x{0}-\x{7f}",
    "alphabetic": r"\p{L}\p{Nl}\p{M}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}",
    "uppercase": r"\p{Lu}\x{2160}-\x{216f}\x{24b6}-\x{24cf}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}",
    "lowercase": r"\p{Ll}\x{aa}\x{ba}\x{2b0}-\x{2b8}\x{2c0}\x{2c1}\x{2e0}-\x{2e4}\x{2170}-\x{217f}\x{24d0}-\x{24e9}",
    "whitespace": _WHITE_SPACE,
}
_BINARY.update(alpha=_BINARY["alphabetic"], upper=_BINARY["uppercase"], lower=_BINARY["lowercase"], space=_WHITE_SPACE)


class PatternError(Exception):
    """A pattern that is not valid: what is wrong, what was expected, and the offset in the pattern."""

    def __init__(self, message: str, hint: str, offset: int) -> None:
        super().__init__(message)
        self.hint = hint
        self.offset = offset


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
        self.left: _Ranges | None = None
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
    import re2  # type: ignore[import-untyped]  # google-re2 has no stubs

    words = name.replace("-", "_").replace(" ", "_").split("_")
    written = "\\p{" + "_".join(word[:1].upper() + word[1:].lower() for word in words) + "}"
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(written, options)
    except re2.error:
        message = f"there is no class {name!r}, or it cannot be used here"
        raise PatternError(message, "expected a category or script, as in \\p{L} and \\p{Greek}", start) from None
    return written


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
    from httpeek.check.expect.patterns import code_point

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
    parts = [item.text or _code(item.low, item.high) for item in level.items]
    return f"[{'^' if level.negated else ''}{''.join(parts)}]"


def _code(low: int, high: int) -> str:
    return f"\\x{{{low:x}}}" if low == high else f"\\x{{{low:x}}}-\\x{{{high:x}}}"


def set_text(ranges: Iterable[tuple[int, int]]) -> str:
    """RE2's class of these ranges of code points."""
    inside = "".join(_code(low, high) for low, high in ranges)
    return f"[{inside}]" if inside else r"[^\x{0}-\x{10ffff}]"


def _computed(level: _Level) -> _Ranges:
    ranges = _combined(level)
    return _complement(ranges) if level.negated else ranges


def _combined(level: _Level) -> _Ranges:
    """The union of the items, combined with what is to the left of the last operator."""
    right = _normal([found for item in level.items for found in _item_ranges(item, level.exact)])
    left = level.left
    if left is None:
        return right
    if level.operator == "&&":
        return _intersection(left, right)
    if level.operator == "--":
        return _intersection(left, _complement(right))
    return _normal(_intersection(left, _complement(right)) + _intersection(right, _complement(left)))


def _item_ranges(item: _Item, exact: bool) -> _Ranges:
    if item.ranges is not None:
        return list(item.ranges)
    if not item.text:
        return [(item.low, item.high)]
    found = _text_ranges(item.text, exact)
    return _complement(found) if item.complement else found


def _text_ranges(text: str, exact: bool) -> _Ranges:
    r"""The ranges of what the tables above write inside of brackets: characters, \x{..}, \p{..}, ranges."""
    found: _Ranges = []
    at, size = 0, len(text)
    while at < size:
        if text.startswith("\\p{", at):
            close = text.index("}", at)
            found += _category_ranges(text[at + 3 : close], exact)
            at = close + 1
            continue
        at, low = _table_character(text, at)
        high = low
        if text.startswith("-", at) and at + 1 < size:
            at, high = _table_character(text, at + 1)
        found.append((low, high))
    return _normal(found)


def _table_character(text: str, at: int) -> tuple[int, int]:
    if not text.startswith("\\", at):
        return at + 1, ord(text[at])
    if text.startswith("\\x{", at):
        close = text.index("}", at)
        return close + 1, int(text[at + 3 : close], 16)
    if text.startswith("\\x", at):
        return at + 4, int(text[at + 2 : at + 4], 16)
    escaped = text[at + 1]
    return at + 2, ord(CLASS_ESCAPES.get(escaped, escaped))


def _category_ranges(name: str, exact: bool) -> _Ranges:
    """All characters of a general category. Scripts are not known to Python: they cannot be combined."""
    if name not in _SHORT:
        message = f"the class {name} cannot be combined with others here"
        raise PatternError(message, "expected it outside of set operations and without complement", 0)
    if not exact:
        return []
    if not _categories:
        _find_categories()
    return [found for category, ranges in _categories.items() if category.startswith(name) for found in ranges]


_categories: dict[str, _Ranges] = {}
"""The ranges of each general category, once they were needed."""

_ASSIGNED = ((0, 0x3FFFF), (0xE0000, 0xE0FFF))
"""Where Unicode has characters, those for private use aside; the planes between are empty."""


def _find_categories() -> None:
    from unicodedata import category

    for start, end in _ASSIGNED:
        for number in range(start, end + 1):
            ranges = _categories.setdefault(category(chr(number)), [])
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1] = (ranges[-1][0], number)
            else:
                ranges.append((number, number))
    _categories["Co"] += [(0xF0000, 0xFFFFD), (0x100000, 0x10FFFD)]
    del _categories["Cn"], _categories["Cs"]


def _normal(ranges: _Ranges) -> _Ranges:
    """Sorted, and without overlaps."""
    merged: _Ranges = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _complement(ranges: _Ranges) -> _Ranges:
    found: _Ranges = []
    low = 0
    for first, last in ranges:
        if first > low:
            found.append((low, first - 1))
        low = last + 1
    if low <= LAST:
        found.append((low, LAST))
    return found


def _intersection(one: _Ranges, other: _Ranges) -> _Ranges:
    found: _Ranges = []
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            found.append((low, high))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found
