"""Heads: the start line and the field section of one message, read and written (RFC 9112 sections 2 to 5).

Rules:
- A clean head is split in one pass (`split_clean` and the two `clean_..._line`); None sends any other to the
  diagnosing readers of `diagnose`, which is imported only then. On clean heads both agree.
- Names and values are returned as received, white space around values excepted (SP and HTAB only, RFC 9112 5.1).
- A `Section` holds at most `limit` octets, however they arrive, and looks at each of them once.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.events import Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import Fields, RequestHead, ResponseHead

TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The octets of a token (RFC 9110 section 5.6.2)."""

TEXT = bytes(range(0x20, 0x7F)) + b"\t"
"""The octets of a clean line."""

BLANK = b" \t"
"""White space as RFC 9110 section 5.6.3 has it; `bytes.strip()` without an argument takes more."""


SAMPLE = 40
"""Octets of a foreign protocol that are waited for, so that it can be named."""


class Findings:
    """The violations found in one message, each with its octet. `direction` is that of the message."""

    def __init__(self, direction: str) -> None:
        self.direction = direction
        self.found: list[Violation] = []

    def add(self, identifier: str, offset: int, detail: str, fatal: bool = False) -> None:
        """Adds a violation; `fatal` says that there is no safe way on in any role."""
        self.found.append(Violation(identifier, self.direction, offset, detail, fatal))

    @property
    def fatal(self) -> bool:
        """True when one of them leaves no way on."""
        return any(violation.fatal for violation in self.found)


def quoted(octets: bytes, most: int = SAMPLE) -> str:
    """Octets in double quotes for a sentence: ASCII as it is, the rest as \\xNN, cut after `most` octets."""
    text = "".join(chr(o) if 0x20 <= o < 0x7F and o != 0x5C else f"\\x{o:02x}" for o in octets[:most])
    return f'"{text}..."' if len(octets) > most else f'"{text}"'


def counted(octets: int) -> str:
    """A number of octets for a sentence: "1 byte", "17 bytes"."""
    return "1 byte" if octets == 1 else f"{octets} bytes"


class Section:
    """Octets of a head or a trailer section, gathered until the empty line that ends it.

    `whole` is True when it is complete, `over` when it is longer than `limit`; `start` is where the first line begins
    behind empty lines (RFC 9112 section 2.2), which only a head may have in front (`leading`).
    """

    def __init__(self, limit: int, leading: bool) -> None:
        self.octets = bytearray()
        self.start = 0
        self.whole = False
        self.over = False
        self._limit = limit
        self._leading = leading
        self._scanned = 0

    def take(self, data: bytes, position: int) -> int:
        """Takes octets of `data` from `position`; returns the position behind the last one that belongs to it."""
        octets = self.octets
        before = len(octets)
        octets += data[position : position + self._limit + 1 - before]
        if self._leading:
            self._skip_empty_lines()
        end = -1 if self._leading else self._end()
        if end < 0:
            self._scanned = max(self.start, len(octets) - 2)
        elif end <= self._limit:
            del octets[end:]
            self.whole = True
            return position + end - before
        if len(octets) > self._limit:
            self.over = True
        return position + len(octets) - before

    def _skip_empty_lines(self) -> None:
        octets, start = self.octets, self.start
        while start < len(octets):
            if octets[start] == 0x0A:
                start += 1
            elif octets[start] == 0x0D and octets[start + 1 : start + 2] == b"\n":
                start += 2
            else:
                # A CR that is the last octet so far may still be half of an empty line.
                self._leading = octets[start] == 0x0D and start + 1 == len(octets)
                break
        self.start = self._scanned = start

    def _end(self) -> int:
        """The index behind the empty line, or -1."""
        octets = self.octets
        if octets.startswith((b"\r\n", b"\n")) and self.start == 0:
            return 1 if octets[0] == 0x0A else 2
        crlf = octets.find(b"\n\r\n", self._scanned)
        bare = octets.find(b"\n\n", self._scanned, crlf + 1 if crlf >= 0 else len(octets))
        if bare >= 0:
            return bare + 2
        return crlf + 3 if crlf >= 0 else -1

    def first_line(self) -> bytes | None:
        """The first line without its line ending; None while it is not complete."""
        end = self.octets.find(b"\n", self.start)
        return None if end < 0 or self._leading else bytes(self.octets[self.start : end])

    @property
    def begun(self) -> bool:
        """True when the first octet of the first line is there."""
        return not self._leading and len(self.octets) > self.start


def split_clean(head: bytes) -> tuple[bytes, Fields] | None:
    """The start line and fields of a clean head that ends in CRLF CRLF; None when anything about it is odd."""
    lines = head[:-4].split(b"\r\n")
    # What is left without text octets has to be the line endings, so there is no lone CR or LF and no control octet.
    if head.translate(None, TEXT) != b"\r\n" * (len(lines) + 1) or not lines[0]:
        return None
    fields = []
    names = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name:
            return None
        names.append(name)
        fields.append((name, value.strip(BLANK)))
    if b"".join(names).translate(None, TOKEN):
        return None
    return lines[0], tuple(fields)


