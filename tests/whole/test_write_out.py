"""`-w` in curl's words, next to the real curl, and the waterfall of `--timing`."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Peer, Program, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /x?y=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

SAME = (
    *("http_code", "response_code", "content_type", "http_version", "local_ip", "remote_ip", "method", "num_connects"),
    *("num_headers", "num_redirects", "redirect_url", "referer", "size_download", "size_header", "size_upload"),
    *("ssl_verify_result", "url_effective", "urlnum", "errormsg", "exitcode", "time_appconnect", "num_certs"),
)
"""Variables that say the same here and there, each between brackets."""


@pytest.mark.parametrize("reply", [OK, MOVED, OK.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked") + b""])
def test_variables_say_what_curl_says(reply: bytes, httpeek: Program, require_tool: Callable[[str], str]) -> None:
    curl = require_tool("curl")
    if b"chunked" in reply:
        reply = reply.removesuffix(b"ok") + b"2\r\nok\r\n0\r\n\r\n"
    names = SAME if b"200" in reply else tuple(name for name in SAME if name != "exitcode")
    text = "".join(f"[%{{{name}}}]" for name in names) + r"%header{x-a} %% %x \t\q %{remote_port}\n"
    with replying(reply, reply) as peer:
        ours = httpeek("-w", text, f"{peer.url}/p", "Referer:http://r/")
        theirs = subprocess.run(
            [curl, "-s", "-w", text, "-e", "http://r/", f"{peer.url}/p"], capture_output=True, check=False
        )
    assert ours.out == theirs.stdout


def test_a_followed_redirect_counts_as_in_curl(httpeek: Program, require_tool: Callable[[str], str]) -> None:
    curl = require_tool("curl")
    text = r"%{num_redirects} %{http_code} %{url_effective} %{num_connects} %{size_header}\n"
    with replying(MOVED, OK, MOVED, OK) as peer:
        ours = httpeek("-F", "-w", text, f"{peer.url}/p")
        theirs = subprocess.run([curl, "-sL", "-w", text, f"{peer.url}/p"], capture_output=True, check=False)
    assert ours.out == theirs.stdout


def test_the_fields_as_json_are_those_of_curl(httpeek: Program, require_tool: Callable[[str], str]) -> None:
    curl = require_tool("curl")
    with replying(OK, OK) as peer:
        ours = httpeek("-w", "%{header_json}", peer.url).out.removeprefix(b"ok")
        theirs = subprocess.run([curl, "-s", "-w", "%{header_json}", peer.url], capture_output=True, check=False)
    assert json.loads(ours) == json.loads(theirs.stdout.removeprefix(b"ok"))


def test_json_holds_what_curls_json_does(httpeek: Program, require_tool: Callable[[str], str]) -> None:
    curl = require_tool("curl")
    with replying(OK, OK) as peer:
        ours = json.loads(httpeek("-w", "%{json}", peer.url).out.removeprefix(b"ok"))
        done = subprocess.run([curl, "-s", "-w", "%{json}", peer.url], capture_output=True, check=False)
    theirs = json.loads(done.stdout.removeprefix(b"ok"))
    for name in SAME:
        if name in theirs and name != "errormsg":  # null in curl where there is none
            assert (name, ours[name] or None) == (name, theirs[name] or None)
    assert ours["time_total"] >= ours["time_starttransfer"] >= ours["time_connect"] > 0


def test_one_text_for_each_request_behind_its_content(httpeek: Program) -> None:
    with replying(OK, OK.replace(b"200", b"404")) as peer:
        done = httpeek("-w", r"<%{urlnum} %{http_code} %{exitcode}>\n", f"{peer.url}/a", "--next", f"{peer.url}/b")
    assert (done.code, done.out) == (4, b"ok<0 200 0>\nok<1 404 4>\n")


def test_what_there_was_not_is_zero(httpeek: Program) -> None:
    done = httpeek("-w", r"%{http_code} %{exitcode} %{time_total} %{errormsg}\n", "nosuch.invalid")
    words = done.out.decode().split(None, 3)
    assert (done.code, words[0], words[1]) == (6, "000", "6")
    assert words[3].startswith("nosuch.invalid: no ")


def test_a_name_that_is_none_is_told(httpeek: Program) -> None:
    with replying(OK) as peer:
        done = httpeek("-w", "%{http_cod}%{", peer.url)
    assert (done.code, done.out, done.err) == (0, b"ok%{", "note: -w: there is no variable http_cod\n")


def test_streams_and_errors_choose_where_it_goes(httpeek: Program, tmp_path: Path) -> None:
    with replying(OK, OK.replace(b"200", b"500")) as peer:
        fine = httpeek("-o", "file", "-w", r"a%{stderr}b\n%{stdout}c%{onerror}d", peer.url)
        wrong = httpeek("-w", r"%{onerror}d", peer.url)
    assert (fine.out, fine.err, (tmp_path / "file").read_bytes()) == (b"ac", "b\n", b"ok")
    assert wrong.out == b"okd"


def test_the_format_may_come_from_a_file(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "format").write_bytes(b"%{http_code}\n-%{method}\\n")
    with replying(OK, OK) as peer:
        named = httpeek("-w", "@format", peer.url)
        piped = httpeek("-w", "@-", "-I", peer.url, stdin=b"%{scheme}")
    assert (named.out, piped.out) == (b"ok200-GET\n", b"okhttp")
    gone = httpeek("-w", "@gone", "/get")
    assert (gone.code, gone.err) == (26, "httpeek: (26) -w @gone cannot be read: no such file or directory\n")


def test_a_record_tells_the_same(httpeek: Program) -> None:
    text = "%{http_code} %{size_download} %{local_port} %{time_total} %{size_header} %{num_headers}"
    with replying(OK) as peer:
        live = httpeek("-w", text, peer.url)
    assert httpeek("show", "@last", "-w", text).out == live.out


def test_a_peer_does_not_drive_the_terminal_with_it(httpeek: Program) -> None:
    with replying(OK.replace(b"X-A: b", b"X-A: \x1b[31mred")) as peer:
        _, screen = httpeek.terminal("-b", "-w", "%header{x-a}\\n", peer.url)
    assert "\x1b[31mred" not in screen
    assert "\\x1b[31mred" in screen


def phases(text: str) -> list[str]:
    """The names of the lines below a headline."""
    return [
        line[:10].strip()
        for line in text.splitlines()
        if re.match(r"(name|connect|proxy|TLS|send|wait|first|content) ", line)
    ]


def test_the_waterfall_shows_each_phase_once(httpeek: Program) -> None:
    with Peer((read_head, OK, read_head, OK)) as peer:
        url = peer.url.replace("127.0.0.1", "localhost")
        done = httpeek("--timing", "-4", url, "--next", "-4", url)
    lines = done.err.splitlines()
    assert done.out == b"okok"
    assert phases(done.err) == [
        "name",
        "connect",
        "send",
        "wait",
        "first byte",
        "content",
        "send",
        "wait",
        "first byte",
        "content",
    ]
    assert lines[0].startswith(f"-- timing: GET {url}/, 200, ")
    assert lines[7].endswith(", reused after 1 exchange")
    assert all(len(line) <= 80 and line.isascii() for line in lines if not line.startswith("-- "))
    assert all("#" in line or "|" in line for line in lines if not line.startswith("-- "))


def test_a_record_has_the_same_waterfall(httpeek: Program) -> None:
    with replying(OK) as peer:
        live = httpeek("--timing", peer.url)
    assert httpeek("show", "@last", "--timing", "-b").err == live.err
    assert phases(httpeek("show", "@last", "-m").out.decode()) == phases(live.err)


def test_without_padding_moments_stand_in_place_of_bars(httpeek: Program) -> None:
    with replying(OK) as peer:
        done = httpeek("--timing", "--plain", peer.url)
    assert re.search(r"^wait \d+\.\d ms, from \d+\.\d ms$", done.err, re.MULTILINE)
    assert "#" not in done.err


def test_a_connection_that_failed_has_a_waterfall_too(httpeek: Program) -> None:
    done = httpeek("--timing", "nosuch.invalid")
    assert done.code == 6
    assert done.err.splitlines()[0].startswith("-- timing: GET http://nosuch.invalid/, failed (6), ")


def take(count: int) -> Callable[[socket.socket], None]:
    """Reads so many octets."""

    def read(sock: socket.socket) -> None:
        left = count
        while left:
            left -= len(sock.recv(left))

    return read


def test_what_is_said_to_a_socks_proxy_is_a_phase(httpeek: Program) -> None:
    agreed, connected = b"\x05\x00", b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
    # RFC 1928: a greeting of three octets; a request of ten, since the address is an IPv4 one.
    with Peer((take(3), agreed, take(10), connected, read_head, OK)) as peer:
        done = httpeek("--timing", "--proxy", f"socks5://{peer.address}", "http://127.0.0.1:80/x")
    assert (done.code, done.out) == (0, b"ok")
    assert phases(done.err) == ["connect", "proxy", "send", "wait", "first byte", "content"]


def test_a_tunnel_that_was_refused_has_a_status_of_its_own(httpeek: Program) -> None:
    refused = b"HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n"
    text = "%{http_code} %{http_connect} %{url_effective}\n"
    with replying(refused) as proxy, replying(OK) as peer:
        asked = ("-w", text, "--proxy", f"https:{proxy.url}", "https://a.test/x", "--next", peer.url)
        done = httpeek(*asked)
    lines = done.out.splitlines()
    assert done.code == 56
    assert lines[0].startswith(b"000 407 ") and lines[1] == b"ok200 000 " + peer.url.encode() + b"/"
    assert done.err.count("httpeek: (56) ") == 1
