"""Digest (RFC 7616), the client's side: which challenge is answered, the answer, and the proof that comes back.

Rules: of several challenges the strongest algorithm that we know is answered. qop auth goes before auth-int, which is
answered where nothing else is offered; a challenge without qop is answered as RFC 2069 has it. A `Protection` is a
value: each answer makes the next one, with its count. Everything is octets until it is hashed; text that is not ASCII
is UTF-8, in its composed form (NFC) where the server names charset=UTF-8. Content is hashed piece by piece.
The same functions serve Proxy-Authenticate: only names of fields differ.
"""

from __future__ import annotations

from hashlib import new
from os import urandom

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from hashlib import _Hash as Hash

    from httpeek.client.auth import Challenge, Parameters

ALGORITHMS = (("sha-512-256", "sha512_256"), ("sha-256", "sha256"), ("md5", "md5"))
"""Names of RFC 7616 section 3.3 in lower case, the strongest first, and hashlib's for them."""
_HASHES = dict(ALGORITHMS)


class Protection(Noun):
    """A challenge that can be answered: what the server said, `algorithm` as it spelled it, `qop` the one that was
    chosen ("" for none), and ours: `cnonce`, and in `uses` how often the nonce was used. The cnonce is one for each
    nonce, since the key of a -sess algorithm is made from the first of them."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str | None
    qop: str
    utf8: bool
    userhash: bool
    cnonce: str
    uses: int = 0

    @property
    def next(self) -> Protection:
        """The protection for the next request."""
        return self._replace(uses=self.uses + 1)

    @property
    def nc(self) -> str:
        """The nonce count: that of the request that is being made."""
        return f"{self.uses:08x}"


def accept(challenges: Sequence[Challenge]) -> Protection | None:
    """The protection that answers the best challenge; None where there is none that can be answered."""
    digests = [challenge for challenge in challenges if challenge.scheme == "digest"]
    for name, _ in ALGORITHMS:
        for challenge in digests:
            algorithm = (challenge.get("algorithm") or "MD5").lower()
            if algorithm.removesuffix("-sess") == name and _available(name):
                made = _protection(challenge)
                if made is not None:
                    return made
    return None


def is_stale(challenges: Sequence[Challenge]) -> bool:
    """True where the credentials were right and only the nonce was old (RFC 7616 section 3.3)."""
    return any(c.scheme == "digest" and (c.get("stale") or "").lower() == "true" for c in challenges)


def answer(
    protection: Protection, user: str, password: str, method: str, target: str, content: Iterable[bytes] = ()
) -> bytes:
    """The value of the Authorization field (RFC 7616 section 3.4); `target` is the request target as sent.
    `content` is read where qop is auth-int."""
    user, password = _composed(protection, user), _composed(protection, password)
    hashed = _hash(protection, content) if protection.qop == "auth-int" else ""
    proof = response(protection, user, password, method, target, hashed)
    parts = [*_named(protection, user), f"realm={_quoted(protection.realm)}", f"nonce={_quoted(protection.nonce)}"]
    parts.append(f"uri={_quoted(target)}")
    if protection.algorithm is not None:
        parts.append(f"algorithm={protection.algorithm}")
    if protection.qop:
        parts += [f"qop={protection.qop}", f"nc={protection.nc}", f"cnonce={_quoted(protection.cnonce)}"]
    parts.append(f'response="{proof}"')
    if protection.opaque is not None:
        parts.append(f"opaque={_quoted(protection.opaque)}")
    if protection.userhash:
        parts.append("userhash=true")
    return _octets("Digest " + ", ".join(parts))


def response(protection: Protection, user: str, password: str, method: str, target: str, content: str = "") -> str:
    """The response parameter (RFC 7616 section 3.4.1); `content` is the hash of the content for auth-int. With the
    method "" it is the proof that the server sends back (section 3.5)."""
    secret = _hash(protection, _octets(f"{user}:{protection.realm}:{password}"))
    if (protection.algorithm or "").lower().endswith("-sess"):
        secret = _hash(protection, _octets(f"{secret}:{protection.nonce}:{protection.cnonce}"))
    message = f"{method}:{target}" + (f":{content}" if protection.qop == "auth-int" else "")
    parts = [secret, protection.nonce, _hash(protection, _octets(message))]
    if protection.qop:
        parts[2:2] = [protection.nc, protection.cnonce, protection.qop]
    return _hash(protection, _octets(":".join(parts)))


def is_proven(
    protection: Protection, info: Parameters, user: str, password: str, target: str, content: str = ""
) -> bool | None:
    """Whether the server showed that it knows the password too (rspauth in Authentication-Info); None where it did
    not try. `content` is the hash of the response's content, before its content codings are taken off, for auth-int."""
    given = dict(info).get("rspauth")
    if given is None or dict(info).get("qop", protection.qop) != protection.qop:
        return None
    user, password = _composed(protection, user), _composed(protection, password)
    return response(protection, user, password, "", target, content) == given.lower()


def renewed(protection: Protection, info: Parameters) -> Protection:
    """The protection after a response: with the nonce that the server wants next, if it says so."""
    nonce = dict(info).get("nextnonce")
    return protection if nonce is None else protection._replace(nonce=nonce, cnonce=_cnonce(), uses=0)


def _protection(challenge: Challenge) -> Protection | None:
    nonce = challenge.get("nonce")
    offered = challenge.get("qop")
    qops = [qop.strip().lower() for qop in offered.split(",")] if offered else [""]
    qop = next((known for known in ("auth", "auth-int", "") if known in qops), None)
    if nonce is None or qop is None:
        return None
    return Protection(
        challenge.get("realm") or "",
        nonce,
        challenge.get("opaque"),
        challenge.get("algorithm"),
        qop,
        (challenge.get("charset") or "").lower() == "utf-8",
        (challenge.get("userhash") or "").lower() == "true",
        _cnonce(),
    )


def _cnonce() -> str:
    return urandom(16).hex()


def _available(name: str) -> bool:
    """Whether this Python's OpenSSL has the algorithm: one in FIPS mode lacks some."""
    try:
        new(_HASHES[name], usedforsecurity=False)
    except ValueError:
        return False
    return True


def hasher(protection: Protection) -> Hash:
    """The hash of the algorithm, to be fed."""
    name = (protection.algorithm or "MD5").lower().removesuffix("-sess")
    return new(_HASHES[name], usedforsecurity=False)


def _hash(protection: Protection, octets: bytes | Iterable[bytes]) -> str:
    made = hasher(protection)
    for piece in (octets,) if isinstance(octets, bytes) else octets:
        made.update(piece)
    return made.hexdigest()


def _named(protection: Protection, user: str) -> list[str]:
    """The user's name: hashed, in the form of RFC 8187, or quoted (RFC 7616 sections 3.4 and 3.4.4)."""
    if protection.userhash:
        return [f'username="{_hash(protection, _octets(f"{user}:{protection.realm}"))}"']
    if protection.utf8 and not user.isascii():
        kept = b"!#$&+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return ["username*=UTF-8''" + "".join(chr(o) if o in kept else f"%{o:02X}" for o in _octets(user))]
    return [f"username={_quoted(user)}"]


def _composed(protection: Protection, text: str) -> str:
    if not protection.utf8 or text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFC", text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
