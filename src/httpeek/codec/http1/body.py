"""Bodies: framing taken off received octets and put on sent ones (RFC 9112 sections 6 to 8).

`Sending` puts it on. The readers, which take it off, have one shape: `feed(data, position, base, facts)` takes octets
of `data` from `position` (`data` begins at offset `base` on the wire), appends facts and returns the position behind
the last octet that belongs to the body; `done` says that the body is whole, `broken` that it can never be; `count` is
the content so far in octets.

Rules:
- Content that fills a whole piece is that very object: nothing is copied, and no piece is larger than `PIECE`.
- A rule that a body breaks a thousand times is one violation; `odd` says that one was added since it was last cleared.
- What is buffered is a line or a section, and each has a limit.
"""

from __future__ import annotations

from httpeek.codec.http1.head import (
    BLANK,
    Findings,
    Section,
    counted,
    quoted,
    section_octets,
)
from httpeek.model.codes import usage
from httpeek.model.events import Completed, Content, Moved, Trailers, Violation
from httpeek.model.message import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from httpeek.model.events import Fact, Framed
    from httpeek.model.message import Fields
    from httpeek.model.plan import SizeLimits

    Body: TypeAlias = "LengthBody | ChunkedBody | CloseBody"

PIECE = 256 * 1024
"""The most octets in one Content fact."""


def add_content(facts: list[Fact], direction: str, base: int, data: bytes, position: int, end: int) -> None:
    """Appends the octets of `data` from `position` to `end` as content, in pieces of at most `PIECE`."""
    while end - position > PIECE:
        facts.append(Content(direction, base + position, data[position : position + PIECE]))
        position += PIECE
    facts.append(Content(direction, base + position, data[position:end]))


