"""The HTML report stands alone, and no answer is more than text in it."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from httpeek.check.report.html import CONTENT, html
from httpeek.check.result import SuiteResult
from tests.check.report.made import HOSTILE, called, differs, entry, mixed, result, suite
from tests.support import replying

VOID = {"meta", "br", "hr"}
ALLOWED = {
    "a", "body", "details", "div", "footer", "h1", "h2", "head", "html", "i", "meta", "p", "pre", "section", "span",
    "style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr",
}  # fmt: skip


class Page(HTMLParser):
    """Tags, attributes and text of a page; every element is closed in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page.decode("utf-8"))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def pages(*results: SuiteResult) -> dict[str, Page]:
    made = {name: Page(page) for name, page in html(results, 58_000_000).items()}
    for page in made.values():
        assert set(page.tags) <= ALLOWED
        for link in page.links:
            assert link in made or link.removeprefix("#") in page.ids
    return made


def failing(content: bytes, actual: str = "Bo") -> SuiteResult:
    of = suite()
    with replying(
        b"HTTP/1.1 201 Created\r\nX-A: <i>\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    ) as peer:
        return result(of, entry(of, 1, differs(actual), made=called("GET", peer.url + "/users")), not_run=2)


def test_the_index_leads_to_a_page_for_each_file() -> None:
    made = pages(mixed(), result(suite(file="../ü/b c.hurl"), entry(suite(), 1)), mixed())
    assert list(made) == ["index.html", "1-api-users.hurl.html", "2-b-c.hurl.html", "3-api-users.hurl.html"]
    assert all("/" not in name for name in made)
    assert made["index.html"].links == list(made)[1:]
    assert "2 failed" in made["index.html"].text


def test_a_page_shows_findings_exchanges_and_when_they_were() -> None:
    page = pages(failing(b'{"name": "Bo"}'))["1-api-users.hurl.html"]
    for text in (
        "1 GET /users: failed",
        'actual string "Bo", expected string "Bob"',
        "--> api/users.hurl:4:1",
        "GET /users HTTP/1.1\nHost: 127.0.0.1",
        "HTTP/1.1 201 Created\nX-A: <i>\n",
        '\n\n{"name": "Bo"}',
        "Timeline",
        "not run",
    ):
        assert text in page.text


def test_a_large_content_is_cut_and_says_so() -> None:
    assert "... 7 bytes more" in pages(failing(b"x" * (CONTENT + 7)))["1-api-users.hurl.html"].text


def test_an_answer_is_only_text() -> None:
    content = b"</pre></details><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x00\xff\xe2\x80\xae"
    page = pages(failing(content, HOSTILE))["1-api-users.hurl.html"]
    assert "<script>alert(1)</script>" in page.text
    assert "\\x1b[2J\\x00\\xff\\u202e" in page.text
    assert all(character.isprintable() or character == "\n" for character in page.text)


@given(st.text(st.characters(exclude_categories=())))
def test_no_name_breaks_a_page(text: str) -> None:
    of = suite()._replace(file=text)
    pages(result(of, entry(of, 1, differs(text)._replace(title=text))))
