"""Queries, filters and predicates: one line of [Asserts] or [Captures], or a word of the command line.

Rules: the tables of `check/expect/names` say what there is and what each takes; this file knows only how it is written.
A query that is not written right is located where it goes wrong. `parse_expression` reads a word strictly first; only
if that fails, words may stand for strings, and the mistake that is reported is the one that is left then.
"""

from __future__ import annotations

from httpeek.check.expect.names import (
    CERTIFICATE_ATTRIBUTES,
    COOKIE_ATTRIBUTES,
    FILTERS,
    OLD_FILTERS,
    OLD_PREDICATES,
    PREDICATES,
    QUERIES,
    REMOVED_PREDICATES,
    Name,
    cookie_path,
)
from httpeek.check.hurl.scanner import BLANK, Mistake, Scanner
from httpeek.check.hurl.templates import expression, label
from httpeek.check.hurl.values import argument, number, pattern, text, whole, word
from httpeek.check.suite import Capture, Expectation, Filter, Literal, Predicate, Problem, Query
from httpeek.model.nearest import nearest

_OPERATORS = ("==", "!=", ">=", "<=", ">", "<")
_ANY_PREDICATE = (
    "expected a filter or a predicate: ==, !=, >, >=, <, <=, startsWith, endsWith, contains, matches, exists, is..."
)

_LONGEST = 60
"""Characters of a word that are looked at: no name is as long."""

_NUMERIC = frozenset({"status", "duration", "timing.connect", "timing.tls", "timing.first_byte"})
"""Queries that give numbers: no bare word can stand for a string after them."""

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._")


def parse_expression(written: str, file: str = "EXPR") -> Expectation | Problem:
    """The expectation that a word of the command line is, or the mistake in it."""
    try:
        return _only(Scanner(written, file))
    except Mistake:
        pass
    try:
        return _only(Scanner(written, file, bare=True))
    except Mistake as mistake:
        return mistake.problem


def _only(scanner: Scanner) -> Expectation:
    scanner.skip_spaces()
    found = expectation(scanner)
    if found is None:
        name = scanner.text[scanner.pos : _end_of_name(scanner, scanner.pos)]
        raise scanner.mistake(f"there is no query {name!r}", _queries(name), length=len(name))
    if scanner.skip_blank_lines():
        raise scanner.mistake("an expectation is one line", "expected the end")
    return found


def expectation(scanner: Scanner) -> Expectation | None:
    """The expectation at the position and the rest of its line, or None if it begins with no query."""
    start = scanner.pos
    place = scanner.place(start)
    found = _query(scanner)
    if found is None:
        return None
    filters = _filters(scanner)
    predicate = _predicate(scanner)
    same_line = scanner.start <= start
    source = scanner.text[start : scanner.pos]
    scanner.end_line()
    if same_line:
        place = place._replace(length=len(source))
    return Expectation(found, filters, predicate, source, place)


def capture(scanner: Scanner) -> Capture | None:
    """The capture at the position and the rest of its line, or None if no name with a colon begins there."""
    start = scanner.pos
    name = label(scanner)
    if name is None:
        return None
    found = _query(scanner)
    if found is None:
        written = scanner.text[scanner.pos : _end_of_name(scanner, scanner.pos)]
        raise scanner.mistake(f"there is no query {written!r}", _queries(written), length=len(written))
    filters = _filters(scanner)
    before = scanner.pos
    scanner.skip_spaces()
    redact = scanner.starts("redact")
    if redact:
        scanner.pos += len("redact")
    else:
        scanner.pos = before
    source = scanner.text[start : scanner.pos]
    place = scanner.place(start, len(source))
    scanner.skip_spaces()
    if scanner.peek() not in ("", "#"):
        at = scanner.pos
        rest = scanner.text[at : _end_of_word(scanner, at)]
        hint = "expected a filter, redact or the end of the line" + _similar(rest, (*FILTERS, "redact"))
        raise scanner.mistake(f"there is no filter {rest!r}", hint, length=len(rest))
    scanner.end_line()
    return Capture(name, found, filters, redact, source, place)


def _end_of_name(scanner: Scanner, at: int) -> int:
    limit = min(scanner.end, at + _LONGEST)
    while at < limit and scanner.text[at] in _NAME:
        at += 1
    return at


def _end_of_word(scanner: Scanner, at: int) -> int:
    limit = min(scanner.end, at + _LONGEST)
    while at < limit and scanner.text[at] not in BLANK:
        at += 1
    return at


def _similar(name: str, names: tuple[str, ...]) -> str:
    found = nearest(name, names)
    return f"; did you mean {found}?" if found else ""


def _queries(name: str) -> str:
    known = ", ".join(row.name for row in QUERIES.values() if not row.ours)
    return f"expected one of {known}" + _similar(name, tuple(QUERIES))


def _query(scanner: Scanner) -> Query | None:
    start = scanner.pos
    name = scanner.text[start : _end_of_name(scanner, start)]
    row = QUERIES.get(name)
    if row is None:
        return None
    scanner.pos = start + len(name)
    scanner.numeric = name in _NUMERIC
    arguments = _arguments(scanner, row) if row.takes else ()
    return Query(name, arguments, scanner.place(start, scanner.pos - start))


