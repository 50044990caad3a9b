"""The server's vectors over real sockets: what `httpeek serve` answers to each, whole and octet by octet, and that its
log says why. And what a slow or endless client costs: nobody else's time, and no memory."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.model.violations import rule
from httpeek.server.beside import MOST
from tests.codec.vectors import Vector, vectors
from tests.server.serving import Serving, heard
from tests.support import LIMIT

MODELS = ("single", "threads", "fork", "prefork")
APP = """
from wsgiref.validate import validator

@validator
def read(environ, start_response):
    content = environ["wsgi.input"].read(1 << 20)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))])
    return [content]

# Without the validator, which would hide that the answer is one piece: that is sent in one write.
def unread(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"unread"]
"""
SERVED = [vector for vector in vectors("server") if not vector.options and len(vector.octets) < 3_000]
GET = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
EXPECTING = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conform")
    (folder / "conform.py").write_text(APP)
    return folder


@pytest.fixture(scope="module")
def serving(home: Path) -> Iterator[Serving]:
    with Serving(home, "conform:read", "--model", "threads") as server:
        yield server


def verdict(reply: bytes) -> tuple[list[int], str]:
    """The final statuses of a reply, and the id of the violation that its last content names."""
    statuses = [int(code) for code in re.findall(rb"HTTP/1\.1 ([2-5]\d\d) ", reply)]
    found = re.search(rb"\[([a-z0-9-]+)\]\n\Z", reply)
    return statuses, found[1].decode() if found else ""


def expected(vector: Vector) -> tuple[list[int], str]:
    """What a server has to answer to the vector's octets when their stream ends behind them."""
    answered = [200 for line in vector.facts if line.startswith("completed")]
    fatal = next((line.split(": ")[1] for line in vector.facts if line.startswith("fatal")), "")
    if not fatal and vector.facts[-1].startswith("refused"):
        raise AssertionError(vector.name)
    if fatal:
        return [*answered, rule(fatal).server], fatal
    if [line for line in vector.facts if line.startswith("request")][len(answered) :]:
        chunked = any(line.startswith("framed chunked") for line in vector.facts)
        return [*answered, 400], "short-chunked" if chunked else "short-content"
    return answered, ""


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("vector", SERVED, ids=lambda v: v.name)
def test_each_vector_is_answered_as_the_codec_judges_it(serving: Serving, vector: Vector, step: int) -> None:
    statuses, identifier = expected(vector)
    if vector.octets and not statuses and not vector.ended:
        statuses, identifier = [400], "head-cut"  # the vector is a part of a request, and its stream ends here
    assert verdict(serving.say(vector.octets, step)) == (statuses, identifier)


