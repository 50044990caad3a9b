"""Requests through real proxies: tinyproxy (http, tunnels), microsocks (SOCKS), and TLS in front of one (https)."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.conftest import find_tool
from tests.server.test_tls import Secured
from tests.support import LIMIT, Peer, Program, read_head


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.contextmanager
def running(port: int, *words: str) -> Iterator[str]:
    """A program that listens on a port of 127.0.0.1; its address."""
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            assert process.poll() is None
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), LIMIT):
                break
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(LIMIT)


@contextlib.contextmanager
def tinyproxy(home: Path, *lines: str) -> Iterator[str]:
    port = free_port()
    path = home / f"tinyproxy-{port}.conf"
    path.write_text("\n".join((f"Port {port}", "Listen 127.0.0.1", "Timeout 60", *lines)) + "\n")
    with running(port, find_tool("tinyproxy"), "-d", "-c", str(path)) as address:
        yield address


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxies")


@pytest.fixture(scope="module")
def plain(home: Path) -> Iterator[Secured]:
    made = Secured(home)
    yield made
    made.end()


@pytest.fixture(scope="module")
def secured(home: Path) -> Iterator[Secured]:
    made = Secured(home, "--ca-file", "ca.pem")
    yield made
    made.end()


@pytest.fixture(scope="module")
def proxy(home: Path) -> Iterator[str]:
    with tinyproxy(home) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(home: Path) -> Iterator[str]:
    with tinyproxy(home, "BasicAuth user pass") as address:
        yield address


@pytest.fixture
def httpeek(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_plain_http_is_sent_whole_with_its_target_in_absolute_form(httpeek: Program) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    heard: list[bytes] = []

    def hear(sock: socket.socket) -> None:
        heard.append(sock.recv(65536))

    with Peer((hear, reply)) as peer:
        done = httpeek("--proxy", f"http://us:pw@{peer.address}", "example.test:81/a?b=c", "X-A:1")
    assert (done.code, done.out) == (0, b"ok")
    head = heard[0].decode()
    assert head.startswith("GET http://example.test:81/a?b=c HTTP/1.1\r\nHost: example.test:81\r\n")
    assert "\r\nProxy-Authorization: Basic dXM6cHc=\r\n" in head
    assert "\r\nX-A: 1\r\n" in head


def test_options_of_everything_loses_its_asterisk_on_the_way_to_a_proxy(httpeek: Program) -> None:
    heard: list[bytes] = []
    with Peer((lambda sock: heard.append(sock.recv(65536)), b"HTTP/1.1 204 No Content\r\n\r\n")) as peer:
        httpeek("--proxy", peer.address, "--request-target", "*", "OPTIONS", "example.test")
    assert heard[0].startswith(b"OPTIONS http://example.test HTTP/1.1\r\n")


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy", "ALL_PROXY", "HTTP_PROXY"])
def test_the_environment_names_the_proxy(httpeek: Program, plain: Secured, proxy: str, variable: str) -> None:
    done = httpeek("-v", f"http://{plain.address}/headers", env={variable: f"http://{proxy}"})
    assert done.code == 0, done.err
    assert f"* through the proxy http://{proxy} ({variable})" in done.err
    assert "tinyproxy" in json.loads(done.out)["headers"]["Via"]


def test_a_field_of_a_client_names_no_proxy_for_a_cgi_program(httpeek: Program, plain: Secured) -> None:
    variables = {"HTTP_PROXY": "http://127.0.0.1:1", "REQUEST_METHOD": "GET"}
    assert httpeek(f"http://{plain.address}/ip", env=variables).code == 0


def test_what_is_left_out_goes_straight_and_says_why(httpeek: Program, plain: Secured) -> None:
    variables = {"http_proxy": "http://127.0.0.1:1", "no_proxy": "example.org 127.0.0.0/8"}
    done = httpeek("-v", f"http://{plain.address}/ip", env=variables)
    assert done.code == 0
    assert "* no proxy (no_proxy has 127.0.0.0/8)" in done.err
    assert httpeek(f"http://{plain.address}/ip", "--noproxy", "other.test", env=variables).code == 7
    assert httpeek(f"http://{plain.address}/ip", "--proxy", "", env=variables).code == 0


def test_a_tunnel_is_an_exchange_of_its_own(httpeek: Program, secured: Secured, guarded: str) -> None:
    words = ("--verify", secured.ca, "--proxy", f"http://user:pass@{guarded}", f"https://{secured.address}/headers")
    done = httpeek("--as", "json", *words)
    assert done.code == 0, done.err
    asking, asked = (json.loads(line) for line in done.out.splitlines())
    assert (asking["cause"], asking["request"]["method"], asking["response"]["status"]) == ("tunnel", "CONNECT", 200)
    assert asking["request"]["target"] == secured.address
    assert asked["response"]["status"] == 200
    assert asking["socket"]["local"] == asked["socket"]["local"]
    assert b"dXNlcjpwYXNz" in done.out  # stdout tells the truth
    body = json.loads(httpeek(*words).out)
    assert "Proxy-Authorization" not in body["headers"]


def test_a_tunnel_that_is_refused_sends_nothing_of_the_request(
    httpeek: Program, secured: Secured, guarded: str
) -> None:
    done = httpeek("--verify", secured.ca, "--proxy", f"http://{guarded}", f"https://{secured.address}/secret")
    assert done.code == 56
    assert f"the proxy http://{guarded} made no tunnel to {secured.address}: 407" in done.err
    assert "it wants credentials" in done.err


def test_a_proxy_that_is_not_there_is_named(httpeek: Program) -> None:
    for url in ("http://example.test", "https://example.test"):
        done = httpeek("--proxy", "http://127.0.0.1:1", url)
        assert done.code == 7
        assert "the proxy http://127.0.0.1:1 (--proxy): 127.0.0.1:1 refused the connection" in done.err
    done = httpeek("--proxy", "http://nosuch.invalid:3128", "example.test")
    assert done.code == 6
    assert "the proxy http://nosuch.invalid:3128 (--proxy): nosuch.invalid" in done.err


def test_credentials_for_the_proxy_stay_out_of_records(httpeek: Program, plain: Secured, guarded: str) -> None:
    secret = "pa55word-of-the-proxy"
    done = httpeek("--proxy", f"http://user:{secret}@{guarded}", f"http://{plain.address}/ip")
    assert done.code == 4  # 407
    for view in ("json", "har", "raw", "curl"):
        shown = httpeek("show", "@last", "--as", view)
        assert shown.code == 0, shown.err
        assert secret.encode() not in shown.out + shown.err.encode()
    for path in httpeek.home.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()


def test_credentials_in_a_tunnel_that_was_made_are_masked(httpeek: Program, secured: Secured, guarded: str) -> None:
    words = ("--verify", secured.ca, "--proxy", f"http://user:pass@{guarded}", f"https://{secured.address}/ip")
    seen = httpeek("-v", *words, env={"CI": "true"}).err
    assert httpeek(*words).code == 0
    for view in ("verbose", "raw", "hex", "json", "har", "curl"):
        shown = httpeek("show", "@last", "--all", "--as", view)
        seen += shown.out.decode() + shown.err
    assert "> Proxy-Authorization: Basic <masked " in seen
    assert "dXNlcjpwYXNz" not in seen
    for path in httpeek.home.rglob("*.record"):
        assert b"dXNlcjpwYXNz" not in path.read_bytes()


def test_offline_shows_the_tunnel_that_would_be_asked_for_and_what_would_go_through_it(httpeek: Program) -> None:
    words = ("--offline", "--raw", "--proxy", "http://us:pw@127.0.0.1:1", "https://example.test/a")
    first, second = httpeek(*words).out.split(b"\r\n\r\n")[:2]
    assert first.startswith(b"CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n")
    assert b"Proxy-Authorization: Basic dXM6cHc=" in first
    assert second.startswith(b"GET /a HTTP/1.1\r\nHost: example.test\r\n")
    assert b"Proxy-Authorization" not in second


def test_offline_shows_what_the_proxy_would_get(httpeek: Program) -> None:
    words = ("--offline", "--proxy", "http://us:pw@127.0.0.1:1")
    plain = httpeek(*words, "http://example.test/a").out.decode()
    assert plain.startswith("GET http://example.test/a HTTP/1.1\r\n")
    assert "\r\nProxy-Authorization: Basic dXM6cHc=\r\n" in plain
    inside = httpeek(*words, "https://example.test/a").out.decode()
    assert inside.startswith("GET /a HTTP/1.1\r\n")
    assert "Proxy-" not in inside
    assert httpeek("--offline", "--proxy", "socks5://127.0.0.1:1", "example.test/a").out.startswith(b"GET /a HTTP/1.1")


def test_the_page_of_a_proxy_that_refuses_a_tunnel_gets_into_no_file(httpeek: Program, guarded: str) -> None:
    words = ("--proxy", f"http://{guarded}", "https://example.test/")
    assert (httpeek(*words).code, httpeek(*words).out) == (56, b"")
    _, screen = httpeek.terminal("--color=never", *words)
    assert "HTTP/1.0 407 Proxy Authentication Required" in screen


@pytest.fixture(scope="module")
def https_proxy(home: Path, proxy: str) -> Iterator[tuple[str, str]]:
    """An https proxy: TLS in front of a plain one. Its address, and a file with what to trust."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    host, _, port = proxy.partition(":")

    def copy(source: socket.socket, sink: socket.socket) -> None:
        with source:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    sink.sendall(data)
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with contextlib.suppress(OSError):
                    inside = context.wrap_socket(sock, server_side=True)
                    behind = socket.create_connection((host, int(port)))
                    for pair in ((inside, behind), (behind, inside)):
                        threading.Thread(target=copy, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    trusted = home / "proxy-ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    yield f"127.0.0.1:{listener.getsockname()[1]}", str(trusted)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_an_https_proxy_carries_plain_requests_and_tls_inside_tls(
    httpeek: Program, home: Path, plain: Secured, secured: Secured, https_proxy: tuple[str, str]
) -> None:
    address, trusted = https_proxy
    both = home / "both.pem"
    both.write_bytes(Path(trusted).read_bytes() + Path(secured.ca).read_bytes())
    done = httpeek("--verify", str(both), "--proxy", f"https://{address}", f"http://{plain.address}/ip")
    assert (done.code, json.loads(done.out)["origin"]) == (0, "127.0.0.1"), done.err
    url = f"https://{secured.address}/files/3MiB.bin"
    done = httpeek("--verify", str(both), "--proxy", f"https://{address}", url)
    assert done.code == 0, done.err
    assert len(done.out) == 3 * 1024 * 1024
    body = bytes(1_000_000)
    words = ("--verify", str(both), "--proxy", f"https://{address}", "PUT", f"https://{secured.address}/upload")
    assert b'"bytes": 1000000' in httpeek(*words, "--data", "@-", stdin=body).out
    done = httpeek("--verify", secured.ca, "--proxy", f"https://{address}", url)
    assert done.code == 60
    assert f"the proxy https://{address}" in done.err


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks_5_with_and_without_credentials(httpeek: Program, plain: Secured, secured: Secured, scheme: str) -> None:
    port, other = free_port(), free_port()
    program = find_tool("microsocks")
    with (
        running(port, program, "-i", "127.0.0.1", "-p", str(port)) as open_,
        running(other, program, "-i", "127.0.0.1", "-p", str(other), "-u", "us", "-P", "pw") as closed,
    ):
        done = httpeek("-v", "--proxy", f"{scheme}://{open_}", f"http://localhost:{plain.port}/ip")
        assert done.code == 0, done.err
        assert f"* through the proxy {scheme}://{open_} (--proxy)" in done.err
        words = ("--verify", secured.ca, "--proxy", f"{scheme}://us:pw@{closed}")
        assert httpeek(*words, f"https://localhost:{secured.port}/ip").code == 0
        refused = httpeek("--proxy", f"{scheme}://{closed}", f"http://{plain.address}/ip")
        assert (refused.code, f"{scheme}://{closed} wants credentials" in refused.err) == (7, True)
        nobody = httpeek("--proxy", f"{scheme}://{open_}", "http://127.0.0.1:1/")
        assert (nobody.code, "made no connection to 127.0.0.1:1" in nobody.err) == (7, True)


