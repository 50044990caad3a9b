"""TLS on top of a connected socket: the context, the handshake with its facts, and the stream behind it.

Imported for https only (`ssl` costs 13 ms). Trust is the system's hashed directory of CAs where there is one
(0.4 ms; loading every CA of a bundle takes 32 ms); SSL_CERT_FILE and SSL_CERT_DIR are honoured by OpenSSL's own
defaults; where a system has no such directory, truststore asks the system.

The chain as the peer sent it comes from OpenSSL's message callback. It is the one private name of `ssl` used here
(`SSLContext._msg_callback`, there since 3.8): nothing public tells the chain of a certificate that was refused.
Where it is missing, the chain is shown as empty and all else works.
"""

from __future__ import annotations

import os
import socket
import ssl
import time

from httpeek.model.codes import (
    CERTIFICATE_REFUSED,
    RECEIVE_FAILED,
    TLS_FAILED,
    Failure,
    HttpeekError,
    usage,
)
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
    seconds,
    send_error,
    timed_out,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from httpeek.model.events import Certificate, Fact
    from httpeek.model.plan import TlsPolicy
    from httpeek.model.target import Target

    Emit: TypeAlias = Callable[[Fact], None]

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_CERTIFICATE_MESSAGE = 11
"""The handshake message type Certificate (RFC 8446 section 4, RFC 5246 section 7.4)."""
_DAY = 86_400


def context(policy: TlsPolicy) -> ssl.SSLContext:
    """The TLS context that a policy asks for. Raises HttpeekError (USAGE) naming the option that is wrong."""
    made = _trusting(policy.verify)
    try:
        if policy.minimum:
            made.minimum_version = _VERSIONS[policy.minimum]
        if policy.maximum:
            made.maximum_version = _VERSIONS[policy.maximum]
    except KeyError as error:
        raise usage(f"--tls-min and --tls-max take 1.0, 1.1, 1.2 or 1.3, not {error.args[0]}") from None
    if policy.minimum in ("1.0", "1.1") or policy.maximum in ("1.0", "1.1"):
        # OpenSSL's security level 1 and above refuses these versions whatever the minimum is.
        made.set_ciphers("DEFAULT@SECLEVEL=0")
    if policy.ciphers:
        try:
            made.set_ciphers(policy.ciphers)
        except ssl.SSLError:
            raise usage(f'--ciphers "{policy.ciphers}" selects no cipher of this OpenSSL') from None
    if policy.cert:
        _load_own(made, policy.cert, policy.cert_key)
    if policy.alpn:
        made.set_alpn_protocols(list(policy.alpn))
    log = os.environ.get("SSLKEYLOGFILE")
    if log:
        made.keylog_filename = log
    return made


