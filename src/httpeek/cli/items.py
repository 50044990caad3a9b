r"""Request items as HTTPie writes them: `Name:value`, `name=value`, `name==value` and their kin.

Rules, as HTTPie documents them:
- of all separators in an item the leftmost one counts, and of those that begin there the longest;
- a backslash before a character that separators are made of (`: ; = @`) takes its meaning away, and is taken out;
  before any other character it is a backslash (`a\[b\]` keeps both);
- what stands before the separator is the name, what stands behind it is the value; both may be empty where the
  kind has a meaning for it (`@file` is a whole body, `=x` the key "").
What an item becomes (a field, a part of the query, of a body) is decided by the command that reads it. This module
never opens a file. An item that cannot be read is an HttpeekError (USAGE) with carets under the part that is wrong.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.codes import HttpeekError

FIELD = "field"
FIELD_REMOVED = "field-removed"
FIELD_EMPTY = "field-empty"
FIELD_FILE = "field-file"
QUERY = "query"
QUERY_FILE = "query-file"
DATA = "data"
DATA_FILE = "data-file"
JSON = "json"
JSON_FILE = "json-file"
UPLOAD = "upload"
BODY_FILE = "body-file"

SEPARATORS = (
    ("==@", QUERY_FILE),
    (":=@", JSON_FILE),
    ("==", QUERY),
    (":=", JSON),
    ("=@", DATA_FILE),
    (":@", FIELD_FILE),
    ("=", DATA),
    (":", FIELD),
    (";", FIELD_EMPTY),
    ("@", UPLOAD),
)
"""Every separator with its kind, longer ones first: the first that fits at a place is the longest."""

_SPECIAL = frozenset(":;=@")
_FIELDS = frozenset((FIELD, FIELD_REMOVED, FIELD_EMPTY, FIELD_FILE))
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""The characters of a field name (RFC 9110 section 5.6.2)."""
_BREAKS = {"\r": "CR", "\n": "LF", "\0": "NUL"}
_NEEDS_FILE = frozenset((FIELD_FILE, QUERY_FILE, DATA_FILE, JSON_FILE, UPLOAD, BODY_FILE))


class Item(Noun):
    """One item: its kind, name and value without escapes, and the word as it was typed.

    The value of a file kind is the path as typed; an upload's may go on with `;type=` and `;filename=`.
    """

    kind: str
    name: str
    value: str
    original: str


def read(words: Iterable[str]) -> tuple[Item, ...]:
    """All items in order. Raises HttpeekError (USAGE) at the first one that cannot be read."""
    return tuple(item(word) for word in words)


def item(word: str) -> Item:
    """One item. Raises HttpeekError (USAGE)."""
    found = _split(word)
    if found is None:
        raise _no_separator(word)
    position, separator, kind = found
    name, text = _plain(word[:position]), _plain(word[position + len(separator) :])
    if kind in _FIELDS:
        _check_field(word, position, separator, name, text)
        if kind == FIELD:
            kind = FIELD if text else FIELD_REMOVED
            # Blanks around a value are no part of it (RFC 9110 section 5.5).
            text = text.strip(" \t")
        elif kind == FIELD_EMPTY and text:
            raise wrong(
                word,
                f"has text after the semicolon: write {name}:{_visible(text)}, or {name}; for an empty field",
                position + 1,
            )
    if kind == UPLOAD and not name:
        kind = BODY_FILE
    if kind in _NEEDS_FILE and not text:
        raise wrong(word, "names no file after the @", position, position + len(separator))
    if kind == JSON:
        _check_json(word, name, text)
    return Item(kind, name, text, word)


def attached(item: Item) -> tuple[str, bytes, str | None]:
    """The path of a file item, and what `;type=` and `;filename=` behind it say: a media type or b"", a name or None.

    Raises HttpeekError (USAGE) for a media type that is none.
    """
    path, said = item.value, dict[str, str]()
    while True:
        place, name = max((path.rfind(f";{name}="), name) for name in ("type", "filename"))
        if place < 0 or name in said:
            break
        path, said[name] = path[:place], path[place + len(name) + 2 :]
    media_type = said.get("type", "")
    if not (media_type.isascii() and media_type.isprintable()) or (media_type and "/" not in media_type):
        raise wrong(item.original, f"names no media type: {_visible(media_type)}; write ;type=text/plain")
    if not path:
        raise wrong(item.original, "names no file before the semicolon")
    return path, media_type.encode("ascii"), said.get("filename")


def _split(word: str) -> tuple[int, str, str] | None:
    """Where the separator that counts begins, its spelling and its kind."""
    position = 0
    while position < len(word):
        character = word[position]
        if character == "\\":
            position += 2
        elif character in _SPECIAL:
            for separator, kind in SEPARATORS:
                # An escaped character ends a separator: in `a=\@b` it is "=".
                if word.startswith(separator, position):
                    return position, separator, kind
        else:
            position += 1
    return None


def _plain(text: str) -> str:
    """The text without the backslashes that took a meaning away."""
    if "\\" not in text:
        return text
    out = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            escaped = text[position + 1 : position + 2]
            out.append(escaped if escaped in _SPECIAL and escaped else character + escaped)
            position += 2
        else:
            out.append(character)
            position += 1
    return "".join(out)


def _check_field(word: str, position: int, separator: str, name: str, text: str) -> None:
    if not name:
        raise wrong(word, f"has no field name before the {separator[0]}", 0, position + len(separator))
    if name.lower() in ("http", "https") and text.startswith("//"):
        raise wrong(word, "is a second URL: a request has one")
    if not _TOKEN.issuperset(name):
        # A backslash is to blame only where nothing else is: in `a\\:b:c` the colon is.
        strange = [i for i, c in enumerate(word[:position]) if c not in _TOKEN]
        at = next((i for i in strange if word[i] != "\\"), strange[0])
        raise wrong(word, f"has {_called(word[at])} in the field name (RFC 9110 5.1)", at, at + 1)
    for i, character in enumerate(word):
        if character in _BREAKS and separator != ":@":
            raise wrong(word, f"has {_BREAKS[character]} in the value: it would end the field (RFC 9110 5.5)", i, i + 1)


def _check_json(word: str, name: str, text: str) -> None:
    from httpeek.cli.json_text import parsed

    try:
        parsed(text)
    except RecursionError:
        raise wrong(word, "is nested too deeply to be checked") from None
    except ValueError:
        said = f"{_visible(name)}={_visible(text)}"
        hint = f"; for a string write {said}" if text and text[0] not in '{["' else ""
        raise wrong(word, f"is not JSON{hint}") from None


def _no_separator(word: str) -> HttpeekError:
    from httpeek.cli.parse import METHODS

    if word in METHODS:
        return wrong(word, "is no item; the method stands before the URL")
    if not word:
        return usage('"" is no item; write Name:value, name==value or name=value')
    return wrong(word, "is no item; write Name:value, name==value or name=value")


def wrong(word: str, sentence: str, begin: int = 0, end: int | None = None) -> HttpeekError:
    """The error about an item, carets under its characters from `begin` to `end`."""
    before, pointed = _visible(word[:begin]), _visible(word[begin:end])
    return usage(f"{_visible(word)} {sentence}", " " * _width(before) + "^" * max(1, _width(pointed)))


def _called(character: str) -> str:
    if character in _BREAKS:
        return _BREAKS[character]
    return "a space" if character == " " else "a tab" if character == "\t" else _visible(character)


def _visible(text: str) -> str:
    """The text with what is not printable escaped, so that no item can drive the terminal it is reported on."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _width(text: str) -> int:
    """The columns of a text on a terminal: CJK characters take two."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
