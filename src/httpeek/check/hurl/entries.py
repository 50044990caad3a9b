"""A Hurl file: entries one after the other, each a request and perhaps a response. `read` gives the Suite.

    GET https://example.org/{{path}}      the request: method, URL
    Accept: text/html                     fields
    [Options]                             sections
    retry: 3
    {"content": true}                     content
    HTTP 200                              the response: version, status
    Content-Type: text/html               fields
    [Asserts]                             sections
    jsonpath "$.name" == "Bob"
    {"content": false}                    content

Rules: the first line that does not fit ends what is being read; a line that fits nowhere is a mistake there. After a
mistake reading goes on with the next line that begins with a well-known method, so that each entry reports its own; at
most `MOST_PROBLEMS` are kept. The source is the documentation of Hurl 8.0 (hurl.dev/docs/hurl-file.html, grammar.html).
"""

from __future__ import annotations

from httpeek.check.expect.names import QUERIES
from httpeek.check.hurl.bodies import content
from httpeek.check.hurl.scanner import MOST_PROBLEMS, Mistake, Scanner
from httpeek.check.hurl.sections import pair, request_sections, response_sections, section_name
from httpeek.check.hurl.templates import unquoted
from httpeek.check.options import OPTIONS
from httpeek.check.suite import Entry, Pair, Place, Problem, Request, Response, Suite
from httpeek.model.nearest import nearest

_LONGEST = 60
"""Characters of a word that a message repeats."""

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_METHOD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_VERSIONS = (("HTTP/1.0", "1.0"), ("HTTP/1.1", "1.1"), ("HTTP/2", "2"), ("HTTP/3", "3"), ("HTTP", ""))
_MAX_STATUS_DIGITS = 18


def read(written: str | bytes, file: str) -> Suite:
    """The suite that a file holds. Octets must be UTF-8; a byte order mark is passed over."""
    if isinstance(written, bytes):
        try:
            text = written.decode()
        except UnicodeDecodeError as error:
            return _not_text(written, error.start, file)
    else:
        text = written
    scanner = Scanner(text.removeprefix("\ufeff"), file)
    entries: list[Entry] = []
    problems: list[Problem] = []
    while True:
        kept = len(problems)
        try:
            if not scanner.skip_blank_lines():
                break
            entry = _entry(scanner, len(entries) + 1, problems)
        except Mistake as mistake:
            problems.append(mistake.problem)
            problems[kept:] = sorted(problems[kept:], key=_position)
            if len(problems) >= MOST_PROBLEMS or not _recover(scanner, mistake.offset):
                break
            continue
        if len(problems) >= MOST_PROBLEMS:
            break
        if not problems:
            entries.append(entry)
    return Suite(file, tuple(entries), tuple(problems[:MOST_PROBLEMS]), scanner.text, tuple(scanner.notes))


def _position(problem: Problem) -> tuple[int, int]:
    return problem.place.line, problem.place.column


def _not_text(written: bytes, offset: int, file: str) -> Suite:
    line = written.count(b"\n", 0, offset) + 1
    start = written.rfind(b"\n", 0, offset) + 1
    column = len(written[start:offset].decode(errors="replace")) + 1
    message = f"the octet 0x{written[offset]:02x} is not UTF-8"
    problem = Problem(message, "expected text in UTF-8", Place(file, line, column))
    return Suite(file, (), (problem,), written.decode(errors="replace"))


def _recover(scanner: Scanner, offset: int) -> bool:
    """Goes on to the next line after `offset` that begins with a well-known method; False where there is none."""
    if offset > scanner.end:
        scanner.move(min(offset, scanner.size))
    scanner.next_line()
    text = scanner.text
    at = scanner.pos - 1
    while 0 <= at < scanner.size:
        at += 1
        for method in METHODS:
            if text.startswith(method + " ", at):
                scanner.move(at)
                return True
        at = text.find("\n", at)
    return False


def _entry(scanner: Scanner, number: int, problems: list[Problem]) -> Entry:
    request, ended = _request(scanner, problems)
    response = None
    if scanner.skip_blank_lines():
        if scanner.starts("HTTP"):
            response, ended = _response(scanner, problems)
        if scanner.skip_blank_lines():
            _check_next(scanner, ended)
    return Entry(number, request, response)


def _request(scanner: Scanner, problems: list[Problem]) -> tuple[Request, str]:
    """The request at the position, and what was read last: a section's name, "content" or "fields"."""
    text, start = scanner.text, scanner.pos
    at = start
    while at < scanner.end and text[at] in _METHOD:
        at += 1
    method = text[start:at]
    if not method or method[0] not in _UPPER or (at < scanner.end and text[at].isalnum()):
        raise _no_method(scanner, start)
    if scanner.starts(("HTTP ", "HTTP/")):
        raise scanner.mistake("a response without a request before it", "expected a method and a URL", start, 4)
    scanner.pos = at
    if not scanner.skip_spaces():
        raise scanner.mistake("the method has no URL", "expected a space and a URL")
    if scanner.peek() in ("", "#"):
        raise scanner.mistake("the method has no URL", "expected a URL")
    url = unquoted(scanner)
    place = scanner.place(start, scanner.pos - start)
    scanner.end_line()
    fields = _fields(scanner, semicolon=True)
    sections = request_sections(scanner, problems)
    body = content(scanner) if scanner.skip_blank_lines() else None
    if body is not None:
        scanner.end_line()
    request = Request(
        method,
        url,
        fields,
        tuple(sections.query),
        tuple(sections.form),
        tuple(sections.parts),
        tuple(sections.cookies),
        sections.credentials[0] if sections.credentials else None,
        tuple(sections.options),
        body,
        place,
    )
    return request, "content" if body is not None else sections.last or "fields"


