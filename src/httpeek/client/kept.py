"""A file that several processes change and none of them spoils: a session, a jar of cookies.

Rules: it is never written in place: a new one (0600) is written beside it and renamed over it, so that a reader sees
the old one or the new one, whole. Who changes it holds a lock (flock(2)) from reading to renaming, and changes what
is there then, not what was there before; so nothing is lost. The lock is that of the directory: a lock on a file that
is renamed over locks nothing, and a lock file would be left behind.
"""

from __future__ import annotations

import os

from httpeek.model.codes import READ_FAILED, WRITE_FAILED, Failure, HttpeekError
from httpeek.record.store import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def load(path: str) -> str | None:
    """The text of the file, None where there is none. Raises HttpeekError (READ_FAILED)."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        sentence = f"{path} cannot be read: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None


def make_folder(path: str) -> None:
    """Makes a directory and those above it that are not there, each for its owner alone (0700).

    Raises HttpeekError (WRITE_FAILED).
    """
    if not path or os.path.isdir(path):
        return
    make_folder(os.path.dirname(path))
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass  # another process was faster
    except OSError as error:
        raise _unwritable(path, error) from None


def change(path: str, changed: Callable[[str | None], str]) -> None:
    """Replaces the text of the file by what `changed` makes of it, under the lock.

    Raises HttpeekError (WRITE_FAILED, READ_FAILED), or what `changed` raises; the old file is there then.
    """
    import fcntl

    path = os.path.realpath(path)  # a link stays one
    folder = os.path.dirname(path)
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = changed(load(path))
        beside = f"{folder}/.{os.path.basename(path)}.{os.getpid()}"
        replace(path, beside, text.encode("utf-8", "surrogateescape"), sync=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        os.close(lock)


def _unwritable(path: str, error: OSError) -> HttpeekError:
    sentence = f"{path} cannot be written: {(error.strerror or '').lower()}"
    return HttpeekError(Failure(WRITE_FAILED, "write", sentence))
