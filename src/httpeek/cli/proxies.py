"""Which proxies were said: by `--proxy` and `--noproxy`, or by the environment. Loaded where there is one to read.

Rules: an option goes before a variable, and a variable in lower case before one in capitals; HTTP_PROXY in capitals
does not count where a web server runs us (CGI): a client's `Proxy` field becomes it there (CVE-2016-5385). An empty
value means: none.
"""

from __future__ import annotations

from httpeek.cli.environment import proxy_variable
from httpeek.model.codes import usage
from httpeek.model.proxy import Proxy, ProxyPolicy, entries, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed

_KINDS = ("http", "https", "all")


def proxy_policy(typed: Typed, environment: Environment) -> ProxyPolicy | None:
    """What was said of proxies, None where it comes to nothing. Raises HttpeekError (USAGE)."""
    asked = _asked(typed.texts("proxy"), "--proxy" if "proxy" in typed.options else "proxy of the config file")
    found: dict[str, Proxy | None] = {}
    for kind in _KINDS:
        if kind in asked or "all" in asked:
            found[kind] = asked.get(kind)
        elif kind != "all":
            name, url = proxy_variable(environment, kind)
            found[kind] = parse(url, name) if url else None
    if not any(found.values()):
        return None
    left_out, by = typed.text("noproxy"), "--noproxy"
    if not typed.has("noproxy"):
        by = "no_proxy" if environment.variables.get("no_proxy") else "NO_PROXY"
        left_out = environment.variables.get(by, "")
    return ProxyPolicy(found.get("http"), found.get("https"), found.get("all"), entries(left_out), by)


def _asked(texts: Sequence[str], said: str) -> dict[str, Proxy | None]:
    """The proxies of `--proxy`: `URL` for every target, and HTTPie's `http:URL`, `https:URL`, `all:URL`; `said` is
    where they were said."""
    asked: dict[str, Proxy | None] = {}
    for text in texts:
        kind, colon, url = text.partition(":")
        if kind.lower() in _KINDS and colon and not url.startswith("//"):
            kind = kind.lower()
        else:
            kind, url = "all", text
        if kind in asked:
            raise usage(f"{said} says twice what {'every target' if kind == 'all' else kind} goes through")
        asked[kind] = parse(url, said) if url else None
    return asked
