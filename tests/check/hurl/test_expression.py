"""A word of the command line as an expectation: strict first, then bare words may stand for quoted strings."""

from __future__ import annotations

import pytest

from httpeek.check.expect.names import is_expression
from httpeek.check.hurl.asserts import parse_expression
from httpeek.check.suite import Expectation, Problem, Template


@pytest.mark.parametrize(
    ("bare", "strict"),
    [
        ("header content-type contains json", 'header "content-type" contains "json"'),
        ("jsonpath $.name == Bob", 'jsonpath "$.name" == "Bob"'),
        ("jsonpath $.name == true", 'jsonpath "$.name" == true'),
        ("jsonpath $.name == null", 'jsonpath "$.name" == null'),
        ("jsonpath $.name == nullable", 'jsonpath "$.name" == "nullable"'),
        ("jsonpath $.version == 1.2.3", 'jsonpath "$.version" == "1.2.3"'),
        ("jsonpath $.date == 2024-01-01", 'jsonpath "$.date" == "2024-01-01"'),
        ("jsonpath $.n == 1.0", 'jsonpath "$.n" == 1.0'),
        ("jsonpath $.n == -1", 'jsonpath "$.n" == -1'),
        ("jsonpath $.n != {{x}}", 'jsonpath "$.n" != {{x}}'),
        ("body contains #hash", 'body contains "#hash"'),
        ("body matches ^a+$", 'body matches "^a+$"'),
        ("body matches /^a+$/", "body matches /^a+$/"),
        ("cookie a[Path] == /", 'cookie "a[Path]" == "/"'),
        ("certificate Subject contains x", 'certificate "Subject" contains "x"'),
        ("body split , count == 3", 'body split "," count == 3'),
        ("variable x == y", 'variable "x" == "y"'),
        ("regex (a) == b", 'regex "(a)" == "b"'),
        ("  status == 200  # comment", "status == 200"),
    ],
)
def test_bare_words_mean_what_quoted_strings_mean(bare: str, strict: str) -> None:
    assert meaning(bare) == meaning(strict)


def meaning(text: str) -> object:
    found = parse_expression(text)
    assert isinstance(found, Expectation), found
    argument = found.predicate.argument
    return (
        found.query.name,
        [plain(literal.value) for literal in found.query.arguments],
        [(one.name, [plain(literal.value) for literal in one.arguments]) for one in found.filters],
        found.predicate.name,
        found.predicate.negated,
        argument and (argument.kind, plain(argument.value)),
    )


def plain(value: object) -> object:
    if isinstance(value, Template):
        return [piece if isinstance(piece, str) else piece.name for piece in value.pieces]
    return getattr(value, "name", value)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("status==200", 7, "a space is missing before =="),
        ("status equals 200", 8, "equals is no longer a predicate"),
        ("status == 2xx", 11, "this is not a number"),
        ("status == ok", 11, "this is not a number"),
        ("status == \u00a0", 11, "this is not a number"),
        ("body contains \u00a0 x", 17, "this does not belong to the line"),
        ("duration < 500ms", 12, "this is not a number"),
        ("header", 7, "a space is missing"),
        ("header content-type", 20, "the predicate is missing"),
        ("body contains hello world", 21, "this does not belong to the line"),
        ('body contains "hello', 21, 'the string has no closing "'),
        ("body contains", 14, "a value is missing"),
        ("jsonpth $.a == 1", 1, "there is no query 'jsonpth'"),
        ("", 1, "there is no query ''"),
        ("status == 200\nstatus == 201", 1, "an expectation is one line"),
        ("body matches (?=a)", 14, "the pattern is not valid: look-around is not part of the syntax"),
        ("cookie a[b] exists", 10, "there is no such attribute of a cookie"),
        ("certificate x exists", 13, "there is no such attribute of a certificate"),
        ("body == {{x", 12, "the expression is not closed"),
    ],
)
def test_a_word_that_is_no_expectation_is_a_problem(text: str, column: int, message: str) -> None:
    found = parse_expression(text)
    assert isinstance(found, Problem), found
    assert (found.place.column, found.message) == (column, message)


@pytest.mark.parametrize("word", ["status == 200", "header x exists", "status\t== 1", "tls.version == x", "body\n"])
def test_a_query_and_white_space_begin_an_expectation(word: str) -> None:
    assert is_expression(word)


@pytest.mark.parametrize(
    "word", ["", " ", "status", "status==200", " status == 200", "X:status ==", "status:x y", "a b"]
)
def test_an_item_of_a_request_is_no_expectation(word: str) -> None:
    assert not is_expression(word)
