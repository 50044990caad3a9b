"""A place as compilers show it."""

from __future__ import annotations

from httpeek.check.pointed import pointed
from httpeek.check.suite import Place


def test_the_name_of_a_file_drives_no_terminal() -> None:
    lines = pointed(Place("a\x1b[2J\n\u202e.hurl", 1, 1), "GET http://a", "")
    assert lines[0] == "  --> a\\x1b[2J\\x0a\\u202e.hurl:1:1"
