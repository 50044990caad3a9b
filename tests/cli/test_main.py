"""The program: exit codes, one line for an error, and what is imported for what."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType

import pytest

from httpeek import __version__
from httpeek.cli.main import run
from httpeek.cli.parse import Typed
from httpeek.model.codes import Failure, HttpeekError

ENVIRON = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "HTTPEEK"))}


def program(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "httpeek", *words],
        env={**ENVIRON, **variables},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for the module that runs requests."""
    module = ModuleType("httpeek.cli.commands.request")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert run(["serve", "--version"]) == 0
    assert capsys.readouterr().out == f"httpeek {__version__}\n" * 2


def test_the_program_is_the_function() -> None:
    result = program("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"httpeek {__version__}\n", "")


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["--help", "talk"], ["-v", "show", "--help"]])
def test_help_goes_to_stdout(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "Usage:\n  httpeek" in captured.out
    assert "--help                    show this help" in captured.out


def test_a_usage_error_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-k", "https://localhost/"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "httpeek: (2) -k is curl's; here --verify=no\n")


def test_a_command_gets_what_was_typed_and_the_environment(command: ModuleType) -> None:
    seen: list[object] = []

    def body(typed: Typed, environment: object) -> int:
        seen.extend([typed, environment])
        return 4

    command.run = body  # type: ignore[attr-defined]  # a module made on the spot
    assert run(["get", ":80", "a:b"], {"CI": "true"}) == 4
    typed, environment = seen
    assert typed == Typed("", {}, "GET", ":80", ("a:b",))
    assert getattr(environment, "ci", None) is True


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (HttpeekError(Failure(7, "connect", "x:80 refused")), 7, "httpeek: (7) x:80 refused\n"),
        (
            HttpeekError(Failure(2, "usage", "a b:c is wrong", " ^")),
            2,
            "httpeek: (2) a b:c is wrong\n              ^\n",
        ),
        (HttpeekError(Failure(141, "write", "closed")), 141, ""),
        (
            HttpeekError(Failure(8, "protocol", "sent \x1b]0;x\x07\nmore")),
            8,
            "httpeek: (8) sent \\x1b]0;x\\x07\\x0amore\n",
        ),
        (KeyboardInterrupt(), 130, "httpeek: (130) interrupted\n"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_an_error_becomes_a_line_and_a_code(
    command: ModuleType, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, lines: str
) -> None:
    def body(typed: Typed, environment: object) -> int:
        raise error

    command.run = body  # type: ignore[attr-defined]  # a module made on the spot
    assert run([":80"], {}) == code
    assert capsys.readouterr().err == lines


def test_a_bug_is_called_a_bug_and_has_no_traceback(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    def body(typed: Typed, environment: object) -> int:
        raise ZeroDivisionError("by \x1b zero")

    command.run = body  # type: ignore[attr-defined]  # a module made on the spot
    assert run([":80"], {}) == 1
    line = capsys.readouterr().err
    assert line.startswith(
        "httpeek: (1) a bug in httpeek: ZeroDivisionError: by \\x1b zero in body, test_main.py line "
    )
    assert line.endswith("; HTTPEEK_DEBUG=1 shows where\n")
    assert run([":80"], {"HTTPEEK_DEBUG": "1"}) == 1
    debugged = capsys.readouterr().err
    assert debugged.startswith("Traceback (most recent call last):\n")
    assert "shows where" not in debugged.splitlines()[-1]


def test_a_closed_stdout_ends_quietly_with_141() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-m", "httpeek", "--help"], stdout=writer, stderr=subprocess.PIPE, env=ENVIRON, check=False
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_full_stdout_is_exit_23() -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "httpeek", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=ENVIRON,
            check=False,
        )
    assert result.returncode == 23
    assert result.stderr == b"httpeek: (23) standard output: No space left on device\n"


def test_no_stdout_at_all_is_exit_23() -> None:
    script = f'"{sys.executable}" -m httpeek --version >&-'
    result = subprocess.run(["/bin/sh", "-c", script], capture_output=True, env=ENVIRON, check=False)
    assert (result.returncode, result.stderr) == (23, b"httpeek: (23) standard output is closed\n")


def test_no_stderr_at_all_keeps_the_code() -> None:
    script = f'"{sys.executable}" -m httpeek -k 2>&-'
    result = subprocess.run(["/bin/sh", "-c", script], capture_output=True, env=ENVIRON, check=False)
    assert (result.returncode, result.stdout) == (2, b"")


def test_an_error_keeps_to_the_charset_of_the_terminal() -> None:
    result = program("GET", "名", "值", LC_ALL="C.UTF-8", PYTHONIOENCODING="ascii:strict")
    assert result.returncode == 2
    assert result.stderr.startswith("httpeek: (2) \\u503c is no item")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"TERM": "xterm"}, b"\x1b[1;31mhttpeek:\x1b[0m (2) a b:c has"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, b"httpeek: (2) a b:c has"),
        ({"TERM": "dumb"}, b"httpeek: (2) a b:c has"),
    ],
)
def test_an_error_is_red_on_a_terminal(variables: dict[str, str], expected: bytes) -> None:
    import pty

    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], **variables}
    words = [sys.executable, "-m", "httpeek", ":1", "a b:c"]
    subprocess.run(words, stdin=subprocess.DEVNULL, stderr=theirs, env=environ, check=False)
    os.close(theirs)
    seen = os.read(ours, 4096)
    os.close(ours)
    assert seen.startswith(expected)


