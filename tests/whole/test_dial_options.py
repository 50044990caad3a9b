"""Where a connection goes to and comes from: unix sockets, --connect-to, local ports, and what the kernel is told."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import LIMIT, Program, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.contextmanager
def unix(address: str, times: int = 1) -> Iterator[list[bytes]]:
    """A peer on a unix socket; what it received."""
    received: list[bytes] = []

    def answer() -> None:
        for _ in range(times):
            sock, _address = listener.accept()
            with sock:
                received.append(sock.recv(65536))
                sock.sendall(OK)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        listener.settimeout(LIMIT)
        thread = threading.Thread(target=answer)
        thread.start()
        yield received
        thread.join()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_a_unix_socket_for_a_url_with_a_host(httpeek: Program, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with unix(path) as received:
        done = httpeek("-v", "--unix-socket", path, "api.test/x")
    assert (done.code, done.out) == (0, b"ok")
    assert received[0].startswith(b"GET /x HTTP/1.1\r\nHost: api.test\r\n")
    assert any(line.startswith(f"* connect unix:{path} ok") for line in done.err.splitlines())


def test_an_abstract_unix_socket(httpeek: Program) -> None:
    name = f"httpeek-test-{os.getpid()}"
    with unix(f"\0{name}") as received:
        done = httpeek("--unix-socket", f"@{name}", "localhost/x")
    assert (done.code, done.out, len(received)) == (0, b"ok", 1)


def test_talk_takes_a_unix_socket(httpeek: Program, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with unix(path) as received:
        done = httpeek("talk", "--unix-socket", path, "localhost", stdin=b"GET / HTTP/1.0\n\n")
    assert (done.code, done.out, received) == (0, OK, [b"GET / HTTP/1.0\r\n\r\n"])


def test_connect_to_goes_elsewhere_and_asks_for_the_same(httpeek: Program) -> None:
    with replying(*[OK] * 4) as peer:
        for rule in (f"api.test:80:127.0.0.1:{peer.port}", f"::127.0.0.1:{peer.port}", f":80:127.0.0.1:{peer.port}"):
            done = httpeek("-v", "--connect-to", rule, "api.test/x")
            assert (done.code, done.out) == (0, b"ok"), rule
            assert "> Host: api.test" in done.err.splitlines()
        same_host = httpeek("--connect-to", f"127.0.0.1:1:[127.0.0.1]:{peer.port}", "127.0.0.1:1/x")
    assert (same_host.code, same_host.out) == (0, b"ok")
    other = httpeek("--connect-to", "api.test:81:127.0.0.1:1", "nosuch.invalid/x")
    assert other.code == 6


def test_connect_to_comes_before_resolve(httpeek: Program) -> None:
    with replying(OK) as peer:
        rules = ("--connect-to=a.test:80:b.test:" + str(peer.port), f"--resolve=b.test:{peer.port}:127.0.0.1")
        done = httpeek("-v", *rules, "a.test")
    assert (done.code, done.out) == (0, b"ok")
    assert "* name b.test = 127.0.0.1 (--resolve)" in done.err.splitlines()


def test_the_local_port(httpeek: Program) -> None:
    port = free_port()
    with replying(OK) as peer:
        done = httpeek("-w", "%{local_port}", "-h", "-b", "--local-port", str(port), peer.url)
    assert done.out == b"ok%d" % port


def test_a_local_port_in_use(httpeek: Program) -> None:
    with socket.socket() as taken, replying(OK) as peer:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        done = httpeek("--local-port", str(port), peer.url)
        sentence = f"no connection to {peer.address}: local port {port} is in use (--local-port)"
        assert (done.code, done.err) == (7, f"httpeek: (7) {sentence}\n")
        if port < 65_535:
            range_of_two = httpeek("-w", "%{local_port}", "--local-port", f"{port}-{port + 1}", peer.url)
            assert range_of_two.code in (0, 7)  # the next one may be another program's
            assert range_of_two.code == 7 or range_of_two.out == b"ok%d" % (port + 1)


def test_what_the_kernel_is_told(httpeek: Program) -> None:
    with replying(OK, OK, OK) as peer:
        usual = httpeek("--steps", peer.url).err
        asked = httpeek("--steps", "--no-tcp-nodelay", "--keepalive=7.2", peer.url).err
        undone = httpeek("--steps", "--keepalive=7", "--no-keepalive", peer.url).err
    assert "TCP_NODELAY, 1) = 0" in usual and "KEEP" not in usual
    assert "TCP_NODELAY" not in asked
    assert [f"{name}, {value}) = 0" in asked for name, value in (("SO_KEEPALIVE", 1), ("TCP_KEEPIDLE", 7))] == [
        True
    ] * 2
    assert "KEEP" not in undone


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--connect-to=a:1:b", "a"), "--connect-to a:1:b is not HOST1:PORT1:HOST2:PORT2"),
        (("--connect-to=a:x:b:1", "a"), "--connect-to a:x:b:1 is not HOST1:PORT1:HOST2:PORT2"),
        (("--connect-to=[::1:1:b:1", "a"), "--connect-to [::1:1:b:1 is not HOST1:PORT1:HOST2:PORT2"),
        (("--local-port=70000", "a"), "--local-port 70000 is not a port or a range of them: 40000 or 40000-40100"),
        (("--local-port=9-8", "a"), "--local-port 9-8 is not a port or a range of them: 40000 or 40000-40100"),
        (
            ("--unix-socket=s", "http+unix://%2Ft/"),
            "http+unix://%2Ft/ names a unix socket, and --unix-socket another one",
        ),
        (("--unix-socket=s", "/x"), '"/x" has no host: with --unix-socket write http://localhost/x'),
    ],
)
def test_what_cannot_be_read(words: tuple[str, ...], sentence: str, httpeek: Program) -> None:
    assert httpeek(*words) == (2, b"", f"httpeek: (2) {sentence}\n")


def test_the_curl_view_says_all_of_it_and_curl_does_it(
    httpeek: Program, require_tool: Callable[[str], str], tmp_path: Path
) -> None:
    require_tool("curl")
    path = str(tmp_path / "s")
    for name, shown in (
        (path, f"--unix-socket {path}"),
        (f"@h{os.getpid()}", f"--abstract-unix-socket h{os.getpid()}"),
    ):
        line = httpeek("--as=curl", "--offline", "--unix-socket", name, "api.test/x").out.decode()
        assert shown in line
        with unix(name.replace("@", "\0")) as received:
            assert run(line) == b"ok"
        assert received[0].startswith(b"GET /x HTTP/1.1\r\nHost: api.test\r\n")
    port = free_port()
    with replying(OK) as peer:
        options = ("--connect-to", f"api.test:80:127.0.0.1:{peer.port}", "--local-port", str(port))
        line = httpeek(
            "--as=curl", "--offline", *options, "--keepalive=9", "--no-tcp-nodelay", "api.test/x"
        ).out.decode()
        assert " --keepalive-time 9 " in line and " --no-tcp-nodelay " in line
        assert run(line + " --write-out ' %{local_port}'") == b"ok %d" % port


def run(line: str) -> bytes:
    """What curl prints for a command line."""
    words = shlex.split(line)
    return subprocess.run([*words[:1], "--silent", *words[1:]], capture_output=True, check=True).stdout
