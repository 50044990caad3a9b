"""Signals at any moment: every octet that was received is kept, and the next command ends with the same file."""

from __future__ import annotations

import os
import random
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from httpeek.net.stream import Pump, SocketStream
from tests.download.conftest import Quick
from tests.download.origin import HOLD, Origin, Turn, octets
from tests.download.processes import Forks
from tests.support import LIMIT

WHOLE = octets(3_000_000)


@pytest.fixture(scope="module")
def peek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    home = tmp_path_factory.mktemp("signals") / "home"
    home.mkdir()
    forks = Forks(home)
    yield forks
    forks.close()


def signalling(pids: Queue[int], number: signal.Signals) -> Callable[[socket.socket], None]:
    """Sends the signal to the process, then says nothing more."""

    def end(sock: socket.socket) -> None:
        os.kill(pids.get(timeout=LIMIT), number)
        HOLD(sock)

    return end


def clean(home: Path) -> None:
    for path in home.iterdir():
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("rate", [False, True])
def test_a_signal_at_any_octet_loses_nothing(peek: Forks, number: signal.Signals, rate: bool) -> None:
    """25 seeds for each: the origin sends the signal itself, between two octets of a chosen place."""
    for seed in range(25):
        clean(peek.home)
        chance = random.Random(f"{number} {rate} {seed}")
        at = chance.randrange(1, len(WHOLE))
        pids: Queue[int] = Queue()
        with Origin(WHOLE) as origin:
            origin.turns.append(Turn(at, signalling(pids, number)))
            # A rate that is never reached, so that octets go through Python and not through the kernel alone.
            words = ["--limit-rate=10GiB"] if rate else []
            pids.put(peek.start(*words, f"{origin.url}/file"))
            code = peek.wait()
            assert code == (130 if number == signal.SIGINT else -number), peek.said()
            assert not (peek.home / "file").exists()
            part = peek.home / "file.part"
            kept = part.read_bytes() if part.exists() else b""
            assert kept == WHOLE[: len(kept)]
            assert peek.run(f"{origin.url}/file") == 0, peek.said()
            if len(kept) > 1:
                assert "range" in origin.requests[-1].fields
        assert (peek.home / "file").read_bytes() == WHOLE
        assert not list(peek.home.glob("file.*"))


def test_sigint_says_how_to_go_on(peek: Forks) -> None:
    clean(peek.home)
    peek.said()
    with Origin(WHOLE) as origin:
        url = f"{origin.url}/file"
        origin.turns.append(Turn(2_000_000, HOLD))
        pid = peek.start(url)
        wait_for(peek.home / "file.part", 2_000_000)
        os.kill(pid, signal.SIGINT)
        assert peek.wait() == 130
    said = peek.said()
    assert (peek.home / "file.part").read_bytes() == WHOLE[:2_000_000]
    assert "httpeek: (130) stopped at 1.9 of 2.9 MiB, kept file.part; go on with:\n" in said
    assert f"  httpeek download -c {url}\n" in said


def wait_for(path: Path, size: int) -> None:
    """Waits until a file has its size, watched by the kernel (inotify(7))."""
    import ctypes
    import select

    libc = ctypes.CDLL(None)
    watch = libc.inotify_init()
    libc.inotify_add_watch(watch, os.fsencode(path.parent), 0x102)  # IN_CREATE | IN_MODIFY
    try:
        while not path.exists() or path.stat().st_size < size:
            assert select.select([watch], [], [], 30)[0]
            os.read(watch, 65536)
    finally:
        os.close(watch)


def test_a_signal_while_it_waits_before_another_attempt_ends_it(peek: Forks) -> None:
    clean(peek.home)
    pids: Queue[int] = Queue()
    with Origin(WHOLE) as origin:
        origin.turns.append(Turn(status=503, fields=("Retry-After: 600",)))
        origin.turns[0] = origin.turns[0]._replace(before=lambda: os.kill(pids.get(timeout=LIMIT), signal.SIGTERM))
        pids.put(peek.start(f"{origin.url}/file"))
        assert peek.wait() == -signal.SIGTERM


def test_workers_end_together_and_keep_what_they_have(peek: Forks) -> None:
    clean(peek.home)
    with Origin(WHOLE, *[Turn(1_000_000, HOLD)] * 3) as origin:
        urls = [f"{origin.url}/{name}" for name in "abc"]
        pid = peek.start("--jobs=3", *urls)
        for name in "abc":
            wait_for(peek.home / f"{name}.part", 1_000_000)
        os.kill(pid, signal.SIGINT)
        assert peek.wait() == 130
        assert sorted(p.name for p in peek.home.glob("*.part")) == ["a.part", "b.part", "c.part"]
        assert peek.run("--jobs=3", *urls) == 0, peek.said()
    for name in "abc":
        assert (peek.home / name).read_bytes() == WHOLE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGALRM])
def test_octets_between_the_socket_and_the_file_are_written_first(
    download: Quick, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """The signal comes while a piece has been received and not been written yet: the worst moment there is. SIGALRM is
    our own and ends nothing."""
    received: list[bytes] = []
    usual = SocketStream.receive

    def receive(stream: SocketStream) -> bytes | None:
        data = usual(stream)
        if data and len(received) == 3:
            signal.raise_signal(number)
        if data:
            received.append(data)
        return data

    monkeypatch.setattr(SocketStream, "receive", receive)
    with Origin(WHOLE) as origin:
        if number == signal.SIGINT:
            origin.turns.append(Turn(2_500_000, HOLD))
        code = download("--limit-rate=10GiB", f"{origin.url}/f").code
    got = b"".join(received).partition(b"\r\n\r\n")[2]
    assert len(received) >= 4
    assert code == (130 if number == signal.SIGINT else 0)
    assert (download.home / ("f.part" if code else "f")).read_bytes() == got


def test_a_signal_just_before_a_wait_begins_is_not_overlooked(download: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter looks for signals between two steps of its own: one that comes behind the last look and before
    poll(2) does not interrupt that wait. Here another thread has the signal, so that poll never sees it."""
    sent: list[bool] = []
    usual = Pump.wait

    def wait(pump: Pump, wanted: int, timeout: float | None, *more: int) -> int:
        if origin.requests and not sent:
            sent.append(True)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            os.kill(os.getpid(), signal.SIGINT)
        return usual(pump, wanted, timeout, *more)

    monkeypatch.setattr(Pump, "wait", wait)
    with Origin(WHOLE, Turn(1000, HOLD)) as origin:
        try:
            assert download(f"{origin.url}/f").code == 130
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_waits_for_its_turn_is_written_when_everything_ends(peek: Forks, number: signal.Signals) -> None:
    """At this rate the octets that have arrived would take a minute and a half."""
    clean(peek.home)
    content = octets(1_000_000)
    with Origin(content, Turn(100_000, HOLD)) as origin:
        pid = peek.start("--limit-rate=1K", f"{origin.url}/file")
        wait_for(peek.home / "file.part", 1)
        os.kill(pid, number)
        assert peek.wait() == (130 if number == signal.SIGINT else -number)
    kept = (peek.home / "file.part").read_bytes()
    assert len(kept) > 10_000
    assert kept == content[: len(kept)]
