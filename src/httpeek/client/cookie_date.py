"""The date of an Expires attribute, as sloppy as servers write it (RFC 6265bis section 5.1.1)."""

from __future__ import annotations

_DELIMITERS = frozenset([0x09, *range(0x20, 0x30), *range(0x3B, 0x41), *range(0x5B, 0x61), *range(0x7B, 0x7F)])
"""The characters between the parts of a date, by number."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def seconds(text: str) -> int | None:
    """The date in seconds since 1970; None where it is none. The time zone is always UTC."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for part in _parts(text):
        if time is None and (found := _time(part)) is not None:
            time = found
        elif day is None and (number := _number(part, 1, 2)) is not None:
            day = number
        elif month is None and part[:3].lower() in _MONTHS:
            month = _MONTHS.index(part[:3].lower()) + 1
        elif year is None and (number := _number(part, 2, 4)) is not None:
            year = number + (1900 if 70 <= number <= 99 else 2000 if number <= 69 else 0)
    if time is None or day is None or month is None or year is None:
        return None
    if not 1 <= day <= _DAYS[month - 1] or (month == 2 and day == 29 and not _is_leap(year)) or year < 1601:
        return None
    if time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    from calendar import timegm

    return timegm((year, month, day, *time))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _parts(text: str) -> list[str]:
    return "".join(" " if ord(c) in _DELIMITERS else c for c in text).split(" ")


def _number(part: str, least: int, most: int) -> int | None:
    """The digits that a part begins with, if there are so many, and no digit behind them."""
    digits = 0
    while digits < len(part) and part[digits] in "0123456789":
        digits += 1
    return int(part[:digits]) if least <= digits <= most else None


def _time(part: str) -> tuple[int, int, int] | None:
    """hh:mm:ss, each of one or two digits; more may stand behind it."""
    fields = part.split(":", 3)
    if len(fields) < 3:
        return None
    exact = all(field.isascii() and field.isdigit() for field in fields[:2])
    hours, minutes, secs = (_number(field, 1, 2) for field in fields[:3])
    if not exact or hours is None or minutes is None or secs is None:
        return None
    return hours, minutes, secs
