"""The content of an entry's request, with its variables filled in. A file is looked at here, and read when sent."""

from __future__ import annotations

import os
from stat import S_ISREG

from httpeek.check.expect.scope import fault
from httpeek.check.suite import Template
from httpeek.model.plan import Body
from httpeek.model.target import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.check.expect.scope import Scope
    from httpeek.check.suite import Content, Request


def content_of(request: Request, scope: Scope) -> tuple[Body | None, str]:
    """The content and its media type, "" where it has none."""
    if request.parts:
        return _multipart(request, scope)
    if request.form:
        text = "&".join(f"{encoded(scope.text(pair.name))}={encoded(scope.text(pair.value))}" for pair in request.form)
        octets = text.encode("ascii")
        return Body(octets, length=len(octets)), "application/x-www-form-urlencoded"
    if request.content is None:
        return None, ""
    return _body(request.content, scope), request.content.media_type


def _body(content: Content, scope: Scope) -> Body:
    """A content as it is sent: a file is read while it is sent."""
    if content.kind == "file" and isinstance(content.value, Template):
        return _file(content.value, scope)
    octets = scope.octets(content)
    return Body(octets, length=len(octets))


def _file(name: Template, scope: Scope) -> Body:
    path = scope.path(name)
    try:
        info = os.stat(path)
        if not S_ISREG(info.st_mode) or not os.access(path, os.R_OK):
            raise OSError(0, "it is no file that can be read")
    except OSError as error:
        raise fault(
            f"the file {path} cannot be read: {(error.strerror or '').lower()}", "no such file", name.place
        ) from None
    return Body(path=path, length=info.st_size)


def _multipart(request: Request, scope: Scope) -> tuple[Body, str]:
    from mimetypes import guess_type
    from os.path import basename

    from httpeek.client.multipart import Part, encoded, media_type, random_boundary

    parts: list[Part] = []
    for part in request.parts:
        name = scope.text(part.name)
        if part.file is None:
            octets = scope.text(part.value).encode("utf-8", "surrogateescape") if part.value is not None else b""
            parts.append(Part(name, Body(octets, length=len(octets))))
            continue
        body = _file(part.file, scope)
        filename = basename(scope.text(part.file))
        kind = scope.text(part.media_type) if part.media_type is not None else guess_type(filename)[0]
        parts.append(Part(name, body, filename, (kind or "application/octet-stream").encode("utf-8")))
    boundary = random_boundary()
    return encoded(parts, boundary), media_type(boundary).decode("ascii")
