r"""Sets of characters as ranges of code points: what set operations of classes come down to.

Ranges are sorted, inclusive, and neither overlap nor touch. The general categories come from `unicodedata`: they take
60 ms, once, and only for a class that is computed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

Ranges = list[tuple[int, int]]

LAST = 0x10FFFF

CLASS_ESCAPES = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}

_NAMES = "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co"
CATEGORIES = tuple(_NAMES.split())
"""The general categories that RE2 knows; Cn and Cs are none of its classes."""


class PatternError(Exception):
    """A pattern that is not valid: what is wrong, what was expected, and the offset in the pattern."""

    def __init__(self, message: str, hint: str, offset: int) -> None:
        super().__init__(message)
        self.hint = hint
        self.offset = offset


def code(low: int, high: int) -> str:
    """One range as RE2 writes it inside of brackets."""
    return f"\\x{{{low:x}}}" if low == high else f"\\x{{{low:x}}}-\\x{{{high:x}}}"


def set_text(ranges: Iterable[tuple[int, int]]) -> str:
    """RE2's class of these ranges of code points."""
    inside = "".join(code(low, high) for low, high in ranges)
    return f"[{inside}]" if inside else r"[^\x{0}-\x{10ffff}]"


def text_ranges(text: str, exact: bool) -> Ranges:
    r"""The ranges of what the tables above write inside of brackets: characters, \x{..}, \p{..}, ranges."""
    found: Ranges = []
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
    return normal(found)


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


def _category_ranges(name: str, exact: bool) -> Ranges:
    """All characters of a general category. Scripts are not known to Python: they cannot be combined."""
    if name not in CATEGORIES:
        message = f"the class {name} cannot be combined with others here"
        raise PatternError(message, "expected it outside of set operations and without complement", 0)
    if not exact:
        return []
    if not _categories:
        _find_categories()
    return [found for category, ranges in _categories.items() if category.startswith(name) for found in ranges]


_categories: dict[str, Ranges] = {}
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


def normal(ranges: Ranges) -> Ranges:
    """Sorted, and without overlaps."""
    merged: Ranges = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def complement(ranges: Ranges) -> Ranges:
    """All other characters."""
    found: Ranges = []
    low = 0
    for first, last in ranges:
        if first > low:
            found.append((low, first - 1))
        low = last + 1
    if low <= LAST:
        found.append((low, LAST))
    return found


def intersection(one: Ranges, other: Ranges) -> Ranges:
    """The characters of both."""
    found: Ranges = []
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
