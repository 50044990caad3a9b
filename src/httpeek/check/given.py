"""Variables and secrets that are given from outside: options, files of `name=value` lines, the environment.

Rules: a value is what it looks like, as in Hurl: an integer, a float, true, false, null; in double quotes, or anything
else, a string. A secret is always a string. What is said later goes before: environment, files, options.
"""

from __future__ import annotations

from httpeek.check.suite import FUNCTIONS
from httpeek.model.codes import READ_FAILED, Failure, HttpeekError, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httpeek.check.result import Value

_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_PREFIX = "HURL_"
_VARIABLE = "HURL_VARIABLE_"
_SECRET = "HURL_SECRET_"


def from_environment(environ: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """Variables (HURL_NAME, HURL_VARIABLE_NAME) and secrets (HURL_SECRET_NAME)."""
    variables: dict[str, Value] = {}
    secrets: dict[str, str] = {}
    for name in environ:
        if name.startswith(_SECRET) and len(name) > len(_SECRET):
            secrets[name.removeprefix(_SECRET)] = environ[name]
    for prefix in (_PREFIX, _VARIABLE):
        for name in environ:
            if name.startswith(prefix) and len(name) > len(prefix) and not name.startswith(_SECRET):
                variables[name.removeprefix(prefix)] = typed(environ[name])
    return variables, secrets


def pairs(texts: Sequence[str], said: str) -> dict[str, str]:
    """The names and texts of `NAME=VALUE`. Raises HttpeekError (USAGE)."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not _is_name(name.strip()):
            raise usage(f"{said} {text} is not NAME=VALUE: a name has letters, digits, _ and -")
        if name.strip() in FUNCTIONS:
            raise usage(f"{said} {text}: {name.strip()} is a function")
        found[name.strip()] = value
    return found


def from_files(paths: Sequence[str], said: str) -> dict[str, str]:
    """The pairs of files; a line that is empty or begins with `#` says nothing. Raises HttpeekError."""
    found: dict[str, str] = {}
    for path in paths:
        try:
            with open(path, encoding="utf-8-sig") as file:
                lines = file.read().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = (error.strerror or "").lower() if isinstance(error, OSError) else "it is no UTF-8"
            raise HttpeekError(Failure(READ_FAILED, "read", f"{said} {path} cannot be read: {why}")) from None
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.lstrip().startswith("#"):
                found.update(pairs([line.strip()], f"{path}:{number}:"))
    return found


def typed(text: str) -> Value:
    """The value that a text looks like."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 4000:
        return int(text)
    whole, point, part = digits.partition(".")
    if point and (whole + part).isascii() and whole.isdigit() and part.isdigit():
        return float(text)
    return text


def _is_name(name: str) -> bool:
    return bool(name) and all(c.isalnum() or c in "_-" for c in name)
