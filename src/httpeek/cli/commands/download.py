"""`httpeek download URL...` and `httpeek -d [METHOD] URL [ITEM...]`: what was typed becomes jobs.

The exit code is that of the first file that failed; with several files a list at the end names them all.
"""

from __future__ import annotations

import os
import sys
from functools import partial

from httpeek.api import AGENT, at_companion
from httpeek.cli.options import BY_NAME
from httpeek.cli.policies import is_recorded, may_have_state, may_hold_data, method_of, plan_of, proxies_of
from httpeek.cli.say import error_lines, say
from httpeek.client.complete import Wish, complete
from httpeek.download import place
from httpeek.download.batch import Pace
from httpeek.download.batch import run as run_all
from httpeek.download.fetch import Job, Policy
from httpeek.download.integrity import Expected, known, listed, written
from httpeek.download.limit import Limit
from httpeek.download.line import Shared
from httpeek.download.selected import Selected
from httpeek.download.stop import Stop
from httpeek.model.codes import CHECK_FAILED, DONE, INTERRUPTED, READ_FAILED, Failure, HttpeekError, usage
from httpeek.model.message import has
from httpeek.model.nouns import Noun
from httpeek.model.target import parse, with_query
from httpeek.record.recorder import Recorder
from httpeek.render import transfers
from httpeek.render.screen import Screen
from httpeek.render.terminal import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.cli.body import Content
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.client.agent import Has
    from httpeek.download.batch import Begin, End
    from httpeek.model.message import Fields
    from httpeek.model.plan import Plan
    from httpeek.model.proxy import ProxyPolicy
    from httpeek.model.target import Target
    from httpeek.server.embedded import Embedded

_WITH_D = ("download", "method", "check-status")
"""Options that belong to `-d` alone, or say what holds anyway."""
CRAWLING = ("recursive", "mirror", "page-requisites", "spider")
"""Options that make a crawl of a download."""
_LARGEST_LIST = 16 * 1024 * 1024
"""Octets of a list of checksums that is fetched."""


class Asked(Noun):
    """What holds for every URL: the method, the fields, the query, the body, and the proxies."""

    method: str
    wish: Wish
    pairs: list[tuple[str, str]]
    body: Content | None
    proxies: ProxyPolicy | None
    watched: bool
    notes: tuple[str, ...] = ()


def run(typed: Typed, environment: Environment) -> int:
    """Fetches every URL that was typed; returns the exit code. Raises HttpeekError (USAGE) before anything is sent."""
    if typed.further:
        raise usage("-d with --next: a download is one request; httpeek download takes several URLs")
    _of_downloads(typed)
    urls = _urls(typed)
    screen = Screen.detect(environment.variables, typed.text("color"), typed.flag("plain"))
    asked = _asked(typed, environment, screen.err_tty)
    targets = [_target(typed, url, asked) for url in urls]
    if typed.text("output") and len(urls) > 1 and typed.text("output") != "-":
        raise usage(f"-o names one file, and there are {len(urls)} URLs: -P names a directory")
    companion = _companion(typed, environment, targets)
    try:
        targets = [at_companion(t, companion.address) if t.companion and companion else t for t in targets]
        jobs, notes = _jobs(typed, environment, asked, targets)
        if typed.number("quiet") < 1:
            for note in dict.fromkeys((*asked.notes, *notes)):
                screen.note(note)
        place.prepare(typed.text("directory"))
        plan = _plan(typed, asked, targets[0])
        return _carry_out(typed, environment, screen, _task(typed, environment, screen, plan, targets, jobs))
    finally:
        if companion is not None:
            companion.close()


class Done(Noun):
    """What a task made: how each URL ended, the exit code (None: that of the first failure), and what the summary says
    in place of counting files."""

    results: Sequence[transfers.Ending]
    code: int | None = None
    said: str = ""


class Task(Noun):
    """What is to be done: `work` does it, with what all share and whom to tell of each file; `many` says that there may
    be several."""

    work: Callable[[Shared, Begin, End], Done]
    many: bool


