"""The server's half of the teaching mode: what `serve --steps` writes is what was called, in its order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server.test_tls import Secured

APP = """
class Closed:
    def __iter__(self):
        yield b"two"
        yield b"pieces"

    def close(self):
        pass

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Closed() if environ["PATH_INFO"] == "/pieces" else [b"hello"]
"""


def steps(tmp_path: Path, request: bytes, *words: str) -> list[str]:
    """The lines that a request leads to, the numbers of processes and ports left out."""
    (tmp_path / "stepped.py").write_text(APP)
    server = Secured(tmp_path, "stepped:app", "--steps", *words)
    try:
        with server.connect_plain() as sock:
            port = sock.getsockname()[1]
            sock.sendall(request)
            while sock.recv(65536):
                pass
        server.process.terminate()
        assert server.process.stderr is not None
        lines = [line for line in server.process.stderr.read().splitlines() if not line.startswith("-- ")]
    finally:
        server.end()
    pids = {line.split()[0] for line in lines}
    assert all(pid.isdigit() for pid in pids)
    assert (len(pids) > 1) == ("fork" in words or "prefork" in words)
    return [line.partition(" ")[2].replace(str(port), "PORT").replace(str(server.port), "8080") for line in lines]


def test_each_step_is_a_line_with_its_arguments_and_result(tmp_path: Path) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = steps(tmp_path, request, "--model", "single")
    accepted = re.match(r"accept\((\d+)\) = (\d+) from 127\.0\.0\.1:PORT: a new socket, the same local port", found[0])
    assert accepted is not None
    listener, fd = accepted.groups()
    assert listener != fd
    assert found[1] == f'recv({fd}, 65536) = {len(request)} bytes, "GET / HTTP/1.1"'
    assert re.match(r"environ: REQUEST_METHOD=GET PATH_INFO=/ SERVER_PORT=8080, \d+ more", found[2])
    assert found[3:6] == [
        "app(environ, start_response)",
        'start_response("200 OK", 1 field)',
        "app returned a list of 1, 5 bytes",
    ]
    assert re.match(rf'send\({fd}\) = (\d+) of \1 bytes, "HTTP/1.1 200 OK"', found[6])
    assert found[7] == f"close({fd}) = 0"


def test_what_is_made_piece_by_piece_is_told_piece_by_piece(tmp_path: Path) -> None:
    request = b"GET /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = steps(tmp_path, request, "--model", "threads")
    words = [line for line in found if not re.match(r"(accept|recv|send|close|shutdown)\(\d+", line)]
    assert words[-5:] == [
        'start_response("200 OK", 1 field)',
        "app returned a Closed: it is asked for one piece after the other",
        "app gave 3 bytes",
        "app gave 6 bytes",
        "close() of what the app returned",
    ]


def test_what_a_client_sends_never_drives_the_terminal(tmp_path: Path) -> None:
    found = steps(tmp_path, b"GET /\x1b]0;hi\x07 HTTP/1.1\r\n\r\n", "--model", "single")
    assert r"\x1b]0;hi\x07" in found[1]


@pytest.mark.parametrize("model", ["fork", "prefork"])
def test_every_model_can_be_looked_at(tmp_path: Path, model: str) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = steps(tmp_path, request, "--model", model)
    assert any(line.startswith("accept(") for line in found)
    assert any(line.startswith("recv(") for line in found)


def test_the_listening_socket_is_made_step_by_step(tmp_path: Path) -> None:
    (tmp_path / "stepped.py").write_text(APP)
    server = Secured(tmp_path, "stepped:app", "--steps", "--backlog", "7")
    try:
        made = [line.partition(" ")[2] for line in server.before]
    finally:
        server.end()
    assert re.fullmatch(r"socket\(AF_INET, SOCK_STREAM\) = (\d+)", made[0])
    fd = made[0].rpartition(" ")[2]
    assert f"setsockopt({fd}, SO_REUSEADDR, 1) = 0" in made
    assert made[-2:] == [f"bind({fd}, 127.0.0.1:0) = 0", f"listen({fd}, 7) = 0"]
