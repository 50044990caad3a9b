"""What an expectation costs: the libraries of others are not imported for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "re",
    "re2",
    "_re2",
    "json",
    "typing",
    "enum",
    "dataclasses",
    "functools",
    "datetime",
    "hashlib",
    "ipaddress",
    "html",
    "lxml",
    "jsonpath_rfc9535",
    "regex",
    "ssl",
    "socket",
    "difflib",
}
PROGRAM = """
import sys
before = set(sys.modules)
from httpeek.check.hurl.asserts import parse_expression
from httpeek.check.expect.evaluate import expect
from httpeek.check.expect.scope import Scope
from httpeek.check.expect.seen import Seen
from httpeek.model.exchange import Exchange
from httpeek.model.message import ResponseHead
exchange = Exchange(1, None)
exchange.response = ResponseHead(b"HTTP/1.1", 200, b"OK", ((b"Content-Type", b"application/json"),))
exchange._content["in"] += b'{"a": [1, 2]}'
assert expect(parse_expression(sys.argv[1]), Seen((exchange,)), Scope({}, ".")) is None
print(*sorted(set(sys.modules) - before))
"""
NOTHING = [
    "status == 200",
    'header "content-type" contains "json"',
    'body startsWith "{"',
    "bytes count > 3",
    "duration < 500",
    'header "content-type" split "/" nth 1 == "json"',
]


def imported(expression: str) -> set[str]:
    """What reading and evaluating an expectation imports."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}", expression],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("expression", NOTHING)
def test_a_plain_expectation_imports_nothing_heavy(expression: str) -> None:
    assert not imported(expression) & HEAVY


def test_each_library_is_imported_by_what_needs_it_only() -> None:
    assert imported('jsonpath "$.a[0]" == 1') & {"json", "jsonpath_rfc9535", "re2", "lxml"} == {"json"}
    assert imported('jsonpath "$.a[*]" count == 2') & {"jsonpath_rfc9535", "re2", "lxml"} == {"jsonpath_rfc9535"}
    assert imported("body matches /a/") & {"json", "jsonpath_rfc9535", "re2", "lxml"} == {"re2"}
    assert imported('body xpath "//body" exists') & {"json", "jsonpath_rfc9535", "re2", "lxml"} == {"lxml"}
