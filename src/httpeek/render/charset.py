"""In which charset content is, or that it is binary: what to do where that is not evident.

Rules:
- What the user says goes first, then what the response says, then a byte order mark, then UTF-8 if the content is that,
  then what the content says of itself, then a guess. Whatever the response did not say is told in a note.
- Octets that no charset makes text of are binary.

Content that is UTF-8 and says nothing else never comes here: `content` sees that by itself.
"""

from __future__ import annotations

import codecs

from httpeek.model.nouns import Noun
from httpeek.render.terminal import visible_line

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_NOT_CHARSETS = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "mbcs", "oem")
"""Python's text codecs that no message means: they are slow, or act on what they read."""
_BINARY = ("image/", "audio/", "video/", "font/")
_TEXTUAL = ("javascript", "yaml", "graphql", "sql", "json")
_SINGLE = ("iso8859", "cp125", "ascii", "koi8", "mac-", "latin")


class Reading(Noun):
    """How content is read: a codec of Python ("" for binary content), what it does with octets that are wrong, how
    many octets of a byte order mark come first, and what a person should know of it."""

    codec: str
    errors: str
    mark: int
    notes: tuple[str, ...]


def text_codec(name: str) -> str:
    """The Python codec for a charset's name, or nothing if there is none that decodes text."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    return found.name if getattr(found, "_is_text_encoding", True) and found.name not in _NOT_CHARSETS else ""


def reading(head: bytes, whole: bool, mime: str, stated: str, override: str) -> Reading:
    """How to read content that begins with `head`, which is all of it if `whole`. `stated` is the charset parameter
    of its media type `mime`, `override` what the user says; each may be empty."""
    mark, marked = next(((bom, name) for bom, name in _BOMS if head.startswith(bom)), (b"", ""))
    notes: list[str] = []
    codec = _chosen(head, whole, mime, (("--response-charset", override), ("the response's", stated)), marked, notes)
    skipped = 0
    if mark and codec in (marked, marked[:6]):
        codec, skipped = marked, len(mark)
    # An octet that is wrong comes out of these codecs as one character, and can be shown as it is.
    errors = "surrogateescape" if codec == "utf-8" or codec.startswith(_SINGLE) else "backslashreplace"
    return Reading(codec, errors, skipped, tuple(notes))


def _chosen(
    head: bytes, whole: bool, mime: str, said: tuple[tuple[str, str], ...], marked: str, notes: list[str]
) -> str:
    for source, name in said:
        codec = text_codec(name) if name else ""
        if codec:
            return codec
        if name:
            notes.append(f'{source} charset "{visible_line(name)}" is not known here')
    if marked:
        return marked
    utf8 = _is_utf8(head, whole)
    if _is_binary(head, mime, utf8):
        return ""
    if utf8:
        return "utf-8"
    declared = _declared(head)
    codec = text_codec(declared) if declared else ""
    if codec:
        notes.append(f"shown as {codec}, which the content says of itself; the response states no charset")
        return codec
    notes.append(
        "the response states no charset and is not UTF-8: shown as windows-1252, a guess; --response-charset=NAME"
    )
    return "cp1252" if not any(o in head for o in b"\x81\x8d\x8f\x90\x9d") else "iso8859-1"


def _is_binary(head: bytes, mime: str, utf8: bool) -> bool:
    if b"\0" in head or _controls(head) * 10 > len(head):
        return True
    if utf8:
        return False
    if mime.startswith(_BINARY) and "svg" not in mime:
        return True
    if mime.startswith("text/") or "xml" in mime or mime.endswith(_TEXTUAL):
        return False
    return len(head) < 2 or mime not in ("", "application/x-www-form-urlencoded")


def _is_utf8(head: bytes, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, whole)  # a character cut by a piece's end is no fault
    except UnicodeDecodeError:
        return False
    return True


def _controls(head: bytes) -> int:
    """Control octets that no text has (ESC may be one of a log's colours, FF a page's end)."""
    return len(head) - len(head.translate(None, bytes(range(0x08)) + bytes(range(0x0E, 0x1A)) + b"\x1c\x1d\x7f"))


def _declared(head: bytes) -> str:
    """The charset that an HTML or XML document states in its first KiB."""
    text = head[:1024].decode("latin-1").lower()
    for mark in ('encoding="', "encoding='", "charset="):
        before, found, after = text.partition(mark)
        if found and (mark == "charset=" or before.lstrip().startswith("<?xml")):
            name = after.lstrip("\"'")
            end = min((i for i in (name.find(c) for c in "\"' />;") if i >= 0), default=-1)
            return name[:end] if end > 0 else ""
    return ""
