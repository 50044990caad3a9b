"""The diagnosing readers: heads that are not clean, what they say, and what is wrong with them at which octet.

Rules:
- A reader returns what can be read and adds findings; whether one ends the exchange, a role decides.
- A finding is fatal here only where there is nothing to go on with in any role.
- Nothing here is imported for a clean message. On clean heads these readers and those of `head` agree.
"""

from __future__ import annotations

from httpeek.codec.http1.head import BLANK, SAMPLE, TEXT, TOKEN, is_authority, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.codec.http1.head import Findings
    from httpeek.model.message import Fields

_CONTROLS = bytes(o for o in range(0x20) if o not in (0x00, 0x09, 0x0D)) + b"\x7f"


def read_fields(octets: bytes, position: int, base: int, limit: int, findings: Findings) -> tuple[Fields, list[int]]:
    """The diagnosing reader: the field lines of `octets` from `position` up to the empty line, and the offset of
    each. `base` is the offset of `octets` on the wire; more than `limit` lines is fatal."""
    names: list[bytes] = []
    values: list[list[bytes]] = []  # a folded value is joined once, at the end
    offsets: list[int] = []
    folding: list[bytes] | None = None  # the value that a line with white space in front goes on
    count = 0
    while position < len(octets):
        line, after = next_line(octets, position, base, findings)
        if not line:
            break
        count += 1
        offset = base + position
        if count > limit:
            findings.add("field-count", offset, f"more than {limit} field lines", True)
            break
        odd_octets(line, offset, findings)
        if line[0] in BLANK:
            _continue(line, offset, bool(names), folding, findings)
        else:
            field = _field(line, offset, findings)
            folding = None
            if field is not None:
                folding = [field[1]]
                names.append(field[0])
                values.append(folding)
                offsets.append(offset)
        position = after
    return tuple((name, b" ".join(filter(None, value))) for name, value in zip(names, values, strict=True)), offsets


def next_line(octets: bytes, position: int, base: int, findings: Findings) -> tuple[bytes, int]:
    """The line at `position` without its ending, and the position behind it; LF alone is a finding."""
    end = octets.find(b"\n", position)
    if end < 0:
        return octets[position:], len(octets)
    if end > position and octets[end - 1] == 0x0D:
        return octets[position : end - 1], end + 1
    findings.add("bare-lf", base + end, "a line ends with LF alone")
    return octets[position:end], end + 1


def odd_octets(line: bytes, offset: int, findings: Findings) -> None:
    """Adds a finding for each kind of octet in `line` that a clean line does not have (RFC 9110 section 5.5)."""
    odd = line.translate(None, TEXT)
    if not odd:
        return
    if 0x0D in odd:
        findings.add("bare-cr", offset + line.index(b"\r"), "CR without LF inside a line")
    if 0x00 in odd:
        findings.add("nul", offset + line.index(b"\0"), "NUL in a head")
    for octets, identifier, words in (
        (_CONTROLS, "control-octet", "control octet"),
        (bytes(range(0x80, 0x100)), "non-ascii", "octet outside ASCII"),
    ):
        for index, octet in enumerate(line):
            if octet in octets:
                findings.add(identifier, offset + index, f"{words} 0x{octet:02x} in a head")
                break


def _continue(line: bytes, offset: int, begun: bool, value: list[bytes] | None, findings: Findings) -> None:
    """A line that begins with white space: part of the value before it (RFC 9112 section 5.2), or of nothing."""
    if begun or value is not None:
        findings.add("obs-fold", offset, "a field line goes on in the next line (obs-fold)")
        if value is not None:
            value.append(line.strip(BLANK))
    else:
        # RFC 9112 section 2.2: such a line is consumed without further processing.
        findings.add("leading-space", offset, "white space before the first field line")


def _field(line: bytes, offset: int, findings: Findings) -> tuple[bytes, bytes] | None:
    name, colon, value = line.partition(b":")
    if not colon:
        findings.add("no-colon", offset, f"a field line without a colon: {quoted(line)}")
        return None
    bare = name.rstrip(BLANK)
    if len(bare) != len(name):
        findings.add("space-before-colon", offset + len(bare), "space before the colon")
    if not bare or bare.translate(None, TOKEN):
        findings.add("field-name", offset, f"the field name {quoted(bare)} is not a token")
    return bare, value.strip(BLANK)


