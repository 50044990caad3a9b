"""Content with a content coding put on before it is sent: `--compress`.

Rules: the coding is put on only where that makes the content smaller, unless it is forced: so it has to be known before
the head is sent. Content that is in memory is coded there; a file is read piece by piece and what comes of it goes to a
temporary file without a name, so that memory stays flat for any size.
"""

from __future__ import annotations

from httpeek.client.source import Source
from httpeek.codec.compress import Compressor
from httpeek.model.codes import READ_FAILED, Failure, HttpeekError
from httpeek.model.plan import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def compressed(body: Body, coding: str, forced: bool) -> tuple[Body, bool]:
    """The content with the coding and True, or, where that would not be smaller and is not forced, as it was and False.

    Content from a stream is read to its end. Raises HttpeekError (READ_FAILED).
    """
    if body.length == 0:
        return body, False
    if any(part.fd >= 0 and not part.again for part in (body, *body.parts)):
        body = _spooled(body, lambda octets: octets, lambda: b"")  # what came from a stream has to be there twice
    compressor = Compressor(coding)
    if body.data:
        octets = compressor.feed(body.data) + compressor.finish()
        made = Body(octets, length=len(octets))
    else:
        made = _spooled(body, compressor.feed, compressor.finish)
    assert made.length is not None
    if forced or made.length < _length(body):
        return made, True
    return body, False


def _length(body: Body) -> int:
    """The length of content that is a file or in memory; a file that has none of its own counts as endless."""
    return body.length if body.length is not None else 2**63


def _spooled(body: Body, feed: Callable[[bytes], bytes], finish: Callable[[], bytes]) -> Body:
    """The content after `feed` and `finish`, in a temporary file without a name."""
    from os import dup
    from tempfile import TemporaryFile

    source = Source(body)
    try:
        with TemporaryFile(buffering=1024 * 1024) as file:
            while not source.done:
                if source.waits:
                    _wait(source.fd)
                file.write(feed(source.read() or b""))
            file.write(finish())
            file.flush()
            return Body(fd=dup(file.fileno()), length=file.tell(), again=True)
    except OSError as error:
        sentence = f"the content cannot be compressed: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None
    finally:
        source.close()


def _wait(descriptor: int) -> None:
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll()
