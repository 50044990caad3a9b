"""The pages of the companion app: each takes an environ and the rest of the path and returns an Answer."""

from __future__ import annotations

from httpeek import __version__
from httpeek.model.nouns import Noun
from httpeek.model.target import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from httpeek.server.app import Route

    Environ = dict[str, Any]

LARGEST = 100 * 1024 * 1024
"""The most octets that /bytes gives: enough to test with, too few to fill a disk by a typing error."""
_BLOCK = 65_536
_REASONS = {
    100: "Continue", 101: "Switching Protocols", 103: "Early Hints",
    200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
    205: "Reset Content", 206: "Partial Content",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    418: "I'm a teapot", 421: "Misdirected Request", 422: "Unprocessable Content", 426: "Upgrade Required",
    428: "Precondition Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}  # fmt: skip


class Answer(Noun):
    """A status line without its version, field pairs, and the content as WSGI has it."""

    status: str
    fields: tuple[tuple[str, str], ...]
    content: Iterable[bytes]


def _text(text: str, status: int = 200, *fields: tuple[str, str]) -> Answer:
    content = text.encode("utf-8")
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(_line(status), (kind, ("Content-Length", str(len(content))), *fields), [content])


def _json(value: object, *fields: tuple[str, str]) -> Answer:
    import json

    content = (json.dumps(value, indent=2) + "\n").encode("ascii")
    kind = ("Content-Type", "application/json")
    return Answer(_line(200), (kind, ("Content-Length", str(len(content))), *fields), [content])


def _line(status: int) -> str:
    return f"{status} {_REASONS.get(status, 'Unknown')}"


def _bad(why: str) -> Answer:
    return _text(why + "\n", 400)


def _number(rest: list[str], most: int) -> int | None:
    """The number that the rest of a path is, None when it is none or larger than `most`."""
    text = rest[0] if len(rest) == 1 else ""
    if not (text.isascii() and text.isdigit() and len(text) < 19) or int(text) > most:
        return None
    return int(text)


def index(environ: Environ, routes: Sequence[Route]) -> Answer:
    """What there is, one line a page."""
    width = max(len(route.written) for route in routes)
    does = max(len(route.does) for route in routes)
    # The embedded one is gone after this request: there the examples name no host.
    host = "" if environ.get("httpeek.model") == "embedded" else environ.get("HTTP_HOST", "")
    lines = ["httpeek companion: an HTTP server to test clients with"]
    for route in routes:
        example = route.example.replace(":8080", host.replace("localhost", "") if "localhost:" in host else host)
        lines.append(f"  {route.written:{width}}  {route.does:{does}}  {example}")
    return _text("\n".join(lines) + "\n")


def missing(environ: Environ) -> Answer:
    """404 for a path that is none of the pages."""
    return _text(f"no page {_ascii(environ.get('PATH_INFO', ''))} here; / lists what there is\n", 404)


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text)


def _fields(environ: Environ) -> dict[str, str]:
    """The fields of the request under the names that CGI keys give back: X-Foo from HTTP_X_FOO."""
    found = {}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            found[key[5:].replace("_", "-").title()] = value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            found[key.replace("_", "-").title()] = value
    return {name: _decoded(found[name]) for name in sorted(found)}


def _decoded(tunnelled: str) -> str:
    """Text from PEP 3333's latin-1 tunnel: UTF-8 where it is that, else as it stands."""
    try:
        return tunnelled.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return tunnelled


def _url(environ: Environ) -> str:
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not raw:
        query = environ.get("QUERY_STRING")
        raw = environ.get("PATH_INFO", "/") + (f"?{query}" if query else "")
    return raw if "://" in raw else f"{environ['wsgi.url_scheme']}://{host}{raw}"


def _arguments(query: str) -> dict[str, Any]:
    """Names and values of a query; a name that comes again has a list, as httpbin does it."""
    found: dict[str, Any] = {}
    for pair in query.split("&"):
        if not pair:
            continue
        name, _, value = (unquote(part.replace("+", " ")) for part in pair.partition("="))
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _request(environ: Environ) -> dict[str, Any]:
    return {
        "args": _arguments(environ.get("QUERY_STRING", "")),
        "headers": _fields(environ),
        "origin": environ.get("REMOTE_ADDR", ""),
        "url": _url(environ),
    }


def seen(environ: Environ, rest: list[str]) -> Answer:
    """What was sent: arguments, fields, origin and URL; GET and HEAD only."""
    if rest:
        return missing(environ)
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return _text("/get answers GET; /anything answers every method\n", 405, ("Allow", "GET, HEAD"))
    return _json(_request(environ))


