"""A site for mirrors: pages as a table, and every request as it came. Several hosts are told apart by their Host field;
`hosts` gives the options that lead their names here."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.download.listening import Listening
from tests.download.origin import Request, _read

HTML = "text/html; charset=utf-8"
CSS = "text/css"


class Page(NamedTuple):
    """One answer: `content`, its media type ("" for none), status, further fields."""

    content: bytes
    kind: str = HTML
    status: int = 200
    fields: tuple[str, ...] = ()


def html(body: str, **fields: str) -> Page:
    return Page(body.encode(), HTML, 200, tuple(f"{name.replace('_', '-')}: {value}" for name, value in fields.items()))


def moved(where: str, status: int = 301) -> Page:
    return Page(b"moved", "text/plain", status, (f"Location: {where}",))


Pages = Mapping[str, "Page | str | bytes | Callable[[Request], Page]"]


class Site(Listening):
    """The server, one thread a connection. `pages` are looked up by "host/path?query" and then by "/path?query"; what
    is a str is a page of HTML. Every page has the ETag and Last-Modified that its fields say."""

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self.pages = dict(pages)
        self.requests: list[Request] = []
        self.root = f"127.0.0.1:{self.port}"

    def hosts(self, *names: str) -> list[str]:
        return [f"--resolve={name}:{self.port}:127.0.0.1" for name in names]

    @property
    def asked(self) -> list[str]:
        """The targets of all requests but those for robots.txt, in order."""
        return [request.target for request in self.requests if request.target != "/robots.txt"]

    def methods(self, target: str) -> list[str]:
        return [request.method for request in self.requests if request.target == target]

    def serve(self, sock: socket.socket) -> None:
        while (request := _read(sock)) is not None:
            self.requests.append(request)
            page = self._page(request)
            sock.sendall(_octets(request, page))
            if any(line.startswith("Content-Length") for line in page.fields):
                break  # it says more than there is

    def _page(self, request: Request) -> Page:
        host = request.fields.get("host", "").partition(":")[0]
        found = self.pages.get(f"{host}{request.target}", self.pages.get(request.target))
        if callable(found):
            found = found(request)
        if isinstance(found, str):
            return html(found)
        if isinstance(found, bytes):
            return Page(found, "application/octet-stream")
        return found if found is not None else Page(b"none", "text/plain", 404)


def _octets(request: Request, page: Page) -> bytes:
    fields = dict(line.split(": ", 1) for line in page.fields)
    if page.status == 200:
        etag, modified = fields.get("ETag"), fields.get("Last-Modified")
        asked_for = request.fields.get("if-none-match")
        same = asked_for == etag if asked_for else modified and request.fields.get("if-modified-since") == modified
        if same and (etag or modified):
            lines = "".join(f"{line}\r\n" for line in page.fields)
            return f"HTTP/1.1 304 Not Modified\r\n{lines}\r\n".encode()
    lines = "".join(f"{line}\r\n" for line in page.fields if not line.startswith("Content-Length"))
    kind = f"Content-Type: {page.kind}\r\n" if page.kind else ""
    length = fields.get("Content-Length", len(page.content))
    head = f"HTTP/1.1 {page.status} X\r\nContent-Length: {length}\r\n{kind}{lines}\r\n"
    return head.encode("latin-1") + (b"" if request.method == "HEAD" else page.content)
