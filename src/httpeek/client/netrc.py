r"""`.netrc`: who to be on which host, as ftp(1) began it and curl reads it.

Rules: words are parted by blanks and line ends; one in double quotes may hold both, with \" \\ \n \r \t inside. A `#`
at the beginning of a word makes the rest of the line a comment. `machine HOST` and `default` begin an entry; `login`,
`password` and `account` belong to it; `macdef` goes on to the next empty line and is left out. The first entry for a
host counts, and `default` only where none does. An entry with the login "bearer" is for `-A bearer` too, as is any
other: its password is the token. This module reads text; `load` is the one function that opens the file.
"""

from __future__ import annotations

import os

from httpeek.client.auth import Credentials
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LARGEST = 1024 * 1024
"""Octets of the file that are read: what is larger is no .netrc."""
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_BELONGS = ("login", "password", "account")


class Entry(Noun):
    """What the file says of one host; "" for `default`."""

    machine: str
    login: str = ""
    password: str = ""
    account: str = ""

    def credentials(self, kind: str) -> Credentials:
        """The entry as credentials. A login "bearer" says by itself that the password is a token."""
        if kind == "bearer" or (kind == "basic" and self.login == "bearer"):
            return Credentials("bearer", "", self.password, None, ".netrc")
        return Credentials(kind, self.login, self.password, None, ".netrc")


def load(path: str) -> tuple[tuple[Entry, ...], str]:
    """The entries of the file, and a warning where others could read it ("" where none is due). Without a file, or
    one that cannot be read, there are none: the warning says why."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return (), ""
    except OSError as error:
        return (), f"{path} is not used: {(error.strerror or '').lower()}"
    try:
        mode = os.fstat(descriptor).st_mode
        octets = os.read(descriptor, LARGEST)
    except OSError as error:
        return (), f"{path} is not used: {(error.strerror or '').lower()}"
    finally:
        os.close(descriptor)
    entries = read(octets.decode("utf-8", "surrogateescape"))
    if mode & 0o077 and any(entry.password for entry in entries):
        return entries, f"{path} holds passwords and others may read it: chmod 600 {path}"
    return entries, ""


def find(entries: Sequence[Entry], host: str, default: bool = True) -> Entry | None:
    """The entry for a host; `default` says whether the default one will do."""
    host = host.lower().rstrip(".")
    for entry in entries:
        if entry.machine and entry.machine.lower().rstrip(".") == host:
            return entry
    return next((entry for entry in entries if not entry.machine), None) if default else None


def read(text: str) -> tuple[Entry, ...]:
    """The entries in their order. A word that means nothing is passed over, as in curl."""
    found: list[Entry] = []
    words = _words(text)
    for word in words:
        if word == "machine":
            found.append(Entry(next(words, "")))
        elif word == "default":
            found.append(Entry(""))
        elif word in _BELONGS:
            value = next(words, "")
            if found:
                found[-1] = found[-1]._replace(**{word: value})
    return tuple(found)


def _words(text: str) -> Iterator[str]:
    """The words, without comments and macros."""
    lines = iter(text.splitlines())
    for line in lines:
        place = 0
        while place < len(line):
            if line[place] in " \t":
                place += 1
                continue
            if line[place] == "#":
                break
            word, place = _quoted(line, place + 1) if line[place] == '"' else _plain(line, place)
            if word == "macdef" and line[place - 1] != '"':
                for rest in lines:  # a macro ends with an empty line
                    if not rest.strip():
                        break
                break
            yield word


def _plain(line: str, place: int) -> tuple[str, int]:
    end = min((i for i in (line.find(" ", place), line.find("\t", place)) if i >= 0), default=len(line))
    return line[place:end], end


def _quoted(line: str, place: int) -> tuple[str, int]:
    made = ""
    while place < len(line) and line[place] != '"':
        if line[place] == "\\" and place + 1 < len(line):
            place += 1
            made += _ESCAPES.get(line[place], line[place])
        else:
            made += line[place]
        place += 1
    return made, place + 1
