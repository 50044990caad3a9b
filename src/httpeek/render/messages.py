"""Messages: the lines on stderr that go with every view.

`note: ` is something a person should know, `httpeek: (N) ` an error with its exit code, `-- ` a fact: the footer of
pretty. One line each, so that grep finds them whole. The text of a failure and of a note was worded where the fact
was known; this file only prints it, with what a peer may have put into it made visible.

Rules:
- Notes come at once; violations when their exchange is over, so that they do not part a head from its content. In
  verbose the view itself has them inline, at their octet.
- A failed attempt that is tried again is a note, not an error.
- The view is fed and finished before this sink, so that its last lines stand above the footer.
"""

from __future__ import annotations

from httpeek.model.codes import DONE, STDOUT_CLOSED
from httpeek.model.events import (
    IN,
    Completed,
    Connected,
    Content,
    Ended,
    Failed,
    Masked,
    Moved,
    Next,
    Note,
    Planned,
    ResponseStarted,
    RunStarted,
    Violation,
)
from httpeek.model.message import REDIRECTS, first
from httpeek.render.terminal import error_lines, milliseconds, shown, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.codes import Failure
    from httpeek.model.events import Event
    from httpeek.model.message import ResponseHead
    from httpeek.model.target import Target
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

_EXPLAINED = (400, 407, 502, 503, 504)
"""Statuses of which a response may tell more than the status does (`hints`)."""
_EXPLAINS = 1024
"""Octets of its content that are looked at."""
_SAME = 10
"""Violations of one rule that are told one by one; the others are counted: 20,000 folded lines are 11 notes."""


def error_line(failure: Failure, screen: Screen) -> None:
    """Prints a failure as `httpeek: (N) sentence`, and its carets below, where there are some."""
    error, caret = screen.colour("error", err=True), screen.colour("caret", err=True)
    for line in error_lines(failure.code, failure.sentence, failure.pointer, error, caret):
        screen.err(line)


def violation_text(fact: Violation) -> str:
    """One violation as a sentence: `byte 20: space before the colon (RFC 9112 5.1) [space-before-colon]`. Those of
    what we sent begin with `request byte`."""
    from httpeek.model.violations import rule

    place = f"byte {fact.offset}" if fact.direction == IN else f"request byte {fact.offset}"
    try:
        row = rule(fact.id)
    except KeyError:  # a record of a later version
        return f"{place}: {visible_line(fact.detail)} [{visible_line(fact.id)}]"
    detail = visible_line(fact.detail or row.sentence)
    return f"{place}: {detail} ({row.source}) [{row.id}]"