def _task(
    typed: Typed, environment: Environment, screen: Screen, plan: Plan, targets: Sequence[Target], jobs: Sequence[Job]
) -> Task:
    """The files that were named, or a site."""
    policy, pace = _policy(typed), _pace(typed)
    if not any(typed.flag(name) for name in CRAWLING):
        return Task(lambda *told: Done(run_all(jobs, policy, pace, *told)), len(jobs) > 1)
    from httpeek.cli.mirrored import mirror

    def plans(target: Target) -> Callable[[Wish], Plan]:
        return partial(_maker(plan, b"*/*"), target)

    return Task(mirror(typed, environment, screen, targets, jobs, plans, policy, pace), True)


def _carry_out(typed: Typed, environment: Environment, screen: Screen, task: Task) -> int:
    quiet = typed.number("quiet")
    hide = _hider(typed, environment)
    show = transfers.Transfers(screen, _progress(typed, screen), quiet, task.many, hide)
    recorder = Recorder(environment.variables, typed.text("record")) if is_recorded(typed, environment) else None
    shared = Shared([show, *([Selected(recorder)] if recorder is not None else [])], show.tick)

    def end(fetch: transfers.Transfer | None, result: transfers.Ending) -> None:
        show.end(fetch, result)
        if result.code:
            _tell(result, typed, environment, hide)
        elif result.checksums:
            say("".join(f"{line}\n" for line in result.checksums))

    with Stop(shared) as stop:
        done = task.work(shared, show.begin, end)
        shared.finish()
        if recorder is not None and recorder.note and quiet < 1:
            screen.note(recorder.note)
        _summary(done, screen, quiet, hide)
    stop.again()
    return next((result.code for result in done.results if result.code), DONE) if done.code is None else done.code


def _hider(typed: Typed, environment: Environment) -> Callable[[str], str]:
    """What masks secrets in lines on stderr: under CI=true they end in a log that many can read."""
    if not environment.ci or typed.flag("reveal"):
        return str
    from httpeek.record.masks import Masker, key

    return Masker(key(environment.variables)).text


def _tell(result: transfers.Ending, typed: Typed, environment: Environment, hide: Callable[[str], str]) -> None:
    """Says why a file failed and, where something of it was kept, how to go on."""
    if sys.stderr is None:
        return
    failure, more = _failure(result, typed)
    failure = failure._replace(sentence=hide(failure.sentence))
    sys.stderr.write(error_lines(failure, sys.stderr, environment.variables) + hide(more))
    sys.stderr.flush()


def _failure(result: transfers.Ending, typed: Typed) -> tuple[Failure, str]:
    """The failure of a file, and the line behind it."""
    stopped = result.code == INTERRUPTED
    sentence = result.failure if stopped else f"{visible_line(result.url)}: {result.failure}"
    if not result.kept:
        return Failure(result.code, "download", sentence), ""
    there = transfers.amounts(result.size, result.total) if result.total else transfers.amount(result.size)
    if result.code == CHECK_FAILED and result.size == result.total:
        return Failure(result.code, "download", f"{sentence}; {result.kept} has it and is not used again"), ""
    kept = f"stopped at {there}, kept {result.kept}" if stopped else f"{sentence}; kept {there} in {result.kept}"
    return Failure(result.code, "download", f"{kept}; go on with:"), f"  {_again(result, typed)}\n"


def _again(result: transfers.Ending, typed: Typed) -> str:
    import shlex

    words = ["httpeek", "download", "-c"]
    for name, letter in (("output", "-o"), ("directory", "-P")):
        if typed.text(name):
            words += [letter, typed.text(name)]
    if typed.number("segments") > 1:
        words += ["--segments", str(typed.number("segments"))]
    return shlex.join([*words, result.url])


def _summary(done: Done, screen: Screen, quiet: int, hide: Callable[[str], str]) -> None:
    """The list at the end, where several files were asked for."""
    results = done.results
    failed = [result for result in results if result.code]
    if (len(results) < 2 and not done.said) or (quiet and not failed) or quiet > 1:
        return
    octets = transfers.amount(sum(max(0, result.size - result.began) for result in results))
    counted = f"{len(results)} files: {len(results) - len(failed)} done, {len(failed)} failed"
    screen.err(f"-- {done.said or counted}, {octets}")
    for result in failed:
        screen.err(f"--   ({result.code}) {visible_line(hide(result.url))}: {visible_line(hide(result.failure))}")


# What was typed


def _of_downloads(typed: Typed) -> None:
    """Raises HttpeekError (USAGE) for an option of requests that are shown, which `-d` lets through the parser."""
    for name in typed.options:
        option = BY_NAME.get(name)
        foreign = option is not None and "download" not in option.commands and name not in _WITH_D
        if foreign or (name == "as" and not any(typed.flag(one) for one in CRAWLING)):
            raise usage(f"--{name} has no part in a download; httpeek show @last shows its exchange in any view")


