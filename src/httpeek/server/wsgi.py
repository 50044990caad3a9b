"""WSGI by PEP 3333: environ from a request, `start_response`, and the content of the answer.

This file knows the application's side only. How octets are framed and sent is the connection's business: a
`Gateway` tells it heads and content through a few calls (`Wire`), and stops between two pieces while the client has not
taken what was sent: an answer is never made faster than it is taken.
"""

from __future__ import annotations

import sys

from httpeek import __version__
from httpeek.model.target import unquote
from httpeek.server.fields import ApplicationError, prepared_fields, prepared_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Any, Protocol

    from httpeek.model.message import RequestHead
    from httpeek.server.fields import Prepared
    from httpeek.server.input import Input
    from httpeek.server.outgoing import Extent

    Environ = dict[str, Any]
    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    Application = Callable[[Environ, Callable[..., Callable[[bytes], object]]], Iterable[bytes]]

    class Wire(Protocol):
        """What a gateway needs of a connection."""

        def begin(self, status: int, reason: bytes, fields: list[tuple[bytes, bytes]], known: int | None) -> None:
            """Takes the head, which leaves with the first content. `known` is the length of the content where the
            gateway knows it and the application does not say."""

        def write(self, data: bytes) -> None:
            """Sends content, framed as the head said."""

        def whole(self, status: tuple[int, bytes, bytes], fields: list[Prepared], data: bytes) -> None:
            """Sends an answer whose content is all there, in one write: `begin`, `write` and `finish` at once. Status
            and fields are those of `server.fields`."""

        def extent(self, file: Any) -> Extent | None:
            """What is left of an open file, where the kernel can send it by itself; None where it has to be read."""

        def move(self, extent: Extent) -> None:
            """Sends a part of a file as content, without reading it here (sendfile(2))."""

        def finish(self) -> None:
            """Ends the message."""

        @property
        def unsent(self) -> bool:
            """True while octets wait for the client to take them."""

        def wait(self) -> None:
            """Waits until the client has taken most of what was sent: for an application that pushes by itself."""


def environ(head: RequestHead, stream: Input, base: Environ) -> Environ:
    """The environ of a request. `base` holds the connection's own keys (SERVER_NAME, REMOTE_ADDR, wsgi.*).

    Text is latin-1 tunnelled octets, as PEP 3333 has it. A field name with an underscore is left out: X_Foo would
    pose as X-Foo.
    """
    method, octets, version, fields, _ = head
    target = octets.decode("latin-1")
    path, _, query = target.partition("?")
    host = ""
    if path[:1] != "/" and "://" in path:
        # The absolute form names the host, whatever the Host field says (RFC 9112 section 3.2.2).
        host, _, path = path.partition("://")[2].partition("/")
        path = "/" + path
    elif path[:1] != "/":
        path = ""  # the asterisk and authority forms have no path
    if "%" in path:
        path = unquote(path).encode("utf-8", "surrogateescape").decode("latin-1")
    made = base.copy()
    made["REQUEST_METHOD"] = method.decode("latin-1")
    made["PATH_INFO"] = path
    made["QUERY_STRING"] = query
    made["RAW_URI"] = made["REQUEST_URI"] = target
    made["SERVER_PROTOCOL"] = version.decode("latin-1")
    made["wsgi.input"] = stream
    for name, value in fields:
        key = _KEYS.get(name) or _key(name)
        text = value.decode("latin-1")
        if key in made:
            # RFC 3875 section 4.1.18: one value with the same meaning; RFC 6265 section 5.4 has cookies in one line.
            made[key] += ("; " if key == "HTTP_COOKIE" else ",") + text
        elif key:
            made[key] = text
    if host:
        made["HTTP_HOST"] = host
    return made


_KEYS: dict[bytes, str] = {}
"""Environ keys of field names seen before: a cache, bounded by `_KEYS_KEPT`."""
_KEYS_KEPT = 1000


def _key(name: bytes) -> str:
    """The environ key of a field (RFC 3875 section 4.1.18), "" for one that is left out."""
    text = name.decode("latin-1")
    key = "" if "_" in text else text.upper().replace("-", "_")
    if key and key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = "HTTP_" + key
    if len(_KEYS) < _KEYS_KEPT:
        _KEYS[name] = key
    return key


