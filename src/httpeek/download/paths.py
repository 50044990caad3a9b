"""From URLs to the files of a mirror: one name for each URL, inside the root, whatever the URL says.

Rules:
- A component is what one segment of the path says, without percent-encoding. What may not stand in a name is
  percent-encoded, so that no two segments become one: separators, control and bidirectional characters, octets that
  are no UTF-8, a leading dot or dash, names of devices, what looks like a part file.
- "/" at the end is index.html; a query stands behind "?" in the name.
- Names that differ in case only are of one file on many systems: the second gets a number (`page-1.html`). So does a
  file whose name is a directory's, and a directory whose name is a file's.
- Numbers are given in the order of asking, which is that of the crawl: the same site gets the same names.
- Directories are made one by one, and none is entered through a symbolic link.
"""

from __future__ import annotations

import os

from httpeek.download.address import key
from httpeek.download.name import DEFAULT, PAGE_NAMES, PART, ROOM, SIDE, cut
from httpeek.download.name import safe as safe_name
from httpeek.model.codes import WRITE_FAILED, Failure, HttpeekError
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from httpeek.model.target import Target

_LONGEST_PATH = 1024
"""Octets of a path inside the root; a longer one gets a directory by a hash in place of its own (PATH_MAX is 4096)."""
_HEX = frozenset("0123456789abcdefABCDEF")


class Layout(Noun):
    """How names are made: with a directory for each host (`hosts`), with the first `cut` directories of a path left
    out, all in one directory (`flat`), and .html behind the names of pages that lack it (`adjust`)."""

    hosts: bool = True
    cut: int = 0
    flat: bool = False
    adjust: bool = False


class Names:
    """The names of a mirror. `known` are those that URLs had before (by `key`), which they keep."""

    def __init__(self, layout: Layout, known: Mapping[str, str] | None = None) -> None:
        self._layout = layout
        self._known = dict(known or {})
        self._by_key: dict[str, str] = {}
        self._files: set[str] = set()
        self._directories: dict[str, str] = {}
        self._taken: set[str] = set()
        for path in self._known.values():
            self._reserve(path)

    def of(self, target: Target) -> str:
        """The path of a URL, relative to the root, with "/" between components. The same one for the same URL."""
        name = key(target)
        path = self._by_key.get(name)
        if path is None:
            path = self._known.get(name) or self._free(components(target, self._layout))
            self._by_key[name] = path
        return path

    def _reserve(self, path: str) -> None:
        *directories, _ = path.split("/")
        self._files.update(self._variants(path))
        for depth in range(1, len(directories) + 1):
            there = "/".join(directories[:depth])
            self._directories.setdefault(there.casefold(), there)
            self._taken.add(there.casefold())

    def _free(self, parts: list[str]) -> str:
        """A path that nothing has yet, with its directories."""
        directory = ""
        for part in parts[:-1]:
            directory = self._directory(directory, part)
        number = 0
        while True:
            path = f"{directory}{_numbered(parts[-1], number)}"
            variants = self._variants(path)
            if self._files.isdisjoint(variants) and self._taken.isdisjoint(variants):
                self._files.update(variants)
                return path
            number += 1

    def _directory(self, inside: str, part: str) -> str:
        """The directory for a segment: its name, or with a number where a file has it."""
        wanted = f"{inside}{part}".casefold()
        known = self._directories.get(wanted)
        if known is not None:
            return f"{known}/"
        number = 0
        while True:
            path = f"{inside}{part}-{number}" if number else f"{inside}{part}"
            folded = path.casefold()
            if folded not in self._files and (folded not in self._taken or not number):
                break
            number += 1
        self._directories[wanted] = path
        self._directories.setdefault(folded, path)
        self._taken.add(folded)
        return f"{path}/"

    def _variants(self, path: str) -> tuple[str, ...]:
        """What is taken with a name: with `adjust` it may come to end with .html."""
        folded = path.casefold()
        return (folded, f"{folded}.html") if self._layout.adjust and not is_page_name(folded) else (folded,)


def components(target: Target, layout: Layout) -> list[str]:
    """The components that a URL suggests, the last one the file's."""
    path, question, query = target.path.partition("?")
    *directories, last = path.lstrip("/").split("/")
    name = component(last, file=True) if last else DEFAULT
    if question:
        name = fitting(f"{name}?{_encoded(_decoded(query, keep=True))}")
    if layout.flat:
        return [name]
    parts = [component(segment) for segment in directories if segment][layout.cut :]
    if layout.hosts:
        parts.insert(0, component(target.authority.lower()))
    parts.append(name)
    if len("/".join(parts).encode("utf-8", "surrogateescape")) > _LONGEST_PATH:
        from hashlib import sha256

        whole = sha256(key(target).encode("utf-8", "surrogateescape")).hexdigest()
        parts = [*parts[: 1 if layout.hosts else 0], f"long-{whole[:24]}", name]
    return parts


