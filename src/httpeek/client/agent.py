"""The user agent: what goes on between the exchanges of a run.

Before each exchange it adds what belongs to the target's origin: credentials and cookies. After it, it takes the
cookies that were set, answers a 401 (once; once more where only the nonce was old), makes a request again whose kept
connection broke before an octet of the response (RFC 9112 section 9.3.1), and follows redirects (`client.follow`). At
the end what a session or a file of cookies keeps is kept.

Rules: each of these is an exchange of its own, and its cause says which. A plan is never changed: what was added for
one origin is added anew for the next, or is not. A field that the user typed goes before what would be added.
A request that needs none of this is made by `client.perform` alone.
"""

from __future__ import annotations

from time import monotonic, sleep, time

from httpeek.client.follow import Chain, repeatable
from httpeek.client.perform import Outcome, perform
from httpeek.model.codes import INTERRUPTED, WRITE_FAILED, Failure, HttpeekError
from httpeek.model.events import IN, Content, Failed, Note
from httpeek.model.message import IDEMPOTENT, first, has, values
from httpeek.model.nouns import Noun
from httpeek.model.plan import RETRIED_STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from hashlib import _Hash as Hash
    from typing import Protocol

    from httpeek.client.auth import Challenge, Credentials, Keys, Origin
    from httpeek.client.cookies import Jar
    from httpeek.client.digest import Protection
    from httpeek.client.perform import Connections, Emit
    from httpeek.client.run import Run
    from httpeek.model.events import Event
    from httpeek.model.message import Fields, ResponseHead
    from httpeek.model.plan import Body, Plan, RetryPolicy
    from httpeek.model.target import Target

    class Keeper(Protocol):
        """What keeps a jar beyond the run, in a file: a session, a file of cookies. `names` are those of fields that it
        gave."""

        path: str
        names: frozenset[bytes]

        def save(self, now: int) -> None:
            """Keeps what was changed. Raises HttpeekError."""


_ANSWERS = 2
"""How often a 401 is answered in one hop: the second time only where the first nonce was stale."""


class Has(Noun):
    """What an agent has: keys for who asks, a jar of cookies, and what keeps them beyond the run. With `silent` cookies
    are taken and none is sent."""

    keys: Keys | None = None
    jar: Jar | None = None
    keeper: Keeper | None = None
    silent: bool = False

    @property
    def asked_twice(self) -> bool:
        """True where a request goes without credentials first, and again with them (Digest)."""
        keys = self.keys
        return keys is not None and (keys.kind if keys.given is None else keys.given.kind) == "digest"


