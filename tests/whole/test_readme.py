"""The documents are true: their commands are run, and what they show is what comes.

A `console` block holds commands after `$ ` and what a terminal of 80 columns shows for them, without colour. What
varies (ports, times, dates, versions, identifiers) is compared after it was replaced. Write blocks anew with

    HTTPEEK_GOLDEN=write python -m pytest tests/whole/test_readme.py -q -k shows

and read the difference in review.
"""

from __future__ import annotations

import contextlib
import doctest
import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from httpeek.model.codes import EXIT_CODES
from tests.conftest import find_tool
from tests.support import LIMIT, Peer, environment, hold, read_head

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "docs/views.md", "docs/records.md", "docs/config.md", "docs/timing.md")
WRITE = os.environ.get("HTTPEEK_GOLDEN") == "write"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_BARS = {
    "name": "####",
    "connect": "    ##",
    "send": "      ##",
    "wait": "        ####################################",
    "first byte": "                                            |",
    "content": "                                            #############",
}
"""A waterfall as one would like to have it."""


def _bar(found: re.Match[str]) -> str:
    return f"{found[1]:10}     0.1 ms  {_BARS[found[1]]}"


_VARIES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (rf"(?m)^({'|'.join(_BARS)}) +\d+\.\d ms  [ #|]+\r?$", _bar),
    (r"\x1b\[[0-9;]*m", ""),
    (r"\* connect \[::1\]:\d+ .*\n", ""),
    (r"\* name localhost = .*", "* name localhost = 127.0.0.1 (0.1 ms)"),
    (r"\[::1\]:\d+", "127.0.0.1:8080"),
    (r"127\.0\.0\.1:\d{4,5} > ", "127.0.0.1:49400 > "),
    (r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "Mon, 23 Nov 2026 17:00:00 GMT"),
    (r"(?m)^(last|-\d)(\s+)\d\d:\d\d:\d\d", r"\1\g<2>17:00:00"),
    (r"\d+\.\d+ ms", "0.1 ms"),
    (r"(?m)^((?:last|-\d).*\S) +0\.1 ms$", r"\1  0.1 ms"),
    (r"(?m)^(@ .*\S) +time$", r"\1    time"),
    (r"(name|connect|TLS|first byte|total) \d+\.\d(?=,| ms)", r"\1 0.1"),
    (r"(httpeek[/ ])\d[\w.]*", r"\g<1>0.1.0"),
    (r"fd \d+", "fd 5"),
    (r"#[0-9a-f]{6}>", "#1f3a9c>"),
    (r"Elapsed time: [\d.]+s", "Elapsed time: 0.001s"),
)  # fmt: skip


def steady(text: str) -> str:
    """The text with what varies replaced, and without spaces at the end of lines."""
    for pattern, fixed in _VARIES:
        text = re.sub(pattern, fixed, text)
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a companion that `httpeek serve` started. It has four digits, as 8080 has: columns depend on it."""
    first = 2000 + os.getpid() % 4000  # other workers look for one at the same time
    for number in range(first, 9999, 13):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", number))
            break
    process = subprocess.Popen(
        [sys.executable, "-m", "httpeek", "serve", "--bind", f"127.0.0.1:{number}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(tmp_path_factory.mktemp("serve")),
    )
    assert process.stderr is not None
    said = process.stderr.readline().decode()
    found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
    assert found is not None, said
    yield found.group(1)
    process.terminate()
    process.wait(LIMIT)
    process.stderr.close()


def session(script: str, home: Path) -> str:
    """What one terminal shows while a shell runs a script on it."""
    programs = home / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "httpeek"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m httpeek "$@"\n')
    program.chmod(0o755)
    variables = environment(home, {"COLUMNS": "80", "NO_COLOR": "1"})
    variables["PATH"] = f"{programs}:{variables['PATH']}"
    pid, master = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.chdir(home)
        os.execve("/bin/sh", ["sh", "-c", script], variables)
    octets = b""
    while True:
        ready, _, _ = select.select([master], [], [], LIMIT)
        try:
            piece = os.read(master, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            break
        octets += piece
    os.close(master)
    os.waitpid(pid, 0)
    return octets.decode().replace("\r\n", "\n")


def run(block: str, port: str, broken: str, home: Path) -> str:
    """The block as it comes out now: its commands, each with what it shows."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    here = [re.sub(r":8080\b", f":{port}", re.sub(r":8081\b", f":{broken}", command)) for command in commands]
    shown = session("; printf '\\036'; ".join([*here, "true"]), home).split("\x1e")
    shown = [text.replace(str(home), "/home/me") for text in shown]
    shown = [re.sub(rf":{port}\b", ":8080", re.sub(rf":{broken}\b", ":8081", text)) for text in shown]
    return "".join(f"$ {command}\n{text}" for command, text in zip(commands, shown, strict=False))


