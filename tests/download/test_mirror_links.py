"""Links out of pages and style sheets, with their places: read again, what was rewritten says what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.download.address import key, refer
from httpeek.download.css import references
from httpeek.download.document import CSS, HTML, PAGE, Document, Link, rewritten
from httpeek.download.links import candidates, charset_of, kind_of, read
from httpeek.download.tags import attributes, escaped
from httpeek.model.target import parse

BASE = parse("http://h/d/page.html")


def page(text: str) -> Document:
    return read(HTML, text.encode("utf-8", "surrogateescape"), BASE, "utf-8")


def urls(document: Document) -> list[str]:
    return [f"{link.address.target.url}{link.address.fragment}" for link in document.links]


PIECES = st.sampled_from(
    [
        *(
            "<a href=x>",
            '<a href="a&amp;b#c">',
            "<a href='y'title=1>",
            "<img srcset='p 1x, q' src=\"r\">",
            "</a>",
            "text",
        ),
        *(
            '<p style="b:url(&quot;s&quot;)">',
            "<style>@import 't'; u{v:url(w)}</style>",
            "<!-- <a href=no> -->",
            "<!-->",
        ),
        *(
            "<script>'<a href=no>'</script>",
            "<textarea><a href=no>",
            "</textarea>",
            "<table><tr>",
            "</table>",
            "<b><p>",
        ),
        *(
            "<svg><use xlink:href='i#j'/>",
            "</svg>",
            "<template>",
            "</template>",
            "<noscript>",
            "</noscript>",
            "\r\n",
            "\0",
        ),
        *(
            "<title><a href=no>",
            "</title>",
            "<a href",
            "<a hre\0f=k href=l>",
            "<",
            "<a/href=m/>",
            "<a href=>",
            "é",
            "\udcff",
        ),
        *(
            "<meta http-equiv=refresh content='0;url=n'>",
            "<select><a href=o>",
            "<![CDATA[<a href=z>]]>",
            "<math><mi>",
            "'",
        ),
        *(
            '"',
            ">",
            "<image src=aa>",
            "<body background=bb>",
            "<frame src=cc>",
            "<iframe src=dd></iframe>",
            "</b>",
            "<xmp>",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12))
def test_what_is_rewritten_is_read_again_and_nothing_else_changes(pieces: list[str]) -> None:
    text = "".join(pieces)
    before = page(text)
    assert rewritten(before, lambda link: None) == before.text == text
    placed = {part.link for slot in before.slots for part in slot.parts}
    after = page(rewritten(before, lambda link: "http://new/&"))
    assert len(after.links) == len(before.links)
    for number, link in enumerate(after.links):
        assert (link.address.target.host == "new") == (number in placed)
        assert link.use == before.links[number].use


@given(st.text(alphabet=st.sampled_from("<>\"'=/ \n&;#x-!a\0é"), max_size=60))
def test_any_text_is_read(text: str) -> None:
    document = page(f"<a href=x>{text}<a href=y>")
    assert rewritten(document, lambda link: None) == document.text


@given(st.text(alphabet=st.sampled_from("url()'\"\\/*;{}@import \n5Ca"), max_size=60))
def test_any_style_sheet_is_read(text: str) -> None:
    for one in references(text):
        assert 0 <= one.start < one.end <= len(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@import 'a';@import url(b) print;@IMPORT\"c\"", ["a", "b", "c"]),
        ("a{b:url( 'x y' )}", ["x y"]),
        ("a{b:url(x\\ y)}", ["x y"]),
        ("/* url(no) */ a{b:url(yes)}", ["yes"]),
        ("a{b:U\\52l(yes)}", ["yes"]),
        ("a{b:\\75 rl(yes)}", ["yes"]),
        ("a{b:myurl(no)}", []),
        ("a{content:'url(no)'}", []),
        ('@namespace url(http://no/); @namespace x "no";', []),
        ('a{b:image-set("1.png" 1x, url(2.png) 2x)} c{d:"no"}', ["1.png", "2.png"]),
        ('a{b:url("a\\\nb")}', ["ab"]),
        ("a{b:url(no no)}", []),
        ("a{b:url(", []),
        ("a{b:url(yes", ["yes"]),
        ('"open\na{b:url(yes)}', ["yes"]),
        ("@import/**/'a'", ["a"]),
        ("@imports 'no'", []),
    ],
)
def test_css(text: str, found: list[str]) -> None:
    assert [one.said for one in references(text)] == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("a 1x, b 2x", ["a", "b"]),
        ("a,b", ["a,b"]),
        ("a, b", ["a", "b"]),
        (",, a 1x,,b", ["a", "b"]),
        ("a (1,2), b", ["a", "b"]),
        ("data:image/png;base64,AA== 1x, b 2x", ["data:image/png;base64,AA==", "b"]),
        ("  ", []),
        ("a 100w,b 200w", ["a", "b"]),
    ],
)
def test_srcset(said: str, found: list[str]) -> None:
    assert [said[start:end] for start, end in candidates(said)] == found


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("http:x", "http://h/d/x"),
        ("https:x", "https://x/"),
        ("http:/x", "http://h/x"),
        ("http:\\\\o\\x", "http://o/x"),
        ("HTTP://O.Example/%7Ea", "http://o.example/%7Ea"),
        ("//[::1]:81/", "http://[::1]:81/"),
        ("http://m\u00fcnchen.de/", "http://xn--mnchen-3ya.de/"),
        ("?a b", "http://h/d/page.html?a%20b"),
        ("../../..", "http://h/"),
        ("./x/%2E%2e/y", "http://h/d/y"),
        ("x:y", None),
        ("http://", None),
        ("http://h:99999/", None),
        ("http://[::1/", None),
        pytest.param("\ud800", None, id="surrogate"),
        ("x" * 9000, None),
    ],
)
def test_what_a_reference_means(reference: str, url: str | None) -> None:
    address = refer(BASE, reference)
    assert (address.target.url if address is not None else None) == url


def test_spellings_of_one_url_have_one_key() -> None:
    spellings = ["/~a/%C3%A9", "/%7Ea/%c3%a9", "/x/../~a/\u00e9", "//H:80/%7ea/\u00e9"]
    assert len({key(address.target) for s in spellings if (address := refer(BASE, s)) is not None}) == 1
    assert key(parse("http://h/a%2Fb")) != key(parse("http://h/a/b"))


@pytest.mark.parametrize(
    ("octets", "stated", "charset"),
    [
        (b"\xef\xbb\xbfx", "iso-8859-1", "utf-8"),
        (b"\xff\xfex\0", "", "utf-16-le"),
        (b"x", "iso-8859-1", "cp1252"),
        (b"<meta charset=koi8-r>", "", "koi8-r"),
        (b'<meta http-equiv=x content="text/html; charset=shift_jis">', "", "shift_jis"),
        (b"<meta charset=koi8-r>", "utf-8", "utf-8"),
        (b"<meta charset=utf-16>", "", "utf-8"),
        (b"\xe9", "", "cp1252"),
        ("é".encode(), "", "utf-8"),
        (b"x", "rot13", "utf-8"),
        (b"x", "no-such", "utf-8"),
    ],
)
def test_the_charset(octets: bytes, stated: str, charset: str) -> None:
    assert charset_of(HTML, octets, stated) == charset


def test_kinds() -> None:
    assert kind_of("text/html; charset=x") == kind_of("APPLICATION/xhtml+xml") == HTML
    assert kind_of("text/css") == kind_of("", "a.css?v=1") == CSS
    assert kind_of("image/png", "a.html") == ""
    assert kind_of("", "x", b"\n<!DOCTYPE html>") == HTML


def test_lines_are_counted_as_an_editor_does() -> None:
    document = page("a\r\nb\n<a href=x>\r<a\nhref=y>")
    assert [link.line for link in document.links] == [3, 5]


def test_a_body_that_comes_twice_has_its_first_attribute() -> None:
    document = page("<body background=x><body background=y class=z><a href=q>")
    assert urls(document)[0] == "http://h/d/x"
    assert "background=y" in rewritten(document, lambda link: "N")


def test_attributes_of_one_tag() -> None:
    text = "<a/x=1 y='2'z=\"3\" =w=4 v u = 5 X=6 t=>"
    found = attributes(text, 0)
    assert {name: one.value for name, one in found.items()} == {"x": "1", "y": "2", "z": "3", "=w": "4", "u": "5"}
    assert all(text[one.start : one.end] == one.value for one in found.values())


@pytest.mark.parametrize(("value", "quote"), [("a b", ""), ("a'b", "'"), ('a"b', '"'), ("a&b", ""), ("a>b", "")])
def test_an_escaped_value_is_read_as_it_was(value: str, quote: str) -> None:
    (one,) = attributes(f"<a x={quote}{escaped(value, quote)}{quote}>", 0).values()
    assert one.value == value


def test_hostile_pages_are_read_in_no_time_that_grows_with_their_square() -> None:
    for text in ("<svg>" + "<style>" * 20_000, "<" * 200_000, '<a href="' * 20_000, "<div>" * 20_000, "<p><b>" * 5_000):
        page(text)
    links: list[Link] = list(page("<a href=x>" * 3).links)
    assert [link.use for link in links] == [PAGE] * 3
