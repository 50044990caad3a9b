"""Decoders for the content codings, one shape for all: gzip (RFC 1952), deflate (RFC 1950, 1951), br (RFC 7932) and
zstd (RFC 8878).

Rules:
- Pieces of at most `PIECE` octets come out as soon as they can; no decoder holds more than its window and a piece.
- What stands before a fault is given out before `Mismatch` is raised.
- zlib, brotli and zstd are imported when the first octet for them arrives. How much may come out is not decided here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol

    class Stage(Protocol):
        """One coding: octets in, octets out. `feed` and `finish` raise `Mismatch`."""

        def feed(self, data: bytes) -> Iterator[bytes]:
            """Decodes a piece."""

        def finish(self) -> None:
            """The end of the content; everything was given out before."""

    class Frames(Protocol):
        """A decoder that has no copy: `ended` says that its stream is whole, `behind` counts octets after it."""

        behind: int

        @property
        def ended(self) -> bool:
            """True when the stream is whole."""

        def feed(self, data: bytes) -> Iterator[bytes]:
            """Decodes a piece."""


PIECE = 256 * 1024
"""The most octets that are given out at a time."""

SLICE = 2 * 1024
"""Octets given at a time to decoders that lose their output when they fail."""

REPLAY = 64 * 1024
"""Octets of input that are kept for them, so that what stands before a fault can still be shown exactly."""

WINDOW_LOG = 23
"""zstd frames with a window beyond 8 MiB are refused, as RFC 9659 asks."""


class Mismatch(Exception):
    """The octets are not what their coding says; `args[0]` says how, for a sentence."""


def pieces(data: bytes) -> Iterator[bytes]:
    """`data` in pieces of at most `PIECE` octets; the very object where it is one."""
    if len(data) <= PIECE:
        if data:
            yield data
        return
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


class _Zlib:
    """gzip with any number of members (RFC 1952), or deflate with its zlib wrapper (RFC 1950) or without one."""

    def __init__(self, notes: list[tuple[str, str]], gzip: bool) -> None:
        self._notes = notes
        self._gzip = gzip
        self._inflater: Any = None
        self._begin = b""  # the first octets of deflate, until the wrapper can be told
        self._ended = False
        self._behind = 0  # octets behind the last member
        self._behind_odd = False
        self._wrapper = 31 if gzip else 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not self._wrapper:
            data = self._begin + data
            if len(data) < 2:
                self._begin = data
                return
            self._begin = b""
            self._choose(data)
        while data:
            if self._ended:
                data = self._next_member(data)
                if not data:
                    return
            if self._inflater is None:
                from zlib import decompressobj

                self._inflater = decompressobj(self._wrapper)
            yield from self._inflate(data)
            inflater = self._inflater
            data = b""
            if inflater.eof:
                data = inflater.unused_data
                self._inflater = None
                self._ended = True

    def _choose(self, data: bytes) -> None:
        """RFC 1950 section 2.2: the two octets of a zlib header are a multiple of 31, and the method is 8."""
        zlib = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
        self._wrapper = 15 if zlib else -15
        if not zlib:
            self._notes.append(("raw-deflate", "deflate without its zlib wrapper"))

    def _next_member(self, data: bytes) -> bytes:
        """Behind a member: another one (RFC 1952 section 2.2), padding, or octets that belong to nothing."""
        if self._gzip and not self._behind and (self._begin + data)[:2] == b"\x1f\x8b":
            data, self._begin, self._ended = self._begin + data, b"", False
            return data
        if self._gzip and not self._behind and not self._begin and data == b"\x1f":
            self._begin = data
            return b""
        data, self._begin = self._begin + data, b""
        self._behind += len(data)
        self._behind_odd = self._behind_odd or bool(data.strip(b"\0"))
        return b""

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        from zlib import error as zlib_error

        inflater = self._inflater
        while True:
            before = inflater.copy()
            try:
                piece = inflater.decompress(data, PIECE)
            except zlib_error as error:
                yield from self._until_fault(before, data)
                raise Mismatch(_zlib_words(error)) from None
            if piece:
                yield piece
            data = inflater.unconsumed_tail
            if inflater.eof or (not data and len(piece) < PIECE):
                return

    def _until_fault(self, inflater: Any, data: bytes) -> Iterator[bytes]:
        """What `data` gives before it turns out to be broken, found by halving it."""
        from zlib import error as zlib_error

        while data:
            half = max(1, len(data) // 2)
            attempt = inflater.copy()
            try:
                piece = attempt.decompress(data[:half])
            except zlib_error:
                if half == 1:
                    return
                data = data[:half]
                continue
            inflater = attempt
            data = data[half:]
            yield from pieces(piece)

    def finish(self) -> None:
        if self._begin and self._ended:
            self._behind += len(self._begin)
            self._behind_odd = True
        if self._behind:
            what = "octets" if self._behind_odd else "octets of padding"
            self._notes.append(("", f"{self._behind} {what} after the end of the coded content"))
        if not self._ended:
            raise Mismatch("the content ends before it does")


def _zlib_words(error: Exception) -> str:
    """zlib's own words without their number: "incorrect header check"."""
    return str(error).rpartition(": ")[2]


