"""fork: a process for each connection, and a parent that accepts and reaps.

SIGCHLD says that at least one child has ended; signals do not queue, so the handler asks waitpid(-1, WNOHANG) until
there is none left. The parent closes its copy of the connected socket, or the client would never see an end of file.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from httpeek.net.stream import describe, sockets
from httpeek.server.connection import Served, serve
from httpeek.server.models.single import REST, Turnstile
from httpeek.server.signals import Blocked, on_end, reaped, restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from httpeek.server.models import Settings
    from httpeek.server.service import Service


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Accepts and forks until a signal asks it to end; then its children have `graceful` seconds."""
    turnstile = Turnstile(listeners)
    children: set[int] = set()

    def reap(number: int, frame: FrameType | None) -> None:
        for pid, code in reaped():
            children.discard(pid)
            if service.watch is not None:
                ended = f"waitpid(-1) = {pid}, {_ending(code)}"
                service.watch.line("reap", -1, "-", "-", ended)
            if code:
                service.log(f"child {pid} ended with {_ending(code)}")

    on_end(turnstile.close)
    signal.signal(signal.SIGCHLD, reap)
    while True:
        accepted = turnstile.next()
        if accepted is None:
            break
        sock, remote = accepted
        names = (describe(sock.getsockname()), describe(remote))
        fd = sock.fileno()
        if service.watch is not None:
            service.watch.accepted(sock, *names)
        with Blocked():
            try:
                pid = os.fork()
            except OSError as error:
                service.log(f"no child for {remote}: {error.strerror}")
                sock.close()
                time.sleep(REST)
                continue
            if pid == 0:
                _child(sock, remote, listeners, service)
            children.add(pid)
        if service.fault is not None:
            service.fault.skip()
        sock.close()
        if service.watch is not None:
            service.watch.line("close", fd, *names, "parent's copy; child's stays")
    for listener in listeners:
        listener.close()
    _end(children, settings.graceful)


def _child(sock: sockets.socket, remote: object, listeners: Sequence[sockets.socket], service: Service) -> None:
    """Serves one connection and ends the process."""
    code = 1
    try:
        restore()
        asked: list[bool] = []
        if service.watch is not None:
            local = describe(sock.getsockname())
            service.watch.line("fork", sock.fileno(), local, describe(remote), "one socket, two processes")
        served = Served(sock, service._replace(closing=lambda: bool(asked)), remote)

        def end() -> None:
            asked.append(True)
            served.hurry()

        on_end(end)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for listener in listeners:
            listener.close()
        serve(served)
        sys.stderr.flush()
        code = 0
    finally:
        os._exit(code)


def _end(children: set[int], graceful: float) -> None:
    """Asks the children to end, waits, and ends those that did not."""
    for pid in tuple(children):
        _kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + graceful
    while children and time.monotonic() < deadline:
        time.sleep(0.02)  # SIGCHLD's handler takes those that ended out of the set meanwhile
    for pid in tuple(children):
        _kill(pid, signal.SIGKILL)


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
