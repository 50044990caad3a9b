"""Where a server keeps its last exchanges: in memory, or in a directory that several processes share.

Rules:
- Whoever has an answer finds the exchange on the shelf: it is taken before the answer's first octets leave.
- Record files are whole (renamed into place) or not there. A name is a moment, a process and a number, so that names
  are in the order of time and no two processes choose the same; another process may take a file away at any time.
- A directory that is full or read-only is said once in the log, and never fails a request.
- Files hold what went over the wire, secrets and all: they are the user's alone (0600, in a directory made 0700).
"""

from __future__ import annotations

import os
from collections import deque
from itertools import count

from httpeek.record.format import read_summary
from httpeek.record.store import remove, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from httpeek.server.tape import Tape

    class Shelf(Protocol):
        """What a server needs of a shelf."""

        def begin(self, tape: Tape) -> None:
            """Takes the tape of an exchange whose answer begins, and names it."""

        def keep(self, tape: Tape) -> None:
            """The exchange of a tape is over."""

        def summaries(self) -> list[dict[str, object]]:
            """The first line of each record, oldest first: what /requests lists. `run` is the exchange's id."""

        def record(self, identifier: str) -> bytes | None:
            """The record file of an exchange, None for one that is not there (any more)."""


KEPT = 100
"""Exchanges that are listed, and kept where nothing else was asked for."""
KEPT_OCTETS = 32 * 1024 * 1024
"""Octets that a shelf costs at most, in memory or in its temporary directory; the oldest exchanges go first."""
EARLY = 4
"""Pieces of an answer before each of which its file is written: most answers are whole by then."""
_SUFFIX = ".record"
_ID = frozenset("0123456789abcdef-")


class Memory:
    """The last exchanges of a server that is one process and, where it has `files`, each of them as a file there."""

    def __init__(self, files: Files | None = None) -> None:
        self._tapes: deque[Tape] = deque()
        self._names = Names()
        self._files = files

    def begin(self, tape: Tape) -> None:
        """See `Shelf.begin`."""
        if not tape.id:
            self._names.give(tape)
            self._tapes.append(tape)
        size = sum(each.size for each in self.tapes())
        while len(self._tapes) > KEPT or (size > KEPT_OCTETS and len(self._tapes) > 1):
            size -= self._tapes.popleft().size

    def keep(self, tape: Tape) -> None:
        """See `Shelf.keep`."""
        self.begin(tape)
        if self._files is not None:
            self._files.save(tape)

    def tapes(self) -> Sequence[Tape]:
        """The tapes, oldest first."""
        return tuple(self._tapes)

    def summaries(self) -> list[dict[str, object]]:
        """See `Shelf.summaries`."""
        return [tape.summary() for tape in self.tapes()]

    def record(self, identifier: str) -> bytes | None:
        """See `Shelf.record`."""
        return next((tape.record() for tape in self.tapes() if tape.id == identifier), None)


class Shared:
    """The last exchanges of a server of several processes: record files, which every process reads.

    `bounded` takes the oldest away, for a directory that is there for nothing else.
    """

    def __init__(self, files: Files, bounded: bool) -> None:
        self._names = Names()
        self._files = files
        self._bounded = bounded

    def begin(self, tape: Tape) -> None:
        """See `Shelf.begin`."""
        if not tape.id:
            self._names.give(tape)
            tape.answering = self._answering

    def _answering(self, tape: Tape) -> None:
        if len(tape.response) <= EARLY:
            self._files.save(tape)

    def keep(self, tape: Tape) -> None:
        """See `Shelf.keep`."""
        self.begin(tape)
        self._files.save(tape)
        if self._bounded:
            self._files.prune()

    def summaries(self) -> list[dict[str, object]]:
        """See `Shelf.summaries`."""
        found = (self._files.summary(name) for name in self._files.names()[-KEPT:])
        return [each for each in found if each is not None]

    def record(self, identifier: str) -> bytes | None:
        """See `Shelf.record`."""
        return self._files.record(identifier)


class Names:
    """The names of exchanges: us since 1970 and the process in hexadecimal, and a number. In one ms several processes
    may answer one after the other."""

    def __init__(self) -> None:
        self._numbers = count(1)  # two threads never get the same of it

    def give(self, tape: Tape) -> None:
        """Names a tape."""
        tape.id = f"{tape.wall // 1000:014x}-{os.getpid():06x}-{next(self._numbers):06}"


class Files:
    """Record files in a directory. Those that were there before belong to another server and are not looked at.

    `log` takes the sentence that a file could not be written; `told` is an octet that all processes of the server
    share, so that one of them says it.
    """

    def __init__(self, directory: str, log: Callable[[str], None]) -> None:
        from mmap import mmap

        self._directory = directory
        self._log = log
        self._told = mmap(-1, 1)
        self._before = frozenset(self._listed())

    def save(self, tape: Tape) -> None:
        """Writes the record of a tape, in place of an earlier one. Raises nothing for a directory that takes none."""
        name = f"{self._directory}/{tape.id}{_SUFFIX}"
        part = f"{name}.part"
        octets = tape.record()
        try:
            # Not O_EXCL: a part that a full directory left behind is written anew.
            replace(name, part, octets)
        except OSError as error:
            if self._told[0] == 0:
                self._told[0] = 1
                self._log(f"exchanges are not kept: {name}: {(error.strerror or '').lower()}")

    def names(self) -> list[str]:
        """The ids of the exchanges of this server, oldest first."""
        found = (name.removesuffix(_SUFFIX) for name in self._listed() if name not in self._before)
        return sorted(name for name in found if _ID.issuperset(name))

    def summary(self, identifier: str) -> dict[str, object] | None:
        """The first line of a record; None where it is gone."""
        try:
            with open(f"{self._directory}/{identifier}{_SUFFIX}", "rb") as file:
                return read_summary(file.readline())
        except OSError:
            return None

    def record(self, identifier: str) -> bytes | None:
        """A whole record; None where there is none of that id."""
        if not identifier or not _ID.issuperset(identifier):
            return None  # no name of ours, and no way out of the directory
        try:
            with open(f"{self._directory}/{identifier}{_SUFFIX}", "rb") as file:
                return file.read()
        except OSError:
            return None

    def prune(self) -> None:
        """Takes the oldest files away: what is over `KEPT` and over `KEPT_OCTETS`, but never the latest."""
        size = 0
        for place, name in enumerate(sorted(self._listed(), reverse=True), 1):
            path = f"{self._directory}/{name}"
            try:
                size += os.stat(path).st_size
            except OSError:
                continue
            if place > KEPT or (size > KEPT_OCTETS and place > 1):
                remove(path)

    def remove(self) -> None:
        """Takes the directory away, with all that is in it."""
        from shutil import rmtree

        rmtree(self._directory, ignore_errors=True)

    def _listed(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._directory) if name.endswith(_SUFFIX)]
        except OSError:
            return []
