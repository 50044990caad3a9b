"""talk: telnet for HTTP. What is typed goes out as it is, what comes back is shown when it arrives.

Two codecs listen and never decide: one reads what is sent as a server would, one what comes back as a client does. They
name every rule that was broken, and count requests and responses so that `talk` knows when it is done.

Rules: lines go out with CRLF, or exactly as they are with `exact`; at the end of input our half of the connection ends,
and the rest is read until every request is answered or the peer closes. TLS before 1.3 has no half (RFC 5246 section
7.2.1), and OpenSSL gives an answer up that arrives while close_notify is sent: there the half ends only while no answer
is expected.
"""

from __future__ import annotations

import os

from httpeek.client.perform import connect
from httpeek.codec.http1.client import ClientConnection
from httpeek.codec.http1.server import ServerConnection
from httpeek.model.codes import EMPTY_REPLY, INTERRUPTED, READ_FAILED, Failure, HttpeekError
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Closed,
    Completed,
    Ended,
    Failed,
    Planned,
    RequestStarted,
    Violation,
)
from httpeek.model.message import RequestHead
from httpeek.net.stream import READABLE, SECOND, WRITABLE, Deadline, Pump, seconds, soonest, timed_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.client.run import Run
    from httpeek.model.events import Fact, Step
    from httpeek.model.plan import Plan
    from httpeek.net.stream import Stream

_PIECE = 65_536
_UNREADABLE = RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"Host", b"unknown"),))
"""Stands for a request that no rule lets us read: its answer is read as one to GET."""


def talk(plan: Plan, run: Run, source: int, exact: bool) -> Failure | None:
    """Talks on a connection to the plan's target (its method and fields are not used) with what `source`, a
    descriptor, gives. Returns the failure that ended it, or None."""
    number = run.next_exchange(plan.size)
    connection = run.next_connection()

    def emit(fact: Fact) -> None:
        run.tell(fact, conversation.exchange if conversation else number, connection)

    def tell(step: Step) -> None:
        run.tell(step, None, connection)

    conversation: _Talk | None = None
    failure: Failure | None = None
    try:
        run.tell(Planned(plan), number)
        total = Deadline(plan.time.total, "--max-time")
        stream = connect(plan, total, emit, tell if plan.steps else None)
        conversation = _Talk(plan, run, stream, source, exact, number, connection)
        conversation.go(total)
    except HttpeekError as error:
        failure = error.failure
    except KeyboardInterrupt:
        failure = Failure(INTERRUPTED, "interrupted", "stopped")
    try:
        if conversation is not None:
            conversation.close()
        if failure is not None:
            emit(Failed(failure))
        emit(Ended())
    except HttpeekError as error:
        failure = failure or error.failure
    return failure


