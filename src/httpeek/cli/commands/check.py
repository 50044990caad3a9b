"""`httpeek check`: one request and what has to hold of it, or files of checks.

This is where the command line decides which of the two it is, what a word is (a file, an item, an expression), and what
is reported where. Everything is read before the first request is sent, and a mistake in any file sends nothing.
"""

from __future__ import annotations

from time import monotonic_ns

from httpeek.check.expect.names import QUERIES, is_expression
from httpeek.check.files import is_file
from httpeek.check.report.brief import masked
from httpeek.model.codes import CHECK_FAILED, DONE, USAGE, Failure, usage
from httpeek.model.nouns import Noun
from httpeek.render.screen import Screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.check.result import Value
    from httpeek.check.suite import Expectation, Problem
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.plan import Plan

HAR = "har:"
"""What `--on-failure` begins with where an archive is wanted."""
_OF_FILES = ("from-entry", "to-entry", "continue-on-error", "ignore-asserts", "repeat")
"""Options that say how the entries of files are run."""


class Given(Noun):
    """Variables and secrets from outside; the secrets are variables, too."""

    variables: dict[str, Value]
    secrets: frozenset[str]


def run(typed: Typed, environment: Environment) -> int:
    """Runs the checks; returns the exit code. Raises HttpeekError (USAGE) before anything is sent."""
    words = typed.arguments
    screen = Screen.detect(environment.variables, typed.text("color"), typed.flag("plain"))
    how = typed.text("on-failure")
    if how not in ("brief", "verbose", "raw") and not how.startswith(HAR):
        raise usage(f"--on-failure {how} is none of brief, verbose, raw, har:DIR")
    if not words and not typed.texts("glob"):
        raise usage("there is nothing to check: httpeek check URL [EXPR ...], or a FILE.hurl, a DIR/ or -")
    if typed.texts("glob") or any(map(is_file, words)):
        from httpeek.cli.commands.check_files import run_files

        return run_files(typed, environment, screen)
    for name in _OF_FILES:
        if name in typed.options:  # a config file may say it for files
            raise usage(f"--{name} is for files; this is one request")
    return _one(typed, environment, screen)


# One line


def _one(typed: Typed, environment: Environment, screen: Screen) -> int:
    from httpeek.check.question import Question, ask
    from httpeek.cli.commands.request import asked as ask_for

    try:
        request, expectations = _request(typed)
    except _Mistake as mistake:
        _told(mistake, environment)
        return USAGE
    given = variables(typed, environment)
    if "{{" in request.url:
        request = request._replace(url=_filled(request.url, given))
    asked = ask_for(request, environment)
    if asked.companion and not typed.flag("companion"):
        raise usage(f'"{request.url}" has no host (is a variable empty?); --companion asks the built-in server')
    embedded = None
    if asked.companion:
        from httpeek.server.embedded import Embedded

        embedded = Embedded()
    try:
        plan = bounded(asked.make(embedded.address if embedded is not None else "", False), typed)
        if typed.number("quiet") < 1:
            for note in asked.notes:
                screen.note(note)
        from httpeek.client.agent import Has

        began = monotonic_ns()
        question = Question(
            plan._replace(retry=type(plan.retry)()),
            asked.has or Has(),
            expectations,
            given.variables,
            given.secrets,
            typed.seconds_or_none("wait"),
            typed.number("retry"),
            typed.seconds("retry-interval"),
            typed.seconds("delay"),
            lambda line: screen.note(masked(line, given.secrets)),
        )
        result = ask(question)
    finally:
        if embedded is not None:
            embedded.close()
    from httpeek.cli.commands.check_reports import reported

    reported([result], monotonic_ns() - began, typed, environment, screen, alone=True)
    if result.passed:
        return DONE
    codes = {finding.code for one in result.results for finding in one.findings}
    return codes.pop() if len(codes) == 1 else CHECK_FAILED


def _request(typed: Typed) -> tuple[Typed, tuple[Expectation, ...]]:
    """The words as a request, and the expressions among them. Raises HttpeekError (USAGE)."""
    from httpeek.check.hurl.asserts import parse_expression
    from httpeek.check.question import mistake
    from httpeek.check.suite import Problem
    from httpeek.cli.parse import as_request

    texts = [*(word for word in typed.arguments if is_expression(word)), *typed.texts("expr")]
    rest = [word for word in typed.arguments if not is_expression(word)]
    request = as_request(typed, tuple(rest))
    request = request._replace(items=(*request.items, *typed.texts("item")))
    if not texts:
        for item in request.items:
            name, equals, value = item.partition("==")
            if equals and name in QUERIES and item not in typed.texts("item"):
                raise usage(f"{item} is an item of the query; to expect it, write '{name} == {value}'")
    expectations = []
    for text in texts:
        found = parse_expression(text)
        if not isinstance(found, Problem):
            found = mistake(found) or found
        if isinstance(found, Problem):
            raise _Mistake(found, text)
        expectations.append(found)
    return request, tuple(expectations)


def _filled(url: str, given: Given) -> str:
    """A URL with `{{NAME}}` replaced by values. Raises HttpeekError (USAGE) for a variable that has none."""
    from httpeek.check.expect.scope import Scope
    from httpeek.check.result import Fault
    from httpeek.check.suite import Expression, Place, Template

    scope = Scope(given.variables, ".", given.secrets)
    pieces: list[str] = []
    position = 0
    while (at := url.find("{{", position)) >= 0 and (end := url.find("}}", at)) >= 0:
        name, place = url[at + 2 : end].strip(), Place("URL", 1, at + 3)
        try:
            pieces += [url[position:at], scope.text(Template((Expression(name, place),), url[at : end + 2], place))]
        except Fault as fault:
            raise usage(f"{url}: {fault.finding.title}") from None
        position = end + 2
    return "".join((*pieces, url[position:]))


class _Mistake(Exception):
    """An expression that cannot be read: where, and what was expected there."""

    def __init__(self, problem: Problem, text: str) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.text = text


def _told(mistake: _Mistake, environment: Environment) -> None:
    import sys

    from httpeek.check.pointed import pointed
    from httpeek.cli.say import error_lines

    problem = mistake.problem
    failure = Failure(USAGE, "usage", problem.message)
    sys.stderr.write(error_lines(failure, sys.stderr, environment.variables))
    sys.stderr.write("".join(f"{line}\n" for line in pointed(problem.place, mistake.text, problem.hint)))


# Both


def bounded(plan: Plan, typed: Typed) -> Plan:
    """A plan with the limits that a check has by itself: of time, and of content."""
    from httpeek.check.caller import LARGEST, LONGEST

    if not typed.has("max-time"):
        plan = plan._replace(time=plan.time._replace(total=LONGEST))
    return plan if typed.has("max-decoded") else plan._replace(size=plan.size._replace(decoded=LARGEST))


def variables(typed: Typed, environment: Environment) -> Given:
    """What is given from outside. Raises HttpeekError (USAGE, READ_FAILED)."""
    names = ("variable", "variables-file", "secret", "secrets-file")
    if not any(typed.has(name) for name in names) and not any(n.startswith("HURL_") for n in environment.variables):
        return Given({}, frozenset())
    from httpeek.check import given

    known, secrets = given.from_environment(environment.variables)
    texts = given.from_files(typed.texts("variables-file"), "--variables-file")
    texts.update(given.pairs(typed.texts("variable"), "--variable"))
    known.update({name: given.typed(text) for name, text in texts.items()})
    secrets.update(given.from_files(typed.texts("secrets-file"), "--secrets-file"))
    secrets.update(given.pairs(typed.texts("secret"), "--secret"))
    twice = next((name for name in secrets if name in known), "")
    if twice:
        raise usage(f"{twice} is a variable and a secret: one name has one value")
    return Given({**known, **secrets}, frozenset(value for value in secrets.values() if value))
