"""The waterfall of an exchange (`--timing`, `-m`): how long each phase took, and when, as bars of ASCII.

    -- timing: GET http://localhost:8080/, 200, 4.1 ms, 127.0.0.1:49400 > 127.0.0.1:8080
    name         0.3 ms  ####
    connect      0.2 ms      ##
    send         0.1 ms        #
    wait         2.6 ms        ###################################
    first byte   3.2 ms                                           |
    content      0.9 ms                                           ############

Rules: all bars have the scale of the whole exchange, and one that is too short to be seen has one column. A phase that
there was not (a connection that was reused has neither name nor connect) has no line. Where nothing is padded
(`--plain`) there are no bars, but the moment at which each phase began. It is a function of events, so a record shows
the same.
"""

from __future__ import annotations

from httpeek.model.events import Dialling, Ended, Planned, RequestStarted, Routed, RunStarted, TlsStarted
from httpeek.model.exchange import Exchange
from httpeek.render.messages import route
from httpeek.render.terminal import milliseconds, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

_LABEL, _TIME = 10, 11
"""Columns of the names and of the durations; the bars have what is left of 80."""
_BARS = 80 - _LABEL - _TIME - 2


class Timing:
    """The sink of `--timing`: the waterfall of each exchange on stderr, when that is over."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self.wants: frozenset[str] = frozenset({"counts"})
        self._screen = screen
        self._start: RunStarted | None = None
        self._exchange: Exchange | None = None

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        if isinstance(fact, RunStarted):
            self._start = fact
        elif isinstance(fact, Planned):
            self._write()
            self._exchange = Exchange(event.exchange or 0, self._start)
        exchange = self._exchange
        if exchange is not None and event.exchange == exchange.number:
            exchange.count(event)
            if isinstance(fact, Ended):
                self._write()

    def finish(self) -> None:
        """Writes what is known of an exchange that did not end."""
        self._write()

    def _write(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            for line in lines(exchange, self._screen.plain):
                self._screen.err(line)


def lines(exchange: Exchange, plain: bool = False) -> list[str]:
    """The waterfall of an exchange with the line above it."""
    found = phases(exchange)
    start, end = exchange.marks.get("planned", 0), max((end for _, _, end in found), default=0)
    if not found:
        return [f"{_headline(exchange, None)}: nothing happened that took time"]
    made = [_headline(exchange, end - start)]
    scale = max(end - start, 1)
    for name, begin, finish in found:
        is_moment = name == "first byte"
        shown = milliseconds(finish - start if is_moment else finish - begin)
        if plain:
            made.append(f"{name} {shown}" if is_moment else f"{name} {shown}, from {milliseconds(begin - start)}")
            continue
        first = min((begin - start) * _BARS // scale, _BARS - 1)
        width = max((finish - start) * _BARS // scale - first, 1)
        bar = " " * first + ("|" if is_moment else "#" * width)
        made.append(f"{name:{_LABEL}}{shown:>{_TIME}}  {bar}")
    return made


def phases(exchange: Exchange) -> list[tuple[str, int, int]]:
    """The phases that there were, in order: name, begin and end in ns since the run began. "first byte" is a moment."""
    marks = exchange.marks
    dialled = [event.time for event in exchange.events if isinstance(event.fact, Dialling)]
    ready = max((marks[name] for name in ("planned", "connected", "tls-established") if name in marks), default=0)
    known = {**marks, "dialled": min(dialled, default=0)}
    if dialled and "connected" in marks and any(_by_socks(event) for event in exchange.events):
        # What is said to a SOCKS proxy is said between the two; a tunnel by CONNECT is an exchange of its own.
        begun = [event.time for event in exchange.events if isinstance(event.fact, TlsStarted | RequestStarted)]
        if begun:
            known |= {"asking": marks["connected"], "through": min(begun)}
            ready = max(ready, min(begun))
    known["ready"] = ready
    found = []
    for name, begin, end in (
        ("name", "resolving", "resolved"),
        ("connect", "dialled", "connected"),
        ("proxy", "asking", "through"),
        ("TLS", "tls-started", "tls-established"),
        ("send", "ready", "sent"),
        ("wait", "sent", "first-byte"),
        ("first byte", "first-byte", "first-byte"),
        ("content", "first-byte", "completed"),
    ):
        there = begin in known and end in known and (name != "connect" or dialled)
        # An answer may come before the request is sent: then nothing was waited for.
        if there and known[begin] <= known[end]:
            found.append((name, known[begin], known[end]))
    return found


def _by_socks(event: Event) -> bool:
    return isinstance(event.fact, Routed) and event.fact.proxy.startswith("socks")


def _headline(exchange: Exchange, took: int | None) -> str:
    plan, connected = exchange.plan, exchange.connected
    words = [f"{plan.method} {visible_line(plan.target.url)}" if plan is not None else "an exchange"]
    if exchange.response is not None:
        words.append(str(exchange.response.status))
    elif exchange.failure is not None:
        words.append(f"failed ({exchange.failure.code})")
    if took is not None:
        words.append(milliseconds(took))
    if connected is not None:
        words.append(route(connected))
        if connected.reused:
            words.append(f"reused after {connected.reused} exchange{'s' if connected.reused > 1 else ''}")
    return f"-- timing: {', '.join(words)}"
