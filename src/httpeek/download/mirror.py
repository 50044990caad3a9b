"""The crawl: which URL comes next, what became of each, and which page holds which link.

Rules:
- URLs are asked for in the order in which they are found, page by page. What came of them is taken up in that order
  too, however many are fetched at once: the same site gives the same requests, names and reports.
- A URL is asked for once. A redirect is a link of what answered with it: it is judged like one, and what it leads to is
  kept under its own name.
- robots.txt is asked for once an origin, before the first URL of it that nobody typed.
- Everything that is decided from values is decided elsewhere: `scope`, `robots`, `paths`.
"""

from __future__ import annotations

from threading import Condition

from httpeek.download.address import Address, key, refer
from httpeek.download.document import PAGE
from httpeek.download.scope import Scope, follows, refusal
from httpeek.model.codes import DONE, INTERRUPTED, STATUS_3XX, TOO_LARGE, TOO_MANY_REDIRECTS
from httpeek.model.nouns import Noun
from httpeek.model.target import Target
from httpeek.render.transfers import Ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from httpeek.download.document import Link
    from httpeek.download.line import Shared

_WAIT = 0.1
"""Seconds between two looks whether everything has to end."""
HOLDERS = 100
"""How many of the places that hold one URL are kept in mind, for a report."""


class Holder(Noun):
    """A place that holds a link: the number of its page and the line."""

    page: int
    line: int


class Found(Noun):
    """What became of one URL. `ending` is told to the user; `status` that of the response, 0 for none; `location` what
    a redirect leads to; `file` the path in the root, "" where nothing was kept; `kind` what was read of it, with its
    `links`, `ids`, and whether it asks not to follow them; `skipped` why it was not asked for."""

    ending: Ending
    status: int = 0
    location: Target | None = None
    file: str = ""
    kind: str = ""
    links: tuple[Link, ...] = ()
    ids: frozenset[str] = frozenset()
    nofollow: bool = False
    skipped: str = ""


class Entry:
    """A URL of the crawl. `depth` is that of wget: 0 for what was typed; `beyond` counts the steps behind the last
    level. `start` is the typed URL from which it was reached, `holders` are the first places that lead here."""

    __slots__ = (
        "alias",
        "beyond",
        "depth",
        "found",
        "fragments",
        "holders",
        "hops",
        "key",
        "number",
        "start",
        "target",
        "use",
    )

    def __init__(
        self, number: int, target: Target, name: str, use: str, depth: int, beyond: int, start: Target, hops: int
    ) -> None:
        self.number = number
        self.target = target
        self.key = name
        self.use = use
        self.depth = depth
        self.beyond = beyond
        self.start = start
        self.hops = hops
        self.holders: list[Holder] = []
        self.fragments: list[tuple[str, Holder]] = []
        self.found: Found | None = None
        self.alias = ""


