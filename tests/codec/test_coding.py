"""Content codings: taken off as a stream, bounded, and as far as they go."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped,unused-ignore]  # it has no stubs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.codec.coding import RATIO_FROM, Decoder
from httpeek.codec.decompress import PIECE
from httpeek.codec.http1.framing import codings
from httpeek.model.codes import BAD_CODING, TOO_LARGE, HttpeekError
from httpeek.model.plan import SizeLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"".join(b"line %d of what is coded\n" % number for number in range(2_000))


def raw_deflate(octets: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(octets) + compressor.flush()


CODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": gzip.compress,
    b"x-gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"br": brotli.compress,
    b"zstd": zstd.compress,
}
NAMES = sorted(CODERS)


def decode(names: list[bytes], octets: bytes, step: int = 0, size: SizeLimits = SizeLimits()) -> Decoded:  # noqa: B008
    return Decoded(names, octets, step or len(octets) or 1, size)


class Decoded:
    """What came out, how it ended, and the notes."""

    def __init__(self, names: list[bytes], octets: bytes, step: int, size: SizeLimits) -> None:
        self.out = b""
        self.code = 0
        self.sentence = ""
        try:
            decoder = Decoder(names, size)
            out = bytearray()
            try:
                for start in range(0, len(octets), step):
                    for piece in decoder.feed(octets[start : start + step]):
                        assert 0 < len(piece) <= PIECE
                        out += piece
                for piece in decoder.finish():
                    out += piece
            finally:
                self.out = bytes(out)
        except HttpeekError as error:
            self.code = error.code
            self.sentence = error.failure.sentence
        else:
            self.notes = decoder.notes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", [0, 1, 1000])
def test_each_coding_is_taken_off(name: bytes, step: int) -> None:
    done = decode([name], CODERS[name](TEXT), step)
    assert (done.out, done.code, done.notes) == (TEXT, 0, [])


@given(st.binary(max_size=3000), st.lists(st.sampled_from(NAMES), max_size=4), st.integers(1, 500))
def test_stacked_codings_come_off_in_reverse(octets: bytes, names: list[bytes], step: int) -> None:
    coded = octets
    for name in names:
        coded = CODERS[name](coded)
    done = decode(names, coded, step)
    assert (done.out, done.code) == (octets, 0)


def test_without_a_coding_the_very_object_passes() -> None:
    data = b"x" * 1000
    assert [piece is data for piece in Decoder([], SizeLimits()).feed(data)] == [True]
    assert [piece is data for piece in Decoder([b"identity"], SizeLimits()).feed(data)] == [True]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_body_has_nothing_to_decode(name: bytes) -> None:
    assert decode([name], b"").code == 0


@pytest.mark.parametrize("step", [0, 1])
def test_gzip_members_padding_and_what_stands_behind(step: int) -> None:
    member = gzip.compress(TEXT)
    done = decode([b"gzip"], member * 3, step)
    assert (done.out, done.notes) == (TEXT * 3, [])
    done = decode([b"gzip"], member + bytes(7), step)
    assert done.out == TEXT
    assert done.notes == [("", "7 octets of padding after the end of the coded content")]
    done = decode([b"gzip"], member + b"\x1fjunk", step)
    assert done.out == TEXT
    assert done.notes == [("", "5 octets after the end of the coded content")]


@pytest.mark.parametrize("step", [0, 1])
def test_deflate_without_its_wrapper_is_told(step: int) -> None:
    done = decode([b"deflate"], raw_deflate(TEXT), step)
    assert done.out == TEXT
    assert done.notes == [("raw-deflate", "deflate without its zlib wrapper")]


@pytest.mark.parametrize("name", [b"br", b"zstd", b"deflate"])
@pytest.mark.parametrize("step", [0, 1])
def test_octets_behind_other_codings_are_told(name: bytes, step: int) -> None:
    done = decode([name], CODERS[name](TEXT) + b"junk", step)
    assert (done.out, done.code) == (TEXT, 0)
    assert done.notes == [("", "4 octets after the end of the coded content")]


@pytest.mark.parametrize("step", [0, 1])
def test_zstd_frames_follow_each_other(step: int) -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    frame = zstd.compress(TEXT)
    done = decode([b"zstd"], frame + skippable + frame, step)
    assert (done.out, done.code, done.notes) == (TEXT * 2, 0, [])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", [0, 1, 100])
def test_content_that_ends_before_its_coding_is_given_as_far_as_it_goes(name: bytes, step: int) -> None:
    coded = CODERS[name](TEXT)
    whole = decode([name], coded[:-1], step)
    assert whole.code == BAD_CODING
    assert "ends before it does" in whole.sentence
    assert TEXT.startswith(whole.out)
    assert decode([name], coded[:1], step).code == BAD_CODING


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", [0, 1])
def test_content_that_is_not_coded_at_all(name: bytes, step: int) -> None:
    done = decode([name], b"<html>this is not coded, whatever the field says</html>", step)
    assert done.code == BAD_CODING
    assert name.decode() in done.sentence


def test_what_stands_before_a_fault_is_given_to_the_octet() -> None:
    """However the content is cut, the same octets come out before the error."""
    compressor = zlib.compressobj(wbits=31)
    good = compressor.compress(TEXT) + compressor.flush(zlib.Z_FULL_FLUSH)
    for name, coded in ((b"gzip", good + b"\xff\xff\xff" * 9), (b"br", brotli.compress(TEXT)[:-9] + b"\xff" * 20)):
        whole, single = decode([name], coded), decode([name], coded, 1)
        assert whole.code == single.code == BAD_CODING
        assert whole.out == single.out
        if name == b"gzip":
            assert whole.out == TEXT


def test_a_wrong_checksum_is_an_error_after_everything() -> None:
    coded = bytearray(gzip.compress(TEXT))
    coded[-5] ^= 1
    done = decode([b"gzip"], bytes(coded))
    assert (done.out, done.code) == (TEXT, BAD_CODING)


def test_an_unknown_coding_is_left_on_and_told() -> None:
    done = decode([b"snappy"], b"abc")
    assert (done.out, done.code) == (b"abc", 0)
    assert done.notes == [("", 'the content coding "snappy" is not known: the content is left coded')]
    done = decode([b"snappy", b"gzip"], gzip.compress(b"abc"))
    assert done.out == b"abc"
    done = decode([b"gzip", b"snappy"], b"abc")
    assert done.out == b"abc"


def test_more_codings_than_anybody_needs_are_refused() -> None:
    assert decode([b"gzip"] * 9, b"x").code == BAD_CODING


def test_a_limit_gives_exactly_so_many_octets() -> None:
    for step in (0, 1):
        done = decode([b"gzip"], gzip.compress(TEXT), step, SizeLimits(decoded=100))
        assert (done.out, done.code) == (TEXT[:100], TOO_LARGE)
    assert decode([b"gzip"], gzip.compress(TEXT), 0, SizeLimits(decoded=len(TEXT))).code == 0


def test_small_content_may_be_repetitive() -> None:
    assert decode([b"gzip"], gzip.compress(bytes(RATIO_FROM // 2))).code == 0


def test_a_window_beyond_8_mib_is_refused() -> None:
    options = {int(zstd.CompressionParameter.window_log): 25, int(zstd.CompressionParameter.compression_level): 1}
    compressor = zstd.ZstdCompressor(options=options)
    coded = compressor.compress(TEXT) + compressor.flush()
    assert decode([b"zstd"], coded).code == BAD_CODING


BOMB = """
import sys, zlib
from httpeek.codec.coding import Decoder
from httpeek.model.codes import HttpeekError
from httpeek.model.plan import SizeLimits

