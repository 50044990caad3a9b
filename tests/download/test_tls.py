"""Over TLS: an end that the server did not say is an end too early, and segments come as without it."""

from __future__ import annotations

import random
import socket
import ssl
import threading
from pathlib import Path

import pytest

from tests.download.conftest import Quick
from tests.download.origin import CUT, Origin, Request, Turn, octets
from tests.net.peers import authority, server_context
from tests.support import LIMIT

WHOLE = octets(50_000)
CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


class Secure(Origin):
    """The origin over TLS."""

    def __init__(self, content: bytes, *turns: Turn) -> None:
        super().__init__(content, *turns)
        self.url = self.url.replace("http:", "https:")
        self._context = server_context()

    def serve(self, sock: socket.socket) -> None:
        with self._context.wrap_socket(sock, server_side=True) as secured:
            super().serve(secured)


def ended(sock: socket.socket) -> None:
    """Says that nothing more comes (close_notify), then closes."""
    assert isinstance(sock, ssl.SSLSocket)
    sock.unwrap().close()


@pytest.fixture
def verify(tmp_path: Path) -> str:
    """The option that trusts the origin."""
    path = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return f"--verify={path}"


def test_a_body_until_close_is_whole_only_with_close_notify(download: Quick, verify: str) -> None:
    with Secure(WHOLE, Turn(instead=CLOSE + WHOLE, end=ended)) as origin:
        assert download(verify, f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == WHOLE
    with Secure(WHOLE, Turn(instead=CLOSE + WHOLE[:20_000], end=CUT)) as origin:
        result = download(verify, "--retry=0", f"{origin.url}/g")
    assert result.code == 18
    assert "without close_notify" in result.err
    assert "20000 " in result.err
    assert download.names() == ["f", "g.part", "g.part.json"]
    assert (download.home / "g.part").read_bytes() == WHOLE[:20_000]


@pytest.mark.parametrize("end", [CUT, ended])
def test_a_length_decides_whatever_tls_says(download: Quick, verify: str, end: object) -> None:
    with Secure(WHOLE, Turn(20_000, end)) as origin:  # type: ignore[arg-type]  # one of two
        result = download(verify, "--retry=0", f"{origin.url}/f")
        assert result.code == 18
        assert "20000 of 50000 bytes" in result.err
        assert (download.home / "f.part").read_bytes() == WHOLE[:20_000]
        assert download(verify, f"{origin.url}/f").code == 0
        assert "range" in origin.requests[-1].fields
    assert (download.home / "f").read_bytes() == WHOLE
    with Secure(WHOLE, Turn(end=end)) as origin:  # type: ignore[arg-type]  # as above
        assert download(verify, "--retry=0", f"{origin.url}/g").code == 0
    assert (download.home / "g").read_bytes() == WHOLE


def test_segments_come_over_tls_too(download: Quick, verify: str) -> None:
    content = random.Random(3).randbytes(3_500_000)
    gate = threading.Event()

    def go_on(sock: socket.socket) -> None:
        gate.wait(LIMIT)
        sock.sendall(content[1000:])

    def choose(request: Request) -> Turn | None:
        if "range" not in request.fields:
            return Turn(1000, go_on)
        gate.set()
        return None

    with Secure(content) as origin:
        origin.fields = ("Accept-Ranges: bytes",)
        origin.choose = choose
        assert download(verify, "--segments=3", "--print-checksum", f"{origin.url}/f").code == 0
        assert any("range" in request.fields for request in origin.requests)
    assert (download.home / "f").read_bytes() == content
    assert download.names() == ["f"]
