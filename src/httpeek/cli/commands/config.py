"""`httpeek config [path|URL]`: every option with the value that holds, and where that comes from."""

from __future__ import annotations

import os

from httpeek.cli.config import chosen, read
from httpeek.cli.options import DEFAULTS, OPTIONS
from httpeek.cli.say import printable, say
from httpeek.model.codes import DONE, usage
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.cli.config import Section
    from httpeek.cli.environment import Environment
    from httpeek.cli.options import Value
    from httpeek.cli.parse import Typed


class Variable(Noun):
    """A variable of the environment that stands for a value of an option where nothing else gives one."""

    name: str
    option: str
    value: str


_VARIABLES = (
    Variable("NO_COLOR", "color", "never"),
    Variable("FORCE_COLOR", "color", "always"),
    Variable("CLICOLOR_FORCE", "color", "always"),
    Variable("ACCESSIBLE", "plain", "true"),
    Variable("CI", "record", "off"),
)
_NO_DEFAULT = ("help", "version", "next", "clear")
"""Options that do something once; there is no value that holds."""


def run(typed: Typed, environment: Environment) -> int:
    """Prints the table, or with `path` the path of the file. Raises HttpeekError (USAGE) for what is wrong in it."""
    path = environment.config_file
    if typed.arguments == ("path",):
        if not path:
            raise usage("there is no config file: neither HOME nor XDG_CONFIG_HOME says where")
        say(f"{printable(path)}\n")
        return DONE
    named = bool(environment.variables.get("HTTPEEK_CONFIG"))
    wanted = not typed.flag("ignore-config") and bool(path) and (named or os.path.exists(path))
    sections = chosen(typed, read(path)) if wanted else []
    rows = list(_rows(typed, environment, sections))
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    values = min(values, 24)
    say("".join(f"{name:{names}}  {value:{values}}  {origin}\n" for name, value, origin in rows))
    return DONE


def _rows(typed: Typed, environment: Environment, sections: list[Section]) -> Iterator[tuple[str, str, str]]:
    seen = set(_NO_DEFAULT)
    for option in OPTIONS:
        name = option.sets[0] or option.name
        if name not in seen:
            seen.add(name)
            value, origin = _found(name, typed, environment, sections)
            yield name, printable(_shown(value)), printable(origin)


def _found(name: str, typed: Typed, environment: Environment, sections: list[Section]) -> tuple[Value, str]:
    """The value that holds for a name, and where it comes from."""
    if name in typed.options:
        return typed.options[name], "command line"
    for section in sections:
        for setting in section.settings:
            if setting.name == name and (name, setting.value) not in typed.undone:
                hosts = f' ["{section.pattern}"]' if section.pattern else ""
                return setting.value, f"{environment.config_file}:{setting.line}{hosts}"
    for variable in _VARIABLES:
        text = environment.variables.get(variable.name, "")
        if variable.option == name and text not in ("", "0"):
            return variable.value, f"environment {variable.name}={text}"
    return DEFAULTS[name], "default"


def _shown(value: Value) -> str:
    """A value as it would be typed; "-" for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    if value is None or value == "":
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
