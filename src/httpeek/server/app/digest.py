"""Digest (RFC 7616): MD5, SHA-256 and SHA-512-256, -sess too, qop auth and auth-int, a nonce that goes stale.

Nothing is kept: a nonce is a number with its own hash, so that it is known for ours, and a client counts its uses
itself (nc). `response` is the sum of RFC 7616 section 3.4, and takes what its examples give.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun
from httpeek.model.target import unquote
from httpeek.server.app.answer import Answer, Refused, text
from httpeek.server.app.auth import REALM, known
from httpeek.server.app.request import argument, content, decoded, origin_form, seed, shown, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Environ

ALGORITHMS = {"md5": "md5", "sha-256": "sha256", "sha-512-256": "sha512_256"}
"""Names of RFC 7616 section 3.3, and hashlib's for them."""
_PREFERRED = ("SHA-256", "MD5")
"""What is offered together, best first, as in RFC 7616 section 3.9.1. SHA-512-256 is not: a client that has it wrong
takes it for the best (curl before 8.10 computes SHA-256 under that name)."""
_FIELD = 8_000
"""The longest Authorization field that is read."""
_QUALITIES = {"auth": "auth", "auth-int": "auth-int", "both": "auth, auth-int", "none": ""}


class Credentials(Noun):
    """What a client's Authorization field says, as RFC 7616 section 3.4 names it; "" for what it leaves out."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    qop: str
    nc: str
    cnonce: str
    userhash: bool


def digest(
    environ: Environ, qop: str, user: str, password: str, algorithm: str = "MD5", stale_after: str = "never"
) -> Answer:
    """200 to the user and password of the path by Digest, else 401 with a challenge for each algorithm."""
    offered = _PREFERRED if algorithm.lower() == "any" else (_algorithm(algorithm),)
    if qop not in _QUALITIES:
        raise Refused(400, f"/digest-auth/QOP: {', '.join(_QUALITIES)}, not {shown(qop)}")
    if qop == "none" and algorithm.lower().endswith("-sess"):
        raise Refused(400, "-sess needs a qop: without one no cnonce is sent (RFC 7616 3.4)")
    uses = None if stale_after == "never" else whole_number(stale_after, "stale_after", 1_000_000)
    given = credentials(environ.get("HTTP_AUTHORIZATION", ""))
    if given is None:
        return _challenge(environ, qop, offered)
    body = content(environ) if given.qop == "auth-int" else b""
    target = origin_form(environ)
    if given.uri != target and unquote(decoded(given.uri)) != unquote(decoded(target)):
        raise Refused(400, f"the digest is for {shown(given.uri)}, the request for {shown(target)} (RFC 7616 3.4.6)")
    if not _right(given, environ["REQUEST_METHOD"], user, password, body, offered, qop):
        return _challenge(environ, qop, offered)
    if not _ours(environ, given.nonce) or (uses is not None and _count(given.nc) > uses):
        return _challenge(environ, qop, offered, stale=True)
    return _proven(given, user, password)


def _algorithm(name: str) -> str:
    if name.lower().removesuffix("-sess") not in ALGORITHMS:
        raise Refused(400, f"the algorithms are MD5, SHA-256 and SHA-512-256, with -sess or not, not {shown(name)}")
    return name.upper().replace("-SESS", "-sess")


def _right(
    given: Credentials, method: str, user: str, password: str, body: bytes, offered: tuple[str, ...], qop: str
) -> bool:
    algorithm = given.algorithm or "MD5"
    if algorithm.lower() not in [each.lower() for each in offered] or given.realm != REALM:
        return False
    if given.qop not in (_QUALITIES[qop].split(", ") if qop != "none" else [""]):
        return False
    if given.qop and (not given.cnonce or _count(given.nc) < 1):
        return False
    name = hashed(algorithm, f"{user}:{REALM}".encode()) if given.userhash else user
    if given.username != name:
        return False
    return response(given, method, user, password, body) == given.response.lower()


def response(given: Credentials, method: str, user: str, password: str, body: bytes) -> str:
    """The response that is right for these credentials (RFC 7616 section 3.4.1). `method` is "" for the proof that
    the server sends back (section 3.5)."""
    algorithm = given.algorithm or "MD5"
    secret = hashed(algorithm, f"{user}:{given.realm}:{password}".encode())
    if algorithm.lower().endswith("-sess"):
        secret = hashed(algorithm, f"{secret}:{given.nonce}:{given.cnonce}".encode())
    message = f"{method}:{given.uri}"
    if given.qop == "auth-int":
        message += ":" + hashed(algorithm, body)
    parts = [secret, given.nonce, hashed(algorithm, message.encode())]
    if given.qop:
        parts[2:2] = [given.nc, given.cnonce, given.qop]
    return hashed(algorithm, ":".join(parts).encode())


def hashed(algorithm: str, octets: bytes) -> str:
    """The hash in hexadecimal digits. Refused with 501 where this Python's OpenSSL lacks it."""
    import hashlib

    name = ALGORITHMS[algorithm.lower().removesuffix("-sess")]
    try:
        return hashlib.new(name, octets, usedforsecurity=False).hexdigest()
    except ValueError:
        raise Refused(501, f"this Python has no {algorithm}") from None


