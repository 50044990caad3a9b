"""The cases of the grammar (`tests/check/hurl/cases`), run: every host is the companion, and `cases/NAME.run` holds
what a person sees of each. Those that are mistakes have been told by the reader; options have tests of their own, since
many wait or repeat.

    HTTPEEK_GOLDEN=write python -m pytest tests/check/runs -q
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.check.hurl.entries import read
from httpeek.check.prepare import Policy
from httpeek.check.run import Choice, run
from httpeek.model.plan import DialPolicy, Plan
from httpeek.model.target import parse
from httpeek.server.embedded import Embedded
from tests.check.hurl.test_cases import CASES, SECTIONS, WRITE, blocks, source
from tests.check.runs.test_runs import told

OCTETS = re.compile(r"bytes hex,[0-9a-f]{40,}\.\.; \(\d+ bytes\)")
"""Octets of the companion's index page, which has a date in its head."""
RUN = [section for section in SECTIONS if section != "options"]


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    server = Embedded()
    yield server.address
    server.close()


def outcome(name: str, case: str, companion: str, root: Path) -> str:
    suite = read(source(name, case), str(root / "case.hurl"))
    if suite.problems:
        return "a mistake\n"
    host, _, port = companion.rpartition(":")
    dial = DialPolicy(connect_to=(("", 0, host, int(port)),))
    policy = Policy(Plan("GET", parse("http://localhost/"), (), dial=dial))
    variables = {"x": "ex", "y": 2, "n": 3, "host": "a", "name": "named", "id": 7}
    text = told(run(suite, policy, Choice(go_on=True), variables, ()), companion, root)
    return OCTETS.sub("bytes of the page;", text)


@pytest.mark.parametrize("section", RUN)
def test_cases_of_the_grammar_come_to_what_is_expected(section: str, companion: str, tmp_path: Path) -> None:
    cases = blocks(CASES / f"{section}.txt")
    found = {name: outcome(name, text, companion, tmp_path) for name, text in cases.items()}
    golden = CASES / f"{section}.run"
    if WRITE:
        golden.write_bytes("".join(f"=== {name}\n{text}" for name, text in found.items()).encode())
    assert found == blocks(golden)
