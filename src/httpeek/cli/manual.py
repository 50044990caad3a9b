"""The man page httpeek(1), in mdoc, made from the tables: options, commands, views, exit codes.

Rules: it says no fact that a table has not, and passes `mandoc -T lint`. A new sentence begins on a new line, as mdoc
wants it.
"""

from __future__ import annotations

from httpeek.cli.help import argument_names, default_text
from httpeek.cli.options import CHOICE, COMMANDS, GROUPS, NEGATABLE, OPTIONS
from httpeek.cli.prose import ABOUT_COMMANDS, ARGUMENTS, ENVIRONMENT, ITEMS, NOTES, PROSE
from httpeek.model.codes import EXIT_CODES
from httpeek.render.views import VIEWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.options import Command, Option

DATE = "November 23, 2026"
"""The day of the last release; not the day of making, so that the page is the same whoever makes it."""


def page() -> str:
    """The whole page."""
    lines = [
        ".\\\" Made from httpeek's options table by httpeek.cli.generate; changes belong there.",
        f".Dd {DATE}",
        ".Dt HTTPEEK 1",
        ".Os",
        ".Sh NAME",
        ".Nm httpeek",
        ".Nd HTTP testing tool that shows what really went over the wire",
        ".Sh SYNOPSIS",
        *_synopsis(),
        ".Sh DESCRIPTION",
        *_text(ABOUT_COMMANDS[""].more),
        ".Bl -tag -width Ds",
    ]
    for word in argument_names(COMMANDS[0]):
        lines += [f".It Ar {word}", *_text(f"{ARGUMENTS[word]}.")]
    lines += [".El", ".Ss Items", ".Bl -tag -width Ds"]
    for spelled, sentence in ITEMS:
        lines += [f".It Li {_argument(spelled)}", *_text(f"{_capital(sentence)}.")]
    lines += [".El", ".Ss Commands", ".Bl -tag -width Ds"]
    for command in COMMANDS:
        if command.name:
            lines += [f".It Cm {command.name}{_arguments(command)}", *_text(ABOUT_COMMANDS[command.name].more)]
    lines += [".El", ".Ss Views", ".Bl -tag -width Ds"]
    for view in VIEWS:
        lines += [f".It Cm {view.name}", *_text(f"{_capital(view.sentence)}.")]
    lines += [".El", ".Sh OPTIONS", *_text(NOTES)]
    for group in GROUPS:
        rows = [option for option in OPTIONS if option.group == group]
        lines += [f".Ss {group}", ".Bl -tag -width Ds", *[line for option in rows for line in _option(option)], ".El"]
    lines += [".Sh ENVIRONMENT", ".Bl -tag -width Ds"]
    for names, sentence in ENVIRONMENT:
        lines += [".It " + " , ".join(f"Ev {name}" for name in names.split(", ")), *_text(sentence)]
    lines += [".El", ".Sh EXIT STATUS", ".Bl -tag -width Ds"]
    for row in EXIT_CODES:
        lines += [f".It {row.code}", *_text(f"{_capital(row.meaning)}.")]
    lines += [".El", ".Sh EXAMPLES"]
    for command in COMMANDS:
        if command.name:
            lines += [f".Ss {command.label}"]
        for what, line in ABOUT_COMMANDS[command.name].examples:
            lines += [*_text(f"{_capital(what)}:"), f".Dl {_argument(line)}", ".Pp"]
        lines.pop()
    lines += [
        ".Sh STANDARDS",
        ".Bl -item -compact",
        *[".It", "RFC 9110, HTTP Semantics", ".It", "RFC 9112, HTTP/1.1"],
        ".El",
    ]
    return "\n".join(lines) + "\n"


def _synopsis() -> list[str]:
    lines = []
    for command in COMMANDS:
        lines.append(".Nm")
        if command.name:
            lines.append(f".Cm {command.name}")
        lines.append(".Op Ar OPTIONS")
        for word in argument_names(command):
            many = f"[{word} ...]" in command.arguments
            optional = many or f"[{word}]" in command.arguments
            lines.append(f".{'Op Ar' if optional else 'Ar'} {word}{' ...' if many else ''}")
    return lines


def _arguments(command: Command) -> str:
    return "".join(
        f" Op Ar {word}" if f"[{word}]" in command.arguments else f" Ar {word}" for word in argument_names(command)
    )


def _option(option: Option) -> list[str]:
    value = f" Ar {option.metavar}" if option.takes_value else ""
    names = [f"Fl {option.short}{value}"] if option.short else []
    names.append(f"Fl -{option.name}{value}")
    if option.kind == NEGATABLE:
        names.append(f"Fl -no-{option.name}")
    prose = PROSE[option.name]
    said = f"{_capital(prose.help)}."
    if option.kind == CHOICE:
        said += f" One of {', '.join(option.choices)}."
    default = default_text(option)
    if default:
        said += f" Default: {default}."
    said += f" {prose.more}" if prose.more else ""
    if option.commands != ("",) and len(option.commands) < len(COMMANDS):
        said += f" For {_either([f'httpeek {name}' if name else 'a request' for name in option.commands])}."
    return [f".It {' , '.join(names)}", *_text(said)]


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _text(words: str) -> list[str]:
    """Text lines: a sentence begins a line, and what roff reads as a request is made harmless."""
    return [_safe(line) for sentence in words.replace(". ", ".\n").splitlines() for line in _wrapped(sentence)]


def _wrapped(sentence: str) -> list[str]:
    lines: list[str] = []
    for word in sentence.split():
        # Short of 80 columns by what `_safe` may add.
        if lines and len(lines[-1]) + len(word) < 70:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _safe(line: str) -> str:
    line = line.replace("\\", "\\e")
    # A dash of an option's name is a minus sign, or it could not be copied into a shell.
    line = " ".join(word.replace("-", "\\-") if word[:1] == "-" else word for word in line.split(" "))
    return f"\\&{line}" if line[:1] in (".", "'") else line


def _argument(line: str) -> str:
    """A command line behind a macro: each word protected from being read as a macro's name or a quote."""
    return " ".join("\\&" + word.replace("\\", "\\e").replace('"', "\\(dq") for word in line.split(" "))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
