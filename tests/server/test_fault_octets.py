"""The exact octets of each fault, and what becomes of the connection: data in tests/vectors/faults/NAME.txt.

A vector is a picture of what a plain socket receives from a companion:

    what is wrong (where the rule stands)

    GET /fault/NAME, and a field where one was sent
    98 octets, then FIN          or RST; kept: another request is answered; open: silence; and more: without an end
    HTTP/1.1 200 OK\\r\\n          a line of the wire in a line, octets as `tests.codec.vectors` has them
    ...

What is long is there with its first and last KiB and its SHA-256. One command writes all of them anew:

    HTTPEEK_GOLDEN=write python -m pytest tests/server/test_fault_octets.py -q
"""

from __future__ import annotations

import hashlib
import os
import select
import socket

import pytest

from httpeek.server.faults import Fault
from httpeek.server.faults.catalogue import FAULTS
from tests.codec.vectors import FOLDER, octets_of
from tests.support import LIMIT

VECTORS = FOLDER / "faults"
ROWS = [row for row in FAULTS if row.group != "tls"]
"""Faults of a handshake have no octets that are the same twice: they are tested where the handshake is."""
WRITE = os.environ.get("HTTPEEK_GOLDEN") == "write"
SILENCE = 1.0
"""Seconds of silence after which a new vector says that nothing more comes. A comparison does not depend on it."""
QUIET = 0.1
"""Seconds in which a connection that stays open says nothing. A slow machine weakens this, and never fails by it."""
LONG = 4096
"""Octets that a vector has whole; of more it has the first and last `SHOWN`."""
SHOWN = 1024
ENDLESS = {"head-endless": 2048, "endless": 2048, "gzip-bomb": 92}
"""Faults that send as much as a client takes, and how many octets of them are looked at: of the bomb the head and the
gzip's magic, since the others are a compressor's choice."""
PROBE = b"GET /status/299 HTTP/1.1\r\nHost: companion\r\nConnection: close\r\n\r\n"


def test_every_fault_has_a_vector_and_every_vector_a_fault() -> None:
    if not WRITE:
        assert {path.stem for path in VECTORS.glob("*")} == {row.name for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_is_what_its_vector_says_octet_for_octet(port: int, row: Fault) -> None:
    path = VECTORS / f"{row.name}.txt"
    known = [] if WRITE else path.read_text("ascii").split("\n\n")[1:]
    parts = [f"{row.wrong} ({row.source})" if row.source else row.wrong]
    for index, field in enumerate(["", "Range: bytes=500-"] if row.group == "downloads" else [""]):
        octets, ending = asked(port, row.name, field, promised(known[index]) if known else None)
        request = f"GET /fault/{row.name}" + (f", {field}" if field else "")
        parts.append("\n".join((request, f"{len(octets)} octets, {ending}", *pictured(octets))))
    text = "\n\n".join(parts) + "\n"
    if WRITE:
        VECTORS.mkdir(exist_ok=True)
        path.write_text(text, "ascii")
    assert path.read_text("ascii") == text


def promised(part: str) -> tuple[int, str]:
    """How many octets a part of a vector has, and how it ends."""
    count, _, ending = part.split("\n")[1].partition(" octets, ")
    return int(count), ending


def asked(port: int, name: str, field: str, promise: tuple[int, str] | None) -> tuple[bytes, str]:
    """What comes for a fault, and how it ends. With a promise no more is waited for than that."""
    most = ENDLESS.get(name, 0)
    with socket.create_connection(("127.0.0.1", port), LIMIT) as sock:
        lines = [f"GET /fault/{name} HTTP/1.1", "Host: companion", *([field] if field else []), "", ""]
        sock.sendall("\r\n".join(lines).encode())
        octets = b""
        while not most or len(octets) < most:
            if promise is None:
                patience = SILENCE
            elif promise[1] in ("kept", "open") and len(octets) >= promise[0]:
                patience = QUIET if promise[1] == "open" else 0.0
            else:
                patience = LIMIT
            if not select.select([sock], [], [], patience)[0]:
                break
            try:
                piece = sock.recv(65_536)
            except ConnectionResetError:
                return octets, "then RST"
            if not piece:
                return octets, "then FIN"
            octets += piece
        if most:
            return octets[:most], "and more"
        return probed(sock, octets)


def probed(sock: socket.socket, octets: bytes) -> tuple[bytes, str]:
    """Whether a connection that is not closed takes another request. What comes before its answer belongs to the
    fault."""
    sock.sendall(PROBE)
    sock.shutdown(socket.SHUT_WR)
    behind = b""
    while piece := sock.recv(65_536):
        behind += piece
    late, kept, _ = behind.partition(b"HTTP/1.1 299 ")
    return octets + late, "kept" if kept else "open"


def pictured(octets: bytes) -> list[str]:
    """Octets as lines of a vector."""
    if len(octets) <= LONG:
        return wire_lines(octets)
    digest = hashlib.sha256(octets).hexdigest()
    between = f"<{len(octets) - 2 * SHOWN} octets; SHA-256 of all: {digest}>"
    return [*wire_lines(octets[:SHOWN]), between, *wire_lines(octets[-SHOWN:])]


def wire_lines(octets: bytes) -> list[str]:
    lines = []
    for line in octets.splitlines(keepends=True) if octets else []:
        text = "".join(_ESCAPES.get(o) or (chr(o) if 0x20 <= o < 0x7F else f"\\x{o:02x}") for o in line)
        lines += [text[at : at + 4 * 120] for at in range(0, len(text), 4 * 120)]
    assert octets_of("".join(lines)) == octets
    return lines


_ESCAPES = {0x0D: "\\r", 0x0A: "\\n", 0x09: "\\t", 0x5C: "\\\\", 0x7B: "\\x7b"}
