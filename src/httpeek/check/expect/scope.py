"""What an entry knows: variables and their values, the text of templates, the octets of contents and files.

Rules: a variable without a value is an error at its name, and so is a value that has no text (a list, an object,
octets). A file is read from below the root only: an absolute name, one that leads out with `..`, or through a symbolic
link, is refused before anything is sent. Functions give a new value each time.
"""

from __future__ import annotations

import os

from httpeek.check.result import ERROR, Fault, Finding
from httpeek.check.suite import Expression, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from httpeek.check.result import Value
    from httpeek.check.suite import Content, Place


_TELLING = 6
"""Characters of a line of a secret that are worth a mask: less is a bracket, or a word that stands anywhere."""


class Scope:
    """The variables of one file while it is run. `root` is the directory that files are read from and written to.
    `secrets` are the texts that reports mask."""

    def __init__(self, variables: dict[str, Value], root: str, secrets: Iterable[str] = ()) -> None:
        self.variables = dict(variables)
        self.root = root
        self.secrets: set[str] = set()
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """One more secret. One of several lines is masked line by line, too: a difference shows each by itself."""
        lines = [line for line in secret.splitlines() if len(line) >= _TELLING]
        self.secrets.update(text for text in (secret, *lines) if text)

    def text(self, template: Template) -> str:
        """The text of a template. Raises Fault."""
        plain = template.plain
        if plain is not None:
            return plain
        return "".join(piece if isinstance(piece, str) else self._written(piece) for piece in template.pieces)

    def value(self, expression: Expression) -> Value:
        """The value of an expression, with its type. Raises Fault."""
        if expression.function:
            return _FUNCTIONS[expression.name](*expression.arguments)
        try:
            return self.variables[expression.name]
        except KeyError:
            raise fault(f'the variable "{expression.name}" has no value', "no value", expression.place) from None

    def _written(self, expression: Expression) -> str:
        value = self.value(expression)
        if expression.within != "text":
            from json import dumps

            if expression.within == "json-string":
                return dumps(self._said(value, expression), ensure_ascii=False)[1:-1]
            if isinstance(value, list | dict):
                return dumps(value, ensure_ascii=False)
        return self._said(value, expression)

    def _said(self, value: Value, expression: Expression) -> str:
        text = said(value)
        if text is None:
            what = "octets" if isinstance(value, bytes) else f"a {type(value).__name__}"
            raise fault(f'the variable "{expression.name}" is {what}, which has no text', "no text", expression.place)
        return text

    def octets(self, content: Content) -> bytes:
        """What a content stands for, as it is sent or compared. Raises Fault."""
        value = content.value
        if isinstance(value, bytes):
            return value
        if content.kind == "file":
            return self.file(value)
        if content.kind != "graphql":
            return self.text(value).encode("utf-8", "surrogateescape")
        from json import dumps

        query = dumps(self.text(value), ensure_ascii=False)
        variables = "" if content.variables is None else f',"variables":{self.text(content.variables)}'
        return f'{{"query":{query}{variables}}}'.encode()

    def path(self, template: Template) -> str:
        """The file that a name means, below the root. Raises Fault where it is not."""
        name = self.text(template)
        found = os.path.join(self.root, name)
        root = os.path.realpath(self.root)
        real = os.path.realpath(found)
        if not name or "\0" in name or os.path.isabs(name) or os.path.commonpath((root, real)) != root or real == root:
            why = "is not below the root of the files (--file-root says which it is)"
            raise fault(f"the file {name} {why}", "not allowed", template.place)
        return found

    def file(self, template: Template) -> bytes:
        """The octets of a file below the root. Raises Fault."""
        path = self.path(template)
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            why = (error.strerror or "").lower()
            raise fault(f"the file {path} cannot be read: {why}", why, template.place) from None


def fault(title: str, remark: str, place: Place) -> Fault:
    """The fault of something that could not be told."""
    return Fault(Finding(ERROR, title, remark, place))


def said(value: Value) -> str | None:
    """A value as text, the way that templates and `toString` write it; None for a value that has none."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    written = getattr(value, "said", None)  # a moment (check/expect/values)
    return written if isinstance(written, str) else None


def _new_uuid() -> str:
    from uuid import uuid4

    return str(uuid4())


def _new_date() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _random_int(least: int, most: int) -> int:
    from random import randint

    return randint(min(least, most), max(least, most))


_FUNCTIONS: dict[str, Callable[..., Value]] = {"newUuid": _new_uuid, "newDate": _new_date, "randomInt": _random_int}