class Crawl:
    """The frontier, for workers that draw from it. `begun` is told of each URL that will be asked for, in order;
    `refused` counts the URLs that were found and are not in scope, by the reason."""

    def __init__(
        self,
        starts: Sequence[Target],
        scope: Scope,
        redirects: int,
        quota: int | None,
        shared: Shared,
        begun: Callable[[Target], object],
    ) -> None:
        self.entries: list[Entry] = []
        self.by_key: dict[str, Entry] = {}
        self.refused: dict[str, str] = {}
        self.notes: list[str] = []
        self._scope = scope
        self._redirects = redirects
        self._quota = quota
        self._shared = shared
        self._begun = begun
        self._changed = Condition()
        self._next = 0
        self._running = 0
        self._taken_up = 0
        self._octets = 0
        for target in starts:
            self._enter(Address(target), PAGE, 0, 0, target, 0)

    # For workers

    def draw(self) -> Entry | None:
        """The next URL; None when there is none and there will be none."""
        with self._changed:
            while True:
                if self._shared.stopped or self.used_up:
                    return None
                if self._next < len(self.entries):
                    self._next += 1
                    self._running += 1
                    return self.entries[self._next - 1]
                if not self._running:
                    return None
                self._changed.wait(_WAIT)

    def done(self, entry: Entry, found: Found) -> None:
        """A URL is done: what it leads to is taken up as soon as that of all before it was."""
        with self._changed:
            entry.found = found
            self._running -= 1
            self._octets += max(0, found.ending.size - found.ending.began)
            if found.ending.code == INTERRUPTED:
                self._shared.stopped = True
            while self._taken_up < len(self.entries):
                following = self.entries[self._taken_up]
                if following.found is None:
                    break
                self._taken_up += 1
                self._take_up(following, following.found)
            self._changed.notify_all()

    @property
    def used_up(self) -> bool:
        """True once no further URL may be asked for: the quota is used up."""
        return self._quota is not None and self._octets >= self._quota

    # What a URL leads to

    def _take_up(self, entry: Entry, found: Found) -> None:
        if found.location is not None:
            self._redirected(entry, found, found.location)
        elif found.links:
            self._linked(entry, found)
        # Only what a report needs is kept: pages have many links.
        entry.found = (entry.found or found)._replace(links=())

    def _redirected(self, entry: Entry, found: Found, location: Target) -> None:
        name = key(location)
        url = entry.target.url
        if entry.hops >= self._redirects:
            sentence = f"more than {self._redirects} redirects (--max-redirects): {location.url} was not requested"
            self._fails(entry, TOO_MANY_REDIRECTS, sentence)
            return
        why = refusal(self._scope, entry.use, location, entry.target, entry.start, entry.depth)
        if why and name not in self.by_key:
            sentence = f"{found.status}, leads to {location.url}, which is not followed: {why}"
            hint = "; --span-hosts follows it" if why == "another host" else ""
            self.refused[name] = why
            if entry.depth or entry.hops:
                self.notes.append(f"{url}: {sentence}")
            else:
                self._fails(entry, STATUS_3XX, sentence + hint)
            return
        entry.alias = name
        if self._loops(entry):
            entry.alias = ""
            self._fails(entry, TOO_MANY_REDIRECTS, f"redirect loop: {location.url} leads back here")
            return
        following = self._enter(Address(location), entry.use, entry.depth, entry.beyond, entry.start, entry.hops + 1)
        following.holders += entry.holders[: HOLDERS - len(following.holders)]

    def _loops(self, entry: Entry) -> bool:
        following = self.by_key.get(entry.alias)
        while following is not None:
            if following is entry:
                return True
            following = self.by_key.get(following.alias)
        return False

    def _fails(self, entry: Entry, code: int, sentence: str) -> None:
        assert entry.found is not None
        ending = entry.found.ending._replace(code=code, failure=sentence, said="")
        entry.found = entry.found._replace(ending=ending, location=None)

    def _linked(self, page: Entry, found: Found) -> None:
        scope = self._scope
        for link in found.links:
            address = link.address
            name = key(address.target)
            holder = Holder(page.number, link.line)
            known = self.by_key.get(name)
            if known is not None and known is not page:
                if len(known.holders) < HOLDERS:
                    known.holders.append(holder)
                self._mark(known, address, holder)
                continue
            if known is page:
                self._mark(known, address, holder)
                continue
            if not follows(scope, link.use, page.depth, page.beyond):
                continue
            if scope.robots and (link.nofollow or (found.nofollow and (link.use == PAGE or not scope.requisites))):
                self.refused.setdefault(name, "nofollow")
                continue
            why = refusal(scope, link.use, address.target, page.target, page.start, page.depth + 1)
            if why:
                self.refused.setdefault(name, why)
                continue
            last = scope.level is not None and page.depth >= scope.level
            depth, beyond = (page.depth, page.beyond + 1) if last else (page.depth + 1, 0)
            entry = self._enter(address, link.use, depth, beyond, page.start, 0)
            entry.holders.append(holder)
            self._mark(entry, address, holder)

    def _mark(self, entry: Entry, address: Address, holder: Holder) -> None:
        """Keeps in mind a fragment that a link names, to be looked for in its page."""
        if len(address.fragment) > 1 and len(entry.fragments) < HOLDERS:
            entry.fragments.append((address.fragment[1:], holder))

    def _enter(self, address: Address, use: str, depth: int, beyond: int, start: Target, hops: int) -> Entry:
        """The entry of a URL, a new one where there is none."""
        name = key(address.target)
        entry = self.by_key.get(name)
        if entry is None:
            entry = Entry(len(self.entries), address.target, name, use, depth, beyond, start, hops)
            self.refused.pop(name, None)
            self.entries.append(entry)
            self.by_key[name] = entry
            self._begun(address.target)
        return entry

    # Afterwards

    def answered(self, name: str) -> Entry | None:
        """The entry that answers for a URL (by its key), behind all redirects; None where nobody asked for it."""
        entry = self.by_key.get(name)
        while entry is not None and entry.alias:
            entry = self.by_key.get(entry.alias)
        return entry

    def endings(self) -> Iterator[Ending]:
        """How each URL ended; what was not begun ends together, in one line."""
        left = 0
        for entry in self.entries:
            if entry.found is None:
                left += 1
            elif not entry.found.skipped:
                yield entry.found.ending
        if left:
            code, why = INTERRUPTED, "stopped before"
            if not self._shared.stopped:
                code, why = TOO_LARGE, "the quota is used up (--quota)"
            yield Ending(f"{left} more URLs", "", 0, 0, 0, code, f"not begun: {why}")


def location_of(target: Target, said: str) -> Target | None:
    """What a Location leads to; None where that is nowhere."""
    address = refer(target, said)
    return address.target if address is not None else None


def settled(url: str, said: str = "", size: int = 0) -> Ending:
    """The ending of a URL that gave no file and did not fail."""
    return Ending(url, url, size, 0, 0, DONE, said=said)
