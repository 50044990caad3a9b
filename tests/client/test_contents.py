"""Content: where it is read from, the parts of a form, and codings that are put on."""

from __future__ import annotations

import os
import zlib
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.client.compressed import compressed
from httpeek.client.multipart import Part, checked, encoded, media_type
from httpeek.client.source import PIECE, Source
from httpeek.codec.coding import Decoder
from httpeek.codec.compress import CODINGS
from httpeek.model.codes import HttpeekError
from httpeek.model.plan import Body, SizeLimits


def content(body: Body) -> bytes:
    source, pieces = Source(body), []
    while not source.done:
        pieces.append(source.read() or b"")
    assert source.sent == sum(map(len, pieces))
    assert all(len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces)


def octets(data: bytes) -> Body:
    return Body(data, length=len(data))


def test_parts_are_read_one_behind_the_other(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * (PIECE + 1))
    (tmp_path / "empty").touch()
    read, write = os.pipe()
    os.write(write, b"from a pipe")
    os.close(write)
    parts = (
        octets(b"1"),
        Body(path=str(path), length=PIECE + 1),
        Body(path=str(tmp_path / "empty"), length=0),
        Body(fd=read, length=None),
        octets(b"2" * (2 * PIECE)),
    )
    try:
        assert content(Body(parts=parts, length=None)) == b"1" + b"x" * (PIECE + 1) + b"from a pipe" + b"2" * 2 * PIECE
    finally:
        os.close(read)


def test_content_without_an_announced_length_ends_where_it_ends() -> None:
    assert content(Body(b"abc", length=None)) == b"abc"
    assert content(Body(length=None)) == b""


def test_a_part_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"xx")
    with pytest.raises(HttpeekError, match="ended after 2 of 3 bytes"):
        content(Body(parts=(octets(b"1"), Body(path=str(path), length=3)), length=4))


def test_a_form_has_the_length_that_it_announces_and_says_what_its_parts_are(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\0\xff")
    parts = [
        Part("a", octets("\u00fc".encode())),
        Part('q"\r\n', Body(path=str(path), length=2), 'f"\n\u00fc', b"image/x"),
    ]
    body = encoded(parts, "B")
    sent = content(body)
    assert body.length == len(sent)
    assert sent == (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xc3\xbc\r\n'
        b'--B\r\nContent-Disposition: form-data; name="q%22%0D%0A"; filename="f%22%0A\xc3\xbc"\r\n'
        b"Content-Type: image/x\r\n\r\n\0\xff\r\n--B--\r\n"
    )


@given(st.lists(st.tuples(st.text(alphabet='ab"=;', min_size=1), st.text(alphabet="xy\r\n-")), max_size=4))
def test_a_mail_reader_finds_the_same_parts(pairs: list[tuple[str, str]]) -> None:
    sent = content(encoded([Part(name, octets(text.encode())) for name, text in pairs], "boundary"))
    found = message_from_bytes(b"Content-Type: " + media_type("boundary") + b"\r\n\r\n" + sent, policy=HTTP)
    parts = list(found.iter_parts()) if pairs else []
    assert len(parts) == len(pairs)
    for part, (name, text) in zip(parts, pairs, strict=True):
        assert part.get_param("name", header="content-disposition") == name.replace('"', "%22")
        assert part.get_payload(decode=True) == text.encode()


@pytest.mark.parametrize("boundary", ["", "x" * 71, "a\r\nb", "a ", "\u00fc", 'a"b'])
def test_what_is_no_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(HttpeekError, match="is no boundary"):
        checked(boundary)


def test_a_boundary_is_quoted_where_it_has_to_be() -> None:
    assert media_type("a:b") == b'multipart/form-data; boundary="a:b"'


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("kind", ["memory", "file", "parts", "pipe"])
def test_a_coding_is_put_on_and_comes_off_again(coding: str, kind: str, tmp_path: Path) -> None:
    plain = b"the same words again " * 2000
    path = tmp_path / "f"
    path.write_bytes(plain)
    read, write = os.pipe()
    os.write(write, plain)
    os.close(write)
    body = {
        "memory": octets(plain),
        "file": Body(path=str(path), length=len(plain)),
        "parts": Body(parts=(octets(plain[:100]), octets(plain[100:])), length=len(plain)),
        "pipe": Body(fd=read, length=None),
    }[kind]
    made, done = compressed(body, coding, forced=False)
    os.close(read)
    assert done
    coded = content(made)
    assert made.length == len(coded) < len(plain)
    assert content(made) == coded, "a redirect may ask for it again"
    decoder = Decoder([coding.encode()], SizeLimits())
    assert b"".join([*decoder.feed(coded), *decoder.finish()]) == plain


def test_content_that_would_grow_stays_as_it_was_unless_it_is_forced() -> None:
    assert compressed(octets(b"abc"), "deflate", forced=False) == (octets(b"abc"), False)
    made, done = compressed(octets(b"abc"), "deflate", forced=True)
    assert done
    assert zlib.decompress(made.data) == b"abc"
    read, write = os.pipe()
    os.write(write, b"abc")
    os.close(write)
    made, done = compressed(Body(fd=read, length=None), "gzip", forced=False)
    os.close(read)
    assert (content(made), done) == (b"abc", False)
