"""The teaching mode's lines (`--steps`): each system call with its arguments and its result, as it was made.

    4711 connect(5, 127.0.0.1:8080) = EINPROGRESS: the handshake is under way, poll waits for it

One line a call, on stderr, beside any view and before what the view makes of it. Before the colon stands what the call
said; behind it, where there is something to learn, what that means.

Rules: of octets that were sent or received the first line is quoted, cut after 60 octets and with what drives a
terminal escaped. It is taken from the `Bytes` events that follow, so that in a masked run it has masks. A step comes
while its call is still on the stack, where a screen that fails would pass for a connection that does: its error waits
for the next fact.
"""

from __future__ import annotations

import errno
import os

from httpeek.model.codes import HttpeekError
from httpeek.model.events import Bytes, Connected, Masked, Moved, Planned, Step
from httpeek.render.terminal import quoted, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

_QUOTED = 60
"""Octets of a first line that are shown at most: what comes before and behind it still fits a wide terminal."""

_SENDS = ("send", "SSL_write")
_RECEIVES = ("recv", "SSL_read")

_MEANS = {
    ("getaddrinfo", "EAI_NONAME"): "no such name",
    ("getpeername", "ENOTCONN"): "nobody at the other end yet",
    ("ioctl", "0"): "no call waits from now on",
    ("bind", "0"): "this end is chosen by us",
    ("connect", "0"): "connected at once",
    ("connect", "EINPROGRESS"): "the handshake is under way, poll waits for it",
    ("connect", "EAGAIN"): "its queue of connections is full",
    ("getsockopt", "0"): "connected",
    ("send", "EAGAIN"): "the kernel's buffer is full",
    ("recv", "EAGAIN"): "nothing there now",
    ("recv", "0"): "the peer has ended its half",
    ("shutdown", "0"): "our half is ended, receiving goes on",
    ("SSL_read", "UNEXPECTED_EOF_WHILE_READING"): "the peer closed without close_notify",
    ("SSL_read", "0"): "the peer said close_notify",
    ("SSL_read", "SSL_ERROR_WANT_READ"): "nothing there now",
    ("SSL_shutdown", "1"): "both sides said close_notify",
    ("SSL_shutdown", "SSL_ERROR_WANT_READ"): "our close_notify is sent, the peer's has not come",
}
"""What a result of a call means, where it does not explain itself."""

_ERRORS = {
    "ECONNREFUSED": "nothing listens there",
    "ECONNRESET": "the peer has reset the connection",
    "EPIPE": "the peer takes no more",
}
"""What an errno means that any call may give. For others there is the system's own word."""


class _Waiting:
    """A step whose line is not printed yet: the octets that it moved are still to come."""

    def __init__(self, step: Step, connection: int | None, about: str) -> None:
        self.step = step
        self.connection = connection
        self.about = about
        self.line = bytearray()
        self.kept = True  # False for octets that a record does not hold
        self.over = not step.octets

    def take(self, fact: Bytes | Masked | Moved) -> None:
        """Octets of the connection, if they are those of this step. A mask is shown where it begins."""
        step = self.step
        begin, end = fact.offset - step.offset, step.octets
        octets = len(fact.data) if isinstance(fact, Bytes) else fact.octets
        if begin >= end or begin + octets <= 0:
            return
        if isinstance(fact, Bytes):
            self.line += fact.data[max(0, -begin) : end - begin][: _QUOTED + 1]
        elif isinstance(fact, Masked) and begin >= 0:
            self.line += fact.text.encode()
        elif isinstance(fact, Moved):
            self.kept = bool(self.line)
        self.over = begin + octets >= end or len(self.line) > _QUOTED or b"\n" in self.line

    def text(self) -> str:
        """The line, without what it means."""
        step = self.step
        arguments, result = step.arguments, step.result
        if step.call in _SENDS and result.isdigit():
            arguments, result = step.arguments[:1], f"{result} of {step.arguments[-1]} bytes"
        elif step.call == "getsockname" and result == "unix:":
            result = "no name"
        elif step.call in _RECEIVES and step.octets:
            result = f"{result} bytes"
        text = f"{step.pid} {step.call}({', '.join(arguments)})"
        if result:
            text += f" = {result}"
        text = visible_line(text)
        if not self.kept:
            return text + ", not kept in the record"
        if self.line:
            text += ", " + quoted(bytes(self.line).partition(b"\n")[0].removesuffix(b"\r"), _QUOTED)
        return text


