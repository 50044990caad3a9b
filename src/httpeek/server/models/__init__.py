"""The process models: who accepts, and where a connection is served. One file and one row each.

A model's module has `run(listeners, service, settings)`: it serves until SIGTERM or SIGINT, lets requests in flight
finish, and returns. `MODELS` is the only list of them.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.net.stream import sockets
    from httpeek.server.service import Service
    from httpeek.server.wsgi import Application

    Run = Callable[[Sequence[sockets.socket], Service, "Settings"], None]


class Settings(Noun):
    """What the models need beside the service: how many `workers` (processes) and `threads`, and how many seconds
    requests in flight have at the end (`graceful`).

    Of the lessons of fork: which ended children it asks for at a SIGCHLD (`reap`: "all", "one" or "none"), whether it
    keeps its copies of the sockets (`keep_fds`), and whether it says what comes of that (`explain`).

    `again` loads the application anew, where that can be done. A model calls `started` once, when its signal handlers
    are in place: who reads that a server runs may send one at once. `forked` is called in each worker that lives on.
    """

    workers: int = 2
    threads: int = 40
    graceful: float = 10.0
    reap: str = "all"
    keep_fds: bool = False
    explain: bool = False
    again: Callable[[], Application] | None = None
    started: Callable[[], None] = lambda: None
    forked: Callable[[], None] = lambda: None


class Model(Noun):
    """One row: the name, its file in this room, what is true of it for `wsgi.multithread` and `wsgi.multiprocess`,
    whether an event loop waits for clients and reads content before the application is called, and a sentence."""

    name: str
    module: str
    multithread: bool
    multiprocess: bool
    loop: bool
    gather: bool
    sentence: str


MODELS = (
    Model("single", "single", False, False, False, False, "one process, one connection at a time"),
    Model("threads", "threads", True, False, True, False, "a pool of threads; idle connections are parked"),
    Model("fork", "fork", False, True, False, False, "a process for each connection"),
    Model("prefork", "prefork", False, True, True, True, "workers that share a listening socket, supervised"),
)


NOBODY = Model(
    "nobody", "nobody", False, False, False, False, "listens and never accepts: a lesson (serve --never-accept)"
)
"""No model that can be chosen by name."""


def model(name: str) -> Model:
    """The row of a model. Raises KeyError for a name that is not in the table."""
    return next(row for row in MODELS if row.name == name)


def runner(row: Model) -> Run:
    """The `run` of a model; its module is imported now and not before."""
    module = __import__(f"httpeek.server.models.{row.module}", fromlist=["run"])
    run: Run = module.run
    return run
