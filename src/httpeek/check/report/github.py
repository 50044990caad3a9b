"""What GitHub Actions reads: annotations on the lines that failed, and a summary of the step in Markdown.

    ::error file=users.hurl,line=9,col=1,title=users.hurl: 2 POST /users::actual string "Bo", expected ...

Rules:
- A line of standard output that begins with `::`, blanks or not, is a command to the runner, and so is one with `##[`
  anywhere. So what came from a peer is escaped in a command (% CR LF, in a property also `:` and `,`:
  actions/toolkit, docs/commands.md), and other output goes through `guarded`, which has the runner stop listening
  where a line would be taken for a command.
- In Markdown every punctuation character is escaped, or the text is in a fence that is longer than any in it.
"""

from __future__ import annotations

from httpeek.check.report.brief import exchange_lines, found, milliseconds, total
from httpeek.check.report.named import is_file, result_name
from httpeek.render.terminal import visible, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import EntryResult, Finding, SuiteResult

LARGEST_SUMMARY = 512 * 1024
"""Octets of a summary at most: GitHub takes 1 MiB for a step, and drops what is larger."""
_PUNCTUATION = frozenset("!\"#$%'()*+,-./:=?@[\\]^_`{|}~")


def commands(results: Sequence[SuiteResult], workspace: str = "") -> list[str]:
    """A command for each finding, without line ends. `workspace` (GITHUB_WORKSPACE) is what paths count from. Results
    hold no secrets (`veiled`)."""
    lines = []
    for result in results:
        for one in result.results:
            lines += [_error(finding, one, result, workspace) for finding in one.findings]
    return lines


def guarded(lines: Sequence[str], token: str = "") -> list[str]:
    """The lines, between commands that have the runner stop listening where any of them would be one. `token` is what
    ends that; it is random, so that nothing that a peer sent can."""
    if not any(line.lstrip().startswith("::") or "##[" in line for line in lines):
        return list(lines)
    if not token:
        from os import urandom

        token = urandom(16).hex()
    return [f"::stop-commands::{token}", *lines, f"::{token}::"]


def summary(results: Sequence[SuiteResult], duration: int) -> str:
    """The summary of the step; `duration` of the whole run in ns. Results hold no secrets (`veiled`)."""
    failed = [(one, result) for result in results for one in result.results if not one.passed]
    verdict = "failed" if failed else "passed"
    lines = [f"### httpeek check: {verdict}", "", total(results, duration), ""]
    lines += ["| file | verdict | entries | time |", "|---|---|---|---|"]
    for result in results:
        word = "passed" if result.passed else "**failed**"
        count = f"{sum(one.passed for one in result.results)} of {len(result.results) + result.not_run}"
        lines.append(f"| {_escaped(result.suite.file)} | {word} | {count} | {milliseconds(result.duration)} |")
    text = "\n".join([*lines, ""])
    for index, (one, result) in enumerate(failed):
        more = _failure(one, result)
        if len((text + more).encode("utf-8", "backslashreplace")) > LARGEST_SUMMARY:
            left = len(failed) - index
            return f"{text}\n{left} more that failed: too much for this page, but not for the reports.\n"
        text += more
    return text


def _failure(one: EntryResult, result: SuiteResult) -> str:
    lines = [line for finding in one.findings for line in found(finding, result)]
    lines += exchange_lines(one.exchanges[-1]) if one.exchanges else []
    text = visible("\n".join(lines))
    fence = "`" * max(3, _longest_run(text) + 1)
    title = _escaped(f"{result.suite.file}: {result_name(one)}" if is_file(result) else result_name(one))
    return f"\n#### {title}\n\n{fence}text\n{text}\n{fence}\n"


def _error(finding: Finding, one: EntryResult, result: SuiteResult, workspace: str) -> str:
    place, properties = finding.place, {}
    if is_file(result):
        properties = {"file": _from(place.file, workspace), "line": str(place.line), "col": str(place.column)}
    name = result_name(one)
    properties["title"] = f"{result.suite.file}: {name}" if is_file(result) else name
    message = _worded(finding)
    said = ",".join(f"{key}={_property(visible_line(value))}" for key, value in properties.items())
    return f"::error {said}::{_data(visible(message))}"


def _worded(finding: Finding) -> str:
    """What was written, what is wrong with it, and the remark; not what another of these repeats."""
    parts = dict.fromkeys(part for part in (finding.source, finding.title, finding.remark) if part)
    return "\n".join(part for part in parts if not any(part in other for other in parts if other != part))


def _from(path: str, workspace: str) -> str:
    """A path as the repository has it, where the file lies in the workspace."""
    if not workspace:
        return path
    from os.path import abspath, relpath

    relative = relpath(abspath(path), abspath(workspace))
    return path if relative.startswith("..") else relative


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line (CommonMark 0.31, section 2.4: backslash escapes)."""
    plain = visible_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + c if c in _PUNCTUATION else c for c in plain)


def _longest_run(text: str) -> int:
    """The length of the longest run of backticks."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
