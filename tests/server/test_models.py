"""The four process models, as processes: what they serve, how they end, what they leave behind."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from httpeek.net.listeners import listeners
from tests.server.processes import APP, MODELS, Start, received
from tests.support import LIMIT, environment, serve


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        ("single", "False, False"),
        ("threads", "True, False"),
        ("fork", "False, True"),
        ("prefork", "False, True"),
    ],
)
def test_what_the_environ_says_is_true_of_the_model(start: Start, model: str, facts: str) -> None:
    assert start("--model", model).get(content=b"abc").startswith(f"[{facts}, ")


def test_processes_are_those_of_the_model(start: Start) -> None:
    for model, forked in (("single", False), ("threads", False), ("fork", True), ("prefork", True)):
        server = start("--model", model)
        pid = int(server.get().split(", ")[2])
        assert (pid != server.process.pid) == forked


@pytest.mark.parametrize("model", MODELS)
def test_a_request_in_flight_is_finished_and_idle_connections_end_at_once(
    start: Start, tmp_path: Path, model: str
) -> None:
    server = start("--model", model)
    idle = None if model == "single" else server.connect()
    go = tmp_path / "go"
    with server.connect() as busy:
        busy.sendall(f"GET /slow?{go} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        while not go.with_suffix(".begun").exists():
            assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        if idle is not None:
            assert received(idle) == b""
            idle.close()
        go.touch()
        assert b"200 OK" in received(busy)
    assert server.process.wait(LIMIT) == 0


@pytest.mark.parametrize("model", MODELS)
def test_an_idle_server_ends_with_0_at_sigterm_and_at_sigint(start: Start, model: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = start("--model", model)
        server.get()
        server.process.send_signal(number)
        assert server.process.wait(LIMIT) == 0


@pytest.mark.parametrize("model", ["threads", "prefork"])
def test_slow_heads_and_stalled_bodies_delay_nobody(start: Start, model: str) -> None:
    server = start("--model", model)
    with contextlib.ExitStack() as stack:
        for octets in [b"GET / HTTP/1.1\r\nHo"] * 50 + [
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"
        ] * 20:
            stack.enter_context(server.connect()).sendall(octets)
        for _ in range(40):
            stack.enter_context(server.connect())
        assert server.get(content=b"x").endswith(", 1]")


def test_a_port_in_use_is_exit_98_and_names_its_holder(start: Start, tmp_path: Path) -> None:
    server = start()
    done = subprocess.run(
        [sys.executable, "-m", "httpeek", "serve", "--bind", f"127.0.0.1:{server.port}"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 98
    assert f"(pid {server.process.pid})" in done.stderr or "(pid " in done.stderr


def test_a_refusal_reaches_a_client_that_is_still_sending(start: Start) -> None:
    for model in MODELS:
        server = start("--model", model, "--max-request-body", "1000")
        with server.connect() as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(100):
                    sock.sendall(bytes(65536))
            assert received(sock).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("model", MODELS)
def test_a_unix_socket_and_an_inherited_descriptor_are_served(tmp_path: Path, model: str) -> None:
    path = tmp_path / "s.sock"
    listener = socket.create_server(("127.0.0.1", 0))
    (tmp_path / "served.py").write_text(APP)
    words = ["served:app", "--model", model, "--unix-socket", str(path), "--fd", str(listener.fileno())]
    process = serve(tmp_path, *words, pass_fds=[listener.fileno()])
    try:
        assert process.stderr is not None
        assert "unix:" in process.stderr.readline()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(LIMIT)
            sock.connect(str(path))
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in received(sock)
        with socket.create_connection(listener.getsockname(), timeout=LIMIT) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in received(sock)
        process.terminate()
        assert process.wait(LIMIT) == 0
        assert not path.exists()
    finally:
        process.kill()
        process.communicate(timeout=LIMIT)
        listener.close()


def test_with_reuse_port_each_worker_has_a_listening_socket_of_its_own(start: Start) -> None:
    server = start("--workers", "3", "--reuse-port")
    assert len(listeners(server.port)) == 3
    seen: set[str] = set()
    while len(seen) < 3:  # the kernel spreads connections over them
        seen.add(server.get().split(",")[2])
