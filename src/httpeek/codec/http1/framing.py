"""Framing: where the body of a message ends, decided once from its head (RFC 9112 section 6.3, both roles).

Rules:
- The deciding steps stand in the order of the RFC, and the fact that decided is named in `because`.
- A number is digits and nothing else: `int()` would take "+1", "1_0" and white space.
- Findings say what was wrong; they are fatal where the RFC names no winner. Nothing is decided by a guess.
"""

from __future__ import annotations

from httpeek.codec.http1.head import BLANK, TOKEN, quoted
from httpeek.model.events import IN, OUT, Framed
from httpeek.model.message import members as list_members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.codec.http1.head import Findings, Places
    from httpeek.model.message import Fields, RequestHead, ResponseHead

NO_REQUEST_CONTENT = Framed(IN, "none", 0, "no Content-Length")

_DIGITS = 4000
"""Digits of a length that are read: Python refuses to convert more than 4300, and nobody has so many octets."""

_MOST = 1 << 63
"""Octets that no request has: what counts them elsewhere may not be able to."""

_TOLD = 8
"""Codings of one message that are named; a head has room for a hundred thousand."""

_UNWRAPPED = (b"gzip", b"x-gzip", b"deflate")
"""Transfer codings that can be taken off (RFC 9112 section 7.2)."""


def survey(fields: Fields) -> dict[bytes, list[int]]:
    """The indices of the fields that decide framing and connection, by lower-case name."""
    found: dict[bytes, list[int]] = {}
    for index, (name, _) in enumerate(fields):
        if len(name) in _LENGTHS:
            lower = name.lower()
            if lower in _DECIDING:
                found.setdefault(lower, []).append(index)
    return found


_DECIDING = frozenset((b"content-length", b"transfer-encoding", b"connection", b"host", b"expect", b"upgrade"))
_LENGTHS = frozenset(map(len, _DECIDING))


def number(digits: bytes) -> int | None:
    """A decimal number; None when it is anything but ASCII digits."""
    return int(digits) if digits.isdigit() and len(digits) <= _DIGITS else None


def codings(fields: Fields) -> list[bytes]:
    """What has to be taken off the content to have the representation, in the order applied: the content codings,
    then the transfer codings inside of chunked (RFC 9112 section 7.2)."""
    inner = [word.partition(b";")[0].rstrip(BLANK) for word in list_members(fields, b"transfer-encoding")]
    if inner and inner[-1] == b"chunked":
        del inner[-1]
    return list_members(fields, b"content-encoding") + [coding for coding in inner if coding in _UNWRAPPED]


def _repaired(value: bytes) -> bytes:
    """CR and NUL are read as SP in fields that frame (RFC 9110 section 5.5, RFC 9112 section 2.2)."""
    return value.replace(b"\r", b" ").replace(b"\0", b" ").strip(BLANK)


def content_length(
    fields: Fields, indices: list[int], places: Places, findings: Findings, matters: bool = True
) -> int | None:
    """The one value of all Content-Length fields; None with a finding when there is none.

    The finding is fatal if the value `matters`: nothing else says where the message ends.
    """
    length: int | None = None
    if len(indices) == 1 and (length := number(fields[indices[0]][1])) is not None:
        return length
    spelled = b""
    repeated = False
    for index in indices:
        members = [_repaired(member) for member in fields[index][1].split(b",")]
        parts = [part for part in members if part]
        if parts and len(parts) < len(members) and not repeated:
            # RFC 9110 section 5.6.1: empty members of a list are ignored.
            repeated = True
            words = f"Content-Length {quoted(fields[index][1])} is a list"
            findings.add("content-length-repeated", places.of(index), words)
        for part in parts or (b"",):
            value = number(part)
            if value is None:
                words = f"Content-Length {quoted(part)} is not a number" if part else "Content-Length is empty"
                findings.add("content-length-invalid", places.of(index), words, matters)
                return None
            if length is None:
                length, spelled = value, part
            elif value != length:
                words = f"Content-Length {_short(part)} after {_short(spelled)}"
                findings.add("content-length-differs", places.of(index), words, matters)
                return None
            elif not repeated:
                repeated = True
                words = f"Content-Length {_short(part)} more than once, with equal values"
                findings.add("content-length-repeated", places.of(index), words)
    return length


