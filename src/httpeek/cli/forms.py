"""Forms from data items: `-f` (application/x-www-form-urlencoded), and multipart/form-data for files or `--multipart`.

Rules: items stand in the body in the order in which they were typed. A number, true or false of `:=` stands as typed;
an object, an array or null has no place in a form. A file is checked now and read while it is sent.
"""

from __future__ import annotations

from httpeek.cli import items
from httpeek.cli.body import FORM_TYPE, Content, file_body, media_type, standard_input, text_file
from httpeek.cli.json_text import Number, kind, parsed
from httpeek.client.multipart import Part, checked, encoded, parameter, random_boundary
from httpeek.client.multipart import media_type as form_type
from httpeek.model.codes import usage
from httpeek.model.message import first
from httpeek.model.plan import Body
from httpeek.model.target import form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.items import Item
    from httpeek.client.complete import Wish


def urlencoded(data: Sequence[Item]) -> Content:
    """The data items as a form without files."""
    octets = "&".join(f"{form(item.name)}={form(_text(item))}" for item in data).encode("ascii")
    return Content(Body(octets, length=len(octets)), FORM_TYPE)


def multipart(data: Sequence[Item], boundary: str, wish: Wish) -> tuple[Content, Wish]:
    """The data items as parts. The boundary is the one given, or the one that the user's own Content-Type names; a
    Content-Type without one gets it. Raises HttpeekError (USAGE, READ_FAILED)."""
    own = first(wish.fields, b"content-type")
    named = _named(own)
    if named and boundary and named != boundary:
        raise usage(f"the boundary is given twice: --boundary={boundary} and {own.decode('utf-8', 'replace')}")
    boundary = checked(named or boundary) if named or boundary else random_boundary()
    if own and not named:
        wish = wish._replace(
            fields=tuple(
                (name, value + b"; " + parameter(boundary)) if name.lower() == b"content-type" else (name, value)
                for name, value in wish.fields
            )
        )
    return Content(encoded([_part(item) for item in data], boundary), form_type(boundary)), wish


def _named(content_type: bytes) -> str:
    """The boundary that a Content-Type names, or ""."""
    _, mark, text = content_type.decode("latin-1").partition("boundary=")
    if not mark:
        return ""
    if text.startswith('"'):
        return text[1:].partition('"')[0]
    return text.partition(";")[0].strip()


def _part(item: Item) -> Part:
    if item.kind == items.UPLOAD:
        path, given, filename = items.attached(item)
        name = path.rpartition("/")[2]
        content = standard_input() if path == "-" else file_body(path)
        return Part(item.name, content, name if filename is None else filename, given or media_type(path))
    octets = _text(item).encode("utf-8", "surrogateescape")
    return Part(item.name, Body(octets, length=len(octets)))


def _text(item: Item) -> str:
    """The value of a data item as a form has it."""
    if item.kind == items.DATA:
        return item.value
    if item.kind == items.DATA_FILE:
        return text_file(item.value)
    try:
        value = parsed(text_file(item.value) if item.kind == items.JSON_FILE else item.value)
    except ValueError as error:
        raise usage(f"{item.original}: the file holds no JSON: {error}") from None
    if isinstance(value, str):
        return value
    if isinstance(value, Number):
        return value.spelling
    if isinstance(value, bool):
        return "true" if value else "false"
    raise items.wrong(item.original, f"is {kind(value)}, which has no place in a form")
