"""`httpeek serve [APP]`: the companion server, or any WSGI application, until Ctrl-C."""

from __future__ import annotations

import os

from httpeek.cli.say import printable, say
from httpeek.codec.http1.server import ServerLimits
from httpeek.model.codes import ADDRESS_IN_USE, DONE, WRITE_FAILED, Failure, HttpeekError, usage
from httpeek.model.target import split_host_port
from httpeek.net.stream import describe, sockets
from httpeek.render.screen import Screen
from httpeek.server.access import logger
from httpeek.server.listen import inherited, listen, listen_unix
from httpeek.server.models import NOBODY, Model, Settings, model, runner
from httpeek.server.service import Patience, Service
from httpeek.server.tape import Shelf
from httpeek.server.visible import Watch
from httpeek.server.wsgi import environ_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.server.faults.perform import Choice
    from httpeek.server.load import Program
    from httpeek.server.reload import Reload
    from httpeek.server.wsgi import Application

DEFAULT_PORT = 8080


def run(typed: Typed, environment: Environment) -> int:
    """Listens and serves; returns when a signal ends it. Raises HttpeekError: ADDRESS_IN_USE, NOT_CONNECTED, USAGE."""
    screen = Screen.detect(environment.variables, typed.text("color"), typed.flag("plain"))
    log = _log(screen)
    name = typed.arguments[0] if typed.arguments else ""
    # The fast one for an application, the one that blocks nobody for the companion.
    row = model(typed.text("model") or ("prefork" if name else "threads"))
    settings = _settings(typed, row.name)
    watch = Watch(screen.err) if typed.flag("show-sockets") else None
    program = _program(name)
    reload = _reload(typed, program, log)
    # With --reload clients wait for code that loads; else an application that does not load listens nowhere.
    early = _load(program, log) if reload is None else None
    listeners = _listeners(typed) if reload is None else reload.listeners(lambda: _listeners(typed))

    def started() -> None:
        if not typed.number("quiet") and not (reload is not None and reload.again):
            by = f"model {row.name}" if typed.flag("accept") else "nobody accepts"
            where = _urls(listeners, typed)
            screen.err(f"-- {name or 'companion'} on {where}, {by}, pid {os.getpid()}; Ctrl-C stops it")
        if watch is not None:
            for listener in listeners:
                watch.listens(listener)

    application = early if reload is None else reload.load(started)
    if application is not None:
        service = _service(typed, application, row, screen, log)._replace(watch=watch)
        settings = settings._replace(started=started, again=program.again if program is not None else None)
        if reload is not None:
            settings = settings._replace(forked=reload.report)
        runner(row if typed.flag("accept") else NOBODY)(listeners, service, settings)
    if reload is not None:
        reload.replace()
    for path in typed.texts("unix-socket"):
        _remove(path)
    return DONE


def _service(typed: Typed, application: Application, row: Model, screen: Screen, log: Callable[[str], None]) -> Service:
    companion = not typed.arguments
    return Service(
        application,
        {**environ_facts(row.name, row.multithread, row.multiprocess), "httpeek.seed": typed.number("seed")},
        limits=_limits(typed),
        patience=Patience(typed.seconds("head-timeout"), typed.seconds("body-timeout"), typed.seconds("idle-timeout")),
        log=log,
        access=logger(typed.text("access-log"), lambda line: say(line + "\n")),
        gather=row.gather,
        fault=_faults(typed, companion),
        shelf=_shelf(typed.text("save"), companion),
        most=typed.number("max-requests"),
    )


def _reload(typed: Typed, program: Program | None, log: Callable[[str], None]) -> Reload | None:
    """What --reload asks for. Raises HttpeekError (USAGE) where there is no application to watch."""
    if not typed.flag("reload"):
        return None
    if program is None:
        raise usage("--reload watches an application: name one, as in httpeek serve module:app --reload")
    from httpeek.server.reload import Reload

    return Reload(program, log)


def _settings(typed: Typed, name: str) -> Settings:
    """What the model is told; --max-fds is done here. Raises HttpeekError (USAGE) for an option of the model fork given
    to another one."""
    for option in ("reap", "keep-fds"):
        if typed.has(option) and name != "fork":
            raise usage(f"--{option} belongs to the model fork: add --model fork (here the model is {name})")
    if typed.value("max-fds") is not None:
        from httpeek.server.descriptors import limit

        limit(typed.number("max-fds"))
    reap, keep_fds = typed.text("reap"), typed.flag("keep-fds")
    return Settings(
        *(typed.number("workers"), typed.number("threads"), typed.seconds("graceful")),
        *(reap, keep_fds, typed.has("reap") or keep_fds),
    )


