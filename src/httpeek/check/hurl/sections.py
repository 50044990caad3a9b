"""Sections of requests and responses: `[Name]` on a line, then lines of one kind each.

Rules: a name stands at most once in a request or a response, its old name included. Sections come before the content.
A section ends with the first line that is not of its kind; what that line is, others decide. In [Asserts], [Captures]
and [Options] a mistake spoils one line only: it is kept, and reading goes on with the next.
"""

from __future__ import annotations

from httpeek.check.hurl.asserts import capture, expectation
from httpeek.check.hurl.scanner import MOST_PROBLEMS, Mistake, Scanner
from httpeek.check.hurl.settings import option
from httpeek.check.hurl.templates import filename, key, label, unquoted
from httpeek.check.suite import Capture, Expectation, Option, Pair, Part, Problem
from httpeek.model.nearest import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_REQUEST = {
    "Query": "Query",
    "QueryStringParams": "Query",
    "Form": "Form",
    "FormParams": "Form",
    "Multipart": "Multipart",
    "MultipartFormData": "Multipart",
    "Cookies": "Cookies",
    "BasicAuth": "BasicAuth",
    "Options": "Options",
}
_RESPONSE = {"Captures": "Captures", "Asserts": "Asserts"}


_LONGEST = 60
"""Characters of a section's name that are looked at: no name is as long."""


class Sections:
    """What the sections of one request or response hold, in order. `last` is the name of the last one as written."""

    __slots__ = ("captures", "cookies", "credentials", "expectations", "form", "last", "options", "parts", "query")

    def __init__(self) -> None:
        self.query: list[Pair] = []
        self.form: list[Pair] = []
        self.parts: list[Part] = []
        self.cookies: list[Pair] = []
        self.credentials: list[Pair] = []
        self.options: list[Option] = []
        self.captures: list[Capture] = []
        self.expectations: list[Expectation] = []
        self.last = ""


def request_sections(scanner: Scanner, problems: list[Problem]) -> Sections:
    """The sections of a request; the scanner then stands on the first line that belongs to none."""
    return _sections(scanner, problems, _REQUEST, "request")


def response_sections(scanner: Scanner, problems: list[Problem]) -> Sections:
    """The sections of a response; the scanner then stands on the first line that belongs to none."""
    return _sections(scanner, problems, _RESPONSE, "response")


def section_name(scanner: Scanner) -> str:
    """The name in the brackets at the position, "" where it is no section: `[]` and `[1]` are JSON."""
    text, start = scanner.text, scanner.pos + 1
    at = start
    limit = min(scanner.end, start + _LONGEST)
    while at < limit and text[at].isalnum():
        at += 1
    name = text[start:at]
    if not text.startswith("]", at, scanner.end) or name.isdigit() or name in ("null", "true", "false"):
        return ""
    return name


def _sections(scanner: Scanner, problems: list[Problem], known: dict[str, str], whose: str) -> Sections:
    found = Sections()
    seen: set[str] = set()
    while scanner.skip_blank_lines() and scanner.starts("["):
        start = scanner.pos
        written = section_name(scanner)
        if not written:
            break
        name = known.get(written)
        if name is None:
            raise _unknown(scanner, written, known, whose)
        if name in seen:
            message = f"a second [{name}] in one {whose}"
            raise scanner.mistake(message, f"expected one [{name}] only", start, len(written) + 2)
        seen.add(name)
        found.last = written
        if written != name:
            scanner.note(f"[{written}] is an old name", f"write [{name}]", start, len(written) + 2)
        scanner.pos = start + len(written) + 2
        scanner.end_line()
        _READERS[name](scanner, found, problems)
    return found


def _unknown(scanner: Scanner, written: str, known: dict[str, str], whose: str) -> Mistake:
    other = _RESPONSE if known is _REQUEST else _REQUEST
    new = [name for name, canonical in known.items() if name == canonical]
    near = nearest(written, known)
    hint = f"did you mean [{near}]?" if near else "expected " + ", ".join(f"[{name}]" for name in new)
    if written in other:
        message = f"[{written}] is not a section of a {whose}"
        if whose == "request":
            hint = "expected HTTP and a status before it"
    else:
        message = f"there is no section [{written}] of a {whose}"
    return scanner.mistake(message, hint, scanner.pos + 1, len(written))


