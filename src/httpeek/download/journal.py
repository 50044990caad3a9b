"""What a mirror knows of its files: one line of JSON for each that is whole, in a file of ours outside of the mirror.

Rules: a line is written when a file has its name, so that a mirror that is killed loses nothing. It counts only as long
as the file has the size and the mtime that it says. A mirror without its journal is a mirror all the same: then the
files alone are looked at. A page whose links were rewritten has its links here as they were.
"""

from __future__ import annotations

import json
import os

from httpeek.model.nouns import Noun
from httpeek.record.store import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST = 512 * 1024 * 1024
"""Octets of a journal that is read; one that is larger is begun anew."""


class Known(Noun):
    """What is known of a file: `file` is its path in the root, `size` and `mtime` (ns) what the file system says,
    `etag`, `modified`, `media` what the response said. `links` are the URLs of a page, with their fragments, whose
    own were rewritten (None: they were not)."""

    file: str
    size: int
    mtime: int
    etag: str = ""
    modified: str = ""
    media: str = ""
    links: tuple[str, ...] | None = None


class Journal:
    """The journal of one root. Without a path nothing is kept."""

    def __init__(self, root: str, path: str = "") -> None:
        self._root = root
        self._path = path
        self._known: dict[str, Known] = {}
        self._fd = -1
        self.note = ""

    def names(self) -> Mapping[str, str]:
        """The paths of the files that are known, by the key of their URL."""
        return {key: known.file for key, known in self._known.items()}

    def of(self, key: str) -> Known | None:
        """What is known of a URL's file, where that is still as it was."""
        known = self._known.get(key)
        if known is None:
            return None
        size, mtime = _state(os.path.join(self._root, known.file))
        return known if (size, mtime) == (known.size, known.mtime) else None

    def open(self) -> None:
        """Reads what is there and begins to write; what cannot be read or written is not needed."""
        if not self._path:
            return
        for key, known in _lines(self._path):
            self._known[key] = known
        for key in [key for key in self._known if self.of(key) is None]:
            del self._known[key]
        lines = b"".join(_line(key, known) for key, known in self._known.items())
        try:
            os.makedirs(os.path.dirname(self._path), 0o700, exist_ok=True)
            replace(self._path, f"{self._path}.{os.getpid()}~", lines)
            self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            self.note = f"what is whole is not kept in mind: {self._path}: {(error.strerror or '').lower()}"

    def add(self, key: str, known: Known) -> None:
        """Keeps in mind what is known of a file that has its name now."""
        size, mtime = _state(os.path.join(self._root, known.file))
        known = self._known[key] = known._replace(size=size, mtime=mtime)
        if self._fd >= 0:
            try:
                os.write(self._fd, _line(key, known))
            except OSError as error:
                self.note = f"what is whole is not kept in mind: {self._path}: {(error.strerror or '').lower()}"
                self.close()

    def close(self) -> None:
        """Closes the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def path_for(directory: str, root: str) -> str:
    """Where the journal of a root is, in the state directory."""
    from hashlib import sha256

    name = sha256(os.fsencode(os.path.realpath(root or "."))).hexdigest()[:32]
    return f"{directory}/mirrors/{name}.jsonl"


def _state(path: str) -> tuple[int, int]:
    try:
        info = os.lstat(path)
    except OSError:
        return -1, -1
    return info.st_size, info.st_mtime_ns


def _line(key: str, known: Known) -> bytes:
    return json.dumps([key, *known]).encode("ascii") + b"\n"


def _lines(path: str) -> list[tuple[str, Known]]:
    found: list[tuple[str, Known]] = []
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > _LARGEST:
                return []
            for line in file:
                read = _read(line)
                found += [read] if read is not None else []
    except OSError:
        pass
    return found


def _read(line: bytes) -> tuple[str, Known] | None:
    """A line; None for one that was not finished or is not ours."""
    try:
        key, file, size, mtime, etag, modified, media, links = json.loads(line)
    except (ValueError, TypeError):
        return None
    texts = (key, file, etag, modified, media, *(links or ()))
    if not all(isinstance(text, str) for text in texts) or not isinstance(size, int) or not isinstance(mtime, int):
        return None
    if any(part in ("", ".", "..") for part in file.split("/")) or "\0" in file:
        return None
    return key, Known(file, size, mtime, etag, modified, media, None if links is None else tuple(links))
