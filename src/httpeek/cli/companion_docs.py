"""The documentation of the companion app, made from its table of routes; what stands around the tables is here."""

from __future__ import annotations

from httpeek.server.app import routes


def page(made: str) -> str:
    """docs/companion.md: the pages by group, and their bounds. `made` says that the file is generated."""
    lines = ["# The companion", "", made, "", *_COMPANION.strip().split("\n")]
    for group in routes.GROUPS:
        lines += ["", f"## {group.title[0].upper()}{group.title[1:]}", "", f"    httpeek {group.example}", ""]
        lines += ["| method | path | what it does |", "|---|---|---|"]
        for route in group.routes:
            methods = "any" if route.methods == routes.ANY else route.methods.replace(" ", ", ")
            lines.append(f"| {methods} | `{route.path}` | {route.does} |")
    lines += ["", "## Bounds", "", "Beyond one the answer is 400 (413 for content) and a sentence.", ""]
    lines += ["| bound | of | is |", "|---|---|---|"]
    lines += [f"| {what} | `{pages}` | {_bound(name)} |" for name, pages, what in _BOUNDS]
    return "\n".join(lines) + "\n"


def _bound(name: str) -> str:
    """The value of a bound, from the file that keeps it."""
    module, _, constant = name.partition(".")
    value = getattr(__import__(f"httpeek.server.app.{module}", fromlist=[constant]), constant)
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}"


_COMPANION = """
`httpeek serve` answers these pages on localhost:8080, and `httpeek GET /get` inside its own process, with no server
and no network. The app is plain WSGI and runs under any other server too:

    gunicorn httpeek.app:app

It is compatible in shape with httpbin and go-httpbin: what they answer is there under the same names.

- **The same everywhere.** What is random is a function of a seed: of `?seed=N`, else of the server's, which is 0. The
  n-th draw of a server (`/uuid`, `/status/200,503`, `/unstable`) is the same in every run.
- GET brings HEAD; OPTIONS answers with Allow; another method is 405. A request with an Origin field is told that any
  origin may read the answer.
- `/get` has field names as CGI hands them on (X-Foo for x-foo); `/dump/request` has the octets themselves.
- JSON that was sent comes back in its own spelling: 1.50 stays 1.50, and a name may be there twice.
- What only the server can know or do is answered with 501 where it does not offer it: `/trailers` and `/early-hints`,
  `/socket`, `/dump/request`, `/dump/last`, `/requests`.

A server offers that in the environ of a request:

| key | what it is |
|---|---|
| `httpeek.interim` | a call `(status, reason, fields)` that sends an interim response now |
| `httpeek.trailers` | a call `(fields)` that gives the trailer section to send behind the content |
| `httpeek.connection` | what is known of the connection, a dict or a call that gives one |
| `httpeek.request_octets` | the octets of the request as received, or a call that gives them |
| `httpeek.exchange` | the id of this exchange |
| `httpeek.requests` | a call that gives the first line of each record that is kept (`run` is its id), oldest first |
| `httpeek.record` | a call `(id)` that gives a record file, or None |
| `httpeek.replay` | a call `(octets, local, remote, id)` that has a request answered again and gives the new id |
| `httpeek.seed` | the seed of everything random |
| `httpeek.show_env` | true where `/env` may show the environment |

Fields are pairs of bytes.

Files: `/files/10MB.txt` is 10,000,000 bytes, `/files/disk-1GiB.iso` is 1,073,741,824; `/files/big.iso` is 1 GiB. The
query may say more: `size=`, `seed=`, `etag=weak|none|TEXT`, `ranges=no`, `length=no`, `filename=`, and
`disposition=` with one of the ways in which servers name a file, well or badly (`/files/` lists them).
"""

_BOUNDS = (
    ("request.ECHOED", "/post", "content that is shown, in bytes"),
    ("forms.PARTS", "/post", "parts of a form"),
    ("octets.LARGEST", "/bytes/N", "bytes, of /stream-bytes and /range too"),
    ("files.LARGEST", "/files/NAME", "bytes of a file"),
    ("ranges.MOST", "/files/NAME", "ranges of one request; beyond it the field is ignored"),
    ("redirects.MOST", "/redirect/N", "redirects in a row"),
    ("cookies.MOST", "/cookies/set", "cookies at once"),
    ("streams.LINES", "/stream/N", "lines or events"),
    ("streams.LONGEST", "/delay/N", "seconds of a delay or a duration"),
    ("streams.DRIPPED", "/drip", "bytes of a drip"),
    ("site.LINKS", "/links/N", "pages"),
)
"""The bounds of the companion's pages: the constant, a page that it is of, and what it counts."""
