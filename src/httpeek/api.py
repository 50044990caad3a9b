"""The rooms composed: what the command line and Python programs call.

`send` performs a Plan and feeds sinks; `replay` feeds them a run that was made before. `request` is the public, typed
form: it returns an `Exchange` that can be looked at and shown in any view.

    import httpeek
    exchange = httpeek.request("GET", "localhost:8080/get")
    exchange.response.status        # 200
    exchange.show("raw")
"""

from __future__ import annotations

from httpeek import __version__
from httpeek.client.perform import Connections, perform
from httpeek.client.run import Outlet, Run
from httpeek.model.codes import (
    BAD_CODING,
    DONE,
    INTERRUPTED,
    STATUS_3XX,
    STATUS_4XX,
    STATUS_5XX,
    STDOUT_CLOSED,
    WRITE_FAILED,
    Failure,
    HttpeekError,
    usage,
)
from httpeek.model.events import Event, Failed, Next, Note, Planned, RunStarted
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from httpeek.client.agent import Has
    from httpeek.client.perform import Outcome
    from httpeek.client.run import Explain
    from httpeek.model.events import Sink
    from httpeek.model.exchange import Exchange as Fold
    from httpeek.model.message import Fields, ResponseHead
    from httpeek.model.plan import Plan
    from httpeek.model.target import Target

_ENDS_THE_RUN = (INTERRUPTED, STDOUT_CLOSED, WRITE_FAILED)
"""Failures after which no further request is made."""

AGENT = f"httpeek/{__version__}"


def at_companion(target: Target, address: str) -> Target:
    """A target without a host, at the address of the companion that answers it."""
    host, _, port = address.rpartition(":")
    return target._replace(host=host, port=int(port))


class Sent(Noun):
    """What came of a plan: the last response's head, the failure that ended the run, and the exit code."""

    response: ResponseHead | None
    failure: Failure | None
    code: int


def send(
    make: Callable[[str], Plan],
    sinks: Iterable[Sink],
    companion_for: str = "",
    check_status: bool = True,
    explain: Explain | None = None,
    notes: Sequence[str] = (),
    further: Sequence[tuple[Callable[[str], Plan], Has | None]] = (),
    has: Has | None = None,
) -> Sent:
    """Performs a plan and what its redirects lead to; every event goes to the sinks, which are finished at the end.

    The plans of `further` follow in the same run, over the connections that were kept. One that fails does not keep
    those after it from being performed, unless the user stopped it or nothing can be written any more. The outcome
    is the last one's, the exit code that of the first failure.

    `make` gives the plan. `companion_for` is the URL that has no host, if the embedded companion has to answer:
    `make` then gets its address ("127.0.0.1:41873"), and else "". `explain` may word a failure better, `notes` are
    told first; `has` holds credentials and cookies. Raises what `make` raises, but nothing for what happens on the
    wire: see `Sent.failure`.
    """
    address, close = "", _nothing
    if companion_for:
        from httpeek.server.embedded import Embedded

        embedded = Embedded()
        address, close = embedded.address, embedded.close
        notes = [*notes, f'no host in "{companion_for}": the built-in companion answers ({address})']
    try:
        plans = [one(address) for one in (make, *(make for make, _ in further))]
        run = Run(sinks, __version__, explain)
        outcomes, failure = _perform_all(plans, (has, *(one for _, one in further)), run, notes)
        unwritten = run.finish()
    finally:
        close()
    response, last = (outcomes[-1].response, outcomes[-1].failure) if outcomes else (None, None)
    ended = unwritten or failure or (last if last is not None and last.code in _ENDS_THE_RUN else None)
    if ended is not None:
        return Sent(response, ended, ended.code)
    codes = [exit_code(outcome.response, outcome.failure, check_status) for outcome in outcomes]
    return Sent(response, last, next((code for code in codes if code != DONE), DONE))


def _perform_all(
    plans: Sequence[Plan], has: Sequence[Has | None], run: Run, notes: Sequence[str]
) -> tuple[list[Outcome], Failure | None]:
    """The outcomes in order, and the failure of what was not one of them."""
    outcomes: list[Outcome] = []
    try:
        for note in notes:
            run.tell(Note(note))
        connections = Connections(run)
        for plan, one in zip(plans, has, strict=True):
            if outcomes:
                run.tell(Next(len(outcomes) + 1))
            # A connection that was kept may be gone by now, which an agent makes good.
            outcomes.append(_perform(plan, one, run, connections, careful=bool(outcomes)))
            failure = outcomes[-1].failure
            if failure is not None and failure.code in _ENDS_THE_RUN:
                break
        connections.close()
    except HttpeekError as error:
        return outcomes, error.failure
    return outcomes, None


