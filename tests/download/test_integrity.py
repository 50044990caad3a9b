"""Checksums, digests, codings, and answers that are cut short."""

from __future__ import annotations

import gzip
import hashlib
from base64 import b64encode

import pytest

from httpeek.download.integrity import digests, listed, written
from httpeek.model.codes import HttpeekError
from tests.download.conftest import Quick
from tests.download.origin import CUT, Origin, Turn, octets

WHOLE = octets(50_000)


def value(algorithm: str, data: bytes = WHOLE) -> str:
    return hashlib.new(algorithm, data).hexdigest()


@pytest.mark.parametrize("algorithm", ["sha256", "SHA-256", "sha512", "md5", "sha1", "blake2b", "sha3-256"])
def test_a_checksum_that_matches_is_said(download: Quick, algorithm: str) -> None:
    name = algorithm.lower().replace("sha-256", "sha256").replace("sha3-256", "sha3_256")
    with Origin(WHOLE) as origin:
        result = download(f"--checksum={algorithm}:{value(name).upper()}", f"{origin.url}/f")
    assert result.code == 0
    assert f"{name} matches" in result.err
    assert (download.home / "f").read_bytes() == WHOLE


@pytest.mark.parametrize("words", [(), ("-o", "f"), ("--overwrite",)])
def test_a_checksum_that_does_not_match_leaves_no_file(download: Quick, words: tuple[str, ...]) -> None:
    (download.home / "f").write_bytes(b"old")
    wrong = "0" * 64
    with Origin(WHOLE) as origin:
        result = download(f"--checksum=sha256:{wrong}", *words, f"{origin.url}/f")
    assert result.code == 10
    assert value("sha256") in result.err and wrong in result.err
    assert (download.home / "f").read_bytes() == b"old"
    assert not (download.home / "f-1").exists()


def test_a_checksum_is_of_the_whole_file_after_a_resume_too(download: Quick) -> None:
    with Origin(WHOLE, Turn(20_000, CUT)) as origin:
        assert download("--retry=0", f"{origin.url}/f").code == 18
        assert download(f"--checksum=sha256:{value('sha256')}", f"{origin.url}/f").code == 0
        assert "range" in origin.requests[-1].fields
    (download.home / "f").unlink()
    with Origin(WHOLE, Turn(20_000, CUT)) as origin:
        assert download(f"--checksum=sha256:{value('sha256')}", f"{origin.url}/f").code == 0
        assert len(origin.requests) == 2


def test_a_file_that_is_there_and_right_is_not_asked_for(download: Quick) -> None:
    (download.home / "f").write_bytes(WHOLE)
    with Origin(WHOLE) as origin:
        assert download(f"--checksum=sha256:{value('sha256')}", f"{origin.url}/f").code == 0
        assert not origin.requests
    assert download.names() == ["f"]


@pytest.mark.parametrize(
    "text",
    ["sha256:", "sha256:xyz", "sha256:" + "0" * 63, "nosuch:00", "shake_128:00", "nowhere", "sha256:" + "g" * 64],
)
def test_a_checksum_that_is_none_is_told_before_anything_is_sent(download: Quick, text: str) -> None:
    with Origin(WHOLE) as origin:
        assert download(f"--checksum={text}", f"{origin.url}/f").code == 2
        assert not origin.requests


LISTS = [
    "{0}  f\n{1}  g\n",
    "# sums\r\n{0} *f\r\n\r\n{1} *./g\r\n",
    "SHA256 (f) = {0}\nSHA256 (g) = {1}\n",
]


@pytest.mark.parametrize("text", LISTS)
@pytest.mark.parametrize("by_url", [False, True])
def test_a_list_of_checksums_is_looked_up_by_name(download: Quick, text: str, by_url: bool) -> None:
    text = text.format(value("sha256"), "0" * 64)
    (download.home / "SUMS").write_text(text)
    with Origin(text.encode()) as sums, Origin(WHOLE) as origin:
        said = f"{sums.url}/SUMS" if by_url else "SUMS"
        result = download("--checksum", said, f"{origin.url}/f", f"{origin.url}/g", f"{origin.url}/h")
    assert result.code == 10
    assert (download.home / "f").read_bytes() == WHOLE
    assert not (download.home / "g").exists()
    assert (download.home / "h").read_bytes() == WHOLE  # the list does not have it


def test_a_list_that_cannot_be_fetched_is_its_status(download: Quick) -> None:
    with Origin(b"", Turn(status=404)) as sums, Origin(WHOLE) as origin:
        assert download("--checksum", f"{sums.url}/SUMS", f"{origin.url}/f").code == 4
        assert not origin.requests


def test_a_line_that_is_no_checksum_is_told() -> None:
    with pytest.raises(HttpeekError, match="line 2"):
        listed(f"{'0' * 64}  f\nnonsense\n", "SUMS")
    assert written("SUMS") is None
    assert written("http://a/SUMS") is None


