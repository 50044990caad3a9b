"""Hurl files by section of the grammar: `cases/NAME.txt` holds them, `cases/NAME.golden` what each is read into, or the
mistakes as a person sees them. A case begins with `=== name`, and flags in brackets: crlf, bom, bare (no last newline).

    HTTPEEK_GOLDEN=write python -m pytest tests/check/hurl/test_cases.py -q
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from httpeek.check.hurl.entries import read
from tests.check.hurl.shown import shown

CASES = Path(__file__).parent / "cases"
SECTIONS = sorted(path.stem for path in CASES.glob("*.txt"))
WRITE = os.environ.get("HTTPEEK_GOLDEN") == "write"


def blocks(path: Path) -> dict[str, str]:
    """The cases of a file by their names."""
    found: dict[str, str] = {}
    for block in path.read_bytes().decode().split("=== ")[1:]:
        name, _, text = block.partition("\n")
        assert name not in found, f"two cases are called {name!r} in {path.name}"
        found[name] = text
    return found


def source(name: str, text: str) -> bytes:
    if "[crlf]" in name:
        text = text.replace("\n", "\r\n")
    if "[bom]" in name:
        text = "\ufeff" + text
    if "[bare]" in name:
        text = text.removesuffix("\n")
    return text.encode()


@pytest.mark.parametrize("section", SECTIONS)
def test_cases_are_read_as_expected(section: str) -> None:
    found = {
        name: shown(read(source(name, text), "case.hurl")) for name, text in blocks(CASES / f"{section}.txt").items()
    }
    golden = CASES / f"{section}.golden"
    if WRITE:
        golden.write_bytes("".join(f"=== {name}\n{text}" for name, text in found.items()).encode())
    assert found == blocks(golden)


def test_there_are_as_many_cases_as_the_format_needs() -> None:
    assert sum(len(blocks(CASES / f"{section}.txt")) for section in SECTIONS) >= 250
