"""Which URLs belong to a mirror: by host, directory, name, depth. Functions of values; robots.txt has its own file.

Rules, which are wget's where it has one:
- A link leads to the host of its page, unless hosts may be spanned; `domains` bounds it further. Another port is
  another host, but for that of the other scheme.
- With `parent` off nothing above the directory of the first URL is asked for; requisites of a page are, if wanted.
- `accept` and `reject` speak of the last segment of the path: a suffix or, with a wildcard, all of it. Directories have
  none, and pages are read for their links all the same, if those may still be followed.
- Links of a page at the last level are not followed; what it needs to be shown is, if wanted.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from httpeek.download.document import FRAME, PAGE, REQUISITE, STYLE
from httpeek.download.name import DEFAULT
from httpeek.download.paths import is_page_name
from httpeek.model.nouns import Noun
from httpeek.model.target import DEFAULT_PORTS, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.target import Target

BEYOND = 10
"""How far behind the last level requisites of requisites are fetched: style sheets that import others, frames in
frames. No page that people made needs more."""
_WILD = frozenset("*?[]")


class Scope(Noun):
    """What was asked for. `level` is the depth of the last level, None for no end; `requisites` are fetched whatever
    the level; `robots` says that robots.txt and nofollow are respected."""

    level: int | None = 5
    requisites: bool = False
    parent: bool = True
    span: bool = False
    domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    exclude_directories: tuple[str, ...] = ()
    robots: bool = True


def follows(scope: Scope, use: str, depth: int, beyond: int) -> bool:
    """Whether a link of this use is followed on a page at `depth`, itself `beyond` steps behind the last level."""
    if scope.level is None or depth < scope.level:
        return True
    return scope.requisites and use != PAGE and beyond < BEYOND


def refusal(scope: Scope, use: str, target: Target, page: Target, start: Target, depth: int) -> str:
    """Why a link is not followed that a page has, for a URL at `depth`; "" where it is."""
    if not same_host(target, page) and not scope.span:
        return "another host"
    if scope.domains and not _within(target.host, scope.domains):
        return "not of the domains"
    if _within(target.host, scope.exclude_domains):
        return "of a domain left out"
    needed = scope.requisites and use in (REQUISITE, FRAME, STYLE)
    directory = start.path.partition("?")[0].rpartition("/")[0] + "/"
    bounded = not scope.parent and not needed and same_host(target, start)
    if bounded and not _plain(target.path).startswith(_plain(directory)):
        return "above the first"
    if any(_below(target.path, one) for one in scope.exclude_directories):
        return "in a directory left out"
    if not accepted(scope, target) and not _read_anyway(scope, target, depth):
        return "by its name"
    return ""


def same_host(one: Target, other: Target) -> bool:
    """Whether two URLs are of one host: the same port too, or the usual ones of http and https."""
    if one.host.lower() != other.host.lower() or one.unix != other.unix:
        return False
    usual = all(target.port == DEFAULT_PORTS[target.scheme] for target in (one, other))
    return usual or one.port == other.port


def kept(scope: Scope, target: Target) -> bool:
    """Whether the file of a URL is kept: a directory's has the name index.html, with its query."""
    _, question, query = target.path.partition("?")
    return _allowed(scope, file_name(target) or f"{DEFAULT}{question}{query}")


def accepted(scope: Scope, target: Target) -> bool:
    """What --accept and --reject say of a URL by its name. A directory has none."""
    name = file_name(target)
    return not name or _allowed(scope, name)


def _allowed(scope: Scope, name: str) -> bool:
    if scope.accept and not any(_names(pattern, name) for pattern in scope.accept):
        return False
    return not any(_names(pattern, name) for pattern in scope.reject)


def file_name(target: Target) -> str:
    """The last segment of the path, without its query; "" for a directory."""
    return unquote(target.path.partition("?")[0].rpartition("/")[2])


def _names(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern) if not _WILD.isdisjoint(pattern) else name.endswith(pattern)


def _read_anyway(scope: Scope, target: Target, depth: int) -> bool:
    """A page whose name is not accepted is read for its links where they may be followed."""
    deeper = scope.level is None or depth < scope.level or scope.requisites
    return is_page_name(file_name(target)) and deeper


def _within(host: str, domains: tuple[str, ...]) -> bool:
    host = host.lower().rstrip(".")
    return any(host == one or host.endswith(f".{one}") for one in domains)


def _below(path: str, directory: str) -> bool:
    """Whether a path is in a directory of --exclude-directories, which may have wildcards."""
    parts = _plain(path.partition("?")[0]).lstrip("/").split("/")[:-1]
    wanted = directory.strip("/").split("/")
    return len(parts) >= len(wanted) and all(fnmatchcase(p, w) for p, w in zip(parts, wanted, strict=False))


def _plain(path: str) -> str:
    return unquote(path)
