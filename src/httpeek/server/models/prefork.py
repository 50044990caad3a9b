"""prefork: workers that accept on the same listening sockets, and a parent that supervises them.

Each worker runs one event loop and calls the application in it. The parent never accepts. Workers end when the parent
does, kill -9 included: they hold the reading end of a pipe whose other end only the parent has.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from httpeek.server.loop import Loop
from httpeek.server.signals import Blocked, on_end, reaped, restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from httpeek.net.stream import sockets
    from httpeek.server.models import Settings
    from httpeek.server.service import Service

SOON = 1.0
"""Seconds a worker has to live: one that ends sooner is started again with a growing delay."""
LONGEST_DELAY = 10.0
"""Seconds at most before a worker that keeps ending is started again."""


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Supervises workers until a signal asks it to end; then they have `graceful` seconds."""
    _Supervisor(listeners, service, settings).run()


class _Supervisor:
    def __init__(self, listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
        self._listeners = listeners
        self._service = service
        self._settings = settings
        self._alive_in, self._alive_out = os.pipe()
        self._workers: dict[int, tuple[int, float]] = {}  # pid: worker number, start
        self._leaving: set[int] = set()  # pids that were asked to end
        self._due: list[tuple[float, int]] = []  # when which worker is started again
        self._failures: dict[int, int] = {}
        self._ending = False
        self._reload = False
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)

    def run(self) -> None:
        """See `run` of this file."""
        on_end(self._ask_to_end)
        signal.signal(signal.SIGHUP, self._ask_to_reload)
        signal.signal(signal.SIGCHLD, lambda number, frame: self._wake())
        for number in range(1, self._settings.workers + 1):
            self._start(number)
        while not self._ending:
            self._wait()
            self._reap()
            if self._reload:
                self._replace_all()
            now = time.monotonic()
            for row in [row for row in self._due if row[0] <= now]:
                self._due.remove(row)
                self._start(row[1])
        self._end()

    def _ask_to_end(self) -> None:
        self._ending = True
        self._wake()

    def _ask_to_reload(self, number: int, frame: FrameType | None) -> None:
        self._reload = True
        self._wake()

    def _wake(self) -> None:
        try:
            os.write(self._wake_out, b"\0")
        except BlockingIOError:
            pass

    def _wait(self) -> None:
        import select

        poll = select.poll()
        poll.register(self._wake_in, select.POLLIN)
        next_due = min((at for at, _ in self._due), default=None)
        poll.poll(None if next_due is None else max(0, int((next_due - time.monotonic()) * 1000) + 1))
        try:
            os.read(self._wake_in, 4096)
        except BlockingIOError:
            pass

    def _start(self, number: int) -> None:
        with Blocked():
            pid = os.fork()
            if pid == 0:
                self._work(number)
            self._workers[pid] = (number, time.monotonic())

    def _work(self, number: int) -> None:
        """A worker's life; ends the process."""
        code = 1
        try:
            os.close(self._alive_out)
            restore()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            facts = {**self._service.facts, "httpeek.worker": number}
            loop: Loop | None = None
            service = self._service._replace(facts=facts, closing=lambda: loop is not None and loop.stopping)
            loop = Loop(self._listeners, service, None, self._alive_in, lambda: os._exit(0))
            graceful = self._settings.graceful
            on_end(lambda: loop.stop(graceful))
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            loop.run()
            sys.stderr.flush()
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        for pid, code in reaped():
            number, started = self._workers.pop(pid, (0, 0.0))
            if pid in self._leaving:
                self._leaving.discard(pid)
                continue
            if not number or self._ending:
                continue
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            quick = time.monotonic() - started < SOON
            failures = self._failures[number] = self._failures.get(number, 0) + 1 if quick else 0
            delay = min(LONGEST_DELAY, 0.1 * 2**failures) if failures else 0.0
            later = f" in {delay:g} s" if delay else ""
            self._service.log(f"worker {number}, pid {pid}, ended with {why}: starting it again{later}")
            self._due.append((time.monotonic() + delay, number))

    def _replace_all(self) -> None:
        """SIGHUP: new workers first, then the old ones are asked to end, so that no request finds nobody."""
        self._reload = False
        old = dict(self._workers)
        for number, _ in old.values():
            self._start(number)
        for pid in old:
            self._leaving.add(pid)
            _kill(pid, signal.SIGTERM)

    def _end(self) -> None:
        for pid in tuple(self._workers):
            _kill(pid, signal.SIGTERM)
        for listener in self._listeners:
            listener.close()
        deadline = time.monotonic() + self._settings.graceful + 0.5
        while self._workers and time.monotonic() < deadline:
            self._due = [(time.monotonic() + 0.2, 0)]
            self._wait()
            self._reap()
        for pid in tuple(self._workers):
            _kill(pid, signal.SIGKILL)
        for pid, _ in reaped(block=True):
            self._workers.pop(pid, None)


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
