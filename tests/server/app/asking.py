"""A WSGI server without a socket: builds an environ, calls the companion through wsgiref.validate, gives the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.validate import validator

from httpeek.app import app


@dataclass(frozen=True)
class Got:
    """What came back."""

    status: int
    reason: str
    fields: list[tuple[str, str]]
    content: bytes

    def __getitem__(self, name: str) -> str:
        """A field by its name, "" where there is none."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.content)


def ask(
    target: str,
    method: str = "GET",
    fields: Mapping[str, str] | None = None,
    content: bytes = b"",
    environ: Mapping[str, Any] | None = None,
) -> Got:
    """Asks the companion; `environ` adds to the environ or, by None, takes from it."""
    path, _, query = target.partition("?")
    made: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.7",
        "HTTP_HOST": "localhost:8080",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(content),
        "wsgi.errors": StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if content:
        made["CONTENT_LENGTH"] = str(len(content))
    for name, value in (fields or {}).items():
        key = name.upper().replace("-", "_")
        made[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    for name, value in (environ or {}).items():
        made[name] = value
        if value is None:
            del made[name]
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        heads.append((status, headers))
        return lambda data: None

    # The validator has a path begin with "/"; servers give the "*" of OPTIONS as it is.
    result = (app if path == "*" else validator(app))(made, start_response)
    pieces = list(result)
    if hasattr(result, "close"):
        result.close()
    ((line, headers),) = heads
    return Got(int(line[:3]), line[4:], headers, b"".join(pieces))