class Steps:
    """The sink."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants: frozenset[str] = frozenset()
        self._screen = screen
        self._quiet = options.quiet
        self._waiting: list[_Waiting] = []
        self._nameless: set[tuple[int | None, str]] = set()  # sockets that the kernel has given no port yet
        self._again: set[int | None] = set()  # connections that carry another exchange, before its first send
        self._recorded = True
        self._shown = False
        self._failure: HttpeekError | None = None

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        kind = type(fact)
        if kind is Step:
            assert isinstance(fact, Step)
            self._step(event.connection, fact)
            return
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._waiting:
            self._octets(event.connection, fact)
        if kind is Planned:
            assert isinstance(fact, Planned)
            self._recorded = fact.plan.steps
        elif kind is Connected:
            assert isinstance(fact, Connected)
            if fact.reused:
                self._again.add(event.connection)

    def finish(self) -> None:
        """Prints what waits. Raises HttpeekError when the screen failed during the last calls."""
        self._print(everything=True)
        if not self._recorded and not self._shown and not self._quiet:
            self._screen.note("there are no steps to show: the request was made without --steps")
        if self._failure is not None:
            raise self._failure

    def _step(self, connection: int | None, step: Step) -> None:
        self._shown = True
        self._waiting.append(_Waiting(step, connection, self._meaning(connection, step)))
        try:
            self._print()
        except HttpeekError as error:
            self._failure = error

    def _octets(self, connection: int | None, fact: object) -> None:
        """Gives octets to the steps that moved them. Any other fact ends the waiting: there are none to come."""
        if not isinstance(fact, Bytes | Masked | Moved):
            self._print(everything=True)
            return
        for waiting in self._waiting:
            if waiting.connection == connection and waiting.step.direction == fact.direction:
                waiting.take(fact)
        self._print()

    def _print(self, everything: bool = False) -> None:
        """Prints the lines that are whole, in the order of their calls."""
        while self._waiting and (everything or self._waiting[0].over):
            waiting = self._waiting.pop(0)
            if self._quiet >= 2:
                continue
            if waiting.step.left_out:
                self._screen.err(f"{waiting.step.pid} ({waiting.step.left_out} more, not kept in the record)")
            about = f": {waiting.about}" if waiting.about else ""
            self._screen.err(waiting.text() + about)

    def _meaning(self, connection: int | None, step: Step) -> str:
        """What is behind the colon."""
        call, result = step.call, step.result
        if call == "getsockname":
            return self._name(connection, step)
        if call in _SENDS and step.octets and connection in self._again:
            self._again.discard(connection)
            return "the same connection again"
        if (call, result) in _MEANS:
            return _MEANS[call, result]
        if call == "TLS handshake" and result.startswith("TLS"):
            return "OpenSSL sent and received on this socket"
        if call == "getaddrinfo" and step.arguments[-1] == "AI_NUMERICHOST":
            return "an address already, no resolver is asked"
        if result in _ERRORS:
            return _ERRORS[result]
        number = getattr(errno, result, None) if result.startswith("E") and result.isupper() else None
        return os.strerror(number).lower() if isinstance(number, int) else ""

    def _name(self, connection: int | None, step: Step) -> str:
        """What a socket's own name tells, before connect and after it."""
        key = (connection, step.arguments[0])
        if step.result == "unix:":
            return "the client's end of a unix socket needs none"
        if step.result.endswith(":0"):
            self._nameless.add(key)
            return "no local address yet"
        if key in self._nameless:
            self._nameless.discard(key)
            return "the kernel chose the port"
        return ""
