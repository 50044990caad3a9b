"""`httpeek serve` as a process, and what can be seen of it from outside: its answers, its log, its children."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from tests.support import LIMIT, serve

MODELS = ("single", "threads", "fork", "prefork")
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
APP = """
import os, time

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        open(environ["QUERY_STRING"] + ".begun", "w").close()
        while not os.path.exists(environ["QUERY_STRING"]):
            time.sleep(0.01)
    if path == "/die":
        os.kill(os.getpid(), 9)
    facts = [environ["wsgi.multithread"], environ["wsgi.multiprocess"], os.getpid(), len(environ["wsgi.input"].read())]
    content = repr(facts).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
"""

VERSION = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "%d")])
    return [b"%s"]
"""


def version(text: str) -> str:
    """An application that answers with a text."""
    return VERSION % (len(text), text)


class Server:
    """A running `httpeek serve`; `line` gives what it says on stderr."""

    def __init__(self, home: Path, *words: str, application: str = APP) -> None:
        (home / "served.py").write_text(application)
        self.process = serve(home, "served:app", "--bind", "127.0.0.1:0", *words)
        assert self.process.stderr is not None
        first = self.process.stderr.readline()
        self.port = int(first.partition("127.0.0.1:")[2].partition("/")[0])

    @property
    def pid(self) -> int:
        return self.process.pid

    def line(self, containing: str = "") -> str:
        """The next line of its log, or the next one with a text in it."""
        assert self.process.stderr is not None
        net = threading.Timer(LIMIT, self.process.kill)
        net.start()
        try:
            while line := self.process.stderr.readline():
                if containing in line:
                    return line
        finally:
            net.cancel()
        raise AssertionError(f"the log ended without {containing!r}")

    def end(self, number: int) -> str:
        """Sends a signal, waits for exit code 0 and returns the rest of the log."""
        self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=LIMIT)
        assert self.process.returncode == 0
        return str(rest)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)

    def get(self, path: str = "/", content: bytes = b"") -> str:
        """The content of one answer, on a connection of its own."""
        with self.connect() as sock:
            head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
            sock.sendall(head.encode() + content)
            return received(sock).decode().partition("\r\n\r\n")[2]

    def burst(self, count: int) -> list[bytes]:
        """That many requests, all connected before the first is sent; their answers."""
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(self.connect()) for _ in range(count)]
            for sock in socks:
                sock.sendall(REQUEST)
            return [received(sock) for sock in socks]

    def zombies(self) -> list[int]:
        """Its children in state Z."""
        return [pid for pid, state in children(self.pid) if state == "Z"]


Start = Callable[..., Server]


def received(sock: socket.socket) -> bytes:
    """Everything up to the end of file."""
    reply = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while piece := sock.recv(1_000_000):
            reply += piece
    return bytes(reply)


def state(pid: int) -> str:
    """The state of a process by its letter; X where there is none (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def children(pid: int) -> list[tuple[int, str]]:
    """The children of a process with their states (proc(5))."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                rest = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
                if int(rest[1]) == pid:
                    found.append((int(name), rest[0]))
    return found


def wait_until(happened: Callable[[], object], server: Server) -> None:
    """Looks again and again until something has happened, as long as the server runs."""
    net = threading.Timer(LIMIT, server.process.kill)
    net.start()
    try:
        while not happened():
            assert server.process.poll() is None
    finally:
        net.cancel()
