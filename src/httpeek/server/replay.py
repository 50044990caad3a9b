"""A kept request, sent to the application again: over a socket pair inside this process, by the code that serves every
connection.

So it works in each model (the model single cannot answer itself over a second connection), refusals and faults come out
as they did, and the exchange is kept like any other. The application sees the addresses of the first time.
"""

from __future__ import annotations

import select
import time
from _thread import allocate_lock, start_new_thread

from httpeek.net.stream import sockets
from httpeek.server.connection import Served, serve
from httpeek.server.gathered import PIECE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.service import Service

LONGEST = 10.0
"""Seconds until the answer to a replayed request is taken to be over: some are endless, and somebody waits."""


def replay(service: Service, octets: bytes, local: str, remote: str, of: str) -> str:
    """Serves the octets of a request, as one that came from `remote` to `local` and repeats the exchange `of`.

    Returns the id of the new exchange, which is on the shelf then. A client that reads for `LONGEST` seconds goes
    away, whatever the answer is.
    """
    ours, theirs = sockets.socketpair()
    service = service._replace(gather=False, watch=None)
    served = Served(theirs, service, _pair(remote), _pair(local))
    tape = served.out.tape
    assert tape is not None
    tape.of = of
    over = allocate_lock()
    over.acquire()

    def go() -> None:
        try:
            serve(served)
        finally:
            over.release()

    start_new_thread(go, ())
    deadline = time.monotonic() + LONGEST
    try:
        _exchange(ours, octets, deadline)
    finally:
        ours.close()
    # What is kept is whole when the connection is served to its end.
    over.acquire(timeout=max(0.1, deadline - time.monotonic()))
    return tape.id


def _exchange(sock: sockets.socket, octets: bytes, deadline: float) -> None:
    """Sends and receives at once, to the end of what the server says; the answer itself is on the tape."""
    sock.setblocking(False)
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN | select.POLLOUT)
    while (left := deadline - time.monotonic()) > 0:
        for _, ready in poll.poll(int(left * 1000) + 1):
            try:
                if ready & select.POLLOUT:
                    octets = octets[sock.send(octets) :]
                    if not octets:
                        sock.shutdown(sockets.SHUT_WR)
                        poll.modify(sock.fileno(), select.POLLIN)
                if ready & ~select.POLLOUT and not sock.recv(PIECE):
                    return
            except BlockingIOError:
                continue
            except OSError:
                return  # a fault reset the connection


def _pair(name: str) -> object:
    """A socket's address from its text (see `net.stream.describe`)."""
    host, colon, port = name.rpartition(":")
    if colon and port.isdigit():
        return (host.strip("[]"), int(port))
    return name.removeprefix("unix:")
