"""A request: what was typed becomes a Plan, the sinks it asks for, and an exit code.

This is the one place where the command line decides: defaults, the method, the body, what stdin is for, whether the
companion answers, which view is shown where and what is masked.
"""

from __future__ import annotations

from httpeek.api import AGENT, at_companion, send
from httpeek.cli.looks import look
from httpeek.cli.policies import (
    is_recorded,
    may_have_state,
    may_hold_data,
    method_of,
    plan_of,
    proxies_of,
    retry_policy,
)
from httpeek.client.complete import Wish, complete
from httpeek.model.codes import NAME_NOT_RESOLVED, usage
from httpeek.model.nouns import Noun
from httpeek.model.plan import Plan
from httpeek.model.target import parse, quote, with_query
from httpeek.record.recorder import Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.cli.body import Content
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.cli.state import State
    from httpeek.client.agent import Has
    from httpeek.client.run import Explain
    from httpeek.model.codes import Failure
    from httpeek.model.events import Sink
    from httpeek.model.target import Target


class Asked(Noun):
    """A request as it was asked for. `make` gives its plan: it takes the address of the companion where that answers
    (else ""), and whether a person watches. `content` is True where it has a body, `stdin` where that comes from
    standard input; `notes` are told before anything is sent; `has` are credentials and cookies, where there are any."""

    make: Callable[[str, bool], Plan]
    companion: bool
    content: bool
    stdin: bool
    notes: tuple[str, ...]
    has: Has | None = None


def run(typed: Typed, environment: Environment) -> int:
    """Makes the request, and those behind `--next`; returns the exit code, of several that of the first failure.

    Raises HttpeekError (USAGE) before anything is sent.
    """
    parts = [asked(typed, environment)]
    for further in typed.further:
        parts.append(asked(further, environment, parts))
    if sum(one.stdin for one in parts) > 1:
        raise usage("standard input is the body of two requests: it can be read once")
    offline = typed.flag("offline")
    shown = look(typed, environment)
    watched = shown.screen.err_tty
    recorder = Recorder(environment.variables, typed.text("record")) if is_recorded(typed, environment) else None
    sinks: list[Sink] = [*shown.sinks, *([recorder] if recorder is not None else [])]
    if any(one.content for one in parts) and watched and not offline and not typed.number("quiet"):
        from httpeek.render.upload import Upload

        sinks.insert(0, Upload(shown.screen))
    urls = [part.url for part, one in zip((typed, *typed.further), parts, strict=True) if one.companion]
    makes = [_made(one, watched) for one in parts]
    try:
        sent = send(
            makes[0],
            sinks,
            urls[0] if urls and not offline else "",
            typed.flag("check-status"),
            _explainer(typed.url),
            [note for one in parts for note in one.notes],
            [(make, one.has) for make, one in zip(makes[1:], parts[1:], strict=True)],
            parts[0].has,
        )
    finally:
        shown.close()
    if recorder is not None and recorder.note and typed.number("quiet") < 1:
        shown.screen.note(recorder.note)
    return sent.code


def _made(one: Asked, watched: bool) -> Callable[[str], Plan]:
    return lambda address: one.make(address, watched)


def asked(typed: Typed, environment: Environment, earlier: Sequence[Asked] = ()) -> Asked:
    """What one request asks for, after those before it. Raises HttpeekError (USAGE, READ_FAILED)."""
    wish = Wish()
    body: Content | None = None
    pairs: list[tuple[str, str]] = []
    if typed.items or typed.has("data") or typed.has("body-type"):
        from httpeek.cli.asked import asked as read_items

        wish, pairs, body = read_items(typed)
    target = _target(typed, pairs)
    if target.companion and environment.ci and not typed.flag("companion"):
        raise usage(f'"{typed.url}" has no host (is a variable empty?); --companion asks the built-in server')
    method = method_of(typed, _has_content(body))
    notes: list[str] = []
    state: State | None = None
    if may_have_state(typed, environment):
        from httpeek.cli.state import state as known

        state = known(typed, environment, target, wish, [one.has for one in earlier if one.has is not None])
        wish = state.wish
        notes += state.notes
        if not state.keeps_userinfo:
            target = target._replace(user=None, password=None)
    look_at_stdin = not any(one.stdin for one in earlier)
    if look_at_stdin and not _has_content(body) and not typed.flag("ignore-stdin") and may_hold_data(0):
        from httpeek.cli.body import from_stdin

        found, note = from_stdin(method, typed.text("body-type"))
        body = found or body
        notes += [note] if note else []
    stdin = _reads_stdin(body)
    if body is not None or typed.flag("chunked"):
        from httpeek.cli.asked import framed

        body, wish = framed(typed, body, wish, state is not None and state.has.asked_twice)

    proxies = proxies_of(typed, environment)

    def make(address: str, watched: bool) -> Plan:
        where = at_companion(target, address) if address and target.companion else target
        if state is not None:
            state.begin(where)
        content = body.content if body is not None else None
        fields = complete(method, where, wish, content, AGENT, body.accept if body is not None else b"*/*")
        plan = plan_of(typed, method, where, content, proxies, watched, typed.flag("follow"))
        return plan._replace(
            fields=fields, retry=retry_policy(typed), steps=typed.flag("steps"), offline=typed.flag("offline")
        )

    has = state.has if state is not None else None
    return Asked(make, target.companion, _has_content(body), stdin, tuple(notes), has)


def _reads_stdin(body: Content | None) -> bool:
    """True for content that comes from standard input, whole or in a part."""
    if body is None or body.content is None:
        return False
    return any(part.fd == 0 for part in (body.content, *body.content.parts))


def _has_content(body: Content | None) -> bool:
    """True for content; fields that go with one may have been asked for without it (`-j`)."""
    return body is not None and body.content is not None


def _target(typed: Typed, pairs: list[tuple[str, str]]) -> Target:
    target = with_query(parse(typed.url, typed.text("default-scheme"), typed.flag("path-as-is")), pairs)
    if target.unix and "unix-socket" in typed.options:
        raise usage(f"{typed.url} names a unix socket, and --unix-socket another one")
    if target.companion and typed.texts("unix-socket"):
        raise usage(f'"{typed.url}" has no host: with --unix-socket write http://localhost{typed.url}')
    wanted = typed.text("request-target")
    if wanted:
        if any(c in wanted for c in "\r\n\0 "):
            raise usage("--request-target has a space, CR, LF or NUL in it: it would break the request line")
        target = target._replace(path=quote(wanted))
    return target


def _explainer(url: str) -> Explain:
    """Words a name that is not resolved better where it looks like a command that was mistyped."""

    def explain(failure: Failure) -> Failure:
        if failure.code != NAME_NOT_RESOLVED or not url.isalpha():
            return failure
        from httpeek.cli.habits import nearest_command

        near = nearest_command(url)
        if not near:
            return failure
        return failure._replace(sentence=f"{failure.sentence}; did you mean `httpeek {near}`?")

    return explain
