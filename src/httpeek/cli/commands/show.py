"""`httpeek show`: exchanges already made, in any view, with nothing sent; and the list of what was recorded."""

from __future__ import annotations

import os
import time

from httpeek.api import replay
from httpeek.cli.looks import look
from httpeek.cli.say import say
from httpeek.model.codes import DONE, usage
from httpeek.record.store import clear, entries, find, load, load_file
from httpeek.render.terminal import pad, visible_line, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.events import Event
    from httpeek.record.store import Entry

_DAY = 86_400
_ASKS_FOR_ONE = ("as", "print", "pretty", "output", "timing", "write-out")
"""Options that ask for a view of a record, and not for the list. A config file says how, and does not ask."""
_NONE = {
    False: "no records of this terminal; httpeek show --all lists those of all\n",
    True: "no records: a request makes one\n",
}


def run(typed: Typed, environment: Environment) -> int:
    """Shows a record, lists them, or deletes them. Raises HttpeekError (USAGE) for a record that there is not."""
    if typed.flag("clear"):
        if typed.arguments:
            raise usage("show --clear deletes all records of this terminal (with --all: of all); it takes no record")
        count = clear(environment.variables, typed.flag("all"))
        say(f"{count} record{'' if count == 1 else 's'} deleted\n")
        return DONE
    if not typed.arguments and not any(name in typed.options for name in _ASKS_FOR_ONE):
        found = entries(environment.variables, typed.flag("all"))
        say(_table(found) if found else _NONE[typed.flag("all")])
        return DONE
    events = _events(typed.arguments[0] if typed.arguments else "@last", environment)
    shown = look(typed, environment)
    try:
        failure = replay(events, shown.sinks)
    finally:
        shown.close()
    return failure.code if failure is not None else DONE


def _events(reference: str, environment: Environment) -> list[Event]:
    """The run that a reference means: @last, @-2, a record's id, or a file (a record, HAR or httpeek's JSON)."""
    if reference.startswith("@") or not os.path.isfile(reference):
        looks_like_file = "/" in reference or reference.endswith((".har", ".json", ".record"))
        if looks_like_file:
            raise usage(f"{reference}: {'a directory' if os.path.isdir(reference) else 'no such file'}")
        return load(find(environment.variables, reference))
    with open(reference, "rb") as file:
        beginning = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith(b'{"httpeek":'):
        return load_file(reference)
    from httpeek.record.imports import from_text

    with open(reference, encoding="utf-8-sig", errors="surrogateescape") as text:
        return from_text(text.read(), reference)


def _table(found: Sequence[Entry]) -> str:
    """The list: one line a record, columns padded by display width and never cut."""
    rows = [("@", "when", "method", "url", "status", "bytes", "time")]
    for number, entry in enumerate(found, 1):
        summary = entry.summary
        status = summary.get("status") or (f"({summary['error']})" if summary.get("error") else "-")
        rows.append(
            (
                "last" if number == 1 else f"-{number}",
                _when(int(summary["wall"]) // 1_000_000_000),
                visible_line(str(summary["method"])),
                visible_line(_readable(str(summary["url"]))),
                str(status),
                str(summary.get("bytes", 0)),
                _duration(int(summary.get("micros", 0))),
            )
        )
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = (4, 5, 6)
    lines = []
    for row in rows:
        cells = []
        for column, cell in enumerate(row):
            cells.append(pad("", widths[column] - width(cell)) + cell if column in right else pad(cell, widths[column]))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _readable(url: str) -> str:
    """A URL with its host and path in the user's own characters, where they can be had back."""
    from httpeek.model.target import unquote

    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if "xn--" in host:
        import idna

        try:
            host = idna.decode(host.partition(":")[0]) + (":" + host.partition(":")[2] if ":" in host else "")
        except idna.IDNAError:
            pass
    text = unquote(path)
    if not text.isprintable() or any(c in text for c in " ?#%"):
        text = path
    return f"{scheme}{mark}{host}{slash}{text}"


def _when(moment: int) -> str:
    """The time of day, with the date when it was not within the last day."""
    local = time.localtime(moment)
    return time.strftime("%H:%M:%S" if time.time() - moment < _DAY else "%Y-%m-%d %H:%M", local)


def _duration(micros: int) -> str:
    return f"{micros / 1000:.1f} ms" if micros < 10_000_000 else f"{micros / 1_000_000:.1f} s"
