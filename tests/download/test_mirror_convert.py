"""`--convert-links`: only the octets of links change, and the files lead to each other."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from httpeek.download.convert import relative
from tests.download.conftest import Quick
from tests.download.sites import CSS, Page, Site, moved
from tests.download.test_mirror import a, files


def converted(download: Quick, pages: dict[str, Page | str | bytes], *words: str, path: str = "/") -> dict[str, bytes]:
    """The files of a mirror whose links were rewritten; HOST in what they hold stands for the site's."""
    with Site({}) as site:
        site.pages = {
            path: page.replace("HOST", site.root) if isinstance(page, str) else page for path, page in pages.items()
        }
        download("-r", "--convert-links", *words, f"{site.url}{path}")
        return {name: octets.replace(site.root.encode(), b"HOST") for name, octets in files(download.home).items()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a href="/d/x">', '<a href="d/x">'),
        ("<a href='/d/x#f'>", "<a href='d/x#f'>"),
        ("<a href=/d/x>", "<a href=d/x>"),
        ("<a href = /d/x >", "<a href = d/x >"),
        ('<A HREF="http://HOST/d/x">', '<A HREF="d/x">'),
        ('<a href="gone">', '<a href="http://HOST/gone">'),
        ('<a href="gone#f">', '<a href="http://HOST/gone#f">'),
        ("<a href=gone?a=1&amp;b=2>", '<a href="http://HOST/gone?a=1&amp;b=2">'),
        ('<a href="http://other.test/">', '<a href="http://other.test/">'),
        ('<a href="//other.test/p">', '<a href="http://other.test/p">'),
        ('<a href="q?a=1&amp;b=2">', '<a href="q%3Fa=1%26b=2">'),
        ('<a href="/">', '<a href="index.html">'),
        ('<a href="#f">', '<a href="#f">'),
        ('<a href="">', '<a href="">'),
        ('<a href="/e/">', '<a href="e/index.html">'),
        ('<a href="mailto:x"> <a href="javascript:y">', '<a href="mailto:x"> <a href="javascript:y">'),
        ('<img src="/d/x" srcset="/d/x 1x,\n gone 2x">', '<img src="d/x" srcset="d/x 1x,\n http://HOST/gone 2x">'),
        ("<p style=\"b:url(&quot;/d/x&quot;);c:''\">", "<p style=\"b:url(&quot;d/x&quot;);c:''\">"),
        ("<p style='b:url(\"/d/x\")'>", "<p style='b:url(\"d/x\")'>"),
        ("<style>b{c:url( '/d/x' )}</style>", "<style>b{c:url( 'd/x' )}</style>"),
        ('<meta http-equiv=refresh content="5; URL=/d/x">', '<meta http-equiv=refresh content="5; URL=d/x">'),
        ('<!-- <a href="/d/x"> -->', '<!-- <a href="/d/x"> -->'),
        ("<script>'<a href=/d/x>'</script>", "<script>'<a href=/d/x>'</script>"),
        ('<a href="/d/x" title="&eacute;&">', '<a href="d/x" title="&eacute;&">'),
        ('<a\r\nhref="/d/x"\r\n>', '<a\r\nhref="d/x"\r\n>'),
        ('<a href="/s p">', '<a href="s%20p">'),
        ('<a href="/d/x"href="/e/">', '<a href="d/x"href="/e/">'),
        ('<form action="/d/x">', '<form action="/d/x">'),
    ],
)
def test_one_page(download: Quick, before: str, after: str) -> None:
    pages: dict[str, Page | str | bytes] = {"/d/x": b"x", "/q?a=1&b=2": b"q", "/e/": "E", "/s%20p": b"s"}
    found = converted(download, {**pages, "/": f"{before}{a('d/x')}"})
    assert found["index.html"].decode().removesuffix(a("d/x")) == after


def test_a_base_element_gives_way(download: Quick) -> None:
    found = converted(download, {"/p/": '<base href="/d/"><a href="x"><a href="#f">', "/d/x": "X"}, path="/p/")
    assert found["p/index.html"] == b'<base href=""><a href="../d/x"><a href="http://HOST/d/#f">'


