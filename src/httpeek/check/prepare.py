"""An entry of a suite with its variables filled in: the Plan to send, who asks, and how often and when.

Rules: nothing is sent here. What an entry's options say goes before what was said for all of them; of an option that is
there twice the last counts, but for those that gather (header, variable, resolve, connect-to). A mistake that only
values can show (no host, no such file) is a fault at the place where it was written.
"""

from __future__ import annotations

from httpeek.api import AGENT, at_companion
from httpeek.check.contents import content_of
from httpeek.check.expect.scope import fault
from httpeek.check.result import ERROR, Fault, Finding
from httpeek.check.said import UNBOUNDED, Said
from httpeek.client.agent import Has
from httpeek.client.complete import Wish, basic, complete
from httpeek.model.codes import USAGE, HttpeekError
from httpeek.model.nouns import Noun
from httpeek.model.plan import FollowPolicy
from httpeek.model.target import encoded, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Row = TypeVar("Row")

    from httpeek.check.expect.scope import Scope
    from httpeek.check.suite import Place, Request
    from httpeek.client.auth import Keys
    from httpeek.client.cookies import Jar
    from httpeek.model.message import Fields
    from httpeek.model.plan import DialPolicy, Plan
    from httpeek.model.proxy import ProxyPolicy
    from httpeek.model.target import Target


class Policy(Noun):
    """What holds for every entry that says nothing else: a plan whose target, method and fields are replaced; who asks;
    the netrc file; pauses in seconds; counts, `UNBOUNDED` for no end. `companion` is its address where a URL without a
    host is allowed, and else "". `rate` is in octets a second."""

    plan: Plan
    keys: Keys | None = None
    netrc: str = ""
    retry: int = 0
    interval: float = 1.0
    delay: float = 0.0
    companion: str = ""
    path_as_is: bool = False
    rate: int = 0


class Prepared(Noun):
    """A request ready to be sent. `output` is the file that gets the content, "-" for standard output, "" for none;
    `rate` and `pin` are what the exchange is held to; `verbose` asks for its exchanges to be shown."""

    plan: Plan
    has: Has
    output: str = ""
    rate: int = 0
    pin: str = ""
    verbose: bool = False


class Times(Noun):
    """How often and when an entry is performed; counts are `UNBOUNDED` for no end, times in seconds."""

    skip: bool
    repeat: int
    retry: int
    interval: float
    delay: float


def times(request: Request, scope: Scope, policy: Policy) -> Times:
    """How often and when an entry is performed. Its variables have their values from here on. Raises Fault."""
    said = Said(request.options, scope)
    for option in request.options:
        if option.name == "variable":
            scope.variables[option.key] = said.value(option.value)
    return Times(
        said.flag("skip"),
        said.number("repeat", 1),
        said.number("retry", policy.retry),
        said.seconds("retry-interval", policy.interval) or 0.0,
        said.seconds("delay", policy.delay) or 0.0,
    )


def prepare(request: Request, scope: Scope, policy: Policy, jar: Jar) -> Prepared:
    """The request of an entry. Raises Fault."""
    said = Said(request.options, scope)
    target = _target(request, scope, said, policy)
    body, media_type = content_of(request, scope)
    fields = _fields(request, scope, said, media_type)
    plan = _plan(said, policy)
    try:
        wish = Wish(fields, frozenset() if said.flag("compressed") else frozenset((b"accept-encoding",)))
        plan = plan._replace(
            method=request.method, target=target, body=body, fields=complete(request.method, target, wish, body, AGENT)
        )
    except UnicodeEncodeError:
        raise fault(f"the host {target.host} has no name in ASCII", "no such host", request.url.place) from None
    keys = _keys(said, policy)
    if said.text("aws-sigv4"):
        plan = _signed(plan, said)
    output = "" if "output" not in said else "-" if said.raw("output") == "-" else said.file("output")
    verbose = said.flag("verbose") or said.flag("very-verbose") or said.raw("verbosity") in ("verbose", "debug")
    return Prepared(
        plan,
        Has(keys, jar),
        output,
        said.number("limit-rate", policy.rate),
        said.text("pinnedpubkey"),
        verbose,
    )


# Target


def _target(request: Request, scope: Scope, said: Said, policy: Policy) -> Target:
    url = scope.text(request.url)
    if request.query:
        pairs = "&".join(
            f"{encoded(scope.text(pair.name))}={encoded(scope.text(pair.value))}" for pair in request.query
        )
        before, mark, fragment = url.partition("#")
        url = before + ("" if before.endswith(("?", "&")) else "&" if "?" in before else "?") + pairs + mark + fragment
    try:
        target = parse(url, path_as_is=said.flag("path-as-is", policy.path_as_is))
    except HttpeekError as error:
        raise Fault(Finding(ERROR, error.failure.sentence, "no such URL", request.url.place, code=USAGE)) from None
    if not target.companion:
        return target
    if not policy.companion:
        title = f'"{url}" has no host (is a variable empty?); --companion asks the built-in server'
        raise Fault(Finding(ERROR, title, "no host", request.url.place, code=USAGE))
    return at_companion(target, policy.companion)


# Fields


