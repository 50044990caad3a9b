"""Basic (RFC 7617) and bearer tokens (RFC 6750). Digest has a file of its own."""

from __future__ import annotations

from httpeek.server.app.answer import Refused, json
from httpeek.server.app.request import decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ

REALM = "httpeek"


def basic(environ: Environ, user: str, password: str) -> Answer:
    """200 to the user and password of the path, else 401 with a challenge."""
    if not _basic(environ, user, password):
        challenge = ("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')
        raise Refused(401, "this page wants the user and the password of its path, by Basic", challenge)
    return known(user)


def hidden(environ: Environ, user: str, password: str) -> Answer:
    """The same, but 404 and no challenge: for credentials that have to be sent unasked."""
    if not _basic(environ, user, password):
        raise Refused(404, "there is nothing here for those without credentials")
    return known(user)


def bearer(environ: Environ) -> Answer:
    """200 to any bearer token, which it names."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "this page wants a bearer token, any", ("WWW-Authenticate", f'Bearer realm="{REALM}"'))
    return json({"authenticated": True, "token": decoded(token.strip())})


def known(user: str, *fields: tuple[str, str]) -> Answer:
    """What the pages say when the credentials are right, in httpbin's words and in go-httpbin's."""
    return json({"authenticated": True, "authorized": True, "user": user}, 200, *fields)


def _basic(environ: Environ, user: str, password: str) -> bool:
    scheme, _, coded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    from binascii import b2a_base64

    right = b2a_base64(f"{user}:{password}".encode(), newline=False).decode("ascii")
    return bool(scheme.lower() == "basic" and coded.strip() == right)
