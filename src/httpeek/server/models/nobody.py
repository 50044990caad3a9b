"""nobody: listens and never accepts (`serve --never-accept`), and tells what becomes of the clients.

The kernel completes handshakes by itself, so connect(2) succeeds for the first clients, whose connections wait in a
queue of the listening socket. When it is full the kernel drops further SYNs, and those clients hang in SYN_SENT
(listen(2); Linux's queue holds one more than the backlog). Numbers are the kernel's: TCP_INFO of the listening socket
for the queue, /proc/net/tcp for the clients, where they are on this machine.
"""

from __future__ import annotations

import os
import select

from httpeek.net.stream import describe, sockets
from httpeek.server.models.single import no_workers
from httpeek.server.signals import on_end, on_hangup, wake_by
from httpeek.server.visible import connections, tcp_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from httpeek.server.models import Settings
    from httpeek.server.service import Service

_TICK = 200
"""Milliseconds between two looks: the kernel tells nobody that it dropped a SYN."""


def run(listeners: Sequence[sockets.socket], service: Service, settings: Settings) -> None:
    """Looks at the queues until a signal asks it to end. The connections in them are reset then."""
    wake_in, wake_out = os.pipe()
    os.set_blocking(wake_out, False)
    wake_by(wake_out)
    asked: list[bool] = []
    on_end(lambda: asked.append(True))
    on_hangup(lambda: service.log(no_workers("nobody")))
    queues = [_Queue(listener, service.log) for listener in listeners]
    poll = select.poll()
    poll.register(wake_in, select.POLLIN)
    settings.started()
    while not asked:
        for queue in queues:
            queue.look()
        if poll.poll(_TICK):
            os.read(wake_in, 4096)
    for listener in listeners:
        listener.close()


class _Queue:
    """The queue of one listening socket, and what was last said of it."""

    def __init__(self, listener: sockets.socket, log: Callable[[str], None]) -> None:
        self._listener = listener
        self._local = describe(listener.getsockname())
        self._log = log
        self._waiting = self._left = 0
        self._hanging: set[str] = set()

    def look(self) -> None:
        """Says what has changed: how many wait, how many of them have given up, who gets no answer."""
        facts = tcp_info(self._listener)
        if facts is None:
            return  # a unix socket, or a system that does not tell
        # For a listening socket these two members are the queue and its limit (tcp_get_info in net/ipv4/tcp.c).
        waiting, backlog = int(str(facts["unacked"])), int(str(facts["sacked"]))
        rows = connections()
        left = sum(1 for (local, _), state in rows.items() if local == self._local and state == "CLOSE_WAIT")
        if waiting != self._waiting:
            wait = "connection waits" if waiting == 1 else "connections wait"
            self._log(f"{waiting} {wait} at {self._local}, established by the kernel: nobody accepts")
            if waiting > backlog:
                self._log(f"the queue is full: backlog {backlog} and one more; from now on SYNs are dropped")
        if left > self._left:
            self._log(f"{left} of them in CLOSE_WAIT: the client gave up, its place stays taken")
        self._waiting, self._left = waiting, left
        hanging = {local for (local, remote), state in rows.items() if remote == self._local and state == "SYN_SENT"}
        for number, client in enumerate(sorted(hanging - self._hanging), waiting + len(hanging & self._hanging) + 1):
            self._log(f"client {number} hangs: {client} is in SYN_SENT, its SYN gets no answer")
        for client in sorted(self._hanging - hanging):
            self._log(f"{client} is in SYN_SENT no more: it has given up, or there was room again")
        self._hanging = hanging
