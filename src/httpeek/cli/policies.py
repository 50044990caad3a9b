"""What was typed about method, time, size, TLS, addresses and proxies, as a Plan or the parts of one, and whether there
is state, a record, or data on standard input: shared by every command that dials."""

from __future__ import annotations

import os
from stat import S_ISFIFO, S_ISREG, S_ISSOCK

from httpeek.cli.environment import PROXY_VARIABLES
from httpeek.model.codes import usage
from httpeek.model.plan import DialPolicy, FollowPolicy, Plan, RetryPolicy, SizeLimits, TimeLimits, TlsPolicy
from httpeek.model.target import ascii_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.plan import Body
    from httpeek.model.proxy import ProxyPolicy
    from httpeek.model.target import Target

UNATTENDED_SILENCE = 60.0
"""Seconds of silence after which a request ends where nobody watches (stderr is no terminal)."""
NOTICE = 10.0
"""Seconds of silence after which a person is told what is waited for."""

_STATE = ("auth", "auth-type", "cookies", "session", "session-read-only")
"""The options that need `cli.state`."""


def method_of(typed: Typed, has_content: bool) -> str:
    """The method that was typed, or the one that content or its absence means. Raises HttpeekError (USAGE)."""
    method = typed.method or ("POST" if has_content else "GET")
    if not method.isascii():
        raise usage(f'the method "{method}" is not a token (RFC 9110 9.1)')
    return method


def plan_of(
    typed: Typed,
    method: str,
    target: Target,
    body: Body | None,
    proxies: ProxyPolicy | None,
    watched: bool,
    follows: bool,
) -> Plan:
    """The plan of a request, but for its fields. Raises HttpeekError (USAGE)."""
    return Plan(
        method=method,
        target=target,
        fields=(),
        body=body,
        version="1.0" if typed.flag("http1.0") else "1.1",
        strict=typed.flag("strict"),
        time=time_limits(typed, watched),
        size=size_limits(typed),
        tls=tls_policy(typed),
        dial=dial_policy(typed),
        proxy=proxies,
        follow=FollowPolicy(follows, typed.number("max-redirects"), typed.flag("trust-redirects")),
    )


def time_limits(typed: Typed, watched: bool) -> TimeLimits:
    """How long is waited. Without `--timeout` a person waits as long as they like, and a script a minute."""
    asked = typed.has("timeout")
    default = None if watched else UNATTENDED_SILENCE
    return TimeLimits(
        idle=typed.seconds_or_none("timeout") if asked else default,
        connect=typed.seconds_or_none("connect-timeout"),
        total=typed.seconds_or_none("max-time"),
        expect=typed.seconds("expect-timeout"),
        idle_for_streams=asked,
        notice=NOTICE if watched else None,
    )


def retry_policy(typed: Typed) -> RetryPolicy:
    """How often, and when, is tried again; a pause of 0 is one."""
    delay = typed.seconds("retry-delay") if typed.value("retry-delay") is not None else None
    return RetryPolicy(typed.number("retry"), delay, typed.seconds_or_none("retry-max-time"))


def size_limits(typed: Typed) -> SizeLimits:
    """The bounds on what a peer can make us hold."""
    return SizeLimits(
        head=typed.number("max-head"),
        fields=typed.number("max-fields"),
        interim=typed.number("max-interim"),
        chunk_extensions=typed.number("max-chunk-extensions"),
        decoded=typed.number_or_none("max-decoded"),
        ratio=typed.number("max-ratio"),
    )


def tls_policy(typed: Typed) -> TlsPolicy:
    """How TLS is spoken, where it is."""
    verify = typed.text("verify")
    return TlsPolicy(
        verify={"true": "yes", "false": "no"}.get(verify.lower(), verify),
        cert=typed.text("cert"),
        cert_key=typed.text("cert-key"),
        minimum=typed.text("tls-min"),
        maximum=typed.text("tls-max"),
        ciphers=typed.text("ciphers"),
        sni=ascii_host(typed.text("sni")),
        alpn=tuple(name for name in typed.text("alpn").split(",") if name),
    )


def dial_policy(typed: Typed) -> DialPolicy:
    """Which addresses are dialled, and from where. Raises HttpeekError (USAGE) for a value that cannot be read."""
    keepalive = typed.seconds_or_none("keepalive")
    return DialPolicy(
        family=typed.text("family"),
        resolve=_resolve(typed.texts("resolve")),
        interface=typed.text("interface"),
        unix=typed.texts("unix-socket")[-1] if typed.texts("unix-socket") else "",
        connect_to=_connect_to(typed.texts("connect-to")),
        local_ports=_local_ports(typed.text("local-port")),
        nodelay=typed.flag("tcp-nodelay"),
        keepalive=max(1, round(keepalive)) if keepalive is not None else None,
    )


def _resolve(texts: Sequence[str]) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    if not texts:
        return ()
    from httpeek.model.detours import resolve

    return tuple(resolve(text) for text in texts)


def _connect_to(texts: Sequence[str]) -> tuple[tuple[str, int, str, int], ...]:
    if not texts:
        return ()
    from httpeek.model.detours import connect_to

    return tuple(connect_to(text) for text in texts)


def _local_ports(text: str) -> tuple[int, ...]:
    """The first and the last port of N or N-M; nothing for nothing."""
    if not text:
        return ()
    from httpeek.model.detours import is_port

    begin, dash, end = text.partition("-")
    if not is_port(begin) or (dash and not is_port(end)) or int(begin) > int(end or begin) or not int(begin):
        raise usage(f"--local-port {text} is not a port or a range of them: 40000 or 40000-40100")
    return int(begin), int(end or begin)


def proxies_of(typed: Typed, environment: Environment) -> ProxyPolicy | None:
    """What was said of proxies; usually nothing, which takes a look at six variables."""
    if not typed.texts("proxy") and not any(name in environment.variables for name in PROXY_VARIABLES):
        return None
    from httpeek.cli.proxies import proxy_policy

    return proxy_policy(typed, environment)


def may_have_state(typed: Typed, environment: Environment) -> bool:
    """True where credentials, cookies or a session were asked for, or .netrc may have credentials."""
    asked_for = any(typed.has(name) for name in _STATE)
    return asked_for or (not typed.flag("ignore-netrc") and os.access(environment.netrc, os.F_OK))


def is_recorded(typed: Typed, environment: Environment) -> bool:
    """True where the run is kept for `httpeek show`."""
    # With --offline there was no exchange, and @last stays the last one that was made.
    off = typed.text("record") == "off" or typed.flag("offline")
    return not off and (not environment.ci or typed.has("record"))


def may_hold_data(descriptor: int) -> bool:
    """True for a file, a pipe or a socket: a terminal and /dev/null are not worth a look."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return S_ISREG(mode) or S_ISFIFO(mode) or S_ISSOCK(mode)
