"""What tests of every room share.

`require_tool(name)` gives the path of a program. Where it is missing the test skips and says so, unless
HTTPEEK_REQUIRE_TOOLS=1 is set: then it fails, so that a run that must prove everything cannot pass by skipping.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest


def find_tool(name: str) -> str:
    """The path of a program; skips or fails the test that asks where there is none."""
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} is not installed"
    if os.environ.get("HTTPEEK_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason}, and HTTPEEK_REQUIRE_TOOLS=1 demands it")
    pytest.skip(reason)


@pytest.fixture
def require_tool() -> Callable[[str], str]:
    """`find_tool` as a fixture."""
    return find_tool
