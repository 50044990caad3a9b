"""What an entry is called in a report: "3 GET /users", the same in every run, so that a history by name can be kept.

Rules: a name is made of what the author wrote, before variables have values: a port that changes from run to run or a
secret in a variable is in no name. Host, query and fragment are left out.
"""

from __future__ import annotations

from httpeek.render.terminal import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.check.result import EntryResult, SuiteResult
    from httpeek.check.suite import Entry

LONGEST = 120
"""Characters of a URL in a name."""


def entry_name(entry: Entry) -> str:
    """The number, the method and the path of an entry."""
    return f"{entry.number} {visible_line(entry.request.method)} {_path(entry.request.url.source)}"


def result_name(one: EntryResult) -> str:
    """The name of an entry that was performed; a repetition is told apart."""
    return entry_name(one.entry) + (f", repetition {one.repetition}" if one.repetition > 1 else "")


def is_file(result: SuiteResult) -> bool:
    """True where the suite stands in a file: not on the command line, nor on standard input."""
    return bool(result.suite.text) and result.suite.file != "-"


def not_run(result: SuiteResult) -> list[Entry]:
    """The entries that were not made because of a failure before them."""
    last = result.results[-1].entry.number if result.results else 0
    return [entry for entry in result.suite.entries if entry.number > last][: result.not_run]


def _path(source: str) -> str:
    """The path of a URL as written, "{{host}}/users?a=1" too."""
    text = source.strip()
    if "://" in text:
        text = text.partition("://")[2]
        text = text[_end(text) :] or "/"
    elif text.startswith("{{") and "}}" in text:
        after = text.partition("}}")[2]
        if after.startswith(("/", "?", "#", ":")) or not after:
            text = after[_end(after) :] if after.startswith(":") else after
            text = text if after else source
    text = text[: _end(text, "?#")] or "/"
    return visible_line(text if len(text) <= LONGEST else text[: LONGEST - 3] + "...")


def _end(text: str, marks: str = "/?#") -> int:
    """Where the first of the marks stands outside of an expression, else the length."""
    depth = 0
    for index, character in enumerate(text):
        if text.startswith("{{", index):
            depth += 1
        elif text.startswith("}}", index):
            depth = max(0, depth - 1)
        elif not depth and character in marks:
            return index
    return len(text)
