"""Wire vectors: files with the octets that arrive and the facts that the codec has to make of them.

    a sentence that says what the vector shows
    role: client | server | observer
    request: GET / | Upgrade: x           (client: method, target, then fields, each behind a bar)
    option: strict | head=64 | content=10 (any number of these lines)

    in:
    HTTP/1.1 200 OK\\r\\n                 lines are joined without a line break; \\r \\n \\t \\0 \\xNN \\\\ are octets,
    {70000*a}                             a run is written like this,
    <end>                                 and this is the end of the stream

    facts:
    response HTTP/1.1 200 "OK"            what `lines_of` makes of the facts
    ...

`python -m tests.codec.vectors` writes the facts of every vector anew; what changed is then read in review.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from httpeek.codec.http1.client import ClientConnection
from httpeek.codec.http1.server import ServerConnection, ServerLimits
from httpeek.model.events import (
    OUT,
    Completed,
    Content,
    Failed,
    Framed,
    RequestStarted,
    ResponseStarted,
    Trailers,
    Violation,
)
from httpeek.model.message import RequestHead
from httpeek.model.plan import SizeLimits

if TYPE_CHECKING:
    from httpeek.model.events import Fact

FOLDER = Path(__file__).parent.parent / "vectors"


class Vector(NamedTuple):
    path: Path
    sentence: str
    role: str
    request: RequestHead
    options: dict[str, str]
    octets: bytes
    ended: bool
    facts: list[str]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(FOLDER).with_suffix(""))


def octets_of(text: str) -> bytes:
    """The octets that a line of the `in` section stands for."""
    out = bytearray()
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            code = text[position + 1]
            if code == "x":
                out.append(int(text[position + 2 : position + 4], 16))
                position += 4
                continue
            out += {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}[code]
            position += 2
        elif character == "{" and text[position + 1 : position + 2].isdigit():
            count, _, rest = text[position + 1 :].partition("*")
            run, _, _ = rest.partition("}")
            out += octets_of(run) * int(count)
            position += len(count) + len(run) + 3
        else:
            out += character.encode("ascii")
            position += 1
    return bytes(out)


def read(path: Path) -> Vector:
    head, _, rest = path.read_text("ascii").partition("\nin:\n")
    wire, _, facts = rest.partition("\nfacts:\n")
    sentence, *settings = head.strip().splitlines()
    values: dict[str, list[str]] = {}
    for line in settings:
        key, _, value = line.partition(": ")
        values.setdefault(key, []).append(value)
    lines = wire.strip("\n").splitlines()
    ended = bool(lines) and lines[-1] == "<end>"
    method_target, *fields = values.get("request", ["GET / | Host: x"])[0].split(" | ")
    method, target, *version = method_target.split(" ")
    pairs = tuple((n.encode(), v.encode()) for n, _, v in (field.partition(": ") for field in fields))
    request = RequestHead(method.encode(), target.encode(), (version or ["HTTP/1.1"])[0].encode(), pairs)
    options = {key: value for key, _, value in (o.partition("=") for o in values.get("option", []))}
    octets = b"".join(map(octets_of, lines[:-1] if ended else lines))
    return Vector(path, sentence, values["role"][0], request, options, octets, ended, facts.splitlines())


def vectors(role: str = "") -> list[Vector]:
    # Those below faults/ are what the server sends, and have a form of their own (tests/server/test_fault_octets.py).
    found = [read(path) for path in sorted(FOLDER.rglob("*.txt")) if path.parent.name != "faults"]
    return [vector for vector in found if not role or vector.role == role]


class Client:
    """A client connection that has sent the vector's request."""

    def __init__(self, vector: Vector) -> None:
        options = {key: int(value) for key, value in vector.options.items() if value}
        self.connection = ClientConnection(SizeLimits(**options), "strict" in vector.options)
        if "unasked" not in vector.options:
            self.connection.send(RequestStarted(vector.request))
            self.connection.send(Completed(OUT, 0))
        self.failed = False

    def receive(self, data: bytes) -> list[Fact]:
        facts = self.connection.receive(data)
        self.failed = self.failed or any(isinstance(fact, Failed) for fact in facts)
        return facts

    def state(self) -> list[str]:
        connection = self.connection
        if connection.upgraded:
            return ["upgraded"]
        if connection.complete:
            return ["reusable" if connection.reusable else "complete"]
        return ["failed" if self.failed else f"open: {connection.position()}"]


