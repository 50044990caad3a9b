"""When the exchanges of a file were made: for each its phases as shares of the whole, for a picture of bars.

Moments count from the beginning of the run, which all exchanges of a file have in common. Phases that did not take
place (no name on a reused connection) have no bar.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from httpeek.check.result import EntryResult, SuiteResult
    from httpeek.model.exchange import Exchange

    Span: TypeAlias = tuple[str, float, float, int]

PHASES = (
    ("name", "resolving", "resolved"),
    ("connect", "dialling", "connected"),
    ("tls", "tls-started", "tls-established"),
    ("wait", "sent", "first-byte"),
    ("content", "first-byte", "completed"),
)
"""The name of a phase, and the marks of an exchange that it lies between."""


def bars(result: SuiteResult) -> list[tuple[EntryResult, Exchange, list[Span]]]:
    """Each exchange in order with its spans: phase, where it begins and how long it is in hundredths of the whole, and
    its duration in ns."""
    made = [(one, exchange) for one in result.results for exchange in one.exchanges if exchange.marks]
    if not made:
        return []
    begin = min(min(exchange.marks.values()) for _, exchange in made)
    whole = max(1, max(max(exchange.marks.values()) for _, exchange in made) - begin)
    return [(one, exchange, _spans(exchange.marks, begin, whole)) for one, exchange in made]


def _spans(marks: dict[str, int], begin: int, whole: int) -> list[Span]:
    spans = []
    for name, first, last in PHASES:
        if first in marks and last in marks and marks[last] >= marks[first]:
            took = marks[last] - marks[first]
            spans.append((name, (marks[first] - begin) * 100 / whole, took * 100 / whole, took))
    return spans
