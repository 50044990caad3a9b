"""Every download fault of the catalogue, met by a first download and by one that goes on with 600 of 1,000 octets.

Judged by the octets of the files: a file that has its final name is the server's, or it is not there; and where
nothing may be added what was there stays as it was.
"""

from __future__ import annotations

import pytest

from httpeek.server.faults.downloads import DOWNLOADS, WHOLE
from tests.download.origin import CUT, Origin, Turn
from tests.support import Program

ROWS = {
    # fault: (exit code of a first download, of one that goes on)
    "range-lie": (0, 8),
    "range-wrong-start": (0, 8),
    "range-wrong-total": (0, 8),
    "range-longer": (0, 8),
    "range-syntax": (0, 8),
    "range-unit": (0, 8),
    "range-unnamed": (0, 8),
    "range-multipart": (0, 8),
    "range-refused": (0, 4),
    "range-weak": (0, 8),
    "range-of-gzip": (0, 8),
    "range-ignored": (0, 0),
    "range-unasked": (8, 8),
    "etag-changes": (0, 8),
    "etag-stays": (0, 8),
    "download-short": (18, 18),
    "digest-wrong": (10, 10),
    "md5-wrong": (0, 0),
    "name-outside": (0, 0),
}


def test_every_download_fault_has_a_row() -> None:
    assert set(ROWS) == {fault.name for fault in DOWNLOADS}


@pytest.mark.parametrize("fault", sorted(ROWS))
def test_a_first_download_has_the_whole_file_or_none(httpeek: Program, companion: str, fault: str) -> None:
    result = httpeek("download", "--retry=0", "-o", "file", f"{companion}/fault/{fault}")
    assert result.code == ROWS[fault][0], result.err
    final = httpeek.home / "file"
    assert final.exists() == (result.code == 0)
    if result.code == 0:
        assert final.read_bytes() == WHOLE
        assert not list(httpeek.home.glob("*.part*"))


@pytest.mark.parametrize("fault", sorted(ROWS))
def test_what_is_there_is_gone_on_with_safely_or_stays_as_it_is(httpeek: Program, companion: str, fault: str) -> None:
    with Origin(WHOLE, Turn(600, CUT), etag='"a"', modified="") as origin:
        assert httpeek("download", "--retry=0", "-o", "file", origin.url).code == 18
    part = httpeek.home / "file.part"
    assert part.read_bytes() == WHOLE[:600]
    result = httpeek("download", "-c", "--retry=0", "-o", "file", f"{companion}/fault/{fault}")
    assert result.code == ROWS[fault][1], result.err
    final = httpeek.home / "file"
    assert final.exists() == (result.code == 0)
    if result.code == 0:
        assert final.read_bytes() == WHOLE
    elif result.code == 10:
        assert part.read_bytes() == WHOLE  # whole, but not what was said of it: nobody goes on with it
    else:
        assert part.read_bytes() == WHOLE[:600]


@pytest.mark.parametrize("fault", sorted(ROWS))
def test_an_attempt_after_one_that_was_cut_is_as_careful(httpeek: Program, companion: str, fault: str) -> None:
    """The same within one command: the first attempt is cut by the origin, the second is the fault's, by a redirect."""
    where = f"Location: {companion}/fault/{fault}"
    redirect = Turn(instead=f"HTTP/1.1 307 Over There\r\n{where}\r\nContent-Length: 0\r\n\r\n".encode())
    again = [redirect] * 4
    with Origin(WHOLE, Turn(600, CUT), *again, etag='"a"', modified="") as origin:
        result = httpeek("download", "--retry=1", "--retry-delay=0", "-o", "file", origin.url)
    assert result.code == ROWS[fault][1], result.err
    assert (httpeek.home / "file").exists() == (result.code == 0)
    if result.code not in (0, 10):
        assert (httpeek.home / "file.part").read_bytes() == WHOLE[:600]


def test_a_name_that_leads_out_stays_in_the_directory(httpeek: Program, companion: str) -> None:
    assert httpeek("download", f"{companion}/fault/name-outside").code == 0
    assert (httpeek.home / "httpeek-was-here").read_bytes() == WHOLE
    assert not (httpeek.home.parent / "httpeek-was-here").exists()
    assert not (httpeek.home.parent.parent / "httpeek-was-here").exists()
