"""Any status, one drawn from several, and a page that fails now and then."""

from __future__ import annotations

from httpeek.server.app.answer import Refused, empty, text
from httpeek.server.app.request import argument, seed, shown, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ, Pairs

_CHOICES = 100
"""The most statuses to choose from."""
_FIELDS: dict[int, Pairs] = {
    **dict.fromkeys((301, 302, 303, 305, 307, 308), (("Location", "/get"),)),
    401: (("WWW-Authenticate", 'Basic realm="httpeek"'),),
    405: (("Allow", "GET, HEAD"),),
    407: (("Proxy-Authenticate", 'Basic realm="httpeek"'),),
    416: (("Content-Range", "bytes */0"),),
    429: (("Retry-After", "1"),),
    503: (("Retry-After", "1"),),
}
"""The fields without which a status says nothing (RFC 9110 section 15)."""


def status(environ: Environ, codes: str) -> Answer:
    """The status that the path names: 404, one of 200,503, or one by weight of 200:0.9,503:0.1."""
    rows = [_choice(part) for part in codes.split(",")]
    if len(rows) > _CHOICES:
        raise Refused(400, f"/status takes up to {_CHOICES} statuses, not {len(rows)}")
    code = rows[0][0]
    if len(rows) > 1:
        code = _drawn(environ, rows)
    fields = _FIELDS.get(code, ())
    if code in (204, 205, 304):
        return empty(code, *fields)
    made = text("", code, *fields)
    return text(made.line + "\n", code, *fields)


def _choice(part: str) -> tuple[int, float]:
    code, colon, weight = part.partition(":")
    digits = weight.replace(".", "", 1)
    if colon and not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise Refused(400, f"the weight of {shown(code)} is a number such as 0.5, not {shown(weight) or 'empty'}")
    return whole_number(code, "/status/N: a status", 599, 200), float(weight) if colon else 1.0


def _drawn(environ: Environ, rows: list[tuple[int, float]]) -> int:
    place = _fraction(environ, b"status") * sum(weight for _, weight in rows)
    for code, weight in rows:
        place -= weight
        if place < 0:
            return code
    return rows[-1][0]


def _fraction(environ: Environ, purpose: bytes) -> float:
    """A draw: by the query's seed always the same, else another with each request."""
    from httpeek.server.app.chance import fraction, turn

    return fraction(seed(environ), 0 if argument(environ, "seed") else turn(), purpose)


def unstable(environ: Environ) -> Answer:
    """500 for a part of the requests, `failure_rate`, and 200 for the rest."""
    said = argument(environ, "failure_rate", "0.5")
    digits = said.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20) or float(said) > 1:
        raise Refused(400, f"failure_rate is a number from 0 to 1, not {shown(said) or 'empty'}")
    if _fraction(environ, b"unstable") < float(said):
        return text("failed, as this page does now and then\n", 500)
    return text("well, this time\n")
