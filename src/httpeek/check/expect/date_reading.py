"""Dates read by a pattern, as Rust's `chrono` reads them, and by RFC 3339.

Rules: white space of a pattern is any amount of it, a number may have white space before it, and names are read in any
case. A date needs all of its parts; a time may be missing whole, which is midnight. What contradicts (a wrong day of
the week) is no date. A moment without an offset is in UTC. Between a second 60 and the next minute is no difference.
"""

from __future__ import annotations

from httpeek.check.expect.calendar import DAY, SECOND, date, day_number, days_in, iso_day_number, iso_week, weekday
from httpeek.check.expect.dates import MONTHS, NUMBERS, SHORT_DAYS, SHORT_MONTHS, WEEKDAYS, Parts, items
from httpeek.check.expect.values import Moment

_WHITE = " \t\n\r\v\f\x85\xa0"


class _Text:
    """A text that is read, and where reading it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip_white(self) -> None:
        """Goes behind white space."""
        while self.at < len(self.text) and self.text[self.at] in _WHITE:
            self.at += 1

    def take(self, literal: str) -> bool:
        """Whether a literal stands there; goes behind it. White space in it is any amount of white space."""
        for character in literal:
            if character in _WHITE:
                self.skip_white()
            elif self.text.startswith(character, self.at):
                self.at += 1
            else:
                return False
        return True

    def digits(self, least: int, most: int) -> str | None:
        """The digits there, None where there are fewer than `least`."""
        start = self.at
        while self.at < len(self.text) and self.at - start < most and self.text[self.at] in "0123456789":
            self.at += 1
        return self.text[start : self.at] if self.at - start >= least else None

    def one_of(self, names: tuple[str, ...]) -> int | None:
        """The index of the name that stands there, in any case, the longest first."""
        for index, name in sorted(enumerate(names), key=lambda pair: -len(pair[1])):
            if self.text[self.at : self.at + len(name)].lower() == name.lower():
                self.at += len(name)
                return index
        return None


_MOST_DIGITS = {"Y": 4, "G": 4, "j": 3, "f": 9, "s": 18, "w": 1, "u": 1, "q": 1}
"""The most digits of a number that is read; 2 where it is not here. A year with a sign may have more."""


def parsed(text: str, pattern: str) -> Moment | None:
    """The moment that a text is by a pattern, None where it is none. Raises PatternError."""
    parts = list(items(pattern))
    if ("+", "") in parts:
        parts = [each for item in parts for each in (_RFC3339 if item == ("+", "") else [item])]
    read = _Text(text)
    found: dict[str, int] = {}
    for name, extra in parts:
        fits = read.take(extra) if not name else _read(read, name, found)
        if not fits:
            return None
    return _resolved(found) if read.at == len(text) else None


def rfc3339(text: str) -> Moment | None:
    """The moment that a text is by RFC 3339, None where it is none. The letters may be small, and a blank may stand for
    the T."""
    if len(text) < 20 or text[4] != "-" or text[10] not in "Tt " or not text[:4].isdigit() or text != text.strip():
        return None
    read = _Text(text[:10] + "T" + text[11:])
    found: dict[str, int] = {}
    for name, extra in _RFC3339:
        before = read.at
        fits = read.take(extra) if not name else _read(read, name, found)
        wide = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}.get(name)
        if not fits or (wide is not None and read.at - before != wide):
            return None
    return _resolved(found) if read.at == len(text) else None


_RFC3339 = [
    ("Y", ""),
    ("", "-"),
    ("m", ""),
    ("", "-"),
    ("d", ""),
    ("", "T"),
    ("H", ""),
    ("", ":"),
    ("M", ""),
    ("", ":"),
    ("S", ""),
    (".f", ""),
    ("Zz", ""),
]


def _read(read: _Text, name: str, found: dict[str, int]) -> bool:
    """Reads what a specifier means. False where it is not there, or is not what was there before."""
    if name in NUMBERS:
        read.skip_white()
        return _read_number(read, name, found)
    if name in ("b", "B"):
        return _store(found, "m", read.one_of(SHORT_MONTHS if name == "b" else MONTHS + SHORT_MONTHS), 12, 1)
    if name in ("a", "A"):
        return _store(found, "weekday", read.one_of(SHORT_DAYS if name == "a" else WEEKDAYS + SHORT_DAYS), 7)
    if name in ("p", "P"):
        return _store(found, "half", read.one_of(("am", "pm")), 2)
    if name.endswith("f"):
        return _read_fraction(read, name, found)
    if name == "Z":
        while read.at < len(read.text) and read.text[read.at] not in _WHITE:
            read.at += 1
        return True
    return _read_offset(read, name, found)


def _store(found: dict[str, int], name: str, value: int | None, modulus: int = 0, add: int = 0) -> bool:
    """Keeps a part; False where there is none, or another one is known."""
    if value is None:
        return False
    value = (value % modulus if modulus else value) + add
    return found.setdefault(name, value) == value


def _read_number(read: _Text, name: str, found: dict[str, int]) -> bool:
    sign = {"+": 1, "-": -1}.get(read.text[read.at : read.at + 1], 0) if name in ("Y", "G", "C", "s") else 0
    read.at += sign != 0
    most = 9 if sign and name in ("Y", "G") else _MOST_DIGITS.get(name, 2)
    digits = read.digits(1, most)
    if digits is None:
        return False
    number = (sign or 1) * int(digits)
    if name == "u":
        return 1 <= number <= 7 and _store(found, "weekday", number - 1)
    if name == "w":
        return 0 <= number <= 6 and _store(found, "weekday", (number + 6) % 7)
    return _store(found, {"e": "d", "k": "H", "l": "I"}.get(name, name), number)


def _read_fraction(read: _Text, name: str, found: dict[str, int]) -> bool:
    if name.startswith("."):
        if not read.text.startswith(".", read.at):
            return True
        read.at += 1
        digits = read.digits(1, 1000)
    else:
        digits = read.digits(int(name[0]), int(name[0]))
    return digits is not None and _store(found, "f", int(digits[:9].ljust(9, "0")))


def _read_offset(read: _Text, name: str, found: dict[str, int]) -> bool:
    """An offset from UTC: +hh:mm or +hhmm; `%#z` may be without minutes and may be Z, and so may that of RFC 3339."""
    if name in ("Zz", "#z") and read.text[read.at : read.at + 1] in ("Z", "z"):
        read.at += 1
        return _store(found, "offset", 0)
    if name != "Zz":
        read.skip_white()
    sign = {"+": 1, "-": -1, "\u2212": -1}.get(read.text[read.at : read.at + 1])
    if sign is None:
        return False
    read.at += 1
    hours = read.digits(2, 2)
    colon = read.text.startswith(":", read.at)
    if name == "Zz" and not colon:
        return False
    read.at += colon
    minutes = read.digits(2, 2)
    if minutes is None and name in ("#z", ":::z") and not colon:
        minutes = "0"
    if hours is None or minutes is None or int(minutes) > 59 or int(hours) > 23:
        return False
    return _store(found, "offset", sign * (int(hours) * 60 + int(minutes)) * 60)


def _resolved(found: dict[str, int]) -> Moment | None:
    """The moment of the parts, None where some are missing or contradict."""
    offset = found.get("offset", 0)
    if "s" in found:
        return Moment(found["s"] * SECOND + found.get("f", 0))
    days, time = _day(found), _time(found)
    if days is None or time is None:
        return None
    parts = Parts(days * DAY)
    agrees = all(NUMBERS[name][0](parts) == found[name] for name in _OF_A_DAY if name in found)
    if not agrees or found.get("weekday", parts.weekday) != parts.weekday:
        return None
    return Moment(days * DAY + time - offset * SECOND)


_OF_A_DAY = ("Y", "C", "y", "q", "m", "d", "U", "W", "G", "g", "V", "j")


def _year(found: dict[str, int], whole: str, last: str) -> int | None:
    if whole in found:
        return found[whole]
    if last not in found:
        return None
    if "C" in found and last == "y":
        return found["C"] * 100 + found[last]
    return found[last] + (1900 if found[last] >= 70 else 2000)


def _day(found: dict[str, int]) -> int | None:
    """The day, from whichever parts give it."""
    year = _year(found, "Y", "y")
    if year is not None and "m" in found and "d" in found:
        month, day = found["m"], found["d"]
        fits = 1 <= month <= 12 and 1 <= day <= days_in(year, month)
        return day_number(year, month, day) if fits else None
    if year is not None and "j" in found:
        days = day_number(year, 1, 1) + found["j"] - 1
        return days if found["j"] > 0 and date(days)[0] == year else None
    week_year = _year(found, "G", "g")
    if week_year is not None and "V" in found and "weekday" in found:
        days = iso_day_number(week_year, found["V"], found["weekday"])
        return days if iso_week(days) == (week_year, found["V"]) else None
    for name, shift in (("U", 1), ("W", 0)):
        if year is not None and name in found and "weekday" in found:
            first = day_number(year, 1, 1)
            week_one = first + (-weekday(first) - shift) % 7
            days = week_one + (found[name] - 1) * 7 + (found["weekday"] + shift) % 7
            return days if date(days)[0] == year else None
    return None


def _time(found: dict[str, int]) -> int | None:
    """The time of day in nanoseconds; midnight where no part of it is there."""
    if "H" not in found and "I" not in found:
        return 0 if not {"M", "S", "f", "half"} & found.keys() else None
    hour = found.get("H")
    if "I" in found:
        if not 1 <= found["I"] <= 12 or "half" not in found:
            return None
        twelve = found["I"] % 12 + 12 * found["half"]
        if hour is not None and hour != twelve:
            return None
        hour = twelve
    minute, second, fraction = found.get("M"), found.get("S", 0), found.get("f", 0)
    if hour is None or minute is None or hour > 23 or minute > 59 or second > 60:
        return None
    if "half" in found and found["half"] != hour // 12:
        return None
    return ((hour * 60 + minute) * 60 + second) * SECOND + fraction
