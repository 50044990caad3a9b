"""Going on with a file: what to ask for, and whether an answer may be added to what is there. Functions of values.

Rules:
- A range is asked for only with If-Range and a strong validator (RFC 9110 sections 13.1.5 and 8.8.1): a strong ETag,
  else a Last-Modified that a Date proves to be strong. Without one the file is fetched from its start.
- The range begins before the end of what is there: the octets that are there twice have to be equal.
- A 206 has to say where it begins, how large the whole is, and be of the same version; one that does not is refused,
  and what is there stays as it is.
"""

from __future__ import annotations

from httpeek.codec import dates
from httpeek.download.side import State
from httpeek.model.codes import PEER_BROKE_PROTOCOL, STATUS_4XX, Failure, HttpeekError
from httpeek.model.message import first, firsts, values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import Fields, ResponseHead

OVERLAP = 16 * 1024
"""Octets that are asked for a second time, to be compared: enough to notice another version, too few to matter."""
_BETWEEN = 1
"""Seconds from Last-Modified to Date from which on the former is strong (RFC 9110 section 8.8.2.2)."""


def state_of(url: str, fields: Fields, total: int | None) -> State:
    """What a whole response says of the file."""
    found = firsts(fields)
    coding = ""
    if b"content-encoding" in found:
        coding = ", ".join(value.decode("latin-1") for value in values(fields, b"content-encoding"))
    return State(
        url,
        _text(found.get(b"etag")),
        _text(found.get(b"last-modified")),
        _text(found.get(b"date")),
        total,
        "" if coding.lower() == "identity" else coding,
    )


def _text(value: bytes | None) -> str:
    return value.decode("latin-1").strip() if value else ""


def validator(state: State) -> str:
    """The value of If-Range for the file; "" where it has no strong validator."""
    if state.etag:
        strong = len(state.etag) > 1 and state.etag[0] == '"' and state.etag[-1] == '"'
        return state.etag if strong else ""
    modified, dated = dates.read(state.modified), dates.read(state.dated)
    if modified is None or dated is None or dated - modified < _BETWEEN:
        return ""
    return state.modified


def begin(size: int) -> int:
    """Where a range begins that goes on with `size` octets."""
    return size - min(OVERLAP, (size + 1) // 2)


def asks(state: State | None, size: int) -> Fields:
    """The fields that ask for what is missing; none where the file has to be fetched from its start."""
    known = validator(state) if state is not None and not state.wrong else ""
    if not size or not known:
        return ()
    return ((b"Range", b"bytes=%d-" % begin(size)), (b"If-Range", known.encode("latin-1")))


def content_range(value: str) -> tuple[int, int, int | None] | None:
    """First and last position and the total (None for "*") of a Content-Range, or None for what is none."""
    unit, _, rest = value.strip().partition(" ")
    place, slash, total = rest.strip().partition("/")
    start, dash, end = place.partition("-")
    if unit.lower() != "bytes" or not slash or not dash or not _digits(start) or not _digits(end):
        return None
    if total != "*" and not _digits(total):
        return None
    whole = None if total == "*" else int(total)
    if int(end) < int(start) or (whole is not None and int(end) >= whole):
        return None
    return int(start), int(end), whole


def unsatisfied(value: str) -> int | None:
    """The total in the Content-Range of a 416: `bytes */1234`; None where it is not there."""
    unit, _, rest = value.strip().partition(" ")
    star, slash, total = rest.strip().partition("/")
    return int(total) if unit.lower() == "bytes" and star == "*" and slash and _digits(total) else None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def accepted(head: ResponseHead, state: State | None, asked: int | None, size: int) -> tuple[int, int]:
    """The place where the content of a 206 ends, and the total of the file, of which `size` octets are there.

    `asked` is where the range begins that was asked for, None where none was. Raises HttpeekError
    (PEER_BROKE_PROTOCOL) for an answer that must not be added.
    """
    if asked is None or state is None:
        raise refused("206 Partial Content, and no range was asked for")
    said = values(head.fields, b"content-range")
    if not said:
        kind = first(head.fields, b"content-type").decode("latin-1").strip().lower()
        several = kind.startswith("multipart/byteranges")
        raise refused(f"206 {'with several parts' if several else 'without Content-Range'} for the one range asked for")
    found = content_range(said[0].decode("latin-1")) if len(said) == 1 else None
    if found is None:
        raise refused(f'206 with a Content-Range that is none: "{said[0].decode("latin-1")}"')
    start, end, total = found
    if start != asked:
        raise refused(f"206 that begins at byte {start}, asked for was {asked}")
    if total is None:
        raise refused("206 that does not say how large the file is")
    if state.total is not None and total != state.total:
        raise refused(f"206 of a file of {total} bytes, it had {state.total}")
    if total < size:
        raise refused(f"206 of a file of {total} bytes, {size} are here already")
    _same_version(head.fields, state)
    return end + 1, total


def _same_version(fields: Fields, state: State) -> None:
    now = state_of(state.url, fields, None)
    if state.etag and now.etag and now.etag != state.etag:
        raise refused(f"206 of another version: its ETag is {now.etag}, it was {state.etag}")
    if not state.etag and now.modified and now.modified != state.modified:
        raise refused(f"206 of another version: modified {now.modified}, before {state.modified}")
    if now.coding and now.coding != state.coding:
        raise refused(f"206 with the content coding {now.coding}, which what is here does not have")


def beyond(head: ResponseHead, size: int) -> bool:
    """What a 416 means for `size` octets that are there: True where they are all there are.

    Raises HttpeekError (STATUS_4XX) where there are fewer or nobody says.
    """
    total = unsatisfied(_text(first(head.fields, b"content-range")))
    if total == size:
        return True
    words = f"416: the server has {total} bytes" if total is not None else "416 Range Not Satisfiable"
    raise HttpeekError(Failure(STATUS_4XX, "protocol", f"{words}, {size} are here: they are not of one file"))


def refused(sentence: str) -> HttpeekError:
    """The error for an answer that must not be added to what is there."""
    return HttpeekError(Failure(PEER_BROKE_PROTOCOL, "protocol", f"{sentence}: nothing was added"))
