"""Request items: HTTPie's separators, escapes, and errors that point at the item."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.cli.items import SEPARATORS, Item, item, read
from httpeek.model.codes import USAGE, HttpeekError


@pytest.mark.parametrize(
    ("word", "kind", "name", "value"),
    [
        ("Name:value", "field", "Name", "value"),
        ("Name: value ", "field", "Name", "value"),
        ("Name:", "field-removed", "Name", ""),
        ("Name: ", "field", "Name", ""),
        ("Name;", "field-empty", "Name", ""),
        ("Name:@file", "field-file", "Name", "file"),
        ("q==v", "query", "q", "v"),
        ("q==", "query", "q", ""),
        ("q==@file", "query-file", "q", "file"),
        ("f=v", "data", "f", "v"),
        ("f=", "data", "f", ""),
        ("=v", "data", "", "v"),
        ("f=@file", "data-file", "f", "file"),
        ('f:={"a": [1.50]}', "json", "f", '{"a": [1.50]}'),
        ("f:=-0", "json", "f", "-0"),
        ("f:=@file.json", "json-file", "f", "file.json"),
        ("f@file;type=text/plain", "upload", "f", "file;type=text/plain"),
        ("@file", "body-file", "", "file"),
        ("@-", "body-file", "", "-"),
        ("a[b][]=c", "data", "a[b][]", "c"),
        ("[]:=1", "json", "[]", "1"),
        # The leftmost separator counts, and the longest that begins there.
        ("a=b==c", "data", "a", "b==c"),
        ("a==b=c", "query", "a", "b=c"),
        ("a:b=c", "field", "a", "b=c"),
        ("a=b:c", "data", "a", "b:c"),
        ("X:http://h/?a=b", "field", "X", "http://h/?a=b"),
        ("a@b=c", "upload", "a", "b=c"),
        ("a===b", "query", "a", "=b"),
        ("a=:=b", "data", "a", ":=b"),
        ("Content-Type:text/html;q=1", "field", "Content-Type", "text/html;q=1"),
        # A backslash takes a meaning away; before other characters it is itself.
        (r"a\:b=c", "data", "a:b", "c"),
        (r"a\=b=c", "data", "a=b", "c"),
        (r"a=b\:c", "data", "a", "b:c"),
        (r"a=\@b", "data", "a", "@b"),
        (r"a\@b@c", "upload", "a@b", "c"),
        (r"a\[b\]=c", "data", r"a\[b\]", "c"),
        (r"a=C:\x", "data", "a", r"C:\x"),
        (r"a=\\", "data", "a", r"\\"),
        ("a=b\\", "data", "a", "b\\"),
        (r"\:=c", "data", ":", "c"),
        (r"a:\=1", "field", "a", "=1"),
        ("名=值", "data", "名", "值"),
    ],
)
def test_items(word: str, kind: str, name: str, value: str) -> None:
    assert item(word) == Item(kind, name, value, word)


@pytest.mark.parametrize(
    ("word", "sentence", "pointer"),
    [
        ("name:=bob", "name:=bob is not JSON; for a string write name=bob", "^^^^^^^^^"),
        ("name:={", "name:={ is not JSON", "^^^^^^^"),
        ("n:=NaN", "n:=NaN is not JSON; for a string write n=NaN", "^^^^^^"),
        ("n:=-Infinity", "n:=-Infinity is not JSON; for a string write n=-Infinity", "^^^^^^^^^^^^"),
        ("n:=01", "n:=01 is not JSON; for a string write n=01", "^^^^^"),
        ("n:=", "n:= is not JSON", "^^^"),
        ("foo", "foo is no item; write Name:value, name==value or name=value", "^^^"),
        ("GET", "GET is no item; the method stands before the URL", "^^^"),
        ("", '"" is no item; write Name:value, name==value or name=value', ""),
        ("a;b", "a;b has text after the semicolon: write a:b, or a; for an empty field", "  ^"),
        (":8080/x", ":8080/x has no field name before the :", "^"),
        (";", "; has no field name before the ;", "^"),
        ("a b:c", "a b:c has a space in the field name (RFC 9110 5.1)", " ^"),
        ("a :c", "a :c has a space in the field name (RFC 9110 5.1)", " ^"),
        ("名:c", "名:c has 名 in the field name (RFC 9110 5.1)", "^^"),
        ("x名y:c", None, None),
        ("http://localhost/", "http://localhost/ is a second URL: a request has one", "^" * 17),
        ("a@", "a@ names no file after the @", " ^"),
        ("a:@", "a:@ names no file after the @", " ^^"),
        ("a==@", "a==@ names no file after the @", " ^^^"),
        ("a:b\nc", r"a:b\nc has LF in the value: it would end the field (RFC 9110 5.5)", "   ^^"),
        ("a:b\r", r"a:b\r has CR in the value: it would end the field (RFC 9110 5.5)", "   ^^"),
        ("a:\0", r"a:\x00 has NUL in the value: it would end the field (RFC 9110 5.5)", "  ^^^^"),
        ("a\n:b", r"a\n:b has LF in the field name (RFC 9110 5.1)", " ^^"),
        (r"a\:b:c", r"a\:b:c has : in the field name (RFC 9110 5.1)", "  ^"),
        ("\x1b[31m", r"\x1b[31m is no item; write Name:value, name==value or name=value", "^^^^^^^^"),
    ],
)
def test_refusals(word: str, sentence: str | None, pointer: str | None) -> None:
    with pytest.raises(HttpeekError) as raised:
        item(word)
    failure = raised.value.failure
    assert failure.code == USAGE
    if sentence is not None:
        assert (failure.sentence, failure.pointer) == (sentence, pointer)


def test_carets_stand_under_the_column_that_a_wide_character_moved() -> None:
    with pytest.raises(HttpeekError) as raised:
        item("a名 b:c")
    assert raised.value.failure.pointer == " ^^"
    with pytest.raises(HttpeekError) as raised:
        item("a@")
    assert raised.value.failure.pointer == " ^"


def test_items_keep_their_order_and_the_first_error_wins() -> None:
    assert [one.name for one in read(["a:1", "b=2", "a:3"])] == ["a", "b", "a"]
    with pytest.raises(HttpeekError, match=r"^x is no item"):
        read(["a:1", "x", "y"])


def test_numbers_of_any_length_are_json() -> None:
    digits = "9" * 10_000
    assert item(f"n:={digits}").value == digits


def test_deep_json_is_an_item_or_a_refusal() -> None:
    depth = 200_000
    with pytest.raises(HttpeekError):
        item("n:=" + "[" * depth + "]" * depth)


@given(st.text(max_size=30) | st.text(alphabet=':;=@\\ab[]{}"1 \r\n\0\x1b名', max_size=12))
def test_any_word_is_an_item_or_a_usage_error(word: str) -> None:
    try:
        found = item(word)
    except HttpeekError as error:
        assert error.code == USAGE
        assert error.failure.sentence.isprintable()
        assert set(error.failure.pointer) <= {" ", "^"}
        return
    assert found.original == word
    assert len(found.name) + len(found.value) < len(word)


@given(
    st.text(alphabet="abcXYZ-1", min_size=1, max_size=6),
    st.sampled_from([row for row in SEPARATORS if row[0] in ("=", "==", ":")]),
    st.text(alphabet="abc :;=@\\", max_size=8),
)
def test_an_escaped_word_comes_back_as_it_was(name: str, separator: tuple[str, str], text: str) -> None:
    escaped = "".join(f"\\{c}" if c in ":;=@" else c for c in text if c != "\\")
    plain = "".join(c for c in text if c != "\\")
    found = item(f"{name}{separator[0]}{escaped}")
    assert found.name == name
    assert found.value == (plain.strip(" \t") if separator[0] == ":" else plain)
