"""The companion app: plain WSGI (PEP 3333) that answers what people test clients with.

It knows nothing of the server under it and runs under any other: what a server does not offer is answered with 501
and a sentence. `routes.ROUTES` is the only list of what there is. Answers are deterministic: everything random is a
function of a seed, so that they are the same on every machine.

Rules:
- A page takes the environ and the variable parts of its path, and returns an Answer or raises Refused.
- A page's file is imported when the page is first asked for: `httpeek GET /get` starts this app too.
- Whatever a page makes has a named bound, and a request beyond it is answered with 400 and a sentence.
"""

from __future__ import annotations

from httpeek.server.app.answer import Answer, Refused, empty
from httpeek.server.app.request import decoded, shown
from httpeek.server.app.routes import ANY, ROUTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from httpeek.server.app.answer import Environ, Pairs
    from httpeek.server.app.routes import Route

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What a page that answers every method says in Allow."""


def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application."""
    method = environ["REQUEST_METHOD"]
    try:
        answer = _answer(environ, method)
    except Refused as refused:
        answer = refused.answer
    start_response(answer.line, [*answer.fields, *_cors(environ, method)])
    if method == "HEAD":
        close = getattr(answer.content, "close", None)
        if close is not None:
            close()
        return iter(())  # not a list: a server would take its length for that of the content
    return answer.content


def _answer(environ: Environ, method: str) -> Answer:
    path = decoded(environ.get("PATH_INFO", ""))
    if path == "*" or environ.get("REQUEST_URI") == "*":
        return empty(200, ("Allow", ", ".join(METHODS)))
    segments = path.removeprefix("/").split("/")
    found: list[tuple[Route, list[str]]] = []
    for route in ROUTES:
        parts = _match(route.path, segments)
        if parts is not None:
            found.append((route, parts))
    if not found:
        raise Refused(404, f"there is no page {shown(path)} here; / lists what there is")
    if method == "OPTIONS":
        return empty(200, ("Allow", _allow([route for route, _ in found])))
    for route, parts in found:
        if route.methods == ANY or ("GET" if method == "HEAD" else method) in route.methods.split():
            return page(route)(environ, *parts)
    allow = _allow([route for route, _ in found])
    raise Refused(405, f"{shown(path)} answers {allow}, not {shown(method)}", ("Allow", allow))


def page(route: Route) -> Callable[..., Answer]:
    """The function that answers a route, imported now."""
    module, _, name = route.page.partition(".")
    answers: Callable[..., Answer] = getattr(__import__(f"{__name__}.{module}", fromlist=(name,)), name)
    return answers


def _match(template: str, segments: Sequence[str]) -> list[str] | None:
    """The variable parts of a path, None where it is another. "{name}" is a segment that is not empty, "{name...}" all
    that is left."""
    wanted = template[1:].split("/")
    if wanted[0] != segments[0] and wanted[0][:1] != "{":
        return None
    parts: list[str] = []
    for place, part in enumerate(wanted):
        if part.endswith("...}"):
            return [*parts, "/".join(segments[place:])] if place < len(segments) else None
        if place >= len(segments):
            return None
        if part[:1] == "{" and segments[place]:
            parts.append(segments[place])
        elif part != segments[place]:
            return None
    return parts if len(wanted) == len(segments) else None


def _allow(routes: Sequence[Route]) -> str:
    if any(route.methods == ANY for route in routes):
        return ", ".join(METHODS)
    methods = {method for route in routes for method in route.methods.split()}
    return ", ".join(each for each in METHODS if each in methods or each == "OPTIONS" or _headed(each, methods))


def _headed(method: str, methods: set[str]) -> bool:
    return method == "HEAD" and "GET" in methods


def _cors(environ: Environ, method: str) -> Pairs:
    """Every origin may read every page (the Fetch standard, section 3.2), with cookies too, as httpbin has it. Only a
    request that names an origin is told so."""
    origin = environ.get("HTTP_ORIGIN", "")
    if not origin or not origin.isascii() or not origin.isprintable():
        return ()
    fields = [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
    if method == "OPTIONS":
        fields += [("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS")]
        fields += [("Access-Control-Max-Age", "3600")]
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        if asked and asked.isascii() and asked.isprintable():
            fields += [("Access-Control-Allow-Headers", asked)]
    return tuple(fields)
