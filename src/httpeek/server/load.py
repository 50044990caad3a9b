"""The application that `httpeek serve` serves: `module:app`, `module:make()`, `path/to/file.py:app`."""

from __future__ import annotations

import os
import sys

from httpeek.model.codes import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from httpeek.server.wsgi import Application

_NAMES = ("app", "application")
"""What is looked for where no name is given."""


def load(text: str) -> Application:
    """The WSGI application that `text` names. Raises HttpeekError (USAGE) that says what is missing; what goes wrong
    inside the module while it is imported is raised as it is."""
    where, _, name = text.rpartition(":") if ":" in text else (text, "", "")
    if not where:
        raise usage(f"{text} names no module: write module:app or path/to/file.py:app")
    module = _file(where) if where.endswith(".py") or os.sep in where else _module(where)
    calls = name.endswith("()")
    found: object = module
    if not name:
        found = next((getattr(module, each) for each in _NAMES if hasattr(module, each)), None)
        if found is None:
            raise usage(f"{where} has neither app nor application: write {where}:NAME")
    for part in name.removesuffix("()").split(".") if name else ():
        if not hasattr(found, part):
            raise usage(f"{where} has no {part}")
        found = getattr(found, part)
    if not callable(found):
        raise usage(f"{text} is {type(found).__name__}, not a WSGI application")
    if calls:
        found = found()
        if not callable(found):
            raise usage(f"{text} returned {type(found).__name__}, not a WSGI application")
    return found


def _module(name: str) -> ModuleType:
    from importlib import import_module

    # As `python -m` has it: the current directory comes first.
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise usage(f"there is no module {name} here or on Python's path") from None
        raise


def _file(path: str) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    if not os.path.isfile(path):
        raise usage(f"{path}: no such file")
    directory = os.path.dirname(os.path.abspath(path))
    if directory not in sys.path:
        sys.path.insert(0, directory)
    name = os.path.basename(path).removesuffix(".py")
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise usage(f"{path} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
