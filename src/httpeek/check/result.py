"""What came of a suite: nouns that the runner makes and the reports read. No format of suites or reports is named.

Rules: a finding is worded once, where it is made; a report shows it and words nothing. What a peer sent may stand in a
finding: who prints one takes out what drives a terminal (`check/pointed` does). Times are in nanoseconds.
"""

from __future__ import annotations

from httpeek.model.codes import CHECK_FAILED
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from httpeek.check.suite import Entry, Place, Suite
    from httpeek.model.events import Event
    from httpeek.model.exchange import Exchange

    Value: TypeAlias = object

ASSERT = "assert"
ERROR = "error"


class Finding(Noun):
    """Something that does not hold (`kind` is "assert") or could not be told ("error": a request that failed, a
    variable without a value, a filter that does not fit).

    `title` is a sentence without its end. `remark` stands at the carets under `place` and may have several lines.
    `source` is the expectation as written, `actual` and `expected` are what was found and wanted, with their types
    ('string "Bo"'), each empty where there is none. `code` is the exit code of what failed on the wire.
    """

    kind: str
    title: str
    remark: str
    place: Place
    source: str = ""
    actual: str = ""
    expected: str = ""
    code: int = CHECK_FAILED


class Fault(Exception):
    """An entry cannot go on: `finding` is of the kind "error"."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.title)
        self.finding = finding


class Captured(Noun):
    """A variable that an entry has set; `secret` where its value is masked from then on."""

    name: str
    value: Value
    secret: bool = False


class EntryResult(Noun):
    """One entry, performed. `exchanges` are those of the last attempt, in order: tunnels, redirects, the final one;
    `events` are theirs, behind the one that began the run, for whoever shows them. `checks` is how many expectations
    were looked at; `attempts` counts tries of `retry`, `repetition` those of `repeat`, each from 1. `began` is the wall
    clock, `duration` includes what was waited for between attempts. `shown` asks for the exchanges to be shown."""

    entry: Entry
    exchanges: tuple[Exchange, ...] = ()
    findings: tuple[Finding, ...] = ()
    captures: tuple[Captured, ...] = ()
    checks: int = 0
    attempts: int = 1
    repetition: int = 1
    began: int = 0
    duration: int = 0
    skipped: bool = False
    events: tuple[Event, ...] = ()
    shown: bool = False

    @property
    def passed(self) -> bool:
        """True where nothing was found; also for an entry that was skipped."""
        return not self.findings


class SuiteResult(Noun):
    """One file, performed: the results of its entries in the order they were made, and how many entries were not made
    because of a failure before them. `secrets` are texts that no report may show."""

    suite: Suite
    results: tuple[EntryResult, ...] = ()
    not_run: int = 0
    began: int = 0
    duration: int = 0
    secrets: frozenset[str] = frozenset()

    @property
    def passed(self) -> bool:
        """True where every entry was made and passed."""
        return not self.not_run and all(each.passed for each in self.results)
