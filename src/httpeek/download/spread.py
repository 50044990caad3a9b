"""A file that comes in segments: NAME.segments with octets at their places and gaps between, and what says which.

Rules:
- NAME.part holds octets from the first on, without a gap, always: anybody may go on with it by its length. So as
  soon as an octet is to be written behind a gap, the part is renamed to NAME.segments, and back once it has no gap.
- NAME.segments.json (0600) holds what a part's side file holds, and a row for each segment. It is there before the
  first octet behind a gap. A row is brought up to date after the octets that it counts, by one write in place: so no
  kill ever leaves a row that counts more than there is.
- A lock on NAME.segments is a lock on the name, as one on NAME.part is (`part.claim` looks at both). Nobody replaces
  a file by renaming: the way back waits until nobody tries the name.
"""

from __future__ import annotations

import fcntl
import os
from _thread import allocate_lock
from time import monotonic, sleep

from httpeek.download import rows as table
from httpeek.download.name import part_of, segments_of
from httpeek.download.part import FLAGS, Part, Taken, failed, is_at, make_ours, move
from httpeek.download.side import boot_id, read_side, side_of, state_in
from httpeek.model.codes import DONE, Failure, HttpeekError
from httpeek.record.store import remove, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.download.rows import Row
    from httpeek.download.side import State

_OTHERS = 5.0
"""Seconds that somebody else may need to see that a name is taken."""


