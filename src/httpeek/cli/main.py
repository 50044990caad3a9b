"""The program: parse, dispatch, and the one place where an error becomes a line and an exit code.

Rules: a command is imported when it is run and not before; `--version` imports nothing but the version. `run` returns
an exit code and is what tests call; only `main` ends the process, without Python's slow teardown, so both streams
are flushed before. No traceback is ever shown unless HTTPEEK_DEBUG=1 asks for it.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.codes import Failure


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Runs a command line (without the program's name; that of the process by default) and ends the process."""
    # What is imported stays: collecting it again and again is a tenth of the start-up.
    gc.disable()
    _hold_standard_streams()
    try:
        os._exit(_flush(run(sys.argv[1:] if argv is None else argv)))
    except KeyboardInterrupt:  # while something was imported, or after the end
        os._exit(130)


def _hold_standard_streams() -> None:
    """Fills descriptors 0 to 2 where they are closed, so that no socket and no record gets the number of a stream and
    what is shown goes into it. What fills them cannot be read (0) or written (1, 2): using it still fails."""
    for descriptor, unusable in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open("/dev/null", unusable)


def run(argv: Sequence[str], variables: Mapping[str, str] | None = None) -> int:
    """Runs a command line in this process and returns its exit code; never raises an Exception.

    `variables` stands for the process's environment.
    """
    if len(argv) == 1 and argv[0] == "--version":
        return _guarded(_version, {})
    given = os.environ if variables is None else variables
    # What is wrong with a command line is told before its options are known: these two count for that, too.
    plain = "--plain" in argv or "--color=never" in argv
    return _guarded(lambda: _dispatch(argv, given), {**given, "NO_COLOR": "1"} if plain else given)


def _version() -> int:
    from httpeek import __version__
    from httpeek.cli.say import say

    say(f"httpeek {__version__}\n")
    return 0


def _dispatch(argv: Sequence[str], variables: Mapping[str, str]) -> int:
    from httpeek.cli.parse import parse
    from httpeek.model.codes import HttpeekError

    try:
        return _run(parse(argv), variables)
    except HttpeekError as error:
        if "--as=json" in argv or "--as json" in " ".join(argv):
            # The machine interface is JSON on every way out, also where nothing was sent.
            from httpeek.render.json_view import fail_alone

            fail_alone(error.failure)
        raise


def _run(typed: Typed, variables: Mapping[str, str]) -> int:
    from httpeek.cli.environment import read
    from httpeek.cli.options import BY_COMMAND

    if typed.flag("version"):
        return _version()
    if typed.flag("help"):
        from httpeek.cli.app import show_help

        return show_help(typed.command)
    environment = read(variables)
    typed = _configured(typed, environment)
    saves = any(part.options.get("download") for part in (typed, *typed.further))
    return _command("download" if saves else BY_COMMAND[typed.command].module, typed, environment)


def _configured(typed: Typed, environment: Environment) -> Typed:
    """What was typed, over what the config file says. Where there is no file that takes one stat(2)."""
    if typed.command in ("config", "completion") or typed.flag("ignore-config") or not environment.config_file:
        return typed
    if not environment.variables.get("HTTPEEK_CONFIG"):
        try:
            os.stat(environment.config_file)
        except OSError:
            return typed
    from httpeek.cli.config import configured

    return configured(typed, environment.config_file)


def _command(module: str, typed: Typed, environment: Environment) -> int:
    """Every command's module has `run(typed, environment) -> int`."""
    loaded = __import__(f"httpeek.cli.commands.{module}", fromlist=["run"])
    gc.freeze()
    gc.enable()
    code: int = loaded.run(typed, environment)
    return code


def _guarded(action: Callable[[], int], variables: Mapping[str, str]) -> int:
    # Not at the top: the codes are needed by everything but --version.
    from httpeek.model.codes import BUG, INTERRUPTED, STDOUT_CLOSED, Failure, HttpeekError

    try:
        return action()
    except HttpeekError as error:
        failure = error.failure
    except KeyboardInterrupt:
        failure = Failure(INTERRUPTED, "internal", "interrupted")
    except BrokenPipeError:
        return STDOUT_CLOSED
    except Exception as error:
        debug = variables.get("HTTPEEK_DEBUG", "") not in ("", "0")
        if debug:
            import traceback

            traceback.print_exc()
        hint = "" if debug else "; HTTPEEK_DEBUG=1 shows where"
        failure = Failure(BUG, "internal", f"a bug in httpeek: {_named(error)}{hint}")
    if failure.code != STDOUT_CLOSED:
        _report(failure, variables)
    return failure.code


def _named(error: Exception) -> str:
    """The error and the place in our code where it came from, in one line."""
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    place = ""
    if frames is not None:
        code = frames.tb_frame.f_code
        place = f" in {code.co_name}, {code.co_filename.rpartition('/')[2]} line {frames.tb_lineno}"
    return f"{type(error).__name__}: {error}{place}"


def _report(failure: Failure, variables: Mapping[str, str]) -> None:
    """One line on stderr (two with a pointer). Where stderr is closed the exit code has to do."""
    if sys.stderr is None:
        return
    from httpeek.cli.say import error_lines

    try:
        # What was shown stands above the error, where both are one terminal.
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        pass
    try:
        sys.stderr.write(error_lines(failure, sys.stderr, variables))
        sys.stderr.flush()
    except OSError:
        pass


def _flush(code: int) -> int:
    """Flushes both streams; returns the exit code, which a stream that cannot be written changes."""
    from httpeek.model.codes import STDOUT_CLOSED, WRITE_FAILED, Failure

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        code = STDOUT_CLOSED
    except OSError as error:
        told, code = code == WRITE_FAILED, WRITE_FAILED
        if not told:
            _report(Failure(WRITE_FAILED, "write", f"standard output: {error.strerror}"), os.environ)
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        pass
    return code
