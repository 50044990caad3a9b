"""Content of requests and responses: what may stand after the sections.

| written as | kind | media type |
|---|---|---|
| a JSON value | json | application/json |
| an XML document | xml | application/xml |
| `one line` | text | |
| ``` and several lines, perhaps with json, xml, graphql or raw | text, graphql | by the hint; none for raw |
| base64,..; and hex,..; | bytes | |
| file,..; | file | |

A string of several lines ends before the next ```; its text keeps its line ends and has no escapes. With `raw` it has
no expressions either.
"""

from __future__ import annotations

from httpeek.check.hurl.json_text import json_value
from httpeek.check.hurl.scanner import Scanner
from httpeek.check.hurl.templates import backquoted, verbatim
from httpeek.check.hurl.values import octets
from httpeek.check.hurl.xml_text import end_of_xml
from httpeek.check.suite import Content, Template

_JSON = "application/json"
_XML = "application/xml"
_HINTS = {"json": _JSON, "xml": _XML, "graphql": _JSON, "raw": ""}
_FENCE = "```"


def content(scanner: Scanner) -> Content | None:
    """The content that begins at the position, or None where none does. A JSON array counts only as such."""
    start = scanner.pos
    following = scanner.peek()
    if following in ('"', "{", "[", "-") or following.isdigit() or scanner.starts(("true", "false", "null")):
        template = json_value(scanner)
        return Content("json", template, template.source, template.place, media_type=_JSON)
    if following == "<":
        template = verbatim(scanner, end_of_xml(scanner), templated=False)
        return Content("xml", template, template.source, template.place, media_type=_XML)
    if following == "`":
        if scanner.starts(_FENCE):
            return several_lines(scanner)
        template = backquoted(scanner)
        return Content("text", template, scanner.text[start : scanner.pos], template.place)
    literal = octets(scanner)
    if literal is None:
        return None
    value = literal.value
    if isinstance(value, bytes | Template):
        return Content(literal.kind, value, literal.source, literal.place)
    raise AssertionError(literal.kind)


def several_lines(scanner: Scanner) -> Content:
    """The string of several lines whose fence is at the position."""
    text, start = scanner.text, scanner.pos
    place = scanner.place(start, scanner.end - start)
    scanner.pos += len(_FENCE)
    language = next((hint for hint in _HINTS if scanner.starts(hint)), "")
    scanner.pos += len(language)
    if language == "graphql" and scanner.starts(","):
        scanner.pos += 1
    scanner.skip_spaces()
    if scanner.pos < scanner.end:
        if scanner.starts(_FENCE):
            message, hint = "a string in ``` begins on its own line", "expected the end of the line"
        else:
            rest = text[scanner.pos : scanner.end].rstrip().split(_FENCE)[0]
            message = f"there is no language {rest[:40]!r} of strings"
            hint = "expected json, xml, graphql, raw or the end of the line"
        raise scanner.mistake(message, hint, scanner.pos, scanner.end - scanner.pos)
    scanner.next_line()
    close = text.find(_FENCE, scanner.pos)
    variables: Template | None = None
    if language == "graphql":
        template, variables = _graphql(scanner, close)
    else:
        _need_close(scanner, close)
        template = verbatim(scanner, close, templated=language != "raw")
    scanner.pos += len(_FENCE)
    kind = "graphql" if language == "graphql" else "text"
    source = text[start : scanner.pos]
    return Content(kind, template, source, place, language, variables, _HINTS.get(language, ""))


def _need_close(scanner: Scanner, close: int) -> None:
    if close < 0:
        raise scanner.mistake("the string of several lines is not closed", "expected ```", scanner.size)


def _graphql(scanner: Scanner, close: int) -> tuple[Template, Template | None]:
    """The query, and the variables if a line begins with `variables`. The scanner then stands at the closing fence."""
    text, start = scanner.text, scanner.pos
    marked = text.find("\nvariables", start - 1, close if close >= 0 else scanner.size) + 1
    if not marked:
        _need_close(scanner, close)
        return verbatim(scanner, close), None
    template = verbatim(scanner, marked)
    scanner.pos += len("variables")
    scanner.skip_spaces()
    variables = json_value(scanner, only="{")
    at = scanner.pos
    while at < scanner.size and text[at] in " \t\r\n":
        at += 1
    scanner.move(at)
    if not text.startswith(_FENCE, at):
        raise scanner.mistake("the string of several lines is not closed", "expected ```")
    return template, variables
