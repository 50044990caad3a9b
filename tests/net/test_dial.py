"""From a host to a connected socket: names, addresses in turn, the sentence for each way in which it fails."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.model.codes import NAME_NOT_RESOLVED, NOT_CONNECTED, TIMED_OUT, USAGE, HttpeekError
from httpeek.model.events import Connected, DialFailed, Dialling, Resolved, Resolving
from httpeek.model.plan import DialPolicy
from httpeek.model.target import parse
from httpeek.net.dial import dial
from httpeek.net.stream import Deadline

LIMIT = 30.0


def run(url: str, policy: DialPolicy | None = None, limit: float | None = LIMIT) -> tuple[list[object], str]:
    """The facts of one dialling, and the address it connected to."""
    facts: list[object] = []
    stream = dial(parse(url), policy or DialPolicy(), Deadline(limit), facts.append)
    stream.close()
    return facts, stream.remote


def fails(url: str, policy: DialPolicy | None = None, limit: float | None = LIMIT) -> tuple[list[object], int, str]:
    """The facts of a dialling that fails, the exit code and the sentence."""
    facts: list[object] = []
    with pytest.raises(HttpeekError) as caught:
        dial(parse(url), policy or DialPolicy(), Deadline(limit), facts.append)
    return facts, caught.value.code, caught.value.failure.sentence


def given(host: str, port: int, *addresses: str, family: str = "") -> DialPolicy:
    """A policy that replaces what the resolver says."""
    return DialPolicy(family, ((host, port, addresses),))


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which 127.0.0.1 listens, and no other address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def silent(address: str, port: int = 0) -> Iterator[int]:
    """A port that never answers: its queue of connections is full, so that the kernel drops each SYN."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind((address, port))
        listener.listen(0)
        taken = listener.getsockname()
        while True:
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.05)
            try:
                filler.connect(taken)
            except TimeoutError:
                break
        yield taken[1]