def _urls(typed: Typed) -> list[str]:
    if not typed.command:
        return [typed.url]
    urls = list(typed.arguments)
    if typed.text("input"):
        urls += _list(typed.text("input"))
    if not urls:
        raise usage("a URL is missing: httpeek download URL ..., or -i LIST")
    return urls


def _list(name: str) -> list[str]:
    """The URLs of a list. Raises HttpeekError (READ_FAILED)."""
    try:
        with open(0 if name == "-" else name, "rb", closefd=name != "-") as file:
            octets = file.read()
    except OSError as error:
        raise HttpeekError(
            Failure(READ_FAILED, "read", f"{name} cannot be read: {(error.strerror or '').lower()}")
        ) from None
    lines = octets.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def _asked(typed: Typed, environment: Environment, watched: bool) -> Asked:
    wish, body, pairs = Wish(), None, list[tuple[str, str]]()
    items = typed.items if not typed.command else typed.texts("item")
    if items or typed.has("data") or typed.has("body-type"):
        from httpeek.cli.asked import asked

        wish, pairs, body = asked(typed._replace(items=items))
    has_content = body is not None and body.content is not None
    notes: list[str] = []
    if not typed.command and not has_content and not typed.flag("ignore-stdin") and may_hold_data(0):
        from httpeek.cli.body import from_stdin

        found, note = from_stdin(typed.method or "GET", typed.text("body-type"))
        body = found or body
        notes += [note] if note else []
        has_content = body is not None and body.content is not None
    if body is not None or typed.flag("chunked"):
        from httpeek.cli.asked import framed

        body, wish = framed(typed, body, wish, True)
    method = method_of(typed, has_content)
    return Asked(method, wish, pairs, body, proxies_of(typed, environment), watched, tuple(notes))


def _target(typed: Typed, url: str, asked: Asked) -> Target:
    return with_query(parse(url, typed.text("default-scheme"), typed.flag("path-as-is")), asked.pairs)


def _companion(typed: Typed, environment: Environment, targets: Sequence[Target]) -> Embedded | None:
    """The server inside, where a URL without a host asks for it. Raises HttpeekError (USAGE) where nobody said so."""
    without = next((target for target in targets if target.companion), None)
    if without is None:
        return None
    if not typed.flag("companion"):
        raise usage(f'"{without.path}" has no host (is a variable empty?); --companion asks the built-in server')
    from httpeek.server.embedded import Embedded

    return Embedded()


def _existing(typed: Typed) -> str:
    said = [name for name in ("overwrite", "skip-existing", "newer") if typed.flag(name)]
    if len(said) > 1:
        raise usage(f"--{said[0]} and --{said[1]} say different things of a file that is there")
    return (
        {"overwrite": place.OVERWRITE, "skip-existing": place.SKIP, "newer": place.NEWER}[said[0]]
        if said
        else place.NUMBER
    )


def _jobs(
    typed: Typed, environment: Environment, asked: Asked, targets: Sequence[Target]
) -> tuple[list[Job], list[str]]:
    """A job for each target, and what is to be said before anything is sent."""
    plan = _plan(typed, asked, targets[0])
    accept = asked.body.accept if asked.body is not None else b"*/*"
    checksum, sums = _checksums(typed, plan)
    wish = place.Wish("", typed.text("output"), typed.text("directory"), _existing(typed), typed.flag("continue"))
    jobs: list[Job] = []
    notes: list[str] = []
    known: list[Has] = []
    with_state = may_have_state(typed, environment)
    make = _maker(plan, accept)
    named = [checksum] if checksum is not None else (sums or {}).values()
    algorithms = frozenset(expected.algorithm for expected in named)
    for target in targets:
        fields, has = asked.wish, None
        if with_state:
            from httpeek.cli.state import state

            kept = state(typed, environment, target, asked.wish, known)
            if kept.has.keeper is not None and typed.number("jobs") > 1:
                raise usage("--jobs with a session or --cookies: what one file's response sets is for the next one")
            fields, has = kept.wish, kept.has
            known.append(has)
            notes += kept.notes
            if not kept.keeps_userinfo:
                target = target._replace(user=None, password=None)
            kept.begin(target)
        url = target.url
        made = partial(make, target)
        jobs.append(Job(url, wish._replace(url=url), made, fields, checksum, sums, has, algorithms))
    return jobs, notes


