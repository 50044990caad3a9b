"""Parts and conditions: /range and /files against slices of the whole, whatever is asked."""

from __future__ import annotations

from email.parser import BytesParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpeek.server.app import files
from tests.server.app.asking import Got, ask

LETTERS = (b"abcdefghijklmnopqrstuvwxyz" * 8)[:200]
WHOLE = ask("/range/200").content
DATE = files.MODIFIED


def parts(got: Got) -> list[tuple[str, bytes]]:
    """Content-Range and content of each part, read by the standard library's parser."""
    head = f"Content-Type: {got['Content-Type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + got.content)
    return [(part["Content-Range"], part.get_payload(decode=True)) for part in message.get_payload()]  # type: ignore[union-attr, misc, index]  # a multipart message has messages


def test_the_whole_of_a_range_is_letters() -> None:
    got = ask("/range/200")
    assert (got.status, got.content, got["Accept-Ranges"], got["ETag"]) == (200, LETTERS, "bytes", '"range200"')


@pytest.mark.parametrize(
    ("field", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=190-", 190, 199),
        ("bytes=-5", 195, 199),
        ("bytes=-500", 0, 199),
        ("bytes=199-100000000000000000", 199, 199),
        ("Bytes = 1-2", 1, 2),
        ("bytes=1-2,", 1, 2),
        ("bytes=300-400, 5-6", 5, 6),
    ],
)
def test_one_range_is_206(field: str, first: int, last: int) -> None:
    got = ask("/range/200", fields={"Range": field})
    assert (got.status, got["Content-Range"]) == (206, f"bytes {first}-{last}/200")
    assert got.content == LETTERS[first : last + 1]


@pytest.mark.parametrize("field", ["bytes=200-", "bytes=200-300", "bytes=-0", "bytes=500-600,700-"])
def test_no_range_that_is_there_is_416_with_the_size(field: str) -> None:
    got = ask("/range/200", fields={"Range": field})
    assert (got.status, got["Content-Range"]) == (416, "bytes */200")


@pytest.mark.parametrize(
    "field",
    ["", "bytes", "bytes=", "bytes=x-y", "bytes=5-4", "bytes=+1-2", "bytes=1_0-20", "bytes=-", "bytes=1", "lines=1-2",
     "bytes=1-2-3", "bytes=\u0661-", "bytes=" + ",".join(["1-2"] * 65)],
)  # fmt: skip
def test_a_range_field_that_is_none_is_ignored(field: str) -> None:
    got = ask("/range/200", fields={"Range": field})
    assert (got.status, got.content) == (200, LETTERS)


def test_several_ranges_come_as_parts() -> None:
    got = ask("/range/200", fields={"Range": "bytes=0-1, 500-, 10-12, -1"})
    assert got.status == 206
    assert got["Content-Type"].startswith("multipart/byteranges; boundary=")
    assert int(got["Content-Length"]) == len(got.content)
    assert "Content-Range" not in dict(got.fields)
    found = [("bytes 0-1/200", b"ab"), ("bytes 10-12/200", LETTERS[10:13]), ("bytes 199-199/200", LETTERS[199:])]
    assert parts(got) == found


def test_a_range_is_of_get_only() -> None:
    got = ask("/range/200", "HEAD", {"Range": "bytes=0-1"})
    assert (got.status, got["Content-Length"]) == (200, "200")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"range200"', 206),
        ('"other"', 200),
        ('W/"range200"', 200),
        (DATE, 200),
        ("", 200),
    ],
)
def test_if_range_gives_the_part_only_of_what_has_not_changed(condition: str, status: int) -> None:
    assert ask("/range/200", fields={"Range": "bytes=1-2", "If-Range": condition}).status == status


@pytest.mark.parametrize(("condition", "status"), [(DATE, 206), ("Sun, 06 Nov 1994 08:49:38 GMT", 200)])
def test_if_range_by_date_takes_the_very_same_date(condition: str, status: int) -> None:
    assert ask("/files/1KiB.bin", fields={"Range": "bytes=1-2", "If-Range": condition}).status == status


