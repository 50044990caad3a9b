"""--retry: what is tried again and what never is, when, and how it is told."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.support import Peer, Program, read_head, replying, reset

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
LATER = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
QUICK = ("--retry-delay", "0")


@pytest.fixture
def httpeek(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_status_that_may_heal_is_tried_again_and_only_the_last_answer_is_shown(httpeek: Program, status: int) -> None:
    busy = b"HTTP/1.1 %d Busy\r\nContent-Length: 4\r\n\r\nbusy" % status
    with replying(busy, busy, OK) as peer:
        done = httpeek("--retry", "3", *QUICK, peer.url)
    assert (done.code, done.out) == (0, b"ok")
    assert f"note: {status}: attempt 2 of 4 in 0.0 s\n" in done.err
    assert f"note: {status}: attempt 3 of 4 in 0.0 s\n" in done.err
    assert peer.connections == 3


def test_no_other_status_is_and_none_without_being_asked(httpeek: Program) -> None:
    for reply, words in ((b"HTTP/1.1 500 No\r\n\r\n", ("--retry", "3")), (BUSY, ()), (b"HTTP/1.1 404 No\r\n\r\n", ())):
        with replying(reply, OK) as peer:
            assert httpeek(*words, *QUICK, peer.url).code in (4, 5)
            assert peer.connections == 1


def test_when_no_try_is_left_the_last_answer_stands(httpeek: Program) -> None:
    with replying(BUSY, BUSY) as peer:
        done = httpeek("--retry", "1", *QUICK, peer.url)
    assert (done.code, done.out, peer.connections) == (5, b"busy", 2)


def test_every_attempt_is_an_exchange_of_the_record(httpeek: Program) -> None:
    with replying(BUSY, OK) as peer:
        done = httpeek("--retry", "1", *QUICK, "--as", "json", peer.url)
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert (first["attempt"], first["cause"], first["response"]["status"]) == (1, "asked", 503)
    assert (second["attempt"], second["cause"], second["response"]["status"]) == (2, "retry", 200)
    shown = json.loads(b"[" + b",".join(httpeek("show", "@last", "--as", "json", "--all").out.splitlines()) + b"]")
    assert [one["attempt"] for one in shown] == [1, 2]
    curl = httpeek("show", "@last", "--as", "curl").out
    assert b"--retry 1 --retry-connrefused --retry-delay 0" in curl


@pytest.mark.parametrize("broken", [(read_head, reset), (read_head,), (read_head, OK[:-1]), (read_head, b"HTTP/1.1 2")])
def test_a_connection_that_breaks_is_tried_again_for_what_is_idempotent(
    httpeek: Program, broken: tuple[object, ...]
) -> None:
    with Peer(broken, (read_head, OK)) as peer:  # type: ignore[arg-type]  # steps
        assert httpeek("--retry", "1", *QUICK, "PUT", peer.url).out.endswith(b"ok")
        assert peer.connections == 2
    with Peer(broken, (read_head, OK)) as peer:  # type: ignore[arg-type]  # as above
        assert httpeek("--retry", "1", *QUICK, "POST", peer.url, "a=1").code in (18, 52, 56)
        assert peer.connections == 1


def test_post_is_tried_again_where_nothing_was_sent_or_the_server_says_it_may(httpeek: Program) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        done = httpeek("--retry", "2", *QUICK, "POST", f"127.0.0.1:{sock.getsockname()[1]}", "a=1")
    assert done.code == 7
    assert "attempt 3 of 3" in done.err
    with replying(LATER, OK) as peer:
        assert httpeek("--retry", "1", "POST", peer.url, "a=1").out == b"ok"
    with replying(BUSY, OK) as peer:
        assert httpeek("--retry", "1", *QUICK, "POST", peer.url, "a=1").code == 5
        assert peer.connections == 1


def test_content_that_can_be_read_once_is_sent_once(httpeek: Program) -> None:
    with replying(BUSY, OK) as peer:
        done = httpeek("--retry", "1", *QUICK, "PUT", "--data", "@-", peer.url, stdin=b"stream")
        assert (done.code, peer.connections) == (5, 1)


def test_a_file_is_sent_again_whole(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"x" * 100_000)
    bodies: list[int] = []

    def hear(sock: socket.socket) -> None:
        octets = b""
        while not octets.endswith(b"x" * 1000) or len(octets.partition(b"\r\n\r\n")[2]) < 100_000:
            octets += sock.recv(65536)
        bodies.append(len(octets.partition(b"\r\n\r\n")[2]))

    with Peer((hear, BUSY), (hear, OK)) as peer:
        assert httpeek("--retry", "1", *QUICK, "PUT", "--data", "@body", peer.url).out == b"ok"
    assert bodies == [100_000, 100_000]


@pytest.mark.parametrize("said", [b"0", b"Thu, 01 Jan 1970 00:00:00 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT"])
def test_retry_after_goes_before_the_pause_in_seconds_and_as_a_date(httpeek: Program, said: bytes) -> None:
    reply = b"HTTP/1.1 429 Slow\r\nRetry-After: %b\r\nContent-Length: 0\r\n\r\n" % said
    with replying(reply, OK) as peer:
        done = httpeek("--retry", "1", "--retry-delay", "1h", peer.url)
    assert (done.out, "429: attempt 2 of 2 in 0.0 s" in done.err) == (b"ok", True)


def test_why_is_said_once_and_before_the_pause(httpeek: Program) -> None:
    with Peer((read_head, reset), (read_head, OK)) as peer:
        done = httpeek("-v", "--retry", "1", *QUICK, peer.url)
    (note,) = [line for line in done.err.splitlines() if line.startswith("note: ")]
    assert note.startswith(f"note: {peer.address} reset the connection")
    assert note.endswith("; attempt 2 of 2 in 0.0 s")


def test_a_wait_past_the_limit_is_not_begun(httpeek: Program) -> None:
    reply = b"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
    with replying(reply, OK) as peer:
        done = httpeek("--retry", "1", "--retry-max-time", "5", peer.url)
    assert done.code == 5
    assert "not tried again: 3600.0 s to wait is past --retry-max-time" in done.err


def test_each_hop_of_a_redirect_has_its_tries(httpeek: Program) -> None:
    with replying(OK) as end:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {end.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with replying(BUSY, moved) as peer:
            done = httpeek("-F", "--retry", "1", *QUICK, peer.url)
    assert (done.code, done.out) == (0, b"ok")


def test_verbose_shows_every_attempt(httpeek: Program) -> None:
    with replying(BUSY, OK) as peer:
        done = httpeek("-v", "--retry", "1", *QUICK, peer.url)
    assert "< HTTP/1.1 503 Busy" in done.err
    assert "* attempt 2: GET" in done.err
    assert done.out == b"ok"


def test_as_curl_rounds_a_pause_up_and_says_so(httpeek: Program) -> None:
    done = httpeek("--as=curl", "--offline", "--retry=1", "--retry-delay=300ms", "http://a.test/")
    assert b"--retry-delay 1 " in done.out
    assert "curl's pauses are whole seconds" in done.err
