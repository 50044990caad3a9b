"""Bodies as they leave: forms with files, codings, chunks, what --offline shows, and standard input that is odd."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.support import LIMIT, Peer, Program, environment, hold
from tests.whole.test_input import OK, Seen, start

MIB = 1024 * 1024


def test_a_form_with_a_file_is_sent_with_its_length_and_the_boundary_it_names(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_bytes(b"x" * 300_000)
    seen = Seen()
    with Peer([seen]) as peer:
        assert httpeek("-f", peer.url, "f@f.txt;type=a/b;filename=g", "n=1").code == 0
    head = seen.octets.partition(b"\r\n\r\n")[0]
    boundary = re.search(rb"boundary=([0-9a-f]{32})", head)
    assert boundary is not None
    assert seen.content.startswith(b"--" + boundary[1] + b"\r\n")
    assert seen.content.endswith(b"\r\n--" + boundary[1] + b"--\r\n")
    assert b'name="f"; filename="g"\r\nContent-Type: a/b\r\n\r\nxxx' in seen.content
    assert b"Content-Length: %d\r\n" % len(seen.content) in seen.octets


@pytest.mark.parametrize(
    "words",
    [
        ("-f", "URL", "f@big"),
        ("-f", "--chunked", "URL", "f@big"),
        ("--compress=gzip", "URL", "@big"),
        ("--as=curl", "URL", "@big"),
    ],
)
def test_no_file_is_loaded_into_memory(httpeek: Program, tmp_path: Path, words: tuple[str, ...]) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(256 * MIB)

    ends = (b"--\r\n", b"0\r\n\r\n") if "-f" in words else None

    def swallow(sock: socket.socket) -> None:
        """Takes a request without keeping it, answers, and waits for the end."""
        buffer, sent = bytearray(MIB), 0
        while True:
            count = sock.recv_into(buffer)
            sent += count
            # A file of zeros becomes a few hundred KiB where it is compressed.
            last = buffer[:count].endswith(ends) if ends else sent >= (256 * MIB if "--as=curl" in words else 200_000)
            if last or not count:
                break
        sock.sendall(OK)
        while sock.recv_into(buffer):
            pass

    program = (
        "import sys\nfrom httpeek.cli.main import run\nrun(sys.argv[1:])\n"
        # Not getrusage: its peak is that of the process that started this one, where that was larger (getrusage(2)).
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0], file=sys.stderr)"
    )
    with Peer([swallow]) as peer:
        given = [peer.url if word == "URL" else word for word in words]
        done = subprocess.run(
            [sys.executable, "-c", program, *given],
            env=environment(tmp_path),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT * 2,
            check=True,
        )
    assert int(done.stderr.split()[-1]) < 64 * 1024, done.stderr


def test_compressed_content_says_so_and_a_redirect_gets_it_again(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"the same words again " * 5000)
    first, second = Seen(), Seen()
    with Peer([first], [second]) as peer:
        moved = b"HTTP/1.1 307 Moved\r\nLocation: %s/b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        first.reply = moved % peer.url.encode()
        assert httpeek("-x", "-F", peer.url, "@f").code == 0
    assert b"Content-Encoding: deflate\r\n" in second.octets
    assert first.content == second.content
    assert zlib.decompress(second.content) == (tmp_path / "f").read_bytes()


def test_a_secret_in_compressed_content_is_in_no_record(httpeek: Program) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        httpeek("-xx", peer.url, "password=hunter2-hunter2")
    assert b"hunter2" in zlib.decompress(seen.content)
    records = b"".join(path.read_bytes() for path in httpeek.home.rglob("*") if path.is_file())
    assert b"hunter2" not in records
    assert seen.content not in records
    assert b"<masked" in httpeek("show", "@last", "-p", "B").out


@pytest.mark.parametrize("words", [("--offline", "--raw"), ("--offline", "--as=raw", "-p", "HB")])
@pytest.mark.parametrize(
    "body",
    [("a=1", "X-A:2", "X-B:3"), ("-f", "f@f", "--boundary=b"), ("--chunked", "@f"), ("-xx", "a=1"), ("q==1", "Host:")],
)
def test_offline_shows_the_octets_that_the_wire_gets(
    httpeek: Program, tmp_path: Path, words: tuple[str, ...], body: tuple[str, ...]
) -> None:
    (tmp_path / "f").write_bytes(b"\0\xff" * 1000)
    seen = Seen()
    with Peer([seen]) as peer:
        shown = httpeek(*words, peer.url, *body)
        assert (shown.code, shown.err, peer.connections) == (0, "", 0)
        httpeek(peer.url, *body)
    assert shown.out == seen.octets


def test_offline_looks_up_nothing_and_records_nothing(httpeek: Program) -> None:
    done = httpeek("--offline", "https://no.such.invalid/x", "a=b", "-p", "B")
    assert (done.code, done.out) == (0, b'{"a": "b"}')
    assert httpeek("--offline", "/get").out.startswith(b"GET /get HTTP/1.1\r\nHost: localhost\r\n")
    assert b"/x" not in httpeek("show").out


def test_offline_on_a_terminal_is_formatted_and_in_verbose_says_that_nothing_was_sent(httpeek: Program) -> None:
    code, screen = httpeek.terminal("--offline", "--plain", ":80", "a=b")
    assert code == 0
    assert '\n\n{\n    "a": "b"\n}\n' in screen
    assert "not sent 10 bytes of content" in httpeek("--offline", "-v", ":80", "a=b").err


def test_a_slow_upload_shows_its_progress_on_a_terminal_and_leaves_no_trace(httpeek: Program, tmp_path: Path) -> None:
    from httpeek.model.events import OUT, Completed, Content, Event, Planned
    from httpeek.model.plan import Body, Plan
    from httpeek.model.target import parse
    from httpeek.render.screen import Screen
    from httpeek.render.upload import Upload

    err = os.memfd_create("err")
    sink = Upload(Screen(1, err, err_tty=True))
    plan = Plan("PUT", parse(":80"), (), Body(path="f", length=100 * MIB))
    sink.feed(Event(0, 1, 1, None, Planned(plan)))
    for tenth in range(50):
        sink.feed(Event(tenth * 50_000_000, 1, 1, None, Content(OUT, 0, bytes(MIB))))
    sink.feed(Event(10**10, 1, 1, None, Completed(OUT, 1)))
    drawn = os.pread(err, 100_000, 0).decode().split("\r")
    os.close(err)
    assert 15 <= len(drawn) <= 23, "at most ten a second, and none in the first half"
    assert drawn[1] == "sent  11% [#                 ] 11.0 of 100.0 MiB  22 MiB/s  0:04 left\x1b[K"
    assert drawn[-1] == "\x1b[K"


def test_a_short_upload_shows_no_progress(httpeek: Program) -> None:
    with Peer([Seen()]) as peer:
        _, screen = httpeek.terminal(peer.url, "a=b")
    assert "sent" not in screen


def test_chunked_content_in_fields_alone_is_refused_naming_the_option(httpeek: Program) -> None:
    done = httpeek(":1", "Transfer-Encoding:chunked", "a=b")
    assert done.code == 2
    assert "--chunked" in done.err
    assert httpeek("--chunked", "--http1.0", ":1", "a=b").code == 2


# Standard input as cron jobs, loops and services have it


def test_dev_null_is_no_body(httpeek: Program) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek("POST", peer.url)
    assert (done.code, done.err, seen.content) == (0, "", b"")
    assert b"Content-Length: 0\r\n" in seen.octets
    assert b"Content-Type" not in seen.octets


def test_a_pipe_that_ended_without_data_is_no_body(httpeek: Program) -> None:
    seen = Seen()
    with Peer([seen]) as peer:
        done = httpeek("POST", peer.url, stdin=b"")
    assert (done.code, done.err) == (0, "")
    assert b"Content-Length: 0\r\n" in seen.octets


def test_a_socket_on_stdin_that_is_silent_hangs_nothing_and_one_with_data_is_the_body(
    httpeek: Program, tmp_path: Path
) -> None:
    for data in (b"", b"from a socket"):
        ours, theirs = socket.socketpair()
        seen = Seen()
        with ours, theirs, Peer([seen]) as peer:
            ours.sendall(data)
            if data:
                ours.shutdown(socket.SHUT_WR)
            child = start(tmp_path, "POST", peer.url, stdin=theirs.fileno())
            child.communicate(timeout=LIMIT)
        assert child.returncode == 0
        assert data in seen.content if data else seen.content == b""


def test_items_go_before_stdin_whatever_it_is(httpeek: Program, tmp_path: Path) -> None:
    read, write = os.pipe()
    seen = Seen()
    with Peer([seen]) as peer:
        child = start(tmp_path, "POST", peer.url, "a=1", stdin=read)
        child.communicate(timeout=LIMIT)
    os.close(read)
    os.close(write)
    assert (child.returncode, seen.content) == (0, b'{"a": "1"}')


def test_a_while_read_loop_that_posts_items_keeps_its_lines(httpeek: Program, tmp_path: Path) -> None:
    seen = [Seen(), Seen(), Seen()]
    with Peer(*[[one] for one in seen]) as peer:
        line = f"printf '1\\n2\\n3\\n' | while read n; do {sys.executable} -m httpeek POST {peer.url} n=$n; done"
        done = subprocess.run(
            ["sh", "-c", line], env=environment(tmp_path), capture_output=True, timeout=LIMIT, check=False
        )
    assert done.stdout == b"okokok"
    assert [one.content for one in seen] == [b'{"n": "1"}', b'{"n": "2"}', b'{"n": "3"}']


def test_a_fifo_whose_writer_comes_late_is_waited_for(httpeek: Program, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    seen = Seen()
    with Peer([seen]) as peer:
        reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        child = start(tmp_path, "POST", peer.url, stdin=reading)
        os.close(reading)
        with fifo.open("wb") as file:
            file.write(b"late")
        child.communicate(timeout=LIMIT)
    assert child.returncode == 0
    assert b"late" in seen.content


def test_a_large_file_arrives_octet_for_octet_and_the_record_counts_what_it_does_not_keep(
    httpeek: Program, tmp_path: Path
) -> None:
    octets = os.urandom(5 * MIB)
    (tmp_path / "big").write_bytes(octets)
    for words in ((), ("-p", "B")):  # moved by the kernel, and read because it is shown
        seen = Seen()
        with Peer([seen]) as peer:
            done = httpeek(*words, peer.url, "@big")
        assert (done.code, seen.content == octets, done.err) == (0, True, "")
        assert done.out == (octets if words else b"ok")
        assert "octets of this exchange were not kept in the record" in httpeek("show", "-p", "B").err


def test_an_answer_that_comes_while_a_file_is_moved_ends_the_upload(httpeek: Program, tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(64 * MIB)

    def refuse(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")

    with Peer([refuse, hold]) as peer:
        done = httpeek(peer.url, "@big")
    assert (done.code, done.out) == (4, b"no\n")
    assert "octets of content were sent when the answer came" in done.err
