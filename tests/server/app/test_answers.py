"""Statuses, redirects, cookies, values, codings, samples: pages whose answer is the point."""

from __future__ import annotations

import gzip
import json
import struct
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from typing import Any

import brotli  # type: ignore[import-untyped,unused-ignore]  # it has no stubs
import pytest

from tests.server.app.asking import ask


@pytest.mark.parametrize("code", [200, 204, 205, 304, 404, 418, 429, 500, 599])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_status_is_what_the_path_says(code: int, method: str) -> None:
    got = ask(f"/status/{code}", method)
    assert got.status == code
    assert bool(got.content) == (code not in (204, 205, 304))


def test_statuses_bring_the_fields_that_they_need() -> None:
    assert ask("/status/302")["Location"] == "/get"
    assert ask("/status/401")["WWW-Authenticate"] == 'Basic realm="httpeek"'
    assert ask("/status/407")["Proxy-Authenticate"] == 'Basic realm="httpeek"'
    assert ask("/status/405")["Allow"] == "GET, HEAD"
    assert ask("/status/503")["Retry-After"] == "1"


@pytest.mark.parametrize(
    "codes", ["101", "600", "x", "", "200,", "+200", "2_00", "200:x", "200:", "-1", "200," * 99 + "200,200"]
)
def test_what_is_no_status_is_400_with_a_sentence(codes: str) -> None:
    got = ask(f"/status/{codes}")
    assert got.status in (400, 404)
    assert got.text.endswith("\n")


def test_one_status_of_several_is_drawn_by_weight_and_by_seed_always_the_same() -> None:
    drawn = [ask("/status/200:0.75,503:0.25").status for _ in range(400)]
    assert set(drawn) == {200, 503}
    assert 40 < drawn.count(503) < 160
    assert len({ask("/status/200,503?seed=5").status for _ in range(20)}) == 1
    assert {ask("/status/200,503:0").status for _ in range(20)} == {200}
    assert len({ask(f"/status/200,404,503?seed={seed}").status for seed in range(40)}) == 3


def test_unstable_fails_as_often_as_it_is_told() -> None:
    assert {ask("/unstable").status for _ in range(40)} == {200, 500}
    assert {ask("/unstable?failure_rate=1").status for _ in range(9)} == {500}
    assert {ask("/unstable?failure_rate=0").status for _ in range(9)} == {200}
    assert ask("/unstable?failure_rate=1.5").status == 400
    assert ask("/unstable?failure_rate=.").status == 400


def follow(path: str) -> list[str]:
    found: list[str] = []
    while len(found) < 20:
        got = ask(path)
        if got.status != 302:
            break
        found.append(got["Location"])
        path = got["Location"].removeprefix("http://localhost:8080")
    return found


def test_redirects_count_down_to_get() -> None:
    assert follow("/redirect/3") == ["/redirect/2", "/redirect/1", "/get"]
    assert follow("/relative-redirect/2") == ["/relative-redirect/1", "/get"]
    host = "http://localhost:8080"
    assert follow("/absolute-redirect/2") == [f"{host}/absolute-redirect/1", f"{host}/get"]
    assert follow("/redirect/2?absolute=true") == [f"{host}/redirect/1?absolute=true", f"{host}/get"]


@pytest.mark.parametrize("count", ["0", "1001", "x", "-1", "1e3"])
def test_redirects_are_bounded(count: str) -> None:
    got = ask(f"/redirect/{count}")
    assert (got.status, got.text.split(",")[0]) == (400, "/redirect/N: N is a number from 1 to 1000")


def test_redirect_to_points_anywhere_with_any_3xx() -> None:
    got = ask("/redirect-to?url=http%3A%2F%2Fa.example%2F%C3%A9%20x&status_code=307", "POST")
    assert (got.status, got["Location"]) == (307, "http://a.example/%C3%A9%20x")
    assert ask("/redirect-to?url=/get").status == 302
    assert (ask("/redirect-to?url=/&status_code=304").content) == b""


@pytest.mark.parametrize("query", ["", "url=", "url=/&status_code=200", "url=/%0d%0aX:1", "url=" + "a" * 8001])
def test_redirect_to_refuses_what_is_no_location(query: str) -> None:
    assert ask(f"/redirect-to?{query}").status == 400


def test_cookies_are_shown_set_and_deleted() -> None:
    assert ask("/cookies", fields={"Cookie": 'a=1; b="two"; a=3; bad'}).json == {"cookies": {"a": "1", "b": "two"}}
    got = ask("/cookies/set?a=1&b=2")
    assert (got.status, got["Location"], got.all("Set-Cookie")) == (302, "/cookies", ["a=1; Path=/", "b=2; Path=/"])
    assert ask("/cookies/set/n/v").all("Set-Cookie") == ["n=v; Path=/"]
    gone = "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"
    assert ask("/cookies/delete?a").all("Set-Cookie") == [gone]


