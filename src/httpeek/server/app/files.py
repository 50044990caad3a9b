"""/files/NAME: files of any size, made as they are sent. The name says how large one is: 10MB.txt, disk-1GiB.bin.

The content is a function of the seed and the kind, not of the size: the shorter file is the beginning of the longer.
ETag and Last-Modified stay the same for ever; `?etag=` gives the file another one, as if it had changed.
"""

from __future__ import annotations

from httpeek.server.app import ranges
from httpeek.server.app.answer import OCTETS, TEXT, Answer, Refused, html
from httpeek.server.app.chance import BLOCK, octets
from httpeek.server.app.redirects import moved
from httpeek.server.app.request import argument, escaped, seed, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpeek.server.app.answer import Environ, Pairs

LARGEST = 2**50
"""The largest file, 1 PiB: larger than any disk, and its positions are still exact as floating-point numbers."""
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"
"""The date of RFC 9110's examples, so that nobody takes it for a real one."""
_UNITS = {
    "": 1, "b": 1, "k": 1000, "kb": 1000, "kib": 1 << 10, "m": 10**6, "mb": 10**6, "mib": 1 << 20,
    "g": 10**9, "gb": 10**9, "gib": 1 << 30, "t": 10**12, "tb": 10**12, "tib": 1 << 40, "pib": 1 << 50,
}  # fmt: skip
_NAMED = {"empty": 0, "small": 1 << 10, "medium": 1 << 20, "big": 1 << 30, "huge": 1 << 40}
"""Names that are sizes."""
_TEXTS = ("txt", "log", "md")
_LINE = 64
"""Octets of a line of a text, its LF too: so line N begins at 64 N."""
_TAGS = ("", "weak", "none")


def index(environ: Environ) -> Answer:
    """How to name a file, with links to some."""
    names = ["empty.bin", "1KiB.txt", "1MiB.bin", "10MB.txt", "report-2MB.bin", "big.iso", "1GiB.bin"]
    links = "".join(f'<li><a href="{name}">{name}</a></li>\n' for name in names)
    kinds = "".join(f'<li><a href="1KiB.txt?disposition={kind}">{kind}</a></li>\n' for kind in _DISPOSITIONS)
    return html(_INDEX.format(links=links, kinds=kinds))


def slash(environ: Environ) -> Answer:
    """To /files/, against which its links are."""
    return moved("/files/", 301)


def file(environ: Environ, name: str) -> Answer:
    """A file, or the ranges of it that are asked for. The query may have: size, seed, etag (weak, none, or a text),
    ranges=no, length=no, disposition and filename."""
    size = _size(name, argument(environ, "size"))
    number = seed(environ)
    kind = name.rpartition(".")[2].lower()
    is_text = kind in _TEXTS
    made = _text if is_text else octets

    def at(first: int, length: int) -> Iterator[bytes]:
        return made(number, first, length)

    tag = _tag(environ, f"{'text' if is_text else 'octets'}-{number}-{size}")
    resource = ranges.Resource(size, TEXT if is_text else OCTETS, tag, MODIFIED, at)
    disposition = argument(environ, "disposition")
    fields = _disposition(disposition, argument(environ, "filename") or name) if disposition else ()
    answer = ranges.serve(environ, resource, fields, ranged=argument(environ, "ranges") != "no")
    if argument(environ, "length") == "no" and answer.status == 200:
        answer = answer._replace(fields=tuple(field for field in answer.fields if field[0] != "Content-Length"))
    return answer


def _size(name: str, given: str) -> int:
    """The octets of a file: of ?size=, else by its name's last word before the extension."""
    if given:
        size = sized(given)
        if size is None:
            raise Refused(400, f"size is a number and a unit, such as 10MB or 1GiB, not {shown(given)}")
    else:
        stem = name.split(".")[0] if name.count(".") < 2 else name.rpartition(".")[0]
        size = sized(stem.rpartition("-")[2])
        if size is None:
            raise Refused(404, f"{shown(name)} does not say how large it is: /files/10MB.txt, /files/disk-1GiB.bin")
    if size > LARGEST:
        raise Refused(400, f"a file has up to {LARGEST} bytes here, not {size}")
    return size


def sized(said: str) -> int | None:
    """A size as people write it: 10MB, 1GiB, 1.5MB, 512, or one of the names; None where it is none."""
    said = said.lower()
    if said in _NAMED:
        return _NAMED[said]
    digits = said.rstrip("bikmgtp")
    unit = _UNITS.get(said[len(digits) :])
    whole, _, part = digits.partition(".")
    if unit is None or not whole.isascii() or not whole.isdigit() or len(digits) > 20:
        return None
    if part and not (part.isascii() and part.isdigit()):
        return None
    scaled: int = int(whole + part) * unit // 10 ** len(part)
    return scaled


