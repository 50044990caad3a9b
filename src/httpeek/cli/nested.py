r"""Nested JSON as HTTPie 3 writes it: the name of an item is a path into the body.

    a=1         {"a": "1"}              a[b][c]=1   {"a": {"b": {"c": "1"}}}
    a[]=1       {"a": ["1"]}            a[2]=1      {"a": [null, null, "1"]}
    []=1        ["1"]                   =1          {"": "1"}
    a\[b\]=1    {"a[b]": "1"}           a[\1]=1     {"a": {"1": "1"}}

Rules: what stands before the first bracket is the name of a member; then each pair of brackets holds a name, a number
(a place in an array) or nothing (one more place at its end). A backslash before a bracket or a backslash takes its
meaning away, one before a number makes it a name. The first path decides whether the body is an object or an array.
A path through a value of another kind is an error with carets under the step that cannot be made.
"""

from __future__ import annotations

from httpeek.cli.items import wrong
from httpeek.cli.json_text import Object, kind
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.items import Item
    from httpeek.cli.json_text import Value

MOST = 100_000
"""The places that an index may leave empty before it, at most: each of them is sent as null."""

_MEMBER, _PLACE, _APPEND = "member", "place", "append"


class Step(Noun):
    """One step of a path: its kind, the member's name or the place's number, and where in the path it stands."""

    kind: str
    name: str
    place: int
    begin: int
    end: int


def put(body: Value, item: Item, value: Value) -> Value:
    """The body with `value` where the item's name says; `body` is None before the first.

    Raises HttpeekError (USAGE)."""
    path = steps(item)
    if body is None:
        body = _made_for(path[0])
    inside = body
    for index, step in enumerate(path[:-1]):
        inside = _entered(inside, step, path[index + 1], item, path, index)
    last = path[-1]
    _check(inside, last, item, path, len(path) - 1)
    if isinstance(inside, Object):
        inside[last.name] = value
    elif isinstance(inside, list):
        _widened(inside, last, item)
        inside[last.place] = value
    return body


def _entered(inside: Value, step: Step, following: Step, item: Item, path: list[Step], index: int) -> Value:
    """What stands where a step leads; where nothing does, what the step after it needs."""
    _check(inside, step, item, path, index)
    if isinstance(inside, Object):
        if step.name not in inside:
            inside[step.name] = _made_for(following)
        return inside[step.name]
    assert isinstance(inside, list)
    _widened(inside, step, item)
    if inside[step.place] is None:
        inside[step.place] = _made_for(following)
    return inside[step.place]


def _widened(array: list[Value], step: Step, item: Item) -> None:
    """Makes the place of a step. A step that appends has the place -1: the one that is made."""
    if step.kind == _APPEND:
        array.append(None)
        return
    missing = step.place - len(array) + 1
    if missing > MOST:
        raise _at(item, step, f"leaves {missing - 1} places empty: at most {MOST} are sent as null")
    array.extend([None] * missing)


def _made_for(step: Step) -> Value:
    return Object() if step.kind == _MEMBER else []


def _check(inside: Value, step: Step, item: Item, path: list[Step], index: int) -> None:
    wanted = "an object" if step.kind == _MEMBER else "an array"
    found = kind(inside)
    if found != wanted:
        where = item.name[: path[index - 1].end] if index else "the whole body"
        raise _at(item, step, f"needs {wanted} at {where}, which is {found} already")


def steps(item: Item) -> list[Step]:
    """The path that the name of an item is. Raises HttpeekError (USAGE) where its brackets do not fit."""
    name = item.name
    text, position, _ = _taken(name, 0)
    found = []
    if position or not name:
        found.append(Step(_MEMBER, _without_mark(text), 0, 0, position))
    while position < len(name):
        if name[position] == "]":
            raise _broken(item, position, position + 1, "has a ] without a [ before it")
        if name[position] != "[":
            raise _broken(item, position, _taken(name, position)[1], "has text behind a ]")
        text, end, escaped = _taken(name, position + 1)
        if end == len(name):
            raise _broken(item, position, end, "has a [ without a ]")
        if name[end] == "[":
            raise _broken(item, end, end + 1, "has a [ inside of brackets")
        found.append(_step(item, text, escaped, position, end + 1))
        position = end + 1
    return found


def _step(item: Item, text: str, escaped: bool, begin: int, end: int) -> Step:
    if begin + 2 == end:
        return Step(_APPEND, "", -1, begin, end)
    digits = text.removeprefix("-")
    if escaped or not (digits.isascii() and digits.isdigit()):
        return Step(_MEMBER, _without_mark(text), 0, begin, end)
    if text.startswith("-"):
        raise _pointed(item, begin, end, rf"counts from the end, which is not known; for a name write [\{text}]")
    if len(digits) > 9:
        raise _pointed(item, begin, end, rf"is no place of an array that could be sent; for a name write [\{text}]")
    return Step(_PLACE, "", int(digits), begin, end)


def _taken(name: str, position: int) -> tuple[str, int, bool]:
    """The text up to the next bracket that has a meaning, where that stands, and whether a backslash took one away."""
    out = []
    escaped = False
    while position < len(name) and name[position] not in "[]":
        if name[position] == "\\" and name[position + 1 : position + 2] in ("[", "]", "\\"):
            escaped = True
            position += 1
        out.append(name[position])
        position += 1
    return "".join(out), position, escaped


def _without_mark(text: str) -> str:
    r"""The name without the backslash that says that it is one: `\1`."""
    digits = text[1:].removeprefix("-")
    return text[1:] if text.startswith("\\") and digits.isascii() and digits.isdigit() else text


def _broken(item: Item, begin: int, end: int, sentence: str) -> Exception:
    return _pointed(item, begin, end, rf"{sentence}; for a bracket as such write \[ or \]")


def _at(item: Item, step: Step, sentence: str) -> Exception:
    return _pointed(item, step.begin, step.end, sentence)


def _pointed(item: Item, begin: int, end: int, sentence: str) -> Exception:
    if not item.original.startswith(item.name):  # a backslash before a separator was taken out
        begin, end = 0, len(item.original)
    return wrong(item.original, sentence, begin, max(end, begin + 1))
