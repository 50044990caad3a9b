"""A file that is whole: checked against what was said of it, content codings taken off, and given its name.

Rules: a file that does not match never gets its name; it stays as a part that nobody goes on with. A content coding
comes off unless the file is of a kind that is compressed itself: a `.tar.gz` that a server sends with
`Content-Encoding: gzip` stays one.
"""

from __future__ import annotations

import os

from httpeek.codec import dates
from httpeek.codec.coding import Decoder
from httpeek.download import part as parts
from httpeek.download.integrity import Hashes
from httpeek.download.name import numbered
from httpeek.download.part import Part
from httpeek.download.place import Pipe, Place
from httpeek.model.codes import CHECK_FAILED, Failure, HttpeekError
from httpeek.model.message import first
from httpeek.model.plan import SizeLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.download.integrity import Expected
    from httpeek.download.loose import Loose
    from httpeek.download.spread import Segment
    from httpeek.download.taker import Taker
    from httpeek.model.message import Fields

_READ = 1024 * 1024
_PACKED_NAMES = (
    ".gz",
    ".tgz",
    ".svgz",
    ".z",
    ".bz2",
    ".tbz2",
    ".xz",
    ".txz",
    ".zst",
    ".tzst",
    ".br",
    ".zip",
    ".deb",
    ".apk",
)
_PACKED_TYPES = (
    *("application/gzip", "application/x-gzip", "application/x-gtar", "application/x-tar", "application/x-tgz"),
    *(
        "application/zstd",
        "application/x-compressed",
        "application/x-compress",
        "application/zip",
        "application/x-bzip2",
    ),
    *("application/x-xz", "application/x-br"),
)


def finish(taker: Taker, expected: Expected | None, decode: str) -> tuple[str, int, Hashes | None, str]:
    """Gives the whole file its name: the name, its octets, the hashes of what it holds, and what is to be said of it.

    Raises HttpeekError: CHECK_FAILED, BAD_CODING, TOO_LARGE, WRITE_FAILED.
    """
    place, hashes = taker.place, taker.hashes
    assert place is not None
    fields = taker.head.fields if taker.head is not None else ()
    for claimed in taker.claims:
        if hashes is not None:
            _compare(taker, hashes, claimed)
    state = taker.state or place.part.state
    coding = state.coding if state is not None else ""
    said: list[str] = [f"{c.said} matches" for c in taker.claims]
    modified = dates.read(first(fields, b"last-modified").decode("latin-1"))
    part = place.part
    decoded = None
    if coding and isinstance(part, Part) and _comes_off(decode, place.final, fields):
        algorithms = {expected.algorithm} if expected is not None else set()
        algorithms |= set(hashes.names) if hashes is not None else set()
        decoded = _decoded(part, coding)
        hashes = file_hashes(decoded.path, algorithms) if algorithms else None
        said.append(f"{coding} taken off")
        part = decoded
    elif coding and isinstance(part, Part):
        said.append(f"left in its coding {coding}")
    try:
        if expected is not None:
            assert hashes is not None
            _compare(taker, hashes, expected)
            said.append(f"{expected.algorithm} matches")
        size = part.size
        final = _named(part, place, modified)
    except HttpeekError:
        if decoded is not None:
            decoded.discard()
        raise
    if decoded is not None:
        place.part.discard()
    return final, size, hashes, ", ".join(said)


def _compare(taker: Taker, hashes: Hashes, expected: Expected) -> None:
    """Raises HttpeekError (CHECK_FAILED) for a file that does not match; its side file says so too."""
    try:
        hashes.compare(expected, "the file does not match")
    except HttpeekError:
        assert taker.place is not None
        state = taker.place.part.state or taker.state
        if state is not None:
            taker.place.part.describe(state._replace(wrong=True))
        raise


def _named(part: Part | Pipe | Segment | Loose, place: Place, modified: float | None) -> str:
    """Gives the part the wanted name, or the next free number where somebody took it meanwhile."""
    base = place.base or place.final
    for number in range(100_000):
        final = numbered(base, number) if number else place.final
        try:
            part.commit(final, place.replace, modified)
            return final
        except FileExistsError:
            continue
    raise HttpeekError(Failure(CHECK_FAILED, "write", f"{base} and every number behind it are taken"))


def _comes_off(decode: str, final: str, fields: Fields) -> bool:
    if decode != "auto":
        return decode == "yes"
    kind = first(fields, b"content-type").decode("latin-1").partition(";")[0].strip().lower()
    return kind not in _PACKED_TYPES and not final.lower().endswith(_PACKED_NAMES)


def _decoded(part: Part, coding: str) -> Part:
    """A file beside the part that holds the representation. Raises HttpeekError (BAD_CODING, TOO_LARGE)."""
    path = f"{part.path}~"
    try:
        if os.path.lexists(path):
            os.unlink(path)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        made = Part(path, os.open(path, flags, 0o666), None)
    except OSError as error:
        raise parts.failed(path, error) from None
    decoder = Decoder([name.strip().encode("latin-1") for name in coding.split(",")], SizeLimits())
    try:
        for start in range(0, part.size, _READ):
            for piece in decoder.feed(part.read(start, _READ)):
                made.write(piece)
        for piece in decoder.finish():
            made.write(piece)
    except HttpeekError:
        made.discard()
        raise
    return made


def file_hashes(path: str, algorithms: set[str]) -> Hashes:
    """The hashes of a file. Raises HttpeekError (WRITE_FAILED) where it cannot be read."""
    hashes = Hashes(algorithms)
    try:
        with open(path, "rb") as file:
            while piece := file.read(_READ):
                hashes.feed(piece)
    except OSError as error:
        raise parts.failed(path, error) from None
    return hashes


def print_checksums(hashes: Hashes | None, algorithms: Sequence[str], final: str) -> tuple[str, ...]:
    """The lines of `--print-checksum`, as sha256sum(1) writes them."""
    if hashes is None:
        return ()
    return tuple(f"{hashes.value(algorithm)}  {final}" for algorithm in algorithms)
