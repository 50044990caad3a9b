"""talk: telnet for HTTP."""

from __future__ import annotations

import socket

from tests.support import Peer, Program, half_close, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Sent:
    """Keeps everything up to the end of the stream, and answers then."""

    def __init__(self, reply: bytes) -> None:
        self.octets = b""
        self._reply = reply

    def __call__(self, sock: socket.socket) -> None:
        while piece := sock.recv(65536):
            self.octets += piece
        sock.sendall(self._reply)


def test_lines_go_out_with_crlf_and_the_half_close_is_seen(httpeek: Program) -> None:
    sent = Sent(OK)
    with Peer((sent,)) as peer:
        done = httpeek("talk", peer.address, stdin=b"GET / HTTP/1.0\n\n")
    assert sent.octets == b"GET / HTTP/1.0\r\n\r\n"
    assert (done.code, done.out) == (0, OK)


def test_exact_sends_the_octets_as_they_are(httpeek: Program) -> None:
    sent = Sent(OK)
    octets = b"GET / HTTP/1.1\nHost: a\r\n\x00\xff\r\n\n"
    with Peer((sent,)) as peer:
        httpeek("talk", "--exact", peer.address, stdin=octets)
    assert sent.octets == octets


def test_the_rules_that_a_request_breaks_are_named(httpeek: Program) -> None:
    with Peer((Sent(OK),)) as peer:
        done = httpeek("talk", peer.address, stdin=b"GET / HTTP/1.1\nX : 1\n\n")
    assert "[space-before-colon]" in done.err
    assert "[host-missing]" in done.err


def test_the_rules_that_a_response_breaks_are_named(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n") as peer:
        done = httpeek("talk", peer.address, stdin=b"GET / HTTP/1.0\n\n")
    assert "[space-before-colon]" in done.err


def test_it_ends_when_every_request_is_answered_though_the_peer_holds_on(httpeek: Program) -> None:
    with Peer((read_head, OK, read_head, half_close)) as peer:
        done = httpeek("talk", peer.address, stdin=b"GET / HTTP/1.1\nHost: a\n\n")
    assert (done.code, done.out) == (0, OK)


def test_two_requests_in_one_go_get_two_answers(httpeek: Program) -> None:
    with Peer((read_head, OK + OK)) as peer:
        done = httpeek("talk", peer.address, stdin=b"GET /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.1\nHost: a\n\n")
    assert (done.code, done.out) == (0, OK + OK)


def test_a_cut_body_is_exit_18(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok") as peer:
        done = httpeek("talk", peer.address, stdin=b"GET / HTTP/1.1\nHost: a\n\n")
    assert done.code == 18


def test_no_connection_is_exit_7(httpeek: Program) -> None:
    assert httpeek("talk", "127.0.0.1:1", stdin=b"").code == 7
