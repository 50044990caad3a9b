"""What a server keeps of an exchange shows in every view, and is what went over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import LIMIT, Program, serve


@pytest.fixture(params=["single", "threads", "fork", "prefork"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    options = ("--save", "kept", "--model", request.param, "--workers", "1")
    process = serve(tmp_path, "--bind", "127.0.0.1:0", *options)
    assert process.stderr is not None
    yield process.stderr.readline().partition("http://")[2].partition("/")[0]
    process.terminate()
    process.communicate(timeout=LIMIT)


def records(home: Path, count: int) -> list[Path]:
    found: list[Path] = []
    while len(found) < count:  # the server writes them when the answer is on its way
        found = sorted((home / "kept").glob("*.record"))
    return found


def test_a_saved_exchange_is_the_wire_octet_for_octet(tmp_path: Path, server: str) -> None:
    program = Program(tmp_path)
    raw = program("--raw", "-p", "HBhb", "POST", f"{server}/anything", "a=b", "X-Odd:  1")
    (record,) = records(tmp_path, 1)
    again = program("show", str(record), "--raw", "-p", "HBhb")
    assert again.out == raw.out
    assert b"POST /anything HTTP/1.1" in program("show", str(record), "-v").err.encode()
    made = json.loads(program("show", str(record), "--as", "json").out)
    assert made["request"]["body"]["text"] == '{"a": "b"}'
    assert made["response"]["status"] == 200


def test_pipelined_and_refused_requests_are_kept_one_by_one(tmp_path: Path, server: str) -> None:
    program = Program(tmp_path)
    octets = (
        b"GET /ip HTTP/1.1\r\nHost: a\r\n\r\nGET /uuid HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\n"
    )
    program("talk", "--exact", server, stdin=octets)
    kept = [program("show", str(path), "--raw", "-p", "HB").out for path in records(tmp_path, 3)]
    assert sorted(kept) == sorted(part + b"\r\n\r\n" for part in octets.split(b"\r\n\r\n")[:3])


def test_the_companion_tells_its_side_of_the_socket(tmp_path: Path, server: str) -> None:
    program = Program(tmp_path)
    made = json.loads(program("--as", "json", f"{server}/socket").out)
    theirs = json.loads(made["response"]["body"]["text"])
    assert theirs["remote"] == made["socket"]["local"]["text"]
    assert theirs["local"] == made["socket"]["remote"]["text"]
    assert theirs["tcp_info"]["state"] == "ESTABLISHED"


def test_the_exact_octets_of_a_request_come_back(tmp_path: Path, server: str) -> None:
    program = Program(tmp_path)
    octets = b"GET /dump/request?x=1 HTTP/1.1\r\nhOsT: a\r\nX-Odd:  spaces  \r\nConnection: close\r\n\r\n"
    reply = program("talk", "--exact", server, stdin=octets).out
    assert octets in reply
