"""One exchange, performed: a Plan in, events out.

`perform` connects (or takes a kept connection), has the conversation, and ends or keeps the connection. Every failure
becomes one `Failed` event; what arrived before it stays.
"""

from __future__ import annotations

from httpeek.client.conversation import Connection, Conversation
from httpeek.codec.http1.client import ClientConnection
from httpeek.model.codes import INTERRUPTED, Failure, HttpeekError
from httpeek.model.events import Closed, Connected, Ended, Failed, Kept, Planned
from httpeek.model.nouns import Noun
from httpeek.net.dial import dial
from httpeek.net.stream import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from httpeek.client.digest import Protection
    from httpeek.client.run import Run
    from httpeek.model.events import Fact, Step
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan
    from httpeek.model.proxy import Proxy
    from httpeek.net.stream import Stream

    Emit: TypeAlias = Callable[[Fact], None]
    Tell: TypeAlias = Callable[[Step], None]


class Outcome(Noun):
    """How an exchange ended. `connection` is None when it was closed; `untouched` says that it failed before
    a single octet of a response came, on a connection that had carried an exchange before; `unsent` that no octet of
    the request was sent."""

    response: ResponseHead | None
    failure: Failure | None
    connection: Connection | None
    untouched: bool = False
    unsent: bool = False


class Connections:
    """The connections of one client, kept by origin; used by one thread."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._kept: dict[tuple[object, ...], Connection] = {}
        self.protections: dict[Proxy, Protection] = {}  # of proxies that ask for Digest

    def has(self, plan: Plan) -> bool:
        """True when `take` would give one."""
        return _key(plan) in self._kept

    def take(self, plan: Plan) -> Connection | None:
        """A connection that can carry the plan's request, no longer kept here; or None."""
        return self._kept.pop(_key(plan), None)

    def keep(self, plan: Plan, connection: Connection) -> None:
        """Keeps a connection whose exchange is over."""
        self._kept[_key(plan)] = connection

    def close(self) -> None:
        """Closes all of them."""
        for connection in self._kept.values():
            connection.stream.close()
            self._run.tell(Closed("us", "fin"), None, connection.number)
        self._kept.clear()


def _key(plan: Plan) -> tuple[object, ...]:
    return (plan.target.origin, plan.tls, plan.dial, plan.strict, plan.size, plan.proxy)


def perform(
    plan: Plan,
    run: Run,
    connections: Connections,
    hop: int = 0,
    attempt: int = 1,
    cause: str = "asked",
    judge: Callable[[ResponseHead, Emit], None] | None = None,
) -> Outcome:
    """Makes one exchange; never raises for what happens on the wire, see `Outcome.failure`.

    `judge` looks at a complete response before the exchange ends; an HttpeekError of it is the exchange's failure.
    """
    total = Deadline(plan.time.total, "--max-time")
    route = made = None
    if plan.proxy is not None:
        from httpeek.client import proxied

        route = proxied.way(plan)
        if proxied.wants_tunnel(plan, route) and not connections.has(plan):
            made = proxied.tunnel(plan, route, run, total, connect, connections.protections, hop)
            if made.failure is not None:
                return Outcome(made.response, made.failure, None, unsent=True)
    exchange = run.next_exchange(plan.size)
    number: int | None = None

    def emit(fact: Fact) -> None:
        run.tell(fact, exchange, number)

    def tell(step: Step) -> None:
        run.tell(step, None, number)  # the connection may live longer than this exchange

    conversation: Conversation | None = None
    failure: Failure | None = None
    reused = False
    try:
        emit(Planned(plan, hop, attempt, cause))
        connection = connections.take(plan)
        if connection is None:
            number = run.next_connection()  # what goes through a tunnel has offsets of its own
            steps = tell if plan.steps else None
            if plan.offline and route is not None and made is None:
                emit(proxied.routed(route))
            if route is None or plan.offline:
                stream = connect(plan, total, emit, steps)
            else:
                stream = proxied.connect(plan, route, made, total, emit, steps, connect)
            connection = Connection(number, stream, ClientConnection(plan.size, plan.strict))
        else:
            reused = True
            number = connection.number
            stream = connection.stream
            emit(Connected(connection.fd, stream.local, stream.remote, connection.exchanges))
        sent = plan if route is None else proxied.sent(plan, route, connections.protections)
        counts = run.counts and not plan.steps
        conversation = Conversation(sent, connection, emit, total, counts, run.place if counts else None)
        if plan.offline:
            conversation.rehearse()
        else:
            conversation.go()
        if judge is not None and conversation.response is not None:
            judge(conversation.response, emit)
    except HttpeekError as error:
        failure = error.failure
    except KeyboardInterrupt:
        where = f", {conversation.connection.codec.position()}" if conversation else ""
        failure = Failure(INTERRUPTED, "interrupted", f"stopped{where}")
    if failure is not None:
        failure = run.explained(failure)
    kept = _close(conversation, failure, emit)
    untouched = reused and failure is not None and conversation is not None and not conversation.heard
    _end(failure, emit)
    if kept is not None:
        connections.keep(plan, kept)
    unsent = conversation is None
    return Outcome(conversation.response if conversation else None, failure, kept, untouched, unsent)


def connect(plan: Plan, total: Deadline, emit: Emit, steps: Tell | None = None) -> Stream:
    """A stream to the plan's origin, or one that goes nowhere where the plan says so. `steps` is told of each system
    call made on it, until it is closed.

    Raises HttpeekError as `net.dial.dial` and `net.tls.handshake` do.
    """
    if plan.offline:
        from httpeek.net.nowhere import Nowhere

        return Nowhere()
    if plan.target.scheme != "https":
        return dial(plan.target, plan.dial, connecting(plan, total), emit, steps)
    from httpeek.net.tls import context, handshake

    # Before anything is sent: what cannot be used of the TLS options is wrong usage.
    tls = context(plan.tls)
    deadline = connecting(plan, total)
    stream = dial(plan.target, plan.dial, deadline, emit, steps)
    if deadline.option == "--timeout":  # the peer answered: a new silence begins
        deadline = connecting(plan._replace(time=plan.time._replace(connect=None)), total)
    return handshake(stream, tls, plan.target, plan.tls, deadline, emit, steps)


def connecting(plan: Plan, total: Deadline) -> Deadline:
    """What bounds the way to a connection: of the three limits, the one that comes first."""
    limits = (Deadline(plan.time.connect), Deadline(plan.time.idle, "--timeout"), total)
    return min(limits, key=lambda limit: float("inf") if limit.at is None else limit.at)


def _close(conversation: Conversation | None, failure: Failure | None, emit: Emit) -> Connection | None:
    """Ends the conversation's connection, or keeps it: returns it then."""
    if conversation is None:
        return None
    connection = conversation.connection
    if failure is None and connection.codec.reusable and not conversation.ended and not conversation.unsent:
        connection.codec.next()
        connection.exchanges += 1
        _quietly(emit, Kept())
        return connection
    connection.stream.close()
    if not conversation.ended:
        _quietly(emit, Closed("us", "fin"))
    return None


def _end(failure: Failure | None, emit: Emit) -> None:
    if failure is not None:
        _quietly(emit, Failed(failure))
    _quietly(emit, Ended())


def _quietly(emit: Emit, fact: Fact) -> None:
    """Tells the last facts of an exchange; a sink that fails now has been dropped and says so at the end."""
    try:
        emit(fact)
    except HttpeekError:
        pass
