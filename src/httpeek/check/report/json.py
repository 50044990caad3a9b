"""The JSON report, `DIR/report.json`: everything that is known of a run, of schema `httpeek-check/1` (docs/schema).

    {"schema": "httpeek-check/1", "success": false, "time": 58000, "files": [
      {"filename": "users.hurl", "success": false, "entries": [
        {"index": 2, "line": 6, "name": "2 POST /users", "findings": [...], "captures": [...], "calls": [...]}]}]}

Rules: times are whole microseconds. The names are those of Hurl's report where the thing is the same one (`filename`,
`entries`, `index`, `captures`, `calls`, `success`, `time`); a call is an object of schema `httpeek/1`, as
`httpeek --as json` writes it, with 4-tuple and timings. Every object has all its members; a content is cut
after `CONTENT` octets, and its call says so in `rebuilt`. A report is of one run.
"""

from __future__ import annotations

from json import dumps

from httpeek import __version__
from httpeek.check.expect.scope import said
from httpeek.check.report.named import entry_name, not_run, result_name
from httpeek.model.events import IN, OUT
from httpeek.render.json_view import body, describe, octets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import Captured, EntryResult, Finding, SuiteResult
    from httpeek.check.result import Value as Captive
    from httpeek.check.suite import Place
    from httpeek.model.exchange import Exchange
    from httpeek.render.json_view import Value

SCHEMA = "httpeek-check/1"
FILE = "report.json"
CONTENT = 1024 * 1024
"""Octets of a content that are kept, as in records: a report of downloads is no copy of them."""
_DEEPEST = 100
"""Levels of a captured value that are written; deeper ones are no value that anybody looks for in a report."""


def json(results: Sequence[SuiteResult], duration: int) -> bytes:
    """The report, in UTF-8; `duration` of the whole run in ns. Results hold no secrets (`veiled`)."""
    entries = [one for result in results for one in result.results]
    failed = sum(not one.passed for one in entries)
    skipped = sum(one.skipped for one in entries)
    made: dict[str, Value] = {
        "schema": SCHEMA,
        "httpeek": __version__,
        "success": not failed,
        "began": min((result.began for result in results), default=0) // 1000,
        "time": duration // 1000,
        "totals": {
            "files": len(results),
            "passed": len(entries) - failed - skipped,
            "failed": failed,
            "skipped": skipped,
            "not_run": sum(result.not_run for result in results),
        },
        "files": [_file(result) for result in results],
    }
    return (dumps(made, ensure_ascii=False) + "\n").encode("utf-8")


def _file(result: SuiteResult) -> Value:
    return {
        "filename": _clean(result.suite.file),
        "success": result.passed,
        "began": result.began // 1000,
        "time": result.duration // 1000,
        "entries": [_entry(one, result) for one in result.results],
        "not_run": [
            {"index": entry.number, "line": entry.request.place.line, "name": _clean(entry_name(entry))}
            for entry in not_run(result)
        ],
    }


def _entry(one: EntryResult, result: SuiteResult) -> Value:
    return {
        "index": one.entry.number,
        "line": one.entry.request.place.line,
        "name": _clean(result_name(one)),
        "method": _clean(one.entry.request.method),
        "url": _clean(one.entry.request.url.source),
        "success": one.passed,
        "skipped": one.skipped,
        "attempts": one.attempts,
        "repetition": one.repetition,
        "began": one.began // 1000,
        "time": one.duration // 1000,
        "checks": one.checks,
        "findings": [_finding(finding, result) for finding in one.findings],
        "captures": [_capture(each) for each in one.captures],
        "calls": [_call(exchange) for exchange in one.exchanges],
    }


def _call(exchange: Exchange) -> Value:
    made = describe(exchange)
    contents = (
        ("request", "body", exchange.content(OUT)),
        ("response", "body", exchange.representation()),
        ("response", "coded", exchange.content(IN)),
    )
    for message, member, content in contents:
        part = made[message]
        if len(content) > CONTENT and isinstance(part, dict) and part[member] is not None:
            part[member] = body(_cut(content)) | {"octets": len(content)}
            made["rebuilt"] = f"content is cut after {CONTENT} octets"
    return made


def _cut(content: bytes) -> bytes:
    """The first octets, and no half of a character at their end."""
    cut = content[:CONTENT]
    for length in range(1, 4):
        lead = cut[-length]
        if lead & 0xC0 == 0xC0:
            wanted = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return cut[:-length] if wanted > length else cut
        if lead < 0x80:
            break
    return cut


def _finding(finding: Finding, result: SuiteResult) -> Value:
    return {
        "kind": finding.kind,
        "title": _clean(finding.title),
        "remark": _clean(finding.remark),
        "source": _clean(finding.source or result.suite.line(finding.place.line)),
        "actual": _clean(finding.actual) or None,
        "expected": _clean(finding.expected) or None,
        "place": _place(finding.place),
        "code": finding.code,
    }


def _place(place: Place) -> Value:
    return {"file": _clean(place.file), "line": place.line, "column": place.column, "length": place.length}


def _capture(each: Captured) -> Value:
    return {"name": _clean(each.name), "value": None if each.secret else _value(each.value, 0), "secret": each.secret}


def _value(value: Captive, depth: int) -> Value:
    """A captured value as JSON: octets as an object with their base64 where they are no text, a moment as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bytes):
        return octets(value)
    if isinstance(value, float):
        return value if value - value == 0 else repr(value)  # JSON has no infinity
    if depth >= _DEEPEST:
        return None
    if isinstance(value, list | tuple):
        return [_value(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_clean(str(name)): _value(each, depth + 1) for name, each in value.items()}
    return _clean(said(value) or repr(value))


def _clean(text: str) -> str:
    """Text without lone surrogates, which are no JSON text."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
