"""Who listens on a port of this machine, where /proc tells (proc(5)): facts for a sentence about a connection that was
refused, or an address that is in use. Imported only where one failed.
"""

from __future__ import annotations

import os
import sys

from httpeek.model.nouns import Noun
from httpeek.net.stream import describe

_LISTEN = "0A"
"""TCP_LISTEN in the st column of /proc/net/tcp."""
_TABLES = (("/proc/net/tcp", 4), ("/proc/net/tcp6", 16))
"""Each table with the octets of its addresses."""
_TOLD = 3
"""Listeners that a sentence names."""


class Listener(Noun):
    """A listening socket: its address as text ("[::1]:8080"), and its inode, which is the link of /proc/PID/fd."""

    address: str
    inode: str


def listeners(port: int) -> list[Listener]:
    """The sockets that listen on a port, in the order of the kernel's tables."""
    found = []
    for table, octets in _TABLES:
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file][1:]
        except OSError:
            continue
        for row in rows:
            host, _, number = row[1].rpartition(":")
            if row[3] == _LISTEN and int(number, 16) == port:
                found.append(Listener(describe((_address(host, octets), port)), f"socket:[{row[9]}]"))
    return found


def holder(port: int) -> str:
    """A name like `python3 (pid 4711)`, or nothing where it cannot be told: no /proc, or another user's process."""
    return process({listener.inode for listener in listeners(port)})


def process(inodes: set[str]) -> str:
    """The process that has one of these sockets open; see `holder`."""
    if not inodes:
        return ""
    try:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return ""
    for pid in pids:
        try:
            for number in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{number}") in inodes:
                    with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                        return f"{file.read().strip()} (pid {pid})"
        except OSError:
            continue  # gone meanwhile, or not ours to look at
    return ""


def elsewhere(port: int) -> str:
    """What listens on this port at other addresses of this machine, for the end of a sentence; or nothing."""
    found = listeners(port)[:_TOLD]
    if not found:
        return ""
    who = process({listener.inode for listener in found}) or "a program"
    return f", but {who} listens on {' and '.join(listener.address for listener in found)}"


def _address(text: str, octets: int) -> str:
    """An address of the table: hexadecimal, in words of 32 bits that each have the machine's own order."""
    from _socket import AF_INET, AF_INET6, inet_ntop

    raw = bytes.fromhex(text)
    words = [raw[start : start + 4] for start in range(0, octets, 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return inet_ntop(AF_INET if octets == 4 else AF_INET6, b"".join(words))
