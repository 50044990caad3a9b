"""The run of one client: its connection can be ended from another thread, whichever it is at the moment."""

from __future__ import annotations

import socket

from httpeek.download.line import Line, Shared
from httpeek.model.events import Closed, Connected


def ended(peer: socket.socket) -> bool:
    """True where the other side of a connection has ended it."""
    peer.setblocking(False)
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False


def test_the_connection_that_is_used_now_is_ended() -> None:
    line = Line(Shared([], lambda: None))
    first, first_peer = socket.socketpair()
    second, second_peer = socket.socketpair()
    with first, first_peer, second, second_peer:
        line.tell(Connected(first.fileno(), "a", "b"), 1, 1)
        line.tell(Connected(second.fileno(), "a", "b"), 2, 2)
        line.tell(Connected(first.fileno(), "a", "b", 1), 3, 1)
        line.tell(Connected(first.fileno(), "a", "b", 2), 4, 1)
        line.interrupt()
        assert (ended(first_peer), ended(second_peer)) == (True, False)
        line.tell(Closed("us", "fin"), 4, 1)
        line.tell(Connected(second.fileno(), "a", "b", 1), 5, 2)
        line.interrupt()
        assert ended(second_peer)
        line.end()


def test_a_connection_that_was_closed_is_left_alone() -> None:
    line = Line(Shared([], lambda: None))
    ours, peer = socket.socketpair()
    with ours, peer:
        line.tell(Connected(ours.fileno(), "a", "b"), 1, 1)
        line.tell(Closed("us", "fin"), 1, 1)
        line.interrupt()
        assert not ended(peer)
    line.end()
