"""What there is: one row a path, in groups. The app finds pages here, the index page and docs/companion.md are made
from it, and so are the methods in Allow.

The first row that fits a path and a method answers it. A page is named "file.function" and imported when it is first
asked for.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

ANY = "*"
_READ = "GET"


class Route(Noun):
    """A path, with {variable} segments and {everything...} at its end; the methods that it answers (GET brings HEAD,
    OPTIONS is always there); the page that answers; and what it does."""

    path: str
    methods: str
    page: str
    does: str


class Group(Noun):
    """Routes of one subject: a title, an example to type, and the rows."""

    title: str
    example: str
    routes: tuple[Route, ...]


GROUPS = (
    Group("this page, for people", ":8080/", (
        Route("/", _READ, "index.index", "what there is, as text, HTML or JSON by Accept"),
        Route("/robots.txt", _READ, "site.robots", "what a polite robot leaves out: /site/private/ and /deny"),
        Route("/deny", _READ, "site.deny", "a page that /robots.txt asks robots to leave out"),
    )),
    Group("what you sent, as JSON", ":8080/get a==1", (
        Route("/get", _READ, "echo.get", "arguments, fields, origin and URL"),
        Route("/post", "POST", "echo.sent", "the same, with the content: data, form, files, JSON"),
        Route("/put", "PUT", "echo.sent", "the same for PUT"),
        Route("/patch", "PATCH", "echo.sent", "the same for PATCH"),
        Route("/delete", "DELETE", "echo.sent", "the same for DELETE"),
        Route("/anything", ANY, "echo.anything", "the same for every method, which it names"),
        Route("/anything/{rest...}", ANY, "echo.anything", "the same, whatever follows"),
        Route("/headers", _READ, "echo.fields", "the fields"),
        Route("/ip", _READ, "echo.ip", "the address that the request came from"),
        Route("/user-agent", _READ, "echo.user_agent", "the User-Agent field"),
        Route("/dump/request", ANY, "inside.dump", "the request, octet for octet as received"),
    )),
    Group("content to send", "-f :8080/post a=1", (
        Route("/forms/post", _READ, "echo.form", "a form for a browser; it posts to /post"),
        Route("/upload", _READ, "echo.upload_form", "a form for a file"),
        Route("/upload", "POST PUT", "echo.upload", "how many octets came, and their SHA-256; nothing is kept"),
    )),
    Group("statuses", ":8080/status/418", (
        Route("/status/{codes}", ANY, "statuses.status", "a status; of 200,503 or 200:0.9,503:0.1 one is drawn"),
        Route("/unstable", ANY, "statuses.unstable", "500 for ?failure_rate=0.5 of the requests, else 200"),
    )),
    Group("redirects", "-F :8080/redirect/3", (
        Route("/redirect/{count}", _READ, "redirects.some", "302, N times, then /get; ?absolute=true for full URLs"),
        Route("/relative-redirect/{count}", _READ, "redirects.relative", "the same with a Location that has no host"),
        Route("/absolute-redirect/{count}", _READ, "redirects.absolute", "the same with a full URL"),
        Route("/redirect-to", ANY, "redirects.to", "to ?url=, with ?status_code=, 302 by default"),
    )),
    Group("cookies", ":8080/cookies/set/a/1", (
        Route("/cookies", _READ, "cookies.sent", "the cookies that you sent"),
        Route("/cookies/set", _READ, "cookies.given", "sets those of the query, then /cookies"),
        Route("/cookies/set/{name}/{value}", _READ, "cookies.one", "sets one, then /cookies"),
        Route("/cookies/delete", _READ, "cookies.gone", "deletes those that the query names, then /cookies"),
    )),
    Group("who you are", ":8080/basic-auth/u/p", (
        Route("/basic-auth/{user}/{password}", ANY, "auth.basic", "Basic; 401 without it"),
        Route("/hidden-basic-auth/{user}/{password}", ANY, "auth.hidden", "Basic; 404 without it, and no challenge"),
        Route("/bearer", ANY, "auth.bearer", "a bearer token, any"),
        Route("/digest-auth/{qop}/{user}/{password}", ANY, "digest.digest", "Digest with MD5; QOP is auth or auth-int"),
        Route("/digest-auth/{qop}/{user}/{password}/{algorithm}", ANY, "digest.digest",
              "with MD5, SHA-256 or SHA-512-256, or with -sess; any: SHA-256 or MD5"),
        Route("/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}", ANY, "digest.digest",
              "a nonce is stale after so many uses, or never"),
    )),
    Group("content codings", "--raw :8080/gzip", (
        Route("/gzip", _READ, "codings.gzip", "what you sent, coded with gzip"),
        Route("/deflate", _READ, "codings.deflate", "coded with deflate, in its zlib format"),
        Route("/brotli", _READ, "codings.brotli", "coded with br"),
        Route("/zstd", _READ, "codings.zstd", "coded with zstd"),
    )),
    Group("media types", ":8080/json", (
        Route("/json", _READ, "samples.json", "JSON with what formatters get wrong"),
        Route("/xml", _READ, "samples.xml", "XML with namespaces, CDATA and a comment"),
        Route("/html", _READ, "samples.html", "HTML"),
        Route("/encoding/utf8", _READ, "samples.utf8", "text in many scripts"),
        Route("/image", _READ, "images.image", "an image by Accept, 406 where there is none of that type"),
        Route("/image/{kind}", _READ, "images.of", "png, jpeg, svg or webp"),
    )),
    Group("the same octets always", ":8080/bytes/64", (
        Route("/bytes/{count}", _READ, "octets.octets", "N octets; others with ?seed="),
        Route("/stream-bytes/{count}", _READ, "octets.stream", "the same, chunked, ?chunk_size= octets each"),
        Route("/range/{count}", _READ, "octets.part", "N letters, or the ranges of them that you ask for"),
        Route("/uuid", _READ, "values.uuid", "a UUID; the first one of a server is always the same"),
        Route("/base64/{value}", _READ, "values.decode", "what the value decodes to"),
        Route("/base64/decode/{value}", _READ, "values.decode", "the same"),
        Route("/base64/encode/{value}", _READ, "values.encode", "the value in base64"),
    )),
    Group("files of any size", ":8080/files/1MiB.bin", (
        Route("/files", _READ, "files.slash", "to /files/"),
        Route("/files/", _READ, "files.index", "how to name a file, with links"),
        Route("/files/{name}", _READ, "files.file",
              "a file as large as its name says, with ETag, Last-Modified and ranges, never held in memory"),
    )),
    Group("a site to mirror", ":8080/site/", (
        Route("/site", _READ, "site.slash", "to /site/"),
        Route("/site/{path...}", _READ, "site.page", "pages, images and styles, a loop, a redirect, a broken link"),
        Route("/links/{count}", _READ, "site.links_start", "to /links/N/0"),
        Route("/links/{count}/{place}", _READ, "site.links", "a page with links to the other N-1"),
    )),
    Group("caches", ":8080/etag/v1", (
        Route("/cache", _READ, "caching.cache", "304 to any condition, else what you sent"),
        Route("/cache/{seconds}", _READ, "caching.fresh", "what you sent, with Cache-Control: max-age=N"),
        Route("/etag/{etag}", _READ, "caching.etag", "what you sent, with that ETag; 304 and 412 by condition"),
        Route("/response-headers", "GET POST", "caching.response_fields", "the fields that the query has"),
    )),
    Group("piece by piece", "-S :8080/sse count==3", (
        Route("/stream/{count}", _READ, "streams.lines", "N lines of JSON, each a chunk"),
        Route("/ndjson", _READ, "streams.ndjson", "ten lines of JSON"),
        Route("/ndjson/{count}", _READ, "streams.ndjson", "N lines of JSON"),
        Route("/sse", _READ, "streams.events", "an event stream; ?count=, ?duration=, ?delay= in seconds"),
        Route("/delay/{seconds}", ANY, "streams.delay", "what you sent, after N seconds"),
        Route("/drip", _READ, "streams.drip", "?numbytes= octets over ?duration= seconds, after ?delay="),
        Route("/trailers", _READ, "streams.trailers", "chunked, with a trailer section: the query's, and a digest"),
        Route("/early-hints", _READ, "streams.early_hints", "103 with two links, then 200"),
    )),
    Group("faults, on purpose", ":8080/fault/chunk-cut", (
        Route("/fault/", _READ, "faulty.listed", "the names of the faults"),
        Route("/fault/{fault}", ANY, "faulty.absent", "misbehaves as `httpeek faults NAME` says"),
    )),
    Group("the server itself", ":8080/socket", (
        Route("/version", _READ, "inside.version", "versions of httpeek and of the server"),
        Route("/hostname", _READ, "inside.hostname", "the name of the host"),
        Route("/env", _READ, "inside.env", "its environment variables, if it is told to show them"),
        Route("/socket", _READ, "inside.socket", "this connection as the server has it"),
    )),
    Group("the last exchanges", ":8080/requests", (
        Route("/requests", _READ, "exchanges.listed", "the last hundred exchanges, the newest last"),
        Route("/requests/{id}", _READ, "exchanges.one", "one of them as JSON: both sides, and when each piece came"),
        Route("/requests/{id}/record", _READ, "exchanges.record", "its record file, for `httpeek show FILE`"),
        Route("/requests/{id}/request", _READ, "exchanges.request", "the request, octet for octet"),
        Route("/requests/{id}/response", _READ, "exchanges.response", "the response, octet for octet"),
        Route("/requests/{id}/replay", "POST", "exchanges.replay", "asks the application again, and compares"),
        Route("/dump/last", _READ, "exchanges.last", "the last record; ?as=request or response for its octets"),
    )),
)  # fmt: skip
"""Every group; an example is what follows `httpeek`."""

ROUTES = tuple(route for group in GROUPS for route in group.routes)
