"""Descriptors: how many this process may have open (RLIMIT_NOFILE, getrlimit(2)), and what is said when none is left.

accept(2) fails with EMFILE then, and the connection stays in the kernel's queue: a server that only tried again would
spin, so the listener rests, and takes it as soon as another connection has ended. `resource` is imported with this
file, since nothing can be imported when there is no descriptor left to read it with.
"""

from __future__ import annotations

import resource
import time
from errno import EMFILE, ENFILE, errorcode

from httpeek.model.codes import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

REST = 0.05
"""Seconds for which nothing is accepted when there is no descriptor left, instead of spinning."""
LEAST = 32
"""Descriptors that a server itself may need: streams, listening sockets, pipes, epoll, modules while they are read."""
_PAUSE = 1.0
"""Seconds between two lines about the same shortage."""


def limit(most: int) -> None:
    """Lets this process and its children have `most` descriptors. Raises HttpeekError (USAGE) for a number that is
    less than a server needs, or more than the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most < LEAST:
        raise usage(f"--max-fds {most} is less than a server needs by itself: from {LEAST} on")
    if hard not in (resource.RLIM_INFINITY, -1) and most > hard:
        raise usage(f"--max-fds {most} is more than the system allows (the hard limit is {hard}, see ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Shortage:
    """Says that there is no descriptor left, once a second at most, however often it is found out."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._told = -_PAUSE

    def found(self, error: OSError) -> bool:
        """True when an error of accept is a shortage of descriptors: the listener has to rest then."""
        if error.errno not in (EMFILE, ENFILE):
            return False
        now = time.monotonic()
        if now - self._told >= _PAUSE:
            self._told = now
            name = errorcode[error.errno]
            most = f" (limit {resource.getrlimit(resource.RLIMIT_NOFILE)[0]})" if error.errno == EMFILE else ""
            self._log(f"accept = {name}, {error.strerror}{most}: the listener rests {REST * 1000:.0f} ms at a time")
        return True