def _trusting(verify: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if verify == "no":
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    if verify not in ("yes", ""):
        try:
            if os.path.isdir(verify):
                made.load_verify_locations(capath=verify)
            else:
                made.load_verify_locations(cafile=verify)
        except (OSError, ssl.SSLError):
            raise usage(f'--verify "{verify}" is no file or directory of PEM certificates') from None
        return made
    paths = ssl.get_default_verify_paths()
    bundle = os.environ.get(paths.openssl_cafile_env)
    directory = os.environ.get(paths.openssl_capath_env) or paths.openssl_capath
    if bundle and os.path.isfile(bundle):
        made.load_verify_locations(cafile=bundle)
    for candidate in (directory, "/etc/ssl/certs", "/etc/pki/tls/certs"):
        if _is_hashed(candidate):
            made.load_verify_locations(capath=candidate)
            return made
    if bundle:
        return made
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_hashed(directory: str) -> bool:
    """True for a directory as `openssl rehash` leaves it: names of eight hexadecimal digits and a number."""
    try:
        return any(len(name) == 10 and name.endswith(".0") for name in os.listdir(directory))
    except OSError:
        return False


def _load_own(made: ssl.SSLContext, cert: str, key: str) -> None:
    try:
        made.load_cert_chain(cert, key or None, password=_no_password)
    except (OSError, ssl.SSLError) as error:
        if isinstance(error, FileNotFoundError):
            which = f'--cert "{cert}" or --cert-key "{key}"' if key else f'--cert "{cert}"'
            raise usage(f"{which}: no such file") from None
        raise usage(f'--cert "{cert}": no certificate with its unencrypted key in PEM ({_words(error)})') from None


def _no_password() -> str:
    return ""


class TlsStream:
    """A TLS connection as a stream. `receive` gathers records up to PIECE octets."""

    def __init__(self, sock: ssl.SSLSocket, local: str, remote: str) -> None:
        self.socket = sock
        self.local = local
        self.remote = remote
        self.version = ""
        self.close_notify = False

    def fileno(self) -> int:
        """The descriptor under TLS."""
        return self.socket.fileno()

    def receive(self) -> bytes | None:
        """See `Stream.receive`. An end without close_notify is an end too; `close_notify` tells which it was."""
        pieces: list[bytes] = []
        total = 0
        read = self.socket.read
        try:
            while total < PIECE:
                piece = read(PIECE - total)
                if not piece:
                    self.close_notify = True
                    break
                pieces.append(piece)
                total += len(piece)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if not pieces:
                return None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            pass
        except ssl.SSLError as error:
            if not pieces:
                sentence = f"{self.remote}: TLS failed while receiving: {_words(error)}"
                raise HttpeekError(Failure(RECEIVE_FAILED, "receive", sentence)) from None
        except OSError as error:
            if not pieces:
                raise receive_error(error, self.remote) from None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def send(self, data: bytes | memoryview) -> int:
        """See `Stream.send`."""
        try:
            return self.socket.send(data)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except OSError as error:
            raise send_error(error, self.remote) from None

    def pending(self) -> bool:
        """True while decrypted octets wait inside OpenSSL."""
        return self.socket.pending() > 0

    def shutdown(self) -> None:
        """Sends close_notify; TLS 1.3 lets the other half go on (RFC 8446 section 6.1)."""
        try:
            self.socket.unwrap()
        except (OSError, ValueError):
            pass

    def close(self) -> None:
        """See `Stream.close`."""
        self.socket.close()


def handshake(stream: SocketStream, target: Target, policy: TlsPolicy, deadline: Deadline, emit: Emit) -> TlsStream:
    """Speaks TLS on a connected stream, with the facts emitted.

    Raises HttpeekError: CERTIFICATE_REFUSED with the reason, TLS_FAILED, TIMED_OUT, or USAGE for the policy.
    """
    made = context(policy)
    messages: list[bytes] = []
    _watch_certificates(made, messages)
    name = policy.sni or target.host
    literal = ":" in name or name.replace(".", "").isdigit()
    emit(TlsStarted("" if literal else name, policy.alpn))
    plain = socket.socket(fileno=stream.socket.detach())
    plain.setblocking(False)
    wrapped = made.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False, suppress_ragged_eofs=False)
    tls = TlsStream(wrapped, stream.local, stream.remote)
    pump = Pump(tls)
    try:
        while True:
            try:
                wrapped.do_handshake()
                break
            except ssl.SSLWantReadError:
                ready = pump.wait(READABLE, deadline.left())
            except ssl.SSLWantWriteError:
                ready = pump.wait(WRITABLE, deadline.left())
            if not ready and deadline.passed():
                limit = seconds(deadline.seconds or 0)
                raise timed_out(f"{stream.remote} did not finish the TLS handshake within {limit} (--connect-timeout)")
    except ssl.SSLCertVerificationError as error:
        chain = _chain(messages)
        reason = _refusal(error, chain, name)
        emit(TlsEstablished(_version(wrapped), "", 0, "", reason, chain))
        wrapped.close()
        raise HttpeekError(Failure(CERTIFICATE_REFUSED, "tls", reason)) from None
    except OSError as error:
        first = _plain_answer(wrapped)
        wrapped.close()
        raise HttpeekError(Failure(TLS_FAILED, "tls", _handshake_failed(error, stream.remote, target, first))) from None
    except HttpeekError:
        wrapped.close()
        raise
    tls.version = _version(wrapped)
    cipher = wrapped.cipher() or ("", "", 0)
    emit(
        TlsEstablished(
            version=tls.version,
            cipher=cipher[0],
            bits=cipher[2],
            alpn=wrapped.selected_alpn_protocol() or "",
            verify="off" if policy.verify == "no" else "ok",
            chain=_chain(messages),
        )
    )
    return tls


