"""What other programs do in the situations of docs/download.md: run with those that are installed, printed as a table.

    .venv/bin/python -m tests.download.elsewhere

Each program is run as a person would, with its option for going on where the situation has one, against an origin of
this machine. A cell says what became of the file and the exit code.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.download.origin import CUT, HOLD, Origin, Turn, octets
from tests.support import LIMIT, environment

WHOLE = octets(200_000)
OTHER = octets(200_000, 2)


class Tool(NamedTuple):
    """A program and its words: for one file, for going on, for the server's name, and for a file that is named."""

    name: str
    words: tuple[str, ...]
    again: tuple[str, ...]
    named: tuple[str, ...]
    output: tuple[str, ...]


TOOLS = (
    Tool("httpeek", ("httpeek", "download", "-q", "--retry-delay=0"), ("-c",), (), ("-o",)),
    Tool("curl", ("curl", "-sS", "-O"), ("-C", "-"), ("-J",), ("-o",)),
    Tool("wget", ("wget", "-q", "--tries=1"), ("-c",), ("--content-disposition",), ("-O",)),
    Tool("wget2", ("wget2", "-q", "--tries=1"), ("-c",), ("--content-disposition",), ("-O",)),
    Tool("aria2c", ("aria2c", "-q", "--max-tries=1"), ("-c",), (), ("-o",)),
    Tool("http", ("http", "--ignore-stdin", "-d", "--check-status"), ("-c",), (), ("-o",)),
)


class Bench:
    """One program in a directory of its own."""

    def __init__(self, tool: Tool, home: Path) -> None:
        self.tool = tool
        self.home = home / "inner" / "here"
        self.home.mkdir(parents=True)

    def command(self, url: str, *more: str) -> list[str]:
        """The command line for a URL."""
        words = list(self.tool.words)
        if self.tool.name == "httpeek":
            words[:1] = [sys.executable, "-m", "httpeek"]
        if self.tool.output[0] in more and "-O" in words:
            words.remove("-O")
        if self.tool.name == "http" and "-o" not in more and not url.endswith("/named"):
            more = ("-o", url.rpartition("/")[2], *more)  # its own choice adds an extension by the type
        return [*words, *more, url]

    def start(self, url: str, *more: str) -> subprocess.Popen[bytes]:
        """Begins a download."""
        null = subprocess.DEVNULL
        env = environment(self.home.parent, {"PYTHONPATH": str(Path(__file__).parents[2] / "src")})
        return subprocess.Popen(self.command(url, *more), cwd=self.home, stdin=null, stdout=null, stderr=null, env=env)

    def run(self, url: str, *more: str) -> int:
        """A whole download; its exit code."""
        with self.start(url, *more) as process:
            return process.wait(LIMIT)

    def verdict(self, code: int, name: str = "f", before: bytes | None = None, right: bytes = WHOLE) -> str:
        """What became of a file."""
        path = self.home / name
        if not path.exists():
            what = "no file"
        elif (data := path.read_bytes()) == right:
            what = "whole"
        elif data == before:
            what = "left as it was"
        elif right.startswith(data):
            what = f"{len(data)} of {len(right)} bytes"
        else:
            what = "**a broken file**"
        return f"{what}, exit {code}"


def _half(bench: Bench, origin: Origin) -> None:
    origin.turns.append(Turn(100_000, CUT))
    bench.run(f"{origin.url}/f", *(("--retry=0",) if bench.tool.name == "httpeek" else ()))


def changed(bench: Bench) -> str:
    with Origin(WHOLE) as origin:
        _half(bench, origin)
        origin.content, origin.etag, origin.modified = OTHER, '"two"', "Sun, 06 Nov 1994 09:00:00 GMT"
        return bench.verdict(bench.run(f"{origin.url}/f", *bench.tool.again), right=OTHER)


LIE = b'HTTP/1.1 206 Partial Content\r\nETag: "one"\r\nContent-Length: %d\r\nContent-Range: bytes %d-199999/200000'


def lies(bench: Bench) -> str:
    with Origin(WHOLE) as origin:
        _half(bench, origin)
        begin = 100_000 if bench.tool.name != "httpeek" else 100_000 - 16_384
        size = 200_000 - begin
        origin.turns.append(Turn(instead=LIE % (size, begin) + b"\r\n\r\n" + WHOLE[:size]))
        return bench.verdict(bench.run(f"{origin.url}/f", *bench.tool.again))


def weak(bench: Bench) -> str:
    with Origin(WHOLE, etag='W/"one"', modified="") as origin:
        _half(bench, origin)
        origin.content = WHOLE[:50_000] + OTHER[50_000:]
        return bench.verdict(bench.run(f"{origin.url}/f", *bench.tool.again), right=origin.content)


def short(bench: Bench) -> str:
    with Origin(WHOLE, *[Turn(100_000, CUT)] * 9) as origin:
        origin.ranges = False
        return bench.verdict(bench.run(f"{origin.url}/f"))


def interim(bench: Bench) -> str:
    head = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    with Origin(WHOLE, *[Turn(instead=head + WHOLE)] * 9) as origin:
        return bench.verdict(bench.run(f"{origin.url}/f"))


