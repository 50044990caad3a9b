"""The fault catalogue. Each script gives the octets of a whole answer, and what happens to the connection.

Scripts end with the connection closed, unless they end with `Hold`, or with a complete answer after which it is kept
(`KEPT`). Everything is fixed: the same octets on every machine.
"""

from __future__ import annotations

import zlib

from httpeek.server.faults import Close, Drip, Fault, HalfClose, Hold, Pause, Reset
from httpeek.server.faults.handshakes import HANDSHAKES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Script, Step

_TEXT = b"Content-Type: text/plain\r\n"
_OK = b"HTTP/1.1 200 OK\r\n" + _TEXT
_LENGTH_5 = b"Content-Length: 5\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_END = b"\r\n"
_HELLO = b"hello"


def _says(*steps: Step) -> Script:
    """A script that is the same for every request."""
    return lambda head: steps


def _framing(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "framing", wrong, source, client, _says(*steps))


def _head(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "head", wrong, source, client, _says(*steps))


def _interim(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "interim", wrong, source, client, _says(*steps))


def _coding(name: str, wrong: str, source: str, client: str, coding: bytes, content: bytes) -> Fault:
    head = _OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(content))
    return Fault(name, "codings", wrong, source, client, _says(head, content))


def _life(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "life", wrong, source, client, _says(*steps))


def _redirect(name: str, wrong: str, source: str, client: str, location: bytes, status: int = 302) -> Fault:
    return Fault(name, "redirects", wrong, source, client, _says(_moved(status, location)))


def _moved(status: int, location: bytes) -> bytes:
    return b"HTTP/1.1 %d Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, location)


def _hostile(name: str, wrong: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "hostile", wrong, "RFC 9110 5.5", client, _says(*steps))


def _download(name: str, wrong: str, source: str, client: str, script: Script) -> Fault:
    return Fault(name, "downloads", wrong, source, client, script)


