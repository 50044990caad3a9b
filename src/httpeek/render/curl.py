"""The curl view: a command line that, run by the real curl, puts the same request on the wire.

Rules:
- Every field is given with `-H`, in order; what curl would add by itself and was not sent is removed (`-H 'Accept:'`).
- Words are quoted for any POSIX shell. A body with octets that no argument can hold comes from `printf` through a pipe;
  so does one of several parts, its files by `cat`: curl's own --form has a boundary of its own.
- A body that is in a file is named, never read.
- Credentials stand in their field, as they were sent; a note says that those of Digest hold once only.
- What no option of curl can say is told on stderr: a Host field that is not the first one, a TLS server name.
- One command a line for each exchange of the run. Requests that were made in one run (`--next`) are one command with
  curl's own `--next`, unless a redirect was followed or a body comes through a pipe.
"""

from __future__ import annotations

from httpeek.model.events import OUT, Content, Ended, Planned, RequestStarted
from httpeek.model.message import first, has
from httpeek.model.plan import TimeLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from httpeek.model.events import Event
    from httpeek.model.message import Fields, RequestHead
    from httpeek.model.plan import Body, Plan, RetryPolicy
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

    Pieces: TypeAlias = tuple[bytes | str, ...]

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./-_")
ARGUMENT = 100_000
"""Octets of one argument: Linux takes 128 KiB, others less; a larger body goes through a pipe."""


