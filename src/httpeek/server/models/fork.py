"""fork: a process for each connection, and a parent that accepts and reaps.

SIGCHLD says that at least one child has ended; signals do not queue, so the handler asks waitpid(-1, WNOHANG) until
there is none left. The parent closes its copy of the connected socket, or the client would never see an end of file.
What goes wrong without either can be asked for (`Settings.reap`, `Settings.keep_fds`); `server/lessons` explains it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from itertools import islice

from httpeek.net.stream import describe, sockets
from httpeek.server.connection import Served, serve
from httpeek.server.descriptors import REST
from httpeek.server.lifeline import Lifeline
from httpeek.server.models.single import Turnstile, hurry, no_workers
from httpeek.server.service import Service
from httpeek.server.signals import Blocked, ending, kill, on_end, on_hangup, reaped, restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from httpeek.server.models import Settings
    from httpeek.server.wsgi import Environ

_REAP: dict[str, Callable[[], list[tuple[int, int]]]] = {
    "all": lambda: list(reaped()),
    "one": lambda: [*islice(reaped(), 1)],
    "none": list,
}
"""What the handler of SIGCHLD does, by `Settings.reap`: the children it took, with their exit codes."""


_REHEARSALS = 20
"""Requests of a rehearsal: more than the interpreter needs to adapt code."""


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Accepts and forks until a signal asks it to end; then its children have `graceful` seconds."""
    _Parent(listeners, service, settings).run()


def _rehearse(service: Service) -> None:
    """Serves a few requests to an application of its own, in this process: what a request needs is loaded, and its
    code adapted (PEP 659), once and not in each child, where each page that is written to has to be copied first."""

    def nothing(environ: Environ, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]

    service = Service(nothing, service.facts, service.limits, log=lambda line: None)
    for _ in range(_REHEARSALS):
        ours, theirs = sockets.socketpair()
        theirs.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n")
        serve(Served(ours, service, ("127.0.0.1", 1), ("127.0.0.1", 1)))
        theirs.close()
    # A collection in a child would write to the pages of every object that there is (gc.freeze).
    gc.collect()
    gc.freeze()


class _Parent:
    def __init__(self, listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
        self._listeners = listeners
        self._service = service
        self._settings = settings
        self._turnstile = Turnstile(listeners, service.log)
        self._lifeline = Lifeline()
        self._children: set[int] = set()
        self._early: set[int] = set()  # reaped before fork had told who they are
        self._copies: dict[int, sockets.socket] = {}  # by child, where they are kept on purpose
        self._lesson = None
        if settings.explain:
            from httpeek.server.lessons import Lesson

            self._lesson = Lesson(service.log, settings.reap)

    def run(self) -> None:
        """See `run` of this file."""
        on_end(self._turnstile.close)
        on_hangup(lambda: self._service.log(no_workers("fork")))
        signal.signal(signal.SIGCHLD, self._child_ended)
        _rehearse(self._service)
        self._settings.started()
        while (accepted := self._turnstile.next()) is not None:
            self._fork(*accepted)
        for listener in self._listeners:
            listener.close()
        self._end()

    def _fork(self, sock: sockets.socket, remote: object) -> None:
        service, fd = self._service, sock.fileno()
        names = (describe(sock.getsockname()), describe(remote))
        if service.watch is not None:
            service.watch.accepted(sock, *names)
        with Blocked():
            try:
                pid = os.fork()
            except OSError as error:
                service.log(f"no child for {names[1]}: fork = {error.strerror}")
                sock.close()
                time.sleep(REST)
                return
            if pid == 0:
                self._child(sock, remote)
            self._children.add(pid)
            # A thread of the application takes a signal that is blocked here, and so the handler may have run already.
            if pid in self._early:
                self._early.discard(pid)
                self._children.discard(pid)
            if self._settings.keep_fds:
                self._copies[pid] = sock
                if self._lesson is not None:  # before SIGCHLD can tell that the child has ended
                    self._lesson.kept(pid, fd, len(self._copies))
        if service.steps is not None:
            service.steps.line(f"fork() = {pid}")
        if service.fault is not None:
            service.fault.skip()
        if self._settings.keep_fds:
            return
        sock.close()
        if service.steps is not None:
            service.steps.line(f"close({fd}) = 0: the parent's copy; the child's stays")
        if service.watch is not None:
            service.watch.line("close", fd, *names, "parent's copy; child's stays")

    def _child(self, sock: sockets.socket, remote: object) -> None:
        """Serves one connection and ends the process."""
        code = 1
        try:
            restore()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what it means is the parent's affair
            service = self._service
            asked: list[bool] = []
            if service.watch is not None:
                local = describe(sock.getsockname())
                service.watch.line("fork", sock.fileno(), local, describe(remote), "one socket, two processes")
                service.watch.kept = self._settings.keep_fds
            served = Served(sock, service._replace(closing=lambda: bool(asked)), remote)
            # shutdown(2) would end the connection for both processes; the lesson is what close(2) alone does.
            served.abandoned = self._settings.keep_fds

            def end() -> None:
                asked.append(True)
                self._lifeline.hold()
                hurry(served)

            on_end(end)
            self._lifeline.hold_later()  # before a signal that waits can have its own use for SIGALRM
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            for each in (*self._listeners, *self._copies.values()):
                each.close()
            serve(served)
            sys.stderr.flush()
            code = 0
        finally:
            os._exit(code)

    def _child_ended(self, number: int, frame: FrameType | None) -> None:
        """SIGCHLD."""
        waiting = self._turnstile.waiting
        found = _REAP[self._settings.reap]()
        for pid, code in found:
            self._took(pid, code)
        if self._lesson is not None:
            if waiting:
                self._lesson.interrupted()
            new = self._lesson.signalled(found, tuple(self._children))
            self._lesson.unfinished([*(pid for pid, _ in found), *new], self._copies)

    def _took(self, pid: int, code: int) -> None:
        """A child was reaped."""
        if pid not in self._children:
            self._early.add(pid)
        if self._service.steps is not None:
            self._service.steps.line(f"waitpid(-1, WNOHANG) = {pid}: {ending(code)}")
        self._children.discard(pid)
        if self._service.watch is not None:
            self._service.watch.line("reap", -1, "-", "-", f"waitpid(-1) = {pid}, {ending(code)}")
        if code:
            self._service.log(f"child {pid} ended with {ending(code)}")

    def _end(self) -> None:
        """Asks the children to end, waits, and ends those that did not; reaps what was left as a zombie."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # from here on they are asked for, whatever the lesson was
        if self._lesson is not None:
            self._lesson.ends(tuple(self._children), len(self._copies))
        for sock in self._copies.values():
            sock.close()
        for pid in self._children:
            kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + self._settings.graceful
        while True:
            for pid, code in reaped():
                self._took(pid, code)
            if not self._children or time.monotonic() >= deadline:
                break
            time.sleep(0.02)
        for pid in self._children:
            kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
