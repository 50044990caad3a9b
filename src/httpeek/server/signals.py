"""Signals of a server: the first SIGTERM or SIGINT asks it to end, a second one makes it end at once."""

from __future__ import annotations

import os
import signal
from errno import EMFILE, ENFILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)
RETIRE = signal.SIGUSR1
FRESH = 0.5
"""Seconds that a connection without any request yet has when the server ends: its first one may be on its way, and a
client would not try again as it does on a connection that was kept (RFC 9112 section 9.5)."""
RETIRED = 1.0
"""Seconds that a kept connection has for one more request when new workers replace the one that serves it: the client's
next request may be on its way, and a close would cross it."""


def on_end(ask: Callable[[], None]) -> None:
    """Calls `ask` at the first SIGTERM or SIGINT; a second one ends the process with 128 + its number."""
    asked: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if asked:
            os._exit(128 + number)
        asked.append(number)
        ask()

    for number in ENDING:
        signal.signal(number, handle)


def on_hangup(ask: Callable[[], None]) -> None:
    """Calls `ask` at SIGHUP. But when the terminal in which the server was started is gone, this is the terminal's
    goodbye, and the server ends as by SIGTERM; one that nohup(1) started stays."""
    attached = _has_terminal() and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN

    def handle(number: int, frame: FrameType | None) -> None:
        if attached and not _has_terminal():
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            ask()

    signal.signal(signal.SIGHUP, handle)


def on_retire(ask: Callable[[], None]) -> None:
    """Calls `ask` at SIGUSR1, by which a parent has a worker end whose successor is ready: SIGHUP, which the terminal
    sends to the whole process group, is the parent's alone."""
    signal.signal(RETIRE, lambda number, frame: ask())


def _has_terminal() -> bool:
    """True while this process has a controlling terminal (tty(4))."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError as error:
        return error.errno in (EMFILE, ENFILE)  # it cannot be told now
    return True


def shortly(action: Callable[[], None], seconds: float = FRESH) -> None:
    """Calls `action` once in a signal handler, so many seconds from now (SIGALRM, setitimer(2)): also while an
    application runs. A process has one such timer: a later call takes the place of an earlier one."""
    signal.signal(signal.SIGALRM, lambda number, frame: action())
    signal.setitimer(signal.ITIMER_REAL, seconds)


def wake_by(descriptor: int) -> None:
    """Has every signal write an octet to a non-blocking descriptor that the main thread waits on, too: a signal that
    comes just before a wait begins would else be handled only after it."""
    signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)


def restore() -> None:
    """The default handlers, for a child that was just forked."""
    signal.set_wakeup_fd(-1)
    for number in (*ENDING, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def kill(pid: int, number: int) -> None:
    """Sends a signal to a child; one that has ended meanwhile needs none."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def ending(code: int) -> str:
    """An exit code as a person says it: "exit 1", or "signal 9" for a negative one."""
    return f"signal {-code}" if code < 0 else f"exit {code}"


class Blocked:
    """Holds signals back around a fork: one that falls between the fork and the child's own handlers would be
    handled by the parent's in the child, or be lost (signal(7))."""

    def __enter__(self) -> Blocked:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDING, signal.SIGHUP, signal.SIGCHLD))
        return self

    def __exit__(self, *exception: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def reaped(block: bool = False) -> Iterator[tuple[int, int]]:
    """Every child that has ended: its pid and exit code (negative: the signal). A signal does not queue, so one
    SIGCHLD may stand for many children: waitpid(-1) is asked until it has none (waitpid(2))."""
    while True:
        try:
            pid, status = os.waitpid(-1, 0 if block else os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)
