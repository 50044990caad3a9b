"""What a site asks robots to leave out: robots.txt (RFC 9309), and how long they should wait.

Rules: the groups that name httpeek count together, else those of "*". Of the rules that fit, the longest counts;
of an Allow and a Disallow of equal length, the Allow. "*" stands for anything, "$" at the end for the end. A robots.txt
that is not there (4xx) forbids nothing; one that cannot be had now (5xx, no answer) forbids everything.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun
from httpeek.model.target import UNRESERVED

TOKEN = "httpeek"
"""The product token that a robots.txt may name."""
LARGEST = 500 * 1024
"""Octets of a robots.txt that are read (RFC 9309 section 2.5)."""
REDIRECTS = 5
"""How many redirects are followed to a robots.txt (RFC 9309 section 2.3.1.2)."""
LONGEST_DELAY = 60.0
"""Seconds that a Crawl-delay may ask for: it is no part of the RFC, and may say anything."""
_MOST_RULES = 10_000
_HEX = frozenset("0123456789abcdefABCDEF")


class Rules(Noun):
    """What holds for us: paths with True where they may be asked for, and seconds between two requests."""

    paths: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allow(self, path: str) -> bool:
        """Whether a path (with its query) may be asked for."""
        if path.partition("?")[0] == "/robots.txt":
            return True
        path = normal(path)
        best, allowed = -1, True
        for pattern, allows in self.paths:
            length = len(pattern)
            if length >= best and (length > best or allows) and fits(pattern, path):
                best, allowed = length, allows
        return allowed


NOTHING = Rules((("/", False),))
"""Nothing may be asked for."""


def rules(octets: bytes, token: str = TOKEN) -> Rules:
    """What a robots.txt says to a robot of this name."""
    text = octets[:LARGEST].decode("utf-8", "replace").removeprefix("\ufeff")
    ours: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    named = False
    agents: set[str] = set()
    in_rules = False
    for line in text.replace("\r", "\n").split("\n"):
        field, colon, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if not colon:
            continue
        if field in ("user-agent", "useragent", "user agent"):
            if in_rules:
                agents, in_rules = set(), False
            agents.add(_product(value))
            named = named or token in agents
        elif field in ("allow", "disallow", "crawl-delay"):
            in_rules = True
            if token in agents:
                ours.append((field, value))
            elif "*" in agents:
                others.append((field, value))
    return _made(ours if named else others)


def _product(value: str) -> str:
    """The product token of a User-agent line: a version behind it does not count."""
    if value[:1] == "*":
        return "*"
    end = next((i for i, c in enumerate(value) if not (c.isascii() and (c.isalpha() or c in "_-"))), len(value))
    return value[:end].lower()


def _made(lines: list[tuple[str, str]]) -> Rules:
    paths, delay = [], 0.0
    for field, value in lines[:_MOST_RULES]:
        if field == "crawl-delay":
            try:
                said = float(value)
            except ValueError:
                continue
            delay = max(delay, min(said, LONGEST_DELAY)) if said > 0 else delay
        elif value:
            paths.append((normal(value), field == "allow"))
    return Rules(tuple(paths), delay)


def normal(path: str) -> str:
    """A path or pattern in one spelling (RFC 9309 section 2.2.2): octets that are no ASCII are percent-encoded, and of
    those that are, the ones that need not be are not."""
    out: list[str] = []
    octets = path.encode("utf-8", "surrogateescape")
    position = 0
    while position < len(octets):
        octet = octets[position]
        pair = octets[position + 1 : position + 3].decode("latin-1")
        if octet == 0x25 and len(pair) == 2 and _HEX.issuperset(pair):
            said = int(pair, 16)
            out.append(chr(said) if said in UNRESERVED else f"%{pair.upper()}")
            position += 3
            continue
        out.append(chr(octet) if 0x21 <= octet < 0x7F else f"%{octet:02X}")
        position += 1
    return "".join(out)


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern fits the beginning of a path, in time that grows with their lengths only."""
    ends = pattern.endswith("$")
    first, *others = (pattern[:-1] if ends else pattern).split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    if not others:
        return not ends or position == len(path)
    *between, last = others
    for piece in between:
        position = path.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    if ends:
        return len(path) - len(last) >= position and path.endswith(last)
    return path.find(last, position) >= 0
