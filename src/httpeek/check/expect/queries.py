"""The queries: what an expectation or a capture looks at.

Rules: each gives a value, `NONE` where there is none, or raises Fault at its place where it cannot tell: content that
is no text in its charset, no JSON, no XML. An argument that is no pattern or path is located at itself.
"""

from __future__ import annotations

from httpeek.check.expect.names import cookie_path
from httpeek.check.expect.predicates import literal_value
from httpeek.check.expect.scope import fault
from httpeek.check.expect.seen import Unreadable, text_of
from httpeek.check.expect.values import FLAG, NONE, Moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.check.expect.scope import Scope
    from httpeek.check.expect.seen import Seen
    from httpeek.check.result import Value
    from httpeek.check.suite import Literal, Query
    from httpeek.model.events import Certificate

_SECOND = 1_000_000_000


def queried(query: Query, seen: Seen, scope: Scope) -> Value:
    """The value of a query. Raises Fault."""
    try:
        return _QUERIES[query.name](seen, query.arguments, scope)
    except Unreadable as error:
        raise fault(str(error), "this cannot be read", query.place) from None


def text_argument(literal: Literal, scope: Scope) -> str:
    """An argument that is text. Raises Fault."""
    value = literal_value(literal, scope)
    if not isinstance(value, str):
        raise fault("the argument is no text", "expected a string", literal.place)
    return value


def first_group(pattern: Literal, text: str, scope: Scope) -> Value:
    """The first group of the first match of a pattern. Raises Fault."""
    from httpeek.check.expect.patterns import PatternError
    from httpeek.check.expect.regex import first_group as found_in

    try:
        found = found_in(text_argument(pattern, scope), text)
    except PatternError as error:
        raise fault(f"the pattern is not valid: {error}", error.hint, pattern.place) from None
    return NONE if found is None else found


def found_by_path(path: Literal, value: Callable[[], Value], scope: Scope) -> Value:
    """What a JSONPath finds. Raises Fault, or Unreadable of the value."""
    from httpeek.check.expect.jsonpath import PathError, find

    written = text_argument(path, scope)
    try:
        return find(written, value())
    except PathError as error:
        raise fault(f"the JSONPath is not valid: {error}", "expected a path of RFC 9535", path.place) from None


def found_by_xpath(path: Literal, text: str, html: bool, scope: Scope) -> Value:
    """What an XPath expression finds. Raises Fault, or Unreadable of the text."""
    from httpeek.check.expect.xpath import PathError, find

    written = text_argument(path, scope)
    try:
        return find(written, text, html)
    except PathError as error:
        raise fault(f"the XPath is not valid: {error}", "expected an expression of XPath 1.0", path.place) from None


def _or_none(value: Value) -> Value:
    return NONE if value is None or value == "" else value


