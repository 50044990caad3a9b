"""A conversation: one request going out and its response coming in, at once, on a connection.

It names no HTTP version: it drives a codec connection (`send`, `receive`) over a stream through one pump. Rules:
- Reading and writing go on at the same time until the response is complete: an early 413 or 401 is seen while the
  content is still sent, and a broken pipe never hides an answer that has arrived.
- Content waits for 100 Continue where the request says so, for a bounded time; after a final answer it is not sent.
- A record finds content in the octets before it, so what is sent is told as octets first, then as content.
"""

from __future__ import annotations

from httpeek.client.complete import expects_continue
from httpeek.model.codes import (
    CUT_SHORT,
    EMPTY_REPLY,
    STDOUT_CLOSED,
    TLS_FAILED,
    WRITE_FAILED,
    Failure,
    HttpeekError,
)
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    Closed,
    Completed,
    Content,
    Failed,
    Framed,
    Moved,
    Note,
    RequestStarted,
    ResponseStarted,
)
from httpeek.model.message import RequestHead, Span, first
from httpeek.net.stream import READABLE, SECOND, WRITABLE, Deadline, Pump, seconds, soonest, timed_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from httpeek.client.source import Source
    from httpeek.codec.http1.client import ClientConnection
    from httpeek.model.events import Fact
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan
    from httpeek.net.stream import Stream

    Emit: TypeAlias = Callable[[Fact], None]


_TLS_ALERT = b"\x15\x03"
"""A record of type alert, of any TLS version (RFC 8446 section 5.1)."""
_READ_FIRST = 1024 * 1024
"""Octets of content that are read before the kernel may move the rest: a record keeps as many."""


class Connection:
    """An open connection with its codec, kept between exchanges."""

    def __init__(self, number: int, stream: Stream, codec: ClientConnection) -> None:
        self.number = number
        self.stream = stream
        self.codec = codec
        self.fd = stream.fileno()
        self.pump = Pump(stream)
        self.exchanges = 0
        self.sent = 0


class _NoSource:
    """The source of a request without content; see `Source`."""

    done = at_hand = True
    waits = False
    sent = left = 0
    fd = -1

    def moved(self, count: int) -> None:
        pass

    def read(self) -> bytes:
        return b""

    def close(self) -> None:
        pass


def _source(plan: Plan) -> Source | _NoSource:
    if plan.body is None:
        return _NoSource()
    from httpeek.client.source import Source

    return Source(plan.body)


