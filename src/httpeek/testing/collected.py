"""Files of checks as pytest sees them: a file is a collector, each entry an item.

Rules: what the entries of a file share in `httpeek check` they share here: the connections of one client, cookies,
captured variables, in the order of the file. An item runs whatever became of those before it; a variable that an
entry would have captured that was deselected or failed has no value then, and the failure says so. Public interfaces
of pytest only. This module is imported when the first such file is collected.
"""

from __future__ import annotations

import os

import pytest

from httpeek.check.hurl.entries import read
from httpeek.check.pointed import problem_lines
from httpeek.check.report.named import entry_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from httpeek.check.result import EntryResult, Value
    from httpeek.check.run import Runner
    from httpeek.check.suite import Entry, Suite


class HurlFile(pytest.File):
    """A file; it is read when it is collected, and its client lives while its items run."""

    suite: Suite
    _runner: Runner | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each entry. Raises CollectError with every mistake of the file."""
        self.suite = read(self.path.read_bytes(), os.path.relpath(self.path, self.config.invocation_params.dir))
        if self.suite.problems:
            lines = [line for problem in self.suite.problems for line in problem_lines(problem, self.suite)]
            raise self.CollectError("\n".join(lines))
        self._passed: set[int] = set()
        self._ran: set[int] = set()
        for entry in self.suite.entries:
            item = HurlItem.from_parent(self, name=entry_name(entry), entry=entry)
            if self.config.pluginmanager.hasplugin("xdist"):
                item.add_marker(pytest.mark.xdist_group(self.nodeid))  # for --dist loadgroup
            yield item

    def perform(self, entry: Entry) -> list[EntryResult]:
        """The results of an entry, one for each repetition."""
        if self._runner is None:
            self._runner = _runner(self.suite, self.path, self.config)
            self.addfinalizer(self._close)
        results = self._runner.entry(entry)
        self._ran.add(entry.number)
        if all(result.passed for result in results):
            self._passed.add(entry.number)
        return results

    def failure(self, results: list[EntryResult]) -> list[str]:
        """The lines that tell what failed, without secrets."""
        from httpeek.check.report.brief import verdict
        from httpeek.check.report.github import guarded
        from httpeek.check.result import SuiteResult

        assert self._runner is not None
        lines = verdict(SuiteResult(self.suite, tuple(results), secrets=self._runner.secrets))
        lines += self._missing(results)
        return guarded(lines) if os.environ.get("GITHUB_ACTIONS") == "true" else lines

    def _missing(self, results: list[EntryResult]) -> list[str]:
        """Why a variable has no value, where an entry before this one would have captured it."""
        titles = [finding.title for result in results for finding in result.findings if finding.kind == "error"]
        lines = []
        for entry in self.suite.entries[: results[0].entry.number - 1]:
            captures = entry.response.captures if entry.response is not None else ()
            names = [capture.name.plain for capture in captures]
            if entry.number not in self._passed and any(f'"{name}"' in title for name in names for title in titles):
                why = "did not pass" if entry.number in self._ran else "was not run in this process"
                lines.append(f"  entry {entry.number}, which captures it, {why}")
                if "PYTEST_XDIST_WORKER" in os.environ and entry.number not in self._ran:
                    lines.append("  --dist loadfile keeps the entries of a file in one process")
        return lines

    def _close(self) -> None:
        if self._runner is not None:
            self._runner.close()
        self._runner = None


class HurlItem(pytest.Item):
    """One entry of a file."""

    parent: HurlFile

    def __init__(self, *, entry: Entry, **rest: Any) -> None:
        super().__init__(**rest)
        self.entry = entry

    def runtest(self) -> None:
        """Performs the entry. Raises what pytest shows by `repr_failure`."""
        results = self.parent.perform(self.entry)
        failed = [result for result in results if not result.passed]
        if failed:
            raise EntryFailed(self.parent.failure(failed))
        if all(result.skipped for result in results):
            pytest.skip("the entry says skip: true, or repeat: 0")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What failed, as `httpeek check` shows it; a traceback only for what is no failure of a check."""
        if isinstance(excinfo.value, EntryFailed):
            return "\n".join(excinfo.value.lines)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the entry stands."""
        return self.path, self.entry.request.place.line - 1, self.name


class EntryFailed(Exception):
    """An entry does not pass; `lines` tell why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines[0])
        self.lines = lines


def _runner(suite: Suite, path: Path, config: pytest.Config) -> Runner:
    from httpeek.check.caller import LARGEST, LONGEST
    from httpeek.check.prepare import Policy
    from httpeek.check.run import Choice, Runner
    from httpeek.model.plan import Plan, SizeLimits, TimeLimits
    from httpeek.model.target import parse

    plan = Plan("GET", parse("http://localhost/"), (), time=TimeLimits(total=LONGEST), size=SizeLimits(decoded=LARGEST))
    variables, secrets = given(config)
    netrc = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    return Runner(suite, Policy(plan, netrc=netrc), Choice(root=str(path.parent)), variables, secrets)


def given(config: pytest.Config) -> tuple[dict[str, Value], list[str]]:
    """Variables and secrets: from the environment, the ini file, the command line, of which the last goes before.
    Raises pytest.UsageError."""
    from httpeek.check.given import from_environment, pairs, typed
    from httpeek.model.codes import HttpeekError

    variables, secrets = from_environment(os.environ)
    try:
        texts = pairs(config.getini("httpeek_variables"), "httpeek_variables")
        texts.update(pairs(config.getoption("httpeek_variable"), "--httpeek-variable"))
    except HttpeekError as error:
        raise pytest.UsageError(error.failure.sentence) from None
    variables.update({name: typed(text) for name, text in texts.items()})
    variables.update({name: text for name, text in secrets.items() if name not in texts})
    return variables, list(secrets.values())
