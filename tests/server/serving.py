"""A `httpeek serve` in a process of its own, for tests that speak to it over real sockets."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.support import LIMIT, serve


class Serving:
    """A running `httpeek serve`; `log` holds the lines it wrote on stderr so far. `python` may be another
    interpreter's, which finds httpeek in this tree."""

    def __init__(
        self, home: Path, *words: str, python: str = sys.executable, env: Mapping[str, str] | None = None
    ) -> None:
        self.process = serve(home, *words, "--bind", "127.0.0.1:0", python=python, env=env)
        assert self.process.stderr is not None
        self.log: list[str] = []
        for line in self.process.stderr:
            self.log.append(line)
            if "http://127.0.0.1:" in line:
                break
        self.port = int(self.log[-1].partition("127.0.0.1:")[2].partition("/")[0])
        self._reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr or ()), daemon=True)
        self._reader.start()

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def connect(self) -> socket.socket:
        """A connection of which nothing was said."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)

    def say(self, octets: bytes, step: int = 0, end: bool = True) -> bytes:
        """Everything that comes back on a connection of its own; `step` octets go out at a time (0: all)."""
        with self.connect() as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):  # a refusal may come before the last octet
                step = step or max(1, len(octets))
                for start in range(0, len(octets), step):
                    sock.sendall(octets[start : start + step])
                if end:
                    sock.shutdown(socket.SHUT_WR)
            return heard(sock)


def heard(sock: socket.socket) -> bytes:
    """What arrives until the other side ends."""
    reply = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while piece := sock.recv(1_000_000):
            reply += piece
    return bytes(reply)
