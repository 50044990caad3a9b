"""RE2, as every pattern is run by it: in linear time, and saying nothing on stderr. Loaded by who has a pattern."""

from __future__ import annotations

import re2  # type: ignore[import-untyped]  # it has no types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Refused = re2.error


def compiled(pattern: str) -> Any:
    """A pattern in RE2's syntax, compiled. Raises Refused, or UnicodeEncodeError for half a character."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
