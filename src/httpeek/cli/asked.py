"""What the request items and `--data` ask for: fields, a query, a body. Loaded only where there are some."""

from __future__ import annotations

from httpeek.cli import items
from httpeek.cli.body import field_file, from_data, from_file_item, from_items
from httpeek.client.complete import Wish
from httpeek.model.codes import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.body import Content
    from httpeek.cli.items import Item
    from httpeek.cli.parse import Typed


def asked(typed: Typed) -> tuple[Wish, list[tuple[str, str]], Content | None]:
    """The fields, the pairs of the query and the body that were typed. Raises HttpeekError (USAGE, READ_FAILED)."""
    wanted = items.read(typed.items)
    return _wish(wanted), _query(wanted), _body(typed, wanted)


def _query(wanted: Sequence[Item]) -> list[tuple[str, str]]:
    return [
        (item.name, field_file(item.value) if item.kind == items.QUERY_FILE else item.value)
        for item in wanted
        if item.kind in (items.QUERY, items.QUERY_FILE)
    ]


def _body(typed: Typed, wanted: Sequence[Item]) -> Content | None:
    data = [item for item in wanted if item.kind in (items.DATA, items.DATA_FILE, items.JSON, items.JSON_FILE)]
    files = [item for item in wanted if item.kind == items.BODY_FILE]
    for item in wanted:
        if item.kind == items.UPLOAD:
            raise usage(f"{item.original} uploads a part of a form; @{item.value} sends the file as the whole body")
    given = ["--data"] if typed.has("data") else []
    given += [item.original for item in (*files, *data[:1])]
    if len(given) > 1:
        raise usage(f"the request would have two bodies: {given[0]} and {given[1]}")
    if typed.has("data"):
        return from_data(typed.text("data"))
    if files:
        return from_file_item(files[0])
    return from_items(data) if data else None


def _wish(wanted: Sequence[Item]) -> Wish:
    fields: list[tuple[bytes, bytes]] = []
    removed = set()
    for item in wanted:
        name = item.name.encode("latin-1", "replace")
        if item.kind == items.FIELD_REMOVED:
            removed.add(name.lower())
        elif item.kind in (items.FIELD, items.FIELD_EMPTY, items.FIELD_FILE):
            value = field_file(item.value) if item.kind == items.FIELD_FILE else item.value
            fields.append((name, value.encode("utf-8", "surrogateescape")))
    return Wish(tuple(fields), frozenset(removed))
