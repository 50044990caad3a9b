"""Could a run hold a secret? A cheap look that is never wrong in saying no, so that most runs skip `record.masks`.

What counts as a secret's place is stated here, once: `SECRET_FIELDS` and `ENDINGS`.
"""

from __future__ import annotations

from httpeek.codec.http1.framing import codings
from httpeek.model.events import IN, OUT, Content, Planned, RequestStarted, ResponseStarted, Trailers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.events import Event
    from httpeek.model.message import Fields

SECRET_FIELDS = frozenset(
    (
        b"authorization",
        b"proxy-authorization",
        b"cookie",
        b"set-cookie",
        b"x-api-key",
        b"api-key",
        b"x-auth-token",
        b"x-csrf-token",
        b"x-amz-security-token",
        b"authentication-info",
    )
)
"""Fields whose value is a secret, in lower case."""
ENDINGS = (b"token", b"key", b"secret", b"password", b"signature")
"""A field, a query or form parameter or a JSON member with a name that ends so holds a secret."""


def is_secret_name(name: bytes) -> bool:
    """True for the name of a field, parameter or member whose value is a secret."""
    lower = name.lower()
    return lower in SECRET_FIELDS or lower.endswith(ENDINGS)


LONGEST_ENCODED = 16 * 1024
"""Octets of a secret whose copies are looked for octet by octet encoded, too: a longer one is no part of a URL, and
would take seconds."""


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


def suspicious(events: Iterable[Event]) -> bool:
    """True when a run may hold a secret somewhere."""
    coded: dict[tuple[int | None, str], list[bytes]] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Planned):
            # What was never sent, since nobody listened, stands in the plan only.
            plan = fact.plan
            target = plan.target
            if target.password is not None or _mentions(target.path.encode("utf-8", "surrogateescape")):
                return True
            if _in_fields(plan.fields) or (plan.proxy is not None and plan.proxy.has_password):
                return True
        elif isinstance(fact, RequestStarted | ResponseStarted):
            if _in_fields(fact.head.fields):
                return True
            if codings(fact.head.fields):
                coded[event.exchange, IN if isinstance(fact, ResponseStarted) else OUT] = []
        elif isinstance(fact, Trailers):
            if _in_fields(fact.fields):
                return True
        elif isinstance(fact, Content):
            pieces = coded.get((event.exchange, fact.direction))
            if pieces is not None:
                pieces.append(fact.data)
            elif _mentions(fact.data):
                return True
    # What is coded cannot be looked through; masks decodes it, bounded.
    return any(coded.values())


def _in_fields(fields: Fields) -> bool:
    return any(is_secret_name(name) or (b"=" in value and _mentions(value)) for name, value in fields)


def _mentions(octets: bytes) -> bool:
    lower = octets.lower()
    return any(ending in lower for ending in ENDINGS)
