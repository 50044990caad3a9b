"""Every query, on responses that have what it looks for and on such that do not."""

from __future__ import annotations

from hashlib import md5, sha256

import pytest

from httpeek.check.expect.names import QUERIES
from httpeek.check.expect.seen import Seen, needs_octets
from httpeek.check.expect.values import FLAG, Answer, Moment
from httpeek.check.result import Fault
from httpeek.model.events import Violation
from tests.check.expect.built import captured, exchange, expectation, finding, outcome, response, scope, seen

COOKIES = (
    (b"Set-Cookie", b"LSID"),
    (b"Set-Cookie", b"LSID=DQAAAK; Path=/accounts; Expires=Wed, 13 Jan 2021 22:23:01 GMT; Secure; HttpOnly"),
    (b"set-cookie", b"theme = light ; Max-Age=60; Domain=example.org; SameSite=Lax"),
    (b"Set-Cookie", b"theme=dark"),
    (b"Set-Cookie", b"bad=1; Expires=soon; Max-Age=x"),
    (b"Set-Cookie", b'quoted="a b"; Path=/; Path=/last'),
)
SECURE = seen(tls=True, url="https://example.org/")
PLAIN = seen(b"Hello Bob! caf\xc3\xa9", "text/plain; charset=utf-8")
JSON = seen(
    b'{"name": "Bob", "n": 1, "f": 1.0, "big": 9007199254740993, "none": null, "list": [1, "a"]}', "application/json"
)
HTML = seen(b"<html><body><h1>A</h1><br><p>x<p>y</body></html>", "text/html; charset=utf-8")
XML = seen(
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<r xmlns="urn:d" xmlns:a="urn:a"><a:x v="1.5">caf\xc3\xa9</a:x><y/><y/></r>',
    "application/xml",
)