class Curl:
    """The sink. The command is made when the exchange is over: what was sent is known then."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants: frozenset[str] = frozenset({"counts"})
        self._screen = screen
        self._options = options
        self._plan: Plan | None = None
        self._commands: list[tuple[str, list[str]]] = []
        self._notes: list[str] = []
        self._joined = True  # every exchange was asked for, and none has a pipe before it
        self._reset()

    def _reset(self) -> None:
        self._head: RequestHead | None = None
        self._body: list[bytes] = []
        self._collects = False

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, Planned):
            self._write()
            if fact.cause == "tunnel":
                return  # curl makes it by itself
            self._plan = fact.plan
            self._joined = self._joined and fact.cause == "asked"
            self._collects = not _is_named(fact.plan.body)
        elif isinstance(fact, RequestStarted):
            self._head = fact.head
        elif isinstance(fact, Content):
            if fact.direction == OUT and self._collects:
                self._body.append(fact.data)
        elif isinstance(fact, Ended):
            self._write()

    def finish(self) -> None:
        """Writes the commands."""
        self._write()
        lines = [before + " ".join(map(quote, words)) for before, words in self._commands]
        if self._joined and len(lines) > 1:
            first_words, *others = (words for _, words in self._commands)
            lines = [" ".join(map(quote, [*first_words, *(word for one in others for word in ("--next", *one[1:]))]))]
        for line in lines:
            if self._screen.out_tty:
                from httpeek.render.terminal import visible

                line = visible(line)
            self._screen.text(line + "\n")
        if self._options.quiet < 2:
            for note in dict.fromkeys(self._notes):
                self._screen.note(note)
        self._screen.flush()

    def _write(self) -> None:
        plan = self._plan
        if plan is None:
            return
        body = self._sent(plan)
        before, words = _command(plan, self._head, body, self._notes)
        self._joined = self._joined and not before
        self._commands.append((before, words))
        self._plan = None
        self._reset()

    def _sent(self, plan: Plan) -> Pieces | None:
        """The body in pieces, each of them octets or the path of a file; None where there is none."""
        body = plan.body
        if body is None:
            return None
        if self._collects:
            return (b"".join(self._body),)
        return tuple(part.path or part.data for part in body.parts or (body,))


def _is_named(body: Body | None) -> bool:
    """True when the plan says what the content is; else (a stream, a record with masks) it is taken as it is sent."""
    return body is not None and all(part.data or part.path for part in body.parts or (body,))


def command(plan: Plan, head: RequestHead | None, body: Pieces | None) -> tuple[str, list[str]]:
    """The command line and what it cannot say. `head` is the head as sent, if it was; `body` its octets and paths."""
    notes: list[str] = []
    before, words = _command(plan, head, body, notes)
    return before + " ".join(map(quote, words)), notes


def _command(plan: Plan, head: RequestHead | None, body: Pieces | None, notes: list[str]) -> tuple[str, list[str]]:
    """What stands before the command to make its body, and its words; what they cannot say is added to `notes`."""
    fields = head.fields if head is not None else plan.fields
    method = head.method.decode("ascii", "replace") if head is not None else plan.method
    words = ["curl", "--http1.0" if plan.version == "1.0" else "--http1.1", *_method(method, body, fields)]
    words += _connection(plan, notes)
    if plan.proxy is not None:
        words += _proxy(plan, first(fields, b"proxy-authorization"))
        fields = tuple(field for field in fields if field[0].lower() != b"proxy-authorization")
    words += _fields(fields, body is not None, notes)
    if first(fields, b"authorization").lower().startswith(b"digest "):
        notes.append("the Digest credentials hold for one request; curl --digest -u USER makes new ones")
    elif plan.offline and 401 in plan.answers:
        notes.append("the Digest credentials would answer a 401: curl --digest -u USER does")
    if plan.tls.sni and plan.tls.sni != plan.target.host:
        notes.append("curl has no option for the TLS server name: the command sends the host's")
    before = ""
    if body is not None:
        before, given = _data(body)
        words += given
    target = head.target.decode("utf-8", "surrogateescape") if head is not None else plan.target.path
    path = plan.target.path
    if plan.proxy is not None:
        target = target.removeprefix(f"{plan.target.scheme}://{plan.target.authority}") or target
    if target != path or not path.startswith("/") or "#" in path or not _safe_path(path):
        words += ["--request-target", target]
    words += ["--path-as-is", "--globoff", _url(plan)]
    return before, words


def _data(body: Pieces) -> tuple[str, list[str]]:
    """What stands before curl to make the body, and the words that make curl send it."""
    if len(body) > 1:
        makers = "; ".join(_maker(piece) for piece in body)
        return f"{{ {makers}; }} | ", ["--data-binary", "@-"]
    piece = body[0] if body else b""
    if isinstance(piece, str):
        return "", ["--data-binary", "@" + _path(piece)]
    text = _argument(piece)
    if text is None:
        return f"{_maker(piece)} | ", ["--data-binary", "@-"]
    return "", ["--data-raw" if text.startswith("@") else "--data-binary", text]


def _maker(piece: bytes | str) -> str:
    """The command that writes a piece of a body."""
    return f"cat {quote(_path(piece))}" if isinstance(piece, str) else f"printf {quote(_octal(piece))}"


def _path(path: str) -> str:
    """A path that no program takes for an option or for its standard input."""
    return path if path[:1] != "-" else "./" + path


def _method(method: str, body: Pieces | None, fields: Fields) -> list[str]:
    if method == "HEAD" and body is None:
        return ["--head"]
    if method == ("GET" if body is None else "POST"):
        return []
    return ["--request", method]


def _connection(plan: Plan, notes: list[str]) -> list[str]:
    words: list[str] = []
    target, tls, dial = plan.target, plan.tls, plan.dial
    unix = target.unix or dial.unix
    if unix:
        words += ["--abstract-unix-socket", unix[1:]] if unix.startswith("@") else ["--unix-socket", unix]
    for host, port, other, other_port in dial.connect_to:
        halves = [
            f"{f'[{name}]' if ':' in name else name}:{n or ''}" for name, n in ((host, port), (other, other_port))
        ]
        words += ["--connect-to", ":".join(halves)]
    for host, port, addresses in dial.resolve:
        known = [f"[{a}]" if ":" in a else a for a in addresses]
        words += ["--resolve", f"{host}:{port}:{','.join(known)}"]
    if dial.family:
        words.append(f"-{dial.family}")
    if dial.interface:
        words += ["--interface", dial.interface]
    if dial.local_ports:
        begin, end = dial.local_ports
        words += ["--local-port", f"{begin}-{end}" if end > begin else str(begin)]
    if not dial.nodelay:
        words.append("--no-tcp-nodelay")
    if dial.keepalive is not None:
        words += ["--keepalive-time", str(dial.keepalive)]
    if target.scheme == "https":
        if tls.verify == "no":
            words.append("--insecure")
        elif tls.verify != "yes":
            from os.path import isdir

            words += ["--capath" if isdir(tls.verify) else "--cacert", tls.verify]
        for option, value in (("--cert", tls.cert), ("--key", tls.cert_key), ("--ciphers", tls.ciphers)):
            words += [option, value] if value else []
        if tls.minimum:
            words.append(f"--tlsv{tls.minimum}")
        if tls.maximum:
            words += ["--tls-max", tls.maximum]
        if not tls.alpn:
            words.append("--no-alpn")
    if plan.time.connect is not None and plan.time.connect != TimeLimits().connect:
        words += ["--connect-timeout", f"{plan.time.connect:g}"]
    if plan.time.total is not None:
        words += ["--max-time", f"{plan.time.total:g}"]
    words += _retry(plan.retry, notes)
    return words


def _proxy(plan: Plan, shown: bytes) -> list[str]:
    """The proxy, or that there is none: curl would read the environment, too. `shown` is the Proxy-Authorization that
    was sent; what a tunnel's CONNECT had is not known here, and curl finds out."""
    from httpeek.model.proxy import route

    assert plan.proxy is not None
    proxy = route(plan.proxy, plan.target).proxy
    if proxy is None:
        return ["--noproxy", "*"]
    words = ["--proxy", proxy.url]
    if proxy.user is not None:
        words += ["--proxy-user", f"{proxy.user}:{proxy.password or ''}"]
        if not proxy.socks and plan.target.scheme == "https":
            words.append("--proxy-anyauth")
        elif shown.lower().startswith(b"digest "):
            words.append("--proxy-digest")
    if not proxy.socks and plan.target.scheme == "http":
        words += ["--header", "Proxy-Connection:"]  # which curl adds
    return words


