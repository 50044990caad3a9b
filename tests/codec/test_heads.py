"""Heads: the fast reader and the diagnosing one agree, and what is written can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.codec.http1.diagnose import next_line, read_fields, request_line, status_line
from httpeek.codec.http1.head import (
    BLANK,
    TEXT,
    TOKEN,
    Findings,
    Section,
    clean_request_line,
    clean_status_line,
    request_octets,
    response_octets,
    split_clean,
)
from httpeek.model.codes import USAGE, HttpeekError
from httpeek.model.message import RequestHead, ResponseHead

tokens = st.binary(min_size=1, max_size=12).map(lambda b: bytes(TOKEN[o % len(TOKEN)] for o in b))
texts = st.binary(max_size=30).map(lambda b: bytes(TEXT[o % len(TEXT)] for o in b).strip(BLANK))
sections = st.lists(st.tuples(tokens, texts), max_size=8).map(tuple)
anything = st.lists(
    st.one_of(
        st.sampled_from(
            [b"HTTP/1.1 200 OK\r\n", b"\r\n", b"\n", b"\r", b"A: b\r\n", b"A : b\n", b" x\r\n", b"\0", b":", b"\xff"]
        ),
        st.binary(max_size=6),
    ),
    max_size=12,
).map(b"".join)


@given(tokens, sections, st.integers(0, 10**6))
def test_both_readers_agree_on_clean_heads(method: bytes, fields: tuple[tuple[bytes, bytes], ...], base: int) -> None:
    octets = request_octets(RequestHead(method, b"/", b"HTTP/1.1", fields))
    clean = split_clean(octets)
    assert clean is not None
    findings = Findings("in")
    line, after = next_line(octets, 0, base, findings)
    read, offsets = read_fields(octets, after, base, 100, findings)
    assert findings.found == []
    assert clean == (line, read)
    assert read == fields
    for (name, _), offset in zip(read, offsets, strict=True):
        assert octets[offset - base :].startswith(name + b":")


@given(anything)
def test_the_fast_reader_takes_nothing_that_the_other_finds_fault_with(octets: bytes) -> None:
    octets = b"HTTP/1.1 200 OK\r\n" + octets + b"\r\n\r\n"
    end = octets.find(b"\r\n\r\n") + 4
    clean = split_clean(octets[:end])
    findings = Findings("in")
    line, after = next_line(octets[:end], 0, 0, findings)
    read, _ = read_fields(octets[:end], after, 0, 100, findings)
    assert (clean is not None) == (findings.found == [])
    if clean is not None:
        assert clean == (line, read)


@given(anything, st.integers(1, 7))
def test_a_section_ends_at_the_same_octet_however_it_arrives(octets: bytes, step: int) -> None:
    whole = Section(10_000, True)
    taken = whole.take(octets, 0)
    parts = Section(10_000, True)
    position = 0
    for start in range(0, len(octets), step):
        if parts.whole:
            break
        piece = octets[start : start + step]
        position += parts.take(piece, 0)
    assert (parts.whole, bytes(parts.octets), parts.start) == (whole.whole, bytes(whole.octets), whole.start)
    assert position == taken


@given(st.binary(max_size=40))
def test_any_line_is_read_without_an_exception(line: bytes) -> None:
    for before in (b"", b"HTTP/1.1 ", b"HTTP/1.1 200", b"GET ", b"GET / "):
        findings = Findings("in")
        started = status_line(before + line, 0, findings)
        assert (started is None) == findings.fatal
        if not (before + line).translate(None, TEXT):
            # The fast readers see lines of text only; they agree with these wherever they give an answer.
            assert clean_status_line(before + line) in (None, started)
            if clean_status_line(before + line):
                assert findings.found == []
            findings = Findings("in")
            asked = request_line(before + line, 0, findings)
            assert clean_request_line(before + line) in (None, asked)
            if clean_request_line(before + line):
                assert findings.found == []


@given(tokens, texts, sections)
def test_a_response_head_is_read_as_it_was_written(
    reason: bytes, more: bytes, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    head = ResponseHead(b"HTTP/1.1", 299, reason + b" " + more, fields)
    clean = split_clean(response_octets(head))
    assert clean is not None
    assert status_line(clean[0], 0, Findings("in")) == (head.version, head.status, head.reason)
    assert clean[1] == fields


@pytest.mark.parametrize(
    "head",
    [
        RequestHead(b"GE T", b"/", b"HTTP/1.1", ()),
        RequestHead(b"", b"/", b"HTTP/1.1", ()),
        RequestHead(b"GET\r\n", b"/", b"HTTP/1.1", ()),
        RequestHead(b"GET", b"", b"HTTP/1.1", ()),
        RequestHead(b"GET", b"/\r\nX: y", b"HTTP/1.1", ()),
        RequestHead(b"GET", b"/\n", b"HTTP/1.1", ()),
        RequestHead(b"GET", b"/\0", b"HTTP/1.1", ()),
        RequestHead(b"GET", b"/a b", b"HTTP/1.1", ()),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"", b"x"),)),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X Y", b"x"),)),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X:", b"x"),)),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X\r\n", b"x"),)),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X", b"a\rb"),)),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X", b"a\nb"),)),
        RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X", b"a\0b"),)),
    ],
)
def test_what_would_break_a_request_head_is_refused(head: RequestHead) -> None:
    with pytest.raises(HttpeekError) as raised:
        request_octets(head)
    assert raised.value.code == USAGE


@pytest.mark.parametrize(
    "head",
    [
        ResponseHead(b"HTTP/1.1", 99, b"", ()),
        ResponseHead(b"HTTP/1.1", 200, b"OK\r\n", ()),
        ResponseHead(b"HTTP/1.1", 200, b"OK", ((b"X", b"a\nb"),)),
    ],
)
def test_what_would_break_a_response_head_is_refused(head: ResponseHead) -> None:
    with pytest.raises(HttpeekError) as raised:
        response_octets(head)
    assert raised.value.code == USAGE


def test_a_refusal_says_which_field_and_where() -> None:
    with pytest.raises(HttpeekError, match="the field X-A has LF at position 2"):
        request_octets(RequestHead(b"GET", b"/", b"HTTP/1.1", ((b"X-A", b"a\nb"),)))


def test_fields_go_out_as_given() -> None:
    head = RequestHead(b"get", b"*", b"HTTP/1.0", ((b"hOST", b"x"), (b"A", b""), (b"A", b"\xff ; b"), (b"A", b"\x1b")))
    assert request_octets(head) == b"get * HTTP/1.0\r\nhOST: x\r\nA:\r\nA: \xff ; b\r\nA: \x1b\r\n\r\n"
