"""Certificates made on the spot: a throw-away authority, right leaves for `serve --tls`, and wrong ones for faults.

Everything is new with each start and kept nowhere: keys are P-256 (RFC 5480), never written but for the moment in
which OpenSSL loads them, from a file that only its owner can read. What is wrong with a leaf is data (`Leaf`).

The package cryptography (70 ms) is imported here only, when the first certificate is made.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from tempfile import mkstemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from httpeek.server.faults import AUTHORITY, ITSELF, STRANGER, Leaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

    Key = ec.EllipticCurvePrivateKey

_CA_DAYS = 30
"""Days for which the authority is valid: longer than any test run, too short to be kept."""
_CLOCK_SKEW = timedelta(hours=1)
"""How long before now a certificate begins, for clients whose clocks are late."""


class Identity:
    """A certificate and its key."""

    def __init__(self, certificate: Certificate, key: Key) -> None:
        self.certificate = certificate
        self.key = key

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as PEM, not encrypted."""
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


class Authority:
    """A throw-away certificate authority. `names` are the hosts of its right leaves: DNS names and IP addresses."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._root = _ca("httpeek throw-away CA", None)
        self._others: dict[str, Identity] = {}

    @property
    def pem(self) -> bytes:
        """The authority's own certificate: what a client has to trust."""
        return self._root.pem

    def load(self, context: ssl.SSLContext, leaf: Leaf, name: str = "") -> None:
        """Gives a context a new certificate with the chain that `leaf` wants, and its key; it is for `name`, too."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self._issuer(leaf.issuer)
        identity = Identity(self._leaf(leaf, (*self.names, name) if name else self.names, key, issuer), key)
        chain = identity.pem + (issuer.pem if issuer is not None and leaf.issuer == STRANGER else b"")
        _load(context, chain + identity.key_pem)

    def trust(self, context: ssl.SSLContext) -> None:
        """Has a context accept client certificates of this authority only."""
        context.load_verify_locations(cadata=self._root.pem.decode("ascii"))

    def _issuer(self, name: str) -> Identity | None:
        if name == ITSELF:
            return None
        if name == AUTHORITY:
            return self._root
        if name not in self._others:
            made = _ca("somebody else's CA", None) if name == STRANGER else _ca("httpeek intermediate", self._root)
            self._others[name] = made
        return self._others[name]

    @staticmethod
    def _leaf(leaf: Leaf, names: Sequence[str], key: Key, issuer: Identity | None) -> Certificate:

        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, leaf.subject)] if leaf.subject else [])
        builder = (
            _builder(subject, key, issuer, timedelta(days=leaf.begins) - _CLOCK_SKEW, timedelta(days=leaf.ends))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([_PURPOSES[leaf.purpose]]), critical=False)
        )
        if leaf.named:
            # RFC 5280 section 4.2.1.6: critical where the subject is empty.
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general(name) for name in leaf.names or names]), critical=not leaf.subject
            )
        return _signed(builder, key, issuer)


_PURPOSES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, key: Key, issuer: Identity | None, begins: timedelta, ends: timedelta
) -> x509.CertificateBuilder:
    """A certificate that holds from `begins` to `ends`, both seen from now; signed by itself without an issuer."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer is not None else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


def _ca(name: str, issuer: Identity | None) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    builder = (
        _builder(subject, key, issuer, timedelta(days=-1), timedelta(days=_CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, decipher_only=False, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Identity(_signed(builder, key, issuer), key)


def _signed(builder: x509.CertificateBuilder, key: Key, issuer: Identity | None) -> Certificate:
    signer = issuer.key if issuer is not None else key
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(identifier, critical=False).sign(signer, hashes.SHA256())


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Loads a chain and its key: OpenSSL takes them from a file only."""
    descriptor, path = mkstemp()
    try:
        with open(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