def test_each_redirect_finds_its_own_way(httpeek: Program, plain: Secured, proxy: str) -> None:
    url = f"http://{plain.address}/redirect-to?url=http://localhost:{plain.port}/headers"
    done = httpeek("-F", "--as", "json", "--proxy", f"http://{proxy}", "--noproxy", "localhost", url)
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert first["socket"]["remote"]["text"] == proxy
    assert second["socket"]["remote"]["text"] == plain.address


def test_a_proxy_that_never_answers_runs_into_the_limit(httpeek: Program) -> None:
    from tests.support import hold

    for scheme, url in (("http", "https://example.test"), ("socks5h", "http://example.test")):
        with Peer((hold,) if scheme != "http" else (read_head, hold)) as peer:
            done = httpeek("--proxy", f"{scheme}://{peer.address}", "--connect-timeout", "0.2", "--timeout", "0.2", url)
            assert done.code == 28, done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--proxy", "ftp://x"), '"ftp" is no scheme of a proxy'),
        (("--proxy", "http://"), "has no host"),
        (("--proxy", "http:http://a", "--proxy", "http:http://b"), "says twice what http goes through"),
    ],
)
def test_a_proxy_that_cannot_be_is_exit_2(httpeek: Program, words: tuple[str, ...], said: str) -> None:
    done = httpeek(*words, "example.test")
    assert done.code == 2
    assert said in done.err


