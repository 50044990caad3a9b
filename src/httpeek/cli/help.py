"""The help texts: what `--help` prints, from the options table and its prose.

Rules: plain ASCII at 80 columns, no colour and no boxes, the same for a terminal and a pipe. What a column cannot hold
goes to the next line, it is never cut.
"""

from __future__ import annotations

from httpeek.cli.options import CHOICE, COMMANDS, COUNT, GROUPS, NEGATABLE, NUMBER, OPTIONS, SECONDS, SIZE
from httpeek.cli.prose import ABOUT, ABOUT_COMMANDS, ARGUMENTS, ITEMS, NOTES, PROSE
from httpeek.render.views import VIEWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.options import Command, Option

WIDTH = 80
_COLUMN = 32
"""Where the sentences of options begin."""


def text(command: Command) -> str:
    """The help of a command; that of a request is the help of the whole program."""
    about = ABOUT_COMMANDS[command.name]
    lines = [ABOUT if not command.name else f"{command.label}: {about.help}", ""]
    lines += ["Usage:", *_usage(command), ""]
    lines += [*fill(about.more), ""]
    arguments = [(word, ARGUMENTS[word]) for word in argument_names(command)]
    if arguments:
        lines += ["Arguments:", *_rows(arguments), ""]
    if not command.name:
        lines += ["Items:", *_rows(list(ITEMS)), ""]
    for group in GROUPS:
        rows = [(spelling(o), sentence(o)) for o in OPTIONS if o.group == group and command.name in o.commands]
        if rows:
            lines += [f"{group}:", *_rows(rows, _COLUMN), ""]
        if group == "View" and rows and any(o.name == "as" and command.name in o.commands for o in OPTIONS):
            lines += ["Views:", *_rows([(view.name, view.sentence) for view in VIEWS]), ""]
    if not command.name:
        lines += ["Commands:", *_rows([(c.name, ABOUT_COMMANDS[c.name].help) for c in COMMANDS if c.name]), ""]
    lines += ["Examples:", *_examples(about.examples), ""]
    if not command.name:
        lines += [*fill(NOTES), "", *fill("man httpeek says more; httpeek COMMAND --help is about one command.")]
    else:
        lines += ["httpeek --help is about requests; man httpeek says more."]
    return "\n".join(lines) + "\n"


def argument_names(command: Command) -> list[str]:
    """The names in a command's arguments: "[METHOD] URL [ITEM ...]" has three."""
    words = command.arguments.replace("[", " ").replace("]", " ").split()
    return [word for word in words if word != "..."]


def spelling(option: Option) -> str:
    """All spellings of an option with its value: "-o, --output FILE"."""
    short = f"-{option.short}, " if option.short else "    "
    negation = "[no-]" if option.kind == NEGATABLE else ""
    return f"{short}--{negation}{option.name} {option.metavar}".rstrip()


def sentence(option: Option) -> str:
    """The sentence of an option with its choices and its default."""
    said = []
    if option.kind == CHOICE and option.name != "as":
        said.append("|".join(option.choices))
    default = default_text(option)
    if default:
        said.append(f"default {default}")
    return PROSE[option.name].help + (f" ({'; '.join(said)})" if said else "")


def default_text(option: Option) -> str:
    """A default that is worth saying, as a person would type it."""
    value = option.default
    if option.kind == NEGATABLE:
        return "on" if value else "off"
    if value in (None, "", False, ()) or option.kind == COUNT:
        return ""
    if option.kind == SECONDS and isinstance(value, float):
        return f"{value:g}s"
    if option.kind == SIZE and isinstance(value, int):
        return f"{value // 1024**2}MiB" if value % 1024**2 == 0 else f"{value // 1024}KiB"
    if option.kind == NUMBER or isinstance(value, str):
        return str(value)
    return ""


def fill(words: str, indent: int = 0, first: str = "") -> list[str]:
    """The words in lines of at most WIDTH columns, indented; `first` stands before the first line's words."""
    lines: list[str] = []
    line = first.ljust(indent)
    begun = False
    for word in words.split():
        if begun and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line, begun = " " * indent, False
        line += f" {word}" if begun else word
        begun = True
    return [*lines, line] if begun or line.strip() else lines


def _usage(command: Command) -> list[str]:
    lines = [f"  {command.label} [OPTIONS] {command.arguments}".rstrip()]
    if not command.name:
        names = [c.name for c in COMMANDS if c.name]
        while names:
            most = max(n for n in range(1, len(names) + 1) if n == 1 or len(_alternatives(names[:n])) <= WIDTH)
            lines.append(_alternatives(names[:most]))
            names = names[most:]
    return lines


def _alternatives(names: list[str]) -> str:
    return f"  httpeek {'|'.join(names)} ..."


def _rows(rows: list[tuple[str, str]], column: int = 0) -> list[str]:
    """Two columns; the second begins at `column`, or behind the longest of the first."""
    column = column or max(len(left) for left, _ in rows) + 4
    lines: list[str] = []
    for left, right in rows:
        name = f"  {left}"
        if len(name) + 2 > column:
            lines.append(name)
            name = ""
        lines += fill(right, column, name)
    return lines


def _examples(examples: tuple[tuple[str, str], ...]) -> list[str]:
    """Each example under its sentence, or behind it where all of them are short."""
    rows = [(line, what) for what, line in examples]
    if max(len(line) for line, _ in rows) <= 40:
        return _rows(rows)
    return [line for left, right in rows for line in (f"  {right}:", f"    {left}")]
