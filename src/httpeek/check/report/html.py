"""The HTML report: `DIR/index.html` with a line for each file, and a page for each file with its entries and exchanges.

Rules: a page needs nothing but itself: no script, no font, no picture, no request to anywhere, and its own policy
(Content-Security-Policy) says so to the browser, should an escape ever be missing. Everything that is not ours is
escaped, and what does not print is shown as a terminal would be shown it. Colour only repeats what a word says.
"""

from __future__ import annotations

import time

from httpeek import __version__
from httpeek.check.report.brief import exchange_lines, found, milliseconds, total
from httpeek.check.report.named import entry_name, not_run, result_name
from httpeek.check.report.timeline import bars
from httpeek.model.events import OUT
from httpeek.render.terminal import visible, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.result import Captured, EntryResult, Finding, SuiteResult
    from httpeek.model.exchange import Exchange
    from httpeek.model.message import Fields

CONTENT = 16 * 1024
"""Octets of a content that a page shows: enough to read, not enough to make a page that no browser likes."""
_ENTITIES = {0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#39;"}

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--pass:#1a7f37;--fail:#cf222e;--skip:#9a6700}
@media(prefers-color-scheme:dark){:root{--pass:#3fb950;--fail:#ff7b72;--skip:#d29922}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}td.number,th.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
pre{font:13px/1.45 ui-monospace,monospace;background:var(--soft);padding:.6rem .8rem;margin:.4rem 0;overflow-x:auto}
.pass{color:var(--pass)}.fail{color:var(--fail)}.skip{color:var(--skip)}.word{font-weight:600}
section{border-left:3px solid var(--line);padding-left:.8rem;margin:1rem 0}
section.fail{border-color:var(--fail);color:inherit}section.pass{border-color:var(--pass);color:inherit}
section h2{margin-top:0}summary{cursor:pointer}a{color:inherit}
.bar{position:relative;height:1rem;background:var(--soft);min-width:12rem}
.bar i{position:absolute;top:0;bottom:0;min-width:2px}
.name{background:#8250df}.connect{background:#bf8700}.tls{background:#bc4c00}.wait{background:#2da44e}.content{background:#0969da}
.key i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
"""


def html(results: Sequence[SuiteResult], duration: int) -> dict[str, bytes]:
    """The pages by file name, in UTF-8; `duration` of the whole run in ns. Results hold no secrets (`veiled`)."""
    names = [_page_name(number, result) for number, result in enumerate(results, 1)]
    pages = {"index.html": _index(results, names, duration)}
    pages.update({name: _page(result) for name, result in zip(names, results, strict=True)})
    return {name: page.encode("utf-8") for name, page in pages.items()}


def _page_name(number: int, result: SuiteResult) -> str:
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in result.suite.file)
    return f"{number}-{name.strip('.-')[-80:] or 'check'}.html"


def _index(results: Sequence[SuiteResult], names: Sequence[str], duration: int) -> str:
    rows = []
    for name, result in zip(names, results, strict=True):
        passed = sum(one.passed for one in result.results)
        rows.append(
            f'<tr><td>{_word(result.passed)}</td><td><a href="{name}">{_line(result.suite.file)}</a></td>'
            f'<td class="number">{passed} of {len(result.results) + result.not_run}</td>'
            f'<td class="number">{milliseconds(result.duration)}</td></tr>'
        )
    verdict = _word(all(result.passed for result in results))
    body = (
        f"<h1>httpeek check: {verdict}</h1>\n<p>{_line(total(results, duration))}</p>\n<table>\n<thead><tr><th>verdict"
    )
    body += (
        '</th><th>file</th><th class="number">entries passed</th><th class="number">time</th></tr></thead>\n<tbody>\n'
    )
    return _document("httpeek check", body + "\n".join(rows) + "\n</tbody></table>")


def _page(result: SuiteResult) -> str:
    name = _line(result.suite.file)
    began = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(result.began // 1_000_000_000))
    parts = [f'<p><a href="index.html">all files</a></p>\n<h1>{name}: {_word(result.passed)}</h1>']
    parts.append(f"<p>{milliseconds(result.duration)}, began {began}</p>")
    parts.append(_timeline(result))
    parts += [_entry(one, result) for one in result.results]
    for entry in not_run(result):
        parts.append(f'<section><h2>{_line(entry_name(entry))}</h2><p class="skip word">not run</p></section>')
    return _document(f"{name}: httpeek check", "\n".join(parts))


def _timeline(result: SuiteResult) -> str:
    rows = []
    for one, exchange, spans in bars(result):
        pieces = "".join(
            f'<i class="{kind}" style="left:{left:.2f}%;width:{width:.2f}%" title="{kind} {milliseconds(took)}"></i>'
            for kind, left, width, took in spans
        )
        status = str(exchange.response.status) if exchange.response is not None else "-"
        rows.append(
            f'<tr><td><a href="#{_anchor(one)}">{_line(result_name(one))}</a></td><td class="number">{status}</td>'
            f'<td><div class="bar">{pieces}</div></td></tr>'
        )
    if not rows:
        return ""
    key = "".join(f'<i class="{kind}"></i>{kind}' for kind in ("name", "connect", "tls", "wait", "content"))
    return (
        '<h2>Timeline</h2>\n<table>\n<thead><tr><th>entry</th><th class="number">status</th><th>when'
        f'<span class="key">{key}</span></th></tr></thead>\n<tbody>\n' + "\n".join(rows) + "\n</tbody></table>"
    )


def _anchor(one: EntryResult) -> str:
    return f"e{one.entry.number}-{one.repetition}"


def _entry(one: EntryResult, result: SuiteResult) -> str:
    kind = "skip" if one.skipped else "pass" if one.passed else "fail"
    verdict = '<span class="skip word">skipped</span>' if one.skipped else _word(one.passed)
    facts = [milliseconds(one.duration), f"{one.checks} check{'s' if one.checks != 1 else ''}"]
    facts += [f"{one.attempts} attempts"] if one.attempts > 1 else []
    parts = [f'<section class="{kind}" id="{_anchor(one)}">', f"<h2>{_line(result_name(one))}: {verdict}</h2>"]
    parts.append(f"<p>{', '.join(facts)}</p>")
    parts += [_finding(finding, result) for finding in one.findings]
    if one.captures:
        rows = "".join(f"<tr><td>{_line(each.name)}</td><td>{_captured(each)}</td></tr>" for each in one.captures)
        parts.append(f"<table><thead><tr><th>captured</th><th>value</th></tr></thead><tbody>{rows}</tbody></table>")
    last = len(one.exchanges) - 1
    parts += [_exchange(each, not one.passed and index == last) for index, each in enumerate(one.exchanges)]
    return "\n".join([*parts, "</section>"])


def _captured(each: Captured) -> str:
    return "secret" if each.secret else _line(repr(each.value)[:1000])


def _finding(finding: Finding, result: SuiteResult) -> str:
    lines = found(finding, result)
    title = f'<p class="fail word">{_line(finding.title)}</p>' if finding.kind == "assert" else ""
    return title + f"<pre>{_text(chr(10).join(lines))}</pre>"


def _exchange(exchange: Exchange, is_open: bool) -> str:
    plan, request, response = exchange.plan, exchange.request, exchange.response
    heading = exchange_lines(exchange)[0].strip("> ") if plan is not None else "exchange"
    parts = [f"<details{' open' if is_open else ''}><summary>{_line(heading)}</summary>"]
    if request is not None:
        first = b" ".join((request.method, request.target, request.version))
        parts.append(f"<pre>{_message(first, request.fields, exchange.content(OUT))}</pre>")
    if response is not None:
        first = b" ".join((response.version, str(response.status).encode(), response.reason)).rstrip()
        parts.append(f"<pre>{_message(first, response.fields, exchange.representation())}</pre>")
    if exchange.failure is not None:
        parts.append(f'<p class="fail">{_line(exchange.failure.sentence)}</p>')
    return "\n".join([*parts, "</details>"])


def _message(first: bytes, fields: Fields, content: bytes) -> str:
    """A message as text: the line, the fields, and the content as far as it is shown."""
    lines = [_octets(first), *(f"{_octets(name)}: {_octets(value)}" for name, value in fields)]
    text = "\n".join(visible_line(line) for line in lines)
    if content:
        text += "\n\n" + visible(_octets(content[:CONTENT]).replace("\r\n", "\n"))
        text += f"\n... {len(content) - CONTENT} bytes more" if len(content) > CONTENT else ""
    return text.translate(_ENTITIES)


def _document(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
<footer><p>httpeek {__version__}</p></footer>
</body>
</html>
"""


def _word(passed: bool) -> str:
    return '<span class="pass word">passed</span>' if passed else '<span class="fail word">failed</span>'


def _octets(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _line(text: str) -> str:
    return visible_line(text).translate(_ENTITIES)


def _text(text: str) -> str:
    return visible(text).translate(_ENTITIES)
