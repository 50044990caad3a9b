"""Checksums that the user brings, and digests that the server sends (RFC 9530). hashlib is imported when one is there.

Rules: a checksum is `ALGORITHM:HEX`, or a list as sha256sum and its kin write it, in which the file is looked up by its
name. What cannot be read is wrong usage, before anything is sent. Of the digest fields only sha-256 and sha-512 are
checked: RFC 9530 section 5 calls the others insecure.
"""

from __future__ import annotations

from httpeek.model.codes import CHECK_FAILED, Failure, HttpeekError, usage
from httpeek.model.message import values
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.model.message import Fields

_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""The algorithm of a line in a list, by the digits of its value (sha256sum(1) does not name it)."""
_OF_FIELDS = {"sha-256": "sha256", "sha-512": "sha512"}
_HEX = frozenset("0123456789abcdefABCDEF")


class Expected(Noun):
    """What a file has to hash to. `value` is in hexadecimal digits, lower case; `said` is who says so."""

    algorithm: str
    value: str
    said: str


def new(algorithm: str) -> Any:
    """A hash object of hashlib."""
    import hashlib

    return hashlib.new(algorithm, usedforsecurity=False)


def known(algorithm: str) -> str:
    """The algorithm as hashlib calls it. Raises HttpeekError (USAGE) for one that it does not have."""
    import hashlib

    name = algorithm.lower()
    for candidate in (name, name.replace("-", ""), name.replace("-", "_"), name.replace("_", "-")):
        if candidate in hashlib.algorithms_available and not candidate.startswith("shake"):
            return candidate
    raise usage(f"--checksum: {algorithm!a} is no hash algorithm that is known here")


def written(text: str) -> Expected | None:
    """`ALGORITHM:HEX` as a checksum; None where the text looks like the name of a list.

    Raises HttpeekError (USAGE) for an algorithm that is not known or a value that it does not give.
    """
    algorithm, colon, value = text.partition(":")
    if not colon or "/" in text or value.startswith("//"):
        return None
    name = known(algorithm)
    _check(name, value)
    return Expected(name, value.lower(), "--checksum")


def _check(name: str, value: str) -> None:
    digits = 2 * int(new(name).digest_size)
    if len(value) != digits or not _HEX.issuperset(value):
        raise usage(f"--checksum: {name} has {digits} hexadecimal digits, not {value!a}")


def listed(text: str, said: str) -> dict[str, Expected]:
    """The checksums of a list (`SHA256SUMS`), by file name: `HEX  NAME`, `HEX *NAME`, and `ALGORITHM (NAME) = HEX`.

    Raises HttpeekError (USAGE) where a line is neither.
    """
    found: dict[str, Expected] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip("\r\n \ufeff")
        if not line or line.startswith("#"):
            continue
        name, algorithm, value = _line(line)
        if not name or not algorithm or not _HEX.issuperset(value):
            raise usage(f"{said} line {number} is no checksum: {line[:80]!a}")
        found[name.removeprefix("./")] = Expected(known(algorithm), value.lower(), said)
    return found


def _line(line: str) -> tuple[str, str, str]:
    """Name, algorithm and value of a line; empty where it is none."""
    before, mark, value = line.rpartition(") = ")
    if mark:
        algorithm, paren, name = before.partition(" (")
        return (name, algorithm, value) if paren else ("", "", "")
    value, _, name = line.partition(" ")
    name = name[1:] if name[:1] in (" ", "*") else name
    return name, _BY_LENGTH.get(len(value), ""), value


def digests(fields: Fields, field: bytes) -> list[Expected]:
    """What a Content-Digest or Repr-Digest says: a dictionary of byte sequences (RFC 9530 section 2, RFC 8941)."""
    given = values(fields, field)
    if not given:
        return []
    from binascii import Error, a2b_base64

    found = []
    for value in given:
        for member in value.decode("latin-1").split(","):
            name, _, said = member.strip().partition("=")
            algorithm = _OF_FIELDS.get(name.strip().lower())
            said = said.partition(";")[0].strip()
            if algorithm is None or len(said) < 2 or said[0] != ":" or said[-1] != ":":
                continue
            try:
                octets = a2b_base64(said[1:-1])
            except Error:
                continue
            if len(octets) == new(algorithm).digest_size:
                found.append(Expected(algorithm, octets.hex(), field.decode("ascii").title()))
    return found


class Hashes:
    """Running hashes of one row of octets, one for each algorithm that is needed."""

    def __init__(self, algorithms: set[str] | frozenset[str]) -> None:
        self._running = {name: new(name) for name in sorted(algorithms)}

    @property
    def names(self) -> tuple[str, ...]:
        """The algorithms."""
        return tuple(self._running)

    def feed(self, data: bytes | memoryview) -> None:
        """Takes octets."""
        for running in self._running.values():
            running.update(data)

    def value(self, algorithm: str) -> str:
        """The hexadecimal value so far."""
        return str(self._running[algorithm].hexdigest())

    def compare(self, expected: Expected, what: str) -> None:
        """Raises HttpeekError (CHECK_FAILED) with both values where they differ."""
        found = self.value(expected.algorithm)
        if found != expected.value:
            sentence = f"{what}: {expected.algorithm} is {found}, {expected.said} says {expected.value}"
            raise HttpeekError(Failure(CHECK_FAILED, "check", sentence))
