"""The base of every noun in httpeek: a NamedTuple that costs next to nothing to import.

`class Field(Noun): name: bytes; value: bytes = b""` is a `typing.NamedTuple` to a type checker. At run time it is a
tuple with the same fields, constructor, `_replace`, `_asdict`, `_make` and repr. `typing` takes as long to import as
Python to start, and fifty `collections.namedtuple`s take 3 ms, most of it to compile constructors that a run never
calls. Here no constructor is compiled: one that gets all its values in order is as fast as a compiled one, and `_make`,
which takes all of them as one tuple and does not count them, is twice as fast: for what is made for every event.

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
    _Bound = type((lambda: None).__get__(0))  # types.MethodType, without its module

    def _filled(cls: type, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The values of all fields: those in order, those by name, and defaults. Raises TypeError as a call does."""
        fields, defaults = cls._fields, cls._field_defaults
        missing = len(fields) - len(values)
        if not named and 0 < missing <= len(defaults):
            return values + cls._last[-missing:]
        made = list(values)
        for field in fields[len(values) :]:
            if field in named:
                made.append(named.pop(field))
            elif field in defaults:
                made.append(defaults[field])
            else:
                raise TypeError(f"{cls.__name__} needs a value for {field!r}")
        if named or len(made) > len(fields):
            raise TypeError(f"{cls.__name__} takes {', '.join(fields)}, not {', '.join(named) or len(made)}")
        return tuple(made)

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
            body["_last"] = tuple(defaults.values())  # fields with defaults stand last, as in every NamedTuple

            count = len(fields)

            def __new__(_cls: type, *values: Any, **named: Any) -> Any:
                if named or len(values) != count:
                    values = _filled(cls, values, named)
                return _tuple_new(_cls, values)

            body["__new__"] = __new__
            cls = type.__new__(mcls, name, bases, body)
            cls._make = _Bound(_tuple_new, cls)
            return cls

    class Noun(tuple, metaclass=_NounType):
        """See the docstring of this file."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()

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
