"""No server drives the user's terminal: whatever a peer sends, wherever it puts it, in every view.

A pseudo-terminal stands in for the terminal. What reaches it is searched for control octets; the only ones allowed are
line ends, tabs and the colours of our own default style, which no hostile text here contains.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from tests.support import Peer, Program, half_close, hold, read_head, replying

HOSTILE = b"".join(
    (
        b"\x1b]0;owned\x07\x1b[2J\x1b[5;45m\x1b]52;c;aGk=\x07",  # title, erase, SGR, clipboard
        b"\x1b]8;;http://evil/\x1b\\\x1bc\x1bP+q\x1b\\",  # link, reset, DCS
        b"\x9b2J\x9d0;x\x9c\xc2\x9b2J\xc2\x9d0;x\xc2\x9c",  # C1, as octets and coded in UTF-8
        "\u202e\u2066\u200b\ufeff\u2028\U000e0041".encode(),  # bidi, zero width, BOM, a line separator, a tag
        b"\x7f\x08\x08\x0b\x0c\x00over\rwritten\x07\x0e\x05",
    )
)
VIEWS = ("pretty", "verbose", "raw", "hex", "json", "har", "curl")
_OURS = re.compile(rb"\x1b\[(?:0|1|36|32|35|33|31|1;3[1-6])m")
_DANGEROUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)


def assert_harmless(octets: bytes, coloured: bool = False) -> str:
    """Returns what reached the terminal as text without our colours, after it was found to be harmless."""
    text = (_OURS.sub(b"", octets) if coloured else octets).replace(b"\r\n", b"\n").decode("utf-8", "strict")
    found = _DANGEROUS.search(text)
    if found is not None:
        pytest.fail(f"{found.group()!r} in {text[max(0, found.start() - 60) : found.end() + 20]!r}")
    return text


def reply(mime: bytes, body: bytes, extra: bytes = b"") -> bytes:
    """A response with the hostile octets everywhere that HTTP has a place for them."""
    return b"".join(
        (
            b"HTTP/1.1 103 Early" + HOSTILE + b"\r\nLink: " + HOSTILE + b"\r\n\r\n",
            b"HTTP/1.1 302 Found" + HOSTILE + b"\r\nLocation: http://x/" + HOSTILE + b"\r\n",
            b"X" + HOSTILE + b": name\r\nX-V: " + HOSTILE + b"\r\n" + extra,
            b"Content-Type: " + mime + b"\r\nTransfer-Encoding: chunked\r\n\r\n",
            b'%x;a="%b"\r\n' % (len(body), HOSTILE.replace(b"\r", b"")) + body + b"\r\n",
            b"0\r\nX-T" + HOSTILE + b": " + HOSTILE + b"\r\n\r\n",
        )
    )


# A NUL makes content binary, and so do many control octets: as text it would not be shown at all.
_TEXT = HOSTILE.replace(b"\0", b"") + b" with text around it, so that it is not taken for binary" * 3
_J = _TEXT.replace(b"\r", b"").replace(b"\\", b"/")
_ESCAPED = b'"\\u001b[2J\\u009b2J\\u202e\\u2066\\u200b\\ufeff\\u0007\\u007f\\udb40\\udc41\\ud800"'
CONTENTS: dict[str, tuple[bytes, bytes]] = {
    "text": (b"text/plain", b"here " + _TEXT),
    "nul": (b"text/plain; charset=utf-8", b"here " + HOSTILE),
    "no type": (b"", b"here " + _TEXT),
    "latin-1": (b"text/plain; charset=iso-8859-1", b"here " + _TEXT),
    "windows-1252": (b"text/plain; charset=windows-1252", b"here " + _TEXT),
    "gbk": (b"text/plain; charset=gbk", b"here " + _TEXT),
    "utf-16": (b"text/plain; charset=utf-16le", ("here " + _TEXT.decode("latin-1")).encode("utf-16-le")),
    "hostile charset": (b"text/plain; charset=" + HOSTILE, b"here " + _TEXT),
    "json strings": (b"application/json", b'{"here' + _J + b'": "' + _J + b'"}'),
    "json escapes": (b"application/json", b'{"here": ' + _ESCAPED + b", " + _ESCAPED + b": 1}"),
    "json valid": (b"application/json", '{"here\x9b\u202e": "\x7f\x9d\u2066\u200b"}'.encode()),
    "json invalid": (b"application/json", b'{"here": ' + _TEXT),
    "json behind": (b"application/json", b'{"here": 1}' + _TEXT),
    "ndjson": (b"application/x-ndjson", b'{"here": 1}\n{"' + _J + b'": 2}\n' + _ESCAPED + b"\n" + _TEXT),
    "xml": (b"application/xml", b'<a b="here' + _TEXT + b'"><!--' + _TEXT + b"--><c>" + _TEXT + b"</c></a>"),
    "html": (b"text/html", b"<p title='here" + _TEXT + b"'>" + _TEXT + b"<script>" + _TEXT + b"</script>"),
    "css": (b"text/css", b"here { color: '" + _TEXT + b"' }"),
    "javascript": (b"application/javascript", b"var here = '" + _TEXT + b"'"),
    "yaml": (b"application/yaml", b"here: " + _TEXT),
    "form": (b"application/x-www-form-urlencoded", b"here=%1b[2J%9b&" + _TEXT + b"=" + _TEXT),
    "event stream": (b"text/event-stream", b"data: here " + _TEXT + b"\n\nevent: " + _TEXT + b"\n\n"),
    "binary": (b"application/octet-stream", b"here" + bytes(range(256)) * 2),
    "image": (HOSTILE.replace(b"\r", b"") + b"/png", b"here" + bytes(range(256)) * 2),
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("view", ["pretty", "verbose", "raw"])
@pytest.mark.parametrize("colour", ["always", "never"])
def test_content_of_every_type(httpeek: Program, view: str, content: str, colour: str) -> None:
    with replying(reply(*CONTENTS[content])) as peer:
        _, octets = httpeek.terminal_octets("--as", view, "-p", "HBhbm", f"--color={colour}", peer.url)
    text = assert_harmless(octets, colour == "always")
    assert ("68 65 72 65" if content in ("binary", "image") and view != "raw" else "here") in text.replace("\\x00", "")
    assert "\\x1b]0;owned" in text  # seen by the person, and not by the terminal


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("content", ["text", "json strings"])
def test_a_record_shown_again_in_every_view(httpeek: Program, view: str, content: str) -> None:
    with replying(reply(*CONTENTS[content])) as peer:
        live = httpeek.terminal_octets("--as", view, "--color=never", peer.url)[1]
    assert_harmless(live)
    words = ("show", next(httpeek.home.glob("state/httpeek/records/*.record")).name.partition(".")[0])
    assert_harmless(httpeek.terminal_octets(*words, "--as", view, "--color=never")[1])
    assert_harmless(httpeek.terminal_octets("show", "--all")[1])


@pytest.mark.parametrize("style", ["monokai", "default", "bw"])
@pytest.mark.parametrize("content", ["json strings", "html", "yaml"])
def test_other_styles(httpeek: Program, style: str, content: str) -> None:
    with replying(reply(*CONTENTS[content])) as peer:
        _, octets = httpeek.terminal_octets("--style", style, "--color=always", "-b", peer.url)
    # These styles have sequences of their own; none of them is one of those that the peer sent.
    assert not re.search(rb"\x1b\[2J|\x1b\]|\x1b\[5;45m|\x1bc|\x1bP|[\x07\x08\x0e\x7f]", octets)


FAILING: dict[str, bytes] = {
    "banner": b"SSH-2.0-" + HOSTILE + b"\r\n",
    "status line": b"HTTP/1.1 2" + HOSTILE + b" OK\r\n\r\n",
    "version": b"HTTP/" + HOSTILE + b" 200 OK\r\n\r\n",
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: " + HOSTILE + b"\r\n\r\n",
    "lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6" + HOSTILE + b"\r\n\r\n",
    "chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + HOSTILE + b"\r\n",
    "chunk end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc" + HOSTILE,
    "transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + HOSTILE + b"\r\n\r\nx",
    "content coding": b"HTTP/1.1 200 OK\r\nContent-Encoding: " + HOSTILE + b"\r\nContent-Length: 1\r\n\r\nx",
    "not gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n" + HOSTILE[:9],
    "after the end": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx" + HOSTILE,
    "upgrade": b"HTTP/1.1 101 Go\r\nUpgrade: " + HOSTILE + b"\r\n\r\n" + HOSTILE,
    "reason": b"HTTP/1.1 404 " + HOSTILE + b"\r\nContent-Length: 0\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: " + HOSTILE + b"\r\nContent-Length: 0\r\n\r\n",
    "redirect host": b"HTTP/1.1 302 Found\r\nLocation: http://" + HOSTILE + b"/\r\nContent-Length: 0\r\n\r\n",
    "redirect scheme": b"HTTP/1.1 302 Found\r\nLocation: " + HOSTILE[2:8] + b"\x9b:x\r\nContent-Length: 0\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nX: " + HOSTILE,
    "field line": b"HTTP/1.1 200 OK\r\n" + HOSTILE + b"\r\n " + HOSTILE + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("view", ["pretty", "verbose", "raw"])
def test_error_sentences_and_notes(httpeek: Program, name: str, view: str) -> None:
    # A redirect to the peer itself is answered once more, so that nobody waits for it.
    with Peer(*[(read_head, FAILING[name], half_close, hold)] * 2) as peer:
        _, octets = httpeek.terminal_octets("-F", "--as", view, "-b", "--color=never", "--max-redirects=1", peer.url)
    assert assert_harmless(octets)


@pytest.mark.parametrize("name", ["json", "har", "hex"])
def test_machine_views_of_failures(httpeek: Program, name: str) -> None:
    with Peer(*[(read_head, FAILING[failing], half_close, hold) for failing in ("banner", "field line")]) as peer:
        for _ in range(2):
            assert_harmless(httpeek.terminal_octets("--as", name, peer.url, "--color=never")[1])


def test_a_peer_that_speaks_no_tls(httpeek: Program) -> None:
    with Peer((HOSTILE, half_close, hold)) as peer:
        _, octets = httpeek.terminal_octets("-v", "--color=never", f"https://{peer.address}")
    assert_harmless(octets)


@pytest.mark.parametrize("name", ["text", "json strings", "binary"])
def test_talk(httpeek: Program, tmp_path: Path, name: str) -> None:
    typed = tmp_path / "typed"
    typed.write_bytes(b"GET /\x1b[2J HTTP/1.1\nHost: x\n\n")
    with Peer((read_head, reply(*CONTENTS[name]), half_close, hold)) as peer:
        _, octets = httpeek.terminal_octets("talk", peer.address, stdin=typed)
    text = assert_harmless(octets, coloured=True)
    assert "\\x1b]0;owned" in text


def test_gzipped_content(httpeek: Program) -> None:
    coder = zlib.compressobj(wbits=31)
    body = coder.compress(b"here " + _TEXT) + coder.flush()
    with replying(reply(b"text/plain", body, b"Content-Encoding: gzip\r\n")) as peer:
        _, octets = httpeek.terminal_octets("-b", "--color=never", peer.url)
    assert "here \\x1b]0;owned" in assert_harmless(octets)


def test_the_words_of_a_command_line(httpeek: Program) -> None:
    """A URL or an item is often pasted, or comes from a variable: it drives the terminal as little."""
    bad = "\x1b]0;owned\x07\x9b2J\u202e"
    for words in (
        (f"http://127.0.0.1:1/{bad}",),
        (f"http://{bad}/",),
        (f"--{bad}", "x"),
        (f"--as={bad}", "x"),
        (f"--style={bad}", "x"),
        (f"--response-charset={bad}", "x"),
        (f"--resolve={bad}", "x"),
        (f"--verify={bad}", "https://127.0.0.1:1"),
        ("-o", f"/nonexistent/{bad}", "http://127.0.0.1:1/"),
        ("POST", "http://127.0.0.1:1/", f"{bad}:=x{bad}"),
        ("show", bad),
        ("show", f"{bad}.har"),
        ("violations", bad),
        ("completion", bad),
        ("talk", f"{bad}:1"),
    ):
        assert assert_harmless(httpeek.terminal_octets(*words, env={"NO_COLOR": "1"})[1]), words


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("charset", ["C", "de_DE.ISO-8859-1", "zh_CN.GBK"])
def test_a_terminal_of_another_charset_gets_what_it_can_show(httpeek: Program, view: str, charset: str) -> None:
    body = b'{"here": "\\u4f60\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80", "\xc2\x9b2J": 1}'
    with replying(reply(b"application/json", body)) as peer:
        code, octets = httpeek.terminal_octets("--as", view, "--color=never", peer.url, env={"LANG": charset})
    assert code == 3
    codec = {"C": "ascii", "de_DE.ISO-8859-1": "latin-1", "zh_CN.GBK": "gbk"}[charset]
    text = octets.replace(b"\r\n", b"\n").decode(codec)
    assert not _DANGEROUS.search(text)
    if view == "pretty":
        assert ("\\xe9" if codec == "ascii" else "é") in text
        assert ("你" if codec == "gbk" else "\\u4f60") in text


def test_the_password_of_a_url_is_shown_nowhere(httpeek: Program) -> None:
    secret = "opensesame99"
    with replying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"nonsense\r\n\r\n") as peer:
        url = peer.url.replace("//", f"//me:{secret}@")
        screens = [httpeek.terminal_octets("-v", url)[1], httpeek.terminal_octets(url)[1]]
    screens += [httpeek.terminal_octets(url)[1], httpeek.terminal_octets("show", "--all")[1]]
    screens += [path.read_bytes() for path in httpeek.home.glob("state/httpeek/records/*.record")]
    assert screens
    for octets in screens:
        assert secret.encode() not in octets
