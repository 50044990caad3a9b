"""From what was typed and the environment to the screen and the sinks that show a run: shared by request and show."""

from __future__ import annotations

import os

from httpeek.model.codes import READ_FAILED, WRITE_FAILED, Failure, HttpeekError, usage
from httpeek.model.nouns import Noun
from httpeek.render.messages import Messages
from httpeek.render.screen import Screen
from httpeek.render.views import ViewOptions, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.events import Sink


class Look(Noun):
    """A screen with the sinks that write on it. `files` are the descriptors of `-o`: none, one, or one a request."""

    screen: Screen
    sinks: list[Sink]
    files: tuple[int, ...]

    def close(self) -> None:
        """Closes what `-o` opened."""
        for file in self.files:
            os.close(file)


def look(typed: Typed, environment: Environment) -> Look:
    """What is shown, and where. Raises HttpeekError (WRITE_FAILED) when the file of `-o` cannot be opened."""
    name = typed.text("as")
    options = view_options(typed)
    files = _open(typed, name)
    screen = Screen.detect(
        environment.variables,
        typed.text("color"),
        typed.flag("plain"),
        out_fd=files[0] if files else 1,
    )
    view = make(name, screen, options)
    if len(files) > 1:
        from httpeek.render.outputs import Outputs

        view = Outputs(view, screen, files)
    messages: Sink = Messages(screen, options, name, recorded=typed.command == "show")
    if typed.flag("mask") or (name == "har" and not typed.flag("reveal")):
        from httpeek.api import Curtain

        view = Curtain(view, environment.variables)
        messages = Curtain(messages, environment.variables)
    elif environment.ci and not typed.flag("reveal"):
        from httpeek.api import Curtain

        messages = Curtain(messages, environment.variables, content=False)
        if name == "verbose":
            view = Curtain(view, environment.variables, content=False)
    beside = _beside(typed, environment, screen, options)
    return Look(screen, [*steps(typed, environment, screen, options), view, *beside, messages], files)


def _beside(typed: Typed, environment: Environment, screen: Screen, options: ViewOptions) -> list[Sink]:
    """The sinks of `-w` and `--timing`: behind the view, since they tell of an exchange that is over."""
    found: list[Sink] = []
    masked = typed.flag("mask") or (environment.ci and not typed.flag("reveal"))
    if not (typed.text("write-out") or typed.flag("timing")):
        return found
    from httpeek.api import Curtain

    if typed.text("write-out"):
        from httpeek.render.write_out import WriteOut

        text = typed.text("write-out")
        # What -w says is on standard output also where -o takes the content.
        own = screen if screen.out_fd == 1 else Screen.detect(environment.variables, "never", True)
        sink: Sink = WriteOut(own, options, _format(text[1:]) if text.startswith("@") else text)
        found.append(Curtain(sink, environment.variables) if typed.flag("mask") else sink)
    if typed.flag("timing"):
        from httpeek.render.timing import Timing

        sink = Timing(screen, options)
        found.append(Curtain(sink, environment.variables, content=False) if masked else sink)
    return found


def _format(path: str) -> str:
    """The format of `-w @FILE` ("-": standard input), as curl reads it: without line ends. Raises HttpeekError."""
    try:
        with open(0 if path == "-" else path, "rb") as file:
            octets = file.read()
    except OSError as error:
        sentence = f"-w @{path} cannot be read: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(READ_FAILED, "read", sentence)) from None
    return octets.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")


def steps(typed: Typed, environment: Environment, screen: Screen, options: ViewOptions) -> list[Sink]:
    """The sink of `--steps`, if that was asked for: before the view, since a call comes before what is made of it."""
    if not typed.flag("steps"):
        return []
    from httpeek.render.steps import Steps

    sink: Sink = Steps(screen, options)
    hidden = environment.ci or typed.text("as") == "har"
    if typed.flag("mask") or (hidden and not typed.flag("reveal")):
        from httpeek.api import Curtain

        # A line quotes the beginning of content too, and stands on stderr: all of it is masked.
        sink = Curtain(sink, environment.variables)
    return [sink]


def view_options(typed: Typed) -> ViewOptions:
    """The part of what was typed that a view needs. Raises HttpeekError (USAGE) for a charset or style that is none."""
    charset = typed.text("response-charset")
    if charset:
        from httpeek.render.charset import text_codec

        if not text_codec(charset):
            raise usage(f'--response-charset "{charset}" is no character set that is known here')
    style = typed.text("style")
    if style:
        _known(style)
    return ViewOptions(
        # What --offline shows is the request; else the view decides.
        print=typed.text("print") or ("HB" if typed.flag("offline") else ""),
        pretty=typed.text("pretty"),
        style=style,
        unescape=typed.flag("unescape"),
        response_charset=charset,
        response_mime=typed.text("response-mime"),
        stream=typed.flag("stream"),
        quiet=typed.number("quiet"),
        all=typed.flag("all"),
        check_status=typed.flag("check-status"),
    )


def _known(style: str) -> None:
    """Raises HttpeekError (USAGE) for a style that there is not, with the nearest one that there is."""
    from httpeek.render.languages import style_is_known, style_names

    if not style_is_known(style):
        from httpeek.model.nearest import nearest

        near = nearest(style.lower(), style_names())
        hint = f"did you mean {near}?" if near else f"there are {', '.join(style_names())}"
        raise usage(f'--style "{style}" is not there; {hint}')


def _open(typed: Typed, view: str) -> tuple[int, ...]:
    """The files of `-o`, emptied: one for the run, or one for each of its requests."""
    paths = [part.text("output") for part in (typed, *typed.further)]
    if len(set(paths)) == 1:
        paths = paths[:1] if paths[0] not in ("", "-") else []
    elif view in ("har", "curl"):
        raise usage(f"--as {view} makes one text of the whole run: give -o once")
    return tuple(_opened(path) for path in paths)


def _opened(path: str) -> int:
    if path == "-":
        return os.dup(1)
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except OSError as error:
        sentence = f"{path} cannot be written: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(WRITE_FAILED, "write", sentence)) from None
