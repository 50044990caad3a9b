"""Mistakes stand where Hurl 8.0 puts them, so that an editor that knows its messages finds ours."""

from __future__ import annotations

import pytest

from httpeek.check.hurl.entries import read

ASSERTS = "GET http://a\nHTTP 200\n[Asserts]\n"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("get http://a\n", 1, 1),
        ("GET\n", 1, 4),
        ("GET http://a\nHTTP/4 200\n", 2, 1),
        ("GET http://a\nHTTP/* 200\n", 2, 1),
        ("GET http://a\nHTTP oa0\n", 2, 6),
        ("GET http://a\nHTTP 99999999999999999999\n", 2, 6),
        ("GET http://a\nHTTP 200 OK\n", 2, 10),
        ("GET http://a\nHTTP 2xx\n", 2, 7),
        ("GET http://a\n[Query]\na: 1\n[Query]\n", 4, 1),
        ("GET http://a\nHTTP 200\n[Asserts]\n[Captures]\n[Asserts]\n", 5, 1),
        ("GET http://a\n[Foo]\n", 2, 2),
        ("GET http://a\nHTTP 200\n[Query]\n", 3, 2),
        ("GET http://a\n[Options]\nfoo: true\n", 3, 1),
        ("GET http://a\n[Options]\nretry: -2\n", 3, 8),
        ("GET http://a\n[Options]\ndelay: 10mms\n", 3, 10),
        ("GET http://a\n[Options]\nverbosity: foo\n", 3, 12),
        ("GET http://a\n[Options]\nvariable: newUuid=123\n", 3, 11),
        ("GET http://a\n[Options]\ncacert: \n", 3, 9),
        ("GET http://a\nx-\\q: 1\n", 2, 1),
        ("GET http://a/\\q\n", 1, 15),
        ("GET http://a/\\u{zz}\n", 1, 17),
        ("GET http://a/\\u{d800}\n", 1, 21),
        ("GET {{}}\n", 1, 7),
        ("GET http://a/{{x\n", 1, 17),
        ("GET http://a\n[Query]\nvalue: {{randomInt 100 1}}\n", 3, 24),
        (ASSERTS + "status foo\n", 4, 8),
        (ASSERTS + "status == ?\n", 4, 11),
        (ASSERTS + 'header "toto" startsWith 1\n', 4, 26),
        (ASSERTS + "body matches /a(/\n", 4, 15),
        (ASSERTS + "body == hex,abc;\n", 4, 16),
        (ASSERTS + 'cookie "a[foo]" exists\n', 4, 11),
        (ASSERTS + '\ncookie "JSESSIONID exists\n', 5, 26),
        (ASSERTS + 'certificate "Foo" exists\n', 4, 14),
        (ASSERTS + "xpath ?? == 1\n", 4, 7),
        (ASSERTS + 'jsonpath "$.url" urlQueryParam ?? == 1\n', 4, 32),
        (ASSERTS + 'xpath "//item" == "\\d\\d"\n', 4, 21),
        (ASSERTS + "body == 01\n", 4, 11),
        (ASSERTS + "body == 1.\n", 4, 11),
        ('POST http://a\n{"a": 1,}\n', 2, 8),
        ("POST http://a\n[0,1,]\n", 2, 5),
        ("POST http://a\n[1,,2]\n", 2, 4),
        ('POST http://a\n{"a":\n}\n', 2, 6),
        ('POST http://a\n{ "name":', 2, 10),
        ("POST http://a\n[\nHTTP 200\n", 3, 1),
        ("POST http://a\n[ x]\n", 2, 3),
        ('POST http://a\n["\\x"]\n', 2, 4),
        ('POST http://a\n{"smiley":"\\uf64"}\n', 2, 17),
        ('POST http://a\n{\n "foo": "\\ud800\\ud800"\n', 3, 18),
        ("POST http://a\n[1.]\n", 2, 4),
        ("POST http://a\n```foo\nx\n```\n", 2, 4),
        ("POST http://a\n```graphql\nq\nvariables [1]\n```\n", 4, 11),
        ("POST http://a\n```\nunterminated\n", 4, 1),
        ("POST http://a\n```\nline1\n{{bar\n```\n", 5, 1),
        ("GET http://a\nHTTP 200\nxxx\n", 3, 1),
        ("POST http://a\n[Multipart]\nf: file,a.txt\n", 3, 14),
    ],
)
def test_a_mistake_is_located_where_hurl_locates_it(text: str, line: int, column: int) -> None:
    problem = read(text, "a.hurl").problems[0]
    assert (problem.place.line, problem.place.column) == (line, column), problem


def test_octets_that_are_no_text_are_located() -> None:
    suite = read(b"GET http://a\nX: \xc3\xa9\xff\n", "a.hurl")
    (problem,) = suite.problems
    assert (problem.place.line, problem.place.column) == (2, 5)
    assert "0xff" in problem.message
    assert suite.entries == ()


def test_no_more_than_ten_problems_are_kept() -> None:
    assert len(read("GET {{}}\n" * 50, "a.hurl").problems) == 10
    assert len(read(ASSERTS + "status foo\n" * 50, "a.hurl").problems) == 10


def test_problems_are_in_the_order_of_the_file() -> None:
    text = ASSERTS + "status foo\nbody == ~\n[Query]\nPOST http://b/{{}}\n"
    lines = [problem.place.line for problem in read(text, "a.hurl").problems]
    assert lines == [4, 5, 6, 7]


def test_a_line_of_the_source_is_found_by_its_number() -> None:
    suite = read("one\r\ntwo\nthree", "a.hurl")
    assert [suite.line(number) for number in (1, 2, 3, 4)] == ["one", "two", "three", ""]
