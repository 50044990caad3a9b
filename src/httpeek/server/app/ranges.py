"""A resource with ranges and conditions: /files and /range (RFC 9110 sections 13 and 14).

`serve` decides in the order of RFC 9110 section 13.2.2. What is sent is made piece by piece as the server takes it,
never as a whole.
"""

from __future__ import annotations

from httpeek.codec import dates
from httpeek.model.nouns import Noun
from httpeek.server.app.answer import Answer, empty, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from httpeek.server.app.answer import Environ, Pairs

MOST = 64
"""The most ranges of one request; with more the field is ignored (RFC 9110 section 14.2 lets a server)."""


class Resource(Noun):
    """What can be asked for in part. `at(first, size)` gives any part of it, in pieces. `etag` is quoted, or "";
    `modified` is an HTTP date, or ""."""

    size: int
    kind: str
    etag: str
    modified: str
    at: Callable[[int, int], Iterator[bytes]]


def serve(environ: Environ, resource: Resource, fields: Pairs = (), ranged: bool = True) -> Answer:
    """The whole (200), a part (206), or what the conditions and ranges of the request lead to: 304, 412, 416."""
    own: list[tuple[str, str]] = []
    if resource.etag:
        own.append(("ETag", resource.etag))
    if resource.modified:
        own.append(("Last-Modified", resource.modified))
    verdict = condition(environ, resource.etag, resource.modified)
    if verdict == 304:
        return empty(304, *own)
    if verdict == 412:
        return text("the condition does not hold for what is here\n", 412, *own)
    if ranged:
        own.append(("Accept-Ranges", "bytes"))
    own += fields
    field = environ.get("HTTP_RANGE", "")
    # A range is of GET only (RFC 9110 section 14.2).
    wanted = None
    if ranged and field and environ["REQUEST_METHOD"] == "GET" and unchanged(environ, resource):
        wanted = parse(field, resource.size)
    if wanted is None:
        length = ("Content-Length", str(resource.size))
        return Answer(200, (("Content-Type", resource.kind), length, *own), resource.at(0, resource.size))
    if not wanted:
        unsatisfied = ("Content-Range", f"bytes */{resource.size}")
        return text(f"no range of {resource.size} bytes is in there\n", 416, unsatisfied, *own)
    if len(wanted) == 1:
        first, last = wanted[0]
        size = last - first + 1
        head = (
            ("Content-Type", resource.kind),
            ("Content-Length", str(size)),
            ("Content-Range", f"bytes {first}-{last}/{resource.size}"),
        )
        return Answer(206, (*head, *own), resource.at(first, size))
    return _several(resource, wanted, tuple(own))


def parse(field: str, size: int) -> list[tuple[int, int]] | None:
    """The ranges of a Range field, as first and last position; empty where none can be satisfied, None where the
    field is to be ignored: another unit, or not as RFC 9110 section 14.1.2 has it."""
    unit, equals, rest = field.partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return None
    parts = [part.strip(" \t") for part in rest.split(",")]
    parts = [part for part in parts if part]
    if not parts or len(parts) > MOST:
        return None
    found = []
    for part in parts:
        first, dash, last = part.partition("-")
        if not dash or not _digits(first or "0") or not _digits(last or "0") or not (first or last):
            return None
        if not first:
            if int(last):
                found.append((max(0, size - int(last)), size - 1))
        elif last and int(last) < int(first):
            return None
        elif int(first) < size:
            found.append((int(first), min(int(last), size - 1) if last else size - 1))
    return [(first, last) for first, last in found if first <= last]


def _digits(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 20


def condition(environ: Environ, etag: str, modified: str) -> int:
    """200 where the conditions of the request hold, else 304 or 412 (RFC 9110 section 13.2.2)."""
    match, since = environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_UNMODIFIED_SINCE")
    if match is not None:
        if not listed(match, etag, weak=False):
            return 412
    elif since is not None and modified and _later(modified, since):
        return 412
    match, since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
    reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
    if match is not None:
        if listed(match, etag, weak=True):
            return 304 if reads else 412
    elif since is not None and modified and reads and _later(modified, since) is False:
        return 304
    return 200


def unchanged(environ: Environ, resource: Resource) -> bool:
    """True where If-Range is absent or names what is here: then the Range field counts (RFC 9110 section 13.1.5)."""
    given = environ.get("HTTP_IF_RANGE")
    if given is None:
        return True
    given = given.strip(" \t")
    if given[:1] == '"' or given[:2] == "W/":
        return bool(given == resource.etag and given[:2] != "W/")
    return bool(given and given == resource.modified)


def listed(field: str, etag: str, weak: bool) -> bool:
    """True where a list of entity tags has this one (RFC 9110 section 8.8.3.2); "*" is any."""
    if field.strip(" \t") == "*":
        return True
    if not etag or (not weak and etag[:2] == "W/"):
        return False
    opaque = etag.removeprefix("W/")
    return any(each.removeprefix("W/") == opaque and (weak or each[:2] != "W/") for each in entity_tags(field))


def entity_tags(field: str) -> list[str]:
    """The entity tags of a list; a comma may be inside one. What has no quotes is taken as if it had."""
    found = []
    position = 0
    while position < len(field):
        if field[position] in " \t,":
            position += 1
            continue
        start = position
        if field[position : position + 3] == 'W/"':
            position += 2
        if field[position] == '"':
            end = field.find('"', position + 1)
            position = len(field) if end < 0 else end + 1
            found.append(field[start:position])
        else:
            end = field.find(",", position)
            position = len(field) if end < 0 else end
            found.append(f'"{field[start:position].strip()}"')
    return found


def _later(modified: str, since: str) -> bool | None:
    """True where `modified` is later than `since`, None where that is no date (RFC 9110 section 13.1.3)."""
    ours, theirs = dates.read(modified), dates.read(since)
    return None if ours is None or theirs is None else ours > theirs


def _several(resource: Resource, wanted: Sequence[tuple[int, int]], own: Pairs) -> Answer:
    """multipart/byteranges (RFC 9110 section 14.6)."""
    from hashlib import shake_128

    mark = shake_128(f"{resource.etag} {wanted}".encode()).hexdigest(12)
    heads = []
    for number, (first, last) in enumerate(wanted):
        lines = f"--{mark}\r\nContent-Type: {resource.kind}\r\nContent-Range: bytes {first}-{last}/{resource.size}"
        heads.append((("\r\n" if number else "") + lines + "\r\n\r\n").encode("latin-1"))
    end = f"\r\n--{mark}--\r\n".encode("ascii")
    size = sum(map(len, heads)) + sum(last - first + 1 for first, last in wanted) + len(end)
    kind = ("Content-Type", f"multipart/byteranges; boundary={mark}")

    def pieces() -> Iterator[bytes]:
        for head, (first, last) in zip(heads, wanted, strict=True):
            yield head
            yield from resource.at(first, last - first + 1)
        yield end

    return Answer(206, (kind, ("Content-Length", str(size)), *own), pieces())