class Messages:
    """The sink. `view` is the name of the view it goes with; `recorded` says that the run was made before: octets that
    went by without being seen are told as missing then."""

    def __init__(self, screen: Screen, options: ViewOptions, view: str, recorded: bool = True) -> None:
        self.wants: frozenset[str] = frozenset({"counts"})
        self._screen = screen
        self._options = options
        self._view = view
        self._recorded = recorded
        letters = options.print or ("hb" if screen.out_tty else "b")
        self._status_shown = view not in ("pretty", "curl") or (view == "pretty" and "h" in letters)
        self._footer = view == "pretty" and screen.out_tty and screen.err_tty and not options.quiet
        if "m" in options.print:
            self._footer = False
        self._violations: list[Violation] = []
        self._more: dict[str, int] = {}
        self._failure: Failure | None = None
        self._follows = False
        self._connected: dict[int | None, Connected] = {}
        self._rebuilt = ""
        self._masks = 0
        self._gone = 0
        self._failure_told = False  # a note has said why another attempt is made
        self._exit_known = False  # an earlier request of the run decided the exit code
        self._begin()

    def _begin(self) -> None:
        self._started: int | None = None
        self._completed: int | None = None
        self._connection: int | None = None
        self._head: ResponseHead | None = None
        self._target: Target | None = None
        self._content = b""  # its beginning, where the status may be explained there

    def feed(self, event: Event) -> None:
        """Takes one event; prints what can be said now."""
        fact = event.fact
        kind = type(fact)
        if event.connection is not None:
            self._connection = event.connection
        if kind is Content:
            if self._head is not None and self._head.status == 400 and len(self._content) < _EXPLAINS:
                assert isinstance(fact, Content)
                self._content += fact.data if fact.direction == IN else b""
        elif kind is Planned:
            assert isinstance(fact, Planned)
            self._next(fact)
            self._target = fact.plan.target
            self._follows = fact.plan.follow.follow
            self._started = event.time
        elif kind is Connected:
            assert isinstance(fact, Connected)
            self._connected[event.connection] = fact
        elif kind is ResponseStarted:
            assert isinstance(fact, ResponseStarted)
            if not fact.head.interim:
                self._head = fact.head
        elif kind is Completed:
            assert isinstance(fact, Completed)
            if fact.direction == IN:
                self._completed = event.time
        elif kind is Violation:
            assert isinstance(fact, Violation)
            self._violation(fact)
        elif kind is Note:
            assert isinstance(fact, Note)
            self._failure_told = self._failure is not None
            if not self._options.quiet:
                self._screen.note(visible_line(fact.text))
        elif kind is Failed:
            assert isinstance(fact, Failed)
            if fact.failure.code != DONE:
                self._failure = fact.failure
                self._failure_told = False
            elif not self._options.quiet:  # a download that needed no more of an answer
                self._screen.note(fact.failure.sentence)
        elif kind is Ended:
            self._print_violations()
        elif kind is Next:
            self._print_violations()
            self._end_request()
        elif kind is RunStarted:
            assert isinstance(fact, RunStarted)
            self._rebuilt = fact.rebuilt
        elif kind is Masked:
            self._masks += 1
        elif kind is Moved:
            assert isinstance(fact, Moved)
            self._gone += fact.octets if self._recorded else 0

    def finish(self) -> None:
        """Prints what waited for the end: violations, the failure, or the note on the status and the footer."""
        self._print_violations()
        self._print_reconstructed()
        self._end_request()
        self._screen.flush()

    def _end_request(self) -> None:
        """Says how a request ended, with all that its redirects led to."""
        # A reader that went away (`| head`) has what it wanted: that is no error to speak of.
        if self._failure is not None and self._failure.code != STDOUT_CLOSED:
            error_line(self._failure, self._screen)
        self._last_words()
        self._exit_known = self._exit_known or self._failure is not None or self._status_fails()
        self._failure = None
        self._begin()

    def _status_fails(self) -> bool:
        return self._options.check_status and self._head is not None and 300 <= self._head.status < 600

    def _next(self, planned: Planned) -> None:
        """Another exchange begins: what the one before it left to say."""
        self._print_violations()
        if self._failure is not None:
            sentence = visible_line(self._failure.sentence)
            if planned.cause == "retry":
                # A kept connection that was gone is nothing to speak of; with --retry a note has said why.
                if self._view == "verbose" and not self._failure_told and self._options.quiet < 2:
                    self._screen.note(f"attempt {planned.attempt - 1} failed: {sentence}")
            else:
                error_line(self._failure, self._screen)
            self._failure = None
        if self._options.all and self._started is not None:
            self._print_footer()
        self._begin()

    def _violation(self, fact: Violation) -> None:
        if fact.fatal or self._view in ("verbose", "hex") or self._options.quiet >= 2:
            return  # a fatal one is told by the failure that follows it
        count = self._more.get(fact.id, 0) + 1
        self._more[fact.id] = count
        if count <= _SAME:
            self._violations.append(fact)

    def _print_violations(self) -> None:
        for fact in self._violations:
            self._screen.note(violation_text(fact))
        for identifier, count in self._more.items():
            if count > _SAME:
                self._screen.note(f"{count - _SAME} more of the same [{visible_line(identifier)}]")
        self._violations.clear()
        self._more.clear()

    def _print_reconstructed(self) -> None:
        """Marks a view of octets that does not have those of the wire."""
        if self._options.quiet >= 2:
            return
        if self._view not in ("raw", "hex", "verbose"):
            # These show no octets; but content that ends early, or a command with masks in it, must not pass for whole.
            if self._gone:
                self._screen.note(f"cut: {self._gone} octets of this exchange were not kept in the record")
            if self._masks and self._view == "curl":
                self._screen.note("the command has masks where secrets were: it does not send the same request")
            return
        why = []
        if self._rebuilt:
            why.append(f"rebuilt from {visible_line(self._rebuilt)}, not those of the wire")
        if self._masks:
            why.append(f"{self._masks} secret{'s are' if self._masks > 1 else ' is'} masked")
        if self._gone:
            why.append(f"{self._gone} were not kept")
        if why:
            self._screen.note(f"reconstructed octets: {'; '.join(why)}; offsets are those of the wire")

    def _last_words(self) -> None:
        head, quiet = self._head, self._options.quiet
        if head is not None and head.status >= 300 and quiet < 2 and self._view in ("pretty", "curl"):
            known = self._status_fails() and self._failure is None and not self._exit_known
            status = f"{head.status} {shown(head.reason)}".rstrip()
            words = []
            if not self._status_shown:
                words.append(status)
            location = first(head.fields, b"location")
            if head.status in REDIRECTS and location and not self._follows:
                points = f"points to {shown(location)} (-F follows it)"
                words[:] = [f"{status} {points}"]
            if words and known and not self._status_shown:
                words.append(f"exit {head.status // 100}")
            if words:
                self._screen.note(", ".join(words))
        if head is not None and head.status in _EXPLAINED and quiet < 2 and self._target is not None:
            from httpeek.render.hints import hint

            said = hint(head, self._content, self._target)
            if said:
                self._screen.note(said)
        if self._failure is None:
            self._print_footer()

    def _print_footer(self) -> None:
        if not self._footer or self._head is None or self._started is None:
            return
        words = [milliseconds((self._completed or self._started) - self._started)] if self._completed else []
        connected = self._connected.get(self._connection)
        if connected is not None:
            words.append(route(connected))
        if words:
            self._screen.err(f"-- {', '.join(words)}")


def route(connected: Connected) -> str:
    """The two ends of a connection: `127.0.0.1:49400 > 127.0.0.1:8080`, or the path of a unix socket."""
    local, remote = visible_line(connected.local), visible_line(connected.remote)
    return f"{local} > {remote}" if local and local != "unix:" else remote
