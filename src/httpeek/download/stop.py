"""Signals that end a download: SIGINT, SIGTERM, SIGHUP.

Rules: octets that were received are written before anything ends. So a signal that comes between receiving and writing
waits: it is delivered again a moment later, until it finds the client waiting, and becomes a KeyboardInterrupt there.
When everything is kept, the process ends by the same signal, as whoever sent it expects (SIGINT: by its exit code).
A signal that comes just before the process begins to wait would be seen when the wait ends only, which may be never: so
a timer interrupts every wait now and then.
"""

from __future__ import annotations

import signal

from httpeek.client.conversation import Conversation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from httpeek.download.line import Shared

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN = 0.01
"""Seconds until a signal that came too early is delivered once more."""
_BEAT = 0.25
"""Seconds that a signal may be overlooked by a wait that began at the same moment."""
_BUSY = Conversation._receive.__code__


class Stop:
    """While it is entered, the signals end what is running by a KeyboardInterrupt."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._number = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Stop:
        for number in _SIGNALS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:  # nohup
                self._before[number] = before
                signal.signal(number, self._came)
        self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._came)
        signal.setitimer(signal.ITIMER_REAL, _BEAT, _BEAT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what getsignal gave

    def again(self) -> None:
        """Ends the process by the signal that came, if it was not SIGINT."""
        if self._number in (signal.SIGTERM, signal.SIGHUP):
            import os

            os.kill(os.getpid(), self._number)

    def _came(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM:
            self._number = self._number or number
        elif self._shared.heard or not self._number:
            return
        while frame is not None:
            if frame.f_code is _BUSY:
                self._shared.stopped = True
                signal.setitimer(signal.ITIMER_REAL, _AGAIN, _BEAT)
                return
            frame = frame.f_back
        self._shared.heard = True
        raise KeyboardInterrupt
