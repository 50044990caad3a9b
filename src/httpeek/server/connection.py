"""One connection, served: requests in, answers out, by the same codec as the client's.

Rules:
- What makes framing ambiguous is refused and the connection closed, and the refusal names the rule. A refusal reaches a
  client that is still sending (lingering close, RFC 9112 section 9.6).
- A truncated body never reaches the application as a complete one. 100 Continue is sent when the application first
  reads, and not before.
- The socket never blocks. A model either drives a connection from its event loop (`advance`, and `answer` when there
  is a request) or waits on it here (`serve`). Where the loop must not wait for content, `Service.gather` has it read
  before the application is called.
- An answer is made no faster than its client takes it: between two pieces `answer` gives the connection back to the
  loop, and goes on where it was when it is called again.
"""

from __future__ import annotations

import select
import sys
import time

from httpeek.codec.http1.server import ServerConnection
from httpeek.model.violations import rule
from httpeek.net.stream import describe, sockets
from httpeek.server.fields import ApplicationError
from httpeek.server.incoming import CLOSE, LATE, MORE, READY, Incoming
from httpeek.server.outgoing import Outgoing, ready
from httpeek.server.service import Gone
from httpeek.server.told import base, told
from httpeek.server.wsgi import Gateway

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpeek.model.events import Violation
    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Fault
    from httpeek.server.service import Service
    from httpeek.server.tls import Secure


def serve(served: Served) -> None:
    """Serves every request of a connection, waiting where it has to, and closes it. Raises nothing that a client can
    cause. (The models single and fork, and the embedded companion.)"""
    try:
        state = MORE
        while state != CLOSE:
            if state == READY:
                state = served.answer()
                continue
            if served.requests and served.idle and served.service.closing():
                break
            if not served.incoming.wait(select.POLLIN, served.deadline - time.monotonic()):
                served.expire()
                break
            state = served.advance()
        served.linger()
    except OSError:
        pass
    finally:
        served.close()


