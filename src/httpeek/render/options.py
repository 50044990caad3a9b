"""What a person may ask of a view. One noun, made by the command line or by the Python interface."""

from __future__ import annotations

from httpeek.model.nouns import Noun


class ViewOptions(Noun):
    """`print` holds HTTPie's letters (H B h b m) or nothing, which is: by destination. `pretty` is "all",
    "colors", "format", "none" or "auto". `style` is empty for the default style, else one of Pygments.
    `unescape` shows printable \\u escapes of JSON as characters on a terminal.

    `response_charset` and `response_mime` override what a response says of itself. `stream` shows each piece when
    it arrives. `quiet` counts -q: 1 leaves out the footer and plain notes, 2 all but errors. `follow` tells that
    redirects are followed, `all` shows every hop. `check_status` is whether the status decides the exit code.
    `width` is in columns; 0 takes the screen's.
    """

    print: str = ""
    pretty: str = "auto"
    style: str = ""
    unescape: bool = True
    response_charset: str = ""
    response_mime: str = ""
    stream: bool = False
    quiet: int = 0
    follow: bool = False
    all: bool = False
    check_status: bool = True
    width: int = 0