def squeezed(pieces):
    compressor = zlib.compressobj(9, wbits=31)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()

zeros = (bytes(1 << 20) for _ in range(400))
names = sys.argv[1].encode().split(b",")
if names == [b"br"]:
    import brotli
    compressor = brotli.Compressor(quality=1)
    coded = b"".join([*(compressor.process(piece) for piece in zeros), compressor.finish()])
elif names == [b"zstd"]:
    from httpeek.codec.decompress import _Zstd
    compressor = _Zstd()._zstd.ZstdCompressor()
    coded = b"".join([*(compressor.compress(piece) for piece in zeros), compressor.flush()])
else:
    coded = zeros
    for name in names:
        coded = squeezed(coded)
    coded = b"".join(coded)
def memory():
    # Unlike ru_maxrss this begins anew with the program: the process it was forked from does not count.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

decoder = Decoder(names, SizeLimits())
given = 0
try:
    for start in range(0, len(coded), 65536):
        for piece in decoder.feed(coded[start:start + 65536]):
            given += len(piece)
    print("whole")
except HttpeekError as error:
    print(error.code, given, memory())
"""


@pytest.mark.parametrize("names", ["gzip", "gzip,gzip", "gzip,gzip,gzip", "br", "zstd"])
def test_a_bomb_of_400_mib_stops_and_takes_no_memory(names: str) -> None:
    done = subprocess.run([sys.executable, "-c", BOMB, names], capture_output=True, text=True, check=True)
    code, given, memory = map(int, done.stdout.split())
    assert code == TOO_LARGE
    assert given < 400 << 20
    assert memory < 100 * 1024


def test_what_has_to_come_off_is_content_and_transfer_codings() -> None:
    fields = ((b"Content-Encoding", b"br, gzip"), (b"Transfer-Encoding", b"deflate, chunked"))
    assert codings(fields) == [b"br", b"gzip", b"deflate"]
    assert codings(((b"Transfer-Encoding", b"gzip;q=1"),)) == [b"gzip"]
    assert codings(((b"Transfer-Encoding", b"chunked"),)) == []
    assert codings(((b"Transfer-Encoding", b"snappy, chunked"), (b"Content-Encoding", b"snappy"))) == [b"snappy"]


def test_decompressors_are_imported_when_they_are_needed() -> None:
    code = (
        "import sys; from httpeek.codec.coding import Decoder; from httpeek.model.plan import SizeLimits;"
        "d = Decoder([b'gzip'], SizeLimits()); Decoder([b'br', b'zstd', b'deflate'], SizeLimits());"
        "early = {'zlib', 'brotli', '_brotli', 'backports', 'compression'} & set(sys.modules);"
        "list(d.feed(b'\\x1f\\x8b')); print(sorted(early), 'brotli' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _with_path(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "[] False"


def _with_path(code: str) -> str:
    import httpeek

    module: ModuleType = httpeek
    assert module.__file__ is not None
    return f"import sys; sys.path.insert(0, {module.__file__.rpartition('/httpeek/')[0]!r}); {code}"