def environ_facts(model: str, multithread: bool = False, multiprocess: bool = False) -> Environ:
    """The environ keys that are the same for every request of a server; `model` names how it serves."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": f"httpeek/{__version__}",
        "wsgi.version": (1, 0),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.multithread": multithread,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
        "httpeek.model": model,
    }


class FileWrapper:
    """`wsgi.file_wrapper` (PEP 3333): an iterable over a file, in blocks."""

    def __init__(self, file: Any, block: int = 65_536) -> None:
        self.file = file
        self.block = block
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while data := self.file.read(self.block):
            yield data


class Gateway:
    """One call of the application, from `start_response` to `close`."""

    def __init__(self, wire: Wire, method: bytes) -> None:
        self._wire = wire
        self._head_only = method == b"HEAD"
        self._status = (0, b"", b"")  # code, reason, line
        self._fields: list[Prepared] | None = None
        self._left: int | None = None  # octets that the application's Content-Length still allows
        self._empty = self._head_only  # nothing of the content is sent
        self.started = False
        self.surplus = 0
        self.missing = 0

    def run(self, application: Application, made: Environ) -> Iterator[None] | None:
        """Calls the application and sends what it answers. None when that is done; else what is left to do: each step
        sends more, and pauses while the client has octets to take. Raises what the application raises, and
        ApplicationError."""
        result = application(made, self.start_response)
        if type(result) is list and len(result) == 1 and not self.started:
            self._only(result[0])
            return None
        return self._pieces(result)

    def _pieces(self, result: Iterable[bytes]) -> Iterator[None]:
        try:
            if isinstance(result, list | tuple) and len(result) == 1 and not self.started:
                self._only(result[0])
                return
            if not isinstance(result, FileWrapper) or not self._send_file(result.file):
                for piece in result:
                    if piece:
                        self._send(piece)
                        if self._wire.unsent:
                            yield
                        if self.surplus or self._empty:
                            break  # nobody gets what is left of it, and it may have no end
                    elif piece != b"":
                        raise _no_bytes(piece)
            while self._wire.unsent:
                yield
            if not self.started:
                # That HEAD got nothing does not say how long GET's content is (RFC 9110 section 8.6).
                self._begin(None if self._head_only else 0)
            self._finish()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def _send_file(self, file: Any) -> bool:
        """Sends a file as the kernel copies it; False where it has to be read here."""
        if self.started or self._empty:
            return False
        extent = self._wire.extent(file)
        if extent is None:
            return False
        if self._left is not None:
            self.surplus = max(0, extent.octets - self._left)
            extent = extent._replace(octets=extent.octets - self.surplus)
            self._left -= extent.octets
        self._begin(extent.octets)
        self._wire.move(extent)
        return True

    def _only(self, data: bytes) -> None:
        """The usual answer: one piece, whose length is known."""
        if not isinstance(data, bytes):
            raise _no_bytes(data)
        exact = self._left is None or self._left == len(data)
        if self._empty or not exact or self._fields is None:
            self._send(data, len(data))
            self._finish()
            return
        self.started = True
        self._wire.whole(self._status, self._fields, data)

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
        self._status = prepared_status(status)
        self._fields, self._left = prepared_fields(headers)
        self._empty = self._head_only or self._status[0] in (204, 304)
        return self._write

    def _write(self, data: bytes) -> None:
        if data == b"":
            return  # the head waits for content (PEP 3333)
        self._send(data)
        self._wire.wait()

    def _send(self, data: bytes, known: int | None = None) -> None:
        if not isinstance(data, bytes):
            raise _no_bytes(data)
        if not self.started:
            self._begin(known)
        data = self._allowed(data)
        if data and not self._empty:
            self._wire.write(data)

    def _allowed(self, data: bytes) -> bytes:
        """Cuts what is over the application's own Content-Length."""
        if self._left is None:
            return data
        if len(data) > self._left:
            self.surplus += len(data) - self._left
            data = data[: self._left]
        self._left -= len(data)
        return data

    def _begin(self, known: int | None) -> None:
        if self._fields is None:
            raise ApplicationError("the application gave content before it called start_response")
        self.started = True
        code, reason, _ = self._status
        self._wire.begin(code, reason, [field[:2] for field in self._fields], known)

    def _finish(self) -> None:
        if self._left and not self._empty:
            self.missing = self._left
        self._wire.finish()


def _no_bytes(given: object) -> ApplicationError:
    return ApplicationError(f"the application gave {type(given).__name__} where PEP 3333 wants bytes")