class Agent:
    """Makes the exchanges of a run. Used by one thread."""

    def __init__(self, run: Run, connections: Connections, has: Has) -> None:
        self._run = run
        self._connections = connections
        self._keys = has.keys
        self._jar = has.jar
        self._keeper = has.keeper
        self._silent = has.silent
        self._protections: dict[Origin, Protection] = {}

    def exchange(self, plan: Plan) -> Outcome:
        """Performs the plan and what it leads to; the outcome is that of the last exchange."""
        chain = Chain(plan, self._cookies, self._keeper.names if self._keeper is not None else frozenset())
        asked = plan.target
        try:
            outcome = self._chain(chain, asked)
        except KeyboardInterrupt:
            outcome = Outcome(None, Failure(INTERRUPTED, "interrupted", "stopped before the next attempt"), None)
            self._run.tell(Failed(outcome.failure))  # type: ignore[arg-type]  # it was just made
        return self._kept(outcome)

    def _chain(self, chain: Chain, asked: Target) -> Outcome:
        outcome = self._hop(chain, asked, "asked")
        while chain.following is not None and outcome.failure is None:
            chain.go_on()
            outcome = self._hop(chain, asked, "redirect")
        return outcome

    def _hop(self, chain: Chain, asked: Target, cause: str) -> Outcome:
        """The exchanges of one request: the first, and those that answer, or come after, what became of it."""
        attempt, answered, broken, tries = 1, 0, False, Tries(chain.plan.retry)
        while True:
            one = self._attempt(chain.plan, asked, answered, tries)
            outcome = self._perform(chain, asked, one, attempt, cause)
            if one.answered or self._proxy_asks(one.plan, outcome):
                answered += one.answered
                cause = "auth"
            elif outcome.untouched and not broken and not _stopped(outcome) and _may_be_repeated(chain.plan):
                broken, cause = True, "retry"
            elif tries.left and self._waited(chain.plan, outcome, tries):
                cause = "retry"
            else:
                return outcome
            attempt += 1

    def _waited(self, plan: Plan, outcome: Outcome, tries: Tries) -> bool:
        """True, after a pause, where the request is to be tried again. Raises KeyboardInterrupt in the pause."""
        from httpeek.client.retry import may_be_tried_again, pause

        if not may_be_tried_again(plan, outcome):
            return False
        seconds = pause(plan.retry, tries.made, outcome.response if outcome.failure is None else None)
        if not tries.allows(seconds):
            self._run.tell(Note(f"not tried again: {seconds:.1f} s to wait is past --retry-max-time"))
            return False
        tries.made += 1
        failure, response = outcome.failure, outcome.response
        why = f"{failure.sentence};" if failure is not None else f"{response.status if response is not None else 0}:"
        self._run.tell(Note(f"{why} attempt {tries.made} of {tries.times + 1} in {seconds:.1f} s"))
        sleep(seconds)
        return True

    def _proxy_asks(self, plan: Plan, outcome: Outcome) -> bool:
        """True where a proxy's 407 can be answered with Digest."""
        if plan.proxy is None or outcome.failure is not None or outcome.response is None:
            return False
        from httpeek.client.proxied import learn, way

        proxy = way(plan).proxy
        if proxy is None or (plan.body is not None and not repeatable(plan.body)):
            return False
        return learn(outcome.response, proxy, self._connections.protections)

    def _perform(self, chain: Chain, asked: Target, one: _Attempt, attempt: int, cause: str) -> Outcome:
        plan = one.plan

        def judge(response: ResponseHead, emit: Emit) -> None:
            one.judged = True
            self._take_cookies(plan, response, emit)
            self._check_proof(one, response, emit)
            if response.status == 401 and self._answers(one, response, emit):
                one.answered = True
            elif plan.follow.follow:
                chain.judge(response)
                self._tell_dropped(chain, asked, emit)

        if one.ear is not None:
            self._run.listen(one.ear)
        try:
            outcome = perform(plan, self._run, self._connections, chain.hop, attempt, cause, judge)
        finally:
            if one.ear is not None:
                self._run.leave(one.ear)
        if outcome.response is not None and not one.judged:
            # The content was cut short, but what its head said was said.
            self._take_cookies(plan, outcome.response, self._run.tell)
        return outcome

    # Credentials

    def _attempt(self, plan: Plan, asked: Target, answered: int, tries: Tries) -> _Attempt:
        """The plan with what belongs to its origin, and with the statuses that may not be the last word."""
        answers: tuple[int, ...] = (407,) if plan.proxy is not None else ()
        answers = (*answers, *RETRIED_STATUSES) if tries.left else answers
        if answers != plan.answers:
            plan = plan._replace(answers=answers)
        field = self._cookies(plan)
        fields = plan.fields if field is None else _with_cookies(plan.fields, field)
        key = self._key(plan, asked)
        if key is None:
            return _Attempt(plan if field is None else plan._replace(fields=fields), None)
        if key.kind != "digest":
            from httpeek.client.auth import first as unasked

            given = unasked(key)
            return _Attempt(plan._replace(fields=fields if given is None else _before_content(fields, given)), key)
        answers = (*plan.answers, 401) if answered < _ANSWERS else plan.answers
        made = _Attempt(plan._replace(fields=fields, answers=answers), key, answered)
        protection = self._protections.get(plan.target.origin)
        if protection is not None:
            self._sign(made, protection.next)
        return made

    def _key(self, plan: Plan, asked: Target) -> Credentials | None:
        if self._keys is None or has(plan.fields, b"authorization"):
            return None
        from httpeek.client.auth import key

        return key(self._keys, plan.target, asked)

    def _sign(self, one: _Attempt, protection: Protection) -> None:
        """Adds the Digest field to an attempt. Content that cannot be read is told by who sends it, and what can be
        read once only is not read for a hash."""
        from httpeek.client.digest import answer

        plan, key = one.plan, one.credentials
        assert key is not None
        if protection.qop == "auth-int" and plan.body is not None and not repeatable(plan.body):
            return
        try:
            value = answer(protection, key.user, key.secret, plan.method, plan.target.path, _pieces(plan.body))
        except HttpeekError:
            return
        self._protections[plan.target.origin] = one.protection = protection
        one.plan = plan._replace(fields=_before_content(plan.fields, (b"Authorization", value)))
        if protection.qop == "auth-int":
            one.ear = Ear(protection)

    def _answers(self, one: _Attempt, response: ResponseHead, emit: Emit) -> bool:
        """True where a 401 is answered by another exchange."""
        if one.credentials is None:
            return False
        from httpeek.client.auth import challenges
        from httpeek.client.digest import accept, is_stale

        asked_for = challenges(response.fields)
        if one.credentials.kind != "digest":
            _hint(one.credentials, asked_for, emit)
            return False
        if 401 not in one.plan.answers or (one.before and not is_stale(asked_for)):
            return False
        protection = accept(asked_for)
        if protection is None:
            emit(
                Note("the 401 asks for no Digest that httpeek knows: " + (_schemes(asked_for) or "it has no challenge"))
            )
            return False
        if one.plan.body is not None and not repeatable(one.plan.body):
            emit(Note("the 401 is not answered: the content came from a stream and is gone"))
            return False
        self._protections[one.plan.target.origin] = protection
        return True

    def _check_proof(self, one: _Attempt, response: ResponseHead, emit: Emit) -> None:
        """Looks at Authentication-Info: the server's own proof, and the nonce that it wants next."""
        if one.protection is None or one.credentials is None:
            return
        info = first(response.fields, b"authentication-info")
        if not info:
            return
        from httpeek.client.auth import parameters
        from httpeek.client.digest import is_proven, renewed

        said = parameters(info)
        content = one.ear.hash.hexdigest() if one.ear is not None else ""
        key, target = one.credentials, one.plan.target
        proven = is_proven(one.protection, said, key.user, key.secret, target.path, content)
        if proven is False:
            emit(Note("rspauth is wrong: the server did not prove that it knows the password (RFC 7616 3.5)"))
        self._protections[target.origin] = renewed(one.protection, said)

    def _tell_dropped(self, chain: Chain, asked: Target, emit: Emit) -> None:
        """Names what a redirect to another origin leaves behind."""
        following = chain.following
        if following is None:
            return
        names = chain.dropped()
        if self._key(chain.plan, asked) is not None and self._key(following, asked) is None:
            names.insert(0, "Authorization")
        if has(following.fields, b"authorization"):  # the Location's own
            names = [name for name in names if name.lower() != "authorization"]
        if names:
            emit(Note(f"{', '.join(names)} not sent to {following.target.authority}: it is another origin"))

    # Cookies

    def _cookies(self, plan: Plan) -> bytes | None:
        return None if self._jar is None or self._silent else self._jar.field(plan.target, int(time()))

    def _take_cookies(self, plan: Plan, response: ResponseHead, emit: Emit) -> None:
        given = values(response.fields, b"set-cookie")
        if not given or (self._jar is None and not plan.leads_on(response)):
            return
        if self._jar is None:
            # What a redirect sets is sent to where it leads, as by every browser, and forgotten then.
            from httpeek.client.cookies import Jar

            self._jar = Jar()
        for why in self._jar.store(plan.target, given, int(time())):
            emit(Note(f"not kept: {why}"))

    def _kept(self, outcome: Outcome) -> Outcome:
        """Keeps what is to be kept of a run that got a response."""
        if self._keeper is None or outcome.response is None:
            return outcome
        try:
            self._keeper.save(int(time()))
        except HttpeekError as error:
            failure = error.failure._replace(code=WRITE_FAILED)
            self._run.tell(Failed(failure))
            return outcome._replace(failure=outcome.failure or failure)
        return outcome


