"""JSONPath (RFC 9535): no node is no value, one node is its value, more are a list of their values.

Rules: what the RFC rejects is rejected. A path of names and indexes only is followed here, since importing the library
takes longer than many a request; all others go to `jsonpath-rfc9535`, but for the patterns of its functions `match` and
`search`: these are run by RE2, so that none runs for ever.
"""

from __future__ import annotations

from functools import cache

from httpeek.check.expect.seen import Unreadable
from httpeek.check.expect.values import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathQuery

    from httpeek.check.result import Value

_DEEPEST = 400
"""Levels that `..` goes down: each takes a frame of the interpreter's stack."""

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_DIGITS = frozenset("0123456789")


class PathError(ValueError):
    """A path that the RFC rejects; its text says why."""


def find(path: str, value: Value) -> Value:
    """What the path finds in a JSON value. Raises PathError, or Unreadable where the value nests too deep."""
    steps = _plain_steps(path)
    if steps is not None:
        return _follow(steps, value)
    query = _compiled(path)
    from jsonpath_rfc9535 import JSONPathError

    try:
        found = [node.value for node in query.find(value)]  # type: ignore[arg-type]  # any value of JSON
    except (JSONPathError, RecursionError):
        raise Unreadable("the content is JSON that nests too deep for this path") from None
    if not found:
        return NONE
    return found[0] if len(found) == 1 else found


def _plain_steps(path: str) -> list[str | int] | None:
    """The names and indexes of a path that has nothing else, or None: then the library reads it."""
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at, size = 1, len(path)
    while at < size:
        end = at + 1
        if path[at] == ".":
            while end < size and (path[end] in _LETTERS or (path[end] in _DIGITS and end > at + 1)):
                end += 1
            if end == at + 1:
                return None
            steps.append(path[at + 1 : end])
            at = end
            continue
        if path[at] != "[":
            return None
        quote = path[end : end + 1]
        end = path.find(quote + "]", at + 2) if quote in ("'", '"') else path.find("]", at)
        inside = path[at + 1 : end]
        if end < 0:
            return None
        if quote in ("'", '"'):
            name = inside[1:]
            if "\\" in name or quote in name or any(character < " " for character in name):
                return None
            steps.append(name)
            at = end + 2
            continue
        digits = inside.removeprefix("-")
        if not digits or len(digits) > 15 or not _DIGITS.issuperset(digits) or (digits[0] == "0" and inside != "0"):
            return None
        steps.append(int(inside))
        at = end + 1
    return steps


def _follow(steps: list[str | int], value: Value) -> Value:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return NONE
            value = value[step]
        else:
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return NONE
            value = value[step]
    return value


def _compiled(path: str) -> JSONPathQuery:
    from jsonpath_rfc9535 import JSONPathError

    try:
        return _environment().compile(path)
    except JSONPathError as error:
        raise PathError(str(error.args[0] if error.args else error).split("\n")[0]) from None
    except (RecursionError, ValueError, IndexError):
        raise PathError("it cannot be read") from None


@cache
def _environment() -> JSONPathEnvironment:
    """The environment, made once."""
    from iregexp_check import check
    from jsonpath_rfc9535 import JSONPathEnvironment
    from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction

    class Match(FilterFunction):
        """`match` or `search` (RFC 9535 sections 2.4.6 and 2.4.7), with a pattern of RFC 9485."""

        arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012  # as the library has it
        return_type = ExpressionType.LOGICAL

        def __init__(self, whole: bool) -> None:
            self._whole = whole

        def __call__(self, text: object, pattern: object) -> bool:
            if not isinstance(text, str) or not isinstance(pattern, str) or not check(pattern):
                return False
            from httpeek.check.expect import engine

            try:
                compiled = engine.compiled(_with_dots(pattern))
                return (compiled.fullmatch(text) if self._whole else compiled.search(text)) is not None
            except (engine.Refused, UnicodeEncodeError):
                return False

    class Environment(JSONPathEnvironment):
        max_recursion_depth = _DEEPEST

        def setup_function_extensions(self) -> None:
            super().setup_function_extensions()
            self.function_extensions["match"] = Match(True)
            self.function_extensions["search"] = Match(False)

    return Environment()


def _with_dots(pattern: str) -> str:
    r"""A pattern of RFC 9485 for RE2: a dot outside of a class is every character but \n and \r (section 5)."""
    made: list[str] = []
    escaped = inside = False
    for character in pattern:
        made.append("[^\\n\\r]" if character == "." and not escaped and not inside else character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in "[]":
            inside = character == "["
    return "".join(made)
