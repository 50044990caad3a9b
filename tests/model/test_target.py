"""What a user may write for a URL, and what is refused with a reason."""

from __future__ import annotations

import pytest

from httpeek.model.codes import USAGE, HttpeekError
from httpeek.model.target import parse


@pytest.mark.parametrize("url", ["http://", "http:///health", "https://?a=b", "http://:8080/x", "//", "?a=b", "#top"])
def test_a_url_without_a_host_is_no_request_to_this_machine(url: str) -> None:
    with pytest.raises(HttpeekError) as raised:
        parse(url)
    assert raised.value.code == USAGE
    assert "has no host (is a variable empty?)" in raised.value.failure.sentence


def test_one_slash_after_the_scheme_is_named() -> None:
    with pytest.raises(HttpeekError) as raised:
        parse("http:/example.org/x")
    assert raised.value.failure.sentence.endswith("write http://example.org/x")


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        (":8080/x", "localhost:8080", "/x"),
        (":", "localhost", "/"),
        ("localhost", "localhost", "/"),
        ("http:8080/x", "http:8080", "/x"),
        ("[::1]:8080/x", "[::1]:8080", "/x"),
        ("https://example.org?q", "example.org", "/?q"),
    ],
)
def test_what_people_write_for_a_host(url: str, authority: str, path: str) -> None:
    target = parse(url)
    assert (target.authority, target.path) == (authority, path)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("://example.org/x", "example.org", "/x"),
        # IDNA 2008 keeps what IDNA 2003 mapped to another name (RFC 5894 section 7.2).
        ("http://fa\u00df.de/", "xn--fa-hia.de", "/"),
        ("http://B\u00dcCHER.example", "xn--bcher-kva.example", "/"),
        ("http://\u4f8b\u5b50.\u6d4b\u8bd5/\u540d", "xn--fsqu00a.xn--0zwm56d", "/%E5%90%8D"),
    ],
)
def test_hosts_in_other_scripts_and_pasted_urls(url: str, host: str, path: str) -> None:
    target = parse(url)
    assert (target.host, target.path) == (host, path)
