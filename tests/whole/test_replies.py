"""What the program does with replies of every kind: exit code, what is shown, what is said."""

from __future__ import annotations

import socket
import zlib
from collections.abc import Callable

import pytest

from tests.support import Peer, Program, half_close, hold, read_head, replying, reset

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_complete_reply_ends_at_once_while_the_server_holds_the_connection_open(httpeek: Program) -> None:
    with Peer((read_head, OK, hold)) as peer:
        done = httpeek(peer.url)
    assert (done.code, done.out, done.err) == (0, b"ok", "")


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_a_reply_without_content_ends_at_once(httpeek: Program, method: str, head: bytes) -> None:
    with Peer((read_head, head, hold)) as peer:
        done = httpeek(method, peer.url)
    assert (done.code, done.out) == (0, b"")


def test_304_ends_at_once_and_is_exit_3(httpeek: Program) -> None:
    with Peer((read_head, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", hold)) as peer:
        done = httpeek(peer.url)
    assert done.code == 3


def test_interim_responses_are_never_taken_for_the_final_one(httpeek: Program) -> None:
    interim = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n"
    )
    with replying(interim + OK) as peer:
        done = httpeek("-p", "hb", peer.url)
    assert done.code == 0
    text = done.out.decode()
    assert text.index("103 Early Hints") < text.index("Link: </b>") < text.index("200 OK")
    assert text.rstrip().endswith("ok")


def test_a_lone_interim_response_is_fatal(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 103 Early Hints\r\n\r\n") as peer:
        done = httpeek(peer.url)
    assert done.code == 8
    assert "[lone-interim]" in done.err or "interim" in done.err


def test_endless_interim_responses_end(httpeek: Program) -> None:
    def flood(sock: socket.socket) -> None:
        for _ in range(100_000):
            sock.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")

    with Peer((read_head, flood)) as peer:
        done = httpeek(peer.url)
    assert done.code == 8


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 8),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", 8),
        (b"<html>hello</html>", 8),
        (b"\x15\x03\x01\x00\x02\x02\x46", 8),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nseventeen octets.", 18),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 18),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", 18),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", 56),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", 56),
        (b"HTTP/1.1 200 OK\r\nContent-Le", 56),
        (b"", 52),
    ],
)
def test_a_reply_without_a_safe_reading_is_an_error_that_names_it(httpeek: Program, reply: bytes, code: int) -> None:
    with replying(reply) as peer:
        done = httpeek(peer.url)
    assert done.code == code
    assert done.err.splitlines()[-1].startswith(f"httpeek: ({code}) ")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("reply", "identifier"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\r\n b\r\n\r\nok", "obs-fold"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "bare-lf"),
        (b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nok", "space-before-colon"),
        (b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok", "nul"),
        (b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 2\r\n\r\nok", "control-octet"),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "missing-reason"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "length-with-coding",
        ),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "coding-in-10"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", "content-length-repeated"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokMORE", "bytes-after-end"),
        (b"HTTP/1.1 200 OK\r\n\r\nok", "until-close"),
        ("HTTP/1.1 200 OK\r\nX: \u00e4\r\nContent-Length: 2\r\n\r\nok".encode(), "non-ascii"),
    ],
)
def test_what_the_rfc_gives_a_winner_for_is_a_note_and_with_strict_an_error(
    httpeek: Program, reply: bytes, identifier: str
) -> None:
    with replying(reply, reply) as peer:
        tolerant = httpeek(peer.url)
        strict = httpeek("--strict", peer.url)
    assert (tolerant.code, tolerant.out) == (0, b"ok")
    assert f"[{identifier}]" in tolerant.err
    assert strict.code == 8


