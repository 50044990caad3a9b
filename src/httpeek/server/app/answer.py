"""What a page gives back, and the few ways to make it: text, JSON, a refusal.

JSON is written here, not by `json`: importing that takes 6 ms of the start-up of `httpeek GET /get`. Only its C
encoder for strings is used, or json's where there is none.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Environ = dict[str, Any]
    Pairs = tuple[tuple[str, str], ...]

REASONS = {
    100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints",
    200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
    205: "Reset Content", 206: "Partial Content", 207: "Multi-Status", 208: "Already Reported", 226: "IM Used",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    305: "Use Proxy", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    418: "I'm a teapot", 421: "Misdirected Request", 422: "Unprocessable Content", 423: "Locked",
    424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates",
    507: "Insufficient Storage", 508: "Loop Detected", 511: "Network Authentication Required",
}  # fmt: skip
"""The reasons of IANA's registry of status codes; 418 is no entry of it, but a test server has to have it."""

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"
OCTETS = "application/octet-stream"


class Answer(Noun):
    """A status, field pairs, and the content as WSGI has it. A content without a Content-Length among the fields is
    for the server to frame."""

    status: int
    fields: Pairs
    content: Iterable[bytes]

    @property
    def line(self) -> str:
        """The status as `start_response` wants it."""
        return f"{self.status} {REASONS.get(self.status, 'Unknown')}"


class Refused(Exception):
    """A request that a page does not answer as asked: `answer` says why, in a sentence."""

    def __init__(self, status: int, why: str, *fields: tuple[str, str]) -> None:
        super().__init__(why)
        self.answer = text(why + "\n", status, *fields)


def whole(content: bytes, kind: str, status: int = 200, *fields: tuple[str, str]) -> Answer:
    """An answer whose content is all there."""
    return Answer(status, (("Content-Type", kind), ("Content-Length", str(len(content))), *fields), [content])


def text(said: str, status: int = 200, *fields: tuple[str, str]) -> Answer:
    """Plain text."""
    return whole(said.encode("utf-8", "replace"), TEXT, status, *fields)


def html(said: str, status: int = 200, *fields: tuple[str, str]) -> Answer:
    """A page for a browser."""
    return whole(said.encode("utf-8", "replace"), HTML, status, *fields)


def json(value: object, status: int = 200, *fields: tuple[str, str]) -> Answer:
    """JSON, indented by two, in ASCII."""
    return whole(json_text(value).encode("ascii") + b"\n", JSON, status, *fields)


def empty(status: int, *fields: tuple[str, str]) -> Answer:
    """No content, and a length that says so where the status may have one (RFC 9110 section 8.6)."""
    own = () if status in (204, 304) else (("Content-Type", TEXT), ("Content-Length", "0"))
    return Answer(status, (*own, *fields), [])


class Spelled(str):
    """JSON that is there already, in ASCII: written as it stands."""

    __slots__ = ()


def json_text(value: object, indent: str = "\n") -> str:
    """The JSON of dicts, lists, tuples, str, bool, int, float and None, on several lines; `indent` begins each of
    them. A value of another kind is written as the string that it prints as."""
    return _written(value, indent, _quoted())


def json_line(value: object) -> str:
    """The same on one line."""
    return _written(value, "", _quoted())


def _quoted() -> Callable[[str], str]:
    try:
        from _json import encode_basestring_ascii as quoted
    except ImportError:  # pragma: no cover - CPython has it
        from json.encoder import py_encode_basestring_ascii as quoted
    return quoted


def _written(value: object, indent: str, quoted: Callable[[str], str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, Spelled):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and value - value == 0):
        return repr(value)
    inner = indent + "  " if indent else ""
    comma = "," + inner if indent else ", "
    if isinstance(value, dict):
        rows = [f"{quoted(str(name))}: {_written(each, inner, quoted)}" for name, each in value.items()]
        return "{" + inner + comma.join(rows) + indent + "}" if rows else "{}"
    if isinstance(value, list | tuple):
        rows = [_written(each, inner, quoted) for each in value]
        return "[" + inner + comma.join(rows) + indent + "]" if rows else "[]"
    return quoted(value if isinstance(value, str) else str(value))
