"""`/`: what there is, for people and programs: text, HTML or JSON by Accept, made from the table of routes."""

from __future__ import annotations

from httpeek.server.app.answer import html, json, text
from httpeek.server.app.request import escaped, host, preferred, shown
from httpeek.server.app.routes import ANY, GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.server.app.answer import Answer, Environ
    from httpeek.server.app.routes import Route

TITLE = "httpeek companion: an HTTP server to test clients with"
_PATHS = 22
"""Columns for the paths of a group, as wide as the longest; others take another line. With the widest title and
example a line has 80."""
_VARY = ("Vary", "Accept")


def index(environ: Environ) -> Answer:
    """The list of pages."""
    kind = preferred(environ, ("text/plain", "text/html", "application/json"), "text/plain")
    if kind == "text/html":
        return html(_html(environ), 200, _VARY)
    if kind == "application/json":
        return json(_json(), 200, _VARY)
    return text(_text(environ))


def samples(routes: Sequence[Route]) -> list[str]:
    """The paths to show of a group: one for each first segment, with an example for what varies."""
    found: dict[str, str] = {}
    for route in routes:
        found.setdefault(route.path.split("/")[1], filled(route.path))
    return list(found.values())


def filled(template: str) -> str:
    """A path with an example for each variable part."""
    for name, example in _EXAMPLES.items():
        template = template.replace("{" + name + "}", example)
    return template


_EXAMPLES = {
    "codes": "418", "count": "3", "place": "0", "seconds": "1", "user": "u", "password": "p", "qop": "auth",
    "algorithm": "SHA-256", "stale_after": "2", "kind": "png", "value": "aGVsbG8", "name": "1MiB.bin", "etag": "v1",
    "id": "last", "fault": "chunk-cut", "path...": "index.html", "rest...": "below",
}  # fmt: skip


def _example(environ: Environ, example: str) -> str:
    """The example as it works from where the client is: with the port that it came by, or none for the companion
    inside `httpeek` itself, which is gone after this request."""
    where = "" if environ.get("httpeek.model") == "embedded" else shown(host(environ))
    name, colon, port = where.rpartition(":")
    return "httpeek " + example.replace(":8080", colon + port if name in ("localhost", "127.0.0.1") else where)


def _text(environ: Environ) -> str:
    lines = [TITLE]
    titles = max(len(group.title) for group in GROUPS)
    for group in GROUPS[1:]:
        rows = [""]
        for path in samples(group.routes):
            if rows[-1] and len(rows[-1]) + 1 + len(path) > _PATHS:
                rows.append("")
            rows[-1] += (" " if rows[-1] else "") + path
        lines.append(f"  {rows[0]:{_PATHS}}  {group.title:{titles}}  {_example(environ, group.example)}")
        lines += [f"  {row}" for row in rows[1:]]
    return "\n".join(lines) + "\n"


def _html(environ: Environ) -> str:
    lines = ["<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">']
    lines += ['<meta name="viewport" content="width=device-width">', "<title>httpeek companion</title>"]
    lines += ["<style>body { font: 1em/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }"]
    lines += ["dt { font-family: monospace } h2 { font-size: 1.1em }</style>", "</head>", "<body>", f"<h1>{TITLE}</h1>"]
    for group in GROUPS:
        example = markup(_example(environ, group.example))
        lines += [f"<h2>{markup(group.title)}</h2>", f"<p><code>{example}</code></p>", "<dl>"]
        for route in group.routes:
            said = markup(f"{_methods(route)} {route.path}")
            if route.methods == ANY or "GET" in route.methods:
                said = f'<a href="{escaped(filled(route.path))}">{said}</a>'
            lines += [f"<dt>{said}</dt>", f"<dd>{markup(route.does)}</dd>"]
        lines.append("</dl>")
    return "\n".join([*lines, "</body>", "</html>"]) + "\n"


def _json() -> list[dict[str, object]]:
    return [
        {"path": route.path, "methods": _methods(route), "does": route.does, "group": group.title}
        for group in GROUPS
        for route in group.routes
    ]


def _methods(route: Route) -> str:
    return "any method" if route.methods == ANY else route.methods


def markup(said: str) -> str:
    """Text as HTML has it, inside attributes too."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