class Tries:
    """How often one request was tried, and how often it still may be."""

    def __init__(self, policy: RetryPolicy) -> None:
        self.times = policy.times
        self.made = 1
        self._until = None if policy.longest is None else monotonic() + policy.longest

    @property
    def left(self) -> bool:
        """True where it may be tried again."""
        return self.made <= self.times

    def allows(self, seconds: float) -> bool:
        """True where an attempt may begin in so many seconds."""
        return self._until is None or monotonic() + seconds <= self._until


class _Attempt:
    """One exchange as it is made: its plan, whose credentials it shows, how often the hop answered `before`. What came
    of it: `judged` is True where its response was complete, `answered` where another exchange answers its response."""

    def __init__(self, plan: Plan, credentials: Credentials | None, before: int = 0) -> None:
        self.plan = plan
        self.credentials = credentials
        self.before = before
        self.protection: Protection | None = None
        self.ear: Ear | None = None
        self.judged = False
        self.answered = False


class Ear:
    """A sink that hashes the content of a response, for a proof over it (qop auth-int)."""

    wants: frozenset[str] = frozenset({"counts"})

    def __init__(self, protection: Protection) -> None:
        from httpeek.client.digest import hasher

        self.hash: Hash = hasher(protection)

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, Content) and fact.direction == IN:
            self.hash.update(fact.data)

    def finish(self) -> None:
        """Nothing waits."""