def _packed(data: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packer.compress(data) + packer.flush()


def _bomb(head: RequestHead) -> Iterable[Step]:
    """400 MiB of zeros as gzip, made as it is sent."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1024 * 1024)
    yield _OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
    for _ in range(400):
        octets = packer.compress(zeros)
        if octets:
            yield octets
    yield packer.flush()
    yield Close()


def _endless_head(head: RequestHead) -> Iterable[Step]:
    """100 MB of field lines."""
    yield b"HTTP/1.1 200 OK\r\n"
    line = b"X-Endless: " + b"a" * 1000 + b"\r\n"
    for _ in range(1000):
        yield line * 100
    yield Close()


def _endless_interim(head: RequestHead) -> Iterable[Step]:
    for _ in range(10_000):
        yield b"HTTP/1.1 102 Processing\r\n\r\n"
    yield Close()


def _endless_body(head: RequestHead) -> Iterable[Step]:
    """A body without a length that goes on for 10 GB."""
    yield _OK + b"Connection: close\r\n\r\n"
    block = b"endless\n" * 8192
    for _ in range(160_000):
        yield block


def _whole(head: RequestHead) -> bytes:
    """The 1,000 octets of the file that the download faults are about."""
    return bytes(range(250)) * 4


def _range_begin(head: RequestHead) -> int:
    """Where the client's Range begins, 0 where it sends none."""
    for name, value in head.fields:
        if name.lower() == b"range" and value.startswith(b"bytes="):
            first = value[6:].partition(b"-")[0]
            return int(first) if first.isdigit() else 0
    return 0


def _file(status: bytes, fields: bytes, content: bytes) -> bytes:
    kind = b"Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\n"
    return b"HTTP/1.1 %b\r\n" % status + kind + fields + b"Content-Length: %d\r\n\r\n" % len(content) + content


def _range_lie(head: RequestHead) -> Iterable[Step]:
    """206 with the right Content-Range and the octets of the beginning."""
    begin = _range_begin(head)
    content = _whole(head)
    if not begin:
        return [_file(b"200 OK", b'ETag: "a"\r\n', content)]
    fields = b'ETag: "a"\r\nContent-Range: bytes %d-999/1000\r\n' % begin
    return [_file(b"206 Partial Content", fields, content[: 1000 - begin])]


def _range_wrong_start(head: RequestHead) -> Iterable[Step]:
    begin = _range_begin(head)
    content = _whole(head)
    if not begin:
        return [_file(b"200 OK", b'ETag: "a"\r\n', content)]
    fields = b'ETag: "a"\r\nContent-Range: bytes 0-%d/1000\r\n' % (999 - begin)
    return [_file(b"206 Partial Content", fields, content[: 1000 - begin])]


def _range_wrong_total(head: RequestHead) -> Iterable[Step]:
    begin = _range_begin(head)
    content = _whole(head)
    if not begin:
        return [_file(b"200 OK", b'ETag: "a"\r\n', content)]
    fields = b'ETag: "a"\r\nContent-Range: bytes %d-999/5000\r\n' % begin
    return [_file(b"206 Partial Content", fields, content[begin:])]


def _etag_changes(head: RequestHead) -> Iterable[Step]:
    """Another ETag for every range, and another content with it."""
    begin = _range_begin(head)
    content = _whole(head)
    if not begin:
        return [_file(b"200 OK", b'ETag: "first"\r\n', content)]
    fields = b'ETag: "second"\r\nContent-Range: bytes %d-999/1000\r\n' % begin
    return [_file(b"206 Partial Content", fields, content[begin:][::-1])]


def _range_ignored(head: RequestHead) -> Iterable[Step]:
    return [_file(b"200 OK", b'ETag: "a"\r\n', _whole(head))]


def _short_body(head: RequestHead) -> Iterable[Step]:
    content = _whole(head)
    return [_file(b"200 OK", b'ETag: "a"\r\n', content)[:-400], Close()]


FAULTS = (
    # Framing
    _framing("length-differs", "two Content-Length fields that differ", "RFC 9112 6.3", "fails 8",
             _OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", Close()),
    _framing("length-list-differs", "one Content-Length with two values", "RFC 9112 6.3", "fails 8",
             _OK + b"Content-Length: 5, 6\r\n\r\nhello", Close()),
    _framing("length-repeated", "Content-Length twice, with equal values", "RFC 9112 6.3",
             "notes content-length-repeated", _OK + _LENGTH_5 + _LENGTH_5 + _END + _HELLO),
    _framing("length-not-a-number", "Content-Length: five", "RFC 9112 6.3", "fails 8",
             _OK + b"Content-Length: five\r\n\r\nhello", Close()),
    _framing("length-plus", "Content-Length: +5, which is no digit", "RFC 9110 8.6", "fails 8",
             _OK + b"Content-Length: +5\r\n\r\nhello", Close()),
    _framing("length-negative", "Content-Length: -1", "RFC 9110 8.6", "fails 8",
             _OK + b"Content-Length: -1\r\n\r\n", Close()),
    _framing("length-too-long", "17 of 100 octets, then the end", "RFC 9112 8", "fails 18",
             _OK + b"Content-Length: 100\r\n\r\nseventeen octets.", Close()),
    _framing("length-too-short", "more octets than Content-Length says", "RFC 9112 6.3", "notes bytes-after-end",
             _OK + _LENGTH_5 + _END + b"hello and more", Close()),
    _framing("length-and-chunked", "Content-Length beside Transfer-Encoding", "RFC 9112 6.1",
             "notes length-with-coding", _OK + b"Content-Length: 3\r\n" + _CHUNKED + _END + b"5\r\nhello\r\n0\r\n\r\n"),
    _framing("chunked-cut", "chunks without a last one", "RFC 9112 8", "fails 18",
             _OK + _CHUNKED + b"\r\n5\r\nhello\r\n", Close()),
    _framing("chunk-cut", "the end inside a chunk", "RFC 9112 8", "fails 18",
             _OK + _CHUNKED + b"\r\n5\r\nhe", Close()),
    _framing("chunk-size-invalid", "a chunk size that is not hexadecimal", "RFC 9112 7.1", "fails 56",
             _OK + _CHUNKED + b"\r\nfive\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("chunk-size-0x", "a chunk size written 0x5", "RFC 9112 7.1", "fails 56",
             _OK + _CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("chunk-end-missing", "no CRLF after the data of a chunk", "RFC 9112 7.1", "fails 56",
             _OK + _CHUNKED + b"\r\n5\r\nhello0\r\n\r\n", Close()),
    _framing("chunk-bare-lf", "chunk lines that end with LF alone", "RFC 9112 7.1", "notes bare-lf",
             _OK + _CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n"),
    _framing("chunk-extension", "chunk extensions", "RFC 9112 7.1.1", "accepts",
             _OK + _CHUNKED + b'\r\n5;name=value;q="a;b"\r\nhello\r\n0;last\r\n\r\n'),
    _framing("chunk-extension-huge", "1 MB of chunk extensions", "RFC 9112 7.1.1", "fails 63",
             _OK + _CHUNKED + b"\r\n5;" + b"a" * 1_000_000 + b"\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("chunks-tiny", "chunks of one octet each", "RFC 9112 7.1", "accepts",
             _OK + _CHUNKED + b"\r\n" + b"1\r\na\r\n" * 1000 + b"0\r\n\r\n"),
    _framing("trailers", "a trailer section", "RFC 9112 7.1.2", "accepts",
             _OK + _CHUNKED + b"Trailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5d41402a\r\n\r\n"),
    _framing("chunked-in-10", "Transfer-Encoding in an HTTP/1.0 response", "RFC 9112 6.1", "notes coding-in-10",
             b"HTTP/1.0 200 OK\r\n" + _CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("until-close", "no length: the body ends with the connection", "RFC 9112 6.3", "notes until-close",
             _OK + b"Connection: close\r\n\r\nhello", Close()),
    _framing("content-in-204", "content after 204", "RFC 9110 15.3.5", "notes content-unexpected",
             b"HTTP/1.1 204 No Content\r\n\r\nhello", Close()),
    _framing("content-in-304", "content after 304", "RFC 9110 15.4.5", "notes content-unexpected",
             b"HTTP/1.1 304 Not Modified\r\n\r\nhello", Close()),
    _framing("pipelined-answer", "a second response that nobody asked for", "RFC 9112 9.2", "notes bytes-after-end",
             _OK + _LENGTH_5 + _END + _HELLO + _OK + _LENGTH_5 + _END + b"extra", Close()),
    # Heads
    _head("obs-fold", "a field line that goes on in the next line", "RFC 9112 5.2", "notes obs-fold",
          _OK + b"X-Folded: one\r\n two\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("bare-lf", "lines that end with LF alone", "RFC 9112 2.2", "notes bare-lf",
          (_OK + _LENGTH_5 + _END).replace(b"\r\n", b"\n") + _HELLO),
    _head("bare-cr", "CR inside a field line", "RFC 9112 2.2", "notes bare-cr",
          _OK + b"X-A: one\rtwo\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("space-before-colon", "space before the colon", "RFC 9112 5.1", "notes space-before-colon",
          _OK + b"X-A : 1\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("no-colon", "a field line without a colon", "RFC 9112 5", "notes no-colon",
          _OK + b"just words\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("missing-reason", "no space after the status code", "RFC 9112 4", "notes missing-reason",
          b"HTTP/1.1 200\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("status-99", "a status code below 100", "RFC 9110 15", "fails 8", b"HTTP/1.1 099 Low\r\n\r\n", Close()),
    _head("status-4-digits", "a status code of four digits", "RFC 9112 4", "fails 8",
          b"HTTP/1.1 2000 OK\r\n\r\n", Close()),
    _head("status-999", "a status code of no class", "RFC 9110 15", "notes status-class",
          b"HTTP/1.1 999 Strange\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("version-2", "HTTP/2.0 in a status line", "RFC 9112 2.3", "fails 8",
          b"HTTP/2.0 200 OK\r\n" + _LENGTH_5 + _END + _HELLO, Close()),
    _head("version-09", "content without a status line", "RFC 9112 2.3", "fails 8", b"<html>hello</html>\n", Close()),
    _head("version-lower-case", "http/1.1 in lower case", "RFC 9112 2.3", "fails 8",
          b"http/1.1 200 OK\r\n" + _LENGTH_5 + _END + _HELLO, Close()),
    _head("ssh-banner", "an SSH banner instead of a response", "RFC 9112 4", "fails 8",
          b"SSH-2.0-OpenSSH_9.2p1\r\n", Hold()),
    _head("tls-alert", "a TLS alert instead of a response", "RFC 9112 4", "fails 8",
          b"\x15\x03\x01\x00\x02\x02\x46", Close()),
    _head("head-cut", "the end inside the head", "RFC 9112 8", "fails 56",
          b"HTTP/1.1 200 OK\r\nContent-Le", Close()),
    _head("line-before-start", "an empty line before the status line", "RFC 9112 2.2", "notes line-before-start",
          b"\r\n" + _OK + _LENGTH_5 + _END + _HELLO),
    Fault("head-endless", "head", "100 MB of field lines", "RFC 9112 2.2", "fails 100", _endless_head),
    # Interim responses
    _interim("early-hints", "103 before the 200", "RFC 8297 2", "accepts",
             b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + _OK + _LENGTH_5 + _END + _HELLO),
    _interim("interim-many", "100, 102 and 103 before the 200", "RFC 9110 15.2", "accepts",
             b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
             b"HTTP/1.1 103 Early Hints\r\n\r\n" + _OK + _LENGTH_5 + _END + _HELLO),
    _interim("interim-lone", "103 and then the end", "RFC 9110 15.2", "fails 8",
             b"HTTP/1.1 103 Early Hints\r\n\r\n", Close()),
    Fault("interim-endless", "interim", "10,000 interim responses", "RFC 9110 15.2", "fails 8", _endless_interim),
    _interim("switch-unasked", "101 that nobody asked for", "RFC 9110 15.2.2", "fails 8",
             b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Close()),
    # Codings
    _coding("gzip-not", "Content-Encoding gzip on plain text", "RFC 9110 8.4", "fails 61", b"gzip", _HELLO),
    _coding("gzip-cut", "gzip that ends before its end", "RFC 9110 8.4.1.3", "fails 61", b"gzip",
            _packed(b"hello " * 1000, 31)[:-9]),
    _coding("gzip-crc", "gzip with a wrong checksum", "RFC 9110 8.4.1.3", "fails 61", b"gzip",
            _packed(b"hello", 31)[:-8] + b"\0\0\0\0\5\0\0\0"),
    _coding("gzip-members", "gzip of two members", "RFC 9110 8.4.1.3", "accepts", b"gzip",
            _packed(b"hel", 31) + _packed(b"lo", 31)),
    _coding("deflate-raw", "deflate without its zlib wrapper", "RFC 9110 8.4.1.2", "notes raw-deflate", b"deflate",
            _packed(_HELLO, -15)),
    _coding("coding-unknown", "a content coding that nobody knows", "RFC 9110 8.4", "accepts", b"rot13", b"uryyb"),
    _coding("gzip-twice", "gzip inside gzip", "RFC 9110 8.4", "accepts", b"gzip, gzip",
            _packed(_packed(_HELLO, 31), 31)),
    Fault("gzip-bomb", "codings", "400 MiB of zeros as gzip", "RFC 9110 8.4", "fails 63", _bomb),
    # The life of a connection
    _life("reset-before-head", "RST instead of a response", "RFC 9112 9.5", "fails 56", Reset()),
    _life("reset-in-head", "RST inside the head", "RFC 9112 9.5", "fails 56",
          b"HTTP/1.1 200 OK\r\nContent-Le", Pause(0.1), Reset()),
    _life("reset-in-body", "RST inside the body", "RFC 9112 9.5", "fails 56",
          _OK + b"Content-Length: 100\r\n\r\nhalf", Pause(0.1), Reset()),
    _life("empty-reply", "the end without a reply", "RFC 9112 9.5", "fails 52", Close()),
    _life("half-close", "FIN at once, the response complete", "RFC 9112 9.6", "accepts",
          _OK + _LENGTH_5 + _END + _HELLO, HalfClose(), Hold()),
    _life("never-close", "Connection: close, and it stays open", "RFC 9112 9.6", "accepts",
          _OK + _LENGTH_5 + b"Connection: close\r\n\r\nhello", Hold()),
    _life("stall-before-head", "silence instead of a response", "", "fails 28", Hold()),
    _life("stall-in-body", "silence inside the body", "", "fails 28",
          _OK + b"Content-Length: 100\r\n\r\nhalf", Hold()),
    _life("drip", "one octet every 10 ms", "", "accepts", Drip(_OK + _LENGTH_5 + _END + _HELLO, 0.01)),
    Fault("endless", "life", "a body without an end", "", "fails 28", _endless_body),
    # Redirects
    _redirect("redirect-loop", "a redirect to itself", "RFC 9110 15.4", "fails 47", b"/fault/redirect-loop"),
    _redirect("redirect-file", "a redirect to file:", "RFC 9110 15.4", "fails 47", b"file:///etc/passwd"),
    _redirect("redirect-javascript", "a redirect to javascript:", "RFC 9110 15.4", "fails 47", b"javascript:alert(1)"),
    _redirect("redirect-escape", "escapes in Location", "RFC 9110 5.5", "accepts", b"/\x1b]0;hi\x07"),
    Fault("redirect-nowhere", "redirects", "302 without Location", "RFC 9110 15.4.3", "accepts",
          _says(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")),
    # Cookies
    Fault("cookie-flood", "cookies", "300 cookies", "RFC 6265 6.1", "accepts",
          _says(_OK + b"".join(b"Set-Cookie: c%d=%d\r\n" % (n, n) for n in range(300)) + _LENGTH_5 + _END + _HELLO)),
    Fault("cookie-control", "cookies", "control octets in a cookie", "RFC 6265 4.1.1", "notes control-octet",
          _says(_OK + b"Set-Cookie: a=\x01\x02\r\n" + _LENGTH_5 + _END + _HELLO)),
    Fault("cookie-huge", "cookies", "a cookie of 64 KiB", "RFC 6265 6.1", "accepts",
          _says(_OK + b"Set-Cookie: a=" + b"x" * 65_536 + b"\r\n" + _LENGTH_5 + _END + _HELLO)),
    # Downloads
    _download("range-lie", "206 with the octets of another range", "RFC 9110 14.4", "accepts", _range_lie),
    _download("range-wrong-start", "206 that begins elsewhere", "RFC 9110 14.4", "accepts", _range_wrong_start),
    _download("range-wrong-total", "206 of a file of another size", "RFC 9110 14.4", "accepts", _range_wrong_total),
    _download("range-ignored", "200 to a request with Range", "RFC 9110 14.2", "accepts", _range_ignored),
    _download("etag-changes", "another ETag in the second part", "RFC 9110 14.4", "accepts", _etag_changes),
    _download("download-short", "600 of 1,000 octets", "RFC 9112 8", "fails 18", _short_body),
    # Hostile text
    _hostile("escape-in-content", "terminal escapes in the content", "accepts",
             _OK + b"Content-Length: 26\r\n\r\n\x1b[31mred\x1b[0m \x1b]0;title\x07 x\n"),
    _hostile("escape-in-field", "terminal escapes in a field", "notes control-octet",
             _OK + b"X-A: \x1b[31mred\x1b]52;c;aGk=\x07\r\n" + _LENGTH_5 + _END + _HELLO),
    _hostile("escape-in-reason", "terminal escapes in the reason", "notes control-octet",
             b"HTTP/1.1 200 \x1b[31mOK\r\n" + _LENGTH_5 + _END + _HELLO),
    _hostile("nul-in-field", "NUL in a field", "notes nul", _OK + b"X-A: a\0b\r\n" + _LENGTH_5 + _END + _HELLO),
    _hostile("bidi", "bidirectional controls in field and content", "notes non-ascii",
             _OK + b"X-A: \xe2\x80\xaeevil\r\nContent-Length: 8\r\n\r\n\xe2\x80\xaeevil\n"),
    _hostile("latin-1", "latin-1 without a charset", "notes non-ascii",
             _OK + b"X-A: caf\xe9\r\n" + _LENGTH_5 + _END + b"caf\xe9\n"),
    _hostile("long-line", "a field line of 64 KiB", "accepts",
             _OK + b"X-A: " + b"a" * 65_536 + b"\r\n" + _LENGTH_5 + _END + _HELLO),
    _hostile("many-fields", "10,000 fields", "accepts",
             _OK + b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(10_000)) + _LENGTH_5 + _END + _HELLO),
    *HANDSHAKES,
)  # fmt: skip
"""Every fault, by group."""

_BY_NAME = {fault.name: fault for fault in FAULTS}


def fault(name: str) -> Fault | None:
    """The row of a fault, None for a name that is not in the catalogue."""
    return _BY_NAME.get(name)
