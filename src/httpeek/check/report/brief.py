"""What a person or a log of CI reads: a line for each file as it ends, what failed and where, and a total.

    FAIL users.hurl  entry 2 of 3
      --> users.hurl:9:1
      9 | jsonpath "$.name" == "Bob"
        | ^ actual string "Bo", expected string "Bob"
      > POST http://localhost:8080/users   127.0.0.1:49406 > 127.0.0.1:8080, 9 ms
      < HTTP/1.1 201 Created
      {"id": 7, "name": "Bo"}

Rules: what a peer sent stands in these lines, so none holds a control octet or a secret. Functions of values: it is the
command that prints them.
"""

from __future__ import annotations

from httpeek.check.pointed import pointed
from httpeek.render.terminal import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from httpeek.check.result import EntryResult, Finding, SuiteResult
    from httpeek.model.exchange import Exchange

CONTENT = 1024
"""Octets of the content of a response that are shown: enough for an error's text."""
_REACH = 16 * 1024
"""Octets behind those that are shown in which a secret may end that began there."""
_MASK = "***"


def masked(text: str, secrets: Iterable[str]) -> str:
    """A text without the secrets, in any spelling that a peer may send back; the longest first: one may be a part of
    another."""
    known = sorted(secrets, key=len, reverse=True)
    if not known:
        return text
    from httpeek.record.spellings import spellings

    for secret in known:
        for octets in spellings(secret.encode("utf-8", "surrogateescape")):
            text = text.replace(octets.decode("utf-8", "surrogateescape"), _MASK)
    if ".." in text:
        from httpeek.check.report.cut import closed

        return closed(text, known, _MASK)
    return text


def verdict(result: SuiteResult, all_of_it: bool = True) -> list[str]:
    """The lines of a file: its verdict, and what was found. `all_of_it` adds the exchanges of what failed."""
    name = visible_line(result.suite.file)
    if result.passed:
        counted = _entries(len(result.results)) if result.suite.text or not result.results else _checks(result)
        return [masked(f"PASS {name}  {counted}  {milliseconds(result.duration)}", result.secrets)]
    lines: list[str] = []
    count = len(result.suite.entries)
    for one in result.results:
        if one.passed:
            continue
        lines.append(f"FAIL {name}" + (f"  entry {one.entry.number} of {count}" if count > 1 else "") + _tries(one))
        for finding in one.findings:
            lines += found(finding, result)
        if all_of_it and one.exchanges:
            lines += exchange_lines(one.exchanges[-1], result.secrets)
    return [masked(line, result.secrets) for line in lines]


def found(finding: Finding, result: SuiteResult) -> list[str]:
    """The lines of one finding, at its place; what was typed on one line has none but itself."""
    lines = [] if finding.kind == "assert" else [f"  {visible_line(finding.title)}"]
    remarks = [visible_line(each) for each in finding.remark.split("\n")]
    if result.suite.text:
        place = finding.place
        return lines + pointed(place, result.suite.line(place.line), "\n".join(remarks))
    if finding.source:
        return [*lines, f"  {visible_line(finding.source)}", *(f"    {remark}" for remark in remarks)]
    return lines or [f"  {visible_line(finding.title)}", *(f"    {remark}" for remark in remarks)]


def exchange_lines(exchange: Exchange, secrets: Iterable[str] = ()) -> list[str]:
    """An exchange in a few lines: request line, 4-tuple and time, status line, and the beginning of the content, which
    is masked before it is cut."""
    plan, connected, response = exchange.plan, exchange.connected, exchange.response
    lines = []
    if plan is not None:
        where = f"   {connected.local} > {connected.remote}" if connected is not None else "   not connected"
        lines.append(f"  > {visible_line(plan.method)} {visible_line(plan.target.url)}{where}, {took(exchange)}")
    if response is None:
        return lines
    version, reason = response.version.decode("latin-1"), response.reason.decode("latin-1")
    lines.append(f"  < {visible_line(f'{version} {response.status} {reason}'.rstrip())}")
    content = exchange.representation()
    text = content[:CONTENT].decode("utf-8", "backslashreplace")
    if secrets and len(content) > CONTENT:
        text = masked(content[: 2 * CONTENT + _REACH].decode("utf-8", "backslashreplace"), secrets)[: len(text)]
    lines += [f"  {visible_line(line)}".rstrip() for line in text.splitlines()]
    if len(content) > CONTENT:
        lines.append(f"  ... {len(content) - CONTENT} bytes more")
    return lines


def took(exchange: Exchange) -> str:
    """How long an exchange took."""
    marks = exchange.marks
    end = marks.get("completed") or marks.get("ended") or max(marks.values(), default=0)
    return milliseconds(end - marks.get("planned", 0))


def total(results: Sequence[SuiteResult], duration: int) -> str:
    """The line at the end; `duration` in ns."""
    entries = [one for result in results for one in result.results]
    failed = sum(not one.passed for one in entries)
    skipped = sum(one.skipped for one in entries)
    not_run = sum(result.not_run for result in results)
    files = f"{len(results)} file{'s' if len(results) != 1 else ''}"
    parts = [f"{len(entries) - failed - skipped} passed", f"{failed} failed"]
    parts += [f"{skipped} skipped"] if skipped else []
    parts += [f"{not_run} not run", milliseconds(duration)]
    return f"{files}, {_entries(len(entries) + not_run)}: {', '.join(parts)}"


def milliseconds(duration: int) -> str:
    """A duration in ns, for people."""
    return f"{duration / 1e6:.0f} ms" if duration < 10_000_000_000 else f"{duration / 1e9:.1f} s"


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _checks(result: SuiteResult) -> str:
    count = sum(one.checks for one in result.results)
    return f"{count} check{'' if count == 1 else 's'}"


def _tries(one: EntryResult) -> str:
    tries = f", attempt {one.attempts}" if one.attempts > 1 else ""
    return (f", repetition {one.repetition}" if one.repetition > 1 else "") + tries
