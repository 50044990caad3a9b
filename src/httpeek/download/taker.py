"""The taker: what a response means for a file, and the octets on their way into it.

It is told every fact of the exchanges for one file, attempt after attempt, before anybody else can be misled by them.
It raises HttpeekError where an answer must not be taken, which ends the exchange. Rules:
- Octets are written as soon as they have arrived, and only behind those that are there.
- What arrives for a place where octets are already has to be equal to them. Where it is not, a part that was asked
  for is refused and what is there stays; a whole answer (200) replaces what differs.
- The part file holds content as on the wire: content codings come off when it is whole, so that a range fits.
- Where the place is a segment, octets behind its end are kept for a comparison and go into no file.
"""

from __future__ import annotations

from httpeek.codec import dates
from httpeek.download import resume
from httpeek.download.integrity import Hashes, digests
from httpeek.download.loose import LARGEST, Loose
from httpeek.download.name import chosen, paged
from httpeek.download.part import sync_directory
from httpeek.download.place import Foreign, Pipe, Place, claim, free
from httpeek.model.codes import DONE, Failure, HttpeekError
from httpeek.model.events import IN, Completed, Content, Framed, Moved, Planned, ResponseStarted
from httpeek.model.message import REDIRECTS, first
from httpeek.net.stream import MOVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from httpeek.download.integrity import Expected
    from httpeek.download.limit import Limit
    from httpeek.download.place import Wish
    from httpeek.download.side import State
    from httpeek.download.spread import Segment
    from httpeek.model.events import Fact
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan

_READ = 1024 * 1024


