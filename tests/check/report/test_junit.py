"""The JUnit report is valid by the schemas of those who read it, whatever a peer sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # it has no types of its own

from httpeek.check.report.junit import junit
from httpeek.check.suite import Entry, Request, Suite, Template
from tests.check.report.made import HOSTILE, called, differs, entry, mixed, place, refused, result, suite
from tests.support import replying

SCHEMAS = [
    etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / name)) for name in ("jenkins.xsd", "ant.xsd")
]


def report(octets: bytes) -> Any:
    root = etree.fromstring(octets)
    for schema in SCHEMAS:
        schema.assertValid(root)
    return root


def test_a_case_for_each_entry_in_order() -> None:
    root = report(junit([mixed()], 31_000_000))
    (found,) = root
    assert {name: found.get(name) for name in ("name", "tests", "failures", "errors", "skipped", "time")} == {
        "name": "api/users.hurl",
        "tests": "3",
        "failures": "0",
        "errors": "1",
        "skipped": "1",
        "time": "0.031",
    }
    assert found.get("timestamp") == "2026-09-21T14:13:20"
    cases = found.findall("testcase")
    assert [case.get("name") for case in cases] == ["1 GET /users", "2 POST /users/{{id}}", "3 DELETE /"]
    assert {case.get("classname") for case in cases} == {"api.users"}
    assert [[child.tag for child in case] for case in cases] == [[], ["error"], ["skipped"]]
    assert cases[1].get("time") == "0.009"


def test_all_findings_of_an_entry_are_told_in_one_failure_with_their_places() -> None:
    of = suite()
    root = report(junit([result(of, entry(of, 1, differs("Bo"), differs("Bot", 5)))], 1))
    (failure,) = root.iter("failure")
    assert failure.get("message") == 'jsonpath "$.name" == "Bob" does not hold (and 1 more)'
    text = failure.text or ""
    assert "--> api/users.hurl:4:1\n" in text
    assert "--> api/users.hurl:5:1\n" in text
    assert 'actual string "Bot", expected string "Bob"' in text


def test_what_was_asserted_is_a_failure_and_what_could_not_be_told_an_error() -> None:
    of = suite()
    root = report(junit([result(of, entry(of, 1, differs()), entry(of, 2, refused()))], 1))
    assert [[child.tag for child in case] for case in root.iter("testcase")] == [["failure"], ["error"]]
    assert root[0].get("failures") == root[0].get("errors") == "1"


def test_an_answer_cannot_break_out_of_the_report() -> None:
    of = suite()
    with replying(
        b"HTTP/1.1 200 " + b"\x01]]>\xff" + b"\r\nContent-Length: 13\r\n\r\n]]><x>\xff\xfe\x00\x1b&amp"
    ) as peer:
        made = called("GET", peer.url)
    root = report(junit([result(of, entry(of, 1, differs(HOSTILE), made=made))], 1))
    assert len(list(root.iter())) == len(
        list(report(junit([result(of, entry(of, 1, differs(), made=made))], 1)).iter())
    )
    text = root.findtext(".//failure") or ""
    assert "\\x1b[2J" in text
    assert "]]><x>" in text


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_text_makes_it_invalid(text: str) -> None:
    url = Template((text,), text, place())
    request = Request(text or "GET", url, (), (), (), (), (), None, (), None, place())
    of = Suite(text or "a.hurl", (Entry(1, request, None),), (), text)
    finding = differs(text)._replace(title=text, remark=text, source=text, place=place(file=text))
    report(junit([result(of, entry(of, 1, finding)), result(of, entry(of, 1), not_run=1)], 1))


@pytest.mark.parametrize("count", [0, 3])
def test_files_stay_in_order(count: int) -> None:
    names = [f"{name}.hurl" for name in "cab"[:count]]
    results = [result(of, entry(of, 1)) for of in (suite(file=name) for name in names)]
    assert [each.get("name") for each in report(junit(results, 1))] == names


def test_a_line_of_checks_and_standard_input_have_a_class() -> None:
    of = suite()._replace(file="GET http://localhost/", text="")
    root = report(junit([result(of, entry(of, 1)), result(suite(file="-"), entry(of, 1))], 1))
    assert {case.get("classname") for case in root.iter("testcase")} == {"httpeek.check"}