def component(segment: str, file: bool = False) -> str:
    """One segment of a path as one component."""
    name = _encoded(_decoded(segment))
    if name[:1] in (".", "-", " "):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if name[-1:] in (".", " ") and name:
        name = f"{name[:-1]}%{ord(name[-1]):02X}"
    stem = name.partition(".")[0]
    if safe_name(stem) == f"_{stem}":  # a device
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if name.lower().endswith((PART, SIDE)) or name.lower().endswith(f"{PART}~"):
        name += "_"
    return fitting(name) or "%"


def fitting(name: str) -> str:
    """The name in as many octets as a file system takes; a longer one is cut and told apart by a hash of the whole."""
    if len(name.encode("utf-8", "surrogateescape")) <= ROOM:
        return name
    from hashlib import sha256

    short = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    stem, dot, extension = name.partition("?")[0].rpartition(".")
    end = (
        f"~{short}{dot}{extension}" if stem and len(extension.encode("utf-8", "surrogateescape")) <= 20 else f"~{short}"
    )
    return cut(stem or name, ROOM - len(end.encode("utf-8", "surrogateescape"))) + end


def is_page_name(name: str) -> bool:
    """True for a name that says that it is a page's."""
    return name.lower().endswith(PAGE_NAMES)


def _decoded(segment: str, keep: bool = False) -> list[str]:
    """The characters of a segment; what is percent-encoded stays a unit of its own where it is no UTF-8, or (`keep`)
    wherever it stands for ASCII."""
    if "%" not in segment:
        return list(segment)
    from httpeek.model.target import unquote

    found: list[str] = []
    position = 0
    while position < len(segment):
        end = position
        while segment[end : end + 1] == "%" and len(segment) > end + 2 and _HEX.issuperset(segment[end + 1 : end + 3]):
            end += 3
        if end == position:
            found.append(segment[position])
            position += 1
            continue
        for character in unquote(segment[position:end]):
            if 0xDC80 <= ord(character) <= 0xDCFF:
                found.append(f"%{ord(character) - 0xDC00:02X}")
            elif keep and character.isascii():
                found.append(f"%{ord(character):02X}")
            else:
                found.append(character)
        position = end
    return found


def _encoded(characters: list[str]) -> str:
    """Characters as they may stand in a name."""
    from unicodedata import category

    out: list[str] = []
    for place, character in enumerate(characters):
        if len(character) > 1:
            out.append(character)
        elif character in "/\\" or category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            out += [f"%{octet:02X}" for octet in character.encode("utf-8", "surrogateescape")]
        elif character == "%" and _HEX.issuperset("".join(characters[place + 1 : place + 3])[:2] or "x"):
            out.append("%25")
        else:
            out.append(character)
    return "".join(out)


def _numbered(name: str, number: int) -> str:
    """The name with a number before its extension."""
    if not number:
        return name
    front, question, query = name.partition("?")
    stem, dot, extension = front.rpartition(".")
    if not stem:
        stem, dot, extension = front, "", ""
    return f"{stem}-{number}{dot}{extension}{question}{query}"


def directory_for(root: str, path: str) -> str:
    """Makes the directories of a path inside the root, one by one, and gives the one that its file goes to.

    Raises HttpeekError (WRITE_FAILED): where one of them is no directory, or a symbolic link.
    """
    *parts, _ = path.split("/")
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    here = os.path.join(root, *parts)
    try:
        descriptor = os.open(root or ".", flags)
    except OSError as error:
        raise _refused(root or ".", error) from None
    try:
        for depth, part in enumerate(parts):
            try:
                try:
                    following = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
                except FileNotFoundError:
                    os.mkdir(part, 0o777, dir_fd=descriptor)
                    following = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            except FileExistsError:  # another worker made it
                following = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            except OSError as error:
                raise _refused(os.path.join(root, *parts[: depth + 1]), error) from None
            os.close(descriptor)
            descriptor = following
    finally:
        os.close(descriptor)
    return here


def _refused(path: str, error: OSError) -> HttpeekError:
    link = "it is a symbolic link, and nothing is written through one" if os.path.islink(path) else ""
    words = link or (error.strerror or "").lower()
    return HttpeekError(Failure(WRITE_FAILED, "write", f"the directory {path} cannot be used: {words}"))
