"""Pages that come piece by piece, caches, the server's inside, and the site."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest

from httpeek.server.app.site import PAGES
from tests.server.app.asking import ask


def test_lines_are_numbered_json() -> None:
    rows = [json.loads(line) for line in ask("/stream/3?a=1").text.splitlines()]
    assert [(row["id"], row["args"]) for row in rows] == [(n, {"a": "1"}) for n in range(3)]
    got = ask("/ndjson/2")
    assert got["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in got.text.splitlines()] == [0, 1]
    assert len(ask("/ndjson").text.splitlines()) == 10
    assert ask("/stream/10001").status == ask("/ndjson/x").status == 400


def test_events_are_those_of_the_html_standard(slept: list[float]) -> None:
    got = ask("/sse?count=3&duration=4&delay=500ms")
    assert got["Content-Type"] == "text/event-stream"
    assert got.text == "".join(f'event: ping\nid: {n}\ndata: {{"id": {n}}}\n\n' for n in range(3))
    assert slept == [0.5, 2, 2]
    assert ask("/sse?count=1").text.count("data:") == 1
    assert ask("/sse?count=0").content == b""


def test_a_delay_is_waited_for_and_then_says_what_was_sent(slept: list[float]) -> None:
    got = ask("/delay/1.5?a=1", "POST", content=b"x")
    assert (slept, got.json["data"], got.json["args"]) == ([1.5], "x", {"a": "1"})


@pytest.mark.parametrize(
    "path",
    [
        "/delay/61",
        "/delay/x",
        "/delay/-1",
        "/delay/nan",
        "/delay/.",
        "/delay/1e9",
        "/sse?duration=61",
        "/drip?delay=99",
    ],
)
def test_a_delay_beyond_the_bound_is_400_and_not_waited_for(path: str, slept: list[float]) -> None:
    got = ask(path)
    assert (got.status, slept) == (400, [])
    assert "is a time of 0 to 60 s" in got.text


def test_a_drip_comes_octet_by_octet(slept: list[float]) -> None:
    got = ask("/drip?numbytes=4&duration=2&delay=1&code=206")
    assert (got.status, got.content, got["Content-Length"]) == (206, b"****", "4")
    assert slept == [1, 0.5, 0.5, 0.5]
    assert ask("/drip?numbytes=100000").content == b"*" * 100_000
    assert ask("/drip?numbytes=0").content == b""
    assert ask("/drip?code=204").status == ask("/drip?numbytes=10485761").status == 400


def test_trailers_are_given_to_the_server_behind_the_content() -> None:
    sent: list[Any] = []
    got = ask("/trailers?X-A=%C3%A9", environ={"httpeek.trailers": sent.extend})
    assert got.content.count(b"\n") == 3
    assert not got["Content-Length"]
    assert sent[0] == (b"X-A", "\u00e9".encode())
    assert sent[1][0] == b"Content-Digest"
    assert sent[1][1].startswith(b"sha-256=:")
    for query in ("Content-Length=1", "=1", "a%0db=1", "a=%0a"):
        assert ask(f"/trailers?{query}", environ={"httpeek.trailers": sent.extend}).status == 400


def test_early_hints_come_before_the_answer() -> None:
    told: list[Any] = []
    got = ask("/early-hints", environ={"httpeek.interim": lambda *said: told.append(said)})
    assert got.status == 200
    ((status, reason, fields),) = told
    assert (status, reason, [name for name, _ in fields]) == (103, b"Early Hints", [b"Link", b"Link"])


@pytest.mark.parametrize("path", ["/early-hints", "/trailers", "/socket", "/requests", "/dump/request", "/dump/last"])
def test_what_a_server_does_not_offer_is_501_and_names_it(path: str) -> None:
    got = ask(path, environ={"SERVER_SOFTWARE": "other/1"})
    assert got.status == 501
    assert got.text.startswith("this server (other/1) ")


def test_the_connection_is_told_as_the_server_has_it() -> None:
    facts = {"fd": 5, "local": "127.0.0.1:8080", "remote": "127.0.0.1:40000", "tcp_info": {"rtt": 12}}
    assert ask("/socket", environ={"httpeek.connection": facts}).json == facts
    assert ask("/socket", environ={"httpeek.connection": lambda: facts}).json == facts


def test_the_dump_is_the_octets_of_the_request() -> None:
    octets = b"GET /dump/request HTTP/1.1\r\nhOsT: x\r\n\r\n\xff"
    got = ask("/dump/request", environ={"httpeek.request_octets": octets})
    assert got.content == octets


def test_the_environment_is_shown_only_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPEEK_TEST", "secret")
    got = ask("/env")
    assert got.status == 403
    assert "secret" not in got.text.replace("secrets", "")
    assert ask("/env", environ={"httpeek.show_env": True}).json["env"]["HTTPEEK_TEST"] == "secret"


def test_version_and_hostname() -> None:
    from httpeek import __version__

    assert ask("/version", environ={"SERVER_SOFTWARE": "s/1"}).json == {"version": __version__, "server": "s/1"}
    assert ask("/hostname").json["hostname"]


def test_a_cache_page_is_304_to_any_condition() -> None:
    got = ask("/cache")
    assert got["ETag"]
    assert got["Last-Modified"]
    assert ask("/cache", fields={"If-None-Match": "x"}).status == 304
    assert ask("/cache", fields={"If-Modified-Since": "x"}).status == 304
    assert ask("/cache/60")["Cache-Control"] == "public, max-age=60"
    assert ask("/cache/x").status == ask("/cache/2147483648").status == 400


def test_an_etag_page_keeps_conditions() -> None:
    assert ask("/etag/v1")["ETag"] == '"v1"'
    assert ask("/etag/v1", fields={"If-None-Match": '"v1"'}).status == 304
    assert ask("/etag/v1", fields={"If-Match": '"v2"'}).status == 412
    assert ask("/etag/v%221").status == 400


def test_response_headers_are_those_of_the_query() -> None:
    got = ask("/response-headers?X-A=1&X-A=2&X-B=%C3%A9&Content-Type=text/plain")
    assert (got.all("X-A"), got["Content-Type"]) == (["1", "2"], "text/plain")
    assert got["X-B"].encode("latin-1") == "\u00e9".encode()
    assert got.json["X-A"] == ["1", "2"]
    assert ask("/response-headers?a=1", "POST").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "a%20b=1",
        "=1",
        "a=%0d%0aB:1",
        "Connection=close",
        "Content-Length=1",
        "Status=200",
        "a-=1",
        "&".join(["a=1"] * 101),
    ],
)
def test_fields_that_cannot_be_set_are_400(query: str) -> None:
    assert ask(f"/response-headers?{query}").status == 400


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "base":
                self.base = value or ""
            elif name in ("href", "src", "poster", "data", "background") and value:
                self.found.append(value)
            elif name == "srcset" and value:
                self.found += [part.split()[0] for part in value.split(",")]


def links(path: str) -> list[str]:
    parser = Links()
    parser.feed(ask(path).text)
    return [urljoin(urljoin(path, parser.base), link).partition("#")[0] for link in parser.found]


def test_the_site_can_be_walked_and_only_the_broken_link_is_missing() -> None:
    waiting, seen, missing, moved, outside = ["/site/"], {"/site/"}, set(), set(), set()
    while waiting:
        path = waiting.pop()
        if not path.startswith("/site/"):
            outside.add(path)
            continue
        if path.startswith("/site/calendar/"):
            continue
        got = ask(path)
        found = links(path) if got["Content-Type"].startswith("text/html") else []
        if got.status == 404:
            missing.add(path)
        elif got.status == 301:
            moved.add(got["Location"])
            found = [got["Location"]]
        for link in found:
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    assert missing == {"/site/missing.html"}
    assert moved == {"/site/about.html", "https://example.org/elsewhere"}
    assert {"//example.org/", "https://example.com/page.html", "/get", "mailto:nobody@example.org"} <= outside
    reached = {path.removeprefix("/site/").partition("?")[0] for path in seen}
    by_style = {"images/tile.png", "style/more.css", "style/print.css"}
    percent = {"a%20name%20%C3%A9.html"}
    assert {page for page in PAGES if page != "a name \u00e9.html"} - by_style - reached == set()
    assert percent <= reached


def test_the_calendar_has_no_end() -> None:
    assert "/site/calendar/2" in links("/site/calendar/1")
    assert ask("/site/calendar/x").status == 400


def test_styles_import_each_other_and_name_images() -> None:
    assert ask("/site/style/main.css")["Content-Type"].startswith("text/css")
    assert "main.css" in ask("/site/style/more.css").text
    assert ask("/site/images/blue.png").content == ask("/image/png").content


def test_robots_are_asked_to_leave_out_what_the_site_links_to() -> None:
    assert "Disallow: /site/private/" in ask("/robots.txt").text
    assert ask("/site/private/page.html").status == 200
    assert ask("/site")["Location"] == "/site/"
    assert ask("/files")["Location"] == "/files/"


def test_links_link_to_each_other() -> None:
    assert ask("/links/3")["Location"] == "/links/3/0"
    assert links("/links/3/1") == ["/links/3/0", "/links/3/2"]
    assert ask("/links/201").status == ask("/links/3/x").status == 400
