"""Whatever a peer sends and a suite asks, there is a verdict that can be shown, never a traceback."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from httpeek.check.expect.evaluate import capture, expect
from httpeek.check.expect.names import FILTERS, PREDICATES, QUERIES
from httpeek.check.pointed import pointed
from httpeek.check.result import ASSERT, ERROR, Fault
from httpeek.check.suite import Capture, Template
from tests.check.expect.built import expectation, findings, scope, seen
from tests.check.expect.test_filters import WRITTEN

ARGUMENTS = {
    "header": '"content-type"',
    "cookie": '"a[Expires]"',
    "xpath": '"//a"',
    "jsonpath": '"$..a"',
    "regex": "/(.)/",
    "variable": '"known"',
    "certificate": '"Subject"',
}
VALUES = ("1", "-0.5", '"a"', "true", "null", "hex,00;", "{{known}}", "{{nope}}", "`b`")
LINES = {
    "any": VALUES,
    "ordered": ("1", '"a"', "{{known}}"),
    "part": ('"a"', "hex,ff;"),
    "match": ("/./", '"(a"', '"{{known}}"'),
}
QUERY = st.sampled_from([f"{name} {ARGUMENTS.get(name, '')}".strip() for name in QUERIES])
FILTER = st.sampled_from([WRITTEN.get(name, name) for name in FILTERS])
PREDICATE = st.sampled_from(
    [
        f"{name} {value}".strip()
        for name, row in PREDICATES.items()
        for value in (LINES[row.takes[0]] if row.takes else ("",))
    ]
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.text(alphabet='[]{}":,0123456789.eE+-\\u dtrfalsn<>/a&;!', max_size=40).map(lambda text: text.encode()),
    st.sampled_from(
        [
            b"",
            b"[" * 5000,
            b'{"a":' * 3000,
            b"1" * 4301,
            b'{"a": {"a": [1, "x", null]}}',
            b"<a><a/></a>",
            b'"\\ud83d\\ude00"',
        ]
    ),
)
TYPES = st.sampled_from(
    ["", "text/html", "application/json", "text/xml; charset=utf-16", "text/plain; charset=x", "a; charset=latin1"]
)
KNOWN = st.sampled_from([1, "a", "(", None, True, 1.5, b"\0", [1], {"a": 1}])


@settings(max_examples=400)
@given(QUERY, st.lists(FILTER, max_size=3), st.booleans(), PREDICATE, BODIES, TYPES, KNOWN)
def test_there_is_always_a_verdict(
    query: str, filters: list[str], negated: bool, predicate: str, body: bytes, kind: str, known: object
) -> None:
    if predicate == 'matches "(a"':
        predicate = 'matches "a"'
    line = " ".join([query, *filters, "not" if negated else "", predicate]).replace("  ", " ")
    asked = expectation(line)
    cookie = (b"Set-Cookie", b"a=" + body[:20] + b"; Expires=" + body[:30])
    what, where = seen(body, kind, fields=(cookie,)), scope(known=known)
    found = expect(asked, what, where)
    if found is not None:
        assert found.kind in (ASSERT, ERROR)
        assert found.title
        assert found.remark
        assert found.source == line
        assert len(found.actual) < 1000
        for shown in pointed(found.place, line, found.remark):
            shown.encode("utf-8")
    name = Template(("a",), "a", asked.place)
    try:
        capture(Capture(name, asked.query, asked.filters, False, line, asked.place), what, where)
    except Fault as fault:
        assert fault.finding.kind == ERROR


CONTENTS = st.sampled_from(
    [
        '{"a": 1}',
        "[1, 2]",
        "null",
        '"{{known}}"',
        "{{known}}",
        "<a/>",
        "`a {{known}}`",
        "```\na\nb\n```",
        "hex,00;",
        "file,nope;",
    ]
).filter(lambda text: text != "{{known}}")


@settings(max_examples=200)
@given(CONTENTS, BODIES, TYPES, KNOWN)
def test_content_is_always_compared(content: str, body: bytes, kind: str, known: object) -> None:
    text = f"HTTP 200\n{content}\n"
    for found in findings(text, seen(body, kind), scope(known=known)):
        assert found.title
        assert found.remark
        for shown in pointed(found.place, "", found.remark):
            shown.encode("utf-8", "surrogateescape")
