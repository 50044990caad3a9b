"""Every filter: what it makes of what it takes, and an error at the filter for every other type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.check.expect.filters import filtered
from httpeek.check.expect.names import FILTERS
from httpeek.check.expect.values import FLAG, NONE, Answer, Moment, Nodes, same, shown
from httpeek.check.result import Fault
from tests.check.expect.built import expectation, finding, outcome, scope, seen

if TYPE_CHECKING:
    from httpeek.check.result import Value

SECOND = 1_000_000_000
DATE = Moment(1_610_576_581 * SECOND + 123_456_789)  # 2021-01-13T22:23:01.123456789Z
EXAMPLES: dict[str, Value] = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "float": 1.5,
    "string": "1",
    "bytes": b"1",
    "list": [1],
    "object": {"a": 1},
    "date": DATE,
    "nodes": Nodes(1),
    "response": Answer(302, "http://a/"),
    "flag": FLAG,
    "none": NONE,
}

MAKES: list[tuple[Value, str, Value]] = [
    ("5L2g5aW9", "base64Decode", "你好".encode()),
    ("YQ==", "base64Decode", b"a"),
    ("", "base64Decode", b""),
    ("-_8", "base64UrlSafeDecode", b"\xfb\xff"),
    (b"\xfb\xff", "base64Encode", "+/8="),
    (b"\xfb\xff", "base64UrlSafeEncode", "-_8"),
    (b"\xc4\xe3\xba\xc3", 'charsetDecode "gb2312"', "你好"),
    (b"\xc4\xe3\xba\xc3", 'charsetDecode " GBK "', "你好"),
    (b"\x80\x81", 'charsetDecode "latin1"', "€\x81"),
    (b"\x83\x65", 'charsetDecode "shift_jis"', "テ"),
    (b"\xe9", 'decode "windows-1252"', "é"),
    ([], "count", 0),
    ([1, 2], "count", 2),
    (b"abc", "count", 3),
    (Nodes(4), "count", 4),
    (DATE, 'dateFormat "%a, %d %b %Y %H:%M:%S"', "Wed, 13 Jan 2021 22:23:01"),
    (DATE, 'format "%Y"', "2021"),
    (Moment(0), "daysAfterNow toFloat", None),
    ([1, 2, 3], "first", 1),
    ([1, 2, 3], "last", 3),
    ([1, 2, 3], "nth 0", 1),
    ([1, 2, 3], "nth -1", 3),
    ([1, 2, 3], "nth -3", 1),
    ([1, 2, 3], "nth {{two}}", 3),
    ("a & <b> \"'", "htmlEscape", "a &amp; &lt;b&gt; &quot;&#x27;"),
    ("&lt;b&gt; &amp; &copy; &#62; &#x1D306;", "htmlUnescape", "<b> & © > 𝌆"),
    ('{"a": [1, 2.0]}', 'jsonpath "$.a[1]"', 2.0),
    ('{"a": [1, 2.0]}', 'jsonpath "$.a[*]"', [1, 2.0]),
    ({"a": [1]}, 'jsonpath "$.a[0]"', 1),
    ([{"a": 1}], 'jsonpath "$[0].a"', 1),
    ("{}", 'jsonpath "$.a"', NONE),
    (Answer(301, "http://b/"), "location", "http://b/"),
    ("Hello Bob!", "regex /Hello (.*)!/", "Bob"),
    ("Hello Bob!", 'regex "Bye (.*)!"', NONE),
    ("ab", "regex /(x)?ab/", NONE),
    ("٣", r"regex /(\d)/", "٣"),
    ("a.b.c", 'replace "." "-"', "a-b-c"),
    ("abc", 'replace "{{b}}" ""', "ac"),
    ("1 2\t3  4", r'replaceRegex /\s+/ ","', "1,2,3,4"),
    ("2024-12", r'replaceRegex /(\d+)-(?P<m>\d+)/ "$m/$1 $$ ${m}0 $9"', "12/2024 $ 120 "),
    ("baac", 'replaceRegex "a*" "x"', "xbxcx"),
    ("café", 'replaceRegex "é" "$"', "caf$"),
    ("a,b,,c", 'split ","', ["a", "b", "", "c"]),
    ("", 'split ","', [""]),
    ("ab", 'split ""', ["", "a", "b", ""]),
    ("2021-01-13 22:23:01", 'toDate "%Y-%m-%d %H:%M:%S"', Moment(1_610_576_581 * SECOND)),
    ("1970-01-02", 'toDate "%F"', Moment(86_400 * SECOND)),
    ("2020-08-27 09:07:46 +02:00", 'toDate "%Y-%m-%d %H:%M:%S %:z"', Moment(1_598_512_066 * SECOND)),
    ("2023-01-23T18:25:43.511Z", 'toDate "%+" dateFormat "%A"', "Monday"),
    ("3.14", "toFloat", 3.14),
    (3, "toFloat", 3.0),
    (1.5, "toFloat", 1.5),
    ("-1e3", "toFloat", -1000.0),
    (b"\x00\xffA", "toHex", "00ff41"),
    ("123", "toInt", 123),
    ("-0012", "toInt", -12),
    ("+5", "toInt", 5),
    (1.9, "toInt", 1),
    (-1.9, "toInt", -1),
    ("9007199254740993", "toInt", 9007199254740993),
    ("123456789012345678901234567890", "toInt", 123456789012345678901234567890),
    (None, "toString", "null"),
    (True, "toString", "true"),
    (1, "toString", "1"),
    (1.0, "toString", "1.0"),
    ("a", "toString", "a"),
    (DATE, "toString", "2021-01-13T22:23:01.123456Z"),
    ("a%20b+c%E4%BD%A0%zz%4", "urlDecode", "a b+c你%zz%4"),
    ("%ff", "urlDecode", "\ufffd"),
    ("https://m.org/?x=шA b~", "urlEncode", "https%3A//m.org/%3Fx%3D%D1%88A%20b~"),
    ("https://a/p?x=1&y=a+b%26&x=2#x=3", 'urlQueryParam "y"', "a b&"),
    ("https://a/p?x=1&y=a+b%26&x=2#x=3", 'urlQueryParam "x"', "1"),
    ("https://a/p?x=1", 'urlQueryParam "z"', NONE),
    ("https://a/p", 'urlQueryParam "z"', NONE),
    ("https://a/p?z", 'urlQueryParam "z"', ""),
    ("https://a/p?a+b=1", 'urlQueryParam "a b"', "1"),
    ("caf\u00e9", "utf8Encode", b"caf\xc3\xa9"),
    (b"caf\xc3\xa9", "utf8Decode", "café"),
    ("<p>a<p>b", 'xpath "count(//p)"', 2.0),
    ('<?xml version="1.0"?><a><B/></a>', 'xpath "count(/a/B)"', 1.0),
    ("<p>a", 'xpath "//p"', Nodes(1)),
]
MAKES = [row for row in MAKES if row[2] is not None or row[1] == "toString"]


def made(value: Value, text: str, /, **variables: Value) -> Value:
    """What filters written behind a query make of a value."""
    for each in expectation(f"body {text} exists").filters:
        value = filtered(each, value, scope(**variables))
    return value


@pytest.mark.parametrize(("value", "text", "result"), MAKES, ids=[f"{shown(v)[:30]} {t}" for v, t, _ in MAKES])
def test_a_filter_makes_a_value(value: Value, text: str, result: Value) -> None:
    found = made(value, text, two=2, b="b")
    assert found is result if result is NONE else same(found, result), shown(found)


WRITTEN = {
    "charsetDecode": 'charsetDecode "utf-8"',
    "dateFormat": 'dateFormat "%Y"',
    "jsonpath": 'jsonpath "$"',
    "nth": "nth 0",
    "regex": "regex /(1)/",
    "replace": 'replace "1" "2"',
    "replaceRegex": 'replaceRegex "1" "2"',
    "split": 'split ","',
    "toDate": 'toDate "%s"',
    "urlQueryParam": 'urlQueryParam "a"',
    "xpath": 'xpath "//a"',
}
TAKES = {
    "base64Decode": {"string"},
    "base64Encode": {"bytes"},
    "base64UrlSafeDecode": {"string"},
    "base64UrlSafeEncode": {"bytes"},
    "charsetDecode": {"bytes"},
    "count": {"list", "bytes", "nodes"},
    "dateFormat": {"date"},
    "daysAfterNow": {"date"},
    "daysBeforeNow": {"date"},
    "first": {"list"},
    "htmlEscape": {"string"},
    "htmlUnescape": {"string"},
    "jsonpath": {"string", "list", "object"},
    "last": {"list"},
    "location": {"response"},
    "nth": {"list"},
    "regex": {"string"},
    "replace": {"string"},
    "replaceRegex": {"string"},
    "split": {"string"},
    "toDate": {"string"},
    "toFloat": {"string", "integer", "float"},
    "toHex": {"bytes"},
    "toInt": {"string", "integer", "float"},
    "toString": {"null", "boolean", "integer", "float", "string", "date"},
    "urlDecode": {"string"},
    "urlEncode": {"string"},
    "urlQueryParam": {"string"},
    "utf8Decode": {"bytes"},
    "utf8Encode": {"string"},
    "xpath": {"string"},
}
UNREADABLE = {("base64Decode", "string"), ("base64UrlSafeDecode", "string"), ("urlQueryParam", "string")}
"""The example is of a right type, and says nothing to that filter."""


def test_the_tables_have_every_filter() -> None:
    assert set(TAKES) == set(FILTERS)


@pytest.mark.parametrize("name", TAKES)
@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_filter_refuses_other_types_where_it_stands(name: str, kind: str) -> None:
    written = WRITTEN.get(name, name)
    if kind in TAKES[name] and (name, kind) not in UNREADABLE:
        made(EXAMPLES[kind], written)
        return
    with pytest.raises(Fault) as caught:
        made(EXAMPLES[kind], written)
    found = caught.value.finding
    assert found.kind == "error"
    assert found.title.startswith(name)
    assert found.remark.startswith("actual ")
    assert (found.place.column, found.place.length) == (6, len(written))


FAILS: list[tuple[Value, str, str]] = [
    ("!", "base64Decode", "base64Decode: this is not base64"),
    ("YQ=Y", "base64Decode", "base64Decode: this is not base64"),
    ("YQ", "base64Decode", "base64Decode: this is not base64"),
    ("YR==", "base64Decode", "base64Decode: this is not base64"),
    ("Y Q==", "base64Decode", "base64Decode: this is not base64"),
    ("-_8=", "base64UrlSafeDecode", "base64UrlSafeDecode: base64 for URLs has no padding"),
    ("Y", "base64UrlSafeDecode", "base64UrlSafeDecode: this is not base64"),
    ("Y", "base64Decode", "base64Decode: this is not base64"),
    ("-_8", "base64Decode", "base64Decode: this is not base64"),
    ("+/8", "base64UrlSafeDecode", "base64UrlSafeDecode: this is not base64"),
    ("你", "base64Decode", "base64Decode: this is not base64"),
    (b"\xff", 'charsetDecode "utf-8"', "charsetDecode: the content is not utf-8"),
    (b"\xc4\x00", 'decode "gb2312"', "decode: the content is not gb2312"),
    (b"", 'charsetDecode "xxx"', "there is no charset 'xxx'"),
    ([], "first", "first: the list is empty"),
    ([], "last", "last: the list is empty"),
    ([1], "nth 1", "nth: there is no item 1 in a list of 1"),
    ([1], "nth -2", "nth: there is no item -2 in a list of 1"),
    ([1], "nth {{text}}", "the index is no integer"),
    ([1], "nth {{yes}}", "the index is no integer"),
    ([1], "nth {{nope}}", 'the variable "nope" has no value'),
    ("{", 'jsonpath "$"', "jsonpath: the value is not JSON"),
    ("{}", 'jsonpath "$["', "the JSONPath is not valid"),
    ("", 'xpath "//a"', "xpath: the value is empty"),
    ("<a>", 'xpath "//["', "the XPath is not valid"),
    ("a", 'regex "{{text}}"', "the pattern is not valid"),
    ("a", 'replaceRegex "{{text}}" ""', "the pattern is not valid"),
    ("a", 'replaceRegex /a/ "{{nope}}"', 'the variable "nope" has no value'),
    ("2020-08-27", 'toDate "ymd"', "toDate: this is no date written as ymd"),
    ("2020", 'toDate "%Q"', "the pattern is not valid: there is no %Q"),
    (DATE, 'dateFormat "%Q"', "the pattern is not valid: there is no %Q"),
    ("3x.1415", "toFloat", "toFloat: this is no float"),
    ("1_0", "toFloat", "toFloat: this is no float"),
    (" 1", "toFloat", "toFloat: this is no float"),
    (10**400, "toFloat", "toFloat: this is no float"),
    ("123x", "toInt", "toInt: this is no integer"),
    ("1_0", "toInt", "toInt: this is no integer"),
    ("٣", "toInt", "toInt: this is no integer"),
    ("", "toInt", "toInt: this is no integer"),
    ("1" * 5000, "toInt", "toInt: this is no integer"),
    (float("inf"), "toInt", "toInt: this is no integer"),
    (float("nan"), "toInt", "toInt: this is no integer"),
    ("localhost:8000/?a=b", 'urlQueryParam "a"', "urlQueryParam: this is no URL"),
    (b"\xff", "utf8Decode", "utf8Decode: this is not UTF-8: octet 0 is 0xff"),
]


@pytest.mark.parametrize(("value", "text", "title"), FAILS, ids=[f"{shown(v)[:30]} {t}" for v, t, _ in FAILS])
def test_a_value_that_a_filter_can_make_nothing_of_is_an_error(value: Value, text: str, title: str) -> None:
    with pytest.raises(Fault) as caught:
        made(value, text, text="(", yes=True)
    assert caught.value.finding.title.startswith(title)


def test_days_are_counted_from_now_and_cut_off_towards_zero() -> None:
    from time import time_ns

    day = 86_400 * SECOND
    soon, ago = Moment(time_ns() + day * 3 + day // 2), Moment(time_ns() - day * 3 - day // 2)
    assert (made(soon, "daysAfterNow"), made(soon, "daysBeforeNow")) == (3, -3)
    assert (made(ago, "daysAfterNow"), made(ago, "daysBeforeNow")) == (-3, 3)


def test_filters_form_a_chain_and_the_one_that_fails_is_shown() -> None:
    what = seen(b"a,b", fields=((b"X", b"1,x"),))
    assert outcome('header "x" split "," nth 0 toInt == 1', what) == "holds"
    found = finding('header "x" split "," nth 1 toInt == 1', what)
    assert found is not None
    assert (found.place.column, found.title) == (28, "toInt: this is no integer")
    found = finding('header "nope" split "," count == 1', what)
    assert found is not None
    assert (found.place.column, found.title) == (15, "split has no value to work on")


def test_an_old_name_is_told_as_it_was_written() -> None:
    found = finding('header "x" decode "utf-8" == "a"', seen(fields=((b"X", b"1"),)))
    assert found is not None
    assert found.title == "decode takes bytes, not string"


@given(st.binary())
def test_base64_both_ways(octets: bytes) -> None:
    for encode, decode in (("base64Encode", "base64Decode"), ("base64UrlSafeEncode", "base64UrlSafeDecode")):
        assert made(octets, f"{encode} {decode}") == octets


@given(st.text(st.characters(codec="utf-8")))
def test_text_both_ways(text: str) -> None:
    assert made(text, "utf8Encode utf8Decode") == text
    assert made(text, "urlEncode urlDecode") == text
    assert made(text, "htmlEscape htmlUnescape") == text or "&" in text or "\r" in text or "\0" in text


@given(st.integers(-(10**50), 10**50))
def test_integers_both_ways(number: int) -> None:
    assert made(number, "toString toInt") == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_both_ways(number: float) -> None:
    assert made(number, "toString toFloat") == number


@given(st.text(), st.sampled_from(sorted(TAKES)))
def test_no_text_is_too_odd_for_a_filter(text: str, name: str) -> None:
    try:
        made(text, WRITTEN.get(name, name))
    except Fault as fault:
        assert fault.finding.title
