"""Sockets made visible (`serve --show-sockets`): what the kernel knows, as it happens, in aligned columns.

One port carries many sockets, told apart by the 4-tuple; a listening socket has no peer; accept gives a new descriptor
with the same local port; after a fork two processes hold one socket; whoever closes first gets TIME_WAIT (RFC 9293
section 3.6). Each line is what a system call said at that moment, or a row of /proc/net/tcp.
"""

from __future__ import annotations

import os
from errno import errorcode

from httpeek.net.stream import describe, sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.server.tls import Secure

STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
}
"""TCP's states by Linux's numbers (include/net/tcp_states.h)."""
_HEAD = ("pid", "fd", "what", "local", "remote", "state")


class Watch:
    """Writes a line for each thing that happens to a socket. Columns widen when they have to, and never cut. `kept` is
    True in a child whose parent keeps a copy of its socket on purpose."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._widths = [5, 3, 7, 15, 16]
        self._begun = False
        self.kept = False

    def joins(self) -> None:
        """Called in a worker: the head of the table is its parent's to write."""
        self._begun = True

    def listens(self, sock: sockets.socket) -> None:
        """A listening socket: it has a local address and no peer."""
        try:
            peer = describe(sock.getpeername())
        except OSError as error:
            peer = f"getpeername {errorcode.get(error.errno or 0, error.errno)}"
        self.line("listen", sock.fileno(), describe(sock.getsockname()), "-", f"{state(sock)}, {peer}")

    def accepted(self, sock: sockets.socket, local: str, remote: str) -> None:
        """A connected socket that accept gave: a new descriptor, the same local port."""
        self.line("accept", sock.fileno(), local, remote, state(sock))

    def closed(self, fd: int, local: str, remote: str, what: str) -> None:
        """A descriptor was closed: `what` says which copy; then what the kernel still keeps of the connection."""
        self.line("close", fd, local, remote, "child's copy; the parent keeps its own: no FIN" if self.kept else what)
        kept = left_behind(local, remote)
        if kept:
            self.line("-", -1, local, remote, kept, nobody=True)

    def line(self, what: str, fd: int, local: str, remote: str, about: str, nobody: bool = False) -> None:
        """One line, after the head of the table."""
        if not self._begun:
            self._begun = True
            self._row(_HEAD)
        pid = "-" if nobody else str(os.getpid())
        self._row((pid, "-" if fd < 0 else str(fd), what, local, remote, about))

    def _row(self, cells: tuple[str, ...]) -> None:
        for index, width in enumerate(self._widths):
            self._widths[index] = max(width, len(cells[index]))
        padded = [cell.ljust(width) for cell, width in zip(cells, self._widths, strict=False)]
        self._write(" ".join((*padded, cells[-1])))


def state(sock: sockets.socket) -> str:
    """The TCP state that the kernel gives for a socket (TCP_INFO, tcp(7)); "?" where it tells none."""
    option = getattr(sockets, "TCP_INFO", None)
    if option is None:
        return "?"
    try:
        return STATES.get(sock.getsockopt(sockets.IPPROTO_TCP, option, 1)[0], "?")
    except OSError:
        return "unix" if sock.family == getattr(sockets, "AF_UNIX", -1) else "?"


_COUNTS = (
    *("rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets"),
    *("last_data_sent", "last_ack_sent", "last_data_recv", "last_ack_recv", "pmtu", "rcv_ssthresh"),
    *("rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering"),
)
"""The 32-bit members of Linux's struct tcp_info, in order, behind eight octets (tcp(7)); times are in us or ms."""


def tcp_info(sock: sockets.socket | Secure) -> dict[str, object] | None:
    """What the kernel measures of a TCP connection; None where it tells nothing."""
    option = getattr(sockets, "TCP_INFO", None)
    if option is None:
        return None
    try:
        octets = sock.getsockopt(sockets.IPPROTO_TCP, option, 8 + 4 * len(_COUNTS))
    except OSError:
        return None
    import sys

    counts = [int.from_bytes(octets[i : i + 4], sys.byteorder) for i in range(8, len(octets), 4)]
    return {"state": STATES.get(octets[0], "?"), "retransmits": octets[2], **dict(zip(_COUNTS, counts, strict=False))}


def left_behind(local: str, remote: str) -> str:
    """What the kernel keeps of a connection that was closed here, from both ends' rows where both are on this machine:
    TIME_WAIT stands at the end that closed first."""
    rows = connections()
    ours, theirs = rows.get((local, remote), ""), rows.get((remote, local), "")
    if ours == "TIME_WAIT":
        return "TIME_WAIT, we closed first"
    if theirs == "TIME_WAIT":
        return "gone here; TIME_WAIT is the client's, it closed first"
    if ours in ("FIN_WAIT1", "FIN_WAIT2"):
        return f"{ours}, we closed first; the client has not closed yet"
    return ours


def connections() -> dict[tuple[str, str], str]:
    """The rows of /proc/net/tcp and tcp6 (proc(5)): (local, remote) to TCP's state; none where they cannot be read."""
    found = {}
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(name, encoding="ascii") as file:
                rows = [line.split() for line in file][1:]
        except OSError:
            continue
        for row in rows:
            found[(_address(row[1]), _address(row[2]))] = STATES.get(int(row[3], 16), "?")
    return found


def _address(text: str) -> str:
    """An address of /proc/net/tcp: words of 32 bits in the machine's byte order, and the port."""
    import sys

    digits, _, port = text.partition(":")
    words = [int(digits[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(digits), 8)]
    packed = b"".join(words)
    family = sockets.AF_INET if len(packed) == 4 else sockets.AF_INET6
    return describe((sockets.inet_ntop(family, packed), int(port, 16)))
