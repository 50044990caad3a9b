"""The recorder: what it keeps of a run is bounded, and says what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from httpeek.model.events import IN, Bytes, Event, Planned, RunStarted, Step
from httpeek.model.plan import Plan
from httpeek.model.target import parse
from httpeek.record import recorder
from httpeek.record.store import entries, load


def test_steps_that_repeat_are_kept_up_to_a_number_and_then_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "STEPS_KEPT", 3)
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    plan = Plan("GET", parse("http://localhost/"), (), steps=True)
    facts: list[object] = [RunStarted("0-a", 0, "0"), Planned(plan), Step(7, "socket", ("AF_INET",), "5")]
    for offset in range(6):
        facts += [Step(7, "recv", ("5", "1"), "1", IN, offset, 1), Bytes(IN, offset, b"x")]
    facts.append(Step(7, "close", ("5",), ""))
    kept = recorder.Recorder(environ, "full")
    for fact in facts:
        kept.feed(Event(0, 1, 1, None, fact))  # type: ignore[arg-type]  # the list is typed object for brevity
    kept.finish()
    (entry,) = entries(environ)
    steps = [event.fact for event in load(entry) if isinstance(event.fact, Step)]
    assert [step.call for step in steps] == ["socket", "recv", "recv", "close"]
    assert [step.left_out for step in steps] == [0, 0, 0, 4]
