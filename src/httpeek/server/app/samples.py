"""Content of each kind that a client formats: JSON, XML, HTML, and text in many scripts."""

from __future__ import annotations

from httpeek.server.app.answer import HTML, JSON, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ


def json(environ: Environ) -> Answer:
    """JSON with what formatters get wrong: a repeated name, a large integer, 1.50, escapes, deep nesting."""
    return whole(_JSON, JSON)


def xml(environ: Environ) -> Answer:
    """XML with a declaration, a comment, namespaces, CDATA, character references and mixed content."""
    return whole(_XML, "application/xml")


def html(environ: Environ) -> Answer:
    """HTML with a style, a script, an image, a list and a table."""
    return whole(_HTML.encode("utf-8"), HTML)


def utf8(environ: Environ) -> Answer:
    """Text in many scripts, of every width that a terminal has to know: combining, wide, from right to left."""
    return whole(_SCRIPTS.encode("utf-8"), HTML)


_JSON = (
    b'{"name": "\\u4f60\\u597d", "order": {"z": 1, "a": 2}, "twice": 1, "twice": 2, "large": 9007199254740993, '
    b'"price": 1.50, "tiny": 1e-7, "quote": "say \\"hi\\"", "path": "a\\/b", "nothing": null, "yes": true, '
    b'"empty": [], "deep": [[[["here"]]]]}\n'
)

_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- a catalogue of things that XML has -->
<catalogue xmlns="urn:example:things" xmlns:x="urn:example:more" x:version="1">
  <thing id="1"><name>caf&#233;</name><note>a &lt; b &amp; c</note></thing>
  <thing id="2" x:state="new"><name><![CDATA[<not> & <parsed>]]></name><note>some <x:em>mixed</x:em> text</note></thing>
  <thing id="3"/>
</catalogue>
"""

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A page with a little of everything</title>
<style>table { border-collapse: collapse } td { border: 1px solid }</style>
</head>
<body>
<h1>A page with a little of everything</h1>
<p>Text with <em>emphasis</em>, a <a href="/">link</a>, &lt;escapes&gt; and an image:
<img src="/image/png" alt="blue"></p>
<ul><li>one</li><li>two</li></ul>
<table><tr><td>1</td><td>2</td></tr></table>
<script>document.title += " (with a script)";</script>
</body>
</html>
"""

_SCRIPTS = """<!doctype html>
<html>
<head><meta charset="utf-8"><title>UTF-8</title></head>
<body>
<pre>
Latin       \u00c4rger, \u00e7a va, \u0141\u00f3d\u017a, \u0130stanbul
Greek       \u03b1\u03b2\u03b3\u03b4 \u03a9
Cyrillic    \u043f\u0440\u0438\u0432\u0435\u0442
Hebrew      \u05e9\u05dc\u05d5\u05dd
Arabic      \u0645\u0631\u062d\u0628\u0627
Devanagari  \u0928\u092e\u0938\u094d\u0924\u0947
Thai        \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35
Chinese     \u4f60\u597d\uff0c\u4e16\u754c
Japanese    \u3053\u3093\u306b\u3061\u306f \uff76\uff85
Korean      \uc548\ub155\ud558\uc138\uc694
Combining   e\u0301 n\u0303 a\u030a
Symbols     \u2200x \u2208 \u211d: \u2308x\u2309 \u2265 x, \u20ac \u2192 \u2713
Beyond      \U0001d54a \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467
Box         \u250c\u2500\u2510 \u2502 \u2514\u2500\u2518
</pre>
</body>
</html>
"""
