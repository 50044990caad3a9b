"""The references in CSS: url(), @import in both forms, image-set(), with the places where they stand.

Rules: the tokens of CSS Syntax Module Level 3, as far as they decide what is a reference. Comments and other strings
are passed over; escapes come off; `URL(` and `u\\72l(` are url( too. The url() of @namespace names nothing to fetch.
Nothing here knows HTML: a style element's text and a style attribute's value are CSS like a file's.
"""

from __future__ import annotations

import re

from httpeek.model.nouns import Noun


def _ident(word: str) -> str:
    """A pattern for an identifier in any case, each of its letters possibly escaped (CSS Syntax section 4.3.7)."""
    return "".join(rf"(?:\\0{{0,4}}(?:{ord(c.upper()):x}|{ord(c):x})(?:\r\n|[ \t\r\n\f])?|{c})" for c in word)


_SPACE = r"[ \t\r\n\f]"
_STRING = r""" "(?:[^"\\\r\n\f]|\\(?:\r\n|[\s\S]))*"? | '(?:[^'\\\r\n\f]|\\(?:\r\n|[\s\S]))*'? """
_TOKEN = re.compile(
    rf"""
    (?P<comment> /\*[\s\S]*?(?:\*/|\Z) )
  | (?P<url> {_ident("url")}\({_SPACE}* (?:
        (?P<quoted> {_STRING})
      | (?P<bare> (?:[^"'()\\ \t\r\n\f]|\\(?:\r\n|[\s\S]))* ) (?={_SPACE}*(?:\)|\Z)) ) )
  | (?P<at> @(?:{_ident("import")}|{_ident("namespace")})(?![-\w\\]) )
  | (?P<set> (?:-webkit-)?{_ident("image")}-{_ident("set")}\( )
  | (?P<word> (?:[-\w]|[^\x00-\x7f]|\\[^\r\n\f])+ )
  | (?P<string> {_STRING} )
  | (?P<mark> [;{{}}()] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\r\n\f])|([\s\S]))")


class Reference(Noun):
    """What a piece of CSS refers to: the text of the URL without its escapes, the place where it stands (quotes
    included, where there are some), and whether it is another style sheet (@import)."""

    said: str
    start: int
    end: int
    style: bool


def references(text: str) -> list[Reference]:
    """The references in a style sheet or a list of declarations, in order."""
    found: list[Reference] = []
    rule = ""  # "import" or "namespace", until its reference has come
    sets = 0  # parentheses that are open since image-set(
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind in ("quoted", "bare", "url"):
            name = "quoted" if token.group("quoted") is not None else "bare"
            _add(found, token, name, rule)
            rule = ""
        elif kind == "at":
            rule = "namespace" if "s" in _unescaped(token.group()).lower() else "import"
        elif kind == "set":
            sets = 1
        elif kind == "string":
            if rule or sets:
                _add(found, token, "string", rule)
            rule = ""
        elif kind == "mark":
            mark = token.group()
            sets = _depth(sets, mark)
            rule = "" if mark in ";{}" else rule
    return found


def _depth(sets: int, mark: str) -> int:
    if not sets or mark in ";{}":
        return 0
    return sets + 1 if mark == "(" else sets - 1


def _add(found: list[Reference], token: re.Match[str], name: str, rule: str) -> None:
    text = token.group(name)
    said = text
    if name != "bare":
        said = text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]
    said = _unescaped(said)
    if rule != "namespace" and said.strip():
        found.append(Reference(said, token.start(name), token.end(name), rule == "import"))


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def plain(escape: re.Match[str]) -> str:
        digits, line, other = escape.groups()
        if digits:
            number = int(digits, 16)
            return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
        return "" if line else other

    return _ESCAPE.sub(plain, text)


def written(url: str, before: str) -> str:
    """A URL in place of the text `before`: quoted as that was. A URL has no quote, parenthesis or blank in it once it
    is percent-encoded."""
    for octet in "\"'()\\ ":
        url = url.replace(octet, f"%{ord(octet):02X}")
    quote = before[:1] if before[:1] in ('"', "'") else ""
    return f"{quote}{url}{quote}"
