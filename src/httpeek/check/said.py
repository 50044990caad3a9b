"""The options of one entry, evaluated when they are asked for."""

from __future__ import annotations

from httpeek.check.expect.scope import fault
from httpeek.check.suite import Expression, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.check.expect.scope import Scope
    from httpeek.check.result import Value
    from httpeek.check.suite import Literal, Option, Place

UNBOUNDED = -1
"""A count of no end (`retry: -1`)."""


class Said:
    """The options of one entry, evaluated when they are asked for. Each method raises Fault."""

    def __init__(self, options: Sequence[Option], scope: Scope) -> None:
        self._scope = scope
        self._options = options
        self._last = {option.name: option for option in options}

    def __contains__(self, name: str) -> bool:
        return name in self._last

    def place(self, name: str) -> Place:
        """Where an option's value was written."""
        return self._last[name].value.place

    def value(self, literal: Literal) -> Value:
        """A value with its type."""
        if isinstance(literal.value, Expression):
            return self._scope.value(literal.value)
        return self._scope.text(literal.value) if isinstance(literal.value, Template) else literal.value

    def flag(self, name: str, otherwise: bool = False) -> bool:
        """A boolean."""
        if name not in self._last:
            return otherwise
        found = self.value(self._last[name].value)
        if not isinstance(found, bool):
            raise fault(f"{name} is neither true nor false", "expected a boolean", self.place(name))
        return found

    def number(self, name: str, otherwise: int) -> int:
        """An integer; a duration in milliseconds."""
        if name not in self._last:
            return otherwise
        found = self.value(self._last[name].value)
        if not isinstance(found, int) or isinstance(found, bool) or found < UNBOUNDED:
            raise fault(f"{name} is no such number", "expected an integer", self.place(name))
        return found

    def seconds(self, name: str, otherwise: float | None) -> float | None:
        """A duration in seconds."""
        return self.number(name, 0) / 1000 if name in self._last else otherwise

    def text(self, name: str, otherwise: str = "") -> str:
        """A text; "" is as good as none."""
        return str(self.value(self._last[name].value)) if name in self._last else otherwise

    def raw(self, name: str) -> str:
        """An option as it was written, "" for none."""
        return self._last[name].value.source if name in self._last else ""

    def file(self, name: str) -> str:
        """The path of a file, below the root."""
        template = self._last[name].value.value
        assert isinstance(template, Template)
        return self._scope.path(template)

    def each(self, name: str) -> list[tuple[str, Place]]:
        """The texts of an option that may be there several times, with their places."""
        found = [option.value for option in self._options if option.name == name]
        return [(str(self.value(literal)), literal.place) for literal in found]
