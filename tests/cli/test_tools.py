"""A missing tool skips a test, or fails it where nothing may be skipped."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def test_a_tool_that_is_there_is_found(require_tool: Callable[[str], str]) -> None:
    assert require_tool("sh").startswith("/")


def test_a_missing_tool_skips(require_tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPEEK_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-tool is not installed"):
        require_tool("no-such-tool")


def test_a_missing_tool_fails_where_it_is_required(
    require_tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPEEK_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match="HTTPEEK_REQUIRE_TOOLS=1 demands it"):
        require_tool("no-such-tool")
