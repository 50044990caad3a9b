"""From what was typed and the environment to the screen and the sinks that show a run: shared by request and show."""

from __future__ import annotations

import os

from httpeek.model.codes import WRITE_FAILED, Failure, HttpeekError, usage
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
    """A screen with the sinks that write on it. `file` is the descriptor of `-o`, or -1."""

    screen: Screen
    sinks: list[Sink]
    file: int

    def close(self) -> None:
        """Closes what `-o` opened."""
        if self.file >= 0:
            os.close(self.file)


def look(typed: Typed, environment: Environment) -> Look:
    """What is shown, and where. Raises HttpeekError (WRITE_FAILED) when the file of `-o` cannot be opened."""
    name = typed.text("as")
    options = view_options(typed)
    file = _open(typed.text("output"))
    screen = Screen.detect(
        environment.variables,
        typed.text("color"),
        typed.flag("plain"),
        out_fd=file if file >= 0 else 1,
    )
    view = make(name, screen, options)
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
    return Look(screen, [*steps(typed, environment, screen, options), view, messages], file)


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
        from httpeek.cli.habits import nearest

        near = nearest(style.lower(), style_names())
        hint = f"did you mean {near}?" if near else f"there are {', '.join(style_names())}"
        raise usage(f'--style "{style}" is not there; {hint}')


def _open(path: str) -> int:
    if not path or path == "-":
        return -1
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    except OSError as error:
        sentence = f"{path} cannot be written: {(error.strerror or '').lower()}"
        raise HttpeekError(Failure(WRITE_FAILED, "write", sentence)) from None
