"""Images: PNG, JPEG, WebP and SVG of the same blue and white squares, 16 by 16."""

from __future__ import annotations

from httpeek.server.app.answer import Refused, whole
from httpeek.server.app.request import preferred, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.server.app.answer import Answer, Environ

_SIDE = 16


def image(environ: Environ) -> Answer:
    """An image of the type that Accept prefers; PNG where anything will do, 406 where none of ours is acceptable."""
    kind = preferred(environ, [media_type for media_type, _ in _KINDS.values()])
    if not kind:
        names = ", ".join(media_type for media_type, _ in _KINDS.values())
        raise Refused(406, f"there are images of {names} only")
    return of(environ, next(name for name, row in _KINDS.items() if row[0] == kind), ("Vary", "Accept"))


def of(environ: Environ, kind: str, *fields: tuple[str, str]) -> Answer:
    """An image of one type: png, jpeg, webp or svg."""
    if kind not in _KINDS:
        raise Refused(404, f"there is no image {shown(kind)}: {', '.join(_KINDS)}")
    media_type, make = _KINDS[kind]
    return whole(make(), media_type, 200, *fields)


def png() -> bytes:
    """PNG (RFC 2083) of three colours' octets a pixel. Its deflate stream is one stored block, so that the octets do
    not depend on which zlib is here."""
    from zlib import adler32, crc32

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + crc32(kind + data).to_bytes(4, "big")

    blue, white = b"\x14\x6e\xc8", b"\xf0\xf0\xf0"
    half = _SIDE // 2
    rows = [b"\0" + blue * half + white * half] * half + [b"\0" + white * half + blue * half] * half
    pixels = b"".join(rows)
    size = len(pixels).to_bytes(2, "little")
    stored = b"\x78\x01\x01" + size + bytes(255 - o for o in size) + pixels + adler32(pixels).to_bytes(4, "big")
    side = _SIDE.to_bytes(4, "big")
    head = chunk(b"IHDR", side + side + b"\x08\x02\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", stored) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """JPEG: made once with Pillow 13.0, `image.save(file, "JPEG", quality=50, optimize=True)`."""
    return _constant(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1x"
        "eXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/"
        "wAARCAAQABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABwAF/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABQBAQAAAAAAAAAAAAAA"
        "AAAAAAT/xAAXEQADAQAAAAAAAAAAAAAAAAAAETRh/9oADAMBAAIRAxEAPwDNJSGp1OIHPrP/2Q=="
    )


def webp() -> bytes:
    """WebP: made once with Pillow 13.0, `image.save(file, "WEBP", lossless=True, quality=100, method=6)`."""
    return _constant("UklGRigAAABXRUJQVlA4TBsAAAAvD8ADAAWRto3jab+JwvMxHa3+T0Bz8I+bfwAA")


def svg() -> bytes:
    """SVG of the same squares."""
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
        b'<rect width="16" height="16" fill="#f0f0f0"/><path d="M0 0h8v16h8V8H0z" fill="#146ec8"/></svg>\n'
    )


def _constant(coded: str) -> bytes:
    from binascii import a2b_base64

    return a2b_base64(coded)


_KINDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "png": ("image/png", png),
    "webp": ("image/webp", webp),
    "jpeg": ("image/jpeg", jpeg),
    "svg": ("image/svg+xml", svg),
}
"""The types by the names of their pages; the order is that of our preference."""
