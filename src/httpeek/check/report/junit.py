"""The JUnit report: what Jenkins, GitLab and their kin read.

    <testsuites>
      <testsuite id="0" name="api/users.hurl" tests="2" failures="1" errors="0" skipped="0" time="0.031" ...>
        <testcase classname="api.users" name="2 GET /users" time="0.009">
          <failure type="assert" message="...">...</failure>

Rules:
- There is no one schema, so this is what all of them allow (Jenkins' junit-10.xsd, Surefire's, Ant's): no attribute
  that one lacks (`file` and `line` stand in the text, where log views make links of them), one failure a case with all
  that was found, and the empty elements that Ant's demands.
- An expectation that did not hold is a `failure`, what could not be told an `error`; an entry that was skipped, or not
  made because of one before it, is `skipped`, so that the set of cases is the same in every run.
- XML 1.0 has no way to write most control characters, surrogates, U+FFFE and U+FFFF (section 2.2): they are written as
  a terminal would be shown them (`\\x1b`).
- A report is of one run: the file that was there is replaced.
"""

from __future__ import annotations

import time

from httpeek import __version__
from httpeek.check.report.brief import exchange_lines, found
from httpeek.check.report.named import entry_name, is_file, not_run, result_name
from httpeek.check.result import ERROR
from httpeek.render.terminal import visible, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import EntryResult, SuiteResult

_ENTITIES = {0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#39;"}


def junit(results: Sequence[SuiteResult], duration: int) -> bytes:
    """The report, in UTF-8; `duration` of the whole run in ns. Results hold no secrets (`veiled`)."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<!-- httpeek {__version__}, {duration / 1e9:.3f} s -->"]
    lines.append("<testsuites>")
    for number, result in enumerate(results):
        lines += _suite(number, result)
    lines.append("</testsuites>")
    return "\n".join([*lines, ""]).encode("utf-8")


def _suite(number: int, result: SuiteResult) -> list[str]:
    failed = [one for one in result.results if not one.passed]
    errors = sum(_is_error(one) for one in failed)
    left_out = not_run(result)
    folder, _, _ = result.suite.file.rpartition("/")
    attributes = {
        "id": str(number),
        "name": result.suite.file.strip() or "-",
        "package": (folder if is_file(result) else "") or ".",
        "tests": str(len(result.results) + len(left_out)),
        "failures": str(len(failed) - errors),
        "errors": str(errors),
        "skipped": str(sum(one.skipped for one in result.results) + len(left_out)),
        "time": _seconds(result.duration),
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(result.began // 1_000_000_000)),
        "hostname": _host(),
    }
    lines = [f"  <testsuite {_attributes(attributes)}>", "    <properties>"]
    lines += [f"      <property {_attributes({'name': 'file', 'value': result.suite.file})}/>", "    </properties>"]
    for one in result.results:
        lines += _case(one, result)
    for entry in left_out:
        case = {"classname": _class(result), "name": entry_name(entry), "time": _seconds(0)}
        skipped = f"<skipped {_attributes({'message': 'not run: an entry before it failed'})}/>"
        lines.append(f"    <testcase {_attributes(case)}>{skipped}</testcase>")
    return [*lines, "    <system-out/>", "    <system-err/>", "  </testsuite>"]


def _case(one: EntryResult, result: SuiteResult) -> list[str]:
    case = {"classname": _class(result), "name": result_name(one), "time": _seconds(one.duration)}
    begin = f"    <testcase {_attributes(case)}"
    if one.skipped:
        return [f"{begin}><skipped {_attributes({'message': 'skip: true, or repeat: 0'})}/></testcase>"]
    if one.passed:
        return [f"{begin}/>"]
    kind = "error" if _is_error(one) else "failure"
    more = f" (and {len(one.findings) - 1} more)" if len(one.findings) > 1 else ""
    text = [line for finding in one.findings for line in found(finding, result)]
    text += exchange_lines(one.exchanges[-1]) if one.exchanges else []
    about = {"type": "error" if kind == "error" else "assert", "message": one.findings[0].title + more}
    return [f"{begin}>", f"      <{kind} {_attributes(about)}>{_text(chr(10).join(text))}</{kind}>", "    </testcase>"]


def _is_error(one: EntryResult) -> bool:
    return any(finding.kind == ERROR for finding in one.findings)


def _class(result: SuiteResult) -> str:
    """The path as a name with dots, which report pages make a tree of; "httpeek.check" for what is in no file."""
    if not is_file(result):
        return "httpeek.check"
    name = result.suite.file.removesuffix(".hurl").strip("/")
    return ".".join(part for part in name.split("/") if part not in ("", ".", "..")) or name


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f'{name}="{_text(visible_line(value))}"' for name, value in values.items())


def _text(text: str) -> str:
    return visible(text).translate(_ENTITIES)


def _seconds(duration: int) -> str:
    return f"{duration / 1e9:.3f}"


def _host() -> str:
    from os import uname

    return uname().nodename or "localhost"
