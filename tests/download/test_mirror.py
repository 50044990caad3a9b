"""Mirrors, judged by the files and by the requests that the site saw."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.download.conftest import Quick
from tests.download.origin import Request
from tests.download.sites import CSS, HTML, Page, Site, html, moved


def files(home: Path) -> dict[str, bytes]:
    """Every file below the directory of the one host, by its path there."""
    found: dict[str, bytes] = {}
    for path in home.rglob("*"):
        parts = path.relative_to(home).parts
        if path.is_file() and parts[0] != "state" and not path.name.endswith(".json"):
            found["/".join(parts[1:])] = path.read_bytes()
    return found


def a(*names: str) -> str:
    return "".join(f'<a href="{name}">x</a>' for name in names)


# What is followed


def test_pages_are_followed_and_saved_octet_for_octet(download: Quick) -> None:
    with Site({"/": a("b.html", "d/c.html"), "/b.html": "B", "/d/c.html": a("/e"), "/e": b"\0\xff"}) as site:
        assert download("-r", site.url).code == 0
    assert files(download.home) == {
        "index.html": a("b.html", "d/c.html").encode(),
        "b.html": b"B",
        "d/c.html": a("/e").encode(),
        "e": b"\0\xff",
    }
    assert site.asked == ["/", "/b.html", "/d/c.html", "/e"]


def test_each_url_is_asked_for_once_and_loops_end(download: Quick) -> None:
    pages = {"/": a("a", "a#f", "./a", "x/../a", "//HOST/a", "%61"), "/a": a("/", "a", "b"), "/b": a("a")}
    with Site({}) as site:
        site.pages = {path: text.replace("HOST", site.root) for path, text in pages.items()}
        download("-r", site.url)
    assert site.asked == ["/", "/a", "/b"]


def test_the_level_counts_links_from_the_url(download: Quick) -> None:
    with Site({"/0": a("1"), "/1": a("2"), "/2": a("3"), "/3": a("4")}) as site:
        download("-r", "-l", "2", f"{site.url}/0")
    assert site.asked == ["/0", "/1", "/2"]


@pytest.mark.parametrize("level", ["inf", "0"])
def test_a_level_without_an_end(download: Quick, level: str) -> None:
    with Site({f"/{n}": a(str(n + 1)) for n in range(12)}) as site:
        download("-r", f"--level={level}", f"{site.url}/0")
    assert site.asked == [f"/{n}" for n in range(13)]


def test_five_levels_by_itself(download: Quick) -> None:
    with Site({f"/{n}": a(str(n + 1)) for n in range(12)}) as site:
        download("-r", f"{site.url}/0")
    assert site.asked == [f"/{n}" for n in range(6)]


def test_a_site_without_end_ends_by_the_quota(download: Quick) -> None:
    with Site({f"/{n}": a(str(n + 1)) + " " * 1000 for n in range(100)}) as site:
        result = download("-r", "-l", "inf", "--quota", "5000", f"{site.url}/0")
    assert site.asked == [f"/{n}" for n in range(5)]
    assert result.code == 63 and "quota" in result.err


def test_no_parent_stays_below_the_directory(download: Quick) -> None:
    pages = {"/d/": a("a", "../up", "/d/b", "/dx", "e/../c"), "/d/a": "", "/d/b": "", "/d/c": "", "/up": "", "/dx": ""}
    with Site(pages) as site:
        download("-r", "--no-parent", f"{site.url}/d/")
    assert site.asked == ["/d/", "/d/a", "/d/b", "/d/c"]


def test_no_parent_does_not_keep_requisites_away(download: Quick) -> None:
    with Site({"/d/": '<img src="../i.png"><a href="../up">', "/i.png": b"i", "/up": ""}) as site:
        download("-r", "--no-parent", "--page-requisites", f"{site.url}/d/")
    assert site.asked == ["/d/", "/i.png"]


def test_other_hosts_and_ports_are_left_alone(download: Quick) -> None:
    with Site({}) as other, Site({}) as site:
        site.pages["/"] = a(f"http://localhost:{site.port}/x", f"{other.url}/y", f"//b.test:{site.port}/z", "in")
        site.pages["/in"] = "in"
        result = download("-r", site.url, *site.hosts("b.test"))
        assert other.requests == []
    assert site.asked == ["/", "/in"]
    assert "3 another host" in result.err


def test_hosts_are_spanned_when_asked(download: Quick) -> None:
    with Site({}) as site:
        site.pages["a.test/"] = a(f"http://b.test:{site.port}/", f"http://c.test:{site.port}/")
        site.pages["b.test/"] = "B"
        site.pages["c.test/"] = "C"
        url = f"http://a.test:{site.port}/"
        download("-r", "--span-hosts", url, *site.hosts("a.test", "b.test", "c.test"))
    assert {p.read_bytes() for p in download.home.glob("[bc].test*/index.html")} == {b"B", b"C"}


def test_domains_bound_the_span(download: Quick) -> None:
    with Site({}) as site:
        hosts = ("a.test", "w.b.test", "xb.test", "c.b.test")
        site.pages["a.test/"] = a(*(f"http://{host}:{site.port}/" for host in hosts[1:]))
        for host in hosts[1:]:
            site.pages[f"{host}/"] = host
        words = ["--domains=b.test,a.test", "--exclude-domains", "c.b.test"]
        download("-r", "--span-hosts", *words, f"http://a.test:{site.port}/", *site.hosts(*hosts))
    assert [p.name.partition(":")[0] for p in sorted(download.home.glob("*.test*"))] == ["a.test", "w.b.test"]


def test_accept_takes_suffixes_and_patterns(download: Quick) -> None:
    pages = {"/": a("a.jpg", "b.png", "c.gif", "img7.x", "p.html"), "/p.html": a("d.jpg")}
    with Site({**pages, **{f"/{n}": n.encode() for n in ("a.jpg", "b.png", "c.gif", "img7.x", "d.jpg")}}) as site:
        download("-r", "--accept", "jpg,img?.x", "--accept=.png", site.url)
    assert set(files(download.home)) == {"a.jpg", "b.png", "img7.x", "d.jpg"}
    assert "/c.gif" not in site.asked and "/p.html" in site.asked


def test_reject(download: Quick) -> None:
    with Site({"/": a("a.jpg", "b.png", "p.html"), "/a.jpg": b"", "/b.png": b"b", "/p.html": a("q.html")}) as site:
        site.pages["/q.html"] = "Q"
        download("-r", "--reject", "jpg,p.*", site.url)
    assert set(files(download.home)) == {"index.html", "b.png", "q.html"}
    assert site.asked.count("/p.html") == 1


def test_listings_are_left_out_by_the_name_of_their_file(download: Quick) -> None:
    with Site({"/d/": a("?C=N", "x.txt"), "/d/?C=N": a("y"), "/d/x.txt": b"x", "/d/y": b"y"}) as site:
        download("-r", "--no-parent", "--reject", "index.html*", f"{site.url}/d/")
    assert set(files(download.home)) == {"d/x.txt", "d/y"}


def test_a_rejected_page_at_the_last_level_is_not_asked_for(download: Quick) -> None:
    with Site({"/": a("p.html"), "/p.html": a("q.html")}) as site:
        download("-r", "-l", "1", "--reject", "html", site.url)
    assert site.asked == ["/"]


def test_directories_are_left_out(download: Quick) -> None:
    with Site({"/": a("a/x", "b/", "b/x", "b/c/x", "d"), "/a/x": "", "/d": ""}) as site:
        download("-r", "--exclude-directories", "/b,/e*", site.url)
    assert site.asked == ["/", "/a/x", "/d"]


def test_form_actions_mail_scripts_and_data_are_not_asked_for(download: Quick) -> None:
    page = (
        '<form action="/f"><button formaction="/g"></button></form>'
        '<a href="mailto:x@y">m</a>'
        '<a href="javascript:f()">j</a><a href="data:,x">d</a><a href="ftp://h/x">f</a>'
        '<a href="file:///etc/passwd">p</a><input src="/no">'
        '<!-- <a href="/c"> --><script>"<a href=/s>"</script><textarea><a href="/t"></textarea><a name="/n">'
    )
    with Site({"/": page}) as site:
        download("-r", site.url)
    assert site.asked == ["/"]


def test_requisites_of_one_page(download: Quick) -> None:
    page = (
        "<link rel=stylesheet href=s.css><link rel=icon href=i.ico><link rel=next href=n.html>"
        '<script src=j.js></script><img src=a.png srcset="b.png 1x, c.png 2x">'
        "<iframe src=f.html></iframe><a href=other.html>"
    )
    names = ("i.ico", "j.js", "a.png", "b.png", "c.png", "bg.png", "deep.png")
    pages = {f"/{name}": name.encode() for name in names}
    sheets = {
        "/s.css": Page(b'@import "t.css"; b{c:url(bg.png)}', CSS),
        "/t.css": Page(b"@import url('u.css');", CSS),
        "/u.css": Page(b"b{c:url(deep.png)} @import 's.css'", CSS),
    }
    with Site({"/": page, "/f.html": "<img src=bg.png><a href=no.html>", **pages, **sheets}) as site:
        assert download("--page-requisites", site.url).code == 0
    assert sorted(site.asked) == sorted(["/", "/f.html", *pages, *sheets])


def test_requisites_beyond_the_last_level(download: Quick) -> None:
    with Site({"/": a("p"), "/p": '<img src="i.png"><a href="q">', "/i.png": b"i"}) as site:
        download("-r", "-l", "1", "--page-requisites", site.url)
    assert site.asked == ["/", "/p", "/i.png"]


def test_frames_in_frames_without_end_do_end(download: Quick) -> None:
    with Site({f"/{n}": f'<iframe src="{n + 1}"></iframe>' for n in range(100)}) as site:
        download("--page-requisites", f"{site.url}/0")
    assert 2 < len(site.asked) < 20


def test_the_base_element_counts(download: Quick) -> None:
    with Site({"/": '<base href="/d/"><base href="/e/"><a href="x">', "/d/x": "X"}) as site:
        download("-r", site.url)
    assert site.asked == ["/", "/d/x"]


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ('<a href="x&amp;y">', "/x&y"),
        ("<a href='&#x78;'>", "/x"),
        ('<a href=" x\n\ty ">', "/xy"),
        ('<a href="\\x\\y">', "/x/y"),
        ("<a href=x>", "/x"),
        ('<a href="?q=1">', "/?q=1"),
        ('<a href="//HOST/x">', "/x"),
        ('<A HREF="x" href="y">', "/x"),
        ("<a title='>' href=x>", "/x"),
        ("<area href=x>", "/x"),
        ("<body background=x>", "/x"),
        ('<p style="b:url(&quot;x&quot;)">', "/x"),
        ("<style>b{c:URL( 'x' )}</style>", "/x"),
        ('<meta http-equiv=refresh content="1;url=x">', "/x"),
        ("<svg><use xlink:href='x#y'/></svg>", "/x"),
        ("<noscript><img src=x></noscript>", "/x"),
        ("<template><img src=x></template>", "/x"),
        ("<video poster=x>", "/x"),
        ("<object data=x>", "/x"),
        ("<embed src=x>", "/x"),
        ('<a href="caf\xe9">', "/caf%C3%A9"),
        ('<img srcset="x,y 1w">', "/x,y"),
        ("<a href=/x/%2e%2e/y>", "/y"),
        ("<frameset><frame src=x></frameset>", "/x"),
        ("<input type=image src=x>", "/x"),
        ("<!--><a href=x> -->", "/x"),
    ],
)
def test_references_of_every_kind(download: Quick, body: str, asked: str) -> None:
    with Site({}) as site:
        site.pages["/"] = body.replace("HOST", site.root)
        download("-r", site.url)
    assert site.asked == ["/", asked]


def test_the_charset_of_a_page(download: Quick) -> None:
    with Site({"/": Page('<a href="é?é">'.encode("cp1252"), "text/html; charset=ISO-8859-1")}) as site:
        download("-r", site.url)
    assert site.asked == ["/", "/%C3%A9?%E9"]


# Manners


def test_robots_txt_is_respected_and_asked_for_once(download: Quick) -> None:
    robots = "User-agent: *\nDisallow: /\nUser-agent: httpeek\nDisallow: /no\nAllow: /no/yes$\n"
    with Site({"/": a("no/x", "no/yes", "ok"), "/robots.txt": robots, "/no/yes": "", "/ok": ""}) as site:
        result = download("-r", site.url)
    assert site.asked == ["/", "/no/yes", "/ok"]
    assert site.methods("/robots.txt") == ["GET"]
    assert site.requests[1].fields["user-agent"].startswith("httpeek/")
    assert "1 robots.txt" in result.err


def test_what_was_typed_is_fetched_whatever_robots_txt_says(download: Quick) -> None:
    with Site({"/": "x", "/robots.txt": "User-agent: *\nDisallow: /"}) as site:
        assert download("-r", site.url).code == 0
    assert files(download.home) == {"index.html": b"x"}


def test_no_robots(download: Quick) -> None:
    page = "<meta name=robots content=nofollow><a rel=nofollow href=x>"
    with Site({"/": page, "/x": "", "/robots.txt": "User-agent: *\nDisallow: /"}) as site:
        download("-r", "--no-robots", site.url)
    assert [request.target for request in site.requests] == ["/", "/x"]


@pytest.mark.parametrize(("status", "asked"), [(404, ["/", "/x"]), (403, ["/", "/x"]), (500, ["/"]), (503, ["/"])])
def test_a_robots_txt_that_cannot_be_had(download: Quick, status: int, asked: list[str]) -> None:
    with Site({"/": a("x"), "/x": "", "/robots.txt": Page(b"", "text/plain", status)}) as site:
        download("-r", "--retry", "0", site.url)
    assert site.asked == asked


def test_a_robots_txt_behind_redirects(download: Quick) -> None:
    with Site({"/": a("x"), "/robots.txt": moved("/r"), "/r": "User-agent: *\nDisallow: /x"}) as site:
        download("-r", site.url)
    assert site.asked == ["/", "/r"]


@pytest.mark.parametrize(
    "page",
    [
        html('<a href="x" rel="noopener nofollow">'),
        html('<meta name="robots" content="noindex, nofollow"><a href="x">'),
        html('<meta name="ROBOTS" content="none"><a href="x">'),
        html('<a href="x">', X_Robots_Tag="noindex, nofollow"),
        html('<a href="x">', X_Robots_Tag="httpeek: nofollow"),
    ],
)
def test_nofollow(download: Quick, page: Page) -> None:
    with Site({"/": page, "/x": ""}) as site:
        download("-r", site.url)
    assert site.asked == ["/"]


@pytest.mark.parametrize(
    "page",
    [
        html('<meta name="robots" content="noindex"><a href="x">'),
        html('<meta name="googlebot" content="nofollow"><a href="x">'),
        html('<a href="x">', X_Robots_Tag="otherbot: noindex, nofollow"),
    ],
)
def test_what_is_not_nofollow(download: Quick, page: Page) -> None:
    with Site({"/": page, "/x": ""}) as site:
        download("-r", site.url)
    assert site.asked == ["/", "/x"]


def test_pauses_between_requests_and_the_crawl_delay(download: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    from httpeek.download import crawler

    rests: list[float] = []
    monkeypatch.setattr(crawler, "rest", lambda pause, check: rests.append(pause))
    robots = "User-agent: *\nCrawl-delay: 7"
    with Site({"/": a("x", "y"), "/x": "", "/y": "", "/robots.txt": robots}) as site:
        download("-r", "--delay", "3", site.url)
    assert len(rests) == 2 and 2 < rests[0] <= 3 and 6 < rests[1] <= 10


# Redirects


def test_a_redirect_is_kept_under_the_url_that_answered(download: Quick) -> None:
    with Site({"/": a("old", "new"), "/old": moved("/new"), "/new": "N"}) as site:
        assert download("-r", site.url).code == 0
    assert set(files(download.home)) == {"index.html", "new"}
    assert site.asked.count("/new") == 1


def test_no_redirect_leaves_the_host_unasked(download: Quick) -> None:
    with Site({}) as other, Site({}) as site:
        site.pages["/"] = a("out", "in")
        site.pages["/out"] = moved(f"{other.url}/x")
        site.pages["/in"] = "in"
        result = download("-r", site.url)
        assert other.requests == []
    assert result.code == 0 and "another host" in result.err
    assert set(files(download.home)) == {"index.html", "in"}


def test_a_typed_url_that_leads_elsewhere_is_no_success(download: Quick) -> None:
    with Site({}) as other, Site({"/": moved("http://localhost:1/")}) as site:
        result = download("-r", site.url)
        assert other.requests == []
    assert result.code == 3 and "--span-hosts" in result.err


def test_a_redirect_is_judged_like_a_link(download: Quick) -> None:
    with Site({"/d/": a("r"), "/d/r": moved("/up"), "/up": "", "/robots.txt": ""}) as site:
        download("-r", "--no-parent", f"{site.url}/d/")
    assert site.asked == ["/d/", "/d/r"]


def test_redirect_loops_end(download: Quick) -> None:
    with Site({"/": a("a"), "/a": moved("/b"), "/b": moved("/c"), "/c": moved("/a")}) as site:
        result = download("-r", site.url)
    assert result.code == 47 and site.asked == ["/", "/a", "/b", "/c"]


def test_redirects_without_end_end(download: Quick) -> None:
    with Site({"/": a("0"), **{f"/{n}": moved(f"/{n + 1}") for n in range(100)}}) as site:
        result = download("-r", "--max-redirects", "5", site.url)
    assert result.code == 47 and len(site.asked) == 7


def test_credentials_stay_with_their_origin(download: Quick) -> None:
    with Site({}) as site:
        site.pages["a.test/"] = a(f"http://b.test:{site.port}/x", "y")
        site.pages["/x"] = site.pages["/y"] = "x"
        words = ["-a", "me:secret", "--item", "X-Api-Key:k", "--item", "X-Other:o"]
        url = f"http://a.test:{site.port}/"
        download("-r", "--span-hosts", *words, url, *site.hosts("a.test", "b.test"))
    for request in site.requests:
        home = request.fields["host"].startswith("a.test")
        assert ("authorization" in request.fields) == home
        assert ("x-api-key" in request.fields) == home
        assert request.fields["x-other"] == "o"


def test_userinfo_in_a_page_is_not_used(download: Quick) -> None:
    with Site({}) as site:
        site.pages["/"] = a(f"http://u:p@{site.root}/x")
        site.pages["/x"] = "x"
        download("-r", site.url)
    assert site.asked == ["/", "/x"]
    assert all("authorization" not in request.fields for request in site.requests)


def test_cookies_are_kept_for_the_crawl(download: Quick) -> None:
    with Site({"/": html(a("x"), Set_Cookie="s=1"), "/x": "x"}) as site:
        download("-r", site.url)
    assert site.requests[-1].fields.get("cookie") == "s=1"


# Names


def test_a_file_and_a_directory_of_one_name_are_both_kept(download: Quick) -> None:
    with Site({"/": a("both", "both/x", "both/"), "/both": "page", "/both/x": "X", "/both/": "dir"}) as site:
        assert download("-r", site.url).code == 0
    assert sorted(files(download.home).values()) == sorted(
        [b"page", b"X", b"dir", a("both", "both/x", "both/").encode()]
    )


def test_the_directory_first(download: Quick) -> None:
    with Site({"/": a("both/x", "both"), "/both": "page", "/both/x": "X"}) as site:
        download("-r", site.url)
    found = files(download.home)
    assert found["both/x"] == b"X" and found["both-1"] == b"page"


def test_names_that_differ_in_case_are_two_files(download: Quick) -> None:
    with Site(
        {"/": a("A.html", "a.html", "D/x", "d/y"), "/A.html": "1", "/a.html": "2", "/D/x": "3", "/d/y": "4"}
    ) as site:
        download("-r", site.url)
    found = files(download.home)
    assert found["A.html"] == b"1" and found["a-1.html"] == b"2"
    assert len({name.casefold() for name in found}) == 5


def test_queries_are_in_the_names(download: Quick) -> None:
    with Site({"/": a("p?a=1", "p?a=2", "?x", "p"), "/p?a=1": "1", "/p?a=2": "2", "/?x": "3", "/p": "4"}) as site:
        download("-r", site.url)
    found = files(download.home)
    assert (found["p?a=1"], found["p?a=2"], found["index.html?x"], found["p"]) == (b"1", b"2", b"3", b"4")


def test_two_urls_never_write_to_one_file(download: Quick) -> None:
    paths = ["index.html", "a%2Fb", "a/b", "a%252Fb", "c?d", "c%3Fd", "%E9", "%C3%A9", "x/", "x/index.html", "X/"]
    with Site({"/": a(*paths), **{f"/{path}": f"content {path}" for path in paths}}) as site:
        assert download("-r", site.url).code == 0
    assert sorted(files(download.home).values()) == sorted(
        [a(*paths).encode(), *(f"content {path}".encode() for path in paths)]
    )


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2f..%2fetc/x",
        "/%2e%2e/%2e%2e/x",
        "/..%5c..%5cx",
        "/%2e%2e%2f%2e%2e%2fx",
        "//../../x",
        "/a/%2e%2e%2f%2e%2e%2f%2e%2e%2fx",
        "/%00x",
        "/x%0ay",
        "/%2fetc%2fx",
        "/C:%5cx",
        "/.%2e/x",
        "/...%2f",
    ],
)
def test_nothing_is_written_outside_of_the_root(download: Quick, tmp_path: Path, path: str) -> None:
    root = download.home / "a" / "b"
    with Site({"/": f'<a href="{path}">'}) as site:
        site.pages |= dict.fromkeys((path, "/x"), b"evil")
        download("-r", "-P", str(root), site.url)
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and root not in p.parents and "state" not in p.parts]
    assert outside == []
    assert all(os.sep not in p.name and "\n" not in p.name for p in root.rglob("*"))


@pytest.mark.parametrize("name", [".bashrc", ".git/config", "-rf", "con", "NUL.html", "x.part", "x.part.json", "a."])
def test_names_that_mean_something_are_not_given(download: Quick, name: str) -> None:
    with Site({"/": a(name), f"/{name}": b"x"}) as site:
        assert download("-r", "--no-host-directories", site.url).code == 0
    for path in download.home.rglob("*"):
        made = path.relative_to(download.home).as_posix()
        assert made.partition("/")[0] == "state" or made.lower() != name.lower()
    assert sorted(p.read_bytes() for p in download.home.rglob("*") if p.is_file() and "state" not in p.parts) == [
        a(name).encode(),
        b"x",
    ]


def test_names_that_are_too_long(download: Quick) -> None:
    long = ["y" * 300 + ".html", "y" * 300 + "z.html", "/".join("d" * 200 for _ in range(20)) + "/f", "é" * 300]
    with Site({"/": a(*long)}) as site:
        site.pages |= dict.fromkeys((), b"x")
        for name in long:
            site.pages["/" + name.replace("é", "%C3%A9")] = name.encode()
        assert download("-r", site.url).code == 0
    assert sorted(files(download.home).values()) == sorted([a(*long).encode(), *(name.encode() for name in long)])
    assert [name for name in files(download.home) if name.endswith(".html") and name.startswith("y")]


def test_layouts(download: Quick) -> None:
    pages = {"/a/b/": a("c/x", "/y"), "/a/b/c/x": "X", "/y": "Y"}
    with Site(pages) as site:
        download("-r", "-P", "1", "--no-host-directories", f"{site.url}/a/b/")
        download("-r", "-P", "2", "--no-host-directories", "--cut-dirs", "2", f"{site.url}/a/b/")
        download("-r", "-P", "3", "--no-directories", f"{site.url}/a/b/")
    found = {p.relative_to(download.home).as_posix() for p in download.home.rglob("*") if p.is_file()}
    assert {n for n in found if n[0] in "123"} == {
        *("1/a/b/index.html", "1/a/b/c/x", "1/y"),
        *("2/index.html", "2/c/x", "2/y"),
        *("3/index.html", "3/x", "3/y"),
    }


def test_extensions_of_pages(download: Quick) -> None:
    pages = {"/": a("p", "q.php?x=1", "r.html", "s.txt"), "/p": "P", "/q.php?x=1": "Q", "/r.html": "R"}
    with Site({**pages, "/s.txt": Page(b"S", "text/plain"), "/p.html": "other"}) as site:
        site.pages["/"] = a("p", "p.html", "q.php?x=1", "r.html", "s.txt")
        download("-r", "--adjust-extension", "--convert-links", site.url)
        first = files(download.home)
        download("-r", "--adjust-extension", "--convert-links", "--newer", site.url)
    assert set(first) == {"index.html", "p.html", "p-1.html", "q.php?x=1.html", "r.html", "s.txt"}
    assert set(files(download.home)) == set(first)
    assert b'href="q.php%3Fx=1.html"' in first["index.html"]
    assert first["p.html"] == b"P" and first["p-1.html"] == b"other"


def test_no_symbolic_link_is_followed(download: Quick, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with Site({"/": a("d/x", "y"), "/d/x": "X", "/y": "Y"}) as site:
        host = download.home / site.root
        host.mkdir()
        (host / "d").symlink_to(outside)
        (host / "y").symlink_to(outside / "y")
        result = download("-r", "--overwrite", site.url)
    assert list(outside.iterdir()) == []
    assert result.code == 23 and "symbolic link" in result.err


def test_the_names_are_the_same_however_many_are_fetched_at_once(download: Quick) -> None:
    tree = {f"/{n}": a(*(f"{m}" for m in range(n, n + 7)), f"d{n}/X", f"D{n}/x") for n in range(30)}
    leaves = {f"/{d}{n}/{x}": f"{d}{n}" for n in range(30) for d, x in (("d", "X"), ("D", "x"))}
    with Site({**tree, **leaves}) as site:
        one = download("-r", "-P", "one", f"{site.url}/0")
        two = download("-r", "-P", "two", "--jobs", "4", f"{site.url}/0")
    assert one.code == two.code
    assert files(download.home / "one") == files(download.home / "two")
    assert len(files(download.home / "one")) > 50


# Again


def _site() -> dict[str, Page]:
    stamp = {"Last_Modified": "Sun, 06 Nov 1994 08:49:37 GMT"}
    return {
        "/": html(a("p", "q"), **stamp),
        "/p": html(a("r"), **stamp),
        "/q": html("Q", **stamp),
        "/r": html("R", ETag='"r"'),
    }


def test_a_second_run_leaves_what_is_there_alone(download: Quick) -> None:
    with Site(_site()) as site:
        download("-r", site.url)
        before = files(download.home)
        site.requests.clear()
        site.pages["/q"] = html("changed")
        assert download("-r", site.url).code == 0
        assert files(download.home) == before
    assert site.asked == []


def test_newer_asks_with_conditions_and_replaces_what_changed(download: Quick) -> None:
    with Site(_site()) as site:
        download("-r", site.url)
        site.requests.clear()
        site.pages["/q"] = html("changed", Last_Modified="Mon, 07 Nov 1994 08:49:37 GMT")
        assert download("-r", "-N", site.url).code == 0
        assert files(download.home)["q"] == b"changed"
    conditions = {r.target: r.fields.get("if-none-match") or r.fields.get("if-modified-since") for r in site.requests}
    assert conditions["/r"] == '"r"' and conditions["/p"] == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_mirror_is_a_name_for_three_options(download: Quick) -> None:
    with Site({f"/{n}": a(str(n + 1)) for n in range(12)}) as site:
        download("--mirror", f"{site.url}/0")
    assert len(site.asked) == 13


def test_newer_with_converted_links_does_not_fetch_again(download: Quick) -> None:
    with Site(_site()) as site:
        download("-r", "-N", "--convert-links", site.url)
        before = files(download.home)
        site.requests.clear()
        download("-r", "-N", "--convert-links", site.url)
        assert files(download.home) == before
    assert site.asked == ["/", "/p", "/q", "/r"]
    assert all(
        "if-modified-since" in r.fields or "if-none-match" in r.fields for r in site.requests if r.target in _site()
    )


def test_converted_links_are_known_again_when_more_is_there(download: Quick) -> None:
    with Site(_site()) as site:
        download("-r", "-l", "1", "-N", "--convert-links", site.url)
        assert f'href="{site.url}/r"'.encode() in files(download.home)["p"]
        download("-r", "-l", "2", "-N", "--convert-links", site.url)
        assert files(download.home)["p"] == b'<a href="r">x</a>'


def test_continue_finishes_what_was_interrupted(download: Quick) -> None:
    big = bytes(range(256)) * 4000
    cut = {"left": 1}

    def broken(request: Request) -> Page:
        if cut["left"]:
            cut["left"] = 0
            return Page(big, "application/x", 200, ('ETag: "b"', "Connection: close"))
        return Page(big, "application/x", 200, ('ETag: "b"',))

    with Site({**_site(), "/": html(a("p", "big", "q"), ETag='"i"'), "/big": broken}) as site:
        result = download("-r", "--quota", "20", site.url)
        assert result.code == 63
        site.requests.clear()
        assert download("-r", "-c", site.url).code == 0
    assert files(download.home)["big"] == big and files(download.home)["r"] == b"R"
    again = [r for r in site.requests if r.target == "/"]
    assert all("if-none-match" in r.fields for r in again)


def test_a_failure_is_told_with_the_page_that_links(download: Quick) -> None:
    with Site({"/": a("gone", "x"), "/x": "X"}) as site:
        result = download("-r", site.url)
    assert result.code == 4 and f"linked from {site.url}/" in result.err
    assert set(files(download.home)) == {"index.html", "x"}


def test_escapes_in_urls_do_not_reach_the_terminal(download: Quick) -> None:
    with Site({"/": '<a href="/x?\x1b]0;evil\x07"><a href="http://h\x1b[31m/">', "/robots.txt": ""}) as site:
        result = download("-r", site.url)
        spied = download("--spider", "-r", site.url)
    assert "\x1b" not in result.err and b"\x1b" not in spied.out


def test_a_page_beyond_the_bound_is_saved_whole(download: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    from httpeek.download import convert, crawler

    monkeypatch.setattr(crawler, "PARSED", 1000)
    monkeypatch.setattr(convert, "PARSED", 1000)
    page = a("first") + "é" * 600 + a("last")
    with Site({"/": page, "/first": "1"}) as site:
        download("-r", "--convert-links", site.url)
    assert site.asked == ["/", "/first"]
    assert files(download.home)["index.html"] == page.encode()


def test_a_page_with_a_hundred_thousand_links_is_read(download: Quick) -> None:
    page = "".join(f'<p><a href="/p{n}">x</a>' for n in range(100_000))
    with Site({"/": page}) as site:
        result = download("-r", "-l", "inf", "--quota", "100", site.url)
    assert site.asked == ["/"] and "100000 more URLs" in result.err


def test_a_coded_page_is_read_for_its_links(download: Quick) -> None:
    import gzip

    with Site({"/": Page(gzip.compress(a("x").encode()), HTML, 200, ("Content-Encoding: gzip",)), "/x": "X"}) as site:
        download("-r", site.url)
    assert files(download.home) == {"index.html": a("x").encode(), "x": b"X"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-r", "-o", "x"], "--output"),
        (["-r", "--item", "a=b"], "GET"),
        (["-r", "-l", "x"], "-l takes"),
        (["-r", "--as", "raw"], "--as"),
        (["-r", "-np"], "--no-parent"),
        (["-r", "-e", "robots=off"], "--no-robots"),
        (["-r", "-k"], "--convert-links"),
        (["-r", "-p"], "--page-requisites"),
        (["--spider", "--convert-links"], "--spider"),
    ],
)
def test_wrong_usage_is_answered(download: Quick, words: list[str], said: str) -> None:
    result = download(*words, "127.0.0.1:1")
    assert result.code == 2 and said in result.err
