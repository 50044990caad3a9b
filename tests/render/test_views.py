"""What a person sees in each view; golden files start from the project's screens."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from httpeek.model.codes import NOT_CONNECTED, STDOUT_CLOSED, Failure, HttpeekError, usage
from httpeek.model.events import (
    IN,
    OUT,
    Bytes,
    DialFailed,
    Dialling,
    Ended,
    Event,
    Failed,
    Masked,
    Moved,
    Note,
    Planned,
    Resolved,
    RunStarted,
    Violation,
)
from httpeek.model.exchange import fold
from httpeek.model.plan import Plan
from httpeek.model.target import parse
from httpeek.record.har import to_har
from httpeek.record.rebuild import from_har
from httpeek.render.curl import command
from httpeek.render.messages import error_line
from httpeek.render.screen import Captured, Screen, terminal_charset
from httpeek.render.views import VIEWS, ViewOptions, make, names

from .conftest import exchange, golden, show

if TYPE_CHECKING:
    from httpeek.model.events import Fact

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/httpeek-1.schema.json").read_text())
HOSTILE = b"\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\xc2\x9b31m\xe2\x80\xaeevil\xe2\x80\x8b\x7f\x08\r\xff"
JSON = b'{"name": "\\u4f60\\u597d", "n": [1, 2.50, {}], "t": null}'


def sample() -> list[Event]:
    return exchange(
        JSON,
        b"application/json",
        fields=((b"X-A", b"1"), (b"x-a", b"2")),
        interim=((103, b"Early Hints", ((b"Link", b"</a.css>"),)),),
        trailers=((b"X-Sum", b"9"),),
        violations=(Violation("space-before-colon", IN, 60, "space before the colon"),),
    )


def refused() -> list[Event]:
    plan = Plan("GET", parse("http://127.0.0.1:9/"), ((b"Host", b"127.0.0.1:9"),))
    failure = Failure(NOT_CONNECTED, "connect", "127.0.0.1:9 refused the connection: nothing listens there")
    facts: tuple[Fact, ...] = (
        RunStarted("test", 1, "0.1.0"),
        Planned(plan),
        Resolved("127.0.0.1", ("127.0.0.1",), "literal"),
        Dialling("127.0.0.1:9"),
        DialFailed("127.0.0.1:9", "refused"),
        Failed(failure),
        Ended(),
    )
    return [Event(i * 1000, 1 if i else None, None, None, fact) for i, fact in enumerate(facts)]


@pytest.mark.parametrize("view", names())
@pytest.mark.parametrize("name", ["sample", "refused"])
def test_golden(view: str, name: str) -> None:
    out, err = show(view, sample() if name == "sample" else refused())
    text = re.sub(rb'("version": )"0\.[0-9.]+"', rb'\1"0"', out)
    golden(f"{name}-{view}.out", text)
    golden(f"{name}-{view}.err", err)


@pytest.mark.parametrize("view", ["pretty", "verbose"])
def test_golden_in_colour(view: str) -> None:
    out, err = show(view, sample(), colour=True)
    golden(f"colour-{view}.out", out)
    golden(f"colour-{view}.err", err)


@pytest.mark.parametrize("view", names())
@pytest.mark.parametrize(
    "mime", [b"text/plain", b"application/json", b"text/html", b"application/xml", b"image/png", b"text/event-stream"]
)
@pytest.mark.parametrize("letters", ["", "HBhbm"])
def test_no_server_drives_the_terminal(view: str, mime: bytes, letters: str) -> None:
    events = exchange(
        b'{"a": "' + HOSTILE + b'"}',
        mime + HOSTILE.replace(b"\r", b""),
        status=302,
        reason=HOSTILE,
        fields=((b"Location", b"http://x/" + HOSTILE), (HOSTILE, HOSTILE)),
        interim=((103, HOSTILE, ((b"Link", HOSTILE),)),),
        trailers=((b"X", HOSTILE),),
        request_body=HOSTILE,
        request_fields=((b"Host", b"x"), (b"X", HOSTILE)),
        violations=(Violation("control-octet", IN, 3, HOSTILE.decode("latin-1")),),
        failure=Failure(8, "protocol", "sent " + HOSTILE.decode("utf-8", "surrogateescape")),
    )
    events.append(Event(10**9, 1, 1, None, Note(HOSTILE.decode("utf-8", "surrogateescape"))))
    for data in show(view, events, options=ViewOptions(print=letters)):
        text = data.decode("utf-8")
        bad = {c for c in text if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or c in "\u202e\u200b\ufeff"}
        assert not bad


@pytest.mark.parametrize("view", names())
def test_a_poor_terminal_gets_escapes_and_no_exception(view: str) -> None:
    out, err = show(view, exchange("é你".encode(), b"text/plain; charset=utf-8", reason="é".encode()), charset="ascii")
    assert (out + err).isascii()


def test_a_pipe_gets_the_representation_untouched() -> None:
    out, err = show("pretty", exchange(HOSTILE, b"application/json", status=404, reason=b"Not Found"), tty=False)
    assert out == HOSTILE
    assert err == b"note: 404 Not Found, exit 4\n"


def test_raw_to_a_pipe_is_what_was_received() -> None:
    events = sample()
    wire = b"".join(e.fact.data for e in events if isinstance(e.fact, Bytes) and e.fact.direction == IN)
    out, _ = show("raw", events, tty=False)
    assert out == wire


@pytest.mark.parametrize(
    ("letters", "parts"),
    [
        ("H", ["sent head"]),
        ("B", ["sent body"]),
        ("h", ["head"]),
        ("b", ["body"]),
        ("Hb", ["sent head", "body"]),
        ("HBhb", ["sent head", "sent body", "head", "body"]),
    ],
)
@pytest.mark.parametrize("view", ["raw", "pretty"])
def test_print_letters(view: str, letters: str, parts: list[str]) -> None:
    events = exchange(b"answer", b"text/x", method="POST", request_body=b"question", interim=((100, b"Continue", ()),))
    octets = {
        "sent head": b"POST /x HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
        "sent body": b"question",
        "head": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/x\r\n\r\n",
        "body": b"answer",
    }
    out, _ = show(view, events, tty=False, options=ViewOptions(print=letters))
    assert out == b"".join(octets[part] for part in parts)


def test_meta_tells_time_and_addresses() -> None:
    out, err = show("pretty", sample(), options=ViewOptions(print="m"))
    assert out.startswith(b"Elapsed time: 0.00")
    assert b"Connection: 127.0.0.1:49400 > 127.0.0.1:8080\n" in out
    assert b"-- " not in err


def test_only_the_last_hop_is_shown_unless_all_are_asked_for() -> None:
    location = ((b"Location", b"/y"),)
    first = exchange(b"moved", status=302, reason=b"Found", fields=location, follow=True)
    second = exchange(b"here", number=2, hop=1, cause="redirect", follow=True)
    for view in ("pretty", "verbose"):
        out, _ = show(view, first + second)
        assert b"moved" not in out
        assert b"here" in out
        out, _ = show(view, first + second, options=ViewOptions(all=True))
        assert b"moved" in out
    out, _ = show("pretty", first)
    assert b"302 Found" in out  # nothing followed: it is the last one
    assert b"moved" in out
    _, err = show("pretty", exchange(b"moved", status=302, reason=b"Found", fields=location))
    assert b"note: 302 Found points to /y (-F follows it)\n" in err


@pytest.mark.parametrize("view", ["pretty", "verbose"])
def test_a_401_that_was_answered_is_shown_like_a_redirect_that_was_followed(view: str) -> None:
    first = exchange(b"who are you", status=401, reason=b"Unauthorized", answers=(401,))
    second = exchange(b"welcome", number=2, cause="auth", answers=(401,))
    out, _ = show(view, first + second)
    assert b"who are you" not in out
    assert b"welcome" in out
    out, _ = show(view, first + second, options=ViewOptions(all=True))
    assert b"who are you" in out
    out, _ = show(view, first)  # nobody answered it
    assert b"who are you" in out


@pytest.mark.parametrize(
    ("body", "mime", "options", "expected", "note"),
    [
        ("你好".encode("gbk"), b"text/plain", ViewOptions(response_charset="gbk"), "你好", ""),
        ("你好".encode("big5"), b"text/plain; charset=big5", ViewOptions(), "你好", ""),
        (b"\xef\xbb\xbf{}", b"application/json", ViewOptions(), "{}", ""),
        ("né".encode("utf-16"), b"text/plain", ViewOptions(), "né", ""),
        ("né".encode(), b"text/plain", ViewOptions(), "né", ""),
        (b"n\xe9", b"text/plain", ViewOptions(), "né", "a guess"),
        (b"n\xe9", b"text/plain; charset=utf-8", ViewOptions(), "n\\xe9", "not valid utf-8"),
        (b"x", b"text/plain; charset=nosuch", ViewOptions(), "x", 'charset "nosuch" is not known'),
        (b"x", b"text/plain; charset=zlib", ViewOptions(), "x", "is not known"),
        (b'<?xml version="1.0" encoding="iso-8859-2"?><a>\xb1</a>', b"text/xml", ViewOptions(), "ą", "says of itself"),
        (b'{"a":1}', b"text/plain", ViewOptions(response_mime="application/json"), '    "a": 1\n', ""),
        (b"[1]", b"text/plain", ViewOptions(), "[\n    1\n]\n", ""),
        (b"[not json", b"text/plain", ViewOptions(), "[not json\n", ""),
        (b'{"a":1}\n{"b":2}\n', b"application/x-ndjson", ViewOptions(), '}\n{\n    "b"', ""),
        (b'{"a":1}\n{"b":2}\n', b"application/json", ViewOptions(), '}\n{\n    "b"', ""),
        (b'\x1e{"a":1}\n\x1e{"b":2}\n', b"application/json-seq", ViewOptions(), '}\n{\n    "b"', ""),
        (b")]}',\n[1]", b"application/json", ViewOptions(), ")]}',\n[\n    1\n]", ""),
        ('{"é" 1}'.encode(), b"application/json", ViewOptions(), '{"é" 1}', "at byte 6: a colon should be where 1 is"),
        (b'"\\u0041"', b"application/json", ViewOptions(unescape=False), '"\\u0041"', ""),
        (b'\x1e{"a":1}\n\x1e{"b":2}\n', b"application/geo+json-seq", ViewOptions(), '}\n{\n    "b"', ""),
        (b'{"a":1}', b"", ViewOptions(), '    "a": 1\n', ""),
        (b"{a", b"", ViewOptions(), "{a\n", ""),
        (b'{"a":1}', b"application/vnd.api+json; charset=utf-8; x=y", ViewOptions(), '    "a": 1\n', ""),
        ('{"a":"你"}'.encode("gbk"), b"application/json; charset=gbk", ViewOptions(), '    "a": "你"\n', ""),
        ('<meta charset="big5"><p>你'.encode("big5"), b"text/html", ViewOptions(), "<p>你", "says of itself"),
        (b'{"a":"n\xe9"}', b"application/json", ViewOptions(), '    "a": "né"\n', "a guess"),
        ("né".encode("utf-16"), b"text/html; charset=utf-16", ViewOptions(), "né", ""),
        (b"<svg><g/></svg>", b"image/svg+xml", ViewOptions(), "<svg>\n  <g/>\n</svg>\n", ""),
        (b"", b"application/json", ViewOptions(), "", ""),
        (b"a\r\nb", b"text/plain", ViewOptions(), "a\nb\n", ""),
    ],
)
@pytest.mark.parametrize("piece", [0, 1])
def test_content(body: bytes, mime: bytes, options: ViewOptions, expected: str, note: str, piece: int) -> None:
    out, err = show("pretty", exchange(body, mime, piece=piece), options=options._replace(print="b"))
    assert expected in out.decode()
    assert note in err.decode()
    assert note or b"note" not in err


def test_a_long_line_of_json_is_laid_out_as_the_standard_library_does() -> None:
    made = {"list": [{"n": n, "s": "x" * (n % 50), "d": {"e": [], "f": {}}} for n in range(20_000)]}
    body = json.dumps(made, separators=(",", ":")).encode()
    assert len(body) > 1_000_000
    out, err = show("pretty", exchange(body, b"application/json", piece=70_000), options=ViewOptions(print="b"))
    assert out.decode() == json.dumps(made, indent=4) + "\n"
    assert b"note" not in err


def test_xml_that_stands_in_one_element_with_text_stays_in_one_line() -> None:
    body = b"<a>t" + b"<b/>" * 50_000 + b"</a>"
    out, _ = show("pretty", exchange(body, b"text/xml"), options=ViewOptions(print="b"))
    assert out == body + b"\n"
    out, _ = show("pretty", exchange(b"<p><p>t</p></p>", b"text/xml"), options=ViewOptions(print="b"))
    assert out == b"<p>\n  <p>t</p>\n</p>\n"


def test_binary_is_not_dumped() -> None:
    out, _ = show("pretty", exchange(b"\x89PNG\r\n\x1a\n" + bytes(5000), b"image/png"))
    assert b"00000000  89 50 4e 47 0d 0a 1a 0a  00 00" in out
    assert b"-- binary, image/png, 5008 bytes" in out
    assert len(out) < 1000


def test_xml_is_laid_out_and_no_entity_is_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><x><y>&b; t</y><z><w/></z></x>'
    out, _ = show("pretty", exchange(bomb, b"application/xml"), options=ViewOptions(print="b"))
    assert out.decode() == (
        '<!DOCTYPE x [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]>\n<x>\n  <y>&b; t</y>\n  <z>\n    <w/>\n  </z>\n</x>\n'
    )
    out, _ = show("pretty", exchange(b"<a><b></a>", b"application/xml"), options=ViewOptions(print="b"))
    assert out == b"<a><b></a>\n"


@pytest.mark.parametrize("style", ["", "monokai"])
@pytest.mark.parametrize("mime", ["text/html", "text/css", "application/javascript", "application/yaml", "text/xml"])
def test_other_languages_are_coloured(mime: str, style: str) -> None:
    body = {"text/css": b"a { color: red }", "application/yaml": b"a: 1", "application/javascript": b"var a = 1;"}
    events = exchange(body.get(mime, b"<a b='c'>d</a>"), mime.encode())
    out, _ = show("pretty", events, colour=True, options=ViewOptions(print="b", style=style))
    assert b"\x1b[" in out
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", out)
    assert plain.strip() == body.get(mime, b"<a b='c'>d</a>")


def test_an_unknown_style_is_a_usage_error() -> None:
    with pytest.raises(HttpeekError, match="no style is called"):
        show("pretty", exchange(b"{}", b"application/json"), colour=True, options=ViewOptions(style="nosuch"))


def test_a_kept_connection_that_was_gone_is_a_note_of_verbose_only() -> None:
    first = exchange(failure=Failure(56, "receive", "the peer reset the connection"), body=b"")
    second = exchange(number=2, cause="retry")
    second[0] = second[0]._replace(fact=second[0].fact._replace(attempt=2))  # type: ignore[call-arg]  # it is Planned
    _, err = show("verbose", first + second)
    assert b"note: attempt 1 failed: the peer reset the connection\n" in err
    assert b"httpeek:" not in err
    _, err = show("pretty", first + second)
    assert b"reset" not in err


def test_many_violations_of_one_rule_are_counted() -> None:
    events = exchange(violations=[Violation("obs-fold", IN, 1, "folded")] * 500)
    _, err = show("pretty", events)
    assert err.count(b"[obs-fold]") == 11
    assert b"note: 490 more of the same [obs-fold]\n" in err


def test_quiet() -> None:
    assert show("pretty", sample(), options=ViewOptions(quiet=2))[1] == b""
    assert b"-- " not in show("pretty", sample(), options=ViewOptions(quiet=1))[1]
    _, err = show("verbose", sample(), options=ViewOptions(quiet=1))
    assert b"* " not in err
    assert b"> GET /x" in err
    assert show("pretty", refused(), options=ViewOptions(quiet=2))[1].startswith(b"httpeek: (7) ")


def test_verbose_shows_odd_line_ends() -> None:
    _, err = show("verbose", exchange(wire=b"HTTP/1.1 200 OK\nX: a\rb\r\n\r\n"))
    assert b"< HTTP/1.1 200 OK\\x0a\n< X: a\\x0db\n< \n" in err


def test_hex_marks_violations_below_their_row() -> None:
    out, _ = show("hex", sample())
    lines = out.decode().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("!"))
    assert lines[at].startswith("! 0000003c  byte 60: space before the colon")
    assert lines[at - 1].startswith("< 00000030 ")


@pytest.mark.parametrize("view", ["raw", "hex", "verbose"])
def test_reconstructed_octets_are_marked(view: str) -> None:
    events = exchange()
    masked = Event(1, 1, 1, None, Masked(IN, 99, 43, "<masked 43 bytes #1f3a9c>"))
    moved = Event(1, 1, 1, None, Moved(IN, 142, 1000))
    out, err = show(view, [*events[:-1], masked, moved, events[-1]])
    assert b"note: reconstructed octets: 1 secret is masked; 1000 were not kept" in err
    assert view == "verbose" or b"<masked 43 bytes #1f3a9c>" in out
    rebuilt = from_har(json.dumps(to_har(fold(events))))
    assert b"rebuilt from HAR" in show(view, rebuilt)[1]


@pytest.mark.parametrize("tty", [True, False])
def test_json_is_valid_on_every_path(tty: bool) -> None:
    hostile = exchange(HOSTILE, b"\xff", reason=HOSTILE, fields=((HOSTILE, HOSTILE),), trailers=((b"X", b"\xff"),))
    only_failed = [Event(0, None, None, None, Failed(Failure(2, "usage", "no \udcff")))]
    for events in (sample(), refused(), hostile, only_failed, []):
        out, _ = show("json", events, tty=tty)
        made = json.loads(out)
        jsonschema.validate(made, SCHEMA)
    out, _ = show("json", sample() + exchange(number=2), tty=False)
    assert [json.loads(line)["exchange"] for line in out.splitlines()] == [1, 2]


def test_json_keeps_every_octet() -> None:
    from base64 import b64decode

    out, _ = show("json", exchange(HOSTILE, b"x/y", fields=((b"X", b"\xff"),)), tty=False)
    response = json.loads(out)["response"]
    assert response["body"]["encoding"] == "base64"
    assert b64decode(response["body"]["text"]) == HOSTILE
    assert response["fields"][1] == ["X", {"base64": "/w=="}]


def test_har_gives_back_what_it_was_made_of() -> None:
    events = exchange(
        b"\xffanswer",
        b"x/y",
        method="POST",
        request_body=b"\xfe",
        request_fields=((b"Host", b"h"), (b"X", b"\xff"), (b"Content-Length", b"1")),
        fields=((b"Content-Length", b"7"), (b"x", b"1"), (b"X", b"1")),
        interim=((103, b"Early Hints", ((b"Link", b"l"),)),),
        violations=(Violation("obs-fold", IN, 3, "folded"),),
    )
    (before,) = fold(events)
    archive = json.loads(json.dumps(to_har([before])))
    (after,) = fold(from_har(json.dumps(archive)))
    assert after.request == before.request
    assert after.response == before.response
    assert after.interim == before.interim
    assert after.violations == before.violations
    for direction in (IN, OUT):
        wires = [
            b"".join(e.fact.data for e in made if isinstance(e.fact, Bytes) and e.fact.direction == direction)
            for made in (events, from_har(json.dumps(archive)))
        ]
        assert wires[0] == wires[1]
    assert after.content() == before.content()
    assert to_har([after])["log"]["entries"][0]["response"] == archive["log"]["entries"][0]["response"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"log": {"entries": 3}}', '{"log": {"entries": [3]}}', "[" * 100_000]
)
def test_what_is_no_har_is_refused(text: str) -> None:
    with pytest.raises(HttpeekError):
        from_har(text)


REQUESTS = [
    ("GET", "/a/../b?x=[1]&y={2}#", ((b"Accept", b"x"), (b"X-Empty", b""), (b"x-Case", b"it's $HOME `id`")), b""),
    ("POST", "/", ((b"Content-Type", b"t/x"), (b"Content-Length", b"9")), b"@it's\n$x!"),
    ("PUT", "/", ((b"Content-Length", b"6"),), b"\0\xff%s\\n"),
    ("DELETE", "/", (), b""),
    ("POST", "/", ((b"Content-Length", b"2097152"),), b"a\0" * 1_048_576),
    ("M-SEARCH", "/x'y", ((b"User-Agent", b"me"),), b""),
    ("HEAD", "/", (), b""),
]


@pytest.mark.parametrize(("method", "path", "fields", "body"), REQUESTS)
def test_the_real_curl_sends_the_same_octets(method: str, path: str, fields: tuple, body: bytes) -> None:  # type: ignore[type-arg]  # pairs
    if shutil.which("curl") is None:
        if os.environ.get("HTTPEEK_REQUIRE_TOOLS"):
            pytest.fail("curl is not installed")
        pytest.skip("curl is not installed")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    fields = ((b"Host", b"127.0.0.1:%d" % port), *fields)
    events = exchange(
        method=method,
        url=f"http://127.0.0.1:{port}/",
        request_fields=fields,
        request_body=body,
    )
    planned = next(e.fact for e in events if isinstance(e.fact, Planned))
    plan = planned.plan._replace(target=parse(f"http://127.0.0.1:{port}{path}", path_as_is=True))
    expected = f"{method} {plan.target.path} HTTP/1.1\r\n".encode()
    expected += b"".join(n + b": " + v + b"\r\n" if v else n + b":\r\n" for n, v in fields) + b"\r\n" + body
    got = bytearray()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while len(got) < len(expected) and (data := connection.recv(65536)):
                got.extend(data)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    line, _ = command(plan, None, (body,) if body else None)
    script = line.encode("utf-8", "surrogateescape")
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    result = subprocess.run(["sh"], input=script, env=clean, capture_output=True, timeout=30)
    thread.join(10)
    listener.close()
    assert result.returncode == 0, result.stderr
    assert bytes(got) == expected


def test_a_closed_stdout_is_141_and_is_told_once() -> None:
    read, write = os.pipe()
    os.close(read)
    screen = Screen(write, 2)
    with pytest.raises(HttpeekError) as raised:
        screen.write(b"x" * 100_000)
    assert raised.value.code == STDOUT_CLOSED
    screen.flush()
    os.close(write)


def test_a_captured_screen_keeps_both_streams_in_order() -> None:
    screen = Captured()
    screen.text("one\n")
    screen.note("two")
    screen.write(b"\xff")
    assert screen.taken() == b"one\nnote: two\n\xff"


def test_an_error_line_has_its_carets_below() -> None:
    err = os.memfd_create("err")
    screen = Screen(1, err)
    error_line(usage("name:=bob is not JSON; for a string write name=bob", "^^^^^^^^^").failure, screen)
    assert os.pread(err, 1000, 0) == (
        b"httpeek: (2) name:=bob is not JSON; for a string write name=bob\n             ^^^^^^^^^\n"
    )
    os.close(err)


@pytest.mark.parametrize(
    ("environ", "colour", "plain", "expected"),
    [
        ({}, "auto", False, False),
        ({}, "always", False, True),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"CLICOLOR_FORCE": "1"}, "auto", False, True),
        ({"FORCE_COLOR": "1"}, "never", False, False),
        ({"FORCE_COLOR": "1", "ACCESSIBLE": "1"}, "auto", False, False),
        ({}, "always", True, False),
    ],
)
def test_colour(environ: dict[str, str], colour: str, plain: bool, expected: bool) -> None:
    with open(os.devnull, "wb") as null:
        screen = Screen.detect(environ, colour, plain, null.fileno(), null.fileno())
    assert screen.colour_out is expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "utf-8"),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "ascii"),
        ({"LANG": "de_DE.ISO-8859-1"}, "ISO-8859-1"),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, "utf-8"),
        ({"LANG": "x.nosuch"}, "ascii"),
    ],
)
def test_charset_of_the_terminal(environ: dict[str, str], expected: str) -> None:
    assert terminal_charset(environ) == expected


def test_the_charset_that_python_puts_over_the_c_locale_is_not_the_users() -> None:
    coerced = {"LC_CTYPE": "C.UTF-8", "LANG": "C"}
    assert terminal_charset(coerced, coerced=True) == "ascii"
    assert terminal_charset({"LC_CTYPE": "C.UTF-8"}, coerced=True) == "utf-8"
    assert terminal_charset({"LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "C"}, coerced=True) == "ISO-8859-1"


def test_the_table_of_views() -> None:
    screen = Screen(1, 2)
    for view in VIEWS:
        assert make(view.name, screen, ViewOptions()).wants <= {"representation", "counts"}
    with pytest.raises(HttpeekError, match='no view is called "xml"'):
        make("xml", screen, ViewOptions())