def have(family: socket.AddressFamily, address: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(family) as sock:
        sock.bind((address, 0))
        return True
    return False


ipv6 = pytest.mark.skipif(not have(socket.AF_INET6, "::1"), reason="there is no ::1")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the whole of 127/8 is local on Linux only")


# -- names


def test_an_address_is_not_looked_up(port: int) -> None:
    facts, remote = run(f"http://127.0.0.1:{port}/")
    assert remote == f"127.0.0.1:{port}"
    assert facts[:2] == [Resolved("127.0.0.1", ("127.0.0.1",), "literal"), Dialling(remote)]
    connected = facts[2]
    assert isinstance(connected, Connected)
    assert (connected.remote, connected.fd >= 3, connected.local.startswith("127.0.0.1:")) == (remote, True, True)


@pytest.mark.parametrize("limit", [None, LIMIT], ids=["no limit", "limit"])
def test_a_name_is_looked_up(limit: float | None, port: int) -> None:
    facts, _ = run(f"http://localhost:{port}/", DialPolicy("4"), limit)
    assert facts[:2] == [Resolving("localhost", port), Resolved("localhost", ("127.0.0.1",), "system")]


@pytest.mark.parametrize("limit", [None, LIMIT], ids=["no limit", "limit"])
def test_a_name_that_there_is_not(limit: float | None) -> None:
    facts, code, sentence = fails("http://nosuch.invalid/", limit=limit)
    assert code == NAME_NOT_RESOLVED
    # Without any name server the system cannot know.
    assert sentence in ("nosuch.invalid: no such name", "nosuch.invalid: no name server answered")
    last = facts[-1]
    assert isinstance(last, Resolved)
    assert (last.addresses, f"nosuch.invalid: {last.error}") == ((), sentence)


def test_a_name_that_is_too_long_for_dns() -> None:
    _, code, sentence = fails(f"http://{'a' * 64}.test/")
    assert code == NAME_NOT_RESOLVED and sentence.startswith("aaaa")


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    from _thread import allocate_lock

    lock = allocate_lock()
    lock.acquire()

    def hang(*arguments: object) -> list[object]:
        lock.acquire()
        return []

    monkeypatch.setattr("httpeek.net.dial._look_up", hang)
    _, code, sentence = fails("http://slow.test/", limit=0.02)
    lock.release()
    assert (code, sentence) == (TIMED_OUT, "slow.test: the name was not resolved within 0.02 s (--connect-timeout)")


def test_a_resolver_that_runs_out_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> list[object]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("httpeek.net.dial._look_up", fail)
    _, code, sentence = fails("http://some.test/")
    assert (code, sentence) == (NAME_NOT_RESOLVED, "some.test: the name was not resolved: too many open files")


def test_the_resolver_gets_octets(port: int) -> None:
    """A host as str makes getaddrinfo import the idna codec: 9 ms."""
    import subprocess

    program = (
        "import sys; from httpeek.net.dial import dial; from httpeek.net.stream import Deadline;"
        "from httpeek.model.target import parse; from httpeek.model.plan import DialPolicy;"
        f"dial(parse('http://localhost:{port}/'), DialPolicy('4'), Deadline(30), lambda fact: None);"
        "sys.exit('encodings.idna' in sys.modules or 'socket' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# -- --resolve, -4, -6


@linux
def test_several_addresses_for_a_name(port: int) -> None:
    facts, remote = run(f"http://api.test:{port}/", given("api.test", port, "127.0.0.9", "127.0.0.8", "127.0.0.1"))
    assert remote == f"127.0.0.1:{port}"
    assert facts[:-1] == [
        Resolved("api.test", ("127.0.0.9", "127.0.0.8", "127.0.0.1"), "--resolve"),
        Dialling(f"127.0.0.9:{port}"),
        DialFailed(f"127.0.0.9:{port}", "refused"),
        Dialling(f"127.0.0.8:{port}"),
        DialFailed(f"127.0.0.8:{port}", "refused"),
        Dialling(f"127.0.0.1:{port}"),
    ]


def test_a_star_is_any_host_of_that_port(port: int) -> None:
    _, remote = run(f"http://Any.Test:{port}/", given("*", port, "127.0.0.1"))
    assert remote == f"127.0.0.1:{port}"
    _, code, _ = fails("http://nosuch.invalid:1/", given("*", port, "127.0.0.1"))
    assert code == NAME_NOT_RESOLVED


def test_the_case_of_a_host_does_not_matter(port: int) -> None:
    assert run(f"http://API.test:{port}/", given("api.TEST", port, "127.0.0.1"))[1] == f"127.0.0.1:{port}"


@ipv6
def test_a_family_chooses_among_the_addresses_given() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        facts, remote = run(f"http://api.test:{port}/", given("api.test", port, "127.0.0.1", "::1", family="6"))
        assert (facts[0], remote) == (Resolved("api.test", ("::1",), "--resolve"), f"[::1]:{port}")
        assert run(f"http://[::1]:{port}/")[1] == remote


def test_no_address_of_the_family() -> None:
    _, code, sentence = fails("http://api.test/", given("api.test", 80, "127.0.0.1", family="6"))
    assert (code, sentence) == (NAME_NOT_RESOLVED, "--resolve gives api.test no IPv6 address (-6)")
    _, code, sentence = fails("http://127.0.0.1/", DialPolicy("6"))
    assert (code, sentence) == (NAME_NOT_RESOLVED, "127.0.0.1 is no IPv6 address (-6)")
    _, code, sentence = fails("http://[::1]/", DialPolicy("4"))
    assert (code, sentence) == (NAME_NOT_RESOLVED, "::1 is no IPv4 address (-4)")


def test_an_address_that_is_none() -> None:
    _, code, sentence = fails("http://api.test/", given("api.test", 80, "999.1.1.1"))
    assert (code, sentence) == (USAGE, '--resolve api.test:80:999.1.1.1: "999.1.1.1" is not an IP address')
    _, code, sentence = fails("http://999.1.1.1/")
    assert (code, sentence) == (NAME_NOT_RESOLVED, "999.1.1.1 is no address")


# -- happy eyeballs


def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[object] = [(socket.AF_INET6, 1, 6, "", (f"::{n}", 1, 0, 0)) for n in (1, 2, 3)]
    rows += [(socket.AF_INET, 1, 6, "", (f"127.0.0.{n}", 1)) for n in (1, 2)]
    monkeypatch.setattr("httpeek.net.dial.sockets.getaddrinfo", lambda *_: rows)
    monkeypatch.setattr("httpeek.net.dial._begin", lambda *_: (None, "refused"))
    facts, code, _ = fails("http://many.test:1/")
    assert code == NOT_CONNECTED
    tried = [fact.address for fact in facts if isinstance(fact, Dialling)]
    assert tried == ["[::1]:1", "127.0.0.1:1", "[::2]:1", "127.0.0.2:1", "[::3]:1"]


@linux
def test_the_next_address_is_tried_beside_one_that_does_not_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("httpeek.net.dial.ATTEMPT_DELAY", 0.01)
    with silent("127.0.0.7", port):
        facts, remote = run(f"http://api.test:{port}/", given("api.test", port, "127.0.0.7", "127.0.0.1"))
    assert remote == f"127.0.0.1:{port}"
    assert facts[1:4] == [
        Dialling(f"127.0.0.7:{port}"),
        Dialling(remote),
        DialFailed(f"127.0.0.7:{port}", "given up: another address answered first"),
    ]
    assert isinstance(facts[4], Connected)


@linux
def test_no_address_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("httpeek.net.dial.ATTEMPT_DELAY", 0.01)
    with silent("127.0.0.7") as port, silent("127.0.0.6", port):
        facts, code, sentence = fails(
            f"http://api.test:{port}/", given("api.test", port, "127.0.0.7", "127.0.0.6"), limit=0.1
        )
    assert code == TIMED_OUT
    assert sentence == f"127.0.0.7:{port} and 127.0.0.6:{port} did not answer within 0.1 s (--connect-timeout)"
    assert [fact for fact in facts if isinstance(fact, DialFailed)] == [
        DialFailed(f"127.0.0.7:{port}", "no answer"),
        DialFailed(f"127.0.0.6:{port}", "no answer"),
    ]


# -- no connection


def test_nothing_listens(port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        free = taken.getsockname()[1]
        facts, code, sentence = fails(f"http://127.0.0.1:{free}/")
    assert (code, sentence) == (NOT_CONNECTED, f"127.0.0.1:{free} refused the connection: nothing listens there")
    assert facts[-1] == DialFailed(f"127.0.0.1:{free}", "refused")


@linux
def test_nothing_listens_on_any_of_them() -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        free = taken.getsockname()[1]
        _, code, sentence = fails(f"http://a.test:{free}/", given("a.test", free, "127.0.0.1", "127.0.0.2"))
    assert code == NOT_CONNECTED
    assert sentence == (f"127.0.0.1:{free} and 127.0.0.2:{free} refused the connection: nothing listens there")


def test_reasons_that_differ_are_each_told(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = iter(["network unreachable", "no route to the host"])
    monkeypatch.setattr("httpeek.net.dial._begin", lambda *_: (None, next(reasons)))
    _, code, sentence = fails("http://a.test/", given("a.test", 80, "::1", "127.0.0.1"))
    assert code == NOT_CONNECTED
    assert sentence == "no connection to a.test: [::1]:80 network unreachable, 127.0.0.1:80 no route to the host"


def test_no_descriptor_is_left(port: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.open(os.devnull, os.O_RDONLY)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
    try:
        _, code, sentence = fails(f"http://127.0.0.1:{port}/")
        _, unix_code, unix_sentence = fails("http+unix://%2Ftmp%2Fx/")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (code, sentence) == (NOT_CONNECTED, f"no connection to 127.0.0.1:{port}: too many open files")
    assert (unix_code, unix_sentence) == (NOT_CONNECTED, "unix:/tmp/x cannot be used: too many open files")


# -- --interface


@linux
def test_a_local_address_is_used(port: int) -> None:
    facts, _ = run(f"http://127.0.0.1:{port}/", DialPolicy(interface="127.0.0.5"))
    connected = facts[-1]
    assert isinstance(connected, Connected)
    assert connected.local.startswith("127.0.0.5:")


@linux
def test_a_device_is_used(port: int) -> None:
    try:
        facts, _ = run(f"http://127.0.0.1:{port}/", DialPolicy(interface="lo"))
    except HttpeekError as error:
        assert "operation not permitted" in error.failure.sentence
        pytest.skip("this user may bind to no device")
    assert isinstance(facts[-1], Connected)


def test_a_local_address_leaves_its_own_family(port: int) -> None:
    both = given("a.test", port, "::1", "127.0.0.1")._replace(interface="127.0.0.1")
    facts, remote = run(f"http://a.test:{port}/", both)
    assert facts[0] == Resolved("a.test", ("127.0.0.1",), "--resolve")
    assert remote == f"127.0.0.1:{port}"
    _, code, sentence = fails(f"http://127.0.0.1:{port}/", DialPolicy("6", interface="127.0.0.1"))
    assert (code, sentence) == (USAGE, "--interface 127.0.0.1 is an IPv4 address, and -6 asks for the other")


def test_an_interface_that_is_none(port: int) -> None:
    _, code, sentence = fails(f"http://127.0.0.1:{port}/", DialPolicy(interface="192.0.2.1"))
    assert (code, sentence) == (USAGE, "--interface 192.0.2.1: cannot assign requested address")
    _, code, sentence = fails(f"http://127.0.0.1:{port}/", DialPolicy(interface="nosuch0"))
    assert code == USAGE and sentence.startswith("--interface nosuch0: ")


# -- unix sockets


def quoted(path: str) -> str:
    return path.replace("/", "%2F").replace("@", "%40")


def test_a_unix_socket_is_dialled(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        facts, remote = run(f"http+unix://{quoted(path)}/x")
    assert remote == f"unix:{path}"
    assert facts[0] == Dialling(remote)
    assert isinstance(facts[1], Connected) and facts[1].local == "unix:"


@linux
def test_an_abstract_socket_is_dialled() -> None:
    name = f"httpeek-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        assert run(f"http+unix://%40{name}/")[1] == f"unix:@{name}"


def test_unix_sockets_that_fail(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    _, code, sentence = fails(f"http+unix://{quoted(path)}/")
    assert (code, sentence) == (NOT_CONNECTED, f"unix:{path} cannot be used: no such socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        facts, code, sentence = fails(f"http+unix://{quoted(path)}/")
        assert (code, sentence) == (NOT_CONNECTED, f"unix:{path} refused the connection: nothing listens there")
        assert facts == [Dialling(f"unix:{path}"), DialFailed(f"unix:{path}", "refused")]
    long = "/" + "x" * 200
    _, code, sentence = fails(f"http+unix://{quoted(long)}/")
    assert code == NOT_CONNECTED and "too long" in sentence


@linux
def test_a_unix_socket_whose_queue_is_full(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as stack:
        listener.bind(path)
        listener.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                filler = stack.enter_context(socket.socket(socket.AF_UNIX))
                filler.setblocking(False)
                filler.connect(path)
        _, code, sentence = fails(f"http+unix://{quoted(path)}/")
    assert (code, sentence) == (NOT_CONNECTED, f"unix:{path} cannot be used: its queue of connections is full")
