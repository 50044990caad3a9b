"""Content codings: gzip, deflate, br and zstd taken off as a stream, bounded (RFC 9110 section 8.4).

Rules:
- Pieces of at most `PIECE` octets come out as soon as they can; without a coding the octets pass untouched.
- What a broken or cut content holds before the fault is given out before the error is raised.
- Every stage is bounded: by octets, and by the ratio of what comes out to what went in, so that a bomb stops however
  often it is wrapped. No stage holds more than its window and a few pieces.
- A coding that is not known ends the decoding: what is inside of it is passed through as it is, and a note says so.
- `decompress` holds the decoders; what they need is imported when the first octet for them arrives.
"""

from __future__ import annotations

from httpeek.codec.decompress import STAGES, Mismatch, pieces
from httpeek.model.codes import BAD_CODING, TOO_LARGE, Failure, HttpeekError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpeek.codec.decompress import Stage
    from httpeek.model.plan import SizeLimits

RATIO_FROM = 16 * 1024 * 1024
"""Octets of output from which on the ratio is looked at: small content may well be that repetitive."""

MOST = 8
"""Codings that are taken off one content: each costs memory, and nobody needs more than two."""

INPUT = 32 * 1024
"""Octets that a decoder gets at a time."""


class Decoder:
    """Takes `codings` off content; they are in the order of Content-Encoding, so the last one goes first.

    `notes` grows with (violation id, detail); an id that is empty is a remark that breaks no rule.
    """

    def __init__(self, codings: list[bytes], size: SizeLimits) -> None:
        self.notes: list[tuple[str, str]] = []
        self._size = size
        self._stages: list[_Bounded] = []
        self._given = 0
        self._refused: Failure | None = None
        names = [name for name in (coding.lower() for coding in codings) if name != b"identity"]
        if len(names) > MOST:
            text = f"the content has {len(names)} codings, more than {MOST} are not decoded"
            self._refused = Failure(BAD_CODING, "coding", text)
            names.clear()
        while names:
            name = names.pop()
            make = STAGES.get(name)
            if make is None:
                text = name.decode("latin-1")
                self.notes.append(("", f'the content coding "{text}" is not known: the content is left coded'))
                break
            self._stages.append(_Bounded(name.decode("ascii"), make(self.notes), size))

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The octets that come out when `data` goes in.

        Raises HttpeekError: BAD_CODING when the content does not match its coding, TOO_LARGE when a limit is passed.
        """
        if self._refused is not None:
            raise HttpeekError(self._refused)
        return self._through(data, 0)

    def finish(self) -> Iterator[bytes]:
        """The content is whole: what was held back (nothing, for all codings there are). Raises as `feed`, also
        when the content ended before its coding did."""
        for stage in self._stages:
            stage.finish()
        return iter(())

    def _through(self, data: bytes, index: int) -> Iterator[bytes]:
        if index == len(self._stages):
            limit = self._size.decoded
            if not self._stages or limit is None:
                self._given += len(data)
                yield from pieces(data)
            else:
                yield from self._up_to(data, limit)
            if index > 1:
                self._stages[0].compare(self._given, "all its codings are")
            return
        for piece in self._stages[index].feed(data):
            yield from self._through(piece, index + 1)

    def _up_to(self, data: bytes, limit: int) -> Iterator[bytes]:
        """The user's limit on the representation: exactly so many octets are given out."""
        left = limit - self._given
        self._given += len(data)
        yield from pieces(data[:left] if len(data) > left else data)
        if len(data) > left:
            text = f"the decoded content is larger than {limit} bytes (--max-decoded): stopped there"
            raise HttpeekError(Failure(TOO_LARGE, "limit", text))


class _Bounded:
    """A stage with its name and the bound on its ratio."""

    def __init__(self, name: str, stage: Stage, size: SizeLimits) -> None:
        self._name = name
        self._stage = stage
        self._ratio = size.ratio
        self._taken = 0
        self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        # In slices, so that a bomb is noticed after the same octets however they arrived.
        for start in range(0, len(data), INPUT):
            piece = data if len(data) <= INPUT else data[start : start + INPUT]
            self._taken += len(piece)
            yield from self._watch(self._stage.feed(piece))

    def finish(self) -> None:
        if self._taken:
            # Content-Encoding on content of no octets: there is nothing to decode.
            try:
                self._stage.finish()
            except Mismatch as error:
                raise self._mismatch(error) from None

    def _mismatch(self, error: Mismatch) -> HttpeekError:
        text = f"the content does not match its coding {self._name}: {error}, after {self._given} decoded bytes"
        return HttpeekError(Failure(BAD_CODING, "coding", text))

    def _watch(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            for piece in pieces:
                self._given += len(piece)
                yield piece
                self.compare(self._given, f"{self._name} is")
        except Mismatch as error:
            raise self._mismatch(error) from None

    def compare(self, given: int, what: str) -> None:
        """Raises HttpeekError (TOO_LARGE) when `given` octets are too many for those that this stage has taken."""
        if given > RATIO_FROM and given > self._ratio * self._taken:
            text = (
                f"the content grows more than {self._ratio} times when {what} taken off (--max-ratio): "
                f"stopped after {given} bytes"
            )
            raise HttpeekError(Failure(TOO_LARGE, "limit", text))