class Places:
    """Where the field lines of a head stand; looked up only when something is wrong, and once then."""

    def __init__(self, octets: bytes, start: int, base: int) -> None:
        self._octets = octets
        self._start = start
        self._base = base
        self._offsets: list[int] | None = None

    def of(self, index: int) -> int:
        """The offset on the wire of the field line with this index."""
        if self._offsets is None:
            from httpeek.codec.http1.diagnose import read_fields

            after = self._octets.find(b"\n", self._start) + 1
            _, self._offsets = read_fields(self._octets, after, self._base, len(self._octets), Findings(""))
        return self._offsets[index]


def clean_status_line(line: bytes) -> tuple[bytes, int, bytes] | None:
    """Version, status and reason of a clean status line (RFC 9112 section 4); None when anything about it is odd."""
    if (
        line[:9] in (b"HTTP/1.1 ", b"HTTP/1.0 ")
        and line[12:13] == b" "
        and line[9:12].isdigit()
        and line[9] in b"12345"
    ):
        return line[:8], int(line[9:12]), line[13:]
    return None


def clean_request_line(line: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Method, target in origin-form and version (RFC 9112 section 3); None when anything about them is odd or rare."""
    words = line.split(b" ")
    if len(words) == 3 and words[2] in (b"HTTP/1.1", b"HTTP/1.0") and words[1][:1] == b"/" and words[0] != b"CONNECT":
        method, target, version = words
        odd = b"#" in target or b"\\" in target or b"\t" in line
        if method and not odd and not method.translate(None, TOKEN):
            return method, target, version
    return None


_HOST = b"-._~%!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def is_authority(value: bytes, port_needed: bool) -> bool:
    """True for `host`, `host:port`, `[v6]` and `[v6]:port` (RFC 3986 section 3.2.2); user information is refused."""
    if value.startswith(b"["):
        host, bracket, rest = value[1:].partition(b"]")
        if not bracket or not _is_literal(host):
            return False
        if rest and rest[:1] != b":":
            return False
        port = rest[1:]
    else:
        host, _, port = value.partition(b":")
        if not host or host.translate(None, _HOST) or (b"%" in host and not _is_encoded(host)):
            return False
    if port:
        return port.isdigit() and len(port) <= 5 and int(port) <= 65535
    return not port_needed


_HEX = b"0123456789abcdefABCDEF"


def _is_encoded(host: bytes) -> bool:
    """True when each "%" begins two hexadecimal digits."""
    return all(len(part) > 1 and not part[:2].translate(None, _HEX) for part in host.split(b"%")[1:])


def _is_literal(host: bytes) -> bool:
    """True for what may stand in brackets: an IPv6 address, or one of a version to come ("v1.x")."""
    if host[:1] in (b"v", b"V"):
        version, _, rest = host[1:].partition(b".")
        return bool(version and rest) and not version.translate(None, _HEX) and not rest.translate(None, _HOST + b":")
    left, gap, right = host.partition(b"::")
    groups = left.split(b":") if left else []
    groups += right.split(b":") if right else []
    last = groups[-1] if groups and not host.endswith(b"::") else b""
    count = len(groups)
    if b"." in last:
        numbers = groups.pop().split(b".")
        count += 1
        if len(numbers) != 4 or not all(
            number.isdigit() and len(number) < 4 and int(number) < 256 for number in numbers
        ):
            return False
    if not all(0 < len(group) < 5 and not group.translate(None, _HEX) for group in groups):
        return False
    return count <= 7 if gap else count == 8


# Writing


def request_octets(head: RequestHead, section: bytes | None = None) -> bytes:
    """A request head as it is sent; `section` is its field section, where that was written before. Raises HttpeekError
    (USAGE) for a part that would break the head."""
    method, target, version, fields, _ = head
    if not method or method.translate(None, TOKEN):
        raise usage(f"the method {quoted(method)} is not a token (RFC 9110 9.1)")
    if not target:
        raise usage("the request target is empty")
    if b"\r" in target or b"\n" in target or b"\0" in target or b" " in target:
        _refuse("the request target", target, b"\r\n\0 ")
    return b"%b %b %b\r\n%b" % (method, target, version, section_octets(fields) if section is None else section)


def response_octets(head: ResponseHead) -> bytes:
    """A response head as it is sent. Raises HttpeekError (USAGE) for a part that would break the head."""
    version, status, reason, fields, _ = head
    if not 100 <= status <= 999:
        raise usage(f"the status {status} is not three digits")
    _refuse("the reason", reason, b"\r\n\0")
    return b"%b %d %b\r\n%b" % (version, status, reason, section_octets(fields))


def section_octets(fields: Fields) -> bytes:
    """A field section with the empty line behind it. Raises HttpeekError (USAGE) as above."""
    parts = []
    for name, value in fields:
        if not name or name.translate(None, TOKEN):
            raise usage(f"the field name {quoted(name)} is not a token (RFC 9110 5.1)")
        if b"\n" in value or b"\r" in value or b"\0" in value:
            _refuse(f"the field {name.decode('ascii')}", value, b"\r\n\0")
        parts.append(b"%b: %b\r\n" % (name, value) if value else b"%b:\r\n" % name)
    parts.append(b"\r\n")
    return b"".join(parts)


_NAMES = {0x0D: "CR", 0x0A: "LF", 0x00: "NUL", 0x20: "a space"}


def _refuse(what: str, octets: bytes, forbidden: bytes) -> None:
    for position, octet in enumerate(octets):
        if octet in forbidden:
            raise usage(
                f"{what} has {_NAMES[octet]} at position {position + 1}: it would break the head; "
                "`httpeek talk --exact` sends any octets"
            )