HOLDS = [
    (PLAIN, "status == 200"),
    (seen(status=204), "status == 204"),
    (PLAIN, 'version == "1.1"'),
    (seen(version=b"HTTP/1.0"), 'version == "1.0"'),
    (PLAIN, 'url == "http://example.org/a?b=c"'),
    (PLAIN, "redirects isEmpty"),
    (PLAIN, 'header "CONTENT-type" == "text/plain; charset=utf-8"'),
    (PLAIN, 'header "nope" not exists'),
    (seen(fields=((b"Vary", b"A"), (b"vary", b"B"))), 'header "Vary" count == 2'),
    (seen(fields=((b"Vary", b"A"), (b"vary", b"B"))), 'header "Vary" contains "B"'),
    (seen(fields=((b"X", b"caf\xc3\xa9"),)), 'header "x" == "café"'),
    (seen(fields=((b"X", b"caf\xe9"),)), 'header "x" == "café"'),
    (seen(fields=COOKIES), 'cookie "LSID" == "DQAAAK"'),
    (seen(fields=COOKIES), 'cookie "LSID[Value]" == "DQAAAK"'),
    (seen(fields=COOKIES), 'cookie "LSID[path]" == "/accounts"'),
    (seen(fields=COOKIES), 'cookie "LSID[Expires]" isDate'),
    (seen(fields=COOKIES), 'cookie "LSID[Expires]" dateFormat "%F %T" == "2021-01-13 22:23:01"'),
    (seen(fields=COOKIES), 'cookie "LSID[Secure]" exists'),
    (seen(fields=COOKIES), 'cookie "LSID[HttpOnly]" exists'),
    (seen(fields=COOKIES), 'cookie "LSID[SameSite]" not exists'),
    (seen(fields=COOKIES), 'cookie "LSID[Max-Age]" not exists'),
    (seen(fields=COOKIES), 'cookie "theme" == "light"'),
    (seen(fields=COOKIES), 'cookie "theme[Max-Age]" == 60'),
    (seen(fields=COOKIES), 'cookie "theme[Domain]" == "example.org"'),
    (seen(fields=COOKIES), 'cookie "theme[SameSite]" == "Lax"'),
    (seen(fields=COOKIES), 'cookie "theme[Secure]" not exists'),
    (seen(fields=COOKIES), 'cookie "bad[Max-Age]" not exists'),
    (seen(fields=COOKIES), 'cookie "quoted[Path]" == "/last"'),
    (seen(fields=COOKIES), 'cookie "nope" not exists'),
    (seen(fields=COOKIES), 'cookie "nope[Path]" not exists'),
    (PLAIN, 'body == "Hello Bob! café"'),
    (seen(b"caf\xe9", "text/plain; charset=iso-8859-1"), 'body == "café"'),
    (seen(b"\x80", 'text/plain; charset="latin1"'), 'body == "€"'),
    (seen(b"\xc4\xe3\xba\xc3", "text/html; charset=gb2312"), 'body == "你好"'),
    (seen(b"", ""), 'body == ""'),
    (seen(b"plain", coded=b"\x1fcoded", fields=((b"Content-Encoding", b"x"),)), "bytes == hex,706c61696e;"),
    (seen(b"plain", coded=b"\x1fcoded"), "rawbytes startsWith hex,1f;"),
    (seen(b"plain", coded=b"\x1fcoded"), "rawbytes count == 6"),
    (seen(b"plain"), "rawbytes == hex,706c61696e;"),
    (XML, 'xpath "count(//_:y)" == 2'),
    (XML, 'xpath "//_:y" count == 2'),
    (XML, 'xpath "//_:y" exists'),
    (XML, 'xpath "//_:z" not exists'),
    (XML, 'xpath "string(//a:x)" == "café"'),
    (XML, 'xpath "number(//a:x/@v)" == 1.5'),
    (XML, 'xpath "boolean(//a:x)" == true'),
    (HTML, 'xpath "normalize-space(//h1)" == "A"'),
    (HTML, 'xpath "//p" count == 2'),
    (JSON, 'jsonpath "$.name" == "Bob"'),
    (JSON, 'jsonpath "$.n" == 1'),
    (JSON, 'jsonpath "$.n" == 1.0'),
    (JSON, 'jsonpath "$.f" == 1'),
    (JSON, 'jsonpath "$.n" not == "1"'),
    (JSON, 'jsonpath "$.big" == 9007199254740993'),
    (JSON, 'jsonpath "$.big" not == 9007199254740992'),
    (JSON, 'jsonpath "$.none" == null'),
    (JSON, 'jsonpath "$.none" exists'),
    (JSON, 'jsonpath "$.nope" not exists'),
    (JSON, 'jsonpath "$.list" count == 2'),
    (JSON, 'jsonpath "$.list[*]" count == 2'),
    (JSON, 'jsonpath "$.list[?@ == \'a\']" == "a"'),
    (PLAIN, r'regex "Hello (\\w+)!" == "Bob"'),
    (PLAIN, r"regex /Hello (\w+)!/ == `Bob`"),
    (PLAIN, "regex /Nope (x)/ not exists"),
    (PLAIN, "regex /Hello/ not exists"),
    (PLAIN, 'variable "nope" not exists'),
    (PLAIN, "duration == 12"),
    (PLAIN, "duration isInteger"),
    (seen(b"abc"), f"sha256 == hex,{sha256(b'abc').hexdigest()};"),
    (seen(b"abc"), f"md5 == hex,{md5(b'abc').hexdigest()};"),
    (SECURE, 'certificate "Subject" == "CN=example.org, O=Example"'),
    (SECURE, 'certificate "Issuer" == "CN=R3"'),
    (SECURE, 'certificate "Start-Date" daysBeforeNow > 1000'),
    (SECURE, 'certificate "Expire-Date" daysAfterNow > 1000'),
    (SECURE, 'certificate "Serial-Number" == "a1:b2"'),
    (SECURE, 'certificate "Subject-Alt-Name" == "DNS:example.org, IP Address:127.0.0.1"'),
    (SECURE, 'certificate "Value" startsWith "-----BEGIN CERTIFICATE-----"'),
    (PLAIN, 'certificate "Subject" not exists'),
    (PLAIN, 'ip == "127.0.0.1"'),
    (seen(remote="[::1]:8080"), "ip isIpv6"),
    (seen(remote="unix:/run/x.sock"), "ip not exists"),
    (seen(violations=[Violation("status-class", "in", 9, "600")]), 'violations contains "status-class"'),
    (PLAIN, "violations isEmpty"),
    (seen(interim=(100, 103)), "interim count == 2"),
    (seen(interim=(103,)), "interim contains 103"),
    (PLAIN, 'reason == "OK"'),
    (PLAIN, "timing.connect == 2"),
    (PLAIN, "timing.connect isFloat"),
    (PLAIN, "timing.tls not exists"),
    (SECURE, "timing.tls == 3"),
    (PLAIN, "timing.first_byte == 9"),
    (PLAIN, 'socket.remote == "127.0.0.1:8080"'),
    (PLAIN, "connection.reused == false"),
    (seen(reused=2), "connection.reused == true"),
    (PLAIN, "connection.closed_by not exists"),
    (seen(closed="peer"), 'connection.closed_by == "peer"'),
    (PLAIN, "tls.version not exists"),
    (SECURE, 'tls.version == "TLS 1.3"'),
    (SECURE, 'tls.cipher == "AES"'),
    (SECURE, 'tls.expires dateFormat "%F" == "2033-05-18"'),
    (PLAIN, "tls.expires not exists"),
    (seen(octets=b"HTTP/1.1 200 OK\r\n"), "raw startsWith hex,48545450;"),
]


