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

import os
import select
import sys
import time

from httpeek.codec.http1.server import ServerConnection
from httpeek.model.codes import HttpeekError
from httpeek.model.events import Completed, Content, RequestStarted, Violation
from httpeek.model.violations import rule
from httpeek.net.stream import describe, sockets
from httpeek.server.faults import Handshake
from httpeek.server.gathered import GATHERED, PIECE, VAST, Gathered
from httpeek.server.input import Input
from httpeek.server.outgoing import Outgoing, ready
from httpeek.server.service import Gone
from httpeek.server.wsgi import ApplicationError, Gateway, environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Lock
    from typing import Any

    from httpeek.model.events import Fact
    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Fault
    from httpeek.server.service import Service
    from httpeek.server.tls import Secure
    from httpeek.server.wsgi import Environ

MORE, READY, CLOSE = range(3)
"""What `advance` and `answer` say: wait for the descriptor, a request is in hand, the connection is over."""
_LATE = "the {} of the request did not arrive in time"


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
            if not served.wait(select.POLLIN, served.deadline - time.monotonic()):
                served.expire()
                break
            state = served.advance()
        served.linger()
    except OSError:
        pass
    finally:
        served.close()


class Served:
    """A connection while it is served. `out` is its outgoing half, the `Wire` of its gateways.

    `deadline` is the monotonic moment at which waiting for the client ends (then `expire` is called); `requests`
    counts those begun; `unsent` is True while octets of an answer wait for the client to take them. `turn` is held
    while the application runs and left to others while it waits for content, where a loop has threads beside it.
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
        self.head: RequestHead | None = None
        self.requests = 0
        self.closed = False
        self.local = describe(local if local is not None else _name(sock.getsockname))
        self.remote = describe(remote if remote is not None else _name(sock.getpeername))
        self.deadline = time.monotonic() + service.patience.head
        self._base = self._environ_base()
        self._facts: list[Fact] = []
        self._content: Gathered | None = None
        self._body_ended = False
        self._vast = False  # too large to be gathered
        self._refusal: Violation | None = None
        self._broken = ""  # why no more content can be read
        self.turn: Lock | None = None
        self.lingering = False
        self.abandoned = False  # a fault asked for RST: no lingering
        self._ended = False  # the client sent its FIN
        self._gone = False  # the client went away in the middle of an answer
        self._answering: Iterator[None] | None = None  # what is left to do of the answer in hand
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
    def idle(self) -> bool:
        """True between requests: nothing is lost when the connection closes now."""
        return self.head is None and not self.out.unsent and not self.codec.waiting

    @property
    def streams(self) -> bool:
        """True when a request is in hand whose content could not be gathered: the application's reads wait for it."""
        return self.service.gather and not self._body_ended

    @property
    def clean(self) -> bool:
        """True when the client has nothing on its way that a close would answer with a reset."""
        whole = self._body_ended and not self.codec.waiting and not self.codec.refused
        return (whole or self._ended) and not self.lingering

    def hurry(self) -> None:
        """The server is about to end: an idle connection ends now, for its client and for whoever waits on it here,
        unless a request has just arrived; may be called from a signal handler."""
        if self.idle and not ready(self.fd, select.POLLIN, -1):
            try:
                self.socket.shutdown(sockets.SHUT_RDWR)
            except OSError:
                pass

    def wait(self, events: int, seconds: float) -> bool:
        """Waits for the descriptor; False when `seconds` have passed."""
        if self.turn is None:
            return ready(self.fd, events, seconds)
        self.turn.release()
        try:
            return ready(self.fd, events, seconds)
        finally:
            self.turn.acquire()

    def close(self) -> None:
        """Closes the socket, and what the request and its answer had open."""
        if self._answering is not None:
            self._abandon(self._answering)
        if self._content is not None:
            self._content.close()
            self._content = None
        if self.out.tape is not None and self.out.tape.request and self.service.shelf is not None:
            self.out.tape.end("fin")  # a request that was refused, or never whole
            self.service.shelf.keep(self.out.tape)
            self.out.tape = None
        self.socket.close()
        watch = self.service.watch
        if watch is not None and not self.closed:
            watch.closed(self.fd, self.local, self.remote, "last copy: FIN sent")
        self.closed = True

    # Reading

    def advance(self) -> int:
        """Takes what has arrived. READY: call `answer`. MORE: wait. CLOSE: the connection is over; the octets of a
        refusal may wait to be sent."""
        try:
            data = self.socket.recv(PIECE)
        except BlockingIOError:
            return MORE
        except OSError as error:
            if self.tls is not None:
                self._not_secured(error)
            return CLOSE
        if self.lingering:
            return MORE if data else CLOSE
        if self.out.tape is not None:
            self.out.tape.heard(data)
        if data and self.idle:
            self.out.arrived = time.monotonic()
            self.deadline = self.out.arrived + self.service.patience.head
        self._ended = not data
        facts = self.codec.receive(data)
        return self._take(facts, not data)

    def _take(self, facts: list[Fact], ended: bool) -> int:
        if self._facts:
            facts = self._facts + facts
        for index, fact in enumerate(facts):
            if isinstance(fact, RequestStarted):
                self.head = fact.head
                self._body_ended = False
                framed = self.codec.framed
                self._vast = framed is not None and (framed.length or 0) > VAST
            elif isinstance(fact, Completed):
                self._body_ended = True
            elif isinstance(fact, Content):
                if not self.service.gather or self._vast:
                    self._facts = facts[index:]
                    return READY
                if self._content is None:
                    self._content = Gathered()
                self._content.add(fact.data)
                self._vast = self._content.size > VAST
                self.deadline = time.monotonic() + self.service.patience.body
            elif isinstance(fact, Violation) and fact.fatal:
                self._refuse(fact)
                return CLOSE
        self._facts = []
        if self.head is None:
            return CLOSE if ended else MORE
        if self._body_ended or not self.service.gather or self.codec.needs_continue or self._vast:
            return READY
        return CLOSE if ended else MORE

    def _pull(self) -> bytes:
        """The next content of the request, b"" at its end (see `Input`). Raises Gone."""
        if self._content is not None:
            data = self._content.read()
            if data or self._body_ended:
                return data
        if self._broken:
            raise Gone(self._broken)
        while True:
            while self._facts:
                fact = self._facts.pop(0)
                if isinstance(fact, Content):
                    return fact.data
                if isinstance(fact, Completed):
                    self._body_ended = True
                elif isinstance(fact, Violation) and fact.fatal:
                    self._refusal = fact
                    raise self._break("the content of the request is broken")
            if self._body_ended:
                return b""
            if self.codec.needs_continue:
                self.out.interim(100, b"Continue", [])
            # A client may be taking the answer while it sends: who waits for one only would wait for ever.
            events = select.POLLIN | select.POLLOUT if self.out.unsent else select.POLLIN
            if not self.wait(events, self.service.patience.body):
                raise self._break(_LATE.format("content"))
            if self.out.unsent:
                self.out.flush()
            try:
                data = self.socket.recv(PIECE)
            except BlockingIOError:
                continue
            except OSError:
                raise self._break("the client went away") from None
            if self.out.tape is not None:
                self.out.tape.heard(data)
            self._facts += self.codec.receive(data)
            if not data and not self._facts:
                raise self._break("the client went away")

    def _break(self, why: str) -> Gone:
        """Content is missing, now and at each further read, and no request can follow."""
        self._broken = why
        self.codec.keep_alive = False
        return Gone(why)

    def _begin_tape(self, ahead: tuple[int, bytes] | None = None) -> None:
        from httpeek.server.tape import Tape

        self.out.tape = Tape(self.local, self.remote, self.fd, self.requests, ahead)

    def _end_tape(self, kept: bool) -> None:
        """The exchange is over: its tape goes on the shelf, and what arrived behind its request on the next tape."""
        tape, shelf = self.out.tape, self.service.shelf
        if tape is None or shelf is None:
            return
        ahead = tape.cut(self.codec.received - self.codec.read)
        open_ = self.lingering or self._gone
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
                self._misbehave(row, head)
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
        if self._content is not None:
            self._content.close()
            self._content = None
        kept = codec.keep_alive and (self._body_ended or self._skip_content())
        self._end_tape(kept)
        if not codec.keep_alive:
            self._flush()
        if not kept:
            return CLOSE
        self._flush()
        self.head = None
        self.out.arrived = time.monotonic()
        self.deadline = self.out.arrived + service.patience.idle
        return self._take(codec.next(), False)

    def _flush(self) -> None:
        """Sends what waits; where a loop waits for clients, as far as this one takes it now."""
        if self.service.loop:
            self.out.flush()
        else:
            self.out.drain()

    def _misbehave(self, row: Fault, head: RequestHead) -> None:
        """Answers with a fault of the catalogue, at the stream."""
        from httpeek.server.faults.perform import perform

        given = self.tls.fault if self.tls is not None else None
        try:
            if row.handshake is not None and row is not given and (self.tls is None or row.handshake != Handshake()):
                from httpeek.server.faults.aside import aside

                aside(row, self, head)
                self.codec.keep_alive = False
            elif not perform(row.script(head), self):
                self.codec.keep_alive = False
        except (OSError, HttpeekError) as error:
            self.service.log(f"the fault {row.name} could not be made: {error}")
            self.codec.keep_alive = False
            self._gone = True

    def _fault(self, head: RequestHead) -> Fault | None:
        """The fault for a request: chosen for it, or for its connection where that one is not in the handshake."""
        row = self.service.fault(head) if self.service.fault is not None else None
        if row is None and self.tls is not None and self.tls.fault is not None:
            return self.tls.fault if self.tls.fault.handshake == Handshake() else None
        return row

    def _not_secured(self, error: OSError) -> None:
        """The client did not get as far as HTTP: it speaks no TLS, or its handshake failed, or was to fail."""
        from httpeek.server.tls import Instead, NotTls, TlsFailed

        if isinstance(error, Instead):
            from httpeek.server.faults.perform import perform

            try:
                perform(error.steps, self)
            except OSError:
                pass
        elif isinstance(error, NotTls):
            self.service.log(f"refused {self.remote}: {error}")
            self.out.plain(400, "this port speaks TLS: write https://")
        elif isinstance(error, TlsFailed) and not self.lingering:
            self.service.log(f"no TLS with {self.remote}: {error}")

    def naked(self, octets: bytes) -> None:
        """Sends octets outside of TLS, for a fault. Raises OSError."""
        self.out.drain()
        if self.tls is not None:
            self.tls.raw(octets)
        else:
            self.put(octets)

    def cut(self) -> None:
        """Ends without close_notify, for a fault."""
        if self.tls is not None:
            self.tls.silence()

    def put(self, octets: bytes) -> None:
        """Sends octets as they are, for a fault. Raises Gone."""
        self.out.sent += len(octets)
        self.out.send(octets)
        self.out.drain()

    def hold(self) -> None:
        """Says nothing more: the connection stays open until the client closes it, or patience ends."""
        self.lingering = True
        self.codec.keep_alive = False
        self.deadline = time.monotonic() + self.service.patience.body

    def _call(self, head: RequestHead) -> Iterator[None]:
        """The call of the application, in steps: see `Gateway.run`."""
        gateway = Gateway(self.out, head.method)
        try:
            left = gateway.run(self.service.application, self._environ(head))
            if left is not None:
                yield from left
            self._tell_lengths(gateway)
        except Gone as error:
            self.codec.keep_alive = False
            started = self.out.status and not self.out.held
            if started:
                self._gone = True
            refusal = self._refusal or next((f for f in self._facts if isinstance(f, Violation) and f.fatal), None)
            if refusal is not None:
                self._refuse(refusal, answer=not started)
            elif not started and str(error) == _LATE.format("content"):
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

    def _skip_content(self) -> bool:
        """Reads what the application left of the content, so that the next request can be found; False where that
        would be long: 100 GB are not read to say goodbye."""
        left = GATHERED
        try:
            while left > 0:
                data = self._pull()
                if not data:
                    return True
                left -= len(data)
        except Gone:
            pass
        return False

    @property
    def host(self) -> str:
        """The local address without its port; empty for a unix socket."""
        return "" if self.local.startswith("unix:") else self.local.rpartition(":")[0].strip("[]")

    def _environ_base(self) -> Environ:
        host, _, port = ("", "", "") if self.local.startswith("unix:") else self.local.rpartition(":")
        peer, _, peer_port = ("", "", "") if self.remote.startswith("unix:") else self.remote.rpartition(":")
        return {
            # Neither may be empty (PEP 3333), though a unix socket has no port.
            "SERVER_NAME": host.strip("[]") or "localhost",
            "SERVER_PORT": port or ("443" if self.tls is not None else "80"),
            "REMOTE_ADDR": peer.strip("[]"),
            "REMOTE_PORT": peer_port,
            "wsgi.url_scheme": "https" if self.tls is not None else "http",
            **({"HTTPS": "on"} if self.tls is not None else {}),
            **self.service.facts,
        }

    def _environ(self, head: RequestHead) -> Environ:
        made = environ(head, Input(self._pull), self._base)
        made["httpeek.interim"] = self.out.interim
        made["httpeek.trailers"] = self.out.trailers
        made["httpeek.connection"] = self.describe
        if self.out.tape is not None and self.service.shelf is not None:
            made["httpeek.exchange"] = self.out.tape.id
            made["httpeek.requests"] = self.service.shelf.summaries
            made["httpeek.record"] = self.service.shelf.record
            made["httpeek.replay"] = self._replay
            made["httpeek.request_octets"] = self.out.tape.octets
        return made

    def _replay(self, octets: bytes, local: str, remote: str, of: str) -> str:
        from httpeek.server.replay import replay

        return replay(self.service, octets, local, remote, of)

    def describe(self) -> dict[str, Any]:
        """What is known of this connection, for `GET /socket`."""
        from httpeek.server.visible import tcp_info

        facts = self.service.facts
        return {
            "fd": self.fd,
            "local": self.local,
            "remote": self.remote,
            "requests": self.requests,
            "pid": os.getpid(),
            "ppid": os.getppid(),
            "model": facts.get("httpeek.model"),
            "worker": facts.get("httpeek.worker"),
            "tls": self.tls.facts if self.tls is not None else None,
            "tcp_info": tcp_info(self.socket),
        }

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
        self.out.head = self.head = self.head or self.codec.head
        if answer:
            self.out.plain(broken.server or 400, f"{text} ({broken.source}) [{violation.id}]")

    def expire(self) -> None:
        """The deadline passed: 408 for a request that had begun, nothing for an idle connection."""
        if not self.lingering and (self.head is not None or self.codec.waiting):
            self._expired("head" if self.head is None else "content")

    def _expired(self, what: str) -> None:
        late, text = rule("too-slow"), _LATE.format(what)
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
            if not self.wait(select.POLLIN, left) or self.advance() == CLOSE:
                return


def _name(call: Callable[[], object]) -> object:
    try:
        return call()
    except OSError:
        return ("", 0)


def _visible(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text)
