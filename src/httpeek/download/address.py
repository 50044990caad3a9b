"""What a reference in a page means: the URL as browsers read it (WHATWG URL), relative to the page's base.

Rules: blanks and control characters around it and line breaks and tabs within it count for nothing; a backslash is a
slash; only http and https lead somewhere. The fragment is kept apart: it is no part of what is asked for. Userinfo in a
page's link is not used: credentials are the user's to give. Two spellings of one URL (RFC 3986 section 6.2.2) have one
`key`.
"""

from __future__ import annotations

from httpeek.model.codes import HttpeekError
from httpeek.model.nouns import Noun
from httpeek.model.target import UNRESERVED, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.target import Target

LONGEST = 8000
"""Characters of a reference (RFC 9110 section 4.1 asks everybody to take 8000 octets): longer ones are left alone."""
_AROUND = "".join(chr(i) for i in range(33))
_WITHIN = {ord(c): None for c in "\t\r\n"}
_HEX = frozenset("0123456789abcdefABCDEF")


class Address(Noun):
    """A URL that was referred to: the target, its fragment as written ("" for none, with "#" before it), and whether
    the reference is nothing but a fragment of the page itself."""

    target: Target
    fragment: str = ""
    own: bool = False


def refer(base: Target, reference: str, charset: str = "utf-8") -> Address | None:
    """What a reference means on a page whose base is `base`; None for what leads nowhere over HTTP. `charset` is the
    page's, for what stands in a query (WHATWG URL section 4.4)."""
    text = reference.strip(_AROUND).translate(_WITHIN)
    if len(text) > LONGEST:
        return None
    text, mark, fragment = text.partition("#")
    fragment = mark + fragment
    if not text:
        return Address(base, fragment, True)
    scheme, rest = _scheme(text)
    if scheme not in ("", "http", "https"):
        return None
    path, question, query = rest.partition("?")
    rest = path.replace("\\", "/") + question + _query(query, charset)
    if scheme and (scheme != base.scheme or rest.startswith("//")):
        absolute = f"{scheme}://{rest.lstrip('/')}"
    elif rest.startswith("//"):
        absolute = f"{scheme or base.scheme}://{rest.lstrip('/')}"
    else:
        absolute = _joined(base, rest)
    authority, slash, tail = absolute.partition("://")[2].partition("/")
    authority, question, query = authority.partition("?")
    host = authority.rpartition("@")[2]
    if not host:
        return None
    try:
        target = parse(f"{absolute.partition('://')[0]}://{_host(host)}{question}{query}{slash}{tail}")
    except (HttpeekError, UnicodeError):
        return None
    path, question, query = target.path.partition("?")
    if "/%2" in path:  # %2e is a dot there (WHATWG URL section 4.5)
        lowered = path.replace("%2e", "%2E")
        segments = [s.replace("%2E", ".") if s.replace("%2E", ".") in (".", "..") else s for s in lowered.split("/")]
        target = parse(f"{target.scheme}://{target.authority}{'/'.join(segments)}{question}{query}")
    if target.scheme == base.scheme and target.authority == base.authority:
        target = target._replace(unix=base.unix)
    return Address(target, fragment)


def _host(host: str) -> str:
    """The host in lower case, without percent-encoding."""
    from httpeek.model.target import unquote

    return unquote(host).lower() if host.isascii() else host


def _query(query: str, charset: str) -> str:
    if query.isascii() or charset in ("utf-8", "utf-16-le", "utf-16-be"):
        return query
    octets = query.encode(charset, "xmlcharrefreplace")
    return "".join(chr(octet) if 0x20 < octet < 0x7F else f"%{octet:02X}" for octet in octets)


def _scheme(text: str) -> tuple[str, str]:
    """The scheme in lower case and what stands behind its colon; "" where there is none."""
    name, colon, rest = text.partition(":")
    letters = name.replace("+", "").replace("-", "").replace(".", "")
    if colon and name[:1].isalpha() and letters.isascii() and letters.isalnum():
        return name.lower(), rest
    return "", text


def _joined(base: Target, reference: str) -> str:
    """A relative reference behind the base (RFC 3986 section 5.2.3)."""
    origin = f"{base.scheme}://{base.authority}"
    path = base.path.partition("?")[0]
    if reference.startswith("/"):
        return origin + reference
    if reference.startswith("?"):
        return origin + path + reference
    return origin + path[: path.rfind("/") + 1] + reference


def key(target: Target) -> str:
    """What two spellings of one URL have in common."""
    path = target.path
    if "%" in path:
        path = _normal(path)
    return f"{target.scheme}://{target.authority.lower()}{path}"


def _normal(text: str) -> str:
    """Percent-encoding as RFC 3986 section 6.2.2 has it: capitals, and none where none is needed."""
    parts = text.split("%")
    out = [parts[0]]
    for part in parts[1:]:
        pair = part[:2]
        if len(pair) == 2 and _HEX.issuperset(pair):
            octet = int(pair, 16)
            out.append((chr(octet) if octet in UNRESERVED else f"%{pair.upper()}") + part[2:])
        else:
            out.append("%" + part)
    return "".join(out)