class _Talk:
    """The connection, what was typed and is not sent yet, and the two listeners."""

    def __init__(
        self, plan: Plan, run: Run, stream: Stream, source: int, exact: bool, exchange: int, connection: int
    ) -> None:
        self.exchange = exchange
        self._plan = plan
        self._run = run
        self._stream = stream
        self._source = source
        self._exact = exact
        self._connection = connection
        self._pump = Pump(stream)
        self._typed = b""  # the beginning of a line that is not whole yet
        self._waiting = b""  # octets to be sent
        self._input_ended = False
        self._half_closed = False
        self._peer_ended = False
        self._sent = 0
        self._received = 0
        self._asked = ServerConnection(observe=True, direction=OUT)
        self._answered = ClientConnection(plan.size, plan.strict)
        self._requests: list[RequestHead] = []  # read, and not answered yet
        self._answering = False
        self._unread = False  # a request was sent that could not be read

    def _emit(self, fact: Fact) -> None:
        self._run.tell(fact, self.exchange, self._connection)

    def go(self, total: Deadline) -> None:
        """Runs until everything is said. Raises HttpeekError for a limit, a reset, or a fatal violation."""
        silence = Deadline(self._plan.time.idle)
        while not self._done():
            wanted = (0 if self._peer_ended else READABLE) | (WRITABLE if self._waiting else 0)
            # What is typed waits in the terminal until what was typed before has gone out.
            second = -1 if self._input_ended or self._waiting else self._source
            ready = self._pump.wait(wanted, soonest(silence.left(), total.left()), second)
            if not ready:
                self._check_time(silence, total)
                continue
            silence = Deadline(self._plan.time.idle)
            if ready & READABLE:
                self._receive()
            if ready & WRITABLE:
                self._send()
            if ready & SECOND:
                self._read_source()

    def _done(self) -> bool:
        if self._peer_ended:
            return True
        if not self._input_ended or self._waiting:
            return False
        return self._sent > 0 and not (self._requests or self._answering or self._unread)

    def _check_time(self, silence: Deadline, total: Deadline) -> None:
        if total.passed():
            raise timed_out(f"talking took longer than {seconds(total.seconds or 0)} (--max-time)")
        if silence.passed():
            limit = seconds(silence.seconds or 0)
            raise timed_out(f"{self._stream.remote} was silent for {limit} (--timeout)")

    def _read_source(self) -> None:
        try:
            data = os.read(self._source, _PIECE)
        except OSError as error:
            sentence = f"standard input cannot be read: {(error.strerror or '').lower()}"
            raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None
        if not data:
            self._input_ended = True
            self._waiting += self._typed
            self._typed = b""
        elif self._exact:
            self._waiting += data
        else:
            *lines, self._typed = (self._typed + data).split(b"\n")
            self._waiting += b"".join(line.removesuffix(b"\r") + b"\r\n" for line in lines)
        self._send()

    def _send(self) -> None:
        while self._waiting:
            taken = self._stream.send(self._waiting)
            if taken == 0:
                return
            sent, self._waiting = self._waiting[:taken], self._waiting[taken:]
            self._emit(Bytes(OUT, self._sent, sent))
            self._sent += taken
            self._listen_to_request(sent)
        if self._input_ended and not self._half_closed and not self._peer_ended:
            self._half_closed = True
            version = getattr(self._stream, "version", "")
            expects = self._requests or self._answering or self._unread
            if not version or (version == "TLS 1.3" and not expects):
                self._stream.shutdown()
            self._listen_to_request(b"")

    def _listen_to_request(self, data: bytes) -> None:
        facts = list(self._asked.receive(data))
        while facts:
            fact = facts.pop(0)
            if isinstance(fact, RequestStarted):
                self._requests.append(fact.head)
                self._emit(fact)
            elif isinstance(fact, Violation):
                # A listener names rules; it never ends the talk.
                self._unread = self._unread or fact.fatal
                self._emit(fact._replace(fatal=False))
            elif isinstance(fact, Completed):
                facts += self._asked.next()

    def _receive(self) -> None:
        data = self._stream.receive()
        if data is None:
            return
        if data:
            self._received += len(data)
            self._emit(Bytes(IN, self._received - len(data), data))
            if not self._answering:
                self._next_answer(len(data))
        else:
            self._peer_ended = True
            self._emit(Closed("peer", "tls" if getattr(self._stream, "close_notify", False) else "fin"))
            if not self._answering:
                if not self._received and self._sent:
                    sentence = f"{self._stream.remote} closed the connection without a reply"
                    raise HttpeekError(Failure(EMPTY_REPLY, "receive", sentence))
                return
        self._listen_to_response(data)

    def _next_answer(self, behind: int) -> None:
        """Begins to read the next answer, of which `behind` octets have arrived."""
        self._answering = True
        self._answered = ClientConnection(self._plan.size, self._plan.strict, self._received - behind)
        head = self._requests.pop(0) if self._requests else _UNREADABLE
        try:
            self._answered.send(RequestStarted(head))
        except HttpeekError:
            self._answered.send(RequestStarted(_UNREADABLE))

    def _listen_to_response(self, data: bytes) -> None:
        """Reads what arrived as answers, one request after the other; what is behind an answer begins the next."""
        while True:
            behind = b""
            for fact in self._answered.receive(data):
                if isinstance(fact, Failed):
                    raise HttpeekError(fact.failure)
                if isinstance(fact, Violation) and fact.id == "bytes-after-end" and self._requests:
                    behind = data[len(data) - (self._received - fact.offset) :]
                else:
                    self._emit(fact)
            if not self._answered.complete or self._answered.upgraded:
                return
            self._answering = False
            self._unread = False
            if not behind:
                return
            self._run.tell(Ended(), self.exchange, self._connection)
            self.exchange = self._run.next_exchange(self._plan.size)
            self._run.tell(Planned(self._plan), self.exchange, self._connection)
            data = behind
            self._next_answer(len(behind))

    def close(self) -> None:
        """Closes the connection."""
        self._stream.close()
        if not self._peer_ended:
            self._emit(Closed("us", "fin"))