def _short(digits: bytes) -> str:
    text = digits.decode("ascii")
    return text if len(text) <= 24 else f"{text[:20]}... ({len(text)} digits)"


def transfer_codings(fields: Fields, indices: list[int]) -> list[bytes]:
    """The transfer codings of all Transfer-Encoding fields in order, lower-cased, parameters kept."""
    return [word for word in _coding_words(fields, indices) if word]


def _coding_words(fields: Fields, indices: list[int]) -> list[bytes]:
    """The members of all Transfer-Encoding fields, empty ones too."""
    return [_repaired(word).lower() for index in indices for word in fields[index][1].split(b",")]


def response_framing(
    head: ResponseHead, method: bytes, asked: bool, found: dict[bytes, list[int]], places: Places, findings: Findings
) -> Framed | None:
    """How the body of a final response to `method` ends; None where a fatal finding says why that cannot be known.

    `asked` says that the request named the transfer codings it takes (TE), so that one is no surprise.
    """
    lengths, coded = found.get(b"content-length"), found.get(b"transfer-encoding")
    status = head.status
    # RFC 9112 section 6.3 steps 1 and 2: the status and the method decide before any field.
    if method == b"HEAD" or status in (204, 304) or status < 200:
        _fields_of_no_body(head, lengths, coded, places, findings, status < 300 and (status < 200 or status == 204))
        return Framed(IN, "none", 0, "HEAD" if method == b"HEAD" else str(status))
    if method == b"CONNECT" and status < 300:
        _fields_of_no_body(head, lengths, coded, places, findings, True)
        return Framed(IN, "upgrade", None, "CONNECT")
    if coded:
        framed = _response_coded(head, coded, lengths, asked, places, findings)
        if framed is not None:
            return framed
    if lengths:
        length = content_length(head.fields, lengths, places, findings)
        return None if length is None else Framed(IN, "length", length, "Content-Length")
    return Framed(IN, "close", None, f"no length, {head.version.decode('latin-1')}")


def _fields_of_no_body(
    head: ResponseHead,
    lengths: list[int] | None,
    coded: list[int] | None,
    places: Places,
    findings: Findings,
    forbidden: bool,
) -> None:
    """HEAD and 304 may say what the length would be; 1xx, 204 and 2xx to CONNECT may not (RFC 9110 section 8.6)."""
    if lengths:
        if forbidden:
            findings.add("length-with-no-body", places.of(lengths[0]), f"Content-Length in a response {head.status}")
        content_length(head.fields, lengths, places, findings, False)
    if coded and forbidden:
        findings.add("coding-with-no-body", places.of(coded[0]), f"Transfer-Encoding in a response {head.status}")


def _response_coded(
    head: ResponseHead, coded: list[int], lengths: list[int] | None, asked: bool, places: Places, findings: Findings
) -> Framed | None:
    """Steps 3 and 4: Transfer-Encoding overrides Content-Length. None when it names no coding at all."""
    words = transfer_codings(head.fields, coded)
    at = places.of(coded[0]) if words != [b"chunked"] or lengths or head.version == b"HTTP/1.0" else 0
    real = [word for word in words if word != b"identity"]
    if len(real) != len(words) or not words:
        what = "identity" if words else "an empty Transfer-Encoding"
        findings.add("coding-unknown", at, f"{what} is no transfer coding")
    if not real:
        return None
    if head.version == b"HTTP/1.0":
        findings.add("coding-in-10", at, "Transfer-Encoding in an HTTP/1.0 message")
    if lengths:
        findings.add(
            "length-with-coding", places.of(lengths[0]), "Content-Length beside Transfer-Encoding: the coding wins"
        )
    names = [word.partition(b";")[0].rstrip(BLANK) for word in real]
    for word in sorted(set(real))[:_TOLD]:
        name = word.partition(b";")[0].rstrip(BLANK)
        if name == b"chunked" and name != word:
            findings.add("coding-unknown", at, f"chunked has no parameter: {quoted(word)}")
        elif name in _UNWRAPPED:
            if not asked:
                findings.add("coding-unasked", at, f"the transfer coding {name.decode()} was not asked for")
        elif name != b"chunked":
            findings.add("coding-unknown", at, f"the transfer coding {quoted(name)} is not known")
    because = "Transfer-Encoding: " + quoted(b", ".join(names), 80)[1:-1]
    if names.count(b"chunked") > 1:
        findings.add("chunked-twice", at, "chunked more than once")
    if names[-1] == b"chunked":
        return Framed(IN, "chunked", None, because)
    # RFC 9112 section 6.3 step 4: a response without chunked as its last coding ends with the connection.
    if b"chunked" in names:
        findings.add("chunked-not-final", at, "chunked is not the final transfer coding")
    return Framed(IN, "close", None, because)