class LengthBody:
    """A body of `length` octets (RFC 9112 section 6.2)."""

    def __init__(self, direction: str, length: int) -> None:
        self.direction = direction
        self.length = length
        self.count = 0
        self.done = length == 0
        self.broken = self.odd = False

    def feed(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        """See the module."""
        end = min(len(data), position + self.length - self.count)
        if end > position:
            add_content(facts, self.direction, base, data, position, end)
            self.count += end - position
        self.done = self.count == self.length
        return end

    def end(self, offset: int) -> Violation | None:
        """The stream ended at `offset`: what is missing."""
        return Violation("short-content", self.direction, offset, f"the body ends after {self.progress()}", True)

    def progress(self) -> str:
        """How far the body is."""
        return f"{self.count} of {self.length} bytes"

    def cut(self) -> str:
        """How far the body came before the connection ended."""
        return f"{self.progress()}, then the peer closed"


class CloseBody:
    """A body that ends with the connection (RFC 9112 section 6.3 step 8)."""

    def __init__(self, direction: str) -> None:
        self.direction = direction
        self.count = 0
        self.done = self.broken = self.odd = False

    def feed(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        """See the module."""
        if len(data) > position:
            add_content(facts, self.direction, base, data, position, len(data))
            self.count += len(data) - position
        return len(data)

    def end(self, offset: int) -> Violation | None:
        """The stream ended: so does the body."""
        self.done = True
        return None

    def progress(self) -> str:
        """How far the body is."""
        return counted(self.count)

    def cut(self) -> str:
        """How far the body came before the connection ended."""
        return self.progress()


_SIZE, _DATA, _DATA_END, _TRAILERS = range(4)
_HEXDIGITS = b"0123456789ABCDEFabcdef"
_SIZE_DIGITS = 256  # leading zeros are legal, so more digits than any size needs; but not without a bound
_SIZE_MOST = 1 << 63
_LINE = 512  # octets of a chunk line beside its extensions


class ChunkedBody:
    """A chunked body with extensions and trailers (RFC 9112 section 7.1); more than `most` octets break it."""

    def __init__(self, direction: str, size: SizeLimits, most: int | None = None) -> None:
        self.direction = direction
        self.count = 0
        self.done = self.broken = self.odd = False
        self._limits = size
        self._content = most
        self._extensions = size.chunk_extensions  # octets of extensions that are still allowed
        self._state = _SIZE
        self._left = 0  # octets of the current chunk that are still to come
        self._line = b""  # a line, or the end of a chunk, of which only a part has arrived
        self._line_at = 0
        self._section: Section | None = None
        self._told: set[str] = set()

    def feed(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        """See the module."""
        size = len(data)
        direction = self.direction
        while position < size and not self.done and not self.broken:
            if self._state == _DATA:
                end = position + self._left
                if end > size:
                    end = size
                if end - position <= PIECE:
                    facts.append(Content(direction, base + position, data[position:end]))
                else:
                    add_content(facts, direction, base, data, position, end)
                self.count += end - position
                self._left -= end - position
                position = end
                if self._left:
                    break
                self._state = _DATA_END
            elif self._state == _DATA_END and not self._line and data[position : position + 2] == b"\r\n":
                # The common case: the whole CRLF is there.
                position += 2
                self._state = _SIZE
            elif self._state == _TRAILERS:
                position = self._read_trailers(data, position, base, facts)
            else:
                position = self._read_line(data, position, base, facts)
        return position

    def _read_line(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        """Takes a chunk line, or what stands behind a chunk; keeps a part of one for later."""
        if not self._line:
            self._line_at = base + position
        if self._state == _DATA_END:
            return self._read_data_end(data, position, facts)
        end = data.find(b"\n", position, position + self._most() - len(self._line))
        if end < 0:
            kept = data[position : position + self._most() - len(self._line)]
            self._line += kept
            if len(self._line) >= self._most() or self._hopeless():
                self._bad_size(self._line, facts)
            return position + len(kept)
        line = self._line + data[position:end] if self._line else data[position:end]
        self._line = b""
        if line.endswith(b"\r"):
            line = line[:-1]
        else:
            self._note(facts, "bare-lf", self._line_at + len(line), "a line ends with LF alone")
        # The common case first: nothing but a size.
        if not line.translate(None, _HEXDIGITS) and 0 < len(line) <= 16:
            self._begin_chunk(int(line, 16), facts)
        else:
            self._odd_line(line, facts)
        return end + 1

    def _most(self) -> int:
        """Octets of a chunk line that are looked at before it is given up."""
        return self._extensions + _LINE

    def _hopeless(self) -> bool:
        """True when the part of a chunk line that is there cannot begin one, and a sample of it can be shown."""
        return len(self._line) >= 32 and self._line.lstrip(BLANK)[:1] not in (b"", *_HEX_OCTETS)

    def _begin_chunk(self, size: int, facts: list[Fact]) -> None:
        if size >= _SIZE_MOST:
            self._fatal(facts, "chunk-size", self._line_at, f"the chunk size {size:x} is beyond all measure")
        elif size:
            if self._content is not None and self.count + size > self._content:
                words = f"more than {self._content} octets of content"
                self._fatal(facts, "content-too-large", self._line_at, words)
            self._left = size
            self._state = _DATA
        else:
            self._state = _TRAILERS
            self._section = Section(self._limits.head, False)

    def _odd_line(self, line: bytes, facts: list[Fact]) -> None:
        word, mark, extension = line.partition(b";")
        bare = word.strip(BLANK)
        if not bare or bare.translate(None, _HEXDIGITS) or len(bare) > _SIZE_DIGITS:
            self._bad_size(line, facts)
            return
        if bare != word:
            self._note(facts, "chunk-space", self._line_at, "white space around the chunk size")
        if mark:
            self._extensions -= len(extension) + 1
            if self._extensions < 0:
                limit = self._limits.chunk_extensions
                words = f"more than {limit} octets of chunk extensions"
                self._fatal(facts, "chunk-extension-size", self._line_at, words)
                return
            from httpeek.codec.http1.diagnose import odd_octets

            found = Findings(self.direction)
            odd_octets(extension, self._line_at + len(word) + 1, found)
            for violation in found.found:
                if violation.id != "non-ascii":
                    self._note(facts, "chunk-extension", violation.offset, f"{violation.id} in a chunk extension")
        self._begin_chunk(int(bare, 16), facts)

    def _bad_size(self, line: bytes, facts: list[Fact]) -> None:
        word, mark, _ = line.partition(b";")
        bare = word.strip(BLANK)
        if mark and bare and not bare.translate(None, _HEXDIGITS) and len(bare) <= _SIZE_DIGITS:
            limit = self._limits.chunk_extensions
            words = f"more than {limit} octets of chunk extensions"
            self._fatal(facts, "chunk-extension-size", self._line_at, words)
            return
        words = f"the chunk size {quoted(word[:24])} is not a hexadecimal number" if word else "no chunk size"
        self._fatal(facts, "chunk-size", self._line_at, words)

    def _read_data_end(self, data: bytes, position: int, facts: list[Fact]) -> int:
        octets = self._line + data[position : position + 2 - len(self._line)]
        position += len(octets) - len(self._line)
        if octets == b"\r\n" or octets[:1] == b"\n":
            if octets[:1] == b"\n":
                # LF alone: RFC 9112 section 2.2 lets a recipient take it. What came behind it is the next line.
                self._note(facts, "bare-lf", self._line_at, "a line ends with LF alone")
                position -= len(octets) - 1
            self._line = b""
            self._state = _SIZE
        elif octets == b"\r":
            self._line = octets
        else:
            found = octets if octets[0] == 0x0D else octets[:1]
            self._fatal(facts, "chunk-end", self._line_at, f"{quoted(found)} where the CRLF after a chunk belongs")
        return position

    def _read_trailers(self, data: bytes, position: int, base: int, facts: list[Fact]) -> int:
        section = self._section
        assert section is not None
        if not section.octets:
            self._line_at = base + position
        position = section.take(data, position)
        if section.over:
            words = f"the trailer section is larger than {self._limits.head} octets"
            self._fatal(facts, "head-size", self._line_at, words)
        elif section.whole:
            self._take_trailers(bytes(section.octets), facts)
        return position

    def _take_trailers(self, octets: bytes, facts: list[Fact]) -> None:
        if octets != b"\r\n":
            from httpeek.codec.http1.diagnose import read_fields, trailer_findings

            found = Findings(self.direction)
            fields, offsets = read_fields(octets, 0, self._line_at, self._limits.fields, found)
            trailer_findings(fields, offsets, found)
            for violation in sorted(found.found, key=_offset):
                self._add(facts, violation)
                if violation.fatal:
                    self.broken = True
                    return
            if fields:
                facts.append(Trailers(self.direction, fields, Span(self._line_at, len(octets))))
        self.done = True

    def _note(self, facts: list[Fact], identifier: str, offset: int, detail: str) -> None:
        if identifier not in self._told:
            self._told.add(identifier)
            self._add(facts, Violation(identifier, self.direction, offset, detail))

    def _fatal(self, facts: list[Fact], identifier: str, offset: int, detail: str) -> None:
        self.broken = True
        self._add(facts, Violation(identifier, self.direction, offset, detail, True))

    def _add(self, facts: list[Fact], violation: Violation) -> None:
        self.odd = True
        facts.append(violation)

    def end(self, offset: int) -> Violation | None:
        """The stream ended at `offset`: what is missing."""
        if self._state == _SIZE and self._line and self._line.lstrip(BLANK)[:1] not in (b"", *_HEX_OCTETS):
            facts: list[Fact] = []
            self._bad_size(self._line, facts)
            assert isinstance(facts[0], Violation)
            return facts[0]
        words = f"the body ends after {self.progress()}, {self._place()}"
        return Violation("short-chunked", self.direction, offset, words, True)

    def _place(self) -> str:
        if self._state == _DATA:
            return f"inside a chunk, {counted(self._left)} before its end"
        return "inside the trailer section" if self._state == _TRAILERS else "before the last chunk"

    def progress(self) -> str:
        """How far the body is."""
        return counted(self.count)

    def cut(self) -> str:
        """How far the body came before the connection ended."""
        return f"{self.progress()}, then the peer closed {self._place()}"


_HEX_OCTETS = tuple(bytes((octet,)) for octet in _HEXDIGITS)


def _offset(violation: Violation) -> int:
    return violation.offset


class Sending:
    """A message going out: its framing put on, by the fields of its head. Used by both roles."""

    def __init__(self) -> None:
        self.framed: Framed | None = None
        self.sent = 0
        self.done = True
        self._trailers: Fields = ()

    def begin(self, framed: Framed) -> None:
        """A head was sent; its body is framed like this."""
        self.framed = framed
        self.sent = 0
        self.done = False
        self._trailers = ()

    def octets(self, fact: Content | Moved | Trailers | Completed) -> bytes:
        """The octets of the next part of the body; none for content that the kernel moves by itself. Raises
        HttpeekError (USAGE) for trailers without chunks and for content that is moved into chunks."""
        framed = self.framed
        if framed is None or self.done:
            raise usage("content was given before a head or after the end of the message")
        chunked = framed.framing == "chunked"
        if isinstance(fact, Content):
            self.sent += len(fact.data)
            # RFC 9112 section 7.1: a chunk of size 0 would end the body.
            return b"%x\r\n%b\r\n" % (len(fact.data), fact.data) if chunked and fact.data else fact.data
        if isinstance(fact, Moved):
            if chunked:
                raise usage("content cannot be moved into chunks: they have to be written around it")
            self.sent += fact.octets
            return b""
        if isinstance(fact, Trailers):
            if not chunked:
                raise usage("trailers need Transfer-Encoding: chunked (RFC 9112 7.1.2)")
            section_octets(fact.fields)
            self._trailers += fact.fields
            return b""
        self.done = True
        return b"0\r\n" + section_octets(self._trailers) if chunked else b""

    @property
    def short(self) -> bool:
        """True when less was sent than Content-Length says: the peer still waits for the rest."""
        framed = self.framed
        return framed is not None and framed.framing == "length" and self.sent != framed.length
