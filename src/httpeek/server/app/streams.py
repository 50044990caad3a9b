"""Answers that come piece by piece, or late: lines, events, drips, delays, trailers, and a 103 before the 200."""

from __future__ import annotations

from time import sleep

from httpeek import __version__
from httpeek.server.app.answer import JSON, OCTETS, TEXT, Answer, Refused, json, json_line, text
from httpeek.server.app.echo import request, request_with_content
from httpeek.server.app.request import argument, arguments, seconds, shown, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.server.app.answer import Environ

LINES = 10_000
"""The most lines or events of one answer."""
LONGEST = 60.0
"""The longest delay or duration in seconds: each holds a thread or a process of the server."""
DRIPPED = 10 * 1024 * 1024
"""The most octets of a drip, as httpbin has it."""
_PIECES = 10_000
"""The most pieces of a drip; with more octets a piece has several."""
_FORBIDDEN = frozenset(
    ("authorization", "cache-control", "connection", "content-encoding", "content-length", "content-range",
     "content-type", "host", "max-forwards", "set-cookie", "te", "trailer", "transfer-encoding", "www-authenticate")
)  # fmt: skip
"""Fields of framing, routing, and what has to be known before the content (RFC 9110 section 6.5.1)."""
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def lines(environ: Environ, count: str) -> Answer:
    """N lines, each the request as JSON with its number."""
    number = whole_number(count, "/stream/N: N", LINES)
    made = request(environ)
    return Answer(200, (("Content-Type", JSON),), (_line({**made, "id": each}) for each in range(number)))


def ndjson(environ: Environ, count: str = "10") -> Answer:
    """N lines of JSON (application/x-ndjson), of several types of value."""
    number = whole_number(count, "/ndjson/N: N", LINES)
    rows = ({"id": each, "square": each * each, "even": each % 2 == 0, "name": f"row {each}"} for each in range(number))
    return Answer(200, (("Content-Type", "application/x-ndjson"),), map(_line, rows))


def _line(row: object) -> bytes:
    return json_line(row).encode("ascii") + b"\n"


def events(environ: Environ) -> Answer:
    """Server-sent events (the HTML standard, section 9.2): `count` of them, over `duration`, after `delay`."""
    number = whole_number(argument(environ, "count", "10"), "count", LINES)
    wait, last = _times(environ, "5")

    def pieces() -> Iterator[bytes]:
        sleep(wait)
        for each in range(number):
            if each:
                sleep(last / (number - 1))
            yield b'event: ping\nid: %d\ndata: {"id": %d}\n\n' % (each, each)

    return Answer(200, (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")), pieces())


def delay(environ: Environ, seconds: str) -> Answer:
    """What was sent, after a time."""
    wait = _seconds(seconds, "/delay/N: N")
    made = request_with_content(environ)
    sleep(wait)
    return json(made)


def drip(environ: Environ) -> Answer:
    """`numbytes` octets over `duration`, after `delay`, with the status `code`."""
    size = whole_number(argument(environ, "numbytes", "10"), "numbytes", DRIPPED)
    code = whole_number(argument(environ, "code", "200"), "code", 599, 200)
    wait, last = _times(environ, "2")
    if code in (204, 205, 304):
        raise Refused(400, f"{code} has no content to drip")
    piece = max(1, -(-size // _PIECES))
    between = last * piece / size if size else 0.0

    def pieces() -> Iterator[bytes]:
        sleep(wait)
        for start in range(0, size, piece):
            if start:
                sleep(between)
            yield b"*" * min(piece, size - start)

    return Answer(code, (("Content-Type", OCTETS), ("Content-Length", str(size))), pieces())


def _times(environ: Environ, duration: str) -> tuple[float, float]:
    wait = _seconds(argument(environ, "delay", "0"), "delay")
    return wait, _seconds(argument(environ, "duration", duration), "duration")


def _seconds(said: str, what: str) -> float:
    return seconds(said, what, LONGEST)


def trailers(environ: Environ) -> Answer:
    """A chunked answer with a trailer section (RFC 9110 section 6.5): the fields of the query, and Content-Digest
    (RFC 9530), which is known when all was sent."""
    send = environ.get("httpeek.trailers")
    if send is None:
        raise Refused(501, f"this server ({_software(environ)}) cannot send trailers")
    given = [(name, value) for name, value in arguments(environ)]
    if len(given) > 100:
        raise Refused(400, f"up to 100 trailer fields, not {len(given)}")
    for name, value in given:
        if not name or not _TOKEN.issuperset(name) or any(c < " " or c == "\x7f" for c in value):
            raise Refused(400, f"{shown(name) or 'an empty text'} and its value are no field line")
        if name.lower() in _FORBIDDEN:
            raise Refused(400, f"{shown(name)} may not be in a trailer section (RFC 9110 6.5.1)")

    def pieces() -> Iterator[bytes]:
        from base64 import b64encode
        from hashlib import sha256

        hashed = sha256()
        for number in range(1, 4):
            line = b"piece %d of 3; the trailer section comes behind the last\n" % number
            hashed.update(line)
            yield line
        digest = b"sha-256=:" + b64encode(hashed.digest()) + b":"
        send([*((n.encode("ascii"), v.encode("utf-8")) for n, v in given), (b"Content-Digest", digest)])

    return Answer(200, (("Content-Type", TEXT),), pieces())


def early_hints(environ: Environ) -> Answer:
    """103 with two Link fields, then 200 (RFC 8297). WSGI has no call for it: the server under it offers one."""
    interim = environ.get("httpeek.interim")
    if interim is None:
        raise Refused(501, f"this server ({_software(environ)}) cannot send interim responses")
    links = [(b"Link", b"</style.css>; rel=preload; as=style"), (b"Link", b"</script.js>; rel=preload; as=script")]
    interim(103, b"Early Hints", links)
    return text(f"the 200 that follows a 103, from httpeek {__version__}\n")


def _software(environ: Environ) -> str:
    return shown(environ.get("SERVER_SOFTWARE", "") or "unknown")
