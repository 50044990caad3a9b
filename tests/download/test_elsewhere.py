"""The column of httpeek in docs/download.md is what it does."""

from __future__ import annotations

from pathlib import Path

from tests.download.elsewhere import ROWS, TOOLS, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "download.md"


def cells(text: str) -> dict[str, str]:
    """Situation and first column of a table."""
    rows = [line.split("|") for line in text.strip().splitlines()[2:]]
    return {row[1].strip(): row[2].strip() for row in rows}


def test_the_documented_behaviour_is_that_of_now() -> None:
    documented = DOCUMENT.read_text().partition("<!-- table -->")[2].partition("<!-- /table -->")[0]
    assert len(ROWS) == 13
    assert cells(documented) == cells(table(TOOLS[:1]))
