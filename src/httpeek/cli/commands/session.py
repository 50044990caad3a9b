"""`httpeek session`: the sessions that there are, one of them shown, and those of HTTPie taken over."""

from __future__ import annotations

import os

from httpeek.cli.say import printable, say
from httpeek.cli.state import session_path
from httpeek.client.kept import change, load, make_folder
from httpeek.client.session import Kept, origin, read, write
from httpeek.model.codes import DONE, HttpeekError, usage
from httpeek.model.target import parse
from httpeek.render.terminal import pad, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.target import Target


def run(typed: Typed, environment: Environment) -> int:
    """Lists, shows or imports. Raises HttpeekError (USAGE, READ_FAILED, WRITE_FAILED)."""
    if not typed.arguments:
        say(_table(environment))
        return DONE
    action, *rest = typed.arguments
    if action == "import":
        if not rest:
            raise usage("httpeek session import needs a file of HTTPie's: ~/.config/httpie/sessions/HOST/NAME.json")
        _import(rest[0], rest[1] if len(rest) > 1 else "", environment)
    else:
        if len(rest) != 1:
            raise usage("httpeek session show needs one name, or a file")
        _show(rest[0], environment, typed.flag("reveal"))
    return DONE


def _found(environment: Environment) -> list[tuple[str, str, str]]:
    """Each session that has a name: its host's directory, name and path."""
    folder = f"{environment.config}/sessions"
    found = []
    for host in _listed(folder):
        for name in _listed(f"{folder}/{host}"):
            if name.endswith(".json") and not name.startswith("."):
                found.append((host, name.removesuffix(".json"), f"{folder}/{host}/{name}"))
    return found


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _table(environment: Environment) -> str:
    rows = [("host", "session", "fields", "cookies", "auth")]
    for host, name, path in _found(environment):
        try:
            kept = read(load(path), path)
        except HttpeekError as error:
            rows.append((host, name, "-", "-", error.failure.sentence))
            continue
        fields = sum(len(one.fields) for one in kept.origins.values())
        kinds = sorted({one.auth.kind for one in kept.origins.values() if one.auth is not None})
        rows.append((host, name, str(fields), str(len(kept.cookies)), ", ".join(kinds) or "-"))
    if len(rows) == 1:
        return "no sessions: httpeek --session NAME URL makes one\n"
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(pad(printable(cell), size) for cell, size in zip(row, widths, strict=True)) for row in rows]
    return "".join(line.rstrip() + "\n" for line in lines)


def _show(name: str, environment: Environment, reveal: bool) -> None:
    if "/" in name:
        paths = [os.path.expanduser(name)]
    else:
        paths = [path for _, called, path in _found(environment) if called == name]
    for path in paths:
        text = load(path)
        if text is None:
            raise usage(f"{path}: no such file")
        kept = read(text, path)
        say(f"{printable(path)}\n{write(kept if reveal else _masked(kept, environment))}")
    if not paths:
        raise usage(f'no session is called "{name}"; httpeek session lists those that there are')


def _masked(kept: Kept, environment: Environment) -> Kept:
    from httpeek.record.masks import Masker, key
    from httpeek.record.suspect import is_secret_name

    masker = Masker(key(environment.variables))

    def hidden(text: str) -> str:
        return masker.token(text.encode("utf-8", "surrogateescape")).decode("ascii")

    origins = {}
    for where, one in kept.origins.items():
        fields = tuple((n, hidden(v) if is_secret_name(n.encode("latin-1", "replace")) else v) for n, v in one.fields)
        auth = None if one.auth is None else one.auth._replace(secret=hidden(one.auth.secret))
        origins[where] = one._replace(fields=fields, auth=auth)
    return Kept(origins, tuple(cookie._replace(value=hidden(cookie.value)) for cookie in kept.cookies))


def _import(path: str, url: str, environment: Environment) -> None:
    """Takes a session of HTTPie's over, under its own name. HTTPie keeps them by host and port: both schemes get it."""
    from httpeek.client.httpie_session import read as read_theirs

    text = load(os.path.expanduser(path))
    if text is None:
        raise usage(f"{path}: no such file")
    targets = _targets(path, url)
    name = os.path.basename(path).removesuffix(".json")
    theirs = read_theirs(text, path, [origin(target) for target in targets], targets[0].host)
    ours = session_path(name, environment.config, targets[0])

    def once(before: str | None) -> str:
        if before is not None:
            raise usage(f"{ours} is there already: delete it first")
        return write(theirs)

    make_folder(os.path.dirname(ours))
    change(ours, once)
    fields = len(next(iter(theirs.origins.values())).fields)
    auth = next(iter(theirs.origins.values())).auth
    said = f"{fields} fields, {len(theirs.cookies)} cookies, {auth.kind if auth else 'no'} credentials"
    say(f"{printable(ours)}: {said}, for {' and '.join(theirs.origins)}\n")


def _targets(path: str, url: str) -> Sequence[Target]:
    """Whom the session is for: what was typed, or what the directory is called (`localhost_8080`)."""
    if url:
        target = parse(url)
        return [target] if "://" in url else [target, parse(f"https://{url}")]
    folder, _, host = os.path.dirname(os.path.abspath(os.path.expanduser(path))).rpartition("/")
    if not folder.endswith("/sessions"):
        raise usage(f"{path} does not say which host it is for: httpeek session import {path} HOST[:PORT]")
    name, _, port = host.rpartition("_")
    authority = f"{name}:{port}" if name and port.isdigit() else host
    return [parse(f"http://{authority}"), parse(f"https://{authority}")]
