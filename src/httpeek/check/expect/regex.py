"""Patterns at work: Rust's syntax (`patterns`), run by RE2 in linear time."""

from __future__ import annotations

from functools import cache

from httpeek.check.expect.patterns import PatternError, to_re2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@cache
def compiled(pattern: str) -> Any:
    """The pattern as RE2 runs it. Raises PatternError."""
    from httpeek.check.expect import engine

    try:
        return engine.compiled(to_re2(pattern))
    except (engine.Refused, UnicodeEncodeError) as error:
        told = error.args[0] if error.args else "it cannot be run"
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise PatternError(text, "expected a smaller or simpler pattern", 0) from None


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches somewhere. Raises PatternError."""
    return compiled(pattern).search(_plain(text)) is not None


def first_group(pattern: str, text: str) -> str | None:
    """The first group of the first match; None without a match, a group, or a part in it. Raises PatternError."""
    found = compiled(pattern).search(_plain(text))
    if found is None or not found.re.groups:
        return None
    group: str | None = found.group(1)
    return group


def replaced(pattern: str, by: str, text: str) -> str:
    """The text with each match replaced; `$1`, `${name}` and `$$` in `by` are as Rust has them. Raises PatternError."""
    made: list[str] = []
    end = 0
    parts = _replacement(by)
    for found in compiled(pattern).finditer(text := _plain(text)):
        start, stop = found.span()
        if start == stop == end and made:
            continue  # Rust has no empty match right behind another match
        made.append(text[end:start])
        made += [part if literal else _group(found, part) for literal, part in parts]
        end = stop
    return "".join(made) + text[end:]


def _plain(text: str) -> str:
    """Text that can be UTF-8: a surrogate that stands alone is no character."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _group(found: Any, name: str) -> str:
    """The text of a group by its number or name; "" where there is none."""
    try:
        text = found.group(int(name) if name.isascii() and name.isdigit() else name)
    except (IndexError, KeyError, ValueError):
        return ""
    return text or ""


def _replacement(by: str) -> list[tuple[bool, str]]:
    """The parts of a replacement: literal text (True), and names of groups (docs.rs/regex, "Replacement string")."""
    parts: list[tuple[bool, str]] = []
    at = 0
    while (dollar := by.find("$", at)) >= 0:
        parts.append((True, by[at:dollar]))
        following = by[dollar + 1 : dollar + 2]
        close = by.find("}", dollar)
        end = dollar + 1
        while end < len(by) and by[end].isascii() and (by[end].isalnum() or by[end] == "_"):
            end += 1
        if following == "$":
            parts.append((True, "$"))
            at = dollar + 2
        elif following == "{" and close > 0:
            parts.append((False, by[dollar + 2 : close]))
            at = close + 1
        elif end > dollar + 1:
            parts.append((False, by[dollar + 1 : end]))
            at = end
        else:
            parts.append((True, "$"))
            at = dollar + 1
    parts.append((True, by[at:]))
    return parts