def anything(environ: Environ, rest: list[str]) -> Answer:
    """What was sent, with method and content, for every method and every path below it."""
    content = environ["wsgi.input"].read()
    try:
        data = content.decode("utf-8")
    except UnicodeDecodeError:
        from base64 import b64encode

        data = "data:application/octet-stream;base64," + b64encode(content).decode("ascii")
    value: object = None
    if "json" in environ.get("CONTENT_TYPE", "") and content:
        import json

        try:
            value = json.loads(data)
        except ValueError:
            value = None
    form: dict[str, Any] = {}
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form, data = _arguments(data), ""
    made = _request(environ)
    return _json({**made, "data": data, "form": form, "json": value, "method": environ["REQUEST_METHOD"]})


def headers(environ: Environ, rest: list[str]) -> Answer:
    """The fields of the request."""
    return missing(environ) if rest else _json({"headers": _fields(environ)})


def status(environ: Environ, rest: list[str]) -> Answer:
    """The status that the path names, with a content where the status may have one."""
    code = _number(rest, 599)
    if code is None or code < 200:
        return _bad("/status/N takes a status from 200 to 599")
    fields: tuple[tuple[str, str], ...] = ()
    if code in (301, 302, 303, 307, 308):
        fields = (("Location", "/get"),)
    elif code == 401:
        fields = (("WWW-Authenticate", 'Basic realm="httpeek"'),)
    if code in (204, 205, 304):
        return Answer(_line(code), fields, [])
    return _text(_line(code) + "\n", code, *fields)


def redirect(environ: Environ, rest: list[str]) -> Answer:
    """302 to one less, and from 1 to /get."""
    left = _number(rest, 1000)
    if not left:
        return _bad("/redirect/N takes a number from 1 to 1000")
    where = "/get" if left == 1 else f"/redirect/{left - 1}"
    return _text(f"{left} to go: {where}\n", 302, ("Location", where))


def octets(environ: Environ, rest: list[str]) -> Answer:
    """N octets that are the same everywhere: SHAKE-128 of the block's number (FIPS 202)."""
    size = _number(rest, LARGEST)
    if size is None:
        return _bad(f"/bytes/N takes a number up to {LARGEST}")
    fields = (("Content-Type", "application/octet-stream"), ("Content-Length", str(size)))
    return Answer(_line(200), fields, _blocks(size))


def _blocks(size: int) -> Iterator[bytes]:
    from hashlib import shake_128

    for start in range(0, size, _BLOCK):
        yield shake_128(b"httpeek %d" % (start // _BLOCK)).digest(min(_BLOCK, size - start))


def sample(environ: Environ, rest: list[str]) -> Answer:
    """JSON with what formatters get wrong: a repeated name, a large integer, 1.50, escapes, deep nesting."""
    if rest:
        return missing(environ)
    content = (
        b'{"name": "\\u4f60\\u597d", "order": {"z": 1, "a": 2}, "twice": 1, "twice": 2, "large": 9007199254740993, '
        b'"price": 1.50, "tiny": 1e-7, "quote": "say \\"hi\\"", "path": "a\\/b", "nothing": null, "yes": true, '
        b'"empty": [], "deep": [[[["here"]]]]}\n'
    )
    fields = (("Content-Type", "application/json"), ("Content-Length", str(len(content))))
    return Answer(_line(200), fields, [content])


def stream(environ: Environ, rest: list[str]) -> Answer:
    """N lines of JSON, each of them a chunk."""
    count = _number(rest, 10_000)
    if count is None:
        return _bad("/stream/N takes a number up to 10000")
    return Answer(_line(200), (("Content-Type", "application/x-ndjson"),), _lines(environ, count))


def _lines(environ: Environ, count: int) -> Iterator[bytes]:
    import json

    made = _request(environ)
    for number in range(count):
        yield json.dumps({**made, "id": number}).encode("ascii") + b"\n"


def gzipped(environ: Environ, rest: list[str]) -> Answer:
    """JSON coded with gzip, whatever the request accepts."""
    if rest:
        return missing(environ)
    import json
    import zlib

    made = {"gzipped": True, "method": environ["REQUEST_METHOD"], **_request(environ)}
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    content = packer.compress((json.dumps(made, indent=2) + "\n").encode("ascii")) + packer.flush()
    fields = (
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(content))),
    )
    return Answer(_line(200), fields, [content])


def early_hints(environ: Environ, rest: list[str]) -> Answer:
    """103 with two Link fields, then 200 (RFC 8297). WSGI has no call for it: the server under it offers one."""
    interim = environ.get("httpeek.interim")
    if interim is None:
        return _text(f"this server ({environ.get('SERVER_SOFTWARE', 'unknown')}) cannot send interim responses\n", 501)
    links = [(b"Link", b"</style.css>; rel=preload; as=style"), (b"Link", b"</script.js>; rel=preload; as=script")]
    interim(103, b"Early Hints", links)
    return _text(f"the 200 that follows a 103, from httpeek {__version__}\n")
