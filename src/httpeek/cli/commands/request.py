"""A request: what was typed becomes a Plan, the sinks it asks for, and an exit code.

This is the one place where the command line decides: defaults, the method, the body, what stdin is for, whether the
companion answers, which view is shown where and what is masked.
"""

from __future__ import annotations

from httpeek.api import AGENT, at_companion, send
from httpeek.cli import items
from httpeek.cli.body import Content, field_file, from_data, from_file_item, from_items, from_stdin
from httpeek.cli.looks import look
from httpeek.cli.policies import dial_policy, size_limits, time_limits, tls_policy
from httpeek.client.complete import Wish, complete
from httpeek.model.codes import NAME_NOT_RESOLVED, usage
from httpeek.model.plan import FollowPolicy, Plan
from httpeek.model.target import parse, quote, with_query
from httpeek.record.recorder import Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.items import Item
    from httpeek.cli.parse import Typed
    from httpeek.client.run import Explain
    from httpeek.model.codes import Failure
    from httpeek.model.events import Sink
    from httpeek.model.target import Target


def run(typed: Typed, environment: Environment) -> int:
    """Makes the request and returns the exit code. Raises HttpeekError (USAGE) before anything is sent."""
    wanted = items.read(typed.items)
    target = _target(typed, wanted)
    if target.companion and environment.ci and not typed.flag("companion"):
        raise usage(f'"{typed.url}" has no host (is a variable empty?); --companion asks the built-in server')
    body = _body(typed, wanted)
    method = typed.method or ("POST" if body is not None else "GET")
    notes: list[str] = []
    if body is None and not typed.flag("ignore-stdin"):
        body, note = from_stdin(method)
        notes += [note] if note else []
    wish = _wish(wanted, body)

    def make(address: str) -> Plan:
        where = at_companion(target, address) if address else target
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
            follow=FollowPolicy(typed.flag("follow"), typed.number("max-redirects")),
        )

    shown = look(typed, environment)
    watched = shown.screen.err_tty
    recorder = _recorder(typed, environment)
    sinks: list[Sink] = [*shown.sinks, *([recorder] if recorder is not None else [])]
    companion_for = typed.url if target.companion else ""
    try:
        sent = send(make, sinks, companion_for, typed.flag("check-status"), _explainer(typed.url), notes)
    finally:
        shown.close()
    if recorder is not None and recorder.note and typed.number("quiet") < 1:
        shown.screen.note(recorder.note)
    return sent.code


def _target(typed: Typed, wanted: Sequence[Item]) -> Target:
    target = parse(typed.url, typed.text("default-scheme"), typed.flag("path-as-is"))
    pairs = [
        (item.name, field_file(item.value) if item.kind == items.QUERY_FILE else item.value)
        for item in wanted
        if item.kind in (items.QUERY, items.QUERY_FILE)
    ]
    target = with_query(target, pairs)
    asked = typed.text("request-target")
    if asked:
        if any(c in asked for c in "\r\n\0 "):
            raise usage("--request-target has a space, CR, LF or NUL in it: it would break the request line")
        target = target._replace(path=quote(asked))
    return target


def _body(typed: Typed, wanted: Sequence[Item]) -> Content | None:
    """The body that was asked for by `--data` or by items."""
    data = [item for item in wanted if item.kind in (items.DATA, items.DATA_FILE, items.JSON, items.JSON_FILE)]
    files = [item for item in wanted if item.kind == items.BODY_FILE]
    uploads = [item for item in wanted if item.kind == items.UPLOAD]
    if uploads:
        raise usage(
            f"{uploads[0].original} uploads a part of a form; @{uploads[0].value} sends the file as the whole body"
        )
    given = [
        *(["--data"] if typed.has("data") else []),
        *[item.original for item in files],
        *[i.original for i in data[:1]],
    ]
    if len(given) > 1:
        raise usage(f"the request would have two bodies: {given[0]} and {given[1]}")
    if typed.has("data"):
        return from_data(typed.text("data"))
    if files:
        return from_file_item(files[0])
    return from_items(data) if data else None


def _wish(wanted: Sequence[Item], body: Content | None) -> Wish:
    """The fields that the items ask for, in their order, and those that they remove."""
    fields: list[tuple[bytes, bytes]] = []
    removed = set()
    for item in wanted:
        name = item.name.encode("latin-1", "replace")
        if item.kind == items.FIELD_REMOVED:
            removed.add(name.lower())
        elif item.kind in (items.FIELD, items.FIELD_EMPTY, items.FIELD_FILE):
            value = field_file(item.value) if item.kind == items.FIELD_FILE else item.value
            fields.append((name, value.encode("utf-8", "surrogateescape")))
    named = {name.lower() for name, _ in fields} | removed
    if body is not None and body.media_type and b"content-type" not in named:
        fields.insert(0, (b"Content-Type", body.media_type))
    return Wish(tuple(fields), frozenset(removed))


def _recorder(typed: Typed, environment: Environment) -> Recorder | None:
    mode = typed.text("record")
    if mode == "off" or (environment.ci and not typed.has("record")):
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
