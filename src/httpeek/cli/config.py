"""The config file: `$XDG_CONFIG_HOME/httpeek/config.toml`, read only where there is one.

Rules:
- Keys are the long names of options. One at the top holds for every command that takes the option; one in a section
  `["example.org"]` for requests to that host, `["example.org:8443"]` on that port, `["*.example.org"]` for every name
  under it. The most exact section goes first, then the top of the file, then the default; the command line is over all.
- A section is chosen by the URL as typed; what a redirect leads to keeps what holds.
- Each key and value is checked whenever the file is read, also those that this command does not use: what is wrong is
  an error (exit 2) with file, line and the nearest right word.
- What makes no sense as a default (`Option.config`) may not stand there.
"""

from __future__ import annotations

import tomllib

from httpeek.cli.options import (
    BY_COMMAND,
    BY_NAME,
    COUNT,
    FLAG,
    MARKED,
    NEGATABLE,
    NUMBER,
    OPTIONS,
    REPEATED,
    SECONDS,
    SET,
    SIZE,
)
from httpeek.cli.parse import convert, marked, show
from httpeek.model.codes import HttpeekError, usage
from httpeek.model.nearest import nearest
from httpeek.model.nouns import Noun
from httpeek.model.target import parse as parse_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from httpeek.cli.options import Option, Value
    from httpeek.cli.parse import Typed

_HOST_COMMANDS = ("", "talk", "config")
"""The commands that name a host."""
_YES = {True: "yes", False: "no"}


class Setting(Noun):
    """One value of the file: the option's name (what a SET option gives its value to), the value, and its line."""

    name: str
    value: Value
    line: int


class Section(Noun):
    """What holds for the hosts that `pattern` fits; that of the top of the file is empty."""

    pattern: str
    settings: tuple[Setting, ...]


def configured(typed: Typed, path: str) -> Typed:
    """What was typed, with the values of the file under it, for each request by its own host.

    Raises HttpeekError (USAGE) for a file that cannot be read or has something wrong in it.
    """
    sections = read(path)
    further = tuple(_over(part, sections) for part in typed.further)
    return _over(typed, sections)._replace(further=further)


def _over(typed: Typed, sections: tuple[Section, ...]) -> Typed:
    known = BY_COMMAND[typed.command]
    layers = []
    for section in chosen(typed, sections):
        layer = {
            setting.name: setting.value
            for setting in section.settings
            if (setting.name, setting.value) not in typed.undone
            and (known.takes_all or typed.command in _commands(setting.name))
        }
        layers.append(layer)
    return typed._replace(layers=(*typed.layers, *layers))


def chosen(typed: Typed, sections: tuple[Section, ...]) -> list[Section]:
    """The sections that hold for what was typed, the most exact one first."""
    host, port = _host(typed)
    found = [(rank, section) for section in sections if (rank := _fits(section.pattern, host, port)) >= 0]
    return [section for _, section in sorted(found, key=lambda pair: -pair[0])]


def _host(typed: Typed) -> tuple[str, int]:
    """The host and the port of the URL that was typed; nothing where there is none, or it cannot be read."""
    # Several URLs may be of several hosts: what is for one is for none of them.
    single = typed.command == "download" and len(typed.arguments) == 1 and not typed.text("input")
    if typed.command not in _HOST_COMMANDS and not single:
        return "", 0
    url = typed.url or next(iter(typed.arguments), "")
    try:
        target = parse_url(url, typed.text("default-scheme"))
    except HttpeekError:
        return "", 0  # it is told where the URL is used
    return ("", 0) if target.companion else (target.host.lower(), target.port)


def _fits(pattern: str, host: str, port: int) -> int:
    """How exactly a pattern fits, more is more exact; -1 where it does not."""
    if not pattern:
        return 0
    name, only_port = split(pattern)
    if only_port not in (0, port) or not host:
        return -1
    if name == host:
        return 2_000 + bool(only_port)
    if name.startswith("*.") and host.endswith(name[1:]):
        return 2 * len(name) + bool(only_port)
    return -1


def split(pattern: str) -> tuple[str, int]:
    """The name and the port of a section's name; 0 where it has none. Raises ValueError for one that is no host."""
    target = parse_url(pattern.replace("*.", "any.", 1) if pattern.startswith("*.") else pattern, "http")
    if target.companion or target.path != "/" or "/" in pattern or "@" in pattern:
        raise ValueError(pattern)
    bare = pattern.rpartition("]")[2] if pattern.startswith("[") else pattern
    name = target.host.lower()
    return ("*" + name[3:] if pattern.startswith("*.") else name), target.port if ":" in bare else 0


