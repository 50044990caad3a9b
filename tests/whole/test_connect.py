"""Connections through the whole program: the options, the exit codes, the sentences and the lines of verbose."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.support import Program, read_head, replying

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_nothing_listens(httpeek: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        plain = httpeek(address)
        told = httpeek("-v", address)
        machine = httpeek("--as=json", address)
    sentence = f"{address} refused the connection: nothing listens there"
    assert (plain.code, plain.err) == (7, f"httpeek: (7) {sentence}\n")
    assert any(line.startswith(f"* connect {address} refused (") for line in told.err.splitlines())
    found = json.loads(machine.out)
    assert (machine.code, found["dials"][0]["error"], found["error"]["code"]) == (7, "refused", 7)


def test_a_name_that_there_is_not(httpeek: Program) -> None:
    done = httpeek("nosuch.invalid/x")
    assert done.code == 6
    assert done.err.startswith("httpeek: (6) nosuch.invalid: no ")


def test_addresses_that_are_given_for_a_name(httpeek: Program) -> None:
    with replying(REPLY, REPLY) as peer:
        one = httpeek("-v", "--resolve", f"api.test:{peer.port}:127.0.0.1", f"api.test:{peer.port}/")
        star = httpeek("--resolve", f"*:{peer.port}:[::1],127.0.0.1", "-4", f"any.test:{peer.port}/")
    assert (one.code, one.out, star.code, star.out) == (0, b"ok", 0, b"ok")
    assert "* name api.test = 127.0.0.1 (--resolve)" in one.err.splitlines()
    assert f"> Host: api.test:{peer.port}" in one.err.splitlines()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("-6", "127.0.0.1"), 6, "127.0.0.1 is no IPv6 address (-6)"),
        (("--resolve=a:80:nonsense", "a"), 2, '--resolve a:80:nonsense: "nonsense" is not an IP address'),
        (("--resolve=a:80:999.1.1.1", "a"), 2, '--resolve a:80:999.1.1.1: "999.1.1.1" is not an IP address'),
        (("--interface=192.0.2.1", "127.0.0.1"), 2, "--interface 192.0.2.1: cannot assign requested address"),
    ],
)
def test_what_cannot_be_dialled(words: tuple[str, ...], code: int, sentence: str, httpeek: Program) -> None:
    assert httpeek(*words) == (code, b"", f"httpeek: ({code}) {sentence}\n")


def test_a_unix_socket(httpeek: Program, tmp_path: Path) -> None:
    from threading import Thread

    path = tmp_path / "s"
    url = "http+unix://" + str(path).replace("/", "%2F") + "/x"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            sock, _ = listener.accept()
            with sock:
                read_head(sock)
                sock.sendall(REPLY)

        thread = Thread(target=answer)
        thread.start()
        done = httpeek("-v", url)
        thread.join()
    assert (done.code, done.out) == (0, b"ok")
    assert any(line.startswith(f"* connect unix:{path} ok (") for line in done.err.splitlines())
    gone = httpeek(url)
    assert (gone.code, gone.err) == (7, f"httpeek: (7) unix:{path} refused the connection: nothing listens there\n")


@pytest.mark.parametrize("option", ["--connect-timeout", "--max-time"])
def test_the_option_that_ran_out_is_named(option: str, httpeek: Program, tmp_path: Path) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):  # a full queue: the kernel drops the next SYN
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        done = httpeek(f"{option}=50ms", address)
    assert (done.code, done.err) == (28, f"httpeek: (28) {address} did not answer within 0.05 s ({option})\n")