def imported(*words: str) -> set[str]:
    """The modules that a command line imports beside those of `python -c pass`."""
    script = (
        "import sys; before = set(sys.modules); from httpeek.cli.main import run; run(sys.argv[1:]); "
        "sys.stderr.write('\\n' + ' '.join(set(sys.modules) - before))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *words], env=ENVIRON, capture_output=True, text=True, check=False
    )
    return set(result.stderr.splitlines()[-1].split())


def test_the_version_imports_almost_nothing() -> None:
    ours = {name for name in imported("--version") if name.startswith("httpeek")}
    assert ours <= {
        "httpeek",
        "httpeek.cli",
        "httpeek.cli.main",
        "httpeek.cli.say",
        "httpeek.model",
        "httpeek.model.codes",
        "httpeek.model.nouns",
    }


SLOW = {
    *("typing", "re", "enum", "dataclasses", "json", "pathlib", "argparse", "logging", "inspect", "hashlib", "email"),
    *("urllib", "tempfile", "concurrent", "threading", "ssl", "pygments", "rich", "typer", "click", "textwrap"),
    *("importlib.metadata", "asyncio", "subprocess", "shutil", "http.client"),
}


def test_parsing_imports_nothing_slow() -> None:
    # A refusal goes through the parser, the table, the habits and the edit distance.
    found = imported("-vF", "--timeout=30s", "--max-head=1M", "GET", ":80", "a:b", "--folow")
    assert "httpeek.cli.habits" in found
    assert not found & SLOW


def test_a_request_reads_neither_prose_nor_habits() -> None:
    script = (
        "import sys; from httpeek.cli.parse import parse; from httpeek.cli.items import read; "
        "from httpeek.cli import environment; import os; environment.read(os.environ); "
        "typed = parse(sys.argv[1:]); read(typed.items); print(*sys.modules)"
    )
    words = ["-vFphb", "--timeout", "5", "--raw", "post", ":8080/", "a:b", "c==d", "--no-unescape"]
    result = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True, env=ENVIRON
    )
    found = set(result.stdout.split())
    assert "httpeek.cli.parse" in found
    assert not found & {"httpeek.cli.prose", "httpeek.cli.habits", "httpeek.cli.help", "httpeek.cli.app"}
    assert not found & SLOW


# The commands that print tables


def test_violations_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    from httpeek.model.violations import RULES

    assert run(["violations"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [rule.id for rule in RULES]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("bare-lf", "a note, the exit code unchanged; fatal with --strict"),
        ("chunk-size", "fatal, exit 56 ("),
        ("chunk-size", "https://www.rfc-editor.org/rfc/rfc9112#section-7.1\n"),
    ],
)
def test_one_violation_is_explained(identifier: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["violations", identifier]) == 0
    assert expected in capsys.readouterr().out


def test_an_unknown_violation_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["violations", "bare-fl"]) == 2
    assert capsys.readouterr().err == "httpeek: (2) there is no violation bare-fl; did you mean bare-lf?\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    from httpeek.cli.completions import SCRIPTS

    assert run(["completion", shell]) == 0
    assert capsys.readouterr().out == SCRIPTS[shell]()
