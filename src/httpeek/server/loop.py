"""The event loop under the models threads and prefork: many connections, one thread, nothing that blocks.

It accepts, reads until there is a request, and calls the application (or hands the connection to `hand_over`, which
calls it elsewhere and gives it back by `give_back`). Connections that wait for a client are only descriptors here: slow
heads, stalled bodies and idle connections cost a little memory and delay nobody.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque

from httpeek.server.connection import Served
from httpeek.server.descriptors import REST, Shortage
from httpeek.server.incoming import CLOSE, MORE, READY
from httpeek.server.listen import accept
from httpeek.server.signals import FRESH, shortly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from httpeek.net.stream import sockets
    from httpeek.server.beside import Beside
    from httpeek.server.service import Service

    class Poller(Protocol):
        """What epoll and poll have in common."""

        def register(self, fd: int, eventmask: int, /) -> None:
            """Watches a descriptor."""

        def modify(self, fd: int, eventmask: int, /) -> None:
            """Watches it for something else."""

        def unregister(self, fd: int, /) -> None:
            """Watches it no more."""

        def poll(self, timeout: float, /) -> list[tuple[int, int]]:
            """What is ready: epoll takes seconds, poll milliseconds."""


_TICK = 0.5
"""Seconds between two looks at deadlines."""
_ACCEPTED = 64
"""Connections accepted in one turn, so that those that are open have theirs."""
_IN = select.EPOLLIN if hasattr(select, "epoll") else select.POLLIN
_OUT = select.EPOLLOUT if hasattr(select, "epoll") else select.POLLOUT
_EXCLUSIVE = getattr(select, "EPOLLEXCLUSIVE", 0)
"""One worker of several is woken by a new connection, not all of them (epoll_ctl(2))."""


def _poller() -> Poller:
    """epoll where there is one, else poll."""
    return select.epoll() if hasattr(select, "epoll") else select.poll()


def _own_name(listener: sockets.socket) -> object:
    """The local address of every connection that a listening socket gives; None where each has its own."""
    address = listener.getsockname()
    everywhere = isinstance(address, tuple) and address[0] in ("0.0.0.0", "::")  # noqa: S104 - looked at, not bound
    return None if everywhere else address


class Loop:
    """Serves the connections of `listeners` until `stop` was called and the last of them is over.

    `stop(seconds, kept)` ends idle connections after `kept` seconds (those without any request yet not before
    `signals.FRESH`) and gives the others so long; with `kept` a connection may have one more request, whose answer says
    that it closes. An octet written to `wake_out` ends the current wait.
    """

    def __init__(
        self,
        listeners: Sequence[sockets.socket],
        service: Service,
        hand_over: Callable[[Served], None] | None = None,
    ) -> None:
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._names = {number: _own_name(listener) for number, listener in self._listeners.items()}
        self._service = service
        self._hand_over = hand_over
        self._poll = _poller()
        self._unit = 1.0 if hasattr(select, "epoll") else 1000.0
        self._open: dict[int, Served] = {}
        self._watched: dict[int, int] = {}  # descriptors of connections that are waited for, and for what
        self._waiting: dict[int, int] = {}  # what comes after the client took the octets that wait
        self._beside: Beside | None = None
        self._elsewhere = 0  # connections that were handed over
        self._returned: deque[tuple[Served, int]] = deque()
        self._wake_in, self.wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self.wake_out, False)
        self._shortage = Shortage(service.log)
        self._resting_until = 0.0
        self._next_look = 0.0
        self._stop_at: float | None = None
        self._kept_until = 0.0
        self._idle_end = False  # the server is ending, and idle connections with it
        self.stopping = False

    def run(self) -> None:
        """Serves. Returns when it was stopped and nothing is open any more, or time ran out."""
        poll = self._poll
        for number, listener in self._listeners.items():
            listener.setblocking(False)
            poll.register(number, _IN | _EXCLUSIVE)
        poll.register(self._wake_in, _IN)
        while not self._over():
            for number, _ in poll.poll(self._patience() * self._unit):
                served = self._open.get(number)
                if served is not None:
                    self._step(served)
                elif number in self._listeners:
                    self._accept(self._listeners[number])
                else:
                    self._woken()
            if time.monotonic() >= self._next_look:
                self._look()
        for served in self._open.values():
            served.close()
        self._open.clear()

    def stop(self, seconds: float, kept: float = 0.0) -> None:
        """Takes no more connections; may be called from a signal handler, and again to hurry."""
        self.stopping = True
        self._kept_until = time.monotonic() + kept
        self._stop_at = time.monotonic() + seconds
        # The loop itself may be busy: an application runs in it.
        if not kept:
            self._hurry([served for served in tuple(self._open.values()) if served.requests])
        shortly(lambda: self._hurry(tuple(self._open.values())), max(kept, FRESH))
        self.wake()

    def _hurry(self, found: Iterable[Served]) -> None:
        for served in found:
            served.hurry()

    def wake(self) -> None:
        """Ends the current wait; may be called from anywhere."""
        try:
            os.write(self.wake_out, b"\0")
        except OSError:
            pass  # full: it wakes anyway

    def give_back(self, served: Served, state: int) -> None:
        """A connection that was handed over comes back, with what `Served.answer` said; from any thread."""
        self._returned.append((served, state))
        self.wake()

    def _over(self) -> bool:
        if not self.stopping:
            return False
        if self._listeners:
            for number, listener in self._listeners.items():
                if not self._resting_until:
                    self._poll.unregister(number)
                listener.close()
            self._listeners, self._resting_until = {}, 0.0
        if not self._idle_end and time.monotonic() >= self._kept_until:
            self._idle_end = True
            for served in [each for each in self._open.values() if each.idle and each.requests]:
                self._step(served)  # a request may have arrived meanwhile; else it ends
        nothing_left = not self._open and not self._elsewhere
        return nothing_left or (self._stop_at is not None and time.monotonic() >= self._stop_at)

    def _patience(self) -> float:
        # Idle uses no CPU: without connections there are no deadlines to look at.
        return _TICK if self._open or self._elsewhere or self.stopping or self._resting_until else 3600.0

    def _woken(self) -> None:
        try:
            os.read(self._wake_in, 4096)
        except BlockingIOError:
            pass
        while self._returned:
            served, state = self._returned.popleft()
            self._elsewhere -= 1
            self._open[served.fd] = served
            self._go_on(served, state)

    def _accept(self, listener: sockets.socket) -> None:
        for _ in range(_ACCEPTED):
            try:
                sock, remote = accept(listener)
            except BlockingIOError:
                return
            except OSError as error:
                if self._shortage.found(error):
                    self._rest()
                    return
                continue  # a connection that was gone before it was accepted (accept(2))
            served = Served(sock, self._service, remote, self._names[listener.fileno()])
            if self._service.watch is not None:
                self._service.watch.accepted(sock, served.local, served.remote)
            self._open[served.fd] = served
            # Most clients have sent their request by now, and many connections are over when it is answered: those are
            # never watched.
            self._step(served)

    def _rest(self) -> None:
        self._resting_until = time.monotonic() + REST
        self._next_look = min(self._next_look, self._resting_until)
        for number in self._listeners:
            self._poll.unregister(number)

    def _step(self, served: Served) -> None:
        """The descriptor of a connection is ready."""
        state = self._waiting.get(served.fd)
        try:
            if served.lingering and state is None:
                if served.advance() == CLOSE:
                    self._drop(served)
                return
            if state is None:
                state = served.advance()
            elif served.out.flush():
                del self._waiting[served.fd]
            else:
                return
        except OSError:
            self._drop(served)
            return
        self._go_on(served, state)

    def _go_on(self, served: Served, state: int) -> None:
        """Answers what is in hand, then waits for what comes next."""
        try:
            while state == READY and not served.unsent:
                hand_over = self._aside() if served.waits else self._hand_over
                if hand_over is not None:
                    if self._watched.pop(served.fd, 0):
                        self._poll.unregister(served.fd)
                    del self._open[served.fd]
                    self._elsewhere += 1
                    hand_over(served)
                    return
                state = served.answer() if self._beside is None else self._beside.answer(served)
        except OSError:
            self._drop(served)
            return
        if served.unsent:
            self._waiting[served.fd] = state
            served.deadline = time.monotonic() + self._service.patience.body
            self._watch(served, _OUT)
        elif state == CLOSE:
            self._end(served)
        elif state == MORE and self._idle_end and served.idle and served.requests:
            self._drop(served)
        else:
            self._watch(served, _IN)

    def _watch(self, served: Served, events: int) -> None:
        """Waits for a connection's descriptor."""
        before = self._watched.get(served.fd)
        if before != events:
            self._watched[served.fd] = events
            if before is None:
                self._poll.register(served.fd, events)
            else:
                self._poll.modify(served.fd, events)

    def _end(self, served: Served) -> None:
        if served.abandoned or served.clean or (not served.lingering and not served.half_close()):
            self._drop(served)
        else:
            self._watch(served, _IN)

    def _aside(self) -> Callable[[Served], None]:
        """What answers a request that would have this loop wait."""
        if self._hand_over is not None:
            return self._hand_over
        if self._beside is None:
            from httpeek.server.beside import Beside

            self._beside = Beside(self.give_back)
        return self._beside.take

    def _drop(self, served: Served) -> None:
        if self._watched.pop(served.fd, 0) and not _EXCLUSIVE:
            self._poll.unregister(served.fd)  # closing a descriptor takes it out of epoll (epoll(7)), not out of poll
        self._open.pop(served.fd, None)
        self._waiting.pop(served.fd, None)
        served.close()

    def _look(self) -> None:
        now = time.monotonic()
        self._next_look = now + _TICK
        if self._resting_until and now >= self._resting_until:
            self._resting_until = 0.0
            for number in self._listeners:
                self._poll.register(number, _IN | _EXCLUSIVE)
        for served in [each for each in self._open.values() if each.deadline <= now]:
            if served.lingering or self._waiting.get(served.fd) is not None or served.idle:
                self._drop(served)
                continue
            served.expire()
            self._go_on(served, CLOSE)
