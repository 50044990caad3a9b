"""`-w FORMAT`: what a script wants to know of each request, in curl's words (curl(1), --write-out).

    httpeek -w '%{http_code} %{time_total}\\n' localhost:8080/

Rules:
- One text for each request that was asked for, with all that its redirects led to, on stdout behind its content. Times
  are seconds since the request began, with six digits; what there was not is 0 or empty, as in curl.
- `%{name}` is a variable of the table below, `%header{name}` a field of the response, `%%` a percent sign; `\\n`, `\\r`
  and `\\t` are what they are in C. What else stands there stays. A name that is none is left out and told on stderr.
- `%{exitcode}` is httpeek's exit code, of which 4 for a 404 is one.
"""

from __future__ import annotations

from httpeek.model.events import OUT, Completed, Next, Planned, Routed, RunStarted
from httpeek.model.exchange import Exchange
from httpeek.model.message import REDIRECTS, first, values
from httpeek.render.json_view import dumped, octets
from httpeek.render.terminal import visible_line
from httpeek.render.timing import phases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from httpeek.model.events import Event
    from httpeek.render.json_view import Value
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

    Known: TypeAlias = str | int | float

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_SECOND = 1_000_000_000


class Transfer:
    """A request that was asked for, with the exchanges that were made for it. `number` counts from 0."""

    def __init__(self, number: int, check_status: bool) -> None:
        self.number = number
        self.exchanges: list[Exchange] = []
        self._check_status = check_status

    @property
    def last(self) -> Exchange:
        """The exchange that the request ended with."""
        return self.exchanges[-1]

    @property
    def status(self) -> int:
        """The final status; 0 where there was none. That of a tunnel is a proxy's."""
        return self.last.response.status if self.last.response is not None and self.last.cause != "tunnel" else 0

    @property
    def tunnel(self) -> int:
        """The status with which a proxy answered to CONNECT the last time; 0 where none did."""
        found = [x.response.status for x in self.exchanges if x.cause == "tunnel" and x.response is not None]
        return found[-1] if found else 0

    @property
    def asked(self) -> Exchange:
        """The exchange that was asked for: the first one that is no tunnel."""
        return next((x for x in self.exchanges if x.cause != "tunnel"), self.exchanges[0])

    @property
    def exit_code(self) -> int:
        """The exit code of this request alone."""
        if self.last.failure is not None:
            return self.last.failure.code
        return self.status // 100 if self._check_status and 300 <= self.status < 600 else 0

    def since(self, *marks: str) -> float:
        """Seconds from the beginning to the latest of these moments of the last exchange; 0.0 where there was none."""
        found = [self.last.marks[mark] for mark in marks if mark in self.last.marks]
        return (max(found) - self.exchanges[0].marks.get("planned", 0)) / _SECOND if found else 0.0

    def field(self, name: str) -> str:
        """A field of the response; empty where there is none."""
        return _text(first(self.last.response.fields, name.lower().encode())) if self.last.response is not None else ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _end(address: str) -> tuple[str, int]:
    """Address and port of one half of a 4-tuple; a unix socket has none."""
    host, _, port = address.rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdigit() and not address.startswith("unix:") else ("", 0)


def _local(t: Transfer) -> tuple[str, int]:
    return _end(t.last.connected.local) if t.last.connected is not None else ("", 0)


def _remote(t: Transfer) -> tuple[str, int]:
    return _end(t.last.connected.remote) if t.last.connected is not None else ("", 0)


def _version(t: Transfer) -> str:
    return _text(t.last.response.version).removeprefix("HTTP/") if t.last.response is not None else "0"


def _header_json(t: Transfer) -> str:
    """The fields as curl writes them: small names, each with the list of its values."""
    if t.last.response is None:
        return "{}"
    fields = t.last.response.fields
    made: dict[str, Value] = {}
    for name, _ in fields:
        made[_text(name.lower())] = [octets(value) for value in values(fields, name.lower())]
    return dumped(made)


def _redirect_url(t: Transfer) -> str:
    """Where a redirect that was not followed leads to."""
    location, plan = t.field("location"), t.last.plan
    if not location or plan is None or t.status not in REDIRECTS:
        return ""
    from urllib.parse import urljoin

    return urljoin(plan.target.url, location)


def _uploaded(t: Transfer) -> int:
    """Octets of content that were sent."""
    exchange = t.last
    told = [e.fact.content for e in exchange.events if isinstance(e.fact, Completed) and e.fact.direction == OUT]
    if told:
        return told[0]
    head = exchange.request.span.length if exchange.request is not None and exchange.request.span is not None else 0
    return max(0, exchange.sent_octets - head)


