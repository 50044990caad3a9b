"""TLS inside a stream that is no socket: over a tunnel through an https proxy, TLS runs inside TLS.

`Inner` has the verbs of an `ssl.SSLSocket` that `net.tls` uses, over OpenSSL's memory buffers: what OpenSSL wants to
send goes to the outer stream, what that one receives goes to OpenSSL. Imported for such tunnels only.
"""

from __future__ import annotations

import ssl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.net.stream import Stream

_RECORD = 16 * 1024
"""The most octets of content in one TLS record (RFC 8446 section 5.1)."""


class Inner:
    """A TLS connection inside `outer`; `name` is the server's, as octets."""

    def __init__(self, made: ssl.SSLContext, outer: Stream, name: bytes | str) -> None:
        self._outer = outer
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._unsent = b""
        self._object = made.wrap_bio(self._arrived, self._leaving, server_hostname=name)
        self.version, self.cipher = self._object.version, self._object.cipher
        self.selected_alpn_protocol = self._object.selected_alpn_protocol

    def fileno(self) -> int:
        """The descriptor under it all."""
        return self._outer.fileno()

    def do_handshake(self) -> None:
        """See `ssl.SSLSocket.do_handshake`. Raises SSLWantReadError until it is done."""
        while True:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                self._push()
                if not self._fill():
                    raise
                continue
            finally:
                self._push()
            return

    def recv_into(self, room: memoryview, size: int) -> int:
        """See `ssl.SSLSocket.recv_into`."""
        while True:
            try:
                return self._object.read(size, room)  # type: ignore[return-value]  # into a buffer it counts
            except ssl.SSLWantReadError:
                self._push()
                if not self._fill():
                    raise

    def send(self, data: bytes | memoryview) -> int:
        """See `ssl.SSLSocket.send`."""
        self._push()
        if self._unsent:
            raise ssl.SSLWantWriteError
        taken = self._object.write(memoryview(data)[:_RECORD])
        self._push()
        return taken

    def pending(self) -> int:
        """Octets that can be received without waiting on the descriptor, or 1 where it cannot be told how many."""
        return self._object.pending() or self._arrived.pending or int(self._outer.pending())

    def unwrap(self) -> None:
        """Sends close_notify. Raises SSLError where the peer has not sent its own."""
        try:
            self._object.unwrap()
        finally:
            self._push()

    def close(self) -> None:
        """Closes the outer stream."""
        self._outer.close()

    def _fill(self) -> bool:
        """Gives OpenSSL what has arrived; False when nothing has."""
        data = self._outer.receive()
        if data is None:
            return False
        if data:
            self._arrived.write(data)
        else:
            self._arrived.write_eof()
        return True

    def _push(self) -> None:
        self._unsent += self._leaving.read()
        while self._unsent:
            taken = self._outer.send(self._unsent)
            if not taken:
                return
            self._unsent = self._unsent[taken:]
