"""XPath 1.0 over XML and HTML, and documents that mean harm."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import pytest

from httpeek.check.expect.seen import Unreadable
from httpeek.check.expect.values import Nodes
from httpeek.check.expect.xpath import PathError, find
from tests.check.expect.built import finding, seen

if TYPE_CHECKING:
    from httpeek.check.result import Value

FOOD = """<?xml version="1.0" encoding="latin1"?>
<food><banana type="fruit" price="1.1"/><apple type="fruit"/><beef type="meat">caf\u00e9 \U0001d11e</beef></food>
"""
NAMESPACES = """<r xmlns="urn:d" xmlns:a="urn:a"><x/><a:x xmlns:b="urn:b"><b:x>1</b:x></a:x><y xmlns=""/></r>"""

XML: list[tuple[str, str, Value]] = [
    (FOOD, "//food/*", Nodes(3)),
    (FOOD, "//nope", Nodes(0)),
    (FOOD, "count(//food/*)", 3.0),
    (FOOD, "count(//*[@type='fruit'])", 2.0),
    (FOOD, "number(//food/banana/@price)", 1.1),
    (FOOD, "sum(//@price) + 1", 2.1),
    (FOOD, "string(//beef)", "caf\u00e9 \U0001d11e"),
    (FOOD, "normalize-space(//beef)", "caf\u00e9 \U0001d11e"),
    (FOOD, "//@type", Nodes(3)),
    (FOOD, "//beef/text()", Nodes(1)),
    (FOOD, "boolean(//apple)", True),
    (FOOD, "//apple and not(//pear)", True),
    (FOOD, "local-name(/*/*[2])", "apple"),
    (FOOD, "//apple/following-sibling::*", Nodes(1)),
    (FOOD, "translate('bar', 'abc', 'AB')", "BAr"),
    (FOOD, "substring('12345', 1.5, 2.6)", "234"),
    (FOOD, "/food/*[last()]/@type = 'meat'", True),
    (NAMESPACES, "count(//_:x)", 1.0),
    (NAMESPACES, "count(//a:x)", 1.0),
    (NAMESPACES, "string(//a:x/b:x)", "1"),
    (NAMESPACES, "count(//x)", 0.0),
    (NAMESPACES, "count(//y)", 1.0),
    ("<a>&lt;&#65;</a>", "string(/a)", "<A"),
    ("<a><![CDATA[<b>]]></a>", "string(/a)", "<b>"),
]


@pytest.mark.parametrize(("text", "path", "wanted"), XML, ids=[row[1] for row in XML])
def test_xml(text: str, path: str, wanted: Value) -> None:
    found = find(path, text, html=False)
    assert type(found) is type(wanted)
    assert found == wanted or (isinstance(found, float) and found == pytest.approx(wanted))


HTML: list[tuple[str, str, Value]] = [
    ('<html><head><meta charset="UTF-8"></head><body><br></body></html>', "string(/html/head/meta/@charset)", "UTF-8"),
    ("<p>a<p>b", "count(//p)", 2.0),
    ("<P CLASS=x>caf\u00e9", "string(//p[@class='x'])", "caf\u00e9"),
    ("<html></html>", "boolean(count(//a[contains(@href,'xxx')]))", False),
    ("text only", "string(/html/body)", "text only"),
    ("<meta charset=latin1><p>\u00e9", "string(//p)", "\u00e9"),
]


@pytest.mark.parametrize(("text", "path", "wanted"), HTML, ids=[row[1] for row in HTML])
def test_html(text: str, path: str, wanted: Value) -> None:
    assert find(path, text, html=True) == wanted


@pytest.mark.parametrize(
    "path",
    ["", "^^^", "//", "strong(//a)", "//b:c", "count()", "//a[", "re:test('a', 'a')", "document('x')", "$v", "1 1"],
)
def test_what_is_no_xpath_is_a_mistake(path: str) -> None:
    with pytest.raises(PathError):
        find(path, "<a/>", html=False)


@pytest.mark.parametrize(
    "text", ["", " \n", "??", "<a>", "<a></b>", "<a/><b/>", "<a>\x00</a>", "<a>&nope;</a>", "<!-- -->"]
)
def test_what_is_no_xml_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        found = find("string(/*)", text, html=False)
        assert found == "", found  # an entity that nobody declared gives nothing
        raise Unreadable


HARM = {
    "a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "a parameter": '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>',
    "text": '<!DOCTYPE a [<!ENTITY x "expanded">]><a b="&x;">&x;</a>',
    "not used": '<!DOCTYPE a [<!ENTITY x "expanded">]><a/>',
}
LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
HARM["laughs"] = f"<!DOCTYPE a [{LAUGHS}]><a>&a11;</a>"
HARM["laughs in an attribute"] = f'<!DOCTYPE a [{LAUGHS}]><a b="&a11;"/>'


@pytest.mark.parametrize("text", HARM.values(), ids=HARM)
def test_a_document_that_declares_entities_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        find("string(/a)", text, html=False)


def test_entities_do_no_harm_in_html() -> None:
    for text in HARM.values():
        assert len(str(find("string(//a)", text, html=True))) < 100


def test_a_dtd_is_not_read() -> None:
    text = '<!DOCTYPE a SYSTEM "file:///nope/a.dtd"><a><b/></a>'
    assert find("count(//*)", text, html=False) == 2.0
    assert find("count(//*)", "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", html=False) == 1.0


def test_a_document_that_nests_too_deep_is_unreadable_or_read() -> None:
    for html in (False, True):
        try:
            find("count(//a)", "<a>" * 100_000 + "</a>" * 100_000, html)
        except Unreadable as error:
            assert "\n" not in str(error)


def test_without_lxml_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **named: object) -> object:
        if name == "lxml":
            raise ImportError(name)
        return real(name, *args, **named)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(builtins, "__import__", without)
    found = finding('xpath "//a" exists', seen(b"<a/>", "text/xml"))
    assert found is not None
    assert (found.kind, found.title) == ("error", "XPath needs lxml: pip install 'httpeek[xpath]'")
