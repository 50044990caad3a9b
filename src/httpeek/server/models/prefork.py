"""prefork: workers that accept on the same listening sockets, and a parent that supervises them.

Each worker runs one event loop and calls the application in it. The parent never accepts. Workers end when the parent
does, kill -9 included (see `lifeline`). One that ends by itself is started again, with a growing delay where it ends
soon or before it is ready.

SIGHUP replaces them with ones that have the application's code as it is now. A single new worker loads it first and
says when it is ready; then the others follow, and an old one is asked to end when its successor is ready: it answers
one more request on each kept connection, so that none is lost in between. Where the new code does not load, the
traceback is in the log and the old workers go on.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

from httpeek.model.nouns import Noun
from httpeek.server.lifeline import Lifeline
from httpeek.server.load import attempt
from httpeek.server.loop import Loop
from httpeek.server.signals import (
    RETIRE,
    RETIRED,
    Blocked,
    kill,
    on_end,
    on_hangup,
    on_retire,
    reaped,
    restore,
    wake_by,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.net.stream import sockets
    from httpeek.server.models import Settings
    from httpeek.server.service import Service

SOON = 1.0
"""Seconds a worker has to live: one that ends sooner is started again with a growing delay."""
LONGEST_DELAY = 10.0
"""Seconds at most before a worker that keeps ending is started again."""
_PID = 8
"""Octets of a process's number in the pipe by which it says that it is ready; a write so short is never split."""


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Supervises workers until a signal asks it to end; then they have `graceful` seconds."""
    _Supervisor(listeners, service, settings).run()


def shared(listeners: Sequence[sockets.socket], number: int, workers: int) -> list[sockets.socket]:
    """The sockets that worker `number` of `workers` accepts on, of each address.

    Where an address has several (SO_REUSEPORT: the kernel spreads connections over them) each worker has its own, and a
    successor the one of its predecessor: the parent holds them all, so what waits in a queue outlives the worker.
    """
    alike: dict[object, list[sockets.socket]] = {}
    for listener in listeners:
        alike.setdefault(listener.getsockname() or listener, []).append(listener)
    return [
        listener
        for each in alike.values()
        for listener in each[number - 1 :: workers] or [each[(number - 1) % len(each)]]
    ]


class _Worker(Noun):
    """A worker process: its number from 1 on (a successor has the same), and when it was started."""

    number: int
    started: float


class _Supervisor:
    def __init__(self, listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
        self._listeners = listeners
        self._service = service
        self._settings = settings
        self._lifeline = Lifeline()
        self._workers: dict[int, _Worker] = {}  # by pid
        self._ready: set[int] = set()  # pids that have the application and serve
        self._leaving: set[int] = set()  # pids that were asked to end
        self._scout = 0  # the pid of the first worker with new code, until it is ready
        self._old: dict[int, list[int]] = {}  # worker number: the pids that its successor replaces
        self._anew = False  # workers load the application: what this process has is not its code of now
        self._due: list[tuple[float, int]] = []  # when which worker is started again
        self._failures: dict[int, int] = {}
        self._ending = False
        self._reload = False
        self._wake_in, wake_out = os.pipe()
        self._ready_in, self._ready_out = os.pipe()
        for descriptor in (self._wake_in, wake_out, self._ready_in):
            os.set_blocking(descriptor, False)
        wake_by(wake_out)
        self._poll = select.poll()
        self._poll.register(self._wake_in, select.POLLIN)
        self._poll.register(self._ready_in, select.POLLIN)

    def run(self) -> None:
        """See `run` of this file."""
        on_end(self._ask_to_end)
        on_hangup(self._ask_to_reload)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # it ends the wait
        for number in range(1, self._settings.workers + 1):
            self._start(number, self._anew)
        self._settings.started()
        while not self._ending:
            self._wait(min((at for at, _ in self._due), default=None))
            self._reap()
            if self._reload:
                self._send_scout()
            now = time.monotonic()
            for row in [row for row in self._due if row[0] <= now]:
                self._due.remove(row)
                self._start(row[1], self._anew)
        self._end()

    def _ask_to_end(self) -> None:
        self._ending = True

    def _ask_to_reload(self) -> None:
        self._reload = True

    def _wait(self, until: float | None) -> None:
        """Waits for a signal, for a worker that is ready, or until a moment."""
        self._poll.poll(None if until is None else max(0, int((until - time.monotonic()) * 1000) + 1))
        for descriptor in (self._wake_in, self._ready_in):
            try:
                octets = os.read(descriptor, 512 * _PID)
            except BlockingIOError:
                continue
            if descriptor == self._ready_in:
                for begin in range(0, len(octets), _PID):
                    self._is_ready(int.from_bytes(octets[begin : begin + _PID], sys.byteorder))

    # Starting

    def _start(self, number: int, anew: bool) -> int:
        """Forks a worker and returns its pid; 0 where there can be none now: then it is tried again."""
        with Blocked():
            try:
                pid = os.fork()
            except OSError as error:
                self._service.log(f"no worker {number}: fork = {error.strerror}; again in {SOON:g} s")
                self._due.append((time.monotonic() + SOON, number))
                return 0
            if pid == 0:
                self._work(number, anew)
            self._workers[pid] = _Worker(number, time.monotonic())
        return pid

    def _work(self, number: int, anew: bool) -> None:
        """A worker's life; ends the process."""
        code = 1
        try:
            restore()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())  # while it loads, a signal simply ends it
            self._lifeline.hold()
            service = self._service
            if anew and self._settings.again is not None:
                application = attempt(self._settings.again, service.log)
                if application is None:
                    return
                service = service._replace(application=application)
            self._settings.forked()
            if service.watch is not None:
                service.watch.joins()
            self._serve(number, service)
            sys.stderr.flush()
            code = 0
        finally:
            os._exit(code)

    def _serve(self, number: int, service: Service) -> None:
        loop: Loop | None = None
        facts = {**service.facts, "httpeek.worker": number}
        service = service._replace(facts=facts, closing=lambda: loop is not None and loop.stopping)
        loop = Loop(shared(self._listeners, number, self._settings.workers), service)
        on_end(lambda: loop.stop(self._settings.graceful))
        on_retire(lambda: loop.stop(self._settings.graceful, RETIRED))
        wake_by(loop.wake_out)
        os.write(self._ready_out, os.getpid().to_bytes(_PID, sys.byteorder))
        loop.run()

    # Ending and replacing

    def _reap(self) -> None:
        for pid, code in reaped():
            worker = self._workers.pop(pid, None)
            was_ready = pid in self._ready
            self._ready.discard(pid)
            if worker is None or self._ending:
                continue
            if pid in self._leaving:
                self._leaving.discard(pid)
                continue
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            if pid == self._scout:
                self._scout = 0
                self._service.log(f"SIGHUP: the new worker, pid {pid}, ended with {why}: the old ones go on")
                continue
            self._again(worker, pid, why, was_ready)

    def _again(self, worker: _Worker, pid: int, why: str, was_ready: bool) -> None:
        number = worker.number
        soon = not was_ready or time.monotonic() - worker.started < SOON
        failures = self._failures[number] = self._failures.get(number, 0) + 1 if soon else 0
        delay = min(LONGEST_DELAY, 0.1 * 2**failures) if failures else 0.0
        later = f" in {delay:g} s" if delay else ""
        self._service.log(f"worker {number}, pid {pid}, ended with {why}: starting it again{later}")
        self._due.append((time.monotonic() + delay, number))

    def _send_scout(self) -> None:
        """SIGHUP: one new worker first. A scout that is still loading has the code of before: it goes."""
        self._reload = False
        if self._scout:
            self._leaving.add(self._scout)
            kill(self._scout, signal.SIGKILL)
        self._scout = self._start(1, True)

    def _is_ready(self, pid: int) -> None:
        worker = self._workers.get(pid)
        if worker is None:
            return
        self._ready.add(pid)
        if pid == self._scout:
            self._scout = 0
            self._anew = True
            self._old = {}
            for each, old in self._workers.items():
                if each != pid and each not in self._leaving:
                    self._old.setdefault(old.number, []).append(each)
            for number in range(2, self._settings.workers + 1):
                self._start(number, True)
        for old_pid in self._old.pop(worker.number, ()):
            self._leaving.add(old_pid)
            kill(old_pid, RETIRE)

    def _end(self) -> None:
        for pid in tuple(self._workers):
            kill(pid, signal.SIGTERM)
        for listener in self._listeners:
            listener.close()
        deadline = time.monotonic() + self._settings.graceful + 0.5
        while self._workers and time.monotonic() < deadline:
            self._wait(deadline)
            self._reap()
        for pid in self._workers:
            kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
