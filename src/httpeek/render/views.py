"""The table of views, and what a person may ask of one.

It is the only place that knows which views there are: the options, the help and the documentation come from it. `make`
imports the module of the view that was asked for and no other.
"""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Sink
    from httpeek.render.screen import Screen


class ViewOptions(Noun):
    """`print` holds HTTPie's letters (H B h b m) or nothing, which is: by destination. `pretty` is "all",
    "colors", "format", "none" or "auto". `style` is empty for the default style, else one of Pygments.
    `unescape` shows printable \\u escapes of JSON as characters on a terminal.

    `response_charset` and `response_mime` override what a response says of itself. `stream` shows each piece when
    it arrives. `quiet` counts -q: 1 leaves out the footer and plain notes, 2 all but errors. `all` shows every
    exchange, not the last only. `check_status` is whether the status decides the exit code. `width` is in columns; 0
    takes the screen's.
    """

    print: str = ""
    pretty: str = "auto"
    style: str = ""
    unescape: bool = True
    response_charset: str = ""
    response_mime: str = ""
    stream: bool = False
    quiet: int = 0
    all: bool = False
    check_status: bool = True
    width: int = 0


class View(Noun):
    """One row: the name after `--as`, the module and class below `httpeek.render`, and a sentence for the help."""

    name: str
    module: str
    maker: str
    sentence: str


VIEWS = (
    View("pretty", "pretty", "Pretty", "status line, fields, and content formatted and coloured by its media type"),
    View(
        "verbose",
        "verbose",
        "Verbose",
        "what happened, step by step, on stderr: * facts, > sent, < received, ! violations",
    ),
    View("raw", "raw", "Raw", "the octets of the connection and nothing else"),
    View("hex", "hex", "Hex", "a hexadecimal dump of both directions, with violations marked at their octet"),
    View("json", "json_view", "JsonView", "one JSON object an exchange, for programs (schema httpeek/1)"),
    View("har", "har_view", "HarView", "an HTTP Archive (HAR 1.2) of the run, for browsers' tools"),
    View("curl", "curl", "Curl", "a curl command line that puts the same request on the wire"),
)


def names() -> tuple[str, ...]:
    """The names of all views, the default one first."""
    return tuple(view.name for view in VIEWS)


def make(name: str, screen: Screen, options: ViewOptions) -> Sink:
    """The view called `name`, ready for events. Raises HttpeekError (USAGE) for a name that is not in the table."""
    for view in VIEWS:
        if view.name == name:
            module = __import__(f"httpeek.render.{view.module}", fromlist=(view.maker,))
            sink: Sink = getattr(module, view.maker)(screen, options)
            return sink
    raise usage(f'no view is called "{name}": there are {", ".join(names())}')