def read(path: str) -> tuple[Section, ...]:
    """The sections of a file, that of its top first. Raises HttpeekError (USAGE)."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise usage(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError as error:
        raise usage(f"{path} is not UTF-8: byte {error.start}") from None
    try:
        made = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, str(error)) from None
    lines = _lines(text)
    top: list[Setting] = []
    sections = []
    for key, value in made.items():
        line = lines.get((key, ""), 0)
        if not isinstance(value, dict):
            top.append(_setting(path, line, key, value, hosts=False))
            continue
        _check_pattern(path, line, key, value)
        settings = tuple(_setting(path, lines.get((key, name), line), name, one, True) for name, one in value.items())
        sections.append(Section(key, settings))
    return (Section("", tuple(top)), *sections)


def _not_toml(path: str, said: str) -> HttpeekError:
    """The sentence of a file that is no TOML: tomllib's, with its line where ours stands."""
    what, _, place = said.partition(" (at ")
    line = "".join(letter for letter in place.partition(",")[0] if letter.isdigit())
    return usage(f"{path}{':' + line if line else ''}: {what[:1].lower()}{what[1:]}")


def _check_pattern(path: str, line: int, key: str, value: Mapping[str, Any]) -> None:
    where = f"{path}:{line}"
    inner = next((name for name, one in value.items() if isinstance(one, dict)), None)
    if inner is not None:
        raise usage(f'{where}: the name of a section stands in quotes: ["{key}.{inner}"]')
    if key in BY_NAME:
        raise usage(f"{where}: {key} is an option and no section; a section is named after a host")
    try:
        split(key)
    except (HttpeekError, ValueError):
        raise usage(
            f'{where}: ["{show(key)}"] is no host: ["example.org"], ["*.example.org"] or ["example.org:8443"]'
        ) from None


def _setting(path: str, line: int, key: str, value: object, hosts: bool) -> Setting:
    where = f"{path}:{line}"
    option = BY_NAME.get(key)
    if option is None:
        near = nearest(key, [option.name for option in OPTIONS if option.config])
        raise usage(f"{where}: {show(key)} is no option{f'; did you mean {near}?' if near else ''}")
    if not option.config:
        raise usage(f"{where}: {key} belongs on the command line: it is no default for every request")
    if hosts and not {"", "talk"} & set(option.commands):
        raise usage(f"{where}: {key} has nothing to do with a host; it stands above the first section")
    try:
        return _typed(option, value, line)
    except HttpeekError as error:
        raise usage(f"{where}: {error.failure.sentence.removeprefix('--')}") from None


def _typed(option: Option, value: object, line: int) -> Setting:
    """A value of TOML as the option has it. Raises HttpeekError (USAGE)."""
    kind, name = option.kind, option.name
    if kind in (FLAG, NEGATABLE):
        if isinstance(value, bool):
            return Setting(name, value, line)
        raise usage(f"{name} is true or false")
    if kind == SET:
        if value is True:
            return Setting(option.sets[0], option.sets[1], line)
        raise usage(f"{name} is true, or it is left out")
    if kind == COUNT:
        if isinstance(value, int) and value >= 0:
            return Setting(name, int(value), line)
        raise usage(f"{name} is true, or how often it counts")
    if kind in (REPEATED, MARKED):
        return Setting(name, tuple(_each(option, value)), line)
    if isinstance(value, bool) and set(option.choices) == set(_YES.values()):
        return Setting(name, _YES[value], line)
    return Setting(name, convert(option, name, _text(option, value)), line)


def _each(option: Option, value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if option.kind == MARKED:
            yield marked(option, option.name, None if one is True else _text(option, one))
        else:
            yield str(convert(option, option.name, _text(option, one)))


def _text(option: Option, value: object) -> str:
    """The value as it would be typed. Raises HttpeekError (USAGE) for a kind of value that the option has not."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and option.kind in (NUMBER, SECONDS, SIZE):
        return f"{value:g}" if isinstance(value, float) else str(value)
    kind = "a number" if option.kind == NUMBER else "a text in quotes"
    raise usage(f"{option.name} takes {kind}: {option.metavar or ', '.join(option.choices)}")


def _commands(name: str) -> set[str]:
    """The commands for which a name means something, also one that only SET options give."""
    option = BY_NAME.get(name)
    if option is not None:
        return set(option.commands)
    return {command for option in OPTIONS if option.sets[0] == name for command in option.commands}


def _lines(text: str) -> dict[tuple[str, str], int]:
    """The line, from 1, on which each key begins: (key, "") at the top and for a section, (section, key) in one.

    tomllib does not tell, so the file is read line by line more: what is new once it reads again began behind where it
    did last. Config files are short.
    """
    found: dict[tuple[str, str], int] = {}
    lines = text.splitlines(keepends=True)
    begun = 0
    for end in range(1, len(lines) + 1):
        try:
            made = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        while begun < end - 1 and lines[begun].strip()[:1] in ("", "#"):
            begun += 1
        for key, value in made.items():
            found.setdefault((key, ""), begun + 1)
            for name in value if isinstance(value, dict) else ():
                found.setdefault((key, name), begun + 1)
        begun = end
    return found
