"""How a file is divided into segments, and how far each is: values, and the text that holds them.

Rules: the rows follow each other without a gap, from the first octet to the last. `here` is the place up to which a
row has its octets, from its start on; `sure` says that the octets behind its end, which were fetched with it, are those
that the next row has. A text that is not exactly that is no text of ours.
"""

from __future__ import annotations

from itertools import pairwise

from httpeek.download.resume import OVERLAP

SMALLEST = 1024 * 1024
"""Octets of a segment at least: below it a connection costs more than it brings."""
MOST = 64
"""Segments of a file at most: more connections to one server are an attack, not a download."""
_DIGITS = 20
_WIDTH = 4 * (_DIGITS + 1) + 2
"""Octets of a row: start, end, here, synced, sure, each with what parts it from the next."""


class Row:
    """One segment: octets `start` to `end` (not with it) of the file. Changed by the thread that has it."""

    __slots__ = ("begun", "end", "here", "start", "sure", "synced", "tail", "taken")

    def __init__(self, start: int, end: int, here: int, synced: int = 0, sure: bool = False) -> None:
        self.start = start
        self.end = end
        self.here = here
        self.synced = synced
        self.sure = sure
        self.tail = b""  # octets behind `end`, to be compared with those of the next row
        self.taken = False
        self.begun = False  # octets of it have come in this run

    @property
    def left(self) -> int:
        """The octets that are missing."""
        return self.end - self.here

    def whole(self, total: int) -> bool:
        """True where nothing is to be asked for any more, not even for the comparison."""
        return not self.left and (self.sure or len(self.tail) == min(total, self.end + OVERLAP) - self.end)

    def asks(self, total: int) -> tuple[int, int]:
        """The first octet to ask for and the one behind the last: a few that are there already, and a few of the next
        row, so that a server that sends other octets than it says is found out."""
        return self.here - min(OVERLAP, (self.here - self.start + 1) // 2), min(total, self.end + OVERLAP)


def divided(rows: list[Row], count: int) -> list[Row]:
    """The rows, of which those that miss octets are divided until there are `count` of them, as evenly as can be. None
    misses less than SMALLEST because of that."""
    pieces = {id(row): 1 for row in rows if row.left}
    while sum(pieces.values()) < count:
        row = max((row for row in rows if row.left), key=lambda row: row.left // pieces[id(row)], default=None)
        if row is None or row.left // (pieces[id(row)] + 1) < SMALLEST:
            break
        pieces[id(row)] += 1
    made: list[Row] = []
    for row in rows:
        number = pieces.get(id(row), 1)
        ends = [row.here + row.left * n // number for n in range(1, number)] + [row.end]
        made.append(Row(row.start, ends[0], row.here, row.synced, row.sure and number == 1))
        made += [Row(start, end, start) for start, end in pairwise(ends)]
    return made


def prefix(rows: list[Row]) -> int:
    """How many octets are there without a gap, from the first on."""
    for row in rows:
        if row.here < row.end:
            return row.here
    return rows[-1].end if rows else 0


def written(row: Row) -> bytes:
    """A row as text, always as long as any other."""
    numbers = " ".join(f"{n:0{_DIGITS}d}" for n in (row.start, row.end, row.here, row.synced))
    return f"{numbers} {int(row.sure)}\n".encode("ascii")


def place(number: int) -> int:
    """Where the text of row `number` begins, behind the first row."""
    return number * _WIDTH


def read(text: bytes, total: int, size: int, synced: bool) -> list[Row] | None:
    """The rows of a file of `total` octets, of which `size` are there at most, or None where the text is none.

    With `synced` only octets that were synced count: the machine was started anew since.
    """
    rows: list[Row] = []
    end = 0
    for line in text.splitlines():
        fields = line.split(b" ")
        if len(line) != _WIDTH - 1 or len(fields) != 5 or not all(field.isdigit() for field in fields):
            return None
        start, stop, here, kept = (int(field) for field in fields[:4])
        row = Row(start, stop, here, kept, fields[4] == b"1")
        if row.start != end or not row.start <= row.here <= row.end:
            return None
        end = row.end
        trusted = min(row.here, row.synced) if synced else row.here
        row.here = max(row.start, min(trusted, size))
        rows.append(row)
    if not rows or end != total or len(rows) > 16 * MOST:
        return None
    for row in rows:
        if row.here == row.end and row.end < total and not row.sure:
            row.here = max(row.start, row.end - OVERLAP)  # so that its seam is looked at once more
    return rows
