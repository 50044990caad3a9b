"""HTTP dates in their three forms (RFC 9110 section 5.6.7), as seconds since 1970.

Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate, the one to send
Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
Sun Nov  6 08:49:37 1994          asctime
"""

from __future__ import annotations

from time import gmtime, time

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {name.lower(): number for number, name in enumerate(MONTHS, 1)}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def read(value: str) -> int | None:
    """The moment, or None for what is no date."""
    words = value.replace(",", " ").replace("-", " ").split()
    if len(words) == 6 and words[5] in ("GMT", "UTC"):
        _, day, month, year, clock, _ = words
    elif len(words) == 5:
        _, month, day, clock, year = words
    else:
        return None
    parts = clock.split(":")
    numbers = [day, year, *parts]
    if len(parts) != 3 or not all(n.isascii() and n.isdigit() and len(n) <= 4 for n in numbers):
        return None
    number = _NUMBERS.get(month.lower())
    hour, minute, second = map(int, parts)
    if number is None or not 1 <= int(day) <= 31 or hour > 23 or minute > 59 or second > 60:
        return None
    from calendar import timegm  # it loads datetime, which who only writes dates has no need of

    return timegm((_century(year), number, int(day), hour, minute, second, 0, 0, 0))


def _century(year: str) -> int:
    """A year of two digits is at most 50 years ahead (RFC 9110 section 5.6.7)."""
    if len(year) > 2:
        return int(year)
    now = gmtime(time()).tm_year
    found = now // 100 * 100 + int(year)
    return found - 100 if found > now + 50 else found


def write(moment: float) -> str:
    """The moment as an IMF-fixdate, whatever the locale."""
    t = gmtime(moment)
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {MONTHS[t.tm_mon - 1]} {t.tm_year:04} "
        f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )
