"""What is told of checks, and where: lines on standard output, and the reports that were asked for."""

from __future__ import annotations

import os

from httpeek.check.report.brief import masked, total, verdict
from httpeek.cli.commands.check import HAR
from httpeek.cli.policies import is_recorded
from httpeek.cli.say import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.report.written import Wanted
    from httpeek.check.result import SuiteResult
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.events import Event
    from httpeek.render.screen import Screen


def tell(result: SuiteResult, typed: Typed, environment: Environment, screen: Screen) -> None:
    """The lines of one file."""
    how = typed.text("on-failure")
    for one in result.results:
        if one.shown:
            screen.err(masked(rendered(one.events, "verbose", environment), result.secrets))
    if typed.number("quiet") and result.passed:
        return
    lines = [_coloured(line, screen) for line in verdict(_public(result, typed, environment), how == "brief")]
    _say(lines, typed, environment)
    if result.passed:
        return
    if how != "brief":
        _shown(result, how, typed, environment)
    _recorded(result, typed, environment, screen)


def _public(result: SuiteResult, typed: Typed, environment: Environment) -> SuiteResult:
    """The result as it is shown: in CI many can read what a job prints, and secrets of any kind are masked there."""
    if not environment.ci or typed.flag("reveal"):
        return result
    from httpeek.check.report.veiled import veiled
    from httpeek.record.masks import key

    return veiled([result], key(environment.variables))[0]


def reported(
    results: Sequence[SuiteResult],
    duration: int,
    typed: Typed,
    environment: Environment,
    screen: Screen,
    alone: bool = False,
) -> None:
    """The total, and every report that was asked for. Raises HttpeekError (WRITE_FAILED)."""
    if alone:
        for result in results:
            tell(result, typed, environment, screen)
    elif typed.number("quiet") < 2:
        say(total(results, duration) + "\n")
    wanted = _wanted(typed, environment)
    if wanted is not None:
        from httpeek.check.report.written import write

        write(results, duration, wanted)


def rendered(events: Sequence[Event], view: str, environment: Environment) -> str:
    """A run in a view, with its secrets masked."""
    from httpeek.api import Curtain, replay
    from httpeek.render.screen import Captured
    from httpeek.render.views import ViewOptions, make

    screen = Captured()
    replay(events, [Curtain(make(view, screen, ViewOptions(print="hb", pretty="format")), environment.variables)])
    return screen.taken().decode("utf-8", "backslashreplace").rstrip("\n")


def _recorded(result: SuiteResult, typed: Typed, environment: Environment, screen: Screen) -> None:
    """Keeps the exchanges of the last entry that failed, for `httpeek show`; what passed is not kept."""
    events = next((one.events for one in reversed(result.results) if not one.passed and one.events), ())
    if not events or not is_recorded(typed, environment):
        return
    from httpeek.api import replay
    from httpeek.record.recorder import Recorder

    recorder = Recorder(environment.variables, typed.text("record"))
    replay(events, [recorder])
    if recorder.note and not typed.number("quiet"):
        screen.note(recorder.note)


def _shown(result: SuiteResult, how: str, typed: Typed, environment: Environment) -> None:
    """The exchanges of what failed, in a view or as an archive."""
    for one in result.results:
        if one.passed or not one.events:
            continue
        if not how.startswith(HAR):
            _say(masked(rendered(one.events, how, environment), result.secrets).split("\n"), typed, environment)
            continue
        directory = how.removeprefix(HAR) or "."
        name = "".join(c if c.isalnum() or c in "._-" else "_" for c in result.suite.file)[-100:]
        path = os.path.join(directory, f"{name}.{one.entry.number}.har")
        text = masked(rendered(one.events, "har", environment), result.secrets)
        _archived(path, text.encode("utf-8", "backslashreplace"))


def _archived(path: str, octets: bytes) -> None:
    """Writes an archive; one that cannot be written hides nothing of the rest. Raises BrokenPipeError."""
    from httpeek.record.store import replace

    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        replace(path, path + ".part", octets)
    except OSError as error:
        say(f"  {path} cannot be written: {(error.strerror or '').lower()}\n")
        return
    say(f"  wrote {path}\n")


def _annotates(typed: Typed, environment: Environment) -> bool:
    """True where GitHub Actions reads standard output, or is to be written for."""
    how = typed.text("annotate")
    return how == "github" or (how == "auto" and environment.variables.get("GITHUB_ACTIONS") == "true")


def _say(lines: Sequence[str], typed: Typed, environment: Environment) -> None:
    """Writes lines that a peer's octets stand in; where a runner takes lines for commands, it takes none of these."""
    if _annotates(typed, environment):
        from httpeek.check.report.github import guarded

        lines = guarded(lines)
    say("".join(f"{line}\n" for line in lines))


def _wanted(typed: Typed, environment: Environment) -> Wanted | None:
    """The reports that were asked for, None for no report."""
    names = ("report-junit", "report-tap", "report-json", "report-html")
    annotate = "github" if _annotates(typed, environment) else ""
    if not annotate and not any(typed.has(name) for name in names):
        return None
    from httpeek.check.report.written import Wanted
    from httpeek.record.masks import key

    variables = environment.variables
    return Wanted(
        junit=typed.text("report-junit"),
        tap=typed.text("report-tap"),
        json=typed.text("report-json"),
        html=typed.text("report-html"),
        annotate=annotate,
        summary=variables.get("GITHUB_STEP_SUMMARY", ""),
        workspace=variables.get("GITHUB_WORKSPACE", ""),
        key=key(variables),
        reveal=typed.flag("reveal"),
    )


def _coloured(line: str, screen: Screen) -> str:
    """PASS and FAIL in colour, where there is any."""
    if not screen.colour_out:
        return line
    for word, code in (("PASS", "32"), ("FAIL", "31")):
        if line.startswith(word):
            return f"\x1b[1;{code}m{word}\x1b[0m{line[len(word) :]}"
    return line
