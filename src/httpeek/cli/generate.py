"""Writes what is made from the tables: completions, man page, and the tables of the documentation.

`python -m httpeek.cli.generate` writes the files below the current directory, the project's; `--check` writes nothing
and fails with the names of those that are stale. A file that is listed in `FILES` is written by nobody else.
"""

from __future__ import annotations

import os
import sys

from httpeek.cli import companion_docs, completions, manual
from httpeek.cli.commands.faults import explained
from httpeek.cli.commands.violations import client
from httpeek.cli.help import default_text, spelling
from httpeek.cli.options import CHOICE, COMMANDS, GROUPS, OPTIONS
from httpeek.cli.prose import ABOUT_COMMANDS, PROSE
from httpeek.model.codes import EXIT_CODES
from httpeek.model.violations import RULES
from httpeek.server.faults.catalogue import FAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.cli.options import Option

_MADE = "<!-- Made from the tables of httpeek by `python -m httpeek.cli.generate`; changes belong there. -->"


def options_page() -> str:
    """docs/options.md: every option, by group, with the commands that take it."""
    lines = ["# Options", "", _MADE, ""]
    lines += ["| command | what it does |", "|---|---|"]
    for command in COMMANDS:
        usage = f"{command.label} [OPTIONS] {command.arguments}".rstrip()
        lines.append(f"| {_code(usage)} | {_cell(ABOUT_COMMANDS[command.name].help)} |")
    lines += ["", "An option means the same in every command that takes it."]
    for group in GROUPS:
        lines += ["", f"## {group}", "", "| option | what it does | default | for |", "|---|---|---|---|"]
        lines += [_row(option) for option in OPTIONS if option.group == group]
    return "\n".join(lines) + "\n"


def codes_page() -> str:
    """docs/exit-codes.md: every exit code, beside curl's for the same case."""
    lines = ["# Exit codes", "", _MADE, ""]
    lines += ["What fails on the wire has curl's number for that kind of failure.", ""]
    lines += ["| code | meaning | curl |", "|---:|---|---|"]
    lines += [f"| {row.code} | {_cell(row.meaning)} | {_cell(row.curl)} |" for row in EXIT_CODES]
    return "\n".join(lines) + "\n"


def violations_page() -> str:
    """docs/violations.md: the violation catalogue."""
    lines = ["# Violations", "", _MADE, ""]
    lines += [
        "Every rule of RFC 9110 and RFC 9112 whose breach httpeek names. As a client it notes one, or fails with the",
        "exit code given where there is no safe reading (`--strict` makes each fatal). As a server it answers with",
        'the status given, or accepts the message ("-").',
        "",
        "| id | rule | what is wrong | client | server |",
        "|---|---|---|---|---|",
    ]
    for rule in RULES:
        link = f"[{rule.source}](https://www.rfc-editor.org/rfc/rfc{rule.rfc}#section-{rule.section})"
        lines.append(f"| `{rule.id}` | {link} | {_cell(rule.sentence)} | {client(rule)} | {rule.server or '-'} |")
    return "\n".join(lines) + "\n"


_SHOWN = next(row for row in FAULTS if row.name == "chunk-cut")


def faults_page() -> str:
    """docs/faults.md: the fault catalogue."""
    lines = [
        *("# Faults", "", _MADE, ""),
        "Named ways in which the companion misbehaves on purpose. `GET /fault/NAME` answers with one;",
        "`httpeek serve APP --fault NAME` gives it to any application, `--fault-rate 0.1 --seed 7` to a tenth of the",
        "requests, the same ones every time; `httpeek faults NAME` shows its octets. Those of the group tls are in the",
        "handshake: https://NAME.localhost:8080/ has one, `serve --tls --fault NAME` gives it to every connection, and",
        "`httpeek -F /fault/NAME` follows a redirect to where it waits. The last column says what a",
        "correct client does; a test holds httpeek to each row.",
        "",
        "```console",
        f"$ httpeek faults {_SHOWN.name}",
        *explained(_SHOWN).splitlines(),
        f"$ httpeek -b /fault/{_SHOWN.name}",
        f'note: no host in "/fault/{_SHOWN.name}": the built-in companion answers (127.0.0.1:41873)',
        "he",
        "httpeek: (18) body cut short: 2 bytes, then the peer closed inside a chunk, 3 bytes before its end",
        "```",
        "",
        "| fault | group | what is wrong on the wire | rule | a correct client |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| `{f.name}` | {f.group} | {_cell(f.wrong)} | {f.source or '-'} | {f.client} |" for f in FAULTS]
    return "\n".join(lines) + "\n"


def companion_page() -> str:
    """docs/companion.md: the pages of the companion app."""
    return companion_docs.page(_MADE)


FILES: dict[str, Callable[[], str]] = {
    "completions/httpeek.bash": completions.bash,
    "completions/_httpeek": completions.zsh,
    "completions/httpeek.fish": completions.fish,
    "man/httpeek.1": manual.page,
    "docs/options.md": options_page,
    "docs/exit-codes.md": codes_page,
    "docs/violations.md": violations_page,
    "docs/companion.md": companion_page,
    "docs/faults.md": faults_page,
}
"""Every file that is made, by its path in the project, with what makes it."""


def stale(root: str) -> list[str]:
    """The files below `root` that are not what the tables say, or missing."""
    found = []
    for path, make in FILES.items():
        try:
            with open(os.path.join(root, path), encoding="utf-8", newline="") as file:
                written = file.read()
        except FileNotFoundError:
            written = None
        if written != make():
            found.append(path)
    return found


def write(root: str) -> list[str]:
    """Writes the stale files below `root` and returns their paths."""
    written = stale(root)
    for path in written:
        target = os.path.join(root, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", newline="") as file:
            file.write(FILES[path]())
    return written


def main(words: Sequence[str]) -> int:
    """`--check` looks, no word writes; returns the exit code."""
    if words not in ([], ["--check"]):
        sys.stderr.write("usage: python -m httpeek.cli.generate [--check]\n")
        return 2
    if words:
        found = stale(".")
        sys.stderr.write("".join(f"stale: {path}; python -m httpeek.cli.generate makes it new\n" for path in found))
        return 1 if found else 0
    sys.stdout.write("".join(f"wrote {path}\n" for path in write(".")))
    return 0


def _row(option: Option) -> str:
    said = PROSE[option.name].help
    if option.kind == CHOICE:
        said += f": {', '.join(option.choices)}"
    default = default_text(option)
    commands = ", ".join(name or "request" for name in option.commands)
    everywhere = len(option.commands) == len(COMMANDS)
    shown = _code(default) if default else ""
    return f"| {_code(spelling(option).strip())} | {_cell(said)} | {shown} | {'all' if everywhere else commands} |"


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    """A text inside a table's cell, where a bar would end it."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