def _heads(t: Transfer) -> int:
    heads = [head for x in t.exchanges for head in (*x.interim, *([x.response] if x.response is not None else []))]
    return sum(head.span.length for head in heads if head.span is not None)


def _requests(t: Transfer) -> int:
    heads = [x.request for x in t.exchanges if x.request is not None]
    return sum(head.span.length for head in heads if head.span is not None)


def _total(t: Transfer) -> float:
    return t.since("completed") or t.since("ended", "closed", "first-byte", "sent", "connected", "planned")


def _speed(count: int, t: Transfer) -> int:
    return int(count / _total(t)) if _total(t) else 0


def _verified(t: Transfer) -> int:
    return int(t.last.tls is not None and t.last.tls.verify != "ok")


def _appconnect(t: Transfer) -> float:
    return t.since("tls-established") if t.last.connected is not None and not t.last.connected.reused else 0.0


def _begun(t: Transfer) -> float:
    """When the last exchange was ready to send."""
    ready = [begin for name, begin, _ in phases(t.last) if name == "send"]
    return (ready[0] - t.exchanges[0].marks.get("planned", 0)) / _SECOND if ready else 0.0


def _certificates(t: Transfer) -> str:
    """The chain as the peer sent it, in PEM (RFC 7468), each certificate behind its names and dates."""
    from base64 import encodebytes

    from httpeek.codec import dates

    lines: list[str] = []
    for one in t.last.tls.chain if t.last.tls is not None else ():
        lines += [f"Subject:{visible_line(one.subject)}", f"Issuer:{visible_line(one.issuer)}"]
        lines += [f"Serial Number:{one.serial}"]
        lines += [f"Start date:{dates.write(one.not_before)}", f"Expire date:{dates.write(one.not_after)}"]
        lines += ["-----BEGIN CERTIFICATE-----"]
        text = encodebytes(one.der).decode("ascii").replace("\n", "")
        lines += [text[i : i + 64] for i in range(0, len(text), 64)]
        lines += ["-----END CERTIFICATE-----"]
    return "".join(line + "\n" for line in lines)


def _proxied(t: Transfer) -> int:
    """1 where the last exchange went through a proxy."""
    return int(any(isinstance(event.fact, Routed) and bool(event.fact.proxy) for event in t.last.events))


def _url(exchange: Exchange) -> str:
    return exchange.plan.target.url if exchange.plan is not None else ""


VARIABLES: dict[str, Callable[[Transfer], Known]] = {
    "certs": _certificates,
    "conn_id": lambda t: (t.last.connection or 0) - 1,
    "content_type": lambda t: t.field("content-type"),
    "errormsg": lambda t: t.last.failure.sentence if t.last.failure is not None else "",
    "exitcode": lambda t: t.exit_code,
    "http_code": lambda t: t.status,
    "http_connect": lambda t: t.tunnel,
    "http_version": _version,
    "local_ip": lambda t: _local(t)[0],
    "local_port": lambda t: _local(t)[1],
    "method": lambda t: t.last.plan.method if t.last.plan is not None else "",
    "num_certs": lambda t: len(t.last.tls.chain) if t.last.tls is not None else 0,
    "num_connects": lambda t: sum(x.connected is not None and not x.connected.reused for x in t.exchanges),
    "num_headers": lambda t: len(t.last.response.fields) if t.last.response is not None else 0,
    "num_redirects": lambda t: t.last.hop,
    "num_retries": lambda t: t.last.attempt - 1,
    "proxy_used": _proxied,
    "redirect_url": _redirect_url,
    "referer": lambda t: _text(first(t.last.request.fields, b"referer")) if t.last.request is not None else "",
    "remote_ip": lambda t: _remote(t)[0],
    "remote_port": lambda t: _remote(t)[1],
    "response_code": lambda t: t.status,
    "scheme": lambda t: t.last.plan.target.scheme if t.last.plan is not None else "",
    "size_download": lambda t: t.last.content_octets,
    "size_header": _heads,
    "size_request": _requests,
    "size_upload": _uploaded,
    "speed_download": lambda t: _speed(t.last.content_octets, t),
    "speed_upload": lambda t: _speed(_uploaded(t), t),
    "ssl_verify_result": _verified,
    "time_appconnect": _appconnect,
    "time_connect": lambda t: t.since("connected"),
    "time_namelookup": lambda t: t.since("resolved"),
    "time_posttransfer": lambda t: t.since("sent"),
    "time_pretransfer": _begun,
    "time_redirect": lambda t: t.since("planned"),
    "time_starttransfer": lambda t: t.since("first-byte"),
    "time_total": _total,
    "url": lambda t: _url(t.asked),
    "url_effective": lambda t: _url(t.last),
    "urlnum": lambda t: t.number,
}
"""Every variable that has one value. A float is a time in seconds."""

