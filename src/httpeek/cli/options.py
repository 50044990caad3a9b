"""THE table: every option and every command of httpeek, declared here and nowhere else.

The parser, Typer's app, the help, the completions, the man page and the option tables of the documentation are
functions of these rows; the sentences that explain a row are in `prose`, which only those that print them read.

Rules: one row an option. A spelling means one thing in every command that takes it, so a row lists its commands and
no second row may have its spelling (a test looks). Defaults that bound a request come from the Plan, which states them.
This module never looks at a command line.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun
from httpeek.model.plan import FollowPolicy, SizeLimits, TimeLimits, TlsPolicy
from httpeek.render.views import names as view_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Value: TypeAlias = str | bool | int | float | tuple[str, ...] | None

# The kinds: what is written after an option, and what comes of it.
FLAG = "flag"  # nothing; True
NEGATABLE = "negatable"  # nothing; True, and False for --no-NAME, which is listed in the help
SET = "set"  # nothing; gives another name a value: --raw is --as raw
COUNT = "count"  # nothing; how often it was given
TEXT = "text"  # a word as it stands
CHOICE = "choice"  # one of `choices`
LETTERS = "letters"  # some of the letters that are `choices`
REPEATED = "repeated"  # a word; all of them in order, as a tuple
NUMBER = "number"  # a whole number from 0; int
SECONDS = "seconds"  # 1.5, 30s, 500ms, 2m, 1h; float
MARKED = "marked"  # nothing, or a word behind "="; all of them in order, as a tuple, "" for nothing
SIZE = "size"  # 4096, 64K, 1MiB, 10MB; octets as int


class Option(Noun):
    """One row. `name` is the long spelling without its dashes and the key in `Typed.options`; `short` is a letter or
    empty; `metavar` names the value in texts. `default` is what holds when nothing was typed (None: no bound, or
    decided by what stands around). `choices` of a TEXT are suggestions. `sets` belongs to SET. `path` is True where the
    value may be a file's name. `config` is False for what is no default and may not stand in a config file.
    """

    name: str
    short: str
    metavar: str
    kind: str
    default: Value
    group: str
    commands: tuple[str, ...]
    choices: tuple[str, ...] = ()
    sets: tuple[str, str] = ("", "")
    path: bool = False
    config: bool = True

    @property
    def whole(self) -> bool:
        """True for what belongs to a whole run and not to one of its requests (`--next`)."""
        return self.group in WHOLE_GROUPS or self.name in WHOLE_NAMES

    @property
    def takes_value(self) -> bool:
        """True when a word has to follow. That of a MARKED stands behind "=" only, if at all."""
        return self.kind not in (FLAG, NEGATABLE, SET, COUNT, MARKED)


class Command(Noun):
    """One row: the word that chooses it (empty: a request), its arguments as the usage line has them, how few and how
    many there may be (None: any number), and the module of `httpeek.cli.commands` that runs it. `takes_all` is True for
    the one that takes the options of all commands, to tell what holds."""

    name: str
    arguments: str
    least: int
    most: int | None
    module: str
    choices: tuple[str, ...] = ()
    takes_all: bool = False

    @property
    def label(self) -> str:
        """What a person types before the options: "httpeek serve"."""
        return f"httpeek {self.name}".rstrip()


REQUEST = "request"
CHECKSUMS = ("sha256", "sha512", "sha1", "md5", "blake2b", "sha3_256")
SHELLS = ("bash", "zsh", "fish")

COMMANDS = (
    Command("", "[METHOD] URL [ITEM ...]", 1, None, REQUEST),
    Command("serve", "[APP]", 0, 1, "serve"),
    Command("download", "[URL ...]", 0, None, "download"),
    Command("check", "[METHOD] URL [ITEM ...] [EXPR ...]", 0, None, "check"),
    Command("show", "[RECORD]", 0, 1, "show"),
    Command("talk", "HOST:PORT", 1, 1, "talk"),
    Command("config", "[path|URL]", 0, 1, "config", takes_all=True),
    Command("session", "[ACTION] [SESSION] [HOST]", 0, 3, "session", ("import", "show")),
    Command("faults", "[NAME]", 0, 1, "faults"),
    Command("violations", "[ID]", 0, 1, "violations"),
    Command("completion", "SHELL", 1, 1, "completion", SHELLS),
)
"""Every command. A word that is kept for a later one is in `parse.RESERVED`."""

GROUPS = (
    "Request",
    "View",
    "Output",
    "Download",
    "Mirror",
    "Check",
    "Credentials and state",
    "Redirects",
    "Connection",
    "TLS",
    "Time",
    "Limits",
    "Records and secrets",
    "Server",
    "Talk",
    "Help",
)
"""The groups of the help, in its order."""

WHOLE_GROUPS = ("View", "Output", "Records and secrets", "Help")
WHOLE_NAMES = ("offline", "ignore-stdin", "ignore-config")
"""What belongs to a whole run, wherever it stands among its requests: it has one view and one record."""

_ONE = ("",)
_R = ("", "download")
_RC = ("", "download", "check")
_D = ("download",)
_RS = ("", "show")
_RT = ("", "talk", "download", "check")
_RST = ("", "show", "talk")
_SCREEN = (*_RST, "serve", "download", "check")
_ALL = tuple(command.name for command in COMMANDS)
_SIZE = SizeLimits()
_TIME = TimeLimits()
_TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")

OPTIONS = (
    Option("data", "", "TEXT|@FILE|@-", TEXT, "", "Request", _RC, path=True, config=False),
    Option("json", "j", "", SET, None, "Request", _RC, sets=("body-type", "json")),
    Option("form", "f", "", SET, None, "Request", _RC, sets=("body-type", "form")),
    Option("multipart", "", "", SET, None, "Request", _RC, sets=("body-type", "multipart")),
    Option("boundary", "", "TEXT", TEXT, "", "Request", _RC, config=False),
    Option("compress", "x", "", MARKED, (), "Request", _RC, ("deflate", "gzip", "br", "zstd")),
    Option("chunked", "", "", FLAG, False, "Request", _RC),
    Option("offline", "", "", FLAG, False, "Request", _ONE, config=False),
    Option("method", "", "METHOD", TEXT, "", "Request", _ONE, config=False),
    Option("request-target", "", "TARGET", TEXT, "", "Request", _ONE, config=False),
    Option("path-as-is", "", "", FLAG, False, "Request", _RC),
    Option("default-scheme", "", "SCHEME", CHOICE, "http", "Request", _RC, ("http", "https")),
    Option("ignore-stdin", "I", "", FLAG, False, "Request", _RC),
    Option("http1.0", "", "", FLAG, False, "Request", _RC),
    Option("companion", "", "", FLAG, False, "Request", _RC),
    Option("next", "", "", FLAG, False, "Request", _ONE, config=False),
    Option("as", "", "VIEW", CHOICE, "pretty", "View", (*_RS, "download"), view_names()),
    Option("raw", "", "", SET, None, "View", _RS, sets=("as", "raw")),
    Option("verbose", "v", "", SET, None, "View", _RS, sets=("as", "verbose")),
    Option("print", "p", "HBhbm", LETTERS, "", "View", _RS, ("H", "B", "h", "b", "m")),
    Option("headers", "h", "", SET, None, "View", _RS, sets=("print", "h")),
    Option("body", "b", "", SET, None, "View", _RS, sets=("print", "b")),
    Option("meta", "m", "", SET, None, "View", _RS, sets=("print", "m")),
    Option("timing", "", "", FLAG, False, "View", _RS),
    Option("all", "", "", FLAG, False, "View", _RS),
    Option("steps", "", "", FLAG, False, "View", (*_RST, "serve")),
    Option("strict", "", "", FLAG, False, "View", _RT),
    Option("pretty", "", "HOW", CHOICE, "auto", "Output", _RS, ("all", "colors", "format", "none", "auto")),
    Option("style", "s", "NAME", TEXT, "", "Output", _RS),
    Option("color", "", "WHEN", CHOICE, "auto", "Output", _SCREEN, ("auto", "always", "never")),
    Option("plain", "", "", FLAG, False, "Output", _SCREEN),
    Option("unsorted", "", "", FLAG, False, "Output", _RS),
    Option("unescape", "", "", NEGATABLE, True, "Output", _RS),
    Option("response-charset", "", "NAME", TEXT, "", "Output", _RS),
    Option("response-mime", "", "TYPE", TEXT, "", "Output", _RS),
    Option("stream", "S", "", FLAG, False, "Output", _ONE),
    Option("write-out", "w", "FORMAT", TEXT, "", "Output", _RS, path=True),
    Option("output", "o", "FILE", TEXT, "", "Output", (*_RS, "download"), path=True, config=False),
    Option("quiet", "q", "", COUNT, 0, "Output", _SCREEN),
    Option("check-status", "", "", NEGATABLE, True, "Output", _ONE),
    Option("download", "d", "", FLAG, False, "Download", _ONE, config=False),
    Option("continue", "c", "", FLAG, False, "Download", _R),
    Option("item", "", "ITEM", REPEATED, (), "Request", ("download", "check")),
    Option("input", "i", "LIST", TEXT, "", "Download", ("download",), path=True, config=False),
    Option("directory", "P", "DIR", TEXT, "", "Download", _R, path=True),
    Option("overwrite", "", "", FLAG, False, "Download", _R),
    Option("skip-existing", "", "", FLAG, False, "Download", _R),
    Option("newer", "N", "", FLAG, False, "Download", _R),
    Option("decode", "", "WHEN", CHOICE, "auto", "Download", _R, ("auto", "yes", "no")),
    Option("checksum", "", "ALGORITHM:HEX|LIST", TEXT, "", "Download", _R, path=True, config=False),
    Option("print-checksum", "", "", MARKED, (), "Download", _R, CHECKSUMS),
    Option("segments", "", "N", NUMBER, 1, "Download", _R),
    Option("jobs", "", "N", NUMBER, 1, "Download", ("download", "check")),
    Option("limit-rate", "", "SIZE", SIZE, None, "Download", _RC),
    Option("quota", "", "SIZE", SIZE, None, "Download", ("download",)),
    Option("delay", "", "TIME", SECONDS, 0.0, "Download", ("download", "check")),
    Option("random-delay", "", "", FLAG, False, "Download", ("download",)),
    Option("progress", "", "HOW", CHOICE, "auto", "Download", _R, ("auto", "bar", "lines", "json", "none")),
    Option("recursive", "r", "", FLAG, False, "Mirror", _D, config=False),
    Option("level", "l", "N|inf", TEXT, "5", "Mirror", _D),
    Option("mirror", "", "", FLAG, False, "Mirror", _D, config=False),
    Option("page-requisites", "", "", FLAG, False, "Mirror", _D, config=False),
    Option("convert-links", "", "", FLAG, False, "Mirror", _D),
    Option("adjust-extension", "", "", FLAG, False, "Mirror", _D),
    Option("parent", "", "", NEGATABLE, True, "Mirror", _D),
    Option("span-hosts", "", "", FLAG, False, "Mirror", _D),
    Option("domains", "", "LIST", REPEATED, (), "Mirror", _D),
    Option("exclude-domains", "", "LIST", REPEATED, (), "Mirror", _D),
    Option("accept", "", "LIST", REPEATED, (), "Mirror", _D),
    Option("reject", "", "LIST", REPEATED, (), "Mirror", _D),
    Option("exclude-directories", "", "LIST", REPEATED, (), "Mirror", _D),
    Option("robots", "", "", NEGATABLE, True, "Mirror", _D),
    Option("host-directories", "", "", NEGATABLE, True, "Mirror", _D),
    Option("directories", "", "", NEGATABLE, True, "Mirror", _D),
    Option("cut-dirs", "", "N", NUMBER, 0, "Mirror", _D),
    Option("spider", "", "", FLAG, False, "Mirror", _D, config=False),
    Option("expr", "e", "EXPR", REPEATED, (), "Check", ("check",), config=False),
    Option("wait", "", "TIME", SECONDS, None, "Check", ("check",)),
    Option("variable", "", "NAME=VALUE", REPEATED, (), "Check", ("check",)),
    Option("variables-file", "", "FILE", REPEATED, (), "Check", ("check",), path=True),
    Option("secret", "", "NAME=VALUE", REPEATED, (), "Check", ("check",), config=False),
    Option("secrets-file", "", "FILE", REPEATED, (), "Check", ("check",), path=True),
    Option("glob", "", "PATTERN", REPEATED, (), "Check", ("check",)),
    Option("file-root", "", "DIR", TEXT, "", "Check", ("check",), path=True),
    Option("from-entry", "", "N", NUMBER, 1, "Check", ("check",), config=False),
    Option("to-entry", "", "N", NUMBER, None, "Check", ("check",), config=False),
    Option("continue-on-error", "", "", FLAG, False, "Check", ("check",)),
    Option("ignore-asserts", "", "", FLAG, False, "Check", ("check",)),
    Option("repeat", "", "N", NUMBER, 1, "Check", ("check",)),
    Option("retry-interval", "", "TIME", SECONDS, 1.0, "Check", ("check",)),
    Option("test", "", "", FLAG, False, "Check", ("check",)),
    Option("on-failure", "", "HOW", TEXT, "brief", "Check", ("check",), ("brief", "verbose", "raw", "har:DIR")),
    Option("annotate", "", "WHERE", CHOICE, "auto", "Check", ("check",), ("auto", "github", "none")),
    Option("report-junit", "", "FILE", TEXT, "", "Check", ("check",), path=True),
    Option("report-tap", "", "FILE", TEXT, "", "Check", ("check",), path=True),
    Option("report-json", "", "DIR", TEXT, "", "Check", ("check",), path=True),
    Option("report-html", "", "DIR", TEXT, "", "Check", ("check",), path=True),
    Option("auth", "a", "USER[:PASS]|@FILE|env:NAME", TEXT, "", "Credentials and state", _RC, path=True),
    Option("auth-type", "A", "KIND", CHOICE, "", "Credentials and state", _RC, ("basic", "digest", "bearer")),
    Option("ignore-netrc", "", "", FLAG, False, "Credentials and state", _RC),
    Option("cookies", "", "FILE", TEXT, "", "Credentials and state", _RC, path=True),
    Option("session", "", "NAME|FILE", TEXT, "", "Credentials and state", _RC, path=True),
    Option("session-read-only", "", "NAME|FILE", TEXT, "", "Credentials and state", _RC, path=True),
    Option("follow", "F", "", FLAG, False, "Redirects", _RC),
    Option("max-redirects", "", "N", NUMBER, FollowPolicy().limit, "Redirects", _RC),
    Option("trust-redirects", "", "", FLAG, False, "Redirects", _RC),
    Option("ipv4", "4", "", SET, None, "Connection", _RT, sets=("family", "4")),
    Option("ipv6", "6", "", SET, None, "Connection", _RT, sets=("family", "6")),
    Option("resolve", "", "HOST:PORT:ADDR", REPEATED, (), "Connection", _RT),
    Option("proxy", "", "[SCHEME:]URL", REPEATED, (), "Connection", _RC),
    Option("noproxy", "", "LIST", TEXT, "", "Connection", _RC),
    Option("connect-to", "", "HOST1:PORT1:HOST2:PORT2", REPEATED, (), "Connection", _RT),
    Option("unix-socket", "", "PATH", REPEATED, (), "Connection", (*_RT, "serve"), path=True),
    Option("interface", "", "NAME|ADDR", TEXT, "", "Connection", _RT),
    Option("local-port", "", "N[-M]", TEXT, "", "Connection", _RT),
    Option("tcp-nodelay", "", "", NEGATABLE, True, "Connection", _RT),
    Option("keepalive", "", "TIME", SECONDS, None, "Connection", _RT),
    Option("tls", "", "", FLAG, False, "TLS", ("talk", "serve")),
    Option("verify", "", "yes|no|FILE|DIR", TEXT, TlsPolicy().verify, "TLS", _RT, ("yes", "no"), path=True),
    Option("cert", "", "FILE", TEXT, "", "TLS", _RT, path=True),
    Option("cert-key", "", "FILE", TEXT, "", "TLS", _RT, path=True),
    Option("tls-min", "", "VERSION", CHOICE, "", "TLS", _RT, _TLS_VERSIONS),
    Option("tls-max", "", "VERSION", CHOICE, "", "TLS", _RT, _TLS_VERSIONS),
    Option("ciphers", "", "LIST", TEXT, "", "TLS", _RT),
    Option("sni", "", "NAME", TEXT, "", "TLS", _RT),
    Option("alpn", "", "LIST", TEXT, ",".join(TlsPolicy().alpn), "TLS", _RT, ("http/1.1", "http/1.0", "h2")),
    Option("timeout", "", "TIME", SECONDS, _TIME.idle, "Time", _RT),
    Option("connect-timeout", "", "TIME", SECONDS, _TIME.connect, "Time", _RT),
    Option("max-time", "", "TIME", SECONDS, _TIME.total, "Time", _RT),
    Option("expect-timeout", "", "TIME", SECONDS, _TIME.expect, "Time", _RC),
    Option("retry", "", "N", NUMBER, 0, "Time", _RC),
    Option("retry-delay", "", "TIME", SECONDS, None, "Time", _R),
    Option("retry-max-time", "", "TIME", SECONDS, None, "Time", _ONE),
    Option("max-head", "", "SIZE", SIZE, _SIZE.head, "Limits", _RT),
    Option("max-fields", "", "N", NUMBER, _SIZE.fields, "Limits", _RT),
    Option("max-interim", "", "N", NUMBER, _SIZE.interim, "Limits", _RT),
    Option("max-chunk-extensions", "", "SIZE", SIZE, _SIZE.chunk_extensions, "Limits", _RT),
    Option("max-decoded", "", "SIZE", SIZE, _SIZE.decoded, "Limits", _RC),
    Option("max-ratio", "", "N", NUMBER, _SIZE.ratio, "Limits", _RC),
    Option("record", "", "HOW", CHOICE, "masked", "Records and secrets", _RC, ("full", "masked", "off")),
    Option("mask", "", "", FLAG, False, "Records and secrets", _RS),
    Option("reveal", "", "", FLAG, False, "Records and secrets", (*_RS, "session", "download", "check")),
    Option("clear", "", "", FLAG, False, "Records and secrets", ("show",), config=False),
    Option("bind", "", "ADDR:PORT", REPEATED, (), "Server", ("serve",)),
    Option("model", "", "MODEL", CHOICE, None, "Server", ("serve",), ("single", "threads", "fork", "prefork")),
    Option("server-cert", "", "FILE", TEXT, "", "Server", ("serve",), path=True),
    Option("server-key", "", "FILE", TEXT, "", "Server", ("serve",), path=True),
    Option("ca-file", "", "FILE", TEXT, "", "Server", ("serve",), path=True),
    Option("fd", "", "N", REPEATED, (), "Server", ("serve",), config=False),
    Option("backlog", "", "N", NUMBER, 512, "Server", ("serve",)),
    Option("never-accept", "", "", FLAG, False, "Server", ("serve",)),
    Option("reuse-port", "", "", FLAG, False, "Server", ("serve",)),
    Option("access-log", "", "FORM", CHOICE, "off", "Server", ("serve",), ("combined", "json", "off")),
    Option("fault", "", "NAME", REPEATED, (), "Server", ("serve",)),
    Option("fault-rate", "", "SHARE", TEXT, "1", "Server", ("serve",)),
    Option("seed", "", "N", NUMBER, 0, "Server", ("serve",)),
    Option("save", "", "DIR", TEXT, "", "Server", ("serve",), path=True),
    Option("show-sockets", "", "", FLAG, False, "Server", ("serve",)),
    Option("server-timing", "", "", FLAG, False, "Server", ("serve",)),
    Option("show-env", "", "", FLAG, False, "Server", ("serve",)),
    Option("reap", "", "HOW", CHOICE, "all", "Server", ("serve",), ("all", "one", "none")),
    Option("keep-fds", "", "", FLAG, False, "Server", ("serve",)),
    Option("max-fds", "", "N", NUMBER, None, "Server", ("serve",)),
    Option("reload", "", "", FLAG, False, "Server", ("serve",)),
    Option("workers", "", "N", NUMBER, 2, "Server", ("serve",)),
    Option("threads", "", "N", NUMBER, 40, "Server", ("serve",)),
    Option("graceful", "", "SECONDS", SECONDS, 10.0, "Server", ("serve",)),
    Option("head-timeout", "", "SECONDS", SECONDS, 30.0, "Server", ("serve",)),
    Option("body-timeout", "", "SECONDS", SECONDS, 60.0, "Server", ("serve",)),
    Option("idle-timeout", "", "SECONDS", SECONDS, 30.0, "Server", ("serve",)),
    Option("max-request-line", "", "SIZE", SIZE, 16_384, "Server", ("serve",)),
    Option("max-request-head", "", "SIZE", SIZE, 65_536, "Server", ("serve",)),
    Option("max-request-fields", "", "N", NUMBER, 200, "Server", ("serve",)),
    Option("max-request-body", "", "SIZE", SIZE, None, "Server", ("serve",)),
    Option("max-requests", "", "N", NUMBER, 0, "Server", ("serve",)),
    Option("exact", "", "", FLAG, False, "Talk", ("talk",)),
    Option("ignore-config", "", "", FLAG, False, "Help", _ALL, config=False),
    Option("help", "", "", FLAG, False, "Help", _ALL, config=False),
    Option("version", "", "", FLAG, False, "Help", _ALL, config=False),
)

BY_NAME = {option.name: option for option in OPTIONS}
BY_SHORT = {option.short: option for option in OPTIONS if option.short}
BY_COMMAND = {command.name: command for command in COMMANDS}

DEFAULTS: dict[str, Value] = {option.sets[0]: "" for option in OPTIONS if option.kind == SET}
"""What holds for each name when nothing was typed. A name that only SET options give ("family") is empty."""
DEFAULTS.update((option.name, option.default) for option in OPTIONS if option.kind != SET)
