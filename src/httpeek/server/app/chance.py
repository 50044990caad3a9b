"""Everything random, as a function of a seed: octets, draws and UUIDs that are the same on every machine and run.

SHAKE-128 (FIPS 202) gives as many octets as are asked for, and the first n are the same however many they are. It is
hashed by blocks, so that any place of a file of a TiB is known without what is before it.
"""

from __future__ import annotations

from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 65_536
"""Octets that are made at a time."""
_TURN = count()
"""Numbers the draws of this process: the second request of two may get another answer, and the second of the next run
the same as this one's. It is the only thing that this app remembers."""


def octets(seed: int, first: int, size: int) -> Iterator[bytes]:
    """`size` octets of the endless sequence of a seed, from `first` on, in pieces of at most BLOCK."""
    from hashlib import shake_128

    end = first + size
    while first < end:
        number, start = divmod(first, BLOCK)
        stop = min(BLOCK, start + end - first)
        yield shake_128(b"httpeek %d %d" % (seed, number)).digest(stop)[start:]
        first += stop - start


def turn() -> int:
    """The number of this draw, from 0 on."""
    return next(_TURN)


def drawn(seed: int, number: int, purpose: bytes, size: int = 8) -> bytes:
    """The octets of one draw."""
    from hashlib import shake_128

    return shake_128(b"httpeek %b %d %d" % (purpose, seed, number)).digest(size)


def fraction(seed: int, number: int, purpose: bytes) -> float:
    """A draw as a number from 0 to below 1."""
    return int.from_bytes(drawn(seed, number, purpose, 6), "big") / 2**48
