"""The stack of streams, and the pump that waits on it.

A stream is a non-blocking, connected descriptor with four verbs: receive, send, shutdown, close. `SocketStream`
is TCP or a unix socket; `net.tls` puts TLS on top of one behind the same verbs. Nothing here knows HTTP.

`Pump` is the only place where a client waits. It never writes and then reads: one wait covers readable,
writable, a second descriptor and a deadline, since an early answer may arrive while a request is still sent.

`sockets` is the C module under `socket`: importing `socket` takes 6 ms (it builds enums), `_socket` 0.2 ms. Where
an interpreter has no `_socket`, `socket` offers the same names.
"""

from __future__ import annotations

import os
import select
from errno import ECONNABORTED, ECONNRESET, EINVAL, EMFILE, ENFILE, ENOSYS, ENOTSUP, EPIPE, ESHUTDOWN
from time import monotonic

from httpeek.model.codes import RECEIVE_FAILED, SEND_FAILED, TIMED_OUT, WRITE_FAILED, Failure, HttpeekError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as sockets
    from typing import Protocol
else:
    try:
        import _socket as sockets
    except ImportError:
        import socket as sockets

__all__ = [
    "MOVED",
    "PIECE",
    "READABLE",
    "SECOND",
    "WRITABLE",
    "Deadline",
    "Pump",
    "SocketStream",
    "describe",
    "interrupt",
    "receive_error",
    "seconds",
    "send_error",
    "sockets",
    "soonest",
    "timed_out",
]

PIECE = 256 * 1024
"""The most octets that one receive returns: large enough to be cheap, small enough to keep memory flat."""

MOVED = 1024 * 1024
"""Octets that are moved at a time at most (/proc/sys/fs/pipe-max-size)."""
_MOVE = 3
"""SPLICE_F_MOVE | SPLICE_F_NONBLOCK: the pipe is empty, so that only the socket can be waited for."""

READABLE = 1
WRITABLE = 2
SECOND = 4

GONE = frozenset((EPIPE, ECONNRESET, ECONNABORTED, ESHUTDOWN))
"""The errno values that mean: the peer no longer takes or sends octets on this connection."""

if TYPE_CHECKING:

    class Stream(Protocol):
        """A connected, non-blocking stream of octets."""

        local: str
        remote: str

        def fileno(self) -> int:
            """The descriptor to wait on."""

        def receive(self) -> bytes | None:
            """Octets that have arrived, at most PIECE; b"" at the end; None when there are none now.

            Raises HttpeekError (RECEIVE_FAILED) when the connection was reset.
            """

        def send(self, data: bytes | memoryview) -> int:
            """How many octets of `data` were taken; 0 when none can be taken now.

            Raises HttpeekError (SEND_FAILED) when the peer takes no more.
            """

        def pending(self) -> bool:
            """True when `receive` would return octets without waiting on the descriptor."""

        def shutdown(self) -> None:
            """Ends the outgoing half: the peer sees an end of file, receiving goes on."""

        def close(self) -> None:
            """Closes the descriptor. May be called twice."""


def describe(address: object) -> str:
    """A socket address as text: "127.0.0.1:8080", "[::1]:8080" (with a scope where it has one), "unix:/path"."""
    if isinstance(address, tuple):
        host, port = str(address[0]), address[1]
        if len(address) == 4 and address[3] and "%" not in host:
            host = f"{host}%{address[3]}"
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(address, bytes):
        address = os.fsdecode(address)
    name = str(address)
    return "unix:" + ("@" + name[1:] if name.startswith("\0") else name)


class SocketStream:
    """A TCP or unix socket as a stream."""

    def __init__(self, sock: sockets.socket, remote: str) -> None:
        self.socket = sock
        self.remote = remote
        self.local = describe(sock.getsockname())
        self._pipe: tuple[int, int] | None = None

    def fileno(self) -> int:
        """The descriptor of the socket, -1 after close."""
        return self.socket.fileno()

    def receive(self) -> bytes | None:
        """See `Stream.receive`."""
        try:
            return self.socket.recv(PIECE)
        except BlockingIOError:
            return None
        except OSError as error:
            raise receive_error(error, self.remote) from None

    def send(self, data: bytes | memoryview) -> int:
        """See `Stream.send`."""
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise send_error(error, self.remote) from None

    def send_file(self, descriptor: int, count: int) -> int:
        """Has the kernel send up to `count` octets of a file from where it stands: how many it took, 0 when none can be
        taken now, -1 where that cannot be done with this file, or it has ended.

        Raises HttpeekError as `send` does.
        """
        try:
            return os.sendfile(self.socket.fileno(), descriptor, None, count) or -1
        except BlockingIOError:
            return 0
        except AttributeError:  # a system without it
            return -1
        except OSError as error:
            if error.errno in (EINVAL, ENOSYS, ENOTSUP):
                return -1
            raise send_error(error, self.remote) from None

    def receive_file(self, descriptor: int, count: int) -> int:
        """Has the kernel move up to `count` octets that have arrived to where a file stands (splice(2), which needs a
        pipe between): how many it moved, 0 when none are there now, -1 where `receive` has to tell what happened.

        Raises HttpeekError (WRITE_FAILED: what the file did not take is lost then; RECEIVE_FAILED as `receive` does).
        """
        try:
            pipe = self._pipe = self._pipe or _pipe()
            taken = os.splice(self.socket.fileno(), pipe[1], min(count, MOVED), flags=_MOVE)
        except BlockingIOError:
            return 0
        except AttributeError:  # a system, or a Python, without it
            return -1
        except OSError as error:
            if error.errno in (EINVAL, ENOSYS, ENOTSUP, EMFILE, ENFILE):
                return -1
            raise receive_error(error, self.remote) from None
        moved = 0
        while moved < taken:
            try:
                moved += os.splice(pipe[0], descriptor, taken - moved)
            except OSError as error:
                if error.errno == EINVAL:
                    return _copied(pipe[0], descriptor, taken - moved, moved)
                raise _not_written(error) from None
        return taken or -1

    def pending(self) -> bool:
        """Never: what has arrived is in the kernel."""
        return False

    def shutdown(self) -> None:
        """See `Stream.shutdown`; a peer that is gone already is no error."""
        try:
            self.socket.shutdown(sockets.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        """See `Stream.close`."""
        if self._pipe is not None:
            os.close(self._pipe[0])
            os.close(self._pipe[1])
            self._pipe = None
        self.socket.close()


def interrupt(descriptor: int) -> None:
    """Ends a connection from another thread than the one that waits on it, which sees an end of file. `descriptor` is
    one of its own for the same socket (dup(2)) and stays open."""
    try:
        sock = sockets.socket(fileno=os.dup(descriptor))
    except OSError:
        return
    try:
        sock.shutdown(sockets.SHUT_RDWR)
    except OSError:  # it has ended already
        pass
    finally:
        sock.close()


def _pipe() -> tuple[int, int]:
    """A pipe that holds `MOVED` octets, or as many as it may."""
    import fcntl

    ends = os.pipe()
    try:
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, MOVED)
    except OSError:  # more than a user may have (pipe(7))
        pass
    return ends


