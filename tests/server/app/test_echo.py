"""What you sent, as JSON: /get and its kin, forms, files, and the bounds of what is read."""

from __future__ import annotations

import hashlib
import json

import pytest

from httpeek.server.app.request import ECHOED
from tests.server.app.asking import ask

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_get_says_arguments_fields_origin_and_url() -> None:
    got = ask("/get?a=1&a=2&b=%C3%A9+x&c", fields={"X-Two-Words": "v", "Accept": "*/*"})
    assert got.json == {
        "args": {"a": ["1", "2"], "b": "\u00e9 x", "c": ""},
        "headers": {"Accept": "*/*", "Host": "localhost:8080", "X-Two-Words": "v"},
        "origin": "127.0.0.7",
        "url": "http://localhost:8080/get?a=1&a=2&b=%C3%A9+x&c",
    }


def test_the_url_is_put_together_where_the_server_does_not_tell_the_target() -> None:
    bare = {"RAW_URI": None, "HTTP_HOST": None}
    assert ask("/anything/a%20b?q", environ=bare).json["url"] == "http://127.0.0.1:8080/anything/a%20b?q"


def test_utf8_in_a_field_comes_out_of_the_latin1_tunnel() -> None:
    assert ask("/headers", fields={"X-A": "\u00c3\u00a9"}).json["headers"]["X-A"] == "\u00e9"
    assert ask("/headers", fields={"X-A": "\u00e9"}).json["headers"]["X-A"] == "\u00e9"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_pages_of_methods_with_content_have_the_same_shape(method: str) -> None:
    got = ask(f"/{method.lower()}", method, {"Content-Type": "text/plain"}, b"hello").json
    assert list(got) == ["args", "data", "files", "form", "headers", "json", "origin", "url"]
    assert (got["data"], got["json"], got["form"], got["files"]) == ("hello", None, {}, {})


def test_json_keeps_its_spelling() -> None:
    sent = '{"b": 1.50, "a": 9007199254740993, "a": 1e999, "\u00e9": "\u4f60\\n"}'
    got = ask("/post", "POST", {"Content-Type": "application/problem+json"}, sent.encode())
    assert '"json": {"b": 1.50, "a": 9007199254740993, "a": 1e999, "\\u00e9": "\\u4f60\\n"}' in got.text
    assert got.json["data"] == sent


@pytest.mark.parametrize("sent", [b"{", b"NaN", b"[" * 100_000, b"1" * 10_000, b"\xff", b'"\xed\xa0\x80"'])
def test_what_is_no_json_is_null_and_never_500(sent: bytes) -> None:
    got = ask("/post", "POST", {"Content-Type": "application/json"}, sent)
    assert (got.status, got.json["json"]) == (200, None)


def test_a_form_is_read_into_its_fields() -> None:
    got = ask("/post", "POST", FORM, b"a=1&b=x+y&b=%E2%82%AC").json
    assert (got["form"], got["data"]) == ({"a": "1", "b": ["x y", "\u20ac"]}, "")


def test_a_multipart_form_has_fields_and_files() -> None:
    content = (
        b'preamble\r\n--b b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\ntwo\r\n'
        b'--b b\r\nContent-Disposition: form-data; name="f"; filename="x;y \\"z\\".txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nhello\r\n"
        b"--b b\r\nContent-Type: image/png\r\nContent-Disposition: form-data; filename=p.png; name=f\r\n\r\n\xff\r\n"
        b"--b b--\r\nepilogue"
    )
    got = ask("/post", "POST", {"Content-Type": 'multipart/form-data; boundary="b b"'}, content).json
    assert got["form"] == {"a": "one\r\ntwo"}
    assert got["files"] == {"f": ["hello", "data:image/png;base64,/w=="]}


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("multipart/form-data", b"", "needs a boundary"),
        ("multipart/form-data; boundary=" + "b" * 71, b"", "needs a boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\nno end", "no empty line"),
        ("multipart/form-data; boundary=b", b"--b\r\nA: b\r\n\r\nx", "does not end with --b--"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n\r\n" * 1002, "more than 1000 parts"),
    ],
)
def test_a_broken_multipart_form_is_400_and_says_why(kind: str, content: bytes, why: str) -> None:
    got = ask("/post", "POST", {"Content-Type": kind}, content)
    assert got.status == 400
    assert why in got.text


def test_octets_that_are_no_text_are_a_data_url() -> None:
    assert ask("/anything", "PUT", content=b"\xff\0").json["data"] == "data:application/octet-stream;base64,/wA="


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_anything_names_the_method_on_any_path() -> None:
    assert ask("/anything/a/b//c", "PROPFIND").json["method"] == "PROPFIND"


def test_content_larger_than_a_page_shows_is_413_unread() -> None:
    got = ask("/post", "POST", {"Content-Length": str(ECHOED + 1)})
    assert (got.status, got.text) == (413, f"this page reads content of up to {ECHOED} bytes\n")
    ends = {"wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    assert ask("/post", "POST", content=b"x" * (ECHOED + 1), environ=ends).status == 413


def test_chunked_content_is_read_to_its_end_where_the_server_says_that_it_ends() -> None:
    ends = {"wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    assert ask("/put", "PUT", content=b"abc", environ=ends).json["data"] == "abc"
    assert ask("/put", "PUT", content=b"abc", environ={"CONTENT_LENGTH": "2"}).json["data"] == "ab"


def test_headers_ip_and_user_agent() -> None:
    assert ask("/ip").json == {"origin": "127.0.0.7"}
    assert ask("/user-agent", fields={"User-Agent": "me"}).json == {"user-agent": "me"}
    assert ask("/user-agent").json == {"user-agent": None}


def test_upload_counts_and_hashes_what_it_does_not_keep() -> None:
    content = b"x" * (ECHOED + 1)
    got = ask("/upload", "PUT", content=content).json
    assert (got["bytes"], got["sha256"]) == (ECHOED + 1, hashlib.sha256(content).hexdigest())
    assert 'enctype="multipart/form-data"' in ask("/upload").text


def test_our_json_is_what_json_writes() -> None:
    from httpeek.server.app.answer import json_line, json_text

    value: object = {"a": [1, -2.5, True, None, [], {}], "\u00e9\n\x1b": ("x", {"b": "\U0001f600"})}
    assert json_text(value) == json.dumps(value, indent=2)
    assert json_line(value) == json.dumps(value)
