"""What a response with a failed status tells beside it: one line of facts. Imported only for such a status.

Rules: a fact and what to try, never a cause that was not seen. Nothing to tell is an empty text.
"""

from __future__ import annotations

from httpeek.model.message import values
from httpeek.render.terminal import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.message import ResponseHead
    from httpeek.model.target import Target

_SPEAKS_TLS = (
    b"The plain HTTP request was sent to HTTPS port",  # nginx
    b"Client sent an HTTP request to an HTTPS server",  # Go
    b"speaking plain HTTP to an SSL-enabled server port",  # Apache
    b"This combination of host and port requires TLS",  # Tomcat
)


def hint(head: ResponseHead, content: bytes, target: Target) -> str:
    """The line for a response to a request to `target`. `content` is the beginning of what came."""
    if head.status == 400 and target.scheme == "http" and any(words in content for words in _SPEAKS_TLS):
        return f"the server says that this port speaks TLS; try https://{target.authority}{target.path}"
    via = b", ".join(values(head.fields, b"via"))
    if head.status != 400 and via:
        return f"this {head.status} came by way of a proxy (Via: {shown(via)}), which may have made it"
    return ""