def _retry(policy: RetryPolicy, notes: list[str]) -> list[str]:
    if not policy.times:
        return []
    words = ["--retry", str(policy.times), "--retry-connrefused"]
    if policy.delay is not None:
        words += ["--retry-delay", _whole(policy.delay)]
    if policy.longest is not None:
        words += ["--retry-max-time", _whole(policy.longest)]
    if any(each is not None and each % 1 for each in (policy.delay, policy.longest)):
        notes.append("curl's pauses are whole seconds: the command rounds them up")
    return words


def _whole(seconds: float) -> str:
    """Whole seconds, rounded up: 0 would be curl's default."""
    return str(int(seconds) + bool(seconds % 1))


def _fields(fields: Fields, has_body: bool, notes: list[str]) -> list[str]:
    words: list[str] = []
    names = [name.lower() for name, _ in fields]
    if b"host" in names:
        index = names.index(b"host")
        if index or fields[0][0] != b"Host" or names.count(b"host") > 1:
            notes.append("curl sends one Host field, spelled so and first: the command differs there")
    else:
        words += ["--header", "Host:"]
    # What curl adds by itself: lib/http.c of curl 8, Curl_http.
    added = [b"User-Agent", b"Accept"]
    if has_body:
        added += [b"Content-Type", b"Expect"]
        if b"content-length" not in names and b"transfer-encoding" not in names:
            added.append(b"Content-Length")
    for name in added:
        if name.lower() not in names:
            words += ["--header", f"{name.decode()}:"]
    for name, value in fields:
        line = name + (b": " + value if value else b";")
        words += ["--header", line.decode("utf-8", "surrogateescape")]
    if has_body and first(fields, b"transfer-encoding") and has(fields, b"content-length"):
        notes.append("curl leaves out Content-Length beside Transfer-Encoding: the command differs there")
    return words


def _url(plan: Plan) -> str:
    target = plan.target
    path = target.path if target.path.startswith("/") else "/"
    return f"{target.scheme}://{target.authority}{path}"


def _safe_path(path: str) -> bool:
    return path.isascii() and path.isprintable() and " " not in path and "\\" not in path


def _argument(body: bytes) -> str | None:
    """The body as an argument, or None where no argument can hold it."""
    if len(body) > ARGUMENT or b"\0" in body:
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None


def _octal(body: bytes) -> str:
    """The body for printf(1): octal escapes for what is not printable, since POSIX has no others. A hyphen at its start
    is one, too: it would begin an option."""
    text = "".join(
        chr(o) if 0x20 <= o < 0x7F and o not in b"%\\" else "%%" if o == 0x25 else f"\\{o:03o}" for o in body
    )
    return f"\\055{text[1:]}" if text.startswith("-") else text


def quote(word: str) -> str:
    """One word for a POSIX shell."""
    if word and _PLAIN.issuperset(word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"