def broken_reply(document: str) -> bytes:
    """The octets that the document's own `printf` gives."""
    found = re.search(r"^printf '(.*)' \| nc -l 8081$", document, re.MULTILINE)
    return found.group(1).encode().decode("unicode_escape").encode() if found else b""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_shows_is_what_comes(name: str, port: str, tmp_path: Path) -> None:
    path = ROOT / name
    document = path.read_text()
    made = document
    reply = broken_reply(document)
    with Peer(*[(read_head, reply, hold)] * 9) as peer:
        for block in _BLOCK.findall(document):
            if block.startswith("$ http ") and not (WRITE and shutil.which("http")):
                continue  # it has a test of its own
            if "| jq" in block:
                find_tool("jq")
            now = run(block, port, str(peer.port), tmp_path)
            if WRITE:
                made = made.replace(f"```console\n{block}```", f"```console\n{steady(now)}\n```", 1)
            else:
                assert steady(now) == steady(block)
    if WRITE:
        path.write_text(made)


def test_what_httpie_shows(port: str, tmp_path: Path) -> None:
    """HTTPie's own words, from a real HTTPie."""
    find_tool("http")
    assert run("$ http :8080/early-hints >got 2>&1; echo $?", port, "8081", tmp_path).endswith("\n0\n")
    (block,) = (b for b in _BLOCK.findall((ROOT / "README.md").read_text()) if b.startswith("$ http "))
    assert steady(run(block, port, "8081", tmp_path)) == steady(block)


def test_the_python_of_the_readme(port: str) -> None:
    text = "\n".join(re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE))
    examples = doctest.DocTestParser().get_doctest(text.replace(":8080", f":{port}"), {}, "README", None, None)
    assert len(examples.examples) >= 3
    said: list[str] = []
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=said.append).failed == 0, "".join(said)


def test_the_exit_codes_of_the_readme_are_those_of_the_table() -> None:
    table = {row.code: row.meaning for row in EXIT_CODES}
    text = " ".join((ROOT / "README.md").read_text().split())
    rows = re.findall(r"`(\d+)` ([^;`]+?)[;.] ", text[text.index("## Exit codes") :])
    assert len(rows) >= 8
    assert [(int(code), meaning) for code, meaning in rows] == [(int(code), table[int(code)]) for code, _ in rows]


def test_links_lead_somewhere() -> None:
    for name in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
            assert (ROOT / name).parent.joinpath(link).exists(), f"{name}: {link}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 170


def command(name: str) -> str:
    """A command of the README, word for word."""
    found = re.search(rf"<!-- command: {name} -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found is not None
    assert found.group(1).count("\n") == 1
    return found.group(1).strip()


def in_a_fresh_clone(line: str, directory: Path, extra: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a command in a clone of what is committed, as somebody would who has nothing but Python."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    git = find_tool("git")
    subprocess.run(
        [git, "-c", f"safe.directory={ROOT}", "clone", "--quiet", "--no-hardlinks", str(ROOT), "clone"],
        cwd=directory,
        check=True,
    )
    dropped = ("CI", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "HTTPEEK_GOLDEN", "NO_COLOR")
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("PYTEST", "COV"))}
    kept["PATH"] = f"{Path(sys.base_prefix) / 'bin'}:{kept.get('PATH', '')}"
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=directory / "clone",
        env={**kept, "XDG_STATE_HOME": str(directory / "state"), **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_first_command_installs_and_shows_an_exchange(tmp_path: Path) -> None:
    done = in_a_fresh_clone(command("run"), tmp_path, {})
    assert done.returncode == 0, done.stderr
    assert '"url": "http://127.0.0.1:' in done.stdout
    assert 'no host in "/get": the built-in companion answers' in done.stderr


def test_the_second_command_installs_and_runs_tests(tmp_path: Path) -> None:
    # One small folder stands for all of them: this test is among them.
    done = in_a_fresh_clone(command("test"), tmp_path, {"PYTEST_ADDOPTS": "tests/model"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)
