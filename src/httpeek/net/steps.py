"""Sockets that tell each call made on them: the client's half of the teaching mode (`--steps`).

A stepped socket stands in the place of a socket and is used like one. Rules:
- A step is told when its call has returned, with what that returned or failed with; nothing is inferred.
- The calls are those that the client makes anyway. Two are made for the sake of the steps alone, and by `dial`:
  getsockname and getpeername, which show what the kernel knows before connect and after it.
- Waiting (poll) is not told, and neither is what `ssl` and OpenSSL do below their own calls: a handshake is one step.

It is imported where the plan asks for steps, and the usual path never sees it.
"""

from __future__ import annotations

import os
from errno import errorcode

from httpeek.model.events import Step
from httpeek.model.message import IN, OUT
from httpeek.net.stream import describe, sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import TypeAlias, TypeVar

    Tell: TypeAlias = Callable[[Step], None]
    Made = TypeVar("Made")

_FAMILIES = {getattr(sockets, name): name for name in ("AF_INET", "AF_INET6", "AF_UNIX") if hasattr(sockets, name)}
_OPTIONS = {
    (level, getattr(sockets, name)): name
    for level, name in (
        (sockets.IPPROTO_TCP, "TCP_NODELAY"),
        (sockets.IPPROTO_TCP, "TCP_KEEPIDLE"),
        (sockets.IPPROTO_TCP, "TCP_KEEPINTVL"),
        (sockets.SOL_SOCKET, "SO_KEEPALIVE"),
        (sockets.SOL_SOCKET, "SO_ERROR"),
        (sockets.SOL_SOCKET, "SO_BINDTODEVICE"),
    )
    if hasattr(sockets, name)
}
_OPENSSL = {
    "SSLWantReadError": "SSL_ERROR_WANT_READ",
    "SSLWantWriteError": "SSL_ERROR_WANT_WRITE",
    "SSLZeroReturnError": "SSL_ERROR_ZERO_RETURN",
    "SSLSyscallError": "SSL_ERROR_SYSCALL",
    "SSLEOFError": "UNEXPECTED_EOF_WHILE_READING",
}
"""SSL_get_error(3) by the exception that Python makes of it. Named, so that no `ssl` is imported for http."""
_WAITS = ("SSL_ERROR_WANT_READ", "SSL_ERROR_WANT_WRITE")


def stepped(family: int, tell: Tell) -> sockets.socket:
    """A new stream socket that tells its steps. Raises OSError as socket(2) does."""
    return _Socket(family, tell)  # type: ignore[return-value]  # it has the methods that dial and SocketStream use


def stepped_tls(sock: ssl.SSLSocket, name: str, tell: Tell) -> ssl.SSLSocket:
    """A TLS socket that tells its steps. `name` is the server's, for the handshake."""
    return _Tls(sock, name, tell)  # type: ignore[return-value]  # it has the methods that TlsStream uses


def looked_up(
    tell: Tell, host: str, port: int, family: int, flags: int, look_up: Callable[[], Made], said: Callable[[Made], str]
) -> Made:
    """What `look_up`, a call of getaddrinfo with these arguments, returns or raises; its step is told first."""
    arguments = [f'"{host}"', str(port)]
    if family != sockets.AF_UNSPEC:
        arguments.append(_FAMILIES.get(family, str(family)))
    if flags:
        arguments.append("AI_NUMERICHOST")
    return _Teller(tell).call("getaddrinfo", tuple(arguments), look_up, said)