def _fields(scanner: Scanner, semicolon: bool = False) -> tuple[Pair, ...]:
    found: list[Pair] = []
    while scanner.skip_blank_lines():
        field = pair(scanner, semicolon)
        if field is None:
            break
        found.append(field)
    return tuple(found)


def _response(scanner: Scanner, problems: list[Problem]) -> tuple[Response, str]:
    start = scanner.pos
    version = ""
    for written, version in _VERSIONS:  # noqa: B007  # the one that it ends at is used below
        if scanner.starts(written):
            scanner.pos += len(written)
            break
    if scanner.peek() not in (" ", "\t", ""):
        raise _no_version(scanner, start)
    version_place = scanner.place(start, scanner.pos - start)
    if not scanner.skip_spaces():
        raise scanner.mistake("the status is missing", "expected a space and a status, or * for any")
    at = scanner.pos
    status = _status(scanner)
    status_place = scanner.place(at, scanner.pos - at)
    place = scanner.place(start, scanner.pos - start)
    _end_status_line(scanner, at)
    fields = _fields(scanner)
    sections = response_sections(scanner, problems)
    body = content(scanner) if scanner.skip_blank_lines() else None
    if body is not None:
        scanner.end_line()
    response = Response(
        version,
        version_place,
        status,
        status_place,
        fields,
        tuple(sections.captures),
        tuple(sections.expectations),
        body,
        place,
    )
    return response, "content" if body is not None else sections.last or "fields"


def _no_version(scanner: Scanner, start: int) -> Mistake:
    at = start
    while at < scanner.end and scanner.text[at] not in " \t":
        at += 1
    written = scanner.text[start:at]
    hint = (
        "write HTTP for any version" if written == "HTTP/*" else "expected HTTP, HTTP/1.0, HTTP/1.1, HTTP/2 or HTTP/3"
    )
    return scanner.mistake(f"there is no version {written[:40]!r}", hint, start, at - start)


def _status(scanner: Scanner) -> int | None:
    text, start = scanner.text, scanner.pos
    if scanner.starts("*"):
        scanner.pos += 1
        return None
    at = start
    while at < scanner.end and "0" <= text[at] <= "9":
        at += 1
    digits = text[start:at]
    if not digits or len(digits) > _MAX_STATUS_DIGITS or (digits[0] == "0" and len(digits) > 1):
        message = "this is not a status" if scanner.peek() else "the status is missing"
        raise scanner.mistake(message, "expected a number, or * for any", start)
    scanner.pos = at
    return int(digits)


def _end_status_line(scanner: Scanner, start: int) -> None:
    """Passes the rest of the status line; what people write there is named."""
    attached = scanner.pos
    spaces = scanner.skip_spaces()
    if scanner.peek() not in ("", "#"):
        rest = scanner.text[scanner.pos : scanner.end].rstrip()
        if spaces:
            message, hint = "a status line has no reason phrase", "expected the end of the line"
        else:
            message = f"{scanner.text[start:attached]}{rest[:20]} is not a status"
            hint = "expected a number alone; for a range write HTTP * and an assert: status < 300"
        raise scanner.mistake(message, hint, length=len(rest))
    scanner.end_line()


def _check_next(scanner: Scanner, ended: str) -> None:
    """Raises Mistake if what comes cannot be the next request, in words that say what was expected after `ended`."""
    start = scanner.pos
    if scanner.text[start] in _UPPER and not scanner.starts("HTTP"):
        return
    if scanner.starts("HTTP"):
        raise scanner.mistake("a second response to one request", "expected the next request", start, 4)
    raise _no_line(scanner, start, ended)


def _no_line(scanner: Scanner, start: int, ended: str) -> Mistake:
    word = _word(scanner, start)
    if scanner.starts("[") and section_name(scanner):
        name = section_name(scanner)
        return scanner.mistake(
            "a section after the content", f"write [{name}] before the content", start, len(name) + 2
        )
    if word.upper() in METHODS:
        return _no_method(scanner, start)
    if ended == "Asserts":
        near = nearest(word, QUERIES)
        hint = f"did you mean {near}?" if near else "expected a query, as in: status == 200"
        return scanner.mistake(f"there is no query {word!r}", hint, start, len(word))
    if ended == "Captures":
        return scanner.mistake("this is not a capture", "expected NAME: QUERY", start, len(word))
    if ended == "Options":
        near = nearest(word, OPTIONS)
        hint = f"did you mean {near}: ?" if near else "expected NAME: VALUE"
        return scanner.mistake("this is not an option", hint, start, len(word))
    if ended == "content":
        return scanner.mistake("this does not belong to the content", "expected the next request", start, len(word))
    if ended != "fields":
        return scanner.mistake(f"this does not belong to [{ended}]", "expected NAME: VALUE", start, len(word))
    return _no_method(scanner, start)


def _word(scanner: Scanner, start: int) -> str:
    at = start
    limit = min(scanner.end, start + _LONGEST)
    while at < limit and scanner.text[at] not in " \t#":
        at += 1
    return scanner.text[start:at]


def _no_method(scanner: Scanner, start: int) -> Mistake:
    word = _word(scanner, start)
    near = word.upper() if word.upper() in METHODS else nearest(word, METHODS)
    hint = f"did you mean {near}?" if near else "expected a method in capitals, a field or content"
    return scanner.mistake(f"{word!r} is not a method", hint, start, len(word))