@pytest.mark.parametrize("model", MODELS)
def test_a_refusal_is_the_same_in_every_model_and_in_the_log_with_its_control_octets_escaped(
    home: Path, model: str
) -> None:
    with Serving(home, "conform:read", "--model", model) as server:
        reply = server.say(b"GET / HTTP/1.1\r\nHost: a\r\nX\x1b[31m: \x07\r\n\r\n")
        assert verdict(reply) == ([400], "field-name")
        assert verdict(server.say(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")) == (
            [400],
            "short-content",
        )
        assert verdict(server.say(GET)) == ([200], "")
    lines = [line for line in server.log if "refused" in line]
    assert [re.findall(r"\[([a-z-]+)\]$", line) for line in lines] == [["field-name"], ["short-content"]]
    assert b"\x1b" not in reply.partition(b"\r\n\r\n")[2]
    assert all(line.rstrip("\n").isprintable() for line in lines)


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(head + body, id=name)
        for name, head, body in (
            ("CL.TE", b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\nG"),
            ("TE.CL", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", b"5c\r\nGPOST\r\n0\r\n\r\n"),
            ("TE.TE", b"Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n", b"0\r\n\r\n"),
            ("TE.0", b"Transfer-Encoding : chunked\r\n\r\n", b"1\r\na\r\n0\r\n\r\n"),
            ("CL.CL", b"Content-Length: 0\r\nContent-Length: 35\r\n\r\n", b""),
            ("0.CL fold", b"Content-Length:\r\n 35\r\n\r\n", b""),
            ("0.CL space", b"Content-Length : 35\r\n\r\n", b""),
            ("TERM.EXT", b"Transfer-Encoding: chunked\r\n\r\n", b"2;\nxx\r\n0\r\n\r\n"),
            ("EXT.TERM", b"Transfer-Encoding: chunked\r\n\r\n", b"2;\rxx\r\n0\r\n\r\n"),
            ("spill", b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nAAAAAXX0\r\n\r\n"),
            ("one byte short", b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nAAAAA\n0\r\n\r\n"),
            ("trailer", b"Transfer-Encoding: chunked\r\n\r\n", b"0\r\nContent-Length : 9\r\n\r\n"),
            ("header by CR", b"X: a\rTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
            ("header by LF", b"X: a\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
            ("header by NUL", b"X: a\0Transfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
        )
    ],
)
def test_nothing_is_smuggled(serving: Serving, octets: bytes) -> None:
    statuses, identifier = verdict(serving.say(b"POST / HTTP/1.1\r\nHost: a\r\n" + octets + SMUGGLED))
    assert (statuses, bool(identifier)) == ([400], True)


def test_content_of_a_get_is_content_and_no_request(serving: Serving) -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)
    reply = serving.say(head + SMUGGLED)
    assert verdict(reply) == ([200], "")
    assert reply.endswith(SMUGGLED)


@pytest.mark.parametrize("model", MODELS)
def test_pipelined_requests_with_content_are_answered_in_order(home: Path, model: str) -> None:
    octets = b""
    for number in range(0, 100, 2):
        octets += b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n<%02d>" % number
        octets += b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        octets += b"1;x\r\n<\r\n3\r\n%02d>\r\n0\r\nX: y\r\n\r\n" % (number + 1)
    with Serving(home, "conform:read", "--model", model) as server:
        assert re.findall(rb"<(\d\d)>", server.say(octets)) == [b"%02d" % number for number in range(100)]


@pytest.mark.parametrize("model", MODELS)
def test_content_that_nobody_read_is_no_request(home: Path, model: str) -> None:
    posts = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(SMUGGLED), SMUGGLED)
    posts += b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n23\r\n%b\r\n0\r\n\r\n" % SMUGGLED
    with Serving(home, "conform:unread", "--model", model) as server:
        assert server.say(posts + GET, end=False).count(b"unread") == 3


@pytest.mark.parametrize("model", MODELS)
def test_http_10_keeps_a_connection_only_where_it_was_asked(home: Path, model: str) -> None:
    once, kept = b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    with Serving(home, "conform:read", "--model", model) as server:
        assert verdict(server.say(once + once, end=False)) == ([200], "")
        reply = server.say(kept + kept + once + kept, end=False)
        assert (verdict(reply), reply.count(b"\r\nConnection: keep-alive\r\n")) == (([200] * 3, ""), 2)


@pytest.mark.parametrize("model", MODELS)
def test_100_continue_comes_with_the_first_read_and_never_without_one(home: Path, model: str) -> None:
    with Serving(home, "conform:read", "--model", model) as server, server.connect() as sock:
        sock.sendall(EXPECTING)
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc" + GET)
        assert verdict(heard(sock)) == ([200, 200], "")
    with Serving(home, "conform:unread", "--model", model) as server:
        # Nobody can tell whether the content comes, so the connection ends (RFC 9110 section 10.1.1).
        reply = server.say(EXPECTING, end=False)
        assert (verdict(reply), reply.count(b"HTTP/1.1")) == (([200], ""), 1)
        assert b"\r\nConnection: close\r\n" in reply


def test_clients_that_expect_100_continue_and_stall_hold_up_no_worker(home: Path) -> None:
    with Serving(home, "conform:read", "--workers", "1") as server, contextlib.ExitStack() as stack:
        for _ in range(40):
            sock = stack.enter_context(server.connect())
            sock.sendall(EXPECTING)
            assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        assert verdict(server.say(GET)) == ([200], "")
        assert (
            server.say(GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\nx"))[-1:]
            == b"x"
        )


def test_more_clients_that_expect_100_continue_than_there_are_threads_are_all_served(home: Path) -> None:
    with Serving(home, "conform:read", "--workers", "1") as server, selectors.DefaultSelector() as ready:
        for _ in range(MOST + 20):
            sock = server.connect()
            sock.sendall(EXPECTING)
            ready.register(sock, selectors.EVENT_READ)
        assert verdict(server.say(GET)) == ([200], "")
        while ready.get_map():
            for key, _ in ready.select(LIMIT):
                assert isinstance(key.fileobj, socket.socket)
                ready.unregister(key.fileobj)
                with key.fileobj as sock:
                    assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
                    sock.sendall(b"abc" + GET)
                    assert verdict(heard(sock)) == ([200, 200], "")


@pytest.mark.parametrize("model", MODELS)
def test_an_upload_that_nobody_reads_is_answered_and_not_drained(home: Path, model: str) -> None:
    with Serving(home, "conform:unread", "--model", model) as server, server.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(64):
                sock.sendall(bytes(65536))
        assert verdict(heard(sock)) == ([200], "")


@pytest.mark.parametrize("model", MODELS)
def test_chunked_content_over_the_limit_is_413_for_a_client_that_goes_on_sending(home: Path, model: str) -> None:
    words = ("conform:read", "--model", model, "--max-request-body", "100000")
    with Serving(home, *words) as server, server.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(200):
                sock.sendall(b"1000\r\n" + bytes(4096) + b"\r\n")
        assert verdict(heard(sock)) == ([413], "content-too-large")


@pytest.mark.parametrize("model", MODELS)
def test_what_comes_too_late_is_408_and_in_the_log(home: Path, model: str) -> None:
    words = ("conform:read", "--model", model, "--head-timeout", "0.3", "--body-timeout", "0.3")
    with Serving(home, *words) as server:
        for octets in (
            b"GET / HTTP/1.1\r\nHo",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
        ):
            assert verdict(server.say(octets, end=False)) == ([408], "too-slow")
    assert sum("[too-slow]" in line for line in server.log) == 2


def test_a_request_line_of_8000_octets_is_accepted_whatever_the_limit(home: Path) -> None:
    line = b"GET /%b HTTP/1.1\r\n"
    with Serving(home, "conform:read", "--max-request-line", "100") as server:
        assert verdict(server.say(line % (b"a" * 7_986) + GET.partition(b"\r\n")[2])) == ([200], "")
        assert verdict(server.say(line % (b"a" * 7_987) + b"\r\n")) == ([414], "request-line-length")


@pytest.mark.parametrize("model", ["threads", "prefork"])
@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + b"a" * 65536,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 65536,
        b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 10_000,
        b"\r\n" * 32_768,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 65536,
    ],
    ids=["target", "field", "fields", "empty lines", "chunk extension"],
)
def test_an_endless_head_is_refused_and_takes_no_memory(home: Path, model: str, endless: bytes) -> None:
    with Serving(home, "conform:read", "--model", model, "--workers", "1") as server:
        server.say(GET)
        before = resident(server.process.pid)
        with server.connect() as sock:
            with contextlib.suppress(OSError):
                sock.sendall(endless)
                for _ in range(1_000):
                    sock.sendall(endless[-65536:])
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
            statuses, _ = verdict(heard(sock))
        assert statuses in ([414], [431], [400])
        server.say(GET)
        assert resident(server.process.pid) - before < 10 * 1024


def resident(pid: int) -> int:
    """The most KiB that a server's processes have had in memory (proc(5): VmHWM)."""
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    found = 0
    for each in (pid, *children):
        status = Path(f"/proc/{each}/status").read_text()
        found += int(status.partition("VmHWM:")[2].split()[0])
    return found
