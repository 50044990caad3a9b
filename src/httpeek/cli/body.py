"""The content of a request, from what was typed and from standard input.

Rules for standard input (it never hangs a cron job, and never changes the method): it is read when asked for
(`--data @-`, `@-`), or with an explicit POST, PUT or PATCH and no body item if it is a regular file, or a pipe that has
data when we look; a FIFO gets one second. Otherwise the request goes without, and a note says so.
"""

from __future__ import annotations

import os
import select
import sys
from stat import S_ISFIFO, S_ISREG, S_ISSOCK

from httpeek.cli import items
from httpeek.model.codes import READ_FAILED, Failure, HttpeekError, usage
from httpeek.model.nouns import Noun
from httpeek.model.plan import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.items import Item
    from httpeek.cli.json_text import Value
    from httpeek.client.complete import Wish

FIFO_WAIT = 1000
"""Milliseconds that a named pipe gets: its writer may open it a moment after we do."""
_TAKE_STDIN = ("POST", "PUT", "PATCH")
JSON_TYPE = b"application/json"
JSON_ACCEPT = b"application/json, */*;q=0.5"
FORM_TYPE = b"application/x-www-form-urlencoded; charset=utf-8"


class Content(Noun):
    """A body with the media type and the Accept value that go with it where the user gives none. `content` is None
    where only these two were asked for: `-j` or `-f` without items."""

    content: Body | None
    media_type: bytes = b""
    accept: bytes = b"*/*"

    def described(self, wish: Wish) -> Wish:
        """The wish with the media type of this content, unless it names or removes Content-Type itself."""
        named = {name.lower() for name, _ in wish.fields} | wish.removed
        if not self.media_type or b"content-type" in named:
            return wish
        return wish._replace(fields=((b"Content-Type", self.media_type), *wish.fields))


def of_kind(body_type: str, content: Body | None, guessed: bytes = b"") -> Content:
    """Content with the types that go with `-j` ("json"), `-f` ("form") or neither (""): HTTPie assumes JSON. A media
    type that a file's name suggests goes before both."""
    if body_type in ("form", "multipart"):
        return Content(content, guessed or FORM_TYPE)
    if content is None and not body_type:
        return Content(None)
    return Content(content, guessed or JSON_TYPE, JSON_ACCEPT)


def from_data(text: str, body_type: str) -> Content:
    """`--data TEXT|@FILE|@-`: exactly these octets."""
    if text == "@-":
        return of_kind(body_type, standard_input())
    if text == "@":
        raise usage("--data @ names no file after the @")
    if text.startswith("@"):
        return of_kind(body_type, file_body(text[1:]), media_type(text[1:]))
    octets = text.encode("utf-8", "surrogateescape")
    return of_kind(body_type, Body(octets, length=len(octets)))


def from_file_item(item: Item, body_type: str) -> Content:
    """`@path` or `@-`: the whole body from a file, `;type=` behind it."""
    path, named, filename = items.attached(item)
    if filename is not None:
        raise items.wrong(item.original, "is the whole body, which has no file name; a part of a form is name@file")
    if path == "-":
        return of_kind(body_type, standard_input(), named)
    return of_kind(body_type, file_body(path), named or media_type(path))


def from_items(data: Sequence[Item]) -> Content:
    """The JSON that the data items make, each at the path that its name is; numbers of `:=` stand as typed."""
    from httpeek.cli.json_text import parsed, text
    from httpeek.cli.nested import put

    body: Value = None
    try:
        for item in data:
            value: Value = item.value
            if item.kind == items.JSON:
                value = parsed(item.value)
            elif item.kind == items.JSON_FILE:
                value = _json_file(item)
            elif item.kind == items.DATA_FILE:
                value = text_file(item.value)
            body = put(body, item, value)
        octets = text(body).encode("ascii")
    except RecursionError:
        raise usage("the items make JSON that is nested too deeply to be written") from None
    return Content(Body(octets, length=len(octets)), JSON_TYPE, JSON_ACCEPT)


def _json_file(item: Item) -> Value:
    from httpeek.cli.json_text import parsed

    try:
        return parsed(text_file(item.value))
    except ValueError as error:
        raise usage(f"{item.original}: the file holds no JSON: {error}") from None