def trailer_findings(fields: Fields, offsets: list[int], findings: Findings) -> None:
    """Adds a finding for each field that a trailer section may not have (RFC 9110 section 6.5.1)."""
    for (name, _), offset in zip(fields, offsets, strict=True):
        if name.lower() in _NO_TRAILERS:
            findings.add("trailer-field", offset, f"{name.decode('latin-1')} in a trailer section")


_NO_TRAILERS = frozenset(
    b"transfer-encoding content-length host trailer te connection upgrade expect max-forwards cache-control "
    b"authorization proxy-authorization cookie set-cookie content-encoding content-type content-range".split()
)
"""Fields for framing, routing, request control, authentication and content format: read before the content."""


# Start lines


def status_line(line: bytes, offset: int, findings: Findings) -> tuple[bytes, int, bytes] | None:
    """Version, status and reason (RFC 9112 section 4); None when the line is no status line (a fatal finding)."""
    if not line.startswith(b"HTTP/"):
        not_a_status_line(line, offset, findings)
        return None
    odd_octets(line, offset, findings)
    version = line.replace(b"\t", b" ").partition(b" ")[0]
    if not _version(version, offset, findings):
        return None
    rest = line[len(version) :]
    tail = rest.lstrip(BLANK)
    if not tail:
        findings.add("status-line", offset, f"no status code behind {quoted(version)}", True)
        return None
    if rest[: len(rest) - len(tail)] != b" ":
        findings.add("start-line-space", offset + len(version), "white space in the start line is not one single space")
    code = tail.replace(b"\t", b" ").partition(b" ")[0]
    at = offset + len(line) - len(tail)
    if len(code) != 3 or not code.isdigit() or code[0] == 0x30:
        findings.add("status-code", at, f"the status code {quoted(code)} is not three digits from 100", True)
        return None
    if code[0] in b"6789":
        findings.add("status-class", at, f"the status code {code.decode()} belongs to no class")
    if len(tail) == 3:
        findings.add("missing-reason", at + 3, "no space after the status code")
    elif tail[3:4] == b"\t":
        findings.add("start-line-space", at + 3, "white space in the start line is not one single space")
    return version, int(code), tail[4:]


def _version(version: bytes, offset: int, findings: Findings) -> bool:
    """False when the version cannot be read as HTTP/1 (RFC 9112 section 2.3)."""
    digits = version[5:6] + version[7:8]
    if version in (b"HTTP/2", b"HTTP/3"):
        findings.add("version", offset, f"the version is {version.decode()}, not HTTP/1.1", True)
        return False
    if len(version) != 8 or not version.startswith(b"HTTP/") or version[6:7] != b"." or not digits.isdigit():
        findings.add("version-syntax", offset, f"the version {quoted(version)} is not HTTP/DIGIT.DIGIT", True)
        return False
    if digits[:1] != b"1":
        findings.add("version", offset, f"the version is {version.decode()}, not HTTP/1.1", True)
        return False
    if digits[1:] not in b"01":
        findings.add("version-minor", offset, f"the version is {version.decode()}: read as HTTP/1.1")
    return True


def foreign(octets: bytes, ended: bool) -> bytes | None:
    """What a stream begins with that cannot become a status line: a sample that is the same however the octets
    arrived. None while it may become one, or while too little is there and the stream has not `ended`."""
    if octets[:5] == b"HTTP/"[: len(octets)]:
        return None
    # Other protocols' records and frames need no line ending: seven octets name them.
    most = 7 if octets[0] < 0x20 or octets[0] >= 0x7F else SAMPLE
    sample = octets[:most]
    end = sample.find(b"\n")
    if end >= 0:
        return sample[:end].removesuffix(b"\r")
    return sample if ended or len(sample) == most else None