def _maker(plan: Plan, accept: bytes) -> Callable[[Target, Wish], Plan]:
    """What makes the plan for a request to a target, from the one that holds for all."""
    latest: tuple[object, Fields] = (None, ())  # of many files most are asked for with the same fields

    def make(target: Target, wish: Wish) -> Plan:
        nonlocal latest
        same = (wish, target.authority, target.user, target.password)
        before, fields = latest
        if before != same:
            fields = fields_for(target, wish)
            latest = (same, fields)
        return plan._replace(target=target, fields=fields)

    def fields_for(target: Target, wish: Wish) -> Fields:
        if not has(wish.fields, b"accept-encoding") and b"accept-encoding" not in wish.removed:
            wish = wish._replace(fields=(*wish.fields, (b"Accept-Encoding", b"identity")))
        return complete(plan.method, target, wish, plan.body, AGENT, accept)

    return make


def _plan(typed: Typed, asked: Asked, target: Target) -> Plan:
    """What holds for every request."""
    follows = typed.flag("follow") if typed.has("follow") else True
    if any(typed.flag(name) for name in CRAWLING):
        follows = False  # where a redirect leads to is for the crawl to judge
    body = asked.body.content if asked.body is not None else None
    return plan_of(typed, asked.method, target, body, asked.proxies, asked.watched, follows)


def _checksums(typed: Typed, plan: Plan) -> tuple[Expected | None, dict[str, Expected] | None]:
    """What `--checksum` says: one value, or a list that is read or fetched first."""
    text = typed.text("checksum")
    if not text:
        return None, None
    one = written(text)
    if one is not None:
        return one, None
    if "://" in text:
        octets = _fetched(typed, text, plan)
    else:
        try:
            with open(text, "rb") as file:
                octets = file.read()
        except OSError as error:
            raise usage(
                f"--checksum {text} is no ALGORITHM:HEX, and no list: {(error.strerror or '').lower()}"
            ) from None
    return None, listed(octets.decode("utf-8", "surrogateescape"), os.path.basename(text))


def _fetched(typed: Typed, url: str, plan: Plan) -> bytes:
    """A list of checksums from a server. Raises HttpeekError as the request fails."""
    from httpeek.api import send
    from httpeek.download.listing import Kept

    target = parse(url, typed.text("default-scheme"))
    kept = Kept(_LARGEST_LIST)
    wanted = _maker(plan._replace(method="GET", body=None), b"*/*")(target, Wish())
    sent = send(lambda _: wanted, [kept])
    if sent.failure is not None:
        raise HttpeekError(sent.failure._replace(sentence=f"--checksum {url}: {sent.failure.sentence}"))
    if sent.code:
        status = sent.response.status if sent.response is not None else 0
        raise HttpeekError(Failure(sent.code, "protocol", f"--checksum {url}: {status}"))
    return kept.octets


# How it is done


def _policy(typed: Typed) -> Policy:
    rate = typed.number_or_none("limit-rate")
    prints = tuple(known(name or "sha256") for name in typed.texts("print-checksum"))
    delay = typed.seconds("retry-delay") if typed.value("retry-delay") is not None else Policy().pause
    return Policy(
        typed.number("retry") if typed.has("retry") else Policy().retries,
        delay,
        typed.text("decode"),
        prints,
        Limit(rate) if rate is not None else None,
        _segments(typed),
    )


def _segments(typed: Typed) -> int:
    number = typed.number("segments")
    if number != 1:
        from httpeek.download.rows import MOST

        if not 1 <= number <= MOST:
            raise usage(f"--segments takes a number from 1 to {MOST}")
    return number


def _pace(typed: Typed) -> Pace:
    if typed.has("jobs") and not typed.number("jobs"):
        raise usage("--jobs takes a number from 1 on")
    return Pace(typed.number("jobs"), typed.seconds("delay"), typed.flag("random-delay"), typed.number_or_none("quota"))


def _progress(typed: Typed, screen: Screen) -> str:
    how = typed.text("progress")
    if how == "auto":
        if typed.number("quiet"):
            return transfers.NONE
        return transfers.BAR if screen.err_tty and not screen.plain else transfers.LINES
    return how