def twice(bench: Bench) -> str:
    middle, go_on = threading.Event(), threading.Event()

    def wait(sock: socket.socket) -> None:
        middle.set()
        go_on.wait(LIMIT)
        sock.sendall(WHOLE[100_000:])

    with Origin(WHOLE, Turn(100_000, wait)) as origin:
        first = bench.start(f"{origin.url}/f", *bench.tool.again)
        middle.wait(LIMIT)
        code = bench.run(f"{origin.url}/f", *bench.tool.again)
        go_on.set()
        codes = first.wait(LIMIT), code
    sizes = sorted(path.stat().st_size for path in bench.home.iterdir() if path.is_file())
    broken = [size for size in sizes if size != len(WHOLE)]
    files = f"**a file of {broken[0]} bytes**" if broken else f"{len(sizes)} whole"
    return f"{files}, exit {codes[0]} and {codes[1]}"


def outside(bench: Bench) -> str:
    with Origin(WHOLE) as origin:
        origin.fields = ('Content-Disposition: attachment; filename="../../escaped"',)
        code = bench.run(f"{origin.url}/named", *bench.tool.named)
    top = bench.home.parent.parent
    found = next((path for path in top.rglob("*") if path.is_file() and path.stat().st_size == len(WHOLE)), None)
    if found is None:
        return f"no file, exit {code}"
    if found.name == "named":
        return f"the name of the URL, exit {code}"
    inside = found.parent == bench.home
    return f"{found.name if inside else '**outside the directory**'}, exit {code}"


def dangling(bench: Bench) -> str:
    target = bench.home.parent.parent / "target"
    (bench.home / "f").symlink_to(target)
    with Origin(WHOLE) as origin:
        code = bench.run(f"{origin.url}/f")
    if target.exists():
        return f"**written through the link**, exit {code}"
    saved = sorted(path.name for path in bench.home.iterdir() if path.is_file())
    return f"{', '.join(saved) or 'no file'}, exit {code}"


def replaced(bench: Bench) -> str:
    (bench.home / "f").write_bytes(b"old")
    more = ("--allow-overwrite=true",) if bench.tool.name == "aria2c" else ()
    with Origin(WHOLE, *[Turn(100_000, CUT)] * 9) as origin:
        origin.ranges = False
        code = bench.run(f"{origin.url}/f", *more, *bench.tool.output, "f")
    return bench.verdict(code, before=b"old")


def coded(bench: Bench) -> str:
    packed = gzip.compress(WHOLE, mtime=0)
    with Origin(packed) as origin:
        origin.fields = ("Content-Encoding: gzip", "Content-Type: application/gzip")
        return bench.verdict(bench.run(f"{origin.url}/f.tar.gz"), "f.tar.gz", right=packed)


def digest(bench: Bench) -> str:
    with Origin(WHOLE) as origin:
        origin.fields = ("Repr-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:",)
        code = bench.run(f"{origin.url}/f")
    return f"{'**saved**' if (bench.home / 'f').exists() else 'no file'}, exit {code}"


def busy(bench: Bench) -> str:
    with Origin(WHOLE, Turn(status=503, fields=("Retry-After: 0",))) as origin:
        return bench.verdict(bench.run(f"{origin.url}/f"))


MANY = {"httpeek": ("--segments=4",), "aria2c": ("-x4", "-s4", "-k1M")}
"""The words of programs that fetch one file over four connections."""


def divided(bench: Bench) -> str:
    if bench.tool.name not in MANY:
        return "one connection only"
    content = WHOLE * 40
    answered = threading.Semaphore(0)

    def hold(sock: socket.socket) -> None:
        answered.release()
        HOLD(sock)

    with Origin(content) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        origin.choose = lambda request: Turn(300_000, hold)
        with bench.start(f"{origin.url}/f", *MANY[bench.tool.name]) as process:
            for _ in range(4):
                answered.acquire(timeout=LIMIT)
            while not any(path.stat().st_blocks > 1000 for path in bench.home.iterdir() if path.is_file()):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.01)
            process.kill()
        origin.choose = lambda request: None
        code = subprocess.call(["curl", "-sS", "-C", "-", "-O", f"{origin.url}/f"], cwd=bench.home)
    return bench.verdict(code, right=content)


ROWS: tuple[tuple[str, Callable[[Bench], str]], ...] = (
    ("cut at 100,000 bytes, then the file changed; go on", changed),
    ("206 with the octets of another range; go on", lies),
    ("a weak ETag, and the file changed; go on", weak),
    ("the connection ends in the middle, every time", short),
    ("103 Early Hints before the answer", interim),
    ("two at once on one name, both with their option to go on", twice),
    ("the server names the file `../../escaped`", outside),
    ("the name is a symbolic link that leads nowhere", dangling),
    ("a named file that is there, and a download that fails", replaced),
    ("`.tar.gz` sent with `Content-Encoding: gzip`", coded),
    ("a `Repr-Digest` of another file", digest),
    ("503 with `Retry-After: 0`, then the file", busy),
    ("killed while four connections fetch one file, then `curl -C -`", divided),
)


def table(tools: Sequence[Tool]) -> str:
    """The table in Markdown."""
    lines = ["| situation | " + " | ".join("HTTPie" if t.name == "http" else t.name for t in tools) + " |"]
    lines.append("|---" * (len(tools) + 1) + "|")
    for said, situation in ROWS:
        cells = []
        for tool in tools:
            with tempfile.TemporaryDirectory() as home:
                cells.append(situation(Bench(tool, Path(home))))
        lines.append(f"| {said} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        print(
            table(
                [tool for tool in TOOLS if tool.name == "httpeek" or shutil.which(tool.name, path=os.environ["PATH"])]
            )
        )
