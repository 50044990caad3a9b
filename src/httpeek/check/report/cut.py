"""Secrets that a cut goes through: a long value is shown up to `..`, and what stands before that may be the beginning
of a secret, which a search for the whole of it does not find.

Rules: a beginning of fewer than `SHORTEST` characters says nothing and stays. Works on sentences (`actual string "..`),
where the cut is marked; who cuts content masks it first.
"""

from __future__ import annotations

import re

from httpeek.record.spellings import spellings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 4
"""Characters of a beginning that are worth a mask."""
_CUT = re.compile(r'\.\.(?="|;| \()')
"""How `expect/values` ends a text, octets, and what has members, where it cuts them."""


def closed(text: str, secrets: Iterable[str], mask: str = "***") -> str:
    """The text with a mask in place of the beginnings of secrets, in any spelling, that stand before a cut."""
    cuts = [found.start() for found in _CUT.finditer(text)]
    if not cuts:
        return text
    copies = [
        copy.decode("utf-8", "surrogateescape")
        for secret in secrets
        for copy in spellings(secret.encode("utf-8", "surrogateescape"))
    ]
    for cut in reversed(cuts):
        length = max((_beginning(text, cut, copy) for copy in copies), default=0)
        if length >= SHORTEST:
            text = text[: cut - length] + mask + text[cut:]
    return text


def _beginning(text: str, cut: int, copy: str) -> int:
    """How much of the beginning of `copy` stands right before the cut."""
    for length in range(min(len(copy) - 1, cut), SHORTEST - 1, -1):
        if text.startswith(copy[:length], cut - length):
            return length
    return 0