SWITCHES = ("stdout", "stderr", "onerror", "json", "header_json")
"""What a name may be beside a variable."""


def split(text: str) -> list[tuple[str, str]]:
    """The format as ("text" | "variable" | "field", word) in order."""
    parts: list[tuple[str, str]] = []
    position = 0
    literal = ""
    while position < len(text):
        two = text[position : position + 2]
        kind, begin, end = "", 0, -1
        for opening, what, closing in _OPENINGS:
            if text.startswith(opening, position):
                kind, begin = what, position + len(opening)
                end = text.find(closing, begin)
                break
        if kind and end >= 0:
            parts += [("text", literal), (kind, text[begin:end])]
            literal, position = "", end + (2 if text.startswith("%{header{", position) else 1)
        elif two == "%%":
            literal, position = literal + "%", position + 2
        elif two[:1] == "\\" and two[1:] in _ESCAPES:
            literal, position = literal + _ESCAPES[two[1:]], position + 2
        else:
            literal, position = literal + text[position], position + 1
    return [part for part in (*parts, ("text", literal)) if part != ("text", "")]


_OPENINGS = (("%{header{", "field", "}}"), ("%{", "variable", "}"), ("%header{", "field", "}"))


class WriteOut:
    """The sink. `stdout` and `stderr` are written on the screen that it is given, which is that of the terminal also
    where content goes to a file."""

    def __init__(self, screen: Screen, options: ViewOptions, text: str) -> None:
        self.wants: frozenset[str] = frozenset({"counts"})
        self._screen = screen
        self._check_status = options.check_status
        self._parts = split(text)
        self._start: RunStarted | None = None
        self._transfer: Transfer | None = None
        self._begun = 0
        for kind, word in self._parts:
            if kind == "variable" and word not in VARIABLES and word not in SWITCHES:
                screen.note(f"-w: there is no variable {visible_line(word) or 'without a name'}")

    def feed(self, event: Event) -> None:
        """Takes one event; the text of a request is written when the next one begins."""
        fact = event.fact
        if isinstance(fact, RunStarted):
            self._start = fact
        elif isinstance(fact, Next):
            self._write()
        elif isinstance(fact, Planned):
            if self._transfer is None:
                self._transfer = Transfer(self._begun, self._check_status)
                self._begun += 1
            self._transfer.exchanges.append(Exchange(event.exchange or 0, self._start))
        if self._transfer is not None and event.exchange == self._transfer.last.number:
            self._transfer.last.count(event)

    def finish(self) -> None:
        """Writes the text of the last request."""
        self._write()
        self._screen.flush()

    def _write(self) -> None:
        transfer, self._transfer = self._transfer, None
        if transfer is None:
            return
        texts = {"stdout": "", "stderr": ""}
        where = "stdout"
        for kind, word in self._parts:
            if kind == "variable" and word in texts:
                where = word
            elif kind == "variable" and word == "onerror":
                if not transfer.exit_code:
                    break
            else:
                texts[where] += self._value(transfer, kind, word)
        if texts["stdout"]:
            self._screen.write(texts["stdout"].encode("utf-8", "surrogateescape"))
        if texts["stderr"]:
            self._screen.err(texts["stderr"].removesuffix("\n"))

    def _value(self, transfer: Transfer, kind: str, word: str) -> str:
        if kind == "text":
            return word
        if kind == "field":
            return self._safe(transfer.field(word))
        if word == "json":
            return self._safe(dumped({name: _json(make(transfer)) for name, make in VARIABLES.items()}))
        if word == "header_json":
            return self._safe(_header_json(transfer))
        if word not in VARIABLES:
            return ""
        value = VARIABLES[word](transfer)
        if word == "certs":
            return str(value)  # has lines, and what is a peer's in them is safe
        if word in ("http_code", "http_connect", "response_code"):
            return f"{value:03d}"
        return f"{value:.6f}" if isinstance(value, float) else self._safe(str(value))

    def _safe(self, text: str) -> str:
        """What a peer said, on a terminal without what drives it."""
        return visible_line(text) if self._screen.out_tty else text


def _json(value: Known) -> Value:
    if isinstance(value, float):
        return round(value, 6)
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value
