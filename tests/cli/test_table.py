"""The options table agrees with itself, with its prose, and with everything that is made from it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from httpeek.cli import generate, habits, options
from httpeek.cli import help as texts
from httpeek.cli.options import COMMANDS, DEFAULTS, GROUPS, NEGATABLE, OPTIONS, SET
from httpeek.cli.parse import METHODS, RESERVED
from httpeek.cli.prose import ABOUT_COMMANDS, ARGUMENTS, PROSE
from httpeek.model.plan import FollowPolicy, SizeLimits, TimeLimits
from httpeek.render.views import VIEWS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KINDS = {value for name, value in vars(options).items() if name.isupper() and isinstance(value, str)}


def spellings() -> list[str]:
    found = []
    for option in OPTIONS:
        found.append(f"--{option.name}")
        if option.short:
            found.append(f"-{option.short}")
        if option.kind == NEGATABLE:
            found.append(f"--no-{option.name}")
    return found


def test_a_spelling_means_one_thing_in_every_command() -> None:
    found = spellings()
    assert sorted(found) == sorted(set(found))


def test_no_spelling_is_the_negation_of_another_option() -> None:
    names = {option.name for option in OPTIONS}
    assert not [name for name in names if name.startswith("no-") and name[3:] in names]


def test_h_is_for_headers_and_no_help() -> None:
    assert options.BY_SHORT["h"].name == "headers"
    assert not options.BY_NAME["help"].short


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_row_is_whole(option: options.Option) -> None:
    assert option.kind in KINDS
    assert option.group in GROUPS
    assert option.commands
    assert set(option.commands) <= {command.name for command in COMMANDS}
    assert bool(option.metavar) == option.takes_value
    assert (option.kind == SET) == bool(option.sets[0])
    if option.kind == options.CHOICE and option.default:
        assert option.default in option.choices


def test_every_option_and_nothing_else_has_prose() -> None:
    assert sorted(PROSE) == sorted(option.name for option in OPTIONS)
    assert sorted(ABOUT_COMMANDS) == sorted(command.name for command in COMMANDS)
    named = {word for command in COMMANDS for word in texts.argument_names(command)}
    assert named == set(ARGUMENTS)


@pytest.mark.parametrize("name", sorted(PROSE))
def test_prose_is_a_plain_sentence(name: str) -> None:
    prose = PROSE[name]
    assert prose.help.isascii() and prose.more.isascii()
    assert prose.help and not prose.help.endswith(".")
    assert not prose.more or prose.more.endswith(".")


def test_the_defaults_are_those_of_the_plan() -> None:
    assert DEFAULTS["connect-timeout"] == TimeLimits().connect
    assert DEFAULTS["max-head"] == SizeLimits().head
    assert DEFAULTS["max-redirects"] == FollowPolicy().limit


def test_the_views_are_those_that_render_has() -> None:
    assert options.BY_NAME["as"].choices == tuple(view.name for view in VIEWS)


def test_every_command_has_its_module() -> None:
    directory = os.path.join(os.path.dirname(options.__file__), "commands")
    for command in COMMANDS:
        assert os.path.exists(os.path.join(directory, f"{command.module}.py")), command.module


def test_no_command_is_a_method_or_a_reserved_word() -> None:
    names = {command.name for command in COMMANDS}
    assert not names & set(RESERVED)
    assert not {name.upper() for name in names} & set(METHODS)


def test_no_habit_is_an_option() -> None:
    known = set(spellings())
    habitual = [spelling for habit in habits.HABITS for spelling in habit.spellings]
    assert not known & set(habitual)
    assert sorted(habitual) == sorted(set(habitual))


def mentioned(text: str) -> list[str]:
    """The options that a text names."""
    words = [word.strip("()'\".,;:?") for word in text.replace("=", " ").split()]
    return [word for word in words if word.startswith("-") and word.strip("-")]


@pytest.mark.parametrize("habit", habits.HABITS, ids=lambda habit: habit.spellings[0])
def test_what_a_habit_recommends_exists(habit: habits.Habit) -> None:
    for word in mentioned(habit.here):
        assert word in spellings(), word


def test_what_the_help_names_exists() -> None:
    for command in COMMANDS:
        for word in mentioned(texts.text(command).replace("[no-]", "")):
            if word not in ("--name", "--no-NAME"):
                assert word in spellings(), (command.name, word)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.module)
def test_help_is_ascii_at_80_columns(command: options.Command) -> None:
    text = texts.text(command)
    assert text.isascii()
    assert text.endswith("\n") and not text.endswith("\n\n")
    for line in text.splitlines():
        # An example is never broken: it is there to be copied.
        if not line.startswith("    httpeek completion"):
            assert len(line) <= 80, line
        assert line == line.rstrip()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.module)
def test_help_has_every_option_of_the_command_and_no_other(command: options.Command) -> None:
    shown = []
    for line in texts.text(command).splitlines():
        if line.startswith(("      --", "  -")):
            shown += [word for word in line.split()[:2] if word.startswith("--")][:1]
    expected = [f"--{'[no-]' if o.kind == NEGATABLE else ''}{o.name}" for o in OPTIONS if command.name in o.commands]
    assert sorted(shown) == sorted(expected)


def test_typer_holds_the_same_commands_and_options() -> None:
    import typer

    from httpeek.cli.app import app

    group = typer.main.get_command(app)
    commands = {"": group, **getattr(group, "commands", {})}
    assert list(commands) == [command.name for command in COMMANDS]
    for name, command in commands.items():
        declared = {spelling for param in command.params for spelling in (*param.opts, *param.secondary_opts)}
        for option in OPTIONS:
            if option.name != "help":
                assert (f"--{option.name}" in declared) == (name in option.commands), (name, option.name)


def test_typer_runs_command_lines_through_our_parser(capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from httpeek.cli.app import app

    result = CliRunner().invoke(app, ["violations", "bare-lf"])
    assert result.exit_code == 0
    assert "RFC 9112 2.2" in result.output
    wrong = CliRunner().invoke(app, ["-k", "https://localhost/"])
    assert wrong.exit_code == 2
    assert "here --verify=no" in wrong.output


def test_generated_files_are_fresh() -> None:
    assert generate.stale(ROOT) == [], "python -m httpeek.cli.generate makes them new"


def test_a_stale_file_is_noticed_and_made_new(tmp_path: object) -> None:
    root = str(tmp_path)
    assert generate.write(root) == list(generate.FILES)
    assert generate.stale(root) == []
    with open(os.path.join(root, "man/httpeek.1"), "a", encoding="utf-8") as file:
        file.write("more\n")
    assert generate.stale(root) == ["man/httpeek.1"]
    assert generate.write(root) == ["man/httpeek.1"]
    assert generate.stale(root) == []


def test_check_names_what_is_stale(tmp_path: object) -> None:
    command = [sys.executable, "-m", "httpeek.cli.generate", "--check"]
    stale = subprocess.run(command, cwd=str(tmp_path), capture_output=True, text=True, check=False)
    assert stale.returncode == 1
    assert "stale: man/httpeek.1" in stale.stderr
    fresh = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (fresh.returncode, fresh.stderr) == (0, "")


def test_the_man_page_passes_lint(require_tool: Callable[[str], str]) -> None:
    mandoc = require_tool("mandoc")
    result = subprocess.run(
        [mandoc, "-T", "lint", "-W", "style", os.path.join(ROOT, "man/httpeek.1")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout + result.stderr == ""


def test_the_man_page_shows_what_the_table_says(require_tool: Callable[[str], str]) -> None:
    mandoc = require_tool("mandoc")
    result = subprocess.run(
        [mandoc, "-T", "ascii", os.path.join(ROOT, "man/httpeek.1")], capture_output=True, text=True, check=True
    )
    # Bold and underlined are letters struck twice.
    page = " ".join("".join(_without_strikes(result.stdout)).split())
    for option in OPTIONS:
        assert f"--{option.name}" in page
    assert r"printf 'GET / HTTP/1.0\n\n' | httpeek talk" in page


def _without_strikes(text: str) -> list[str]:
    kept: list[str] = []
    for character in text:
        if character == "\b":
            kept.pop()
        else:
            kept.append(character)
    return kept


def test_the_parser_imports_no_prose() -> None:
    source = inspect.getsource(sys.modules["httpeek.cli.parse"])
    assert "prose" not in source
