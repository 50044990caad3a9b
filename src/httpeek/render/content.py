"""Content as a person reads it: decoded from its charset, formatted and coloured by its media type, safe to show.

Rules:
- Where neither a terminal nor `--pretty` asks for more, octets go out as they came.
- What is evidently UTF-8 is read as that; else `charset` finds out what it is, and a note tells what was not said.
- Binary content is never dumped on a terminal: its first octets in hexadecimal, its type and size.
- JSON of any size is formatted as it comes. Other languages are coloured (by Pygments) up to 1 MiB and shown plain
  beyond that. With `--stream`, and for event streams and sequences of JSON, each piece is shown when it arrives,
  without waiting for what colours need.
"""

from __future__ import annotations

import codecs

from httpeek.model.message import first
from httpeek.render.terminal import STYLE, shown, visible_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.model.message import Fields
    from httpeek.render.json_text import JsonText
    from httpeek.render.screen import Screen
    from httpeek.render.views import ViewOptions

LOOKED_AT = 16 * 1024
"""Octets that are waited for, unless streaming, before type and charset are decided."""
GATHERED = 1024 * 1024
"""Characters of a text that are gathered for colours; what is longer is shown plain."""

_PREFIXES = (")]}',", ")]}'", ")]}", "for(;;);", "for (;;);", "while(1);", "while (1);", "{}&&")
"""What some servers put before JSON so that a browser cannot run it."""
_SEQUENCES = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonl",
    "application/jsonlines",
    "application/x-json-stream",
    "application/json-seq",
    "application/stream+json",
)


def media_type(fields: Fields) -> tuple[str, str]:
    """The media type in lower case without parameters, and its charset parameter; each may be empty."""
    value = first(fields, b"content-type").decode("latin-1")
    mime, _, parameters = value.partition(";")
    charset = ""
    for parameter in parameters.split(";"):
        name, _, given = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = given.strip().strip("\"'")
            break
    return mime.strip().lower(), charset


def shaping(screen: Screen, options: ViewOptions) -> tuple[bool, bool]:
    """Whether content is formatted, and whether it is coloured, on stdout."""
    if options.pretty == "auto":
        return screen.out_tty, screen.colour_out
    return options.pretty in ("all", "format"), options.pretty in ("all", "colors") and not screen.plain


