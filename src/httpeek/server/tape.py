"""What went over a served connection, exchange by exchange, as the same events that the client records.

A tape keeps the octets of each request with the times of their arrival, and those of its answer. The events are made of
them afterwards by the two codecs that only look, so a record of the server's shows in every view (`httpeek show FILE`).
The client's point of view is kept: the request is what went out, the response what came in.
"""

from __future__ import annotations

import os
import time
from collections import deque

from httpeek import __version__
from httpeek.codec.http1.client import ClientConnection
from httpeek.codec.http1.server import ServerConnection
from httpeek.model.codes import HttpeekError
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Completed,
    Connected,
    Ended,
    Event,
    Planned,
    RequestStarted,
    ResponseStarted,
    RunStarted,
)
from httpeek.model.message import RequestHead, first
from httpeek.model.plan import Body, Plan
from httpeek.model.target import Target, parse, quote
from httpeek.record.format import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.model.events import Fact

KEPT = 100
"""Exchanges that a shelf keeps in memory."""
OCTETS = 1024 * 1024
"""Octets that are kept of each direction of an exchange."""


class Tape:
    """The octets of one exchange, with the ns since it began."""

    def __init__(self, local: str, remote: str, fd: int, before: int) -> None:
        self.local = local
        self.remote = remote
        self.fd = fd
        self.before = before  # exchanges on this connection before this one
        self.wall = time.time_ns()
        self._begun = time.monotonic_ns()
        self.request: list[tuple[int, bytes]] = []
        self.response: list[tuple[int, bytes]] = []
        self._left = {OUT: OCTETS, IN: OCTETS}

    def heard(self, octets: bytes) -> None:
        """Octets of the request arrived."""
        self._keep(OUT, self.request, octets)

    def said(self, octets: bytes) -> None:
        """Octets of the response were sent."""
        self._keep(IN, self.response, octets)

    def _keep(self, direction: str, where: list[tuple[int, bytes]], octets: bytes) -> None:
        left = self._left[direction]
        if left > 0 and octets:
            where.append((time.monotonic_ns() - self._begun, octets[:left]))
            self._left[direction] = left - len(octets)

    def cut(self, behind: int) -> bytes:
        """Takes the last `behind` octets of the request off: they belong to the next one. Returns them."""
        taken = b""
        while behind > len(taken) and self.request:
            at, octets = self.request.pop()
            need = behind - len(taken)
            if len(octets) > need:
                self.request.append((at, octets[:-need]))
                octets = octets[-need:]
            taken = octets + taken
        return taken

    def octets(self, direction: str = OUT) -> bytes:
        """The octets of the request (OUT) or of the response (IN), as far as they were kept."""
        return b"".join(data for _, data in (self.request if direction == OUT else self.response))

    def events(self) -> list[Event]:
        """The exchange as the client would have recorded it."""
        facts = self._facts()
        run = f"{self.wall // 1_000_000:x}-{os.getpid():06x}"
        head = next((fact.head for _, fact in facts if isinstance(fact, RequestStarted)), None)
        made = [Event(0, None, None, None, RunStarted(run, self.wall, __version__))]
        before: list[tuple[int, Fact]] = [
            (0, Planned(_plan(head, self.local, self.octets()))),
            (0, Connected(self.fd, self.remote, self.local, self.before)),
        ]
        end = facts[-1][0] if facts else 0
        return made + [Event(at, 1, 1, None, fact) for at, fact in [*before, *facts, (end, Ended())]]

    def _facts(self) -> list[tuple[int, Fact]]:
        asked = ServerConnection(observe=True, direction=OUT)
        answered = ClientConnection()
        facts: list[tuple[int, Fact]] = []
        offset = 0
        request: RequestHead | None = None
        for at, octets in self.request:
            facts.append((at, Bytes(OUT, offset, octets)))
            offset += len(octets)
            for fact in asked.receive(octets):
                if isinstance(fact, RequestStarted):
                    request = fact.head
                facts.append((at, fact))
        try:
            answered.send(RequestStarted(request or RequestHead(b"GET", b"/", b"HTTP/1.1", ())))
        except HttpeekError:
            answered.send(RequestStarted(RequestHead(b"GET", b"/", b"HTTP/1.1", ())))
        offset = 0
        for at, octets in self.response:
            facts.append((at, Bytes(IN, offset, octets)))
            offset += len(octets)
            facts += [(at, fact) for fact in answered.receive(octets)]
        return facts

    def summary(self) -> dict[str, object]:
        """The exchange in a line: what `/requests` lists and a record's first line says."""
        events = self.events()
        head = next((e.fact.head for e in events if isinstance(e.fact, RequestStarted)), None)
        status = next((e.fact.head.status for e in events if isinstance(e.fact, ResponseStarted)), None)
        size = next((e.fact.content for e in events if isinstance(e.fact, Completed) and e.fact.direction == IN), 0)
        plan = events[1].fact.plan if isinstance(events[1].fact, Planned) else None
        start = events[0].fact
        return {
            "run": start.run if isinstance(start, RunStarted) else "",
            "wall": self.wall,
            "method": head.method.decode("latin-1") if head is not None else "?",
            "url": plan.target.url if plan is not None else "?",
            "status": status,
            "bytes": size,
            "micros": events[-1].time // 1000,
            "remote": self.remote,
        }


def _plan(head: RequestHead | None, local: str, octets: bytes) -> Plan:
    """The plan that a client may have had for a request."""
    if head is None:
        return Plan("?", _target(local, "/"), ())
    host = first(head.fields, b"host").decode("latin-1") or local
    content = octets[head.span.offset + head.span.length :] if head.span is not None else b""
    body = Body(content, length=len(content)) if content else None
    return Plan(
        head.method.decode("latin-1"),
        _target(host, head.target.decode("latin-1")),
        head.fields,
        body,
        head.version[5:].decode("latin-1"),
    )


def _target(host: str, path: str) -> Target:
    try:
        return parse(f"http://{host}/")._replace(path=quote(path))
    except HttpeekError:
        return Target("http", "localhost", 80, "/")


class Shelf:
    """The last exchanges of a server in memory and, where it has a directory, each of them as a file there."""

    def __init__(self, directory: str = "") -> None:
        self._tapes: deque[Tape] = deque(maxlen=KEPT)
        self._directory = directory
        self._written = 0
        self.failed = ""

    def begin(self, tape: Tape) -> None:
        """Takes the tape of an exchange whose answer begins: whoever has the answer finds the exchange here."""
        if tape not in self._tapes:
            self._tapes.append(tape)

    def keep(self, tape: Tape) -> None:
        """The exchange of a tape is over."""
        self.begin(tape)
        if self._directory:
            self._save(tape)

    def _save(self, tape: Tape) -> None:
        self._written += 1
        name = f"{self._directory}/{os.getpid()}-{self._written:06}.record"
        octets = write({**tape.summary(), "session": 0}, tape.events())
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            try:
                while octets:
                    octets = octets[os.write(file, octets) :]
            finally:
                os.close(file)
        except OSError as error:
            self.failed = f"{name}: {(error.strerror or '').lower()}"

    def tapes(self) -> Sequence[Tape]:
        """The tapes, oldest first."""
        return tuple(self._tapes)

    def summaries(self) -> list[dict[str, object]]:
        """A line for each exchange, oldest first: what /requests lists."""
        return [tape.summary() for tape in self._tapes]
