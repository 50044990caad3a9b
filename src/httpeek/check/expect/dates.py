"""Patterns of dates, and dates written by them, as Rust's `chrono` has both (docs.rs/chrono, "format::strftime").

Rules: names are English and the time zone is UTC. `%-d` drops the padding of a number, `%_d` pads it with blanks, `%0d`
with zeros. A pattern with anything unknown in it is a mistake.
"""

from __future__ import annotations

from httpeek.check.expect.calendar import DAY, SECOND, date, iso_week, of_year, weekday
from httpeek.check.expect.values import Moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SHORT_DAYS = tuple(name[:3] for name in WEEKDAYS)
SHORT_MONTHS = tuple(name[:3] for name in MONTHS)

_COMPOSED = {
    "D": "%m/%d/%y",
    "x": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "v": "%e-%b-%Y",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "r": "%I:%M:%S %p",
    "c": "%a %b %e %H:%M:%S %Y",
    "h": "%b",
}
"""Specifiers that stand for several."""

_LONGER = (".3f", ".6f", ".9f", "3f", "6f", "9f", ".f", ":::z", "::z", ":z", "#z")
"""Specifiers of more than one letter, the longer ones first."""


class PatternError(ValueError):
    """A pattern with something unknown in it; its text says what."""


class Parts:
    """A moment in its parts: for writing."""

    def __init__(self, nanoseconds: int) -> None:
        self.days, rest = divmod(nanoseconds, DAY)
        self.year, self.month, self.day = date(self.days)
        self.seconds, self.fraction = divmod(rest, SECOND)
        self.hour, self.minute, self.second = self.seconds // 3600, self.seconds // 60 % 60, self.seconds % 60
        self.weekday = weekday(self.days)
        self.of_year = of_year(self.days)
        self.nanoseconds = nanoseconds


NUMBERS: dict[str, tuple[Callable[[Parts], int], int, str]] = {
    "Y": (lambda p: p.year, 4, "0"),
    "C": (lambda p: p.year // 100, 2, "0"),
    "y": (lambda p: p.year % 100, 2, "0"),
    "q": (lambda p: (p.month + 2) // 3, 1, "0"),
    "m": (lambda p: p.month, 2, "0"),
    "d": (lambda p: p.day, 2, "0"),
    "e": (lambda p: p.day, 2, " "),
    "w": (lambda p: (p.weekday + 1) % 7, 1, "0"),
    "u": (lambda p: p.weekday + 1, 1, "0"),
    "U": (lambda p: (p.of_year + 6 - (p.weekday + 1) % 7) // 7, 2, "0"),
    "W": (lambda p: (p.of_year + 6 - p.weekday) // 7, 2, "0"),
    "G": (lambda p: iso_week(p.days)[0], 4, "0"),
    "g": (lambda p: iso_week(p.days)[0] % 100, 2, "0"),
    "V": (lambda p: iso_week(p.days)[1], 2, "0"),
    "j": (lambda p: p.of_year, 3, "0"),
    "H": (lambda p: p.hour, 2, "0"),
    "k": (lambda p: p.hour, 2, " "),
    "I": (lambda p: p.hour % 12 or 12, 2, "0"),
    "l": (lambda p: p.hour % 12 or 12, 2, " "),
    "M": (lambda p: p.minute, 2, "0"),
    "S": (lambda p: p.second, 2, "0"),
    "f": (lambda p: p.fraction, 9, "0"),
    "s": (lambda p: p.nanoseconds // SECOND, 1, "0"),
}
"""Numbers: what they are, how many digits they have at least, and what they are padded with."""


def _fraction(parts: Parts) -> str:
    """The fraction of a second with its point, in 3, 6 or 9 digits, or nothing where it is zero."""
    digits = f"{parts.fraction:09}"
    if not parts.fraction:
        return ""
    return "." + (digits[:3] if digits.endswith("000000") else digits[:6] if digits.endswith("000") else digits)


_TEXTS: dict[str, Callable[[Parts], str]] = {
    "b": lambda p: SHORT_MONTHS[p.month - 1],
    "B": lambda p: MONTHS[p.month - 1],
    "a": lambda p: SHORT_DAYS[p.weekday],
    "A": lambda p: WEEKDAYS[p.weekday],
    "P": lambda p: "am" if p.hour < 12 else "pm",
    "p": lambda p: "AM" if p.hour < 12 else "PM",
    ".f": _fraction,
    ".3f": lambda p: f".{p.fraction // 1_000_000:03}",
    ".6f": lambda p: f".{p.fraction // 1_000:06}",
    ".9f": lambda p: f".{p.fraction:09}",
    "3f": lambda p: f"{p.fraction // 1_000_000:03}",
    "6f": lambda p: f"{p.fraction // 1_000:06}",
    "9f": lambda p: f"{p.fraction:09}",
    "Z": lambda p: "UTC",
    "z": lambda p: "+0000",
    ":z": lambda p: "+00:00",
    "::z": lambda p: "+00:00:00",
    ":::z": lambda p: "+00",
    "+": lambda p: f"{formatted(Moment(p.nanoseconds), '%Y-%m-%dT%H:%M:%S')}{_fraction(p)}+00:00",
}
"""Texts that are only written."""

_LITERALS = {"t": "\t", "n": "\n", "%": "%"}


def items(pattern: str) -> Iterator[tuple[str, str]]:
    """The pattern in items: ("", literal text) or (specifier, padding), padding "-", "_", "0" or "". Raises
    PatternError."""
    at, size = 0, len(pattern)
    while at < size:
        percent = pattern.find("%", at)
        if percent != at:
            stop = percent if percent >= 0 else size
            yield "", pattern[at:stop]
            at = stop
            continue
        at += 1
        padding = pattern[at : at + 1]
        at += padding in ("-", "_", "0") and padding != ""
        padding = padding if padding in ("-", "_", "0") else ""
        name = next((one for one in _LONGER if pattern.startswith(one, at)), pattern[at : at + 1])
        at += len(name)
        if name in _LITERALS and not padding:
            yield "", _LITERALS[name]
        elif name in _COMPOSED and not padding:
            yield from items(_COMPOSED[name])
        elif name in NUMBERS or (not padding and (name in _TEXTS or name == "#z")):
            yield name, padding
        else:
            raise PatternError(f"there is no %{padding}{name}")


def formatted(moment: Moment, pattern: str) -> str:
    """The text of a moment. Raises PatternError."""
    parts = Parts(moment.nanoseconds)
    made: list[str] = []
    for name, extra in items(pattern):
        if not name:
            made.append(extra)
        elif name in NUMBERS:
            number, width, fill = NUMBERS[name]
            made.append(_padded(number(parts), width, {"-": "", "_": " ", "0": "0", "": fill}[extra], name))
        elif name in _TEXTS:
            made.append(_TEXTS[name](parts))
        else:
            raise PatternError(f"%{name} is for reading only")
    return "".join(made)


def _padded(number: int, width: int, fill: str, name: str) -> str:
    sign = "-" if number < 0 else "+" if name in ("Y", "G") and number > 9999 else ""
    digits = str(abs(number))
    if not fill:
        return sign + digits
    return sign + digits.rjust(width, "0") if fill == "0" else (sign + digits).rjust(width)
