"""Forms as clients send them: urlencoded and multipart/form-data (RFC 7578), read into fields and files."""

from __future__ import annotations

from httpeek.model.nouns import Noun
from httpeek.server.app.answer import Refused
from httpeek.server.app.request import content, decoded, gathered, media_type, pairs, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.server.app.answer import Environ

PARTS = 1000
"""The most parts of a form: a boundary of one octet makes a million out of a small content."""
_BOUNDARY = 70
"""The longest boundary that RFC 2046 section 5.1.1 allows."""


class Content(Noun):
    """A request's content as httpbin shows it: as text, as a form, as files, as JSON (`json` is its spelling)."""

    data: str
    form: dict[str, Any]
    files: dict[str, Any]
    json: object


def read(environ: Environ) -> Content:
    """Reads the content by its media type. Refused: 413 where it is too large, 400 for a form that is none."""
    octets = content(environ)
    kind = media_type(environ)
    if kind == "application/x-www-form-urlencoded":
        return Content("", gathered(pairs(octets.decode("latin-1"))), {}, None)
    if kind == "multipart/form-data":
        fields, files = multipart(octets, _parameter(environ.get("CONTENT_TYPE", ""), "boundary"))
        return Content("", gathered(fields), gathered(files), None)
    data = as_text(octets)
    return Content(data, {}, {}, _json(data) if octets and kind.endswith(("/json", "+json")) else None)


def as_text(octets: bytes, kind: str = "application/octet-stream") -> str:
    """Octets as text where they are UTF-8, else as a data URL (RFC 2397), as httpbin shows them."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        from base64 import b64encode

        return f"data:{kind};base64," + b64encode(octets).decode("ascii")


def multipart(octets: bytes, boundary: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The fields and the files of a multipart content, in order (RFC 2046 section 5.1.1). Refused where it is none."""
    if not 0 < len(boundary) <= _BOUNDARY:
        raise Refused(400, f"multipart/form-data needs a boundary of 1 to {_BOUNDARY} characters")
    mark = b"\r\n--" + boundary.encode("latin-1")
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, str]] = []
    # The line end before a boundary is part of it; the first one may have none.
    parts = (b"\r\n" + octets).split(mark, PARTS + 2)
    if len(parts) > PARTS + 2:
        raise Refused(400, f"the form has more than {PARTS} parts")
    closed = False
    for part in parts[1:]:
        if part[:2] == b"--":
            closed = True
            break
        head, blank, value = part.partition(b"\r\n\r\n")
        if not blank:
            raise Refused(400, "a part of the form has no empty line behind its fields")
        name, file, kind = _part(head)
        if file is None:
            fields.append((name, value.decode("utf-8", "replace")))
        else:
            files.append((name, as_text(value, kind)))
    if not closed:
        raise Refused(400, f"the form does not end with --{shown(boundary)}--")
    return fields, files


def _part(head: bytes) -> tuple[str, str | None, str]:
    """Name, file name (None for a field) and media type of a part."""
    name, file, kind = "", None, "application/octet-stream"
    for line in head.decode("latin-1").split("\r\n"):
        field, _, value = line.partition(":")
        if field.strip().lower() == "content-disposition":
            name = decoded(_parameter(value, "name"))
            if "filename" in value.lower():
                file = decoded(_parameter(value, "filename"))
        elif field.strip().lower() == "content-type":
            kind = "".join(c for c in value.strip() if " " <= c <= "~") or kind
    return name, file, kind


def _parameter(value: str, wanted: str) -> str:
    """A parameter of a field value, "" where there is none (RFC 9110 section 5.6.6). Quotes are taken off."""
    position = value.find(";")
    while position >= 0:
        name, equals, rest = value[position + 1 :].partition("=")
        if not equals:
            return ""
        start = len(value) - len(rest)
        if rest[:1] == '"':
            found, end = _quoted(value, start + 1)
        else:
            end = value.find(";", start)
            end = len(value) if end < 0 else end
            found = value[start:end].strip()
        if name.strip().lower() == wanted:
            return found
        position = value.find(";", end)
    return ""


def _quoted(value: str, position: int) -> tuple[str, int]:
    found = []
    while position < len(value) and value[position] != '"':
        # A browser sends C:\dir\name as it is: only a quote and a backslash are taken as escaped.
        if value[position] == "\\" and value[position + 1 : position + 2] in ('"', "\\"):
            position += 1
        found.append(value[position])
        position += 1
    return "".join(found), position + 1


def _json(data: str) -> object:
    """The JSON in the spelling that it came in, None where it is none."""
    import json

    from httpeek.server.app.answer import Spelled

    try:
        json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    # Beyond ASCII there are only characters of strings, which may be written as escapes.
    return Spelled("".join(c if c < "\x80" else json.dumps(c)[1:-1] for c in data.strip(" \t\r\n")))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
