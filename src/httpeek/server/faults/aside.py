"""A fault of the handshake that was asked for by path: the client is sent to a port of its own, where the fault waits.

    GET /fault/tls-expired   ->   307, Location: https://127.0.0.1:41877/fault/tls-expired

The port is open for a few seconds and serves one connection; whoever serves the connection that asked waits for it.
"""

from __future__ import annotations

from select import POLLIN

from httpeek.net.stream import describe
from httpeek.server.certificates import Authority
from httpeek.server.faults.acting import put
from httpeek.server.listen import accept, listen
from httpeek.server.outgoing import ready
from httpeek.server.tls import Tls, names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import RequestHead
    from httpeek.server.connection import Served
    from httpeek.server.faults import Fault

_WAIT = 3.0
"""Seconds for which the port waits for the client: enough to follow a redirect, short where nobody follows."""

_MOVED = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://%b%b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def aside(row: Fault, served: Served, head: RequestHead) -> None:
    """Answers with a redirect to a new port and serves one connection there. Raises OSError, HttpeekError."""
    from httpeek.server.connection import Served, serve

    host = "127.0.0.1" if served.local.startswith("unix:") else served.local.rpartition(":")[0].strip("[]")
    listener = listen(host, 0)
    try:
        where = describe(listener.getsockname())
        put(served, _MOVED % (where.encode("ascii"), head.target))
        served.half_close()
        if not ready(listener.fileno(), POLLIN, _WAIT):
            return
        sock, remote = accept(listener)
    finally:
        listener.close()
    service = served.service
    authority = service.tls.authority if service.tls is not None else Authority(names([host]))
    secured = Tls(None, authority, lambda name: row)
    serve(Served(sock, service._replace(tls=secured, loop=False, gather=False), remote))