@pytest.mark.parametrize(("what", "line"), HOLDS, ids=[line for _, line in HOLDS])
def test_a_query_finds_what_is_there(what: Seen, line: str) -> None:
    assert outcome(line, what) == "holds"


def test_every_query_is_in_the_table() -> None:
    assert {expectation(line).query.name for _, line in HOLDS} == set(QUERIES)


DEEP = b"[" * 100_000 + b"]" * 100_000
ERRORS = [
    (seen(b"\xff", "text/plain; charset=utf-8"), "body exists", "the content is not utf-8: octet 0 is 0xff", 1),
    (seen(b"caf\xe9"), "body exists", "the content is not utf-8: octet 3 is 0xe9", 1),
    (seen(b"x", "text/plain; charset=klingon"), "body exists", "there is no charset 'klingon'", 1),
    (seen(b"x", "text/plain; charset=hz-gb-2312"), "body exists", "the charset hz-gb-2312 is not read", 1),
    (seen(b"\xff"), "regex /(a)/ exists", "the content is not utf-8", 1),
    (seen(b"{"), 'jsonpath "$" exists', "the content is not JSON", 1),
    (seen(b""), 'jsonpath "$" exists', "the content is empty", 1),
    (seen(b"[NaN]"), 'jsonpath "$" exists', "the content is not JSON: NaN is no value", 1),
    (seen(b"[1e999]"), 'jsonpath "$" exists', "the content has a number out of range", 1),
    (seen(b"1" * 5000), 'jsonpath "$" exists', "the content has a number of 5000 digits", 1),
    (seen(b'"\\ud800"'), 'jsonpath "$" exists', "the content is not JSON: an escape is half of a pair", 1),
    (seen(DEEP), 'jsonpath "$" exists', "the content is JSON that nests too deep", 1),
    (seen(b"[" * 700 + b"]" * 700), 'jsonpath "$..*" exists', "the content is JSON that nests too deep", 1),
    (seen(b"{}"), 'jsonpath "$[" exists', "the JSONPath is not valid", 10),
    (seen(b"{}"), 'jsonpath "name" exists', "the JSONPath is not valid", 10),
    (seen(b"{}"), 'jsonpath "$.items.[0]" exists', "the JSONPath is not valid", 10),
    (seen(b"{}"), 'jsonpath "$[01]" exists', "the JSONPath is not valid", 10),
    (seen(b"{}"), 'jsonpath "" exists', "the JSONPath is not valid", 10),
    (seen(b"hello"), 'xpath "//a" exists', "the content is not XML", 1),
    (seen(b""), 'xpath "//a" exists', "the content is empty", 1),
    (seen(b"<a/>"), 'xpath "///" exists', "the XPath is not valid", 7),
    (seen(b"<a/>"), 'xpath "//b:c" exists', "the XPath is not valid", 7),
    (seen(b"<a/>"), 'xpath "strong(//a)" exists', "the XPath is not valid", 7),
    (seen(b"a"), 'regex "{{p}}" exists', "the pattern is not valid: a group is not closed", 7),
    (seen(fields=COOKIES), 'cookie "bad[Expires]" exists', "the cookie's Expires is no date: soon", 8),
    (seen(fields=COOKIES), 'cookie "{{c}}" exists', "a cookie has no attribute colour", 8),
    (seen(), 'header "{{nope}}" exists', 'the variable "nope" has no value', 11),
    (seen(), 'variable "{{list}}" exists', 'the variable "list" is a list, which has no text', 13),
]


@pytest.mark.parametrize(("what", "line", "title", "column"), ERRORS, ids=[line for _, line, _, _ in ERRORS])
def test_a_query_that_cannot_tell_is_an_error_where_it_stands(what: Seen, line: str, title: str, column: int) -> None:
    found = finding(line, what, scope(p="(", c="a[colour]", list=[1]))
    assert found is not None
    assert found.kind == "error"
    assert found.title.startswith(title)
    assert found.place.column == column
    assert found.source == line


