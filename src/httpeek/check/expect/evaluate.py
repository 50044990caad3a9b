"""The evaluator: expectations and captures, applied to what was seen.

Rules: it knows no format of suites. What does not hold is a finding of the kind "assert", placed at the line of the
expectation; what cannot be told is one of the kind "error", placed where it goes wrong: at a filter that does not fit,
at a variable without a value, at a query whose content is no JSON. Nothing that a peer sent ends it with a traceback.
"""

from __future__ import annotations

from httpeek.check.expect.predicates import judged
from httpeek.check.expect.queries import queried
from httpeek.check.expect.scope import fault
from httpeek.check.expect.values import NONE, shown
from httpeek.check.result import ASSERT, ERROR, Captured, Fault, Finding
from httpeek.model.codes import CHECK_FAILED
from httpeek.model.message import REDIRECTS, first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.expect.scope import Scope
    from httpeek.check.expect.seen import Seen
    from httpeek.check.result import Value
    from httpeek.check.suite import Capture, Expectation, Filter, Pair, Place, Query, Response

_LONGEST = 120
"""Characters of an expectation in a title."""

_MISFIT = "the predicate does not fit this type of value"


def expect(expectation: Expectation, seen: Seen, scope: Scope) -> Finding | None:
    """What is wrong with an expectation, None where it holds."""
    try:
        value = _value(expectation.query, expectation.filters, seen, scope)
        verdict = judged(expectation.predicate, value, scope)
    except Fault as error:
        return error.finding._replace(source=expectation.source)
    if verdict.holds:
        return None
    remark = f"actual {verdict.actual}, expected {verdict.expected}"
    if not verdict.fits:
        remark += "\n" + _MISFIT
    source, place = expectation.source, expectation.place._replace(length=1)
    line = source.split("\n")[0]
    title = f"{line if len(line) <= _LONGEST else line[:_LONGEST] + '..'} does not hold"
    return Finding(ASSERT, title, remark, place, source, verdict.actual, verdict.expected)


def capture(capture: Capture, seen: Seen, scope: Scope) -> Captured:
    """The variable that a capture sets. Raises Fault."""
    try:
        value = _value(capture.query, capture.filters, seen, scope)
        if value is NONE:
            place = capture.filters[-1].place if capture.filters else capture.query.place
            raise fault("there is nothing to capture", "this gives no value", place)
        return Captured(scope.text(capture.name), value, capture.redact)
    except Fault as error:
        raise Fault(error.finding._replace(source=capture.source)) from None


def answered(response: Response, seen: Seen) -> list[Finding]:
    """What is wrong with version and status: where either is, nothing else is looked at."""
    head = seen.response
    if head is None:
        return [Finding(ERROR, "there is no response", "no response", response.place)]
    findings: list[Finding] = []
    version = head.version.decode("latin-1").removeprefix("HTTP/")
    if response.version and version != response.version:
        title = f"the version is {version}, not {response.version}"
        findings.append(_unlike(title, response.version_place, version, response.version))
    if response.status is not None and head.status != response.status:
        title = f"the status is {head.status}, not {response.status}"
        findings.append(_unlike(title, response.status_place, head.status, response.status))
    return findings


def compared(response: Response, seen: Seen, scope: Scope) -> list[Finding]:
    """What is wrong with fields and content where they are expected to be equal."""
    findings: list[Finding] = []
    for pair in response.fields:
        try:
            found = _field(pair, seen, scope)
        except Fault as error:
            found = error.finding
        if found is not None:
            findings.append(found)
    if response.content is not None:
        from httpeek.check.expect.compare import content_finding

        try:
            found = content_finding(response.content, seen, scope)
        except Fault as error:
            found = error.finding
        except RecursionError:
            place = response.content.place
            found = Finding(ERROR, "a variable nests too deep to be written as JSON", "too deep", place)
        if found is not None:
            findings.append(found)
    return findings


def count(response: Response) -> int:
    """How many checks a response makes."""
    asked = (bool(response.version), response.status is not None, response.content is not None)
    return sum(asked) + len(response.fields) + len(response.expectations)


def plausible(seen: Seen, place: Place) -> Finding | None:
    """What is wrong with a response of which nothing is expected: it has a status from 200 to 299 and breaks no rule
    of the protocol in a way that leaves no safe reading."""
    fatal = next((one for one in seen.last.violations if one.fatal), None)
    if fatal is not None:
        title = f"the response breaks a rule of the protocol: {fatal.detail or fatal.id}"
        return Finding(ASSERT, title, f"violation {fatal.id} at octet {fatal.offset}", place, actual=fatal.id)
    head = seen.response
    if head is None:
        failure = seen.last.failure
        title = failure.sentence if failure is not None else "there is no response"
        code = failure.code if failure is not None else CHECK_FAILED
        return Finding(ERROR, title, "no response", place, code=code)
    if 200 <= head.status <= 299:
        return None
    title = f"the status is {head.status}, not 200 to 299"
    if head.status in REDIRECTS:
        location = first(head.fields, b"location").decode("latin-1")
        title += f": it leads to {location}" if location else ": it redirects and has no Location"
    actual, expected = shown(head.status), "integer 200 to 299"
    return Finding(ASSERT, title, f"actual {actual}, expected {expected}", place, "", actual, expected)


def _value(query: Query, filters: Sequence[Filter], seen: Seen, scope: Scope) -> Value:
    """The value of a query behind its filters. Raises Fault."""
    value = queried(query, seen, scope)
    if filters:
        from httpeek.check.expect.filters import filtered

        for each in filters:
            value = filtered(each, value, scope)
    return value


def _unlike(title: str, place: Place, actual: Value, expected: Value, source: str = "") -> Finding:
    found, wanted = shown(actual), shown(expected)
    return Finding(ASSERT, title, f"actual {found}, expected {wanted}", place, source, found, wanted)


def _field(pair: Pair, seen: Seen, scope: Scope) -> Finding | None:
    """What is wrong with a field; of several field lines with its name one has to be equal. Raises Fault."""
    name, expected = scope.text(pair.name), scope.text(pair.value)
    source = f"{pair.name.source}: {pair.value.source}"
    found = seen.field(name)
    if not found:
        return _unlike(f"there is no field {name}", pair.name.place, NONE, expected, source)
    if expected in found:
        return None
    actual: Value = found[0] if len(found) == 1 else found
    return _unlike(f"the field {name} has another value", pair.value.place, actual, expected, source)
