"""What the environment says."""

from __future__ import annotations

import pytest

from httpeek.cli.environment import proxy_variable, read


def test_an_empty_environment_says_nothing() -> None:
    environment = read({})
    assert not any(
        (
            environment.no_color,
            environment.force_color,
            environment.plain,
            environment.ci,
            environment.cgi,
            environment.debug,
        )
    )
    assert environment.config == environment.state == environment.runtime == environment.netrc == ""


def test_directories_follow_the_xdg_specification() -> None:
    environment = read(
        {"HOME": "/h", "XDG_STATE_HOME": "/s/", "XDG_CONFIG_HOME": "relative", "XDG_RUNTIME_DIR": "/run/1"}
    )
    assert environment.config == "/h/.config/httpeek"
    assert environment.state == "/s/httpeek"
    assert environment.cache == "/h/.cache/httpeek"
    assert environment.runtime == "/run/1/httpeek"
    assert environment.netrc == "/h/.netrc"
    assert read({"HOME": "/h", "NETRC": "/n"}).netrc == "/n"


@pytest.mark.parametrize(
    ("text", "on"), [("", False), ("0", False), ("false", False), ("1", True), ("true", True), ("x", True)]
)
def test_switches(text: str, on: bool) -> None:
    assert read({"CI": text}).ci is on
    assert read({"FORCE_COLOR": text}).force_color is on
    assert read({"CLICOLOR_FORCE": text}).force_color is on
    assert read({"ACCESSIBLE": text}).plain is on


def test_no_color_counts_whatever_it_holds_but_not_when_empty() -> None:
    assert read({"NO_COLOR": "0"}).no_color
    assert not read({"NO_COLOR": ""}).no_color


def test_a_dumb_terminal_is_plain() -> None:
    assert read({"TERM": "dumb"}).plain
    assert not read({"TERM": "xterm"}).plain


def test_proxies() -> None:
    both = {"http_proxy": "a", "HTTP_PROXY": "b"}
    assert proxy_variable(read(both), "http") == ("http_proxy", "a")
    assert proxy_variable(read({"HTTP_PROXY": "b"}), "http") == ("HTTP_PROXY", "b")
    assert proxy_variable(read({"HTTP_PROXY": "b", "REQUEST_METHOD": "GET"}), "http") == ("", "")
    assert proxy_variable(read({"HTTPS_PROXY": "b", "REQUEST_METHOD": "GET"}), "https") == ("HTTPS_PROXY", "b")
    assert proxy_variable(read({"ALL_PROXY": "c"}), "https") == ("ALL_PROXY", "c")
    assert proxy_variable(read({}), "http") == ("", "")
