"""Requests through a proxy: sent to it whole (http), through a tunnel that it makes (https), or by SOCKS.

Rules: a tunnel's CONNECT is an exchange of its own in the run (cause "tunnel"), made before the one that goes through
it; nothing of the request is sent when the proxy refuses. Credentials for the proxy go to the proxy only: in CONNECT
or, for http, in the request that it forwards, and never into a tunnel. Imported where a proxy was said only.
"""

from __future__ import annotations

from httpeek.client.complete import basic
from httpeek.client.conversation import Connection, Conversation
from httpeek.client.perform import connecting
from httpeek.codec.http1.client import ClientConnection
from httpeek.model.codes import INTERRUPTED, NAME_NOT_RESOLVED, RECEIVE_FAILED, Failure, HttpeekError
from httpeek.model.events import Closed, Connected, Ended, Failed, Planned, Routed
from httpeek.model.message import first, has
from httpeek.model.nouns import Noun
from httpeek.model.proxy import authority, route
from httpeek.model.target import Target
from httpeek.net.dial import dial, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from httpeek.client.digest import Protection
    from httpeek.client.run import Run
    from httpeek.model.events import Fact, Step
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan
    from httpeek.model.proxy import Proxy, Route
    from httpeek.net.stream import Deadline, SocketStream, Stream

    Emit: TypeAlias = Callable[[Fact], None]
    Tell: TypeAlias = Callable[[Step], None]
    Protections: TypeAlias = dict[Proxy, Protection]
    Connect: TypeAlias = Callable[[Plan, Deadline, Emit, Tell | None], Stream]


class Tunnel(Noun):
    """A tunnel that stands, or the failure because of which it does not: the number of its connection, the stream, and
    what the proxy answered."""

    number: int
    stream: Stream | None
    response: ResponseHead | None
    failure: Failure | None


def way(plan: Plan) -> Route:
    """The way to the plan's target."""
    assert plan.proxy is not None
    return route(plan.proxy, plan.target)


def routed(found: Route) -> Routed:
    """The fact of a way."""
    return Routed(found.proxy.url if found.proxy is not None else "", found.why)


def forwarded(plan: Plan, proxy: Proxy, protections: Protections) -> Plan:
    """The request as a proxy gets it whole: the target in its absolute form (RFC 9112 section 3.2.2), and the
    credentials for the proxy."""
    target, path = plan.target, plan.target.path
    origin = f"{target.scheme}://{target.authority}"
    if path.startswith("/"):
        path = origin + path
    elif path == "*":
        path = origin  # section 3.2.4: the last proxy makes "*" of it again
    fields = plan.fields
    if proxy.user is not None and not has(fields, b"proxy-authorization"):
        fields = (*fields, _credentials(proxy, protections, plan.method, path))
    return plan._replace(target=target._replace(path=path), fields=fields)


def to_proxy(plan: Plan, proxy: Proxy) -> Plan:
    """A plan with the proxy as its target, for connecting to it."""
    scheme = "https" if proxy.scheme == "https" else "http"
    # What was said of the origin's TLS is not said of the proxy's.
    tls = plan.tls._replace(cert="", cert_key="", sni="", alpn=("http/1.1",))
    return plan._replace(target=Target(scheme, proxy.host, proxy.port, "/"), tls=tls, proxy=None)


def by_socks(plan: Plan, proxy: Proxy, deadline: Deadline, emit: Emit, steps: Tell | None) -> SocketStream:
    """A stream to the plan's origin, made by a SOCKS proxy. Raises HttpeekError as `dial` and `negotiate` do."""
    from httpeek.net.socks import negotiate

    host = plan.target.host
    if proxy.scheme in ("socks4", "socks5"):
        found = resolve(host, plan.target.port, plan.dial, deadline, emit, steps)
        if proxy.scheme == "socks4":
            found = [each for each in found if ":" not in str(each.address[0])] or found
        host = str(found[0].address[0])
    stream = dial(to_proxy(plan, proxy).target, plan.dial, deadline, emit, steps)
    try:
        negotiate(stream, proxy, host, plan.target.port, deadline)
    except BaseException:
        stream.close()
        raise
    return stream


def wants_tunnel(plan: Plan, found: Route) -> bool:
    """True for what goes through an HTTP proxy and must not be read by it."""
    return found.proxy is not None and not found.proxy.socks and plan.target.scheme == "https"


def sent(plan: Plan, found: Route, protections: Protections) -> Plan:
    """The plan as it is sent that way."""
    proxy = found.proxy
    return plan if proxy is None or proxy.socks or wants_tunnel(plan, found) else forwarded(plan, proxy, protections)


def connect(
    plan: Plan, found: Route, made: Tunnel | None, total: Deadline, emit: Emit, steps: Tell | None, straight: Connect
) -> Stream:
    """A stream for the plan's request, that way; `straight` connects without a proxy. Raises HttpeekError."""
    proxy = found.proxy
    if made is None and (proxy is not None or found.why):
        emit(routed(found))
    if proxy is None:
        return straight(plan, total, emit, steps)
    if made is None and not proxy.socks:
        try:
            return straight(to_proxy(plan, proxy), total, emit, steps)
        except HttpeekError as error:
            raise HttpeekError(_of_proxy(error.failure, proxy)) from None
    if plan.target.scheme == "https":
        from httpeek.net.tls import context

        tls = context(plan.tls)  # before anything is sent
    deadline = connecting(plan, total)
    if made is not None:
        emit(joined(made))
        stream = made.stream
    else:
        stream = by_socks(plan, proxy, deadline, emit, steps)
    if plan.target.scheme != "https":
        assert stream is not None
        return stream
    from httpeek.net.tls import handshake

    return handshake(stream, tls, plan.target, plan.tls, deadline, emit, steps)  # type: ignore[arg-type]  # a socket, or TLS


