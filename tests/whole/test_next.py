"""`--next`: several requests in one run, over connections that are kept between them."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Peer, Program, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"


def kept(*contents: bytes, status: bytes = b"200 OK") -> Peer:
    """A peer that answers several requests on one connection."""
    steps: list[bytes | Callable[[socket.socket], None]] = []
    for content in contents:
        steps += [read_head, b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content)]
    return Peer(steps)


def test_two_requests_share_a_connection_and_verbose_says_so(httpeek: Program) -> None:
    with kept(b"one", b"two") as peer:
        done = httpeek("-v", f"{peer.url}/a", "--next", f"{peer.url}/b")
    lines = done.err.splitlines()
    connected = next(line for line in lines if line.startswith(f"* connect {peer.address} ok"))
    reused = next(line for line in lines if line.startswith("* connection reused"))
    assert (done.code, done.out, peer.connections) == (0, b"onetwo", 1)
    assert f"* request 2: GET {peer.url}/b" in lines
    assert connected.partition("): ")[2] == reused.partition("exchange: ")[2]  # the same fd and 4-tuple


def test_the_companion_answers_each_of_them(httpeek: Program) -> None:
    done = httpeek("--as=json", "/get", "--next", "POST", "/post", "a=1")
    first, second = map(json.loads, done.out.splitlines())
    assert done.code == 0
    assert (first["request"]["method"], second["request"]["method"]) == ("GET", "POST")
    assert first["socket"]["local"] == second["socket"]["local"]
    assert (first["socket"]["reused"], second["socket"]["reused"]) == (0, 1)
    assert json.loads(second["response"]["body"]["text"])["json"] == {"a": "1"}


def test_other_origins_get_connections_of_their_own(httpeek: Program) -> None:
    with kept(b"one", b"two") as one, kept(b"six") as other:
        done = httpeek(one.url, "--next", other.url, "--next", one.url)
    assert (done.out, one.connections, other.connections) == (b"onesixtwo", 1, 1)


def test_options_of_one_request_mean_nothing_to_the_next(httpeek: Program) -> None:
    done = httpeek("--as=json", "-f", "POST", "/post", "a=1", "X-One:1", "--next", "POST", "/post", "b=2")
    types, fields = [], []
    for line in done.out.splitlines():
        found = dict(json.loads(line)["request"]["fields"])
        types.append(found["Content-Type"])
        fields.append("X-One" in found)
    assert types == ["application/x-www-form-urlencoded; charset=utf-8", "application/json"]
    assert fields == [True, False]


def test_what_belongs_to_the_run_may_stand_with_any_request(httpeek: Program) -> None:
    with kept(b"one", b"two") as peer:
        done = httpeek(peer.url, "--next", peer.url, "--raw", "-p", "h")
    assert done.out.count(b"HTTP/1.1 200 OK") == 2


def test_a_failure_is_told_and_the_others_are_made(httpeek: Program) -> None:
    with socket.socket() as taken, replying(OK + b"one") as peer:
        taken.bind(("127.0.0.1", 0))
        refused = f"127.0.0.1:{taken.getsockname()[1]}"
        done = httpeek(refused, "--next", peer.url)
    assert (done.code, done.out) == (7, b"one")
    assert done.err == f"httpeek: (7) {refused} refused the connection: nothing listens there\n"


def test_the_exit_code_is_that_of_the_first_failure(httpeek: Program) -> None:
    with Peer(
        (read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (read_head, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        (read_head, b"HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ) as peer:
        words = (f"{peer.url}/{number}" for number in range(3))
        one, two, three = words
        done = httpeek(one, "--next", two, "--next", three)
    assert done.code == 4
    assert done.err == "note: 404 Not Found, exit 4\nnote: 503 Sorry\n"


def test_a_kept_connection_that_is_gone_is_replaced(httpeek: Program) -> None:
    with replying(OK + b"one", OK + b"two") as peer:  # each connection ends behind its reply
        done = httpeek(f"{peer.url}/a", "--next", f"{peer.url}/b")
    assert (done.code, done.out, done.err, peer.connections) == (0, b"onetwo", "", 2)


def test_one_run_is_one_record(httpeek: Program) -> None:
    with kept(b"one", b"two") as peer:
        httpeek(f"{peer.url}/a", "--next", f"{peer.url}/b")
    listed = httpeek("show", "--all").out.decode().splitlines()
    shown = httpeek("show", "@last", "--raw", "-p", "H").out
    assert len(listed) == 2
    assert shown.startswith(b"GET /a HTTP/1.1\r\n") and b"\r\n\r\nGET /b HTTP/1.1\r\n" in shown


def test_all_content_goes_to_one_file_or_each_to_its_own(httpeek: Program, tmp_path: Path) -> None:
    with kept(b"one", b"two") as peer:
        httpeek(peer.url, "-o", "all", "--next", peer.url)
    with kept(b"one", b"two") as peer:
        httpeek(peer.url, "-o", "a", "--next", peer.url, "-o", "b")
    found = [(tmp_path / name).read_bytes() for name in ("all", "a", "b")]
    assert found == [b"onetwo", b"one", b"two"]


def test_har_holds_every_request(httpeek: Program) -> None:
    with kept(b"one", b"two") as peer:
        done = httpeek("--as=har", f"{peer.url}/a", "--next", f"{peer.url}/b")
    entries = json.loads(done.out)["log"]["entries"]
    assert [entry["request"]["url"][-2:] for entry in entries] == ["/a", "/b"]


def test_the_curl_view_is_one_command_with_curls_own_next(httpeek: Program, require_tool: Callable[[str], str]) -> None:
    require_tool("curl")
    with kept(b"one", b"two") as peer:
        line = httpeek("--as=curl", f"{peer.url}/a", "X-A:1", "--next", "PUT", f"{peer.url}/b", "c=d").out.decode()
    words = shlex.split(line)
    received: list[bytes] = []

    def keep(sock: socket.socket) -> None:
        octets = b""
        while b"\r\n\r\n" not in octets or (b"PUT" in octets and not octets.endswith(b"}")):
            octets += sock.recv(65536)
        received.append(octets)

    with Peer((keep, OK + b"one", keep, OK + b"two")) as peer:
        # The port in the URL is that of the peer that is gone; the Host field stays what it was.
        words = [word.replace(words[-1].split("/")[2], peer.address) if "://" in word else word for word in words]
        done = subprocess.run([*words[:1], "--silent", *words[1:]], capture_output=True, check=True)
    assert line.count(" --next ") == 1 and line.count("\n") == 1
    assert done.stdout == b"onetwo"
    assert received[0].startswith(b"GET /a HTTP/1.1\r\n") and b"\r\nX-A: 1\r\n" in received[0]
    assert received[1].startswith(b"PUT /b HTTP/1.1\r\n") and b"X-A" not in received[1]
    assert received[1].endswith(b'\r\n\r\n{"c": "d"}')


def test_redirects_of_one_request_do_not_hide_the_next(httpeek: Program) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 3\r\n\r\nsee"
    with Peer((read_head, moved, read_head, OK + b"end", read_head, moved)) as peer:
        done = httpeek("-F", f"{peer.url}/a", "--next", f"{peer.url}/c")
    assert (done.code, done.out) == (3, b"endsee")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("/a", "--next"), "request 2 is empty: --next stands between two requests"),
        (("--next", "/a"), "request 1 is empty: --next stands between two requests"),
        (("/a", "--next", "-v"), "a URL is missing: httpeek [METHOD] URL [ITEM ...]; httpeek --help says more"),
        (
            ("/a", "--raw", "--next", "/b", "-v"),
            "--as=raw and --as=verbose contradict each other: the whole run has one of them",
        ),
        (("/a", "-q", "--next", "/b", "-qq"), "-q and -qq contradict each other: the whole run has one of them"),
        (
            ("/a", "-o", "x", "--next", "/b", "-o", "y", "--next", "/c"),
            "-o is there for 2 of 3 requests: once for the whole run, or once for each of them",
        ),
        (
            ("/a", "-o", "x", "--next", "/b", "-o", "y", "--as=har"),
            "--as har makes one text of the whole run: give -o once",
        ),
        (("/a", "--next", "serve"), "--next stands between requests; httpeek serve is a command of its own"),
        (("/a", "--nex", "/b"), "--next: write --next as a word of its own, between two requests"),
        (
            ("POST", "/a", "@-", "--next", "POST", "/b", "@-"),
            "standard input is the body of two requests: it can be read once",
        ),
    ],
)
def test_what_cannot_be_one_run(words: tuple[str, ...], sentence: str, httpeek: Program) -> None:
    assert httpeek(*words) == (2, b"", f"httpeek: (2) {sentence}\n")


def test_standard_input_goes_to_the_first_request_that_takes_it(httpeek: Program) -> None:
    done = httpeek("--as=json", "POST", "/post", "--next", "POST", "/post", stdin=b"text")
    bodies = [json.loads(json.loads(line)["response"]["body"]["text"])["data"] for line in done.out.splitlines()]
    assert bodies == ["text", ""]
