"""The companion app: plain WSGI that answers what people test clients with.

It knows nothing of the server under it and runs under any other. `ROUTES` is the only list of what there is: the
index page is made from it. Answers are deterministic: the same bytes on every machine.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun
from httpeek.server.app import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from httpeek.server.app.pages import Answer, Environ


class Route(Noun):
    """One row: the first segment of a path, the page that answers, how it is written, what it does, an example."""

    name: str
    page: Callable[[Environ, list[str]], Answer]
    written: str
    does: str
    example: str


ROUTES = (
    Route("get", pages.seen, "/get", "what you sent, as JSON", "httpeek :8080/get a==1"),
    Route("anything", pages.anything, "/anything", "the same, for any method", "httpeek PUT :8080/anything"),
    Route("headers", pages.headers, "/headers", "the fields you sent", "httpeek :8080/headers x:1"),
    Route("status", pages.status, "/status/418", "any status", "httpeek :8080/status/418"),
    Route("redirect", pages.redirect, "/redirect/3", "redirects in a row", "httpeek -F :8080/redirect/3"),
    Route("bytes", pages.octets, "/bytes/1024", "octets, always the same", "httpeek --as hex :8080/bytes/64"),
    Route("json", pages.sample, "/json", "JSON of every kind", "httpeek :8080/json"),
    Route("stream", pages.stream, "/stream/5", "lines of JSON, chunked", "httpeek --raw :8080/stream/5"),
    Route("gzip", pages.gzipped, "/gzip", "JSON, coded with gzip", "httpeek --raw :8080/gzip"),
    Route("early-hints", pages.early_hints, "/early-hints", "103 before the 200", "httpeek -v :8080/early-hints"),
)
_BY_NAME = {route.name: route for route in ROUTES}


def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application (PEP 3333)."""
    segments = environ.get("PATH_INFO", "/").lstrip("/").split("/")
    if segments == [""] or environ.get("PATH_INFO") == "*":
        answer = pages.index(environ, ROUTES)
    else:
        route = _BY_NAME.get(segments[0])
        answer = pages.missing(environ) if route is None else route.page(environ, segments[1:])
    start_response(answer.status, list(answer.fields))
    return answer.content
