"""The Python interface: what a program gets, and what it is told when things break."""

from __future__ import annotations

import pydoc

import pytest

import httpeek
from tests.support import replying

OK = b'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'


def test_a_request_gives_an_exchange_with_its_response() -> None:
    with replying(OK) as peer:
        exchange = httpeek.request("GET", peer.url, fields={"X-B": "1"}, query={"q": "a b"})
    response = exchange.response
    assert response is not None
    assert (response.status, response.reason, response.version) == (200, "OK", "HTTP/1.1")
    assert response.fields[:2] == [("X-A", "1"), ("x-a", "2")]
    assert response.field("X-a") == "1, 2"
    assert response.json() == {"a": 1}
    assert exchange.url.endswith("/?q=a+b")
    assert exchange.remote == peer.address


def test_an_exchange_shows_itself_in_any_view() -> None:
    with replying(OK) as peer:
        exchange = httpeek.request("GET", peer.url)
    assert exchange.render("raw") == OK
    assert b"> GET / HTTP/1.1" in exchange.render("verbose")
    assert b'"schema": "httpeek/1"' in exchange.render("json")
    assert exchange.render().endswith(b'{\n    "a": 1\n}\n') or b'"a": 1' in exchange.render()


def test_show_prints(capsys: pytest.CaptureFixture[str]) -> None:
    with replying(OK) as peer:
        httpeek.request("GET", peer.url).show("curl")
    assert capsys.readouterr().out.startswith("curl ")


def test_a_failure_is_an_exception_with_the_code_of_the_command_line() -> None:
    with pytest.raises(httpeek.HttpeekError, match="refused the connection") as caught:
        httpeek.request("GET", "127.0.0.1:1")
    assert caught.value.code == 7


def test_what_arrived_before_a_failure_is_kept() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    with replying(cut) as peer, pytest.raises(httpeek.HttpeekError) as caught:
        httpeek.request("GET", peer.url)
    exchange = caught.value.exchange
    assert isinstance(exchange, httpeek.Exchange)
    assert caught.value.code == 18
    assert exchange.response is not None
    assert exchange.response.content == b"half"


def test_a_status_of_400_is_no_exception() -> None:
    with replying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as peer:
        response = httpeek.request("GET", peer.url).response
    assert response is not None
    assert response.status == 404


def test_a_url_without_a_host_is_refused_unless_the_companion_is_asked() -> None:
    with pytest.raises(httpeek.HttpeekError, match="has no host"):
        httpeek.request("GET", "/get")
    response = httpeek.request("GET", "/get", companion=True).response
    assert response is not None
    assert response.status == 200


def test_help_reads_well() -> None:
    text = pydoc.plain(pydoc.render_doc(httpeek))
    for words in ("request(method: ", "class Exchange", "class HttpeekError", "Makes one request"):
        assert words in text


def test_redirects_and_data() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with replying(moved, OK) as peer:
        exchange = httpeek.request("POST", peer.url, data=b"x", follow=True)
    assert (exchange.method, exchange.number) == ("GET", 2)


@pytest.mark.parametrize(
    ("method", "fields"), [("\u4f60", {}), ("G T", {}), ("", {}), ("GET", {"\u4f60": "x"}), ("GET", {"a": "b\nc"})]
)
def test_what_cannot_be_sent_is_refused_with_the_code_of_wrong_usage(method: str, fields: dict[str, str]) -> None:
    with replying(OK) as peer, pytest.raises(httpeek.HttpeekError) as raised:
        httpeek.request(method, peer.url, fields=fields)
    assert raised.value.code == 2
