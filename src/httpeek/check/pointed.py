"""Messages as compilers give them: where, the source line, carets under it, and what was expected there.

      --> users.hurl:9:1
      9 | jsonpath "$.name" equals "Bob"
        |                   ^^^^^^ write ==

Rules: lines are of whatever was in the file, so control characters are escaped and tabs become blanks; a long line is
cut around the carets. The carets stand under the characters by their width on a screen. What a remark says on further
lines stands under its first.
"""

from __future__ import annotations

from httpeek.render.terminal import visible_line, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.check.suite import Place, Problem, Suite

MOST_COLUMNS = 120
"""Columns of a source line that are shown at most: a line of minified JSON is not read, only pointed into."""

_BEFORE = 60
"""Columns kept to the left of the carets where a line is cut."""


def pointed(place: Place, line: str, remark: str) -> list[str]:
    """The lines that show a place with a remark, without line ends. `line` is the source line of the place."""
    number = str(place.line)
    margin = " " * len(number)
    column = min(place.column - 1, len(line))
    length = max(min(place.length, len(line) - column), 1)
    before, marked, after = _cut(line, column, length)
    lines = [
        f"  --> {_plain(place.file)}:{place.line}:{place.column}",
        f"  {number} | {before}{marked}{after}".rstrip(),
    ]
    indent = " " * width(before)
    carets = "^" * max(width(marked), 1)
    first, *rest = remark.split("\n")
    lines.append(f"  {margin} | {indent}{carets} {first}".rstrip())
    lines += [f"  {margin} | {indent}{' ' * len(carets)} {more}".rstrip() for more in rest]
    return lines


def problem_lines(problem: Problem, suite: Suite) -> list[str]:
    """The message of a problem and its place in the suite, without line ends."""
    place = problem.place
    return [_sentence(problem.message), *pointed(place, suite.line(place.line), _sentence(problem.hint))]


def _cut(line: str, column: int, length: int) -> tuple[str, str, str]:
    """What is shown before, at and after the place."""
    length = min(length, MOST_COLUMNS - _BEFORE)
    start = max(column - _BEFORE, 0) if len(line) > MOST_COLUMNS else 0
    stop = start + MOST_COLUMNS
    before = ("..." if start else "") + _plain(line[start:column])
    marked = _plain(line[column : column + length])
    after = _plain(line[column + length : stop]) + ("..." if len(line) > stop else "")
    return before, marked, after


def _sentence(text: str) -> str:
    """A sentence of ours that may repeat a word of the file."""
    return visible_line(text.replace("\t", "\\t"))


def _plain(text: str) -> str:
    return visible_line(text.replace("\t", " "))
