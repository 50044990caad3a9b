"""Redirects: which request follows, what it carries, and where it ends."""

from __future__ import annotations

import json
import socket

import pytest

from httpeek.client.follow import resolve
from httpeek.model.codes import HttpeekError
from httpeek.model.target import parse
from tests.support import Peer, Program, Step, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def redirect(status: int, location: str) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


class Requests:
    """Steps that keep the request they read."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def read(self, sock: socket.socket) -> None:
        octets = b""
        while b"\r\n\r\n" not in octets:
            octets += sock.recv(65536)
        length = 0
        for line in octets.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(octets.partition(b"\r\n\r\n")[2]) < length:
            octets += sock.recv(65536)
        self.seen.append(octets)


@pytest.mark.parametrize(
    ("status", "method", "follows"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "POST", "GET"),
        (302, "PUT", "GET"),
        (302, "DELETE", "GET"),
        (302, "HEAD", "HEAD"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ],
)
def test_the_method_after_a_redirect_is_that_of_rfc_9110(
    httpeek: Program, status: int, method: str, follows: str
) -> None:
    requests = Requests()
    script: list[list[Step]] = [[requests.read, redirect(status, "/next")], [requests.read, OK]]
    with Peer(*script) as peer:
        body = ["--data", "body", "Content-Type:text/plain"] if method in ("POST", "PUT") else []
        done = httpeek("-F", method, peer.url + "/first", *body)
    assert done.code == 0
    second = requests.seen[1]
    assert second.startswith(f"{follows} /next HTTP/1.1\r\n".encode())
    if body:
        assert second.endswith(b"\r\n\r\nbody") == (follows != "GET")
        assert (b"Content-Type" in second) == (follows != "GET")


def test_a_redirect_is_not_followed_unasked_and_the_note_says_where_it_points(httpeek: Program) -> None:
    with replying(redirect(302, "/next")) as peer:
        done = httpeek(peer.url)
    assert done.code == 3
    assert "/next" in done.err
    assert "-F" in done.err


def test_credentials_stay_with_their_origin_and_a_note_says_so(httpeek: Program) -> None:
    requests = Requests()
    with Peer((requests.read, OK)) as other, Peer((read_head, redirect(302, other.url + "/there"))) as peer:
        done = httpeek(
            "-F", peer.url, "Authorization:Bearer abc", "Cookie:a=b", "X-Api-Key:k", "My-Token:t", "X-Keep:1"
        )
    assert done.code == 0
    assert b"Authorization" not in requests.seen[0]
    assert b"Cookie" not in requests.seen[0]
    assert b"X-Keep: 1" in requests.seen[0]
    assert f"Host: {other.address}".encode() in requests.seen[0]
    assert b"X-Api-Key" not in requests.seen[0]
    assert b"My-Token" not in requests.seen[0]
    assert "Authorization, Cookie, X-Api-Key, My-Token not sent" in done.err


def test_credentials_stay_on_a_redirect_within_their_origin(httpeek: Program) -> None:
    requests = Requests()
    with Peer((read_head, redirect(302, "/there")), (requests.read, OK)) as peer:
        httpeek("-F", peer.url, "Authorization:Bearer abc")
    assert b"Authorization: Bearer abc" in requests.seen[0]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "http://"])
def test_what_is_not_http_is_not_followed(httpeek: Program, location: str) -> None:
    with replying(redirect(302, location), OK) as peer:
        done = httpeek("-F", peer.url)
    assert done.code == 47
    assert ("has no host" if location == "http://" else "neither http nor https") in done.err


# RFC 3986 section 5.4, as far as it is about http, and what servers send besides.
@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("http:g", "http://a/b/c/g"),
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"),
        (";x", "http://a/b/c/;x"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("", "http://a/b/c/d;p?q"),
        ("..", "http://a/b/"),
        ("../..", "http://a/"),
        ("../../../g", "http://a/g"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("/login?next=http://other.example/x", "http://a/login?next=http://other.example/x"),
        ("login?next=http://other.example/x", "http://a/b/c/login?next=http://other.example/x"),
        ("?time=12:30", "http://a/b/c/d;p?time=12:30"),
        ("/a:b", "http://a/a:b"),
        ("./a:b", "http://a/b/c/a:b"),
        ("g/a:b", "http://a/b/c/g/a:b"),
        (":8080/x", "http://a/b/c/:8080/x"),
        ("//g:81/a:b", "http://g:81/a:b"),
        ("HTTPS://g", "https://g/"),
        ("\u4f60", "http://a/b/c/%E4%BD%A0"),
    ],
)
def test_references_of_rfc_3986_and_colons_in_paths_and_queries(reference: str, url: str) -> None:
    assert resolve(parse("http://a/b/c/d;p?q"), reference).url == url


@pytest.mark.parametrize("reference", ["https:g", "https:/g", "localhost:8080/x", "g:h", "http://", "http:///x"])
def test_a_location_that_names_no_host_or_another_scheme_ends_with_exit_47(reference: str) -> None:
    with pytest.raises(HttpeekError) as raised:
        resolve(parse("http://a/b/c/d;p?q"), reference)
    assert raised.value.code == 47


def test_a_location_is_relative_to_the_url_and_not_to_another_request_target() -> None:
    base = parse("http://a/")._replace(path="*")
    assert resolve(base, "g").url == "http://a/g"


def test_a_loop_ends_with_exit_47(httpeek: Program) -> None:
    with replying(redirect(302, "/b"), redirect(302, "/a"), OK) as peer:
        done = httpeek("-F", peer.url + "/a")
    assert done.code == 47
    assert "loop" in done.err


def test_the_limit_ends_with_exit_47(httpeek: Program) -> None:
    with replying(redirect(302, "/1"), redirect(302, "/2"), redirect(302, "/3")) as peer:
        done = httpeek("-F", "--max-redirects", "2", peer.url)
    assert done.code == 47
    assert "--max-redirects" in done.err
    assert peer.connections == 3


def test_each_hop_is_an_exchange_of_its_own(httpeek: Program) -> None:
    done = httpeek("-F", "--as", "json", "/redirect/2")
    hops = [json.loads(line) for line in done.out.splitlines()]
    assert [hop["hop"] for hop in hops] == [0, 1, 2]
    assert [hop["response"]["status"] for hop in hops] == [302, 302, 200]
    assert [hop["socket"]["reused"] for hop in hops] == [0, 1, 2]


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("next", "/dir/next"),
        ("../up", "/up"),
        ("?q=1", "/dir/page?q=1"),
        ("./a/./b/../c", "/dir/a/c"),
        ("//{address}/x", "/x"),
        ("/a b", "/a%20b"),
        ("/ä", "/%C3%A4"),
        ("/x#fragment", "/x"),
    ],
)
def test_a_location_is_resolved_as_rfc_3986_has_it(httpeek: Program, location: str, target: str) -> None:
    requests = Requests()
    with Peer([read_head, lambda s: s.sendall(reply)], [requests.read, OK]) as peer:
        reply = redirect(302, location.format(address=peer.address))
        done = httpeek("-F", peer.url + "/dir/page?old")
    assert done.code == 0
    assert requests.seen[0].split(b" ")[1].decode() == target


def test_credentials_of_a_url_are_sent_as_basic_ones_and_stay_with_their_origin(httpeek: Program) -> None:
    requests = Requests()
    with (
        Peer([requests.read, OK]) as other,
        Peer([requests.read, redirect(302, "/next")], [requests.read, redirect(302, other.url + "/there")]) as peer,
    ):
        done = httpeek("-F", f"http://us%40er:p%3Ass@{peer.address}/")
    assert done.code == 0
    sent = b"Authorization: Basic dXNAZXI6cDpzcw==\r\n"  # us@er:p:ss
    assert [sent in request for request in requests.seen] == [True, True, False]
    assert "Authorization not sent to" in done.err


def test_credentials_of_a_location_are_for_that_request(httpeek: Program) -> None:
    requests = Requests()
    with (
        Peer([requests.read, OK]) as other,
        Peer([requests.read, redirect(302, f"http://a:b@{other.address}/")]) as peer,
    ):
        assert httpeek("-F", peer.url).code == 0
    assert b"Authorization" not in requests.seen[0]
    assert b"Authorization: Basic YTpi\r\n" in requests.seen[1]


def test_an_authorization_field_goes_before_the_credentials_of_the_url(httpeek: Program) -> None:
    requests = Requests()
    with Peer([requests.read, OK], [requests.read, OK]) as peer:
        httpeek(f"http://a:b@{peer.address}/", "Authorization:Bearer x")
        httpeek(f"http://a:b@{peer.address}/", "Authorization:")
    assert requests.seen[0].count(b"uthorization") == 1
    assert b"Authorization: Bearer x\r\n" in requests.seen[0]
    assert b"uthorization" not in requests.seen[1]


def test_the_record_of_a_url_with_credentials_does_not_have_them(httpeek: Program) -> None:
    with replying(OK) as peer:
        assert httpeek(f"http://user:%ffhunter2@{peer.address}/").code == 0
    kept = b"".join(path.read_bytes() for path in (httpeek.home / "state").rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert b"<masked" in httpeek("show", "@last", "-p", "H").out
