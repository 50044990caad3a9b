"""Any text at all: never a traceback, never a hang, and what is read is what stands there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpeek.check.hurl.asserts import parse_expression
from httpeek.check.hurl.entries import read
from httpeek.check.pointed import problem_lines
from httpeek.check.suite import Content, Expectation, Place, Problem, Suite
from tests.check.hurl.test_cases import CASES, SECTIONS, blocks, source

VALID = [source(name, text).decode() for section in SECTIONS for name, text in blocks(CASES / f"{section}.txt").items()]
WORDS = [
    *("GET http://a/\n", "POST {{x}}\n", "HTTP 200\n", "HTTP ", "[Asserts]\n", "[Captures]\n", "[Options]\n"),
    *(
        "[Query]\n",
        "[Multipart]\n",
        "status ",
        "header ",
        'jsonpath "$.a" ',
        "body ",
        "matches ",
        "== ",
        "not ",
        "nth ",
    ),
    *('"', "`", "```", "```graphql\n", "variables {", "{{", "}}", "{", "}", "[", "]", "\\", "\\u{", "\\u", "/", "#"),
    *("base64,", "hex,", "file,", ";", ":", "a: b\n", "retry: ", "delay: 1", "variable: a=", "-", "1.", "\r\n", "\n"),
    *("\t", " ", "<a>", "</a>", "<!--", "<?", "'", "(?", "[^\\W", "&&", "é", "\u0301", "\x00", ","),
]


def places(value: object) -> list[Place]:
    """All places in a noun, however deep."""
    if isinstance(value, Place):
        return [value]
    if isinstance(value, tuple):
        return [place for part in value for place in places(part)]
    return []


def check(text: str) -> Suite:
    suite = read(text, "a.hurl")
    lines = suite.text.split("\n")
    for place in places(suite.entries) + places(suite.problems) + places(suite.notes):
        assert place.file == "a.hurl"
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert place.length >= 0
    for problem in suite.problems:
        assert problem.message
        for line in problem_lines(problem, suite):
            assert len(line) < 1000
            assert not any(ord(character) < 32 or ord(character) == 127 for character in line)
    return suite


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    check(text)


@given(st.binary())
def test_any_octets_are_read(octets: bytes) -> None:
    assert isinstance(read(octets, "a.hurl"), Suite)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=40).map("".join))
def test_any_words_of_the_format_are_read(text: str) -> None:
    check(text)


@settings(max_examples=500)
@given(st.sampled_from(VALID), st.data())
def test_a_changed_file_is_read(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(start + 5, len(text))))
    check(text[:start] + data.draw(st.sampled_from(WORDS) | st.text(max_size=2)) + text[stop:])


@pytest.mark.parametrize("text", VALID)
def test_every_beginning_of_a_file_is_read(text: str) -> None:
    for stop in range(min(len(text), 400)):
        check(text[:stop])


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12).map("".join))
def test_any_word_of_a_command_line_is_read(text: str) -> None:
    assert isinstance(parse_expression("body " + text), Expectation | Problem)
    assert isinstance(parse_expression(text), Expectation | Problem)


def content_of(text: str) -> Content:
    suite = check("POST http://a/\n" + text)
    assert not suite.problems
    content = suite.entries[0].request.content
    assert content is not None
    return content


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_json_is_kept_as_it_is_written(value: object, indent: int | None, ascii_only: bool) -> None:
    import json

    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).replace("{{", "{ {").replace("\x7f", "")
    for control in ("{ {", "\b", "\f"):
        text = text.replace(control, "")
    content = content_of(text)
    assert (content.kind, content.source) == ("json", text)


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":[', "]}"), ("[[", "]]")])
def test_no_nesting_of_json_is_too_deep(opening: str, closing: str) -> None:
    text = opening * 50_000 + "1" + closing * 50_000
    assert content_of(text).source == text


def test_no_nesting_of_xml_is_too_deep() -> None:
    text = "<a>" * 50_000 + "</a>" * 50_000
    assert content_of(text).source == text


def test_no_nesting_of_a_pattern_is_too_deep() -> None:
    text = "(" * 20_000 + "a" + ")" * 20_000
    suite = check(f"GET http://a/\nHTTP 200\n[Asserts]\nbody matches /{text}/\n")
    assert not suite.problems


def test_a_hundred_thousand_entries_are_read() -> None:
    suite = read("GET http://a/{{b}}\nHTTP 200\n" * 100_000, "a.hurl")
    assert (len(suite.entries), suite.problems) == (100_000, ())
    assert suite.entries[-1].request.place.line == 199_999


@pytest.mark.parametrize(
    "text",
    [
        "GET http://a/\nX: " + "\\#" * 500_000,
        "GET http://a/\nX: " + "\\" * 1_000_000 + "#",
        "GET http://a/\nX: " + "{{a}}" * 20_000,
        "GET http://a/\n" + "{{a" * 300_000,
        "POST http://a/\n[" + "{{a}}," * 20_000 + "1]",
        "POST http://a/\n[" + '"{{a}}",' * 20_000 + "1]",
        'POST http://a/\n"' + '\\"' * 200_000 + '"',
        "POST http://a/\n<a " + 'b="c" ' * 50_000 + "/>",
        "POST http://a/\n<a " + 'b=">" ' * 50_000 + "/>",
        "POST http://a/\n```\n" + "{{a}} " * 50_000 + "\n```",
        "GET http://a/\nHTTP 200\n[Asserts]\n" + "x" * 1_000_000,
        "GET http://a/\nHTTP 200\n[Asserts]\nbody " + "count " * 50_000 + "== 1",
        "GET http://a/\nHTTP 200\n[Asserts]\nbody matches /" + "[^\\W_]" * 20_000 + "/",
        "GET http://a/\nHTTP 200\n[Asserts]\nbody matches /" + "[" * 200_000 + "/",
        "GET http://a/\nHTTP 200\n[Asserts]\nbody matches /a" + "*" * 5_000 + "/",
        "GET http://a/\nHTTP 200\n[Asserts]\nstatus == " + "1" * 1_000_000,
        "GET http://a/\n[Options]\nvariable: a=" + "1" * 1_000_000,
        "x\n" * 300_000,
        "#\n" * 300_000,
        "A" * 1_000_000,
    ],
    ids=lambda text: text[:40].replace("\n", " ") + "...",
)
def test_a_large_text_takes_linear_time(text: str) -> None:
    """Each of them would take minutes if what is read were looked at again and again."""
    check(text)


def test_there_are_valid_files_to_change() -> None:
    assert Path(CASES).is_dir()
    assert len(VALID) >= 250