def _header(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
    found = seen.field(text_argument(arguments[0], scope))
    if not found:
        return NONE
    return found[0] if len(found) == 1 else found


def _cookie(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
    literal = arguments[0]
    try:
        name, attribute = cookie_path(text_argument(literal, scope))
    except ValueError as error:
        raise fault(f"a cookie has no attribute {error}", "no such attribute", literal.place) from None
    for value in seen.field("set-cookie"):
        pair, *attributes = value.split(";")
        key, equals, content = pair.partition("=")
        if not equals or key.strip(" \t") != name:
            continue
        if attribute in ("", "Value"):
            return content.strip(" \t")
        return _cookie_attribute(attribute, attributes, literal)
    return NONE


def _cookie_attribute(attribute: str, parts: Sequence[str], literal: Literal) -> Value:
    """An attribute; of several with one name the last counts (RFC 6265bis section 5.6)."""
    found = None
    for part in parts:
        key, _, content = part.partition("=")
        if key.strip(" \t").lower() == attribute.lower():
            found = content.strip(" \t")
    if found is None:
        return NONE
    if attribute in ("Secure", "HttpOnly"):
        return FLAG
    if attribute == "Max-Age":
        digits = found.removeprefix("-")
        return int(found) if digits.isascii() and digits.isdigit() and len(digits) < 20 else NONE
    if attribute == "Expires":
        from httpeek.client.cookie_date import seconds

        moment = seconds(found)
        if moment is None:
            raise fault(f"the cookie's Expires is no date: {found}", "this is no date", literal.place)
        return Moment(moment * _SECOND)
    return found


def _xpath(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
    return found_by_xpath(arguments[0], seen.text, seen.content_type[0] == "text/html", scope)


def _digest(name: str) -> Callable[..., Value]:
    def digest(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
        from hashlib import new

        return new(name, seen.last.representation(), usedforsecurity=False).digest()

    return digest


def _certificate(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
    attribute = text_argument(arguments[0], scope)
    tls = seen.tls
    if tls is None or not tls.chain:
        return NONE
    return _or_none(_CERTIFICATE[attribute](tls.chain[0])) if attribute in _CERTIFICATE else NONE


def _pem(certificate: Certificate) -> str:
    """The certificate as RFC 7468 writes it."""
    from binascii import b2a_base64

    text = b2a_base64(certificate.der, newline=False).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def _serial(certificate: Certificate) -> str:
    """The octets of the serial number with colons between, without the one that only keeps it from being negative."""
    number = certificate.serial
    number = number[2:] if number.startswith("00") and len(number) > 2 else number
    return ":".join(number[at : at + 2] for at in range(0, len(number), 2))


_CERTIFICATE: dict[str, Callable[[Certificate], Value]] = {
    "Subject": lambda one: one.subject,
    "Issuer": lambda one: one.issuer,
    "Start-Date": lambda one: Moment(one.not_before * _SECOND),
    "Expire-Date": lambda one: Moment(one.not_after * _SECOND),
    "Serial-Number": _serial,
    "Subject-Alt-Name": lambda one: ", ".join(
        f"IP Address:{name[3:]}" if name.startswith("IP:") else name for name in one.names
    ),
    "Value": _pem,
}


def _expires(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
    tls = seen.tls
    return Moment(min(one.not_after for one in tls.chain) * _SECOND) if tls is not None and tls.chain else NONE


def _ip(seen: Seen, arguments: Sequence[Literal], scope: Scope) -> Value:
    remote = seen.last.connected.remote if seen.last.connected is not None else ""
    if remote.startswith("unix:"):
        return NONE
    return _or_none(remote.rpartition(":")[0].strip("[]"))


def _milliseconds(begin: str, end: str) -> Callable[..., Value]:
    return lambda seen, arguments, scope: _or_none(seen.between(begin, end))


_QUERIES: dict[str, Callable[[Seen, Sequence[Literal], Scope], Value]] = {
    "status": lambda seen, a, s: seen.response.status if seen.response is not None else NONE,
    "version": lambda seen, a, s: (
        _or_none(seen.response.version.decode("latin-1").removeprefix("HTTP/")) if seen.response is not None else NONE
    ),
    "url": lambda seen, a, s: seen.url,
    "redirects": lambda seen, a, s: list(seen.answers),
    "header": _header,
    "cookie": _cookie,
    "body": lambda seen, a, s: seen.text,
    "bytes": lambda seen, a, s: seen.last.representation(),
    "rawbytes": lambda seen, a, s: seen.last.content(),
    "xpath": _xpath,
    "jsonpath": lambda seen, a, s: found_by_path(a[0], lambda: seen.json, s),
    "regex": lambda seen, a, s: first_group(a[0], seen.text, s),
    "variable": lambda seen, a, s: s.variables.get(text_argument(a[0], s), NONE),
    "duration": lambda seen, a, s: seen.duration,
    "sha256": _digest("sha256"),
    "md5": _digest("md5"),
    "certificate": _certificate,
    "ip": _ip,
    "violations": lambda seen, a, s: [one.id for one in seen.last.violations],
    "interim": lambda seen, a, s: [one.status for one in seen.last.interim],
    "reason": lambda seen, a, s: text_of(seen.response.reason) if seen.response is not None else NONE,
    "timing.connect": _milliseconds("planned", "connected"),
    "timing.tls": _milliseconds("tls-started", "tls-established"),
    "timing.first_byte": _milliseconds("planned", "first-byte"),
    "socket.remote": lambda seen, a, s: seen.last.connected.remote if seen.last.connected is not None else NONE,
    "connection.reused": lambda seen, a, s: seen.last.connected.reused > 0 if seen.last.connected is not None else NONE,
    "connection.closed_by": lambda seen, a, s: seen.last.closed.by if seen.last.closed is not None else NONE,
    "tls.version": lambda seen, a, s: seen.tls.version if seen.tls is not None else NONE,
    "tls.cipher": lambda seen, a, s: seen.tls.cipher if seen.tls is not None else NONE,
    "tls.expires": _expires,
    "raw": lambda seen, a, s: seen.octets,
}