class Server:
    """A server connection that goes on to the next request as soon as one is whole."""

    def __init__(self, vector: Vector) -> None:
        options = {key: int(value) for key, value in vector.options.items() if value}
        self.connection = ServerConnection(ServerLimits(**options), vector.role == "observer")

    def receive(self, data: bytes) -> list[Fact]:
        facts = self.connection.receive(data)
        while self.connection.complete:
            facts += self.connection.next()
            if not self.connection.waiting:
                break
        return facts

    def state(self) -> list[str]:
        connection = self.connection
        words = ["refused" if connection.refused else "kept" if connection.keep_alive else "closing"]
        if connection.needs_continue:
            words.append("needs 100 Continue")
        return [", ".join(words)]


def start(vector: Vector) -> Client | Server:
    return Client(vector) if vector.role == "client" else Server(vector)


def run(vector: Vector, pieces: list[bytes]) -> tuple[list[Fact], list[str]]:
    """All facts of the vector's octets when they arrive in these pieces, and the state at the end."""
    side = start(vector)
    facts: list[Fact] = []
    for piece in pieces:
        if piece:
            facts += side.receive(piece)
    if vector.ended:
        facts += side.receive(b"")
    return facts, side.state()


def quoted(octets: bytes) -> str:
    if len(octets) > 200:
        return f"{quoted(octets[:8])}... {len(octets)} octets"
    text = "".join(chr(o) if 0x20 <= o < 0x7F and o not in b'\\"' else f"\\x{o:02x}" for o in octets)
    return f'"{text}"'


def lines_of(facts: list[Fact]) -> list[str]:
    """Facts as lines; content that follows content directly is one line, since cuts make pieces."""
    lines: list[str] = []
    content: tuple[int, bytes] | None = None
    for fact in [*facts, None]:
        if isinstance(fact, Content):
            if content and content[0] + len(content[1]) == fact.offset:
                content = content[0], content[1] + fact.data
                continue
            lines += _content(content)
            content = fact.offset, fact.data
            continue
        lines += _content(content)
        content = None
        lines += _lines(fact) if fact is not None else []
    return lines


def _content(content: tuple[int, bytes] | None) -> list[str]:
    return [f"content at {content[0]}: {quoted(content[1])}"] if content else []


def _fields(fields: tuple[tuple[bytes, bytes], ...]) -> list[str]:
    shown = [f"  {quoted(name)}: {quoted(value)}" for name, value in fields]
    return [*shown[:3], f"  ... {len(shown)} fields"] if len(shown) > 20 else shown


def _lines(fact: Fact) -> list[str]:
    if isinstance(fact, ResponseStarted):
        head = fact.head
        return [f"response {head.version.decode()} {head.status} {quoted(head.reason)}", *_fields(head.fields)]
    if isinstance(fact, RequestStarted):
        asked = fact.head
        first = f"request {quoted(asked.method)} {quoted(asked.target)} {asked.version.decode()}"
        return [first, *_fields(asked.fields)]
    if isinstance(fact, Framed):
        length = "" if fact.length is None else f" {fact.length}"
        return [f"framed {fact.framing}{length}: {fact.because}"]
    if isinstance(fact, Trailers):
        return ["trailers", *_fields(fact.fields)]
    if isinstance(fact, Completed):
        return [f"completed {fact.content}"]
    if isinstance(fact, Violation):
        return [f"{'fatal' if fact.fatal else 'note'} at {fact.offset}: {fact.id}: {fact.detail}"]
    assert isinstance(fact, Failed)
    return [f"failed {fact.failure.code} {fact.failure.layer}: {fact.failure.sentence}"]


def expected(vector: Vector) -> list[str]:
    """What the codec makes of the vector now."""
    facts, state = run(vector, [vector.octets])
    return lines_of(facts) + state


def main() -> int:
    for vector in vectors():
        text = vector.path.read_text("ascii")
        before = text.partition("\nfacts:\n")[0].rstrip("\n")
        fresh = before + "\n\nfacts:\n" + "\n".join(expected(vector)) + "\n"
        if fresh != text:
            vector.path.write_text(fresh, "ascii")
            print(vector.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
