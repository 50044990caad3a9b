"""NAME.part: what was received so far, kept until it is whole.

Rules:
- A part file is made with O_EXCL|O_NOFOLLOW and locked (flock) for as long as somebody writes to it: two processes
  never write to one. One that is there already is used only if its side file says that it is ours and of this URL.
- Octets go to the file as soon as they have arrived, so its length is what was received, however the process ends.
  The side file (`side`) says what they are of; it is written before the first octet.
- After a crash of the machine the length may lie: only octets that were synced by then are trusted.
- The final name gets the file by one call that cannot replace anything, unless it was asked to.
"""

from __future__ import annotations

import fcntl
import os
from errno import EINVAL, ELOOP, ENOENT, ENOSYS, EOPNOTSUPP, EPERM
from stat import S_ISREG

from httpeek.download.name import part_of, segments_of
from httpeek.download.side import State, boot_id, read_state, side_of
from httpeek.model.codes import WRITE_FAILED, Failure, HttpeekError
from httpeek.record.store import remove, replace

FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""How a file of ours is opened: never through a link, and never waiting for a FIFO."""


class Taken(Exception):
    """A name that cannot be used: the text says why. `busy`: somebody is writing to it now."""

    def __init__(self, reason: str, busy: bool = False) -> None:
        super().__init__(reason)
        self.busy = busy


class Part:
    """An open, locked part file. `size` is what it holds, `state` what its side file says (None: it has none)."""

    def __init__(self, path: str, descriptor: int, state: State | None) -> None:
        self.path = path
        self.fd = descriptor
        self.state = state
        self.size = os.fstat(descriptor).st_size
        if state is not None and state.boot != boot_id():
            self.size = min(self.size, state.synced)

    @property
    def side(self) -> str:
        """The path of the side file."""
        return side_of(self.path)

    def write(self, data: bytes | memoryview) -> None:
        """Adds octets at the end. Raises HttpeekError (WRITE_FAILED); what fitted is kept and counted."""
        left = memoryview(data)
        while left:
            try:
                written = os.pwrite(self.fd, left, self.size)
            except OSError as error:
                raise failed(self.path, error) from None
            self.size += written
            left = left[written:]

    def read(self, start: int, size: int) -> bytes:
        """Octets that are there, at most `size`."""
        return os.pread(self.fd, min(size, max(0, self.size - start)), start)

    def cut(self, size: int) -> None:
        """Forgets what stands behind `size` octets."""
        os.ftruncate(self.fd, size)
        self.size = size

    def moved(self, count: int) -> None:
        """Counts octets that the kernel has put behind those that were there."""
        self.size += count

    def recount(self) -> None:
        """Counts what is there: the kernel put octets into the file before it failed."""
        self.size = max(self.size, os.fstat(self.fd).st_size)

    def at_end(self) -> int:
        """The descriptor, standing where the next octet goes: for a kernel that moves octets by itself."""
        os.lseek(self.fd, self.size, os.SEEK_SET)
        return self.fd

    def describe(self, state: State) -> None:
        """Writes the side file, from whose moment on the length of the file is what was received. Raises HttpeekError
        (WRITE_FAILED)."""
        import json

        if os.fstat(self.fd).st_size > self.size:
            self.cut(self.size)  # behind it stands what nobody trusts

        self.state = state._replace(boot=boot_id())
        octets = json.dumps(self.state._asdict()).encode("ascii")
        new = f"{self.side}~"
        try:
            remove(new)
            replace(self.side, new, octets, os.O_EXCL)
        except OSError as error:
            raise failed(self.side, error) from None

    def settle(self) -> None:
        """Has what was received survive a crash of the machine too; a disk that refuses now has lost nothing yet."""
        if self.state is None:
            return
        try:
            os.fsync(self.fd)
            self.describe(self.state._replace(synced=self.size))
        except (OSError, HttpeekError):
            pass

    def commit(self, final: str, replace: bool, modified: float | None) -> None:
        """Gives the whole file its final name. `modified` is its mtime, in seconds since 1970.

        Raises FileExistsError where something has the name and `replace` is not asked for, HttpeekError (WRITE_FAILED).
        """
        try:
            if os.fstat(self.fd).st_size != self.size:
                os.ftruncate(self.fd, self.size)
            if modified is not None:
                os.utime(self.fd, (modified, modified))
            os.fsync(self.fd)
            if replace:
                os.replace(self.path, final)
                remove(self.side)
            else:
                move(self.path, final, self.side)
            sync_directory(final)
        except FileExistsError:
            raise
        except OSError as error:
            raise failed(final, error) from None
        self.close()

    def discard(self) -> None:
        """Takes the part and its side file away: nothing of it is worth keeping."""
        if self.state is not None:
            remove(self.side)
        remove(self.path)
        self.close()

    def close(self) -> None:
        """Gives up the lock; the files stay. May be called twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def claim(final: str, url: str, any_url: bool = False) -> Part:
    """The locked part file for `final`: a new one, or the one that was left of `url` (of any, with `any_url`).

    Raises Taken where there is one that is not ours to use, HttpeekError (WRITE_FAILED) where none can be made.
    """
    path = part_of(final)
    while True:
        descriptor = _open(path)
        try:
            state = _own(path, descriptor, url, any_url)
            if is_at(path, descriptor):
                _not_in_segments(final, path, descriptor)
                return Part(path, descriptor, state)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it got its final name while we waited for the lock


