"""Faults: named ways in which a server misbehaves on purpose. One catalogue, used by the server, the docs and `faults`.

A fault acts at the stream, under WSGI: it is a list of steps (octets, a reset, a silence) that stand in place of an
answer.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol, TypeAlias

    from httpeek.model.message import RequestHead

    class Chooser(Protocol):
        """Decides which requests are answered by a fault."""

        def __call__(self, head: RequestHead, /) -> Fault | None:
            """The fault for a request, or None."""

        def secure(self, name: str, /) -> Fault | None:
            """The fault for a TLS connection whose client asks for `name` (SNI), or None."""

        def skip(self) -> None:
            """The next decision is made in a child process."""


class Drip(Noun):
    """Sends octets one after another, `pause` seconds between two."""

    data: bytes
    pause: float


class Reset(Noun):
    """Ends the connection with RST (SO_LINGER without time, socket(7)); what was sent before may be lost."""


class Close(Noun):
    """Ends the connection with FIN."""


class HalfClose(Noun):
    """Ends our half and goes on reading."""


class Hold(Noun):
    """Says nothing more and keeps the connection open until the client closes it."""


class Pause(Noun):
    """Says nothing for so many seconds."""

    seconds: float


class Cut(Noun):
    """Ends the connection with FIN and, inside TLS, without close_notify."""


class Naked(Noun):
    """Sends octets outside of the TLS that the connection has."""

    data: bytes


if TYPE_CHECKING:
    Step: TypeAlias = bytes | Drip | Reset | Close | HalfClose | Hold | Pause | Cut | Naked
    Script: TypeAlias = Callable[[RequestHead], Iterable[Step]]


AUTHORITY, INTERMEDIATE, STRANGER, ITSELF = "authority", "intermediate", "stranger", "itself"
"""Who signs a leaf: the server's throw-away authority, an intermediate of it that is not sent, another authority,
nobody else."""


class Leaf(Noun):
    """A server's certificate: `names` (those of the server where it is empty), whether it has them at all (`named`),
    the days from now when it begins and ends, its subject's common name, its issuer, its purpose (server, client)."""

    names: tuple[str, ...] = ()
    named: bool = True
    begins: int = 0
    ends: int = 10
    subject: str = "localhost"
    issuer: str = AUTHORITY
    purpose: str = "server"


class Handshake(Noun):
    """How a TLS handshake goes: the certificate, the only `version` (a name of ssl.TLSVersion) and `ciphers` where they
    are bounded, whether a client certificate is asked for, or the steps that come `instead` of it all."""

    leaf: Leaf = Leaf()
    version: str = ""
    ciphers: str = ""
    asks: bool = False
    instead: tuple[Step, ...] = ()


class Fault(Noun):
    """One row: `wrong` says what is wrong on the wire, `source` where the rule stands ("RFC 9112 6.3", or empty),
    `client` what a correct client does: "accepts", "notes ID" or "fails N" with httpeek's exit code. A fault that is in
    the TLS handshake has one; its script is then what a client that accepts it gets."""

    name: str
    group: str
    wrong: str
    source: str
    client: str
    script: Script
    handshake: Handshake | None = None

    @property
    def inside(self) -> bool:
        """True where it needs TLS, and the handshake is right: what is wrong comes after it."""
        return self.handshake == Handshake()
