"""A request: what was typed becomes a Plan, the sinks it asks for, and an exit code.

This is the one place where the command line decides: defaults, the method, the body, what stdin is for, whether the
companion answers, which view is shown where and what is masked.
"""

from __future__ import annotations

import os

from httpeek.api import AGENT, at_companion, send
from httpeek.cli import items
from httpeek.cli.looks import flags, look
from httpeek.client.complete import Wish, complete
from httpeek.model.codes import NAME_NOT_RESOLVED, usage
from httpeek.model.plan import DialPolicy, FollowPolicy, Plan, SizeLimits, TimeLimits, TlsPolicy
from httpeek.model.target import parse, split_host_port, with_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.items import Item
    from httpeek.cli.parse import Typed
    from httpeek.model.codes import Failure
    from httpeek.model.events import Sink
    from httpeek.model.target import Target

UNATTENDED_SILENCE = 60.0
"""Seconds of silence after which a request ends where nobody watches (stderr is no terminal)."""
NOTICE = 10.0
"""Seconds of silence after which a person is told what is waited for."""


def run(typed: Typed, environment: Environment) -> int:
    """Makes the request and returns the exit code. Raises HttpeekError (USAGE) before anything is sent."""
    wanted = items.read(typed.items)
    target = _target(typed, wanted)
    if target.companion and environment.ci and not typed.flag("companion"):
        raise usage(f'"{typed.url}" has no host (is a variable empty?); --companion asks the built-in server')
    method, body, notes = _method_and_body(typed, wanted)
    wish = _wish(wanted)
    accept = b"*/*"
    if body is not None and body.media_type:
        wish = _with_type(wish, body.media_type)
        accept = body.accept
    if target.companion:
        notes = [*notes, f'no host in "{typed.url}": the built-in companion answers']

    def make(address: str) -> Plan:
        where = at_companion(target, address) if address else target
        return Plan(
            method=method,
            target=where,
            fields=complete(method, where, wish, body.content if body else None, AGENT, accept),
            body=body.content if body else None,
            version="1.0" if typed.flag("http1.0") else "1.1",
            strict=typed.flag("strict"),
            time=time_limits(typed),
            size=size_limits(typed),
            tls=tls_policy(typed),
            dial=dial_policy(typed),
            follow=FollowPolicy(typed.flag("follow"), typed.number("max-redirects")),
        )

    screen, view, close = look(typed, environment)
    recorder = _recorder(typed, environment)
    sinks: list[Sink] = [*view, *([recorder] if recorder is not None else [])]
    try:
        sent = send(make, sinks, target.companion, typed.flag("check-status"), _explainer(typed.url), notes)
    finally:
        close()
    if recorder is not None and recorder.note and typed.number("quiet") < 1:
        screen.note(recorder.note)
    return sent.code
