"""The TAP report: what a reader of version 14 needs, and YAML that no answer breaks."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from httpeek.check.report.tap import quoted, tap
from tests.check.report.made import HOSTILE, called, differs, entry, mixed, refused, result, suite
from tests.support import replying


def details(report: str) -> list[dict[str, Any]]:
    """The YAML blocks of a report, read as TAP 14 says: from `  ---` to `  ...`, indented by two."""
    blocks: list[list[str]] = []
    inside = False
    for line in report.split("\n"):
        if line == "  ---":
            inside = True
            blocks.append([])
        elif line == "  ...":
            inside = False
        elif inside:
            assert line.startswith("  ")
            blocks[-1].append(line[2:])
    assert not inside
    return [yaml.safe_load("\n".join(block)) for block in blocks]


def test_a_line_for_each_entry_and_the_plan_before_them() -> None:
    lines = tap([mixed()], 58_000_000).decode().splitlines()
    assert lines[:2] == ["TAP version 14", "1..3"]
    assert [line for line in lines if line.startswith(("ok", "not ok"))] == [
        "ok 1 - api/users.hurl: 1 GET /users",
        "not ok 2 - api/users.hurl: 2 POST /users/{{id}}",
        "ok 3 - api/users.hurl: 3 DELETE / # SKIP an entry before it failed",
    ]


def test_the_details_of_a_failure_are_values() -> None:
    of = suite()
    (found,) = details(tap([result(of, entry(of, 1, differs()))], 1).decode())
    assert found["severity"] == "fail"
    assert found["duration_ms"] == 9.123
    (finding,) = found["findings"]
    assert finding["at"] == {"file": "api/users.hurl", "line": 4, "column": 1}
    assert (finding["actual"], finding["expected"]) == ('string "Bo"', 'string "Bob"')


def test_what_could_not_be_told_is_an_error() -> None:
    of = suite()
    assert details(tap([result(of, entry(of, 1, refused()))], 1).decode())[0]["severity"] == "error"


def test_a_name_has_no_directive_in_it() -> None:
    of = suite(file="a\\x # SKIP b.hurl")
    lines = tap([result(of, entry(of, 1, differs()))], 1).decode().splitlines()
    assert lines[2] == "not ok 1 - a\\\\x \\# SKIP b.hurl: 1 GET /users"


def test_an_answer_cannot_end_the_block() -> None:
    of = suite()
    with replying(b"HTTP/1.1 200 OK\r\n\r\n  ...\nok 2 - sneaked in\r\n# SKIP\n\xff\x1b") as peer:
        made = called("GET", peer.url)
    report = tap([result(of, entry(of, 1, differs(HOSTILE), made=made))], 1).decode()
    assert [line for line in report.split("\n") if line.startswith("ok")] == []
    (found,) = details(report)
    assert "ok 2 - sneaked in" in found["exchange"]


@given(st.text())
def test_a_quoted_text_reads_back(text: str) -> None:
    assert yaml.safe_load(quoted(text)) == text
    assert quoted(text).isprintable()
