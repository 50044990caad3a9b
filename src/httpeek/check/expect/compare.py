"""Content compared with what was expected: equal, or a diff from the first line that differs.

Rules: JSON is compared by its values, everything else octet for octet or character for character. A diff begins at the
first line that differs, in the expected text and where that was written, and is cut; `-` is what was expected, `+` what
came. Time is linear: lines behind a long run of differences are counted, not matched.
"""

from __future__ import annotations

from httpeek.check.expect.scope import fault
from httpeek.check.expect.seen import Unreadable
from httpeek.check.expect.values import same, shown
from httpeek.check.result import ASSERT, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.expect.scope import Scope
    from httpeek.check.expect.seen import Seen
    from httpeek.check.result import Value
    from httpeek.check.suite import Content, Place

MOST_LINES = 20
"""Lines of a diff that are shown."""

_WINDOW = 200
"""Lines from the first difference in which lines that are equal again are looked for."""

_LONGEST = 160
"""Characters of a line of a diff."""

_TITLE = "the content is not what was expected"


def content_finding(content: Content, seen: Seen, scope: Scope) -> Finding | None:
    """What is different about the content of the final response. Raises Fault."""
    if content.kind in ("bytes", "file"):
        return _octets(scope.octets(content), seen.last.representation(), content)
    expected = scope.octets(content).decode("utf-8", "surrogateescape")
    if content.kind == "json":
        return _json(expected, content, seen)
    try:
        actual = seen.text
    except Unreadable as error:
        raise fault(str(error), "expected text", content.place) from None
    return None if actual == expected else _text(expected, actual, content)


def _octets(expected: bytes, actual: bytes, content: Content) -> Finding | None:
    if expected == actual:
        return None
    size = min(len(expected), len(actual))
    at = next((at for at in range(size) if expected[at] != actual[at]), size)
    where = f"they differ at octet {at}" if at < size else f"{len(actual)} octets, expected {len(expected)}"
    return _finding(content.place, content, expected, actual, where)


def _json(expected: str, content: Content, seen: Seen) -> Finding | None:
    from httpeek.check.expect.json_values import json_lines, json_value

    try:
        wanted = json_value(expected)
    except Unreadable as error:
        told = str(error).replace("the content", "what is expected", 1)
        raise fault(told, "this is no JSON", content.place) from None
    try:
        found = seen.json
    except Unreadable as error:
        shortened = seen_text(seen)
        return Finding(ASSERT, str(error), "expected JSON", content.place, content.source, shortened, shown(wanted))
    if same(wanted, found):
        return None
    if not isinstance(wanted, dict | list) or type(wanted) is not type(found):
        return _finding(content.place, content, wanted, found)
    try:
        lines, others = json_lines(wanted), json_lines(found, wanted)
    except RecursionError:
        return _finding(content.place, content, wanted, found)
    first, remark = _diff(lines, others)
    source = content.source.rstrip().split("\n")
    place = _line(content.place, source, first) if len(source) == len(lines) else content.place
    return _finding(place, content, wanted, found, remark, alone=True)


def seen_text(seen: Seen) -> str:
    """The text of the content as a value, "" where it is none."""
    try:
        return shown(seen.text)
    except Unreadable:
        return ""


def _text(expected: str, actual: str, content: Content) -> Finding:
    if "\n" not in expected and "\n" not in actual:
        return _finding(content.place, content, expected, actual)
    lines, others = _split(expected), _split(actual)
    first, remark = _diff(lines, others)
    source = content.source.split("\n")
    fenced = content.source.startswith("```")
    place = _line(content.place, source, first + fenced)
    return _finding(place, content, expected, actual, remark, alone=True)


def _split(text: str) -> list[str]:
    """The lines of a text; where its last line has no end, a line says so."""
    lines = text.split("\n")
    if lines[-1]:
        lines.append("(no line end)")
    else:
        lines.pop()
    return lines


def _line(place: Place, source: Sequence[str], line: int) -> Place:
    """The place of a line of something that was written over several lines."""
    if not 0 < line < len(source):
        return place
    text = source[line]
    indent = len(text) - len(text.lstrip(" \t"))
    length = max(len(text.strip()), 1)
    return place._replace(line=place.line + line, column=indent + 1, length=length)


def _finding(
    place: Place, content: Content, expected: Value, actual: Value, remark: str = "", alone: bool = False
) -> Finding:
    wanted, found = shown(expected), shown(actual)
    told = f"actual {found}, expected {wanted}"
    remark = remark if alone else f"{told}\n{remark}" if remark else told
    source = content.source.split("\n")[0]
    return Finding(ASSERT, _TITLE, remark, place, source, found, wanted)


def _diff(expected: Sequence[str], actual: Sequence[str]) -> tuple[int, str]:
    """The index of the first line that differs, and the lines of a diff from there on."""
    size = min(len(expected), len(actual))
    first = next((at for at in range(size) if expected[at] != actual[at]), size)
    made: list[str] = []
    left, right = first, first
    while (left < len(expected) or right < len(actual)) and len(made) <= MOST_LINES:
        if left < len(expected) and right < len(actual) and expected[left] == actual[right]:
            made.append(" " + expected[left])
            left, right = left + 1, right + 1
            continue
        to_left, to_right = _next_equal(expected, left, actual, right)
        made += ["-" + line for line in expected[left:to_left]]
        made += ["+" + line for line in actual[right:to_right]]
        left, right = to_left, to_right
    while made and made[-1].startswith(" ") and left == len(expected) and right == len(actual) and len(made) > 4:
        made.pop()
    more = len(made) - MOST_LINES + max(len(expected) - left, len(actual) - right)
    shown_lines = [line if len(line) <= _LONGEST else line[:_LONGEST] + ".." for line in made[:MOST_LINES]]
    if more > 0:
        shown_lines.append(f"({more} more lines)")
    return first, "\n".join(shown_lines)


def _next_equal(expected: Sequence[str], left: int, actual: Sequence[str], right: int) -> tuple[int, int]:
    """Where the lines are equal again, by the fewest lines in between; both ends where they are not in sight."""
    to_left, to_right = min(len(expected), left + _WINDOW), min(len(actual), right + _WINDOW)
    places: dict[str, int] = {}
    for at in range(to_right - 1, right - 1, -1):
        places[actual[at]] = at
    best: tuple[int, int, int] | None = None
    for at in range(left, to_left):
        if best is not None and at - left >= best[0]:
            break
        found = places.get(expected[at])
        if found is not None and (best is None or at - left + found - right < best[0]):
            best = (at - left + found - right, at, found)
    if best is not None:
        return best[1], best[2]
    return (to_left, to_right)
