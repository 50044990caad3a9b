"""Faults carried out on a connection, step by step, at the stream under WSGI."""

from __future__ import annotations

import time

from httpeek.model.codes import HttpeekError
from httpeek.net.stream import sockets
from httpeek.server.faults import Close, Cut, Drip, HalfClose, Hold, Naked, Pause, Reset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.message import RequestHead
    from httpeek.server.connection import Served
    from httpeek.server.faults import Fault, Step

_LINGER_NOT = b"\1\0\0\0\0\0\0\0"
"""struct linger with no time: close sends RST (socket(7))."""


def misbehave(row: Fault, served: Served, head: RequestHead) -> None:
    """Answers a request with a fault of the catalogue."""
    given = served.tls.fault if served.tls is not None else None
    try:
        if row.handshake is not None and row is not given and (served.tls is None or not row.inside):
            from httpeek.server.faults.aside import aside

            aside(row, served, head)
            served.codec.keep_alive = False
        elif not perform(row.script(head), served):
            served.codec.keep_alive = False
    except (OSError, HttpeekError) as error:
        served.service.log(f"the fault {row.name} could not be made: {error}")
        served.codec.keep_alive = False
        served.gone = True


def not_secured(served: Served, error: OSError) -> None:
    """The client did not get as far as HTTP: it speaks no TLS, or its handshake failed, or was to fail."""
    from httpeek.server.tls import Instead, NotTls, TlsFailed

    if isinstance(error, Instead):
        try:
            perform(error.steps, served)
        except OSError:
            pass
    elif isinstance(error, NotTls):
        served.service.log(f"refused {served.remote}: {error}")
        served.out.plain(400, "this port speaks TLS: write https://")
    elif isinstance(error, TlsFailed) and not served.lingering:
        served.service.log(f"no TLS with {served.remote}: {error}")


def perform(steps: Iterable[Step], served: Served) -> bool:
    """Carries the steps of a fault out. True when the connection is kept afterwards: they ended with a whole answer.
    Raises OSError."""
    for step in steps:
        if isinstance(step, bytes):
            put(served, step)
        elif isinstance(step, Drip):
            for index in range(len(step.data)):
                put(served, step.data[index : index + 1])
                time.sleep(step.pause)
        elif isinstance(step, Pause):
            time.sleep(step.seconds)
        elif isinstance(step, Reset):
            served.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _LINGER_NOT)
            served.abandoned = True
            return False
        elif isinstance(step, HalfClose):
            served.out.drain()
            served.socket.shutdown(sockets.SHUT_WR)
        elif isinstance(step, Hold):
            _hold(served)
            return False
        elif isinstance(step, Naked):
            _put_naked(served, step.data)
        elif isinstance(step, Cut):
            if served.tls is not None:
                served.tls.silence()
            return False
        elif isinstance(step, Close):
            return False
    return True


def put(served: Served, octets: bytes) -> None:
    """Sends octets as they are. Raises Gone."""
    served.out.sent += len(octets)
    served.out.send(octets)
    served.out.drain()


def _put_naked(served: Served, octets: bytes) -> None:
    """Sends octets outside of TLS, where there is TLS."""
    served.out.drain()
    if served.tls is not None:
        served.tls.raw(octets)
    else:
        put(served, octets)


def _hold(served: Served) -> None:
    """Says nothing more: the connection stays open until the client closes it, or patience ends."""
    served.lingering = True
    served.codec.keep_alive = False
    served.deadline = time.monotonic() + served.service.patience.body
