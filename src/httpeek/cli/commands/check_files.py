"""`httpeek check FILE ...`: every file is read, then all are run, one after the other or several at once (`--jobs`).

Parallel is by file: each has a client, a jar and variables of its own, so nothing depends on which ends first. What is
told is told by file, whole and in the order of the command line.
"""

from __future__ import annotations

import sys
from time import monotonic_ns

from httpeek.check.files import find, load
from httpeek.check.hurl.entries import read
from httpeek.check.pointed import problem_lines
from httpeek.check.prepare import Policy
from httpeek.check.result import SuiteResult
from httpeek.check.run import Choice, Interrupted
from httpeek.check.run import run as run_suite
from httpeek.cli.commands.check import bounded, variables
from httpeek.cli.commands.check_reports import reported, tell
from httpeek.cli.policies import plan_of, proxies_of
from httpeek.cli.say import error_lines
from httpeek.model.codes import CHECK_FAILED, DONE, USAGE, Failure, usage
from httpeek.model.target import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from httpeek.check.suite import Suite
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.render.screen import Screen

_OF_A_LINE = ("expr", "item", "wait", "data", "body-type", "session", "session-read-only")
"""Options that are for one request on the command line."""


def run_files(typed: Typed, environment: Environment, screen: Screen) -> int:
    """Runs the files. Raises HttpeekError (USAGE, READ_FAILED) before anything is sent."""
    for name in _OF_A_LINE:
        if typed.has(name):
            raise usage(f"--{name} is for one request; what a file expects stands in the file")
    paths = find(typed.arguments, typed.texts("glob"))
    suites = [read(load(path), path) for path in paths]
    problems = [(problem, suite) for suite in suites for problem in suite.problems]
    if problems:
        for problem, suite in problems:
            screen.err("\n".join(problem_lines(problem, suite)))
        count = len(problems)
        broken = len({suite.file for _, suite in problems})
        sentence = f"{count} mistake{'s' if count > 1 else ''} in {broken} of {len(suites)} files"
        failure = Failure(USAGE, "usage", f"{sentence}: nothing was sent")
        sys.stderr.write(error_lines(failure, sys.stderr, environment.variables))
        return USAGE
    if not any(suite.entries for suite in suites):
        raise usage("there is no request in " + (paths[0] if len(paths) == 1 else f"any of {len(paths)} files"))
    for suite in suites:
        if not suite.entries and typed.number("quiet") < 1:
            screen.note(f"there is no request in {suite.file}")
        for note in suite.notes:
            if typed.number("quiet") < 1:
                screen.note(f"{note.place.file}:{note.place.line}: {note.message}; {note.hint}")
    given = variables(typed, environment)
    choice = _choice(typed)
    if not any(map(choice.entries, suites)):
        raise usage(f"no file has an entry {choice.first}" + (f" to {choice.last}" if choice.last else ""))
    policy, close = _policy(typed, environment)
    suites = suites * max(1, typed.number("repeat"))
    began = monotonic_ns()
    results: list[SuiteResult] = []

    def one(suite: Suite) -> SuiteResult:
        return run_suite(suite, policy, choice, given.variables, given.secrets)

    try:
        for result in _in_order(suites, one, typed.number("jobs")):
            results.append(result)
            tell(result, typed, environment, screen)
    except KeyboardInterrupt as stop:
        if isinstance(stop, Interrupted):
            results.append(stop.result)
            tell(stop.result, typed, environment, screen)
        results += [SuiteResult(suite, not_run=len(choice.entries(suite))) for suite in suites[len(results) :]]
        reported(results, monotonic_ns() - began, typed, environment, screen)
        raise
    finally:
        close()
    reported(results, monotonic_ns() - began, typed, environment, screen)
    if all(result.passed for result in results):
        return DONE
    codes = {finding.code for result in results for one in result.results for finding in one.findings}
    return USAGE if USAGE in codes else CHECK_FAILED


def _in_order(suites: Sequence[Suite], one: Callable[[Suite], SuiteResult], jobs: int) -> Iterator[SuiteResult]:
    """The results in the order of the suites, `jobs` of them made at once."""
    if jobs < 2 or len(suites) < 2:
        yield from map(one, suites)
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(min(jobs, len(suites)))
    try:
        yield from pool.map(one, suites)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _policy(typed: Typed, environment: Environment) -> tuple[Policy, Callable[[], None]]:
    """What holds for every entry, and what ends the companion where that answers."""
    target = parse("http://localhost/")
    proxies = proxies_of(typed, environment)
    plan = bounded(plan_of(typed, "GET", target, None, proxies, False, typed.flag("follow")), typed)
    policy = Policy(
        plan,
        netrc=environment.netrc,
        retry=typed.number("retry"),
        interval=typed.seconds("retry-interval"),
        delay=typed.seconds("delay"),
        path_as_is=typed.flag("path-as-is"),
        rate=typed.number("limit-rate"),
    )
    if typed.has("auth"):
        from httpeek.cli.state import given
        from httpeek.client.auth import Keys

        policy = policy._replace(keys=Keys(given(typed, environment, target)))
    if not typed.flag("companion"):
        return policy, lambda: None
    from httpeek.server.embedded import Embedded

    embedded = Embedded()
    return policy._replace(companion=embedded.address), embedded.close


def _choice(typed: Typed) -> Choice:
    first, last = typed.number("from-entry"), typed.number("to-entry") or None
    if last is not None and last < first:
        raise usage(f"--to-entry {last} is before --from-entry {first}")
    return Choice(
        max(1, first),
        last,
        typed.flag("continue-on-error"),
        not typed.flag("ignore-asserts"),
        typed.text("file-root") or None,
    )
