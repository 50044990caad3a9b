"""A message going out: heads as octets, content with its framing put on (RFC 9112 sections 6 and 7).

Rules: the fields of a head decide how its body is framed, right or wrong, since a tester may well want them wrong;
what would break a head, CR, LF or NUL, is refused. Used by both roles; it never adds, drops or changes a field.
"""

from __future__ import annotations

from httpeek.codec.http1.head import section_octets
from httpeek.model.codes import usage
from httpeek.model.events import Completed, Content, Trailers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Framed
    from httpeek.model.message import Fields


class Sending:
    """A message going out: its framing put on, by the fields of its head. Used by both roles."""

    def __init__(self) -> None:
        self.framed: Framed | None = None
        self.sent = 0
        self.done = True
        self._trailers: Fields = ()

    def begin(self, framed: Framed) -> None:
        """A head was sent; its body is framed like this."""
        self.framed = framed
        self.sent = 0
        self.done = False
        self._trailers = ()

    def octets(self, fact: Content | Trailers | Completed) -> bytes:
        """The octets of the next part of the body. Raises HttpeekError (USAGE) for trailers without chunks."""
        framed = self.framed
        if framed is None or self.done:
            raise usage("content was given before a head or after the end of the message")
        chunked = framed.framing == "chunked"
        if isinstance(fact, Content):
            self.sent += len(fact.data)
            # RFC 9112 section 7.1: a chunk of size 0 would end the body.
            return b"%x\r\n%b\r\n" % (len(fact.data), fact.data) if chunked and fact.data else fact.data
        if isinstance(fact, Trailers):
            if not chunked:
                raise usage("trailers need Transfer-Encoding: chunked (RFC 9112 7.1.2)")
            section_octets(fact.fields)
            self._trailers += fact.fields
            return b""
        self.done = True
        return b"0\r\n" + section_octets(self._trailers) if chunked else b""

    @property
    def short(self) -> bool:
        """True when less was sent than Content-Length says: the peer still waits for the rest."""
        framed = self.framed
        return framed is not None and framed.framing == "length" and self.sent != framed.length
