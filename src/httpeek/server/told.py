"""What an application is told beside its request: the connection's own keys of the environ, and what can be asked for.

The keys `httpeek.*` are the companion's: any other application may use them, and none has to.
"""

from __future__ import annotations

import os

from httpeek.server.input import Input
from httpeek.server.wsgi import environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.model.message import RequestHead
    from httpeek.server.connection import Served
    from httpeek.server.wsgi import Environ


def base(served: Served) -> Environ:
    """The keys that are the same for every request of a connection."""
    host, _, port = served.local.rpartition(":")
    peer, _, peer_port = served.remote.rpartition(":")
    if served.local.startswith("unix:"):
        host = port = peer = peer_port = ""
    secure = served.tls is not None
    return {
        # Neither may be empty (PEP 3333), though a unix socket has no port.
        "SERVER_NAME": host.strip("[]") or "localhost",
        "SERVER_PORT": port or ("443" if secure else "80"),
        "REMOTE_ADDR": peer.strip("[]"),
        "REMOTE_PORT": peer_port,
        "wsgi.url_scheme": "https" if secure else "http",
        **({"HTTPS": "on"} if secure else {}),
        **served.service.facts,
        "httpeek.interim": served.out.interim,
        "httpeek.trailers": served.out.trailers,
        "httpeek.connection": lambda: about(served),
    }


def told(served: Served, head: RequestHead, keys: Environ) -> Environ:
    """The environ of a request; `keys` are those of `base`."""
    made = environ(head, Input(served.incoming.pull), keys)
    out, service = served.out, served.service
    if out.tape is not None and service.shelf is not None:
        from httpeek.server.replay import replay

        made["httpeek.exchange"] = out.tape.id
        made["httpeek.requests"] = service.shelf.summaries
        made["httpeek.record"] = service.shelf.record
        made["httpeek.replay"] = lambda octets, local, remote, of: replay(service, octets, local, remote, of)
        made["httpeek.request_octets"] = out.tape.octets
    return made


def about(served: Served) -> dict[str, Any]:
    """What is known of a connection, for `GET /socket`."""
    from httpeek.server.visible import tcp_info

    facts = served.service.facts
    return {
        "fd": served.fd,
        "local": served.local,
        "remote": served.remote,
        "requests": served.requests,
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "model": facts.get("httpeek.model"),
        "worker": facts.get("httpeek.worker"),
        "tls": served.tls.facts if served.tls is not None else None,
        "tcp_info": tcp_info(served.socket),
    }
