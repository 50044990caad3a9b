"""The JSON formatter: nothing that it shows differs from what it was given."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from httpeek.render import json_text
from httpeek.render.json_pattern import tokens_by_pattern
from httpeek.render.json_text import JsonText, scan

PLAIN = dict.fromkeys(("key", "string", "number", "literal"), "")
COLOURS = {"key": "36", "string": "32", "number": "35", "literal": "33"}

texts = st.text(alphabet=st.characters(exclude_categories=("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=30,
)
near_json = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "\n",
            '"a"',
            '"',
            "\\",
            '"\\u0041"',
            "1",
            "-",
            "0",
            ".5",
            "e9",
            "true",
            "null",
            "fals",
            "x",
            "\0",
            "\x1f",
            '"\\n"',
            '"\\ud83d\\ude00"',
            '"é"',
            "{}",
            "[]",
            "[ ]",
            "01",
            "\r",
        ]
    ),
    max_size=12,
).map("".join)


def run(text: str, pieces: list[int] | None = None, **options: Any) -> tuple[str, JsonText]:
    out: list[str] = []
    formatter = JsonText(out.append, options.pop("colours", PLAIN), **options)
    at = 0
    for size in [*(pieces or ()), len(text)]:
        formatter.feed(text[at : at + size])
        at += size
    formatter.finish()
    return "".join(out), formatter


@given(values, st.booleans())
def test_what_is_formatted_parses_to_what_it_was(value: object, ascii_only: bool) -> None:
    made, formatter = run(json.dumps(value, ensure_ascii=ascii_only))
    assert formatter.broken is None
    assert made == json.dumps(value, ensure_ascii=ascii_only, indent=4)


@given(near_json)
@example("1,2")
@example('{"a" 1}')
@example("[1}")
@example("[\0")
def test_valid_is_what_the_standard_parser_accepts(text: str) -> None:
    made, formatter = run(text)
    try:
        json.loads(text, parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert formatter.broken is not None
    else:
        assert formatter.broken is None
        again, _ = run(made)
        assert again == made


@given(near_json)
def test_both_tokenizers_agree(text: str) -> None:
    by_hand = scan(text)
    compiled = tokens_by_pattern()(text)
    assert by_hand == compiled[: len(by_hand)]


@given(near_json, st.lists(st.integers(1, 4), max_size=20), st.booleans())
def test_pieces_make_no_difference(text: str, pieces: list[int], sequence: bool) -> None:
    whole, first = run(text, sequence=sequence)
    parts, second = run(text, pieces, sequence=sequence)
    assert (whole, first.broken) == (parts, second.broken)


@settings(max_examples=300)
@given(near_json, st.lists(st.integers(1, 6), max_size=20))
def test_tokens_written_in_pieces_read_the_same(text: str, pieces: list[int]) -> None:
    limit = json_text.LONG
    json_text.LONG = 2  # so that every token is a long one
    try:
        made, formatter = run(text, pieces, hold=False, colours=COLOURS)
    finally:
        json_text.LONG = limit
    expected, whole = run(text, colours=COLOURS)
    if whole.broken is None:
        assert formatter.broken is None
        assert made == expected


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ('{"a" 1}', 5),
        ("[1,]", 3),
        ("[1 2]", 3),
        ('{"a":1,}', 7),
        ("[1}", 2),
        ('{"a":tru}', 5),
        ("", 0),
        ('"abc', 4),
        ('["\\x"]', 2),
        ("[1] x", 4),
        ("012", 1),
        ("1,2", 1),
        ('{"a":1 "b":2}', 7),
        ("[[[[", 4),
        ("{1:2}", 1),
    ],
)
def test_where_a_text_breaks(text: str, offset: int) -> None:
    made, formatter = run(text)
    assert formatter.broken is not None
    assert formatter.broken[0] == offset
    assert made == text


def test_what_comes_after_the_held_part_is_shown_as_it_is() -> None:
    begin = "[" + "1," * json_text.HELD
    made, formatter = run(begin + "oops, here]", [200_000] * 20)
    assert formatter.broken is not None
    assert formatter.broken[0] == len(begin)
    assert made.endswith("\noops, here]")


def test_spelling_order_and_duplicates_stay() -> None:
    text = '{"b":1.50,"a":1E+2,"a":-0,"c":123456789012345678901234567890,"d":"\\/\\u0041"}'
    made, _ = run(text)
    assert made.replace("\n", "").replace("    ", "").replace(": ", ":") == text


def test_printable_escapes_are_shown_and_counted() -> None:
    made, formatter = run(
        '["\\u4f60\\u597d","\\ud83d\\ude00","\\u001b","\\u202e","\\u0022","\\\\u0041","\\ud800"]', unescape=True
    )
    assert formatter.unescaped == 3
    assert "你好" in made
    assert "😀" in made
    assert json.loads(made)[2:] == ["\x1b", "\u202e", '"', "\\u0041", "\ud800"]
    assert "\\u001b" in made


def test_nesting_has_no_limit() -> None:
    depth = 200_000
    made, formatter = run("[" * depth + "]" * depth, [65536] * 6)
    assert formatter.broken is None
    assert made.count("[") == depth


def test_hidden_characters_in_strings_are_escaped() -> None:
    made, formatter = run('["\x7f\x9b\u202e\udc9b"]')
    assert formatter.broken is None
    assert made == '[\n    "\\x7f\\u009b\\u202e\\x9b"\n]'


def test_sequences() -> None:
    made, formatter = run('{"a":1}\n{"b":2}\n', sequence=True)
    assert formatter.broken is None
    assert made == '{\n    "a": 1\n}\n{\n    "b": 2\n}'
    _, formatter = run('{"a":1}\n{"b":2}\n')
    assert formatter.broken is not None


def test_a_large_text_is_formatted_as_the_standard_library_does() -> None:
    chooser = random.Random(7)  # the same text in every run
    value = [
        {"id": i, "name": f"n\u00e9 {i}", "f": chooser.random(), "t": [True, None, "x" * (i % 50)]} for i in range(9000)
    ]
    made, formatter = run(json.dumps(value, ensure_ascii=False), [60_001] * 30)
    assert formatter.broken is None
    assert made == json.dumps(value, ensure_ascii=False, indent=4)


def test_a_string_of_megabytes_goes_out_in_pieces() -> None:
    out: list[str] = []
    formatter = JsonText(out.append, PLAIN)
    text = '{"k": "' + "x\\n" * 1_000_000 + '", "' + "k" * 500_000 + '": [' + "1" * 300_000 + ", 2]}"
    most = 0
    for at in range(0, len(text), 65536):
        formatter.feed(text[at : at + 65536])
        most = max(most, len(formatter._rest))
    formatter.finish()
    assert formatter.broken is None
    assert "".join(out) == json.dumps(json.loads(text, parse_int=str), indent=4).replace(
        '"' + "1" * 300_000 + '"', "1" * 300_000
    ).replace('"2"', "2")
    assert most <= 2 * json_text.LONG
