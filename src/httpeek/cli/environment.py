"""What the environment says: a pure function of a mapping, read once.

Rules: an empty variable counts as absent. A directory of the XDG specification that is not absolute is ignored, as it
demands. Nothing here looks at the file system, a terminal or `os.environ`.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_OFF = ("", "0", "false", "no", "off")


class Environment(Noun):
    """`variables` is all of it. `no_color`, `force_color`: what the conventions of that name ask for; `plain`:
    ACCESSIBLE, or a TERM that is dumb; `ci`: a CI job runs us; `cgi`: a web server does, so that HTTP_PROXY may
    be a client's field (RFC 3875 section 4.1.18); `debug`: HTTPEEK_DEBUG. Directories are our own, ending in
    "/httpeek", and empty where nothing says where; `runtime` is in XDG_RUNTIME_DIR. `config_file` is HTTPEEK_CONFIG, or
    config.toml in the directory. The others are paths, or empty.
    """

    variables: Mapping[str, str]
    no_color: bool
    force_color: bool
    plain: bool
    term: str
    ci: bool
    cgi: bool
    debug: bool
    home: str
    config: str
    config_file: str
    state: str
    cache: str
    runtime: str
    netrc: str
    ssl_cert_file: str
    ssl_cert_dir: str
    ssl_key_log: str


def read(variables: Mapping[str, str]) -> Environment:
    """The environment as httpeek understands it."""
    get = variables.get
    home = get("HOME", "")
    term = get("TERM", "")
    config = _directory(get("XDG_CONFIG_HOME", ""), home, ".config")
    return Environment(
        variables=variables,
        no_color=bool(get("NO_COLOR")),
        force_color=is_on(get("FORCE_COLOR", "")) or is_on(get("CLICOLOR_FORCE", "")),
        plain=is_on(get("ACCESSIBLE", "")) or term == "dumb",
        term=term,
        ci=is_on(get("CI", "")),
        cgi=bool(get("REQUEST_METHOD")),
        debug=is_on(get("HTTPEEK_DEBUG", "")),
        home=home,
        config=config,
        config_file=get("HTTPEEK_CONFIG", "") or (f"{config}/config.toml" if config else ""),
        state=_directory(get("XDG_STATE_HOME", ""), home, ".local/state"),
        cache=_directory(get("XDG_CACHE_HOME", ""), home, ".cache"),
        runtime=_directory(get("XDG_RUNTIME_DIR", ""), "", ""),
        netrc=get("NETRC", "") or (f"{home}/.netrc" if home else ""),
        ssl_cert_file=get("SSL_CERT_FILE", ""),
        ssl_cert_dir=get("SSL_CERT_DIR", ""),
        ssl_key_log=get("SSLKEYLOGFILE", ""),
    )


def is_on(text: str) -> bool:
    """True for a variable that switches something on: set, and not 0, false, no or off."""
    return text.lower() not in _OFF


PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def proxy_variable(environment: Environment, scheme: str) -> tuple[str, str]:
    """The variable that names the proxy for a scheme, and what it says; empty where none does. Lower case goes first;
    HTTP_PROXY in capitals does not count under CGI, where a client's `Proxy` field becomes it (CVE-2016-5385)."""
    get = environment.variables.get
    own = f"{scheme}_proxy"
    names = (own, "" if environment.cgi and scheme == "http" else own.upper(), "all_proxy", "ALL_PROXY")
    return next(((name, get(name, "")) for name in names if name and get(name)), ("", ""))


def _directory(given: str, home: str, default: str) -> str:
    base = given if given.startswith("/") else f"{home}/{default}" if home else ""
    return f"{base.rstrip('/')}/httpeek" if base else ""