def _stopped(outcome: Outcome) -> bool:
    """True where the user ended it: a connection that was kept did not break then."""
    return outcome.failure is not None and outcome.failure.code == INTERRUPTED


def _may_be_repeated(plan: Plan) -> bool:
    return plan.method in IDEMPOTENT and (plan.body is None or repeatable(plan.body))


def _before_content(fields: Fields, field: tuple[bytes, bytes]) -> Fields:
    """The fields with one more, before those that frame the content."""
    place = len(fields)
    while place and fields[place - 1][0].lower() in (b"content-length", b"transfer-encoding"):
        place -= 1
    return (*fields[:place], field, *fields[place:])


def _with_cookies(fields: Fields, value: bytes) -> Fields:
    """The fields with cookies of the jar: behind those that were typed, since there is one Cookie field at most
    (RFC 6265 section 5.4). A cookie of the jar that was typed is not sent twice."""
    places = [place for place, (name, _) in enumerate(fields) if name.lower() == b"cookie"]
    if not places:
        return _before_content(fields, (b"Cookie", value))
    typed = {pair.strip().partition(b"=")[0] for place in places for pair in fields[place][1].split(b";")}
    added = [pair for pair in value.split(b"; ") if pair.partition(b"=")[0] not in typed]
    name, given = fields[places[-1]]
    return (*fields[: places[-1]], (name, b"; ".join([given, *added])), *fields[places[-1] + 1 :])


def _pieces(body: Body | None) -> Iterator[bytes]:
    """The content of a request, piece by piece."""
    from httpeek.client.source import Source

    source = Source(body)
    try:
        while not source.done:
            yield source.read() or b""
    finally:
        source.close()


def _hint(credentials: Credentials, asked_for: list[Challenge], emit: Emit) -> None:
    """A 401 to credentials of another kind than it asks for."""
    schemes = {challenge.scheme for challenge in asked_for}
    if schemes and credentials.kind not in schemes and "digest" in schemes:
        emit(Note(f"the 401 asks for Digest, not for {credentials.kind.capitalize()}: -A digest answers it"))


def _schemes(asked_for: list[Challenge]) -> str:
    return ", ".join(f"{challenge.scheme} {challenge.get('algorithm') or ''}".rstrip() for challenge in asked_for)
