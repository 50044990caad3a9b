"""NAME.part.json, the side file: what a part is of, so that it can be gone on with.

Rules: it is a file of ours (0600), read through no link and only if it is the user's own. What it says is believed only
where it is whole and every value is of its kind. It holds the URL, the validators, the total and the coding.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from functools import cache
from stat import S_ISREG

from httpeek.download.name import PART, SEGMENTS, SEGMENTS_SIDE, SIDE
from httpeek.model.nouns import Noun

_LARGEST_SIDE = 64 * 1024
"""Octets of a side file that are read."""


class State(Noun):
    """What a side file holds. `url` is what was asked for, without userinfo; `etag` and `modified` are the validators
    as sent, or empty, `dated` the Date beside them; `total` is in octets, None where it is not known; `coding` is the
    Content-Encoding; `synced` octets are known to be on the disk since `boot`; `wrong` says that the whole file did not
    match a checksum, so that nobody goes on with it."""

    url: str
    etag: str = ""
    modified: str = ""
    dated: str = ""
    total: int | None = None
    coding: str = ""
    synced: int = 0
    boot: str = ""
    wrong: bool = False


def side_of(part: str) -> str:
    """The path of the side file of a part file."""
    return part.removesuffix(PART) + SIDE


def read_state(path: str) -> State | None:
    """What a side file says; None where there is none, or it is not ours."""
    octets = read_side(path)
    return state_in(octets) if octets is not None else None


def read_side(path: str) -> bytes | None:
    """The octets of a side file; None where there is none, or it is not ours."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        info = os.fstat(descriptor)
        if not S_ISREG(info.st_mode) or info.st_uid != os.geteuid():
            return None
        return os.read(descriptor, _LARGEST_SIDE)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def state_in(octets: bytes) -> State | None:
    """The state that JSON says; None where it says none."""
    import json

    try:
        state = State(**json.loads(octets))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (state.url, state.etag, state.modified, state.dated, state.coding, state.boot)
    numbers = (state.synced, 0 if state.total is None else state.total)
    whole = all(type(text) is str for text in texts) and all(type(n) is int and n >= 0 for n in numbers)
    return state if whole else None


class Leftovers:
    """The parts that earlier commands left, by directory and URL. A directory is looked through once."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._found: dict[str, dict[str, list[str]]] = {}

    def of(self, directory: str, url: str) -> list[str]:
        """The final names, below `directory`, of the parts that were left of `url`."""
        with self._lock:
            if directory not in self._found:
                self._found[directory] = _left_in(directory)
            return self._found[directory].get(url, [])


def _left_in(directory: str) -> dict[str, list[str]]:
    try:
        names = sorted(name for name in os.listdir(directory or ".") if name.endswith((SIDE, SEGMENTS_SIDE)))
    except OSError:
        return {}
    found: dict[str, list[str]] = {}
    for name in names:
        path = os.path.join(directory, name)
        side, suffix = (SIDE, PART) if name.endswith(SIDE) else (SEGMENTS_SIDE, SEGMENTS)
        final = path.removesuffix(side)
        octets = read_side(path) or b""
        state = state_in(octets.partition(b"\n")[0])
        if state is not None and os.path.lexists(final + suffix) and final not in found.get(state.url, ()):
            found.setdefault(state.url, []).append(final)
    return found


@cache
def boot_id() -> str:
    """What tells this start of the machine from the others (random(4)); empty where nothing does."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
