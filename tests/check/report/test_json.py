"""The JSON report is valid by its published schema, and tells what was found."""

from __future__ import annotations

import json as reader
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from referencing import Registry, Resource

from httpeek.check.report.json import CONTENT, json
from httpeek.check.result import Captured, SuiteResult
from tests.check.report.made import HOSTILE, called, differs, entry, mixed, refused, result, suite
from tests.support import replying

FOLDER = Path(__file__).parents[3] / "docs" / "schema"
SCHEMA, EXCHANGE = (
    reader.loads((FOLDER / f"{name}.schema.json").read_text()) for name in ("httpeek-check-1", "httpeek-1")
)
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, registry=Registry().with_resource(EXCHANGE["$id"], Resource.from_contents(EXCHANGE))
)


def report(*results: SuiteResult) -> Any:
    made = reader.loads(json(results, 58_123_456).decode("utf-8"))
    VALIDATOR.validate(made)
    return made


def test_a_run_without_a_request_is_valid() -> None:
    assert report()["success"] is True


def test_totals_files_and_entries() -> None:
    found = report(mixed())
    assert found["totals"] == {"files": 1, "passed": 1, "failed": 1, "skipped": 0, "not_run": 1}
    assert (found["success"], found["time"]) == (False, 58_123)
    (file,) = found["files"]
    assert (file["filename"], file["success"]) == ("api/users.hurl", False)
    assert [(e["index"], e["line"], e["name"], e["success"]) for e in file["entries"]] == [
        (1, 1, "1 GET /users", True),
        (2, 7, "2 POST /users/{{id}}", False),
    ]
    assert file["not_run"] == [{"index": 3, "line": 10, "name": "3 DELETE /"}]


def test_a_finding_says_where_it_was_and_what() -> None:
    of = suite()
    (finding, error) = report(result(of, entry(of, 1, differs(), refused())))["files"][0]["entries"][0]["findings"]
    assert finding == {
        "kind": "assert",
        "title": 'jsonpath "$.name" == "Bob" does not hold',
        "remark": 'actual string "Bo", expected string "Bob"',
        "source": 'jsonpath "$.name" == "Bob"',
        "actual": 'string "Bo"',
        "expected": 'string "Bob"',
        "place": {"file": "api/users.hurl", "line": 4, "column": 1, "length": 26},
        "code": 10,
    }
    assert (error["kind"], error["code"], error["actual"]) == ("error", 7, None)
    assert error["source"] == "POST {{host}}/users/{{id}}"


def test_a_call_has_its_four_tuple_timings_and_octets() -> None:
    of = suite()
    with replying(b"HTTP/1.1 200 OK\r\nX: \xff\r\nContent-Length: 2\r\n\r\n\xff\x00") as peer:
        made = called("GET", peer.url)
    (call,) = report(result(of, entry(of, 1, differs(HOSTILE), made=made)))["files"][0]["entries"][0]["calls"]
    assert call["socket"]["remote"]["port"] == peer.port
    assert call["socket"]["local"]["port"]
    assert call["timings"]["total"] >= call["timings"]["first_byte"] >= 0
    assert call["response"]["body"] == {"octets": 2, "encoding": "base64", "text": "/wA="}


@pytest.mark.parametrize(
    "content", [b"x" * (CONTENT + 7), "\u00e9".encode() * CONTENT, b"a" + "\u20ac".encode() * CONTENT]
)
def test_a_large_content_is_cut_between_characters_and_says_so(content: bytes) -> None:
    of = suite()
    with replying(b"HTTP/1.1 200 OK\r\n\r\n" + content) as peer:
        made = called("GET", peer.url)
    (call,) = report(result(of, entry(of, 1, made=made)))["files"][0]["entries"][0]["calls"]
    found = call["response"]["body"]
    assert (found["octets"], found["encoding"]) == (len(content), "utf-8")
    assert CONTENT - 3 <= len(found["text"].encode()) <= CONTENT
    assert content.startswith(found["text"].encode())
    assert call["rebuilt"] == f"content is cut after {CONTENT} octets"


class Moment:
    said = "2026-01-02T03:04:05.000000Z"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (9007199254740993, 9007199254740993),
        (float("inf"), "inf"),
        (b"\xff", {"base64": "/w=="}),
        ({"a": [1, None, True]}, {"a": [1, None, True]}),
        ("\ud800", "\\ud800"),
        (Moment(), "2026-01-02T03:04:05.000000Z"),
    ],
)
def test_a_captured_value_keeps_its_type(value: object, written: object) -> None:
    of = suite()
    one = entry(of, 1)._replace(captures=(Captured("id", value), Captured("pin", "1234", secret=True)))
    captures = report(result(of, one))["files"][0]["entries"][0]["captures"]
    assert captures == [
        {"name": "id", "value": written, "secret": False},
        {"name": "pin", "value": None, "secret": True},
    ]


def test_a_value_of_many_levels_is_no_traceback() -> None:
    value: object = 1
    for _ in range(5000):
        value = [value]
    of = suite()
    report(result(of, entry(of, 1)._replace(captures=(Captured("deep", value),))))


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_makes_it_invalid(text: str) -> None:
    of = suite()._replace(file=text)
    report(result(of, entry(of, 1, differs(text)._replace(title=text, source=text))))
