"""A lifeline from a process to the children it forks: they end when it does, kill -9 included.

It is a pipe of which only the parent has the writing end, so the kernel closes that end however the parent goes; in
each child a thread waits for it. (prctl(PR_SET_PDEATHSIG) is Linux's alone, and a busy main thread could not look.)
"""

from __future__ import annotations

import os
from _thread import start_new_thread


class Lifeline:
    """Made in the parent; `hold` is called in each child."""

    def __init__(self) -> None:
        self._in, self._out = os.pipe()

    def hold(self) -> None:
        """From now on this child ends with its parent, whatever it does at that moment."""
        os.close(self._out)
        start_new_thread(self._wait, ())

    def _wait(self) -> None:
        os.read(self._in, 1)  # nobody ever writes: this returns when the other end is closed
        os._exit(1)