def from_stdin(method: str, body_type: str = "", descriptor: int = 0) -> tuple[Content | None, str]:
    """What standard input gives to a request without body items: the content, or None and a note (or "")."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return None, ""
    if not (S_ISREG(mode) or S_ISFIFO(mode) or S_ISSOCK(mode)):
        return None, ""
    state = _look(descriptor, mode, FIFO_WAIT if method in _TAKE_STDIN and _is_named(descriptor) else 0)
    if method in _TAKE_STDIN:
        if state == "ended":
            return None, ""
        if state == "data":
            return of_kind(body_type, standard_input(descriptor)), ""
        return None, "standard input is open but silent: the request goes without a body (--data @- waits for it)"
    if state == "data":
        return (
            None,
            f"standard input has data, which is not sent with {method}: --data @- sends it, -I says not to look",
        )
    return None, ""


def _look(descriptor: int, mode: int, wait: int) -> str:
    """What is there now: "data", "ended" or "silent"."""
    if S_ISREG(mode):
        left = os.fstat(descriptor).st_size - os.lseek(descriptor, 0, os.SEEK_CUR)
        return "data" if left > 0 else "ended"
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    ready = poll.poll(wait)
    if not ready:
        return "silent"
    return "data" if ready[0][1] & select.POLLIN else "ended"


def _is_named(descriptor: int) -> bool:
    """True for a FIFO that has a name (Linux: the link of an anonymous pipe reads "pipe:[n]")."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("/")
    except OSError:
        return False


def standard_input(descriptor: int = 0) -> Body:
    """Standard input as a body: with its length where it is a regular file, else without a known end."""
    try:
        if sys.stdin is None:  # it was closed when we started
            raise OSError
        info = os.fstat(descriptor)
    except OSError:
        raise HttpeekError(Failure(READ_FAILED, "read", "standard input is closed")) from None
    if S_ISREG(info.st_mode):
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
        return Body(fd=descriptor, length=max(0, info.st_size - start), start=start)
    return Body(fd=descriptor, length=None)


def file_body(path: str) -> Body:
    """A file as a body, read while it is sent; what has no size of its own goes without a known end."""
    path = os.path.expanduser(path)
    try:
        info = os.stat(path)
        if os.path.isdir(path):
            raise IsADirectoryError(21, "is a directory")
        if not os.access(path, os.R_OK):
            raise PermissionError(13, "permission denied")
    except OSError as error:
        raise HttpeekError(
            Failure(READ_FAILED, "read", f"{path} cannot be read: {str(error.strerror).lower()}")
        ) from None
    return Body(path=path, length=info.st_size if S_ISREG(info.st_mode) else None)


def measured(content: Content) -> Content:
    """The content with its length, read whole where that takes it: HTTP/1.0 has no chunks (RFC 9112 section 6.1)."""
    from httpeek.client.source import Source

    body = content.content
    if body is None or body.length is not None:
        return content
    source, pieces = Source(body), []
    while not source.done:
        pieces.append(source.read() or b"")
    octets = b"".join(pieces)
    return content._replace(content=Body(octets, length=len(octets)))


def text_file(path: str) -> str:
    """The text of a file. Raises HttpeekError (READ_FAILED, or USAGE where it holds no UTF-8)."""
    try:
        with open(os.path.expanduser(path), "rb") as file:
            return file.read().decode("utf-8")
    except OSError as error:
        raise HttpeekError(
            Failure(READ_FAILED, "read", f"{path} cannot be read: {str(error.strerror).lower()}")
        ) from None
    except UnicodeDecodeError:
        raise usage(f"{path} holds no UTF-8 text") from None


def field_file(path: str) -> str:
    """The value of a field or a query parameter from a file: its text without the line end behind it."""
    return text_file(path).rstrip("\r\n")


def media_type(path: str) -> bytes:
    """The media type that a file's name suggests, or nothing."""
    if "." not in os.path.basename(path):
        return b""  # and what takes 5 ms to load is not loaded
    from mimetypes import guess_type

    guessed, coding = guess_type(path, strict=False)
    return guessed.encode("ascii") if guessed and not coding else b""
