"""`--steps`: each system call of the client as it is made, beside any view, and the same lines from a record."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.net.peers import TlsPeer, authority, server_context
from tests.support import LIMIT, Peer, Program, environment, half_close, hold, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_STEP = re.compile(r"^(\d+) (\S.*)$")


def steps(err: str) -> list[str]:
    """The lines of steps without the pid before them, which is that of one process."""
    found = [match for match in map(_STEP.match, err.splitlines()) if match]
    assert len({match[1] for match in found}) <= 1
    return [match[2] for match in found]


def calls(err: str) -> list[str]:
    """The names of the calls."""
    return [line.partition("(")[0] for line in steps(err)]


@pytest.fixture
def trusted(tmp_path: Path) -> str:
    """The file with the authority's certificate."""
    path = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)


@contextlib.contextmanager
def answering(listener: socket.socket) -> Iterator[list[object]]:
    """Answers one request on a listening socket, and gives the address that it came from."""
    came_from: list[object] = []

    def answer() -> None:
        with contextlib.suppress(OSError):
            sock, address = listener.accept()
            came_from.append(address)
            with sock:
                sock.settimeout(LIMIT)
                read_head(sock)
                sock.sendall(OK)
                hold(sock)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with listener:
        yield came_from
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(LIMIT)


def test_a_request_over_tcp_step_by_step(httpeek: Program) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    there = f"127.0.0.1:{listener.getsockname()[1]}"
    with answering(listener) as came_from:
        done = httpeek("--steps", there)
    (here,) = came_from
    assert isinstance(here, tuple)
    assert (done.code, done.out) == (0, b"ok")
    lines = steps(done.err)
    fd = lines[1].rpartition(" = ")[2]
    sent = next(line for line in lines if line.startswith("send"))
    size = sent.partition(" = ")[2].partition(" ")[0]
    assert lines == [
        f'getaddrinfo("127.0.0.1", {there[10:]}, AI_NUMERICHOST) = 127.0.0.1: an address already, no resolver is asked',
        f"socket(AF_INET, SOCK_STREAM) = {fd}",
        f"ioctl({fd}, FIONBIO, 1) = 0: no call waits from now on",
        f"setsockopt({fd}, TCP_NODELAY, 1) = 0",
        f"getsockname({fd}) = 0.0.0.0:0: no local address yet",
        f"getpeername({fd}) = ENOTCONN: nobody at the other end yet",
        f"connect({fd}, {there}) = EINPROGRESS: the handshake is under way, poll waits for it",
        f"getsockopt({fd}, SO_ERROR) = 0: connected",
        f"getsockname({fd}) = 127.0.0.1:{here[1]}: the kernel chose the port",
        f"getpeername({fd}) = {there}",
        f'send({fd}) = {size} of {size} bytes, "GET / HTTP/1.1"',
        f'recv({fd}, 262144) = {len(OK)} bytes, "HTTP/1.1 200 OK"',
        f"recv({fd}, 262144) = EAGAIN: nothing there now",
        f"close({fd})",
    ]


def test_a_name_is_looked_up_and_ipv6_connected_to(httpeek: Program) -> None:
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    port = listener.getsockname()[1]
    with answering(listener) as came_from:
        done = httpeek("--steps", "--resolve", f"api.test:{port}:[::1]", f"api.test:{port}")
    lines = steps(done.err)
    fd = lines[1].rpartition(" = ")[2]
    assert done.code == 0 and came_from
    assert lines[0].startswith(f'getaddrinfo("::1", {port}, AI_NUMERICHOST) = ::1')
    assert lines[1] == f"socket(AF_INET6, SOCK_STREAM) = {fd}"
    assert f"getsockname({fd}) = [::]:0: no local address yet" in lines
    assert f"getpeername({fd}) = [::1]:{port}" in lines


