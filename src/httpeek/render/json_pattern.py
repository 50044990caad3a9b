"""The tokens of JSON by one regular expression: for texts so long that importing `re` is worth it.

It gives what `json_text.scan` gives, token by token, and knows as little: the grammar is checked by who reads them.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.render.json_text import Token


def tokens_by_pattern() -> Callable[[str], list[Token]]:
    """The function that cuts a text into tokens."""
    white = r"[ \t\n\r]*+"
    string = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
    number = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+"
    scalar = rf'(?:true|false|null|{number})(?![0-9A-Za-z.+"\-_])'
    closed = rf"({string})|({scalar}|\{{{white}\}}|\[{white}\]|[\}}\]])"
    line = (
        rf"{white}(?:(?:({string}){white}:{white})?+"
        rf"(?:(?:{closed}){white}(?:(,)|(?=[^ \t\n\r,]))|([{{\[]){white}(?=[^ \t\n\r\}}\]]))|(.*))"
    )
    found: Callable[[str], list[Token]] = re.compile(line, re.DOTALL).findall
    return found