_FOREIGN = (
    (b"SSH-", "an SSH banner"),
    (b"\x15\x03", "a TLS alert"),
    (b"\x16\x03", "a TLS record"),
    (b"PRI * HTTP/2", "an HTTP/2 preface"),
    (b"220 ", "the greeting of a mail or FTP server"),
    (b"220-", "the greeting of a mail or FTP server"),
    (b"+OK", "the greeting of a POP3 server"),
    (b"* OK", "the greeting of an IMAP server"),
    (b"-ERR", "the error of a Redis or POP3 server"),
    (b"RFB 0", "a VNC banner"),
    (b"RTSP/", "an RTSP response"),
    (b"SIP/", "a SIP response"),
    (b"ICY ", "a SHOUTcast response"),
    (b"AMQP", "an AMQP header"),
)


def not_a_status_line(octets: bytes, offset: int, findings: Findings) -> None:
    """Adds the fatal finding for a first line that is no status line, named by what it looks like."""
    line = foreign(octets, True) or octets
    name = next((words for start, words in _FOREIGN if line.startswith(start)), "")
    if not name and line[3:4] == b"\x04" and line[:2] == b"\0\0":
        name = "an HTTP/2 SETTINGS frame"
    if line[:5].lower() == b"http/":
        findings.add("version-syntax", offset, f"{quoted(line)} is not written HTTP/DIGIT.DIGIT", True)
    elif line.lstrip().startswith((b"<", b"{", b"[")):
        findings.add("http-09", offset, f"content without a status line, as HTTP/0.9 has it: {quoted(line)}", True)
    else:
        words = f", {name}" if name else ""
        findings.add("status-line", offset, f"no status line but {quoted(line)}{words}", True)


def request_line(line: bytes, offset: int, findings: Findings) -> tuple[bytes, bytes, bytes]:
    """Method, target and version (RFC 9112 section 3), as far as they can be told apart; what cannot is empty."""
    odd_octets(line, offset, findings)
    words = line.replace(b"\t", b" ").split(b" ")
    found = [word for word in words if word]
    if len(found) != len(words) or b"\t" in line:
        findings.add("start-line-space", offset, "white space in the start line is not one single space")
    if len(found) != 3:
        findings.add("request-line", offset, f"{quoted(line)} is not method, target and version")
    method = found[0] if found else b""
    version = found[-1] if len(found) == 3 or (len(found) > 1 and found[-1][:5].upper() == b"HTTP/") else b""
    target = b" ".join(found[1:-1] if version else found[1:])
    if method.translate(None, TOKEN):
        findings.add("method-token", offset, f"the method {quoted(method)} is not a token")
    if len(found) == 3:
        if not _version(version, offset + line.rfind(version), findings):
            # A server answers and closes; whoever only observes reads on as if it were HTTP/1.1.
            findings.found[-1] = findings.found[-1]._replace(fatal=False)
        else:
            _check_target(method, target, offset + line.find(target, len(method)), findings)
    return method, target, version


_TARGET = bytes(o for o in range(0x21, 0x7F) if o != 0x23)


def _check_target(method: bytes, target: bytes, offset: int, findings: Findings) -> None:
    """The four forms of RFC 9112 section 3.2. Visible ASCII is let through where browsers and curl send it
    unencoded; "#" is not, since a fragment is never sent."""
    if target.translate(None, _TARGET):
        bad = target.translate(None, _TARGET)[:1]
        findings.add("target-form", offset + target.index(bad), f"the request target has {quoted(bad)} in it")
    elif method == b"CONNECT":
        if not is_authority(target, True):
            findings.add("target-form", offset, f"CONNECT needs host:port, not {quoted(target)}")
    elif target[0] == 0x2F:
        path = target.partition(b"?")[0]
        if b"\\" in path:
            # Some read it as "/"; in a query, where nobody does, browsers send it as it is.
            findings.add("target-form", offset + path.index(b"\\"), "the path has a backslash in it")
    elif target == b"*":
        if method != b"OPTIONS":
            findings.add("target-form", offset, f"the target * is for OPTIONS, not for {quoted(method)}")
    elif not _is_absolute(target):
        findings.add("target-form", offset, f"the request target {quoted(target)} has none of the four forms")


def _is_absolute(target: bytes) -> bool:
    scheme, mark, rest = target.partition(b"://")
    if not mark or not scheme[:1].isalpha() or not scheme.translate(None, b"+-.").isalnum():
        return False
    authority = rest
    for delimiter in (b"/", b"?"):
        authority = authority.partition(delimiter)[0]
    return is_authority(authority, False)
