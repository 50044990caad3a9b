"""Small files that wait for the disk beside the next ones: the same names, the same octets, the same order."""

from __future__ import annotations

import os
from typing import NamedTuple

import pytest

from httpeek.download import syncing
from tests.download.conftest import Quick
from tests.download.origin import Origin, Request, Turn

COUNT = 3 * syncing.FEW
WHOLE = bytes(range(256)) * 4


class Disk(NamedTuple):
    synced: list[int]
    threads: set[int]


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Every fsync counts as a slow one, whatever it takes."""
    from _thread import get_ident

    disk = Disk([], set())
    real = os.fsync

    def fsync(descriptor: int) -> None:
        disk.synced.append(os.fstat(descriptor).st_size)
        disk.threads.add(get_ident())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(syncing, "SLOW", -1)
    return disk


def urls(origin: Origin, *names: str) -> list[str]:
    return [f"{origin.url}/{name}" for name in names]


def test_each_file_is_synced_once_and_some_beside_others(download: Quick, slow_disk: Disk) -> None:
    names = [f"f{number}" for number in range(COUNT)]
    with Origin(WHOLE) as origin:
        assert download(*urls(origin, *names)).code == 0
    assert sorted(download.names()) == sorted(names)
    assert all((download.home / name).read_bytes() == WHOLE for name in names)
    assert slow_disk.synced.count(len(WHOLE)) == COUNT
    assert len(slow_disk.threads) > 1


def test_equal_names_are_given_in_the_order_of_the_urls(download: Quick, slow_disk: Disk) -> None:
    turns = [Turn(fields=(f"X-Number: {number}",)) for number in range(COUNT)]
    contents = iter(range(COUNT))

    def choose(request: Request) -> Turn | None:
        origin.content = b"%03d" % next(contents)
        return turns[0]

    with Origin(WHOLE) as origin:
        origin.choose = choose
        assert download(*urls(origin, *(f"{number}/same" for number in range(COUNT)))).code == 0
    expected = {("same" if number == 0 else f"same-{number}"): b"%03d" % number for number in range(COUNT)}
    assert {name: (download.home / name).read_bytes() for name in download.names()} == expected


def test_a_failure_between_files_that_wait_ends_no_other(download: Quick, slow_disk: Disk) -> None:
    def choose(request: Request) -> Turn | None:
        return Turn(status=404) if request.target == "/missing" else None

    names = [f"f{number}" for number in range(COUNT)]
    names[-2] = "missing"
    with Origin(WHOLE) as origin:
        origin.choose = choose
        result = download(*urls(origin, *names))
    assert result.code == 4
    assert sorted(download.names()) == sorted(set(names) - {"missing"})


def test_where_a_file_that_waits_cannot_be_synced_it_goes_the_usual_way(
    download: Quick, slow_disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    failed: list[int] = []

    def fsync(descriptor: int) -> None:
        if len(failed) < 5 and os.readlink(f"/proc/self/fd/{descriptor}").endswith(" (deleted)"):
            failed.append(descriptor)
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    names = [f"f{number}" for number in range(COUNT)]
    with Origin(WHOLE) as origin:
        assert download(*urls(origin, *names)).code == 0
    assert len(failed) == 5
    assert sorted(download.names()) == sorted(names)


def test_what_exists_already_is_looked_at_when_its_turn_comes(download: Quick, slow_disk: Disk) -> None:
    with Origin(WHOLE) as origin:
        assert download("--skip-existing", *urls(origin, *["same"] * COUNT)).code == 0
        assert len(origin.requests) == 1
    assert download.names() == ["same"]
