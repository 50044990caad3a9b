"""`httpeek serve`: the companion server, until Ctrl-C."""

from __future__ import annotations

import os

from httpeek.cli.say import printable
from httpeek.model.codes import ADDRESS_IN_USE, DONE, HttpeekError, usage
from httpeek.model.target import split_host_port
from httpeek.net.stream import describe, sockets
from httpeek.render.screen import Screen
from httpeek.server.app import app
from httpeek.server.connection import Service
from httpeek.server.listen import listen
from httpeek.server.models import Settings, model, runner
from httpeek.server.wsgi import environ_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed

DEFAULT_PORT = 8080


def run(typed: Typed, environment: Environment) -> int:
    """Listens and serves; returns when a signal ends it. Raises HttpeekError: ADDRESS_IN_USE, USAGE."""
    screen = Screen.detect(environment.variables, typed.text("color"), typed.flag("plain"))
    listeners = _listeners(typed.texts("bind"))
    row = model(typed.text("model"))
    service = Service(
        app,
        environ_facts(row.name, row.multithread, row.multiprocess),
        log=lambda line: screen.err(f"-- {printable(line)}"),
        gather=row.gather,
    )
    where = _urls(listeners, typed.texts("bind"))
    if not typed.number("quiet"):
        screen.err(f"-- companion on {where}, model {row.name}, pid {os.getpid()}; Ctrl-C stops it")
    runner(row)(
        listeners, service, Settings(typed.number("workers"), typed.number("threads"), typed.seconds("graceful"))
    )
    return DONE


def _listeners(bind: tuple[str, ...]) -> list[sockets.socket]:
    """The listening sockets that were asked for; by default localhost:8080 on 127.0.0.1 and, where there is one,
    on ::1. One that is taken on either is an error: a client would find the other server by chance."""
    if not bind:
        found = [listen("127.0.0.1", DEFAULT_PORT)]
        try:
            found.append(listen("::1", DEFAULT_PORT))
        except HttpeekError as error:
            if error.code == ADDRESS_IN_USE:
                found[0].close()
                raise
        except OSError:
            pass  # this system has no IPv6
        return found
    made = []
    for text in bind:
        host, port = split_host_port(text, text)
        if port is None:
            raise usage(f"--bind {text} has no port: write {text}:8080, or {text}:0 for any free one")
        made.append(listen({"": "127.0.0.1", "localhost": "127.0.0.1"}.get(host, host), port))
    return made


def _urls(listeners: list[sockets.socket], bind: tuple[str, ...]) -> str:
    if not bind:
        return f"http://localhost:{DEFAULT_PORT}"
    return " and ".join(f"http://{describe(listener.getsockname())}" for listener in listeners)