def pair(scanner: Scanner, semicolon: bool = False) -> Pair | None:
    """`name: value` at the position and the rest of its line, or None if no name with a colon begins there. With
    `semicolon` also `name;`, whose value is empty."""
    start = scanner.pos
    text, end = scanner.text, scanner.end
    if start < end and text[start] in '{"`<[' and not text.startswith("{{", start):
        return None
    name = key(scanner)
    if name is None:
        return None
    scanner.skip_spaces()
    if not scanner.starts((":", ";") if semicolon else ":"):
        scanner.pos = start
        return None
    ends = scanner.starts(";")
    scanner.pos += 1
    scanner.skip_spaces()
    if ends and scanner.peek() not in ("", "#"):
        scanner.pos = start
        return None
    value = unquoted(scanner)
    found = Pair(name, value, scanner.place(start, scanner.pos - start))
    scanner.end_line()
    return found


def _part(scanner: Scanner) -> Part | None:
    """A part of multipart content: a pair whose value may be `file,name; type`."""
    start = scanner.pos
    name = label(scanner)
    if name is None:
        return None
    if not scanner.starts("file,"):
        value = unquoted(scanner)
        found = Part(name, value, None, None, scanner.place(start, scanner.pos - start))
        scanner.end_line()
        return found
    scanner.pos += len("file,")
    scanner.skip_spaces()
    file = filename(scanner)
    scanner.skip_spaces()
    if not scanner.starts(";"):
        raise scanner.mistake("the name of the file has no closing ;", "expected ;")
    scanner.pos += 1
    before = scanner.pos
    scanner.skip_spaces()
    media_type = None
    if scanner.peek() not in ("", "#"):
        media_type = unquoted(scanner)
    else:
        scanner.pos = before
    found = Part(name, None, file, media_type, scanner.place(start, scanner.pos - start))
    scanner.end_line()
    return found


def _lines(scanner: Scanner, problems: list[Problem], read: Callable[[Scanner], object], into: list[object]) -> None:
    """Reads lines of one kind; a mistake in one is kept, and the line passed, where that is on the same line."""
    while scanner.skip_blank_lines() and not scanner.starts("["):
        line = scanner.line
        try:
            found = read(scanner)
        except Mistake as mistake:
            if mistake.problem.place.line != line or scanner.line != line or len(problems) >= MOST_PROBLEMS:
                raise
            problems.append(mistake.problem)
            scanner.next_line()
            continue
        if found is None:
            break
        into.append(found)


def _pairs(scanner: Scanner, into: list[Pair]) -> None:
    while scanner.skip_blank_lines():
        found = pair(scanner)
        if found is None:
            break
        into.append(found)


def _credentials(scanner: Scanner, found: Sections, problems: list[Problem]) -> None:
    if scanner.skip_blank_lines():
        user = pair(scanner)
        if user is not None:
            found.credentials.append(user)


def _parts(scanner: Scanner, found: Sections, problems: list[Problem]) -> None:
    while scanner.skip_blank_lines():
        part = _part(scanner)
        if part is None:
            break
        found.parts.append(part)


_READERS: dict[str, Callable[[Scanner, Sections, list[Problem]], None]] = {
    "Query": lambda scanner, found, problems: _pairs(scanner, found.query),
    "Form": lambda scanner, found, problems: _pairs(scanner, found.form),
    "Multipart": _parts,
    "Cookies": lambda scanner, found, problems: _pairs(scanner, found.cookies),
    "BasicAuth": _credentials,
    "Options": lambda scanner, found, problems: _lines(scanner, problems, option, found.options),  # type: ignore[arg-type]  # a list of its own kind
    "Captures": lambda scanner, found, problems: _lines(scanner, problems, capture, found.captures),  # type: ignore[arg-type]  # likewise
    "Asserts": lambda scanner, found, problems: _lines(scanner, problems, expectation, found.expectations),  # type: ignore[arg-type]  # likewise
}
