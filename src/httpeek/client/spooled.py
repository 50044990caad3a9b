"""Content that is needed again and can be read once only: it is kept in a temporary file without a name."""

from __future__ import annotations

from httpeek.client.follow import repeatable
from httpeek.client.source import Source
from httpeek.model.codes import READ_FAILED, Failure, HttpeekError
from httpeek.model.plan import Body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def again(body: Body) -> Body:
    """The content as it is, where it can be read again, else kept. Raises HttpeekError (READ_FAILED)."""
    return body if repeatable(body) else spooled(body)


def spooled(
    body: Body, feed: Callable[[bytes], bytes] = lambda octets: octets, finish: Callable[[], bytes] = lambda: b""
) -> Body:
    """The content, read to its end, after `feed` and `finish`. Raises HttpeekError (READ_FAILED)."""
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
            return Body(fd=dup(file.fileno()), length=file.tell(), start=0)
    except OSError as error:
        sentence = f"the content cannot be kept in a temporary file: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None
    finally:
        source.close()


def _wait(descriptor: int) -> None:
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll()
