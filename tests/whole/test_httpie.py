"""The real HTTPie beside httpeek: a table of command lines (`tests/whole/httpie.txt`), each run with both against a
peer that keeps what it got. They send the same request, or differ as docs/from-httpie.md says; and what `--as curl`
prints for the same line sends, run by the real curl, octet for octet what httpeek sends.

Each client runs all of its lines in one process: HTTPie alone takes a quarter of a second to start.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from httpeek.cli.habits import HABITS
from httpeek.cli.options import OPTIONS
from tests.support import LIMIT, environment

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests" / "whole" / "httpie.txt"
DIFFERENCES = ROOT / "docs" / "from-httpie.md"
OWN = {"user-agent", "accept-encoding", "connection"}
"""Fields that each client gives by itself and that are not compared."""

HTTPIE = """
import json, os, sys
from pathlib import Path
from httpie.context import Environment
from httpie.core import main
here = Path.cwd()
(here / "config").mkdir()
(here / "config" / "config.json").write_text('{"disable_update_warnings": true}')
def run(words, stdin):
    null = open(os.devnull, "w")
    env = Environment(config_dir=here / "config", stdin=open(pipe(stdin)) if stdin else None, stdin_isatty=False,
        stdout=null, stdout_isatty=False, stderr=null, stderr_isatty=False)
    main(args=["http", *("--raw" if word == "--data" else word for word in words)], env=env)
"""
HTTPEEK = """
import os, sys
from httpeek.cli.main import run as httpeek
def run(words, stdin):
    os.dup2(pipe(stdin) if stdin else os.open(os.devnull, os.O_RDONLY), 0)
    httpeek(["--record=off", *words])
"""
CURL = """
import os, subprocess, sys
from httpeek.cli.main import run as httpeek
def run(words, stdin):
    os.dup2(pipe(stdin) if stdin else os.open(os.devnull, os.O_RDONLY), 0)
    if not httpeek(["--offline", "--as=curl", "-qq", "-o", "command", *words]):
        command = open("command").read()
        subprocess.run(["sh", "-c", command.replace("curl ", "curl --silent --show-error ", 1)], check=True)
"""
LOOP = """
import json, socket, traceback
def pipe(text):
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    return read
def mark(port):
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"MARK / HTTP/1.1\\r\\n\\r\\n")
        sock.recv(100)
port = int(sys.argv[1])
for words, stdin in json.loads(open("lines.json").read()):
    mark(port)
    try:
        run(words, stdin)
    except SystemExit:
        pass
    except Exception:
        traceback.print_exc()
"""


class Line(NamedTuple):
    """One line of the table: its verdict, the row of the documentation for one that differs, words, and stdin."""

    verdict: str
    reason: str
    words: tuple[str, ...]
    stdin: str

    def __str__(self) -> str:
        return shlex.join(self.words)


class Request(NamedTuple):
    """A request as a peer got it, its chunks taken off."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def compared(self) -> Request:
        """Without what each client gives by itself, its fields in alphabetical order and its boundary called B."""
        kept = sorted((name.lower(), value) for name, value in self.fields if name.lower() not in OWN)
        found = re.search(r'boundary="?([^";]+)', dict(kept).get("content-type", ""))
        if found is None or len(found[1]) != 32:
            return Request(self.method, self.target, tuple(kept), self.body)
        body = self.body.replace(found[1].encode(), b"B" * 32)
        return Request(self.method, self.target, tuple((n, v.replace(found[1], "B" * 32)) for n, v in kept), body)


def table() -> list[Line]:
    """The lines of the table."""
    rows = TABLE.read_text().partition("standard input.\n")[2]
    found = []
    for row in re.split(r"\n(?=[=!x#\n])", rows):
        if not row.strip() or row.strip().startswith("#"):
            continue
        verdict, _, rest = row.strip().partition(" ")
        words = shlex.split(rest.replace("{{", "\x01").replace("}}", "\x02"))
        stdin = words.pop()[1:] if words[-1].startswith("<") else ""
        found.append(Line(verdict[0], verdict[1:], tuple(words), stdin))
    return found


