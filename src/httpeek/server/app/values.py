"""Small values: a UUID, and base64 there and back."""

from __future__ import annotations

from httpeek.server.app.answer import OCTETS, TEXT, Refused, json, whole
from httpeek.server.app.chance import drawn, turn
from httpeek.server.app.request import argument, seed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ


def uuid(environ: Environ) -> Answer:
    """A UUID of version 4 (RFC 9562), drawn: with ?seed= always the same, else another with each request."""
    octets = bytearray(drawn(seed(environ), 0 if argument(environ, "seed") else turn(), b"uuid", 16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    digits = octets.hex()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return json({"uuid": "-".join(parts)})


def decode(environ: Environ, value: str) -> Answer:
    """What a value in base64 or base64url (RFC 4648) decodes to, with or without its padding."""
    from binascii import Error, a2b_base64

    plain = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        octets = a2b_base64(plain.encode("ascii") + b"=" * (-len(plain) % 4), strict_mode=True)
    except (Error, UnicodeEncodeError):
        raise Refused(400, "the value is no base64 (RFC 4648)") from None
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return whole(octets, OCTETS)
    return whole(octets, TEXT)


def encode(environ: Environ, value: str) -> Answer:
    """The value in base64url, as it fits in a path."""
    from base64 import urlsafe_b64encode

    return whole(urlsafe_b64encode(value.encode("utf-8")), TEXT)
