"""The Typer application: the commands, their options and their help, all made from the options table.

It is imported for `--help`, by whoever embeds httpeek in a Typer application, and by tests; a request never pays for
it. Rules: only Typer's public interface is used, but for three methods of its command class: `parse_args` and `invoke`
hand every command line to httpeek's own parser, `format_help` prints httpeek's own help. This is the only file that
imports typer, and no option is declared here.
"""

from __future__ import annotations

import inspect
import os
import sys
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from httpeek.cli import help as texts
from httpeek.cli.main import run
from httpeek.cli.options import (
    BY_COMMAND,
    COMMANDS,
    COUNT,
    MARKED,
    NEGATABLE,
    NUMBER,
    OPTIONS,
    REPEATED,
    Command,
    Option,
)
from httpeek.cli.prose import ABOUT_COMMANDS, ARGUMENTS
from httpeek.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = "httpeek.words"


class TableCommand(TyperCommand):
    """One command of the table. Its words are read by `cli.parse`, its help is that of `cli.help`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keeps the words as they are: `run` parses them."""
        ctx.meta[_WORDS] = [self.name or "", *args]
        return []

    def invoke(self, ctx: Any) -> Any:
        """Runs the command line and ends with its exit code."""
        raise typer.Exit(run(ctx.meta[_WORDS], os.environ))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help that `--help` shows."""
        formatter.write(texts.text(BY_COMMAND[self.name or ""]))


class TableGroup(TyperGroup):
    """The program: a request, or what the first word chooses."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keeps the words as they are: `run` parses them, the command's name included."""
        ctx.meta[_WORDS] = list(args)
        return []

    def invoke(self, ctx: Any) -> Any:
        """Runs the command line and ends with its exit code."""
        raise typer.Exit(run(ctx.meta[_WORDS], os.environ))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help that `--help` shows."""
        formatter.write(texts.text(BY_COMMAND[""]))


def show_help(name: str) -> int:
    """Prints the help of the command called `name` ("": of the program) and returns 0."""
    say(help_text(name))
    return 0


def help_text(name: str) -> str:
    """The help of a command as Typer has it."""
    group: Any = typer.main.get_command(app)
    command = group.commands[name] if name else group
    context = command.make_context("httpeek", [], resilient_parsing=True)
    return f"{command.get_help(context)}\n"


def _declared(command: Command) -> Callable[..., None]:
    """A function whose signature has the command's arguments and options, for Typer to read."""

    def declared(**given: Any) -> None:
        raise AssertionError("TableCommand.invoke runs commands")

    parameters = [_argument(word, command) for word in texts.argument_names(command)]
    parameters += [_option(option) for option in OPTIONS if command.name in option.commands and option.name != "help"]
    declared.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect.signature
    declared.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    declared.__doc__ = ABOUT_COMMANDS[command.name].more
    return declared


def _argument(word: str, command: Command) -> inspect.Parameter:
    many = f"[{word} ...]" in command.arguments
    optional = many or f"[{word}]" in command.arguments
    info = typer.Argument([] if many else None if optional else ..., metavar=word, help=ARGUMENTS[word])
    # Not the bare word: the option --method is called so.
    name = _identifier(f"word_{word.lower()}")
    kind: Any = list[str] if many else str
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=kind)


def _option(option: Option) -> inspect.Parameter:
    spellings = [f"--{option.name}"]
    if option.kind == NEGATABLE:
        spellings = [f"--{option.name}/--no-{option.name}"]
    if option.short:
        spellings.append(f"-{option.short}")
    kind: Any = str
    default: Any = option.default
    if option.kind == REPEATED:
        kind, default = list[str], []
    elif option.kind in (NUMBER, COUNT, MARKED):
        kind, default = int, 0 if option.kind == MARKED else default
    elif not option.takes_value:
        kind, default = bool, bool(default)
    else:
        default = texts.default_text(option) or None
    info = typer.Option(
        default,
        *spellings,
        count=option.kind in (COUNT, MARKED),
        metavar=option.metavar or None,
        help=texts.sentence(option),
        rich_help_panel=option.group,
        show_default=False,
    )
    name = _identifier(option.name)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=kind)


def _identifier(name: str) -> str:
    """A name that a parameter may have: "as_" for "as", "http1_0" for "http1.0"."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in name)
    return f"{plain}_" if iskeyword(plain) else plain


def _build() -> typer.Typer:
    made = typer.Typer(
        name="httpeek",
        cls=TableGroup,
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for command in COMMANDS:
        if command.name:
            about = ABOUT_COMMANDS[command.name]
            made.command(command.name, cls=TableCommand, help=about.more, short_help=about.help)(_declared(command))
        else:
            made.callback(help=ABOUT_COMMANDS[""].more)(_declared(command))
    return made


app = _build()
"""The application. `app()` runs the command line of the process, as `httpeek` does."""

if __name__ == "__main__":
    sys.exit(app())
