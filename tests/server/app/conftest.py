from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that pages wanted to sleep: no test waits for them."""
    found: list[float] = []
    monkeypatch.setattr("httpeek.server.app.streams.sleep", found.append)
    return found
