"""Credentials, cookies and sessions: what was typed about them, and what files keep, for one request. Loaded only where
there is some.

Which credentials go along, the first of these that there are: those of an item Authorization (as it stands), of
`--auth`, of the URL, of the session, of `.netrc`. A session's fields stand before those that were typed, and give way
to them.
"""

from __future__ import annotations

import os

from httpeek.client.agent import Has
from httpeek.client.auth import Credentials, Keys
from httpeek.model.codes import READ_FAILED, Failure, HttpeekError, usage
from httpeek.model.message import values
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.client.agent import Keeper
    from httpeek.client.complete import Wish
    from httpeek.client.session import Session
    from httpeek.model.target import Target

_LARGEST = 65_536
"""Octets of the file of `-a @FILE` that are read."""


_AGAINST = {
    "session": ("session-read-only", "cookies"),
    "session-read-only": ("session", "cookies"),
    "cookies": ("session", "session-read-only"),
}
"""What a word of the command line takes the place of, where a config file says it."""


class State(Noun):
    """What a request has beside itself: the fields to send, keys and cookies for the agent, whether the target keeps
    its userinfo (it is Basic credentials then), and notes."""

    wish: Wish
    has: Has
    keeps_userinfo: bool = True
    notes: tuple[str, ...] = ()
    session: Session | None = None
    given: Credentials | None = None
    typed: Wish | None = None

    def begin(self, target: Target) -> None:
        """Tells the session what was typed, now that the target is known."""
        if self.session is None or self.typed is None:
            return
        from time import time

        from httpeek.client.session import pairs

        self.session.remember(target, self.typed.fields, self.typed.removed, self.given)
        for field in values(self.typed.fields, b"cookie"):
            for cookie in pairs(field, target):
                self.session.jar.put(cookie, int(time()))


def state(typed: Typed, environment: Environment, target: Target, wish: Wish, earlier: Sequence[Has] = ()) -> State:
    """What was asked for and what is kept for the target; a session or a file of cookies that an `earlier` request of
    the run has is the same one. Raises HttpeekError (USAGE, READ_FAILED)."""
    replaced = {other for name in _AGAINST if typed.options.get(name) for other in _AGAINST[name]} - {*typed.options}
    typed = typed._replace(options={**typed.options, **dict.fromkeys(replaced)})
    named = {name.lower() for name, _ in wish.fields}
    own = given(typed, environment, target)
    if own is not None and "auth" in typed.options and b"authorization" in named:
        raise usage("--auth and the item Authorization say two things: leave one out")
    if own is not None and b"authorization" in named | wish.removed:
        own = None  # the URL's, or a config file's: an item goes before it
    keepers = {has.keeper.path: has.keeper for has in earlier if has.keeper is not None}
    session = _session(typed, environment, target, keepers)
    asked, notes = wish, list[str]()
    if session is not None:
        wish = _with_fields(wish, session, target)
    settled = own is not None or b"authorization" in {n.lower() for n, _ in wish.fields} | wish.removed
    keys = None if own is None else Keys(own, everywhere=typed.flag("trust-redirects"))
    if not settled and session is not None:
        kept = session.credentials(target)
        keys = None if kept is None else Keys(kept._replace(origin=None))
        settled = keys is not None
    here = target.user is None and not target.companion and not typed.flag("ignore-netrc")
    if not settled and here and environment.netrc:
        keys, settled, notes = _netrc(environment.netrc, typed.text("auth-type") or "basic", target)
    if typed.has("auth-type") and not settled:
        raise usage(f"-A {typed.text('auth-type')} needs credentials: -a {_form(typed.text('auth-type'))}")
    silent = b"cookie" in wish.removed
    if typed.has("cookies"):
        from httpeek.client.cookie_file import CookieFile

        path = os.path.expanduser(typed.text("cookies"))
        known = keepers.get(path)
        file = known if isinstance(known, CookieFile) else CookieFile(path)
        return State(wish, Has(keys, file.jar, file, silent), own is None, tuple(notes))
    if session is not None:
        return State(wish, Has(keys, session.jar, session, silent), own is None, tuple(notes), session, own, asked)
    return State(wish, Has(keys), own is None, tuple(notes))


def _with_fields(wish: Wish, session: Session, target: Target) -> Wish:
    """The fields of the session that were not typed anew, and then those that were; a Cookie field is in the jar."""
    typed = {name.lower() for name, _ in wish.fields} | wish.removed
    kept = tuple(field for field in session.fields(target) if field[0].lower() not in typed)
    session.names = frozenset(name.lower() for name, _ in kept)
    return wish._replace(fields=(*kept, *(f for f in wish.fields if f[0].lower() != b"cookie")))


def given(typed: Typed, environment: Environment, target: Target) -> Credentials | None:
    """The credentials of `--auth`, or of the URL where they are not simply Basic ones; None for none. Raises
    HttpeekError (USAGE, READ_FAILED)."""
    kind = typed.text("auth-type") or "basic"
    if typed.has("auth") and ("auth" in typed.options or target.user is None):
        made = _credentials(kind, typed.text("auth"), environment.variables)
        return made if isinstance(made, Credentials) else _asked(kind, made, typed.flag("offline"), target)
    if target.user is None or (kind == "basic" and not (typed.has("session") or typed.has("session-read-only"))):
        return None
    if kind == "bearer":
        raise usage("-A bearer needs a token, which the URL has not: -a TOKEN, -a @FILE or -a env:NAME")
    return Credentials(kind, target.user, target.password or "", None, "the URL")


