"""The Gregorian calendar in integers: days, weeks and times of UTC, for years of any number of digits.

Rules: day 0 is 1970-01-01; there are no leap seconds. Python's `datetime` is not needed: importing it takes longer than
any expectation, and it knows no year above 9999. The algorithms are those of H. Hinnant, "chrono-Compatible Low-Level
Date Algorithms".
"""

from __future__ import annotations

SECOND = 1_000_000_000
DAY = 86_400 * SECOND

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """True for a year of 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year: int, month: int) -> int:
    """How many days a month (from 1) has."""
    return 29 if month == 2 and is_leap(year) else _DAYS[month - 1]


def day_number(year: int, month: int, day: int) -> int:
    """The days from 1970-01-01 to a date."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def date(number: int) -> tuple[int, int, int]:
    """The year, month and day of a number of days since 1970-01-01."""
    era, of_era = divmod(number + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def weekday(number: int) -> int:
    """The day of the week of a number of days since 1970-01-01: 0 for Monday."""
    return (number + 3) % 7


def of_year(number: int) -> int:
    """The day of its year, from 1."""
    return number - day_number(date(number)[0], 1, 1) + 1


def iso_week(number: int) -> tuple[int, int]:
    """The year and the week (from 1) by ISO 8601: a week belongs to the year of its Thursday."""
    thursday = number - weekday(number) + 3
    return date(thursday)[0], (of_year(thursday) - 1) // 7 + 1


def iso_day_number(year: int, week: int, day: int) -> int:
    """The days from 1970-01-01 to a day (0 for Monday) of a week of a year by ISO 8601."""
    fourth = day_number(year, 1, 4)
    return fourth - weekday(fourth) + (week - 1) * 7 + day


def written(nanoseconds: int) -> str:
    """A moment as RFC 3339 writes it, with microseconds."""
    days, rest = divmod(nanoseconds, DAY)
    year, month, day = date(days)
    seconds, part = divmod(rest, SECOND)
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{part // 1000:06}Z"