def test_a_weak_tag_never_gives_a_part() -> None:
    tag = ask("/files/1KiB.bin?etag=weak")["ETag"]
    assert tag.startswith('W/"')
    assert ask("/files/1KiB.bin?etag=weak", fields={"Range": "bytes=1-2", "If-Range": tag}).status == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"If-None-Match": '"range200"'}, 304),
        ({"If-None-Match": 'W/"range200"'}, 304),
        ({"If-None-Match": '"a,b", "range200"'}, 304),
        ({"If-None-Match": "range200"}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": '"'}, 200),
        ({"If-Match": '"range200"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": 'W/"range200"'}, 412),
        ({"If-Match": '"other"', "If-None-Match": '"range200"'}, 412),
        ({"If-None-Match": '"range200"', "Range": "bytes=500-"}, 304),
    ],
)
def test_conditions_by_tag(fields: dict[str, str], status: int) -> None:
    assert ask("/range/200", fields=fields).status == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT"}, 304),
        ({"If-Modified-Since": DATE, "If-None-Match": '"other"'}, 200),
        ({"If-Unmodified-Since": DATE}, 200),
        ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"}, 412),
        ({"If-Unmodified-Since": "never"}, 200),
    ],
)
def test_conditions_by_date(fields: dict[str, str], status: int) -> None:
    assert ask("/files/1KiB.bin", fields=fields).status == status


RANGE = st.one_of(
    st.tuples(st.integers(0, 250), st.integers(0, 250)).map(lambda r: f"{min(r)}-{max(r)}"),
    st.integers(0, 250).map(lambda n: f"{n}-"),
    st.integers(0, 250).map(lambda n: f"-{n}"),
)


def expected(field: str, size: int) -> list[tuple[int, int]]:
    """What each range is as a slice, worked out by Python's own slices."""
    found = []
    for part in field.split(","):
        first, _, last = part.partition("-")
        if first:
            made = range(size)[int(first) : int(last) + 1 if last else None]
        else:
            made = range(size)[-int(last) :] if int(last) else range(0)
        if made:
            found.append((made[0], made[-1]))
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(RANGE, min_size=1, max_size=5).map(",".join), st.sampled_from([0, 1, 26, 200]), st.integers(1, 60))
def test_every_range_is_a_slice_of_the_whole(field: str, size: int, chunk: int) -> None:
    got = ask(f"/range/{size}?chunk_size={chunk}", fields={"Range": f"bytes={field}"})
    whole, wanted = LETTERS[:size], expected(field, size)
    if not wanted:
        assert got.status == 416
    elif len(wanted) == 1:
        first, last = wanted[0]
        assert (got.status, got.content) == (206, whole[first : last + 1])
    else:
        assert parts(got) == [(f"bytes {a}-{b}/{size}", whole[a : b + 1]) for a, b in wanted]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["bin", "txt"]), st.integers(0, 150_000), st.integers(0, 150_000))
def test_every_part_of_a_file_is_a_slice_of_it(kind: str, first: int, last: int) -> None:
    first, last = min(first, last), max(first, last)
    got = ask(f"/files/150000.{kind}", fields={"Range": f"bytes={first}-{last}"})
    if first >= 150_000:
        assert got.status == 416
    else:
        assert got.content == FILES[kind][first : last + 1]


FILES = {kind: ask(f"/files/150000.{kind}").content for kind in ("bin", "txt")}


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0")))
def test_no_range_field_fails(field: str) -> None:
    assert ask("/range/200", fields={"Range": "bytes=" + field}).status in (200, 206, 416)


@pytest.mark.parametrize(
    ("name", "size"),
    [("0B.bin", 0), ("512.bin", 512), ("1k.txt", 1000), ("1KiB.bin", 1024), ("1.5kb.bin", 1500),
     ("report-2KiB.txt", 2048),     ("empty.bin", 0), ("small.iso", 1024), ("a.b-10b.bin", 10), ("100", 100)],
)  # fmt: skip
def test_a_file_is_as_large_as_its_name_says(name: str, size: int) -> None:
    got = ask(f"/files/{name}")
    assert (got.status, len(got.content), got["Content-Length"]) == (200, size, str(size))


def test_the_end_of_a_large_file_is_there_at_once() -> None:
    got = ask("/files/1PiB.bin", fields={"Range": "bytes=-16"})
    assert got["Content-Range"] == f"bytes {2**50 - 16}-{2**50 - 1}/{2**50}"
    assert len(got.content) == 16
    assert ask("/files/big.iso", "HEAD")["Content-Length"] == str(2**30)
    line = ask("/files/1TiB.txt", fields={"Range": "bytes=64000000000-64000000063"}).text
    assert line.rstrip() == "line 1000000000 begins at byte 64000000000, seed 0"


