"""The TAP report, version 14 (testanything.org/tap-version-14-specification.html): a line a test, details in YAML.

    TAP version 14
    1..2
    ok 1 - users.hurl: 1 GET /users
    not ok 2 - users.hurl: 2 POST /users
      ---
      message: "..."
      ...

Rules: a test is an entry. In a description `#` and the backslash are escaped, since `# SKIP` is a directive. Strings in
the YAML are in double quotes with everything escaped that does not print, so no answer can end the block.
"""

from __future__ import annotations

from httpeek.check.report.brief import exchange_lines
from httpeek.check.report.named import entry_name, is_file, not_run, result_name
from httpeek.check.result import ERROR
from httpeek.render.terminal import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import EntryResult, Finding, SuiteResult


def tap(results: Sequence[SuiteResult], duration: int) -> bytes:
    """The report, in UTF-8; `duration` of the whole run in ns. Results hold no secrets (`veiled`)."""
    lines: list[str] = []
    count = 0
    for result in results:
        for one in result.results:
            count += 1
            name = _description(result, result_name(one))
            if one.skipped:
                lines.append(f"ok {count} - {name} # SKIP skip: true, or repeat: 0")
                continue
            lines.append(f"{'ok' if one.passed else 'not ok'} {count} - {name}")
            lines += _details(one, result) if not one.passed else []
        for entry in not_run(result):
            count += 1
            lines.append(f"ok {count} - {_description(result, entry_name(entry))} # SKIP an entry before it failed")
    head = ["TAP version 14", f"1..{count}"]
    return "\n".join([*head, *lines, f"# {duration / 1e9:.3f} s", ""]).encode("utf-8")


def _description(result: SuiteResult, name: str) -> str:
    text = f"{visible_line(result.suite.file)}: {name}" if is_file(result) or result.suite.file == "-" else name
    return text.replace("\\", "\\\\").replace("#", "\\#")


def _details(one: EntryResult, result: SuiteResult) -> list[str]:
    lines = ["---", f"message: {quoted(one.findings[0].title)}"]
    lines.append(f"severity: {'error' if any(f.kind == ERROR for f in one.findings) else 'fail'}")
    lines.append(f"duration_ms: {one.duration / 1e6:.3f}")
    if one.attempts > 1:
        lines.append(f"attempts: {one.attempts}")
    lines.append("findings:")
    for finding in one.findings:
        lines += _finding(finding, result)
    if one.exchanges:
        lines.append("exchange:")
        lines += [f"  - {quoted(line.strip())}" for line in exchange_lines(one.exchanges[-1])]
    return [f"  {line}" for line in [*lines, "..."]]


def _finding(finding: Finding, result: SuiteResult) -> list[str]:
    place = finding.place
    rows = {
        "message": quoted(finding.title),
        "at": f"{{file: {quoted(place.file)}, line: {place.line}, column: {place.column}}}",
        "source": quoted(finding.source or result.suite.line(place.line)),
        "remark": quoted(finding.remark),
    }
    rows |= {"actual": quoted(finding.actual)} if finding.actual else {}
    rows |= {"expected": quoted(finding.expected)} if finding.expected else {}
    lines = [f"{name}: {value}" for name, value in rows.items()]
    return [f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]


def quoted(text: str) -> str:
    """A YAML string in double quotes (YAML 1.2, section 7.3.1) on one line."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in text) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if 0xD800 <= code <= 0xDFFF:  # an octet that was no UTF-8, which YAML has no character for
        return f"\\\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\\\u{code:04x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
