"""Dates written and read by the patterns of chrono; Python's datetime is the oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from httpeek.check.expect import calendar
from httpeek.check.expect.date_reading import parsed, rfc3339
from httpeek.check.expect.dates import PatternError, formatted
from httpeek.check.expect.values import Moment

SECOND = 1_000_000_000
WHEN = Moment(994_518_299 * SECOND + 26_490_000)  # 2001-07-07T15:04:59.02649Z
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
EPOCH = datetime(1970, 1, 1)


def moment(when: datetime) -> Moment:
    """A moment of Python's."""
    distance = when - EPOCH
    return Moment((distance.days * 86_400 + distance.seconds) * SECOND + distance.microseconds * 1000)


WRITTEN = {
    "%Y %C %y": "2001 20 01",
    "%q": "3",
    "%m %b %B %h": "07 Jul July Jul",
    "%d|%e": "07| 7",
    "%a %A %w %u": "Sat Saturday 6 6",
    "%U %W": "26 27",
    "%G %g %V": "2001 01 27",
    "%j": "188",
    "%D %x": "07/07/01 07/07/01",
    "%F": "2001-07-07",
    "%v": " 7-Jul-2001",
    "%H|%k|%I|%l": "15|15|03| 3",
    "%P %p": "pm PM",
    "%M %S": "04 59",
    "%f": "026490000",
    "%.f %.3f %.6f %.9f": ".026490 .026 .026490 .026490000",
    "%3f %6f %9f": "026 026490 026490000",
    "%R %T %X": "15:04 15:04:59 15:04:59",
    "%r": "03:04:59 PM",
    "%Z %z %:z %::z %:::z": "UTC +0000 +00:00 +00:00:00 +00",
    "%c": "Sat Jul  7 15:04:59 2001",
    "%+": "2001-07-07T15:04:59.026490+00:00",
    "%s": "994518299",
    "a%tb%nc%%": "a\tb\nc%",
    "%-d %_d %0e %-H": "7  7 07 15",
    "%-m/%_m/%-j": "7/ 7/188",
    "": "",
    "né": "né",
}


@pytest.mark.parametrize(("pattern", "text"), WRITTEN.items(), ids=[repr(pattern) for pattern in WRITTEN])
def test_a_date_is_written(pattern: str, text: str) -> None:
    assert formatted(WHEN, pattern) == text


@pytest.mark.parametrize("pattern", ["%", "%Q", "%-", "a%", "%.4f", "%-b", "%_z", "%:Y", "%é", "%E", "%#z"])
def test_an_unknown_specifier_is_a_mistake(pattern: str) -> None:
    with pytest.raises(PatternError):
        formatted(WHEN, pattern)


@pytest.mark.parametrize("pattern", ["%", "%Q", "%-b"])
def test_an_unknown_specifier_is_a_mistake_in_reading(pattern: str) -> None:
    with pytest.raises(PatternError):
        parsed("x", pattern)


READ: list[tuple[str, str, str | None]] = [
    ("%Y-%m-%d", "2020-08-27", "2020-08-27T00:00:00Z"),
    ("%F", "2020-8-7", "2020-08-07T00:00:00Z"),
    ("%d/%m/%y", "01/02/70", "1970-02-01T00:00:00Z"),
    ("%d/%m/%y", "01/02/69", "2069-02-01T00:00:00Z"),
    ("%Y-%j", "2020-366", "2020-12-31T00:00:00Z"),
    ("%Y-%j", "2021-366", None),
    ("%G-W%V-%u", "2020-W53-7", "2021-01-03T00:00:00Z"),
    ("%G-W%V-%u", "2021-W53-1", None),
    ("%Y %U %w", "2001 26 6", "2001-07-07T00:00:00Z"),
    ("%Y %W %u", "2001 27 6", "2001-07-07T00:00:00Z"),
    ("%a, %d %b %Y %H:%M:%S GMT", "Wed, 21 Oct 2015 07:28:00 GMT", "2015-10-21T07:28:00Z"),
    ("%a, %d %b %Y %H:%M:%S GMT", "wed, 21 OCT 2015 07:28:00 GMT", "2015-10-21T07:28:00Z"),
    ("%a, %d %b %Y %H:%M:%S GMT", "Tue, 21 Oct 2015 07:28:00 GMT", None),
    ("%A %d %B %Y", "Wednesday 21 October 2015", "2015-10-21T00:00:00Z"),
    ("%A %d %B %Y", "Wed 21 Oct 2015", "2015-10-21T00:00:00Z"),
    ("%a %d %b %Y", "Wednesday 21 October 2015", None),
    ("%Y-%m-%d %H:%M:%S", "2020-08-27   09:07:46", "2020-08-27T09:07:46Z"),
    ("%Y-%m-%d %H:%M:%S", "2020-08-2709:07:46", "2020-08-27T09:07:46Z"),
    ("%Y-%m-%d%H:%M", "2020-08-27 09:07", "2020-08-27T09:07:00Z"),
    ("%Y-%m-%d %I:%M %p", "2020-08-27 12:07 AM", "2020-08-27T00:07:00Z"),
    ("%Y-%m-%d %I:%M %p", "2020-08-27 12:07 pm", "2020-08-27T12:07:00Z"),
    ("%Y-%m-%d %I:%M", "2020-08-27 11:07", None),
    ("%Y-%m-%d %H", "2020-08-27 11", None),
    ("%Y-%m-%d %H:%M %z", "2020-08-27 11:00 +0130", "2020-08-27T09:30:00Z"),
    ("%Y-%m-%d %H:%M %z", "2020-08-27 11:00 -01:30", "2020-08-27T12:30:00Z"),
    ("%Y-%m-%d %H:%M %:z", "2020-08-27 11:00 +01:30", "2020-08-27T09:30:00Z"),
    ("%Y-%m-%d %H:%M %z", "2020-08-27 11:00 Z", None),
    ("%Y-%m-%d %H:%M %#z", "2020-08-27 11:00 Z", "2020-08-27T11:00:00Z"),
    ("%Y-%m-%d %H:%M %#z", "2020-08-27 11:00 +01", "2020-08-27T10:00:00Z"),
    ("%Y-%m-%d %H:%M %Z", "2020-08-27 11:00 CEST", "2020-08-27T11:00:00Z"),
    ("%Y-%m-%dT%H:%M:%S%.fZ", "2023-01-23T18:25:43.511Z", "2023-01-23T18:25:43.511Z"),
    ("%Y-%m-%dT%H:%M:%S%.fZ", "2023-01-23T18:25:43Z", "2023-01-23T18:25:43Z"),
    ("%Y-%m-%dT%H:%M:%S%.3f", "2023-01-23T18:25:43.5", "2023-01-23T18:25:43.5Z"),
    ("%Y%m%d%H%M%S%3f", "20230123182543511", "2023-01-23T18:25:43.511Z"),
    ("%Y-%m-%d %H:%M:%S.%f", "2023-01-23 18:25:43.000000005", "2023-01-23T18:25:43.000000005Z"),
    ("%s", "1598512066", "2020-08-27T07:07:46Z"),
    ("%s", "-1", "1969-12-31T23:59:59Z"),
    ("%+", "2023-01-23T18:25:43.511Z", "2023-01-23T18:25:43.511Z"),
    ("%+", "2023-01-23T18:25:43+02:00", "2023-01-23T16:25:43Z"),
    ("%+", "2023-01-23T18:25:43", None),
    ("%d %m %d", "1 1 2", None),
    ("%Y-%m-%d", "2021-02-29", None),
    ("%Y-%m-%d", "2021-13-01", None),
    ("%Y-%m-%d", "2021-02-01 ", None),
    ("%Y-%m-%d", "", None),
    ("%m-%d", "02-01", None),
    ("%H:%M", "11:00", None),
    ("%Y-%m-%d %H:%M", "2021-02-01 24:00", None),
    ("%Y-%m-%d %H:%M", "2021-02-01 23:60", None),
    ("%F %j", "2020-08-27 240", "2020-08-27T00:00:00Z"),
    ("%F %j", "2020-08-27 241", None),
    ("%F week %V", "2020-08-27 week 34", None),
    ("%m-%Y-%d", "01-2020-02", "2020-01-02T00:00:00Z"),
    ("%Y%m%d", "20200827", "2020-08-27T00:00:00Z"),
    ("100%% %F", "100% 2020-08-27", "2020-08-27T00:00:00Z"),
]


