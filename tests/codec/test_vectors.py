"""Every vector: whole, cut at every octet, octet by octet, and with octets behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from httpeek.model.events import Completed, Content, Failed, RequestStarted, ResponseStarted, Trailers, Violation
from tests.codec.vectors import Vector, lines_of, run, start, vectors

if TYPE_CHECKING:
    from httpeek.model.events import Fact

ALL = vectors()
WHOLE = [
    vector for vector in ALL if not vector.ended and vector.facts[-2:-1] and vector.facts[-2].startswith("completed")
]
SHORT = 2_000


def test_there_are_vectors_for_every_role() -> None:
    assert len([v for v in ALL if v.role == "client"]) >= 90
    assert len([v for v in ALL if v.role == "server"]) >= 60
    assert len([v for v in ALL if v.role == "observer"]) >= 5
    assert all(vector.sentence and vector.facts for vector in ALL)


@pytest.mark.parametrize("vector", ALL, ids=lambda v: v.name)
def test_whole(vector: Vector) -> None:
    facts, state = run(vector, [vector.octets])
    assert lines_of(facts) + state == vector.facts
    _points_into_the_wire(facts, vector.octets)


@pytest.mark.parametrize("vector", ALL, ids=lambda v: v.name)
def test_cut_at_every_octet(vector: Vector) -> None:
    octets = vector.octets
    places = range(1, len(octets)) if len(octets) <= SHORT else range(1, len(octets), len(octets) // 40)
    for place in places:
        facts, state = run(vector, [octets[:place], octets[place:]])
        assert _without_counts(lines_of(facts) + state) == _without_counts(vector.facts), f"cut at {place}"
        _points_into_the_wire(facts, octets)


@pytest.mark.parametrize("vector", ALL, ids=lambda v: v.name)
def test_octet_by_octet(vector: Vector) -> None:
    facts, state = run(vector, [vector.octets[i : i + 1] for i in range(len(vector.octets))])
    assert _without_counts(lines_of(facts) + state) == _without_counts(vector.facts)


@pytest.mark.parametrize("vector", WHOLE, ids=lambda v: v.name)
def test_with_octets_behind_it(vector: Vector) -> None:
    """What stands behind a whole message never changes what the message is."""
    before, _ = run(vector, [vector.octets])
    assert isinstance(before[-1], Completed)
    behind = b"GET /behind HTTP/1.1\r\nHost: y\r\n\r\n"
    side = start(vector)
    facts = side.receive(vector.octets + behind)
    assert facts[: len(before)] == before
    rest = facts[len(before) :]
    offset = len(vector.octets)
    if vector.role != "client":
        assert isinstance(rest[0], RequestStarted)
        assert rest[0].head.target == b"/behind"
        assert rest[0].head.span == (offset, len(behind))
    elif side.state()[0] == "upgraded":
        assert rest == []
        assert side.connection.leftover == behind  # type: ignore[union-attr]  # it is a client's
    else:
        assert isinstance(rest[0], Violation)
        assert rest[0].id in ("bytes-after-end", "content-unexpected")
        assert rest[0].offset == offset
        assert str(len(behind)) in rest[0].detail
        assert side.state()[0] != "reusable"


@pytest.mark.parametrize("vector", [v for v in ALL if v.role == "client"], ids=lambda v: v.name)
def test_a_client_that_is_strict_fails_where_it_would_note(vector: Vector) -> None:
    """--strict changes the verdict of notes, and nothing about messages that have none."""
    facts, _ = run(vector, [vector.octets])
    strict, _ = run(vector._replace(options={**vector.options, "strict": ""}), [vector.octets])
    if any(isinstance(fact, Violation) for fact in facts):
        assert isinstance(strict[-1], Failed)
        told = [fact for fact in strict if isinstance(fact, Violation) and fact.fatal]
        assert len(told) == 1
        assert strict[-2] == told[0]
    else:
        assert strict == facts


def _without_counts(lines: list[str]) -> list[str]:
    """Octets behind the end are counted as they arrive, so a cut makes several notes of them."""
    behind = ("bytes-after-end", "content-unexpected")
    return [line for line in lines if not any(identifier in line for identifier in behind)]


def _points_into_the_wire(facts: list[Fact], wire: bytes) -> None:
    """Offsets are those of the wire: content stands where it says, and heads and trailers end with their line."""
    for fact in facts:
        if isinstance(fact, Content):
            assert wire[fact.offset : fact.offset + len(fact.data)] == fact.data
        elif isinstance(fact, RequestStarted | ResponseStarted):
            span = fact.head.span
            assert span is not None
            octets = wire[span.offset : span.offset + span.length]
            assert octets.endswith(b"\n")
            assert octets.startswith(fact.head.method if isinstance(fact, RequestStarted) else fact.head.version)
        elif isinstance(fact, Trailers):
            assert fact.span is not None
            assert wire[fact.span.offset - 1 : fact.span.offset] == b"\n"
            assert wire[fact.span.offset : fact.span.offset + fact.span.length].startswith(fact.fields[0][0])
        elif isinstance(fact, Violation):
            assert 0 <= fact.offset <= len(wire)