class ContentWriter:
    """Takes the octets of one content with `feed` and writes them; `finish` writes what waited and tells on stderr
    what a person should know of it. `fields` are those of the message; overrides count for responses only."""

    def __init__(self, screen: Screen, options: ViewOptions, fields: Fields, response: bool = True) -> None:
        self.octets = 0
        self._screen = screen
        self._options = options
        self._format, self._colour = shaping(screen, options)
        self._untouched = not (screen.out_tty or self._format or self._colour)
        self._mime, self._charset = media_type(fields)
        if response and options.response_mime:
            self._mime = options.response_mime.lower()
        self._override = options.response_charset if response else ""
        self._stream = options.stream or self._mime == "text/event-stream" or is_sequence(self._mime)
        self._head = bytearray()
        self._decided = False
        self._binary = False
        self._bytes = b""  # first octets of binary content
        self._notes: list[str] = []
        self._show: Callable[[str], None] = self._plain
        self._end: Callable[[], None] = lambda: None
        self._cr = ""
        self._invalid = False
        self._last = "\n"

    def feed(self, data: bytes) -> None:
        """Takes the next octets."""
        self.octets += len(data)
        if self._untouched:
            self._screen.write(data)
            if self._stream:
                self._screen.flush()
            return
        if not self._decided:
            self._head += data
            if len(self._head) < LOOKED_AT and not self._stream:
                return
            data = self._decide()
        self._take(data)
        if self._stream:
            self._screen.flush()

    def finish(self) -> None:
        """The content is over, whole or not."""
        if not self._untouched and self.octets:
            if not self._decided:
                self._take(self._decide(whole=True))
            if self._binary:
                self._tell_binary()
            else:
                self._text(self._decoder.decode(b"", True))
                self._end()
                if self._cr:
                    self._plain("", last=True)
                if self._last != "\n" and (self._screen.out_tty or self._format):
                    self._screen.text("\n")
        self._screen.flush()
        if self._invalid:
            self._notes.insert(0, f"the content is not valid {self._codec}: wrong octets are shown as \\xNN")
        if self._options.quiet < 2:
            for note in self._notes:
                self._screen.note(note)

    def _take(self, data: bytes) -> None:
        if self._binary:
            self._bytes += data[: 64 - len(self._bytes)]
        else:
            self._text(self._decoder.decode(data))

    def _text(self, text: str) -> None:
        if not text:
            return
        if not self._invalid and not text.isprintable():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                self._invalid = True
        self._show(text)

    def _out(self, text: str) -> None:
        if text:
            self._last = text[-1]
            self._screen.text(text)

    def _plain(self, text: str, last: bool = False) -> None:
        """Shows text as it is. A CR at the end of a piece waits for its LF."""
        text = self._cr + text
        self._cr = ""
        if text.endswith("\r") and not last:
            text, self._cr = text[:-1], "\r"
        self._out(visible_text(text))

    def _decide(self, whole: bool = False) -> bytes:
        """Settles charset, binary or text, and language; returns the octets that were waited for, without a byte
        order mark."""
        self._decided = True
        head = bytes(self._head)
        self._head.clear()
        if self._evident(head, whole):
            self._codec, self._errors, self._skipped = "utf-8", "surrogateescape", 0
        else:
            from httpeek.render.charset import reading

            how = reading(head, whole, self._mime, self._charset, self._override)
            self._codec, self._errors, self._skipped = how.codec, how.errors, how.mark
            self._notes += how.notes
        if not self._codec:
            self._binary = True
            if self._screen.out_tty:
                return head
            self._untouched = True
            self._screen.write(head)
            return b""
        head = head[self._skipped :]
        self._decoder = codecs.getincrementaldecoder(self._codec)(self._errors)
        self._choose_language(head)
        return head

    def _evident(self, head: bytes, whole: bool) -> bool:
        """True for what is UTF-8, plainly text, and said to be nothing else."""
        if self._override or self._charset.lower() not in ("", "utf-8"):
            return False
        try:
            text = codecs.getincrementaldecoder("utf-8")().decode(head, whole)
        except UnicodeDecodeError:
            return False
        return text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()

    def _choose_language(self, head: bytes) -> None:
        if not (self._format or self._colour):
            return
        mime = self._mime
        text = head.decode(self._codec, self._errors)
        begin = text.lstrip(" \t\r\n\x1e")[:1]
        if is_json(mime):
            if self._format:
                self._json(text)
                return
        elif (
            self._format
            and not self._stream
            and begin in ("{", "[")
            and (mime[:5] in ("", "text/") or "javascript" in mime)
        ):
            # HTTPie looks for JSON under these types, too, and where there is no type anything may be guessed (RFC 9110
            # 8.3); what is none is shown as what it says it is.
            self._gather(self._perhaps_json)
            return
        if self._stream:
            return
        if mime in ("", "text/plain", "application/octet-stream"):
            return
        self._gather(self._in_colours)

    def _json(self, text: str) -> None:
        from httpeek.render.json_text import JsonText

        formatter = JsonText(
            self._out,
            self._json_colours(),
            self._options.unescape and self._screen.out_tty,
            is_sequence(self._mime) or "\x1e" in text[:1] or _is_lines(text),
            not self._stream,
            None if self._screen.charset == "utf-8" else self._encodable,
        )
        skipped = 0
        for prefix in _PREFIXES:
            if text.lstrip(" \t\r\n").startswith(prefix):
                skipped = len(text) - len(text.lstrip(" \t\r\n")) + len(prefix)
                self._out(visible_text(text[:skipped]) + "\n")
                break
        place = _Place(formatter, skipped)

        def show(piece: str) -> None:
            place.feed(piece.replace("\x1e", "\n") if "\x1e" in piece else piece)

        def end() -> None:
            formatter.finish()
            self._tell_unescaped(formatter.unescaped)
            if formatter.broken is not None:
                octet = place.octet(formatter.broken[0], self._codec, self._errors) + self._skipped
                self._notes.append(f"not valid JSON at byte {octet}: {formatter.broken[1]}; shown as it is")

        self._show, self._end = show, end

    def _json_colours(self) -> dict[str, str]:
        parts = ("key", "string", "number", "literal")
        if not self._colour:
            return dict.fromkeys(parts, "")
        if self._options.style in ("", "auto", "default"):
            return {part: STYLE[part] for part in parts}
        from httpeek.render.languages import json_colours

        return json_colours(self._options.style)

    def _encodable(self, character: str) -> bool:
        try:
            character.encode(self._screen.charset)
        except UnicodeEncodeError:
            return False
        return True

    def _gather(self, then: Callable[[str], None]) -> None:
        """Collects the text for `then`; shows it plain as soon as it is too long for colours."""
        pieces: list[str] = []
        size = 0

        def show(text: str) -> None:
            nonlocal size
            pieces.append(text)
            size += len(text)
            if size > GATHERED:
                self._show, self._end = self._plain, lambda: None
                if not self._options.quiet:
                    self._notes.append(f"longer than {GATHERED >> 20} MiB: shown without colours")
                self._plain("".join(pieces))
                pieces.clear()

        self._show, self._end = show, lambda: then("".join(pieces))

    def _perhaps_json(self, text: str) -> None:
        from httpeek.render.json_text import JsonText

        made: list[str] = []
        unescape = self._options.unescape and self._screen.out_tty
        encodable = None if self._screen.charset == "utf-8" else self._encodable
        formatter = JsonText(made.append, self._json_colours(), unescape, _is_lines(text), True, encodable)
        formatter.feed(text)
        formatter.finish()
        if formatter.broken is not None:
            self._in_colours(text)
            return
        self._out("".join(made))
        self._tell_unescaped(formatter.unescaped)

    def _tell_unescaped(self, count: int) -> None:
        if count and not self._options.quiet:
            what = "1 \\u escape shown as a character" if count == 1 else f"{count} \\u escapes shown as characters"
            self._notes.append(f"{what}; --no-unescape shows {'it' if count == 1 else 'them'} as sent")

    def _in_colours(self, text: str) -> None:
        if self._mime in ("", "text/plain", "application/octet-stream"):
            self._plain(text, last=True)
            return
        from httpeek.render.languages import in_language

        style = self._options.style if self._colour else None
        self._out(in_language(text, self._mime, self._format, style))

    def _tell_binary(self) -> None:
        from httpeek.render.hex import rows

        for row in rows(self._bytes, 0):
            self._screen.text(row + "\n")
        kind = shown(self._mime.encode("latin-1", "replace")) or "no media type"
        more = "the first 64 octets are" if self.octets > 64 else "its octets are"
        self._screen.text(f"-- binary, {kind}, {self.octets} bytes: {more} shown; -o FILE keeps it\n")


