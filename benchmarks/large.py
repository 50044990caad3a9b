"""Large content by httpeek and by curl, timed side by side: what `transfer` and `upload` share.

The server is a process of this file: it sends with sendfile and throws away what it gets, so that it is never what is
measured.
"""

import contextlib
import gzip
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from peers import ROOT, environment

MIB = 1024 * 1024
CHUNK = 64 * 1024
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n"


def content(path: Path, size: int) -> None:
    """A file of text that compresses as logs do: about five to one."""
    generator = random.Random(1)
    words = [bytes(generator.choices(b"abcdefghijklmnopqrstuvwxyz", k=generator.randint(3, 9))) for _ in range(2000)]
    with path.open("wb") as file:
        while file.tell() < size:
            block = b"\n".join(
                b"2026-11-23T17:00:%02d level=info id=%d " % (generator.randint(0, 59), generator.randint(0, 1 << 32))
                + b" ".join(generator.choices(words, k=12))
                for _ in range(10_000)
            )
            for _ in range(4):
                file.write(block)
        file.truncate(size)


def sent_whole(sock: socket.socket, head: bytes, path: Path) -> None:
    """A file with its length."""
    sock.sendall(OK + head + b"Content-Length: %d\r\n\r\n" % path.stat().st_size)
    with path.open("rb") as file:
        if isinstance(sock, ssl.SSLSocket):
            while piece := file.read(MIB):
                sock.sendall(piece)
        else:
            sock.sendfile(file)


def answer(sock: socket.socket, folder: Path) -> None:
    """One request."""
    octets = b""
    while b"\r\n\r\n" not in octets:
        octets += sock.recv(65536)
    head, _, rest = octets.partition(b"\r\n\r\n")
    name = head.split(b" ")[1]
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if b"100-continue" in fields.get(b"expect", b""):
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    left = int(fields.get(b"content-length", 0)) - len(rest)
    buffer = bytearray(MIB)
    while left > 0:
        left -= sock.recv_into(buffer, min(left, MIB))
    if name == b"/upload":
        sock.sendall(OK + b"Content-Length: 0\r\n\r\n")
    elif name == b"/chunked":
        sock.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        with (folder / "quarter").open("rb") as file:
            while piece := file.read(CHUNK):
                sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        sock.sendall(b"0\r\n\r\n")
    elif name == b"/gzip":
        sent_whole(sock, b"Content-Encoding: gzip\r\n", folder / "quarter.gz")
    else:
        sent_whole(sock, b"", folder / name[1:].decode())


def serve(folder: Path, secure: bool) -> None:
    """Answers one connection after another; prints the port first."""
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        try:
            if context is not None:
                sock = context.wrap_socket(sock, server_side=True)
            answer(sock, folder)
            if isinstance(sock, ssl.SSLSocket):
                sock.unwrap()
        except OSError:
            pass
        finally:
            sock.close()


def timed(command: list, env: dict) -> tuple:
    """Wall seconds, seconds of processor and peak KiB of a command."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


class Setting:
    """Where it happens: a folder, the program that is measured, a clean environment, the addresses of two servers."""

    def __init__(self, folder: Path, ours: Path, plain: str, tls: str) -> None:
        self.folder = folder
        self.ours = ours
        self.plain = plain
        self.tls = tls
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}


@contextlib.contextmanager
def setting() -> Iterator[Setting]:
    """The files, an environment with httpeek from this checkout (or the program HTTPEEK), and the servers."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk would be measured instead
    with tempfile.TemporaryDirectory(dir=memory) as temporary:
        folder = Path(temporary)
        subprocess.run([sys.executable, __file__, "--files", folder], check=True)
        pem = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/CN=localhost"]
        names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *pem, *names],
            check=True,
            capture_output=True,
        )
        ours = os.environ.get("HTTPEEK") or environment(folder / "httpeek", str(ROOT)) / "httpeek"
        servers, ports = [], []
        try:
            for secure in ("plain", "secure"):
                server = subprocess.Popen([sys.executable, __file__, "--serve", folder, secure], stdout=subprocess.PIPE)
                servers.append(server)
                ports.append(int(server.stdout.readline()))
            yield Setting(folder, Path(ours), f"http://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}")
        finally:
            for server in servers:
                server.terminate()
                server.wait()


def compare(rows: dict, where: Setting) -> None:
    """Prints best seconds, peak memory and the ratio of each row: (our command, curl's, budget or None).
    The command line is [RUNS] [NAME ...]."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name, (our, their, budget) in rows.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        best = [(float("inf"), 0.0, 0)] * 2
        for _ in range(runs):
            for index, command in enumerate((our, their)):
                found = timed(command, where.env)
                best[index] = (
                    min(best[index][0], found[0]),
                    min(best[index][1] or found[1], found[1]),
                    max(best[index][2], found[2]),
                )
        (seconds, work, peak), (theirs, their_work, _) = best
        limit = f"  (budget {budget})" if budget else ""
        print(
            f"{name:9} httpeek {seconds:5.2f} s ({work:5.2f} s of processor, {peak / 1024:5.1f} MiB)  "
            f"curl {theirs:5.2f} s ({their_work:5.2f})  ratio {seconds / theirs:5.2f}{limit}",
            flush=True,
        )


def files(folder: Path) -> None:
    """What is sent: in a process of its own, since a child's peak is at least that of who starts it."""
    content(folder / "small", 16 * MIB)
    content(folder / "quarter", 256 * MIB)
    with (folder / "whole").open("wb") as whole:
        for _ in range(4):
            whole.write((folder / "quarter").read_bytes())
    with gzip.open(folder / "quarter.gz", "wb", compresslevel=6) as packed:
        packed.write((folder / "quarter").read_bytes())


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(Path(sys.argv[2]), sys.argv[3] == "secure")
    else:
        files(Path(sys.argv[2]))
