"""The table of views. It is the only place that knows which there are; the options, the help and the documentation
come from it. `make` imports the module of the view that was asked for and no other."""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Sink
    from httpeek.render.options import ViewOptions
    from httpeek.render.screen import Screen


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