def _watch_certificates(made: ssl.SSLContext, messages: list[bytes]) -> None:
    """Collects the Certificate messages that arrive while this context shakes hands."""

    def seen(conn: Any, direction: str, version: Any, content_type: Any, message_type: Any, data: bytes) -> None:
        if direction == "read" and message_type == _CERTIFICATE_MESSAGE and data[:1] == b"\x0b":
            messages.append(bytes(data))

    try:
        made._msg_callback = seen  # type: ignore[attr-defined]  # private, see the docstring of this file
    except (AttributeError, TypeError):
        pass


def _chain(messages: list[bytes]) -> tuple[Certificate, ...]:
    """The certificates of a Certificate message: TLS 1.3 has a context and extensions, 1.2 has neither."""
    if not messages:
        return ()
    body = messages[-1][4:]
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


def _version(wrapped: ssl.SSLSocket) -> str:
    return (wrapped.version() or "").replace("TLSv", "TLS ")


def _refusal(error: ssl.SSLCertVerificationError, chain: tuple[Certificate, ...], name: str) -> str:
    """Which certificate was refused, and why, in one sentence."""
    said = error.verify_message
    now = int(time.time())
    for certificate in chain:
        whose = "certificate of " + (name if certificate is chain[0] else f'the issuer "{certificate.subject}"')
        if "expired" in said and certificate.not_after < now:
            return f"{whose} expired on {_date(certificate.not_after)}, {_days(now - certificate.not_after)} ago"
        if "not yet valid" in said and certificate.not_before > now:
            start = certificate.not_before
            return f"{whose} is valid from {_date(start)} only, in {_days(start - now)} (is the clock right?)"
    if "ostname mismatch" in said or "IP address mismatch" in said:
        names = ", ".join(n.partition(":")[2] for n in chain[0].names[:5]) if chain else ""
        more = f" and {len(chain[0].names) - 5} more" if chain and len(chain[0].names) > 5 else ""
        subject = chain[0].subject if chain else "unknown"
        return f"certificate is not for {name}: it names " + (
            f"{names}{more}" if names else f'nobody, subject "{subject}"'
        )
    if "self-signed certificate in" in said or "self signed certificate in" in said:
        root = chain[-1].subject if chain else "unknown"
        return f'certificate of {name} ends in the root "{root}", which is not trusted here; --verify FILE trusts it'
    if "self-signed" in said or "self signed" in said:
        return f"certificate of {name} is self-signed and not trusted here; --verify FILE trusts it"
    if "unable to get local issuer" in said or "unable to verify" in said:
        issuer = chain[-1].issuer if chain else "unknown"
        return f'certificate of {name}: its issuer "{issuer}" is not known here, or the server left it out of the chain'
    return f"certificate of {name} was not accepted: {said}"


def _date(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def _days(duration: int) -> str:
    days = duration // _DAY
    return f"{days} days" if days > 1 else "1 day" if days == 1 else "less than a day"


def _plain_answer(wrapped: ssl.SSLSocket) -> bytes:
    """What a peer that does not speak TLS sent after its first record header, as far as it has arrived."""
    try:
        return socket.socket.recv(wrapped, 64, socket.MSG_PEEK)
    except OSError:
        return b""


def _handshake_failed(error: OSError, remote: str, target: Target, rest: bytes) -> str:
    reason = getattr(error, "reason", "") or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        # OpenSSL has taken the five octets of a record header; a reply in HTTP goes on with what is left.
        seen = ': it sent "HTTP/1.1"' if rest[:3] in (b"1.1", b"1.0") or b"HTTP" in rest else ""
        return f"{target.host}:{target.port} does not speak TLS{seen}; try http:"
    if isinstance(error, ssl.SSLEOFError) or (not reason and isinstance(error, ssl.SSLError)):
        return f"{remote} closed the connection during the TLS handshake"
    if isinstance(error, ssl.SSLError):
        if "ALERT" in reason:
            return f"{remote} refused the TLS handshake: {_words(error)}"
        return f"the TLS handshake with {remote} failed: {_words(error)}"
    return f"{remote} reset the connection during the TLS handshake"


def _words(error: OSError) -> str:
    """OpenSSL's reason in lower-case words."""
    reason = getattr(error, "reason", None) or error.strerror or str(error)
    return str(reason).replace("_", " ").lower()
