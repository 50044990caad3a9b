"""The links of a page or a style sheet: what each refers to, what for, and where in the text it stands.

Rules:
- Pages are read by justhtml, which follows the WHATWG standard: it says where start tags are, in spite of comments, raw
  text, templates and broken markup. `tags` finds the attributes in one tag; where the two do not agree on a value, the
  link holds and has no place.
- Text is decoded so that it can be encoded again to the same octets: what is no text in the page's charset stays what
  it was (surrogateescape).
- The first base element with an href counts, for everything on the page.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from httpeek.download.address import refer
from httpeek.download.css import references
from httpeek.download.document import CSS, FRAME, HTML, PAGE, REQUISITE, STYLE, Document, Link, Part, Slot
from httpeek.download.tags import Attribute, attributes, tag_end
from httpeek.render.charset import text_codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.model.target import Target

PARSED = 10 * 1024 * 1024
"""Octets of a page that are read for links: a hundred thousand links fit, and reading them takes seconds."""
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_ODD = 10_000
"""How many "<" that begin nothing a page may have before they are taken out: the parser is slow on them."""
_BEGINS_NOTHING = re.compile(r"<(?![A-Za-z/!?])")
_BLANKS = " \t\n\f\r"

SIMPLE: dict[tuple[str, str], str] = {
    **dict.fromkeys([("a", "href"), ("area", "href")], PAGE),
    **dict.fromkeys([("iframe", "src"), ("frame", "src"), ("object", "data"), ("embed", "src")], FRAME),
    **dict.fromkeys(
        [
            *(("script", "src"), ("script", "href"), ("script", "xlink:href"), ("img", "src"), ("img", "lowsrc")),
            *(("input", "src"), ("video", "src"), ("video", "poster"), ("audio", "src"), ("source", "src")),
            *(("track", "src"), ("bgsound", "src"), ("use", "href"), ("use", "xlink:href"), ("image", "href")),
            *(("image", "xlink:href"), ("feimage", "href"), ("feimage", "xlink:href")),
            *((name, "background") for name in ("body", "table", "thead", "tbody", "tfoot", "tr", "td", "th")),
        ],
        REQUISITE,
    ),
    ("a", "xlink:href"): PAGE,
}
"""The attributes that hold one URL, and what it is for. A form's action is not among them: it is no link."""
_REQUIRED = {
    "stylesheet": STYLE,
    **dict.fromkeys(
        (
            *("icon", "apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image", "mask-icon"),
            *("manifest", "preload", "modulepreload", "prefetch", "image_src"),
        ),
        REQUISITE,
    ),
}
_NO_LINKS = frozenset(("preconnect", "dns-prefetch", "pingback", "profile"))


def kind_of(media: str, name: str = "", head: bytes = b"") -> str:
    """What a file is by its media type, or else by its name, or else by its first octets: HTML, CSS, or ""."""
    media = media.partition(";")[0].strip().lower()
    if media:
        return HTML if media in _HTML_TYPES else CSS if media == "text/css" else ""
    name = name.lower().partition("?")[0]
    if name.endswith((".html", ".htm", ".xhtml")):
        return HTML
    if name.endswith(".css"):
        return CSS
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return HTML if start.startswith((b"<!doctype html", b"<html", b"<head", b"<title", b"<body", b"<!--")) else ""


def read(kind: str, octets: bytes, url: Target, stated: str = "") -> Document:
    """Reads a page or a style sheet for its links. `stated` is the charset that the response says."""
    charset = charset_of(kind, octets, stated)
    text = octets.decode(charset, "surrogateescape")
    return _Reader(kind, charset, text, url).document()


def charset_of(kind: str, octets: bytes, stated: str) -> str:
    """The Python codec for the octets: a byte order mark, what the response says, what they say of themselves, UTF-8 if
    they are that, else windows-1252 (HTML 13.2.3, CSS Syntax section 3.2)."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if octets.startswith(mark):
            return codec
    said = _META if kind == HTML else _AT_CHARSET
    found = said.search(octets[:1024])
    inside = (found.group(1) or found.group(2) or b"").decode("ascii", "replace") if found else ""
    for name in (stated, inside):
        codec = text_codec(name.strip("\"' ")) if name else ""
        if codec.startswith("utf-16") and name == inside:
            codec = "utf-8"  # it could not be read otherwise
        if codec:
            return "cp1252" if codec in ("iso8859-1", "ascii") else codec
    try:
        octets[:65536].decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start > 65530 else "cp1252"
    return "utf-8"


_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*(?:["']\s*([^"'>\s;]+)|([^"'>\s;/]+))""", re.IGNORECASE)
_AT_CHARSET = re.compile(rb'\A@charset "([^"]{1,40})()";')


