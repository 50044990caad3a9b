"""TLS under a served connection: a socket's verbs on top of one that never blocks, and who it says it is.

The client's first octets are read here before OpenSSL gets them: what is no TLS is answered as what it is (HTTP), and
the name that the client asks for (SNI, RFC 6066 section 3) can ask for a fault of the handshake.

Rules:
- `Secure` is used where a socket is: recv, send, shutdown, close. BlockingIOError means: wait for the descriptor.
- What it could not push to the socket yet waits in it (`unsent`), for who waits for a client anyway.
- The end of an answer is told by close_notify (RFC 8446 section 6.1), unless a fault leaves it out.
"""

from __future__ import annotations

import ssl
import warnings

from httpeek.model.codes import usage
from httpeek.net.stream import sockets
from httpeek.server.faults import Handshake
from httpeek.server.gathered import PIECE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.server.certificates import Authority
    from httpeek.server.faults import Fault, Step

_HANDSHAKE_RECORD = 22
"""The content type of a TLS record that carries a handshake (RFC 8446 section 5.1)."""
_RECORD = 5
"""Octets of a record's header: type, version, length."""
_LARGEST_HELLO = 16 * 1024 + 256
"""The most octets that are read for a ClientHello: one record."""
_KEPT = 100
"""Contexts that are kept, one for each name that a client asked for."""
_RIGHT = Handshake()


class NotTls(OSError):
    """The client speaks something else: HTTP without TLS, most likely."""


class TlsFailed(OSError):
    """The handshake failed, or what came was no TLS record; the text is OpenSSL's reason."""


class Instead(OSError):
    """A fault stands in place of the handshake: `steps`."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        super().__init__("a fault in place of the handshake")
        self.steps = steps


class Tls:
    """What the connections of a service are wrapped in. `given` is the context of a certificate that is used wherever
    no fault is; without one, `authority` makes them. `choose` tells which fault a connection gets, by the name that its
    client asks for."""

    def __init__(
        self, given: ssl.SSLContext | None, authority: Authority, choose: Callable[[str], Fault | None]
    ) -> None:
        self._given = given
        # The usual one is made before workers are forked, so that they all show the same certificate.
        self._contexts = {(_RIGHT, ""): given or _context(_RIGHT, authority, "")}
        self.authority = authority
        self.choose = choose

    def wrap(self, sock: sockets.socket) -> Secure:
        """The socket of a new connection; its handshake happens when it is first read from."""
        return Secure(sock, self)

    def context(self, handshake: Handshake, name: str) -> ssl.SSLContext:
        """The context for a handshake with a client that asks for `name`. A name under localhost gets a certificate
        that has it (a wildcard there is accepted by no client)."""
        if handshake == _RIGHT and self._given is not None:
            return self._given
        key = handshake, name if name.endswith(".localhost") else ""
        made = self._contexts.get(key)
        if made is None:
            made = _context(handshake, self.authority, key[1])
            if len(self._contexts) < _KEPT:
                self._contexts[key] = made
        return made


def from_files(certificate: str, key: str) -> ssl.SSLContext:
    """The context for a certificate (PEM, its chain behind it) and its key. Raises HttpeekError (USAGE)."""
    made = _plain_context()
    for option, path in (("--server-cert", certificate), ("--server-key", key)):
        try:
            with open(path or certificate, "rb"):
                pass
        except OSError as error:
            raise usage(f"{option} {path}: {(error.strerror or '').lower()}") from None
    try:
        made.load_cert_chain(certificate, key or None, password="")
    except ssl.SSLError as error:
        reason = (error.reason or "not PEM").replace("_", " ").lower()
        raise usage(
            f"--server-cert {certificate} and its key cannot be used: {reason}" + ("" if key else " (no --server-key)")
        ) from None
    return made


def _plain_context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_alpn_protocols(["http/1.1"])
    return made


def _context(handshake: Handshake, authority: Authority, name: str) -> ssl.SSLContext:
    made = _plain_context()
    authority.load(made, handshake.leaf, name)
    if handshake.version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what this is about
            version = ssl.TLSVersion[handshake.version]
            # As far as this OpenSSL can: at its usual level it speaks nothing older than 1.2.
            made.set_ciphers("ALL:@SECLEVEL=0")
            made.minimum_version = made.maximum_version = version
    if handshake.ciphers:
        made.set_ciphers(handshake.ciphers)
    if handshake.asks:
        authority.trust(made)
        made.verify_mode = ssl.CERT_REQUIRED
    return made


class Secure:
    """A TLS connection with the verbs of a socket. `name` is what the client asked for (SNI), or empty; `fault` is what
    it was given."""

    def __init__(self, sock: sockets.socket, tls: Tls) -> None:
        self._socket = sock
        self._tls = tls
        self._object: ssl.SSLObject | None = None
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._unsent = b""  # records that the client has not taken yet
        self._hello = b""
        self._shaken = False
        self._notify = True
        self._plain = False  # nobody speaks TLS here, or not any more
        self.name = ""
        self.fault: Fault | None = None
        self.fileno = sock.fileno
        self.getsockname, self.getpeername = sock.getsockname, sock.getpeername
        self.getsockopt, self.setsockopt = sock.getsockopt, sock.setsockopt
        self.family = sock.family

    @property
    def unsent(self) -> bool:
        """True while records wait for the client to take them."""
        return bool(self._unsent)

    @property
    def facts(self) -> dict[str, str | None]:
        """Version, cipher, protocol and the name that was asked for, once the handshake is over."""
        if self._object is None or not self._shaken:
            return {}
        cipher = self._object.cipher()
        return {
            "version": self._object.version(),
            "cipher": cipher[0] if cipher else None,
            "alpn": self._object.selected_alpn_protocol(),
            "sni": self.name or None,
        }

    def recv(self, size: int) -> bytes:
        """What has arrived, b"" at the end. Raises BlockingIOError, NotTls, TlsFailed, Instead and OSError."""
        if self._plain:
            return self._socket.recv(size)
        if self._object is None:
            self._object = self._begin()
        try:
            if not self._shaken:
                self._drive(self._object.do_handshake)
                self._shaken = True
            return self._drive(self._read)
        except ssl.SSLError as error:
            self._push()  # the alert that says why
            self._plain = True
            raise TlsFailed((error.reason or str(error)).replace("_", " ").lower()) from None

    def send(self, data: bytes | memoryview, flags: int = 0) -> int:
        """How many octets were taken. Raises BlockingIOError and OSError as send(2) does."""
        if self._plain or self._object is None:
            return self._socket.send(data, flags)
        if not self.push():
            raise BlockingIOError
        taken = self._object.write(memoryview(data)[:PIECE])
        self._push()
        return taken

    def push(self) -> bool:
        """Sends the records that wait, as far as the client takes them now; True when none waits any more."""
        self._push()
        return not self._unsent

    def raw(self, octets: bytes) -> None:
        """Sends octets outside of TLS, for a fault. Raises OSError."""
        self._push()
        self._socket.send(octets)

    def silence(self) -> None:
        """Ends without close_notify, for a fault."""
        self._notify = False

    def shutdown(self, how: int) -> None:
        """Ends our half with close_notify, and the socket's. Raises OSError."""
        self._say_goodbye()
        self._plain = True  # what still arrives is dropped unread
        self._socket.shutdown(how)

    def close(self) -> None:
        """Closes the socket, after close_notify where the client can take it."""
        self._say_goodbye()
        self._socket.close()

    def _say_goodbye(self) -> None:
        if self._plain or not self._shaken or self._object is None:
            return
        try:
            if self._notify:
                self._object.unwrap()
        except ssl.SSLError:
            pass  # the client's own close_notify is not waited for
        try:
            self._push()
        except OSError:
            pass
        self._plain = True

    def _read(self) -> bytes:
        """The content of every record that is here: the descriptor tells nobody of one that is left."""
        assert self._object is not None
        found = b""
        try:
            while piece := self._object.read(PIECE):
                found += piece
        except ssl.SSLWantReadError:
            if not found:
                raise
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            pass
        return found

    def _drive(self, step: Callable[[], bytes | None]) -> bytes:
        """Does a step of OpenSSL's, which may want octets first and may have some to send."""
        while True:
            try:
                done = step() or b""
            except ssl.SSLWantReadError:
                self._push()
                octets = self._socket.recv(PIECE)
                if octets:
                    self._arrived.write(octets)
                else:
                    self._arrived.write_eof()
                continue
            self._push()
            return done

    def _push(self) -> None:
        octets = self._unsent + self._leaving.read()
        if octets:
            try:
                octets = octets[self._socket.send(octets) :]
            except BlockingIOError:
                pass
            self._unsent = octets

    def _begin(self) -> ssl.SSLObject:
        """Reads the ClientHello whole and decides which handshake follows. Raises BlockingIOError until it is there."""
        while not _whole(self._hello):
            octets = self._socket.recv(_LARGEST_HELLO - len(self._hello))
            self._hello += octets
            if self._hello[:1] and self._hello[0] != _HANDSHAKE_RECORD:
                self._plain = True
                raise NotTls("the client does not speak TLS")
            if not octets:
                self._plain = True
                raise TlsFailed("the client closed before its handshake")
        self.name = server_name(self._hello)
        self.fault = self._tls.choose(self.name)
        handshake = self.fault.handshake if self.fault is not None and self.fault.handshake is not None else _RIGHT
        if handshake.instead:
            self._plain = True
            raise Instead(handshake.instead)
        self._arrived.write(self._hello)
        return self._tls.context(handshake, self.name).wrap_bio(self._arrived, self._leaving, server_side=True)


