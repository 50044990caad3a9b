"""The program as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Program


@pytest.fixture
def httpeek(tmp_path: Path) -> Program:
    """httpeek in a process of its own, with a home that is empty."""
    return Program(tmp_path)