class Taker:
    """Takes one file. `place` is where it goes, once that is known; `whole` says that it is complete; `taking` that
    content is on its way into it; `current` that the file that is there is the server's; `refusal` is the head of an
    answer that is no file; `began` how many octets were there before the first one of this run. `later` has the
    directory of a file synced; `divides` is called where the length of a whole file is known, before its first octet,
    and may make the place a segment."""

    def __init__(
        self, wish: Wish, algorithms: frozenset[str], limit: Limit | None, hurried: Callable[[], bool]
    ) -> None:
        self.later: Callable[[str], None] = sync_directory
        self.divides: Callable[[ResponseHead], None] | None = None
        self.segment: Segment | None = None  # the place, where that is a segment
        self.place: Place | None = None
        self.foreign: Foreign | None = None
        self.head: ResponseHead | None = None
        self.refusal: ResponseHead | None = None
        self.whole = self.taking = self.current = False
        self.hashes: Hashes | None = None
        self.claims: list[Expected] = []
        self.began = 0
        self.arrived = 0
        self.total: int | None = None
        self.newer_than: tuple[float, int] | None = None
        self._wish = wish
        self._algorithms = algorithms
        self._limit = limit
        self._hurried = hurried
        self._plan: Plan | None = None
        self._asked: int | None = None
        self._state: State | None = None
        self._described = False
        self._strict = False
        self._at = 0
        self._end: int | None = None
        self._name = ""
        self._from = 0  # the octets that were there when the answer began
        self._message: Hashes | None = None
        self._message_claims: list[Expected] = []

    @property
    def size(self) -> int:
        """The octets that are there."""
        if self.place is not None:
            return self.place.part.size
        return self.foreign.size if self.foreign is not None else 0

    @property
    def state(self) -> State | None:
        """What the latest answer says of the file."""
        return self._state

    @property
    def adding(self) -> bool:
        """True once new octets go to the end of the file."""
        return self.taking and self._described

    def begin(self, asked: int | None) -> None:
        """Another attempt; `asked` is where the range begins that it asks for, None for the whole."""
        self._asked = asked
        self.whole = self.taking = False
        self.refusal = None

    def take(self, fact: Fact) -> None:
        """Takes a fact of one of the kinds in `takes`. Raises HttpeekError where the exchange has to end."""
        self.takes[type(fact)](self, fact)

    def _on_planned(self, fact: Planned) -> None:
        self._plan = fact.plan
        self.taking = False
        self.refusal = None

    def _on_response(self, fact: ResponseStarted) -> None:
        if not fact.head.interim:
            self._answered(fact.head)

    def _on_framed(self, fact: Framed) -> None:
        if self.taking and fact.direction == IN:
            self._framed(fact)

    def _on_content(self, fact: Content) -> None:
        if self.taking and fact.direction == IN:
            self._content(fact.data)

    def _on_moved(self, fact: Moved) -> None:
        if self.taking and fact.direction == IN:
            self._moved(fact.octets)

    def _on_completed(self, fact: Completed) -> None:
        if self.taking and fact.direction == IN:
            self._complete()

    takes: Mapping[type, Callable[[Taker, Any], None]] = {
        Planned: _on_planned,
        ResponseStarted: _on_response,
        Framed: _on_framed,
        Content: _on_content,
        Moved: _on_moved,
        Completed: _on_completed,
    }
    """What it does with each kind of fact; it is told no others."""

    def descriptor(self) -> int:
        """Where the kernel may put the next octets of content by itself, or -1: somebody has to see them."""
        if not self.taking or self.place is None or self.hashes is not None or self._message is not None:
            return -1
        part = self.place.part
        if isinstance(part, Pipe) or self._limit is not None or self._at < part.size or not self._described:
            return -1
        if self.segment is not None and self.segment.row.left < MOVED:
            return -1  # the kernel does not stop at the end of a segment
        return part.at_end()

    @property
    def _position(self) -> int:
        """How far the answer is, in octets of the file: those behind a segment count too."""
        segment = self.segment
        return self._at + (len(segment.row.tail) if segment is not None else 0)

    # What an answer means

    def _answered(self, head: ResponseHead) -> None:
        self.taking = False
        self.head = head
        status = head.status
        if self._plan is not None and self._plan.leads_on(head):
            # A redirect leads to another exchange or to a failure; a 401 may be the last word.
            self.refusal = None if status in REDIRECTS else head
            return
        if status == 206:
            self._partial(head)
        elif 200 <= status < 300:
            self._fresh(head)
        elif status == 416 and self._asked is not None and self.segment is None:
            if resume.beyond(head, self.size):
                self.total = self.size
                self._nothing_missing()
        elif status == 304 and self.newer_than is not None:
            self.current = True
        else:
            self.refusal = head

    def _fresh(self, head: ResponseHead) -> None:
        """The whole file: compared with what is there, then added to it."""
        if self.segment is not None:
            raise resume.refused(f"{head.status} in place of the range asked for")
        state = resume.state_of(self._wish.url, head.fields, None)
        self._not_newer(head)
        if self.foreign is None and self.place is None:
            path = self._plan.target.path if self._plan is not None else "/"
            name = self._wish.name or chosen(path, head.fields)
            self._name = paged(name, head.fields) if self._wish.adjust else name
            length = first(head.fields, b"content-length")
            small = length.isdigit() and 0 < int(length) <= LARGEST and not state.coding and not self._wish.name
            final = free(self._wish, self._name) if small else ""
            if final:
                self.place = Place(Loose(final, state, self.later), final, False, final)
            else:
                self.place = claim(self._wish, self._name)
        self._expect(head, state, 0, None, strict=self.foreign is not None)

    def _not_newer(self, head: ResponseHead) -> None:
        """Ends an exchange whose file is the one that is there, by its date and size: some servers ignore
        If-Modified-Since."""
        if self.newer_than is None:
            return
        modified, size = self.newer_than
        said = dates.read(first(head.fields, b"last-modified").decode("latin-1"))
        length = first(head.fields, b"content-length")
        if said is not None and said <= modified and length == str(size).encode("ascii"):
            self.current = True
            raise HttpeekError(Failure(DONE, "write", "the file that is here is as new as the server's"))

    def _partial(self, head: ResponseHead) -> None:
        """The rest of the file: only if everything fits."""
        state = self._known(head)
        end, total = resume.accepted(head, state, self._asked, self.size)
        assert state is not None and self._asked is not None
        segment = self.segment
        if segment is not None and end > segment.until:
            raise resume.refused(f"206 that ends before byte {end}, asked for was {segment.until}")
        if self.foreign is not None:
            said = dates.read(state.modified)
            if said is not None and said > self.foreign.modified + 1:
                raise resume.refused(f"the server's file is newer than {self.foreign.final}")
        self._expect(head, state._replace(total=total), self._asked, end, strict=True)

    def _known(self, head: ResponseHead) -> State | None:
        """What is known of the file that is gone on with; of one that somebody else began, what the answer says."""
        if self.foreign is not None:
            return resume.state_of(self._wish.url, head.fields, None)
        return self.place.part.state if self.place is not None else None

    def _expect(self, head: ResponseHead, state: State, at: int, end: int | None, strict: bool) -> None:
        self.taking = True
        self._state = state
        self._described = False
        self._strict = strict
        self._at = at
        self._end = end
        self.total = state.total
        self.claims = digests(head.fields, b"repr-digest")
        self._message_claims = digests(head.fields, b"content-digest")
        if end is None:
            self.claims += self._message_claims  # the message holds the whole
            self._message_claims = []
        self._rehash(at)
        self._message = Hashes({c.algorithm for c in self._message_claims}) if self._message_claims else None
        self._from = self.size

    def _framed(self, fact: Framed) -> None:
        if fact.length is None or self._state is None:
            return
        if self._end is None:
            self.total = fact.length
            if self._state.total != fact.length:
                self._state = self._state._replace(total=fact.length)
        elif fact.length != self._end - self._at:
            words = f"206 of {fact.length} bytes, its Content-Range has {self._end - self._at}"
            raise resume.refused(words)
        if self.divides is not None and self._state is not None and self.head is not None:
            self.divides(self.head)

    # Octets

    def rehash(self) -> None:
        """Hashes a file that is whole and was not written in order."""
        self._rehash(self.size)

    def _rehash(self, size: int) -> None:
        """Hashes the first octets that are there, where anybody wants a hash. Segments are hashed once all are
        there."""
        algorithms = self._algorithms | {claimed.algorithm for claimed in self.claims}
        self.hashes = Hashes(algorithms) if algorithms and self.segment is None else None
        if self.hashes is not None:
            for start in range(0, size, _READ):
                self.hashes.feed(self._there(start, min(_READ, size - start)))

    def _there(self, start: int, size: int) -> bytes:
        source = self.foreign or (self.place.part if self.place is not None else None)
        return source.read(start, size) if source is not None else b""

    def _content(self, data: bytes) -> None:
        if self._end is not None and self._position + len(data) > self._end:
            raise resume.refused("206 with more bytes than its Content-Range has")
        if self._limit is None:
            self._put(data)
            return
        for piece in self._limit.pieces(data, self._hurried):
            self._put(piece)

    def _put(self, data: bytes | memoryview) -> None:
        if self.hashes is not None:
            self.hashes.feed(data)
        if self._message is not None:
            self._message.feed(data)
        while data:
            segment = self.segment
            if segment is None:
                self._take(data)
                return
            segment.begin()
            own = data[: max(0, segment.row.end - self._at)]
            self._take(own)
            data = self._behind(segment, data[len(own) :])

    def _behind(self, segment: Segment, data: bytes | memoryview) -> bytes:
        """Keeps octets that stand behind a segment for the comparison; those that are its own after all come back.
        Raises HttpeekError (DONE) to end an answer that goes on and is not needed any more."""
        rest = segment.behind(data) if data else None
        if rest is None or (self._end is not None and self._end <= segment.until):
            return b""
        own = segment.row.tail
        if segment.more is None or not segment.more():
            raise HttpeekError(Failure(DONE, "receive", "the rest of the file comes over other connections"))
        segment.row.tail = b""
        return own + rest

    def _take(self, data: bytes | memoryview) -> None:
        known = 0
        if self._at < self.size:
            known = self._compare(data, min(len(data), self.size - self._at))
        if known < len(data):
            self._add(data[known:])
        self._at += len(data)
        self.arrived += len(data)

    def _compare(self, data: bytes | memoryview, known: int) -> int:
        """How many of the first `known` octets are those that are there. What differs is cut away, or refused."""
        there = self._there(self._at, known)
        if there == data[:known]:
            return known
        if self.place is not None and isinstance(self.place.part, Pipe):
            self.place.part.cut(self._at)
        if self._strict:
            what = "206 whose bytes are not" if self._end is not None else "an answer whose bytes are not"
            raise resume.refused(f"{what} those that are here from byte {self._at} on")
        assert self.place is not None
        same = next((i for i, octet in enumerate(there) if octet != data[i]), len(there))
        self.place.part.cut(self._at + same)
        return same

    def _add(self, data: bytes | memoryview) -> None:
        if self.place is not None and isinstance(self.place.part, Loose):
            if len(data) == self.total:
                self.place.part.whole(data)
                return
            self.place = claim(self._wish, self._name)
        self._ready()
        assert self.place is not None
        self.place.part.write(data)

    def _ready(self) -> None:
        """Before the first octet that is new: the side file says what it belongs to."""
        assert self._state is not None
        if self.foreign is not None:
            part = self.foreign.adopt(self._state)
            self.place = Place(part, self.foreign.final, False)
            self.foreign.close()
            self.foreign = None
        elif not self._described and self.place is not None and self.place.part.state != self._state:
            self.place.part.describe(self._state)
        self._described = True

    def _moved(self, count: int) -> None:
        assert self.place is not None
        self.place.part.moved(count)
        self._at += count
        self.arrived += count

    # The end

    def _complete(self) -> None:
        """The response is whole: is the file?"""
        self._check_message()
        segment = self.segment
        if self._end is not None and self._position < self._end:
            raise resume.refused(f"206 that ends at byte {self._position}, its Content-Range at {self._end}")
        if segment is not None:
            self.whole = segment.row.whole(segment.spread.total)
            return
        if self._end is not None:
            self.whole = self._at == self.total
            if self.whole and self.foreign is not None:
                self.current = True
            return
        if self.foreign is not None and self._at < self.foreign.size:
            raise resume.refused(f"the server's file has {self._at} bytes, {self.foreign.final} more")
        if self.foreign is not None:
            self.current = True
        elif self.place is not None and self._at < self.place.part.size:
            self.place.part.cut(self._at)
        assert self.total is None or self._at == self.total, "octets of the answer were lost on their way"
        self.total = self._at
        self.whole = True

    def _check_message(self) -> None:
        """Raises HttpeekError (CHECK_FAILED) where the content is not what its Content-Digest says; nothing of it
        stays."""
        if self._message is None:
            return
        try:
            for claimed in self._message_claims:
                self._message.compare(claimed, "the content that arrived does not match")
        except HttpeekError:
            if self.place is not None:
                self.place.part.cut(self._from)
            raise

    def _nothing_missing(self) -> None:
        """416 for the octet behind the last: the file is whole already."""
        self.whole = True
        self.claims = []
        self.current = self.foreign is not None
        self.rehash()

    def close(self) -> None:
        """Lets go of what is open. What was received stays; a part without an octet goes."""
        if self.foreign is not None:
            self.foreign.close()
        if self.place is not None:
            part = self.place.part
            if isinstance(part, Loose):
                part.close()
                return
            if part.fd < 0:
                return  # it got its name
            if part.size and part.state is None and self._state is not None:
                part.describe(self._state)
            if part.size and part.state is not None:
                part.settle()
                part.close()
            else:
                part.discard()
