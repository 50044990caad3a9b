"""Retry-After, to the letter (RFC 9110 section 10.2.3)."""

from __future__ import annotations

import time

import pytest

from httpeek.client.retry import retry_after
from httpeek.codec import dates
from httpeek.model.message import ResponseHead


def asked(value: str) -> float | None:
    return retry_after(ResponseHead(b"1.1", 503, b"", ((b"Retry-After", value.encode("latin-1")),)))


@pytest.mark.parametrize(
    ("value", "found"), [("0", 0.0), ("120", 120.0), ("", None), ("soon", None), ("-1", None), ("1.5", None)]
)
def test_retry_after_is_read_to_the_letter(value: str, found: float | None) -> None:
    assert asked(value) == found


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("form", ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"])
def test_each_form_of_a_date_is_utc_wherever_the_client_is(
    monkeypatch: pytest.MonkeyPatch, zone: str, form: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        seconds = asked(time.strftime(form, time.gmtime(time.time() + 600)))
        assert seconds is not None
        assert 0 < 600 - seconds < 60 or seconds == 600
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_in_the_past_is_no_pause() -> None:
    assert asked(dates.write(time.time() - 100)) == 0.0
