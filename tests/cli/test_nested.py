"""Nested JSON: names that are paths, and errors that point at the step that cannot be made."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.cli.body import from_items
from httpeek.cli.items import read
from httpeek.model.codes import USAGE, HttpeekError


def made(*words: str) -> str:
    content = from_items(read(words)).content
    assert content is not None
    return content.data.decode("ascii")


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["a=1", "b:=2"], '{"a": "1", "b": 2}'),
        (["a[b][c]=1", "a[b][d]=2"], '{"a": {"b": {"c": "1", "d": "2"}}}'),
        (["a[]=1", "a[]=2"], '{"a": ["1", "2"]}'),
        (["a[2]=1", "a[0]=2"], '{"a": ["2", null, "1"]}'),
        (["[]=1", "[]:=2"], '["1", 2]'),
        (["[1][a]=x"], '[null, {"a": "x"}]'),
        (["=x"], '{"": "x"}'),
        ([r"a\[b\]=1"], '{"a[b]": "1"}'),
        ([r"a[\1]=1"], '{"a": {"1": "1"}}'),
        ([r"a[\[]=1"], '{"a": {"[": "1"}}'),
        (["007=bond", "-1=x"], '{"007": "bond", "-1": "x"}'),
        # The last one of a name wins, in the place of the first.
        (["a=1", "b=2", "a=3"], '{"a": "3", "b": "2"}'),
        # Numbers reach the wire as typed, at any depth; members of one name that were typed in one text stay.
        (["a:=1.50", "b:=[1e3, -0]"], '{"a": 1.50, "b": [1e3, -0]}'),
        (['a:={"x":1,"x":2.0}'], '{"a": {"x": 1, "x": 2.0}}'),
        (['a:={"x":1}', "a[y]=2", "a[x]:=3"], '{"a": {"x": 3, "y": "2"}}'),
        (["a=\u00fc\u4f60"], r'{"a": "\u00fc\u4f60"}'),
        ([r"a\:b=1"], '{"a:b": "1"}'),
    ],
)
def test_paths(words: list[str], body: str) -> None:
    assert made(*words) == body


@pytest.mark.parametrize(
    ("words", "sentence", "pointer"),
    [
        (["a=1", "a[b]=2"], "a[b]=2 needs an object at a, which is a string already", " ^^^"),
        (["a[b][c]=1", "a[b][]=2"], "a[b][]=2 needs an array at a[b], which is an object already", "    ^^"),
        (["a:=true", "a[0]=2"], "a[0]=2 needs an array at a, which is a boolean already", " ^^^"),
        (["a:=null", "a[b]=2"], "a[b]=2 needs an object at a, which is null already", " ^^^"),
        (["a=1", "[]=2"], "[]=2 needs an array at the whole body, which is an object already", "^^"),
        (["a[b=1"], r"a[b=1 has a [ without a ]; for a bracket as such write \[ or \]", " ^^"),
        (["a]=1"], r"a]=1 has a ] without a [ before it; for a bracket as such write \[ or \]", " ^"),
        (["a[b]c=1"], r"a[b]c=1 has text behind a ]; for a bracket as such write \[ or \]", "    ^"),
        (["a[-1]=1"], r"a[-1]=1 counts from the end, which is not known; for a name write [\-1]", " ^^^^"),
        (["a[200000]=1"], "a[200000]=1 leaves 200000 places empty: at most 100000 are sent as null", " ^^^^^^^^"),
        (["\u540d=1", "\u540d[b]=2"], "\u540d[b]=2 needs an object at \u540d, which is a string already", "  ^^^"),
        ([r"x\:y[b=1"], r"x\:y[b=1 has a [ without a ]; for a bracket as such write \[ or \]", "^^^^^^^^"),
    ],
)
def test_what_cannot_be_made_is_pointed_at(words: list[str], sentence: str, pointer: str) -> None:
    with pytest.raises(HttpeekError) as raised:
        made(*words)
    assert raised.value.code == USAGE
    assert (raised.value.failure.sentence, raised.value.failure.pointer) == (sentence, pointer)


def test_a_path_of_any_depth_is_made_or_refused() -> None:
    with pytest.raises(HttpeekError, match="nested too deeply"):
        made("a" + "[b]" * 100_000 + "=1")


@given(st.lists(st.text(alphabet="ab01[]\\-", max_size=8), min_size=1, max_size=5))
def test_any_names_make_json_or_a_usage_error(names: list[str]) -> None:
    try:
        body = made(*(f"{name}=v" for name in names))
    except HttpeekError as error:
        assert error.code == USAGE
        assert set(error.failure.pointer) <= {" ", "^"}
        return
    assert '"v"' in json.dumps(json.loads(body))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(_JSON)
def test_json_comes_out_as_python_spells_it(value: object) -> None:
    spelled = json.dumps(value)
    # A backslash before a mark of items is taken out, and JSON writes none there.
    assert made(f"a:={spelled}") == f'{{"a": {spelled}}}'
