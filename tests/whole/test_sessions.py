"""Sessions and files of cookies: what is kept, for whom, and that nobody's changes are lost."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from httpeek.server.embedded import Embedded
from tests.support import LIMIT, Peer, Program, environment, read_head, replying
from tests.whole.test_follow import OK, Requests, redirect

SETS = OK.replace(b"Content-Length", b"Set-Cookie: a=1; Path=/\r\nContent-Length")


@pytest.fixture
def companion() -> Iterator[str]:
    """The address of a companion."""
    server = Embedded()
    yield server.address
    server.close()


def kept(path: Path) -> Any:
    return json.loads(path.read_text())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_fields_credentials_and_cookies_are_sent_again(httpeek: Program, companion: str) -> None:
    words = ["--session=work", "-a", "u:p", "X-Team:a", "Cookie:c=d", "X-None;"]
    assert httpeek("-F", f"{companion}/cookies/set/a/1", *words).code == 0
    got = json.loads(httpeek("--session=work", f"{companion}/headers").out)["headers"]
    assert "Basic dTpw" in got["Authorization"]
    assert "c=d; a=1" in got["Cookie"]
    assert "a" in got["X-Team"]
    assert "X-None" in got
    assert httpeek("--session=work", f"{companion}/hidden-basic-auth/u/p").code == 0
    assert "X-Team" not in json.loads(httpeek("--session=play", f"{companion}/headers").out)["headers"]


def test_the_file_is_where_it_belongs_and_its_owner_s_alone(httpeek: Program, companion: str) -> None:
    httpeek("--session=work", f"{companion}/cookies/set/a/1", "X-Team:a", "-a", "u:p")
    path = httpeek.home / ".config/httpeek/sessions" / companion.replace(":", "_") / "work.json"
    assert mode(path) == 0o600
    assert [mode(folder) for folder in list(path.parents)[:3]] == [0o700] * 3
    assert [each.name for each in path.parent.iterdir()] == ["work.json"]
    assert kept(path) == {
        "httpeek": "session/1",
        "origins": {
            f"http://{companion}": {
                "fields": [["X-Team", "a"]],
                "auth": {"type": "basic", "user": "u", "secret": "p"},
            }
        },
        "cookies": [
            {
                "name": "a",
                "value": "1",
                "domain": "127.0.0.1",
                "path": "/",
                "host_only": True,
                "secure": False,
                "http_only": False,
                "same_site": "",
                "expires": None,
            }
        ],
    }


def test_what_is_of_one_message_is_not_kept(httpeek: Program) -> None:
    items = ["Content-Language:de", "If-Match:x", "Host:other", "Expect:", "X-Kept:1", "a=b"]
    with replying(OK) as peer:
        httpeek("--session=./s.json", peer.url, *items)
    assert kept(httpeek.home / "s.json")["origins"][peer.url]["fields"] == [["X-Kept", "1"]]


def test_a_field_typed_anew_replaces_the_one_that_was_kept_and_a_removed_one_goes(httpeek: Program) -> None:
    requests = Requests()
    with Peer(*[(requests.read, OK)] * 3) as peer:
        httpeek("--session=./s.json", peer.url, "X-A:1", "X-A:2", "X-B:1")
        httpeek("--session=./s.json", peer.url, "x-a:3", "X-B:")
        httpeek("--session=./s.json", peer.url)
    assert b"x-a: 3\r\n" in requests.seen[1] and b"X-A" not in requests.seen[1] and b"X-B" not in requests.seen[1]
    assert kept(httpeek.home / "s.json")["origins"][peer.url]["fields"] == [["x-a", "3"]]
    assert b"x-a: 3\r\n" in requests.seen[2] and b"X-B" not in requests.seen[2]


def test_a_session_that_is_read_only_is_made_once_and_not_changed(httpeek: Program) -> None:
    requests = Requests()
    with Peer(*[(requests.read, SETS)] * 2) as peer:
        httpeek("--session-read-only=./s.json", peer.url, "X-A:1")
        before = (httpeek.home / "s.json").read_bytes()
        httpeek("--session-read-only=./s.json", peer.url, "X-A:2", "X-B:1")
    assert b"X-A: 2\r\n" in requests.seen[1]
    assert b"Cookie: a=1\r\n" in requests.seen[1]
    assert (httpeek.home / "s.json").read_bytes() == before


def test_what_is_kept_for_one_origin_is_sent_to_no_other(httpeek: Program) -> None:
    requests = Requests()
    with Peer([requests.read, OK]) as one, Peer([requests.read, OK]) as two:
        httpeek("--session=./s.json", one.url, "-a", "u:p", "X-Team:a")
        httpeek("--session=./s.json", two.url)
    assert b"X-Team" in requests.seen[0]
    assert b"X-Team" not in requests.seen[1] and b"Authorization" not in requests.seen[1]


@pytest.mark.parametrize("words", [[], ["--trust-redirects"]])
def test_a_session_never_sends_its_fields_along_a_redirect(httpeek: Program, words: list[str]) -> None:
    requests = Requests()
    with Peer(*[(requests.read, OK)]) as two, Peer((read_head, OK), (read_head, redirect(302, two.url))) as one:
        httpeek("--session=./s.json", one.url, "-a", "u:p", "X-Team:a")
        done = httpeek("--session=./s.json", "-F", *words, one.url, "X-Now:1")
    assert b"X-Now" in requests.seen[0]
    assert b"X-Team" not in requests.seen[0] and b"Authorization" not in requests.seen[0]
    assert f"Authorization, X-Team not sent to {two.address}" in done.err


def test_the_companion_s_session_is_there_again_on_another_port(httpeek: Program) -> None:
    httpeek("--session=work", "/get", "X-Team:a")
    assert "X-Team" in json.loads(httpeek("--session=work", "/headers").out)["headers"]


def test_nothing_is_kept_where_nothing_was_answered_or_sent(httpeek: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    assert httpeek("--session=./s.json", f"127.0.0.1:{port}", "X-A:1").code == 7
    assert httpeek("--offline", "--session=./s.json", "example.org", "X-A:1").code == 0
    assert not (httpeek.home / "s.json").exists()


class Together:
    """A server that answers nobody before all have asked; each gets a cookie named by its X-N field."""

    def __init__(self, count: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=count)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._count = count
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Together:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.join(LIMIT)
        self._listener.close()

    def _run(self) -> None:
        self._listener.settimeout(LIMIT)
        asked = []
        for _ in range(self._count):
            sock, _ = self._listener.accept()
            octets = b""
            while b"\r\n\r\n" not in octets:
                octets += sock.recv(65536)
            asked.append((sock, octets.partition(b"X-")[2].partition(b":")[0]))
        for sock, name in asked:
            sock.sendall(OK.replace(b"Content-Length", b"Set-Cookie: c%b=1; Path=/\r\nContent-Length" % name))
            sock.close()


@pytest.mark.parametrize("option", ["--session=./s.json", "--cookies=c.txt"])
def test_processes_that_use_one_file_at_the_same_time_lose_nothing(httpeek: Program, option: str) -> None:
    count = 6
    with Together(count) as server:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "httpeek", option, server.url, f"X-{n}:1"],
                cwd=httpeek.home,
                env=environment(httpeek.home),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            for n in range(count)
        ]
        for process in processes:
            _, err = process.communicate(timeout=LIMIT)
            assert (process.returncode, err) == (0, b"")
    if "session" in option:
        found = kept(httpeek.home / "s.json")
        assert sorted(name for name, _ in found["origins"][server.url]["fields"]) == [f"X-{n}" for n in range(count)]
        assert sorted(cookie["name"] for cookie in found["cookies"]) == [f"c{n}" for n in range(count)]
    else:
        lines = (httpeek.home / "c.txt").read_text().splitlines()
        assert sorted(line.split("\t")[5] for line in lines if "\t" in line) == [f"c{n}" for n in range(count)]
    assert not [path for path in httpeek.home.iterdir() if path.name.startswith(".s.json")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--session=a b"], '"a b" is no name of a session'),
        (["--session=..a"], '"..a" is no name of a session'),
        (["--session=./theirs.json"], "is a session of HTTPie's: httpeek session import"),
        (["--session=./broken.json"], "is not JSON"),
        (["--session=./other.json"], 'does not say "httpeek": "session/1"'),
        (["--session=./odd.json"], "cannot be understood"),
        (["--session=a", "--session-read-only=a"], "say two things"),
        (["--session=a", "--cookies=c"], "leave out --cookies"),
        (["--cookies=broken.json"], "line 1 is no line of a cookies.txt"),
    ],
)
def test_a_file_that_is_something_else_is_refused_and_stays(httpeek: Program, words: list[str], sentence: str) -> None:
    files = {
        "theirs": '{"__meta__": {"httpie": "3.2.4"}, "headers": []}',
        "broken": "{",
        "other": "[]",
        "odd": '{"httpeek": "session/1", "origins": {"x": {"auth": {"type": "basic"}}}}',
    }
    for name, text in files.items():
        (httpeek.home / f"{name}.json").write_text(text)
    done = httpeek(*words, "127.0.0.1:9")
    assert done.code == 2
    assert sentence in done.err
    assert {name: (httpeek.home / f"{name}.json").read_text() for name in files} == files


def test_a_session_that_cannot_be_written_is_exit_23_and_the_response_is_shown(httpeek: Program) -> None:
    (httpeek.home / "s.json").mkdir()
    with replying(OK) as peer:
        assert httpeek("--session=./s.json", peer.url, "X-A:1").code == 26
    with Peer([read_head, lambda s: (httpeek.home / "c.txt").mkdir(), SETS]) as peer:
        done = httpeek("--cookies=c.txt", peer.url)
    assert (done.code, done.out) == (23, b"ok")
    assert "c.txt cannot be " in done.err


# httpeek session


OLD = {
    "__meta__": {"httpie": "2.4.0"},
    "auth": {"type": "basic", "username": "u", "password": "hunter22"},
    "cookies": {"a": {"value": "1", "path": "/", "secure": False, "expires": None}},
    "headers": {"X-Team": "a", "User-Agent": "HTTPie/2.4.0"},
}
NEW = {
    "__meta__": {"httpie": "3.2.4"},
    "auth": {"type": "basic", "raw_auth": "u:hunter22"},
    "cookies": [{"name": "a", "value": "1", "domain": "", "path": "/", "secure": False, "expires": None}],
    "headers": [{"name": "X-Team", "value": "a"}],
}


@pytest.mark.parametrize("theirs", [OLD, NEW], ids=["old", "new"])
@pytest.mark.parametrize("named", [True, False])
def test_a_session_of_httpie_is_taken_over(httpeek: Program, companion: str, theirs: object, named: bool) -> None:
    host = companion.replace(":", "_")
    path = httpeek.home / f".config/httpie/sessions/{host}/work.json" if named else httpeek.home / "work.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(theirs))
    done = httpeek("session", "import", str(path), *([] if named else [companion]))
    assert done.code == 0, done.err
    assert b"1 fields, 1 cookies, basic credentials" in done.out
    got = json.loads(httpeek("--session=work", f"{companion}/headers").out)["headers"]
    assert "a=1" in got["Cookie"] and "a" in got["X-Team"] and "Authorization" in got
    assert "HTTPie" not in str(got["User-Agent"])
    assert "is there already" in httpeek("session", "import", str(path), companion).err


def test_a_real_session_of_httpie_is_taken_over(
    httpeek: Program, companion: str, require_tool: Callable[[str], str]
) -> None:
    http = require_tool("http")
    words = ["--ignore-stdin", "--session=work", "-F", "-a", "u:p", f"{companion}/cookies/set/a/1", "X-Team:a"]
    subprocess.run([http, *words], env=environment(httpeek.home), capture_output=True, timeout=LIMIT, check=True)
    path = next((httpeek.home / ".config/httpie/sessions").glob("*/work.json"))
    assert httpeek("session", "import", str(path)).code == 0
    got = json.loads(httpeek("--session=work", f"{companion}/headers").out)["headers"]
    assert "a=1" in got["Cookie"] and "a" in got["X-Team"] and "Basic dTpw" in got["Authorization"]


def test_sessions_are_listed_and_shown_masked(httpeek: Program, companion: str) -> None:
    assert httpeek("session").out == b"no sessions: httpeek --session NAME URL makes one\n"
    httpeek("--session=work", f"{companion}/cookies/set/a/hunter33", "-a", "u:hunter22", "X-Api-Key:hunter44")
    listed = httpeek("session").out.decode().splitlines()
    assert listed[1].split() == [companion.replace(":", "_"), "work", "1", "1", "basic"]
    shown = httpeek("session", "show", "work").out
    assert b"hunter" not in shown and shown.count(b"<masked 8 bytes #") == 3
    assert httpeek("session", "show", "work", "--reveal").out.count(b"hunter") == 3
    assert "no session is called" in httpeek("session", "show", "play").err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["import"], "needs a file"),
        (["import", "nothing.json", "a"], "no such file"),
        (["import", "odd.json"], "does not say which host it is for"),
        (["import", "odd.json", "a"], "is no session of HTTPie's"),
        (["show"], "needs one name"),
        (["delete"], "takes one of import, show"),
    ],
)
def test_what_httpeek_session_cannot_do_is_said(httpeek: Program, words: list[str], sentence: str) -> None:
    (httpeek.home / "odd.json").write_text("{}")
    done = httpeek("session", *words)
    assert done.code == 2
    assert sentence in done.err


# Cookies


def test_a_cookie_that_a_redirect_sets_goes_along_and_is_forgotten(httpeek: Program, companion: str) -> None:
    done = httpeek("-F", f"{companion}/cookies/set/a/1")
    assert json.loads(done.out) == {"cookies": {"a": "1"}}
    assert json.loads(httpeek(f"{companion}/cookies").out) == {"cookies": {}}


def test_a_page_that_redirects_to_itself_with_a_cookie_is_no_loop(httpeek: Program) -> None:
    again = redirect(302, "/").replace(b"Content-Length", b"Set-Cookie: seen=1\r\nContent-Length")
    with replying(again, OK) as peer:
        assert httpeek("-F", peer.url).code == 0
    with replying(again, again, OK) as peer:
        assert httpeek("-F", peer.url).code == 47


def test_cookies_cross_no_host_and_do_cross_ports(httpeek: Program) -> None:
    requests = Requests()
    with Peer([requests.read, OK], [requests.read, OK]) as two:
        for host in ("127.0.0.1", "localhost"):
            to = f"http://{host}:{two.port}/"
            with replying(redirect(302, to).replace(b"Content-Length", b"Set-Cookie: a=1\r\nContent-Length")) as one:
                httpeek("-F", "-4", one.url)
    assert b"Cookie: a=1" in requests.seen[0]  # RFC 6265 section 8.5: a cookie knows no port
    assert b"Cookie" not in requests.seen[1]


def test_a_cookie_that_is_refused_is_a_note(httpeek: Program) -> None:
    bad = redirect(302, "/").replace(b"Content-Length", b"Set-Cookie: a=1; Domain=example.org\r\nContent-Length")
    with replying(bad.replace(b": /", b": /b"), OK) as peer:
        done = httpeek("-F", peer.url)
    assert "note: not kept: cookie a: 127.0.0.1 may not set it for example.org (RFC 6265bis 5.7)" in done.err


def test_a_file_of_cookies_is_read_by_curl_and_one_of_curl_s_by_httpeek(
    httpeek: Program, companion: str, require_tool: Callable[[str], str]
) -> None:
    curl, jar = require_tool("curl"), httpeek.home / "c.txt"
    httpeek("--cookies=c.txt", f"{companion}/cookies/set/mine/1")
    assert mode(jar) == 0o600
    words = [curl, "-s", "-L", "-b", str(jar), "-c", str(jar), f"http://{companion}/cookies/set/theirs/2"]
    done = subprocess.run(words, capture_output=True, timeout=LIMIT, check=True)
    assert json.loads(done.stdout) == {"cookies": {"mine": "1", "theirs": "2"}}
    assert json.loads(httpeek("--cookies=c.txt", f"{companion}/cookies").out) == json.loads(done.stdout)
    httpeek("-F", "--cookies=c.txt", f"{companion}/cookies/delete?mine=")
    assert "mine" not in jar.read_text() and "theirs" in jar.read_text()


def test_cookies_that_were_typed_and_those_of_the_file_are_one_field(httpeek: Program) -> None:
    requests = Requests()
    (httpeek.home / "c.txt").write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n127.0.0.1\tFALSE\t/\tFALSE\t0\tb\t2\n")
    with Peer([requests.read, OK]) as peer:
        httpeek("--cookies=c.txt", peer.url, "Cookie:b=3; c=4")
    assert requests.seen[0].count(b"Cookie:") == 1
    assert b"Cookie: b=3; c=4; a=1\r\n" in requests.seen[0]


def test_no_cookies_are_sent_where_the_field_was_taken_out(httpeek: Program) -> None:
    requests = Requests()
    (httpeek.home / "c.txt").write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n")
    with Peer([requests.read, SETS.replace(b"a=1", b"b=2")]) as peer:
        httpeek("--cookies=c.txt", peer.url, "Cookie:")
    assert b"Cookie" not in requests.seen[0]
    assert "\tb\t2\n" in (httpeek.home / "c.txt").read_text()


def test_a_cookie_is_kept_though_the_content_was_cut_short(httpeek: Program) -> None:
    with replying(SETS.replace(b"Length: 2", b"Length: 9")) as peer:
        assert httpeek("--cookies=c.txt", peer.url).code == 18
    assert "\ta\t1\n" in (httpeek.home / "c.txt").read_text()