def test_a_name_that_there_is_not(httpeek: Program) -> None:
    done = httpeek("--steps", "nosuch.invalid/x")
    assert done.code == 6
    (line,) = steps(done.err)
    assert line.startswith('getaddrinfo("nosuch.invalid", 80) = EAI_')


def test_a_unix_socket_has_no_handshake_and_no_name_at_our_end(httpeek: Program, tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    with answering(listener):
        done = httpeek("--steps", f"http+unix://{str(path).replace('/', '%2F')}/")
    lines = steps(done.err)
    fd = lines[0].removeprefix("socket(AF_UNIX, SOCK_STREAM) = ")
    assert (done.code, done.out) == (0, b"ok")
    assert f"connect({fd}, unix:{path}) = 0: connected at once" in lines
    assert lines.count(f"getsockname({fd}) = no name: the client's end of a unix socket needs none") == 2
    assert f"getpeername({fd}) = ENOTCONN: nobody at the other end yet" in lines
    assert f"getpeername({fd}) = unix:{path}" in lines


def test_a_refused_connection_tells_where_the_kernel_said_so(httpeek: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = httpeek("--steps", f"127.0.0.1:{port}")
    lines = steps(done.err)
    assert done.code == 7
    assert any(line.endswith("= ECONNREFUSED: nothing listens there") for line in lines)
    assert lines[-1].startswith("close(")
    assert done.err.splitlines()[-1].startswith("httpeek: (7) ")


def test_a_reset_is_the_errno_of_recv(httpeek: Program) -> None:
    def reset_after_request(sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with Peer((read_head, OK[:-10], reset_after_request)) as peer:
        done = httpeek("--steps", peer.url)
    assert done.code == 56
    assert any(line.endswith("= ECONNRESET: the peer has reset the connection") for line in steps(done.err))


def test_tls_is_one_handshake_and_the_octets_inside_it(httpeek: Program, trusted: str) -> None:
    with TlsPeer(server_context()) as peer:
        done = httpeek("--steps", "--verify", trusted, peer.url)
        refused = httpeek("--steps", peer.url)
    lines = steps(done.err)
    assert (done.code, done.out) == (0, b"ok")
    (handshake,) = [line for line in lines if line.startswith("TLS handshake(")]
    assert re.fullmatch(r'TLS handshake\(\d+, "localhost"\) = TLS 1\.3, TLS_\w+: OpenSSL sent and .*', handshake)
    assert any(re.fullmatch(r'SSL_write\(\d+\) = (\d+) of \1 bytes, "GET / HTTP/1.1"', line) for line in lines)
    assert any(re.fullmatch(r'SSL_read\(\d+, 16384\) = \d+ bytes, "HTTP/1.1 200 OK"', line) for line in lines)
    assert lines[-1].startswith("close(")
    assert refused.code == 60
    failed, closed = steps(refused.err)[-2:]
    assert failed.endswith("= CERTIFICATE_VERIFY_FAILED") and closed.startswith("close(")


def test_a_redirect_on_the_same_connection_sends_again(httpeek: Program) -> None:
    done = httpeek("--steps", "-F", "/redirect/1")
    made = calls(done.err)
    assert (made.count("socket"), made.count("send"), made.count("close")) == (1, 2, 1)
    again = [line for line in steps(done.err) if line.startswith("send(")][1]
    assert again.endswith('"GET /get HTTP/1.1": the same connection again')


def test_a_redirect_to_another_server_opens_another_socket(httpeek: Program) -> None:
    with replying(OK) as other:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {other.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with replying(moved) as peer:
            done = httpeek("--steps", "-F", peer.url)
    made = calls(done.err)
    assert (done.out, made.count("socket"), made.count("connect"), made.count("close")) == (b"ok", 2, 2, 2)


@pytest.mark.parametrize("view", ["pretty", "raw", "hex", "curl", "verbose"])
def test_standard_output_is_the_same_with_and_without(httpeek: Program, view: str) -> None:
    with replying(OK, OK) as peer:
        plain = httpeek("--as", view, peer.url)
        told = httpeek("--as", view, "--steps", peer.url)
    assert (told.code, told.out) == (plain.code, plain.out)
    assert "send" in calls(told.err) and not steps(plain.err)


@pytest.mark.parametrize("view", ["json", "har"])
def test_what_programs_read_has_no_steps_in_it(httpeek: Program, view: str) -> None:
    with replying(OK, OK) as peer:
        plain = json.loads(httpeek("--as", view, peer.url).out)
        told = json.loads(httpeek("--as", view, "--steps", peer.url).out)
    assert shape(told) == shape(plain)


def shape(value: object) -> object:
    """The names of members, all the way down, and no values: times and ports differ from run to run."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


def test_verbose_shows_a_call_before_what_came_of_it(httpeek: Program) -> None:
    with replying(OK) as peer:
        lines = httpeek("-v", "--steps", peer.url).err.splitlines()
    at = [next(n for n, line in enumerate(lines) if mark in line) for mark in (" send(", "> GET", " recv(", "< HTTP")]
    assert at == sorted(at)


def test_what_the_peer_sent_never_drives_the_terminal(httpeek: Program) -> None:
    with replying(b"HTTP/1.1 200 \x1b[31mO\x9bK\r\nContent-Length: 0\r\n\r\n") as peer:
        code, screen = httpeek.terminal("--steps", "--color=never", peer.url)
    assert code == 0 and "\x1b" not in screen
    assert '"HTTP/1.1 200 \\x1b[31mO\\x9bK"' in screen


def test_a_record_shows_the_same_lines(httpeek: Program) -> None:
    with replying(OK) as peer:
        live = httpeek("--steps", peer.url)
        again = httpeek("show", "@last", "--steps")
        usual = httpeek("show", "@last")
    assert (again.code, again.out) == (0, b"ok")
    assert [line for line in live.err.splitlines() if _STEP.match(line)] == again.err.splitlines()
    assert steps(usual.err) == []


def test_a_record_without_steps_says_so(httpeek: Program) -> None:
    with replying(OK) as peer:
        httpeek(peer.url)
    again = httpeek("show", "@last", "--steps")
    assert again.err == "note: there are no steps to show: the request was made without --steps\n"
    assert httpeek("show", "@last", "--steps", "-q").err == ""


def test_a_secret_in_the_query_is_masked_in_records_and_in_ci_jobs(httpeek: Program) -> None:
    secret = "s3cret-of-mine"
    with replying(OK, OK, OK, OK) as peer:
        url = f"{peer.url}/?api_key={secret}"
        person = httpeek("--steps", url)
        again = httpeek("show", "@last", "--steps")
        asked = httpeek("--steps", "--mask", url)
        job = httpeek("--steps", url, env={"CI": "true"})
        revealed = httpeek("--steps", "--reveal", url, env={"CI": "true"})
    quoted = f'"GET /?api_key={secret} HTTP/1.1"'
    masked = re.compile(r'bytes, "GET /\?api_key=<masked 14 bytes #\w+> HTTP/1\.1"')
    for open_, result in ((True, person), (False, again), (False, asked), (False, job), (True, revealed)):
        (sent,) = [line for line in steps(result.err) if line.startswith("send(")]
        assert (quoted in sent, bool(masked.search(sent)), secret in result.err) == (open_, not open_, open_)


def test_a_secret_in_content_is_masked_in_ci_jobs_too(httpeek: Program) -> None:
    body = b'{"access_token": "s3cret-of-mine"}'
    with Peer((read_head, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body, hold)) as peer:
        done = httpeek("--steps", peer.url, env={"CI": "true"})
    assert done.out == body and "s3cret-of-mine" not in done.err


def test_a_long_download_keeps_every_line_and_the_record_says_what_it_lacks(httpeek: Program) -> None:
    live = httpeek("--steps", "/bytes/3000000")
    assert len(live.out) == 3_000_000
    counted = sum(int(size) for size in re.findall(r"recv\(\d+, 262144\) = (\d+) bytes", live.err))
    assert counted > 3_000_000  # and the head
    again = httpeek("show", "@last", "--steps")
    assert calls(again.err) == calls(live.err)
    assert any(line.endswith("bytes, not kept in the record") for line in steps(again.err))


def test_twice_quiet_shows_errors_only(httpeek: Program) -> None:
    assert httpeek("--steps", "-qq", "/get").err == ""
    assert "socket" in calls(httpeek("--steps", "-q", "/get").err)


def test_talk_ends_its_half_with_shutdown(httpeek: Program) -> None:
    with Peer((read_head, OK, half_close, hold)) as peer:
        done = httpeek("talk", "--steps", peer.address, stdin=b"GET / HTTP/1.0\n\n")
    lines = steps(done.err)
    assert done.out == OK
    assert any(line.endswith('= 18 of 18 bytes, "GET / HTTP/1.0"') for line in lines)
    assert any(line.endswith("SHUT_WR) = 0: our half is ended, receiving goes on") for line in lines)
    assert lines[-1].startswith("close(")


def test_talk_masks_in_a_ci_job(httpeek: Program) -> None:
    with replying(OK) as peer:
        done = httpeek("talk", "--steps", peer.address, stdin=b"GET /?token=abcdefgh HTTP/1.0\n\n", env={"CI": "true"})
    assert '"GET /?token=<masked 8 bytes #' in done.err and "abcdefgh" not in done.err


def full() -> int:
    """A descriptor of a disk that is full."""
    return os.open("/dev/full", os.O_WRONLY)


def closed() -> int:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize(("made", "code"), [(full, 23), (closed, 141)])
def test_a_standard_output_that_fails_is_not_taken_for_the_connection(
    tmp_path: Path, made: Callable[[], int], code: int
) -> None:
    # One octet is missing: what waits for standard output fails while the client looks for it.
    with Peer((read_head, OK[:-1])) as peer:
        output = made()
        done = subprocess.run(
            [sys.executable, "-m", "httpeek", "--steps", peer.url],
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=LIMIT,
            check=False,
        )
        os.close(output)
    assert done.returncode == code
    errors = [line for line in done.stderr.decode().splitlines() if line.startswith("httpeek:")]
    sentence = "httpeek: (23) the output could not be written: No space left on device"
    assert errors == ([sentence] if code == 23 else [])


_TRACED = ("socket", "connect", "getsockopt", "getsockname", "getpeername", "sendto", "recvfrom", "close")
_IN_STRACE = {"send": "sendto", "recv": "recvfrom"}


def test_strace_sees_the_same_calls(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    strace = require_tool("strace")
    trace = tmp_path / "trace"
    if subprocess.run([strace, "-o", trace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    command = [strace, "-f", "-o", str(trace), "-e", "trace=" + ",".join(_TRACED), sys.executable, "-m", "httpeek"]
    with replying(OK) as peer:
        done = subprocess.run(
            [*command, "--steps", "--record=off", peer.url],
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
    told = steps(done.stderr.decode())
    fd = next(line for line in told if line.startswith("socket(")).rpartition(" = ")[2]
    ours = [line.partition("(")[0] for line in told if line.startswith("socket(") or f"({fd}" in line]
    ours = [_IN_STRACE.get(name, name) for name in ours if _IN_STRACE.get(name, name) in _TRACED]
    seen = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines()]
    begin = next(n for n, line in enumerate(seen) if line.startswith("socket(AF_INET,"))
    theirs = [line.partition("(")[0] for line in seen[begin:] if re.match(rf"\w+\({fd}\b|socket\(AF_INET,", line)]
    # The descriptor is free after close, and used for files then.
    assert theirs[: theirs.index("close") + 1] == ours
