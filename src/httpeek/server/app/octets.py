"""Octets that are the same everywhere: /bytes, /stream-bytes and /range."""

from __future__ import annotations

from httpeek.server.app.answer import OCTETS, Answer
from httpeek.server.app.chance import BLOCK
from httpeek.server.app.chance import octets as made
from httpeek.server.app.ranges import Resource, serve
from httpeek.server.app.request import argument, seed, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.server.app.answer import Environ

LARGEST = 100 * 1024 * 1024
"""The most octets that these pages give: /files has more, where that is meant."""
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def octets(environ: Environ, count: str) -> Answer:
    """N octets with their length."""
    size = whole_number(count, "/bytes/N: N", LARGEST)
    fields = (("Content-Type", OCTETS), ("Content-Length", str(size)))
    return Answer(200, fields, made(seed(environ), 0, size))


def stream(environ: Environ, count: str) -> Answer:
    """The same octets without a length, in pieces of `chunk_size`."""
    size = whole_number(count, "/stream-bytes/N: N", LARGEST)
    piece = _chunk(environ)
    return Answer(200, (("Content-Type", OCTETS),), _cut(seed(environ), size, piece))


def part(environ: Environ, count: str) -> Answer:
    """N letters, a to z again and again, or the ranges of them that are asked for."""
    size = whole_number(count, "/range/N: N", LARGEST)
    piece = _chunk(environ)

    def at(first: int, length: int) -> Iterator[bytes]:
        line = _LETTERS * (piece // len(_LETTERS) + 2)
        for start in range(first, first + length, piece):
            turned = start % len(_LETTERS)
            yield line[turned : turned + min(piece, first + length - start)]

    return serve(environ, Resource(size, OCTETS, f'"range{size}"', "", at))


def _chunk(environ: Environ) -> int:
    return whole_number(argument(environ, "chunk_size", "10240"), "chunk_size", BLOCK, 1)


def _cut(number: int, size: int, piece: int) -> Iterator[bytes]:
    kept = b""
    for block in made(number, 0, size):
        kept += block
        whole = len(kept) - len(kept) % piece
        for start in range(0, whole, piece):
            yield kept[start : start + piece]
        kept = kept[whole:]
    if kept:
        yield kept