def test_redirects_are_the_responses_that_led_on() -> None:
    chain = (
        exchange(number=1, url="http://a/1", status=302, cause="asked"),
        exchange(number=2, url="http://a/2", status=500, hop=1, cause="redirect"),
        exchange(number=3, url="http://a/2", status=301, hop=1, cause="retry"),
        exchange(number=4, url="https://proxy/", status=200, hop=0, cause="tunnel"),
        exchange(number=5, url="http://a/3", status=200, hop=2, cause="redirect"),
    )
    after = Seen(chain)
    assert after.answers == [Answer(302, "http://a/2"), Answer(301, "http://a/3")]
    for line in (
        "redirects count == 2",
        'redirects nth 0 location == "http://a/2"',
        'redirects last location == "http://a/3"',
        'url == "http://a/3"',
        "status == 200",
    ):
        assert outcome(line, after) == "holds"


def test_tls_is_known_on_a_connection_that_is_used_again() -> None:
    first = exchange(number=1, url="https://a/1", status=302, tls=True)
    again = exchange(number=2, url="https://a/2", hop=1, cause="redirect", reused=1)
    for line in ('tls.version == "TLS 1.3"', 'certificate "Subject" exists', "tls.expires isDate"):
        assert outcome(line, Seen((first, again))) == "holds"
    again.connection = 2
    assert outcome("tls.version not exists", Seen((first, again))) == "holds"
    assert first.tls is not None
    assert outcome('tls.version == "TLS 1.3"', Seen((again,), b"", {2: first.tls})) == "holds"
    assert outcome("tls.version not exists", Seen((again,), b"", {3: first.tls})) == "holds"


def test_octets_are_needed_by_raw_only() -> None:
    with_raw = response("HTTP 200\n[Captures]\nr: raw\n[Asserts]\nstatus == 200\n")
    assert needs_octets(with_raw.expectations, with_raw.captures)
    assert not needs_octets(with_raw.expectations, ())
    assert needs_octets([expectation("raw exists")], ())


def test_a_capture_keeps_the_type() -> None:
    cases = {
        'a: jsonpath "$.n"': 1,
        'a: jsonpath "$.f"': 1.0,
        'a: jsonpath "$.none"': None,
        'a: jsonpath "$.list"': [1, "a"],
        'a: jsonpath "$.name" replace "o" "u"': "Bub",
    }
    for line, value in cases.items():
        found = captured(line, JSON)
        assert (found.name, found.value, type(found.value)) == ("a", value, type(value))


def test_a_capture_may_be_secret_and_its_name_a_template() -> None:
    found = captured('tok-{{n}}: jsonpath "$.name" redact', JSON, scope(n=7))
    assert (found.name, found.value, found.secret) == ("tok-7", "Bob", True)


def test_a_flag_is_captured_as_what_it_is() -> None:
    assert captured('s: cookie "LSID[Secure]"', seen(fields=COOKIES)).value is FLAG
    assert isinstance(captured('s: cookie "LSID[Expires]"', seen(fields=COOKIES)).value, Moment)


@pytest.mark.parametrize(
    ("line", "column"), [('a: header "nope"', 4), ("a: body regex /(zz)/", 9), ("a: body regex /(H)/ regex /(x)/", 21)]
)
def test_a_capture_of_nothing_is_an_error_at_what_gave_nothing(line: str, column: int) -> None:
    with pytest.raises(Fault) as caught:
        captured(line, PLAIN)
    assert caught.value.finding.title == "there is nothing to capture"
    assert caught.value.finding.place.column == column
    assert caught.value.finding.source == line


def test_a_secret_is_compared_by_its_value() -> None:
    assert outcome('body contains "{{secret}}"', PLAIN, scope(secret="Bob")) == "holds"
    assert outcome('variable "secret" == "Bob"', PLAIN, scope(secret="Bob")) == "holds"


def test_json_is_read_once_for_all_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    from httpeek.check.expect import json_values

    calls: list[str] = []
    original = json_values.json_value

    def counted(text: str) -> object:
        calls.append(text)
        return original(text)

    monkeypatch.setattr(json_values, "json_value", counted)
    what = seen(b'{"a": 1}')
    for _ in range(3):
        assert outcome('jsonpath "$.a" == 1', what) == "holds"
    assert len(calls) == 1


def test_a_byte_order_mark_before_json_is_no_mistake() -> None:
    assert outcome('jsonpath "$.a" == 1', seen(b'\xef\xbb\xbf{"a": 1}')) == "holds"
