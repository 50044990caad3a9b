"""Cookies as RFC 6265bis has user agents treat them."""

from __future__ import annotations

from time import gmtime, strftime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.client import cookie_file
from httpeek.client.cookie_date import seconds
from httpeek.client.cookies import LONGEST, MOST, MOST_OF_A_DOMAIN, Cookie, Jar, read
from httpeek.model.codes import HttpeekError
from httpeek.model.target import parse

NOW = 1_800_000_000


def sent(set_by: str, value: str, to: str, now: int = NOW) -> str | None:
    """The Cookie field to a URL after another one set a cookie."""
    jar = Jar()
    jar.store(parse(set_by), [value.encode()], NOW)
    field = jar.field(parse(to), now)
    return None if field is None else field.decode()


@pytest.mark.parametrize(
    ("set_by", "value", "to", "expected"),
    [
        ("http://a.test/", "a=b", "http://a.test/", "a=b"),
        ("http://a.test/", "a=b", "https://a.test:8443/", "a=b"),
        ("http://a.test/", "a=b", "http://b.a.test/", None),
        ("http://a.test/", "a=b", "http://A.TEST./", "a=b"),
        ("http://b.a.test/", "a=b; Domain=a.test", "http://c.a.test/", "a=b"),
        ("http://b.a.test/", "a=b; Domain=.A.test", "http://a.test/", "a=b"),
        ("http://b.a.test/", "a=b; Domain=a.test", "http://xa.test/", None),
        ("http://b.a.test/", "a=b; Domain=", "http://c.b.a.test/", None),
        ("http://a.test/", "a=b; Domain=b.test", "http://b.test/", None),
        ("http://a.test/", "a=b; Domain=b.a.test", "http://b.a.test/", None),
        ("http://a.test/", "a=b; Domain=test", "http://b.test/", None),
        ("http://a.co.uk/", "a=b; Domain=co.uk", "http://b.co.uk/", None),
        ("http://a.github.io/", "a=b; Domain=github.io", "http://b.github.io/", None),
        ("http://github.io/", "a=b; Domain=github.io", "http://github.io/", "a=b"),
        ("http://github.io/", "a=b; Domain=github.io", "http://b.github.io/", None),
        ("http://localhost/", "a=b; Domain=localhost", "http://localhost/", "a=b"),
        ("http://127.0.0.1/", "a=b; Domain=127.0.0.1", "http://127.0.0.1:81/", "a=b"),
        ("http://127.0.0.1/", "a=b; Domain=0.0.1", "http://127.0.0.1/", None),
        ("http://[::1]/", "a=b", "http://[::1]/", "a=b"),
        ("http://b\u00fccher.test/", "a=b; Domain=b\u00fccher.test", "http://x.b\u00fccher.test/", "a=b"),
        ("http://a.test/x/y", "a=b", "http://a.test/x/z", "a=b"),
        ("http://a.test/x/y", "a=b", "http://a.test/x", "a=b"),
        ("http://a.test/x/y", "a=b", "http://a.test/xy", None),
        ("http://a.test/x?/y/z", "a=b", "http://a.test/z", "a=b"),
        ("http://a.test/", "a=b; Path=/x", "http://a.test/x/y", "a=b"),
        ("http://a.test/", "a=b; Path=/x", "http://a.test/x?q", "a=b"),
        ("http://a.test/", "a=b; Path=/x", "http://a.test/", None),
        ("http://a.test/x/y", "a=b; Path=z", "http://a.test/x/", "a=b"),
        ("http://a.test/x/y", "a=b; Path=/; Path=/q", "http://a.test/x", None),
        ("https://a.test/", "a=b; Secure", "https://a.test/", "a=b"),
        ("https://a.test/", "a=b; Secure", "http://a.test/", None),
        ("http://a.test/", "a=b; Secure", "https://a.test/", None),
        ("http://localhost/", "a=b; secure=yes", "http://localhost/", "a=b"),
        ("https://a.test/", "__Secure-a=b; Secure", "https://a.test/", "__Secure-a=b"),
        ("https://a.test/", "__secure-a=b", "https://a.test/", None),
        ("https://a.test/", "__Host-a=b; Secure; Path=/", "https://a.test/", "__Host-a=b"),
        ("https://a.test/", "__Host-a=b; Secure", "https://a.test/", None),
        ("https://a.test/", "__Host-a=b; Secure; Path=/; Domain=a.test", "https://a.test/", None),
        ("https://a.test/", "__Host-a; Secure; Path=/", "https://a.test/", None),
        ("http://a.test/", "a=b; Max-Age=0", "http://a.test/", None),
        ("http://a.test/", "a=b; Max-Age=-1", "http://a.test/", None),
        ("http://a.test/", "a=b; Max-Age=1x", "http://a.test/", "a=b"),
        ("http://a.test/", "a=b; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.test/", "a=b"),
        ("http://a.test/", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.test/", None),
        ("http://a.test/", "a=b; Expires=nonsense", "http://a.test/", "a=b"),
        ("http://a.test/", " a = b c ;HttpOnly", "http://a.test/", "a=b c"),
        ("http://a.test/", 'a="b=c"', "http://a.test/", 'a="b=c"'),
        ("http://a.test/", "value", "http://a.test/", "value"),
        ("http://a.test/", "=value", "http://a.test/", "value"),
        ("http://a.test/", "a=", "http://a.test/", "a="),
        ("http://a.test/", ";", "http://a.test/", None),
        ("http://a.test/", "a=b\x01", "http://a.test/", None),
        ("http://a.test/", "a=\u4f60", "http://a.test/", "a=\u4f60"),
        ("http://a.test/", f"a={'b' * 4095}", "http://a.test/", None),
        ("http://a.test/", f"a=b; Path=/{'x' * 1024}", "http://a.test/", "a=b"),
    ],
)
def test_where_a_cookie_goes(set_by: str, value: str, to: str, expected: str | None) -> None:
    assert sent(set_by, value, to) == expected


def test_what_is_refused_is_said_with_its_reason() -> None:
    jar = Jar()
    told = jar.store(parse("http://a.github.io/"), [b"a=b; Domain=github.io", b"c=d; Domain=x.test", b"e=f"], NOW)
    assert told == [
        "cookie a: github.io is a public suffix (RFC 6265bis 5.7)",
        "cookie c: a.github.io may not set it for x.test (RFC 6265bis 5.7)",
    ]
    assert [cookie.name for cookie in jar.cookies] == ["e"]


def test_a_cookie_ends_at_its_time_and_lives_400_days_at_most() -> None:
    assert sent("http://a.test/", "a=b; Max-Age=60", "http://a.test/", NOW + 59) == "a=b"
    assert sent("http://a.test/", "a=b; Max-Age=60", "http://a.test/", NOW + 60) is None
    cookie, _ = read(b"a=b; Max-Age=99999999999999999999", parse("http://a.test/"), NOW)
    assert cookie is not None and cookie.expires == NOW + LONGEST


def test_attributes_are_kept() -> None:
    cookie, _ = read(b"a=b; HttpOnly; SameSite=lax; SameSite=STRICT", parse("http://a.test/x/"), NOW)
    assert cookie == Cookie("a", "b", "a.test", "/x", http_only=True, same_site="Strict")


def test_longer_paths_go_first_and_then_earlier_cookies() -> None:
    jar = Jar()
    target = parse("http://a.test/x/y")
    jar.store(target, [b"a=1; Path=/", b"b=1; Path=/x", b"c=1; Path=/", b"d=1; Path=/x/y", b"a=2; Path=/"], NOW)
    assert jar.field(target, NOW) == b"d=1; b=1; a=2; c=1"


def test_a_cookie_is_replaced_by_name_domain_and_path_and_deleted_by_an_expired_one() -> None:
    jar = Jar()
    target = parse("http://a.test/")
    jar.store(target, [b"a=1", b"a=2; Path=/x", b"a=3"], NOW)
    assert len(jar.cookies) == 2
    jar.store(target, [b"a=; Max-Age=0"], NOW)
    assert [cookie.value for cookie in jar.cookies] == ["2"]


def test_a_secure_cookie_is_not_replaced_in_the_clear() -> None:
    jar = Jar()
    jar.store(parse("https://a.test/"), [b"a=1; Secure; Path=/x"], NOW)
    assert jar.store(parse("http://a.test/"), [b"a=2; Path=/x/y"], NOW)
    assert not jar.store(parse("http://a.test/"), [b"a=2; Path=/"], NOW)
    assert jar.field(parse("https://a.test/x/y"), NOW) == b"a=1; a=2"


def test_too_many_cookies_of_a_domain_push_out_those_that_were_not_sent_for_the_longest_time() -> None:
    jar = Jar()
    target = parse("https://a.test/x")
    jar.store(target, [b"kept=1; Secure"], NOW)
    jar.store(target, [b"c%d=1" % n for n in range(MOST_OF_A_DOMAIN - 1)], NOW)
    jar.store(parse("https://a.test/y/"), [b"gone=1"], NOW)
    names = [cookie.name for cookie in jar.cookies]
    assert len(names) == MOST_OF_A_DOMAIN
    assert "kept" in names and "gone" in names and "c0" not in names


def test_too_many_cookies_of_all_push_out_the_oldest() -> None:
    jar = Jar()
    for number in range(MOST + 5):
        jar.put(Cookie("a", "b", f"h{number}.test"), NOW)
    assert [cookie.domain for cookie in jar.cookies][:1] == ["h5.test"]
    assert len(jar.cookies) == MOST


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 nov 1994 8:49:37",
        "08:49:37 1994 November 06th",
        "Sun, 06-Nov-1994 08:49:37 +0900",
    ],
)
def test_a_date_is_read_as_sloppy_as_it_is_written(text: str) -> None:
    assert seconds(text) == 784_111_777


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "Sun, 31 Feb 2027 00:00:00 GMT", "29 Feb 2027 00:00:00", "1 Jan 1600 00:00:00",
     "1 Jan 2027 24:00:00", "1 Jan 2027 00:60:00", "Jan 2027 00:00:00", "1 Jan 2027", "1 Jan 20277 00:00:00"],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert seconds(text) is None


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_every_date_of_http_is_read(moment: int) -> None:
    assert seconds(strftime("%a, %d %b %Y %H:%M:%S GMT", gmtime(moment))) == moment


