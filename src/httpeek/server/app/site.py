"""A small site to mirror: links of every kind that a recursive download has to get right, and some to stumble over.

`/site/` links to all of it. `PAGES` is the site; what is not in it is missing on purpose.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun
from httpeek.server.app.answer import HTML, Refused, empty, html, text, whole
from httpeek.server.app.files import MODIFIED
from httpeek.server.app.ranges import condition
from httpeek.server.app.redirects import moved
from httpeek.server.app.request import shown, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ

LINKS = 200
"""The most pages of /links, as httpbin has it."""
DAYS = 1_000_000
"""The last page of the calendar that never ends: who gets there has no limit on depth."""
_CSS = "text/css; charset=utf-8"
_MARK = ("Last-Modified", MODIFIED)


class Page(Noun):
    """A page of the site: its media type and its text. An image is named by its kind."""

    kind: str
    said: str


def _html(title: str, body: str, head: str = "") -> Page:
    return Page(
        HTML,
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n{head}</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n",
    )


PAGES = {
    "": _html(
        "A site to mirror",
        """<p><img src="images/blue.png" alt="" srcset="images/blue.png 1x, images/large.png 2x"></p>
<picture><source srcset="images/blue.webp" type="image/webp"><img src="images/blue.jpeg" alt=""></picture>
<ul>
<li><a href="about.html">a page beside this one</a></li>
<li><a href="about.html#end">the same, with a fragment</a></li>
<li><a href="deep/er/page.html">a page further down</a></li>
<li><a href="/site/deep/">a directory, by its path</a></li>
<li><a href="./deep/../about.html?print=1">dots and a query</a></li>
<li><a href="loop/a.html">a loop of two</a></li>
<li><a href="calendar/1">a calendar without end</a></li>
<li><a href="old.html">a redirect to about.html</a></li>
<li><a href="away">a redirect to another host</a></li>
<li><a href="missing.html">a broken link</a></li>
<li><a href="private/page.html">what /robots.txt asks to leave out</a></li>
<li><a href="nofollow.html" rel="nofollow">a link not to follow</a></li>
<li><a href="a%20name%20%C3%A9.html">a name with spaces</a></li>
<li><a href="based.html">a page with a base</a></li>
<li><a href="both">a name that is a page</a> and <a href="both/page.html">a directory</a></li>
<li><a href="listing/">a listing that sorts itself</a></li>
<li><a href="frames.html">frames, media and old tags</a></li>
<li><a href="../get">a page above the site</a></li>
<li><a href="//example.org/">another host</a>, <a href="https://example.com/page.html">and another</a></li>
<li><a href="mailto:nobody@example.org">mail</a>, <a href="javascript:void(0)">a script</a>,
<a href="data:text/plain,hello">data</a>, <a href="tel:+1">a telephone</a></li>
<li><a href='about.html?a=1&amp;b=2'>single quotes</a>, <a href=about.html>no quotes</a></li>
</ul>
<!-- <a href="commented-out.html">a link in a comment is none</a> -->
<script>var link = '<a href="not-a-link.html">';</script>
""",
        '<link rel="stylesheet" href="style/main.css">\n<link rel="icon" href="images/icon.svg">\n'
        '<style>body { background: url(images/tile.png) }</style>\n<script src="script.js"></script>\n',
    ),
    "about.html": _html("About", '<p><a href="./">back</a></p>\n<p id="end">The end.</p>\n'),
    "deep/": _html("Deep", '<p><a href="er/page.html">deeper</a>, <a href="..">up</a></p>\n'),
    "deep/er/page.html": _html(
        "Deeper", '<p><a href="../../">up two</a> <img src="/site/images/blue.png" alt=""></p>\n'
    ),
    "loop/a.html": _html("Loop A", '<p><a href="b.html">B</a></p>\n'),
    "loop/b.html": _html("Loop B", '<p><a href="a.html">A</a></p>\n'),
    "private/page.html": _html("Private", "<p>A polite robot does not come here.</p>\n"),
    "nofollow.html": _html("Not followed", "<p>rel=nofollow leads here.</p>\n"),
    "a name \u00e9.html": _html("A name with spaces", '<p><a href="./">back</a></p>\n'),
    "based.html": _html("A base", '<p><a href="page.html">deep/er/page.html</a></p>\n', '<base href="deep/er/">\n'),
    "both": _html("A page", '<p><a href="both/page.html">below it</a></p>\n'),
    "both/page.html": _html("A page below a page", '<p><a href="../both">above it</a></p>\n'),
    "listing/": _html(
        "Index of /site/listing",
        '<p><a href="?C=N;O=D">Name</a> <a href="?C=M;O=A">Last modified</a> <a href="?C=S;O=A">Size</a></p>\n'
        '<pre><a href="/site/">Parent Directory</a>\n<a href="one.txt">one.txt</a>\n'
        '<a href="two.txt">two.txt</a></pre>\n',
    ),
    "listing/one.txt": Page("text/plain; charset=utf-8", "one\n"),
    "listing/two.txt": Page("text/plain; charset=utf-8", "two\n"),
    "frames.html": _html(
        "Frames, media and old tags",
        '<iframe src="about.html"></iframe>\n<object data="images/icon.svg"></object>\n'
        '<video poster="images/blue.png"><source src="/files/small.bin"></video>\n'
        '<map name="m"><area href="deep/" alt=""></map>\n'
        '<table background="images/tile.png"><tr><td></td></tr></table>\n'
        '<form action="/post" method="post"></form>\n<input type="image" src="images/blue.png" alt="">\n'
        '<p style="background: url(&quot;images/tile.png&quot;)">a style</p>\n'
        '<noscript><img src="images/blue.jpeg" alt=""></noscript>\n',
        '<meta http-equiv="refresh" content="86400; url=about.html">\n',
    ),
    "style/main.css": Page(
        _CSS,
        '@import "more.css";\n@import url(print.css) print;\n/* url(commented-out.png) */\n'
        "h1 { background: url('../images/tile.png') }\np { list-style: url( ../images/icon.svg ) }\n"
        '@font-face { font-family: f; src: url("data:font/woff2;base64,") }\n',
    ),
    "style/more.css": Page(_CSS, '@import "main.css";\nbody { margin: 0 }\n'),
    "style/print.css": Page(_CSS, "body { color: black }\n"),
    "script.js": Page("text/javascript; charset=utf-8", 'document.title += "!";\n'),
    "images/blue.png": Page("image", "png"),
    "images/large.png": Page("image", "png"),
    "images/tile.png": Page("image", "png"),
    "images/blue.jpeg": Page("image", "jpeg"),
    "images/blue.webp": Page("image", "webp"),
    "images/icon.svg": Page("image", "svg"),
}
_MOVED = {"index.html": "/site/", "deep": "/site/deep/", "listing": "/site/listing/", "old.html": "/site/about.html",
          "away": "https://example.org/elsewhere"}  # fmt: skip
_ROBOTS = "User-agent: *\nDisallow: /deny\nDisallow: /site/private/\n"


def slash(environ: Environ) -> Answer:
    """To /site/, against which its links are."""
    return moved("/site/", 301)


def page(environ: Environ, path: str) -> Answer:
    """A page, image or style of the site."""
    if path in _MOVED:
        return moved(_MOVED[path], 301)
    if path.startswith("calendar/"):
        day = whole_number(path[9:], "/site/calendar/N: N", DAYS, 1)
        links = f'<p><a href="{day + 1}">the next day</a> <a href="../">back</a></p>\n'
        return html(_html(f"Day {day}", links).said)
    found = PAGES.get(path)
    if found is None:
        raise Refused(404, f"the site has no {shown(path)}, and may link to it on purpose")
    if found.kind == "image":
        from httpeek.server.app.images import of

        return of(environ, found.said, _MARK)
    content = found.said.encode("utf-8")
    return empty(304, _MARK) if condition(environ, "", MODIFIED) == 304 else whole(content, found.kind, 200, _MARK)


def robots(environ: Environ) -> Answer:
    """What robots are asked to leave out (RFC 9309)."""
    return text(_ROBOTS)


def deny(environ: Environ) -> Answer:
    """A page that robots are asked to leave out."""
    return text("robots.txt asks robots not to read this\n")


def links_start(environ: Environ, count: str) -> Answer:
    """To the first page of so many."""
    return moved(f"/links/{whole_number(count, '/links/N: N', LINKS, 1)}/0", 302)


def links(environ: Environ, count: str, place: str) -> Answer:
    """A page with links to the other pages of so many."""
    number = whole_number(count, "/links/N: N", LINKS, 1)
    here = whole_number(place, "/links/N/PLACE: PLACE", LINKS)
    rows = [str(n) if n == here else f'<a href="/links/{number}/{n}">{n}</a>' for n in range(number)]
    return html(_html("Links", f"<p>{' '.join(rows)}</p>\n").said)
