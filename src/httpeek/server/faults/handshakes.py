"""The faults of TLS: what badssl.com shows, and what else goes wrong before the first octet of HTTP.

A handshake is over before a path is known. So these rows are chosen by `serve --tls --fault NAME`, or by the name that
the client asks for: https://NAME.localhost:8080/. Asked for by path, a server answers with a redirect to a port of its
own on which the fault waits (`faults.aside`).
"""

from __future__ import annotations

from httpeek.server.faults import (
    INTERMEDIATE,
    ITSELF,
    STRANGER,
    Close,
    Cut,
    Fault,
    Handshake,
    Hold,
    Leaf,
    Naked,
    Reset,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Step

_GROUP = "tls"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
_HELLO = _OK + b"Content-Length: 5\r\n\r\nhello"
_MANY = 10_000
"""Names in one certificate: more octets than a client takes as a handshake message (OpenSSL: 100 KiB)."""
_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
"""A record of one fatal alert, handshake_failure (RFC 8446 section 6)."""


def _says_hello(head: RequestHead) -> Iterable[Step]:
    return (_HELLO,)


def _certificate(name: str, wrong: str, source: str, client: str, leaf: Leaf) -> Fault:
    return Fault(name, _GROUP, wrong, source, client, _says_hello, Handshake(leaf))


def _handshake(name: str, wrong: str, source: str, client: str, handshake: Handshake) -> Fault:
    return Fault(name, _GROUP, wrong, source, client, _says_hello, handshake)


def _instead(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, _GROUP, wrong, source, client, _says_hello, Handshake(instead=steps))


def _inside(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, _GROUP, wrong, source, client, lambda head: steps, Handshake())


HANDSHAKES = (
    _certificate("tls-expired", "a certificate that expired yesterday", "RFC 5280 4.1.2.5", "fails 60",
                 Leaf(begins=-30, ends=-1)),
    _certificate("tls-not-yet-valid", "a certificate that begins in ten days", "RFC 5280 4.1.2.5", "fails 60",
                 Leaf(begins=10, ends=30)),
    _certificate("tls-wrong-name", "a certificate for wrong.example", "RFC 9110 4.3.4", "fails 60",
                 Leaf(("wrong.example",), subject="wrong.example")),
    _certificate("tls-no-names", "a name in the subject only, no subjectAltName", "RFC 9110 4.3.4", "fails 60",
                 Leaf(named=False)),
    _certificate("tls-self-signed", "a certificate that signed itself", "RFC 5280 6.1", "fails 60",
                 Leaf(issuer=ITSELF)),
    _certificate("tls-unknown-ca", "a certificate of an authority that nobody knows", "RFC 5280 6.1", "fails 60",
                 Leaf(issuer=STRANGER)),
    _certificate("tls-incomplete-chain", "the intermediate certificate is not sent", "RFC 8446 4.4.2", "fails 60",
                 Leaf(issuer=INTERMEDIATE)),
    _certificate("tls-wrong-purpose", "a certificate for clients, not for servers", "RFC 5280 4.2.1.12", "fails 60",
                 Leaf(purpose="client")),
    _certificate("tls-no-subject", "a certificate without a subject; its names are right", "RFC 5280 4.1.2.6",
                 "accepts", Leaf(subject="")),
    _certificate("tls-many-names", "a certificate with 10,000 names", "RFC 8446 4.4.2", "fails 35",
                 Leaf(tuple(f"host-{number}.example" for number in range(_MANY)))),
    _handshake("tls-old-version", "TLS 1.1 and nothing newer", "RFC 8996 5", "fails 35",
               Handshake(version="TLSv1_1")),
    _handshake("tls-no-cipher", "no cipher that a client offers", "RFC 8446 4.1.1", "fails 35",
               Handshake(version="TLSv1_2", ciphers="PSK:@SECLEVEL=0")),
    _handshake("tls-client-certificate", "a client certificate is asked for", "RFC 8446 4.3.2", "fails 35",
               Handshake(asks=True)),
    _instead("tls-plain-http", "plain HTTP on a port for TLS", "RFC 9110 4.2.2", "fails 35",
             b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Close()),
    _instead("tls-alert-first", "a fatal alert instead of a handshake", "RFC 8446 6.2", "fails 35", _ALERT, Close()),
    _instead("tls-handshake-close", "the end inside the handshake", "RFC 8446 6.1", "fails 35", Close()),
    _instead("tls-handshake-reset", "RST inside the handshake", "RFC 8446 6.1", "fails 35", Reset()),
    _instead("tls-handshake-stall", "silence inside the handshake", "", "fails 28", Hold()),
    _inside("tls-no-close-notify", "a body that ends with the connection, without close_notify", "RFC 9112 9.8",
            "fails 18", _OK + b"Connection: close\r\n\r\nhello", Cut()),
    _inside("tls-garbage", "octets that are no TLS record inside the body", "RFC 8446 5.1", "fails 56",
            _OK + b"Content-Length: 100\r\n\r\nhalf", Naked(b"this is no record\r\n"), Cut()),
)  # fmt: skip
"""Every fault of TLS."""
