"""Results for the tests of reports, made by hand, with exchanges that were really made where a test wants some."""

from __future__ import annotations

from httpeek.check.caller import Caller, Made
from httpeek.check.hurl.entries import read
from httpeek.check.result import ASSERT, ERROR, EntryResult, Finding, SuiteResult
from httpeek.check.suite import Place, Suite
from httpeek.client.agent import Has
from httpeek.client.complete import Wish, complete
from httpeek.model.plan import Plan
from httpeek.model.target import parse

TEXT = """\
GET http://localhost/users?page=1
HTTP 200
[Asserts]
jsonpath "$.name" == "Bob"
status < 300

POST {{host}}/users/{{id}}
HTTP 201

DELETE http://localhost/
HTTP 204
"""
HOSTILE = (
    "\x00\x08\x1b[2J\x7f\x9b\u202e\u2028\ud800\ufffe\uffff]]><b>&\"'--!> % \r\n::error::x\n##[add-mask]y\n  ...\n```\n|"
)
"""What a peer may send to break out of a report."""


def suite(text: str = TEXT, file: str = "api/users.hurl") -> Suite:
    found = read(text, file)
    assert not found.problems
    return found


def place(line: int = 4, column: int = 1, file: str = "api/users.hurl", length: int = 26) -> Place:
    return Place(file, line, column, length)


def differs(actual: str = "Bo", line: int = 4) -> Finding:
    """An expectation that does not hold; `actual` is what the peer sent."""
    found = f'string "{actual}"'
    title, remark = 'jsonpath "$.name" == "Bob" does not hold', f'actual {found}, expected string "Bob"'
    return Finding(ASSERT, title, remark, place(line), 'jsonpath "$.name" == "Bob"', found, 'string "Bob"')


def refused() -> Finding:
    title = "127.0.0.1:1 refused the connection: nothing listens there"
    return Finding(ERROR, title, "this request failed", place(7, 6, length=20), code=7)


def called(method: str, url: str, fields: tuple[tuple[bytes, bytes], ...] = ()) -> Made:
    """A call, made."""
    target, caller = parse(url), Caller()
    plan = Plan(method, target, complete(method, target, Wish(fields), None, "test"))
    try:
        return caller.call(plan, Has())
    finally:
        caller.close()


def entry(of: Suite, number: int, *findings: Finding, made: Made | None = None) -> EntryResult:
    exchanges, events = (made.exchanges, made.events) if made is not None else ((), ())
    one = EntryResult(of.entries[number - 1], exchanges, findings, checks=2, events=events)
    return one._replace(began=1_790_000_000_000_000_000, duration=9_123_456)


def result(of: Suite, *entries: EntryResult, not_run: int = 0, secrets: frozenset[str] = frozenset()) -> SuiteResult:
    return SuiteResult(of, entries, not_run, 1_790_000_000_000_000_000, 31_000_000, secrets)


def mixed() -> SuiteResult:
    """One entry that passed, one with two findings, one that was not run."""
    of = suite()
    return result(of, entry(of, 1), entry(of, 2, differs(), refused()), not_run=1)