class _Reader:
    """Collects the links of one text."""

    def __init__(self, kind: str, charset: str, text: str, url: Target) -> None:
        self._kind = kind
        self._charset = charset
        self._text = text
        self._base = url
        self._links: list[Link] = []
        self._slots: list[Slot] = []
        self._ids: set[str] = set()
        self._nofollow = False
        self._styled = 0
        self._base_slot: Slot | None = None
        self._lines = [match.end() for match in re.finditer(r"\r\n|[\r\n]", text)]

    def document(self) -> Document:
        if self._kind == CSS:
            self._style(0, len(self._text), None, self._text, STYLE, False)
        else:
            self._page()
        return Document(
            self._kind,
            self._charset,
            self._text,
            tuple(self._links),
            tuple(self._slots),
            frozenset(self._ids),
            self._nofollow,
            self._base_slot,
        )

    def _page(self) -> None:
        elements = list(_elements(self._text))
        for _, name, given in elements:
            if name == "base" and "href" in given and self._base_slot is None:
                self._set_base(given["href"], next((at for at, n, g in elements if g is given), -1))
        for at, name, given in elements:
            self._element(at, name, given)

    def _set_base(self, said: str, at: int) -> None:
        found = self._places(at).get("href")
        start, end, quote = (found.start, found.end, found.quote) if found is not None else (0, 0, None)
        self._base_slot = Slot(start, end, quote, said, ())
        address = refer(self._base, said, self._charset)
        if address is not None and not address.own:
            self._base = address.target

    def _places(self, at: int) -> dict[str, Attribute]:
        return attributes(self._text, at) if at >= 0 else {}

    def _merged(self, at: int, name: str) -> bool:
        """True for the html or body element of several tags: it has the attributes of all of them, which a place in the
        last one would not tell."""
        return name in ("html", "body") and 0 <= self._text.lower().find(f"<{name}") < at

    def _element(self, at: int, name: str, given: dict[str, str]) -> None:
        identity = given.get("id") or (given.get("name") if name == "a" else None)
        if identity:
            self._ids.add(identity)
        if name == "meta":
            self._meta(at, given)
            return
        if not given and name != "style":
            return
        places: dict[str, Attribute] | None = None
        rel = given.get("rel", "").lower().split()
        nofollow = "nofollow" in rel
        for attribute, said in given.items():
            use = self._use(name, attribute, given, rel)
            if not use:
                continue
            if places is None:
                places = {} if self._merged(at, name) else self._places(at)
            place = places.get(attribute)
            if place is not None and place.value != said:
                place = None
            start, end, quote = (place.start, place.end, place.quote) if place is not None else (-1, -1, "")
            if use == "srcset":
                self._several(start, end, quote, said, at)
            elif use == "css":
                self._style(start, end, quote, said, REQUISITE, False, at)
            else:
                self._one(start, end, quote, said, use, nofollow, at)
        if name == "style":
            self._style_element(at)

    def _use(self, name: str, attribute: str, given: dict[str, str], rel: list[str]) -> str:
        """What an attribute holds: a use of one URL, "srcset", "css", or nothing."""
        if attribute == "style":
            return "css"
        if attribute in ("srcset", "imagesrcset"):
            return "srcset" if name in ("img", "source", "link") else ""
        if name == "link":
            if attribute != "href" or not _NO_LINKS.isdisjoint(rel):
                return ""
            if "preload" in rel and given.get("as") == "style":
                return STYLE
            return next((_REQUIRED[word] for word in rel if word in _REQUIRED), PAGE)
        use = SIMPLE.get((name, attribute), "")
        if name == "input" and given.get("type", "").lower() != "image":
            return ""
        return use

    def _meta(self, at: int, given: dict[str, str]) -> None:
        content = given.get("content", "")
        if given.get("name", "").lower() == "robots":
            words = content.lower().replace(",", " ").split()
            self._nofollow = self._nofollow or "nofollow" in words or "none" in words
        if given.get("http-equiv", "").lower() == "refresh":
            found = _REFRESH.match(content)
            place = self._places(at).get("content")
            if found is not None and found.group("url"):
                number = self._add(found.group("url"), PAGE, False, at)
                if number >= 0 and place is not None and place.value == content:
                    part = Part(found.start("url"), found.end("url"), number, False)
                    self._slots.append(Slot(place.start, place.end, place.quote, content, (part,)))

    # What holds references

    def _add(self, said: str, use: str, nofollow: bool, at: int) -> int:
        """The number of one more link; -1 for what leads nowhere."""
        address = refer(self._base, said, self._charset)
        if address is None:
            return -1
        line = bisect_right(self._lines, max(0, at)) + 1
        self._links.append(Link(address, use, nofollow, line, said))
        return len(self._links) - 1

    def _one(self, start: int, end: int, quote: str | None, said: str, use: str, nofollow: bool, at: int) -> None:
        if not said.strip(_BLANKS) and use != PAGE:
            return  # an empty src is no request (HTML 4.8.4.3.5)
        number = self._add(said, use, nofollow, max(at, start))
        if number >= 0 and start >= 0:
            self._slots.append(Slot(start, end, quote, said, (Part(0, len(said), number, False),)))

    def _several(self, start: int, end: int, quote: str | None, said: str, at: int) -> None:
        parts = []
        for begin, stop in candidates(said):
            number = self._add(said[begin:stop], REQUISITE, False, max(at, start))
            if number >= 0:
                parts.append(Part(begin, stop, number, False))
        if parts and start >= 0:
            self._slots.append(Slot(start, end, quote, said, tuple(parts)))

    def _style(
        self, start: int, end: int, quote: str | None, said: str, use: str, nofollow: bool, at: int = -1
    ) -> None:
        parts = []
        for one in references(said):
            place = at if at >= 0 else start + one.start
            if one.said.lstrip().startswith("#"):
                continue  # a filter or a clip path of this document
            number = self._add(one.said, STYLE if one.style else REQUISITE, nofollow, place)
            if number >= 0:
                parts.append(Part(one.start, one.end, number, True))
        if parts and start >= 0:
            self._slots.append(Slot(start, end, quote, said, tuple(parts)))

    def _style_element(self, at: int) -> None:
        """The text of a style element is CSS as it stands (HTML 13.1.2.1)."""
        if at < self._styled:
            return  # in SVG an element may stand in what was read as text already
        begin = tag_end(self._text, at)
        found = _STYLE_END.search(self._text, begin)
        end = found.start() if found is not None else len(self._text)
        self._styled = end
        if begin > 0:
            self._style(begin, end, None, self._text[begin:end], STYLE, False)


