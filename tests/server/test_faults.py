"""The fault catalogue: each fault, answered by the companion, makes this client do what its row says.

So the server's faults and the client's verdicts prove each other; the octets are proven by test_fault_octets.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import httpeek
from httpeek.model.message import RequestHead
from httpeek.server.faults import Drip, Fault
from httpeek.server.faults.catalogue import FAULTS, fault
from httpeek.server.faults.choice import Choice
from tests.server.processes import Start
from tests.support import LIMIT, Program, serve

PLAIN = [row for row in FAULTS if row.group != "tls"]
"""Faults that need no TLS; those of TLS are in test_tls."""
HEAVY = {"head-endless", "gzip-bomb", "endless"}
"""Faults whose scripts are not looked at whole here: they send as much as a client takes."""


@pytest.mark.parametrize("row", PLAIN, ids=[row.name for row in PLAIN])
def test_a_fault_makes_the_client_do_what_its_row_says(port: int, row: Fault) -> None:
    what, _, detail = row.client.partition(" ")
    follow = row.group == "redirects"
    limit = 0.3 if detail == "28" else LIMIT
    try:
        exchange = httpeek.request(
            "GET", f"127.0.0.1:{port}/fault/{row.name}", follow=follow, timeout=limit, max_time=limit
        )
        code = 0
    except httpeek.HttpeekError as error:
        code = error.code
        assert isinstance(error.exchange, httpeek.Exchange)
        exchange = error.exchange
    if what == "fails":
        assert code == int(detail)
    else:
        assert code == 0
        assert exchange.response is not None
    if what == "notes":
        assert detail in {violation.id for violation in exchange.violations}
    if what == "accepts":
        assert [v.id for v in exchange.violations if v.id not in ("until-close", "content-unexpected")] in (
            [],
            ["control-octet"],
            ["non-ascii"],
        )


def test_names_are_unique_and_say_what_they_need() -> None:
    assert len(FAULTS) >= 60
    assert len({row.name for row in FAULTS}) == len(FAULTS)
    for row in FAULTS:
        assert row.wrong
        assert row.client.split()[0] in ("accepts", "notes", "fails")
        assert fault(row.name) is row


@pytest.mark.parametrize("row", [row for row in PLAIN if row.name not in HEAVY], ids=lambda row: row.name)
def test_a_script_is_the_same_every_time(row: Fault) -> None:
    head = RequestHead(b"GET", b"/", b"HTTP/1.1", ())
    first, again = list(row.script(head)), list(row.script(head))
    assert first == again
    assert sum(len(step) for step in first if isinstance(step, bytes)) + sum(isinstance(s, Drip) for s in first) >= 0


def test_faults_at_a_rate_are_the_same_for_the_same_seed() -> None:
    head = RequestHead(b"GET", b"/", b"HTTP/1.1", ())

    def row(seed: int) -> list[str]:
        decide = Choice(["chunk-cut", "obs-fold"], 0.3, seed, False)
        return [getattr(decide(head), "name", "") for _ in range(400)]

    assert row(7) == row(7)
    assert row(7) != row(8)
    share = sum(1 for name in row(7) if name) / 400
    assert 0.2 < share < 0.4
    assert {"chunk-cut", "obs-fold"} <= set(row(7))


@pytest.mark.parametrize("model", ["single", "threads", "fork", "prefork"])
def test_any_application_can_be_given_faults_in_every_model(tmp_path: Path, model: str) -> None:
    (tmp_path / "mine.py").write_text("def app(e, s):\n    s('200 OK', [])\n    return [b'mine']\n")
    faults = ("--fault", "reset-in-body", "--fault", "length-too-long", "--seed", "3")
    process = serve(tmp_path, "mine:app", "--bind", "127.0.0.1:0", "--model", model, *faults)
    try:
        assert process.stderr is not None
        where = process.stderr.readline().partition("http://")[2].partition("/")[0]
        program = Program(tmp_path)
        codes = {program(where).code for _ in range(8)}
        assert codes == {18, 56}
        process.terminate()
        assert process.wait(LIMIT) == 0
    finally:
        process.kill()
        process.communicate(timeout=LIMIT)


def test_a_fault_that_takes_its_time_holds_up_nobody_in_prefork(start: Start) -> None:
    server = start("--model", "prefork", "--workers", "1", "--fault", "drip")
    with server.connect() as first, server.connect() as second:
        for each in (first, second):
            each.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert second.recv(1) == b"H"
        assert not first.recv(1000).endswith(b"hello")
    server.end(signal.SIGTERM)


def test_a_fault_that_there_is_not_is_exit_2_with_the_nearest_name(tmp_path: Path) -> None:
    program = Program(tmp_path)
    for words in (("serve", "--fault", "chunk-cot"), ("faults", "chunk-cot")):
        done = program(*words)
        assert done.code == 2
        assert "chunk-cut" in done.err
    assert b"chunk-cut" in program("faults").out
    assert b"5\\r\\n" in program("faults", "chunk-cut").out
