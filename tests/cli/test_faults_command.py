"""`httpeek faults`: the list, one of them, and those of the TLS handshake."""

from __future__ import annotations

from pathlib import Path

import pytest

from httpeek.server.faults.catalogue import FAULTS
from tests.support import Program


@pytest.fixture
def httpeek(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_every_fault_is_listed_with_what_is_wrong(httpeek: Program) -> None:
    listed = httpeek("faults").out.decode().splitlines()
    rows = [line.split(None, 1) for line in listed if line.startswith("  ")]
    assert rows == [[row.name, row.wrong] for row in FAULTS]


def test_one_fault_is_explained_with_its_octets(httpeek: Program) -> None:
    shown = httpeek("faults", "chunk-cut").out.decode()
    for line in ("chunk-cut (framing)", "  rule:    RFC 9112 8", "  client:  fails 18", r"    5\r\n", "    (Close)"):
        assert line in shown.splitlines()
    assert httpeek("/fault/chunk-cut").code == 18


def test_a_fault_of_the_handshake_says_what_is_not_as_usual_and_how_to_meet_it(httpeek: Program) -> None:
    shown = httpeek("faults", "tls-expired").out.decode()
    assert "  leaf:    valid from day -30 to -1" in shown
    assert "https://tls-expired.localhost:8080/" in shown
    assert "httpeek -v -F /fault/tls-expired" in shown
    assert "sends:" not in shown
    assert httpeek("-F", "/fault/tls-expired").code == 60


def test_a_name_that_is_none_is_exit_2_with_the_nearest(httpeek: Program) -> None:
    done = httpeek("faults", "chunk-cutt")
    assert (done.code, done.err) == (2, "httpeek: (2) there is no fault chunk-cutt; did you mean chunk-cut?\n")