def _perform(plan: Plan, has: Has | None, run: Run, connections: Connections, careful: bool) -> Outcome:
    led_on = plan.follow.follow or careful or plan.retry.times or plan.proxy is not None
    if has is not None or (led_on and not plan.offline):
        from httpeek.client.agent import Agent, Has

        return Agent(run, connections, has or Has()).exchange(plan)
    return perform(plan, run, connections)


def _nothing() -> None:
    pass


def exit_code(response: ResponseHead | None, failure: Failure | None, check_status: bool) -> int:
    """The exit code of a run by its failure, or else by the class of its final status."""
    if failure is not None:
        return failure.code
    if response is None or not check_status:
        return DONE
    return {3: STATUS_3XX, 4: STATUS_4XX, 5: STATUS_5XX}.get(response.status // 100, DONE)


def replay(events: Iterable[Event], sinks: Iterable[Sink]) -> Failure | None:
    """Feeds a run that was made before to the sinks, and finishes them; nothing is sent.

    Returns the failure of a sink, or None.
    """
    outlet = Outlet(sinks)
    try:
        for event in events:
            if isinstance(event.fact, Planned):
                outlet.begin(event.fact.plan.size)
            try:
                outlet.feed(event)
            except HttpeekError as error:
                if error.code != BAD_CODING:
                    raise
                # Recorded through a view that decoded nothing: say it now.
                outlet.feed(event._replace(fact=Failed(error.failure)))
    except HttpeekError as error:
        return outlet.finish() or error.failure
    return outlet.finish()


class Curtain:
    """A sink before a sink: holds a whole run back and gives it on with its secrets masked.

    With `content` False only heads, plans and sentences are masked (what goes to stderr under CI).
    """

    wants: frozenset[str] = frozenset()

    def __init__(self, sink: Sink, environ: Mapping[str, str], content: bool = True) -> None:
        self._sink = sink
        self._environ = environ
        self._content = content
        self._events: list[Event] = []

    def feed(self, event: Event) -> None:
        """Holds the event back."""
        self._events.append(event)

    def finish(self) -> None:
        """Gives the masked run to the sink. Raises HttpeekError as the sink does."""
        from httpeek.record.masks import Masker, key

        failure = replay(Masker(key(self._environ)).mask(self._events, self._content), [self._sink])
        if failure is not None:
            raise HttpeekError(failure)


class _Keeper:
    """The sink of `request`: keeps everything, representation included."""

    wants = frozenset(("representation",))

    def __init__(self) -> None:
        self.events: list[Event] = []

    def feed(self, event: Event) -> None:
        self.events.append(event)

    def finish(self) -> None:
        pass


class Response:
    """A response with its content.

    `status` (int), `reason` (str), `version` ("HTTP/1.1"), `fields` (ordered pairs of str, as received), `content`
    (the representation, bytes: content codings taken off), `interim` (heads of 1xx before it), `trailers` (pairs).
    """

    def __init__(self, fold: Fold, head: ResponseHead) -> None:
        self.status = head.status
        self.reason = head.reason.decode("latin-1")
        self.version = head.version.decode("latin-1")
        self.fields = _pairs(head.fields)
        self.interim = [(h.status, _pairs(h.fields)) for h in fold.interim]
        trailers = fold.trailers.get("in")
        self.trailers = _pairs(trailers.fields) if trailers else []
        self.content = fold.representation()

    def field(self, name: str, default: str | None = None) -> str | None:
        """The value of the field `name` in any case: all its lines joined by ", " (RFC 9110 section 5.2)."""
        found = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(found) if found else default

    @property
    def text(self) -> str:
        """The content as text: by the charset of Content-Type, else UTF-8; what does not fit becomes U+FFFD."""
        charset = (self.field("content-type") or "").lower().partition("charset=")[2].partition(";")[0].strip(' "')
        try:
            return self.content.decode(charset or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The content read as JSON. Raises ValueError when it is none."""
        import json

        return json.loads(self.content)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}, {len(self.content)} bytes>"


class Exchange:
    """One request with all its responses, as it went over the wire.

    `number`, `method`, `url`, `response` (None when there was none), `failure` (None or a Failure with `code` and
    `sentence`), `violations` (id, offset, detail), `timing` (ns from the start of the run, by moment), `local` and
    `remote` (the 4-tuple as text), `events` (everything).
    """

    def __init__(self, fold: Fold, events: list[Event]) -> None:
        self.number = fold.number
        self.events = [e for e in events if e.exchange == fold.number or isinstance(e.fact, RunStarted)]
        self.method = fold.plan.method if fold.plan else ""
        self.url = fold.plan.target.url if fold.plan else ""
        self.failure = fold.failure
        self.violations = fold.violations
        self.timing = dict(fold.marks)
        self.local = fold.connected.local if fold.connected else ""
        self.remote = fold.connected.remote if fold.connected else ""
        self.response = Response(fold, fold.response) if fold.response is not None else None

    def render(self, view: str = "pretty", **options: Any) -> bytes:
        """The exchange in a view ("pretty", "verbose", "raw", "hex", "json", "har", "curl") as octets: what the
        command line prints on stdout and stderr, without colour. `options` are those of `ViewOptions`.

        Raises HttpeekError (USAGE) for a view that there is not.
        """
        from httpeek.render.screen import Captured
        from httpeek.render.views import ViewOptions, make

        screen = Captured()
        chosen = ViewOptions(**{"print": "hb", "pretty": "format", **options})
        replay(self.events, [make(view, screen, chosen)])
        return screen.taken()

    def show(self, view: str = "pretty", **options: Any) -> None:
        """Prints `render(view)` to standard output."""
        import sys

        sys.stdout.write(self.render(view, **options).decode("utf-8", "backslashreplace"))

    def __repr__(self) -> str:
        came = self.response or (f"failed: {self.failure.sentence}" if self.failure else "no response")
        return f"<Exchange {self.method} {self.url}: {came}>"


def exchanges(events: Iterable[Event]) -> list[Exchange]:
    """The exchanges of a run that was recorded, as `request` would have given them."""
    from httpeek.model.exchange import fold

    keeper = _Keeper()
    replay(events, [keeper])
    return [Exchange(one, keeper.events) for one in fold(keeper.events)]


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]


def _wire(text: str) -> bytes:
    """Text as it is sent; what stands for octets that are no UTF-8 (PEP 383) becomes those."""
    return text.encode("utf-8", "surrogateescape")


def request(
    method: str,
    url: str,
    *,
    fields: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    query: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    data: bytes | str | None = None,
    follow: bool = False,
    timeout: float | None = None,
    connect_timeout: float | None = 30.0,
    max_time: float | None = None,
    verify: str | bool = True,
    strict: bool = False,
    companion: bool = False,
) -> Exchange:
    """Makes one request and returns its exchange (the last one, when `follow` led through redirects).

    `url` is what the command line takes; a URL that begins with "/" is answered by the companion server, if
    `companion` says so. `fields` are sent in their order after Host. Durations are seconds: `timeout` is silence of
    the peer. `verify` is True, False, or the path of a file or directory of trusted certificates.

    Raises HttpeekError with the code the command line would exit with (see the table of exit codes) when there is
    no complete response; its attribute `exchange` holds what arrived. A status of 400 or more is no error.
    """
    from httpeek.client.complete import Wish, complete
    from httpeek.model.exchange import fold
    from httpeek.model.plan import Body, FollowPolicy, Plan, TimeLimits, TlsPolicy
    from httpeek.model.target import parse, with_query

    target = with_query(parse(url), list(query.items() if hasattr(query, "items") else query))
    if target.companion and not companion:
        raise usage(f'"{url}" has no host (is a variable empty?); companion=True asks the built-in server')
    body = None
    if data is not None:
        octets = _wire(data) if isinstance(data, str) else data
        body = Body(octets, length=len(octets))
    given = fields.items() if hasattr(fields, "items") else fields
    wish = Wish(tuple((_wire(name), _wire(value)) for name, value in given))
    if not method.isascii():
        raise usage(f'the method "{method}" is not a token (RFC 9110 9.1)')

    def make(address: str) -> Plan:
        where = at_companion(target, address) if address else target
        return Plan(
            method,
            where,
            complete(method, where, wish, body, AGENT),
            body,
            strict=strict,
            time=TimeLimits(timeout, connect_timeout, max_time, idle_for_streams=timeout is not None),
            tls=TlsPolicy("yes" if verify is True else "no" if verify is False else str(verify)),
            follow=FollowPolicy(follow),
        )

    keeper = _Keeper()
    sent = send(make, [keeper], url if target.companion else "")
    made = [Exchange(one, keeper.events) for one in fold(keeper.events)]
    if sent.failure is not None:
        raise HttpeekError(sent.failure, made[-1] if made else None)
    return made[-1]
