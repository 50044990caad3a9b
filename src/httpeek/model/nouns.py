"""The base of every noun in httpeek: a NamedTuple that costs nothing to import.

`class Field(Noun): name: bytes; value: bytes = b""` is a `typing.NamedTuple` to a type checker and a
`collections.namedtuple` at run time, since importing `typing` alone takes as long as starting Python.

Rules: a noun has annotated fields, with or without defaults, and may have methods and properties.
It never has bases other than `Noun`, and its methods never call `super()`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import NamedTuple as Noun
else:
    from collections import namedtuple

    class _NounType(type):
        """Turns a class body with annotations into a namedtuple that has the body's methods."""

        def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            for key, value in body.items():
                if key not in ("__module__", "__qualname__", "__classcell__"):
                    setattr(made, key, value)
            return made

    Noun = type.__new__(_NounType, "Noun", (), {})

__all__ = ["Noun"]
