"""What may reach a person's terminal, and in which colours.

Rules:
- Everything that a peer sent passes through `visible`, `visible_line` or `shown` before it is written to a terminal. A
  control character (C0, DEL, C1), a bidirectional control, a zero-width or other format character, a line
  separator and a lone surrogate become an escape that can be read; an octet that is no UTF-8 becomes `\\xNN`.
- A character is escaped as `\\x1b` below U+0080, else as `\\u202e` or `\\U000e0041`, so that an octet (`\\x9b`) and a
  character (`\\u009b`) can be told apart.
- The default style uses SGR 1, 31, 32, 33, 35 and 36 only: the others cannot be read on some background.

It never writes anything: `screen` does.
"""

from __future__ import annotations

STYLE = {
    "key": "36",
    "string": "32",
    "number": "35",
    "literal": "33",
    "field": "36",
    "note": "33",
    "error": "1;31",
    "caret": "1",
    "status-1": "36",
    "status-2": "1;32",
    "status-3": "1;36",
    "status-4": "1;33",
    "status-5": "1;31",
}
"""The default style: what a part of the output is, and its SGR parameters."""

RESET = "\x1b[0m"

_HIDDEN = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x061C, 0x061C), (0x180E, 0x180E),
    (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
    (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE00FF), (0xE01F0, 0xE0FFF),
)  # fmt: skip
"""Code points that are not shown: categories Cc (but tab and LF), Cs, Zl, Zp, Cf (but the visible Arabic and
Syriac signs) and what else is no letter, no mark and invisible (Default_Ignorable_Code_Point)."""

_escapes: dict[int, str] = {}  # _HIDDEN written out; filled at the first need since most output has none of them


def hidden(code: int) -> bool:
    """True for a code point that is never written to a terminal as it is."""
    return any(low <= code <= high for low, high in _HIDDEN)


def escaped(code: int) -> str:
    """The escape of one code point. Those that `surrogateescape` made of an octet give that octet."""
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """The text with every hidden character but tab and LF escaped. Text of several lines; see `visible_line`."""
    # isprintable() is true only for text without any hidden character, and runs at memory speed.
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    if not _escapes:
        for low, high in _HIDDEN:
            for code in range(low, high + 1):
                _escapes[code] = escaped(code)
    return text.translate(_escapes)


def visible_text(text: str) -> str:
    """As `visible`, with CRLF as the line end that it is; a CR elsewhere is escaped."""
    return visible(text.replace("\r\n", "\n") if "\r" in text else text)


def visible_line(text: str) -> str:
    """As `visible`, for what has to stay in one line: LF is escaped too."""
    return text if text.isprintable() else visible(text).replace("\n", "\\x0a")


def shown(octets: bytes) -> str:
    """Octets of a head (a field, a reason, a target) as one line that can be shown on any terminal."""
    return visible_line(octets.decode("utf-8", "surrogateescape"))


def quoted(octets: bytes, limit: int = 60) -> str:
    """Octets as `shown`, in double quotes, cut after `limit` octets."""
    return f'"{shown(octets[:limit])}"' + ("..." if len(octets) > limit else "")


def paint(text: str, sgr: str) -> str:
    """The text in a colour of the table; unchanged where either is empty."""
    return f"\x1b[{sgr}m{text}{RESET}" if sgr and text else text


def error_lines(code: int, sentence: str, pointer: str, error: str, caret: str) -> list[str]:
    """The lines of a failure: `httpeek: (N) sentence` and, where it points at something, its carets below that part
    of the sentence. `error` and `caret` are the SGR parameters of `httpeek:` and of the carets, or nothing."""
    mark = f"httpeek: ({code}) "
    lines = [f"{paint('httpeek:', error)} ({code}) {visible_line(sentence)}"]
    if pointer:
        lines.append(" " * len(mark) + paint(visible_line(pointer), caret))
    return lines


def width(text: str) -> int:
    """How many columns the text takes: 2 for East Asian wide characters and emoji, 0 for combining marks."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    columns = 0
    for character in text:
        if category(character) not in ("Mn", "Me"):
            columns += 2 if east_asian_width(character) in "WF" else 1
    return columns


def pad(text: str, columns: int) -> str:
    """The text filled with spaces to `columns`, by display width; never cut."""
    return text + " " * (columns - width(text))


def milliseconds(ns: int) -> str:
    """A duration for a person: "1.8 ms", "12.0 s" from ten seconds on."""
    return f"{ns / 1e6:.1f} ms" if ns < 10_000_000_000 else f"{ns / 1e9:.1f} s"
