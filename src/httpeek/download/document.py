"""A page or a style sheet as it was read: its links, where they stand in its text, and that text with other links.

Rules: `links` reads it. The text is that of the file, to the octet; only what stands in a slot is ever written anew,
escaped as what stood there was.
"""

from __future__ import annotations

from httpeek.download.address import Address
from httpeek.download.css import written
from httpeek.download.tags import escaped
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PAGE, REQUISITE, FRAME, STYLE = "page", "requisite", "frame", "style"
"""What a link is for: another page; what a page needs to be shown: a file, a page in it, a style sheet."""
HTML, CSS = "html", "css"


class Link(Noun):
    """A reference of a page. `said` is its text, `line` where it stands (from 1)."""

    address: Address
    use: str
    nofollow: bool
    line: int
    said: str


class Part(Noun):
    """One of the references in the text of a slot: its place there, and the number of its link. `css` says that it is
    written as CSS has it."""

    start: int
    end: int
    link: int
    css: bool


class Slot(Noun):
    """A place in the text that holds references: an attribute's value, or a piece of CSS. `value` is what stands there,
    without its escapes. `quote` is the attribute's quotation mark ("" for none), None where nothing is escaped."""

    start: int
    end: int
    quote: str | None
    value: str
    parts: tuple[Part, ...]


class Document(Noun):
    """What was read of a page or a style sheet. `text` may end before the file does. `ids` are the places that a
    fragment may name; `nofollow` is what the page says of all its links; `base` the slot of its base element."""

    kind: str
    charset: str
    text: str
    links: tuple[Link, ...]
    slots: tuple[Slot, ...]
    ids: frozenset[str]
    nofollow: bool
    base: Slot | None


def rewritten(document: Document, new: Callable[[Link], str | None]) -> str:
    """The text with another URL for each link that `new` has one for. Where nothing is new nothing is changed."""
    pieces: list[str] = []
    position = 0
    base = (document.base,) if document.base is not None and document.base.end else ()
    for slot in sorted((*document.slots, *base)):
        if slot.start < position:
            continue
        value, last, changed = [], 0, slot is document.base
        for part in () if slot is document.base else slot.parts:
            link = document.links[part.link]
            url = new(link)
            if url is None or url == link.said:
                continue
            changed = True
            value += [slot.value[last : part.start]]
            value.append(written(url, slot.value[part.start : part.end]) if part.css else url)
            last = part.end
        if not changed:
            continue
        text = "" if slot is document.base else "".join((*value, slot.value[last:]))
        pieces += [document.text[position : slot.start], text if slot.quote is None else escaped(text, slot.quote)]
        position = slot.end
    return "".join((*pieces, document.text[position:]))
