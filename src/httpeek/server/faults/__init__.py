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


if TYPE_CHECKING:
    Step: TypeAlias = bytes | Drip | Reset | Close | HalfClose | Hold | Pause
    Script: TypeAlias = Callable[[RequestHead], Iterable[Step]]


class Fault(Noun):
    """One row: `wrong` says what is wrong on the wire, `source` where the rule stands ("RFC 9112 6.3", or empty),
    `client` what a correct client does: "accepts", "notes ID" or "fails N" with httpeek's exit code."""

    name: str
    group: str
    wrong: str
    source: str
    client: str
    script: Script
