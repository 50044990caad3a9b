"""The base of every noun in httpeek: a NamedTuple that costs next to nothing to import.

`class Field(Noun): name: bytes; value: bytes = b""` is a `typing.NamedTuple` to a type checker. At run time it is a
tuple with the same fields, constructor, `_replace`, `_asdict`, `_make` and repr. `typing` takes as long to import as Python
to start, and fifty `collections.namedtuple`s take 3 ms, most of it to compile constructors that a run never calls: here
the constructor is compiled when the first one is made.

Rules: a noun has annotated fields, with or without defaults, and may have methods and properties. It never has bases
other than `Noun`, and its methods never call `super()`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import NamedTuple as Noun
else:
    try:
        from _collections import _tuplegetter  # the C getter under collections.namedtuple, without its imports
    except ImportError:

        def _tuplegetter(index: int, doc: str) -> property:
            return property(lambda self: self[index], doc=doc)

    _tuple_new = tuple.__new__

    def _compiled_new(cls: type) -> Any:
        """The constructor of a noun, as fast as a namedtuple's."""
        names = ", ".join(cls._fields)
        made = eval(
            f"lambda _cls, {names}: _tuple_new(_cls, ({names},))" if names else "lambda _cls: _tuple_new(_cls)",
            {"_tuple_new": _tuple_new},
        )
        made.__defaults__ = tuple(cls._field_defaults.values()) or None
        made.__name__ = "__new__"
        made.__qualname__ = f"{cls.__qualname__}.__new__"
        return made

    class _NounType(type):
        """Turns the annotated names of a class body into the fields of a tuple."""

        def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases or bases == (tuple,):
                return type.__new__(mcls, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            for index, field in enumerate(fields):
                body[field] = _tuplegetter(index, f"Alias for field number {index}")
            body["__slots__"] = ()
            body["_fields"] = body["__match_args__"] = fields
            body["_field_defaults"] = defaults

            def __new__(_cls: type, *values: Any, **named: Any) -> Any:
                made = _compiled_new(cls)
                cls.__new__ = made
                return made(_cls, *values, **named)

            body["__new__"] = __new__
            cls = type.__new__(mcls, name, bases, body)
            return cls

    class Noun(tuple, metaclass=_NounType):
        """See the docstring of this file."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()

        @classmethod
        def _make(cls, values: Any) -> Any:
            return cls(*values)

        def _replace(self, /, **named: Any) -> Any:
            made = _tuple_new(type(self), map(named.pop, self._fields, self))
            if named:
                raise ValueError(f"Got unexpected field names: {list(named)!r}")
            return made

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({fields})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)


__all__ = ["Noun"]
