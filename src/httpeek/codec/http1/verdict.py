"""Verdicts: the failure that a client reports for a violation that ends an exchange.

The exit code is that of the violation's row; the sentence says at which octet, what was found, which rule that
breaks, and what it means or what to try. Imported only when an exchange fails.
"""

from __future__ import annotations

from httpeek.model.codes import CUT_SHORT, HEAD_TOO_LARGE, PEER_BROKE_PROTOCOL, RECEIVE_FAILED, TOO_LARGE, Failure
from httpeek.model.violations import rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.codec.http1.body import Body
    from httpeek.model.events import Violation

_LAYERS = {
    PEER_BROKE_PROTOCOL: "protocol",
    CUT_SHORT: "receive",
    RECEIVE_FAILED: "receive",
    HEAD_TOO_LARGE: "limit",
    TOO_LARGE: "limit",
}

_ENDS = {
    "content-length-differs": ": no safe end",
    "content-length-invalid": ": no safe end",
    "head-size": ": --max-head allows more",
    "field-count": ": --max-fields allows more",
    "endless-interim": ": --max-interim allows more",
    "chunk-extension-size": ": --max-chunk-extensions allows more",
    "unasked-101": ": the connection is no longer HTTP",
}
"""What a violation means for the reader of the message, behind the rule it broke."""


def failure(violation: Violation, body: Body | None) -> Failure:
    """The failure for a violation; `body` is what was being read, where there was one. A note that is fatal only
    because the user asked for strictness ends with PEER_BROKE_PROTOCOL."""
    row = rule(violation.id)
    code = row.client or PEER_BROKE_PROTOCOL
    if code == CUT_SHORT and body is not None:
        sentence = f"body cut short: {body.cut()}"
    elif violation.id == "head-cut":
        sentence = violation.detail
    else:
        end = _ENDS.get(violation.id, ": try https" if "a TLS" in violation.detail else "")
        sentence = f"byte {violation.offset}: {violation.detail} ({row.source}){end}"
    return Failure(code, _LAYERS[code], sentence)
