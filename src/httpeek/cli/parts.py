"""Several requests on one command line, parted by `--next`; loaded only where there are some.

Rules:
- Each part is read as a command line of its own: what is typed in one means nothing to the others.
- What belongs to the whole run (`Option.whole`: how it is shown and kept) may stand in any part and holds for all of
  them. Two parts that say different things contradict each other, and nothing is sent.
- `-o` stands once for the whole run, and all content goes there in order, or once in each part.
"""

from __future__ import annotations

from httpeek.cli.options import BY_NAME, OPTIONS, SET
from httpeek.cli.parse import NEXT, parse_one, show
from httpeek.model.codes import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.options import Value
    from httpeek.cli.parse import Typed

OUTPUT = "output"
_WHOLE = frozenset(
    name for option in OPTIONS if option.whole for name in (option.name, option.sets[0] if option.kind == SET else "")
)


def parse_parts(words: Sequence[str]) -> Typed:
    """The first request, with the others in `further`. Raises HttpeekError (USAGE) for a part that is none, and for
    parts that contradict each other."""
    parts = [_part(part, number) for number, part in enumerate(_split(words), 1)]
    for part in parts:
        if "help" in part.options or "version" in part.options:
            return part
    for part in parts:
        if part.command:
            raise usage(f"{NEXT} stands between requests; httpeek {part.command} is a command of its own")
    whole = _whole(parts)
    undone = frozenset().union(*(part.undone for part in parts))
    parts = [part._replace(options={**part.options, **whole}, undone=undone) for part in parts]
    return parts[0]._replace(further=tuple(parts[1:]))


def _split(words: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == NEXT:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _part(words: Sequence[str], number: int) -> Typed:
    if not words:
        raise usage(f"request {number} is empty: {NEXT} stands between two requests")
    return parse_one(words)


def _whole(parts: Sequence[Typed]) -> dict[str, Value]:
    """What holds for the whole run, from whichever part says it."""
    whole: dict[str, Value] = {}
    for part in parts:
        for name, value in part.options.items():
            if name not in _WHOLE or name == OUTPUT:
                continue
            if name in whole and whole[name] != value:
                said, other = _words(name, whole[name]), _words(name, value)
                raise usage(f"{said} and {other} contradict each other: the whole run has one of them")
            whole[name] = value
    files = [part.options[OUTPUT] for part in parts if OUTPUT in part.options]
    if len(files) == 1:
        whole[OUTPUT] = files[0]
    elif files and len(files) < len(parts):
        raise usage(
            f"-o is there for {len(files)} of {len(parts)} requests: once for the whole run, or once for each of them"
        )
    return whole


def _words(name: str, value: Value) -> str:
    """An option as it would be typed."""
    row = BY_NAME.get(name)
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    if isinstance(value, int) and row is not None and row.short:
        return f"-{row.short * value}"
    return f"--{name}={show(str(value))}"