def _text(number: int, first: int, size: int) -> Iterator[bytes]:
    """Lines of a text: each says its number and the place where it begins."""
    end = first + size
    while first < end:
        start = first // _LINE
        stop = min(start + BLOCK // _LINE, -(-end // _LINE))
        lines = b"".join(
            b"%-63b\n" % (b"line %d begins at byte %d, seed %d" % (n, n * _LINE, number)) for n in range(start, stop)
        )
        piece = lines[first - start * _LINE : end - start * _LINE]
        yield piece
        first += len(piece)


def _tag(environ: Environ, own: str) -> str:
    given = argument(environ, "etag")
    if given == "none":
        return ""
    if not all("!" <= c <= "~" and c != '"' for c in given) or len(given) > 200:
        raise Refused(400, "etag is weak, none, or up to 200 printable characters without quotes (RFC 9110 8.8.3)")
    return f'W/"{own}"' if given == "weak" else f'"{given or own}"'


def _disposition(kind: str, name: str) -> Pairs:
    """Content-Disposition (RFC 6266), right and wrong: what clients make a file name of."""
    make = _DISPOSITIONS.get(kind)
    if make is None:
        raise Refused(400, f"disposition is one of {', '.join(_DISPOSITIONS)}, not {shown(kind)}")
    if any(c < " " or c == "\x7f" for c in name) or len(name) > 1000:
        raise Refused(400, "filename has up to 1000 characters, none of them a control")
    return (("Content-Disposition", make(name)),)


def _plain(name: str) -> str:
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "_" for c in name)


def _percent(name: str) -> str:
    return "".join(chr(o) if chr(o).isalnum() and o < 128 else f"%{o:02X}" for o in name.encode("utf-8"))


def _raw(name: str, charset: str) -> str:
    """The octets of a name in a charset, in PEP 3333's latin-1 tunnel."""
    return name.replace('"', "_").replace("\\", "_").encode(charset, "replace").decode("latin-1")


def _word(name: str) -> str:
    from base64 import b64encode

    return f"=?UTF-8?B?{b64encode(name.encode('utf-8')).decode('ascii')}?="


_QUOTED = '\\"quoted\\"'
_DISPOSITIONS: dict[str, Callable[[str], str]] = {
    "attachment": lambda name: f'attachment; filename="{_plain(name)}"',
    "inline": lambda name: f'inline; filename="{_plain(name)}"',
    "bare": lambda name: "attachment",
    "token": lambda name: f"attachment; filename={escaped(_plain(name))}",
    "star": lambda name: f"attachment; filename*=UTF-8''{_percent(name)}",
    "both": lambda name: f"attachment; filename=\"{_plain(name)}\"; filename*=UTF-8''{_percent(name)}",
    "utf8": lambda name: f'attachment; filename="{_raw(name, "utf-8")}"',
    "latin1": lambda name: f'attachment; filename="{_raw(name, "latin-1")}"',
    "encoded-word": lambda name: f'attachment; filename="{_word(name)}"',
    "percent": lambda name: f'attachment; filename="{_percent(name)}"',
    "escaped": lambda name: f'attachment; filename="a {_QUOTED} {_plain(name)}"',
    "path": lambda name: f'attachment; filename="../../{_plain(name)}"',
    "absolute": lambda name: f'attachment; filename="/tmp/{_plain(name)}"',
    "windows": lambda name: f'attachment; filename="C:\\\\dir\\\\{_plain(name)}"',
    "star-path": lambda name: f"attachment; filename*=UTF-8''..%2F..%2F{_percent(name)}",
    "dots": lambda name: 'attachment; filename=".."',
    "hidden": lambda name: f'attachment; filename=".{_plain(name)}"',
    "empty": lambda name: 'attachment; filename=""',
    "long": lambda name: f'attachment; filename="{"x" * 300}-{_plain(name)}"',
}
"""Ways to name a file, by what ?disposition= calls them."""

_INDEX = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Files of any size</title></head>
<body>
<h1>Files of any size</h1>
<p>A name says how large the file is; it is made as it is sent.</p>
<ul>
{links}</ul>
<p>?disposition= names it in Content-Disposition, well or badly:</p>
<ul>
{kinds}</ul>
<p>And ?size=10MB, ?seed=1, ?etag=weak, ?etag=none, ?etag=other, ?ranges=no, ?length=no, ?filename=NAME.</p>
</body>
</html>
"""
