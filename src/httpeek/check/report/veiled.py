"""Results without their secrets: what a report is made from.

Two kinds of secrets are masked: those whose text is known (`SuiteResult.secrets`: given as such, or captured with
`redact`), and those that stand where secrets stand (`record/masks`: credentials, cookies, members and parameters with
telling names). Both in every spelling that a peer may send back (`record/spellings`), in exchanges and in
sentences alike. A secret that one entry shows is masked in all of them.

Rules: nothing here decides what is shown. Where no secret can be, the results are given back as they are.
"""

from __future__ import annotations

from httpeek.check.report.cut import closed
from httpeek.model.exchange import fold
from httpeek.record.suspect import suspicious

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.check.result import Captured, EntryResult, Finding, SuiteResult, Value
    from httpeek.record.masks import Masker

    Hide = Callable[[str], str]

DEEPEST = 100
"""Levels of a captured value that are shown; what lies deeper is told as text."""


def veiled(results: Sequence[SuiteResult], key: bytes) -> list[SuiteResult]:
    """The results with masks under `key` in place of secrets."""
    return [_veiled(result, key) for result in results]


def _veiled(result: SuiteResult, key: bytes) -> SuiteResult:
    known = {secret.encode("utf-8", "surrogateescape") for secret in result.secrets if secret}
    telling = [one for one in result.results if suspicious(one.events)]
    if not known and not telling:
        return result
    from httpeek.record.masks import Masker

    first = Masker(key)
    for one in telling:
        first.mask(one.events)
        known |= first.learned
    masker = Masker(key, known=known)
    suite = result.suite._replace(text=masker.text(result.suite.text), file=masker.text(result.suite.file))
    texts = [secret.decode("utf-8", "surrogateescape") for secret in known]
    return result._replace(suite=suite, results=tuple(_entry(one, masker, texts) for one in result.results))


def _entry(one: EntryResult, masker: Masker, known: Sequence[str]) -> EntryResult:
    events = tuple(masker.mask(one.events))
    # Exchanges without events were not on a wire; they are left out, since nothing can be masked in them.
    request = one.entry.request

    def hide(text: str) -> str:
        hidden = masker.text(text)
        return closed(hidden, known) if ".." in hidden else hidden

    url = request.url._replace(source=hide(request.url.source))
    return one._replace(
        entry=one.entry._replace(request=request._replace(url=url)),
        exchanges=tuple(fold(events)),
        findings=tuple(_finding(finding, hide) for finding in one.findings),
        captures=tuple(_captured(each, hide) for each in one.captures),
        events=events,
    )


def _finding(finding: Finding, hide: Hide) -> Finding:
    place = finding.place._replace(file=hide(finding.place.file))
    return finding._replace(
        title=hide(finding.title),
        remark=hide(finding.remark),
        place=place,
        source=hide(finding.source),
        actual=hide(finding.actual),
        expected=hide(finding.expected),
    )


def _captured(each: Captured, hide: Hide) -> Captured:
    from httpeek.record.suspect import is_secret_name

    if each.secret or is_secret_name(each.name.encode("utf-8", "surrogateescape")):
        return each._replace(value="***", secret=True)
    return each._replace(value=_hidden(each.value, hide, 0))


def _hidden(value: Value, hide: Hide, depth: int) -> Value:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, bytes):
        return hide(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if depth < DEEPEST and isinstance(value, list | tuple):
        return [_hidden(each, hide, depth + 1) for each in value]
    if depth < DEEPEST and isinstance(value, dict):
        return {hide(str(name)): _hidden(each, hide, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple | dict):
        return "..."
    return value