@pytest.mark.parametrize("name", ["2PiB.bin", "99999999999999999999.bin"])
def test_a_file_beyond_the_bound_is_refused(name: str) -> None:
    assert ask(f"/files/{name}").status in (400, 404)
    assert ask("/files/x.bin?size=2PiB").status == 400


@pytest.mark.parametrize("name", ["report.bin", "1XB.bin", ".bin", "-1.bin", "1e3.bin"])
def test_a_name_without_a_size_is_404_and_says_how_to_name_one(name: str) -> None:
    got = ask(f"/files/{name}")
    assert got.status == 404 or name == "-1.bin"
    assert ask(f"/files/{name}?size=7").content == ask("/files/7.bin").content


def test_a_file_is_the_same_by_its_seed_and_another_by_another() -> None:
    import hashlib

    content = ask("/files/150000.bin").content
    assert hashlib.sha256(content).hexdigest()[:32] == "cf31992b43c30799aabe22c075b0e089"
    assert content == ask("/bytes/150000").content
    assert ask("/files/1000.bin").content == content[:1000]
    other = ask("/files/1000.bin?seed=1")
    assert other.content != content[:1000]
    assert other.content == ask("/files/1000.bin", environ={"httpeek.seed": 1}).content
    assert other["ETag"] != ask("/files/1000.bin")["ETag"]


def test_a_file_can_pretend_to_have_changed_or_to_know_no_ranges() -> None:
    assert ask("/files/1KiB.bin?etag=v2")["ETag"] == '"v2"'
    assert not ask("/files/1KiB.bin?etag=none")["ETag"]
    assert ask("/files/1KiB.bin?etag=%22").status == 400
    got = ask("/files/1KiB.bin?ranges=no", fields={"Range": "bytes=1-2"})
    assert (got.status, got["Accept-Ranges"]) == (200, "")
    assert not ask("/files/1KiB.bin?length=no")["Content-Length"]


@pytest.mark.parametrize("kind", list(files._DISPOSITIONS))
def test_every_disposition_is_a_field_that_wsgi_takes(kind: str) -> None:
    got = ask(f"/files/1b.bin?disposition={kind}&filename=%E2%82%AC%20%22%5C.bin")
    assert got["Content-Disposition"].startswith("inline" if kind == "inline" else "attachment")


def test_dispositions_name_the_file_in_their_ways() -> None:
    def said(kind: str) -> str:
        return ask(f"/files/1b.bin?disposition={kind}&filename=%E2%82%AC.bin")["Content-Disposition"]

    assert said("attachment") == 'attachment; filename="_.bin"'
    assert said("both") == "attachment; filename=\"_.bin\"; filename*=UTF-8''%E2%82%AC%2Ebin"
    assert said("utf8").encode("latin-1") == 'attachment; filename="\u20ac.bin"'.encode()
    assert said("path") == 'attachment; filename="../../_.bin"'
    assert said("encoded-word") == 'attachment; filename="=?UTF-8?B?4oKsLmJpbg==?="'
    assert ask("/files/1b.bin?disposition=nosuch").status == 400
    assert ask("/files/1b.bin?disposition=utf8&filename=%0d%0a").status == 400
    assert not ask("/files/1b.bin")["Content-Disposition"]


def test_bytes_are_the_same_everywhere_whole_or_in_pieces() -> None:
    assert ask("/bytes/8").content.hex() == "0fadfc79926e27c2"
    assert ask("/bytes/0").content == b""
    for size in (1, 65_536, 65_537, 200_000):
        assert ask(f"/stream-bytes/{size}?chunk_size=777").content == ask(f"/bytes/{size}").content
    got = ask("/stream-bytes/10")
    assert not got["Content-Length"]
    assert ask("/bytes/9?seed=9").content != ask("/bytes/9").content


@pytest.mark.parametrize(
    "path",
    ["/bytes/x", "/bytes/104857601", "/bytes/1?seed=x", "/stream-bytes/1?chunk_size=0", "/range/-1", "/range/1e3"],
)
def test_what_is_no_number_or_beyond_the_bound_is_400(path: str) -> None:
    got = ask(path)
    assert got.status == 400
    assert " is a number from " in got.text