class _Teller:
    """Makes calls and tells them; counts the octets that moved, as the events of the connection do."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._moved = {IN: 0, OUT: 0}

    def tell(self, name: str, arguments: tuple[str, ...], result: str | OSError) -> None:
        """Tells a call that has returned, or failed."""
        said = _error_name(result) if isinstance(result, OSError) else result
        self._tell(Step(os.getpid(), name, arguments, said))

    def call(
        self, name: str, arguments: tuple[str, ...], made: Callable[[], Made], said: Callable[[Made], str]
    ) -> Made:
        """What `made` returns; `said` words it. Raises what it raises."""
        result = self._made(name, arguments, made)
        self.tell(name, arguments, said(result))
        return result

    def _made(self, name: str, arguments: tuple[str, ...], made: Callable[[], Made]) -> Made:
        try:
            return made()
        except OSError as error:
            self.tell(name, arguments, error)
            raise

    def move(
        self,
        name: str,
        arguments: tuple[str, ...],
        direction: str,
        made: Callable[[], Made],
        count: Callable[[Made], int],
    ) -> Made:
        """As `call`, for one that moves octets: `count` says how many."""
        result = self._made(name, arguments, made)
        octets, offset = count(result), self._moved[direction]
        self._moved[direction] += octets
        self._tell(Step(os.getpid(), name, arguments, str(octets), direction, offset, octets))
        return result


class _Socket:
    """A TCP or unix socket."""

    def __init__(self, family: int, tell: Tell) -> None:
        self._teller = _Teller(tell)
        self._socket = self._teller.call(
            "socket",
            (_FAMILIES.get(family, str(family)), "SOCK_STREAM"),
            lambda: sockets.socket(family, sockets.SOCK_STREAM, 0),
            lambda sock: str(sock.fileno()),
        )
        self._fd = str(self._socket.fileno())

    def fileno(self) -> int:
        return self._socket.fileno()

    def detach(self) -> int:
        return self._socket.detach()

    def setblocking(self, blocking: bool) -> None:
        arguments = (self._fd, "FIONBIO", str(int(not blocking)))
        self._teller.call("ioctl", arguments, lambda: self._socket.setblocking(blocking), _zero)

    def setsockopt(self, level: int, option: int, value: int | bytes) -> None:
        shown = str(value) if isinstance(value, int) else f'"{os.fsdecode(value.rstrip(bytes(1)))}"'
        arguments = (self._fd, _option(level, option), shown)
        self._teller.call("setsockopt", arguments, lambda: self._socket.setsockopt(level, option, value), _zero)

    def getsockopt(self, level: int, option: int) -> int:
        arguments = (self._fd, _option(level, option))
        return self._teller.call("getsockopt", arguments, lambda: self._socket.getsockopt(level, option), _number)

    def bind(self, address: tuple[str, int]) -> None:
        self._teller.call("bind", (self._fd, describe(address)), lambda: self._socket.bind(address), _zero)

    def connect(self, address: str) -> None:
        self._teller.call("connect", (self._fd, describe(address)), lambda: self._socket.connect(address), _zero)

    def connect_ex(self, address: tuple[str | int, ...]) -> int:
        arguments = (self._fd, describe(address))
        return self._teller.call("connect", arguments, lambda: self._socket.connect_ex(address), _number)

    def getsockname(self) -> object:
        return self._teller.call("getsockname", (self._fd,), self._socket.getsockname, describe)

    def getpeername(self) -> object:
        return self._teller.call("getpeername", (self._fd,), self._socket.getpeername, describe)

    def recv(self, size: int) -> bytes:
        return self._teller.move("recv", (self._fd, str(size)), IN, lambda: self._socket.recv(size), len)

    def send(self, data: bytes | memoryview) -> int:
        return self._teller.move("send", (self._fd, str(len(data))), OUT, lambda: self._socket.send(data), int)

    def shutdown(self, how: int) -> None:
        name = "SHUT_WR" if how == sockets.SHUT_WR else str(how)
        self._teller.call("shutdown", (self._fd, name), lambda: self._socket.shutdown(how), _zero)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._teller.call("close", (self._fd,), self._socket.close, _nothing)


class _Tls:
    """A TLS socket: the calls into OpenSSL, whose octets are those inside the encryption."""

    def __init__(self, sock: ssl.SSLSocket, name: str, tell: Tell) -> None:
        self._teller = _Teller(tell)
        self._name = name
        self._socket = sock
        self._fd = str(sock.fileno())

    def fileno(self) -> int:
        return self._socket.fileno()

    def do_handshake(self) -> None:
        """One step, when the handshake is over: it takes several calls, and each waits for the peer."""
        arguments = (self._fd, f'"{self._name}"')
        try:
            self._socket.do_handshake()
        except OSError as error:
            if _OPENSSL.get(type(error).__name__) not in _WAITS:
                self._teller.tell("TLS handshake", arguments, error)
            raise
        version, cipher = self._socket.version() or "", (self._socket.cipher() or ("",))[0]
        self._teller.tell("TLS handshake", arguments, f"{version.replace('TLSv', 'TLS ')}, {cipher}")

    def pending(self) -> int:
        return self._socket.pending()

    def recv_into(self, room: memoryview, size: int) -> int:
        arguments = (self._fd, str(size))
        return self._teller.move("SSL_read", arguments, IN, lambda: self._socket.recv_into(room, size), int)

    def send(self, data: bytes | memoryview) -> int:
        return self._teller.move("SSL_write", (self._fd, str(len(data))), OUT, lambda: self._socket.send(data), int)

    def unwrap(self) -> None:
        self._teller.call("SSL_shutdown", (self._fd,), self._socket.unwrap, lambda _: "1")

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._teller.call("close", (self._fd,), self._socket.close, _nothing)


def _zero(_: None) -> str:
    return "0"


def _nothing(_: None) -> str:
    return ""


def _number(number: int) -> str:
    """An errno that was returned and not raised: its name, or "0"."""
    return errorcode.get(number, str(number))


def _option(level: int, option: int) -> str:
    return _OPTIONS.get((level, option)) or f"{level}, {option}"


def _error_name(error: OSError) -> str:
    """What failed, by the name that the manual has for it: an errno, a code of getaddrinfo, or OpenSSL's reason."""
    number = error.errno or 0
    if isinstance(error, sockets.gaierror):
        names = [name for name in dir(sockets) if name.startswith("EAI_") and getattr(sockets, name) == number]
        return names[0] if names else str(number)
    # The number of an error of `ssl` is OpenSSL's own and no errno.
    reason = getattr(error, "reason", None) or _OPENSSL.get(type(error).__name__)
    return str(reason) if reason else errorcode.get(number, str(number))
