"""The pretty view: status line, fields as received, and content formatted and coloured by its media type.

Rules:
- Fields keep order, spelling and duplicates. Interim responses are shown as what they are.
- To a terminal head and content ("hb"), elsewhere the content alone ("b"), untouched; HTTPie's letters choose else.
- Of several exchanges the last is shown, unless all are asked for. A response that another may follow (a redirect, a
  401 that can be answered) waits until it is known whether one does.
"""

from __future__ import annotations

from httpeek.model.events import (
    IN,
    OUT,
    Completed,
    Connected,
    Content,
    Ended,
    Failed,
    Next,
    Planned,
    Representation,
    RequestStarted,
    ResponseStarted,
    Trailers,
)
from httpeek.render.content import ContentWriter, shaping
from httpeek.render.messages import route
from httpeek.render.terminal import STYLE, paint, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Event
    from httpeek.model.exchange import Exchange
    from httpeek.model.message import Fields, RequestHead, ResponseHead
    from httpeek.model.plan import Plan
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

_WAITING = 8 * 1024 * 1024
"""Octets of a redirect's content that wait for the next exchange at most; a longer one is shown as it comes."""


class Pretty:
    """The sink."""

    def __init__(self, screen: Screen, options: ViewOptions) -> None:
        self._screen = screen
        self._options = options
        self._letters = frozenset(options.print or ("hb" if screen.out_tty else "b"))
        self.wants: frozenset[str] = frozenset({"representation"} if "b" in self._letters else ()) | frozenset(
            () if "B" in self._letters else {"counts"}
        )
        self._shaped, self._coloured = shaping(screen, options)
        self._safe = screen.out_tty or self._shaped or self._coloured
        self._end = "\n" if self._safe else "\r\n"
        self._gap = False  # something stands above that an empty line parts from what follows
        self._content: ContentWriter | None = None
        self._outgoing = False  # the content that is being written is the request's
        self._plan: Plan | None = None
        self._tunnel = False  # the last exchange made a tunnel for the next
        self._head: ResponseHead | None = None
        self._waiting: list[Event] | None = None
        self._waiting_size = 0
        self._started = 0
        self._ended = 0
        self._route = ""
        self._meta = False
        self._moments: Exchange | None = None  # for the waterfall that `m` shows
        if "m" in self._letters:
            self._count_from(0)  # what it loads is loaded before anything is timed

    def feed(self, event: Event) -> None:
        """Takes one event."""
        fact = event.fact
        kind = type(fact)
        if kind is not Planned:
            if self._moments is not None and event.exchange == self._moments.number:
                self._moments.count(event)
            if kind is Next:
                self._release()
                self._close()
                return
        else:
            assert isinstance(fact, Planned)
            if (fact.cause != "asked" or self._tunnel) and not self._options.all:
                self._waiting = None  # this one follows: what led to it is not shown
            self._tunnel = fact.cause == "tunnel"
            self._release()
            self._close()
            self._started = event.time
            self._head = None
            self._meta = False
            if "m" in self._letters:
                self._count_from(event.exchange or 0)
                self._moments.count(event)  # type: ignore[union-attr]  # it was just made
            self._plan = fact.plan
            if not self._options.all and (fact.plan.follow.follow or fact.plan.answers):
                self._waiting, self._waiting_size = [], 0
            return
        if self._tunnel and not self._screen.out_tty and not self._options.all:
            return  # what a proxy answers to CONNECT is not what was asked for, and gets into no file
        if self._waiting is None:
            self._show(event)
            return
        self._waiting.append(event)
        if kind is ResponseStarted:
            assert isinstance(fact, ResponseStarted)
            head = fact.head
            if not head.interim and not (self._plan is not None and self._plan.leads_on(head)):
                self._release()
        elif kind is Failed:
            self._release()
        elif isinstance(fact, (Content, Representation)):
            self._waiting_size += len(fact.data)
            if self._waiting_size > _WAITING:
                self._release()

    def _count_from(self, number: int) -> None:
        from httpeek.model.exchange import Exchange

        self._moments = Exchange(number, None)

    def finish(self) -> None:
        """Writes what waits."""
        self._release()
        self._close()
        self._screen.flush()

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, None
        for event in waiting or ():
            self._show(event)

    def _show(self, event: Event) -> None:
        fact = event.fact
        kind = type(fact)
        if kind is Representation:
            assert isinstance(fact, Representation)
            self._octets(fact.data, outgoing=False)
        elif kind is Content:
            assert isinstance(fact, Content)
            if fact.direction == OUT:
                self._octets(fact.data, outgoing=True)
        elif kind is RequestStarted:
            assert isinstance(fact, RequestStarted)
            self._request = fact.head
            if "H" in self._letters:
                head = fact.head
                self._close_content()
                line = b" ".join((head.method, head.target, head.version)) if head.version else head.target
                self._section(self._text(line), head.fields)
        elif kind is ResponseStarted:
            assert isinstance(fact, ResponseStarted)
            self._close_content()
            if not fact.head.interim:
                self._head = fact.head
            if "h" in self._letters:
                self._section(self._status_line(fact.head), fact.head.fields)
        elif kind is Trailers:
            assert isinstance(fact, Trailers)
            if (fact.direction == IN and "h" in self._letters) or (fact.direction == OUT and "H" in self._letters):
                self._close_content()
                self._section("-- trailers" if self._safe else "", fact.fields)
        elif kind is Connected:
            assert isinstance(fact, Connected)
            self._route = route(fact)
        elif kind is Completed:
            assert isinstance(fact, Completed)
            if fact.direction == IN:
                self._ended = event.time
                self._meta = True
        elif kind is Failed or kind is Ended:
            self._close()

    _request: RequestHead | None = None

    def _octets(self, data: bytes, outgoing: bool) -> None:
        if ("B" if outgoing else "b") not in self._letters or not data:
            return
        if self._content is not None and self._outgoing != outgoing:
            self._close_content()
        if self._content is None:
            head = self._request if outgoing else self._head
            fields = head.fields if head is not None else ()
            self._part()
            self._content = ContentWriter(self._screen, self._options, fields, response=not outgoing)
            self._outgoing = outgoing
        self._content.feed(data)

    def _part(self) -> None:
        if self._gap and self._safe:
            self._screen.text("\n")
        self._gap = False

    def _section(self, line: str, fields: Fields) -> None:
        """Writes a first line and field lines. On a terminal the empty line after them waits for what follows; as
        octets it ends the head at once."""
        self._part()
        lines = [line] if line else []
        for name, value in fields:
            if self._safe:
                colour = STYLE["field"] if self._coloured else ""
                lines.append(f"{paint(shown(name), colour)}: {shown(value)}".rstrip(" "))
        if self._safe:
            self._screen.text("\n".join(lines) + "\n")
            self._gap = True
        else:
            head = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
            self._screen.write((line.encode("utf-8", "surrogateescape") + b"\r\n" if line else b"") + head + b"\r\n")
        if self._options.stream or self._screen.out_tty:
            self._screen.flush()  # what follows this head may be a long time coming

    def _text(self, octets: bytes) -> str:
        return shown(octets) if self._safe else octets.decode("utf-8", "surrogateescape")

    def _status_line(self, head: ResponseHead) -> str:
        status = f"{head.status} {self._text(head.reason)}".rstrip(" ")
        colour = STYLE.get(f"status-{head.status // 100}", "") if self._coloured else ""
        return f"{self._text(head.version)} {paint(status, colour)}"

    def _close_content(self) -> None:
        if self._content is not None:
            self._content.finish()
            self._content = None
            self._gap = True

    def _close(self) -> None:
        """An exchange is over: its content is finished, and `m` tells how long it took."""
        self._close_content()
        if self._meta and "m" in self._letters:
            self._meta = False
            self._part()
            seconds = (self._ended - self._started) / 1e9
            self._screen.text(f"Elapsed time: {seconds:.6f}s\nConnection: {self._route or '-'}\n")
            if self._moments is not None:
                from httpeek.render.timing import lines

                self._screen.text("".join(f"{line}\n" for line in lines(self._moments, self._screen.plain)[1:]))
            self._gap = True
