"""The fault catalogue. Each script gives the octets of a whole answer, and what happens to the connection.

Scripts end with the connection closed, unless they end with `Hold`, or with a complete answer after which it is kept
(`KEPT`). Everything is fixed: the same octets on every machine, but for the bomb, which a compressor makes.

There is no fault "refuse": a connection is refused by the kernel where nothing listens, before a server could say a
word. `redirect-refused` leads to such a port.
"""

from __future__ import annotations

import zlib

from httpeek.model.message import first
from httpeek.server.faults import Close, Drip, Fault, HalfClose, Hold, Pause, Reset
from httpeek.server.faults.downloads import DOWNLOADS
from httpeek.server.faults.endless import bomb, endless_body, endless_head, endless_interim
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


def _redirect(name: str, wrong: str, source: str, client: str, location: bytes) -> Fault:
    """A redirect; "%b" in its location stands for the host and port that the client asked."""

    def script(head: RequestHead) -> Iterable[Step]:
        return [_moved(location.replace(b"%b", first(head.fields, b"host")))]

    return Fault(name, "redirects", wrong, source, client, script)


def _moved(location: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location


def _chain(head: RequestHead) -> Iterable[Step]:
    """/fault/redirect-chain?1 and so on, and /get behind 300 of them."""
    path, _, number = head.target.partition(b"?")
    made = int(number) if number.isdigit() and len(number) < 4 else 0
    return [_moved(b"/get" if made >= 299 else b"%b?%d" % (path, made + 1))]


def _hostile(name: str, wrong: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "hostile", wrong, "RFC 9110 5.5", client, _says(*steps))


def _cookie(name: str, wrong: str, source: str, client: str, *values: bytes) -> Fault:
    fields = b"".join(b"Set-Cookie: %b\r\n" % value for value in values)
    return Fault(name, "cookies", wrong, source, client, _says(_OK + fields + _LENGTH_5 + _END + _HELLO))


def _deflated(data: bytes) -> bytes:
    """A stored block (RFC 1951 section 3.2.4): a compressor's octets are not the same everywhere."""
    size = len(data)
    return b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data


def _gzipped(data: bytes) -> bytes:
    """A gzip member (RFC 1952)."""
    end = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + _deflated(data) + end


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
    _framing("chunk-size-negative", "a chunk size of -5", "RFC 9112 7.1", "fails 56",
             _OK + _CHUNKED + b"\r\n-5\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("chunk-size-huge", "a chunk size of 20 digits", "RFC 9112 7.1", "fails 56",
             _OK + _CHUNKED + b"\r\nfffffffffffffffffff5\r\nhello\r\n0\r\n\r\n", Close()),
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
    _framing("trailer-forbidden", "Content-Length in a trailer section", "RFC 9110 6.5.1", "notes trailer-field",
             _OK + _CHUNKED + b"\r\n5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n"),
    _framing("trailers-cut", "the end inside the trailer section", "RFC 9112 8", "fails 18",
             _OK + _CHUNKED + b"\r\n5\r\nhello\r\n0\r\nX-Su", Close()),
    _framing("chunked-twice", "chunked named twice, applied once", "RFC 9112 6.1", "notes chunked-twice",
             _OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    _framing("transfer-coding-unknown", "a transfer coding that nobody knows", "RFC 9112 6.1", "notes coding-unknown",
             _OK + b"Transfer-Encoding: rot13\r\n\r\nuryyb", Close()),
    _framing("chunked-not-final", "a coding over chunked", "RFC 9112 6.3", "notes chunked-not-final",
             _OK + b"Transfer-Encoding: chunked, rot13\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("chunked-in-10", "Transfer-Encoding in an HTTP/1.0 response", "RFC 9112 6.1", "notes coding-in-10",
             b"HTTP/1.0 200 OK\r\n" + _CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n", Close()),
    _framing("until-close", "no length: the body ends with the connection", "RFC 9112 6.3", "notes until-close",
             _OK + b"Connection: close\r\n\r\nhello", Close()),
    _framing("content-in-204", "content after 204", "RFC 9110 15.3.5", "notes content-unexpected",
             b"HTTP/1.1 204 No Content\r\n\r\nhello", Close()),
    _framing("length-in-204", "Content-Length in 204", "RFC 9110 8.6", "notes length-with-no-body",
             b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
    _framing("chunked-in-204", "Transfer-Encoding in 204", "RFC 9112 6.1", "notes coding-with-no-body",
             b"HTTP/1.1 204 No Content\r\n" + _CHUNKED + b"\r\n", Close()),
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
    _head("leading-space", "white space before the first field line", "RFC 9112 2.2", "notes leading-space",
          b"HTTP/1.1 200 OK\r\n X-A: 1\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("field-name", "a field name that is not a token", "RFC 9110 5.1", "notes field-name",
          _OK + b"X(A): 1\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("status-line-space", "two spaces before the status code", "RFC 9112 4", "notes start-line-space",
          b"HTTP/1.1  200 OK\r\n" + _LENGTH_5 + _END + _HELLO),
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
    _head("version-3", "HTTP/3 in a status line", "RFC 9112 2.3", "fails 8",
          b"HTTP/3 200 OK\r\n" + _LENGTH_5 + _END + _HELLO, Close()),
    _head("version-12", "HTTP/1.2 in a status line", "RFC 9110 2.5", "notes version-minor",
          b"HTTP/1.2 200 OK\r\n" + _LENGTH_5 + _END + _HELLO),
    _head("version-missing", "a status line without a version", "RFC 9112 4", "fails 8",
          b"200 OK\r\n" + _LENGTH_5 + _END + _HELLO, Close()),
    _head("version-10-kept", "HTTP/1.0 without keep-alive, and it stays open", "RFC 9112 9.3", "accepts",
          b"HTTP/1.0 200 OK\r\n" + _LENGTH_5 + _END + _HELLO, Hold()),
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
    Fault("head-endless", "head", "100 MB of field lines", "RFC 9112 2.2", "fails 100", endless_head),
    # Interim responses
    _interim("early-hints", "103 before the 200", "RFC 8297 2", "accepts",
             b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + _OK + _LENGTH_5 + _END + _HELLO),
    _interim("interim-many", "100, 102 and 103 before the 200", "RFC 9110 15.2", "accepts",
             b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
             b"HTTP/1.1 103 Early Hints\r\n\r\n" + _OK + _LENGTH_5 + _END + _HELLO),
    _interim("interim-lone", "103 and then the end", "RFC 9110 15.2", "fails 8",
             b"HTTP/1.1 103 Early Hints\r\n\r\n", Close()),
    _interim("interim-late", "100 behind the final response", "RFC 9110 15.2", "notes bytes-after-end",
             _OK + _LENGTH_5 + _END + _HELLO + b"HTTP/1.1 100 Continue\r\n\r\n", Close()),
    _interim("interim-length", "Content-Length in 103", "RFC 9110 8.6", "notes length-with-no-body",
             b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" + _OK + _LENGTH_5 + _END + _HELLO),
    _interim("interim-content", "content in 103", "RFC 9110 15.2", "fails 8",
             b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello" + _OK + _LENGTH_5 + _END + _HELLO, Close()),
    Fault("interim-endless", "interim", "10,000 interim responses", "RFC 9110 15.2", "fails 8", endless_interim),
    _interim("switch-unasked", "101 that nobody asked for", "RFC 9110 15.2.2", "fails 8",
             b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Close()),
    # Codings
    _coding("gzip-not", "Content-Encoding gzip on plain text", "RFC 9110 8.4", "fails 61", b"gzip", _HELLO),
    _coding("gzip-cut", "gzip that ends before its end", "RFC 9110 8.4.1.3", "fails 61", b"gzip",
            _gzipped(_HELLO)[:-9]),
    _coding("gzip-crc", "gzip with a wrong checksum", "RFC 9110 8.4.1.3", "fails 61", b"gzip",
            _gzipped(_HELLO)[:-8] + b"\0\0\0\0\5\0\0\0"),
    _coding("gzip-members", "gzip of two members", "RFC 9110 8.4.1.3", "accepts", b"gzip",
            _gzipped(b"hel") + _gzipped(b"lo")),
    _coding("deflate-raw", "deflate without its zlib wrapper", "RFC 9110 8.4.1.2", "notes raw-deflate", b"deflate",
            _deflated(_HELLO)),
    _coding("gzip-tail", "octets behind gzip's end", "RFC 9110 8.4.1.3", "accepts", b"gzip",
            _gzipped(_HELLO) + b"and more"),
    _coding("gzip-nothing", "Content-Encoding gzip on no octets", "RFC 9110 8.4.1.3", "accepts", b"gzip", b""),
    _coding("br-not", "Content-Encoding br on plain text", "RFC 9110 8.4", "fails 61", b"br", _HELLO),
    _coding("zstd-not", "Content-Encoding zstd on plain text", "RFC 9110 8.4", "fails 61", b"zstd", _HELLO),
    _coding("coding-unknown", "a content coding that nobody knows", "RFC 9110 8.4", "accepts", b"rot13", b"uryyb"),
    _coding("gzip-twice", "gzip inside gzip", "RFC 9110 8.4", "accepts", b"gzip, gzip",
            _gzipped(_gzipped(_HELLO))),
    Fault("gzip-bomb", "codings", "400 MiB of zeros as gzip", "RFC 9110 8.4", "fails 63", bomb),
    # The life of a connection
    _life("reset-before-head", "RST instead of a response", "RFC 9112 9.5", "fails 56", Reset()),
    _life("reset-in-head", "RST inside the head", "RFC 9112 9.5", "fails 56",
          b"HTTP/1.1 200 OK\r\nContent-Le", Pause(0.1), Reset()),
    _life("reset-in-body", "RST inside the body", "RFC 9112 9.5", "fails 56",
          _OK + b"Content-Length: 100\r\n\r\nhalf", Pause(0.1), Reset()),
    _life("reset-until-close", "RST where FIN would end the body", "RFC 9112 8", "fails 56",
          _OK + b"Connection: close\r\n\r\nhello", Pause(0.1), Reset()),
    _life("reset-in-chunks", "RST between two chunks", "RFC 9112 8", "fails 56",
          _OK + _CHUNKED + b"\r\n5\r\nhello\r\n", Pause(0.1), Reset()),
    _life("reset-after-response", "RST behind a complete response", "RFC 9112 9.6", "accepts",
          _OK + _LENGTH_5 + _END + _HELLO, Pause(0.1), Reset()),
    _life("close-unsaid", "FIN behind a response that said nothing of it", "RFC 9112 9.6", "accepts",
          _OK + _LENGTH_5 + b"Connection: keep-alive\r\n\r\nhello", Close()),
    _life("empty-reply", "the end without a reply", "RFC 9112 9.5", "fails 52", Close()),
    _life("half-close", "FIN at once, the response complete", "RFC 9112 9.6", "accepts",
          _OK + _LENGTH_5 + _END + _HELLO, HalfClose(), Hold()),
    _life("never-close", "Connection: close, and it stays open", "RFC 9112 9.6", "accepts",
          _OK + _LENGTH_5 + b"Connection: close\r\n\r\nhello", Hold()),
    _life("stall-before-head", "silence instead of a response", "", "fails 28", Hold()),
    _life("stall-in-head", "silence inside the head", "", "fails 28", b"HTTP/1.1 200 OK\r\nContent-Le", Hold()),
    _life("stall-in-body", "silence inside the body", "", "fails 28",
          _OK + b"Content-Length: 100\r\n\r\nhalf", Hold()),
    _life("drip", "one octet every 10 ms", "", "accepts", Drip(_OK + _LENGTH_5 + _END + _HELLO, 0.01)),
    _life("drip-head", "a head octet by octet, the content at once", "", "accepts",
          Drip(_OK + _LENGTH_5 + _END, 0.005), _HELLO),
    _life("late", "300 ms of silence before the response", "", "accepts", Pause(0.3), _OK + _LENGTH_5 + _END + _HELLO),
    Fault("endless", "life", "a body without an end", "", "fails 28", endless_body),
    # Redirects
    _redirect("redirect-loop", "a redirect to itself", "RFC 9110 15.4", "fails 47", b"/fault/redirect-loop"),
    _redirect("redirect-file", "a redirect to file:", "RFC 9110 15.4", "fails 47", b"file:///etc/passwd"),
    _redirect("redirect-javascript", "a redirect to javascript:", "RFC 9110 15.4", "fails 47", b"javascript:alert(1)"),
    _redirect("redirect-escape", "escapes in Location", "RFC 9110 5.5", "accepts", b"/\x1b]0;hi\x07"),
    _redirect("redirect-refused", "a redirect to a port where nothing listens: refused", "RFC 9110 15.4", "fails 7",
              b"http://127.0.0.1:1/"),
    _redirect("redirect-password", "a redirect with a password in it", "RFC 9110 4.2.4", "accepts",
              b"http://user:secret@%b/get"),
    _redirect("redirect-https", "a redirect to https: on a port that speaks none", "RFC 9110 15.4", "fails 35",
              b"https://%b/get"),
    _redirect("redirect-empty", "an empty Location", "RFC 9110 10.2.2", "fails 47", b""),
    _redirect("redirect-no-host", "a redirect to http: without a host", "RFC 9110 4.2.1", "fails 47", b"http:///get"),
    Fault("redirect-chain", "redirects", "a chain of 300 redirects", "RFC 9110 15.4", "fails 47", _chain),
    Fault("redirect-two", "redirects", "two Location fields", "RFC 9110 5.3", "accepts",
          _says(b"HTTP/1.1 302 Found\r\nLocation: /get\r\nLocation: /ip\r\nContent-Length: 0\r\n\r\n")),
    Fault("redirect-nowhere", "redirects", "302 without Location", "RFC 9110 15.4.3", "accepts",
          _says(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")),
    # Cookies
    _cookie("cookie-flood", "300 cookies", "RFC 6265 6.1", "accepts", *[b"c%d=%d" % (n, n) for n in range(300)]),
    _cookie("cookie-control", "control octets in a cookie", "RFC 6265 4.1.1", "notes control-octet", b"a=\x01\x02"),
    _cookie("cookie-huge", "a cookie of 64 KiB", "RFC 6265 6.1", "accepts", b"a=" + b"x" * 65_536),
    _cookie("cookie-foreign", "a cookie for another domain", "RFC 6265 5.3", "accepts", b"a=1; Domain=example.com"),
    _cookie("cookie-suffix", "a cookie for all of com", "RFC 6265 5.3", "accepts", b"a=1; Domain=com"),
    _cookie("cookie-nameless", "a cookie without a name", "RFC 6265 5.2", "accepts", b"=1"),
    _cookie("cookie-no-pair", "a cookie without an equals sign", "RFC 6265 5.2", "accepts", b"just words; Path=/"),
    _cookie("cookie-date", "an Expires that is no date", "RFC 6265 5.1.1", "accepts",
            b"a=1; Expires=Fri, 32 Foo 2026 25:61:61 GMT"),
    _cookie("cookie-twice", "a cookie twice in one response", "RFC 6265 4.1.1", "accepts", b"a=1", b"a=2"),
    *DOWNLOADS,
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
    _hostile("nul-in-content", "NUL in text", "accepts", _OK + _LENGTH_5 + _END + b"a\0b\0c"),
    _hostile("utf-8-not", "charset=utf-8 on what is not UTF-8", "accepts",
             b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n" + _LENGTH_5 + _END + b"a\xff\xfe\xc0b"),
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
