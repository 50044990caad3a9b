"""Content codings put on, as a stream (RFC 9110 section 8.4.1): deflate, gzip, br and zstd.

Rules: deflate is the zlib format (RFC 1950), as the RFC defines it and HTTPie sends it; a gzip header holds no name and
no time, so that the same content gives the same octets. A library is imported when its coding is chosen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CODINGS = ("deflate", "gzip", "br", "zstd")


class Compressor:
    """One coding at work. `feed` takes octets and returns those that are ready, `finish` the rest.

    Raises ValueError for a coding that is none of `CODINGS`.
    """

    def __init__(self, coding: str) -> None:
        if coding not in _MAKERS:
            raise ValueError(coding)
        self.feed, self.finish = _MAKERS[coding]()


def _deflate() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    from zlib import compressobj

    made = compressobj()
    return made.compress, made.flush


def _gzip() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    from zlib import DEFLATED, compressobj

    made = compressobj(-1, DEFLATED, 31)  # a window of 15 bits in the gzip format (zlib.h, deflateInit2)
    return made.compress, made.flush


def _br() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    import brotli  # type: ignore[import-untyped,unused-ignore]  # it has no stubs

    # Quality 11, the default, is for what is compressed once and sent often: 1 MB/s.
    made: Any = brotli.Compressor(quality=5)
    return made.process, made.finish


def _zstd() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    import sys

    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    made: Any = zstd.ZstdCompressor()
    return made.compress, made.flush


_MAKERS: dict[str, Callable[[], tuple[Callable[[bytes], bytes], Callable[[], bytes]]]] = {
    "deflate": _deflate,
    "gzip": _gzip,
    "br": _br,
    "zstd": _zstd,
}
