"""Standard input, signals and a closed standard output: what a shell, a loop and a cron job do to a program."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import LIMIT, Peer, Program, environment, hold, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def start(home: Path, *words: str, **streams: object) -> subprocess.Popen[bytes]:
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **streams}
    command = [sys.executable, "-m", "httpeek", *words]
    return subprocess.Popen(command, env=environment(home), cwd=home, **given)  # type: ignore[call-overload, no-any-return]  # keywords


class Seen:
    """Keeps the request: head and as much content as its Content-Length or last chunk says."""

    def __init__(self) -> None:
        self.octets = b""
        self.reply = OK

    def __call__(self, sock: socket.socket) -> None:
        while b"\r\n\r\n" not in self.octets:
            self.octets += sock.recv(65536)
        head, _, content = self.octets.partition(b"\r\n\r\n")
        length = next(
            (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0
        )
        chunked = b"chunked" in head
        while len(content) < length or (chunked and not content.endswith(b"0\r\n\r\n")):
            content += sock.recv(65536)
        self.octets = head + b"\r\n\r\n" + content
        sock.sendall(self.reply)

    @property
    def content(self) -> bytes:
        return self.octets.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_pipe_with_data_is_the_body_of_an_explicit_method(httpeek: Program, method: str) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek(method, peer.url, stdin=b"from a pipe")
    assert done.code == 0
    assert b"from a pipe" in seen.content


def test_a_file_on_stdin_is_sent_with_its_length(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"x" * 300_000)
    seen = Seen()
    with Peer([seen]) as peer, (tmp_path / "body").open("rb") as file:
        child = start(tmp_path, "POST", peer.url, stdin=file)
        child.communicate(timeout=LIMIT)
    assert b"Content-Length: 300000\r\n" in seen.octets
    assert seen.content == b"x" * 300_000


def test_a_get_never_takes_stdin_and_says_that_data_waits(httpeek: Program) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek(peer.url, stdin=b"not for you")
    assert (done.code, seen.content) == (0, b"")
    assert "standard input has data" in done.err


def test_ignore_stdin_never_looks(httpeek: Program) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek("-I", "POST", peer.url, stdin=b"not for you")
    assert (done.code, seen.content, done.err) == (0, b"", "")


def test_a_pipe_that_never_closes_and_says_nothing_hangs_nothing(httpeek: Program, tmp_path: Path) -> None:
    read, write = os.pipe()
    seen = Seen()
    try:
        with Peer([seen]) as peer:
            child = start(tmp_path, "POST", peer.url, stdin=read)
            _, err = child.communicate(timeout=LIMIT)
    finally:
        os.close(read)
        os.close(write)
    assert (child.returncode, seen.content) == (0, b"")
    assert b"open but silent" in err


def test_stdin_that_is_closed_is_no_body(httpeek: Program, tmp_path: Path) -> None:
    with replying(OK) as peer:
        command = f"{sys.executable} -m httpeek POST {peer.url} <&-"
        done = subprocess.run(
            ["sh", "-c", command], env=environment(tmp_path), capture_output=True, timeout=LIMIT, check=False
        )
    assert (done.returncode, done.stdout) == (0, b"ok")


@pytest.mark.parametrize("closed", [">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_what_is_shown_goes_into_no_socket_where_the_streams_are_closed(tmp_path: Path, closed: str) -> None:
    received: list[bytes] = []

    def keep(sock: socket.socket) -> None:
        while data := sock.recv(65536):
            received.append(data)

    with Peer([OK, keep]) as peer:
        command = f"{sys.executable} -m httpeek --record=off -p Hhb {peer.url} {closed}"
        done = subprocess.run(
            ["sh", "-c", command], env=environment(tmp_path), capture_output=True, timeout=LIMIT, check=False
        )
    assert b"".join(received).count(b"HTTP/1.1") == 1
    assert done.returncode == 23
    assert b"standard output is closed" in done.stderr or "2>&-" in closed


def test_a_while_read_loop_keeps_its_lines(httpeek: Program, tmp_path: Path) -> None:
    with replying(OK, OK, OK) as peer:
        script = f"printf '1\\n2\\n3\\n' | while read n; do {sys.executable} -m httpeek {peer.url}/$n 2>/dev/null; done"
        done = subprocess.run(
            ["sh", "-c", script], env=environment(tmp_path), capture_output=True, timeout=LIMIT, check=False
        )
    assert done.stdout == b"okokok"


def test_data_from_stdin_is_read_when_asked_and_sent_as_it_comes(httpeek: Program, tmp_path: Path) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek("PUT", peer.url, "--data", "@-", stdin=b"y" * 600_000)
    assert done.code == 0
    assert b"Transfer-Encoding: chunked" in seen.octets
    assert seen.content.count(b"y") == 600_000


@pytest.mark.parametrize("words", [("--method", "\u4f60"), ("POST", "--data", "@"), ("--sni", "a\u2603")])
def test_what_cannot_be_sent_is_wrong_usage_and_one_line(httpeek: Program, words: tuple[str, ...]) -> None:
    done = httpeek(*words, "https://127.0.0.1:1/")
    assert done.code == 2
    assert done.err.startswith("httpeek: (2) ")
    assert done.err.count("\n") == 1


def test_http_10_has_no_chunks_so_what_is_piped_in_gets_a_length(httpeek: Program) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek("--http1.0", "POST", peer.url, "--data", "@-", stdin=b"from a pipe")
    assert done.code == 0
    assert b"Content-Length: 11\r\n" in seen.octets
    assert b"Transfer-Encoding" not in seen.octets
    assert seen.content == b"from a pipe"


def test_exact_octets_of_data_and_of_a_file(httpeek: Program, tmp_path: Path) -> None:
    octets = bytes(range(256)) * 10
    (tmp_path / "f.bin").write_bytes(octets)
    for words, content in (
        (("--data", "a&b=c\\n"), b"a&b=c\\n"),
        (("--data", "@f.bin"), octets),
        (("@f.bin",), octets),
    ):
        seen = Seen()
        with Peer([seen]) as peer:
            assert httpeek("POST", peer.url, *words).code == 0
        assert seen.content == content


def test_a_file_that_cannot_be_read_is_exit_26_before_anything_is_sent(httpeek: Program) -> None:
    with Peer([hold]) as peer:
        done = httpeek("POST", peer.url, "--data", "@/no/such/file")
    assert done.code == 26
    assert peer.connections == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_arrived_is_shown_and_recorded(
    httpeek: Program, tmp_path: Path, number: signal.Signals
) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100\r\n\r\nhalf"
    with Peer([read_head, half, hold]) as peer:
        child = start(tmp_path, peer.url)
        assert child.stdout is not None
        shown = child.stdout.read(4)
        child.send_signal(number)
        _, err = child.communicate(timeout=LIMIT)
    assert shown == b"half"
    if number == signal.SIGINT:
        assert child.returncode == 130
        assert b"httpeek: (130)" in err
        assert httpeek("show", "-p", "b").out == b"half"
    else:
        assert child.returncode == -signal.SIGTERM


def test_a_reader_that_goes_away_ends_it_quietly_and_the_record_is_kept(httpeek: Program, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m httpeek /bytes/5000000 | head -c 10; exit ${{PIPESTATUS[0]}}"],
        env=environment(tmp_path),
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 141
    assert len(done.stdout) == 10
    assert b"httpeek: (" not in done.stderr
    assert b"/bytes/5000000" in httpeek("show").out


def test_a_full_disk_is_exit_23(httpeek: Program, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, replying(OK) as peer:
        child = start(tmp_path, peer.url, stdout=full)
        _, err = child.communicate(timeout=LIMIT)
    assert child.returncode == 23
    assert b"httpeek: (23)" in err


def test_output_goes_to_a_file_as_it_came(httpeek: Program, tmp_path: Path) -> None:
    done = httpeek("-o", "out.bin", "/bytes/100000")
    assert (done.code, done.out) == (0, b"")
    assert (tmp_path / "out.bin").stat().st_size == 100_000
    assert httpeek("-o", "no/such/dir", "/get").code == 23