class Conversation:
    """The request going out and the response coming in, at once."""

    def __init__(
        self,
        plan: Plan,
        connection: Connection,
        emit: Emit,
        total: Deadline,
        moves: bool = False,
        place: Callable[[], int] | None = None,
    ) -> None:
        """`moves` allows that the kernel moves content from a file: nobody wants to see it. `place` gives the
        descriptor of a file that content may be moved into, or -1."""
        self.connection = connection
        self.response: ResponseHead | None = None
        self.ended = False  # the peer closed, or the connection broke
        self.heard = False  # an octet of the response came
        self._plan = plan
        self._emit = emit
        self._stream = connection.stream
        self._codec = connection.codec
        self._pump = connection.pump
        self._total = total
        self._idle = plan.time.idle
        self._silence = Deadline(self._idle)
        self._notice = Deadline(plan.time.notice)
        self._source = _source(plan)
        self._holding: Deadline | None = None  # content waits for 100 Continue until then
        self._queue: list[bytes] = []
        self._view: memoryview | None = None  # the part of the first of the queue that is not sent yet
        self._telling: list[tuple[int, Content | Completed]] = []  # told once as many octets are sent
        self._sending = True  # False once the rest of the request is given up
        self._send_error: HttpeekError | None = None
        self._framed: Framed | None = None
        self._send_file = getattr(connection.stream, "send_file", None) if moves else None
        self._alerted = False  # what came begins as a TLS alert does
        self._place = place if hasattr(connection.stream, "receive_file") else None
        self._flowing = False  # the last receive found octets

    @property
    def unsent(self) -> bool:
        """True when octets of the request were not sent: the connection cannot carry another one."""
        return not self._sending or bool(self._queue) or not self._source.done

    def go(self) -> None:
        """Runs until the response is complete. Raises HttpeekError for every way in which it is not."""
        try:
            self._begin()
            while not self._codec.complete:
                self._turn()
            self._look_behind()
        except HttpeekError as error:
            if error.code in (STDOUT_CLOSED, WRITE_FAILED):
                self.connection.stream.close()
            raise
        finally:
            self._source.close()

    def rehearse(self) -> None:
        """Sends the request and no more, over a stream that goes nowhere. Raises HttpeekError for content that cannot
        be read."""
        self.ended = True  # there is nothing that could be closed
        try:
            self._begin()
            self._holding = None  # nobody would say 100 Continue
            while self._queue or not self._source.done:
                if self._source.waits and not self._queue:
                    self._pump.wait(0, self._total.left(), self._source.fd)
                    if self._total.passed():
                        self._check_time()
                if not self._queue:
                    self._fill()
                self._send()
        finally:
            self._source.close()

    def _begin(self) -> None:
        plan = self._plan
        head = RequestHead(
            plan.method.encode("latin-1"),
            plan.target.path.encode("latin-1"),
            b"HTTP/" + plan.version.encode("ascii"),
            plan.fields,
            None,
        )
        octets = self._codec.send(RequestStarted(head))
        span = Span(self.connection.sent, len(octets))
        self._emit(RequestStarted(RequestHead(head.method, head.target, head.version, head.fields, span)))
        if self._codec.framed is not None:
            self._emit(self._codec.framed)
        self._queue.append(octets)
        if self._source.done:
            self._finish_request()
        elif expects_continue(plan.fields):
            self._holding = Deadline(plan.time.expect)
        elif self._source.at_hand:
            # A head and a body that is there already leave in one segment where they fit.
            self._fill()
            if len(self._queue) == 2 and len(self._queue[1]) <= 16_384:
                self._queue = [self._queue[0] + self._queue[1]]
        self._send()

    def _turn(self) -> None:
        if self._flowing and not self._queue and self._source.done:
            # Octets keep coming and nothing is to be sent: waiting before each receive would only cost.
            self._flowing = self._receive()
            if self._total.passed():
                self._check_time()
            return
        wanted = READABLE
        second = -1
        moving = False
        if self._queue:
            wanted |= WRITABLE
        elif self._holding is None and not self._source.done and self._sending:
            moving = self._can_move()
            if moving:
                wanted |= WRITABLE
            elif not self._source.waits:
                self._fill()
                return
            else:
                second = self._source.fd
        holding = self._holding.left() if self._holding else None
        timeout = soonest(self._silence.left(), self._total.left(), holding, self._notice.left())
        ready = self._pump.wait(wanted, timeout, second)
        if ready & READABLE:
            self._flowing = self._receive()
        if ready & WRITABLE and self._queue:
            self._send()
        if ready & WRITABLE and moving and self._sending:
            self._move()
        if ready & SECOND and self._sending:
            self._fill()
        if not ready or self._total.passed():
            self._check_time()

    def _receive(self) -> bool:
        """Takes what has arrived; False when nothing had."""
        if self._place is not None and self._framed is not None:
            moved = self._receive_moved(self._place())
            if moved >= 0:
                return moved > 0
        try:
            data = self._stream.receive()
        except HttpeekError as error:
            raise self._broken_off(error) from None
        if data is None:
            return False
        if data:
            if not self.heard and data[:2] == _TLS_ALERT:
                self._alerted = True
            self.heard = True
            self._notice = Deadline(None)
            self._emit(Bytes(IN, self._codec.received, data))
        else:
            self._peer_closed()
        emit = self._emit
        for fact in self._codec.receive(data):
            kind = type(fact)
            if kind is Failed:
                raise self._explained(fact.failure)  # type: ignore[union-attr]  # `kind` is its type
            emit(fact)
            if kind is ResponseStarted:
                self._answered(fact.head)  # type: ignore[union-attr, arg-type]  # as above
            elif kind is Framed:
                self._framed = fact  # type: ignore[assignment]  # as above
        # Behind the sinks: one that takes its time (--limit-rate) is no silence of the peer.
        self._silence = Deadline(self._idle)
        return True

    def _broken_off(self, error: HttpeekError) -> HttpeekError:
        """The error for a stream that nothing more can be received from."""
        self.ended = True
        self._emit(Closed("peer", "reset"))
        if error.code == TLS_FAILED:
            return error  # the handshake is refused after all; that is why nothing could be sent either
        if self._send_error is not None and not self.heard:
            return self._send_error
        where = self._codec.position()
        hint = self._hint() if not self.heard else ""
        return HttpeekError(error.failure._replace(sentence=f"{error.failure.sentence}, {where}{hint}"))

    def _receive_moved(self, descriptor: int) -> int:
        """Has the kernel move content into a file: how many octets, 0 when none have arrived, -1 where they have to be
        received: somebody wants them, or the stream ended."""
        left = self._codec.movable if descriptor >= 0 else 0
        if not left:
            return -1
        try:
            taken: int = self._stream.receive_file(descriptor, left)  # type: ignore[attr-defined]  # looked for at first
        except HttpeekError as error:
            raise error if error.code == WRITE_FAILED else self._broken_off(error) from None
        if taken > 0:
            self._emit(Moved(IN, self._codec.received, taken))
            for fact in self._codec.moved(taken):
                self._emit(fact)
            self._silence = Deadline(self._idle)
        return taken

    def _peer_closed(self) -> None:
        self.ended = True
        clean = getattr(self._stream, "close_notify", None)
        self._emit(Closed("peer", "tls" if clean else "fin"))
        if clean is False and self._framed is not None and self._framed.framing == "close":
            # RFC 9112 section 9.8: without a closure alert a body until close is incomplete.
            sentence = f"body cut short: the peer closed without close_notify, {self._codec.position()}"
            raise HttpeekError(Failure(CUT_SHORT, "tls", sentence))

    def _explained(self, failure: Failure) -> HttpeekError:
        """A failure of the codec, in the light of what happened on the stream."""
        if failure.code == EMPTY_REPLY:
            if self._send_error is not None:
                return self._send_error
            sentence = f"{self._stream.remote} closed the connection without a reply"
            if self._plan.target.port % 1000 == 443:
                sentence += self._hint()
            return HttpeekError(failure._replace(sentence=sentence))
        if self._alerted:
            sentence = f"{self._stream.remote} answered with a TLS alert, not with HTTP: it speaks TLS; try https:"
            return HttpeekError(failure._replace(sentence=sentence))
        return HttpeekError(failure)

    def _hint(self) -> str:
        """What a server that waits for TLS does to a request in the clear: it resets, or closes, and says nothing."""
        clear = self._plan.target.scheme == "http" and not self._plan.target.unix and not self.connection.exchanges
        return "; if it speaks TLS, try https:" if clear else ""

    def _answered(self, head: ResponseHead) -> None:
        """A head came: what it means for what is still to be sent."""
        if head.status == 100:
            self._holding = None
        if head.interim:
            return
        self.response = head
        media_type = first(head.fields, b"content-type").partition(b";")[0].strip().lower()
        if media_type == b"text/event-stream" and not self._plan.time.idle_for_streams:
            self._idle = None
            self._silence = Deadline(None)
        if self._source.done or not self._sending:
            return
        if self._holding is not None:
            self._stop_sending("the content was not sent: the answer came before 100 Continue")
        elif head.status >= 300:
            self._stop_sending(f"{self._source.sent} octets of content were sent when the answer came")

    def _stop_sending(self, why: str) -> None:
        self._give_up_sending()
        self._emit(Note(why))

    def _give_up_sending(self) -> None:
        self._sending = False
        self._holding = None
        self._queue.clear()
        self._view = None
        for _, fact in self._telling[:1]:
            if isinstance(fact, Content) and fact.offset < self.connection.sent:
                self._emit(fact._replace(data=fact.data[: self.connection.sent - fact.offset]))
        self._telling.clear()
        self._source.close()

    def _fill(self) -> None:
        """Puts the next piece of content into the queue."""
        piece = self._source.read()
        if piece is None:
            return
        if piece:
            offset = self.connection.sent + sum(map(len, self._queue))
            octets = self._codec.send(Content(OUT, offset, piece))
            # In chunks the content begins behind the line with the size.
            start = offset + (0 if len(octets) == len(piece) else octets.find(b"\n") + 1)
            self._telling.append((start + len(piece), Content(OUT, start, piece)))
            self._queue.append(octets)
        if self._source.done:
            self._finish_request()

    def _can_move(self) -> bool:
        """True where the rest of a file may be moved by the kernel: what a record keeps of it was read before."""
        framed = self._codec.framed
        by_length = framed is not None and framed.framing == "length"
        return self._send_file is not None and by_length and self._source.sent >= _READ_FIRST and self._source.left > 0

    def _move(self) -> None:
        """Has the kernel move the next piece of a file (sendfile(2))."""
        assert self._send_file is not None
        try:
            taken = self._send_file(self._source.fd, self._source.left)
        except HttpeekError as error:
            self._broken(error)
            return
        if taken < 0:
            self._send_file = None  # not from this file: it is read from here on
            return
        if not taken:
            return
        fact = Moved(OUT, self.connection.sent, taken)
        self._codec.send(fact)
        self._silence = Deadline(self._idle)
        self._emit(fact)
        self.connection.sent += taken
        self._source.moved(taken)
        if self._source.done:
            self._finish_request()
            self._send()
            self._tell_sent()

    def _broken(self, error: HttpeekError) -> None:
        """Nothing more can be sent. The answer may have arrived before the connection broke: go on reading."""
        self._send_error = error
        self._give_up_sending()

    def _tell_sent(self) -> None:
        while self._telling and self._telling[0][0] <= self.connection.sent:
            self._emit(self._telling.pop(0)[1])

    def _finish_request(self) -> None:
        completed = Completed(OUT, self._source.sent)
        octets = self._codec.send(completed)
        if octets:
            self._queue.append(octets)
        end = self.connection.sent + sum(map(len, self._queue))
        self._telling.append((end, completed))

    def _send(self) -> None:
        while self._queue:
            first_octets = self._queue[0]
            view = self._view
            try:
                taken = self._stream.send(view if view is not None else first_octets)
            except HttpeekError as error:
                self._broken(error)
                return
            if taken == 0:
                return
            self._silence = Deadline(self._idle)
            whole = taken == len(view if view is not None else first_octets)
            sent = first_octets if whole and view is None else bytes((view or memoryview(first_octets))[:taken])
            self._emit(Bytes(OUT, self.connection.sent, sent))
            self.connection.sent += taken
            self._tell_sent()
            if whole:
                del self._queue[0]
                self._view = None
            else:
                self._view = (view or memoryview(first_octets))[taken:]

    def _look_behind(self) -> None:
        """After the response: octets that have arrived behind it are reported, and so is a close."""
        if self.ended or self._codec.upgraded:
            return
        try:
            data = self._stream.receive()
        except HttpeekError:
            self.ended = True
            self._emit(Closed("peer", "reset"))
            return
        if data:
            self._emit(Bytes(IN, self._codec.received, data))
            for fact in self._codec.receive(data):
                self._emit(fact)
        elif data is not None:
            self.ended = True
            self._emit(Closed("peer", "tls" if getattr(self._stream, "close_notify", False) else "fin"))

    def _check_time(self) -> None:
        """A wait ended with nothing ready: which limit was it?"""
        if self._holding is not None and self._holding.passed():
            limit = seconds(self._holding.seconds or 0)
            self._holding = None
            self._emit(Note(f"no 100 Continue within {limit} (--expect-timeout): sending the content"))
        if self._notice.passed():
            limit = seconds(self._notice.seconds or 0)
            self._notice = Deadline(None)
            self._emit(
                Note(f"{self._stream.remote} has been silent for {limit}, {self._codec.position()}; still waiting")
            )
        where = self._codec.position()
        if self._total.passed():
            raise timed_out(f"the exchange took longer than {seconds(self._total.seconds or 0)} (--max-time), {where}")
        if self._silence.passed():
            limit = seconds(self._silence.seconds or 0)
            raise timed_out(f"{self._stream.remote} was silent for {limit} (--timeout), {where}")
