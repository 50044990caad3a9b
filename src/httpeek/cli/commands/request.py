"""A request: what was typed becomes a Plan, the sinks it asks for, and an exit code.

This is the one place where the command line decides: defaults, the method, the body, what stdin is for, whether the
companion answers, which view is shown where and what is masked.
"""

from __future__ import annotations

import os
from stat import S_ISFIFO, S_ISREG, S_ISSOCK

from httpeek.api import AGENT, at_companion, send
from httpeek.cli.looks import look
from httpeek.cli.policies import dial_policy, size_limits, time_limits, tls_policy
from httpeek.client.complete import Wish, complete
from httpeek.model.codes import NAME_NOT_RESOLVED, usage
from httpeek.model.plan import FollowPolicy, Plan
from httpeek.model.target import parse, quote, with_query
from httpeek.record.recorder import Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.body import Content
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.cli.state import State
    from httpeek.client.run import Explain
    from httpeek.model.codes import Failure
    from httpeek.model.events import Sink
    from httpeek.model.target import Target


_STATE = ("auth", "auth-type", "cookies", "session", "session-read-only")
"""The options that need `cli.state`."""


def run(typed: Typed, environment: Environment) -> int:
    """Makes the request and returns the exit code. Raises HttpeekError (USAGE) before anything is sent."""
    wish = Wish()
    body: Content | None = None
    pairs: list[tuple[str, str]] = []
    if typed.items or typed.has("data") or typed.has("body-type"):
        from httpeek.cli.asked import asked

        wish, pairs, body = asked(typed)
    target = _target(typed, pairs)
    if target.companion and environment.ci and not typed.flag("companion"):
        raise usage(f'"{typed.url}" has no host (is a variable empty?); --companion asks the built-in server')
    method = typed.method or ("POST" if _has_content(body) else "GET")
    if not method.isascii():
        raise usage(f'the method "{method}" is not a token (RFC 9110 9.1)')
    notes: list[str] = []
    state: State | None = None
    if _may_have_state(typed, environment):
        from httpeek.cli.state import state as known

        state = known(typed, environment, target, wish)
        wish = state.wish
        notes += state.notes
        if not state.keeps_userinfo:
            target = target._replace(user=None, password=None)
    if not _has_content(body) and not typed.flag("ignore-stdin") and _may_hold_data(0):
        from httpeek.cli.body import from_stdin

        found, note = from_stdin(method, typed.text("body-type"))
        body = found or body
        notes += [note] if note else []
    if _has_content(body) or typed.flag("chunked"):
        from httpeek.cli.asked import framed

        body, wish = framed(typed, body, wish)
    if body is not None:
        wish = body.described(wish)
        if typed.flag("http1.0"):
            from httpeek.cli.body import measured

            body = measured(body)

    def make(address: str) -> Plan:
        where = at_companion(target, address) if address else target
        if state is not None:
            state.begin(where)
        content = body.content if body is not None else None
        return Plan(
            method=method,
            target=where,
            fields=complete(method, where, wish, content, AGENT, body.accept if body is not None else b"*/*"),
            body=content,
            version="1.0" if typed.flag("http1.0") else "1.1",
            strict=typed.flag("strict"),
            time=time_limits(typed, watched),
            size=size_limits(typed),
            tls=tls_policy(typed),
            dial=dial_policy(typed),
            follow=FollowPolicy(typed.flag("follow"), typed.number("max-redirects"), typed.flag("trust-redirects")),
            steps=typed.flag("steps"),
            offline=offline,
        )

    offline = typed.flag("offline")
    shown = look(typed, environment)
    watched = shown.screen.err_tty
    recorder = _recorder(typed, environment)
    sinks: list[Sink] = [*shown.sinks, *([recorder] if recorder is not None else [])]
    if _has_content(body) and watched and not offline and not typed.number("quiet"):
        from httpeek.render.upload import Upload

        sinks.insert(0, Upload(shown.screen))
    companion_for = typed.url if target.companion and not offline else ""
    try:
        has = state.has if state is not None else None
        sent = send(make, sinks, companion_for, typed.flag("check-status"), _explainer(typed.url), notes, has)
    finally:
        shown.close()
    if recorder is not None and recorder.note and typed.number("quiet") < 1:
        shown.screen.note(recorder.note)
    return sent.code


def _may_have_state(typed: Typed, environment: Environment) -> bool:
    """True where credentials, cookies or a session were asked for, or .netrc may have credentials."""
    asked_for = any(typed.has(name) for name in _STATE)
    return asked_for or (not typed.flag("ignore-netrc") and os.access(environment.netrc, os.F_OK))


def _has_content(body: Content | None) -> bool:
    """True for content; fields that go with one may have been asked for without it (`-j`)."""
    return body is not None and body.content is not None


def _target(typed: Typed, pairs: list[tuple[str, str]]) -> Target:
    target = with_query(parse(typed.url, typed.text("default-scheme"), typed.flag("path-as-is")), pairs)
    wanted = typed.text("request-target")
    if wanted:
        if any(c in wanted for c in "\r\n\0 "):
            raise usage("--request-target has a space, CR, LF or NUL in it: it would break the request line")
        target = target._replace(path=quote(wanted))
    return target


def _may_hold_data(descriptor: int) -> bool:
    """True for a file, a pipe or a socket: a terminal and /dev/null are not worth a look."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return S_ISREG(mode) or S_ISFIFO(mode) or S_ISSOCK(mode)


def _recorder(typed: Typed, environment: Environment) -> Recorder | None:
    mode = typed.text("record")
    # With --offline there was no exchange, and @last stays the last one that was made.
    if mode == "off" or typed.flag("offline") or (environment.ci and not typed.has("record")):
        return None
    return Recorder(environment.variables, mode)


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
