"""What the request items, `--data` and the options for bodies ask for: fields, a query, a body. Loaded only where there
are some."""

from __future__ import annotations

from httpeek.cli import items
from httpeek.cli.body import Content, field_file, from_data, from_file_item, from_items, measured, of_kind
from httpeek.client.complete import Wish
from httpeek.model.codes import usage
from httpeek.model.message import members
from httpeek.model.plan import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.items import Item
    from httpeek.cli.parse import Typed

_DATA = frozenset((items.DATA, items.DATA_FILE, items.JSON, items.JSON_FILE))


def asked(typed: Typed) -> tuple[Wish, list[tuple[str, str]], Content]:
    """The fields, the pairs of the query and the body that were typed. Raises HttpeekError (USAGE, READ_FAILED)."""
    wanted = items.read(typed.items)
    content, wish = _body(typed, wanted, _wish(wanted))
    return wish, _query(wanted), content


def framed(typed: Typed, content: Content | None, wish: Wish, twice: bool = False) -> tuple[Content | None, Wish]:
    """The content as `--compress`, `--chunked` and `--http1.0` have it, and the fields that describe it; with `twice`
    it can be sent again. Raises HttpeekError (USAGE, READ_FAILED)."""
    if typed.flag("chunked") and typed.flag("http1.0"):
        raise usage("--chunked with --http1.0: HTTP/1.0 has no chunks (RFC 9112 6.1)")
    body = content.content if content is not None else None
    if body is not None and typed.texts("compress"):
        body, wish = _compressed(typed.texts("compress"), body, wish)
    if twice and body is not None:
        from httpeek.client.spooled import again

        body = again(body)
    if typed.flag("chunked"):
        body = (body or Body())._replace(length=None)
    elif body is not None and b"chunked" in members(wish.fields, b"transfer-encoding"):
        raise usage("Transfer-Encoding:chunked is what --chunked says: it puts the body into chunks, too")
    content = (content or Content(None))._replace(content=body)
    wish = content.described(wish)
    return (measured(content) if typed.flag("http1.0") else content), wish


def _compressed(asked_for: Sequence[str], body: Body, wish: Wish) -> tuple[Body, Wish]:
    from httpeek.client.compressed import compressed

    if any(name.lower() == b"content-encoding" for name, _ in wish.fields):
        raise usage("--compress says which Content-Encoding is sent: leave out the item")
    coding = next((one for one in reversed(asked_for) if one), "deflate")
    body, done = compressed(body, coding, forced=len(asked_for) > 1)
    if done:
        wish = wish._replace(fields=(*wish.fields, (b"Content-Encoding", coding.encode("ascii"))))
    return body, wish


def _query(wanted: Sequence[Item]) -> list[tuple[str, str]]:
    return [
        (item.name, field_file(item.value) if item.kind == items.QUERY_FILE else item.value)
        for item in wanted
        if item.kind in (items.QUERY, items.QUERY_FILE)
    ]


def _body(typed: Typed, wanted: Sequence[Item], wish: Wish) -> tuple[Content, Wish]:
    body_type = typed.text("body-type")
    data = [item for item in wanted if item.kind in _DATA or item.kind == items.UPLOAD]
    files = [item for item in wanted if item.kind == items.BODY_FILE]
    uploads = [item for item in data if item.kind == items.UPLOAD]
    _one_body(typed, body_type, files, data)
    if uploads and body_type not in ("form", "multipart"):
        raise items.wrong(
            uploads[0].original, f"is a file in a form: add -f (--form), or @{uploads[0].value} for the whole body"
        )
    if typed.has("data"):
        return from_data(typed.text("data"), body_type), wish
    if files:
        return from_file_item(files[0], body_type), wish
    if uploads or body_type == "multipart":
        from httpeek.cli.forms import multipart

        return multipart(data, typed.text("boundary"), wish)
    if data and body_type == "form":
        from httpeek.cli.forms import urlencoded

        return urlencoded(data), wish
    return from_items(data) if data else of_kind(body_type, None), wish


def _one_body(typed: Typed, body_type: str, files: Sequence[Item], data: Sequence[Item]) -> None:
    """Raises HttpeekError (USAGE) where two bodies were typed, or one that is no form in a form with parts."""
    given = ["--data"] if typed.has("data") else []
    given += [item.original for item in (*files, *data[:1])]
    if len(given) > 1:
        raise usage(f"the request would have two bodies: {given[0]} and {given[1]}")
    if files and body_type in ("form", "multipart"):
        raise items.wrong(files[0].original, f"has no name for its part of the form: write name{files[0].original}")
    if typed.has("data") and body_type == "multipart":
        raise usage(
            "--multipart makes a body of parts, which --data is not: a part is an item, name=value or name@file"
        )


def _wish(wanted: Sequence[Item]) -> Wish:
    """The fields in order. `Name:` takes out what stands before it, and `Name:value` behind it puts one in again."""
    fields: list[tuple[bytes, bytes]] = []
    removed = set()
    for item in wanted:
        name = item.name.encode("latin-1", "replace")
        if item.kind == items.FIELD_REMOVED:
            removed.add(name.lower())
            fields = [field for field in fields if field[0].lower() != name.lower()]
        elif item.kind in (items.FIELD, items.FIELD_EMPTY, items.FIELD_FILE):
            value = field_file(item.value) if item.kind == items.FIELD_FILE else item.value
            fields.append((name, value.encode("utf-8", "surrogateescape")))
            removed.discard(name.lower())
    return Wish(tuple(fields), frozenset(removed))
