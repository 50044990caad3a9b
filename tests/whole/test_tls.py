"""TLS through the whole program: what a person sees of it, and the exit codes."""

from __future__ import annotations

import json
import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from tests.net.peers import REPLY, TlsPeer, authority, dated, server_context
from tests.support import Peer, Program, hold, read_head, replying


@pytest.fixture
def trusted(tmp_path: Path) -> str:
    """The file with the authority's certificate."""
    path = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)


def test_a_request_over_tls_is_answered_in_each_way(httpeek: Program, trusted: str) -> None:
    with TlsPeer(server_context()) as peer:
        raw = httpeek("--raw", "--verify", trusted, peer.url)
        told = httpeek("-v", f"--verify={trusted}", peer.url)
        (found,) = json.loads(f"[{httpeek('--as=json', '--verify', trusted, peer.url).out.decode()}]")
    assert (raw.code, raw.out) == (0, REPLY)
    assert (told.code, told.out) == (0, b"ok")
    lines = told.err.splitlines()
    assert "* TLS asks for name localhost, ALPN http/1.1" in lines
    assert any(line.startswith("* TLS 1.3, TLS_") and "ALPN http/1.1" in line for line in lines)
    assert any(line.startswith("* certificate 0: ") and "DNS:localhost" in line for line in lines)
    assert "* certificate check: ok" in lines
    assert (found["tls"]["version"], found["tls"]["verify"]) == ("TLS 1.3", "ok")
    assert found["tls"]["chain"][0]["names"] == ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]


def test_the_chain_of_a_refused_certificate_is_shown(httpeek: Program, trusted: str) -> None:
    leaf = dated(timedelta(days=-60), timedelta(days=-20, hours=-1))
    with TlsPeer(server_context(leaf)) as peer:
        told = httpeek("-v", "--verify", trusted, peer.url)
        machine = httpeek("--as=json", "--verify", trusted, peer.url)
    assert (told.code, machine.code) == (60, 60)
    lines = told.err.splitlines()
    assert any(line.startswith("* certificate 0: ") and "DNS:localhost" in line for line in lines)
    assert lines[-1].startswith("httpeek: (60) certificate of localhost expired on ")
    found = json.loads(machine.out)
    assert found["tls"]["chain"][0]["names"] == ["DNS:localhost"]
    assert "expired on" in found["tls"]["verify"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_requires_a_certificate_is_understood(
    version: ssl.TLSVersion, httpeek: Program, trusted: str
) -> None:
    made = server_context(maximum_version=version, verify_mode=ssl.CERT_REQUIRED)
    authority().configure_trust(made)
    with TlsPeer(made) as peer:
        done = httpeek("--verify", trusted, peer.url)
    assert done.code == 35
    assert "a client certificate" in done.err and "--cert FILE" in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--verify=/nowhere",), '--verify "/nowhere" is no file or directory of PEM certificates'),
        (("--cert=/nowhere",), '--cert "/nowhere": no such file'),
        (("--ciphers=NONSENSE",), '--ciphers "NONSENSE" selects no cipher of this OpenSSL'),
        (("--tls-min=1.3", "--tls-max=1.2"), "--tls-min 1.3 is above --tls-max 1.2"),
    ],
)
def test_options_that_cannot_be_used_send_nothing(words: tuple[str, ...], sentence: str, httpeek: Program) -> None:
    with Peer((hold,)) as peer:
        done = httpeek(*words, f"https://{peer.address}/")
        assert peer.connections == 0
    assert (done.code, done.err) == (2, f"httpeek: (2) {sentence}\n")


def test_a_body_until_close_needs_close_notify(httpeek: Program, trusted: str) -> None:
    def cut(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nabc")

    def whole(sock: socket.socket) -> None:
        cut(sock)
        assert isinstance(sock, ssl.SSLSocket)
        sock.unwrap()

    with TlsPeer(server_context(), cut) as peer:
        short = httpeek("--verify", trusted, peer.url)
    with TlsPeer(server_context(), whole) as peer:
        full = httpeek("--verify", trusted, peer.url)
    assert (short.code, short.out) == (18, b"abc")
    assert "without close_notify" in short.err
    assert (full.code, full.out) == (0, b"abc")


def take(sock: socket.socket) -> None:
    """Reads what has come."""
    sock.recv(65536)


def test_https_to_a_port_that_speaks_http(httpeek: Program) -> None:
    with Peer((take, REPLY)) as peer:
        done = httpeek(f"https://{peer.address}/")
    assert (done.code, done.err) == (
        35,
        f'httpeek: (35) {peer.address} does not speak TLS: it sent "HTTP/1.1"; try http:\n',
    )


def test_http_to_a_port_that_speaks_tls(httpeek: Program) -> None:
    with TlsPeer(server_context()) as peer:
        silent = httpeek(peer.url.replace("https", "http"))
    with replying(bytes.fromhex("15030100020246")) as alerting:
        told = httpeek(alerting.url)
    assert silent.code in (52, 56)
    assert "try https:" in silent.err
    assert told.code == 8
    assert "a TLS alert" in told.err and "try https" in told.err


def test_the_handshake_is_bounded_by_the_time_to_connect(httpeek: Program) -> None:
    with Peer((hold,)) as peer:
        done = httpeek("--connect-timeout=50ms", f"https://{peer.address}/")
    assert done.code == 28
    assert "did not finish the TLS handshake within 0.05 s (--connect-timeout)" in done.err


def test_silence_in_the_handshake_counts_for_timeout(httpeek: Program) -> None:
    with Peer([hold]) as peer:
        done = httpeek("--timeout=50ms", f"https://{peer.address}/")
    assert done.code == 28
    assert "did not finish the TLS handshake within 0.05 s (--timeout)" in done.err


def test_a_redirect_to_another_scheme_starts_tls(httpeek: Program, trusted: str) -> None:
    with (
        TlsPeer(server_context()) as secure,
        Peer(
            (read_head, f"HTTP/1.1 302 Found\r\nLocation: {secure.url}\r\nContent-Length: 0\r\n\r\n".encode())
        ) as clear,
    ):
        done = httpeek("-F", "--verify", trusted, clear.url)
    assert (done.code, done.out) == (0, b"ok")