def _not_in_segments(final: str, path: str, descriptor: int) -> None:
    """Raises Taken where the file comes in segments: who fetches those has the name. What we made just now goes again;
    nobody replaces it meanwhile, since the holder of segments only ever takes a free name for its part."""
    segments = segments_of(final)
    if not os.path.lexists(segments):
        return
    if os.fstat(descriptor).st_size == 0:
        remove(path)
    try:
        other = os.open(segments, FLAGS)
    except OSError:
        raise Taken(f"{segments} is there") from None
    try:
        _lock(segments, other)
    finally:
        os.close(other)
    raise Taken(f"{segments} is there and is no part of this URL")


def _open(path: str) -> int:
    while True:
        try:
            return os.open(path, FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            pass
        except OSError as error:
            raise failed(path, error) from None
        try:
            return os.open(path, FLAGS)
        except OSError as error:
            if error.errno == ELOOP:
                raise Taken(f"{path} is a symbolic link") from None
            if error.errno != ENOENT:
                raise failed(path, error) from None


def _own(path: str, descriptor: int, url: str, any_url: bool) -> State | None:
    """What the side file says, once the file is ours to write. Raises Taken."""
    make_ours(path, descriptor)
    state = read_state(side_of(path))
    if os.fstat(descriptor).st_size == 0:
        return None
    if state is None:
        raise Taken(f"{path} is there and was not left by httpeek")
    if state.url != url and not any_url:
        raise Taken(f"{path} is a part of {state.url}")
    return state


def make_ours(path: str, descriptor: int) -> int:
    """Locks a file of ours that nobody else writes to; its size before. Raises Taken for any other."""
    info = os.fstat(descriptor)
    if not S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or info.st_nlink > 1:
        raise Taken(f"{path} is no file of ours")
    _lock(path, descriptor)
    return info.st_size


def _lock(path: str, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Taken(f"{path} is being written by another process", busy=True) from None


def is_at(path: str, descriptor: int) -> bool:
    """True where a name still is that of an open file."""
    try:
        there = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def finish_interrupted(final: str) -> None:
    """Takes away the part file that is the very file under its final name: somebody was killed between two calls. One
    that is locked belongs to a process that is between them now."""
    part = part_of(final)
    try:
        descriptor = os.open(part, FLAGS)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_at(part, descriptor) and is_at(final, descriptor) and S_ISREG(os.fstat(descriptor).st_mode):
            remove(side_of(part))
            remove(part)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def move(source: str, target: str, side: str = "") -> None:
    """Renames a file to a name that nothing has, and takes its side file away while its old name is still there:
    somebody else may use that from then on. Raises FileExistsError, or another OSError."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (EPERM, ENOSYS, EOPNOTSUPP):  # no links on this file system
            raise
        _rename_unless_there(source, target)
        remove(side)
        return
    remove(side)
    os.unlink(source)


def _rename_unless_there(source: str, target: str) -> None:
    """renameat2(2) with RENAME_NOREPLACE; where the C library or the file system lacks it, a look before the rename."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        here = -100  # AT_FDCWD
        if library.renameat2(here, os.fsencode(source), here, os.fsencode(target), 1) == 0:
            return
        number = ctypes.get_errno()
        if number not in (ENOSYS, EINVAL):  # not on this file system
            raise OSError(number, os.strerror(number))
    if os.path.lexists(target):
        raise FileExistsError(target)
    os.rename(source, target)


def failed(path: str, error: OSError) -> HttpeekError:
    """The error for a file that cannot be written."""
    return HttpeekError(Failure(WRITE_FAILED, "write", f"{path} cannot be written: {(error.strerror or '').lower()}"))


def sync_directory(path: str) -> None:
    """Has the new name survive a crash, where the file system knows how."""
    try:
        descriptor = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
