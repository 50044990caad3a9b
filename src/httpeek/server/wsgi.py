"""WSGI by PEP 3333: environ from a request, `start_response`, and the content of the answer.

This file knows the application's side only. How octets are framed and sent is the connection's business: a
`Gateway` tells it heads and content through three calls (`begin`, `write`, `finish`).
"""

from __future__ import annotations

import sys

from httpeek.model.message import first, has, members
from httpeek.model.target import unquote
from httpeek.server.input import Input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any, Protocol

    from httpeek.model.message import Fields, RequestHead

    Environ = dict[str, Any]
    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    Application = Callable[[Environ, Callable[..., Callable[[bytes], object]]], Iterable[bytes]]

    class Wire(Protocol):
        """What a gateway needs of a connection."""

        def begin(self, status: int, reason: bytes, fields: list[tuple[bytes, bytes]], known: int | None) -> None:
            """Sends the head. `known` is the length of the content where the gateway knows it."""

        def write(self, data: bytes) -> None:
            """Sends content, framed as the head said."""

        def finish(self) -> None:
            """Ends the message."""

        def interim(self, status: int, reason: bytes, fields: list[tuple[bytes, bytes]]) -> None:
            """Sends an interim response."""


_HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Fields that an application may not set (PEP 3333, RFC 9110 section 7.6.1)."""
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class ApplicationError(Exception):
    """The application broke PEP 3333; the text says how."""


def environ(head: RequestHead, stream: Input, facts: dict[str, Any]) -> Environ:
    """The environ of a request. `facts` are the connection's own keys (SERVER_NAME, REMOTE_ADDR, wsgi.*).

    Text is latin-1 tunnelled octets, as PEP 3333 has it. A field name with an underscore is left out: X_Foo would
    pose as X-Foo.
    """
    target = head.target.decode("latin-1")
    path, _, query = target.partition("?")
    host = first(head.fields, b"host").decode("latin-1")
    scheme, mark, rest = path.partition("://")
    if mark and scheme.lower() in ("http", "https"):
        # The absolute form names the host, whatever the Host field says (RFC 9112 section 3.2.2).
        host, _, path = rest.partition("/")
        path = "/" + path
    made: Environ = {
        **facts,
        "REQUEST_METHOD": head.method.decode("latin-1"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path).encode("utf-8", "surrogateescape").decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "RAW_URI": target,
        "REQUEST_URI": target,
        "SERVER_PROTOCOL": head.version.decode("latin-1"),
        "wsgi.version": (1, 0),
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
    }
    for name, value in head.fields:
        key = name.decode("latin-1").upper()
        if "_" in key:
            continue
        key = key.replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        text = value.decode("latin-1")
        if key in made and key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            made[key] += ("; " if key == "HTTP_COOKIE" else ",") + text
        else:
            made[key] = text
    if host:
        made["HTTP_HOST"] = host
    return made


class Gateway:
    """One call of the application, from `start_response` to `close`."""

    def __init__(self, wire: Wire, method: bytes) -> None:
        self._wire = wire
        self._head_only = method == b"HEAD"
        self._status = 0
        self._reason = b""
        self._fields: list[tuple[bytes, bytes]] | None = None
        self._left: int | None = None  # octets that the application's Content-Length still allows
        self.started = False
        self.surplus = 0
        self.missing = 0

    def run(self, application: Application, made: Environ) -> None:
        """Calls the application and sends what it answers. Raises what it raises, and ApplicationError."""
        result = application(made, self.start_response)
        try:
            known = None
            if isinstance(result, list | tuple) and len(result) <= 1:
                known = len(result[0]) if result else 0
            for piece in result:
                if piece:
                    self._send(piece, known)
            if not self.started:
                self._begin(0 if known is None else known)
            self._finish()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """PEP 3333's start_response: keeps the head until the first content. With `exc_info` it replaces a head
        that is not sent, and raises the exception again after one that is."""
        if exc_info is not None:
            try:
                if self.started and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._fields is not None:
            raise ApplicationError("start_response was called twice without exc_info")
        self._status, self._reason = _status(status)
        self._fields = _fields(headers)
        length = first(tuple(self._fields), b"content-length")
        self._left = int(length) if length.isdigit() else None
        return self._write

    def _write(self, data: bytes) -> None:
        self._send(data, None)

    def _send(self, data: bytes, known: int | None) -> None:
        if not isinstance(data, bytes):
            raise ApplicationError(f"the application gave {type(data).__name__} where PEP 3333 wants bytes")
        if not self.started:
            self._begin(known)
        if self._left is not None:
            if len(data) > self._left:
                self.surplus += len(data) - self._left
                data = data[: self._left]
            self._left -= len(data)
        if data and not self._head_only:
            self._wire.write(data)

    def _begin(self, known: int | None) -> None:
        if self._fields is None:
            raise ApplicationError("the application gave content before it called start_response")
        self.started = True
        if has(tuple(self._fields), b"content-length"):
            known = None
        self._wire.begin(self._status, self._reason, self._fields, known)

    def _finish(self) -> None:
        if self._left and not self._head_only and self._status not in (204, 304):
            self.missing = self._left
        self._wire.finish()


def _status(status: str) -> tuple[int, bytes]:
    if not isinstance(status, str):
        raise ApplicationError(f"the status is {type(status).__name__}, not str")
    code, _, reason = status.partition(" ")
    if not (len(code) == 3 and code.isascii() and code.isdigit()) or code[0] not in "12345":
        raise ApplicationError(f"the status {status!r} does not begin with three digits")
    return int(code), _octets(reason, "the reason")


def _fields(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    made = []
    for name, value in headers:
        if not isinstance(name, str) or not isinstance(value, str):
            raise ApplicationError(f"the field {name!r} is not a pair of str")
        if not name or not _TOKEN.issuperset(name):
            raise ApplicationError(f"the field name {name!r} is not a token")
        if name.lower() in _HOP_BY_HOP:
            raise ApplicationError(f"{name} is the server's to set (PEP 3333: no hop-by-hop fields)")
        if name.lower() == "content-length" and not (value.isascii() and value.isdigit()):
            raise ApplicationError(f"Content-Length {value!r} is not a number")
        made.append((name.encode("ascii"), _octets(value, name)))
    return made


def _octets(text: str, what: str) -> bytes:
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        raise ApplicationError(f"{what} has characters outside latin-1") from None
    if b"\r" in octets or b"\n" in octets or b"\0" in octets:
        raise ApplicationError(f"{what} has CR, LF or NUL in it")
    return octets


def wants_close(fields: Fields) -> bool:
    """True when a message says that it is the last one on its connection (RFC 9112 section 9.6)."""
    return b"close" in members(fields, b"connection")
