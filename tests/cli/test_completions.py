"""Completion in the real shells: a line, a TAB, and what the program then gets.

bash and zsh are driven through a pseudo-terminal as a person does; fish tells its completions by itself.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from httpeek.cli.completions import SCRIPTS
from httpeek.cli.options import COMMANDS, OPTIONS

PATIENCE = 30.0
"""Seconds after which a shell that says nothing is taken for stuck; no test waits for it when all is well."""

LINES = [
    ("httpeek --fol", ["--follow"]),
    ("httpeek --no-un", ["--no-unescape"]),
    ("httpeek --as ve", ["--as", "verbose"]),
    ("httpeek --as=ve", ["--as=verbose"]),
    ("httpeek -vF --as js", ["-vF", "--as", "json"]),
    ("httpeek viol", ["violations"]),
    ("httpeek DEL", ["DELETE"]),
    ("httpeek PROPF", ["PROPFIND"]),
    ("httpeek -o serve --foll", ["-o", "serve", "--follow"]),
    ("httpeek violations bare-l", ["violations", "bare-lf"]),
    ("httpeek completion fi", ["completion", "fish"]),
    ("httpeek serve --bi", ["serve", "--bind"]),
    ("httpeek show --cl", ["show", "--clear"]),
    ("httpeek --verify n", ["--verify", "no"]),
    ("httpeek --http1", ["--http1.0"]),
    ("httpeek -o a-fi", ["-o", "a-file"]),
    ("httpeek show a-fi", ["show", "a-file"]),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a program `httpeek` that says what it got, a file, and the scripts."""
    program = tmp_path / "bin" / "httpeek"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "GOT"; printf "<%s>" "$@"; echo "END"\n')
    program.chmod(0o755)
    (tmp_path / "a-file").touch()
    for shell, name in (("bash", "httpeek.bash"), ("zsh", "_httpeek"), ("fish", "httpeek.fish")):
        (tmp_path / name).write_text(SCRIPTS[shell]())
    return tmp_path


class Terminal:
    """A shell on a pseudo-terminal."""

    def __init__(self, words: list[str], place: Path) -> None:
        self._seen = b""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(place)
            path = f"{place / 'bin'}:{os.environ['PATH']}"
            os.execve(words[0], words, {"HOME": str(place), "PATH": path, "TERM": "dumb", "PS1": "$ "})

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def until(self, mark: bytes) -> bytes:
        """What the shell wrote before `mark`."""
        while mark not in self._seen:
            ready, _, _ = select.select([self._fd], [], [], PATIENCE)
            assert ready, self._seen
            self._seen += os.read(self._fd, 65536)
        before, _, self._seen = self._seen.partition(mark)
        return before

    def close(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._fd)


def pressed(words: list[str], setup: str, line: str, place: Path) -> list[str]:
    """The words that the program gets when TAB and RETURN are pressed behind `line`."""
    terminal = Terminal(words, place)
    try:
        # The quotes keep the echo of the line from being taken for its output.
        terminal.type(f"{setup}; echo REA''DY\n")
        terminal.until(b"READY")
        terminal.type(f"{line}\t\n")
        terminal.until(b"GOT<")
        return terminal.until(b">END").decode().split("><")
    finally:
        terminal.close()


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_bash(require_tool: Callable[[str], str], place: Path, line: str, expected: list[str]) -> None:
    shell = [require_tool("bash"), "--norc", "--noprofile", "-i"]
    assert pressed(shell, "source ./httpeek.bash", line, place) == expected


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_zsh(require_tool: Callable[[str], str], place: Path, line: str, expected: list[str]) -> None:
    shell = [require_tool("zsh"), "-f", "-i"]
    setup = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D"
    assert pressed(shell, setup, line, place) == expected


def fish_words(fish: str, place: Path, line: str) -> list[str]:
    result = subprocess.run(
        [fish, "--no-config", "-c", 'source httpeek.fish; complete -C "$argv[1]"', line],
        cwd=place,
        env={"HOME": str(place), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    return [offered.split("\t")[0] for offered in result.stdout.splitlines()]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_fish(require_tool: Callable[[str], str], place: Path, line: str, expected: list[str]) -> None:
    assert fish_words(require_tool("fish"), place, line) == expected[-1:]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.module)
def test_fish_offers_every_option_of_a_command_and_no_other(
    require_tool: Callable[[str], str], place: Path, command: object
) -> None:
    name = str(getattr(command, "name", ""))
    offered = fish_words(require_tool("fish"), place, f"httpeek {name} --")
    expected = [f"--{option.name}" for option in OPTIONS if name in option.commands]
    assert sorted(word for word in offered if not word.startswith("--no-")) == sorted(expected)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.module)
def test_bash_offers_every_option_of_a_command_and_no_other(
    require_tool: Callable[[str], str], place: Path, command: object
) -> None:
    name = str(getattr(command, "name", ""))
    words = f"httpeek {name} --".split()
    script = 'source ./httpeek.bash; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _httpeek; echo "${COMPREPLY[@]}"'
    result = subprocess.run(
        [require_tool("bash"), "-c", script, "bash", *words], cwd=place, capture_output=True, text=True, check=True
    )
    expected = [f"--{option.name}" for option in OPTIONS if name in option.commands]
    offered = result.stdout.split()
    assert sorted(word for word in offered if not word.startswith("--no-")) == sorted(expected)


def test_the_shells_find_no_fault_in_the_scripts(require_tool: Callable[[str], str], place: Path) -> None:
    for shell, name in (("bash", "httpeek.bash"), ("zsh", "_httpeek"), ("fish", "httpeek.fish")):
        result = subprocess.run([require_tool(shell), "-n", str(place / name)], capture_output=True, check=False)
        assert (result.returncode, result.stdout + result.stderr) == (0, b""), shell
