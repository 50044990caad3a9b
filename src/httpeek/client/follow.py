"""Redirects (RFC 9110 section 15.4): which request comes after a 3xx, and when there is none.

Rules: each hop is an exchange of its own. 303 turns every method but HEAD into GET, and so does 302; 301 does so
for POST; 307 and 308 repeat the request as it was. Credentials never leave their origin: a field that a record would
mask (`record.suspect`) is not sent to another unless the plan trusts it, and one that a session gave never is. Only
http and https are followed. A request that was made before, with the same cookies, is a loop.
"""

from __future__ import annotations

from httpeek.client.complete import basic
from httpeek.model.codes import READ_FAILED, TOO_MANY_REDIRECTS, Failure, HttpeekError
from httpeek.model.message import REDIRECTS, has, values
from httpeek.model.target import parse
from httpeek.record.suspect import is_secret_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.model.message import Fields, ResponseHead
    from httpeek.model.plan import Body, Plan
    from httpeek.model.target import Target

_OF_CONTENT = (b"content-length", b"transfer-encoding", b"expect")


class Chain:
    """The hops made so far and the one that follows.

    `brings` tells what a client adds to a plan by itself, its cookies: with others the same request is another one.
    `at_home` holds the names of fields (in lower case) that belong to the first origin beside those of secrets.
    """

    def __init__(self, plan: Plan, brings: Callable[[Plan], object], at_home: frozenset[bytes] = frozenset()) -> None:
        self.plan = plan
        self.hop = 0
        self.following: Plan | None = None
        self._brings = brings
        self._at_home = at_home
        self._made = {self._identity(plan)}

    def judge(self, response: ResponseHead) -> None:
        """Decides what follows a response. Raises HttpeekError when there is a redirect that is not followed."""
        plan = self.plan
        self.following = None
        following = after(plan, response, self._at_home)
        if following is None:
            return
        where = following.target
        if self.hop >= plan.follow.limit:
            raise _stop(f"more than {plan.follow.limit} redirects (--max-redirects): {where.url} was not requested")
        if self._identity(following) in self._made:
            raise _stop(f"redirect loop: {where.url} was requested before in this chain")
        self.following = following

    def go_on(self) -> None:
        """Makes the request that follows the current one."""
        if self.following is not None:
            self.plan, self.following = self.following, None
            self.hop += 1
            self._made.add(self._identity(self.plan))

    def dropped(self) -> list[str]:
        """The names of the fields that the following request does not have since it goes to another origin."""
        if self.following is None or self.following.target.origin == self.plan.target.origin:
            return []
        kept = [name for name, _ in self.following.fields]
        return [
            name.decode("latin-1")
            for name, _ in self.plan.fields
            if name not in kept and _stays_home(name.lower(), self.plan, self._at_home)
        ]

    def _identity(self, plan: Plan) -> tuple[object, ...]:
        return (plan.method, plan.target, plan.fields, plan.body, self._brings(plan))


def after(plan: Plan, response: ResponseHead, at_home: frozenset[bytes] = frozenset()) -> Plan | None:
    """The plan that a response leads to; None when it is no redirect. `at_home` is as in `Chain`.

    Raises HttpeekError (TOO_MANY_REDIRECTS for a target that is not followed, READ_FAILED when the content came from a
    descriptor and is gone).
    """
    if response.status not in REDIRECTS:
        return None
    locations = values(response.fields, b"location")
    if not locations:
        return None
    target = resolve(plan.target, locations[0].decode("utf-8", "surrogateescape"))
    method, body = _method(plan.method, response.status), plan.body
    if method != plan.method:
        body = None
    if body is not None and not repeatable(body):
        sentence = f"{response.status} asks for the content again, which came from a stream and is gone"
        raise HttpeekError(Failure(READ_FAILED, "redirect", sentence))
    fields = _fields(plan, target, method != plan.method, at_home)
    if target.user is None and target.origin == plan.target.origin:
        target = target._replace(user=plan.target.user, password=plan.target.password)
    elif target.user is not None and not has(fields, b"authorization"):
        fields = (*fields, (b"Authorization", basic(target.user, target.password or "")))
    return plan._replace(method=method, target=target, body=body, fields=fields)


def repeatable(body: Body) -> bool:
    """True for content that can be sent a second time."""
    return all(one.fd < 0 or one.start is not None for one in (body, *body.parts))


def _method(method: str, status: int) -> str:
    if (status in (302, 303) and method != "HEAD") or (status == 301 and method == "POST"):
        return "GET"
    return method


def _fields(plan: Plan, target: Target, without_content: bool, at_home: frozenset[bytes]) -> Fields:
    same = target.origin == plan.target.origin
    kept: list[tuple[bytes, bytes]] = []
    for name, value in plan.fields:
        key = name.lower()
        if key == b"host" and not same:
            kept.append((name, target.authority.encode("ascii")))
        elif not ((not same and _stays_home(key, plan, at_home)) or (without_content and _is_of_content(key))):
            kept.append((name, value))
    return tuple(kept)


def _stays_home(key: bytes, plan: Plan, at_home: frozenset[bytes]) -> bool:
    return key in at_home or (is_secret_name(key) and not plan.follow.trust)


def _is_of_content(key: bytes) -> bool:
    return key in _OF_CONTENT or key.startswith(b"content-")


def resolve(base: Target, reference: str) -> Target:
    """The target that a Location value means, relative to `base` (RFC 3986 section 5.2).

    Raises HttpeekError (TOO_MANY_REDIRECTS) for a scheme or an authority that is not followed.
    """
    reference = reference.strip(" \t").partition("#")[0]
    scheme = _scheme(reference)
    if scheme and scheme.lower() not in ("http", "https"):
        raise _stop(f'the redirect to "{reference}" is not followed: {scheme}: is neither http nor https')
    rest = reference[len(scheme) + 1 :] if scheme else reference
    if scheme and not rest.startswith("//") and scheme.lower() != base.scheme:
        raise _stop(f'the redirect to "{reference}" is not followed: it names no host')
    if not scheme or not rest.startswith("//"):
        reference = _absolute(base, rest)
    try:
        target = parse(reference)
    except HttpeekError as error:
        raise _stop(f"the redirect is not followed: {error.failure.sentence}") from None
    if not base.unix or not reference.startswith(base.url.partition("://")[0] + "://localhost"):
        return target
    return target._replace(unix=base.unix)


def _scheme(reference: str) -> str:
    """The scheme of a reference (RFC 3986 section 3.1), or "": a colon may also stand in a path or a query."""
    scheme, colon, _ = reference.partition(":")
    letters = scheme.replace("+", "").replace("-", "").replace(".", "")
    return scheme if colon and scheme[:1].isalpha() and letters.isascii() and letters.isalnum() else ""


def _absolute(base: Target, reference: str) -> str:
    origin = f"{base.scheme}://{base.authority}"
    path, _, _ = (base.path if base.path.startswith("/") else "/").partition("?")
    if reference.startswith("//"):
        return f"{base.scheme}:{reference}"
    if reference.startswith("/"):
        return origin + reference
    if reference.startswith("?"):
        return origin + path + reference
    if not reference:
        return origin + (base.path if base.path.startswith("/") else "/")
    return origin + path[: path.rfind("/") + 1] + reference


def _stop(sentence: str) -> HttpeekError:
    return HttpeekError(Failure(TOO_MANY_REDIRECTS, "redirect", sentence))
