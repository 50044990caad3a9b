"""A TLS server that a test owns, the authority that signs for it, and the client side of net in one call.

The authority is made once a session: generating keys is what costs.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import trustme

from httpeek.model.codes import HttpeekError
from httpeek.model.plan import DialPolicy, TlsPolicy
from httpeek.model.target import Target, parse
from httpeek.net.dial import dial
from httpeek.net.stream import READABLE, Deadline, Pump
from httpeek.net.tls import TlsStream, context, handshake
from tests.support import LIMIT

if TYPE_CHECKING:
    from httpeek.model.events import Fact

IPV4 = DialPolicy("4")
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@cache
def authority() -> trustme.CA:
    """The authority that the tests trust."""
    return trustme.CA(organization_name="Test Authority")


@cache
def stranger() -> trustme.CA:
    """An authority that nobody trusts."""
    return trustme.CA(organization_name="Unknown Authority")


@cache
def good() -> trustme.LeafCert:
    """A certificate of the trusted authority for localhost and 127.0.0.1."""
    return authority().issue_cert("localhost", "127.0.0.1", "::1")


def dated(before: timedelta, after: timedelta) -> trustme.LeafCert:
    """A certificate for localhost whose validity begins and ends so far from now."""
    now = datetime.now(UTC)
    return authority().issue_cert("localhost", not_before=now + before, not_after=now + after)


def server_context(leaf: trustme.LeafCert | None = None, **settings: object) -> ssl.SSLContext:
    """A server's context; `settings` are set as attributes of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    (leaf or good()).configure_cert(context)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def answer(sock: socket.socket) -> None:
    """Reads what came and answers it, with a close_notify at the end."""
    sock.recv(65536)
    sock.sendall(REPLY)
    if isinstance(sock, ssl.SSLSocket):
        sock.unwrap()


class TlsPeer:
    """Accepts connections in a thread, one after another, each with a handshake and then `then`."""

    def __init__(
        self,
        context: ssl.SSLContext | None,
        then: Callable[[socket.socket], None] = answer,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> None:
        self._context = context
        self._then = then
        self._listener = socket.create_server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}/"
        self.server_names: list[str | None] = []
        self.versions: list[str | None] = []
        self.subjects: list[object] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        if context is not None:
            context.sni_callback = lambda _sock, name, _context: self.server_names.append(name)

    def __enter__(self) -> TlsPeer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LIMIT)

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), sock:
                sock.settimeout(LIMIT)
                if self._context is None:
                    self._then(sock)
                    continue
                with self._context.wrap_socket(sock, server_side=True) as wrapped:
                    self.versions.append(wrapped.version())
                    self.subjects.append((wrapped.getpeercert() or {}).get("subject"))
                    self._then(wrapped)


class Spoken(NamedTuple):
    """What came of one connection: the facts, the octets received, the error that ended it."""

    facts: list[Fact]
    octets: bytes
    error: HttpeekError | None
    close_notify: bool

    def one(self, kind: type) -> object:
        """The only fact of a kind."""
        (found,) = [fact for fact in self.facts if isinstance(fact, kind)]
        return found


def speak(
    url: str, policy: TlsPolicy, limit: float | None = LIMIT, send: bool = True, dialling: DialPolicy = IPV4
) -> Spoken:
    """Connects, shakes hands, sends a request head (if asked to) and reads to the end."""
    target = parse(url)
    facts: list[Fact] = []
    octets = b""
    stream: TlsStream | None = None
    try:
        stream = _connected(target, policy, Deadline(limit), facts, dialling)
        if send:
            stream.send(b"GET / HTTP/1.1\r\n\r\n")
        pump = Pump(stream)
        while True:
            assert pump.wait(READABLE, LIMIT), "the peer went silent"
            piece = stream.receive()
            octets += piece or b""
            if piece == b"":
                return Spoken(facts, octets, None, stream.close_notify)
    except HttpeekError as error:
        return Spoken(facts, octets, error, False)
    finally:
        if stream is not None:
            stream.close()


def _connected(
    target: Target, policy: TlsPolicy, deadline: Deadline, facts: list[Fact], dialling: DialPolicy
) -> TlsStream:
    tls = context(policy)
    stream = dial(target, dialling, deadline, facts.append)
    return handshake(stream, tls, target, policy, deadline, facts.append)


@contextlib.contextmanager
def listening_nowhere() -> Iterator[int]:
    """A port on which nothing listens: bound, so that nobody else takes it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]
