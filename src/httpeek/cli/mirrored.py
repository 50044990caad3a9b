"""What was typed about mirrors and spiders (`download -r`, `-p`'s long name, `--spider`), as an order for
`download.crawler`, and what is said in the end."""

from __future__ import annotations

from httpeek.cli.say import say
from httpeek.client.agent import Has
from httpeek.client.complete import Wish
from httpeek.download import journal as journals
from httpeek.download import spider
from httpeek.download.batch import at_once
from httpeek.download.convert import convert
from httpeek.download.crawler import Crawler, Order
from httpeek.download.look import Asking
from httpeek.download.mirror import Crawl
from httpeek.download.paths import Layout, Names
from httpeek.download.place import NEWER, NUMBER
from httpeek.download.scope import Scope
from httpeek.model.codes import CHECK_FAILED, INTERRUPTED, HttpeekError, usage
from httpeek.model.target import ascii_host
from httpeek.record.store import state_directory
from httpeek.record.suspect import is_secret_name
from httpeek.render.transfers import Ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.cli.commands.download import Done
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.client.cookies import Jar
    from httpeek.download.batch import Begin, End, Pace
    from httpeek.download.fetch import Job, Policy
    from httpeek.download.line import Shared
    from httpeek.model.plan import Plan
    from httpeek.model.target import Target
    from httpeek.render.screen import Screen

    Plans = Callable[[Target], Callable[[Wish], Plan]]
    Work = Callable[[Shared, Begin, End], Done]

_NOT_WITH = ("output", "checksum", "data", "body-type", "method")
"""Options of one file that say nothing of many."""


def mirror(
    typed: Typed,
    environment: Environment,
    screen: Screen,
    targets: Sequence[Target],
    jobs: Sequence[Job],
    plans: Plans,
    policy: Policy,
    pace: Pace,
) -> Work:
    """What carries a mirror or a spider out. Raises HttpeekError (USAGE) for options that do not go together."""
    _refuse(typed, plans(targets[0])(Wish()).method)
    order = _order(typed, targets, jobs, plans, policy, pace)
    as_json = typed.options.get("as", "pretty") == "json"

    def work(shared: Shared, begin: Begin, end: End) -> Done:
        from httpeek.cli.commands.download import Done

        journal = _journal(typed, environment)
        names = Names(_layout(typed), journal.names())
        begun = (lambda target: None) if order.spider else names.of
        crawl = Crawl(targets, order.scope, typed.number("max-redirects"), pace.quota, shared, begun)
        crawler = Crawler(order, crawl, names, journal, shared)
        at_once(pace.jobs, shared, crawler.work, begin, end)
        notes = list(crawl.notes)
        results = list(crawl.endings())
        if order.converts and not shared.stopped:
            results += _converted(order, crawl, crawler, journal, shared, notes)
        journal.close()
        notes += [journal.note] if journal.note else []
        for note in notes if typed.number("quiet") < 1 else ():
            shared_note(screen, note)
        if order.spider:
            return _spied(typed, screen, crawl, results, as_json)
        return Done(results, None, _counted(crawl))

    return work


def shared_note(screen: Screen, text: str) -> None:
    """A note whose URLs came from a page."""
    from httpeek.render.terminal import visible_line

    screen.note(visible_line(text))


def _converted(
    order: Order, crawl: Crawl, crawler: Crawler, journal: journals.Journal, shared: Shared, notes: list[str]
) -> list[Ending]:
    """Has the links rewritten; a result where that failed."""
    try:
        count, left = convert(order.root, crawl, crawler.pages, journal, shared.check)
    except HttpeekError as error:
        return [Ending("--convert-links", "", 0, 0, 0, error.code, error.failure.sentence)]
    except KeyboardInterrupt:
        shared.stopped = True
        return [Ending("--convert-links", "", 0, 0, 0, INTERRUPTED, "stopped before all links were rewritten")]
    notes += [*left, f"the links of {count} pages were rewritten"] if count or left else []
    return []


def _spied(typed: Typed, screen: Screen, crawl: Crawl, results: list[Ending], as_json: bool) -> Done:
    from httpeek.cli.commands.download import Done

    report = spider.report(crawl)
    say(spider.as_json(report, screen.out_tty) if as_json else spider.as_text(report, str))
    stopped = next((result.code for result in results if result.failure.startswith("not begun")), None)
    code = CHECK_FAILED if report.broken else stopped or 0
    return Done([result for result in results if result.failure.startswith("not begun")], code)


def _counted(crawl: Crawl) -> str:
    """What a mirror came to, in numbers."""
    saved = sum(1 for entry in crawl.entries if entry.found is not None and entry.found.file)
    failed = sum(1 for entry in crawl.entries if entry.found is not None and entry.found.ending.code)
    reasons: dict[str, int] = {}
    skipped = [entry.found.skipped for entry in crawl.entries if entry.found is not None and entry.found.skipped]
    for why in (*crawl.refused.values(), *skipped):
        reasons[why] = reasons.get(why, 0) + 1
    left = "; left out: " + ", ".join(f"{count} {why}" for why, count in sorted(reasons.items())) if reasons else ""
    return f"{saved} files, {failed} failed{left}"