def _fields(request: Request, scope: Scope, said: Said, media_type: str) -> Fields:
    fields: list[tuple[bytes, bytes]] = []

    def add(name: str, value: str, place: Place) -> None:
        octets = (name.encode("utf-8", "surrogateescape"), value.encode("utf-8", "surrogateescape"))
        if not name or any(c in "\r\n\0 :" for c in name) or any(c in value for c in "\r\n\0"):
            raise fault(f"the field {name!r} would break the head of the request", "not allowed", place)
        fields.append(octets)

    for pair in request.fields:
        add(scope.text(pair.name), scope.text(pair.value), pair.place)
    for text, place in said.each("header"):
        name, colon, value = text.partition(":")
        if not colon:
            raise fault(f"the header {text} has no colon", "expected NAME:VALUE", place)
        add(name.strip(" \t"), value.strip(" \t"), place)
    if request.cookies:
        jar = "; ".join(f"{scope.text(pair.name)}={scope.text(pair.value)}" for pair in request.cookies)
        add("Cookie", jar, request.cookies[0].place)
    given = {name.lower() for name, _ in fields}
    if media_type and b"content-type" not in given:
        fields.append((b"Content-Type", media_type.encode("utf-8")))
    if b"authorization" not in given:
        fields += _authorization(request, scope, said)
    return tuple(fields)


def _authorization(request: Request, scope: Scope, said: Said) -> Fields:
    if request.credentials is not None:
        user, password = scope.text(request.credentials.name), scope.text(request.credentials.value)
    elif "user" in said and "aws-sigv4" not in said and not said.flag("digest"):
        user, _, password = said.text("user").partition(":")
    else:
        return ()
    return ((b"Authorization", basic(user, password)),)


def _keys(said: Said, policy: Policy) -> Keys | None:
    from httpeek.client.auth import Credentials, Keys

    for name in ("negotiate", "ntlm"):
        if said.flag(name):
            raise fault(f"{name} needs a domain's libraries, which httpeek has none of", "not spoken", said.place(name))
    if said.flag("digest") and "user" in said:
        user, _, password = said.text("user").partition(":")
        return Keys(Credentials("digest", user, password))
    path = said.text("netrc-file")
    if path or said.flag("netrc") or said.flag("netrc-optional"):
        from httpeek.client.netrc import load

        entries, note = load(path or policy.netrc)
        if note and not entries and not said.flag("netrc-optional"):
            raise fault(note, "no such file", said.place("netrc-file" if path else "netrc"))
        return Keys(entries=entries, kind="digest" if said.flag("digest") else "basic")
    return None if said.text("aws-sigv4") else policy.keys


def _signed(plan: Plan, said: Said) -> Plan:
    from httpeek.client.sigv4 import signed

    where = said.place("aws-sigv4")
    key, _, secret = said.text("user").partition(":")
    if not key or not secret:
        raise fault(
            "aws-sigv4 signs with the key and the secret of the option user", "expected user: KEY:SECRET", where
        )
    try:
        return signed(plan, said.text("aws-sigv4"), key, secret)
    except HttpeekError as error:
        raise fault(error.failure.sentence, "not signed", where) from None


# What holds for the connection


def _plan(said: Said, policy: Policy) -> Plan:
    plan = policy.plan
    time, tls, dial = plan.time, plan.tls, plan.dial
    time = time._replace(
        connect=said.seconds("connect-timeout", time.connect), total=said.seconds("max-time", time.total) or None
    )
    if "cacert" in said:
        tls = tls._replace(verify=said.file("cacert"))
    if "insecure" in said:
        tls = tls._replace(verify="no" if said.flag("insecure") else plan.tls.verify)
    if "cert" in said:
        tls = tls._replace(cert=said.file("cert"))
    if "key" in said:
        tls = tls._replace(cert_key=said.file("key"))
    for name, family in (("ipv4", "4"), ("ipv6", "6")):
        if said.flag(name):
            dial = dial._replace(family=family)
    if "unix-socket" in said:
        dial = dial._replace(unix=said.text("unix-socket"))
    dial = _detours(said, dial)
    version = "1.0" if said.flag("http1.0", plan.version == "1.0") and not said.flag("http1.1") else "1.1"
    return plan._replace(
        time=time, tls=tls, dial=dial, version=version, follow=_follow(said, plan), proxy=_proxy(said, plan)
    )


def _detours(said: Said, dial: DialPolicy) -> DialPolicy:
    """The addresses and hosts that an entry has dialled in place of others: before those of the run."""
    if "resolve" not in said and "connect-to" not in said:
        return dial
    from httpeek.model.detours import connect_to, resolve

    def read(name: str, reader: Callable[[str, str], Row]) -> tuple[Row, ...]:
        made = []
        for text, place in said.each(name):
            try:
                made.append(reader(text, name))
            except HttpeekError as error:
                raise fault(error.failure.sentence, "cannot be read", place) from None
        return tuple(made)

    return dial._replace(
        resolve=(*read("resolve", resolve), *dial.resolve),
        connect_to=(*read("connect-to", connect_to), *dial.connect_to),
    )


def _follow(said: Said, plan: Plan) -> FollowPolicy:
    trust = said.flag("location-trusted", plan.follow.trust)
    follows = said.flag("location", plan.follow.follow) or said.flag("location-trusted")
    limit = said.number("max-redirs", plan.follow.limit)
    return FollowPolicy(follows, _ENDLESS if limit == UNBOUNDED else limit, trust)


_ENDLESS = 1 << 30
"""More redirects than anybody waits for."""


def _proxy(said: Said, plan: Plan) -> ProxyPolicy | None:
    if "proxy" not in said and "noproxy" not in said:
        return plan.proxy
    from httpeek.model.proxy import ProxyPolicy, entries, parse

    policy = plan.proxy or ProxyPolicy()
    if "noproxy" in said:
        policy = policy._replace(left_out=entries(said.text("noproxy")), left_out_by="noproxy")
    text = said.text("proxy")
    if "proxy" in said:
        try:
            proxy = parse(text, "proxy") if text else None
        except HttpeekError as error:
            raise fault(error.failure.sentence, "cannot be read", said.place("proxy")) from None
        policy = policy._replace(http=proxy, https=proxy, all=proxy)
    return policy if (policy.http or policy.https or policy.all) else None
