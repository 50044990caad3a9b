"""The report of `--spider`: which links are broken, and which page holds each at which line; as text and as JSON.

Rules: a link is broken when what it leads to, behind its redirects, is a 4xx or 5xx, or there is no answer at all. A
fragment that names nothing on its page is a note. URLs came from pages: they are escaped for the terminal.
"""

from __future__ import annotations

from httpeek.download.mirror import HOLDERS
from httpeek.model.codes import INTERRUPTED
from httpeek.model.nouns import Noun
from httpeek.model.target import unquote
from httpeek.render.terminal import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.download.mirror import Crawl, Entry, Holder

SCHEMA = "httpeek-spider/1"


class Broken(Noun):
    """A broken link: `status` of the response (0: there was none), `failure` in one sentence, and the places that hold
    it as (URL of the page, line). `through` are URLs that redirect to it."""

    url: str
    status: int
    code: int
    failure: str
    holders: tuple[tuple[str, int], ...]
    through: tuple[str, ...]


class Report(Noun):
    """What a spider found. `checked` counts the URLs that were asked for, `refused` those that were not, by the reason;
    `missing` are fragments that name nothing: the URL with the fragment, the page that says so, and the line."""

    checked: int
    broken: tuple[Broken, ...]
    missing: tuple[tuple[str, str, int], ...]
    refused: dict[str, int]
    notes: tuple[str, ...]


def report(crawl: Crawl) -> Report:
    """What a crawl found."""
    through: dict[str, list[str]] = {}
    for entry in crawl.entries:
        if entry.alias:
            end = crawl.answered(entry.key)
            if end is not None:
                through.setdefault(end.key, []).append(entry.target.url)
    broken = []
    checked = 0
    refused: dict[str, int] = {}
    for entry in crawl.entries:
        found = entry.found
        if found is None or found.skipped:
            if found is not None:
                refused[found.skipped] = refused.get(found.skipped, 0) + 1
            continue
        checked += 1
        if found.ending.code and found.ending.code != INTERRUPTED:
            places = tuple(_place(crawl, holder) for holder in entry.holders)
            ending = found.ending
            broken.append(
                Broken(
                    *(entry.target.url, found.status, ending.code, ending.failure, places),
                    tuple(through.get(entry.key, ())),
                )
            )
    for why in crawl.refused.values():
        refused[why] = refused.get(why, 0) + 1
    return Report(checked, tuple(broken), tuple(_missing(crawl)), refused, tuple(crawl.notes))


def _place(crawl: Crawl, holder: Holder) -> tuple[str, int]:
    return crawl.entries[holder.page].target.url, holder.line


def _missing(crawl: Crawl) -> list[tuple[str, str, int]]:
    """The fragments that name no place on the page that answers."""
    found = []
    for entry in crawl.entries:
        page = crawl.answered(entry.key)
        if not entry.fragments or page is None or page.found is None or page.found.kind != "html":
            continue
        if not page.found.ids and not page.found.status:
            continue
        for fragment, holder in entry.fragments:
            if not _names_something(fragment, page):
                found.append((f"{entry.target.url}#{fragment}", *_place(crawl, holder)))
    return found


def _names_something(fragment: str, page: Entry) -> bool:
    """Whether a fragment names a place (HTML 7.4.6.4). "top" always does, and what begins with ":~:" or "!" is for a
    program."""
    assert page.found is not None
    fragment = fragment.partition(":~:")[0]
    if not fragment or fragment.lower() == "top" or fragment[0] in "!/":
        return True
    return fragment in page.found.ids or unquote(fragment) in page.found.ids


def as_text(said: Report, hide: Callable[[str], str]) -> str:
    """The report for a person."""
    lines = []
    for one in said.broken:
        lines.append(f"{one.url}: {one.failure}")
        lines += [f"  {url}:{line}" for url, line in one.holders]
        if len(one.holders) == HOLDERS:
            lines.append("  and perhaps more")
        lines += [f"  by the redirect of {url}" for url in one.through]
    for url, page, line in said.missing:
        lines.append(f"note: {url}: nothing has this name")
        lines.append(f"  {page}:{line}")
    words = f"{said.checked} URLs checked, {len(said.broken)} broken"
    if said.refused:
        words += "; not followed: " + ", ".join(f"{n} {why}" for why, n in sorted(said.refused.items()))
    lines.append(words)
    return "".join(f"{visible_line(hide(line))}\n" for line in lines)


def as_json(said: Report, indented: bool) -> str:
    """The report for a program, one object."""
    import json

    whole = {
        "schema": SCHEMA,
        "checked": said.checked,
        "broken": [
            {
                "url": one.url,
                "status": one.status or None,
                "exit": one.code,
                "failure": one.failure,
                "holders": [{"page": url, "line": line} for url, line in one.holders],
                "redirected_from": list(one.through),
            }
            for one in said.broken
        ],
        "missing_fragments": [{"url": url, "page": page, "line": line} for url, page, line in said.missing],
        "not_followed": said.refused,
        "notes": list(said.notes),
    }
    return json.dumps(whole, indent=4 if indented else None) + "\n"
