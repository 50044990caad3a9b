"""robots.txt by RFC 9309, and X-Robots-Tag."""

from __future__ import annotations

import pytest

from httpeek.download.crawler import says_nofollow
from httpeek.download.robots import LARGEST, LONGEST_DELAY, Rules, fits, rules


@pytest.mark.parametrize(
    ("lines", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /a", "/ab/c", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /A", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nAllow: /p\nDisallow: /", "/page", True),
        ("User-agent: *\nDisallow: /*.gif$", "/x/y.gif", False),
        ("User-agent: *\nDisallow: /*.gif$", "/x/y.gif?z", True),
        ("User-agent: *\nDisallow: /a*b*c", "/aXbYc/z", False),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /a%3cd", "/a%3Cd", False),
        ("User-agent: *\nDisallow: /caf\u00e9", "/caf%C3%A9", False),
        ("User-agent: *\nDisallow: /%7Ea", "/~a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\nUser-agent: httpeek\nAllow: /x", "/a", True),
        ("User-agent: HTTPeek/1.0\nDisallow: /a", "/a", False),
        ("User-agent: httpeekbot\nDisallow: /a", "/a", True),
        ("User-agent: x\nUser-agent: httpeek\nDisallow: /a", "/a", False),
        (
            "User-agent: httpeek\nDisallow: /a\n\nUser-agent: x\nDisallow: /b\n\nUser-agent: httpeek\nDisallow: /c",
            "/c",
            False,
        ),
        ("User-agent: *\n\nDisallow: /a", "/a", False),
        ("User-agent: *\nSitemap: /s\nDisallow: /a", "/a", False),
        ("User-agent: * # all\nDisallow: /a # this", "/a", False),
        ("user-AGENT : *\r\n disallow:/a\r\n", "/a", False),
        ("\ufeffUser-agent: *\rDisallow: /a", "/a", False),
        ("Disallow: /a", "/a", True),
        ("<html>nonsense\0", "/a", True),
        ("User-agent: *\nDisallow: /a?b", "/a?b=c", False),
        ("User-agent: *\nDisallow: *.x", "/a.x", False),
    ],
)
def test_what_may_be_asked_for(lines: str, path: str, allowed: bool) -> None:
    assert rules(lines.encode()).allow(path) == allowed


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: httpeek\nCrawl-delay: 3\nUser-agent: *\nCrawl-delay: 9", 3.0),
        ("User-agent: *\nCrawl-delay: x", 0.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: 1e99", LONGEST_DELAY),
        ("User-agent: *\nCrawl-delay: inf", LONGEST_DELAY),
    ],
)
def test_the_crawl_delay(lines: str, delay: float) -> None:
    assert rules(lines.encode()).delay == delay


def test_what_stands_behind_the_bound_is_not_read() -> None:
    assert rules(b"User-agent: *\n" + b"#" * LARGEST + b"\nDisallow: /").allow("/a")


def test_a_hostile_pattern_takes_no_time_to_speak_of() -> None:
    assert not fits("/" + "*a" * 10_000 + "$", "/" + "a" * 5_000)
    assert fits("/" + "*" * 10_000 + "a", "/" + "b" * 5_000 + "a")


def test_without_rules_everything_is_allowed() -> None:
    assert Rules().allow("/x")


@pytest.mark.parametrize(
    ("said", "nofollow"),
    [
        ([b"nofollow"], True),
        ([b"noindex, NOFOLLOW"], True),
        ([b"none"], True),
        ([b"httpeek: nofollow"], True),
        ([b"other: nofollow"], False),
        ([b"other: noindex, nofollow"], False),
        ([b"noindex"], False),
        ([b"unavailable_after: 25 Jun 2030 15:00:00 PST, nofollow"], True),
        ([b"other: nofollow", b"nofollow"], True),
        ([], False),
    ],
)
def test_x_robots_tag(said: list[bytes], nofollow: bool) -> None:
    assert says_nofollow(said) == nofollow
