"""The name of a file: from Content-Disposition (RFC 6266, RFC 8187) or the URL, and made safe.

Rules: what a server chooses is one component of a path, never a path. It has no separator, no control, format or
bidirectional character, no leading dot or dash, no trailing dot or blank, is no device of Windows, does not look like a
part file of ours, and leaves room for the suffixes of one. What a user chose is never changed here.
Nothing in this file looks at the file system.
"""

from __future__ import annotations

from functools import lru_cache

from httpeek.model.message import first
from httpeek.model.target import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import Fields

DEFAULT = "index.html"
"""The name of what has none: the URL ends with "/"."""
PAGE_TYPES = (b"text/html", b"application/xhtml+xml")
PAGE_NAMES = (".html", ".htm", ".xhtml")
"""What the name of a page ends with, if it says that it is one."""
PART = ".part"
SIDE = ".part.json"
SEGMENTS = ".segments"
SEGMENTS_SIDE = ".segments.json"
LONGEST = 255
"""Octets of a component (NAME_MAX of every usual file system)."""
_SUFFIX = len(SEGMENTS_SIDE) + len("~")
ROOM = LONGEST - _SUFFIX - len("-99999")
"""Octets that a server's name may have: behind it stand a number and the suffix of a side file."""
_EXTENSION = 20
"""Octets of an extension that is kept when a name is cut."""
_DOUBLE = (".tar.",)
"""What may stand before the last dot and belongs to the extension."""
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", "conin$", "conout$", *(f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"))
)


def chosen(path: str, fields: Fields) -> str:
    """The safe name for a response: what Content-Disposition says, else the last segment of the URL's path."""
    said = first(fields, b"content-disposition")
    named = safe(disposition(said)) if said else ""
    return named or from_url(path)


@lru_cache(maxsize=8)  # asked for when a file begins, and again when its answer comes
def from_url(path: str) -> str:
    """The safe name that the path of a URL suggests; its query has no say."""
    path = path.partition("?")[0].partition("#")[0]
    return safe(unquote(path.rpartition("/")[2])) or DEFAULT


def paged(name: str, fields: Fields) -> str:
    """The name with .html behind it, where it is a page's and does not say so."""
    kind = first(fields, b"content-type").partition(b";")[0].strip().lower()
    if kind not in PAGE_TYPES or name.lower().endswith(PAGE_NAMES):
        return name
    return f"{name}.html"


def disposition(value: bytes) -> str:
    """The file name in a Content-Disposition value, as it was said; "" where there is none.

    `filename*` goes before `filename` if it can be decoded (RFC 6266 section 4.3); of two of a kind the first counts.
    """
    plain = extended = None
    for name, said in _parameters(value):
        if name == b"filename" and plain is None:
            plain = _text(said)
        elif name == b"filename*" and extended is None:
            extended = _extended(said)
    return extended or plain or ""


def _text(octets: bytes) -> str:
    """UTF-8, which is what servers mean by octets that are no ASCII, else ISO-8859-1."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _extended(said: bytes) -> str | None:
    """`charset'language'value` (RFC 8187 section 3.2.1), or None where it is not that."""
    charset, _, rest = said.partition(b"'")
    _, quote, escaped = rest.partition(b"'")
    if not quote:
        return None
    octets = bytearray()
    position = 0
    while position < len(escaped):
        if escaped[position] == 0x25:
            digits = escaped[position + 1 : position + 3]
            if len(digits) < 2 or digits.translate(None, b"0123456789abcdefABCDEF"):
                return None
            octets.append(int(digits, 16))
            position += 3
        else:
            octets.append(escaped[position])
            position += 1
    try:
        return octets.decode(charset.decode("ascii") or "utf-8")
    except (LookupError, ValueError):
        return None


def _parameters(value: bytes) -> list[tuple[bytes, bytes]]:
    """The parameters behind the first ";", names in lower case, quoted strings taken apart (RFC 9110 section 5.6.4)."""
    found = []
    position = value.find(b";")
    while 0 <= position < len(value):
        position += 1
        equals = value.find(b"=", position)
        end = value.find(b";", position)
        if equals < 0 or 0 <= end < equals:
            position = end
            continue
        name = value[position:equals].strip(b" \t").lower()
        position = equals + 1
        while value[position : position + 1] in (b" ", b"\t"):
            position += 1
        if value[position : position + 1] == b'"':
            said, position = _quoted(value, position + 1)
            position = value.find(b";", position)
        else:
            end = value.find(b";", position)
            said = value[position : len(value) if end < 0 else end].strip(b" \t")
            position = end
        found.append((name, said))
    return found


def _quoted(value: bytes, position: int) -> tuple[bytes, int]:
    """The octets of a quoted string that begins at `position`, and where it ends. One without an end goes to the last
    octet."""
    said = bytearray()
    while position < len(value):
        octet = value[position]
        if octet == 0x22:
            return bytes(said), position + 1
        if octet == 0x5C and position + 1 < len(value):
            position += 1
            octet = value[position]
        said.append(octet)
        position += 1
    return bytes(said), position


def safe(name: str) -> str:
    """The name as a component that may be made by somebody else than the user; "" where nothing is left of it."""
    name = name.replace("\\", "/").rpartition("/")[2]
    if not name.isprintable():  # which is more than what follows lets through
        from unicodedata import category

        name = "".join("_" if category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)
    name = name.lstrip(".- \xa0~").rstrip(". ")
    if name.partition(".")[0].rstrip(" ").lower() in _DEVICES:
        name = f"_{name}"
    name = cut(name, ROOM - 1).rstrip(". ")
    if name.lower().endswith((PART, SIDE, SEGMENTS, SEGMENTS_SIDE)):
        # It would be taken for what was received of another file.
        name += "_"
    return name


def cut(name: str, most: int) -> str:
    """The name in at most `most` octets of UTF-8, cut at a character before its extension, which is kept."""
    if len(name.encode("utf-8", "surrogateescape")) <= most:
        return name
    stem, dot, last = name.rpartition(".")
    extension = dot + last if stem else ""
    for double in _DOUBLE:
        if stem.lower().endswith(double[:-1]):
            extension = name[len(stem) - len(double) + 1 :]
    if len(extension.encode("utf-8", "surrogateescape")) > min(_EXTENSION, most // 2):
        extension = ""
    stem = name[: len(name) - len(extension)]
    left = most - len(extension.encode("utf-8", "surrogateescape"))
    return stem.encode("utf-8", "surrogateescape")[:left].decode("utf-8", "ignore") + extension


def numbered(name: str, number: int) -> str:
    """`NAME`, `NAME-1`, `NAME-2`, as HTTPie has them."""
    return f"{name}-{number}" if number else name


def part_of(path: str) -> str:
    """The path of the part file for `path`: NAME.part."""
    return _stem(path) + PART


def segments_of(path: str) -> str:
    """The path of the file that takes the segments of `path`: NAME.segments."""
    return _stem(path) + SEGMENTS


def _stem(path: str) -> str:
    """The path, its name cut and told apart by a hash of the whole where it leaves no room for a suffix."""
    directory, slash, name = path.rpartition("/")
    octets = name.encode("utf-8", "surrogateescape")
    if len(octets) + _SUFFIX > LONGEST:
        from zlib import crc32

        name = f"{octets[:200].decode('utf-8', 'ignore')}~{crc32(octets):08x}"
    return f"{directory}{slash}{name}"
