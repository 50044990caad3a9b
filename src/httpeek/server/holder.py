"""Who holds a port: the process that listens on it, where /proc tells (proc(5)). A sentence for exit 98."""

from __future__ import annotations

import os

_LISTEN = "0A"
"""TCP_LISTEN in the st column of /proc/net/tcp."""


def holder(port: int) -> str:
    """A name like `python3 (pid 4711)`, or nothing where it cannot be told: no /proc, or another user's process."""
    inodes = _inodes(port)
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


def _inodes(port: int) -> set[str]:
    """The sockets that listen on a port, as links of /proc/PID/fd name them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file][1:]
        except OSError:
            continue
        for row in rows:
            if row[3] == _LISTEN and int(row[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{row[9]}]")
    return found
