"""A lifeline from a process to the children it forks: they end when it does, kill -9 included.

It is a pipe of which only the parent has the writing end, so the kernel closes that end however the parent goes; in
each child a thread waits for it. (prctl(PR_SET_PDEATHSIG) is Linux's alone, and a busy main thread could not look.)
A thread costs a fifth of a fork, so a child that may be over soon starts it only after a while.
"""

from __future__ import annotations

import os
from _thread import start_new_thread

from httpeek.server.signals import shortly

SHORT = 1.0
"""Seconds after which a child's life counts as a long one."""


class Lifeline:
    """Made in the parent. In each child `hold` is called, or `hold_later`."""

    def __init__(self) -> None:
        self._in, self._out = os.pipe()
        self._held = False

    def hold(self) -> None:
        """From now on this child ends with its parent, whatever it does at that moment."""
        if self._held:
            return
        self._held = True
        os.close(self._out)
        start_new_thread(self._wait, ())

    def hold_later(self) -> None:
        """As `hold`, but from `SHORT` seconds on, by SIGALRM. A parent that has died by then is noticed as well."""
        shortly(self.hold, SHORT)

    def _wait(self) -> None:
        os.read(self._in, 1)  # nobody ever writes: this returns when the other end is closed
        os._exit(1)
