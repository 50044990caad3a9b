"""Reads what a person needs from an X.509 certificate in DER (RFC 5280, ITU-T X.690).

`ssl` tells the fields of a certificate only after it was accepted; what is wrong with one that was refused is
what a person needs most. This reads subject, issuer, validity, serial number and subject alternative names,
and never decides whether a certificate is to be trusted: OpenSSL does that.
"""

from __future__ import annotations

from httpeek.model.events import Certificate
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE, _SET, _INTEGER, _OID, _OCTETS, _BOOLEAN = 0x30, 0x31, 0x02, 0x06, 0x04, 0x01
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_SAN = bytes.fromhex("551d11")
_NAMES = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("550405"): "serialNumber",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
    bytes.fromhex("0992268993f22c640119"): "DC",
}
_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


class _Value(Noun):
    """One DER value: its tag and the octets inside it."""

    tag: int
    inside: bytes


def read_certificate(der: bytes) -> Certificate:
    """The facts of one certificate. Raises ValueError when `der` is no certificate."""
    outer = next(_values(der))
    body = list(_values(next(_values(outer.inside)).inside))
    if body and body[0].tag == _VERSION:
        body = body[1:]
    if len(body) < 6:
        raise ValueError("not an X.509 certificate")
    serial, _, issuer, validity, subject, _ = body[:6]
    times = [_time(value) for value in _values(validity.inside)]
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        names=_alternative_names(body[6:]),
        not_before=times[0],
        not_after=times[1],
        serial=serial.inside.hex(),
        der=der,
    )


def _values(data: bytes) -> Iterator[_Value]:
    """The DER values that stand in `data` one after another."""
    position = 0
    while position < len(data):
        if position + 2 > len(data):
            raise ValueError("cut DER value")
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            octets = length & 0x7F
            length = int.from_bytes(data[position : position + octets], "big")
            position += octets
        if position + length > len(data):
            raise ValueError("cut DER value")
        yield _Value(tag, data[position : position + length])
        position += length


def _name(value: _Value) -> str:
    """A distinguished name as OpenSSL's one-line form has it: "C=DE, O=Example, CN=example.org"."""
    parts = []
    for relative in _values(value.inside):
        for attribute in _values(relative.inside):
            key, text = list(_values(attribute.inside))[:2]
            parts.append(f"{_NAMES.get(key.inside, key.inside.hex())}={_text(text)}")
    return ", ".join(parts)


def _text(value: _Value) -> str:
    if value.tag == 0x1E:  # BMPString
        return value.inside.decode("utf-16-be", "replace")
    return value.inside.decode("utf-8", "replace")


def _time(value: _Value) -> int:
    """Seconds since the Unix epoch (RFC 5280 section 4.1.2.5: two digits of a year below 50 are 20xx)."""
    text = value.inside.decode("ascii", "replace").rstrip("Z")
    if value.tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    year, month, day, hour, minute = (int(text[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12)))
    second = int(text[12:14] or 0)
    leap = month > 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    days += _DAYS_BEFORE_MONTH[month - 1] + leap + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _alternative_names(rest: list[_Value]) -> tuple[str, ...]:
    for value in rest:
        if value.tag != _EXTENSIONS:
            continue
        for extension in _values(next(_values(value.inside)).inside):
            parts = list(_values(extension.inside))
            if parts[0].inside == _SAN:
                return tuple(_general_names(parts[-1].inside))
    return ()


def _general_names(octets: bytes) -> Iterator[str]:
    for value in _values(next(_values(octets)).inside):
        kind = value.tag & 0x1F
        if kind == 2:
            yield "DNS:" + value.inside.decode("ascii", "replace")
        elif kind == 7:
            yield "IP:" + _ip(value.inside)
        elif kind == 1:
            yield "email:" + value.inside.decode("ascii", "replace")
        elif kind == 6:
            yield "URI:" + value.inside.decode("ascii", "replace")


def _ip(octets: bytes) -> str:
    if len(octets) == 4:
        return ".".join(str(o) for o in octets)
    from httpeek.net.stream import sockets

    return sockets.inet_ntop(sockets.AF_INET6, octets) if len(octets) == 16 else octets.hex()
