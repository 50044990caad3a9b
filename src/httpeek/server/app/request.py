"""What a request says, read from an environ (PEP 3333): fields, arguments, URL, content, and what is preferred.

Nothing here trusts the client: what cannot be read is Refused with a sentence, and content is bounded.
"""

from __future__ import annotations

from httpeek.model.target import unquote
from httpeek.server.app.answer import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from httpeek.server.app.answer import Environ

ECHOED = 16 * 1024 * 1024
"""The most octets of content that a page reads as a whole, to show them: a page that counts only takes any."""
_PIECE = 65_536


def decoded(tunnelled: str) -> str:
    """Text from PEP 3333's latin-1 tunnel: UTF-8 where it is that, else as it stands."""
    if tunnelled.isascii():
        return tunnelled
    try:
        return tunnelled.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return tunnelled


def shown(said: str) -> str:
    """Text of a client's inside a sentence of ours: printable ASCII, at most 80 characters."""
    cut = said if len(said) <= 80 else said[:77] + "..."
    return "".join(c if " " <= c <= "~" else c.encode("unicode_escape").decode("ascii") for c in cut)


def headers(environ: Environ) -> dict[str, str]:
    """The fields under the names that CGI keys give back: X-Foo from HTTP_X_FOO. Sorted by name."""
    found = {}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            found[key[5:].replace("_", "-").title()] = value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            found[key.replace("_", "-").title()] = value
    return {name: decoded(found[name]) for name in sorted(found)}


def host(environ: Environ) -> str:
    """The authority that the client used, else the server's own."""
    given: str = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return given


def origin_form(environ: Environ) -> str:
    """The request target: as sent where the server tells it, else put together again."""
    raw: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if raw:
        return raw
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING")
    return escaped(path or "/") + (f"?{query}" if query else "")


def base(environ: Environ) -> str:
    """Scheme and authority, without a "/" at the end: what an absolute URL of ours begins with."""
    return f"{environ['wsgi.url_scheme']}://{escaped(host(environ))}"


def url(environ: Environ) -> str:
    """The target URI."""
    raw = origin_form(environ)
    return raw if "://" in raw.partition("?")[0] else f"{environ['wsgi.url_scheme']}://{host(environ)}{raw}"


def escaped(tunnelled: str) -> str:
    """A path fit for a field or a link: what is no printable ASCII is percent-encoded (RFC 3986 section 2.1)."""
    octets = tunnelled.encode("latin-1", "replace")
    return "".join(chr(o) if 0x21 <= o <= 0x7E and o not in b'"<>\\^`{|}' else f"%{o:02X}" for o in octets)


def pairs(query: str) -> list[tuple[str, str]]:
    """Names and values of a query or a form, in order (application/x-www-form-urlencoded)."""
    found = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            found.append((_unquoted(name), _unquoted(value)))
    return found


def _unquoted(part: str) -> str:
    return unquote(decoded(part).replace("+", " ")).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def gathered(found: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Pairs as an object: a name that comes again has a list of its values, as httpbin has it."""
    made: dict[str, Any] = {}
    for name, value in found:
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    return made


def arguments(environ: Environ) -> list[tuple[str, str]]:
    """The pairs of the query."""
    return pairs(environ.get("QUERY_STRING", ""))


def argument(environ: Environ, name: str, default: str = "") -> str:
    """The first value that the query has for a name."""
    return next((value for key, value in arguments(environ) if key == name), default)


def whole_number(said: str, what: str, most: int, least: int = 0) -> int:
    """A number as digits only, from `least` to `most`; else Refused with 400."""
    if not (said.isascii() and said.isdigit() and len(said) < 20) or not least <= int(said) <= most:
        raise Refused(400, f"{what} is a number from {least} to {most}, not {shown(said) or 'empty'}")
    return int(said)


def seconds(said: str, what: str, most: float) -> float:
    """A time in seconds, with a fraction where there is one, from 0 to `most`; else Refused with 400. A unit of s or
    ms may follow, as go-httpbin has it."""
    number, scale = said, 1.0
    for unit, factor in (("ms", 0.001), ("s", 1.0)):
        if said.endswith(unit):
            number, scale = said[: -len(unit)], factor
            break
    digits = number.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20) or float(number) * scale > most:
        raise Refused(400, f"{what} is a time of 0 to {most:g} s, not {shown(said) or 'empty'}")
    return float(number) * scale


def seed(environ: Environ) -> int:
    """What decides everything random: the query's seed, else the server's (`httpeek.seed`), else 0."""
    given = argument(environ, "seed")
    if given:
        return whole_number(given, "seed", 2**63 - 1)
    return int(environ.get("httpeek.seed", 0))


def reader(environ: Environ) -> Callable[[], bytes]:
    """A call that gives the next piece of content, b"" at its end.

    PEP 3333 lets `wsgi.input` block behind the content, so a server that does not say `wsgi.input_terminated` is
    asked for Content-Length octets and no more.
    """
    stream = environ["wsgi.input"]
    ends = bool(environ.get("wsgi.input_terminated"))
    given = environ.get("CONTENT_LENGTH", "")
    left = int(given) if given.isascii() and given.isdigit() else 0

    def piece() -> bytes:
        nonlocal left
        size = _PIECE if ends else min(_PIECE, left)
        data: bytes = stream.read(size) if size else b""
        left -= len(data)
        return data

    return piece


def content(environ: Environ, most: int = ECHOED) -> bytes:
    """The content as a whole; Refused with 413 where it is larger than `most`."""
    given = environ.get("CONTENT_LENGTH", "")
    why = f"this page reads content of up to {most} bytes"
    if given.isascii() and given.isdigit() and int(given) > most:
        raise Refused(413, why)
    piece = reader(environ)
    found = []
    size = 0
    while data := piece():
        size += len(data)
        if size > most:
            raise Refused(413, why)
        found.append(data)
    return b"".join(found)


def media_type(environ: Environ) -> str:
    """The content's media type, without parameters, in lower case."""
    said: str = environ.get("CONTENT_TYPE", "")
    return said.partition(";")[0].strip().lower()


def cookies(environ: Environ) -> dict[str, str]:
    """The cookies that were sent; the first of a name wins, and quotes around a value go (RFC 6265 section 5.4)."""
    found: dict[str, str] = {}
    for pair in environ.get("HTTP_COOKIE", "").split(";"):
        name, equals, value = pair.strip(" \t").partition("=")
        if equals and name:
            value = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
            found.setdefault(decoded(name), decoded(value))
    return found


def preferred(environ: Environ, offered: Sequence[str], otherwise: str = "") -> str:
    """The media type of `offered` that Accept prefers; the earlier wins a tie (RFC 9110 section 12.5.1). Where none is
    acceptable it is `otherwise`; without an Accept field, the first."""
    accept: str = environ.get("HTTP_ACCEPT", "")
    if not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",")]
    best, quality = otherwise, 0.0
    for kind in offered:
        # The most specific range that fits decides: text/html over text/*, and that over */*.
        fitting = [(len(r) - r.count("*"), q) for r, q in ranges if r in (kind, kind.partition("/")[0] + "/*", "*/*")]
        if fitting and (q := max(fitting)[1]) > quality:
            best, quality = kind, q
    return best


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = part.split(";")
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            digits = value.strip().replace(".", "", 1)
            quality = float(value) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0.0
    return kind.strip().lower(), quality