@pytest.mark.parametrize(("pattern", "text", "wanted"), READ, ids=[f"{row[0]} {row[1]}" for row in READ])
def test_a_date_is_read(pattern: str, text: str, wanted: str | None) -> None:
    assert parsed(text, pattern) == (None if wanted is None else rfc3339(wanted))


@given(MOMENTS)
@example(datetime(1, 1, 1))
@example(datetime(2000, 2, 29, 23, 59, 59, 999_999))
@example(datetime(1969, 12, 31, 23, 59, 59))
def test_dates_are_those_of_datetime(when: datetime) -> None:
    found = moment(when)
    assert found.said == f"{when.isoformat(timespec='microseconds')}Z"
    for pattern in ("%j", "%U", "%W", "%V", "%a", "%d", "%H", "%I", "%p", "%w", "%u"):
        assert formatted(found, pattern) == when.strftime(pattern)
    assert calendar.iso_week(calendar.day_number(when.year, when.month, when.day)) == when.isocalendar()[:2]


@given(MOMENTS, st.integers(-1439, 1439))
def test_what_is_written_is_read(when: datetime, minutes: int) -> None:
    found = moment(when)
    for pattern in (
        "%+",
        "%Y-%m-%d %H:%M:%S%.f",
        "%d.%m.%Y %I:%M:%S%.6f %p",
        "%G %V %u %T%.f",
        "%Y %j %T%.9f",
        "%Y %U %a %T%.f",
        "%Y %W %A %T %9f",
        "%A, %e %B %Y %T%.f %z",
    ):
        assert parsed(formatted(found, pattern), pattern) == found
    if 1 < when.year < 9999:
        sign, size = ("-", -minutes) if minutes < 0 else ("+", minutes)
        offset = f"{sign}{size // 60:02}:{size % 60:02}"
        there = when + timedelta(minutes=minutes)
        assert rfc3339(f"{there.isoformat(timespec='microseconds')}{offset}") == found


@given(st.integers(-(10**7), 10**7))
def test_the_calendar_is_its_own_inverse(number: int) -> None:
    year, month, day = calendar.date(number)
    assert calendar.day_number(year, month, day) == number
    assert 1 <= day <= calendar.days_in(year, month)


@given(st.text(alphabet="0123456789-:.TtZz+ ", max_size=40))
def test_rfc3339_reads_no_more_than_there_is(text: str) -> None:
    found = rfc3339(text)
    if found is not None:
        assert len(text) >= 20


@given(st.text(max_size=30), st.text(alphabet="%YmdHMSfzpaAbBjUWGVuw.:#39 -+", max_size=20))
def test_no_text_and_no_pattern_is_too_odd(text: str, pattern: str) -> None:
    try:
        parsed(text, pattern)
        formatted(WHEN, pattern)
    except PatternError:
        pass


def test_today_is_today() -> None:
    now = datetime.now(UTC)
    number = calendar.day_number(now.year, now.month, now.day)
    assert number == (now.date() - date(1970, 1, 1)).days
