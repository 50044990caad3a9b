"""`--spider`: what is checked, by which method, and what the report says."""

from __future__ import annotations

import json

from tests.download.conftest import Quick
from tests.download.origin import Request
from tests.download.sites import CSS, Page, Site, html, moved
from tests.download.test_mirror import a


def test_urls_are_checked_by_head_and_nothing_is_written(download: Quick) -> None:
    with Site({"/a": "A", "/b": b"B"}) as site:
        result = download("--spider", f"{site.url}/a", f"{site.url}/b")
    assert result.code == 0 and b"2 URLs checked, 0 broken" in result.out
    assert [(r.method, r.target) for r in site.requests] == [("HEAD", "/a"), ("HEAD", "/b")]
    assert download.names() == []


def test_get_where_head_is_refused(download: Quick) -> None:
    def refuses(request: Request) -> Page:
        return Page(b"", "text/plain", 405) if request.method == "HEAD" else html("x")

    def knows_not(request: Request) -> Page:
        return Page(b"", "text/plain", 501) if request.method == "HEAD" else Page(b"y", "text/plain", 404)

    with Site({"/x": refuses, "/y": knows_not}) as site:
        assert download("--spider", f"{site.url}/x").code == 0
        assert download("--spider", f"{site.url}/y").code == 10
    assert site.methods("/x") == site.methods("/y") == ["HEAD", "GET"]


def test_content_that_nobody_wants_is_not_read_to_its_end(download: Quick) -> None:
    def large(request: Request) -> Page:
        return Page(b"", "text/plain", 405) if request.method == "HEAD" else Page(bytes(50_000_000), "video/mp4")

    with Site({"/x": large}) as site:
        result = download("--spider", f"{site.url}/x")
    assert result.code == 0


def test_pages_are_read_and_all_else_is_asked_for_by_head(download: Quick) -> None:
    page = "<a href=p><a href=q.html><img src=i.png><a href=big.iso>"
    page += "<link rel=stylesheet href=s.css><script src=j></script>"
    pages: dict[str, Page | str | bytes] = {
        "/": page,
        "/p": "",
        "/q.html": "",
        "/i.png": b"",
        "/big.iso": b"",
        "/s.css": Page(b"a{b:url(k.png)}", CSS),
    }
    with Site({**pages, "/j": b"", "/k.png": b""}) as site:
        result = download("--spider", "-r", site.url)
    assert result.code == 0
    methods = {target: site.methods(target) for target in (*pages, "/j", "/k.png")}
    assert {target for target, used in methods.items() if used == ["GET"]} == {"/", "/p", "/q.html", "/s.css"}
    assert {target for target, used in methods.items() if used == ["HEAD"]} == {"/i.png", "/big.iso", "/j", "/k.png"}
    assert download.names() == []


def test_a_page_with_the_name_of_none_is_read_all_the_same(download: Quick) -> None:
    with Site({"/": a("v1.2"), "/v1.2": a("gone")}) as site:
        result = download("--spider", "-r", site.url)
    assert result.code == 10 and site.methods("/v1.2") == ["HEAD", "GET"]


def test_broken_links_with_the_pages_and_lines_that_hold_them(download: Quick) -> None:
    pages = {"/": "\n\n<a href=gone>\n<a href=p>", "/p": "<img src=gone>\n\n\n<a href='gone#f'>"}
    with Site(pages) as site:
        result = download("--spider", "-r", site.url)
        said = result.out.decode().replace(site.url, "")
    assert result.code == 10
    assert said == "/gone: 404 X\n  /:3\n  /p:1\n  /p:4\n3 URLs checked, 1 broken\n"


def test_the_report_as_json(download: Quick) -> None:
    pages: dict[str, Page | str | bytes] = {
        "/": a("gone", "old", "ok#no"),
        "/old": moved("/away"),
        "/ok": "<p id=yes>",
        "/away": Page(b"", status=410),
    }
    with Site({**pages, "/robots.txt": "User-agent: *\nDisallow: /priv"}) as site:
        site.pages["/"] = a("gone", "old", "ok#no", "ok#yes", "priv", "http://other.test/")
        result = download("--spider", "-r", "--as", "json", site.url)
        said = json.loads(result.out.decode().replace(site.url, ""))
    assert result.code == 10
    assert said["schema"] == "httpeek-spider/1" and said["checked"] == 5
    assert said["broken"] == [
        {
            "url": "/gone",
            "status": 404,
            "exit": 4,
            "failure": "404 X",
            "holders": [{"page": "/", "line": 1}],
            "redirected_from": [],
        },
        {
            "url": "/away",
            "status": 410,
            "exit": 4,
            "failure": "410 X",
            "holders": [{"page": "/", "line": 1}],
            "redirected_from": ["/old"],
        },
    ]
    assert said["missing_fragments"] == [{"url": "/ok#no", "page": "/", "line": 1}]
    assert said["not_followed"] == {"another host": 1, "robots.txt": 1}


def test_failures_without_a_response(download: Quick) -> None:
    with Site({}) as site:
        site.pages["/"] = a("http://no-such.invalid/", "http://127.0.0.1:1/")
        result = download("--spider", "-r", "--span-hosts", "--as=json", "--retry", "0", "--no-robots", site.url)
        said = json.loads(result.out)
    assert [(one["status"], one["exit"]) for one in said["broken"]] == [(None, 6), (None, 7)]


def test_a_missing_fragment_is_a_note_and_no_failure(download: Quick) -> None:
    page = '<a href="#no"><a href="#top"><a href="#"><a href="#a%20b"><a href="p#n"><p id="a b">'
    with Site({"/": page, "/p": "<a name=n>"}) as site:
        result = download("--spider", "-r", site.url)
        said = result.out.decode().replace(site.url, "")
    assert result.code == 0
    assert said == "note: /#no: nothing has this name\n  /:1\n2 URLs checked, 0 broken\n"


def test_redirect_loops_are_broken_links(download: Quick) -> None:
    with Site({"/": a("x"), "/x": moved("/y"), "/y": moved("/x")}) as site:
        result = download("--spider", "-r", site.url)
    assert result.code == 10 and b"loop" in result.out


def test_a_spider_without_broken_links_is_done(download: Quick) -> None:
    with Site({"/": a("x"), "/x": a("/")}) as site:
        assert download("--spider", "-r", site.url).code == 0


def test_control_characters_in_json_are_escaped(download: Quick) -> None:
    with Site({"/": '<a href="\x1b]0;evil\x07">'}) as site:
        result = download("--spider", "-r", "--as=json", site.url)
    assert b"\x1b" not in result.out and json.loads(result.out)["broken"]


def test_the_companions_site(download: Quick, companion: str) -> None:
    result = download("--spider", "-r", "--as=json", f"{companion}/site/")
    (broken,) = json.loads(result.out)["broken"]
    assert result.code == 10
    assert broken["url"] == f"{companion}/site/missing.html"
    assert broken["holders"] == [{"page": f"{companion}/site/", "line": 25}]
