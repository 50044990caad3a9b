"""The model fork: right, and wrong in each way that can be asked for, with the sentences that explain it."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
from pathlib import Path

import pytest

from tests.server.processes import REQUEST, Start, children, received, wait_until
from tests.support import LIMIT, Program


def test_fork_leaves_no_zombie(start: Start) -> None:
    server = start("--model", "fork")
    for _ in range(200):
        assert server.get().startswith("[")
    assert all(b"200 OK" in reply for reply in server.burst(100))
    wait_until(lambda: not server.zombies(), server)


def test_reap_all_says_what_it_asked_and_leaves_nobody(start: Start) -> None:
    server = start("--model", "fork", "--reap", "all")
    server.get()
    assert "waitpid(-1, WNOHANG) = " in server.line("SIGCHLD: ")
    server.burst(20)
    wait_until(lambda: not children(server.process.pid), server)
    assert "the end: " not in server.end(signal.SIGTERM)


def test_one_wait_for_each_signal_leaves_zombies_and_the_end_takes_them(start: Start, tmp_path: Path) -> None:
    server = start("--model", "fork", "--reap", "one")
    go = tmp_path / "go"
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(server.connect()).sendall(
                f"GET /slow?{go} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
            )
        wait_until(lambda: len(children(server.pid)) == 64, server)
        go.touch()  # they end together
        line = server.line("zombies (state Z) stay: signals do not queue")
    assert "one waitpid(-1) = " in line
    assert server.zombies()
    assert "waitpid(-1) is asked until it has none" in server.end(signal.SIGTERM)


def test_without_a_wait_each_child_stays_as_a_zombie(start: Start) -> None:
    server = start("--model", "fork", "--reap", "none")
    server.get()
    wait_until(server.zombies, server)
    (pid,) = server.zombies()
    line = server.line("nobody asks waitpid()")
    assert str(pid) in line
    assert "state Z" in line
    assert "1 zombie to go" in server.end(signal.SIGTERM)


def test_an_interrupted_wait_is_explained_once(start: Start) -> None:
    server = start("--model", "fork", "--reap", "all")
    for _ in range(5):
        server.get()
    server.line("(EINTR); Python called it again by itself (PEP 475)")
    assert "PEP 475" not in server.end(signal.SIGTERM)


def test_a_kept_descriptor_keeps_the_end_of_file_from_the_client(start: Start) -> None:
    server = start("--model", "fork", "--keep-fds")
    with server.connect() as sock:
        sock.sendall(REQUEST)
        server.line("the parent keeps descriptor")
        line = server.line("has closed its copy")
        assert "still ESTABLISHED: no FIN, no end of file" in line
        assert b"200 OK" in sock.recv(65536)
        assert select.select([sock], [], [], 0) == ([], [], [])
        assert "only now FIN is sent" in server.end(signal.SIGTERM)
        assert received(sock) == b""


@pytest.mark.parametrize("model", ["threads", "prefork"])
def test_a_server_without_descriptors_rests_says_so_and_goes_on(start: Start, model: str) -> None:
    server = start("--model", model, "--max-fds", "40", "--workers", "1", "--threads", "2")
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(server.connect())
        assert "EMFILE, Too many open files (limit 40)" in server.line("accept = ")
    assert server.get().startswith("[")


@pytest.mark.parametrize("model", ["threads", "prefork"])
def test_a_server_that_rests_for_want_of_descriptors_still_ends_when_asked(start: Start, model: str) -> None:
    server = start("--model", model, "--max-fds", "40", "--workers", "1", "--threads", "2")
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(server.connect())
        server.line("accept = ")
        server.process.terminate()
    assert server.process.wait(LIMIT) == 0


def test_kept_descriptors_use_up_what_there_is(start: Start) -> None:
    server = start("--model", "fork", "--keep-fds", "--max-fds", "32")
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(server.connect()).sendall(REQUEST)
        assert "EMFILE" in server.line("accept = ")
        server.end(signal.SIGTERM)


def test_without_accept_the_queue_fills_and_the_next_client_hangs(start: Start) -> None:
    server = start("--never-accept", "--backlog", "5")
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(server.connect())
        assert "6 connections wait" in server.line("6 connections")
        assert "backlog 5 and one more" in server.line("the queue is full")
        late = stack.enter_context(socket.socket())
        late.setblocking(False)
        late.connect_ex(("127.0.0.1", server.port))
        assert f"127.0.0.1:{late.getsockname()[1]} is in SYN_SENT" in server.line("client 7 hangs")
    server.line("CLOSE_WAIT: the client gave up")
    server.end(signal.SIGTERM)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "threads", "--reap", "one"), "--reap belongs to the model fork"),
        (("--keep-fds",), "--keep-fds belongs to the model fork: add --model fork"),
        (("--max-fds", "3"), "--max-fds 3 is less than a server needs"),
        (("--threads", "0"), "--threads takes a number from 1 on"),
        (("--model", "prefork", "--workers", "0"), "--workers takes a number from 1 on"),
        (("--model", "fork", "--reap", "two"), "two"),
    ],
)
def test_what_makes_no_sense_is_exit_2_and_one_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = Program(tmp_path)("serve", *words, limit=LIMIT)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert said in done.err
