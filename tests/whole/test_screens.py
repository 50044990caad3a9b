"""What a person sees on a terminal of 80 columns: golden files for each screen, in colour and without.

What differs from run to run (ports, times, dates, the version) is replaced by a fixed text of its kind. Refresh with

    HTTPEEK_GOLDEN=write python -m pytest tests/whole/test_screens.py -q

and read the difference in review. Escapes stand in the golden files as `<1;32>`, so that a reader sees them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Peer, Program, half_close, hold, read_head, replying

GOLDEN = Path(__file__).with_name("golden")
LOOKS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "colour": ((), {}),
    "plain": (("--plain",), {}),
    "no-color": ((), {"NO_COLOR": "1"}),
    "dumb": ((), {"TERM": "dumb"}),
    "accessible": ((), {"ACCESSIBLE": "1"}),
}
"""How the same screen is asked for: words and variables. All but the first have no colour."""

Screen = Callable[[Program, tuple[str, ...], dict[str, str]], tuple[int, str]]


def against(reply: bytes, *words: str, path: str = "/", host: str = "127.0.0.1") -> Screen:
    """A screen of a request to a peer that gives `reply` and holds the connection, so that nothing is a race."""

    def screen(httpeek: Program, more: tuple[str, ...], env: dict[str, str]) -> tuple[int, str]:
        with Peer((read_head, reply, hold)) as peer:
            return httpeek.terminal(*words, *more, f"http://{host}:{peer.port}{path}", env=env)

    return screen


def cut(reply: bytes) -> Screen:
    """A screen of a request to a peer that ends the connection within its reply."""

    def screen(httpeek: Program, more: tuple[str, ...], env: dict[str, str]) -> tuple[int, str]:
        with Peer((read_head, reply, half_close, hold)) as peer:
            return httpeek.terminal(*more, peer.url, env=env)

    return screen


def alone(*words: str) -> Screen:
    """A screen of a command line that needs no peer of ours."""
    return lambda httpeek, more, env: httpeek.terminal(*words, *more, env=env)


def not_tls(httpeek: Program, more: tuple[str, ...], env: dict[str, str]) -> tuple[int, str]:
    with Peer((b"HTTP/1.1 400 Bad Request\r\n\r\n",)) as peer:
        return httpeek.terminal(*more, f"https://localhost:{peer.port}/", env=env)


def listing(httpeek: Program, more: tuple[str, ...], env: dict[str, str]) -> tuple[int, str]:
    """The list of three records, one with a host and a path that are wide."""
    wide = "例子.测试"
    replies = (
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    )
    with replying(*replies) as peer:
        httpeek.terminal(f"http://localhost:{peer.port}/")
        httpeek.terminal("--resolve", f"{wide}:{peer.port}:127.0.0.1", "POST", f"http://{wide}:{peer.port}/名称")
    httpeek.terminal("http://127.0.0.1:1/")
    return httpeek.terminal("show", "--all", *more, env=env)


SPACE = b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 3\r\n\r\nok\n"
ESCAPES = b"HTTP/1.1 200 OK\r\nX-A: \x1b[31mred\r\nContent-Length: 9\r\n\r\n\x1b]0;hi\x07ok"
LENGTHS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"

SCREENS: dict[str, Screen] = {
    "1-companion": alone("GET", "/"),
    "2-get": alone("GET", "/get"),
    "2-json": alone("GET", "/json"),
    "3-verbose": against(SPACE, "-v", path="/x"),
    "3-early-hints": against(EARLY + SPACE.replace(b"X-A :", b"X-A:"), "-v"),
    "4-raw": against(ESCAPES, "--raw", path="/esc"),
    "5-refused": alone("127.0.0.1:1"),
    "5-no-name": alone("nosuch.invalid"),
    "5-not-tls": not_tls,
    "5-cut": cut(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly 17 bytes are"),
    "5-habit": alone("-k", "https://example.org"),
    "5-item": alone("/post", "name:=bob"),
    "5-style": alone("--style", "monokia", "/get"),
    "5-view": alone("--as", "verbos", "/get"),
    "5-status": against(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n", "-b"),
    "5-redirect": against(MOVED),
    "6-fatal": against(LENGTHS),
    "6-fatal-verbose": against(LENGTHS, "-v"),
    "11-list": listing,
}

_TIMING = "name -, connect 0.1, TLS -, first byte 1.1, total 1.2 ms"
_VARIABLE = (
    (r"\x1b\[([0-9;]*)m", r"<\1>"),
    (r"(?<=[\d\]t试]:)\d{5}\b", "49400"),
    (r"\d\d:\d\d:\d\d(?= GMT)", "17:00:00"),
    (r"\w{3}, \d\d \w{3} \d{4}(?= 17)", "Mon, 23 Nov 2026"),
    (r"(?m)^(last|-\d)(\s+)\d\d:\d\d:\d\d", r"\1\g<2>17:00:00"),
    (r"httpeek/\d[\w.]*", "httpeek/0.1"),
    (r"\d+\.\d ms", "1.8 ms"),
    (r"(?m)^((?:last|-\d).*\S) +1.8 ms$", r"\1  1.8 ms"),
    (r"(?m)^(@ .*\S) +time$", r"\1    time"),
    (r"name \S+, connect \S+, TLS -, first byte \S+, total \S+ ms", _TIMING),
    (r"fd \d+", "fd 5"),
    (r"Content-Length(<0>)?: \d{3,5}\b", r"Content-Length\1: 237"),
)  # fmt: skip


def steady(text: str) -> str:
    """The text with what varies replaced."""
    for pattern, fixed in _VARIABLE:
        text = re.sub(pattern, fixed, text)
    return text


@pytest.mark.parametrize("name", SCREENS)
def test_screen(httpeek: Program, name: str) -> None:
    code, text = SCREENS[name](httpeek, (), {})
    made = f"{steady(text)}[exit {code}]\n"
    path = GOLDEN / f"{name}.screen"
    if os.environ.get("HTTPEEK_GOLDEN") == "write":
        path.write_text(made)
    assert made == path.read_text()


@pytest.mark.parametrize("look", [look for look in LOOKS if look != "colour"])
@pytest.mark.parametrize("name", ["2-json", "3-verbose", "5-item", "6-fatal", "11-list"])
def test_without_colour_a_screen_says_the_same(httpeek: Program, name: str, look: str) -> None:
    words, env = LOOKS[look]
    code, text = SCREENS[name](httpeek, words, env)
    assert "\x1b" not in text
    expected = re.sub(r"<[0-9;]*>", "", (GOLDEN / f"{name}.screen").read_text())
    assert "".join(f"{steady(text)}[exit {code}]\n".split()) == "".join(expected.split())


@pytest.mark.parametrize("name", SCREENS)
def test_our_own_lines_fit_80_columns(name: str) -> None:
    from httpeek.render.terminal import width

    for line in re.sub(r"<[0-9;]*>", "", (GOLDEN / f"{name}.screen").read_text()).splitlines():
        if not line.startswith(("httpeek:", "note:", "! ", "* ")):  # one line each, so that grep finds them whole
            assert width(line) <= 80, line


def test_the_default_colours_are_readable_on_any_background() -> None:
    used = {sgr for path in GOLDEN.glob("*.screen") for sgr in re.findall(r"<([0-9;]+)>", path.read_text())}
    assert {part for sgr in used for part in sgr.split(";")} <= {"0", "1", "31", "32", "33", "35", "36"}