def tunnel(
    plan: Plan, found: Route, run: Run, total: Deadline, connect: Connect, protections: Protections, hop: int
) -> Tunnel:
    """Has the proxy of a way make a tunnel to the plan's target: an exchange of its own in the run, and a second one
    where the proxy asks for Digest."""
    made = _tunnel(plan, found, run, total, connect, protections, hop, 1)
    assert found.proxy is not None
    if made.failure is not None and learn(made.response, found.proxy, protections):
        made = _tunnel(plan, found, run, total, connect, protections, hop, 2)
    return made


def _tunnel(
    plan: Plan,
    found: Route,
    run: Run,
    total: Deadline,
    connect: Connect,
    protections: Protections,
    hop: int,
    attempt: int,
) -> Tunnel:
    proxy = found.proxy
    assert proxy is not None
    where = authority(plan.target)
    asking = to_proxy(plan, proxy)
    asking = asking._replace(
        method="CONNECT",
        target=asking.target._replace(path=where),
        fields=_asking(plan, proxy, protections, where),
        body=None,
        answers=(200, 407) if proxy.user is not None and attempt == 1 else (200,),
    )
    exchange = run.next_exchange(plan.size)
    number = run.next_connection()
    stream: Stream | None = None
    response: ResponseHead | None = None
    failure: Failure | None = None

    def emit(fact: Fact) -> None:
        run.tell(fact, exchange, number)

    def tell(step: Step) -> None:
        run.tell(step, None, number)

    try:
        emit(Planned(asking, hop, attempt, "tunnel"))
        emit(routed(found))
        stream = connect(asking, total, emit, tell if plan.steps else None)
        codec = ClientConnection(plan.size, plan.strict)
        conversation = Conversation(asking, Connection(number, stream, codec), emit, total)
        if plan.offline:
            conversation.rehearse()
        else:
            conversation.go()
        response = conversation.response
        if not plan.offline and (response is None or not 200 <= response.status < 300):
            raise HttpeekError(_refusal(proxy, where, response))
    except HttpeekError as error:
        failure = _of_proxy(error.failure, proxy)
    except KeyboardInterrupt:
        failure = Failure(INTERRUPTED, "interrupted", "stopped while the proxy was asked for a tunnel")
    if failure is not None:
        failure = run.explained(failure)
        if stream is not None:
            stream.close()
            emit(Closed("us", "fin"))
            stream = None
        emit(Failed(failure))
    emit(Ended())
    return Tunnel(number, stream, response, failure)


def learn(response: ResponseHead | None, proxy: Proxy, protections: Protections) -> bool:
    """True where a proxy's 407 can be answered better than it was: with Digest, which it asks for (RFC 7616; RFC 9110
    section 11.7)."""
    if response is None or response.status != 407 or proxy.user is None:
        return False
    from httpeek.client.auth import challenges
    from httpeek.client.digest import accept, is_stale

    asked_for = challenges(response.fields, b"proxy-authenticate")
    protection = accept(asked_for)
    if protection is None or (proxy in protections and not is_stale(asked_for)):
        return False
    protections[proxy] = protection
    return True


def joined(made: Tunnel) -> Connected:
    """The fact that an exchange goes through a tunnel."""
    stream = made.stream
    assert stream is not None
    return Connected(stream.fileno(), stream.local, stream.remote, 1)


def _credentials(proxy: Proxy, protections: Protections, method: str, target: str) -> tuple[bytes, bytes]:
    """The field with the credentials for a proxy: Basic unasked, Digest where it has asked for that."""
    user, password = proxy.user or "", proxy.password or ""
    protection = protections.get(proxy)
    if protection is None:
        return b"Proxy-Authorization", basic(user, password)
    from httpeek.client.digest import answer

    protections[proxy] = protection.next
    return b"Proxy-Authorization", answer(protection, user, password, method, target)


def _asking(plan: Plan, proxy: Proxy, protections: Protections, where: str) -> tuple[tuple[bytes, bytes], ...]:
    fields = [(b"Host", where.encode("ascii"))]
    agent = first(plan.fields, b"user-agent")
    if agent:
        fields.append((b"User-Agent", agent))
    if proxy.user is not None:
        fields.append(_credentials(proxy, protections, "CONNECT", where))
    return tuple(fields)


def _refusal(proxy: Proxy, where: str, response: ResponseHead | None) -> Failure:
    said = "nothing" if response is None else f"{response.status} {response.reason.decode('latin-1')}".rstrip()
    hint = ""
    if response is not None and response.status == 407:
        hint = "; it wants credentials: --proxy http://USER:PASSWORD@..." if proxy.user is None else ""
    sentence = f"the proxy {proxy.url} made no tunnel to {where}: {said}{hint}"
    return Failure(RECEIVE_FAILED, "proxy", sentence)


def _of_proxy(failure: Failure, proxy: Proxy) -> Failure:
    """A failure on the way to the proxy says that it was the proxy."""
    if failure.layer in ("name", "connect", "tls") or failure.code == NAME_NOT_RESOLVED:
        return failure._replace(sentence=f"the proxy {proxy.url} ({proxy.said}): {failure.sentence}")
    return failure