def _asked(kind: str, user: str, offline: bool, target: Target) -> Credentials:
    """The credentials of a user whose password a person types."""
    if offline:
        raise usage(f"--offline asks for no password: write -a {user}:PASS, -a @FILE or -a env:NAME")
    from httpeek.cli.ask import password

    return Credentials(kind, user, password(f"{user}@{target.authority}"))


def _credentials(kind: str, text: str, variables: Mapping[str, str]) -> Credentials | str:
    """`USER[:PASS]`, a token for bearer, or either from `@FILE` or `env:NAME`; the user alone without a password."""
    said = "-a"
    escapes = True
    if text.startswith("@"):
        said, text, escapes = f"-a {text}", _file(text[1:]), False
    elif text.startswith("env:"):
        name = text[4:]
        if not variables.get(name):
            raise usage(f"-a {text}: there is no variable {name or '(its name is missing)'}, or it is empty")
        said, text, escapes = f"-a {text}", variables[name], False
    if any(c in text for c in "\r\n\0"):
        raise usage(f"{said} has a line end or NUL in it")
    if kind == "bearer":
        if not text:
            raise usage("-A bearer needs a token: -a TOKEN, -a @FILE or -a env:NAME")
        return Credentials(kind, "", text, None, said)
    user, colon, secret = _split(text) if escapes else text.partition(":")
    if not user and not colon:
        raise usage("-a needs a user: -a USER[:PASS], -a @FILE or -a env:NAME")
    return Credentials(kind, user, secret, None, said) if colon else user


def _split(text: str) -> tuple[str, str, str]:
    r"""Parts user and password at the first colon that has no backslash before it, as HTTPie does (`a\:b:c`)."""
    place = 0
    while place < len(text) and text[place] != ":":
        place += 2 if text.startswith("\\:", place) else 1
    return text[:place].replace("\\:", ":"), text[place : place + 1], text[place + 1 :].replace("\\:", ":")


def _file(path: str) -> str:
    """The first line of a file, where a secret is that shall not stand in `ps`."""
    if not path:
        raise usage("-a @ names no file after the @")
    try:
        with open(os.path.expanduser(path), encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(_LARGEST).rstrip("\n")
    except OSError as error:
        sentence = f"-a @{path} cannot be read: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None


def _netrc(path: str, kind: str, target: Target) -> tuple[Keys | None, bool, list[str]]:
    """The keys of .netrc, where it has some; whether one is for the target; what is wrong with a file that is used."""
    from httpeek.client.netrc import find, load

    entries, warning = load(path)
    mine = find(entries, target.host) is not None
    told = [warning] if warning and (mine or not entries) else []
    return (Keys(None, entries, kind) if entries else None), mine, told


def _session(typed: Typed, environment: Environment, target: Target, earlier: Mapping[str, Keeper]) -> Session | None:
    """The session that was asked for."""
    if not (typed.has("session") or typed.has("session-read-only")):
        return None
    if typed.has("session") and typed.has("session-read-only"):
        raise usage("--session and --session-read-only say two things: leave one out")
    if typed.has("cookies"):
        raise usage("a session keeps cookies by itself: leave out --cookies")
    from httpeek.client.kept import load, make_folder
    from httpeek.client.session import Session

    read_only = typed.has("session-read-only")
    path = session_path(typed.text("session-read-only" if read_only else "session"), environment.config, target)
    known = earlier.get(path)
    if isinstance(known, Session):
        return known
    text = load(path)
    if text is None and not typed.flag("offline"):
        make_folder(os.path.dirname(path))
    return Session(path, text, read_only)


def session_path(name: str, config: str, target: Target) -> str:
    """The file of a session: a path where the name has a slash, else one below `config` for the target's host.

    Raises HttpeekError (USAGE).
    """
    if "/" in name:
        return os.path.abspath(os.path.expanduser(name))
    letters = name.replace("-", "").replace("_", "").replace(".", "")
    if not (letters.isascii() and letters.isalnum()) or name.startswith("."):
        raise usage(f'"{name}" is no name of a session: letters, digits, - _ and . (a file is ./{name or "NAME"}.json)')
    if not config:
        raise usage("nothing says where sessions are kept: set HOME or XDG_CONFIG_HOME, or name a file: ./NAME.json")
    return f"{config}/sessions/{host_folder(target)}/{name}.json"


def host_folder(target: Target) -> str:
    """The directory of a host's sessions, as HTTPie names it: `localhost_8080`."""
    if target.companion:
        return "companion"
    if target.unix:
        return target.unix.strip("/").replace("/", "_") + ".unix"
    return target.authority.strip("[").replace("]", "").replace(":", "_")


def _form(kind: str) -> str:
    return "TOKEN" if kind == "bearer" else "USER[:PASS]"
