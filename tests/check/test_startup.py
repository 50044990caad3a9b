"""Reading a suite imports little: a mistake in it is told at once."""

from __future__ import annotations

import subprocess
import sys

FORBIDDEN = {
    "re",
    "typing",
    "enum",
    "dataclasses",
    "json",
    "re2",
    "_re2",
    "argparse",
    "inspect",
    "ssl",
    "socket",
    "binascii",
}
PROGRAM = """
import sys
before = set(sys.modules)
from httpeek.check.hurl.asserts import parse_expression
from httpeek.check.hurl.entries import read
from httpeek.check.pointed import problem_lines
suite = read('GET http://a/\\n[Options]\\nretry: 3\\n{"a": {{b}}}\\nHTTP 200\\n[Asserts]\\nstatus == "x\\n', "a.hurl")
assert problem_lines(suite.problems[0], suite)
parse_expression("status == 200")
print(*sorted(set(sys.modules) - before))
"""


def test_reading_a_suite_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = set(done.stdout.split())
    assert not found & FORBIDDEN
    assert len([name for name in found if name.startswith("httpeek.")]) <= 25
