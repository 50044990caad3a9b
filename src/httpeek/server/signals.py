"""Signals of a server: the first SIGTERM or SIGINT asks it to end, a second one makes it end at once."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


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


def restore() -> None:
    """The default handlers, for a child that was just forked."""
    for number in (*ENDING, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


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