def _log(screen: Screen) -> Callable[[str], None]:
    """What takes the lines of the server's log; a traceback is several."""

    def log(text: str) -> None:
        for line in text.split("\n"):
            screen.err(f"-- {printable(line)}")

    return log


def _program(name: str) -> Program | None:
    """The application that was named; None for the companion. Raises HttpeekError (USAGE) for what names none."""
    if not name:
        return None
    if name.rpartition(":")[2].isdigit():
        raise usage(f"{name} is an address, not an application: to listen there, write --bind {name}")
    from httpeek.server.load import Program

    return Program(name)


def _load(program: Program | None, log: Callable[[str], None]) -> Application:
    """The application. Raises HttpeekError (USAGE) where it cannot be loaded; the log has the traceback of its code."""
    if program is None:
        from httpeek.server.app import app

        return app
    try:
        return program.load()
    except HttpeekError:
        raise
    except (Exception, SystemExit) as error:
        from httpeek.server.load import failure, trace

        log(trace(error))
        raise failure(program.text, error) from None


def _shelf(directory: str, companion: bool) -> Shelf | None:
    """Where exchanges are kept: in memory for the companion, which lists them, and as files where that was asked.
    Raises HttpeekError (WRITE_FAILED) for a directory that cannot be made."""
    if not directory and not companion:
        return None
    if directory:
        try:
            os.makedirs(directory, 0o700, exist_ok=True)
        except OSError as error:
            sentence = f"--save {directory}: {(error.strerror or '').lower()}"
            raise HttpeekError(Failure(WRITE_FAILED, "write", sentence)) from None
    return Shelf(directory)


def _faults(typed: Typed, companion: bool) -> Choice | None:
    """What decides which requests get a fault; None where none can. Raises HttpeekError (USAGE)."""
    names = typed.texts("fault")
    if not names and not companion:
        return None
    from httpeek.server.faults.perform import Choice, unknown

    wrong = unknown(names)
    if wrong:
        from httpeek.cli.habits import nearest
        from httpeek.server.faults.catalogue import FAULTS

        near = nearest(wrong, [row.name for row in FAULTS])
        raise usage(
            f"there is no fault {wrong}" + (f"; did you mean {near}?" if near else ": `httpeek faults` lists them")
        )
    text = typed.text("fault-rate")
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise usage(f"--fault-rate {text} is not a share from 0 to 1")
    return Choice(names, rate, typed.number("seed"), companion)


def _limits(typed: Typed) -> ServerLimits:
    return ServerLimits(
        request_line=max(8_000, typed.number("max-request-line")),
        head=typed.number("max-request-head"),
        fields=typed.number("max-request-fields"),
        content=typed.number_or_none("max-request-body"),
    )


def _listeners(typed: Typed) -> list[sockets.socket]:
    """The listening sockets that were asked for; by default localhost:8080 on 127.0.0.1 and, where there is one,
    on ::1. One that is taken on either is an error: a client would find the other server by chance."""
    backlog, reuse = typed.number("backlog"), typed.flag("reuse-port")
    made = [inherited(_number(text)) for text in typed.texts("fd")]
    made += [listen_unix(path, backlog) for path in typed.texts("unix-socket")]
    for text in typed.texts("bind"):
        host, port = split_host_port(text, text)
        if port is None:
            raise usage(f"--bind {text} has no port: write {text}:8080, or {text}:0 for any free one")
        made.append(listen({"": "127.0.0.1", "localhost": "127.0.0.1"}.get(host, host), port, backlog, reuse))
    return made or _default(backlog, reuse)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise usage(f"--fd {text} is not the number of a descriptor")
    return int(text)


def _default(backlog: int, reuse: bool) -> list[sockets.socket]:
    found = [listen("127.0.0.1", DEFAULT_PORT, backlog, reuse)]
    try:
        found.append(listen("::1", DEFAULT_PORT, backlog, reuse))
    except HttpeekError as error:
        if error.code == ADDRESS_IN_USE:
            found[0].close()
            raise
    except OSError:
        pass  # this system has no IPv6
    return found


def _urls(listeners: list[sockets.socket], typed: Typed) -> str:
    if not any(typed.texts(name) for name in ("bind", "fd", "unix-socket")):
        return f"http://localhost:{DEFAULT_PORT}"
    names = [describe(listener.getsockname()) for listener in listeners]
    return " and ".join(name if name.startswith("unix:") else f"http://{name}" for name in names)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
