"""What is tried again, when, and what is not."""

from __future__ import annotations

import time

import pytest

from httpeek.codec import dates
from tests.download.conftest import Quick
from tests.download.origin import CUT, HOLD, RESET, Origin, Turn, octets
from tests.support import Program

WHOLE = octets(50_000)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(download: Quick, status: int) -> None:
    with Origin(WHOLE, Turn(status=status), Turn(status=status)) as origin:
        assert download(f"{origin.url}/f").code == 0
        assert len(origin.requests) == 3
    assert (download.home / "f").read_bytes() == WHOLE


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 451, 501, 505])
def test_a_status_that_stays_is_not_tried_again(download: Quick, status: int) -> None:
    with Origin(WHOLE, Turn(status=status)) as origin:
        assert download(f"{origin.url}/f").code == status // 100
        assert len(origin.requests) == 1
    assert download.names() == []


@pytest.mark.parametrize("end", [CUT, RESET])
@pytest.mark.parametrize("at", [0, 1, 49_999])
def test_a_connection_that_breaks_is_tried_again(download: Quick, end: object, at: int) -> None:
    with Origin(WHOLE, Turn(at, end)) as origin:  # type: ignore[arg-type]  # a parameter of two
        assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == WHOLE


def test_silence_is_tried_again(download: Quick) -> None:
    with Origin(WHOLE, Turn(20_000, HOLD)) as origin:
        assert download("--timeout=200ms", f"{origin.url}/f").code == 0
        assert "range" in origin.requests[-1].fields
    assert (download.home / "f").read_bytes() == WHOLE


def test_so_many_attempts_and_no_more(download: Quick) -> None:
    with Origin(WHOLE, *[Turn(status=503)] * 9) as origin:
        assert download("--retry=3", f"{origin.url}/f").code == 5
        assert len(origin.requests) == 4
    with Origin(WHOLE, Turn(status=503)) as origin:
        assert download("--retry=0", f"{origin.url}/f").code == 5
        assert len(origin.requests) == 1


def test_an_attempt_that_brought_octets_does_not_count(download: Quick) -> None:
    turns = [Turn(20_000, CUT), *[Turn(12_000, CUT)] * 8]
    with Origin(WHOLE, *turns) as origin:
        assert download("--retry=1", f"{origin.url}/f").code == 0
        assert len(origin.requests) > 3


def test_retry_after_in_either_form_is_kept(download: Quick) -> None:
    with Origin(WHOLE, Turn(status=503, fields=("Retry-After: 0",))) as origin:
        assert download("--retry-delay=99", f"{origin.url}/f").code == 0
    past = dates.write(time.time() - 100)
    with Origin(WHOLE, Turn(status=429, fields=(f"Retry-After: {past}",))) as origin:
        assert download("--retry-delay=99", f"{origin.url}/g").code == 0


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_pause_past_the_end_is_not_waited_for(download: Quick, form: str) -> None:
    said = "600" if form == "seconds" else dates.write(time.time() + 600)
    with Origin(WHOLE, Turn(status=503, fields=(f"Retry-After: {said}",))) as origin:
        result = download("--max-time=30", f"{origin.url}/f")
        assert len(origin.requests) == 1
    assert result.code == 5
    assert "--max-time" in result.err


def test_a_server_that_asks_for_days_is_not_waited_for(download: Quick) -> None:
    with Origin(WHOLE, Turn(status=503, fields=("Retry-After: 86400",))) as origin:
        assert download(f"{origin.url}/f").code == 5


def test_max_time_is_for_all_attempts(httpeek: Program) -> None:
    with Origin(WHOLE, *[Turn(1000, HOLD)] * 50) as origin:
        result = httpeek("download", "--max-time=1", "--timeout=300ms", "--retry-delay=0", f"{origin.url}/f")
    assert result.code == 28
    kept = (httpeek.home / "f.part").read_bytes()
    assert kept and kept == WHOLE[: len(kept)]
