"""One line of checks: one request and what is expected of it, asked once, some times (`--retry`), or until it holds
(`--wait`).

Rules: with a deadline everything that may heal counts as "not yet": a name that is not resolved, a refused connection,
a reset, any status, an expectation that does not hold. Each change of state is told, once. The pause grows; the last
attempt ends with the deadline or soon after it, and what it found is the result.
"""

from __future__ import annotations

from time import monotonic, monotonic_ns, sleep, time_ns

from httpeek.check.caller import Caller
from httpeek.check.expect.evaluate import expect, plausible
from httpeek.check.expect.scope import Scope
from httpeek.check.expect.seen import Seen, needs_octets
from httpeek.check.result import ASSERT, ERROR, EntryResult, Fault, Finding, SuiteResult
from httpeek.check.suite import Entry, Place, Problem, Request, Suite, Template
from httpeek.model.codes import TIMED_OUT, USAGE
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from httpeek.check.result import Value
    from httpeek.check.suite import Expectation
    from httpeek.client.agent import Has
    from httpeek.model.plan import Plan

FIRST_PAUSE = 0.1
"""Seconds between the first two attempts."""
LONGEST_PAUSE = 1.0
LAST_ATTEMPT = 0.5
"""Seconds that an attempt has at least, past the deadline if need be: what has a few milliseconds only says nothing of
the service. Users are promised an end within 1 s of the deadline."""
_GROWTH = 1.5
_TOTAL = "(--max-time), "
"""In the sentence of an exchange that took too long: behind it stands how far it came."""


class Question(Noun):
    """`plan` and `has` make the request, `expectations` are looked at (none: a status of 2xx and no fatal violation).
    `wait` is in seconds, None for `retry` attempts more at most, `interval` seconds apart; `delay` is the pause before
    each request. `tell` is given each change of state."""

    plan: Plan
    has: Has
    expectations: tuple[Expectation, ...]
    variables: Mapping[str, Value]
    secrets: frozenset[str] = frozenset()
    wait: float | None = None
    retry: int = 0
    interval: float = 1.0
    delay: float = 0.0
    tell: Callable[[str], None] = lambda line: None


def mistake(expectation: Expectation) -> Problem | None:
    """A JSONPath that cannot be one, found before anything is sent: `--wait` would wait for it in vain. (In a file it
    is an error of its entry, as in Hurl.)"""
    query, filters = expectation.query, expectation.filters
    steps = [(query.name, query.arguments), *((each.name, each.arguments) for each in filters)]
    for path in [arguments[0] for name, arguments in steps if name == "jsonpath"]:
        text = path.value.plain if isinstance(path.value, Template) else None
        if text is None:
            continue
        from httpeek.check.expect.jsonpath import PathError, find

        try:
            find(text, None)
        except PathError as error:
            return Problem(f"the JSONPath is not valid: {error}", "expected a path of RFC 9535", path.place)
    return None


def ask(question: Question) -> SuiteResult:
    """Asks. Raises KeyboardInterrupt where the user stopped it."""
    wall, began = time_ns(), monotonic_ns()
    deadline = None if question.wait is None else monotonic() + question.wait
    entry = _entry(question.plan)
    scope = Scope(dict(question.variables), ".", question.secrets)
    caller = Caller()
    state, pause, attempts = "", FIRST_PAUSE, 1
    try:
        while True:
            left = None if deadline is None else round(max(LAST_ATTEMPT, deadline - monotonic()), 2)
            sleep(question.delay)
            result = _attempt(caller, question, entry, scope, left)
            if result.passed or any(finding.code == USAGE for finding in result.findings):
                break
            if deadline is None and attempts > question.retry:
                break
            now = _state(result)
            if now != state:
                question.tell(f"not yet: {now}")
                state = now
            if deadline is None:
                sleep(question.interval)
            else:
                rest = deadline - monotonic()
                if rest <= 0:
                    break
                sleep(min(pause, rest))
                pause = min(pause * _GROWTH, LONGEST_PAUSE)
            attempts += 1
    finally:
        caller.close()
    duration = monotonic_ns() - began
    result = result._replace(attempts=attempts, began=wall, duration=duration)
    suite = Suite(f"{question.plan.method} {question.plan.target.url}", (entry,), (), "")
    return SuiteResult(suite, (result,), 0, wall, duration, frozenset(scope.secrets))


def _attempt(caller: Caller, question: Question, entry: Entry, scope: Scope, left: float | None) -> EntryResult:
    plan = question.plan
    total = plan.time.total
    waits = left is not None and (total is None or left < total)
    if waits:
        plan = plan._replace(time=plan.time._replace(total=left))
    made = caller.call(plan, question.has)
    result = EntryResult(entry, made.exchanges, checks=max(1, len(question.expectations)), events=made.events)
    place = entry.request.url.place
    if made.failure is not None:
        sentence = made.failure.sentence
        if waits and made.failure.code == TIMED_OUT and _TOTAL in sentence:
            sentence = f"the exchange had not ended when --wait did, {sentence.partition(_TOTAL)[2]}"
        return result._replace(
            findings=(Finding(ERROR, sentence, "this request failed", place, code=made.failure.code),)
        )
    expectations = question.expectations
    seen = Seen(made.exchanges, made.octets if needs_octets(expectations, ()) else b"", caller.began)
    findings: list[Finding] = []
    try:
        if not expectations:
            found = plausible(seen, place)
            findings += [found] if found is not None else []
        for expectation in expectations:
            found = expect(expectation, seen, scope)
            findings += [found] if found is not None else []
    except Fault as fault:
        findings.append(fault.finding)
    return result._replace(findings=tuple(findings))


def _state(result: EntryResult) -> str:
    """What keeps a result from being one, in one line that is the same as long as the state is."""
    finding = result.findings[0]
    if not finding.source:
        return finding.title.split("\n")[0]
    reason = f"{finding.source}: {finding.remark if finding.kind == ASSERT else finding.title}"
    response = result.exchanges[-1].response if result.exchanges else None
    status = f" (the status is {response.status})" if response is not None and response.status >= 300 else ""
    return reason.split("\n")[0] + ("" if finding.source.startswith("status") else status)


def _entry(plan: Plan) -> Entry:
    """The request as the entry of a suite, for reports."""
    url = plan.target.url
    place = Place(f"{plan.method} {url}", 1, 1, len(url))
    template = Template((url,), url, place)
    return Entry(1, Request(plan.method, template, (), (), (), (), (), None, (), None, place), None)
