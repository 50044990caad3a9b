"""Where a file goes: the user's choice, or the first name that is free; and what is written in place.

Rules: a name that nobody asked to replace is never replaced, nor is the part file of somebody else used: the next
number is tried. A file that the user named is replaced only when the new one is whole. What is no regular file (a
FIFO, a device, standard output) is written as it comes.
"""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISLNK, S_ISREG

from httpeek.download import part as parts
from httpeek.download.name import numbered, part_of, segments_of
from httpeek.download.part import Part, Taken
from httpeek.model.codes import DONE, STDOUT_CLOSED, WRITE_FAILED, Failure, HttpeekError
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.download.loose import Loose
    from httpeek.download.side import Leftovers, State
    from httpeek.download.spread import Segment, Spread

NUMBER, OVERWRITE, SKIP, NEWER = "number", "overwrite", "skip", "newer"
"""What is done where the name is taken: another name, replaced, left alone, replaced if the server's is newer."""
_MOST = 99_999
_SYSTEM = ("/dev/", "/proc/")


class Wish(Noun):
    """What the user said of one file: `url` as it is asked for (without userinfo), `output` (-o), `directory` (-P),
    `existing` one of the four words above, `resume` (-c). A mirror says the `name`, whatever the response says, or
    with `adjust` whatever but for .html behind the name of a page."""

    url: str
    output: str = ""
    directory: str = ""
    existing: str = NUMBER
    resume: bool = False
    name: str = ""
    adjust: bool = False


class Place(Noun):
    """A place that is ours: the open part, the final path, and whether something there may be replaced. `base` is the
    path without a number of ours, where there may be one."""

    part: Part | Pipe | Segment | Loose
    final: str
    replace: bool
    base: str = ""


