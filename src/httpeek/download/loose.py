"""A small file that arrives whole at once: it stays in memory for that moment and gets its name without a part file.

Rules: it is written to a file that has no name (O_TMPFILE, open(2)), synced, and linked: so it is there whole or not at
all, and replaces nothing, as any other. Where there are no such files, or no room, it goes the usual way. Its name is
synced with its directory when the command ends: once for a thousand files in it. `sync` may be called earlier, in a
thread of its own (`download/syncing`): a disk syncs several files in little more time than one.
"""

from __future__ import annotations

import os
from time import monotonic_ns

from httpeek.download import part as parts
from httpeek.download.part import Part, Taken
from httpeek.model.codes import HttpeekError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.download.side import State

LARGEST = 256 * 1024
"""Octets that may arrive at once (`net.stream.PIECE`)."""


class Loose:
    """A file without a part, in the shape of a `Part`. `whole` gives it its octets, and `state` says what it is of."""

    path = ""
    fd = -1

    def __init__(self, final: str, state: State, later: Callable[[str], None]) -> None:
        self.state: State | None = None
        self._final = final
        self._of = state
        self._later = later
        self._octets = b""
        self._committed = False
        self._made = -1  # the file without a name, once it is there
        self.took = 0  # ns that the disk took to sync it

    @property
    def size(self) -> int:
        """The octets that are there."""
        return len(self._octets)

    def whole(self, data: bytes | memoryview) -> None:
        """Takes all there is."""
        self._octets = bytes(data)

    def write(self, data: bytes | memoryview) -> None:
        """Adds octets."""
        self._octets += bytes(data)

    def cut(self, size: int) -> None:
        """Forgets what stands behind `size` octets."""
        self._octets = self._octets[:size]

    def at_end(self) -> int:
        """There is no place for the kernel."""
        return -1

    def moved(self, count: int) -> None:
        """The kernel moves nothing here."""

    def recount(self) -> None:
        """What is here is counted."""

    def settle(self) -> None:
        """See `close`."""

    def discard(self) -> None:
        """Forgets all."""
        self._octets = b""

    def read(self, start: int, size: int) -> bytes:
        """Octets that are there."""
        return self._octets[start : start + size]

    def commit(self, final: str, replace: bool, modified: float | None) -> None:
        """Gives the file its name; see `Part.commit`."""
        if self._linked(final, modified):
            self._later(final)
        else:
            part = self._part(final)
            part.commit(final, replace, modified)
        self._committed = True

    def _linked(self, final: str, modified: float | None) -> bool:
        """Gives the file without a name one; False where that cannot be."""
        if self._made < 0:
            self.sync()
        made = self._made
        if made < 0:
            return False
        try:
            if modified is not None:
                os.utime(made, (modified, modified))
            # With a descriptor Python calls linkat(2), which alone follows the link below /proc.
            os.link(f"/proc/self/fd/{made}", final, src_dir_fd=made, follow_symlinks=True)
        except FileExistsError:
            raise  # another name is tried
        except (OSError, NotImplementedError):
            self._drop()
            return False
        self._drop()
        return True

    def sync(self) -> None:
        """Makes the file without a name and has it survive a crash of the machine, where that can be."""
        try:
            made = os.open(os.path.dirname(self._final) or ".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        except (AttributeError, OSError):
            return
        try:
            if os.write(made, self._octets) < len(self._octets):
                raise OSError  # a full disk: the usual way tells it
            began = monotonic_ns()
            os.fsync(made)
            self.took = monotonic_ns() - began
        except OSError:
            os.close(made)
        else:
            self._made = made

    def _drop(self) -> None:
        if self._made >= 0:
            os.close(self._made)
            self._made = -1

    def _part(self, final: str) -> Part:
        """The part with what is here. Raises FileExistsError where somebody has the name, HttpeekError (WRITE_FAILED;
        what fitted is kept)."""
        try:
            part = parts.claim(final, self._of.url)
        except Taken:
            raise FileExistsError(final) from None
        try:
            part.write(self._octets)
        except HttpeekError:
            try:
                part.describe(self._of)
            except HttpeekError:
                part.discard()
            part.close()
            raise
        return part

    def describe(self, state: State) -> None:
        """Keeps what is here as a part, since it does not get its name. Raises HttpeekError (WRITE_FAILED)."""
        try:
            part = self._part(self._final)
        except FileExistsError:
            return
        part.describe(state)
        part.settle()
        part.close()
        self.path, self.state = part.path, part.state
        self._committed = True

    def close(self) -> None:
        """What was received and has no name is kept. Never raises for what cannot be."""
        self._drop()
        if self._octets and not self._committed:
            try:
                self.describe(self._of)
            except HttpeekError:
                pass
