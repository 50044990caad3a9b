"""Languages other than JSON: colours by Pygments, form data by hand, XML laid out by indentation.

Rules:
- The text is made safe for a terminal before it is coloured, so the only escapes in the result are ours.
- XML is laid out by reading its tags, never by an XML parser: no entity is expanded, nothing is fetched, and nothing
  but white space between tags changes. Where text stands beside tags, white space counts and stays.
- This module may import Pygments (30 ms); nothing imports this module before there is content that needs it.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.render.terminal import STYLE, paint, visible_line, visible_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pygments.lexer import Lexer

_TOKENS = (
    ("Name.Tag", "key"),
    ("Name.Attribute", "field"),
    ("Name.Class", "key"),
    ("Name.Function", "key"),
    ("Name.Builtin", "literal"),
    ("Name.Entity", "literal"),
    ("Keyword", "literal"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Literal.Date", "number"),
    ("Comment.Preproc", "number"),
)
"""Which part of the default style a kind of token has; the first row that is the kind or above it counts."""

_OTHER_NAMES = {
    "application/x-yaml": "text/x-yaml",
    "application/yaml": "text/x-yaml",
    "text/yaml": "text/x-yaml",
    "application/ecmascript": "text/javascript",
    "application/xhtml+xml": "text/html",
    "text/markdown": "text/x-markdown",
}


def in_language(text: str, mime: str, laid_out: bool, style: str | None) -> str:
    """The text made safe, laid out where its language allows that and `laid_out` asks for it, and coloured in
    `style` (empty: the default one; None: no colours). Raises HttpeekError (USAGE) for a style that is not there."""
    if laid_out and (mime.endswith(("/xml", "+xml")) and mime != "application/xhtml+xml"):
        text = indented_xml(text)
    text = visible_text(text)
    if style is None:
        return text
    if mime == "application/x-www-form-urlencoded":
        return _form(text)
    lexer = _lexer(mime)
    if lexer is None:
        return text
    if style in ("", "auto", "default"):
        return _default_colours(text, lexer)
    from pygments import highlight

    coloured: str = highlight(text, lexer, _formatter(style))
    return coloured


def json_colours(style: str) -> dict[str, str]:
    """The SGR parameters that a style of Pygments has for the parts of JSON."""
    from pygments.token import Keyword, Name, Number, String

    begins: dict[str, tuple[str, str]] = _formatter(style).style_string
    colours = {}
    for part, kind in (("key", Name.Tag), ("string", String.Double), ("number", Number), ("literal", Keyword.Constant)):
        colours[part] = begins[str(kind)][0].removeprefix("\x1b[").removesuffix("m")
    return colours


def style_names() -> list[str]:
    """The styles that `--style` knows beside the default one."""
    from pygments.styles import get_all_styles

    return sorted(get_all_styles())


def _formatter(name: str) -> Any:
    """The formatter for a style. Its table of escapes, `style_string`, is not in the stubs, hence Any."""
    from pygments.formatters.terminal256 import Terminal256Formatter
    from pygments.util import ClassNotFound

    try:
        return Terminal256Formatter(style=name)
    except ClassNotFound:
        raise usage(f'no style is called "{visible_line(name)}": pygmentize -L styles lists them') from None


def _lexer(mime: str) -> Lexer | None:
    from pygments.lexers import get_lexer_for_mimetype
    from pygments.util import ClassNotFound

    structured = {"+xml": "text/xml", "+json": "application/json", "+yaml": "text/x-yaml"}
    suffix = mime[mime.rfind("+") :] if "+" in mime else ""
    for name in (_OTHER_NAMES.get(mime, mime), structured.get(suffix, "")):
        if name:
            try:
                return get_lexer_for_mimetype(name, ensurenl=False, stripnl=False)
            except ClassNotFound:
                continue
    return None


def _default_colours(text: str, lexer: Lexer) -> str:
    from pygments.token import string_to_tokentype

    table = [(string_to_tokentype(name), STYLE[part]) for name, part in _TOKENS]
    known: dict[object, str] = {}
    parts = []
    for kind, value in lexer.get_tokens(text):
        sgr = known.get(kind)
        if sgr is None:
            sgr = known[kind] = next((sgr for token, sgr in table if _is(kind, token)), "")
        # Colours end before a line does: a pager shows lines one by one.
        parts.append("\n".join(paint(line, sgr) if line else "" for line in value.split("\n")) if sgr else value)
    return "".join(parts)


def _is(kind: Any, token: Any) -> bool:
    return kind in token  # a token type contains those below it


def _form(text: str) -> str:
    """Form data: names as keys, values as strings; nothing is decoded."""
    pairs = []
    for pair in text.split("&"):
        name, mark, value = pair.partition("=")
        pairs.append(paint(name, STYLE["key"]) + mark + (paint(value, STYLE["string"]) if value else ""))
    return "&".join(pairs)


def indented_xml(text: str) -> str:
    """XML with each element that holds no text of its own on a line, two spaces a level; what is no well-formed XML
    is returned as it was."""
    pieces = _pieces(text)
    if pieces is None:
        return text
    mixed = _mixed(pieces)
    if mixed is None:
        return text
    made: list[str] = []
    depth = 0
    inline = 0  # depth inside an element whose white space counts
    before = ""
    for (kind, piece), keeps in zip(pieces, mixed, strict=True):
        if inline:
            made.append(piece)
            inline += {"open": 1, "close": -1}.get(kind, 0)
            before = ""
            continue
        if kind == "text":
            continue  # white space between tags: what is laid out anew
        if kind == "close":
            depth -= 1
        if kind != "close" or before != "open":  # <a></a> stays in one line
            made.append("\n" + "  " * min(depth, 100))
        made.append(piece)
        before = kind
        if kind == "open":
            if keeps:
                inline = 1
            else:
                depth += 1
    return "".join(made).removeprefix("\n") + "\n"


def _opened(line: str, closing: str) -> bool:
    line = line.lstrip(" ")
    name = closing[2:-1].strip()
    return line.startswith("<" + name) and line[len(name) + 1 : len(name) + 2] in (">", " ", "\t", "\n", "\r")


def _pieces(text: str) -> list[tuple[str, str]] | None:
    """The text as (kind, piece): open, close, empty, other (comment, processing instruction, DOCTYPE), data (CDATA)
    and text. None where a piece has no end."""
    pieces: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        if text[place] != "<":
            end = text.find("<", place)
            end = len(text) if end < 0 else end
            pieces.append(("text", text[place:end]))
            place = end
            continue
        if text.startswith("<!--", place):
            kind, end = "other", _after(text, "-->", place + 4)
        elif text.startswith("<![CDATA[", place):
            kind, end = "data", _after(text, "]]>", place)
        elif text.startswith("<?", place):
            kind, end = "other", _after(text, "?>", place)
        elif text.startswith("<!", place):
            kind, end = "other", _after_declaration(text, place)
        elif text.startswith("</", place):
            kind, end = "close", _after(text, ">", place)
        else:
            end = _after_tag(text, place)
            kind = "empty" if end > 1 and text[end - 2] == "/" else "open"
        if end <= 0:
            return None
        pieces.append((kind, text[place:end]))
        place = end
    return pieces


def _mixed(pieces: list[tuple[str, str]]) -> list[bool] | None:
    """For each piece that opens an element: whether white space in it counts. None for tags that do not match."""
    mixed = [False] * len(pieces)
    opened: list[int] = []
    for index, (kind, piece) in enumerate(pieces):
        if kind == "open":
            opened.append(index)
            mixed[index] = 'xml:space="preserve"' in piece or "xml:space='preserve'" in piece
        elif kind == "close":
            if not opened or not _opened(pieces[opened.pop()][1], piece):
                return None
        elif kind == "data" or (kind == "text" and piece.strip(" \t\r\n")):
            if not opened:
                return None
            mixed[opened[-1]] = True
    return None if opened else mixed


def _after(text: str, mark: str, place: int) -> int:
    end = text.find(mark, place)
    return end + len(mark) if end >= 0 else -1


def _after_tag(text: str, place: int) -> int:
    """The end of a tag; a `>` inside a quoted value does not end it."""
    while True:
        end = text.find(">", place)
        quotes = [i for i in (text.find('"', place, end), text.find("'", place, end)) if i >= 0]
        if end < 0 or not quotes:
            return end + 1 if end >= 0 else -1
        first = min(quotes)
        place = text.find(text[first], first + 1) + 1
        if not place:
            return -1


def _after_declaration(text: str, place: int) -> int:
    """The end of a DOCTYPE with its internal subset."""
    depth = 0
    quote = ""
    while place < len(text):
        character = text[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif text.startswith("<!--", place):
            place = _after(text, "-->", place + 4)
            if place < 0:
                return -1
            continue
        elif character in "<[":
            depth += 1
        elif character in ">]":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return -1


def style_is_known(name: str) -> bool:
    """True for the default style and those of Pygments; the command line asks before anything is sent."""
    return name in ("", "auto", "default") or visible_line(name) in style_names()
