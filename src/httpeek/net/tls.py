"""TLS on top of a connected socket: the context, the handshake with its facts, and the stream behind it.

Imported for https only (`ssl` costs 13 ms). Trust is the system's hashed directory of CAs where there is one
(0.4 ms; loading every CA of a bundle takes 32 ms); SSL_CERT_FILE adds a bundle and SSL_CERT_DIR replaces the
directory, as in OpenSSL; where a system has no such directory, truststore asks the system.

The chain as the peer sent it comes from OpenSSL's message callback. It is the one private name of `ssl` used here
(`SSLContext._msg_callback`, there since 3.8): nothing public tells the chain of a certificate that was refused.
Where it is missing, the chain is shown as empty and all else works.

What goes wrong is worded in `tls_failures`, which is imported when something does.
"""

from __future__ import annotations

import os
import socket
import ssl
import warnings
from errno import EPIPE

from httpeek.model.codes import CERTIFICATE_REFUSED, RECEIVE_FAILED, TLS_FAILED, Failure, HttpeekError, usage
from httpeek.model.events import TlsEstablished, TlsStarted
from httpeek.net.certificate import read_certificate
from httpeek.net.stream import (
    PIECE,
    READABLE,
    WRITABLE,
    Deadline,
    Pump,
    SocketStream,
    receive_error,
    send_error,
    timed_out,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from httpeek.model.events import Certificate, Fact, Step
    from httpeek.model.plan import TlsPolicy
    from httpeek.model.target import Target

    Emit: TypeAlias = Callable[[Fact], None]
    Tell: TypeAlias = Callable[[Step], None]

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_OLD = ("1.0", "1.1")
_RECORD = 16 * 1024
"""The most octets of content in one TLS record (RFC 8446 section 5.1)."""
_RECORD_HEADER = 256
"""The content type under which OpenSSL's message callback gives the five octets before a record."""
_HANDSHAKE = 22
_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST = 2, 11, 13
"""Handshake message types (RFC 8446 section 4, RFC 5246 section 7.4)."""


def context(policy: TlsPolicy) -> ssl.SSLContext:
    """The TLS context that a policy asks for. Raises HttpeekError (USAGE) naming the option that is wrong."""
    made = _trusting(policy.verify)
    _bound_versions(made, policy.minimum, policy.maximum)
    ciphers = policy.ciphers
    if policy.minimum in _OLD or policy.maximum in _OLD:
        # OpenSSL's security level 1 and above refuses these versions whatever the minimum is.
        ciphers = (ciphers or "DEFAULT") + ("" if "@SECLEVEL" in ciphers else ":@SECLEVEL=0")
    if ciphers:
        try:
            made.set_ciphers(ciphers)
        except ssl.SSLError:
            more = "; it chooses among those of TLS 1.2 and older" if "TLS_" in ciphers else ""
            raise usage(f'--ciphers "{policy.ciphers}" selects no cipher of this OpenSSL{more}') from None
    if policy.cert_key and not policy.cert:
        raise usage(f'--cert-key "{policy.cert_key}" needs the certificate too: --cert FILE')
    if policy.cert:
        _load_own(made, policy.cert, policy.cert_key)
    if policy.alpn:
        try:
            made.set_alpn_protocols(list(policy.alpn))
        except (ssl.SSLError, UnicodeError):
            raise usage("--alpn takes names of 1 to 255 ASCII characters, separated by commas") from None
    log = os.environ.get("SSLKEYLOGFILE")
    if log:
        try:
            _inner(made).keylog_filename = log
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise usage(f'SSLKEYLOGFILE "{log}" cannot be written: {reason}') from None
    return made


def _inner(made: ssl.SSLContext) -> ssl.SSLContext:
    """The context of `ssl` itself: truststore's wraps one."""
    return getattr(made, "_ctx", made)


def _bound_versions(made: ssl.SSLContext, minimum: str, maximum: str) -> None:
    for version in (minimum, maximum):
        if version and version not in _VERSIONS:
            raise usage(f"--tls-min and --tls-max take 1.0, 1.1, 1.2 or 1.3, not {version}")
    if minimum and maximum and minimum > maximum:
        raise usage(f"--tls-min {minimum} is above --tls-max {maximum}")
    if maximum in _OLD and not minimum:
        minimum = maximum  # Python's own minimum, 1.2, would leave nothing
    with warnings.catch_warnings():
        # Old versions are deprecated; who asks for one here wants to know whether a server still speaks it.
        warnings.simplefilter("ignore", DeprecationWarning)
        if minimum:
            made.minimum_version = _VERSIONS[minimum]
        if maximum:
            made.maximum_version = _VERSIONS[maximum]


def _trusting(verify: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A trusted intermediate is enough, as it is for curl; a trusted root would be one more file for no more trust.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if verify == "no":
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    if verify not in ("yes", ""):
        _trust_only(made, verify)
        return made
    bundle, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if bundle:
        try:
            made.load_verify_locations(cafile=bundle)
        except (OSError, ssl.SSLError):
            raise usage(f'SSL_CERT_FILE "{bundle}" is no file of PEM certificates') from None
    if directory:
        made.load_verify_locations(capath=directory)
        return made
    for candidate in (ssl.get_default_verify_paths().openssl_capath, "/etc/ssl/certs", "/etc/pki/tls/certs"):
        if _is_hashed(candidate):
            made.load_verify_locations(capath=candidate)
            return made
    if bundle:
        return made
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trust_only(made: ssl.SSLContext, path: str) -> None:
    """Trusts a file of PEM certificates, or a directory: hashed as `openssl rehash` does it, or just files."""
    if _is_hashed(path):
        made.load_verify_locations(capath=path)
        return
    loaded = False
    directory = os.path.isdir(path)
    for file in [os.path.join(path, name) for name in sorted(os.listdir(path))] if directory else [path]:
        try:
            made.load_verify_locations(cafile=file)
            loaded = True
        except (OSError, ssl.SSLError):
            pass  # beside certificates a directory may hold anything
    if not loaded:
        raise usage(f'--verify "{path}" is no file or directory of PEM certificates')


def _is_hashed(directory: str) -> bool:
    """True for a directory as `openssl rehash` leaves it: names of eight hexadecimal digits and a number."""
    try:
        return any(len(name) == 10 and name.endswith(".0") for name in os.listdir(directory))
    except OSError:
        return False


def _load_own(made: ssl.SSLContext, cert: str, key: str) -> None:
    asked: list[bool] = []

    def no_password() -> str:
        asked.append(True)
        return ""

    try:
        made.load_cert_chain(cert, key or None, password=no_password)
    except (OSError, ssl.SSLError) as error:
        from httpeek.net.tls_failures import own_certificate

        raise usage(own_certificate(cert, key, error, encrypted=bool(asked))) from None


class TlsStream:
    """A TLS connection as a stream. `receive` gathers records up to PIECE octets."""

    def __init__(self, sock: ssl.SSLSocket, local: str, remote: str) -> None:
        self.socket = sock
        self.local = local
        self.remote = remote
        self.version = ""
        self.close_notify = False
        self._over = False  # the peer's half has ended; nothing will wake a poll again
        self._error: OSError | None = None
        self._room: memoryview | None = (
            None  # where records are gathered: pieces of 16 KiB make the heap shrink and grow
        )
        self.unanswered = False  # the peer asked for a certificate, and we had none

    def fileno(self) -> int:
        """The descriptor under TLS."""
        return self.socket.fileno()

    def receive(self) -> bytes | None:
        """See `Stream.receive`. An end without close_notify is an end too; `close_notify` tells which it was.

        Raises HttpeekError also with TLS_FAILED: in TLS 1.3 a refusal comes after the handshake.
        """
        if self._over:
            if self._error is not None:
                raise self._failed(self._error)
            return b""
        if self._room is None:
            self._room = memoryview(bytearray(PIECE))
        room, receive = self._room, self.socket.recv_into
        count = 0
        try:
            while count + _RECORD <= PIECE:
                taken = receive(room[count:], _RECORD)
                if not taken:
                    self._over = self.close_notify = True
                    break
                count += taken
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if not count:
                return None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self._over = True
        except OSError as error:
            if not count:
                raise self._failed(error) from None
            # First what arrived before it. OpenSSL and the kernel tell an error once only.
            self._over, self._error = True, error
        return bytes(room[:count])

    def _failed(self, error: OSError) -> HttpeekError:
        """A failed receive. In TLS 1.3 the peer judges our certificate when the handshake is over for us."""
        from httpeek.net.tls_failures import certificate_wanted, while_receiving

        wanted = certificate_wanted(error, self.remote, self.unanswered)
        if wanted:
            return HttpeekError(Failure(TLS_FAILED, "tls", wanted))
        if isinstance(error, ssl.SSLError):
            return HttpeekError(Failure(RECEIVE_FAILED, "receive", while_receiving(error, self.remote)))
        return receive_error(error, self.remote)

    def send(self, data: bytes | memoryview) -> int:
        """See `Stream.send`."""
        try:
            return self.socket.send(data)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except ssl.SSLEOFError:
            # OpenSSL's word for a connection that is gone while it writes.
            raise send_error(BrokenPipeError(EPIPE, ""), self.remote) from None
        except OSError as error:
            raise send_error(error, self.remote) from None

    def pending(self) -> bool:
        """True while decrypted octets wait inside OpenSSL, or the end does."""
        return self._over or self.socket.pending() > 0

    def shutdown(self) -> None:
        """Sends close_notify; TLS 1.3 lets the other half go on (RFC 8446 section 6.1)."""
        try:
            self.socket.unwrap()
        except (OSError, ValueError):
            pass

    def close(self) -> None:
        """See `Stream.close`. The peer is told with close_notify, as far as that goes without waiting."""
        if self.socket.fileno() >= 0:
            self.shutdown()
        self.socket.close()


def handshake(
    stream: SocketStream | TlsStream,
    made: ssl.SSLContext,
    target: Target,
    policy: TlsPolicy,
    deadline: Deadline,
    emit: Emit,
    steps: Tell | None = None,
) -> TlsStream:
    """Speaks TLS on a connected stream (inside TLS on one that speaks it already) with the `context` of the policy;
    emits the facts. `steps` is told of each call, for as long as there is the stream.

    Raises HttpeekError: CERTIFICATE_REFUSED with the reason, TLS_FAILED, or TIMED_OUT.
    """
    # RFC 6066 section 3: a name is sent without the final dot of its absolute form.
    name = (policy.sni or target.host).rstrip(".")
    literal = ":" in name or name.replace(".", "").isdigit()
    emit(TlsStarted("" if literal else name, policy.alpn))
    watch = _Watch(made)
    wrapped = _wrap(stream, made, name) if isinstance(stream, SocketStream) else _inside(stream, made, name)
    used = _stepped(wrapped, name, steps) if isinstance(stream, SocketStream) else wrapped
    tls = TlsStream(used, stream.local, stream.remote)
    pump = Pump(tls)
    try:
        while True:
            try:
                used.do_handshake()
                break
            except ssl.SSLWantReadError:
                ready = pump.wait(READABLE, deadline.left())
            except ssl.SSLWantWriteError:
                ready = pump.wait(WRITABLE, deadline.left())
            if not ready and deadline.passed():
                raise timed_out(f"{stream.remote} did not finish the TLS handshake within {deadline.words()}")
    except ssl.SSLCertVerificationError as error:
        from httpeek.net.tls_failures import refusal

        chain = watch.chain()
        reason = refusal(error, chain, name)
        cipher, bits = watch.cipher(made)
        emit(TlsEstablished(watch.version, cipher, bits, "", reason, chain))
        used.close()
        raise HttpeekError(Failure(CERTIFICATE_REFUSED, "tls", reason)) from None
    except OSError as error:
        from httpeek.net.tls_failures import during_handshake

        seen = watch.header + _waiting(wrapped)
        used.close()
        sentence = during_handshake(error, stream.remote, target, policy, seen, watch.asked and not policy.cert)
        raise HttpeekError(Failure(TLS_FAILED, "tls", sentence)) from None
    except (HttpeekError, KeyboardInterrupt):
        used.close()
        raise
    watch.end(made)
    tls.version = (wrapped.version() or "").replace("TLSv", "TLS ")
    tls.unanswered = watch.asked and not policy.cert
    chosen = wrapped.cipher() or ("", "", 0)
    emit(
        TlsEstablished(
            version=tls.version,
            cipher=chosen[0],
            bits=chosen[2],
            alpn=wrapped.selected_alpn_protocol() or "",
            verify="off" if policy.verify == "no" else "ok",
            chain=watch.chain(),
        )
    )
    return tls


def _wrap(stream: SocketStream, made: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    plain = socket.socket(fileno=stream.socket.detach())
    plain.setblocking(False)
    # A name given as bytes spares `ssl` the import of the idna codec (9 ms), which also refuses names that DNS has.
    host = name.encode("ascii") if type(made) is ssl.SSLContext else name
    try:
        return made.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False, suppress_ragged_eofs=False)
    except ValueError as error:
        plain.close()
        raise usage(f'"{name}" is no name for a TLS server: {error}') from None


def _inside(stream: TlsStream, made: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    from httpeek.net.tls_inside import Inner

    inner: Any = Inner(made, stream, name.encode("ascii") if type(made) is ssl.SSLContext else name)
    return inner  # type: ignore[no-any-return]  # it has the verbs of a socket that are used here


def _stepped(wrapped: ssl.SSLSocket, name: str, steps: Tell | None) -> ssl.SSLSocket:
    if steps is None:
        return wrapped
    from httpeek.net.steps import stepped_tls

    return stepped_tls(wrapped, name, steps)


class _Watch:
    """What OpenSSL tells of the handshake while it goes on, and nobody tells when it has failed."""

    def __init__(self, made: ssl.SSLContext) -> None:
        self.version = ""
        self.header = b""
        """The first octets that the peer sent: a record header, unless it does not speak TLS."""
        self.asked = False
        """The peer asked for a certificate."""
        self._cipher = 0
        self._certificates = b""
        try:
            _inner(made)._msg_callback = self._seen  # type: ignore[attr-defined]  # private, see the docstring
        except (AttributeError, TypeError):
            pass

    def end(self, made: ssl.SSLContext) -> None:
        """Stops watching: a callback for each record of the content would cost."""
        if hasattr(made, "_msg_callback"):
            _inner(made)._msg_callback = None  # type: ignore[attr-defined]  # as above

    def _seen(self, conn: Any, direction: str, version: Any, content_type: Any, message: Any, data: bytes) -> None:
        if direction != "read":
            return
        if content_type == _RECORD_HEADER:
            self.header = self.header or bytes(data)
        elif content_type == _HANDSHAKE and message == _SERVER_HELLO and len(data) > 41:
            self._hello(data)
        elif content_type == _HANDSHAKE and message == _CERTIFICATE:
            self._certificates = bytes(data)
            self._told(version)
        elif content_type == _HANDSHAKE and message == _CERTIFICATE_REQUEST:
            self.asked = True

    def _hello(self, data: bytes) -> None:
        # Type and length (4), version (2), random (32), the session with its length, then the cipher suite.
        position = 39 + data[38]
        self._cipher = int.from_bytes(data[position : position + 2], "big")

    def _told(self, version: Any) -> None:
        names = {number: name for name, number in _VERSIONS.items()}
        self.version = "TLS " + names[version] if version in names else ""

    def cipher(self, made: ssl.SSLContext) -> tuple[str, int]:
        """OpenSSL's name of the chosen cipher suite, and its bits."""
        for row in made.get_ciphers():
            if row["id"] & 0xFFFF == self._cipher:
                return row["name"], row["strength_bits"]
        return "", 0

    def chain(self) -> tuple[Certificate, ...]:
        """The certificates as the peer sent them."""
        return _certificates(self._certificates[4:])


def _certificates(body: bytes) -> tuple[Certificate, ...]:
    """The certificates of a Certificate message: TLS 1.3 has a context and extensions, 1.2 has neither."""
    if not body:
        return ()
    # TLS 1.2 starts with the three-octet length of the list (RFC 5246 7.4.2), 1.3 with a context (RFC 8446 4.4.2).
    new = int.from_bytes(body[:3], "big") != len(body) - 3
    position = 1 + body[0] + 3 if new else 3
    found = []
    while position + 3 <= len(body):
        length = int.from_bytes(body[position : position + 3], "big")
        der = body[position + 3 : position + 3 + length]
        position += 3 + length
        if new:
            position += 2 + int.from_bytes(body[position : position + 2], "big")
        try:
            found.append(read_certificate(der))
        except (ValueError, IndexError, StopIteration):
            break
    return tuple(found)


def _waiting(wrapped: ssl.SSLSocket) -> bytes:
    """What has arrived and OpenSSL has not taken: the rest of what a peer said that does not speak TLS."""
    try:
        return socket.socket.recv(wrapped, 256, socket.MSG_PEEK)
    except (OSError, TypeError):  # TypeError: it is no socket, but inside another TLS connection
        return b""
