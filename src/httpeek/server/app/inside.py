"""The server as it is inside: version, host, environment, this connection, the request's octets.

What the server under this app has to tell (the keys `httpeek.*` of the environ) is answered with 501 where it does
not: see docs/companion.md.
"""

from __future__ import annotations

from httpeek import __version__
from httpeek.server.app.answer import OCTETS, Refused, json, whole
from httpeek.server.app.request import content, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.server.app.answer import Answer, Environ


def version(environ: Environ) -> Answer:
    """The version of this app, and what the server calls itself."""
    return json({"version": __version__, "server": _software(environ)})


def hostname(environ: Environ) -> Answer:
    """The host's own name."""
    from os import uname

    return json({"hostname": uname().nodename})


def env(environ: Environ) -> Answer:
    """The environment variables of the server's process: secrets are among them, so it is off unless asked for."""
    if not environ.get("httpeek.show_env"):
        raise Refused(403, "this server does not show its environment variables: they may hold secrets")
    from os import environ as variables

    return json({"env": {name: variables[name] for name in sorted(variables)}})


def socket(environ: Environ) -> Answer:
    """The connection as the server has it: descriptor, both halves of the 4-tuple, process, requests so far."""
    found = told(environ, "httpeek.connection", "its connections")
    return json(found)


def dump(environ: Environ) -> Answer:
    """The request, octet for octet: head and content as they came, before anything was read into them."""
    content(environ)  # so that it has come: what the server keeps grows as it is read
    return whole(told(environ, "httpeek.request_octets", "the octets of a request"), OCTETS)


def told(environ: Environ, key: str, what: str, *asked: object) -> Any:
    """What the server tells under a key, as it is or by a call with what is asked; Refused with 501 where not."""
    found = environ.get(key)
    if callable(found):
        return found(*asked)
    if found is None:
        raise Refused(501, f"this server ({_software(environ)}) does not tell {what}")
    return found


def _software(environ: Environ) -> str:
    return shown(environ.get("SERVER_SOFTWARE", "") or "unknown")