class Spread:
    """A part in segments. `part` is the open, locked file, `rows` its segments, `state` what is known of it."""

    def __init__(self, part: Part, final: str, state: State, rows: list[Row]) -> None:
        self.part = part
        self.final = final
        self.path = segments_of(final)
        self.state = state
        self.rows = rows
        self.total = rows[-1].end
        self.over = False  # nothing may be written any more
        self._lock = allocate_lock()
        self._side = -1
        self._first = 0

    @property
    def size(self) -> int:
        """The octets that are there."""
        return sum(row.here - row.start for row in self.rows)

    def begin(self) -> None:
        """Makes segments of a part that has none. Raises HttpeekError (WRITE_FAILED)."""
        self.write()
        try:
            move(self.part.path, self.path, self.part.side)
        except OSError as error:
            remove(f"{self.path}.json")
            raise failed(self.path, error) from None

    def write(self) -> None:
        """Writes the side file anew. Raises HttpeekError (WRITE_FAILED)."""
        import json

        side = f"{self.path}.json"
        head = json.dumps(self.state._replace(boot=boot_id())._asdict()).encode("ascii") + b"\n"
        new = f"{side}~"
        try:
            remove(new)
            with self._lock:
                replace(side, new, head + b"".join(table.written(row) for row in self.rows), os.O_EXCL)
                self._close_side()
                self._side = os.open(side, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                self._first = len(head)
        except OSError as error:
            raise failed(side, error) from None

    def mark(self, row: Row) -> None:
        """Says how far a row is. A disk that takes that no more makes it count less than is there, never more."""
        with self._lock:
            try:
                number = self.rows.index(row)
                os.pwrite(self._side, table.written(row), self._first + table.place(number))
            except OSError:
                pass

    def extend(self, row: Row) -> bool:
        """Has a row reach over the next one, if that has no octets yet; False where it has. Who asks for it now gets
        nothing any more (`begin_row`)."""
        number = self.rows.index(row)
        with self._lock:
            following = next((r for r in self.rows[number + 1 :] if r.end > r.start), None)
            if following is None or following.begun or following.here > following.start:
                return False
            row.end = following.end
            between = self.rows[number : self.rows.index(following) + 1]
            for one in between[1:]:
                one.start = one.here = one.end = row.end
                one.sure = True
            try:
                text = b"".join(table.written(one) for one in between)
                os.pwrite(self._side, text, self._first + table.place(number))
            except OSError:
                pass
        return True

    def begin_row(self, row: Row, start: int) -> bool:
        """Octets are about to go into a row that began at `start`: False where it belongs to another one by now."""
        with self._lock:
            row.begun = row.begun or row.start == start
            return row.start == start and not self.over

    def has(self, start: int, end: int) -> bool:
        """True where these octets are there."""
        return all(row.here >= min(end, row.end) for row in self.rows if row.start < end and row.end > start)

    def compare(self) -> int | None:
        """Compares what was fetched twice at the end of a row: the end of a row behind which something else stands, or
        None."""
        for row in self.rows:
            if row.left or not row.tail or not self.has(row.end, row.end + len(row.tail)):
                continue
            if os.pread(self.part.fd, len(row.tail), row.end) != row.tail:
                return row.end
            row.tail = b""
            row.sure = True
            self.mark(row)
        return None

    def settle(self) -> None:
        """Has what was received survive a crash of the machine too."""
        try:
            os.fsync(self.part.fd)
            for row in self.rows:
                row.synced = row.here
            self.write()
        except (OSError, HttpeekError):
            pass

    def join(self, size: int) -> None:
        """Makes a part of the first `size` octets; what stands behind them is forgotten. Raises HttpeekError
        (WRITE_FAILED)."""
        self.over = True
        side = f"{self.path}.json"
        try:
            self.part.cut(size)
            self.part.describe(self.state)
            until = monotonic() + _OTHERS
            while True:
                try:
                    move(self.path, self.part.path, side)
                    break
                except FileExistsError:  # somebody looks whether the name is free, and will see that it is not
                    if monotonic() > until:
                        raise
                    sleep(0.01)
        except OSError as error:
            raise failed(self.part.path, error) from None
        self._close_side()

    def close(self) -> None:
        """Gives up the lock; the files stay."""
        self.over = True
        self._close_side()
        self.part.close()

    def _close_side(self) -> None:
        if self._side >= 0:
            os.close(self._side)
            self._side = -1


class Segment:
    """One row on its way into the file, in the shape of a `Part`. `size` is the place behind its last octet; `begun`
    says that octets of this answer went into it. `more` is asked at its end whether it may go on: who reads the whole
    file may."""

    def __init__(self, spread: Spread, row: Row, more: Callable[[], bool] | None = None) -> None:
        self.spread = spread
        self.row = row
        self.path = spread.path
        self.state: State | None = spread.state
        self.more = more
        self._start = row.start
        self.begun = False
        # A descriptor of its own has a position of its own: the kernel puts octets there (splice(2)).
        self.fd = os.open(spread.path, FLAGS)
        if not is_at(spread.path, spread.part.fd) or not os.path.samestat(os.fstat(self.fd), os.fstat(spread.part.fd)):
            os.close(self.fd)
            raise FileNotFoundError(spread.path)

    @property
    def size(self) -> int:
        """The place behind the last octet that is there."""
        return self.row.here

    @property
    def until(self) -> int:
        """The place behind the last octet that is fetched: those that are compared are behind the row's end."""
        return self.row.asks(self.spread.total)[1]

    def begin(self) -> None:
        """Before the first octet: from here on the row is ours alone. Raises HttpeekError (DONE) where it comes with
        another answer by now."""
        if not self.begun or self.spread.over:
            self.begun = self.spread.begin_row(self.row, self._start)
            if not self.begun:
                raise HttpeekError(Failure(DONE, "receive", "another connection brings this range"))

    def write(self, data: bytes | memoryview) -> None:
        """Adds octets. Raises HttpeekError (WRITE_FAILED); what fitted is kept and counted."""
        left = memoryview(data)
        self.begin()
        try:
            while left:
                written = os.pwrite(self.fd, left, self.row.here)
                self.row.here += written
                left = left[written:]
        except OSError as error:
            raise failed(self.path, error) from None
        finally:
            self.spread.mark(self.row)

    def behind(self, data: bytes | memoryview) -> bytes | None:
        """Keeps octets that stand behind the row, for the comparison: None while more are needed, else those that are
        not."""
        wanted = self.until - self.row.end - len(self.row.tail)
        self.row.tail += bytes(data[:wanted])
        return bytes(data[wanted:]) if len(data) >= wanted else None

    def read(self, start: int, size: int) -> bytes:
        """Octets of this row that are there, at most `size`."""
        return os.pread(self.fd, min(size, max(0, self.row.here - start)), start)

    def cut(self, size: int) -> None:
        """Forgets what stands behind `size` octets."""
        self.row.here = max(self.row.start, min(self.row.here, size))
        self.spread.mark(self.row)

    def moved(self, count: int) -> None:
        """Counts octets that the kernel has put behind those that were there."""
        self.row.here += count
        self.spread.mark(self.row)

    def recount(self) -> None:
        """Counts what the kernel wrote before it failed: it stands behind that."""
        at = os.lseek(self.fd, 0, os.SEEK_CUR)
        if self.row.here < at <= self.row.end:
            self.moved(at - self.row.here)

    def at_end(self) -> int:
        """The descriptor, standing where the next octet goes; -1 where everything has ended."""
        if self.spread.over:
            return -1
        os.lseek(self.fd, self.row.here, os.SEEK_SET)
        return self.fd

    def describe(self, state: State) -> None:
        """What is known of the file was written before its first segment."""

    def settle(self) -> None:
        """See `Spread.settle`."""

    def commit(self, final: str, replace: bool, modified: float | None) -> None:
        """A segment is no file."""
        raise FileNotFoundError(self.path)

    def discard(self) -> None:
        """A segment stays; see `close`."""
        self.close()

    def close(self) -> None:
        """Closes the descriptor. May be called twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def finish_interrupted(final: str) -> None:
    """Where somebody was killed between the two calls that rename, the file has both names: one of them goes."""
    part, segments = part_of(final), segments_of(final)
    try:
        descriptor = os.open(segments, FLAGS)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_at(part, descriptor) and is_at(segments, descriptor):
            if os.path.lexists(f"{segments}.json"):
                remove(side_of(part))
                remove(part)
            else:
                remove(segments)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def left(final: str, url: str, any_url: bool) -> Spread | None:
    """The segments that were left of a file, locked; None where there are none.

    Raises Taken where they are not ours to use, HttpeekError (WRITE_FAILED).
    """
    path = segments_of(final)
    try:
        descriptor = os.open(path, FLAGS)
    except OSError:
        return None
    try:
        found = _own(path, descriptor, url, any_url)
        part = Part(part_of(final), descriptor, None)
        spread = Spread(part, final, *found)
        _unless_part(part.path)
        if not is_at(path, descriptor):
            raise Taken(f"{path} is being written by another process", busy=True)
        spread.write()
    except BaseException:
        os.close(descriptor)
        raise
    return spread


def discard(final: str) -> None:
    """Takes away segments that were left, of whatever URL. Raises Taken where somebody writes to them."""
    path = segments_of(final)
    try:
        descriptor = os.open(path, FLAGS)
    except OSError:
        return
    try:
        _own(path, descriptor, "", True)
        remove(f"{path}.json")
        remove(path)
    finally:
        os.close(descriptor)


def _unless_part(path: str) -> None:
    """Takes away the empty part of somebody who was killed when they saw that the name is taken. Raises Taken where a
    part is there that holds something."""
    if not os.path.lexists(path):
        return
    held = os.open(path, FLAGS)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(held).st_size or not is_at(path, held):
            raise Taken(f"{path} is there beside its segments")
        remove(path)
    except BlockingIOError:
        raise Taken(f"{path} is being written by another process", busy=True) from None
    finally:
        os.close(held)


def _own(path: str, descriptor: int, url: str, any_url: bool) -> tuple[State, list[Row]]:
    size = make_ours(path, descriptor)
    head, _, text = (read_side(f"{path}.json") or b"").partition(b"\n")
    state = state_in(head)
    if state is None or state.total is None:
        raise Taken(f"{path} is there and was not left by httpeek")
    found = table.read(text, state.total, size, state.boot != boot_id())
    if found is None:
        raise Taken(f"{path} is there and was not left by httpeek")
    if state.url != url and not any_url:
        raise Taken(f"{path} is a part of {state.url}")
    return state, found