def test_style_sheets(download: Quick) -> None:
    css = b'@import "b.css";\n/* url(/i) */ a{b:url( "/i" )}\nc{d:url(/i)}\n@import url(/gone.css);\n'
    pages: dict[str, Page | str | bytes] = {"/s/a.css": Page(css, CSS), "/s/b.css": Page(b"\xff", CSS), "/i": b"i"}
    found = converted(download, {**pages, "/": "<link rel=stylesheet href=/s/a.css>"})
    assert found["s/a.css"] == css.replace(b'"/i"', b'"../i"').replace(b"url(/i)}", b"url(../i)}").replace(
        b"/gone.css", b"http://HOST/gone.css"
    )
    assert found["s/b.css"] == b"\xff"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "shift_jis", "gb18030", "utf-16-le", "koi8-r"])
def test_other_octets_stay_in_every_charset(download: Quick, charset: str) -> None:
    text = {"iso-8859-1": "\u00e9\u00df", "koi8-r": "\u044f"}.get(charset, "\u8868\u30bd")
    mark = b"\xff\xfe" if charset == "utf-16-le" else b""
    page = mark + f"{text}<a href='/d/x' title='{text}'>{text}</a>".encode(charset)
    with Site({"/p": Page(page, f"text/html; charset={charset}"), "/d/x": b"x"}) as site:
        download("-r", "--convert-links", f"{site.url}/p")
    assert files(download.home)["p"] == page.replace("/d/x".encode(charset.replace("-sig", "")), "d/x".encode(charset))


def test_octets_that_are_no_text_stay(download: Quick) -> None:
    page = b"\xff\xfe\x80<a href='/d/x'>\xc3\x28</a>"
    with Site({"/p": Page(b" " + page, "text/html; charset=utf-8"), "/d/x": b"x"}) as site:
        download("-r", "--convert-links", f"{site.url}/p")
    assert files(download.home)["p"] == b" " + page.replace(b"/d/x", b"d/x")


def test_a_redirect_leads_to_the_file_of_what_answered(download: Quick) -> None:
    found = converted(download, {"/": a("old", "old#f"), "/old": moved("/new"), "/new": "N"})
    assert found["index.html"] == (a("new", "new#f")).encode()


def test_a_redirect_out_stays_the_url_that_was_written(download: Quick) -> None:
    found = converted(download, {"/": a("out"), "/out": moved("http://other.test/")})
    assert found["index.html"] == a("http://HOST/out").encode()


def test_every_local_link_of_a_site_leads_to_a_file(download: Quick, companion: str) -> None:
    download("-r", "--convert-links", "--page-requisites", f"{companion}/site/")
    pages = [path for path in download.home.rglob("*.html*") if path.is_file()]
    count = 0
    for path in pages:
        text = re.sub(r"<!--.*?-->|<script>.*?</script>|<style>.*?</style>", "", path.read_text(), flags=re.S)
        for link in re.findall(r"""(?:href|src|poster|background|data)=["']?([^"'\s>]+)""", text):
            if link.startswith(("http:", "https:", "#", "mailto:", "javascript:", "data:", "tel:")):
                continue
            count += 1
            assert (path.parent / unquote(link.partition("#")[0])).is_file(), (path, link)
    assert count > 50


def test_the_date_of_a_file_stays(download: Quick) -> None:
    fields = ("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",)
    with Site({"/": Page(a("/d/x").encode(), fields=fields), "/d/x": "X"}) as site:
        download("-r", "--convert-links", site.url)
    (path,) = download.home.glob("*/index.html")
    assert path.read_bytes() == a("d/x").encode()
    assert path.stat().st_mtime == 784111777


def test_a_page_of_another_owner_is_not_written_through_a_link(download: Quick, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    with Site({"/": a("p"), "/p": a("/")}) as site:
        host = download.home / site.root
        host.mkdir()
        (host / "p").symlink_to(target)
        download("-r", "--convert-links", site.url)
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("page", "file", "url"),
    [
        ("h/a.html", "h/b.html", "b.html"),
        ("h/a/b", "h/c", "../c"),
        ("h/a", "h/b/c", "b/c"),
        ("h/a/b/c", "h/a/d/e", "../d/e"),
        ("h/a", "i/b", "../i/b"),
        ("a", "b:c", "b%3Ac"),
        ("h/a", "h/a", "a"),
        ("h/x", "h/q?a#b%c d", "q%3Fa%23b%25c%20d"),
    ],
)
def test_relative_urls(page: str, file: str, url: str) -> None:
    assert relative(page, file) == url