_REFRESH = re.compile(
    r"\s*[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?([\"']?)(?P<url>.*?)\s*(?:\1|\Z)\s*\Z", re.IGNORECASE | re.S
)
_STYLE_END = re.compile(r"</style(?=[\s/>])", re.IGNORECASE)


def candidates(said: str) -> list[tuple[int, int]]:
    """Where the URLs stand in a srcset (HTML 4.8.4.2.1): behind each a descriptor may follow, in which a comma in
    parentheses does not count."""
    found: list[tuple[int, int]] = []
    position = 0
    while True:
        while position < len(said) and said[position] in " \t\n\f\r,":
            position += 1
        begin = position
        while position < len(said) and said[position] not in _BLANKS:
            position += 1
        if begin == position:
            return found
        end = position
        while end > begin and said[end - 1] == ",":
            end -= 1
        found.append((begin, end))
        if end < position:
            continue
        depth = 0
        while position < len(said) and (said[position] != "," or depth):
            depth += (said[position] == "(") - (said[position] == ")" and depth > 0)
            position += 1


def _elements(text: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """The start tags of a page in the order of the source: where each begins, the element's name and attributes."""
    from justhtml import JustHTML

    # The parser makes one LF of CR LF, which would move every place behind it.
    source = text.replace("\r", "\n")
    mark = 1 if source.startswith("\ufeff") else 0
    source = source[mark:]
    if sum(1 for _ in _BEGINS_NOTHING.finditer(source)) > _ODD:
        source = _BEGINS_NOTHING.sub(" ", source)
    tree = JustHTML(source, sanitize=False, track_node_locations=True, scripting_enabled=False)
    found: dict[int, tuple[str, dict[str, str]]] = {}
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        content = getattr(node, "template_content", None)
        if content is not None:
            waiting.append(content)
        waiting.extend(getattr(node, "children", None) or ())
        at = getattr(node, "origin_offset", None)
        given = getattr(node, "attrs", None)
        if at is not None and given is not None and source[at : at + 1] == "<":
            # Of an element that the parser made several of, all begin at one tag.
            found.setdefault(at + mark, (node.name.lower(), {n.lower(): v or "" for n, v in given.items()}))
    for at in sorted(found):
        yield at, *found[at]
