"""Challenges as RFC 9110 section 11.6.1 lets servers write them, and which credentials go to which target."""

from __future__ import annotations

import pytest

from httpeek.client.auth import Challenge, Credentials, Keys, challenges, first, key, parameters
from httpeek.client.netrc import read as netrc
from httpeek.model.target import parse


def read(*values: bytes) -> list[Challenge]:
    return challenges(tuple((b"WWW-Authenticate", value) for value in values))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Negotiate", [Challenge("negotiate")]),
        (b"Negotiate, Basic", [Challenge("negotiate"), Challenge("basic")]),
        (b"NTLM TlRMTVNTUAAB==", [Challenge("ntlm", "TlRMTVNTUAAB==")]),
        (b"Basic realm=simple", [Challenge("basic", "", (("realm", "simple"),))]),
        (b'Basic realm = "a, b=c"', [Challenge("basic", "", (("realm", "a, b=c"),))]),
        (rb'Basic REALM="a \"b\" \\"', [Challenge("basic", "", (("realm", 'a "b" \\'),))]),
        (b'Basic realm="open', [Challenge("basic", "", (("realm", "open"),))]),
        (b", ,Basic ,realm=x,,", [Challenge("basic", "", (("realm", "x"),))]),
        (b"", []),
        (b"=?", []),
    ],
)
def test_a_challenge_is_read_however_it_is_written(value: bytes, expected: list[Challenge]) -> None:
    assert read(value) == expected


def test_several_challenges_in_one_line_are_told_apart_as_in_the_example_of_rfc_9110() -> None:
    found = read(rb'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""')
    assert [one.scheme for one in found] == ["basic", "newauth"]
    assert found[1].parameters == (("realm", "apps"), ("type", "1"), ("title", 'Login to "apps"'))
    assert [one.scheme for one in read(b"NTLM abc=, Digest nonce=x", b"Basic realm=y")] == ["ntlm", "digest", "basic"]


def test_octets_that_are_no_utf_8_come_back_as_they_were() -> None:
    realm = read(b'Basic realm="\xe9"')[0].get("realm")
    assert realm is not None
    assert realm.encode("utf-8", "surrogateescape") == b"\xe9"


def test_authentication_info_has_parameters_and_no_scheme() -> None:
    assert parameters(b'nextnonce="a,b", qop=auth') == (("nextnonce", "a,b"), ("qop", "auth"))


def test_what_is_sent_unasked() -> None:
    assert first(Credentials("basic", "u", "p")) == (b"Authorization", b"Basic dTpw")
    assert first(Credentials("bearer", "", "t"), b"Proxy-Authorization") == (b"Proxy-Authorization", b"Bearer t")
    assert first(Credentials("digest", "u", "p")) is None


@pytest.mark.parametrize("url", ["https://a/", "http://a:81/", "http://b/", "http://a.b/"])
def test_credentials_are_for_one_origin(url: str) -> None:
    asked = parse("http://a/x")
    keys = Keys(Credentials("basic", "u", "p"))
    assert key(keys, parse("http://A/y"), asked) is not None
    assert key(keys, parse(url), asked) is None
    assert key(keys._replace(everywhere=True), parse(url), asked) is not None


@pytest.mark.parametrize(
    ("asked", "target", "login"),
    [
        ("http://a/", "http://a/", "ua"),
        ("http://a/", "http://b/", "ub"),
        ("http://a/", "https://b/", "ub"),
        ("https://a/", "http://b/", None),
        ("http://a/", "https://a/", None),
        ("http://a/", "http://a:81/", None),
        ("http://c/", "http://c/", "anybody"),
        ("http://a/", "http://c/", None),
    ],
)
def test_an_entry_of_netrc_is_for_the_host_asked_or_another_host_with_an_entry_of_its_own(
    asked: str, target: str, login: str | None
) -> None:
    entries = netrc("machine a login ua password p machine b login ub password p default login anybody password p")
    found = key(Keys(None, entries), parse(target), parse(asked))
    assert (found.user if found else None) == login
