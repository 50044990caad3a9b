"""A worker of a crawl: asks for one URL after the other, saves it or looks at it, and reads it for links.

Rules: nothing is asked for that robots.txt leaves out, but for what was typed. Between two requests to an origin are as
many seconds as were asked for, or as the origin's Crawl-delay says. What is saved goes through the same `Fetch` as
every download; what is only read is never written.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from time import monotonic

from httpeek.client.perform import Connections
from httpeek.download import robots
from httpeek.download.document import CSS, HTML, STYLE
from httpeek.download.fetch import Fetch, Job, rest
from httpeek.download.journal import Known
from httpeek.download.line import Line
from httpeek.download.links import PARSED, kind_of, read
from httpeek.download.look import look
from httpeek.download.mirror import Found, location_of, settled
from httpeek.download.name import PAGE_NAMES
from httpeek.download.paths import directory_for
from httpeek.download.place import NEWER, NUMBER, OVERWRITE, SKIP, Wish
from httpeek.download.scope import file_name, follows, kept
from httpeek.model.codes import DONE, INTERRUPTED, STATUS_3XX, Failure, HttpeekError
from httpeek.model.message import REDIRECTS, first, values
from httpeek.model.nouns import Noun
from httpeek.model.target import parse
from httpeek.render.transfers import Ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.download.batch import Begin, End, Pace
    from httpeek.download.document import Document
    from httpeek.download.fetch import Policy
    from httpeek.download.journal import Journal
    from httpeek.download.line import Shared
    from httpeek.download.look import Asking, Seen
    from httpeek.download.mirror import Crawl, Entry
    from httpeek.download.paths import Names
    from httpeek.download.robots import Rules
    from httpeek.download.scope import Scope
    from httpeek.model.message import ResponseHead
    from httpeek.model.target import Target

_MOST_ORIGINS = 32
"""Origins of which a worker keeps connections."""
_REFUSES_HEAD = (405, 501)
_PAGES = (*PAGE_NAMES, ".php", ".asp", ".aspx", ".jsp", ".cgi", ".pl", ".shtml", ".do", ".cfm")
"""What the name of a page may end with, beside nothing: a spider asks for these by GET at once."""


class Order(Noun):
    """What was asked for. `existing` is as in `place.Wish`, "" where nobody said; `spider` saves nothing; `converts`
    says that links are rewritten in the end; `ask` says how a URL is asked for."""

    root: str
    scope: Scope
    policy: Policy
    pace: Pace
    ask: Callable[[Target], Asking]
    existing: str = ""
    resume: bool = False
    spider: bool = False
    converts: bool = False
    adjust: bool = False


class Crawler:
    """What the workers of one crawl share."""

    def __init__(self, order: Order, crawl: Crawl, names: Names, journal: Journal, shared: Shared) -> None:
        self._order = order
        self._crawl = crawl
        self._names = names
        self._journal = journal
        self._shared = shared
        self._lock = allocate_lock()
        self._rules: dict[object, Rules] = {}
        self._asking: dict[object, object] = {}
        self._free_at: dict[object, float] = {}
        self.pages: dict[str, tuple[str, str]] = {}

    def work(self, begin: Begin, end: End) -> None:
        """Draws URLs until there are none."""
        line = Line(self._shared)
        connections = Connections(line)
        origins: set[object] = set()
        while (entry := self._crawl.draw()) is not None:
            origins.add(entry.target.origin)
            if len(origins) > _MOST_ORIGINS:
                connections.close()
                origins = {entry.target.origin}
            found = None
            try:
                found = self._one(entry, line, connections, begin, end)
            except HttpeekError as error:
                found = _failed(entry, error.failure)
                self._tell(end, found)
            finally:
                # KeyboardInterrupt too: whoever waits has to know
                self._crawl.done(entry, found or _failed(entry, Failure(INTERRUPTED, "interrupted", "stopped")))
        connections.close()

    def _one(self, entry: Entry, line: Line, connections: Connections, begin: Begin, end: End) -> Found:
        order, origin = self._order, entry.target.origin
        typed = not (entry.depth or entry.beyond or entry.hops)
        rules = robots.Rules()
        if order.scope.robots and (not typed or origin in self._rules):
            rules = self._robots(entry.target, line, connections)
            if not typed and not rules.allow(entry.target.path):
                return Found(settled(entry.target.url), skipped="robots.txt")
        self._wait_turn(origin, rules.delay)
        if order.spider:
            return self._spied(entry, line, connections)
        if not kept(order.scope, entry.target):
            return self._read_only(entry, line, connections, end)
        return self._saved(entry, line, connections, begin, end)

    # Manners

    def _robots(self, target: Target, line: Line, connections: Connections) -> Rules:
        """What the origin asks of robots; asked for once, whoever comes first."""
        with self._lock:
            lock = self._asking.setdefault(target.origin, allocate_lock())
        with lock:  # type: ignore[attr-defined]  # a lock of _thread
            rules = self._rules.get(target.origin)
            if rules is None:
                rules = self._rules[target.origin] = self._fetch_robots(target, line, connections)
        return rules

    def _fetch_robots(self, target: Target, line: Line, connections: Connections) -> Rules:
        where = target._replace(path="/robots.txt")
        for _ in range(robots.REDIRECTS + 1):
            seen = look(
                *(self._order.ask(where), "GET", line, connections, self._shared, self._order.policy),
                lambda head: head.status == 200,
                robots.LARGEST,
            )
            if seen.failure is not None and seen.failure.code == INTERRUPTED:
                raise HttpeekError(seen.failure)
            if seen.failure is not None or seen.head is None or seen.head.status >= 500:
                return robots.NOTHING
            location = _location(where, seen.head)
            if location is None:
                return robots.rules(seen.octets) if seen.head.status == 200 else robots.Rules()
            where = location
        return robots.Rules()  # RFC 9309 section 2.3.1.2: as if there were none

    def _wait_turn(self, origin: object, delay: float) -> None:
        pace = self._order.pace
        asked = pace.delay
        if asked and pace.random:
            from random import uniform

            asked *= uniform(0.5, 1.5)  # nobody gains by guessing it
        delay = max(delay, asked)
        with self._lock:
            now = monotonic()
            turn = max(now, self._free_at.get(origin, now))
            self._free_at[origin] = turn + delay
        if turn > now:
            rest(turn - now, self._shared.check)

    # Saved

    def _saved(self, entry: Entry, line: Line, connections: Connections, begin: Begin, end: End) -> Found:
        order = self._order
        path = self._names.of(entry.target)
        known = self._journal.of(entry.key)
        if known is not None:
            path = known.file
        elif order.adjust and os.path.lexists(os.path.join(order.root, f"{path}.html")):
            path = f"{path}.html"
        directory = directory_for(order.root, path)
        existing, asks = self._existing(os.path.join(order.root, path), known)
        wish = Wish(
            *(entry.target.url, "", directory, existing, order.resume),
            *(path.rpartition("/")[2], order.adjust and known is None),
        )
        asking = order.ask(entry.target)
        fields = asking.fields._replace(fields=(*asking.fields.fields, *asks))
        fetch = Fetch(
            Job(entry.target.url, wish, asking.make, fields, has=asking.has), order.policy, line, self._shared
        )
        begin(fetch)
        ending = fetch.run(connections)
        head = fetch.taker.head
        location = _location(entry.target, fetch.taker.refusal) if fetch.taker.refusal is not None else None
        if location is not None and ending.code == STATUS_3XX:
            ending = settled(entry.target.url, f"leads to {location.url}")
        elif ending.code not in (DONE, INTERRUPTED) and entry.holders:
            ending = ending._replace(failure=f"{ending.failure} (linked from {self._holder(entry)})")
        end(fetch, ending)
        status = head.status if head is not None else 0
        if ending.code or location is not None:
            return Found(ending, status, location)
        file = os.path.relpath(ending.file, order.root or ".")
        return self._taken(entry, ending, head if status == 200 or status == 206 else None, file, known)

    def _existing(self, path: str, known: Known | None) -> tuple[str, tuple[tuple[bytes, bytes], ...]]:
        """What is done where the file is there already, and what is asked with."""
        order = self._order
        if known is not None and order.existing in ("", NEWER):
            may_ask = known.etag or known.modified
            if order.existing == NEWER or (order.resume and may_ask):
                return NEWER, ((b"If-None-Match", known.etag.encode("latin-1")),) if known.etag else ()
            return SKIP, ()
        if order.existing == NEWER and order.converts and kind_of("", path):
            return OVERWRITE, ()  # its links may be rewritten, and nobody knows what they were
        if not order.existing and not order.resume:
            return SKIP, ()
        return order.existing or NUMBER, ()

    def _taken(self, entry: Entry, ending: Ending, head: ResponseHead | None, file: str, known: Known | None) -> Found:
        """A file that is there is read for its links, and kept in mind."""
        fresh = head is not None and (not ending.said.startswith("is ") or ending.said == "is whole already")
        media = known.media if known is not None else ""
        if head is not None:
            media = first(head.fields, b"content-type").decode("latin-1")
        path = os.path.join(self._order.root, file)
        octets = _beginning(path)
        kind = kind_of(media, os.path.basename(file), octets)
        found = Found(ending, head.status if head is not None else 304, None, file, kind)
        if fresh and head is not None:
            known = Known(
                *(file, 0, 0, _text(head, b"etag"), _text(head, b"last-modified"), media),
            )
            self._journal.add(entry.key, known)
        if not kind:
            return found
        self.pages[entry.key] = (kind, media)
        if not self._may_follow(entry):
            return found
        document = read(kind, octets, entry.target, charset(media))
        if known is not None and known.links is not None:
            document = remembered(document, known.links)
        return _with(found, document, head)

    def _may_follow(self, entry: Entry) -> bool:
        return follows(self._order.scope, STYLE, entry.depth, entry.beyond)

    def _holder(self, entry: Entry) -> str:
        return self._crawl.entries[entry.holders[0].page].target.url if entry.holders else ""

    # Only looked at

    def _look(self, entry: Entry, method: str, line: Line, connections: Connections) -> Seen:
        return look(
            *(self._order.ask(entry.target), method, line, connections, self._shared, self._order.policy),
            lambda head: head.status == 200 and kind_of(_text(head, b"content-type")) in (HTML, CSS),
            PARSED,
        )

    def _read_only(self, entry: Entry, line: Line, connections: Connections, end: End) -> Found:
        """A page that is read for its links and not kept: its name is not accepted."""
        found = self._seen(entry, self._look(entry, "GET", line, connections), "read for its links, not kept")
        self._tell(end, found)
        return found

    def _spied(self, entry: Entry, line: Line, connections: Connections) -> Found:
        may_follow = self._may_follow(entry)
        by_get = may_follow and _may_be_page(entry)
        seen = self._look(entry, "GET" if by_get else "HEAD", line, connections)
        head = seen.head
        if not by_get and seen.failure is None and head is not None:
            page = head.status == 200 and kind_of(_text(head, b"content-type"))
            if head.status in _REFUSES_HEAD or (page and may_follow):
                again = self._look(entry, "GET", line, connections)
                seen = again._replace(arrived=again.arrived + seen.arrived)
        return self._seen(entry, seen)

    def _seen(self, entry: Entry, seen: Seen, said: str = "") -> Found:
        if seen.failure is not None or seen.head is None:
            failure = seen.failure or Failure(DONE, "receive", "no answer")
            return _failed(entry, failure, seen.arrived)
        head = seen.head
        location = _location(entry.target, head)
        ending = settled(entry.target.url, said, seen.arrived)
        if location is not None:
            return Found(ending._replace(said=f"leads to {location.url}"), head.status, location)
        if head.status >= 300:
            reason = f"{head.status} {head.reason.decode('latin-1')}".rstrip()
            code = min(5, max(STATUS_3XX, head.status // 100))
            if entry.holders and not self._order.spider:
                reason += f" (linked from {self._holder(entry)})"
            return Found(ending._replace(file="", code=code, failure=reason, said=""), head.status)
        media = _text(head, b"content-type")
        kind = kind_of(media) if seen.octets else ""
        found = Found(ending, head.status, None, "", kind)
        if not kind or not self._may_follow(entry):
            return found
        return _with(found, read(kind, seen.octets, entry.target, charset(media)), head)

    def _tell(self, end: End, found: Found) -> None:
        """What no transfer was shown of is told all the same."""
        if not self._order.spider:
            end(None, found.ending)


def _failed(entry: Entry, failure: Failure, arrived: int = 0) -> Found:
    return Found(Ending(entry.target.url, "", arrived, 0, 0, failure.code, failure.sentence))


def _with(found: Found, document: Document, head: ResponseHead | None) -> Found:
    nofollow = document.nofollow or (head is not None and says_nofollow(values(head.fields, b"x-robots-tag")))
    return found._replace(links=document.links, ids=document.ids, nofollow=nofollow)


def says_nofollow(said: list[bytes]) -> bool:
    """What X-Robots-Tag says to all robots, or to httpeek: `nofollow`, `none`, `httpeek: nofollow`."""
    for value in said:
        name = ""
        for rule in value.decode("latin-1").lower().split(","):
            before, colon, behind = rule.partition(":")
            if colon and before.strip() not in ("unavailable_after", "max-snippet", "max-image-preview"):
                name, rule = before.strip(), behind
            if name in ("", "*", robots.TOKEN) and rule.strip() in ("nofollow", "none"):
                return True
    return False


def charset(media: str) -> str:
    """The charset parameter of a media type; "" where it has none."""
    for parameter in media.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""


def remembered(document: Document, urls: tuple[str, ...]) -> Document:
    """A page whose links were rewritten, with the links that it had before: as many as it has now."""
    if len(urls) != len(document.links):
        return document
    links = []
    for link, url in zip(document.links, urls, strict=True):
        where, mark, fragment = url.partition("#")
        address = link.address._replace(target=parse(where), fragment=mark + fragment)
        links.append(link._replace(address=address))
    return document._replace(links=tuple(links))


def _location(target: Target, head: ResponseHead) -> Target | None:
    if head.status not in REDIRECTS:
        return None
    said = first(head.fields, b"location")
    return location_of(target, said.decode("utf-8", "surrogateescape")) if said else None


def _text(head: ResponseHead, name: bytes) -> str:
    return first(head.fields, name).decode("latin-1").strip()


def _may_be_page(entry: Entry) -> bool:
    """Whether a link may lead to a page, by what it is for and by its name."""
    if entry.use == STYLE:
        return True
    name = file_name(entry.target).lower()
    return entry.use in ("page", "frame") and ("." not in name or name.endswith(_PAGES))


def _beginning(path: str) -> bytes:
    """As much of a file as is read for links."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    with open(descriptor, "rb") as file:
        return file.read(PARSED)
