"""Which exchanges of a download go into its record: the first ones, and of the others those that failed.

Rules: a record of thousands would explain nothing. Exchanges that went on at once are given on one after the other, as
who shows them shall.
"""

from __future__ import annotations

from httpeek.model.events import Ended, Failed, ResponseStarted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.model.events import Event, Sink


class Selected:
    """What stands before the recorder, `sink`. Of the exchanges behind the first `most` it gives on those that failed
    or were refused."""

    def __init__(self, sink: Sink, most: int = 32) -> None:
        self._sink = sink
        self._most = most
        self._open: int | None = None
        self._held: dict[int, list[Event]] = {}
        self._ended: set[int] = set()
        self._telling: set[int] = set()

    def gather(self, events: Sequence[Event]) -> None:
        """Gives events of one exchange on, or holds them until their turn has come."""
        number = events[0].exchange
        ended = type(events[-1].fact) is Ended
        if number is None or number == self._open:
            self._give(events)
            if number is not None and ended:
                self._open = None
                self._advance()
            return
        if _refused(events):
            self._telling.add(number)
        if ended and number > self._most and number not in self._telling:
            self._held.pop(number, None)
            return
        self._held.setdefault(number, []).extend(events)
        if ended:
            self._ended.add(number)
        if ended or number <= self._most:
            self._advance()

    def _advance(self) -> None:
        """Gives on what was held, exchange by exchange, as long as none is open."""
        while self._open is None:
            number = min((n for n in self._held if n <= self._most or n in self._ended), default=None)
            if number is None:
                return
            self._give(self._held.pop(number))
            if number in self._ended:
                self._ended.remove(number)
                self._telling.discard(number)
            else:
                self._open = number

    def _give(self, events: Sequence[Event]) -> None:
        for event in events:
            self._sink.feed(event)

    def finish(self) -> None:
        """Gives on what has not ended, and finishes the sink."""
        for number in sorted(self._held):
            self._give(self._held[number])
        self._sink.finish()


def _refused(events: Sequence[Event]) -> bool:
    """True where a fact makes an exchange worth telling of."""
    for event in events:
        fact = event.fact
        if type(fact) is Failed or (type(fact) is ResponseStarted and fact.head.status >= 300):
            return True
    return False