# What was typed


def _refuse(typed: Typed, method: str) -> None:
    said = next((name for name in _NOT_WITH if typed.options.get(name)), None)
    if said is not None:
        raise usage(f"--{said} is of one file; a mirror has many (-P names their directory)")
    if method != "GET":
        raise usage(f"a mirror asks by GET, not by {method}")
    if typed.options.get("as", "pretty") not in ("pretty", "json"):
        raise usage("--as of a download is json, for the report of --spider")
    if typed.flag("spider") and typed.flag("convert-links"):
        raise usage("--spider saves nothing whose links --convert-links could rewrite")


def _level(typed: Typed) -> int | None:
    """The last level; None for no end."""
    if not (typed.flag("recursive") or typed.flag("mirror")):
        return 0
    text = typed.text("level")
    if "level" not in typed.options and typed.flag("mirror"):
        return None
    if text in ("inf", "0"):
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise usage(f"-l takes a number of levels, or inf, not {text}")
    return int(text)


def _scope(typed: Typed) -> Scope:
    return Scope(
        level=_level(typed),
        requisites=typed.flag("page-requisites"),
        parent=typed.flag("parent"),
        span=typed.flag("span-hosts"),
        domains=tuple(ascii_host(name.lower().strip(".")) for name in _listed(typed, "domains")),
        exclude_domains=tuple(ascii_host(name.lower().strip(".")) for name in _listed(typed, "exclude-domains")),
        accept=_listed(typed, "accept"),
        reject=_listed(typed, "reject"),
        exclude_directories=_listed(typed, "exclude-directories"),
        robots=typed.flag("robots"),
    )


def _listed(typed: Typed, name: str) -> tuple[str, ...]:
    """The words of lists with commas, however often the option was given."""
    return tuple(word.strip() for text in typed.texts(name) for word in text.split(",") if word.strip())


def _layout(typed: Typed) -> Layout:
    return Layout(
        hosts=typed.flag("host-directories"),
        cut=typed.number("cut-dirs"),
        flat=not typed.flag("directories"),
        adjust=typed.flag("adjust-extension"),
    )


def _journal(typed: Typed, environment: Environment) -> journals.Journal:
    root = typed.text("directory")
    kept = not typed.flag("spider")
    path = journals.path_for(state_directory(environment.variables), root) if kept else ""
    journal = journals.Journal(root, path)
    journal.open()
    return journal


def _order(
    typed: Typed, targets: Sequence[Target], jobs: Sequence[Job], plans: Plans, policy: Policy, pace: Pace
) -> Order:
    existing = jobs[0].wish.existing
    if existing == NUMBER:
        existing = NEWER if typed.flag("mirror") else ""
    return Order(
        root=typed.text("directory"),
        scope=_scope(typed),
        policy=policy,
        pace=pace,
        ask=_Asks(targets, jobs, plans, pace.jobs).ask,
        existing=existing,
        resume=typed.flag("continue"),
        spider=typed.flag("spider"),
        converts=typed.flag("convert-links"),
        adjust=typed.flag("adjust-extension"),
    )


class _Asks:
    """How URLs are asked for: with what was typed for their origin, and with nothing secret at any other."""

    def __init__(self, targets: Sequence[Target], jobs: Sequence[Job], plans: Plans, workers: int) -> None:
        self._by_origin = dict(reversed([(t.origin, (t, j)) for t, j in zip(targets, jobs, strict=True)]))
        self._typed = {job.url: job for job in jobs}
        self._fields = jobs[0].fields
        self._plans = plans
        self._jar = _jar(jobs) if workers == 1 else None

    def ask(self, target: Target) -> Asking:
        """How a URL is asked for."""
        job = self._typed.get(target.url)
        if job is not None:
            return Asking(job.make, job.fields, self._with_jar(job.has))
        near = self._by_origin.get(target.origin)
        if near is None:
            fields = tuple(field for field in self._fields.fields if not is_secret_name(field[0].lower()))
            plan = self._plans(target)
            return Asking(plan, self._fields._replace(fields=fields), self._with_jar(self._stranger()))
        start, job = near
        target = target._replace(user=start.user, password=start.password, unix=start.unix)
        return Asking(self._plans(target), job.fields, self._with_jar(job.has))

    def _stranger(self) -> Has | None:
        """What another origin than those typed gets of cookies; credentials it gets none."""
        return None

    def _with_jar(self, has: Has | None) -> Has | None:
        if self._jar is None or (has is not None and has.jar is not None):
            return has
        return (has or Has())._replace(jar=self._jar)


def _jar(jobs: Sequence[Job]) -> Jar:
    """The cookies of a session or file that was named, or a jar for as long as the crawl takes (as wget's)."""
    from httpeek.client.cookies import Jar

    given = next((job.has.jar for job in jobs if job.has is not None and job.has.jar is not None), None)
    return given or Jar()
