"""Where records are: one file a run, 0600, the last 20 of each terminal.

The directory is `$XDG_RUNTIME_DIR/httpeek` if XDG_RUNTIME_DIR belongs to the user and nobody else may enter it, else
`httpeek/records` in the XDG state directory. A record never fails a request: what goes wrong is returned in words.
`replace` and `remove` are for every file of ours that others read while it changes.
"""

from __future__ import annotations

import os
from stat import S_ISDIR

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun
from httpeek.record.format import read, read_summary, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from httpeek.model.events import Event

KEPT = 20
"""Runs kept for one terminal."""
KEPT_IN_ALL = 400
"""Runs kept altogether, so that many short-lived terminals do not fill the directory."""
_SUFFIX = ".record"


class Entry(Noun):
    """One record of the store. `summary` is its first line: run, session, wall, method, url, status, bytes, micros."""

    path: str
    session: int
    summary: dict[str, Any]


def directory(environ: Mapping[str, str]) -> str:
    """Where records of this user are kept."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and _is_private(runtime):
        return runtime + "/httpeek"
    return state_directory(environ) + "/records"


def state_directory(environ: Mapping[str, str]) -> str:
    """The XDG state directory of httpeek (XDG base directory specification 0.8: relative paths are ignored)."""
    state = environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):
        state = (environ.get("HOME") or os.path.expanduser("~")) + "/.local/state"
    return state + "/httpeek"


def _is_private(path: str) -> bool:
    try:
        info = os.stat(path)
    except OSError:
        return False
    return S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077


def save(environ: Mapping[str, str], summary: dict[str, object], recorded: Iterable[Event]) -> str:
    """Writes a record; empty on success, else why there is none, in words."""
    session = os.getsid(0)
    where = directory(environ)
    name = f"{where}/{summary['run']}.{session}{_SUFFIX}"
    octets = write({**summary, "session": session}, recorded)
    part = name + ".part"
    try:
        try:
            replace(name, part, octets, os.O_EXCL)
        except FileNotFoundError:
            os.makedirs(where, 0o700, exist_ok=True)
            replace(name, part, octets, os.O_EXCL)
        _prune(where, session)
    except OSError as error:
        return f"no record was kept: {where}: {(error.strerror or '').lower()}"
    return ""


def replace(path: str, part: str, octets: bytes, flag: int = os.O_TRUNC, sync: bool = False) -> None:
    """Writes `part` (0600) and renames it over `path`, so that a reader sees the old file or the new one, whole.

    `flag` says what becomes of a part that is there (O_TRUNC or O_EXCL, open(2)); `sync` waits for the disk. Raises
    OSError; the part is gone then.
    """
    try:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | flag | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(octets)
            while view:
                view = view[os.write(file, view) :]
            if sync:
                os.fsync(file)
        finally:
            os.close(file)
        os.rename(part, path)
    except OSError:
        remove(part)
        raise


def remove(path: str) -> None:
    """Takes a file away, if it is there and may go."""
    try:
        os.unlink(path)
    except OSError:
        pass


def _prune(where: str, session: int) -> None:
    names = sorted(name for name in os.listdir(where) if name.endswith(_SUFFIX))
    ours = [name for name in names if name.endswith(f".{session}{_SUFFIX}")]
    for name in {*ours[:-KEPT], *names[:-KEPT_IN_ALL]}:
        remove(f"{where}/{name}")


def entries(environ: Mapping[str, str], everywhere: bool = False) -> list[Entry]:
    """The records of this terminal, newest first; with `everywhere` those of all terminals."""
    where = directory(environ)
    try:
        names = [name for name in os.listdir(where) if name.endswith(_SUFFIX)]
    except OSError:
        return []
    found = []
    for name in sorted(names, reverse=True):
        session = name.removesuffix(_SUFFIX).rpartition(".")[2]
        if not everywhere and session != str(os.getsid(0)):
            continue
        try:
            with open(f"{where}/{name}", "rb") as file:
                summary = read_summary(file.readline())
        except OSError:
            continue
        if summary is not None:
            found.append(Entry(f"{where}/{name}", int(session), summary))
    return found


def find(environ: Mapping[str, str], reference: str) -> Entry:
    """The record that `@last`, `@-2` or the beginning of a run's id means. Raises HttpeekError (USAGE).

    `@last` is this terminal's newest record or, where it has none, the newest of all.
    """
    ours = entries(environ) or entries(environ, everywhere=True)
    if not ours:
        raise usage("there are no records yet: make a request first")
    name = reference.removeprefix("@")
    if name in ("last", "-1", ""):
        return ours[0]
    if name.startswith("-") and name[1:].isdigit():
        number = int(name[1:])
        if not 1 <= number <= len(ours):
            raise usage(f"there is no record {reference}: this terminal has {len(ours)}")
        return ours[number - 1]
    matching = [entry for entry in entries(environ, everywhere=True) if str(entry.summary["run"]).startswith(name)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise usage(f"{len(matching)} records begin with {name}: write more of its id")
    raise usage(f"there is no record {reference}: `httpeek show` lists them")


def load(entry: Entry) -> list[Event]:
    """The events of a record. Raises HttpeekError (USAGE) when it cannot be read."""
    return load_file(entry.path)


def load_file(path: str) -> list[Event]:
    """The events of a record file. Raises HttpeekError (USAGE) when it cannot be read or is no record."""
    try:
        with open(path, "rb") as file:
            return read(file.read())
    except OSError as error:
        raise usage(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    except (ValueError, TypeError, KeyError) as error:
        raise usage(f"{path} is no record: {error}") from None


def clear(environ: Mapping[str, str], everywhere: bool = False) -> int:
    """Deletes the records of this terminal (or all); how many there were."""
    found = entries(environ, everywhere)
    for entry in found:
        os.unlink(entry.path)
    return len(found)
