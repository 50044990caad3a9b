"""The download faults: what servers answer to somebody who comes back for the rest of a file.

All are about one file of 1,000 octets. Without a Range the answer is the whole of it, so that a client can be stopped
in the middle and resume; a client that trusts the answer to the second request has a broken file.
"""

from __future__ import annotations

import zlib

from httpeek.server.faults import Close, Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Step

WHOLE = bytes(range(250)) * 4
_ETAG = b'ETag: "a"\r\n'
_PARTIAL = b"206 Partial Content"


def _file(status: bytes, fields: bytes, content: bytes, kind: bytes = b"application/octet-stream") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nAccept-Ranges: bytes\r\n" % (status, kind)
    return head + fields + b"Content-Length: %d\r\n\r\n" % len(content) + content


def _all(fields: bytes = _ETAG) -> bytes:
    return _file(b"200 OK", fields, WHOLE)


def _range_begin(head: RequestHead) -> int:
    """Where the client's Range begins, 0 where it sends none or one that the file does not have."""
    for name, value in head.fields:
        if name.lower() == b"range" and value.startswith(b"bytes="):
            first = value[6:].partition(b"-")[0]
            return int(first) if first.isdigit() and len(first) < 4 else 0
    return 0


def _resumed(
    name: str, wrong: str, source: str, rest: Callable[[int], bytes], fields: bytes = _ETAG, content: bytes = WHOLE
) -> Fault:
    """The whole file at first, and `rest` of where a Range begins."""

    def script(head: RequestHead) -> Iterable[Step]:
        begin = _range_begin(head)
        return [rest(begin) if begin else _file(b"200 OK", fields, content)]

    return Fault(name, "downloads", wrong, source, "accepts", script)


def _always(name: str, wrong: str, source: str, client: str, *steps: Step) -> Fault:
    return Fault(name, "downloads", wrong, source, client, lambda head: steps)


def _part(begin: int, content: bytes, fields: bytes = _ETAG, said: bytes = b"bytes %d-999/1000") -> bytes:
    """206 with a Content-Range made of where it begins."""
    said = said % begin if b"%d" in said else said
    return _file(_PARTIAL, fields + b"Content-Range: %b\r\n" % said, content)


def _gzip() -> bytes:
    """The file in one gzip member of stored octets (RFC 1952, RFC 1951 section 3.2.4)."""
    size = len(WHOLE)
    stored = b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + WHOLE
    return (
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + zlib.crc32(WHOLE).to_bytes(4, "little") + size.to_bytes(4, "little")
    )


def _gzip_rest(begin: int) -> bytes:
    """A part of the plain file under the coding of the whole one."""
    fields = b'ETag: "a"\r\nContent-Encoding: gzip\r\nContent-Range: bytes %d-999/1000\r\n' % begin
    return _file(_PARTIAL, fields, WHOLE[begin:])


def _two_parts(begin: int) -> bytes:
    """The one range that was asked for, as the two halves of a multipart content."""
    middle = (begin + 1000) // 2
    parts = [(begin, middle), (middle, 1000)]
    content = b"".join(
        b"--x\r\nContent-Range: bytes %d-%d/1000\r\n\r\n%b\r\n" % (start, end - 1, WHOLE[start:end])
        for start, end in parts
    )
    return _file(_PARTIAL, _ETAG, content + b"--x--\r\n", b"multipart/byteranges; boundary=x")


DOWNLOADS = (
    _resumed("range-lie", "206 with the octets of another range", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[:1000 - n])),
    _resumed("range-wrong-start", "206 that begins elsewhere", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[:1000 - n], said=b"bytes 0-%d/1000" % (999 - n))),
    _resumed("range-wrong-total", "206 of a file of another size", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[n:], said=b"bytes %d-999/5000")),
    _resumed("range-longer", "206 with more octets than its Content-Range", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[n:] + b"more")),
    _resumed("range-syntax", "a Content-Range that is none", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[n:], said=b"bytes=%d-999")),
    _resumed("range-unit", "206 in another unit than was asked for", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[n:], said=b"lines %d-999/1000")),
    _resumed("range-unnamed", "206 without Content-Range", "RFC 9110 15.3.7.1",
             lambda n: _file(_PARTIAL, _ETAG, WHOLE[n:])),
    _resumed("range-multipart", "two parts where one range was asked for", "RFC 9110 15.3.7.2", _two_parts),
    _resumed("range-refused", "416 for a range that the file has", "RFC 9110 15.5.17",
             lambda n: _file(b"416 Range Not Satisfiable", b"Content-Range: bytes */100\r\n", b"")),
    _resumed("range-weak", "206 with a weak ETag, which proves no equal octets", "RFC 9110 13.1.5",
             lambda n: _part(n, WHOLE[n:][::-1], b'ETag: W/"a"\r\n'), b'ETag: W/"a"\r\n'),
    _resumed("range-of-gzip", "a part of the plain file where the whole was gzip", "RFC 9110 14.1.2", _gzip_rest,
             b'ETag: "a"\r\nContent-Encoding: gzip\r\n', _gzip()),
    _always("range-ignored", "200 to a request with Range", "RFC 9110 14.2", "accepts", _all()),
    _always("range-unasked", "206 to a request without Range", "RFC 9110 15.3.7", "accepts",
            _part(0, WHOLE[:500], said=b"bytes 0-499/1000")),
    _resumed("etag-changes", "another ETag in the second part", "RFC 9110 14.4",
             lambda n: _part(n, WHOLE[n:][::-1], b'ETag: "second"\r\n'), b'ETag: "first"\r\n'),
    _resumed("etag-stays", "another file under the same ETag", "RFC 9110 8.8.1", lambda n: _part(n, WHOLE[n:][::-1])),
    _always("download-short", "600 of 1,000 octets", "RFC 9112 8", "fails 18", _all()[:-400], Close()),
    _always("digest-wrong", "a Content-Digest of other octets", "RFC 9530 2", "accepts",
            _all(_ETAG + b"Content-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:\r\n")),
    _always("md5-wrong", "a Content-MD5 of other octets", "RFC 1864 2", "accepts",
            _all(_ETAG + b"Content-MD5: XUFAKrxLKna5cZ2REBfFkg==\r\n")),
    _always("name-outside", "a file name that leads out of the directory", "RFC 6266 4.3", "accepts",
            _all(_ETAG + b'Content-Disposition: attachment; filename="../../httpeek-was-here"\r\n')),
)  # fmt: skip
"""Every fault of the group, for the catalogue."""
