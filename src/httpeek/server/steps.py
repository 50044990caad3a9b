"""The teaching mode (`serve --steps`): each system call and each step of WSGI is one line, as it is made.

    4711 accept(3) = 4 from 127.0.0.1:49400: a new socket, the same local port
    4711 recv(4, 65536) = 144 bytes, "GET / HTTP/1.1"
    4711 start_response("200 OK", 2 fields)

Rules: a line is what the call was given and what it said, and begins with the process that made it. Nothing of the
server is different under it: a socket is wrapped, and so is the application.
"""

from __future__ import annotations

import os
from errno import errorcode

from httpeek.net.stream import describe, sockets
from httpeek.server.wsgi import FileWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from httpeek.server.wsgi import Application, Environ

_FAMILIES = {getattr(sockets, name): name for name in ("AF_INET", "AF_INET6", "AF_UNIX") if hasattr(sockets, name)}
_OPTIONS = {
    (getattr(sockets, level), getattr(sockets, name)): name
    for level, name in (
        ("SOL_SOCKET", "SO_REUSEADDR"),
        ("SOL_SOCKET", "SO_REUSEPORT"),
        ("SOL_SOCKET", "SO_LINGER"),
        ("IPPROTO_TCP", "TCP_NODELAY"),
        ("IPPROTO_IPV6", "IPV6_V6ONLY"),
    )
    if hasattr(sockets, name)
}
_HALVES = {sockets.SHUT_RD: "SHUT_RD", sockets.SHUT_WR: "SHUT_WR", sockets.SHUT_RDWR: "SHUT_RDWR"}
_QUOTED = 60
"""Characters of a first line that are shown."""


class Steps:
    """Writes the lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def line(self, text: str) -> None:
        """One step."""
        self._write(f"{os.getpid()} {text}")

    def call(self, text: str, make: Callable[[], Any], says: Callable[[Any], str]) -> Any:
        """Makes a call and writes what it said: `says` words its result. Raises what it raises."""
        try:
            result = make()
        except OSError as error:
            name = errorcode.get(error.errno or 0, str(error.errno))
            self.line(f"{text} = {name}: {(error.strerror or '').lower()}")
            raise
        self.line(f"{text} = {says(result)}")
        return result

    def socket(self, family: int, kind: int, protocol: int) -> sockets.socket:
        """A new socket (socket(2)) that writes its calls."""
        text = f"socket({_FAMILIES.get(family, family)}, SOCK_STREAM)"
        return self.traced(self.call(text, lambda: sockets.socket(family, kind, protocol), lambda s: str(s.fileno())))

    def traced(self, sock: sockets.socket) -> sockets.socket:
        """A socket that is there, its calls written from now on."""
        wrapped: Any = Traced(sock, self)
        return wrapped  # type: ignore[no-any-return]  # it has what a socket has

    def application(self, application: Application) -> Application:
        """The application, its call and what it answers written."""

        def traced(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            shown = ("REQUEST_METHOD", "PATH_INFO", "SERVER_PORT")
            words = " ".join(f"{key}={_printable(str(environ.get(key, '')))}" for key in shown)
            self.line(f"environ: {words}, {len(environ) - len(shown)} more")
            self.line("app(environ, start_response)")

            def starts(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
                more = ", exc_info" if exc_info else ""
                self.line(f'start_response("{_printable(str(status))}", {_counted(len(headers), "field")}{more})')
                return start_response(status, headers, *exc_info)

            return self._answer(application(environ, starts))

        return traced

    def _answer(self, result: Iterable[bytes]) -> Iterable[bytes]:
        if isinstance(result, list | tuple):
            size = sum(len(piece) for piece in result if isinstance(piece, bytes))
            self.line(f"app returned a {type(result).__name__} of {len(result)}, {_counted(size, 'byte')}")
            return result
        kind = "wsgi.file_wrapper" if isinstance(result, FileWrapper) else type(result).__name__
        self.line(f"app returned a {kind}: it is asked for one piece after the other")
        return _Pieces(result, self)


class _Pieces:
    """What an application returned, each piece of it written, and its `close`."""

    def __init__(self, result: Iterable[bytes], steps: Steps) -> None:
        self._result = result
        self._steps = steps

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._result:
            self._steps.line(f"app gave {_counted(len(piece), 'byte')}")
            yield piece

    def close(self) -> None:
        """Called once by the server (PEP 3333)."""
        close = getattr(self._result, "close", None)
        if close is not None:
            self._steps.line("close() of what the app returned")
            close()


class Traced:
    """A socket that writes its calls. What is no call of interest goes to the socket itself."""

    def __init__(self, sock: sockets.socket, steps: Steps) -> None:
        self._socket = sock
        self._steps = steps
        self._fd = sock.fileno()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        """setsockopt(2)."""
        name = _OPTIONS.get((level, option), str(option))
        self._call(f"setsockopt({self._fd}, {name}, {value!r})", lambda: self._socket.setsockopt(level, option, value))

    def bind(self, address: Any) -> None:
        """bind(2)."""
        self._call(f"bind({self._fd}, {_printable(describe(address))})", lambda: self._socket.bind(address))

    def listen(self, backlog: int) -> None:
        """listen(2)."""
        self._call(f"listen({self._fd}, {backlog})", lambda: self._socket.listen(backlog))

    def _accept(self) -> tuple[int, object]:
        """accept(2)."""

        def says(accepted: tuple[int, object]) -> str:
            fd, remote = accepted
            return f"{fd} from {_printable(describe(remote) or 'a unix socket')}: a new socket, the same local port"

        make = self._socket._accept  # type: ignore[attr-defined]  # the C class has it
        accepted: tuple[int, object] = self._steps.call(f"accept({self._fd})", make, says)
        return accepted

    def recv(self, size: int, flags: int = 0) -> bytes:
        """recv(2)."""

        def says(data: bytes) -> str:
            return f"{_counted(len(data), 'byte')}{_first_line(data)}" if data else "0 bytes: the client sent FIN"

        data: bytes = self._steps.call(f"recv({self._fd}, {size})", lambda: self._socket.recv(size, flags), says)
        return data

    def send(self, data: bytes | memoryview, flags: int = 0) -> int:
        """send(2)."""

        def says(taken: int) -> str:
            return f"{taken} of {_counted(len(data), 'byte')}{_first_line(bytes(data[: _QUOTED * 4]))}"

        taken: int = self._steps.call(f"send({self._fd})", lambda: self._socket.send(data, flags), says)
        return taken

    def shutdown(self, how: int) -> None:
        """shutdown(2)."""
        self._call(f"shutdown({self._fd}, {_HALVES[how]})", lambda: self._socket.shutdown(how))

    def close(self) -> None:
        """close(2); once."""
        if self._socket.fileno() >= 0:
            self._call(f"close({self._fd})", self._socket.close)

    def _call(self, text: str, make: Callable[[], object]) -> None:
        self._steps.call(text, make, lambda result: "0")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _first_line(data: bytes) -> str:
    line = data.split(b"\r\n", 1)[0].decode("latin-1")
    cut = line if len(line) <= _QUOTED else line[: _QUOTED - 3] + "..."
    return f', "{_printable(cut)}"'


def _printable(text: str) -> str:
    return "".join(c if " " <= c <= "~" and c != '"' else f"\\x{ord(c):02x}" for c in text)