class Served:
    """A connection while it is served: its `incoming` half, and `out`, its outgoing one, the `Wire` of its gateways.

    `deadline` is the monotonic moment at which waiting for the client ends (then `expire` is called); `requests`
    counts those begun; `unsent` is True while octets of an answer wait for the client to take them.
    """

    def __init__(self, sock: sockets.socket, service: Service, remote: object = None, local: object = None) -> None:
        sock.setblocking(False)
        if service.steps is not None:
            sock = service.steps.traced(sock)
        self.tls = service.tls.wrap(sock) if service.tls is not None else None
        self.socket: sockets.socket | Secure = self.tls or sock
        self.fd = sock.fileno()
        self.service = service
        self.codec = ServerConnection(service.limits)
        self.out = Outgoing(self.socket, self.codec, service)
        self.incoming = Incoming(self.socket, self.codec, service, self.out)
        self.requests = 0
        self.closed = False
        self.local = describe(local if local is not None else _name(sock.getsockname))
        self.remote = describe(remote if remote is not None else _name(sock.getpeername))
        self.deadline = time.monotonic() + service.patience.head
        self._keys = base(self)
        self.lingering = False
        self.abandoned = False  # a fault asked for RST: no lingering
        self.gone = False  # the client went away in the middle of an answer
        self._answering: Iterator[None] | None = None  # what is left to do of the answer in hand
        self._drawn: tuple[RequestHead | None, Fault | None] = None, None
        if service.shelf is not None:
            self._begin_tape()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self.fd

    @property
    def unsent(self) -> bool:
        """See the class."""
        return self.out.unsent

    @property
    def head(self) -> RequestHead | None:
        """The request in hand."""
        return self.incoming.head

    @property
    def idle(self) -> bool:
        """True between requests: nothing is lost when the connection closes now."""
        return self.incoming.head is None and not self.out.unsent and not self.codec.waiting

    @property
    def clean(self) -> bool:
        """True when the client has nothing on its way that a close would answer with a reset."""
        whole = self.incoming.whole and not self.codec.waiting and not self.codec.refused
        return (whole or self.incoming.ended) and not self.lingering

    def hurry(self) -> None:
        """The server is about to end: an idle connection ends now, for its client and for whoever waits on it here,
        unless a request has just arrived; may be called from a signal handler."""
        if self.idle and not ready(self.fd, select.POLLIN, -1):
            try:
                self.socket.shutdown(sockets.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        """Closes the socket, and what the request and its answer had open."""
        if self._answering is not None:
            self._abandon(self._answering)
        self.incoming.close()
        if self.out.tape is not None and self.out.tape.request and self.service.shelf is not None:
            self.out.tape.end("fin")  # a request that was refused, or never whole
            self.service.shelf.keep(self.out.tape)
            self.out.tape = None
        self.socket.close()
        self._keys.clear()  # they lead back here: without them all of this goes at once, and no collector is needed
        watch = self.service.watch
        if watch is not None and not self.closed:
            watch.closed(self.fd, self.local, self.remote, "last copy: FIN sent")
        self.closed = True

    # Reading

    def advance(self) -> int:
        """Takes what has arrived. READY: call `answer`. MORE: wait. CLOSE: the connection is over; the octets of a
        refusal may wait to be sent."""
        try:
            data = self.incoming.receive()
        except BlockingIOError:
            return MORE
        except OSError as error:
            if self.tls is not None:
                from httpeek.server.faults.acting import not_secured

                not_secured(self, error)
            return CLOSE
        if self.lingering:
            return MORE if data else CLOSE
        if data and self.idle:
            self.out.arrived = time.monotonic()
            self.deadline = self.out.arrived + self.service.patience.head
        state = self.incoming.take(self.codec.receive(data))
        if self.incoming.gathering:
            self.deadline = time.monotonic() + self.service.patience.body
        return self._after(state)

    def _after(self, state: int) -> int:
        """The same state, once a request that is refused has its answer."""
        if state == CLOSE and self.incoming.refusal is not None:
            self._refuse(self.incoming.refusal)
        return state

    def _begin_tape(self, ahead: tuple[int, bytes] | None = None) -> None:
        from httpeek.server.tape import Tape

        self.out.tape = Tape(self.local, self.remote, self.fd, self.requests, ahead, self.out.tape)

    def _end_tape(self, kept: bool) -> None:
        """The exchange is over: its tape goes on the shelf, and what arrived behind its request on the next tape."""
        tape, shelf = self.out.tape, self.service.shelf
        if tape is None or shelf is None:
            return
        ahead = tape.cut(self.codec.received - self.codec.read)
        open_ = self.lingering or self.gone
        tape.end("reset" if self.abandoned else "" if open_ else "kept" if kept else "fin")
        shelf.keep(tape)
        self._begin_tape(ahead)

    # Answering

    def answer(self) -> int:
        """Calls the application for the request in hand and sends what it answers. READY: call it again, at once or,
        while `unsent`, when the client has taken that. MORE: wait for a request. CLOSE: it is over."""
        if self._answering is None:
            head = self.head
            assert head is not None
            self._begin_answer()
            row = self._fault(head)
            if row is None:
                self._answering = self._call(head)
            else:
                from httpeek.server.faults.acting import misbehave

                misbehave(row, self, head)
        if self._answering is not None:
            for _ in self._answering:
                if self.service.loop:
                    return READY
                self.out.drain()
            self._answering = None
        return self._end_answer()

    def _begin_answer(self) -> None:
        self.requests += 1
        self.out.begun = time.monotonic()
        self.out.head = self.head
        self.out.status = self.out.sent = 0
        codec, service = self.codec, self.service
        if service.closing() or (service.most and self.requests >= service.most):
            codec.keep_alive = False
        if self.out.tape is not None and service.shelf is not None:
            service.shelf.begin(self.out.tape)

    def _end_answer(self) -> int:
        codec, service = self.codec, self.service
        if service.access is not None:
            service.access(self, self.out.status, self.out.sent, time.monotonic() - self.out.begun)
        self.incoming.close()
        kept = codec.keep_alive and (self.incoming.whole or self.incoming.skip())
        if self.out.tape is not None:
            self._end_tape(kept)
        if self.out.unsent and (kept or not codec.keep_alive):
            self._flush()
        if not kept:
            return CLOSE
        self.out.arrived = time.monotonic()
        self.deadline = self.out.arrived + service.patience.idle
        return self._after(self.incoming.next())

    def _flush(self) -> None:
        """Sends what waits; where a loop waits for clients, as far as this one takes it now."""
        if self.service.loop:
            self.out.flush()
        else:
            self.out.drain()

    @property
    def waits(self) -> bool:
        """True when the request in hand would have a loop wait that calls the application itself: for content that
        could not be gathered, or in a fault, which pauses as its script says."""
        return self.incoming.streams or self.misbehaves

    @property
    def misbehaves(self) -> bool:
        """True when the request in hand is to be answered by a fault, where a loop calls the application itself."""
        return self.service.gather and self.head is not None and self._fault(self.head) is not None

    def _fault(self, head: RequestHead) -> Fault | None:
        """The fault for a request, drawn once: asked again, chance would say something else."""
        if self._drawn[0] is not head:
            self._drawn = head, self._draw(head)
        return self._drawn[1]

    def _draw(self, head: RequestHead) -> Fault | None:
        """The fault chosen for a request, or for its connection where that one is not in the handshake."""
        row = self.service.fault(head) if self.service.fault is not None else None
        if row is None and self.tls is not None and self.tls.fault is not None:
            return self.tls.fault if self.tls.fault.inside else None
        return row

    def _call(self, head: RequestHead) -> Iterator[None]:
        """The call of the application, in steps: see `Gateway.run`."""
        gateway = Gateway(self.out, head.method)
        try:
            left = gateway.run(self.service.application, told(self, head, self._keys))
            if left is not None:
                yield from left
            self._tell_lengths(gateway)
        except Gone as error:
            self.codec.keep_alive = False
            started = self.out.status and not self.out.held
            if started:
                self.gone = True
            refusal = self.incoming.broken()
            if refusal is not None:
                self._refuse(refusal, answer=not started)
            elif not started and str(error) == LATE.format("content"):
                self._expired("content")
        except ApplicationError as error:
            self._application_failed(gateway, str(error))
        except GeneratorExit:
            raise  # see `_abandon`
        except BaseException as error:  # an application that calls sys.exit() ends its request, not the server
            self._log_traceback()
            self._application_failed(gateway, f"{type(error).__name__} in the application")

    def _abandon(self, answering: Iterator[None]) -> None:
        """Nobody takes the rest of an answer: the application's `close` is called (PEP 3333)."""
        self._answering = None
        try:
            answering.close()  # type: ignore[attr-defined]  # it is a generator
        except BaseException:
            self._log_traceback()

    def _tell_lengths(self, gateway: Gateway) -> None:
        if gateway.surplus:
            self.service.log(
                f"the application gave {gateway.surplus} or more octets beyond its Content-Length: they were cut"
            )
        if gateway.missing:
            self.codec.keep_alive = False
            self.service.log(f"the application gave {gateway.missing} octets less than its Content-Length: closing")

    def _application_failed(self, gateway: Gateway, why: str) -> None:
        self.service.log(why)
        self.codec.keep_alive = False
        if not gateway.started or self.out.held:
            self.out.plain(500, "the application failed; the server's log says why")

    def _log_traceback(self) -> None:
        import traceback

        self.service.log("".join(traceback.format_exception(*sys.exc_info())).rstrip())

    # Refusing and ending

    def _refuse(self, violation: Violation, answer: bool = True) -> None:
        broken = rule(violation.id)
        text = f"byte {violation.offset}: {_visible(violation.detail or broken.sentence)}"
        self.service.log(f"refused {self.remote}: {text} [{violation.id}]")
        self.out.head = self.incoming.head = self.head or self.codec.head
        if answer:
            self.out.plain(broken.server or 400, f"{text} ({broken.source}) [{violation.id}]")

    def expire(self) -> None:
        """The deadline passed: 408 for a request that had begun, nothing for an idle connection."""
        if not self.lingering and (self.head is not None or self.codec.waiting):
            self._expired("head" if self.head is None else "content")

    def _expired(self, what: str) -> None:
        late, text = rule("too-slow"), LATE.format(what)
        self.service.log(f"refused {self.remote}: {text} [{late.id}]")
        self.out.head = self.head
        self.out.plain(late.server, f"{text} ({late.source}) [{late.id}]")

    def half_close(self) -> bool:
        """Ends our half and starts to linger: what still arrives is dropped for a short while, so that a reset does
        not take the answer away from a client that is still sending. False when there is nobody to linger for."""
        self.lingering = True
        self.deadline = time.monotonic() + self.service.patience.linger
        try:
            self.socket.shutdown(sockets.SHUT_WR)
        except OSError:
            return False
        return True

    def linger(self) -> None:
        """Lingers here, waiting (see `half_close`)."""
        if self.abandoned:
            return
        self.out.drain()
        if self.clean or (not self.lingering and not self.half_close()):
            return
        while (left := self.deadline - time.monotonic()) > 0:
            if not self.incoming.wait(select.POLLIN, left) or self.advance() == CLOSE:
                return


def _name(call: Callable[[], object]) -> object:
    try:
        return call()
    except OSError:
        return ("", 0)


def _visible(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text)