@given(st.binary(), st.sampled_from(["http://a.test/", "https://a.co.uk/x/y", "http://127.0.0.1/"]))
def test_any_set_cookie_is_kept_or_refused_with_a_sentence(value: bytes, url: str) -> None:
    cookie, why = read(value, parse(url), NOW)
    assert (cookie is None) == bool(why)


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    seconds(text)


def test_a_file_of_cookies_is_read_and_written_as_curl_does() -> None:
    text = (
        cookie_file.HEAD + "#HttpOnly_.a.test\tTRUE\t/x\tTRUE\t1900000000\tn\tv\n"
        "b.test\tFALSE\t/\tFALSE\t0\ta\t1=2; 3\n"
        "b.test\tFALSE\t/\tFALSE\t0\tempty\t\n"
    )
    found = cookie_file.read(text, "f")
    assert found[0] == Cookie("n", "v", "a.test", "/x", False, True, True, "", 1_900_000_000)
    assert cookie_file.write(found) == text
    assert cookie_file.read(text.replace("empty\t", "empty").replace("\n", "\r\n"), "f") == found


@pytest.mark.parametrize("text", ["hello\n", "a\tb\tc\td\te\tf\tg\n", "# c\na.test\tTRUE\t/\tTRUE\tx\tn\tv\n"])
def test_a_file_that_is_something_else_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(HttpeekError, match=r"line \d is no line of a cookies.txt"):
        cookie_file.read(text, "f")


def test_the_changes_of_two_jars_are_both_kept() -> None:
    start = [Cookie("old", "1", "a.test"), Cookie("gone", "1", "a.test")]
    one, two = Jar(start), Jar(start)
    target = parse("http://a.test/")
    one.store(target, [b"a=1", b"gone=; Max-Age=0"], NOW)
    two.store(target, [b"b=1", b"old=2"], NOW)
    made = Jar(start).merged(one.changes, NOW).merged(two.changes, NOW)
    assert sorted((c.name, c.value) for c in made.cookies) == [("a", "1"), ("b", "1"), ("old", "2")]
