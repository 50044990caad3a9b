"""What caches go by: conditions, Cache-Control, ETag, and any field that the query names."""

from __future__ import annotations

from httpeek.server.app.answer import JSON, Refused, empty, json, json_text, text, whole
from httpeek.server.app.echo import request
from httpeek.server.app.files import MODIFIED
from httpeek.server.app.ranges import condition
from httpeek.server.app.request import arguments, gathered, shown, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ

_TAG = '"httpeek"'
_LONGEST = 2**31 - 1
"""The longest age in seconds that caches have to understand (RFC 9111 section 1.2.2)."""
_FIELDS = 100
"""The most fields that a query may set."""
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SERVERS = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "trailers",
     "transfer-encoding", "upgrade", "content-length", "status")
)  # fmt: skip
"""Fields that a WSGI application may not set (PEP 3333), and the length, which is that of the content."""


def cache(environ: Environ) -> Answer:
    """304 to a request that has a condition, whatever it says; else what was sent, with what conditions go by."""
    own = (("Last-Modified", MODIFIED), ("ETag", _TAG))
    if "HTTP_IF_MODIFIED_SINCE" in environ or "HTTP_IF_NONE_MATCH" in environ:
        return empty(304, *own)
    return json(request(environ), 200, *own)


def fresh(environ: Environ, seconds: str) -> Answer:
    """What was sent, fresh for N seconds."""
    age = whole_number(seconds, "/cache/N: N", _LONGEST)
    return json(request(environ), 200, ("Cache-Control", f"public, max-age={age}"))


def etag(environ: Environ, etag: str) -> Answer:
    """What was sent, with this entity tag: 304 and 412 as the conditions have it."""
    if not all("!" <= c <= "~" and c != '"' for c in etag):
        raise Refused(400, f"{shown(etag)} is no entity tag: printable, without space and quotes (RFC 9110 8.8.3)")
    own = ("ETag", f'"{etag}"')
    verdict = condition(environ, own[1], "")
    if verdict == 304:
        return empty(304, own)
    if verdict == 412:
        return text("the condition does not hold for what is here\n", 412, own)
    return json(request(environ), 200, own)


def response_fields(environ: Environ) -> Answer:
    """The fields of the query, as fields and as JSON."""
    found = arguments(environ)
    if len(found) > _FIELDS:
        raise Refused(400, f"up to {_FIELDS} fields, not {len(found)}")
    for name, value in found:
        _judge(name, value)
    kind = next((value for name, value in found if name.lower() == "content-type"), JSON)
    fields = [
        (name, value.encode("utf-8").decode("latin-1")) for name, value in found if name.lower() != "content-type"
    ]
    content = json_text({"Content-Type": kind, **gathered(found)}).encode("ascii") + b"\n"
    return whole(content, kind, 200, *fields)


def _judge(name: str, value: str) -> None:
    if not name or not _TOKEN.issuperset(name) or name[-1] in "-_":
        raise Refused(400, f"{shown(name) or 'an empty text'} is no field name here: a token that ends in no - or _")
    if name.lower() in _SERVERS:
        raise Refused(400, f"{shown(name)} is the server's to set (PEP 3333)")
    if any(c < " " or c == "\x7f" for c in value):
        raise Refused(400, f"the value of {shown(name)} has control characters")