class _Place:
    """Feeds a formatter and can tell which octet a character of what it was fed came from."""

    def __init__(self, formatter: JsonText, skipped: int) -> None:
        self._formatter = formatter
        self._skip = skipped
        self._skipped = skipped
        self._pieces: list[str] = []  # the last ones, for what the formatter may still find wrong in them
        self._before: list[tuple[int, str]] = []

    def feed(self, text: str) -> None:
        self._pieces.append(text)
        if self._skip:
            cut = min(self._skip, len(text))
            self._skip -= cut
            text = text[cut:]
        if self._formatter.broken is None:
            self._formatter.feed(text)
        else:
            self._formatter.feed(text)
            self._pieces.pop()

    def octet(self, character: int, codec: str, errors: str) -> int:
        left = character + self._skipped
        octets = 0
        for piece in self._pieces:
            part = piece[:left]
            octets += len(part) if part.isascii() and codec == "utf-8" else len(part.encode(codec, errors))
            left -= len(part)
            if not left:
                break
        return octets


def is_json(mime: str) -> bool:
    """True for the media types whose content is JSON or a sequence of JSON texts."""
    return (
        mime in ("application/json", "text/json", "application/x-json", "text/x-json", "application/json5")
        or mime.endswith("+json")
        or is_sequence(mime)
        or mime == "application/json+protobuf"
    )


def is_sequence(mime: str) -> bool:
    """True for the media types of JSON texts one after another: lines, or RFC 7464 and its suffix (RFC 8091)."""
    return mime in _SEQUENCES or mime.endswith("+json-seq")


def _is_lines(text: str) -> bool:
    """True for NDJSON under another name: a first line that is a JSON object or array, and another one after it."""
    line, end, rest = text.lstrip(" \t\r\n").partition("\n")
    line = line.strip(" \t\r")
    if not end or rest.lstrip(" \t\r\n")[:1] not in ("{", "[") or line[:1] + line[-1:] not in ("{}", "[]"):
        return False
    from httpeek.render.json_text import JsonText

    formatter = JsonText(lambda _: None, dict.fromkeys(("key", "string", "number", "literal"), ""))
    formatter.feed(line)
    formatter.finish()
    return formatter.broken is None