def credentials(field: str) -> Credentials | None:
    """Reads an Authorization field; None where it is no Digest. Refused with 400 where it is a broken one."""
    scheme, _, rest = field.partition(" ")
    if scheme.lower() != "digest":
        return None
    found = _parameters(rest)
    for name in ("realm", "nonce", "uri", "response"):
        if name not in found:
            raise Refused(400, f"the Digest credentials have no {name} (RFC 7616 3.4)")
    user = decoded(found.get("username", ""))
    if "username*" in found:
        user = _extended(found["username*"])
    algorithm = found.get("algorithm", "")
    if algorithm and algorithm.lower().removesuffix("-sess") not in ALGORITHMS:
        raise Refused(400, f"the algorithm {shown(algorithm)} is not known (RFC 7616 3.3)")
    return Credentials(
        username=user,
        realm=found["realm"],
        nonce=found["nonce"],
        uri=found["uri"],
        response=found["response"],
        algorithm=algorithm,
        qop=found.get("qop", ""),
        nc=found.get("nc", ""),
        cnonce=found.get("cnonce", ""),
        userhash=found.get("userhash", "").lower() == "true",
    )


def _parameters(rest: str) -> dict[str, str]:
    """name=value and name="value", parted by commas (RFC 9110 section 11.4). Refused with 400 for a name twice."""
    found: dict[str, str] = {}
    if len(rest) > _FIELD:
        raise Refused(400, f"the Authorization field has {len(rest)} bytes; {_FIELD} are read")
    position = 0
    while position < len(rest):
        name, equals, tail = rest[position:].partition("=")
        name = name.strip(" \t,").lower()
        if not equals:
            break
        position = len(rest) - len(tail.lstrip(" \t"))
        value = ""
        if rest[position : position + 1] == '"':
            position += 1
            while position < len(rest) and rest[position] != '"':
                position += rest[position] == "\\"
                value += rest[position : position + 1]
                position += 1
            position += 1
        else:
            end = rest.find(",", position)
            end = len(rest) if end < 0 else end
            value, position = rest[position:end].strip(), end
        if name in found:
            raise Refused(400, f"the credentials have {shown(name)} twice")
        found[name] = value
    return found


def _extended(value: str) -> str:
    """A value of username*: UTF-8''J%C3%A4s (RFC 8187)."""
    charset, _, rest = value.partition("'")
    if charset.lower() != "utf-8":
        raise Refused(400, "username* is in UTF-8 (RFC 7616 3.4.4)")
    return unquote(rest.partition("'")[2]).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _count(nc: str) -> int:
    """How often the client used the nonce: eight hexadecimal digits; 0 where it does not count."""
    try:
        return int(nc, 16) if len(nc) == 8 and nc.isalnum() else 0
    except ValueError:
        return 0


def _nonce(environ: Environ) -> str:
    from httpeek.server.app.chance import drawn, turn

    number = 0 if argument(environ, "seed") else turn()
    return f"{number:x}-{drawn(seed(environ), number, b'nonce', 16).hex()}"


def _ours(environ: Environ, nonce: str) -> bool:
    from httpeek.server.app.chance import drawn

    number, _, proof = nonce.partition("-")
    digits = number.isascii() and number.isalnum() and len(number) < 16
    try:
        return digits and drawn(seed(environ), int(number, 16), b"nonce", 16).hex() == proof
    except ValueError:
        return False


def _challenge(environ: Environ, qop: str, offered: tuple[str, ...], stale: bool = False) -> Answer:
    nonce = _nonce(environ)
    fields = []
    for algorithm in offered:
        said = f'Digest realm="{REALM}", '
        if _QUALITIES[qop]:
            said += f'qop="{_QUALITIES[qop]}", '
        said += f'algorithm={algorithm}, nonce="{nonce}", opaque="{REALM}", charset=UTF-8'
        fields.append(("WWW-Authenticate", said + (", stale=true" if stale else "")))
    why = "the nonce is used up: the same again with the new one" if stale else "by Digest"
    return text(f"this page wants the user and the password of its path: {why}\n", 401, *fields)


def _proven(given: Credentials, user: str, password: str) -> Answer:
    """The answer, with the proof that the server knows the password too (Authentication-Info, RFC 7616 section 3.5).
    Without qop there is none (RFC 2069)."""
    answer = known(user)
    if not given.qop:
        return answer
    proof = response(given, "", user, password, b"".join(answer.content))
    said = f'rspauth="{proof}", qop={given.qop}, cnonce="{given.cnonce}", nc={given.nc}'
    return answer._replace(fields=(*answer.fields, ("Authentication-Info", said)))
