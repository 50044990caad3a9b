"""Which files of checks there are: those that were named, all below a directory, and those that a pattern fits.

Rules: the order is that of the command line, within a directory or a pattern that of the names. A file that two
words name is run twice; one that a pattern reaches through a link, once. Nothing found is an error: a suite that is not
there must never pass.
"""

from __future__ import annotations

import os

from httpeek.model.codes import READ_FAILED, Failure, HttpeekError, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ENDING = ".hurl"
STDIN = "-"
LARGEST = 64 * 1024 * 1024
"""Octets of a file: what is larger is no suite."""


def is_file(word: str) -> bool:
    """True for a word of the command line that is a file, standard input or a directory, and no URL."""
    return word == STDIN or word.endswith(ENDING) or ("/" in word and os.path.isdir(word))


def find(words: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The files. Raises HttpeekError: USAGE where a word or a pattern gives none."""
    if words.count(STDIN) > 1:
        raise usage(f"standard input ({STDIN}) can be read once only")
    found: list[str] = []
    for word in words:
        if word != STDIN and os.path.isdir(word):
            below = _below(word)
            if not below:
                raise usage(f"there is no file that ends in {ENDING} below {word}")
            found += below
        else:
            if word != STDIN and not os.path.exists(word):
                raise usage(f"there is no file {word}")
            found.append(word)
    for pattern in patterns:
        from glob import glob

        fits = _once(sorted(path for path in glob(pattern, recursive=True) if not os.path.isdir(path)))
        if not fits:
            raise usage(f"--glob {pattern} fits no file")
        found += fits
    return found


def _once(paths: list[str]) -> list[str]:
    """The paths without those that lead through links to a folder, perhaps one above them, that others lead to."""
    places: dict[tuple[str, str], str] = {}
    for path in sorted(paths, key=len):
        folder, name = os.path.split(path)
        places.setdefault((os.path.realpath(folder), name), path)
    kept = frozenset(places.values())
    return [path for path in paths if path in kept]


def _below(directory: str) -> list[str]:
    made = []
    for folder, folders, names in os.walk(directory):
        folders.sort()
        made += [os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDING)]
    return made


def load(path: str) -> bytes:
    """The octets of a file, or of standard input. Raises HttpeekError (READ_FAILED)."""
    try:
        with open(0 if path == STDIN else path, "rb", closefd=path != STDIN) as file:
            octets = file.read(LARGEST + 1)
    except OSError as error:
        name = "standard input" if path == STDIN else path
        raise HttpeekError(
            Failure(READ_FAILED, "read", f"{name} cannot be read: {(error.strerror or '').lower()}")
        ) from None
    if len(octets) > LARGEST:
        raise usage(f"{path} has more than {LARGEST // 1024 // 1024} MiB: that is no suite")
    return octets