def request_framing(
    head: RequestHead, found: dict[bytes, list[int]], places: Places, findings: Findings, direction: str = IN
) -> Framed | None:
    """How the body of a received request ends; None with a fatal finding where that cannot be known.

    Everything ambiguous is a finding: a server refuses it; whoever only observes takes the reading of step 3.
    """
    lengths, coded = found.get(b"content-length"), found.get(b"transfer-encoding")
    if not coded and not lengths:
        return NO_REQUEST_CONTENT if direction == IN else NO_REQUEST_CONTENT._replace(direction=direction)
    if coded:
        return _request_coded(head, coded, lengths, places, findings, direction)
    length = content_length(head.fields, lengths or [], places, findings)
    if length is not None and length >= _MOST:
        words = f"Content-Length {_short(b'%d' % length)} is beyond all measure"
        findings.add("content-length-invalid", places.of((lengths or [0])[0]), words, True)
        return None
    return None if length is None else Framed(direction, "length", length, "Content-Length")


def _request_coded(
    head: RequestHead, coded: list[int], lengths: list[int] | None, places: Places, findings: Findings, direction: str
) -> Framed | None:
    words = _coding_words(head.fields, coded)
    if words != [b"chunked"] or lengths or head.version == b"HTTP/1.0":
        at = places.of(coded[0])
        final = words[-1] == b"chunked"
        disguised = sorted({word for word in words if _is_disguised(word)})
        if head.version == b"HTTP/1.0":
            findings.add("coding-in-10", at, "Transfer-Encoding in an HTTP/1.0 message")
        if lengths:
            findings.add("length-with-coding", places.of(lengths[0]), "Content-Length beside Transfer-Encoding")
        for word in disguised[:_TOLD]:
            findings.add("coding-disguised", at, f"the transfer coding {quoted(word)} is chunked for some only")
        unknown = sorted({word for word in words if word != b"chunked"}.difference(disguised))
        for word in unknown[:_TOLD]:
            # RFC 9112 section 6.1 has 501 for it. Without chunked there is no way on for whoever only observes.
            fatal = not final and not disguised and b"chunked" not in words
            findings.add("coding-unknown", at, f"the transfer coding {quoted(word)} is not known", fatal)
        if words.count(b"chunked") > 1:
            findings.add("chunked-twice", at, "chunked more than once")
        if not final:
            if disguised or b"chunked" in words:
                # RFC 9112 section 6.3 step 4: the length of such a request cannot be determined.
                findings.add("chunked-not-final", at, "chunked is not the final transfer coding", True)
            return None
    return Framed(direction, "chunked", None, "Transfer-Encoding: chunked")


def _is_disguised(word: bytes) -> bool:
    """True for what one recipient takes for chunked, or for no coding, and another does not: "xchunked",
    "chunked;a=b", "identity" (which RFC 2616 had), an empty member, and anything that is no token."""
    if word == b"chunked":
        return False
    bare = word.partition(b";")[0].rstrip(BLANK)
    return not bare or bool(bare.translate(None, TOKEN)) or b"chunked" in bare or bare == b"identity"


def sent_framing(fields: Fields) -> Framed:
    """How a message that we send is framed, by the fields it was given: a tester may well give wrong ones, so
    nothing is refused here."""
    found = survey(fields)
    words = transfer_codings(fields, found.get(b"transfer-encoding", []))
    if words and words[-1] == b"chunked":
        return Framed(OUT, "chunked", None, "Transfer-Encoding: chunked")
    for index in found.get(b"content-length", ()):
        length = number(fields[index][1].strip(BLANK))
        if length is not None:
            return Framed(OUT, "length", length, "Content-Length")
    return Framed(OUT, "none", 0, "no Content-Length")