@pytest.mark.parametrize(
    "query", ["a%20b=1", "a=1%3B+Secure", "=1", "a=%0d%0aX:1", "&".join(f"a{n}=1" for n in range(51))]
)
def test_what_is_no_cookie_is_400(query: str) -> None:
    assert ask(f"/cookies/set?{query}").status == 400


def test_a_uuid_is_one_of_version_4_and_by_seed_always_the_same() -> None:
    assert ask("/uuid?seed=1").json == ask("/uuid?seed=1").json == {"uuid": "3662fdad-b581-47fb-9ecf-93845d2cd98c"}
    one, other = ask("/uuid").json["uuid"], ask("/uuid").json["uuid"]
    assert one != other
    assert one[14] == "4"
    assert one[19] in "89ab"


def test_base64_there_and_back() -> None:
    assert ask("/base64/aGVsbG8").text == ask("/base64/decode/aGVsbG8=").text == "hello"
    assert ask("/base64/_-8")["Content-Type"] == "application/octet-stream"
    assert ask("/base64/encode/%C3%A9%3E%3E%3F").text == "w6k-Pj8="
    assert ask("/base64/w6k-Pj8=").text == "\u00e9>>?"
    assert ask("/base64/*").status == ask("/base64/a").status == ask("/base64/%C3%A9").status == 400


def zstd_decoder() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.decompress


@pytest.mark.parametrize(
    ("path", "coding", "decode", "name"),
    [
        ("/gzip", "gzip", gzip.decompress, "gzipped"),
        ("/deflate", "deflate", zlib.decompress, "deflated"),
        ("/brotli", "br", brotli.decompress, "brotli"),
        ("/zstd", "zstd", zstd_decoder(), "zstd"),
    ],
)
def test_a_coded_page_decodes_to_json_that_says_so(path: str, coding: str, decode: Any, name: str) -> None:
    got = ask(path, fields={"Accept-Encoding": "identity"})
    assert got["Content-Encoding"] == coding
    made = json.loads(decode(got.content))
    assert (made[name], made["method"], made["headers"]["Accept-Encoding"]) == (True, "GET", "identity")


def test_samples_are_what_their_type_says() -> None:
    assert ask("/json").json["large"] == 9007199254740993
    assert len(ElementTree.fromstring(ask("/xml").content)) == 3
    assert "<h1>" in ask("/html").text
    assert "\u4f60\u597d" in ask("/encoding/utf8").text


def test_the_png_is_valid_to_its_last_pixel() -> None:
    content = ask("/image/png").content
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    position, chunks = 8, {}
    while position < len(content):
        (size,) = struct.unpack_from(">I", content, position)
        body = content[position + 4 : position + 8 + size]
        assert zlib.crc32(body) == struct.unpack_from(">I", content, position + 8 + size)[0]
        chunks[body[:4]] = body[4:]
        position += 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert chunks[b"IHDR"] == struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    assert len(zlib.decompress(chunks[b"IDAT"])) == 16 * (1 + 16 * 3)


def test_the_jpeg_the_webp_and_the_svg_are_whole() -> None:
    jpeg = ask("/image/jpeg").content
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert jpeg[-2:] == b"\xff\xd9"
    frame = jpeg.index(b"\xff\xc0")
    assert struct.unpack_from(">HH", jpeg, frame + 5) == (16, 16)
    webp = ask("/image/webp").content
    assert (webp[:4], webp[8:16]) == (b"RIFF", b"WEBPVP8L")
    assert struct.unpack_from("<I", webp, 4)[0] == len(webp) - 8
    assert int.from_bytes(webp[21:25], "little") & 0x3FFF == 15
    assert ElementTree.fromstring(ask("/image/svg").content).attrib["width"] == "16"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "image/png"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/webp", "image/webp"),
        ("image/png;q=0.1, image/jpeg;q=0.2", "image/jpeg"),
        ("image/*, image/png;q=0", "image/webp"),
        ("image/svg+xml;q=1, */*;q=0.5", "image/svg+xml"),
    ],
)
def test_the_image_is_of_the_type_that_accept_prefers(accept: str, kind: str) -> None:
    got = ask("/image", fields={"Accept": accept})
    assert (got.status, got["Content-Type"], got["Vary"]) == (200, kind, "Accept")


def test_an_image_of_no_type_of_ours_is_406_or_404() -> None:
    assert ask("/image", fields={"Accept": "text/html"}).status == 406
    assert ask("/image/gif").status == 404


def test_a_fault_that_there_is_not_is_told_where_the_others_are() -> None:
    got = ask("/fault/nope")
    assert got.status == 404
    assert "`httpeek faults`" in got.text
    assert any(line.startswith("chunk-cut ") for line in ask("/fault/").text.splitlines())
