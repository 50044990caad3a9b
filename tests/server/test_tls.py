"""TLS of the server: its throw-away certificates, given ones, and every fault of the handshake, as clients see them."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

import httpeek
from httpeek.server.faults import Fault, Handshake
from httpeek.server.faults.handshakes import HANDSHAKES
from tests.conftest import find_tool
from tests.server.processes import received
from tests.support import LIMIT, Program, serve

MODELS = ("single", "threads", "fork", "prefork")
BY_NAME = {row.name: row for row in HANDSHAKES}
REASONS = {
    "tls-expired": "expired",
    "tls-not-yet-valid": "valid from",
    "tls-wrong-name": "wrong.example",
    "tls-no-names": "localhost",
    "tls-self-signed": "self-signed",
    "tls-unknown-ca": "somebody else's CA",
    "tls-incomplete-chain": "issuer",
    "tls-wrong-purpose": "purpose",
    "tls-plain-http": "does not speak TLS",
}
"""A word of the sentence that tells each apart from the others with the same exit code."""


class Secured:
    """A running `httpeek serve`, its authority in a file; `before` are the lines before the one that says where."""

    def __init__(self, home: Path, *words: str) -> None:
        self.ca = str(home / "ca.pem")
        self.process = serve(home, "--bind", "127.0.0.1:0", *words)
        assert self.process.stderr is not None
        self.before: list[str] = []
        while not (first := self.process.stderr.readline()).startswith("-- "):
            assert first, "".join(self.before)
            self.before.append(first.rstrip("\n"))
        self.scheme = first.partition("://")[0].split()[-1]
        self.port = int(first.partition("127.0.0.1:")[2].partition("/")[0])
        self.address = f"127.0.0.1:{self.port}"

    def line(self) -> str:
        """The next line of its log."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def connect(self) -> ssl.SSLSocket:
        """A connection by Python's own ssl, its handshake over."""
        trusting = ssl.create_default_context(cafile=self.ca)
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)
        return trusting.wrap_socket(sock, server_hostname="localhost")

    def connect_plain(self) -> socket.socket:
        """A connection without TLS."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=LIMIT)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A companion with TLS, in threads."""
    made = Secured(tmp_path_factory.mktemp("tls"), "--ca-file", "ca.pem")
    yield made
    made.end()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A companion without TLS."""
    made = Secured(tmp_path_factory.mktemp("plain"))
    yield made
    made.end()


@pytest.mark.parametrize("model", MODELS)
def test_every_model_speaks_tls(tmp_path: Path, model: str) -> None:
    server = Secured(tmp_path, "--tls", "--ca-file", "ca.pem", "--model", model)
    try:
        assert server.scheme == "https"
        for host in (server.address, f"localhost:{server.port}", f"any.localhost:{server.port}"):
            exchange = httpeek.request("POST", f"https://{host}/post", data=b"x" * 300_000, verify=server.ca)
            assert exchange.response is not None
            assert exchange.response.status == 200
        server.process.terminate()
        assert server.process.wait(LIMIT) == 0
    finally:
        server.end()


def test_a_request_octet_by_octet_and_pipelined_ones_in_one_record(server: Secured) -> None:
    with server.connect() as sock:
        request = b"GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n"
        for index in range(len(request)):
            sock.sendall(request[index : index + 1])
        sock.sendall(request * 20 + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert received(sock).count(b"HTTP/1.1 204 ") == 22


def test_a_large_answer_to_a_slow_reader_and_a_large_body_arrive_whole(server: Secured) -> None:
    with server.connect() as sock:
        sock.sendall(b"GET /files/20MiB.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        assert sock.recv(1) == b"H"
        with server.connect() as other:
            other.sendall(b"GET /get HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in received(other)
        sock.sendall(b"GET /status/204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert len(received(sock)) > 20 * 1024 * 1024
    exchange = httpeek.request("PUT", f"https://{server.address}/upload", data=bytes(5_000_000), verify=server.ca)
    assert exchange.response is not None
    assert b'"bytes": 5000000' in exchange.response.content


def test_the_end_of_an_answer_is_told_by_close_notify(server: Secured) -> None:
    with server.connect() as sock:
        sock.sendall(b"GET /get HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while sock.recv(65536):  # raises SSLEOFError where the connection ends without it
            pass
        assert sock.unwrap() is not None


def test_the_application_and_the_page_of_the_socket_know_of_tls(server: Secured) -> None:
    exchange = httpeek.request("GET", f"https://a.localhost:{server.port}/get", verify=server.ca)
    assert exchange.response is not None
    assert f'"url": "https://a.localhost:{server.port}/get"'.encode() in exchange.response.content
    exchange = httpeek.request("GET", f"https://a.localhost:{server.port}/socket", verify=server.ca)
    assert exchange.response is not None
    for word in (b'"version": "TLSv1.3"', b'"sni": "a.localhost"', b'"alpn": "http/1.1"'):
        assert word in exchange.response.content


def test_plain_http_on_the_port_is_answered_as_what_it_is(server: Secured) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        reply = received(sock)
    assert reply.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"https://" in reply
    assert "does not speak TLS" in server.line()


def test_a_client_hello_octet_by_octet_is_waited_for(server: Secured) -> None:
    hello, client = ssl.MemoryBIO(), ssl.create_default_context(cafile=server.ca)
    answer = ssl.MemoryBIO()
    object_ = client.wrap_bio(answer, hello, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        object_.do_handshake()
    octets = hello.read()
    with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT) as sock:
        for index in range(len(octets)):
            sock.sendall(octets[index : index + 1])
        assert sock.recv(1) == b"\x16"


@pytest.mark.parametrize("row", HANDSHAKES, ids=[row.name for row in HANDSHAKES])
def test_a_fault_chosen_by_the_name_that_the_client_asks_for(server: Secured, row: Fault) -> None:
    what, _, detail = row.client.partition(" ")
    limit = 0.5 if detail == "28" else LIMIT
    code, text = 0, ""
    try:
        httpeek.request(
            "GET",
            f"https://{row.name}.localhost:{server.port}/get",
            verify=server.ca,
            timeout=limit,
            connect_timeout=limit,
        )
    except httpeek.HttpeekError as error:
        code, text = error.code, str(error)
    assert code == (int(detail) if what == "fails" else 0), text
    assert REASONS.get(row.name, "") in text


@pytest.mark.parametrize("row", HANDSHAKES, ids=[row.name for row in HANDSHAKES])
def test_a_fault_asked_for_by_path_waits_on_a_port_of_its_own(plain: Secured, row: Fault) -> None:
    what, _, detail = row.client.partition(" ")
    limit = 0.5 if detail == "28" else LIMIT
    # The port's authority is its own: only a client that does not check can tell what else is wrong.
    verify = detail == "60"
    code = 0
    try:
        httpeek.request(
            "GET",
            f"http://{plain.address}/fault/{row.name}",
            follow=True,
            verify=verify,
            timeout=limit,
            connect_timeout=limit,
        )
    except httpeek.HttpeekError as error:
        code = error.code
    assert code == (int(detail) if what == "fails" else 0)


def test_a_fault_for_every_connection_and_any_application(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def app(e, s):\n    s('200 OK', [])\n    return [b'mine']\n")
    for model in ("threads", "prefork"):
        server = Secured(
            tmp_path, "mine:app", "--tls", "--ca-file", "ca.pem", "--fault", "tls-expired", "--model", model
        )
        try:
            with pytest.raises(httpeek.HttpeekError) as raised:
                httpeek.request("GET", f"https://localhost:{server.port}/", verify=server.ca)
            assert raised.value.code == 60
        finally:
            server.end()


def test_faults_at_a_rate_leave_the_other_connections_well(tmp_path: Path) -> None:
    words = ["--ca-file", "ca.pem", "--fault", "tls-handshake-close", "--fault-rate", "0.5", "--seed", "7"]
    outcomes = []
    for _ in range(2):
        server = Secured(tmp_path, *words)
        codes = []
        for _ in range(12):
            try:
                httpeek.request("GET", f"https://localhost:{server.port}/get", verify=server.ca)
                codes.append(0)
            except httpeek.HttpeekError as error:
                codes.append(error.code)
        server.end()
        outcomes.append(codes)
    assert set(outcomes[0]) == {0, 35}
    assert outcomes[0] == outcomes[1]


def test_every_row_says_what_it_needs() -> None:
    assert len(HANDSHAKES) == len(BY_NAME) >= 13
    for row in HANDSHAKES:
        assert row.name.startswith("tls-")
        assert isinstance(row.handshake, Handshake)


def test_curl_meets_the_same_faults(server: Secured) -> None:
    curl = find_tool("curl")
    for name, code in (("tls-expired", 60), ("tls-wrong-name", 60), ("tls-old-version", 35), ("tls-no-subject", 0)):
        done = subprocess.run(
            [curl, "-s", "--cacert", server.ca, f"https://{name}.localhost:{server.port}/get"],
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == code, name


def test_a_given_certificate_is_served_with_its_chain(tmp_path: Path, httpeek_program: Program) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    (tmp_path / "cert.pem").write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = Secured(tmp_path, "--server-cert", "cert.pem", "--server-key", "key.pem")
    try:
        exchange = httpeek.request("GET", f"https://{server.address}/get", verify=str(tmp_path / "ca.pem"))
        assert exchange.response is not None
        assert exchange.response.status == 200
    finally:
        server.end()


@pytest.fixture
def httpeek_program(tmp_path: Path) -> Program:
    """The program."""
    return Program(tmp_path)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--server-cert", "nowhere.pem"], 2, "--server-cert nowhere.pem: no such file"),
        (["--server-cert", "bad.pem"], 2, "--server-cert bad.pem and its key cannot be used"),
        (["--server-key", "bad.pem"], 2, "--server-key needs the certificate"),
        (["--ca-file", "x.pem", "--server-cert", "bad.pem"], 2, "--ca-file writes"),
        (["--ca-file", "nowhere/x.pem"], 23, "--ca-file nowhere/x.pem: no such file"),
        (["--fault", "tls-expired"], 2, "it needs --tls"),
    ],
)
def test_wrong_words_are_one_sentence(
    httpeek_program: Program, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    (tmp_path / "bad.pem").write_text("no certificate\n")
    result = httpeek_program("serve", "--bind", "127.0.0.1:0", *words)
    assert result.code == code
    assert said in result.err
    assert len(result.err.splitlines()) == 1


def test_the_key_of_the_authority_is_nowhere(server: Secured) -> None:
    assert b"PRIVATE KEY" not in Path(server.ca).read_bytes()
    assert Path(server.ca).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


def test_talk_over_tls_gets_its_answer_though_its_half_would_end(server: Secured, httpeek_program: Program) -> None:
    for _ in range(3):
        words = ("talk", "--tls", "--verify", server.ca, server.address)
        result = httpeek_program(*words, stdin=b"GET /ip HTTP/1.0\n\n")
        assert result.code == 0, result.err
        assert result.out.startswith(b"HTTP/1.1 200 OK\r\n")
