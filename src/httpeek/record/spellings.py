"""How a secret may be spelled by who sends it back. Loaded where one is looked for."""

from __future__ import annotations

LONGEST_ENCODED = 16 * 1024
"""Octets of a secret whose copies are looked for octet by octet encoded, too: a longer one is no part of a URL, and
would take seconds."""
_NESTED = 3
"""How deep a JSON string may stand in others: content that holds what was sent, in a report, in JSON."""
_SHORT = {0x22: b'\\"', 0x5C: b"\\\\", 8: b"\\b", 9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r"}
_JSON = tuple(_SHORT.get(octet, bytes((octet,)) if octet >= 32 else b"\\u%04x" % octet) for octet in range(256))
_KEPT = (b"-._~", b"-._~/", b"-._~!$&'()*+,;=:@", b"-._~!$&'()*+,;=:@/%")
"""What is left as it is by who encodes a value, a path, and a segment of one (RFC 3986 section 3.3), and who takes what
he is given for a path."""
_MARKUP = ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;"))
_ESCAPES = (
    ((b"\\", b"\\\\"), (b'"', b'\\"')),
    ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"/", b"\\/")),
    (*_MARKUP, (b'"', b"&quot;")),
    (*_MARKUP, (b'"', b"&quot;"), (b"'", b"&#39;")),
    (*_MARKUP, (b'"', b"&quot;"), (b"'", b"&#x27;")),
    (*_MARKUP, (b'"', b"&#34;"), (b"'", b"&#39;")),
)
"""Escapes of JSON strings and of HTML, each in the order that they are applied in."""


def spellings(secret: bytes) -> tuple[bytes, ...]:
    """How a secret may stand in what a peer sends back: as it is, in base64 (with and without padding, and in the
    alphabet of URLs), in hexadecimal digits, percent-encoded in either case and as a path keeps it, inside of a JSON
    string (also of one in another), and inside of HTML."""
    from binascii import b2a_base64, hexlify

    plain = b2a_base64(secret, newline=False)
    unpadded = plain.rstrip(b"=")
    made = [secret, plain, unpadded, unpadded.replace(b"+", b"-").replace(b"/", b"_")]
    if len(secret) > LONGEST_ENCODED:
        return tuple(dict.fromkeys(made))
    digits = hexlify(secret)
    made += [digits, digits.upper()]
    for form in (b"%%%02X", b"%%%02x"):
        for kept in _KEPT:
            percent = b"".join(bytes((o,)) if (o < 128 and chr(o).isalnum()) or o in kept else form % o for o in secret)
            made += [percent, percent.replace(b"%20", b"+")]
    for escapes in _ESCAPES:
        escaped = secret
        for octet, escape in escapes:
            escaped = escaped.replace(octet, escape)
        made.append(escaped)
    inner = [secret]
    for _ in range(_NESTED):
        inner = [json for text in inner for json in _in_json(text)]
        made += inner
    return tuple(dict.fromkeys(made))


def _in_json(text: bytes) -> tuple[bytes, ...]:
    """Inside of a JSON string (RFC 8259 section 7), with what is not ASCII as it is, and escaped."""
    out = b"".join(_JSON[octet] for octet in text)
    try:
        characters = out.decode("utf-8")
    except UnicodeDecodeError:
        return (out,)
    units = characters.encode("utf-16-be")
    escaped = b"".join(
        units[i + 1 : i + 2]
        if units[i : i + 1] == b"\0" and units[i + 1] < 128
        else b"\\u%04x" % (units[i] * 256 + units[i + 1])
        for i in range(0, len(units), 2)
    )
    return (out, escaped) if escaped != out else (out,)
