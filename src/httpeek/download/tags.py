"""One start tag: where its attributes stand, in octets' own order (the tag states of the WHATWG tokenizer).

`attributes` is called only where a parser has found a start tag, so it never has to know what is a comment or a script.
"""

from __future__ import annotations

import re

from httpeek.model.nouns import Noun

_BLANK = " \t\n\f\r"
_NAME = re.compile(r"<[^ \t\n\f\r/>]*")
_SKIPPED = re.compile(r"[ \t\n\f\r/]*")
_ATTRIBUTE = re.compile(
    r"""(=?[^ \t\n\f\r/>=]*)
    (?:[ \t\n\f\r]*=[ \t\n\f\r]* (?: "([^"]*)" | '([^']*)' | ([^ \t\n\f\r>"'][^ \t\n\f\r>]*) )? )?""",
    re.VERBOSE,
)


class Attribute(Noun):
    """An attribute with a value: the place of the value without its quotation marks, the mark ("" for none), and the
    value without character references."""

    start: int
    end: int
    quote: str
    value: str


def attributes(text: str, at: int) -> dict[str, Attribute]:
    """The attributes with values of the start tag at `at`, by name in lower case; of two of a name the first counts."""
    found: dict[str, Attribute] = {}
    seen: set[str] = set()
    position = _after_name(text, at)
    while True:
        position = _end(_SKIPPED, text, position)
        if position >= len(text) or text[position] == ">":
            return found
        match = _ATTRIBUTE.match(text, position)
        if match is None or match.end() == position:
            return found  # no tag that a parser would have found
        name = match.group(1).replace("\0", "\ufffd").lower()
        group = match.lastindex or 1
        if group > 1 and name not in seen:
            start, end = match.span(group)
            quote = {2: '"', 3: "'", 4: ""}[group]
            found[name] = Attribute(start, end, quote, _plain(match.group(group)))
        seen.add(name)
        position = match.end()


def tag_end(text: str, at: int) -> int:
    """The place behind the start tag at `at`; -1 where it does not end."""
    position = _after_name(text, at)
    while True:
        position = _end(_SKIPPED, text, position)
        if position >= len(text):
            return -1
        if text[position] == ">":
            return position + 1
        match = _ATTRIBUTE.match(text, position)
        if match is None or match.end() == position:
            return -1
        position = match.end()


def _after_name(text: str, at: int) -> int:
    return _end(_NAME, text, at)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match is not None else position


def _plain(raw: str) -> str:
    """A value as the parser gives it: character references resolved, line ends and NUL as HTML 13.2.3.5 has them."""
    raw = raw.replace("\r", "\n").replace("\0", "\ufffd")
    if "&" not in raw:
        return raw
    from justhtml.core.entities import decode_entities_in_text

    return decode_entities_in_text(raw, in_attribute=True)


def escaped(value: str, quote: str) -> str:
    """A value as it may stand where one of this quotation was; one without marks gets them where it needs them."""
    value = value.replace("&", "&amp;")
    if quote == "'":
        return value.replace("'", "&#39;")
    value = value.replace('"', "&quot;")
    if quote or (value and not any(c in value for c in " \t\n\f\r'=<>`")):
        return value
    return f'"{value}"'