class Pipe:
    """What is written in place, in the shape of a `Part`: nothing can be read back, cut, or renamed."""

    state: State | None = None
    path = ""

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self.fd = descriptor
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Writes all of it. Raises HttpeekError (WRITE_FAILED, STDOUT_CLOSED)."""
        left = memoryview(data)
        while left:
            try:
                written = os.write(self.fd, left)
            except BrokenPipeError:
                raise HttpeekError(Failure(STDOUT_CLOSED, "write", f"{self.name} was closed by its reader")) from None
            except OSError as error:
                raise parts.failed(self.name, error) from None
            self.size += written
            left = left[written:]

    def read(self, start: int, size: int) -> bytes:
        """Nothing can be read back."""
        return b""

    def cut(self, size: int) -> None:
        """Raises HttpeekError (WRITE_FAILED) where something was written: it cannot be taken back."""
        if self.size > size:
            sentence = f"{self.size} bytes have left to {self.name} and cannot be taken back to start over"
            raise HttpeekError(Failure(WRITE_FAILED, "write", sentence))

    def moved(self, count: int) -> None:
        """Counts octets that the kernel has moved."""
        self.size += count

    def recount(self) -> None:
        """What has left is counted."""

    def describe(self, state: State) -> None:
        """Keeps in mind what is written."""
        self.state = state

    def settle(self) -> None:
        """Nothing can be kept."""

    def commit(self, final: str, replace: bool, modified: float | None) -> None:
        """Done."""
        self.close()

    def discard(self) -> None:
        """Nothing can be taken back."""
        self.close()

    def close(self) -> None:
        """Closes what was opened here."""
        if self.fd > 2:
            os.close(self.fd)
        self.fd = -1


def in_place(wish: Wish) -> Pipe | None:
    """What `-o` names if it is to be written in place: standard output, a FIFO, a device. Raises HttpeekError
    (WRITE_FAILED)."""
    if wish.output == "-":
        return Pipe("standard output", 1)
    path = output_path(wish)
    if not path:
        return None
    try:
        info = os.stat(path)
    except OSError:
        return None
    if S_ISDIR(info.st_mode):
        raise HttpeekError(Failure(WRITE_FAILED, "write", f"{path} is a directory: -P {path} puts the file into it"))
    if S_ISREG(info.st_mode) and not os.path.abspath(path).startswith(_SYSTEM):
        return None
    try:
        return Pipe(path, os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY))
    except OSError as error:
        raise parts.failed(path, error) from None


def output_path(wish: Wish) -> str:
    """The path of `-o`, in the directory of `-P`; "" without `-o`."""
    return os.path.join(wish.directory, wish.output) if wish.output else ""


def prepare(directory: str) -> None:
    """Makes the directory of `-P`. Raises HttpeekError (WRITE_FAILED)."""
    if directory:
        try:
            os.makedirs(directory, exist_ok=True)
        except OSError as error:
            raise parts.failed(directory, error) from None


def existing(wish: Wish, name: str) -> str:
    """The path that the file would have if nothing had it yet."""
    return output_path(wish) or os.path.join(wish.directory, wish.name or name)


def left(wish: Wish, leftovers: Leftovers) -> Place | Spread | None:
    """The part, or the segments, that an earlier download of this URL left, if nobody uses them now."""
    output = output_path(wish)
    finals = [_through_link(output)] if output else leftovers.of(wish.directory, wish.url)
    for final in finals:
        parts.finish_interrupted(final)
        try:
            found = _left(final, wish)
        except Taken as error:
            if output:
                raise _taken(error) from None
            continue
        if found is not None:
            return found
    return None


def _left(final: str, wish: Wish) -> Place | Spread | None:
    if os.path.lexists(segments_of(final)):
        from httpeek.download import spread

        spread.finish_interrupted(final)
        found = spread.left(final, wish.url, wish.resume)
        if found is not None:
            return found
    if not os.path.lexists(part_of(final)):
        return None
    part = parts.claim(final, wish.url, wish.resume)
    if part.size:
        return placed(part, final, wish)
    part.close()
    return None


def placed(part: Part, final: str, wish: Wish) -> Place:
    """The place of a part that was left."""
    return Place(part, final, bool(wish.output) or wish.existing in (OVERWRITE, NEWER))


def claim(wish: Wish, name: str) -> Place:
    """A place for a file that begins. `name` is the one that the response gives it.

    Raises HttpeekError: WRITE_FAILED where there is none, DONE where the file is to be left alone.
    """
    output = output_path(wish)
    if output:
        final = _through_link(output)
        try:
            return Place(_fresh(final, wish), final, True)
        except Taken as error:
            raise _taken(error) from None
    for number in range(_MOST):
        final = os.path.join(wish.directory, numbered(name, number))
        replace = wish.existing in (OVERWRITE, NEWER)
        if os.path.lexists(final):
            parts.finish_interrupted(final)
            if wish.existing == SKIP:
                raise HttpeekError(Failure(DONE, "write", f"{final} is there already"))
            if not replace or os.path.isdir(final):
                continue
        try:
            part = _fresh(final, wish)
        except Taken as error:
            if replace:
                raise _taken(error) from None
            continue
        if replace or part.size or not os.path.lexists(final):
            return Place(part, final, replace, os.path.join(wish.directory, name))
        part.discard()  # another download got the name between the look and the lock
    raise HttpeekError(Failure(WRITE_FAILED, "write", f"{name} and {_MOST} numbers behind it are taken"))


def free(wish: Wish, name: str) -> str:
    """The path of a file that nobody has, nor fetches now; "" where that needs a closer look (see `claim`)."""
    if wish.output or wish.existing not in (NUMBER, SKIP):
        return ""
    final = os.path.join(wish.directory, name)
    taken = os.path.lexists(final) or os.path.lexists(part_of(final)) or os.path.lexists(segments_of(final))
    return "" if taken else final


def _fresh(final: str, wish: Wish) -> Part:
    """The part for a file that begins. What an earlier download of another URL left is used only when `--overwrite`
    says so."""
    if wish.existing == OVERWRITE and os.path.lexists(segments_of(final)):
        from httpeek.download import spread

        spread.discard(final)
    part = parts.claim(final, wish.url, wish.existing == OVERWRITE)
    if part.state is not None and part.state.url != wish.url:
        part.cut(0)
        part.state = None
    return part


def _through_link(path: str) -> str:
    """The file that a symbolic link of the user's stands for, so that the link stays. Raises HttpeekError
    (WRITE_FAILED) for one that leads nowhere."""
    try:
        if not S_ISLNK(os.lstat(path).st_mode):
            return path
        real = os.path.realpath(path)
        os.stat(real)
    except FileNotFoundError:
        if not os.path.islink(path):
            return path
        sentence = f"{path} is a symbolic link that leads nowhere: nothing is written through it"
        raise HttpeekError(Failure(WRITE_FAILED, "write", sentence)) from None
    except OSError as error:
        raise parts.failed(path, error) from None
    return real


def _taken(error: Taken) -> HttpeekError:
    hint = "" if error.busy else ": move it away, or name another file with -o"
    return HttpeekError(Failure(WRITE_FAILED, "write", f"{error}{hint}"))


class Foreign:
    """A file under its final name that somebody else began (`-c`): read only, until what arrives has proven that it is
    the beginning of the same file. `modified` is its mtime."""

    def __init__(self, final: str, descriptor: int) -> None:
        info = os.fstat(descriptor)
        self.final = final
        self.size = info.st_size
        self.modified = info.st_mtime
        self._fd = descriptor

    def read(self, start: int, size: int) -> bytes:
        """Octets that are there."""
        return os.pread(self._fd, size, start)

    def adopt(self, state: State) -> Part:
        """Makes a part of ours of it. Raises HttpeekError (WRITE_FAILED)."""
        path = part_of(self.final)
        try:
            if os.path.lexists(path):
                raise Taken(f"{path} is there")
            held = Part(path, os.dup(self._fd), None)
            held.describe(state)
            held.close()
            parts.move(self.final, path)
            return parts.claim(self.final, state.url)
        except Taken as error:
            raise _taken(error) from None
        except OSError as error:
            raise parts.failed(path, error) from None

    def close(self) -> None:
        """Closes the file; it stays as it is."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def foreign(final: str) -> Foreign | None:
    """The regular file under a final name, if it has octets to go on with."""
    try:
        descriptor = os.open(final, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    info = os.fstat(descriptor)
    if not S_ISREG(info.st_mode) or not info.st_size:
        os.close(descriptor)
        return None
    return Foreign(final, descriptor)
