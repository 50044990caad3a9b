"""Every predicate on every type, as it is and behind `not`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.check.expect.names import PREDICATES
from httpeek.check.expect.predicates import judged
from httpeek.check.expect.values import FLAG, NONE, Answer, Moment, Nodes, same, shown
from httpeek.check.result import Fault
from httpeek.check.suite import Predicate
from tests.check.expect.built import expectation, finding, scope, seen
from tests.check.expect.test_filters import EXAMPLES

if TYPE_CHECKING:
    from httpeek.check.result import Value

UUID = "01cc0f54-8885-4a1d-9121-ae5d316a33c5"


def answer(value: Value, text: str, **variables: Value) -> str:
    """What comes of a predicate, both ways: "yes", "no", "misfit" (fails both ways) or "both" (which none may)."""
    predicate = expectation(f"body {text}").predicate
    plain = judged(predicate, value, scope(**variables))
    negated = judged(predicate._replace(negated=True), value, scope(**variables))
    assert plain.fits is negated.fits
    if not plain.holds and not negated.holds:
        assert not plain.fits
        return "misfit"
    assert plain.fits
    assert plain.holds is not negated.holds
    assert negated.expected == f"not {plain.expected}"
    return "yes" if plain.holds else "no"


TYPES = (
    "null",
    "boolean",
    "integer",
    "float",
    "string",
    "bytes",
    "list",
    "object",
    "date",
    "nodes",
    "response",
    "flag",
)
MATRIX: dict[str, dict[str, str]] = {
    '== "1"': {"string": "yes"},
    "== 1": {"integer": "yes"},
    "== 1.5": {"float": "yes"},
    "== true": {"boolean": "yes"},
    "== null": {"null": "yes"},
    "== hex,31;": {"bytes": "yes"},
    "== {{list}}": {"list": "yes"},
    "== {{object}}": {"object": "yes"},
    "== {{date}}": {"date": "yes"},
    "exists": dict.fromkeys(TYPES, "yes"),
    "isBoolean": {"boolean": "yes"},
    "isCollection": {"list": "yes", "object": "yes", "bytes": "yes", "nodes": "yes"},
    "isDate": {"date": "yes"},
    "isFloat": {"float": "yes"},
    "isInteger": {"integer": "yes"},
    "isList": {"list": "yes", "bytes": "yes"},
    "isNumber": {"integer": "yes", "float": "yes"},
    "isObject": {"object": "yes", "nodes": "yes"},
    "isString": {"string": "yes"},
}
"""What a predicate answers by the type of the value; "no" for those that are not here."""

FITTING: dict[str, dict[str, str]] = {
    "> 1": {"integer": "no", "float": "yes"},
    ">= 1": {"integer": "yes", "float": "yes"},
    "< 1.5": {"integer": "yes", "float": "no"},
    "<= 1.5": {"integer": "yes", "float": "yes"},
    '> "0"': {"string": "yes"},
    '>= "1"': {"string": "yes"},
    '< "1"': {"string": "no"},
    '<= "0"': {"string": "no"},
    "> {{date}}": {"date": "no"},
    ">= {{date}}": {"date": "yes"},
    'startsWith "1"': {"string": "yes"},
    "startsWith hex,31;": {"bytes": "yes"},
    'endsWith "2"': {"string": "no"},
    "endsWith hex,31;": {"bytes": "yes"},
    'contains "1"': {"string": "yes", "list": "no"},
    "contains hex,3131;": {"bytes": "no", "list": "no"},
    "contains {{one}}": {"list": "yes"},
    "includes 1": {"list": "yes"},
    'includes "1"': {"list": "no"},
    "matches /^1$/": {"string": "yes"},
    'matches "2"': {"string": "no"},
    "isEmpty": {"string": "no", "bytes": "no", "list": "no", "object": "no", "nodes": "no"},
    "isIpv4": {"string": "no"},
    "isIpv6": {"string": "no"},
    "isIsoDate": {"string": "no"},
    "isUuid": {"string": "no"},
}
"""The same, where every type that is not here is a misfit: the predicate fails as it is and behind `not`."""

KNOWN = {"list": [1], "object": {"a": 1}, "date": EXAMPLES["date"], "one": 1}


@pytest.mark.parametrize("text", MATRIX)
@pytest.mark.parametrize("kind", TYPES)
def test_a_predicate_that_fits_every_type(text: str, kind: str) -> None:
    assert answer(EXAMPLES[kind], text, **KNOWN) == MATRIX[text].get(kind, "no")


@pytest.mark.parametrize("text", FITTING)
@pytest.mark.parametrize("kind", TYPES)
def test_a_predicate_that_fits_some_types_fails_on_others_even_behind_not(text: str, kind: str) -> None:
    assert answer(EXAMPLES[kind], text, **KNOWN) == FITTING[text].get(kind, "misfit")


@pytest.mark.parametrize("text", [*MATRIX, *FITTING, "!= 1"])
def test_of_no_value_nothing_holds_and_not_does(text: str) -> None:
    assert answer(NONE, text, **KNOWN) == "no"


def test_the_tables_have_every_predicate() -> None:
    texts = [*MATRIX, *FITTING, "!= 1"]
    assert {expectation(f"body {text}").predicate.name for text in texts} == set(PREDICATES)


CASES: list[tuple[Value, str, str]] = [
    (1, "== 1.0", "yes"),
    (1.0, "== 1", "yes"),
    (1, '== "1"', "no"),
    ("1", "== 1", "no"),
    (True, "== 1", "no"),
    (1, "== true", "no"),
    (0, "== false", "no"),
    (None, "== false", "no"),
    (None, '== ""', "no"),
    (9007199254740993, "== 9007199254740993", "yes"),
    (9007199254740992, "== 9007199254740993", "no"),
    (10**30, "> 999999999999999999999999999999", "yes"),
    (0.1 + 0.2, "== 0.3", "no"),
    (math.nan, "== 1", "no"),
    (math.nan, "> 1", "no"),
    (math.nan, "<= 1", "no"),
    (1, "!= 2", "yes"),
    (1, "!= 1.0", "no"),
    (1, '!= "1"', "yes"),
    (True, "!= 1", "yes"),
    (FLAG, "== true", "no"),
    (FLAG, "!= true", "yes"),
    ([1, [2.0, {"a": None}]], "== {{nested}}", "yes"),
    ([True], "== {{ones}}", "no"),
    ({"a": 1, "b": 2}, "== {{swapped}}", "yes"),
    ({"a": 1}, "== {{swapped}}", "no"),
    ("é", '> "z"', "yes"),
    ("", "isEmpty", "yes"),
    (b"", "isEmpty", "yes"),
    ([], "isEmpty", "yes"),
    ({}, "isEmpty", "yes"),
    (Nodes(0), "isEmpty", "yes"),
    (Nodes(0), "exists", "no"),
    ("abc", 'contains ""', "yes"),
    (b"abc", "contains hex,6263;", "yes"),
    (["a", None], "contains null", "yes"),
    ([1.0], "contains 1", "yes"),
    (["abc"], 'contains "b"', "no"),
    ("a\nb", "matches /a.b/", "no"),
    ("a\nb", "matches /(?s)a.b/", "yes"),
    ("a\nb", "matches /^b/", "no"),
    ("a\nb", "matches /(?m)^b$/", "yes"),
    ("a\n", "matches /a$/", "no"),
    ("é", r"matches /^\w$/", "yes"),
    ("ABC", "matches /(?i)b/", "yes"),
    ("a/b", r"matches /a\/b/", "yes"),
    ("Bob", 'matches "{{pattern}}"', "yes"),
    ("127.0.0.1", "isIpv4", "yes"),
    ("127.0.0.01", "isIpv4", "no"),
    ("256.0.0.1", "isIpv4", "no"),
    ("1.2.3", "isIpv4", "no"),
    ("1.2.3.4.5", "isIpv4", "no"),
    ("٣.2.3.4", "isIpv4", "no"),
    ("::1", "isIpv4", "no"),
    ("::1", "isIpv6", "yes"),
    ("2001:db8::ff00:42:8329", "isIpv6", "yes"),
    ("::ffff:127.0.0.1", "isIpv6", "yes"),
    ("fe80::1%eth0", "isIpv6", "no"),
    ("[::1]", "isIpv6", "no"),
    ("127.0.0.1", "isIpv6", "no"),
    (UUID, "isUuid", "yes"),
    (UUID.upper(), "isUuid", "yes"),
    (UUID.replace("-", ""), "isUuid", "yes"),
    ("{" + UUID + "}", "isUuid", "yes"),
    ("urn:uuid:" + UUID, "isUuid", "yes"),
    (UUID[:-1], "isUuid", "no"),
    (UUID.replace("-", "", 1), "isUuid", "no"),
    (UUID[:-1] + "g", "isUuid", "no"),
    ("1985-04-12T23:20:50.52Z", "isIsoDate", "yes"),
    ("1996-12-19T16:39:57-08:00", "isIsoDate", "yes"),
    ("1990-12-31T23:59:60Z", "isIsoDate", "yes"),
    ("1990-12-31T15:59:60-08:00", "isIsoDate", "yes"),
    ("1937-01-01T12:00:27.87+00:20", "isIsoDate", "yes"),
    ("1985-04-12t23:20:50z", "isIsoDate", "yes"),
    ("1985-04-12 23:20:50Z", "isIsoDate", "yes"),
    ("1978-01-15", "isIsoDate", "no"),
    ("1985-04-12T23:20:50", "isIsoDate", "no"),
    ("1985-02-29T23:20:50Z", "isIsoDate", "no"),
    ("1985-04-12T24:20:50Z", "isIsoDate", "no"),
    ("1985-4-12T23:20:50Z", "isIsoDate", "no"),
    ("1985-04-12T23:20:50+0200", "isIsoDate", "no"),
    ("1985-04-12T23:20:50.Z", "isIsoDate", "no"),
    ("1985-04-12T23:20:50Z ", "isIsoDate", "no"),
    ("", "isIsoDate", "no"),
]


@pytest.mark.parametrize(("value", "text", "wanted"), CASES, ids=[f"{shown(v)[:40]} {t}" for v, t, _ in CASES])
def test_a_predicate_answers(value: Value, text: str, wanted: str) -> None:
    known = {"nested": [1, [2, {"a": None}]], "ones": [1], "swapped": {"b": 2, "a": 1}, "pattern": "^B.b$"}
    assert answer(value, text, **known) == wanted


WORDS = [
    ('== "Bob"', 'string "Bob"'),
    ("!= 1", "not integer 1"),
    ("> 1.5", "greater than float 1.5"),
    (">= 1", "greater than or equal to integer 1"),
    ("< 1", "less than integer 1"),
    ("<= 1", "less than or equal to integer 1"),
    ('startsWith "a"', 'starts with string "a"'),
    ("endsWith hex,00ff;", "ends with bytes hex,00ff;"),
    ("contains null", "contains null"),
    ("includes true", "includes boolean true"),
    (r"matches /a\/b/", "matches /a/b/"),
    ('matches "a"', 'matches "a"'),
    ("exists", "something"),
    ("isUuid", "string with a UUID"),
    ("== base64,YQ==;", "bytes hex,61;"),
    ("== `a`", 'string "a"'),
]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_what_was_wanted_is_told_in_words(text: str, words: str) -> None:
    assert judged(expectation(f"body {text}").predicate, NONE, scope()).expected == words


def test_a_failure_is_shown_at_the_line_with_types_and_the_expectation() -> None:
    found = finding('jsonpath "$.name" == "Bob"', seen(b'{"name": "Bo"}'))
    assert found is not None
    assert found.kind == "assert"
    assert found.remark == 'actual string "Bo", expected string "Bob"'
    assert (found.actual, found.expected) == ('string "Bo"', 'string "Bob"')
    assert found.source == 'jsonpath "$.name" == "Bob"'
    assert found.title == 'jsonpath "$.name" == "Bob" does not hold'
    assert (found.place.line, found.place.column, found.place.length) == (1, 1, 1)


def test_a_misfit_says_so() -> None:
    found = finding('status not startsWith "2"', seen())
    assert found is not None
    assert found.remark.split("\n") == [
        'actual integer 200, expected not starts with string "2"',
        "the predicate does not fit this type of value",
    ]


def test_an_argument_without_a_value_is_an_error_at_its_name() -> None:
    for line, column in (("status == {{nope}}", 13), ('body == "a{{nope}}"', 13), ("header `x` == {{ nope }}", 18)):
        found = finding(line.replace("`x`", '"x"'), seen())
        assert found is not None
        assert (found.kind, found.title, found.place.column) == ("error", 'the variable "nope" has no value', column)


def test_a_pattern_from_a_variable_that_is_none_is_an_error_also_without_a_value() -> None:
    for line in ('body matches "{{bad}}"', 'header "nope" matches "{{bad}}"'):
        found = finding(line, seen(b"x"), scope(bad="(?=x)"))
        assert found is not None
        assert found.kind == "error"
        assert found.title.startswith("the pattern is not valid: look-around")


def test_a_pattern_that_is_too_large_to_run_is_an_error() -> None:
    found = finding('body matches "{{big}}"', seen(b"x"), scope(big="((a{100}){100}){100}"))
    assert found is not None
    assert (found.kind, found.place.column) == ("error", 14)


def test_a_file_and_lines_may_be_expected(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("root")
    (root / "data.bin").write_bytes(b"\x00a")
    assert finding("bytes == file,data.bin;", seen(b"\x00a"), scope(str(root))) is None
    found = finding("bytes == file,../data.bin;", seen(b"\x00a"), scope(str(root)))
    assert found is not None
    assert found.kind == "error"
    found = finding("bytes == file,nope.bin;", seen(b"\x00a"), scope(str(root)))
    assert found is not None
    assert found.title.endswith("cannot be read: no such file or directory")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, JSON)
def test_equality_is_by_type_and_works_both_ways(one: Value, other: Value) -> None:
    assert same(one, one)
    assert same(one, other) is same(other, one)
    predicate = Predicate("==", None, False, expectation("status == 1").place)
    assert judged(predicate._replace(name="exists"), one, scope()).holds


@given(JSON)
def test_a_value_is_shown_on_one_line_and_cut(value: Value) -> None:
    text = shown(value)
    assert "\n" not in text
    assert "\r" not in text
    assert len(text) < 700


def test_values_that_nest_deep_are_compared_and_shown() -> None:
    one: Value = 1
    other: Value = 1
    for _ in range(100_000):
        one, other = [one], {"a": other}
    assert same(one, one)
    assert not same(one, other)
    assert len(shown(one)) < 100
    assert len(shown(other)) < 100
    while isinstance(one, list):  # taken apart by hand: to free it at once would recurse
        one = one[0]
    while isinstance(other, dict):
        other = other["a"]


SHOWN: list[tuple[Value, str]] = [
    ("Bo", 'string "Bo"'),
    ('a"b\\\n\t', 'string "a\\"b\\\\\\n\\t"'),
    (1, "integer 1"),
    (1.5, "float 1.5"),
    (True, "boolean true"),
    (None, "null"),
    (NONE, "none"),
    (FLAG, "flag"),
    (b"\x00\xff", "bytes hex,00ff;"),
    ([1, "a", None, [True]], 'list [1, "a", null, [true]]'),
    ({"a": {"b": 1.0}}, 'object {"a": {"b": 1.0}}'),
    (Moment(0), "date 1970-01-01T00:00:00.000000Z"),
    (Nodes(3), "nodes 3"),
    (Answer(302, "http://a/"), "response 302 to http://a/"),
    ("a" * 300, 'string "' + "a" * 200 + '.." (300 characters)'),
    (b"a" * 300, "bytes hex," + "61" * 100 + "..; (300 bytes)"),
    (10**5000, "integer of about 5001 digits"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN, ids=[text[:30] for _, text in SHOWN])
def test_a_value_is_shown_with_its_type(value: Value, text: str) -> None:
    assert shown(value) == text


def test_a_long_list_is_cut_and_counted() -> None:
    assert shown(list(range(10_000))).endswith(".. (10000 items)")
    assert shown({str(key): key for key in range(10_000)}).endswith(".. (10000 members)")


def test_an_unknown_variable_of_a_capture_name_is_a_fault() -> None:
    from tests.check.expect.built import captured

    with pytest.raises(Fault, match="has no value"):
        captured("a{{nope}}: status", seen())
