"""Every query, filter, predicate and option of the tables is read, with all that it may take and nothing else."""

from __future__ import annotations

import pytest

from httpeek.check.expect.names import (
    CERTIFICATE_ATTRIBUTES,
    COOKIE_ATTRIBUTES,
    FILTERS,
    OLD_FILTERS,
    PREDICATES,
    QUERIES,
    REMOVED_PREDICATES,
    SHAPES,
    Name,
    cookie_path,
    is_expression,
)
from httpeek.check.hurl.entries import read
from httpeek.check.options import OPTIONS, UNITS
from httpeek.check.suite import Capture, Expectation, Option

WRITTEN = {
    "string": '"text {{x}}"',
    "integer": "-12",
    "float": "1.50",
    "boolean": "true",
    "null": "null",
    "bytes": "hex,00ff;",
    "file": "file,a.bin;",
    "regex": "/a+/",
    "expression": "{{x}}",
    "content": "```\ntext\n```",
}
ARGUMENTS = {"text": '"a"', "pattern": "/(a)/", "index": "1", "cookie": '"a[Path]"', "attribute": '"Subject"'}
OPTION_VALUES = {
    "boolean": ("true", "boolean"),
    "natural": ("3", "integer"),
    "count": ("-1", "integer"),
    "duration": ("3s", "duration"),
    "text": ("a b", "string"),
    "file": ("a.pem", "file"),
    "certificate": ("a.pem:b", "file"),
    "verbosity": ("brief", "word"),
    "variable": ("a=1", "integer"),
}


def written(row: Name) -> str:
    return " ".join([row.name, *(ARGUMENTS[shape] for shape in row.takes)])


def expectation(line: str) -> Expectation | str:
    """The expectation that a line of [Asserts] is, or the message of the mistake in it."""
    suite = read(f"GET http://a/\nHTTP 200\n[Asserts]\n{line}\n", "a.hurl")
    if suite.problems:
        return suite.problems[0].message
    assert suite.entries[0].response is not None
    (found,) = suite.entries[0].response.expectations
    return found


def capture(line: str) -> Capture:
    suite = read(f"GET http://a/\nHTTP 200\n[Captures]\n{line}\n", "a.hurl")
    assert not suite.problems
    assert suite.entries[0].response is not None
    (found,) = suite.entries[0].response.captures
    return found


def test_the_tables_hold_what_hurl_has() -> None:
    theirs = [row for row in QUERIES.values() if not row.ours]
    assert (len(theirs), len(FILTERS), len(PREDICATES)) == (18, 31, 26)


@pytest.mark.parametrize("row", QUERIES.values(), ids=lambda row: row.name)
def test_every_query_is_read(row: Name) -> None:
    found = expectation(f"{written(row)} exists")
    assert isinstance(found, Expectation)
    assert found.query.name == row.name
    assert [literal.source for literal in found.query.arguments] == [ARGUMENTS[shape] for shape in row.takes]
    assert capture(f"x: {written(row)}").query.name == row.name
    assert is_expression(f"{row.name} exists")
    assert not is_expression(row.name)


@pytest.mark.parametrize("row", FILTERS.values(), ids=lambda row: row.name)
def test_every_filter_is_read(row: Name) -> None:
    found = expectation(f"body {written(row)} {written(row)} not exists")
    assert isinstance(found, Expectation)
    assert [one.name for one in found.filters] == [row.name, row.name]
    assert [literal.source for literal in found.filters[1].arguments] == [ARGUMENTS[shape] for shape in row.takes]
    assert [one.name for one in capture(f"x: body {written(row)} redact").filters] == [row.name]


@pytest.mark.parametrize("row", [row for row in FILTERS.values() if row.takes], ids=lambda row: row.name)
def test_a_filter_without_its_argument_is_a_mistake(row: Name) -> None:
    assert isinstance(expectation(f"body {row.name}"), str)
    assert isinstance(expectation(f"body {row.name} exists"), str)


@pytest.mark.parametrize(("old", "new"), OLD_FILTERS.items())
def test_an_old_filter_is_its_new_one_and_a_note(old: str, new: str) -> None:
    suite = read(f'GET http://a/\nHTTP 200\n[Asserts]\nbody {old} "a" exists\n', "a.hurl")
    assert not suite.problems
    assert suite.entries[0].response is not None
    (found,) = suite.entries[0].response.expectations[0].filters
    assert (found.name, found.written) == (new, old)
    assert [(note.place.line, note.place.column, new in note.hint) for note in suite.notes] == [(4, 6, True)]


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("row", PREDICATES.values(), ids=lambda row: row.name)
def test_a_predicate_takes_the_kinds_of_its_shape_and_no_other(row: Name, kind: str) -> None:
    found = expectation(f"body {row.name} {WRITTEN[kind]}")
    if row.takes and kind in SHAPES[row.takes[0]]:
        assert isinstance(found, Expectation)
        assert (found.predicate.name, found.predicate.negated) == (row.name, False)
        assert found.predicate.argument is not None
        assert (found.predicate.argument.kind, found.predicate.argument.source) == (kind, WRITTEN[kind])
    else:
        assert isinstance(found, str)


@pytest.mark.parametrize("row", [row for row in PREDICATES.values() if not row.takes], ids=lambda row: row.name)
def test_a_predicate_without_a_value_stands_alone(row: Name) -> None:
    found = expectation(f"body not {row.name}")
    assert isinstance(found, Expectation)
    assert (found.predicate.name, found.predicate.negated, found.predicate.argument) == (row.name, True, None)


@pytest.mark.parametrize("name", REMOVED_PREDICATES)
def test_a_removed_predicate_is_a_mistake(name: str) -> None:
    assert expectation(f"status {name} 200") == f"{name} is no longer a predicate"


@pytest.mark.parametrize("name", CERTIFICATE_ATTRIBUTES)
def test_every_attribute_of_a_certificate_is_read(name: str) -> None:
    assert isinstance(expectation(f'certificate "{name}" exists'), Expectation)


@pytest.mark.parametrize("name", COOKIE_ATTRIBUTES)
def test_every_attribute_of_a_cookie_is_read_in_any_case(name: str) -> None:
    assert isinstance(expectation(f'cookie "a[{name.lower()}]" exists'), Expectation)
    assert cookie_path(f"a[ {name.upper()} ]") == ("a", name)


def test_a_cookie_path_without_an_attribute() -> None:
    assert cookie_path("a") == ("a", "")
    assert cookie_path("a[b") == ("a[b", "")
    with pytest.raises(ValueError, match="nope"):
        cookie_path("a[nope]")


@pytest.mark.parametrize(("name", "kind"), OPTIONS.items())
def test_every_option_is_read_and_takes_a_variable(name: str, kind: str) -> None:
    value, expected = OPTION_VALUES[kind]
    found = option(f"{name}: {value}")
    assert (found.name, found.value.kind) == (name, expected)
    if kind in ("boolean", "natural", "count", "duration"):
        assert option(f"{name}: {{{{x}}}}").value.kind == "expression"


def option(line: str) -> Option:
    suite = read(f"GET http://a/\n[Options]\n{line}\n", "a.hurl")
    assert not suite.problems, suite.problems
    (found,) = suite.entries[0].request.options
    return found


@pytest.mark.parametrize(("unit", "milliseconds"), UNITS.items())
def test_every_unit_of_time_is_read(unit: str, milliseconds: int) -> None:
    assert option(f"delay: 7{unit}").value.value == 7 * milliseconds