DIGEST = (
    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=r, nonce=n1, qop=auth, algorithm=SHA-256\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def test_a_proxy_that_asks_for_digest_gets_it_for_plain_requests_and_for_tunnels(httpeek: Program) -> None:
    heard: list[bytes] = []

    def hear(sock: socket.socket) -> None:
        heard.append(sock.recv(65536))

    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with Peer((hear, DIGEST, hear, reply)) as peer:
        done = httpeek("--proxy", f"http://us:pw@{peer.address}", "http://example.test/a")
    assert (done.code, done.out) == (0, b"ok"), done.err
    assert b"\r\nProxy-Authorization: Basic " in heard[0]
    assert b'\r\nProxy-Authorization: Digest username="us"' in heard[1]
    assert b'uri="http://example.test/a"' in heard[1]
    heard.clear()
    with Peer((hear, DIGEST), (hear, b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")) as peer:
        done = httpeek("--proxy", f"http://us:pw@{peer.address}", "https://example.test/a")
    assert done.code == 56
    assert "made no tunnel to example.test:443: 403 No" in done.err
    assert b'uri="example.test:443"' in heard[1]


def test_a_tunnel_is_not_shown_by_pretty_and_is_no_command_of_curl(
    httpeek: Program, secured: Secured, proxy: str
) -> None:
    words = ("--verify", secured.ca, "--proxy", f"http://{proxy}", f"https://{secured.address}/status/418")
    code, screen = httpeek.terminal("-q", "--color=never", *words)
    assert (code, screen.startswith("HTTP/1.1 418 "), "established" in screen) == (4, True, False)
    code, screen = httpeek.terminal("-q", "--all", "--color=never", *words)
    assert "Connection established" in screen
    curl = httpeek("--as", "curl", *words).out.decode()
    assert curl.count("curl ") == 1
    assert f"--proxy http://{proxy} " in curl
    assert "CONNECT" not in curl
