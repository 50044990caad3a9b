"""A suite, run: entry after entry over the connections of one client, with one jar and one set of variables.

The order inside an entry is Hurl's: version and status first, and nothing more where these do not hold; then the
captures, of which the first that fails ends the entry; then every other expectation, all of them told. An entry that
failed is tried again where that was asked for. After a failure the rest of the file is not run, unless that was asked.
"""

from __future__ import annotations

import os
from time import monotonic_ns, sleep, time_ns

from httpeek.check.caller import Caller
from httpeek.check.expect.evaluate import answered, capture, compared, count, expect
from httpeek.check.expect.scope import Scope, said
from httpeek.check.expect.seen import Seen, needs_octets
from httpeek.check.prepare import prepare, times
from httpeek.check.result import ERROR, Captured, EntryResult, Fault, Finding, SuiteResult
from httpeek.check.said import UNBOUNDED
from httpeek.client.cookies import Jar
from httpeek.model.codes import INTERRUPTED, USAGE, WRITE_FAILED, HttpeekError
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from httpeek.check.caller import Made
    from httpeek.check.prepare import Policy, Prepared, Times
    from httpeek.check.result import Value
    from httpeek.check.suite import Entry, Response, Suite
    from httpeek.model.events import Sink


class Interrupted(KeyboardInterrupt):
    """The user stopped a suite: `result` says what was found until then, and in which entry it was stopped."""

    def __init__(self, result: SuiteResult) -> None:
        super().__init__()
        self.result = result


class Choice(Noun):
    """Which entries of a suite are run, counted from 1 (`last` None: to the end), whether the rest is run after one
    that failed (`go_on`), and whether expectations are looked at (`asserts`; captures always are). `root` is the
    directory of files, None for that of the suite."""

    first: int = 1
    last: int | None = None
    go_on: bool = False
    asserts: bool = True
    root: str | None = None

    def entries(self, suite: Suite) -> list[Entry]:
        """The entries of a suite that are run."""
        return [each for each in suite.entries if self.first <= each.number <= (self.last or each.number)]


def run(
    suite: Suite, policy: Policy, choice: Choice, variables: Mapping[str, Value], secrets: Iterable[str]
) -> SuiteResult:
    """Runs a suite that has no problems. Raises Interrupted where the user stopped it."""
    return Runner(suite, policy, choice, variables, secrets).run()