def _copied(source: int, descriptor: int, count: int, moved: int) -> int:
    """Writes what waits in a pipe to a file that takes no splice; returns what was moved in all."""
    while count:
        data = os.read(source, count)
        count -= len(data)
        while data:
            try:
                written = os.write(descriptor, data)
            except OSError as error:
                raise _not_written(error) from None
            moved += written
            data = data[written:]
    return moved


def _not_written(error: OSError) -> HttpeekError:
    """The error for a file that takes no more octets."""
    return HttpeekError(Failure(WRITE_FAILED, "write", f"the file cannot be written: {(error.strerror or '').lower()}"))


def receive_error(error: OSError, remote: str) -> HttpeekError:
    """The error for a failed receive, worded once."""
    what = "reset the connection" if error.errno in GONE else f"cannot be read from: {error.strerror}"
    return HttpeekError(Failure(RECEIVE_FAILED, "receive", f"{remote} {what}"))


def send_error(error: OSError, remote: str) -> HttpeekError:
    """The error for a failed send, worded once."""
    what = "takes no more octets" if error.errno in GONE else f"cannot be sent to: {error.strerror}"
    return HttpeekError(Failure(SEND_FAILED, "send", f"{remote} {what}"))


class Deadline:
    """A moment that an operation must not pass. `seconds` None means there is none; `option` sets it."""

    def __init__(self, seconds: float | None, option: str = "--connect-timeout") -> None:
        self.seconds = seconds
        self.option = option
        self.at = None if seconds is None else monotonic() + seconds

    def words(self) -> str:
        """The limit for a sentence: "10 s (--connect-timeout)"."""
        return f"{seconds(self.seconds or 0)} ({self.option})"

    def left(self) -> float | None:
        """Seconds that are left, never negative; None for no limit."""
        return None if self.at is None else max(0.0, self.at - monotonic())

    def passed(self) -> bool:
        """True once the moment is over."""
        return self.at is not None and monotonic() >= self.at


def soonest(*left: float | None) -> float | None:
    """The shortest of several waits; None only if all are."""
    finite = [seconds for seconds in left if seconds is not None]
    return min(finite) if finite else None


def timed_out(sentence: str) -> HttpeekError:
    """The error for a limit that ran out (exit 28); the sentence names the phase and the option."""
    return HttpeekError(Failure(TIMED_OUT, "time", sentence))


def seconds(value: float) -> str:
    """A duration for a sentence: "10 s", "0.5 s"."""
    return f"{value:g} s"


class Pump:
    """Waits on one stream and, if asked, a second descriptor (the standard input of `talk`)."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._poll = select.poll()
        self._registered: dict[int, int] = {}

    def _register(self, descriptor: int, events: int) -> None:
        """Has `descriptor` watched for these events; a wait like the one before costs nothing here."""
        if self._registered.get(descriptor) != events:
            self._poll.register(descriptor, events)
            self._registered[descriptor] = events

    def _only(self, *descriptors: int) -> None:
        for descriptor in [known for known in self._registered if known not in descriptors]:
            self._poll.unregister(descriptor)
            del self._registered[descriptor]

    def wait(self, wanted: int, timeout: float | None, second: int = -1, second_events: int = select.POLLIN) -> int:
        """What is ready: a set of READABLE, WRITABLE, SECOND bits; 0 when `timeout` seconds passed.

        `wanted` says which of READABLE and WRITABLE to wait for. An error or hang-up of the peer counts as
        readable and writable: the next receive or send tells what happened.
        """
        if wanted & READABLE and self._stream.pending():
            return READABLE
        descriptor = self._stream.fileno()
        events = (select.POLLIN if wanted & READABLE else 0) | (select.POLLOUT if wanted & WRITABLE else 0)
        if events:
            self._register(descriptor, events)
        if second >= 0:
            self._register(second, second_events)
        if len(self._registered) != (events != 0) + (second >= 0):
            self._only(descriptor if events else -1, second)
        found = self._poll.poll(None if timeout is None else int(timeout * 1000) + 1)
        ready = 0
        for fd, happened in found:
            if fd == second:
                ready |= SECOND
            else:
                if happened & ~select.POLLOUT and wanted & READABLE:
                    ready |= READABLE
                if happened & ~select.POLLIN and wanted & WRITABLE:
                    ready |= WRITABLE
        return ready
