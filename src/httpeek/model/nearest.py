"""The word of a list that somebody meant who wrote another: options, commands, names of a file."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 64
"""Characters of a word beyond which nobody has mistyped a name: the comparison takes quadratic time."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The word of `known` that `word` was most likely meant to be, or "" where none is near."""
    if len(word) > _LONGEST:
        return ""
    best, distance = "", 1 + max(1, len(word) // 3)
    for candidate in known:
        if word and candidate.startswith(word) and len(word) > 2:
            return candidate
        steps = edits(word, candidate)
        if steps < distance:
            best, distance = candidate, steps
    return best


def edits(one: str, other: str) -> int:
    """How many letters have to be put in, taken out, changed or swapped with the next to make one of the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, target in enumerate(other, 1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                steps = min(steps, last[j - 2] + 1)
            row.append(steps)
    return row[-1]
