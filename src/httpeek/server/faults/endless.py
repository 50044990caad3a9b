"""Scripts that send as much as a client takes: made as they are sent, never held."""

from __future__ import annotations

import zlib

from httpeek.server.faults import Close

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Step

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def bomb(head: RequestHead) -> Iterable[Step]:
    """400 MiB of zeros as gzip, made as it is sent."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1024 * 1024)
    yield _OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
    for _ in range(400):
        octets = packer.compress(zeros)
        if octets:
            yield octets
    yield packer.flush()
    yield Close()


def endless_head(head: RequestHead) -> Iterable[Step]:
    """100 MB of field lines."""
    yield b"HTTP/1.1 200 OK\r\n"
    line = b"X-Endless: " + b"a" * 1000 + b"\r\n"
    for _ in range(1000):
        yield line * 100
    yield Close()


def endless_interim(head: RequestHead) -> Iterable[Step]:
    """10,000 interim responses."""
    for _ in range(10_000):
        yield b"HTTP/1.1 102 Processing\r\n\r\n"
    yield Close()


def endless_body(head: RequestHead) -> Iterable[Step]:
    """A body without a length that goes on for 10 GB."""
    yield _OK + b"Connection: close\r\n\r\n"
    block = b"endless\n" * 8192
    for _ in range(160_000):
        yield block
