"""Content with a content coding put on before it is sent: `--compress`.

Rules: the coding is put on only where that makes the content smaller, unless it is forced: so it has to be known before
the head is sent. Content that is in memory is coded there; a file is read piece by piece and what comes of it goes to a
temporary file without a name, so that memory stays flat for any size.
"""

from __future__ import annotations

from httpeek.client.spooled import again, spooled
from httpeek.codec.compress import Compressor
from httpeek.model.plan import Body


def compressed(body: Body, coding: str, forced: bool) -> tuple[Body, bool]:
    """The content with the coding and True, or, where that would not be smaller and is not forced, as it was and False.

    Content from a stream is read to its end. Raises HttpeekError (READ_FAILED).
    """
    if body.length == 0:
        return body, False
    body = again(body)  # where the coding does not pay, it is sent as it was
    compressor = Compressor(coding)
    if body.data:
        octets = compressor.feed(body.data) + compressor.finish()
        made = Body(octets, length=len(octets))
    else:
        made = spooled(body, compressor.feed, compressor.finish)
    assert made.length is not None
    if forced or made.length < _length(body):
        return made, True
    return body, False


def _length(body: Body) -> int:
    """The length of content that is a file or in memory; a file that has none of its own counts as endless."""
    return body.length if body.length is not None else 2**63
