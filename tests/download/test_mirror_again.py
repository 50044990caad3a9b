"""A mirror that was interrupted, by a signal or by a server, and the next run that finishes it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.download.origin import Request, octets
from tests.download.processes import Forks
from tests.download.sites import Page, Site, html
from tests.download.test_mirror import a, files
from tests.support import LIMIT

BIG = octets(300_000)


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    home = tmp_path / "home"
    home.mkdir()
    made = Forks(home)
    yield made
    made.close()


def _big(stuck: threading.Event, go_on: threading.Event) -> object:
    """A file of which the first answer stops in the middle, and that is served in ranges."""

    def answer(request: Request) -> Page:
        begin = int(request.fields.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if not go_on.is_set():
            stuck.set()
            assert go_on.wait(LIMIT)
        if begin:
            said = f"Content-Range: bytes {begin}-{len(BIG) - 1}/{len(BIG)}"
            return Page(BIG[begin:], "application/x", 206, ('ETag: "b"', said))
        return Page(BIG, "application/x", 200, ('ETag: "b"',))

    return answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("convert", [(), ("--convert-links",)])
def test_a_mirror_that_was_ended_is_finished(forks: Forks, number: int, convert: tuple[str, ...]) -> None:
    stuck, go_on = threading.Event(), threading.Event()
    pages = {"/": html(a("p", "big", "q"), ETag='"i"'), "/p": html(a("r"), ETag='"p"'), "/q": html("Q", ETag='"q"')}
    with Site({**pages, "/r": html("R", ETag='"r"')}) as site:
        site.pages["/big"] = _big(stuck, go_on)  # type: ignore[assignment]  # it answers with a page
        pid = forks.start("-r", *convert, site.url)
        assert stuck.wait(LIMIT)
        os.kill(pid, number)
        code = forks.wait()
        assert code in (130, -signal.SIGTERM, -signal.SIGKILL)
        go_on.set()
        whole = set(files(forks.home))
        assert {"index.html", "p"} <= whole and "q" not in whole
        site.requests.clear()
        assert forks.run("-r", "-c", *convert, site.url) == 0
    found = files(forks.home)
    assert found["big"] == BIG and found["r"] == b"R"
    assert found["index.html"] == a("p", "big", "q").encode()
    again = {request.target: request.fields for request in site.requests}
    assert "if-none-match" in again["/"] and "if-none-match" in again["/p"]


def test_a_part_of_a_mirror_is_gone_on_with(forks: Forks) -> None:
    half = {"first": True}

    def answer(request: Request) -> Page:
        begin = int(request.fields.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if half.pop("first", False):
            return Page(BIG[:100_000], "application/x", 200, ('ETag: "b"', f"Content-Length: {len(BIG)}"))
        said = f"Content-Range: bytes {begin}-{len(BIG) - 1}/{len(BIG)}"
        return Page(BIG[begin:], "application/x", 206 if begin else 200, ('ETag: "b"', said) if begin else ())

    with Site({"/": a("d/big"), "/d/big": answer}) as site:
        assert forks.run("-r", "--retry", "0", site.url) == 18
        assert forks.run("-r", site.url) == 0
    assert files(forks.home)["d/big"] == BIG
    assert site.requests[-1].fields["range"].startswith("bytes=")


def test_a_journal_that_lies_is_not_believed(forks: Forks) -> None:
    with Site({"/": html(a("p"), ETag='"i"'), "/p": html("P", ETag='"p"')}) as site:
        assert forks.run("-r", site.url) == 0
        (journal,) = forks.home.rglob("*.jsonl")
        assert journal.stat().st_mode & 0o777 == 0o600
        journal.write_bytes(journal.read_bytes().replace(f"{site.root}/p".encode(), b"../../evil") + b"[1, 2\n\0\n")
        (forks.home / site.root / "p").write_bytes(b"another")
        assert forks.run("-r", "-N", site.url) == 0
    assert files(forks.home)["p"] == b"P"
    assert not (forks.home.parent.parent / "evil").exists()


def test_a_journal_that_cannot_be_kept_is_a_note(forks: Forks) -> None:
    (forks.home / "state").write_text("a file")
    with Site({"/": a("p"), "/p": "P"}) as site:
        assert forks.run("-r", site.url) == 0
    assert "kept in mind" in forks.said()
    assert set(files(forks.home)) >= {"index.html", "p"}


def test_overwrite_and_skip_existing(forks: Forks) -> None:
    with Site({"/": a("p"), "/p": "P"}) as site:
        mine = forks.home / site.root / "p"
        mine.parent.mkdir()
        mine.write_text("mine")
        assert forks.run("-r", site.url) == 0 and mine.read_text() == "mine"
        assert forks.run("-r", "--skip-existing", site.url) == 0 and mine.read_text() == "mine"
        assert forks.run("-r", "--overwrite", site.url) == 0 and mine.read_text() == "P"
