"""Links rewritten when a mirror is whole: relative for what is here, absolute for what is not.

Rules: a page changes only where a URL stands, octet for octet; its fragment stays. A page that cannot be encoded as it
was is left alone. The new page replaces the old one by a rename and keeps its mtime, so that `-N` goes on to work; how
the links were is in the journal.
"""

from __future__ import annotations

import os

from httpeek.download import part as parts
from httpeek.download.address import key
from httpeek.download.crawler import charset, remembered
from httpeek.download.document import rewritten
from httpeek.download.links import PARSED, read
from httpeek.model.target import UNRESERVED, encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.download.document import Document, Link
    from httpeek.download.journal import Journal
    from httpeek.download.mirror import Crawl, Entry

_KEPT = UNRESERVED | frozenset(b"@;=+$!*")
"""Octets of a name that stand in a relative URL as they are: none that HTML, CSS or a srcset reads as a mark, and no
colon, which would make a scheme of what stands before it."""


def convert(
    root: str, crawl: Crawl, pages: dict[str, tuple[str, str]], journal: Journal, check: Callable[[], None]
) -> tuple[int, list[str]]:
    """Rewrites every page that is here: how many were changed, and what could not be. Raises HttpeekError
    (INTERRUPTED, WRITE_FAILED)."""
    changed = 0
    notes: list[str] = []
    for entry in crawl.entries:
        found = entry.found
        if found is None or not found.file or entry.key not in pages:
            continue
        check()
        kind, media = pages[entry.key]
        path = os.path.join(root, found.file)
        octets, rest = _octets(path)
        document = read(kind, octets, entry.target, charset(media))
        if document.text.encode(document.charset, "surrogateescape") != octets:
            notes.append(f"{path}: its links stay as they are: it is not what its charset {document.charset} makes")
            continue
        changed += _page(root, entry, document, crawl, journal, path, rest)
    return changed, notes


def _octets(path: str) -> tuple[bytes, bytes]:
    """What is read of a page for links, and what stands behind that. Raises HttpeekError (WRITE_FAILED)."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            return file.read(PARSED), file.read()
    except OSError as error:
        raise parts.failed(path, error) from None


def _page(root: str, entry: Entry, document: Document, crawl: Crawl, journal: Journal, path: str, rest: bytes) -> bool:
    """Rewrites one page; True where it is another one now."""
    assert entry.found is not None
    known = journal.of(entry.key)
    before = remembered(document, known.links) if known is not None and known.links is not None else document
    file = entry.found.file
    based = document.base is not None

    def new(link: Link) -> str | None:
        return _url(link, file, crawl, based, entry)

    text = rewritten(before, new)
    if text == document.text:
        return False
    octets = text.encode(document.charset, "surrogateescape") + rest
    _replace(path, octets)
    if known is not None:
        links = tuple(f"{link.address.target.url}{link.address.fragment}" for link in before.links)
        journal.add(entry.key, known._replace(links=links))
    return True


def _url(link: Link, file: str, crawl: Crawl, based: bool, page: Entry) -> str | None:
    """The URL that is written for a link; None where it stays as it is."""
    address = link.address
    if address.own and not based and key(address.target) == page.key:
        return None
    entry = crawl.answered(key(address.target))
    if entry is None or entry.found is None or not entry.found.file:
        absolute = f"{address.target.url}{_safe(address.fragment)}"
        return None if _same(link.said, absolute) else absolute
    if entry is page and address.fragment and link.said.strip().startswith("#") and not based:
        return None
    return relative(file, entry.found.file) + _safe(address.fragment)


def _same(said: str, absolute: str) -> bool:
    """Whether a link says this URL already."""
    said = said.strip()
    return said == absolute or said.startswith(("http://", "https://", "HTTP://", "HTTPS://"))


def relative(page: str, file: str) -> str:
    """The relative URL of a file, for a page; both are paths in the root."""
    here, there = page.split("/")[:-1], file.split("/")
    same = 0
    while same < len(here) and same < len(there) - 1 and here[same] == there[same]:
        same += 1
    names = [quoted(name) for name in there[same:]]
    return "/".join([".."] * (len(here) - same) + names)


def quoted(name: str) -> str:
    """A file's name as a segment of a URL."""
    return encoded(name, _KEPT)


def _safe(fragment: str) -> str:
    """A fragment without what would end a URL where it stands."""
    return "".join(f"%{ord(c):02X}" if c in " \"'<>`()\t\r\n\\" else c for c in fragment)


def _replace(path: str, octets: bytes) -> None:
    """Writes a file anew, with its mode and mtime. Raises HttpeekError (WRITE_FAILED)."""
    new = f"{path[:-200] if len(os.fsencode(os.path.basename(path))) > 250 else path}~"
    try:
        info = os.lstat(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(new, flags, 0o600)
    except OSError as error:
        raise parts.failed(path, error) from None
    try:
        with open(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fchmod(descriptor, info.st_mode & 0o777)
            os.utime(descriptor, ns=(info.st_atime_ns, info.st_mtime_ns))
            os.fsync(descriptor)
        os.replace(new, path)
    except OSError as error:
        os.unlink(new)
        raise parts.failed(path, error) from None
