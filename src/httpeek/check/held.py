"""What holds an exchange back or ends it, beside its plan: a rate (`limit-rate`) and a key that the peer must have
(`pinnedpubkey`). Sinks; used by an entry that asks for them only."""

from __future__ import annotations

from time import monotonic, sleep

from httpeek.model.codes import CERTIFICATE_REFUSED, READ_FAILED, Failure, HttpeekError
from httpeek.model.events import Bytes, TlsEstablished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event


class Rate:
    """No more than `rate` octets a second, over the whole of a call."""

    wants: frozenset[str] = frozenset()

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._moved = 0
        self._began: float | None = None

    def feed(self, event: Event) -> None:
        """Waits after octets until they are due."""
        if isinstance(event.fact, Bytes):
            if self._began is None:
                self._began = monotonic()
            self._moved += len(event.fact.data)
            sleep(max(0.0, self._began + self._moved / self._rate - monotonic()))

    def finish(self) -> None:
        """Nothing is left to do."""


class Pin:
    """The peer's public key has to be one of these, before anything is sent: `sha256//BASE64` with `;` between several,
    or the path of a file with the key in PEM or DER (curl(1), --pinnedpubkey). Raises HttpeekError (READ_FAILED)."""

    wants: frozenset[str] = frozenset()

    def __init__(self, said: str) -> None:
        self._hashes = [one.removeprefix("sha256//") for one in said.split(";")] if "sha256//" in said else [_key(said)]

    def feed(self, event: Event) -> None:
        """Raises HttpeekError (CERTIFICATE_REFUSED) for another key."""
        if isinstance(event.fact, TlsEstablished):
            found = _hash_of_certificate(event.fact.chain[0].der) if event.fact.chain else ""
            if found not in self._hashes:
                sentence = f"the peer's public key is sha256//{found}, not the one that is pinned"
                raise HttpeekError(Failure(CERTIFICATE_REFUSED, "tls", sentence))

    def finish(self) -> None:
        """Nothing is left to do."""


def _key(path: str) -> str:
    """The hash of a key in a file."""
    from base64 import b64decode

    try:
        with open(path, "rb") as file:
            octets = file.read(1024 * 1024)
        if b"-----BEGIN" in octets:
            octets = b64decode(
                b"".join(octets.partition(b"-----BEGIN PUBLIC KEY-----")[2].partition(b"-----")[0].split())
            )
    except (OSError, ValueError) as error:
        sentence = f"the pinned key {path} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None
    return _hash(octets)


def _hash_of_certificate(der: bytes) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(der).public_key()
    return _hash(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _hash(octets: bytes) -> str:
    from base64 import b64encode
    from hashlib import sha256

    return b64encode(sha256(octets).digest()).decode("ascii")
