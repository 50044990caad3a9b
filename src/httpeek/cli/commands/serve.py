"""`httpeek serve [APP]`: the companion server, or any WSGI application, until Ctrl-C."""

from __future__ import annotations

import os
from functools import partial

from httpeek.cli.say import printable, say
from httpeek.codec.http1.server import ServerLimits
from httpeek.model.codes import ADDRESS_IN_USE, DONE, WRITE_FAILED, Failure, HttpeekError, usage
from httpeek.model.target import split_host_port
from httpeek.net.stream import describe, sockets
from httpeek.record.store import remove
from httpeek.render.screen import Screen
from httpeek.server.access import logger
from httpeek.server.listen import inherited, listen, listen_unix
from httpeek.server.models import NOBODY, Model, Settings, model, runner
from httpeek.server.service import Patience, Service
from httpeek.server.shelf import Files, Memory, Shared
from httpeek.server.visible import Watch
from httpeek.server.wsgi import environ_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.server.faults.choice import Choice
    from httpeek.server.listen import Maker
    from httpeek.server.load import Program
    from httpeek.server.reload import Reload
    from httpeek.server.shelf import Shelf
    from httpeek.server.steps import Steps
    from httpeek.server.tls import Tls
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
    steps = _steps(typed, screen)
    make = steps.socket if steps is not None else sockets.socket
    program = _program(name)
    reload = _reload(typed, program, log)
    # With --reload clients wait for code that loads; else an application that does not load listens nowhere.
    early = _load(program, log) if reload is None else None
    each = settings.workers if row.name == "prefork" and typed.flag("reuse-port") else 1
    opened = partial(_listeners, typed, make, each)
    listeners = opened() if reload is None else reload.listeners(opened)
    fault = _faults(typed, companion=not name)
    tls = _tls(typed, listeners, fault)

    def started() -> None:
        if not typed.number("quiet") and not (reload is not None and reload.again):
            by = "nobody accepts" if typed.flag("never-accept") else f"model {row.name}"
            where = _urls("http" if tls is None else "https", listeners, typed)
            screen.err(f"-- {name or 'companion'} on {where}, {by}, pid {os.getpid()}; Ctrl-C stops it")
        if watch is not None:
            for listener in listeners:
                watch.listens(listener)

    def traced(application: Application) -> Application:
        return application if steps is None else steps.application(application)

    application = early if reload is None else reload.load(started)
    if application is not None:
        shelf, clear = _shelf(typed.text("save"), not name, row, log)
        service = _service(typed, traced(application), row, log)._replace(
            fault=fault, tls=tls, steps=steps, shelf=shelf, watch=watch
        )
        settings = settings._replace(started=started)
        if program is not None:
            again = program.again
            settings = settings._replace(again=lambda: traced(again()))
        if reload is not None:
            settings = settings._replace(forked=reload.report)
        try:
            runner(NOBODY if typed.flag("never-accept") else row)(listeners, service, settings)
        finally:
            clear()
    if reload is not None:
        reload.replace()
    for path in typed.texts("unix-socket"):
        remove(path)
    return DONE