class _Replaying:
    """br or zstd: decoders that lose what they had decoded when they fail. So they are fed in slices and, while the
    content is small, once more octet by octet up to the fault."""

    def __init__(self, notes: list[tuple[str, str]], make: Callable[[], Frames]) -> None:
        self._notes = notes
        self._make = make
        self._decoder: Frames | None = None
        self._kept: bytearray | None = bytearray()
        self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._kept is not None:
            self._kept += data
            if len(self._kept) > REPLAY:
                self._kept = None
        if self._decoder is None:
            self._decoder = self._make()
        for start in range(0, len(data), SLICE):
            try:
                for piece in self._decoder.feed(data[start : start + SLICE]):
                    self._given += len(piece)
                    yield from pieces(piece)
            except Mismatch:
                if self._kept is None:
                    raise
                yield from self._again(self._kept)
                return

    def _again(self, octets: bytearray) -> Iterator[bytes]:
        """Everything once more, an octet at a time; what was given already is left out."""
        self._kept = None
        decoder = self._decoder = self._make()
        skip = self._given
        for octet in octets:
            for piece in decoder.feed(bytes((octet,))):
                fresh = piece[skip:]
                skip = max(0, skip - len(piece))
                yield from pieces(fresh)

    def finish(self) -> None:
        decoder = self._decoder
        if decoder is None or not decoder.ended:
            raise Mismatch("the content ends before it does")
        if decoder.behind:
            self._notes.append(("", f"{decoder.behind} octets after the end of the coded content"))


class _Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped,unused-ignore]  # it has no stubs

        self._error: type[Exception] = brotli.error
        self._decoder: Any = brotli.Decompressor()
        self.ended = False
        self.behind = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.ended:
            self.behind += len(data)
            return
        decoder = self._decoder
        try:
            piece = decoder.process(data, output_buffer_limit=PIECE // 2)
            while piece or not decoder.can_accept_more_data():
                yield piece
                piece = b"" if decoder.is_finished() else decoder.process(b"", output_buffer_limit=PIECE // 2)
        except self._error:
            raise Mismatch("not a brotli stream, or a broken one") from None
        self.ended = decoder.is_finished()


_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def _begins_frame(octets: bytes) -> bool:
    """True when these octets, at most four, may begin a zstd frame or a skippable one (RFC 8878 section 3.1)."""
    skippable = 0x50 <= octets[0] <= 0x5F and b"\x2a\x4d\x18".startswith(octets[1:4])
    return skippable or _ZSTD_MAGIC.startswith(octets[:4])


class _Zstd:
    """zstd (RFC 8878): any number of frames, windows of at most 8 MiB (RFC 9659)."""

    def __init__(self) -> None:
        import sys

        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        self._zstd: Any = zstd
        self._decoder: Any = None
        self._begin = b""  # octets behind a frame, too few to tell whether they begin another
        self._frames = 0
        self.behind = 0

    @property
    def ended(self) -> bool:
        """True at the end of a frame."""
        if self._begin:
            self.behind += len(self._begin)
            self._begin = b""
        return self._decoder is None and self._frames > 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self.behind:
                self.behind += len(data)
                return
            if self._decoder is None:
                data = self._begin + data
                self._begin = b""
                if self._frames and not _begins_frame(data):
                    self.behind = len(data)
                    return
                if self._frames and len(data) < 4:
                    self._begin = data
                    return
                parameter = self._zstd.DecompressionParameter.window_log_max
                self._decoder = self._zstd.ZstdDecompressor(options={parameter: WINDOW_LOG})
            decoder = self._decoder
            yield from self._decode(data)
            data = b""
            if decoder.eof:
                data = decoder.unused_data
                self._decoder = None
                self._frames += 1

    def _decode(self, data: bytes) -> Iterator[bytes]:
        decoder = self._decoder
        try:
            piece = decoder.decompress(data, PIECE)
            while True:
                if piece:
                    yield piece
                if decoder.eof or decoder.needs_input:
                    return
                piece = decoder.decompress(b"", PIECE)
        except self._zstd.ZstdError as error:
            raise Mismatch(str(error).rpartition(": ")[2]) from None


def _gzip(notes: list[tuple[str, str]]) -> Stage:
    return _Zlib(notes, True)


def _deflate(notes: list[tuple[str, str]]) -> Stage:
    return _Zlib(notes, False)


def _brotli(notes: list[tuple[str, str]]) -> Stage:
    return _Replaying(notes, _Brotli)


def _zstd(notes: list[tuple[str, str]]) -> Stage:
    return _Replaying(notes, _Zstd)


STAGES: dict[bytes, Callable[[list[tuple[str, str]]], Stage]] = {
    b"gzip": _gzip,
    b"x-gzip": _gzip,
    b"deflate": _deflate,
    b"br": _brotli,
    b"zstd": _zstd,
}
"""What takes each coding off; called with the list that notes are added to."""