class Runner:
    """Runs the entries of a suite, all of them or one after the other."""

    def __init__(
        self, suite: Suite, policy: Policy, choice: Choice, variables: Mapping[str, Value], secrets: Iterable[str]
    ) -> None:
        root = choice.root if choice.root is not None else os.path.dirname(suite.file) or "."
        self._suite = suite
        self._policy = policy
        self._choice = choice
        self._scope = Scope(dict(variables), root, secrets)
        self._jar = Jar()
        self._caller = Caller()

    def run(self) -> SuiteResult:
        """See `run` of this file."""
        wall, began = time_ns(), monotonic_ns()
        choice = self._choice
        chosen = choice.entries(self._suite)
        results: list[EntryResult] = []
        not_run = 0
        try:
            for index, entry in enumerate(chosen):
                try:
                    made = self.entry(entry)
                except KeyboardInterrupt:
                    results.append(EntryResult(entry, findings=(_stopped(entry),), began=time_ns()))
                    raise Interrupted(self._result(results, len(chosen) - index - 1, wall, began)) from None
                results += made
                if not all(one.passed for one in made) and not choice.go_on:
                    not_run = len(chosen) - index - 1
                    break
        finally:
            self.close()
        return self._result(results, not_run, wall, began)

    def _result(self, results: list[EntryResult], not_run: int, wall: int, began: int) -> SuiteResult:
        return SuiteResult(self._suite, tuple(results), not_run, wall, monotonic_ns() - began, self.secrets)

    @property
    def secrets(self) -> frozenset[str]:
        """The texts that no report may show, those that were captured included."""
        return frozenset(self._scope.secrets)

    def close(self) -> None:
        """Closes the connections."""
        self._caller.close()

    def entry(self, entry: Entry) -> list[EntryResult]:
        """Runs an entry as often as it repeats, until one fails. Raises KeyboardInterrupt."""
        results: list[EntryResult] = []
        while True:
            wall, began = time_ns(), monotonic_ns()
            try:
                when = times(entry.request, self._scope, self._policy)
            except Fault as fault:
                return [*results, EntryResult(entry, findings=(fault.finding,), began=wall)]
            if when.skip or when.repeat == 0:
                return [EntryResult(entry, skipped=True, began=wall)]
            result = self._tried(entry, when)
            results.append(result._replace(repetition=len(results) + 1, began=wall, duration=monotonic_ns() - began))
            if (not result.passed and not self._choice.go_on) or len(results) == when.repeat:
                return results

    def _tried(self, entry: Entry, when: Times) -> EntryResult:
        attempts = 1
        while True:
            sleep(when.delay)
            result = self._attempt(entry)._replace(attempts=attempts)
            hopeless = any(finding.code == USAGE for finding in result.findings)
            if result.passed or hopeless or (when.retry != UNBOUNDED and attempts > when.retry):
                return result
            attempts += 1
            sleep(when.interval)

    def _attempt(self, entry: Entry) -> EntryResult:
        result = EntryResult(entry)
        try:
            prepared = prepare(entry.request, self._scope, self._policy, self._jar)
            made = self._made(prepared)
        except Fault as fault:
            return result._replace(findings=(fault.finding,))
        except HttpeekError as error:  # a pin that cannot be read
            return result._replace(findings=(_failed(entry, error.failure.sentence, error.code),))
        result = result._replace(exchanges=made.exchanges, events=made.events, shown=prepared.verbose)
        if made.failure is not None:
            return result._replace(findings=(_failed(entry, made.failure.sentence, made.failure.code),))
        try:
            if prepared.output:
                _write(prepared.output, made.exchanges[-1].representation(), entry)
        except Fault as fault:
            return result._replace(findings=(fault.finding,))
        return self._judged(entry.response, made, result) if entry.response is not None else result

    def _made(self, prepared: Prepared) -> Made:
        if not prepared.rate and not prepared.pin:
            return self._caller.call(prepared.plan, prepared.has)
        from httpeek.check.held import Pin, Rate

        sinks: list[Sink] = [Rate(prepared.rate)] if prepared.rate else []
        sinks += [Pin(prepared.pin)] if prepared.pin else []
        return self._caller.call(prepared.plan, prepared.has, *sinks)

    def _judged(self, response: Response, made: Made, result: EntryResult) -> EntryResult:
        octets = made.octets if needs_octets(response.expectations, response.captures) else b""
        seen, asserts, captured = (
            Seen(made.exchanges, octets, self._caller.began),
            self._choice.asserts,
            list[Captured](),
        )
        findings = answered(response, seen) if asserts else []
        if findings:
            return result._replace(findings=tuple(findings), checks=count(response))
        try:
            for each in response.captures:
                captured.append(self._captured(capture(each, seen, self._scope)))
        except Fault as fault:
            return result._replace(findings=(fault.finding,), captures=tuple(captured))
        result = result._replace(captures=tuple(captured))
        if not asserts:
            return result
        findings = compared(response, seen, self._scope)
        for expectation in response.expectations:
            finding = expect(expectation, seen, self._scope)
            if finding is not None:
                findings.append(finding)
        return result._replace(findings=tuple(findings), checks=count(response))

    def _captured(self, found: Captured) -> Captured:
        self._scope.variables[found.name] = found.value
        text = said(found.value) if found.secret else None
        if text:
            self._scope.hide(text)
        return found


def _failed(entry: Entry, sentence: str, code: int) -> Finding:
    return Finding(ERROR, sentence, "this request failed", entry.request.url.place, code=code)


def _stopped(entry: Entry) -> Finding:
    return Finding(ERROR, "interrupted", "this was not over", entry.request.url.place, code=INTERRUPTED)


def _write(path: str, octets: bytes, entry: Entry) -> None:
    """Writes content where an entry wants it. Raises Fault."""
    try:
        if path == "-":
            rest = memoryview(octets)
            while rest:
                rest = rest[os.write(1, rest) :]
        else:
            with open(path, "wb") as file:
                file.write(octets)
    except OSError as error:
        place = next(option.value.place for option in entry.request.options if option.name == "output")
        sentence = f"the content cannot be written to {path}: {(error.strerror or '').lower()}"
        raise Fault(Finding(ERROR, sentence, "cannot be written", place, code=WRITE_FAILED)) from None
