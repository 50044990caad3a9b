"""What the tests of the whole program share: a peer that says exactly what it is told, and ways to run httpeek.

Everything is on 127.0.0.1 and ends with the test: a `Peer` joins its thread, a process is waited for by its pid.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Step = bytes | Callable[[socket.socket], None]
LIMIT = 30.0
"""Seconds after which a test that hangs is ended: a safety net, never a measure."""


def read_head(sock: socket.socket) -> None:
    """Reads up to the end of a request head."""
    octets = b""
    while b"\r\n\r\n" not in octets:
        piece = sock.recv(65536)
        if not piece:
            return
        octets += piece


def reset(sock: socket.socket) -> None:
    """Ends the connection with RST (SO_LINGER with no time, socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def half_close(sock: socket.socket) -> None:
    """Ends our half."""
    sock.shutdown(socket.SHUT_WR)


def hold(sock: socket.socket) -> None:
    """Holds the connection open until the other side closes it."""
    with contextlib.suppress(OSError):
        while sock.recv(65536):
            pass


class Peer:
    """A server with a script for each connection: octets to send and functions to call, in order.

    `received` holds what came on each connection as far as `recorded` steps read it. Without a step that reads, the
    request head is read first; at the end the connection is closed.
    """

    def __init__(self, *scripts: Sequence[Step], wrap: Callable[[socket.socket], socket.socket] | None = None) -> None:
        self._scripts = scripts
        self._wrap = wrap
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self.connections = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # Closing a listening socket does not wake who waits in accept; shutting it down does.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LIMIT)

    def _run(self) -> None:
        for script in self._scripts:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            sock.settimeout(LIMIT)
            with contextlib.suppress(OSError):
                if self._wrap is not None:
                    sock = self._wrap(sock)
                for step in script:
                    if isinstance(step, bytes):
                        sock.sendall(step)
                    else:
                        step(sock)
            with contextlib.suppress(OSError):
                sock.close()


@contextlib.contextmanager
def replying(*replies: bytes) -> Iterator[Peer]:
    """A peer that reads a request head on each connection, sends the reply and closes."""
    with Peer(*[(read_head, reply) for reply in replies]) as peer:
        yield peer


class Result(NamedTuple):
    """How a run of the program ended."""

    code: int
    out: bytes
    err: str


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A clean environment, so that no setting of the machine decides a test."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        **(extra or {}),
    }


def serve(
    home: Path,
    *words: str,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[str]:
    """Starts `httpeek serve`; who starts it ends it. Its stderr is a pipe, whose first lines say where it listens."""
    return subprocess.Popen(
        [python, "-m", "httpeek", "serve", *words],
        cwd=home,
        env=environment(home, env),
        pass_fds=pass_fds,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


class Program:
    """httpeek as a user runs it, in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(
        self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, limit: float = LIMIT
    ) -> Result:
        """Runs it with pipes; without `stdin` standard input is /dev/null."""
        given: dict[str, object] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        done = subprocess.run(
            [sys.executable, "-m", "httpeek", *words],
            capture_output=True,
            env=environment(self.home, env),
            timeout=limit,
            check=False,
            cwd=self.home,
            **given,  # type: ignore[call-overload]  # one of two keywords
        )
        return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "backslashreplace"))

    def asked(self, prompt: str, answer: str, *words: str) -> tuple[int, str]:
        """Runs it on a pseudo-terminal and types an answer once it prompts: exit code and what was on the screen."""
        pid, master = pty.fork()
        if pid == 0:  # pragma: no cover - the child
            os.chdir(self.home)
            os.execve(sys.executable, [sys.executable, "-m", "httpeek", *words], environment(self.home))
        octets = b""
        while True:
            try:
                piece = os.read(master, 65536) if select.select([master], [], [], LIMIT)[0] else b""
            except OSError:
                piece = b""
            if not piece:
                break
            octets += piece
            if prompt.encode() in octets and answer:
                os.write(master, answer.encode())
                answer = ""
        os.close(master)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), octets.decode("utf-8", "backslashreplace").replace("\r\n", "\n")

    def terminal(self, *words: str, env: Mapping[str, str] | None = None, columns: int = 80) -> tuple[int, str]:
        """Runs it on a pseudo-terminal: exit code and the screen's text with its escapes, LF line ends."""
        code, octets = self.terminal_octets(*words, env=env, columns=columns)
        return code, octets.decode("utf-8", "backslashreplace").replace("\r\n", "\n")

    def terminal_octets(
        self, *words: str, env: Mapping[str, str] | None = None, columns: int = 80, stdin: Path | None = None
    ) -> tuple[int, bytes]:
        """As `terminal`, but with the octets that reached the terminal. `stdin` may be a file in its place."""
        pid, master = pty.fork()
        if pid == 0:  # pragma: no cover - the child
            os.chdir(self.home)
            if stdin is not None:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            variables = environment(self.home, {"COLUMNS": str(columns), **(env or {})})
            os.execve(sys.executable, [sys.executable, "-m", "httpeek", *words], variables)
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
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), octets