def test_short_content_says_how_many_of_how_many(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nseventeen octets.") as peer:
        done = httpeek(peer.url)
    assert done.out == b"seventeen octets."
    assert "17 of 100 bytes" in done.err


def test_a_reset_is_exit_56_and_said(httpeek: Program) -> None:
    with Peer((read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", reset)) as peer:
        done = httpeek(peer.url)
    assert done.code == 56
    assert "reset the connection" in done.err


def test_an_early_answer_to_an_upload_is_shown(httpeek: Program) -> None:
    def refuse(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        half_close(sock)
        hold(sock)

    with Peer((refuse,)) as peer:
        done = httpeek("POST", peer.url, "--data", "@-", stdin=b"x" * 8_000_000)
    assert (done.code, done.out) == (4, b"big")


def test_content_is_not_sent_after_a_final_answer_to_expect(httpeek: Program) -> None:
    got: list[bytes] = []

    def refuse(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
        got.append(sock.recv(65536))

    with Peer((refuse,)) as peer:
        done = httpeek("POST", peer.url, "Expect:100-continue", "--data", "secret")
    assert done.code == 4
    assert got == [b""]


def test_expect_waits_for_a_bounded_time_and_sends_then(httpeek: Program) -> None:
    got: list[bytes] = []

    def silent(sock: socket.socket) -> None:
        read_head(sock)
        got.append(sock.recv(65536))
        sock.sendall(OK)

    with Peer((silent,)) as peer:
        done = httpeek("POST", peer.url, "Expect:100-continue", "--expect-timeout", "0.1", "--data", "body")
    assert (done.code, got) == (0, [b"body"])
    assert "--expect-timeout" in done.err


def test_101_that_was_asked_for_hands_the_connection_over(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nhello") as peer:
        done = httpeek("-p", "h", peer.url, "Upgrade:echo", "Connection:upgrade")
    assert done.code == 0
    assert b"101 Switching Protocols" in done.out


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("gzip", lambda data: _packed(data, 31)),
        ("deflate", lambda data: _packed(data, 15)),
        ("gzip, gzip", lambda data: _packed(_packed(data, 31), 31)),
    ],
)
def test_content_codings_are_taken_off_and_raw_shows_them(
    httpeek: Program, name: str, pack: Callable[[bytes], bytes]
) -> None:
    coded = pack(b"hello " * 1000)
    reply = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (name.encode(), len(coded)) + coded
    )
    with replying(reply, reply) as peer:
        shown = httpeek(peer.url)
        raw = httpeek("--raw", peer.url)
    assert shown.out == b"hello " * 1000
    assert raw.out == reply


def _packed(data: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, bits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("cut", [b"not gzip at all", _packed(b"hello " * 5000, 31)[:60]])
def test_content_that_does_not_match_its_coding_is_exit_61_and_shown_as_far_as_it_goes(
    httpeek: Program, cut: bytes
) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(cut) + cut
    with replying(reply, reply) as peer:
        done = httpeek(peer.url)
        raw = httpeek("--raw", peer.url)
    assert done.code == 61
    assert (raw.code, raw.out) == (0, reply)


def test_a_decompression_bomb_stops_at_the_limit(httpeek: Program) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(128)) + packer.flush()
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    with replying(reply) as peer:
        done = httpeek(peer.url)
    assert done.code == 63
    assert len(done.out) <= 40 << 20


def test_an_endless_head_ends_with_exit_100(httpeek: Program) -> None:
    def flood(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(2_000):
            sock.sendall(b"X: " + b"a" * 1_000 + b"\r\n")

    with Peer((flood,)) as peer:
        done = httpeek(peer.url)
    assert done.code == 100


def test_a_field_line_of_70_000_octets_is_fine(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\nContent-Length: 2\r\n\r\nok") as peer:
        done = httpeek(peer.url)
    assert (done.code, done.out, done.err) == (0, b"ok", "")


def test_raw_to_a_pipe_is_what_the_server_sent_octet_for_octet(httpeek: Program) -> None:
    reply = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: \x1b[31m\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\n"
    with replying(reply) as peer:
        done = httpeek("--raw", peer.url)
    assert done.out == reply


@pytest.mark.parametrize(
    ("words", "phase"),
    [
        (("--timeout", "0.2"), "--timeout"),
        (("--max-time", "0.2"), "--max-time"),
    ],
)
def test_a_limit_that_runs_out_is_exit_28_and_says_which(httpeek: Program, words: tuple[str, ...], phase: str) -> None:
    with Peer((read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", hold)) as peer:
        done = httpeek(*words, peer.url)
    assert (done.code, done.out) == (28, b"half")
    assert phase in done.err
