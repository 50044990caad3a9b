"""SOCKS: a proxy's octets before those of the connection it makes (SOCKS 4 and 4a; RFC 1928 and 1929 for version 5).

A negotiation is a generator, sans-IO: it gives octets to send and how many octets it needs next, and ends with nothing.
`negotiate` drives it over a stream. socks4 and socks5 have the name resolved here, socks4a and socks5h by the proxy.
"""

from __future__ import annotations

from httpeek.model.codes import NOT_CONNECTED, Failure, HttpeekError, usage
from httpeek.net.stream import READABLE, WRITABLE, Pump, sockets, timed_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TypeAlias

    from httpeek.model.proxy import Proxy
    from httpeek.net.stream import Deadline, SocketStream

    Negotiation: TypeAlias = Generator[tuple[bytes, int], bytes, None]

_NO_METHOD = 255
_V4_REPLIES = {91: "request rejected or failed", 92: "no identd on this machine", 93: "identd names another user"}
_V5_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}
"""What a proxy answers where it makes no connection (RFC 1928 section 6)."""


def negotiation(proxy: Proxy, host: str, port: int) -> Negotiation:
    """The octets for a connection to a host (a name, or an address as text) and a port.

    Raises HttpeekError: NOT_CONNECTED when the proxy makes none, USAGE for what the protocol cannot say.
    """
    if proxy.scheme.startswith("socks4"):
        return _version_4(proxy, host, port)
    return _version_5(proxy, host, port)


def negotiate(stream: SocketStream, proxy: Proxy, host: str, port: int, deadline: Deadline) -> None:
    """Has the proxy at the other end of a stream connect to a host and a port.

    Raises HttpeekError: NOT_CONNECTED, USAGE, TIMED_OUT, and what the stream raises.
    """
    pump = Pump(stream)
    steps = negotiation(proxy, host, port)
    answer: bytes | None = None
    while True:
        try:
            octets, need = next(steps) if answer is None else steps.send(answer)
        except StopIteration:
            return
        _send(stream, pump, octets, proxy, deadline)
        answer = _receive(stream, pump, need, proxy, deadline)


def _send(stream: SocketStream, pump: Pump, octets: bytes, proxy: Proxy, deadline: Deadline) -> None:
    while octets:
        taken = stream.send(octets)
        octets = octets[taken:]
        if octets and not taken:
            _wait(pump, WRITABLE, proxy, deadline)


def _receive(stream: SocketStream, pump: Pump, need: int, proxy: Proxy, deadline: Deadline) -> bytes:
    """Exactly `need` octets: what is behind them belongs to the connection."""
    found = b""
    while len(found) < need:
        try:
            piece = stream.socket.recv(need - len(found))
        except BlockingIOError:
            _wait(pump, READABLE, proxy, deadline)
            continue
        except OSError as error:
            raise _refused(proxy, f"broke the connection: {(error.strerror or '').lower()}") from None
        if not piece:
            raise _refused(proxy, "closed the connection before it answered")
        found += piece
    return found


def _wait(pump: Pump, wanted: int, proxy: Proxy, deadline: Deadline) -> None:
    if not pump.wait(wanted, deadline.left()) and deadline.passed():
        raise timed_out(f"the proxy {proxy.url} did not answer within {deadline.words()}")


def _version_4(proxy: Proxy, host: str, port: int) -> Negotiation:
    address = _address(host)
    behind = b""
    if address is None:
        # 4a: an address that cannot be, and the name behind the user.
        address, behind = b"\0\0\0\1", host.encode("ascii") + b"\0"
    elif len(address) != 4:
        raise usage(f"{proxy.scheme} knows no IPv6 address ({host}): use socks5 or socks5h")
    user = (proxy.user or "").encode("utf-8")
    if b"\0" in user:
        raise usage(f"{proxy.said}: a user name for {proxy.scheme} has no NUL in it")
    answer = yield b"\4\1" + port.to_bytes(2, "big") + address + user + b"\0" + behind, 8
    if answer[0] != 0:
        raise _refused(proxy, f"speaks no SOCKS 4: it sent {answer!r}")
    if answer[1] != 90:
        raise _refused(proxy, f"made no connection to {host}:{port}: {_V4_REPLIES.get(answer[1], answer[1])}")


def _version_5(proxy: Proxy, host: str, port: int) -> Negotiation:
    methods = b"\0\2" if proxy.user is not None else b"\0"
    answer = yield bytes((5, len(methods))) + methods, 2
    if answer[0] != 5:
        raise _refused(proxy, f"speaks no SOCKS 5: it sent {answer!r}")
    if answer[1] == 2 and proxy.user is not None:
        yield from _authenticate(proxy)
    elif answer[1] == _NO_METHOD or answer[1]:
        wanted = "wants credentials" if proxy.user is None else "takes neither no authentication nor a password"
        raise _refused(proxy, wanted)
    address = _address(host)
    if address is None:
        name = host.encode("ascii")
        if len(name) > 255:
            raise usage(f"the host is longer than the 255 octets that {proxy.scheme} can say")
        where = bytes((3, len(name))) + name
    else:
        where = (b"\1" if len(address) == 4 else b"\4") + address
    answer = yield b"\5\1\0" + where + port.to_bytes(2, "big"), 4
    if answer[1]:
        raise _refused(proxy, f"made no connection to {host}:{port}: {_V5_REPLIES.get(answer[1], answer[1])}")
    size = {1: 4, 4: 16}.get(answer[3])
    if size is None:
        length = yield b"", 1
        size = length[0]
    yield b"", size + 2  # the address from which the proxy connected: nobody needs it


def _authenticate(proxy: Proxy) -> Negotiation:
    """RFC 1929."""
    user, password = (proxy.user or "").encode("utf-8"), (proxy.password or "").encode("utf-8")
    if not 0 < len(user) < 256 or len(password) > 255:
        raise usage(
            f"{proxy.said}: user and password for {proxy.scheme} have at most 255 octets, the user at least one"
        )
    answer = yield b"\1" + bytes((len(user),)) + user + bytes((len(password),)) + password, 2
    if answer[1]:
        raise _refused(proxy, "did not accept the credentials")


def _address(host: str) -> bytes | None:
    """The octets of an IP address, None for a name."""
    for family in (sockets.AF_INET, sockets.AF_INET6):
        try:
            return sockets.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
    return None


def _refused(proxy: Proxy, why: str) -> HttpeekError:
    return HttpeekError(Failure(NOT_CONNECTED, "proxy", f"the proxy {proxy.url} {why}"))
