"""Hurl files, run: `NAME.txt` holds them by subject, `NAME.golden` what a person sees of each. A case begins with
`=== name`; `{{host}}` is a companion, and `BODY(text)` the URL of a page with exactly that text.

    HTTPEEK_GOLDEN=write python -m pytest tests/check/runs -q
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.check.hurl.entries import read
from httpeek.check.pointed import problem_lines
from httpeek.check.prepare import Policy
from httpeek.check.report.brief import verdict
from httpeek.check.result import SuiteResult
from httpeek.check.run import Choice, run
from httpeek.model.plan import Plan
from httpeek.model.target import parse
from httpeek.server.embedded import Embedded
from tests.check.hurl.test_cases import blocks

HERE = Path(__file__).parent
SUBJECTS = sorted(path.stem for path in HERE.glob("*.txt"))
WRITE = os.environ.get("HTTPEEK_GOLDEN") == "write"
BODY = re.compile(r"BODY\((.*?)\)$", re.M)
TIME = re.compile(r"  \d+ ms$|, \d+ ms$")


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    server = Embedded()
    yield server.address
    server.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data.txt").write_text("from a file {{host}}\n")
    (tmp_path / "data.json").write_text('{"from": "a file"}')
    return tmp_path


def page(found: re.Match[str]) -> str:
    text = found[1].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")
    octets = text.encode("utf-8", "surrogateescape")
    return "http://{{host}}/base64/" + urlsafe_b64encode(octets).decode().rstrip("=")


def made(text: str, companion: str, root: Path) -> SuiteResult | str:
    suite = read(BODY.sub(page, text).encode(), str(root / "case.hurl"))
    if suite.problems:
        return "\n".join("\n".join(problem_lines(problem, suite)) for problem in suite.problems)
    policy = Policy(Plan("GET", parse("http://localhost/"), ()))
    variables = {
        "host": companion,
        "one": 1,
        "half": 0.5,
        "text": "te xt&=",
        "yes": True,
        "nothing": None,
        "list": [1],
        "empty": "",
    }
    return run(suite, policy, Choice(go_on=True), variables, ["s3cret"])


def told(result: SuiteResult | str, companion: str, root: Path) -> str:
    lines = result.split("\n") if isinstance(result, str) else verdict(result, all_of_it=False)
    if not isinstance(result, str):
        for one in result.results:
            again = f", attempt {one.attempts}" if one.attempts > 1 else ""
            state = "skipped" if one.skipped else f"{one.checks} checks, {len(one.findings)} findings{again}"
            lines.append(f"{one.entry.number}: {state}")
            lines += [f"   {each.name} = {each.value!r}" for each in one.captures]
    text = "".join(f"{TIME.sub('', line)}\n" for line in lines)
    return text.replace(companion, "HOST").replace(str(root) + "/", "")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_runs_come_to_what_is_expected(subject: str, companion: str, root: Path) -> None:
    cases = blocks(HERE / f"{subject}.txt")
    found = {name: told(made(text, companion, root), companion, root) for name, text in cases.items()}
    golden = HERE / f"{subject}.golden"
    if WRITE:
        golden.write_text("".join(f"=== {name}\n{text}" for name, text in found.items()))
    assert found == blocks(golden)
