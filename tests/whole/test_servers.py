"""Real servers, each answered in each view: nginx (in the clear and over TLS), Python's own, gunicorn, the companion.

What `raw` shows is compared octet for octet with what a plain socket reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import find_tool
from tests.net.peers import authority, good
from tests.support import LIMIT, Program, environment

PAGE = b"<!doctype html>\n<title>A page</title>\n"


class Server(NamedTuple):
    """A server that runs: where, how to trust it, and what its final status line and Server field begin with."""

    name: str
    url: str
    words: tuple[str, ...]
    version: str
    product: str


@contextlib.contextmanager
def running(words: list[str], folder: Path, **streams: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended by its pid, with SIGTERM, when the test is over."""
    process = subprocess.Popen(words, cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, **streams)  # type: ignore[call-overload]  # streams are Popen's own keywords
    try:
        yield process
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(LIMIT)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def listener() -> socket.socket:
    """A socket that listens on an ephemeral port, for a server that inherits it."""
    sock = socket.create_server(("127.0.0.1", 0))
    sock.set_inheritable(True)
    return sock


@contextlib.contextmanager
def nginx(folder: Path, secure: bool, more: str = "") -> Iterator[Server]:
    """nginx with a configuration of its own, in the foreground, on a socket that it inherits (as after an upgrade).
    `more` stands in its server block."""
    program = find_tool("nginx")
    (folder / "index.html").write_bytes(PAGE)
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(b"".join(blob.bytes() for blob in good().cert_chain_pems))
    key.write_bytes(good().private_key_pem.bytes())
    ca = folder / "authority.pem"
    ca.write_bytes(authority().cert_pem.bytes())
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker could not read the folder
    with listener() as sock:
        port = sock.getsockname()[1]
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        tls = f"ssl_certificate {cert}; ssl_certificate_key {key};" if secure else ""
        (folder / "nginx.conf").write_text(
            f"""daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
            events {{ worker_connections 64; }}
            http {{ access_log off; {temporary} types {{ text/html html; }}
              server {{ listen 127.0.0.1:{port} {"ssl" if secure else ""}; {tls} root {folder}; {more} }} }}"""
        )
        variables = {**environment(folder), "NGINX": f"{sock.fileno()};"}
        process = subprocess.Popen(
            [program, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[sock.fileno()],
        )
    # From here on the socket is the server's alone: one that dies refuses, and nobody waits for it.
    try:
        words = ("--verify", str(ca)) if secure else ()
        scheme = "https" if secure else "http"
        yield Server("nginx", f"{scheme}://localhost:{port}/", (*words, "-4"), "HTTP/1.1", "nginx")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(LIMIT)


@contextlib.contextmanager
def python_server(folder: Path) -> Iterator[Server]:
    """`python -m http.server`, which answers in HTTP/1.0 and closes."""
    (folder / "index.html").write_bytes(PAGE)
    words = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
    with running(words, folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        found = re.search(rb"port (\d+)", process.stdout.readline())
        assert found is not None
        yield Server("python", f"http://127.0.0.1:{int(found[1])}/", (), "HTTP/1.0", "SimpleHTTP/")


@contextlib.contextmanager
def gunicorn(folder: Path) -> Iterator[Server]:
    """gunicorn with an application that streams, so that its answer is chunked; on a socket that it inherits."""
    program = find_tool("gunicorn")
    (folder / "page.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/html')])\n"
        f"    page = {PAGE!r}\n"
        "    return iter([page[:10], page[10:]])\n"
    )
    with listener() as sock:
        port = sock.getsockname()[1]
        process = subprocess.Popen(
            [program, "--bind", f"fd://{sock.fileno()}", "--workers", "1", "page:app"],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[sock.fileno()],
        )
    try:
        yield Server("gunicorn", f"http://127.0.0.1:{port}/", (), "HTTP/1.1", "gunicorn")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(LIMIT)


@contextlib.contextmanager
def companion(folder: Path) -> Iterator[Server]:
    """`httpeek serve`."""
    words = [sys.executable, "-m", "httpeek", "serve", "--bind", "127.0.0.1:0"]
    with running(words, folder, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        found = re.search(rb"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found is not None
        yield Server("companion", f"{found[0].decode()}/", (), "HTTP/1.1", "httpeek/")


SERVERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Server]]] = {
    "nginx": lambda folder: nginx(folder, secure=False),
    "nginx over TLS": lambda folder: nginx(folder, secure=True),
    "python": python_server,
    "gunicorn": gunicorn,
    "companion": companion,
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn."""
    with SERVERS[request.param](tmp_path_factory.mktemp("server")) as found:
        yield found


def plainly(server: Server) -> bytes:
    """What a plain socket reads for the request that httpeek makes."""
    scheme, _, rest = server.url.partition("://")
    host, _, port = rest.rstrip("/").partition(":")
    request = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: test\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.create_connection(("127.0.0.1", int(port)), LIMIT))
        if scheme == "https":
            context = ssl.create_default_context(cafile=server.words[1])
            sock = stack.enter_context(context.wrap_socket(sock, server_hostname=host))
        sock.sendall(request.encode())
        octets = b""
        while piece := sock.recv(65536):
            octets += piece
        return octets


FIELDS = ("User-Agent: test", "Accept: */*", "Connection: close")


def without_date(octets: bytes) -> bytes:
    """Two answers may come in two seconds."""
    return re.sub(rb"\r\nDate: [^\r]*", b"\r\nDate: -", octets)


def test_raw_is_what_a_socket_reads(server: Server, httpeek: Program) -> None:
    done = httpeek("--raw", *server.words, server.url, *FIELDS)
    assert done.code == 0
    assert without_date(done.out) == without_date(plainly(server))


def content(server: Server) -> bytes:
    """The content of the server's page, as it is read by hand."""
    head, _, body = plainly(server).partition(b"\r\n\r\n")
    if b"chunked" not in head:
        return body
    joined = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        joined += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return joined


def test_pretty_to_a_pipe_is_the_content(server: Server, httpeek: Program) -> None:
    assert httpeek(*server.words, server.url) == (0, content(server), "")


def test_pretty_with_the_head(server: Server, httpeek: Program) -> None:
    done = httpeek("-p", "h", *server.words, server.url)
    lines = done.out.decode().splitlines()
    assert (done.code, lines[0]) == (0, f"{server.version} 200 OK")
    assert any(line.startswith(f"Server: {server.product}") for line in lines)


def test_verbose_tells_what_happened(server: Server, httpeek: Program) -> None:
    done = httpeek("-v", *server.words, server.url)
    lines = done.err.splitlines()
    assert (done.code, done.out) == (0, content(server))
    assert f"< {server.version} 200 OK" in lines
    assert "> GET / HTTP/1.1" in lines
    assert any(re.match(r"\* connect 127\.0\.0\.1:\d+ ok", line) for line in lines)
    framing = {"python": "by Content-Length", "gunicorn": "chunked"}.get(server.name, "by ")
    assert any(line.startswith("* content ") and framing in line for line in lines)
    assert not any(line.startswith("!") for line in lines)
    assert ("* certificate check: ok" in lines) == server.url.startswith("https")


def test_hex_holds_the_octets(server: Server, httpeek: Program) -> None:
    done = httpeek("--as=hex", *server.words, server.url, *FIELDS)
    assert done.code == 0
    first_line = " ".join(f"{octet:02x}" for octet in f"{server.version} "[:8].encode())
    assert first_line in done.out.decode()


def test_json_is_one_object(server: Server, httpeek: Program) -> None:
    done = httpeek("--as=json", *server.words, server.url)
    found = json.loads(done.out)
    assert (done.code, found["schema"], found["error"]) == (0, "httpeek/1", None)
    assert found["response"]["status"] == 200
    assert found["violations"] == []
    assert (found["tls"] is not None) == server.url.startswith("https")


def test_har_is_an_archive(server: Server, httpeek: Program) -> None:
    done = httpeek("--as=har", *server.words, server.url)
    (entry,) = json.loads(done.out)["log"]["entries"]
    assert (done.code, entry["response"]["status"], entry["response"]["httpVersion"]) == (0, 200, server.version)
    assert entry["response"]["content"]["size"] == len(content(server))


def test_the_command_for_curl_gets_the_same(
    server: Server, httpeek: Program, require_tool: Callable[[str], str]
) -> None:
    require_tool("curl")
    done = httpeek("--as=curl", *server.words, server.url)
    assert done.code == 0
    ran = subprocess.run(
        ["sh", "-c", done.out.decode()], capture_output=True, env=environment(httpeek.home), timeout=LIMIT, check=False
    )
    assert ran.returncode == 0
    assert ran.stdout.endswith(content(server))
