"""The last exchanges of a server, listed, shown and replayed: the same in every model, whichever process answers."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.model.events import IN, OUT, Bytes
from httpeek.record.format import read
from httpeek.server.shelf import KEPT, KEPT_OCTETS, Files, Memory, Shared
from httpeek.server.tape import OCTETS, Tape
from tests.support import LIMIT, Program, serve

MODELS = ["single", "threads", "fork", "prefork"]


class Server(NamedTuple):
    """A running companion."""

    process: subprocess.Popen[str]
    port: int
    home: Path

    def say(self, *pieces: bytes) -> bytes:
        """Sends octets, each piece when the one before is answered, and gives all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), LIMIT) as sock:
            found = b""
            for piece in pieces:
                sock.sendall(piece)
                found += sock.recv(65_536)
            sock.shutdown(socket.SHUT_WR)
            while more := sock.recv(65_536):
                found += more
        return found

    def get(self, target: str, method: str = "GET", *fields: str) -> tuple[int, bytes]:
        """The status and content of an answer."""
        lines = [f"{method} {target} HTTP/1.1", "Host: a", "Connection: close", *fields, "", ""]
        head, _, content = self.say("\r\n".join(lines).encode()).partition(b"\r\n\r\n")
        return int(head.split()[1]), content

    def json(self, target: str, method: str = "GET") -> Any:
        status, content = self.get(target, method)
        assert status == 200, content
        return json.loads(content)

    def listed(self, count: int = 1) -> list[dict[str, Any]]:
        """The exchanges that are no looks at exchanges, as soon as there are so many."""
        while True:
            rows: list[dict[str, Any]] = self.json("/requests")["requests"]
            rows = [row for row in rows if not row["target"].startswith(("/requests", "/dump/"))]
            if len(rows) >= count:
                return rows


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a companion with options; it is ended with the test, where the test does not."""
    processes = []

    def started(*words: str) -> Server:
        process = serve(tmp_path, "--bind", "127.0.0.1:0", *words, env={"TMPDIR": str(tmp_path)})
        processes.append(process)
        assert process.stderr is not None
        address = process.stderr.readline().partition("http://")[2].partition("/")[0]
        return Server(process, int(address.rpartition(":")[2]), tmp_path)

    yield started
    for process in processes:
        if process.returncode is None:
            process.terminate()
            process.communicate(timeout=LIMIT)


def ended(server: Server) -> str:
    """Ends a companion; what it said on stderr."""
    server.process.terminate()
    return server.process.communicate(timeout=LIMIT)[1]


@pytest.fixture(params=MODELS)
def server(request: pytest.FixtureRequest, start: Start) -> Server:
    return start("--model", request.param)


ASKED = b"POST /anything HTTP/1.1\r\nHost: a\r\nX-Odd:  1 \r\nContent-Length: 4\r\nConnection: close\r\n\r\n\xff\x00ab"


def test_an_exchange_is_found_by_whoever_has_its_answer(server: Server) -> None:
    answer = server.say(ASKED)
    assert server.get("/dump/last?as=request") == (200, ASKED)
    assert server.get("/dump/last?as=response") == (200, answer)
    (row,) = server.listed()
    assert (row["method"], row["target"], row["status"]) == ("POST", "/anything", 200)
    assert server.get(row["links"]["request"]) == (200, ASKED)
    assert server.get(row["links"]["response"]) == (200, answer)
    record = server.home / "x.record"
    record.write_bytes(server.get(row["links"]["record"])[1])
    program = Program(server.home)
    assert program("show", str(record), "--raw", "-p", "HBhb").out == ASKED + answer


def test_one_is_shown_as_json_with_both_heads_and_the_times_of_its_pieces(server: Server) -> None:
    asked = b"PUT /anything HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nx: y\r\nX: z\r\n\r\n"
    server.say(asked, b"\xff!")
    (row,) = server.listed()
    made = server.json(row["links"]["self"])
    request, response = made["request"], made["response"]
    assert [request["method"], request["target"], request["version"]] == ["PUT", "/anything", "HTTP/1.1"]
    assert request["fields"][-2:] == [["x", "y"], ["X", "z"]]
    assert request["content"] == {"bytes": 2, "encoding": "base64", "text": "/yE="}
    assert [(piece["offset"], piece["bytes"]) for piece in request["pieces"]] == [(0, len(asked)), (len(asked), 2)]
    assert [head["status"] for head in made["interim"]] == [100]
    assert (response["status"], response["whole"], response["content"]["encoding"]) == (200, True, "utf-8")
    times = [request["pieces"][0], response["pieces"][0], request["pieces"][1], response["pieces"][1]]
    assert [piece["micros"] for piece in times] == sorted(piece["micros"] for piece in times)
    assert made["socket"]["local"] == f"127.0.0.1:{server.port}"
    assert made["socket"]["remote"].startswith("127.0.0.1:")
    assert made["connection"] == "kept"


def test_kept_alive_and_pipelined_requests_are_told_apart_octet_for_octet(server: Server) -> None:
    unread = b"POST /status/204 HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + b"u" * 90_000
    chunked = b"POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nA: b\r\n\r\n"
    plain = b"GET /ip HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /uuid HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answers = server.say(unread + chunked + plain, last)
    rows = server.listed(4)
    assert [server.get(row["links"]["request"])[1] for row in rows] == [unread, chunked, plain, last]
    assert b"".join(server.get(row["links"]["response"])[1] for row in rows) == answers
    assert [server.json(row["links"]["self"])["socket"]["before"] for row in rows] == [0, 1, 2, 3]


def test_refused_requests_and_faults_are_kept_with_what_was_wrong(server: Server) -> None:
    refused = b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"
    server.say(refused)
    # Each is kept once it has ended, which is after its client has the answer: wait, or two may change places.
    for kept, name in enumerate(("reset-in-body", "length-too-long", "until-close", "empty-reply"), 1):
        server.listed(kept)
        try:
            server.get(f"/fault/{name}")
        except (OSError, IndexError):
            pass
    rows = server.listed(5)
    assert [row["status"] for row in rows] == [400, 200, 200, 200, None]
    assert [row.get("error") for row in rows] == [None, 56, 18, None, 52]
    shown = [server.json(row["links"]["self"]) for row in rows]
    assert [(v["id"], v["in"], v["offset"]) for v in shown[0]["violations"]] == [("space-before-colon", "request", 20)]
    assert [made["connection"] for made in shown[1:]] == ["ended by reset", *["ended by fin"] * 3]
    assert shown[3]["response"]["whole"]
    assert shown[3]["response"]["content"]["text"] == "hello"
    record = server.home / "cut.record"
    record.write_bytes(server.get(rows[2]["links"]["record"])[1])
    assert "(18) body cut short: 17 of 100 bytes" in Program(server.home)("show", str(record)).err


def test_a_replay_asks_the_application_again_and_compares_the_octets(server: Server) -> None:
    server.say(ASKED)
    (first,) = server.listed()
    made = server.json(first["links"]["replay"], "POST")
    assert (made["replayed"], made["status"], made["same"]) == (first["id"], 200, True)
    assert made["id"] != first["id"]
    again = server.listed(2)[1]
    assert (again["id"], again["of"], again["remote"]) == (made["id"], first["id"], first["remote"])
    assert server.get(again["links"]["request"]) == (200, ASKED)


def test_a_replay_that_is_answered_otherwise_says_at_which_octet(start: Start) -> None:
    server = start("--model", "single")
    server.get("/uuid")
    (row,) = server.listed()
    made = server.json(row["links"]["replay"], "POST")
    assert (made["status"], made["same"]) == (200, False)
    answer = server.get(made["links"]["response"])[1]
    date = answer.index(b"Server:") - answer.index(b"Date:")  # Date is left out of the comparison
    assert answer[: made["differs_at"] + date].endswith(b'{\n  "uuid": "')
    ended(server)


@pytest.mark.parametrize("name", ["stall-in-body", "reset-before-head", "drip", "gzip-crc", "length-differs"])
def test_a_fault_is_replayed_as_it_was(start: Start, name: str) -> None:
    server = start("--model", "single")
    try:
        server.say(f"GET /fault/{name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    except ConnectionResetError:
        pass
    (row,) = server.listed()
    assert server.json(row["links"]["replay"], "POST")["same"] is True
    assert "Traceback" not in ended(server)


def test_what_cannot_be_shown_or_replayed_is_a_sentence(server: Server) -> None:
    assert server.get("/dump/last") == (404, b"nothing was asked yet but to look at what was asked\n")
    for name in ("1", "..", "%2e%2e", "1a21684d311-00116c-000001"):
        status, said = server.get(f"/requests/{name}")
        assert status == 404
        assert said.endswith(b"/requests lists those that are\n")
    looks = server.json("/requests")["requests"]
    assert looks
    for row in looks:
        status, said = server.get(row["links"]["replay"], "POST")
        assert (status, said[:33]) == (409, b"this exchange only looked at othe")
    assert server.get("/dump/last?as=x")[0] == 400
    big = OCTETS + 100
    head = b"POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % big
    server.say(head + bytes(big))
    (row,) = server.listed()
    status, said = server.get(row["links"]["replay"], "POST")
    assert (status, said[:15]) == (409, b"only the first ")
    made = server.json(row["links"]["self"])["request"]
    assert made["lost"] + sum(piece["bytes"] for piece in made["pieces"]) == len(head) + big


def test_a_page_of_another_origin_may_not_look(server: Server) -> None:
    server.say(ASKED)
    for target in ("/requests", "/requests/last", "/dump/last", "/requests/last/request"):
        assert server.get(target, "GET", "Origin: http://evil.example")[0] == 403
        assert server.get(target, "GET", "Origin: http://a")[0] == 200
    assert server.get("/requests/last/replay", "POST", "Origin: null")[0] == 403


@pytest.mark.parametrize("model", MODELS)
def test_saved_exchanges_are_files_for_the_user_alone(start: Start, tmp_path: Path, model: str) -> None:
    (tmp_path / "kept").mkdir(0o700)
    (tmp_path / "kept" / "0-0-1.record").write_bytes(b"of a server before\n")
    server = start("--model", model, "--save", "kept")
    count = KEPT + 3
    for number in range(count):
        server.say(b"GET /anything/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % number)
    rows = server.json("/requests")["requests"]
    assert len(rows) in (KEPT, KEPT - 1)  # a process of the list's own may be on the shelf, too
    assert [row["target"] for row in rows] == [f"/anything/{n}" for n in range(count - len(rows), count)]
    ended(server)
    files = sorted((tmp_path / "kept").glob("*.record"))
    assert len(files) == count + 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files[1:]} == {0o600}
    program = Program(tmp_path)
    assert program("show", str(files[1]), "--raw", "-p", "H").out.startswith(b"GET /anything/0 HTTP/1.1\r\n")


@pytest.mark.parametrize("model", ["fork", "prefork"])
def test_processes_share_a_directory_that_ends_with_the_server(start: Start, tmp_path: Path, model: str) -> None:
    server = start("--model", model)
    (directory,) = tmp_path.glob("httpeek-*")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for number in range(KEPT + 5):
        server.say(b"GET /anything/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % number)
    assert server.json("/requests")["requests"][-1]["target"] == f"/anything/{KEPT + 4}"
    server.get("/ip")
    while len(list(directory.glob("*.record"))) > KEPT:
        pass  # the process of the last answer takes the oldest away
    ended(server)
    assert not directory.exists()


@pytest.mark.parametrize("model", MODELS)
def test_a_directory_that_takes_no_files_fails_no_request(start: Start, tmp_path: Path, model: str) -> None:
    (tmp_path / "kept").mkdir()
    server = start("--model", model, "--save", "kept")
    (tmp_path / "kept").rmdir()
    (tmp_path / "kept").write_bytes(b"")  # root may write into any directory, but not into a file
    for _ in range(5):
        assert server.get("/ip")[0] == 200
    said = ended(server)
    assert said.count("exchanges are not kept: ") == 1
    assert "not a directory" in said


def test_the_environment_is_shown_where_the_server_is_told_to(start: Start) -> None:
    for words, status in (((), 403), (("--show-env",), 200)):
        server = start(*words)
        assert server.get("/env")[0] == status
        ended(server)


# The parts


def tape(request: bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", response: bytes = b"HTTP/1.1 204 No\r\n\r\n") -> Tape:
    made = Tape("127.0.0.1:80", "127.0.0.1:9", 5, 0)
    made.heard(request)
    made.said(response)
    made.end("kept")
    return made


def test_memory_is_bounded_by_exchanges_and_by_octets() -> None:
    shelf = Memory()
    for _ in range(KEPT + 10):
        shelf.keep(tape())
    assert len(shelf.summaries()) == KEPT
    for _ in range(80):
        shelf.keep(tape(response=bytes(OCTETS)))
    assert sum(each.size for each in shelf.tapes()) <= KEPT_OCTETS
    assert len(shelf.tapes()) >= KEPT_OCTETS // OCTETS - 2


def test_a_request_that_comes_octet_by_octet_costs_no_more_than_another() -> None:
    made = Tape("127.0.0.1:80", "127.0.0.1:9", 5, 0)
    for _ in range(100_000):
        made.heard(b"x")
    assert made.size <= OCTETS + 200
    assert len(made.octets()) < 10_000


@given(
    pieces=st.lists(
        st.binary(max_size=60) | st.sampled_from([b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"\r\n"]), max_size=5
    ),
    answer=st.lists(st.binary(max_size=60) | st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"\r\n"]), max_size=4),
    how=st.sampled_from(["kept", "fin", "reset", ""]),
)
def test_whatever_went_over_a_connection_makes_a_record(pieces: list[bytes], answer: list[bytes], how: str) -> None:
    made = Tape("127.0.0.1:80", "127.0.0.1:9", 5, 0)
    for piece in pieces:
        made.heard(piece)
    for piece in answer:
        made.said(piece)
    made.end(how)
    octets = {IN: b"", OUT: b""}
    for event in read(made.record()):
        if isinstance(event.fact, Bytes):
            octets[event.fact.direction] += event.fact.data
    assert octets == {OUT: b"".join(pieces), IN: b"".join(answer)}


def test_an_exchange_is_a_file_before_its_answer_leaves(tmp_path: Path) -> None:
    mine, of_another = (Shared(Files(str(tmp_path), print), bounded=True) for _ in range(2))
    made = Tape("127.0.0.1:80", "127.0.0.1:9", 5, 0)
    mine.begin(made)
    made.heard(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert of_another.summaries() == []
    for piece in (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"):
        made.said(piece)  # it is sent when this returns
        (row,) = of_another.summaries()
        assert row["status"] == 200
        assert piece in (of_another.record(made.id) or b"")


def test_shared_files_are_bounded_and_may_vanish_at_any_time(tmp_path: Path) -> None:
    said: list[str] = []
    shelf = Shared(Files(str(tmp_path), said.append), bounded=True)
    for _ in range(80):
        shelf.keep(tape(response=bytes(OCTETS)))
    sizes = [path.stat().st_size for path in tmp_path.glob("*.record")]
    assert sum(sizes) <= KEPT_OCTETS
    rows = shelf.summaries()
    assert len(rows) == len(sizes)
    os.unlink(tmp_path / f"{rows[0]['run']}.record")
    assert shelf.record(str(rows[0]["run"])) is None
    assert len(shelf.summaries()) == len(rows) - 1
    assert shelf.record("../x") is None
    assert said == []
