"""The pytest plugin, as a user's tests see it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import httpeek
from httpeek.testing.server import TestServer

Serve = Callable[[Any], TestServer]


def test_a_companion_answers_and_keeps_what_it_was_asked(httpeek_server: TestServer) -> None:
    httpeek.request("POST", f"{httpeek_server.url}/anything", data="hello", fields={"X-A": "1"})
    (kept,) = httpeek_server.requests
    assert kept.method == "POST"
    assert b"\r\nX-A: 1\r\n" in kept.render("raw", print="H")
    assert kept.response is not None
    assert kept.response.status == 200


def test_a_fault_is_for_the_next_request_and_then_all_is_well(httpeek_server: TestServer) -> None:
    httpeek_server.fault("length-too-long")
    with pytest.raises(httpeek.HttpeekError) as caught:
        httpeek.request("GET", httpeek_server.url)
    assert caught.value.code == 18
    assert httpeek.request("GET", httpeek_server.url).failure is None


def test_a_fault_may_stay_until_it_is_taken_back(httpeek_server: TestServer) -> None:
    httpeek_server.fault("empty-reply", times=None)
    for _ in range(2):
        with pytest.raises(httpeek.HttpeekError):
            httpeek.request("GET", httpeek_server.url)
    httpeek_server.well()
    httpeek.request("GET", httpeek_server.url)
    with pytest.raises(KeyError):
        httpeek_server.fault("no-such-fault")


def test_any_application_is_served(httpeek_serve: Serve) -> None:
    def mine(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("201 Created", [])
        return [environ["PATH_INFO"].encode()]

    response = httpeek.request("GET", httpeek_serve(mine).url + "/path").response
    assert response is not None
    assert (response.status, response.content) == (201, b"/path")


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    program = "import sys, httpeek.testing.plugin; print([m for m in sys.modules if m.startswith('httpeek.s')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
