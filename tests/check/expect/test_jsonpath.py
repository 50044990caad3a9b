"""JSONPath: the examples of RFC 9535, what it rejects, and the short way against the library."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_rfc9535 import find as library_find

from httpeek.check.expect.jsonpath import PathError, _plain_steps, find
from httpeek.check.expect.seen import Unreadable
from httpeek.check.expect.values import NONE

if TYPE_CHECKING:
    from httpeek.check.result import Value

BOOKS: list[dict[str, Value]] = [
    {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
    {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
    {
        "category": "fiction",
        "author": "Herman Melville",
        "title": "Moby Dick",
        "isbn": "0-553-21311-3",
        "price": 8.99,
    },
    {
        "category": "fiction",
        "author": "J. R. R. Tolkien",
        "title": "The Lord of the Rings",
        "isbn": "0-395-19395-8",
        "price": 22.99,
    },
]
BICYCLE = {"color": "red", "price": 399}
STORE = {"store": {"book": BOOKS, "bicycle": BICYCLE}}
"""RFC 9535, figure 1."""

TABLES: list[tuple[Value, dict[str, Value]]] = [
    (
        STORE,  # section 1.5, table 2
        {
            "$.store.book[*].author": ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"],
            "$..author": ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"],
            "$.store.*": [BOOKS, BICYCLE],
            "$.store..price": [8.95, 12.99, 8.99, 22.99, 399],
            "$..book[2]": BOOKS[2],
            "$..book[2].author": "Herman Melville",
            "$..book[2].publisher": NONE,
            "$..book[-1]": BOOKS[3],
            "$..book[0,1]": BOOKS[:2],
            "$..book[:2]": BOOKS[:2],
            "$..book[?@.isbn]": BOOKS[2:],
            "$..book[?@.price<10]": [BOOKS[0], BOOKS[2]],
            "$.store.bicycle": BICYCLE,
            "$.store.bicycle.color": "red",
            "$": STORE,
        },
    ),
    (
        {"o": {"j j": {"k.k": 3}}, "'": {"@": 2}},  # section 2.3.1.3, table 5
        {
            "$.o['j j']": {"k.k": 3},
            "$.o['j j']['k.k']": 3,
            '$.o["j j"]["k.k"]': 3,
            '$["\'"]["@"]': 2,
            "$['\\'']['@']": 2,
        },
    ),
    (
        {"o": {"j": 1, "k": 2}, "a": [5, 3]},  # section 2.3.2.3, table 6
        {
            "$[*]": [{"j": 1, "k": 2}, [5, 3]],
            "$.o[*]": [1, 2],
            "$.o[*, *]": [1, 2, 1, 2],
            "$.a[*]": [5, 3],
            "$..j": 1,
            "$..[0]": 5,
            "$..o": {"j": 1, "k": 2},
        },
    ),
    (["a", "b"], {"$[1]": "b", "$[-2]": "a", "$[2]": NONE, "$[-3]": NONE}),  # section 2.3.3.3, table 7
    (
        ["a", "b", "c", "d", "e", "f", "g"],  # section 2.3.4.3, table 9
        {
            "$[1:3]": ["b", "c"],
            "$[5:]": ["f", "g"],
            "$[1:5:2]": ["b", "d"],
            "$[5:1:-2]": ["f", "d"],
            "$[::-1]": ["g", "f", "e", "d", "c", "b", "a"],
            "$[7:]": NONE,
            "$[1:2]": "b",
        },
    ),
    (
        {
            "a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
            "o": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}},
            "e": "f",
        },  # section 2.3.5.3, table 12
        {
            "$.a[?@.b == 'kilo']": {"b": "kilo"},
            "$.a[?(@.b == 'kilo')]": {"b": "kilo"},
            "$.a[?@>3.5]": [5, 4, 6],
            "$.a[?@.b]": [{"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
            '$.a[?@<2 || @.b == "k"]': [1, {"b": "k"}],
            '$.a[?match(@.b, "[jk]")]': [{"b": "j"}, {"b": "k"}],
            '$.a[?search(@.b, "[jk]")]': [{"b": "j"}, {"b": "k"}, {"b": "kilo"}],
            "$.o[?@>1 && @<4]": [2, 3],
            "$.o[?@.u || @.x]": {"u": 6},
            "$.a[?@.b == $.x]": [3, 5, 1, 2, 4, 6],
            "$.a[?count(@.*) == 1]": [{"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
            "$.a[?length(@.b) == 4]": {"b": "kilo"},
            "$.a[?value(@.b) == 'j']": {"b": "j"},
        },
    ),
    (
        {"a": None, "b": [None], "c": [{}], "null": 1},  # section 2.6.1, table 17
        {
            "$.a": None,
            "$.a[0]": NONE,
            "$.a.d": NONE,
            "$.b[0]": None,
            "$.b[*]": None,
            "$.b[?@]": None,
            "$.b[?@==null]": None,
            "$.c[?@.d==null]": NONE,
            "$.null": 1,
        },
    ),
    (
        {"é": 1, "a-b": 2, "1": 3, "a": {"b": [[7]]}},
        {"$.é": 1, "$['a-b']": 2, "$['1']": 3, "$.a.b[0][0]": 7, "$ .é": 1},
    ),
]
ROWS = [(path, value, wanted) for value, table in TABLES for path, wanted in table.items()]


@pytest.mark.parametrize(("path", "value", "wanted"), ROWS, ids=[row[0] for row in ROWS])
def test_a_path_finds_what_the_rfc_says(path: str, value: Value, wanted: Value) -> None:
    found = find(path, value)
    assert found is wanted if wanted is NONE else found == wanted


REJECTED = [
    "",
    " $",
    "$ ",
    "a",
    "$.",
    "$..",
    "$.1",
    "$.a.",
    "$.a-b",
    "$[",
    "$[]",
    "$[a]",
    "$[01]",
    "$[-0]",
    "$[1.0]",
    "$[9007199254740992]",
    "$['a]",
    "$['a\"]",
    "$['\\x']",
    "$[?]",
    "$[?@.a==]",
    "$[?@.a=1]",
    "$[?nope(@)]",
    "$[?length(@.*)>1]",
    "$[?count(1)>1]",
    "$[?match(@.a)]",
    "$[::0x1]",
    "$.items.[0]",
    "$[?(@.length-1)]",
    "$.a\n",
    "$[?" + "(" * 5000 + "@" + ")" * 5000 + "]",
]


@pytest.mark.parametrize("path", REJECTED, ids=[path[:20] for path in REJECTED])
def test_what_the_rfc_rejects_is_rejected(path: str) -> None:
    with pytest.raises(PathError):
        find(path, {"a": [1]})


NAMES = st.sampled_from(["a", "b", "a1", "_", "B_2", "é", "a b", "'", '"', "", ".", "]", "\\", "1"])
STEPS = st.one_of(
    NAMES.filter(lambda name: name.isidentifier() and name.isascii()).map(lambda name: f".{name}"),
    NAMES.map(lambda name: "[" + json.dumps(name, ensure_ascii=False) + "]"),
    NAMES.filter(lambda name: "'" not in name and "\\" not in name).map(lambda name: f"['{name}']"),
    st.integers(-3, 3).map(lambda index: f"[{index}]"),
)
VALUES = st.recursive(
    st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(st.lists(STEPS, max_size=5).map(lambda steps: "$" + "".join(steps)), VALUES)
def test_the_short_way_finds_what_the_library_finds(path: str, value: Value) -> None:
    nodes = [node.value for node in library_find(path, value)]  # type: ignore[arg-type]  # any value of JSON
    found = find(path, value)
    assert found is NONE if not nodes else found == nodes[0]


@given(st.text(alphabet="$.[]'\"ab01-\\ *", max_size=12))
def test_the_short_way_takes_nothing_that_the_library_refuses(text: str) -> None:
    path = "$" + text
    if _plain_steps(path) is not None:
        library_find(path, {"a": 1})


@given(st.text(max_size=20))
def test_no_path_is_too_odd(text: str) -> None:
    for path in (text, "$" + text, f"$[?{text}]", f"$['{text}']"):
        try:
            find(path, [{"a": 1}, [1]])
        except PathError:
            pass


def test_a_pattern_of_a_path_cannot_run_for_ever() -> None:
    text = "a" * 40 + "!"
    assert find('$[?match(@, "(a*)*b")]', [text]) is NONE
    assert find('$[?search(@, "(a|a)*(a|a)*b")]', [text]) is NONE
    assert find('$[?match(@, "a.c")]', ["abc", "a\nc", "a\rc", "a𝄞c", "ac"]) == ["abc", "a𝄞c"]
    assert find('$[?match(@, "[.]")]', [".", "a"]) == "."
    assert find(r'$[?match(@, "\\p{Lu}+")]', ["AÉ", "a"]) == "AÉ"
    assert find(r'$[?match(@, "(?=a)a")]', ["a"]) is NONE


def test_a_value_that_nests_too_deep_is_unreadable() -> None:
    deep: Value = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(Unreadable):
        find("$..x", deep)
    while isinstance(deep, list):
        deep = deep[0]


def test_a_plain_path_does_not_import_the_library() -> None:
    program = (
        "import sys\nfrom httpeek.check.expect.jsonpath import find\n"
        "assert find('$.a[0][\"b c\"]', {'a': [{'b c': 1}]}) == 1\n"
        "print('jsonpath_rfc9535' in sys.modules, 'regex' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
