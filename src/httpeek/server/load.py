"""The application that `httpeek serve` serves: `module:app`, `module:make()`, `path/to/file.py:app`.

It can be loaded again with its code as it is now: the modules that loading it brought in are forgotten first, as far as
they are the user's own (neither of the standard library, nor installed, nor ours).
"""

from __future__ import annotations

import os
import sys

from httpeek.model.codes import HttpeekError, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from httpeek.server.wsgi import Application

_NAMES = ("app", "application")
"""What is looked for where no name is given."""


class Program:
    """An application by its name, `text`, to be loaded once and then again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._before = frozenset(sys.modules)

    def load(self) -> Application:
        """See `load`."""
        return load(self.text)

    def places(self) -> list[str]:
        """The files that it may be in, whether they exist or not."""
        where = self.text.rpartition(":")[0] or self.text
        if where.endswith(".py") or os.sep in where:
            return [os.path.abspath(where)]
        path = os.path.abspath(where.replace(".", os.sep))
        return [f"{path}.py", os.path.join(path, "__init__.py")]

    def again(self) -> Application:
        """Loads it anew. Best in a process that was forked for it: objects of the old modules may live on."""
        import importlib

        for name, module in tuple(sys.modules.items()):
            if name not in self._before and is_own(module):
                del sys.modules[name]
        importlib.invalidate_caches()
        return self.load()


def is_own(module: ModuleType) -> bool:
    """True for a module of the user's own."""
    try:
        place = vars(module).get("__file__") or next(iter(vars(module).get("__path__", ())), None)
    except TypeError:
        return False  # what stands in sys.modules need not be a module
    return isinstance(place, str) and not _is_foreign(place)


def _is_foreign(path: str) -> bool:
    """True for a file of the standard library, of what was installed, or of httpeek itself."""
    if path.startswith("<"):
        return True
    path = os.path.abspath(path)
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = {"site-packages", "dist-packages"}.intersection(path.split(os.sep))
    return bool(installed) or path.startswith((os.path.dirname(os.__file__) + os.sep, ours + os.sep))


def attempt(action: Callable[[], Application], log: Callable[[str], None]) -> Application | None:
    """The application that `action` loads; None when it cannot be loaded, and the log was told why."""
    try:
        return action()
    except HttpeekError as error:
        log(error.failure.sentence)
    except (Exception, SystemExit) as error:
        log(trace(error))
    return None


def trace(error: BaseException) -> str:
    """The traceback of what went wrong in the user's code, without the frames that lead there."""
    import traceback

    frames = error.__traceback__
    while frames is not None and _is_foreign(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()


def files_of(error: BaseException) -> list[str]:
    """The user's own files that had a part in an error."""
    found = []
    frames = error.__traceback__
    while frames is not None:
        found.append(frames.tb_frame.f_code.co_filename)
        frames = frames.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        found.append(error.filename)
    return [os.path.abspath(path) for path in found if not _is_foreign(path)]


def failure(text: str, error: BaseException) -> HttpeekError:
    """The error (USAGE) for an application whose own code failed while it was loaded."""
    frames = error.__traceback__
    place = ""
    while frames is not None:
        if not _is_foreign(frames.tb_frame.f_code.co_filename):
            place = f" in {os.path.basename(frames.tb_frame.f_code.co_filename)}, line {frames.tb_lineno}"
        frames = frames.tb_next
    if isinstance(error, SyntaxError):
        place = ""  # it names its own
    said = (str(error).splitlines() or [""])[0]
    kind = type(error).__name__
    return usage(f"{text} cannot be loaded: {kind}{': ' if said else ''}{said}{place}")


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
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)  # as import has it: what failed was not imported
        raise
    return module
