"""Content codings, whatever the request accepts: gzip, deflate, br, zstd (RFC 9110 section 8.4)."""

from __future__ import annotations

from httpeek.server.app.answer import JSON, Refused, json_text, whole
from httpeek.server.app.echo import request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.server.app.answer import Answer, Environ


def gzip(environ: Environ) -> Answer:
    """gzip (RFC 1952), without a name or a time in it."""
    return _coded("gzip", _zlib(_said(environ, "gzipped"), 31))


def deflate(environ: Environ) -> Answer:
    """deflate, as RFC 9110 has it: the zlib format (RFC 1950)."""
    return _coded("deflate", _zlib(_said(environ, "deflated"), 15))


def brotli(environ: Environ) -> Answer:
    """br (RFC 7932)."""
    try:
        import brotli as coder  # type: ignore[import-untyped,unused-ignore]  # it has no stubs
    except ImportError:
        raise Refused(501, "brotli is not installed here: pip install brotli") from None
    coded: bytes = coder.compress(_said(environ, "brotli"))
    return _coded("br", coded)


def zstd(environ: Environ) -> Answer:
    """zstd (RFC 8878)."""
    import sys

    coder: Any
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd as coder
        else:
            from backports import zstd as coder
    except ImportError:
        raise Refused(501, "zstd is not installed here: pip install backports.zstd") from None
    coded: bytes = coder.compress(_said(environ, "zstd"))
    return _coded("zstd", coded)


def _said(environ: Environ, name: str) -> bytes:
    return json_text({name: True, "method": environ["REQUEST_METHOD"], **request(environ)}).encode("ascii") + b"\n"


def _zlib(content: bytes, window: int) -> bytes:
    import zlib

    packer = zlib.compressobj(6, zlib.DEFLATED, window)
    return packer.compress(content) + packer.flush()


def _coded(name: str, content: bytes) -> Answer:
    return whole(content, JSON, 200, ("Content-Encoding", name))