def test_checksums_are_printed_as_sha256sum_has_them(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        result = download("--print-checksum", "--print-checksum=md5", f"{origin.url}/f")
    assert result.out.decode() == f"{value('sha256')}  f\n{value('md5')}  f\n"


def field(algorithm: str, data: bytes, name: str = "Repr-Digest") -> str:
    digest = hashlib.new(algorithm.replace("-", ""), data).digest()
    return f"{name}: {algorithm}=:{b64encode(digest).decode()}:"


@pytest.mark.parametrize("name", ["Repr-Digest", "Content-Digest"])
@pytest.mark.parametrize("algorithm", ["sha-256", "sha-512"])
def test_a_digest_of_the_server_s_is_checked(download: Quick, name: str, algorithm: str) -> None:
    with Origin(WHOLE) as origin:
        origin.fields = (field(algorithm, WHOLE, name),)
        assert download(f"{origin.url}/f").code == 0
        origin.fields = (field(algorithm, WHOLE + b"x", name),)
        assert download("-o", "g", f"{origin.url}/f").code == 10
    assert download.names()[0] == "f"
    assert not (download.home / "g").exists()


def test_the_digest_of_a_part_is_of_that_part(download: Quick) -> None:
    with Origin(WHOLE, Turn(20_000, CUT)) as origin:
        assert download("--retry=0", f"{origin.url}/f").code == 18
        begin = 20_000 - 10_000
        origin.turns.append(Turn(fields=(field("sha-256", WHOLE, "Content-Digest"),)))
        assert download("--retry=0", f"{origin.url}/f").code == 10
        (download.home / "f.part").unlink()
        origin.turns.append(Turn(20_000, CUT))
        assert download("--retry=0", f"{origin.url}/f").code == 18
        good = field("sha-256", WHOLE[begin:], "Content-Digest"), field("sha-256", WHOLE)
        origin.turns.append(Turn(fields=good))
        assert download("--retry=0", f"{origin.url}/f").code == 0
        assert origin.requests[-1].fields["range"] == f"bytes={begin}-"
    assert (download.home / "f").read_bytes() == WHOLE


def test_a_digest_that_cannot_be_read_or_trusted_is_passed_over() -> None:
    fields = ((b"Repr-Digest", b"md5=:AAAA:, sha-256=x, sha-512=:!:, unixsum=:AA==:, sha-256=:AAAA:"),)
    assert digests(fields, b"repr-digest") == []


# Codings


def packed(data: bytes = WHOLE) -> bytes:
    return gzip.compress(data, mtime=0)


def test_identity_is_asked_for(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        assert download(f"{origin.url}/f").code == 0
        assert origin.requests[0].fields["accept-encoding"] == "identity"


CODED = [
    # name, type, --decode, what is saved
    ("f.txt", "text/plain", "auto", WHOLE),
    ("f.tar.gz", "application/octet-stream", "auto", packed()),
    ("f.tgz", "text/plain", "auto", packed()),
    ("f", "application/x-gzip", "auto", packed()),
    ("f", "application/x-tar", "auto", packed()),
    ("f.txt", "text/plain", "no", packed()),
    ("f.tar.gz", "application/gzip", "yes", WHOLE),
]


@pytest.mark.parametrize(("name", "kind", "decode", "saved"), CODED)
@pytest.mark.parametrize("cut", [False, True])
def test_codings_come_off_where_they_should(
    download: Quick, name: str, kind: str, decode: str, saved: bytes, cut: bool
) -> None:
    with Origin(packed()) as origin:
        origin.turns = [Turn(20_000, CUT)] if cut else []
        origin.fields = ("Content-Encoding: gzip", f"Content-Type: {kind}")
        result = download(
            f"--decode={decode}", "--checksum", f"sha256:{value('sha256', saved)}", f"{origin.url}/{name}"
        )
    assert result.code == 0
    assert (download.home / name).read_bytes() == saved
    assert ("gzip taken off" in result.err) == (saved == WHOLE)
    assert download.names() == [name]


@pytest.mark.parametrize("content", [packed()[:-10], packed() + b"tail"[:0], b"no gzip at all", packed()[:5]])
def test_content_that_is_not_in_its_coding_is_no_file(download: Quick, content: bytes) -> None:
    with Origin(content) as origin:
        origin.fields = ("Content-Encoding: gzip",)
        code = download(f"{origin.url}/f.txt").code
    assert code == (0 if content == packed() else 61)
    assert (download.home / "f.txt").exists() == (code == 0)


def test_a_bomb_does_not_fill_the_disk(download: Quick, companion: str) -> None:
    result = download(f"{companion}/fault/gzip-bomb")
    assert result.code == 63
    assert sum(path.stat().st_size for path in download.home.iterdir()) < 30_000_000
    assert not (download.home / "gzip-bomb").exists()


# Cut short


CUTS = ("chunked-cut", "chunk-cut", "download-short", "empty-reply", "gzip-cut", "reset-in-body", "reset-until-close")


@pytest.mark.parametrize("fault", [*CUTS, "reset-in-chunks"])
def test_what_is_cut_short_is_never_a_file(download: Quick, companion: str, fault: str) -> None:
    from httpeek.server.faults.catalogue import fault as row

    known = row(fault)
    assert known is not None
    assert known.client == f"fails {download('--retry=0', f'{companion}/fault/{fault}').code}"
    assert not (download.home / fault).exists()


def test_no_fault_of_the_catalogue_that_fails_leaves_a_file(download: Quick, companion: str) -> None:
    from httpeek.server.faults.catalogue import FAULTS

    for fault in FAULTS:
        if fault.handshake is not None or not fault.client.startswith("fails ") or fault.client == "fails 28":
            continue
        result = download("--retry=0", "--max-time=20", "-o", fault.name, f"{companion}/fault/{fault.name}")
        assert result.code != 0, fault.name
        assert not (download.home / fault.name).exists(), fault.name


def test_the_message_says_how_much_is_missing(download: Quick) -> None:
    with Origin(WHOLE, Turn(20_000, CUT)) as origin:
        result = download("--retry=0", f"{origin.url}/f")
    assert "20000 of 50000 bytes" in result.err
    assert f"httpeek download -c {origin.url}/f" in result.err
