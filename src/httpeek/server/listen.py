"""Listening sockets: where a server can be reached.

Every socket is close-on-exec, has SO_REUSEADDR (a restart does not wait for TIME_WAIT, socket(7)) and TCP_NODELAY,
which accepted sockets inherit.
"""

from __future__ import annotations

import os
from errno import EADDRINUSE, ECONNREFUSED
from stat import S_ISSOCK

from httpeek.model.codes import ADDRESS_IN_USE, NOT_CONNECTED, Failure, HttpeekError
from httpeek.net.stream import describe, sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[int, int, int], sockets.socket]

BACKLOG = 512
"""Connections that the kernel completes before they are accepted (listen(2); the system's limit holds too)."""


def listen(
    host: str, port: int, backlog: int = BACKLOG, reuse_port: bool = False, make: Maker = sockets.socket
) -> sockets.socket:
    """A listening socket on an address; port 0 lets the kernel choose. `reuse_port` shares the address with other
    servers that ask for it, too (SO_REUSEPORT, socket(7)); `make` makes the socket.

    Raises HttpeekError: ADDRESS_IN_USE, or NOT_CONNECTED when the address is not one of this machine.
    """
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    sock = make(family, sockets.SOCK_STREAM, 0)
    try:
        sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        if reuse_port:
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1)
        if family == sockets.AF_INET6:
            # [::] would take IPv4 too and so collide with a socket of its own for it (ipv6(7)).
            sock.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(backlog)
    except OSError as error:
        sock.close()
        where = describe((host, port))
        if error.errno == EADDRINUSE:
            from httpeek.net.listeners import holder

            who = holder(port) or "another program"
            sentence = f"{where} is in use: {who} listens there"
            raise HttpeekError(Failure(ADDRESS_IN_USE, "listen", sentence)) from None
        sentence = f"cannot listen on {where}: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(NOT_CONNECTED, "listen", sentence)) from None
    return sock


def listen_unix(path: str, backlog: int = BACKLOG, make: Maker = sockets.socket) -> sockets.socket:
    """A listening unix socket. A socket file that nobody serves any more is replaced; anything else at the path is not.

    Raises HttpeekError: ADDRESS_IN_USE, NOT_CONNECTED.
    """
    sock = make(sockets.AF_UNIX, sockets.SOCK_STREAM, 0)
    try:
        if _is_stale(path):
            os.unlink(path)
        sock.bind(path)
        sock.listen(backlog)
    except OSError as error:
        sock.close()
        if error.errno == EADDRINUSE:
            sentence = f"unix:{path} is in use: another program listens there, or it is no socket"
            raise HttpeekError(Failure(ADDRESS_IN_USE, "listen", sentence)) from None
        reason = (error.strerror or str(error)).lower()
        raise HttpeekError(Failure(NOT_CONNECTED, "listen", f"cannot listen on unix:{path}: {reason}")) from None
    return sock


def _is_stale(path: str) -> bool:
    """True for a socket file that refuses connections: its server has gone without removing it (unix(7))."""
    try:
        if not S_ISSOCK(os.stat(path).st_mode):
            return False
    except OSError:
        return False
    probe = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM, 0)
    try:
        return probe.connect_ex(path) == ECONNREFUSED
    finally:
        probe.close()


def inherited(number: int) -> sockets.socket:
    """The listening socket that was passed as a descriptor. Raises HttpeekError (NOT_CONNECTED) when it is none."""
    try:
        sock = sockets.socket(-1, -1, -1, number)
        listening = sock.getsockopt(sockets.SOL_SOCKET, sockets.SO_ACCEPTCONN)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise HttpeekError(Failure(NOT_CONNECTED, "listen", f"descriptor {number} is no socket: {reason}")) from None
    if not listening:
        raise HttpeekError(Failure(NOT_CONNECTED, "listen", f"descriptor {number} is a socket that does not listen"))
    return sock


def accept(listener: sockets.socket) -> tuple[sockets.socket, object]:
    """The next connection and its remote address. Raises OSError as accept(2) does."""
    fd, remote = listener._accept()  # type: ignore[attr-defined]  # the C class under socket has it
    # Told what it is, a socket need not ask the kernel three times.
    return sockets.socket(listener.family, listener.type, listener.proto, fd), remote
