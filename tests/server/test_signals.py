"""Signals and deaths: workers that are replaced, killed, or left without their parent; code that does not load."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import sys
import threading
from pathlib import Path

import pytest

from tests.server.processes import MODELS, Start, children, received, state, version, wait_until
from tests.support import LIMIT, Program, environment


def test_a_worker_that_is_killed_comes_back_and_the_reason_is_logged(start: Start) -> None:
    server = start("--workers", "1")
    with server.connect() as sock:
        sock.sendall(b"GET /die HTTP/1.1\r\nHost: a\r\n\r\n")
        assert received(sock) == b""
    line = server.line()
    assert "worker 1" in line
    assert "signal 9" in line
    assert server.get().startswith("[")


@pytest.mark.parametrize("text", ["the new code", None])
def test_sighup_gives_the_new_code_and_fails_no_request(start: Start, tmp_path: Path, text: str | None) -> None:
    server = start("--workers", "2", application=version("old"))
    old = {pid for pid, _ in children(server.pid)}
    (tmp_path / "served.py").write_text(version(text) if text else "import nothing_of_this_name\n")
    with server.connect() as idle:  # a connection that no worker has to serve for
        server.process.send_signal(signal.SIGHUP)
        if text is None:
            server.line("ModuleNotFoundError: No module named 'nothing_of_this_name'")
            assert "ended with exit code 1: the old ones go on" in server.line("SIGHUP")
            assert server.get() == "old"
            assert {pid for pid, _ in children(server.pid)} == old
            (tmp_path / "served.py").write_text(version("mended now"))
            server.process.send_signal(signal.SIGHUP)
        seen = ""
        while seen != (text or "mended now"):
            seen = server.get()
            assert seen in ("old", text or "mended now")
        idle.close()
    wait_until(lambda: not old & {pid for pid, _ in children(server.pid)}, server)
    assert {server.get() for _ in range(10)} == {text or "mended now"}


@pytest.mark.parametrize("more", [(), ("--reuse-port",)], ids=["one-socket", "reuse-port"])
def test_kept_connections_lose_no_request_while_workers_are_replaced(start: Start, more: tuple[str, ...]) -> None:
    server = start("--workers", "2", *more, application=version("here"))
    answered, lost = [0] * 8, []
    stop = threading.Event()

    def ask(number: int) -> None:
        sock = server.connect()
        try:
            while not stop.is_set():
                sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                reply = b""
                while not reply.endswith(b"here"):
                    piece = sock.recv(65536)
                    if not piece:
                        raise EOFError
                    reply += piece
                answered[number] += 1
                if b"onnection: close" in reply:
                    sock.close()
                    sock = server.connect()
        except (OSError, EOFError) as error:
            lost.append(repr(error))
        finally:
            sock.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            old = {pid for pid, _ in children(server.pid)}
            before = sum(answered)
            wait_until(lambda before=before: sum(answered) > before + 200, server)  # type: ignore[misc]
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda old=old: not old & {pid for pid, _ in children(server.pid)}, server)  # type: ignore[misc]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert lost == []
    server.end(signal.SIGTERM)


def test_an_idle_connection_of_a_replaced_worker_is_closed_soon(start: Start) -> None:
    server = start("--workers", "1", application=version("here"))
    with server.connect() as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(65536).endswith(b"here")
        server.process.send_signal(signal.SIGHUP)
        assert idle.recv(65536) == b""


def test_a_worker_restarted_after_sighup_has_the_new_code(start: Start, tmp_path: Path) -> None:
    server = start("--workers", "1", application=version("old"))
    (old,) = (pid for pid, _ in children(server.pid))
    (tmp_path / "served.py").write_text(version("the new code"))
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: old not in {pid for pid, _ in children(server.pid)}, server)
    (new,) = (pid for pid, _ in children(server.pid))
    os.kill(new, signal.SIGKILL)
    assert "signal 9" in server.line(f"pid {new}")
    assert server.get() == "the new code"


def test_a_worker_that_dies_at_boot_again_and_again_is_started_with_a_growing_delay(
    start: Start, tmp_path: Path
) -> None:
    server = start("--workers", "1", application=version("old"))
    (old,) = (pid for pid, _ in children(server.pid))
    (tmp_path / "served.py").write_text(version("the new code"))
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: old not in {pid for pid, _ in children(server.pid)}, server)
    (new,) = (pid for pid, _ in children(server.pid))
    (tmp_path / "served.py").write_text("raise SystemExit(3)\n")
    os.kill(new, signal.SIGKILL)
    assert "in 0.4 s" in server.line("in 0.4 s")
    (tmp_path / "served.py").write_text(version("mended now"))
    assert server.get() == "mended now"


@pytest.mark.parametrize("model", ["single", "threads", "fork"])
def test_sighup_ends_no_server_that_has_no_workers(start: Start, model: str) -> None:
    server = start("--model", model)
    server.process.send_signal(signal.SIGHUP)
    assert f"the model {model} has no workers to replace" in server.line("SIGHUP")
    assert server.get().startswith("[")
    server.end(signal.SIGTERM)


@pytest.mark.parametrize("model", MODELS)
def test_a_server_ends_when_its_terminal_is_closed(tmp_path: Path, model: str) -> None:
    pid, master = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        words = ["serve", "--bind", "127.0.0.1:0", "--model", model]
        os.execve(sys.executable, [sys.executable, "-m", "httpeek", *words], environment(tmp_path))
    try:
        assert b"Ctrl-C stops it" in os.read(master, 4096)
        os.close(master)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_workers_end_when_their_parent_is_killed(start: Start) -> None:
    server = start("--workers", "2")
    workers: list[int] = []
    while len(workers) < 2:
        server.get()
        workers = [pid for pid, _ in children(server.process.pid)]
    server.process.kill()
    server.process.wait(LIMIT)
    while any(state(pid) not in "ZX" for pid in workers):
        pass


@pytest.mark.parametrize("model", ["fork", "prefork"])
def test_a_busy_and_an_idle_process_end_when_their_parent_is_killed(start: Start, tmp_path: Path, model: str) -> None:
    server = start("--model", model, "--workers", "1")
    with server.connect() as busy, server.connect() as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(65536)
        busy.sendall(f"GET /slow?{tmp_path / 'never'} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        wait_until((tmp_path / "never.begun").exists, server)
        forked = [pid for pid, _ in children(server.pid)]
        server.process.kill()
        server.process.wait(LIMIT)
        assert received(idle) == received(busy) == b""
    assert forked
    while any(state(pid) not in "ZX" for pid in forked):
        pass


@pytest.mark.parametrize("model", MODELS)
def test_a_second_signal_ends_the_server_at_once(start: Start, tmp_path: Path, model: str) -> None:
    server = start("--model", model, "--workers", "1")
    with server.connect() as busy:
        busy.sendall(f"GET /slow?{tmp_path / 'never'} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        wait_until((tmp_path / "never.begun").exists, server)
        while server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(LIMIT) == 128 + signal.SIGTERM
        assert received(busy) == b""


@pytest.mark.parametrize(
    ("code", "said", "traced"),
    [
        ("x = 1\nname\n", "NameError: name 'name' is not defined in served.py, line 2", 'served.py", line 2'),
        ("def app(:\n", "SyntaxError: invalid syntax (served.py, line 1)", "def app(:"),
        ("import nothing_of_this_name\n", "No module named 'nothing_of_this_name' in served.py, line 1", "import no"),
        ("raise SystemExit(7)\n", "SystemExit: 7 in served.py, line 1", "raise SystemExit"),
    ],
)
def test_an_application_that_fails_while_it_is_loaded_is_exit_2_with_its_traceback(
    tmp_path: Path, code: str, said: str, traced: str
) -> None:
    (tmp_path / "served.py").write_text(code)
    for name in ("served:app", "./served.py"):
        done = Program(tmp_path)("serve", name, "--bind", "127.0.0.1:0")
        assert done.code == 2
        assert (
            done.err.splitlines()[-1]
            == f"httpeek: (2) {name} cannot be loaded: " + done.err.rpartition("loaded: ")[2].strip()
        )
        assert said in done.err.splitlines()[-1]
        assert traced in done.err
        assert "importlib" not in done.err
        assert "httpeek/" not in done.err


def test_the_traceback_of_a_failing_request_is_lines_of_the_log(start: Start) -> None:
    server = start("--model", "single", application="def app(e, s):\n    raise ValueError('no')\n")
    server.get()
    server.line("-- Traceback (most recent call last):")
    server.line("-- ValueError: no")