def _whole(record: bytes) -> bool:
    """True when the first record is all there, or as much of it as is looked at."""
    if len(record) < _RECORD:
        return False
    return len(record) >= min(_LARGEST_HELLO, _RECORD + int.from_bytes(record[3:5], "big"))


def server_name(record: bytes) -> str:
    """The name in a ClientHello (RFC 8446 section 4.1.2; RFC 6066 section 3), in lower case; empty where there is none
    or it cannot be read. OpenSSL reads the message again: nothing is trusted here."""
    try:
        place = _RECORD + 4 + 2 + 32  # record, handshake header, version, random
        place += 1 + record[place]  # session id
        place += 2 + int.from_bytes(record[place : place + 2], "big")  # cipher suites
        place += 1 + record[place]  # compression methods
        end = place + 2 + int.from_bytes(record[place : place + 2], "big")
        place += 2
        while place + 4 <= min(end, len(record)):
            kind, size = (int.from_bytes(record[at : at + 2], "big") for at in (place, place + 2))
            if kind == 0:
                length = int.from_bytes(record[place + 7 : place + 9], "big")
                return record[place + 9 : place + 9 + length].decode("ascii").lower()
            place += 4 + size
    except (IndexError, UnicodeDecodeError):
        pass
    return ""


def names(hosts: Sequence[str]) -> tuple[str, ...]:
    """What a certificate on the spot is for: this machine's loopback names, and the hosts that are listened on."""
    own = ("localhost", "127.0.0.1", "::1")
    return (*own, *(host for host in hosts if host not in ("", "0.0.0.0", "::") and host not in own))  # noqa: S104