def _filters(scanner: Scanner) -> tuple[Filter, ...]:
    found: list[Filter] = []
    while True:
        before = scanner.pos
        if not scanner.skip_spaces():
            break
        start = scanner.pos
        written = scanner.text[start : _end_of_name(scanner, start)]
        name = OLD_FILTERS.get(written, written)
        row = FILTERS.get(name)
        if row is None:
            scanner.pos = before
            break
        scanner.numeric = False
        scanner.pos = start + len(written)
        if name is not written:
            scanner.note(f"{written} is an old name", f"write {name}", start, len(written))
        arguments = _arguments(scanner, row) if row.takes else ()
        found.append(Filter(name, arguments, scanner.place(start, scanner.pos - start), written))
    return tuple(found)


def _arguments(scanner: Scanner, row: Name) -> tuple[Literal, ...]:
    found: list[Literal] = []
    for shape in row.takes:
        scanner.need_space()
        found.append(_READERS[shape](scanner))
    return tuple(found)


def _text(scanner: Scanner) -> Literal:
    return text(scanner)


def _pattern(scanner: Scanner) -> Literal:
    found = pattern(scanner)
    if found is None:
        if scanner.bare:
            return word(scanner)
        raise scanner.mistake("a pattern is missing", 'expected " or /')
    return found


def _index(scanner: Scanner) -> Literal:
    start = scanner.pos
    if scanner.starts("{{"):
        return whole(scanner, start, "expression", expression(scanner))
    found = number(scanner)
    if found is None or found.kind != "integer":
        raise scanner.mistake("an index is an integer", "expected an integer", start)
    return found


def _cookie(scanner: Scanner) -> Literal:
    start = scanner.pos
    found = text(scanner)
    template = found.value
    plain = getattr(template, "plain", None)
    try:
        cookie_path(plain if plain is not None else found.source.strip('"'))
    except ValueError:
        at = scanner.text.rfind("[", start, scanner.pos) + 1
        at += len(scanner.text[at : scanner.pos]) - len(scanner.text[at : scanner.pos].lstrip(BLANK))
        message = "there is no such attribute of a cookie"
        raise scanner.mistake(message, "expected " + ", ".join(COOKIE_ATTRIBUTES), at) from None
    return found


def _attribute(scanner: Scanner) -> Literal:
    start = scanner.pos
    found = text(scanner)
    plain = getattr(found.value, "plain", None)
    if plain not in CERTIFICATE_ATTRIBUTES:
        message = "there is no such attribute of a certificate"
        at = start + 1 if found.source.startswith('"') else start
        raise scanner.mistake(message, "expected " + ", ".join(CERTIFICATE_ATTRIBUTES), at)
    return found


_READERS = {"text": _text, "pattern": _pattern, "index": _index, "cookie": _cookie, "attribute": _attribute}


def _predicate(scanner: Scanner) -> Predicate:
    if not scanner.skip_spaces():
        raise _attached(scanner)
    negated = False
    if scanner.starts(("not ", "not\t")):
        negated = True
        scanner.pos += 3
        scanner.skip_spaces()
    at = scanner.pos
    for operator in _OPERATORS:
        if scanner.starts(operator):
            place = scanner.place(at, len(operator))
            scanner.pos += len(operator)
            scanner.skip_spaces()
            return Predicate(operator, argument(scanner, PREDICATES[operator].takes[0]), negated, place)
    name = scanner.text[at : _end_of_name(scanner, at)]
    row = PREDICATES.get(name)
    if row is None:
        raise _no_predicate(scanner, at, name)
    scanner.pos += len(name)
    place = scanner.place(at, len(name))
    if not row.takes:
        if scanner.peek() not in ("", " ", "\t", "#"):
            raise scanner.mistake("this does not belong to the line", "expected the end of the line")
        return Predicate(name, None, negated, place)
    if not scanner.skip_spaces() and scanner.peek() not in ("", "#"):
        raise scanner.mistake(f"a space is missing after {name}", "expected a space and a value")
    new = OLD_PREDICATES.get(name)
    if new:
        scanner.note(f"{name} is an old name", f"write {new}", at, len(name))
    return Predicate(name, argument(scanner, row.takes[0]), negated, place)


def _attached(scanner: Scanner) -> Mistake:
    """The mistake where no blank stands before the predicate."""
    if scanner.peek() in ("", "#"):
        return scanner.mistake("the predicate is missing", _ANY_PREDICATE)
    for operator in _OPERATORS:
        if scanner.starts(operator):
            return scanner.mistake(f"a space is missing before {operator}", f"expected a space, {operator} and a value")
    return scanner.mistake("a space is missing", "expected a space and a predicate")


def _no_predicate(scanner: Scanner, at: int, name: str) -> Mistake:
    written = name or scanner.text[at : _end_of_word(scanner, at)]
    if not written:
        return scanner.mistake("the predicate is missing", _ANY_PREDICATE, at)
    new = REMOVED_PREDICATES.get(name)
    if new:
        return scanner.mistake(f"{name} is no longer a predicate", f"write {new}", at, len(name))
    near = nearest(written, (*PREDICATES, *FILTERS))
    hint = f"did you mean {near}?" if near else _ANY_PREDICATE
    if written == "=":
        hint = "write =="
    return scanner.mistake(f"there is no predicate {written!r}", hint, at, len(written))
