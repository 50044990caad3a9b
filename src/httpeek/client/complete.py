"""The fields of a request as decided: Host first, then our defaults, then what the user asked for.

Rules: a field that the user gives replaces the default of that name; a field that the user removes is not sent;
the user's own spelling, order and repetitions stay (RFC 9110 section 5.3). Content-Length tells the truth.
Userinfo in the URL is never sent as such (RFC 9110 section 4.2.4): it becomes Basic credentials, as in curl.
"""

from __future__ import annotations

from httpeek.model.message import first, has, members
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import Fields
    from httpeek.model.plan import Body
    from httpeek.model.target import Target


class Wish(Noun):
    """What a user said about fields: `fields` to send in this order, `removed` names (lower case)."""

    fields: Fields = ()
    removed: frozenset[bytes] = frozenset()


def complete(method: str, target: Target, wish: Wish, body: Body | None, agent: str, accept: bytes = b"*/*") -> Fields:
    """The field section of a request for `target`."""
    given = {name.lower() for name, _ in wish.fields}
    skip = given | wish.removed
    fields: list[tuple[bytes, bytes]] = []
    if b"host" in given:
        fields += [(name, value) for name, value in wish.fields if name.lower() == b"host"]
    elif b"host" not in wish.removed:
        fields.append((b"Host", target.authority.encode("ascii")))
    defaults = (
        (b"User-Agent", agent.encode("ascii")),
        (b"Accept", accept),
        (b"Accept-Encoding", b"gzip, deflate, br, zstd"),
    )
    fields += [(name, value) for name, value in defaults if name.lower() not in skip]
    if target.user is not None and b"authorization" not in skip:
        fields.append((b"Authorization", basic(target.user, target.password or "")))
    fields += [(name, value) for name, value in wish.fields if name.lower() not in (b"host", b"content-length")]
    coded = b"chunked" in members(wish.fields, b"transfer-encoding")
    if body is not None:
        if body.length is None and not coded:
            fields.append((b"Transfer-Encoding", b"chunked"))
        elif body.length is not None and not coded and b"content-length" not in wish.removed:
            fields.append((b"Content-Length", str(body.length).encode("ascii")))
    elif b"content-length" in given:
        fields.append((b"Content-Length", first(wish.fields, b"content-length")))
    elif method in ("POST", "PUT", "PATCH") and b"content-length" not in wish.removed and not coded:
        # RFC 9110 section 8.6: a user agent SHOULD send Content-Length: 0 for a method that has content.
        fields.append((b"Content-Length", b"0"))
    return tuple(fields)


def basic(user: str, password: str) -> bytes:
    """The value of an Authorization field for a URL with userinfo (RFC 7617 section 2; UTF-8 as in its 2.1)."""
    from binascii import b2a_base64

    return b"Basic " + b2a_base64(f"{user}:{password}".encode("utf-8", "surrogateescape"), newline=False)


def expects_continue(fields: Fields) -> bool:
    """True when the request waits for 100 Continue before its content (RFC 9110 section 10.1.1)."""
    return has(fields, b"expect") and b"100-continue" in members(fields, b"expect")
