"""Version, status, fields and content that are expected to be equal, and a response of which nothing is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from httpeek.check.expect.compare import MOST_LINES
from httpeek.check.expect.evaluate import count, plausible
from httpeek.check.expect.seen import Seen
from httpeek.check.suite import Place
from httpeek.model.codes import CUT_SHORT, Failure
from httpeek.model.events import Event, Failed, Planned, Violation
from httpeek.model.exchange import fold
from httpeek.model.plan import Plan
from httpeek.model.target import parse
from tests.check.expect.built import findings, response, scope, seen

if TYPE_CHECKING:
    from pathlib import Path

    from httpeek.check.result import Finding

PLACE = Place("a.hurl", 1, 1)
JSON = "application/json"


def only(text: str, what: Seen, /, **variables: object) -> Finding:
    """The one thing that is wrong."""
    found = findings(text, what, scope(**variables))
    assert len(found) == 1, found
    return found[0]


def test_version_and_status_hold() -> None:
    for text in ("HTTP 200", "HTTP/1.1 200", "HTTP *", "HTTP/1.1 *"):
        assert findings(text + "\n", seen()) == []


def test_a_wrong_status_is_shown_at_the_status() -> None:
    found = only("HTTP 404\n", seen())
    assert (found.kind, found.title) == ("assert", "the status is 200, not 404")
    assert (found.actual, found.expected) == ("integer 200", "integer 404")
    assert (found.place.line, found.place.column, found.place.length) == (2, 6, 3)


def test_version_and_status_may_be_wrong_both() -> None:
    first, second = findings("HTTP/2 404\n", seen())
    assert (first.title, first.actual, first.expected) == ("the version is 1.1, not 2", 'string "1.1"', 'string "2"')
    assert second.title == "the status is 200, not 404"


FIELDS = ((b"Vary", b"A"), (b"vary", b"B"), (b"ETag", b'W/"1"'))


def test_fields_hold() -> None:
    for line in ("content-type: text/plain", "Vary: A", "VARY: B", 'ETag: W/"1"', "Vary: {{b}}", "{{n}}: B"):
        assert findings(f"HTTP 200\n{line}\n", seen(fields=FIELDS), scope(b="B", n="Vary")) == []


def test_a_field_that_is_missing_is_shown_at_its_name() -> None:
    found = only("HTTP 200\nX-Nope: a\n", seen())
    assert (found.kind, found.title, found.actual) == ("assert", "there is no field X-Nope", "none")
    assert (found.place.line, found.place.column, found.source) == (3, 1, "X-Nope: a")


def test_a_field_with_another_value_is_shown_at_the_value() -> None:
    found = only("HTTP 200\nContent-Type: text/html\n", seen())
    assert found.title == "the field Content-Type has another value"
    assert found.remark == 'actual string "text/plain", expected string "text/html"'
    assert (found.place.line, found.place.column) == (3, 15)
    found = only("HTTP 200\nVary: C\n", seen(fields=FIELDS))
    assert found.actual == 'list ["A", "B"]'


def test_all_that_is_wrong_is_told() -> None:
    found = findings("HTTP 200\nX-Nope: a\nVary: {{nope}}\nVary: C\n`x`\n", seen(b"y", fields=FIELDS))
    assert [one.kind for one in found] == ["assert", "error", "assert", "assert"]
    assert found[1].title == 'the variable "nope" has no value'


EQUAL: list[tuple[str, bytes, str]] = [
    ('{"a": 1}', b'{ "a" : 1 }\n', JSON),
    ('{"a": 1, "b": [1.0, null]}', b'{"b":[1,null],"a":1}', JSON),
    ('{"a": {{n}}, "b": "{{s}}"}', b'{"a": 7, "b": "x\\"y"}', JSON),
    ("[1, 2]", b"[1,2]", "text/plain"),
    ('"caf\\u00e9"', b'"caf\xc3\xa9"', JSON),
    ("true", b"true", JSON),
    ("9007199254740993", b"9007199254740993", JSON),
    ("<a>b</a>", b"<a>b</a>", "text/xml"),
    ("`Hello`", b"Hello", "text/plain"),
    ("`Hello {{s}}`", b'Hello x"y', "text/plain"),
    ("```\nline 1\nline 2\n```", b"line 1\nline 2\n", "text/plain"),
    ("```raw\n{{x}}\n```", b"{{x}}\n", "text/plain"),
    ("base64,SGVsbG8=;", b"Hello", "text/plain"),
    ("hex,00ff;", b"\x00\xff", "image/png"),
    ("`café`", b"caf\xe9", "text/plain; charset=latin1"),
]


@pytest.mark.parametrize(("expected", "body", "kind"), EQUAL, ids=[row[0] for row in EQUAL])
def test_content_is_equal(expected: str, body: bytes, kind: str) -> None:
    assert findings(f"HTTP 200\n{expected}\n", seen(body, kind), scope(n=7, s='x"y')) == []


UNEQUAL: list[tuple[str, bytes, str, str]] = [
    ("1", b'"1"', JSON, 'actual string "1", expected integer 1'),
    ("[1]", b'{"a": 1}', JSON, 'actual object {"a": 1}, expected list [1]'),
    ("null", b"false", JSON, "actual boolean false, expected null"),
    ("9007199254740993", b"9007199254740992", JSON, "actual integer 9007199254740992, expected integer 90071992547409"),
    ("`a`", b"b", "text/plain", 'actual string "b", expected string "a"'),
    ("<a/>", b"<a></a>", "text/xml", 'actual string "<a></a>", expected string "<a/>"'),
    ("hex,00ff;", b"\x00\xfe", "", "actual bytes hex,00fe;, expected bytes hex,00ff;\nthey differ at octet 1"),
    ("base64,YQ==;", b"ab", "", "actual bytes hex,6162;, expected bytes hex,61;\n2 octets, expected 1"),
]


@pytest.mark.parametrize(("expected", "body", "kind", "remark"), UNEQUAL, ids=[row[0] for row in UNEQUAL])
def test_content_is_not_equal(expected: str, body: bytes, kind: str, remark: str) -> None:
    found = only(f"HTTP 200\n{expected}\n", seen(body, kind))
    assert (found.kind, found.title) == ("assert", "the content is not what was expected")
    assert found.remark.startswith(remark)
    assert found.place.line == 3


def test_json_differs_in_a_diff_that_begins_at_the_first_line_that_differs() -> None:
    expected = 'HTTP 200\n{\n  "name": "Bob",\n  "age": 27,\n  "tags": [\n    1\n  ]\n}\n'
    found = only(expected, seen(b'{"tags":[1],"age":28,"name":"Bob"}', JSON))
    assert found.remark.split("\n")[:3] == ['-  "age": 27,', '+  "age": 28,', '   "tags": [']
    assert (found.place.line, found.place.column, found.place.length) == (5, 3, len('"age": 27,'))
    assert found.actual == 'object {"tags": [1], "age": 28, "name": "Bob"}'


def test_json_is_compared_by_types() -> None:
    assert only("HTTP 200\n[1]\n", seen(b"[true]", JSON)).remark.split("\n")[:2] == ["-  1", "+  true"]
    assert findings("HTTP 200\n[1]\n", seen(b"[1.0]", JSON)) == []


def test_json_on_one_line_differs_where_it_begins() -> None:
    found = only('HTTP 200\n{"name": "Bob", "age": 27}\n', seen(b'{"age": 27}', JSON))
    assert found.remark.split("\n")[0] == '-  "name": "Bob",'
    assert (found.place.line, found.place.column) == (3, 1)


def test_text_differs_at_its_line() -> None:
    found = only("HTTP 200\n```\none\ntwo\nthree\n```\n", seen(b"one\n2\nthree\n"))
    assert found.remark.split("\n")[:2] == ["-two", "+2"]
    assert (found.place.line, found.place.column, found.place.length) == (5, 1, 3)


def test_a_missing_line_end_is_seen() -> None:
    found = only("HTTP 200\n```\none\n```\n", seen(b"one"))
    assert found.remark == "+(no line end)"


def test_a_line_that_was_put_in_is_all_that_differs() -> None:
    lines = [f"line {number}" for number in range(30)]
    body = "\n".join([*lines[:10], "new", *lines[10:]]) + "\n"
    found = only("HTTP 200\n```\n" + "\n".join(lines) + "\n```\n", seen(body.encode()))
    shown = found.remark.split("\n")
    assert shown[0] == "+new"
    assert all(line.startswith(" ") for line in shown[1:MOST_LINES])


def test_a_long_diff_is_cut_and_counted() -> None:
    body = "\n".join(f"other {number}" for number in range(100_000))
    found = only("HTTP 200\n```\na\nb\n```\n", seen(body.encode()))
    shown = found.remark.split("\n")
    assert len(shown) == MOST_LINES + 1
    assert shown[-1].endswith("more lines)")


def test_a_long_line_is_cut() -> None:
    found = only("HTTP 200\n```\na\n```\n", seen(b"x" * 100_000))
    assert max(len(line) for line in found.remark.split("\n")) < 200


def test_content_that_is_no_json_does_not_hold() -> None:
    found = only('HTTP 200\n{"a": 1}\n', seen(b"<html>", "text/html"))
    assert found.kind == "assert"
    assert found.title.startswith("the content is not JSON")
    assert found.actual == 'string "<html>"'


def test_what_cannot_be_told_is_an_error() -> None:
    cases = {
        '{"a": {{nope}}}\n': 'the variable "nope" has no value',
        '{"a": {{text}}}\n': "what is expected is not JSON",
        "`a`\n": "the content is not utf-8",
        "file,nope.json;\n": "the file ./nope.json cannot be read: no such file or directory",
        "file,/etc/passwd;\n": "the file /etc/passwd is not below the root",
    }
    for text, title in cases.items():
        found = only("HTTP 200\n" + text, seen(b"\xff"), text="}")
        assert (found.kind, found.title[: len(title)]) == ("error", title)


def test_a_file_is_compared_by_its_octets(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00\xff")
    assert findings("HTTP 200\nfile,a.bin;\n", seen(b"\x00\xff"), scope(str(tmp_path))) == []
    (found,) = findings("HTTP 200\nfile,a.bin;\n", seen(b"\x00"), scope(str(tmp_path)))
    assert found.remark.endswith("1 octets, expected 2")


def test_deep_json_is_compared_or_told() -> None:
    deep = "[" * 400 + "]" * 400
    found = findings(f"HTTP 200\n{deep}\n", seen(deep.encode(), JSON))
    assert found == []
    found = findings(f"HTTP 200\n{deep}\n", seen(b"[" * 401 + b"]" * 401, JSON))
    assert len(found) == 1


def test_a_variable_that_nests_too_deep_is_an_error() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    found = only('HTTP 200\n{"a": {{deep}}}\n', seen(b"{}", JSON), deep=deep)
    assert (found.kind, found.title) == ("error", "a variable nests too deep to be written as JSON")
    while deep:
        deep = deep[0]  # type: ignore[assignment]  # a list in a list


def test_checks_are_counted() -> None:
    assert count(response("HTTP *\n")) == 0
    assert count(response("HTTP 200\n")) == 1
    assert count(response("HTTP/1.1 200\nA: b\nC: d\n[Asserts]\nstatus == 200\n{}\n".replace("{}", "status > 1"))) == 6
    assert count(response("HTTP 200\n[Captures]\na: status\n\n{}\n")) == 2


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_response_of_which_nothing_is_expected_is_plausible(status: int) -> None:
    assert plausible(seen(status=status), PLACE) is None


@pytest.mark.parametrize(
    ("status", "fields", "title"),
    [
        (404, (), "the status is 404, not 200 to 299"),
        (302, ((b"Location", b"/login"),), "the status is 302, not 200 to 299: it leads to /login"),
        (301, (), "the status is 301, not 200 to 299: it redirects and has no Location"),
        (304, (), "the status is 304, not 200 to 299"),
        (500, (), "the status is 500, not 200 to 299"),
    ],
)
def test_another_status_is_not_plausible(status: int, fields: tuple[tuple[bytes, bytes], ...], title: str) -> None:
    found = plausible(seen(status=status, fields=fields), PLACE)
    assert found is not None
    assert (found.kind, found.title, found.actual) == ("assert", title, f"integer {status}")
    assert found.place == PLACE


def test_a_fatal_violation_is_not_plausible() -> None:
    found = plausible(seen(violations=[Violation("two-lengths", "in", 17, "Content-Length 6 after 5", True)]), PLACE)
    assert found is not None
    assert found.title == "the response breaks a rule of the protocol: Content-Length 6 after 5"
    assert plausible(seen(violations=[Violation("status-class", "in", 9, "600")]), PLACE) is None


def test_no_response_is_an_error_with_the_code_of_the_failure() -> None:
    plan = Plan("GET", parse("http://a/"), ())
    failed = Failed(Failure(CUT_SHORT, "receive", "the body was cut short"))
    events = [Event(0, 1, None, None, Planned(plan)), Event(1, 1, None, None, failed)]
    what = Seen(tuple(fold(events)))
    found = plausible(what, PLACE)
    assert found is not None
    assert (found.kind, found.title, found.code) == ("error", "the body was cut short", CUT_SHORT)
    assert findings("HTTP 200\n", what)[0].title == "there is no response"
