"""A suite in few words, so that a golden file can be read: what was found, and where it stands.

`@line:column+length` is a Place; `{{name@...}}` an expression, with what it is inside of where that is not text.
"""

from __future__ import annotations

from httpeek.check.pointed import problem_lines
from httpeek.check.suite import (
    Content,
    Entry,
    Expression,
    Filter,
    Literal,
    Pair,
    Part,
    Place,
    Query,
    Request,
    Response,
    Suite,
    Template,
)


def at(place: Place) -> str:
    return f"@{place.line}:{place.column}+{place.length}"


def expression(found: Expression) -> str:
    inside = "" if found.within == "text" else f" in {found.within}"
    kind = "()" if found.function else ""
    arguments = "".join(f" {value}" for value in found.arguments)
    return f"{{{{{found.name}{kind}{arguments}{at(found.place)}{inside}}}}}"


def template(found: Template) -> str:
    parts = [ascii(piece) if isinstance(piece, str) else expression(piece) for piece in found.pieces]
    return " ".join(parts) or "''"


def content(found: Content) -> str:
    value = template(found.value) if isinstance(found.value, Template) else repr(found.value)
    language = f" language {found.language}" if found.language else ""
    variables = f" variables {template(found.variables)}" if found.variables else ""
    media_type = f" as {found.media_type}" if found.media_type else ""
    return f"{found.kind}{language} {value}{variables}{media_type} {at(found.place)}"


def literal(found: Literal) -> str:
    value = found.value
    if isinstance(value, Template):
        shown = template(value)
    elif isinstance(value, Expression):
        shown = expression(value)
    elif isinstance(value, Content):
        return f"content({content(value)})"
    else:
        shown = repr(value)
    return f"{found.kind} {shown} {at(found.place)}"


def chain(query: Query, filters: tuple[Filter, ...]) -> str:
    parts = [f"{query.name}({', '.join(map(literal, query.arguments))}){at(query.place)}"]
    for one in filters:
        old = f" written {one.written}" if one.written != one.name else ""
        parts.append(f"{one.name}({', '.join(map(literal, one.arguments))}){at(one.place)}{old}")
    return " | ".join(parts)


def pairs(name: str, found: tuple[Pair, ...]) -> list[str]:
    return [f"  {name} {template(pair.name)} = {template(pair.value)} {at(pair.place)}" for pair in found]


def part(found: Part) -> str:
    if found.value is not None:
        return f"  part {template(found.name)} = {template(found.value)}"
    assert found.file is not None
    media_type = f" as {template(found.media_type)}" if found.media_type else ""
    return f"  part {template(found.name)} = file {template(found.file)}{media_type}"


def request(found: Request) -> list[str]:
    lines = [f"{found.method} {template(found.url)} {at(found.url.place)}"]
    lines += pairs("field", found.fields) + pairs("query", found.query) + pairs("form", found.form)
    lines += [part(one) for one in found.parts] + pairs("cookie", found.cookies)
    lines += pairs("credentials", (found.credentials,)) if found.credentials else []
    for option in found.options:
        lines.append(f"  option {option.name} {option.key + ' = ' if option.key else ''}{literal(option.value)}")
    return lines + ([f"  content {content(found.content)}"] if found.content else [])


def response(found: Response) -> list[str]:
    lines = [f"  -> version {found.version or 'any'} status {found.status or 'any'} {at(found.status_place)}"]
    lines += pairs("field", found.fields)
    for capture in found.captures:
        redact = " redact" if capture.redact else ""
        lines.append(f"  capture {template(capture.name)}: {chain(capture.query, capture.filters)}{redact}")
    for one in found.expectations:
        predicate = one.predicate
        negated = "not " if predicate.negated else ""
        argument = f" {literal(predicate.argument)}" if predicate.argument else ""
        lines.append(f"  expect {at(one.place)} {chain(one.query, one.filters)}")
        lines.append(f"    {negated}{predicate.name}{at(predicate.place)}{argument}")
    return lines + ([f"  content {content(found.content)}"] if found.content else [])


def entry(found: Entry) -> list[str]:
    return request(found.request) + (response(found.response) if found.response else [])


def shown(suite: Suite) -> str:
    """The problems as a person sees them, else the entries; "nothing" for an empty suite."""
    lines: list[str] = []
    for problem in suite.problems:
        lines += problem_lines(problem, suite)
    if not suite.problems:
        lines += [line for found in suite.entries for line in entry(found)] or ["nothing"]
    for note in suite.notes:
        lines.append(f"note {note.message}; {note.hint} {at(note.place)}")
    return "\n".join(lines) + "\n"