class Recorder:
    """A peer that answers every request with 200 and keeps it under the last MARK before it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.kept: dict[int, list[Request]] = defaultdict(list)
        self._marks = -1
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LIMIT)

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                sock.settimeout(LIMIT)
                request = _read(sock)
                if request is None:
                    continue
                if request.method == "MARK":
                    self._marks += 1
                else:
                    self.kept[self._marks].append(request)
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _read(sock: socket.socket) -> Request | None:
    octets = bytearray()

    def more() -> None:
        piece = sock.recv(65536)
        if not piece:
            raise EOFError
        octets.extend(piece)

    try:
        while b"\r\n\r\n" not in octets:
            more()
        head, _, _ = bytes(octets).partition(b"\r\n\r\n")
        del octets[: len(head) + 4]
        first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        method, target, _ = first.split(" ")
        fields = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        known = {name.lower(): value for name, value in fields}
        body = b""
        if known.get("transfer-encoding") == "chunked":
            while True:
                while b"\r\n" not in octets:
                    if octets and not chr(octets[0]).isalnum():
                        return Request(method, target, fields, b"no chunks: " + octets)
                    more()
                size = int(bytes(octets).partition(b"\r\n")[0], 16)
                del octets[: octets.index(b"\r\n") + 2]
                while len(octets) < size + 2:
                    more()
                body += octets[:size]
                del octets[: size + 2]
                if not size:
                    break
        else:
            while len(octets) < int(known.get("content-length", 0)):
                more()
            body = bytes(octets)
    except (EOFError, OSError):
        return None
    return Request(method, target, fields, body)


HTTPIE_SESSION = {
    "__meta__": {"httpie": "3.2.4"},
    "auth": {"type": "basic", "raw_auth": "kept:p"},
    "cookies": [{"domain": "", "expires": None, "name": "c", "path": "/", "secure": False, "value": "1"}],
    "headers": [{"name": "X-Kept", "value": "1"}, {"name": "Accept", "value": "text/x"}],
}


def _session(url: str) -> dict[str, object]:
    """The same session as httpeek keeps it."""
    fields = [["X-Kept", "1"], ["Accept", "text/x"]]
    auth = {"type": "basic", "user": "kept", "secret": "p"}
    cookie = {"name": "c", "value": "1", "domain": "127.0.0.1"}
    return {"httpeek": "session/1", "origins": {url: {"fields": fields, "auth": auth}}, "cookies": [cookie]}


def _files(home: Path) -> None:
    home.mkdir()
    for name, content in {
        "a.txt": b"text of a file\n",
        "json.json": b'{"b": [1, 2.0], "c": "\xc3\xbc"}\n',
        "number.json": b"7\n",
        "noext": b"no extension",
        "bin.png": bytes(range(256)),
        "empty.txt": b"",
        "\u00fc.txt": b"name",
        'q"q.txt': b"quote",
        "x.tar.gz": b"\x1f\x8b",
        "who.txt": b"u:p\n",
        ".netrc": b"machine localhost login n password p\n",
        "big.txt": b"the same words again and again " * 20_000,
    }.items():
        (home / name).write_bytes(content)


def _sent(python: str, program: str, home: Path, lines: Sequence[Line]) -> list[list[Request]]:
    """What one client sends for each line."""
    _files(home)
    recorder = Recorder()
    url = f"http://127.0.0.1:{recorder.port}"
    (home / "kept.json").write_text(json.dumps(HTTPIE_SESSION if program is HTTPIE else _session(url)))

    def filled(word: str) -> str:
        word = word.replace("{}", url).replace("{port}", str(recorder.port))
        return word.replace("\x01", "{").replace("\x02", "}")

    given = []
    for line in lines:
        given.append(([filled(word) for word in line.words], line.stdin))
    (home / "lines.json").write_text(json.dumps(given))
    try:
        done = subprocess.run(
            [python, "-c", program + LOOP, str(recorder.port)],
            cwd=home,
            env=environment(
                home, {"PYTHONUTF8": "1", **({} if program is HTTPIE else {"PYTHONPATH": str(ROOT / "src")})}
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=4 * LIMIT,
            check=False,
        )
    finally:
        recorder.close()
    assert done.returncode == 0, done.stderr.decode()
    # HTTPie ends some lines with a traceback of its own: that is a refusal too.
    assert program is HTTPIE or b"Traceback" not in done.stderr, done.stderr.decode()
    # The port stands in Host, and so would differ between two recorders.
    return [[_at_no_port(request, recorder.port) for request in recorder.kept[n]] for n in range(len(lines))]


def _at_no_port(request: Request, port: int) -> Request:
    fields = tuple((name, value.replace(f":{port}", ":PORT")) for name, value in request.fields)
    return request._replace(fields=fields)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[list[Request]]]:
    """What httpeek sends for each line of the table."""
    yield _sent(sys.executable, HTTPEEK, tmp_path_factory.mktemp("httpeek") / "home", table())


def test_the_same_request_as_httpie_or_a_difference_that_is_documented(
    ours: list[list[Request]], tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    lines = table()
    python = str(Path(os.path.realpath(require_tool("http"))).parent / "python3")
    theirs = _sent(python, HTTPIE, tmp_path / "home", lines)
    wrong = []
    for line, mine, other in zip(lines, ours, theirs, strict=True):
        one, two = [r.compared() for r in mine], [r.compared() for r in other]
        verdict = "!" if one != two else "=" if one else "x"
        if verdict != line.verdict:
            wrong.append(f"{line.verdict}{line.reason} {line}\n    httpeek {one}\n    HTTPie  {two}")
    assert len(lines) >= 200
    assert not wrong, "\n".join(wrong)


def test_the_curl_command_of_each_line_sends_the_same_octets(
    ours: list[list[Request]], tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    require_tool("curl")
    lines = table()
    theirs = _sent(sys.executable, CURL, tmp_path / "home", lines)
    wrong = []
    for line, mine, other in zip(lines, ours, theirs, strict=True):
        if _sorted(mine) != _sorted(other):
            wrong.append(f"{line}\n    httpeek {mine}\n    curl    {other}")
    assert not wrong, "\n".join(wrong)


def _sorted(requests: Sequence[Request]) -> list[Request]:
    """With the boundary called B: it is another one each time."""
    made = []
    for request in requests:
        found = re.search(r"boundary=([0-9a-f]{32})", dict(request.fields).get("Content-Type", ""))
        own = found[1] if found else "\0"
        fields = tuple(sorted((name, value.replace(own, "B")) for name, value in request.fields))
        made.append(request._replace(fields=fields, body=request.body.replace(own.encode(), b"B")))
    return made


def test_every_difference_of_the_table_is_documented_and_no_other() -> None:
    used = {line.reason for line in table() if line.verdict == "!"}
    documented = set(re.findall(r"<!-- ([a-z-]+) -->", DIFFERENCES.read_text()))
    assert used == documented


def httpie_options(program: str) -> list[str]:
    """Every long option that HTTPie's help lists."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=LIMIT).stdout
    return sorted(set(re.findall(r"^  --([a-z-]+)", text, re.MULTILINE)))


def test_every_option_of_httpie_is_accepted_or_answered_and_stands_in_the_documentation(
    require_tool: Callable[[str], str],
) -> None:
    accepted = {option.name for option in OPTIONS}
    refused = {spelling.removeprefix("--") for habit in HABITS for spelling in habit.spellings}
    text = DIFFERENCES.read_text()
    found = httpie_options(require_tool("http"))
    assert len(found) > 45
    assert not [name for name in found if name not in accepted | refused]
    assert not [name for name in found if f"`--{name}" not in text]
