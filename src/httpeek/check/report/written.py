"""Every report that was asked for, written where it was asked for, without secrets.

Rules: folders that are missing are made. A file is replaced whole (a reader sees the old report or the new one), but
the summary of a step, which other programs write to, too: there it is added. A writer is imported when its report is
wanted.
"""

from __future__ import annotations

import os
import sys

from httpeek.check.report.veiled import veiled
from httpeek.model.codes import WRITE_FAILED, Failure, HttpeekError
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import SuiteResult


class Wanted(Noun):
    """What is to be written: `junit` and `tap` are files, `json` and `html` directories, "" for none.

    `annotate` is "github" or "": commands on standard output, and where `summary` (GITHUB_STEP_SUMMARY) is a file, a
    summary there; `workspace` (GITHUB_WORKSPACE) is what their paths count from. `key` is the user's key of masks, b""
    for one that only this process has; with `reveal` nothing is masked.
    """

    junit: str = ""
    tap: str = ""
    json: str = ""
    html: str = ""
    annotate: str = ""
    summary: str = ""
    workspace: str = ""
    key: bytes = b""
    reveal: bool = False


def write(results: Sequence[SuiteResult], duration: int, wanted: Wanted) -> None:
    """Writes the reports; `duration` of the whole run in ns. Raises HttpeekError (WRITE_FAILED), after it has written
    what it could, and BrokenPipeError where nobody reads standard output."""
    if not any((wanted.junit, wanted.tap, wanted.json, wanted.html, wanted.annotate)):
        return
    shown = list(results) if wanted.reveal else veiled(results, wanted.key or os.urandom(32))
    failures = [_written(path, octets) for path, octets in _files(shown, duration, wanted).items()]
    if wanted.annotate == "github":
        from httpeek.check.report.github import commands, summary

        _say(commands(shown, wanted.workspace))
        if wanted.summary:
            failures.append(_added(wanted.summary, summary(shown, duration)))
    for failure in failures:
        if failure is not None:
            raise HttpeekError(failure)


def _files(shown: Sequence[SuiteResult], duration: int, wanted: Wanted) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    if wanted.junit:
        from httpeek.check.report.junit import junit

        files[wanted.junit] = junit(shown, duration)
    if wanted.tap:
        from httpeek.check.report.tap import tap

        files[wanted.tap] = tap(shown, duration)
    if wanted.json:
        from httpeek.check.report.json import FILE, json

        files[os.path.join(wanted.json, FILE)] = json(shown, duration)
    if wanted.html:
        from httpeek.check.report.html import html

        files.update({os.path.join(wanted.html, name): page for name, page in html(shown, duration).items()})
    return files


def _written(path: str, octets: bytes) -> Failure | None:
    """Writes a file with the rights of the user's umask; what is no regular file (/dev/stdout) is written to."""
    part = f"{path}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if (os.path.lexists(path) and not os.path.isfile(path)) or os.path.islink(path):
            with open(path, "wb") as file:
                file.write(octets)
            return None
        try:
            with open(part, "wb") as file:
                file.write(octets)
            os.replace(part, path)
        except OSError:
            if os.path.lexists(part):
                os.unlink(part)
            raise
    except (OSError, ValueError) as error:
        return _failure(path, error)
    return None


def _added(path: str, text: str) -> Failure | None:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        return _failure(path, error)
    return None


def _failure(path: str, error: OSError | ValueError) -> Failure:
    why = (error.strerror or "").lower() if isinstance(error, OSError) else "no such name"
    return Failure(WRITE_FAILED, "write", f"the report {path} cannot be written: {why}")


def _say(lines: Sequence[str]) -> None:
    """Writes lines to standard output. Raises HttpeekError (WRITE_FAILED), BrokenPipeError."""
    if not lines:
        return
    if sys.stdout is None:
        raise HttpeekError(Failure(WRITE_FAILED, "write", "standard output is closed"))
    charset = sys.stdout.encoding or "ascii"
    text = "".join(f"{line}\n" for line in lines).encode(charset, "backslashreplace").decode(charset)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise HttpeekError(Failure(WRITE_FAILED, "write", f"standard output: {error.strerror}")) from None