def _service(typed: Typed, application: Application, row: Model, log: Callable[[str], None]) -> Service:
    """What was typed about every connection."""
    return Service(
        application,
        {
            **environ_facts(row.name, row.multithread, row.multiprocess),
            "httpeek.seed": typed.number("seed"),
            "httpeek.show_env": typed.flag("show-env"),
        },
        limits=_limits(typed),
        patience=Patience(typed.seconds("head-timeout"), typed.seconds("body-timeout"), typed.seconds("idle-timeout")),
        log=log,
        access=logger(typed.text("access-log"), lambda line: say(line + "\n")),
        loop=row.loop,
        gather=row.gather,
        most=typed.number("max-requests"),
        timing=typed.flag("server-timing"),
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
    to another one, and for a model that would have nobody to answer."""
    for option in ("reap", "keep-fds"):
        if typed.has(option) and name != "fork":
            raise usage(f"--{option} belongs to the model fork: add --model fork (here the model is {name})")
    for option in ("workers", "threads"):
        if not typed.number(option):
            raise usage(f"--{option} takes a number from 1 on: without any, nobody would answer")
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


def _tls(typed: Typed, listeners: list[sockets.socket], fault: Choice | None) -> Tls | None:
    """TLS for every connection, where it was asked for. Raises HttpeekError: USAGE, WRITE_FAILED."""
    certificate, ca_file = typed.text("server-cert"), typed.text("ca-file")
    if not (typed.flag("tls") or certificate or ca_file):
        name = next((name for name in typed.texts("fault") if name.startswith("tls-")), "")
        if name:
            raise usage(f"--fault {name} is in the handshake: it needs --tls")
        if typed.text("server-key"):
            raise usage("--server-key needs the certificate, too: --server-cert FILE")
        return None
    if certificate and ca_file:
        raise usage("--ca-file writes the throw-away authority, and with --server-cert there is none")
    from httpeek.server.certificates import Authority
    from httpeek.server.tls import Tls, from_files, names

    authority = Authority(names([_host(listener) for listener in listeners]))
    if ca_file:
        _write(ca_file, authority.pem)
    given = from_files(certificate, typed.text("server-key")) if certificate else None
    return Tls(given, authority, fault.secure if fault is not None else lambda name: None)


def _host(listener: sockets.socket) -> str:
    address = listener.getsockname()
    return str(address[0]) if isinstance(address, tuple) else ""


def _write(path: str, octets: bytes) -> None:
    try:
        with open(path, "wb") as file:
            file.write(octets)
    except OSError as error:
        sentence = f"--ca-file {path}: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(WRITE_FAILED, "write", sentence)) from None


def _shelf(
    directory: str, companion: bool, row: Model, log: Callable[[str], None]
) -> tuple[Shelf | None, Callable[[], None]]:
    """Where exchanges are kept, and what is to be called when the server ends: in memory or, where processes have to
    share them, in a temporary directory for the companion, which lists them; as files where that was asked.
    Raises HttpeekError (WRITE_FAILED) for a directory that cannot be made."""
    if directory:
        try:
            os.makedirs(directory, 0o700, exist_ok=True)
        except OSError as error:
            sentence = f"--save {directory}: {(error.strerror or '').lower()}"
            raise HttpeekError(Failure(WRITE_FAILED, "write", sentence)) from None
        files = Files(os.path.abspath(directory), log)
        return (Shared(files, bounded=False) if row.multiprocess else Memory(files)), _nothing
    if not companion:
        return None, _nothing
    if not row.multiprocess:
        return Memory(), _nothing
    from tempfile import mkdtemp

    files = Files(mkdtemp(prefix="httpeek-"), log)
    return Shared(files, bounded=True), files.remove


def _nothing() -> None:
    pass


def _faults(typed: Typed, companion: bool) -> Choice | None:
    """What decides which requests get a fault; None where none can. Raises HttpeekError (USAGE)."""
    names = typed.texts("fault")
    if not names and not companion:
        return None
    from httpeek.server.faults.choice import Choice, unknown

    wrong = unknown(names)
    if wrong:
        from httpeek.model.nearest import nearest
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


def _steps(typed: Typed, screen: Screen) -> Steps | None:
    """What writes each system call, where it was asked for."""
    if not typed.flag("steps"):
        return None
    from httpeek.server.steps import Steps

    return Steps(lambda line: screen.err(printable(line)))


def _listeners(typed: Typed, make: Maker, each: int) -> list[sockets.socket]:
    """The listening sockets that were asked for, made by `make`, `each` of them on an address; by default
    localhost:8080 on 127.0.0.1 and, where there is one, on ::1. One that is taken on either is an error: a client would
    find the other server by chance."""
    backlog, reuse = typed.number("backlog"), typed.flag("reuse-port")

    def bound(host: str, port: int) -> list[sockets.socket]:
        found = [listen(host, port, backlog, reuse, make)]
        while len(found) < each:
            found.append(listen(host, found[0].getsockname()[1], backlog, reuse, make))
        return found

    made = [inherited(_number(text)) for text in typed.texts("fd")]
    made += [listen_unix(path, backlog, make) for path in typed.texts("unix-socket")]
    for text in typed.texts("bind"):
        host, port = split_host_port(text, text)
        if port is None:
            raise usage(f"--bind {text} has no port: write {text}:8080, or {text}:0 for any free one")
        made += _loopback(port, bound) if host in ("", "localhost") else bound(host, port)
    return made or _loopback(DEFAULT_PORT, bound)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise usage(f"--fd {text} is not the number of a descriptor")
    return int(text)


def _loopback(port: int, bound: Callable[[str, int], list[sockets.socket]]) -> list[sockets.socket]:
    """This machine's own addresses: 127.0.0.1 and, where there is one, ::1, on the same port."""
    found = bound("127.0.0.1", port)
    try:
        found += bound("::1", found[0].getsockname()[1])
    except HttpeekError as error:
        if error.code == ADDRESS_IN_USE:
            for listener in found:
                listener.close()
            raise
    except OSError:
        pass  # this system has no IPv6
    return found


def _urls(scheme: str, listeners: list[sockets.socket], typed: Typed) -> str:
    if not any(typed.texts(name) for name in ("bind", "fd", "unix-socket")):
        return f"{scheme}://localhost:{DEFAULT_PORT}/"
    names = dict.fromkeys(describe(listener.getsockname()) for listener in listeners)
    return " and ".join(name if name.startswith("unix:") else f"{scheme}://{name}/" for name in names)
