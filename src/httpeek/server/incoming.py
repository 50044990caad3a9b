"""What arrives on a served connection: requests, one after the other, and the content of each.

The twin of `outgoing`. The socket never blocks: `take` makes of octets what is in hand; only `pull`, which the
application's reads come to, waits for the client. Where a loop must not wait, `Service.gather` has content read before
the application is called, all but what is vast.
"""

from __future__ import annotations

import select

from httpeek.model.events import Completed, Content, RequestStarted, Violation
from httpeek.server.gathered import GATHERED, PIECE, VAST, Gathered
from httpeek.server.outgoing import ready
from httpeek.server.service import Gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Lock

    from httpeek.codec.http1.server import ServerConnection
    from httpeek.model.events import Fact
    from httpeek.model.message import RequestHead
    from httpeek.net.stream import sockets
    from httpeek.server.outgoing import Outgoing
    from httpeek.server.service import Service
    from httpeek.server.tls import Secure

MORE, READY, CLOSE = range(3)
"""What is to be done next: wait for the descriptor, answer the request in hand, end the connection."""
LATE = "the {} of the request did not arrive in time"


class Incoming:
    """The incoming half. `head` is the request in hand and `whole` whether all of its content has come (it may still
    wait here to be read); `refusal` is the violation because of which no more is read; `ended` is True when the client
    sent its FIN.

    `turn` is held while the application runs and left to others while it waits for content, where a loop has threads
    beside it.
    """

    def __init__(self, sock: sockets.socket | Secure, codec: ServerConnection, service: Service, out: Outgoing) -> None:
        self.head: RequestHead | None = None
        self.whole = False
        self.ended = False
        self.refusal: Violation | None = None
        self.turn: Lock | None = None
        self._socket = sock
        self._fd = sock.fileno()
        self._codec = codec
        self._gather = service.gather
        self._patience = service.patience
        self._out = out
        self._facts: list[Fact] = []  # content that nobody has asked for yet, and what came behind it
        self._content: Gathered | None = None
        self._vast = False  # too large to be gathered
        self._broken = ""  # why no more content can be read

    @property
    def streams(self) -> bool:
        """True when a request is in hand whose content could not be gathered: the application's reads wait for it."""
        return self._gather and not self.whole

    @property
    def gathering(self) -> bool:
        """True while content has come and more of it is waited for."""
        return self._content is not None and not self.whole

    def receive(self) -> bytes:
        """Octets that have arrived, b"" at the end. Raises OSError as recv(2) does, BlockingIOError too."""
        data = self._socket.recv(PIECE)
        self.ended = not data
        if self._out.tape is not None:
            self._out.tape.heard(data)
        return data

    def take(self, facts: list[Fact]) -> int:
        """What is to be done after these facts; CLOSE with a `refusal` is not answered yet."""
        if self._facts:
            facts = self._facts + facts
        for index, fact in enumerate(facts):
            if isinstance(fact, RequestStarted):
                self.head = fact.head
                self.whole = False
                framed = self._codec.framed
                self._vast = framed is not None and (framed.length or 0) > VAST
            elif isinstance(fact, Completed):
                self.whole = True
            elif isinstance(fact, Content):
                if not self._gather or self._vast:
                    self._facts = facts[index:]
                    return READY
                if self._content is None:
                    self._content = Gathered()
                self._content.add(fact.data)
                self._vast = self._content.size > VAST
            elif isinstance(fact, Violation) and fact.fatal:
                self.refusal = fact
                return CLOSE
        self._facts = []
        if self.head is not None and (self.whole or not self._gather or self._codec.needs_continue or self._vast):
            return READY
        return CLOSE if self.ended else MORE

    def next(self) -> int:
        """Goes on to the next request; what is to be done with what is here of it already."""
        self.head = None
        return self.take(self._codec.next())

    def pull(self) -> bytes:
        """The next content of the request, b"" at its end (see `Input`). Raises Gone."""
        if self._content is not None:
            data = self._content.read()
            if data or self.whole:
                return data
        if self._broken:
            raise Gone(self._broken)
        while True:
            while self._facts:
                fact = self._facts.pop(0)
                if isinstance(fact, Content):
                    return fact.data
                if isinstance(fact, Completed):
                    self.whole = True
                elif isinstance(fact, Violation) and fact.fatal:
                    self.refusal = fact
                    raise self._break("the content of the request is broken")
            if self.whole:
                return b""
            if self._codec.needs_continue:
                self._out.interim(100, b"Continue", [])
            self._wait_for_more()

    def _wait_for_more(self) -> None:
        """Waits for the client and reads what it sends. Raises Gone."""
        # A client may be taking the answer while it sends: who waits for one only would wait for ever.
        events = select.POLLIN | select.POLLOUT if self._out.unsent else select.POLLIN
        if not self.wait(events, self._patience.body):
            raise self._break(LATE.format("content"))
        if self._out.unsent:
            self._out.flush()
        try:
            data = self.receive()
        except BlockingIOError:
            return
        except OSError:
            raise self._break("the client went away") from None
        self._facts += self._codec.receive(data)
        if not data and not self._facts:
            raise self._break("the client went away")

    def wait(self, events: int, seconds: float) -> bool:
        """Waits for the descriptor; False when `seconds` have passed."""
        if self.turn is None:
            return ready(self._fd, events, seconds)
        self.turn.release()
        try:
            return ready(self._fd, events, seconds)
        finally:
            self.turn.acquire()

    def skip(self) -> bool:
        """Reads what the application left of the content, so that the next request can be found; False where that
        would be long: 100 GB are not read to say goodbye."""
        left = GATHERED + PIECE  # beside what is still to come, a piece may be here already
        try:
            while left >= 0:
                data = self.pull()
                if not data:
                    return True
                left -= len(data)
        except Gone:
            pass
        return False

    def broken(self) -> Violation | None:
        """The violation in content that was received, though nobody has read as far."""
        found = (fact for fact in self._facts if isinstance(fact, Violation) and fact.fatal)
        return self.refusal or next(found, None)

    def close(self) -> None:
        """Ends what content was kept in."""
        if self._content is not None:
            self._content.close()
            self._content = None

    def _break(self, why: str) -> Gone:
        """Content is missing, now and at each further read, and no request can follow."""
        self._broken = why
        self._codec.keep_alive = False
        return Gone(why)
