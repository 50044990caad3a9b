"""XML as content: where the document that begins here ends.

The content is what stands from the first `<` to the end of the root element, kept as written. Checked is what is needed
to find that end: that markup is closed and that elements are nested and end with the names they began with. Anything
more is for the one who reads the content.
"""

from __future__ import annotations

from httpeek.check.hurl.scanner import Scanner

_DELIMITED = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))
_WHITE = " \t\r\n"


def end_of_xml(scanner: Scanner) -> int:
    """The offset after the document that begins at the position. Raises Mistake where it has no end."""
    text, at = scanner.text, scanner.pos
    opened: list[tuple[str, int]] = []
    while True:
        at = _markup(scanner, at, opened)
        for mark, close in _DELIMITED:
            if text.startswith(mark, at):
                at = _after(scanner, at, close)
                break
        else:
            if text.startswith("<!", at):
                at = _declaration(scanner, at)
            elif text.startswith("</", at):
                at = _end_tag(scanner, at, opened)
                if not opened:
                    return at
            else:
                at, empty = _start_tag(scanner, at, opened)
                if empty and not opened:
                    return at


def _markup(scanner: Scanner, at: int, opened: list[tuple[str, int]]) -> int:
    """The offset of the next `<`."""
    text = scanner.text
    found = text.find("<", at)
    if found < 0:
        name = opened[-1][0] if opened else ""
        message = f"the element <{name}> is not closed" if name else "the XML document has no root element"
        raise scanner.mistake(message, f"expected </{name}>" if name else "expected an element", scanner.size)
    if not opened and text[at:found].strip(_WHITE):
        raise scanner.mistake("text outside of the root element", "expected <", at)
    return found


def _after(scanner: Scanner, at: int, close: str) -> int:
    end = scanner.text.find(close, at + 2)
    if end < 0:
        raise scanner.mistake("this part of the XML document is not closed", f"expected {close}", at)
    return end + len(close)


def _declaration(scanner: Scanner, at: int) -> int:
    """The offset after `<!DOCTYPE ...>`, which may hold declarations, quoted strings and comments."""
    text, start, depth = scanner.text, at, 0
    while at < scanner.size:
        character = text[at]
        if text.startswith("<!--", at):
            at = _after(scanner, at, "-->")
            continue
        if character in "\"'":
            at = text.find(character, at + 1)
            if at < 0:
                break
        elif character == "<":
            depth += 1
        elif character == ">":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    raise scanner.mistake("this declaration is not closed", "expected >", start)


def _end_tag(scanner: Scanner, at: int, opened: list[tuple[str, int]]) -> int:
    text = scanner.text
    close = text.find(">", at)
    name = text[at + 2 : close if close >= 0 else scanner.end].rstrip(_WHITE)
    if close < 0:
        raise scanner.mistake("the end tag is not closed", "expected >", at)
    if not opened:
        raise scanner.mistake(f"</{name}> ends nothing", "expected an element", at)
    expected, _ = opened.pop()
    if name != expected:
        raise scanner.mistake(f"</{name[:80]}> ends <{expected}>", f"expected </{expected}>", at)
    return close + 1


def _start_tag(scanner: Scanner, at: int, opened: list[tuple[str, int]]) -> tuple[int, bool]:
    """The offset after the tag at `at`, and whether the element has no content."""
    text, start, size = scanner.text, at, scanner.size
    at += 1
    while at < size and text[at] not in "/>" and text[at] not in _WHITE:
        at += 1
    name = text[start + 1 : at]
    if not name or not (name[0].isalpha() or name[0] in "_:") or "<" in name:
        raise scanner.mistake("this is not an element", "expected the name of an element", start)
    close = text.find(">", at)
    double, single = text.find('"', at, close), text.find("'", at, close)
    while close >= 0 and (double >= 0 or single >= 0):
        # A > inside of quotes does not close the tag. Each mark is looked for from where it was last seen, and no
        # farther than the tag may reach, so that neither many attributes nor many tags take quadratic time.
        quote = min(mark for mark in (double, single) if mark >= 0)
        at = text.find(text[quote], quote + 1) + 1
        if not at:
            raise scanner.mistake("the attribute is not closed", f"expected {text[quote]}", quote)
        if close < at:
            close = text.find(">", at)
            double, single = text.find('"', at, close), text.find("'", at, close)
        else:
            double = text.find('"', at, close) if 0 <= double < at else double
            single = text.find("'", at, close) if 0 <= single < at else single
    if close < 0 or text.find("<", at, close) >= 0:
        raise scanner.mistake("the start tag is not closed", "expected >", start)
    empty = text[close - 1] == "/"
    if not empty:
        opened.append((name, start))
    return close + 1, empty
