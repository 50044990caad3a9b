"""What was typed about time, size, TLS and addresses, as the parts of a Plan: shared by every command that dials."""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.plan import DialPolicy, SizeLimits, TimeLimits, TlsPolicy
from httpeek.model.target import ascii_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.parse import Typed

UNATTENDED_SILENCE = 60.0
"""Seconds of silence after which a request ends where nobody watches (stderr is no terminal)."""
NOTICE = 10.0
"""Seconds of silence after which a person is told what is waited for."""


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
    """Which addresses are dialled, and from where. Raises HttpeekError (USAGE) for a `--resolve` that is none."""
    return DialPolicy(
        family=typed.text("family"),
        resolve=tuple(_resolve(text) for text in typed.texts("resolve")),
        interface=typed.text("interface"),
    )


def _resolve(text: str) -> tuple[str, int, tuple[str, ...]]:
    host, _, rest = text.lstrip("+").partition(":")
    port, _, addresses = rest.partition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port) < 65_536) or not addresses:
        raise usage(f"--resolve {text} is not HOST:PORT:ADDR[,ADDR]")
    found = tuple(address.strip("[]") for address in addresses.split(","))
    for address in found:
        if not address or not set(address) <= set("0123456789abcdefABCDEF.:%"):
            raise usage(f'--resolve {text}: "{address}" is not an IP address')
    return ascii_host(host), int(port), found
