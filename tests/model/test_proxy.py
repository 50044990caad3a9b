"""Which proxy a request goes through: the documented rule for targets that are left out, and what may be typed."""

from __future__ import annotations

import pytest

from httpeek.model.codes import HttpeekError
from httpeek.model.proxy import ProxyPolicy, entries, fits, parse, route
from httpeek.model.target import parse as target


@pytest.mark.parametrize(
    ("entry", "host", "port", "fit"),
    [
        ("*", "example.org", 80, True),
        ("example.org", "example.org", 80, True),
        ("example.org", "www.example.org", 80, True),
        (".example.org", "example.org", 80, True),
        (".example.org", "www.example.org", 80, True),
        ("example.org.", "example.org", 80, True),
        ("example.org", "example.org.", 80, True),
        ("EXAMPLE.org", "Example.ORG", 80, True),
        ("example.org", "notexample.org", 80, False),
        ("org", "example.org", 80, True),
        (".", "example.org", 80, False),
        ("example.org:8080", "example.org", 8080, True),
        ("example.org:8080", "example.org", 80, False),
        ("127.0.0.1", "127.0.0.1", 80, True),
        ("127.0.0.1", "localhost", 80, False),
        ("127.0.0.1:81", "127.0.0.1", 80, False),
        ("127.0.0.0/8", "127.9.9.9", 80, True),
        ("127.0.0.0/8", "128.0.0.1", 80, False),
        ("127.0.0.0/33", "127.0.0.1", 80, False),
        ("127.0.0.0/x", "127.0.0.1", 80, False),
        ("0.0.0.0/0", "10.1.2.3", 80, True),
        ("0.0.0.0/0", "example.org", 80, False),
        ("1.2.3.4/32", "1.2.3.4", 80, True),
        ("::1", "::1", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:8080", "::1", 8080, True),
        ("[::1]:8080", "::1", 80, False),
        ("::1", "0:0:0:0:0:0:0:1", 80, True),
        ("fd00::/8", "fd12::1", 80, True),
        ("fd00::/8", "fe80::1", 80, False),
        ("::ffff:1.2.3.4", "::ffff:102:304", 80, True),
        ("1.2.3", "1.2.3.4", 80, False),
        ("4", "1.2.3.4", 80, False),
        ("", "example.org", 80, False),
    ],
)
def test_an_entry_of_no_proxy_means_what_the_rule_says(entry: str, host: str, port: int, fit: bool) -> None:
    assert fits(entry, host, port) is fit


def test_entries_are_separated_by_commas_or_blanks() -> None:
    assert entries(" a, b c,,\td ") == ("a", "b", "c", "d")
    assert entries("") == ()


def test_the_scheme_of_the_target_chooses_and_all_is_for_the_rest() -> None:
    one, two = parse("http://one", "--proxy"), parse("socks5://two", "--proxy")
    policy = ProxyPolicy(http=one, all=two, left_out=("here.test",), left_out_by="no_proxy")
    assert route(policy, target("http://x.test")).proxy == one
    assert route(policy, target("https://x.test")).proxy == two
    assert route(policy, target("http://here.test")) == (None, "no_proxy has here.test")
    assert route(policy, target("http+unix://%2Fs/")).proxy is None
    assert route(policy, target("/get")).proxy is None


@pytest.mark.parametrize(
    ("text", "url", "user", "password"),
    [
        ("http://p.test", "http://p.test:80", None, None),
        ("p.test:3128", "http://p.test:3128", None, None),
        ("https://p.test", "https://p.test:443", None, None),
        ("socks5h://u:p%40w@p.test", "socks5h://p.test:1080", "u", "p@w"),
        ("socks://p.test", "socks5://p.test:1080", None, None),
        ("http://u@[::1]:8080/", "http://[::1]:8080", "u", ""),
    ],
)
def test_a_proxy_as_it_is_typed(text: str, url: str, user: str | None, password: str | None) -> None:
    made = parse(text, "--proxy")
    assert (made.url, made.user, made.password) == (url, user, password)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ftp://p.test", '"ftp" is no scheme of a proxy'),
        ("http://", "has no host (is a variable empty?)"),
        ("http://p.test:x", "is not a number"),
        ("http://a b:1", "has a character that no host name has"),
    ],
)
def test_what_is_no_proxy_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(HttpeekError, match=r"https_proxy") as raised:
        parse(text, "https_proxy")
    assert said in str(raised.value)
    assert raised.value.code == 2
