"""Nouns behave as named tuples do."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from httpeek.model.message import RequestHead, ResponseHead, Span
from httpeek.model.nouns import Noun


class Point(Noun):
    """Two required fields and one with a default."""

    x: int
    y: int
    name: str = "origin"

    @property
    def sum(self) -> int:
        """A property of the body."""
        return self.x + self.y


def test_values_come_in_order_by_name_and_by_default() -> None:
    assert Point(1, 2) == (1, 2, "origin") == Point(y=2, x=1)
    assert Point(1, 2, "here").name == "here"


@pytest.mark.parametrize(
    ("values", "named"), [((1,), {}), ((1, 2, "a", 4), {}), ((1, 2), {"z": 3}), ((1,), {"x": 1}), ((), {"y": 1})]
)
def test_wrong_values_are_a_type_error(values: tuple[object, ...], named: dict[str, object]) -> None:
    make: Callable[..., Point] = Point
    with pytest.raises(TypeError):
        make(*values, **named)


def test_methods_and_replace_and_repr_work() -> None:
    point = Point(1, 2)
    assert point.sum == 3
    assert point._replace(x=5).sum == 7
    assert repr(point) == "Point(x=1, y=2, name='origin')"
    assert point._asdict() == {"x": 1, "y": 2, "name": "origin"}
    assert Point._make([1, 2, "a"]) == Point(1, 2, "a")
    with pytest.raises(ValueError, match="Got unexpected"):
        named: dict[str, Any] = {"z": 1}
        point._replace(**named)


def test_a_noun_cannot_be_changed_and_has_no_dictionary() -> None:
    point = Point(1, 2)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]  # the error is the test
    assert not hasattr(point, "__dict__")


def test_a_noun_can_be_matched_unpacked_and_pickled() -> None:
    head = ResponseHead(b"HTTP/1.1", 200, b"OK", (), Span(0, 19))
    match head:
        case ResponseHead(_, status, reason):
            assert (status, reason) == (200, b"OK")
    assert pickle.loads(pickle.dumps(head)) == head
    assert isinstance(RequestHead(b"GET", b"/", b"HTTP/1.1", ()), tuple)
