"""New code while developing (`serve --reload`): when a file of the application changes, the process replaces itself.

The model ends as by SIGTERM, so requests in flight are finished; then the same command line is executed again in the
same process (execve(2)), with the listening sockets handed over: they stay open all the time, and clients wait in the
kernel's queue. It is the same for every model. Code that does not load is told, and its next change waited for.

Watched are the files of the modules that are the user's own (see `load.is_own`); the workers of prefork report those
that only they have loaded. Nothing is done where nothing changes but to look at these files.
"""

from __future__ import annotations

import os
import select
import sys
import time
from _thread import start_new_thread
from signal import ITIMER_REAL, SIGTERM, setitimer

from httpeek.model.codes import HttpeekError
from httpeek.server.listen import inherited
from httpeek.server.load import files_of, is_own, trace
from httpeek.server.signals import on_end, on_hangup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from httpeek.net.stream import sockets
    from httpeek.server.load import Program
    from httpeek.server.wsgi import Application

VARIABLE = "HTTPEEK_LISTENING"
"""Environment variable of a process that replaced itself: its pid, a colon, and descriptors of listening sockets."""
_TICK = 0.3
"""Seconds between two looks. A change counts when nothing has changed for another tick: editors write in steps."""
_RESTLESS = 5
"""Ticks after which a change counts although files go on changing: a build may write one all the time."""


class Reload:
    """Made before the application is loaded; `again` is True in a process that has replaced itself."""

    def __init__(self, program: Program, log: Callable[[str], None]) -> None:
        self._program = program
        self._log = log
        self._environment = dict(os.environ)  # the application may change its own
        self._directory = os.getcwd()
        self._files = Files()
        self._held: list[int] = []
        self._due = False
        self._reports_in, self._reports_out = os.pipe()
        self._handed = self._environment.pop(VARIABLE, "")
        os.environ.pop(VARIABLE, None)
        pid, _, numbers = self._handed.partition(":")
        # A variable that was set for another process, and came here by inheritance, means nothing.
        self.again = pid == str(os.getpid())
        self._numbers = [int(number) for number in numbers.split(",")] if self.again else []
        # A file that changes twice in a second and keeps its size would be taken for the one that was compiled.
        sys.dont_write_bytecode = True

    def listeners(self, listen: Callable[[], list[sockets.socket]]) -> list[sockets.socket]:
        """The listening sockets that were handed over; at the first start those of `listen`."""
        found = [inherited(number) for number in self._numbers] if self.again else listen()
        for sock in found:
            os.set_inheritable(sock.fileno(), False)
        # The models close theirs when they end; these stay open.
        self._held = [os.dup(sock.fileno()) for sock in found]
        return found

    def load(self, started: Callable[[], None]) -> Application | None:
        """The application. Where its code fails, `started` is called, the log told why, and a change waited for; None
        when a signal asked the server to end meanwhile. Raises HttpeekError (USAGE) when what was named does not
        exist at the first start."""
        # Looked at before, so that a change while it is loaded counts.
        self._files.add(self._program.places())
        try:
            application = self._program.load()
        except HttpeekError as error:
            if not self.again:
                raise
            why = error.failure.sentence
        except (Exception, SystemExit) as error:
            why = trace(error)
            self._files.add(files_of(error))
        else:
            self._files.look()
            start_new_thread(self._watch, ())
            return application
        self._wait(why, started)
        return None

    def _wait(self, why: str, started: Callable[[], None]) -> None:
        asked: list[bool] = []
        on_end(lambda: asked.append(True))
        on_hangup(lambda: None)
        started()
        self._log(why)
        self._log("no code to serve: clients wait until a change of it can be loaded")
        while not asked:
            time.sleep(_TICK)
            if self._changed():
                self._due = True
                self.replace()

    def report(self) -> None:
        """In a process that was forked: has the files of modules that are loaded here from now on watched, too."""
        files = Files()
        files.look()  # here, not in the thread: a first request may import something before that runs
        start_new_thread(self._report, (files,))

    def replace(self) -> None:
        """Executes the command line again, if a change is the reason why the model has ended."""
        if not self._due:
            return
        for number in self._held:
            os.set_inheritable(number, True)
        handed = f"{os.getpid()}:{','.join(str(number) for number in self._held)}"
        if sys.stdout is not None:
            sys.stdout.flush()
        os.chdir(self._directory)
        setitimer(ITIMER_REAL, 0)  # execve(2) would keep it, but not its handler
        words = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, words, {**self._environment, VARIABLE: handed})

    def _watch(self) -> None:
        """A thread's life: looks, and asks the model to end when something has changed."""
        poll = select.poll()
        poll.register(self._reports_in, select.POLLIN)
        rest = b""
        while True:
            if poll.poll(_TICK * 1000):
                *lines, rest = (rest + os.read(self._reports_in, 65_536)).split(b"\n")
                self._files.add([os.fsdecode(line) for line in lines])
            self._files.look()
            if self._changed():
                self._due = True
                os.kill(os.getpid(), SIGTERM)
                return

    def _changed(self) -> bool:
        """Whether a file has changed; says which one, when it has come to rest."""
        path = self._files.changed()
        if not path:
            return False
        for _ in range(_RESTLESS):
            time.sleep(_TICK)
            if not self._files.changed():
                break
        shown = os.path.relpath(path, self._directory)
        self._log(f"{path if shown.startswith('..') else shown} changed: the application is loaded again")
        return True

    def _report(self, files: Files) -> None:
        while True:
            time.sleep(_TICK)
            found = files.look()
            if found:
                os.write(self._reports_out, b"".join(os.fsencode(path) + b"\n" for path in found))


class Files:
    """Files, and how they looked when they were last looked at."""

    def __init__(self) -> None:
        self._stamps: dict[str, tuple[int, int] | None] = {}
        self._judged: set[str] = set()  # names of modules

    def add(self, paths: Iterable[str]) -> None:
        """Watches further files; they need not exist yet."""
        for path in paths:
            if path not in self._stamps:
                self._stamps[path] = _stamp(path)

    def look(self) -> Sequence[str]:
        """Watches the files of modules that were loaded since the last look, and returns them."""
        modules = sys.modules.copy()  # other threads import meanwhile
        new = [modules[name] for name in modules.keys() - self._judged]
        self._judged.update(modules)
        found = [
            os.path.abspath(path) for module in new if is_own(module) and (path := module.__dict__.get("__file__"))
        ]
        self.add(found)
        return found

    def changed(self) -> str:
        """The path of a file that looks different from before, which is how it looked from now on; "" if none does."""
        found = ""
        for path, before in self._stamps.items():
            now = _stamp(path)
            if now != before:
                self._stamps[path] = now
                found = found or path
        return found


def _stamp(path: str) -> tuple[int, int] | None:
    """When a file was changed (ns) and its size (octets); None where there is none."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
