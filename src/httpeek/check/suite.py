"""The nouns of a suite: what a file of checks says, read but not run. No format is named, and nothing is evaluated.

A front end turns a text into one `Suite`; the runner turns an `Entry` into a Plan once the variables have values. Each
noun that a person may have got wrong has a `Place`, so that whatever goes wrong later is shown where it was written.

Rules: lines and columns count from 1, columns and lengths are in characters. Text is what the author meant, after the
escapes of the format; only the content kinds "json" and "xml" are kept exactly as written. All tuples are in the
order of the file.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun


class Place(Noun):
    """Where something was written: `length` is in characters, on that line."""

    file: str
    line: int
    column: int
    length: int = 1


class Expression(Noun):
    """`{{ name }}`: the value of the variable `name`, or of the function of `FUNCTIONS` where `function` is True.

    `arguments` are those of a function. `within` says what the value becomes: "text" (its text), "json" (a JSON value:
    a number, true, null, or the text as it stands) or "json-string" (its text, escaped for the inside of a JSON
    string). `place` is that of the name.
    """

    name: str
    place: Place
    function: bool = False
    arguments: tuple[int, ...] = ()
    within: str = "text"


FUNCTIONS = {
    "newUuid": (0, "a random UUID of version 4, in lower case with hyphens"),
    "newDate": (0, "the present moment in UTC, as RFC 3339 with microseconds"),
    "randomInt": (2, "a random integer from the first to the second argument, both included"),
}
"""Functions of expressions: how many integers each takes, and what it gives. A variable cannot have such a name."""


class Template(Noun):
    """Text with expressions in it. `pieces` are the parts in order; a template without pieces is the empty text.
    `source` is how it was written, without quotes. `place` covers it whole, quotes included."""

    pieces: tuple[str | Expression, ...]
    source: str
    place: Place

    @property
    def plain(self) -> str | None:
        """The text if no expression is in it, else None."""
        pieces = self.pieces
        if not pieces:
            return ""
        if len(pieces) == 1 and isinstance(pieces[0], str):
            return pieces[0]
        return None


class Literal(Noun):
    """A value as written. `source` keeps the spelling (`1.0`, `1.00`); what `value` is depends on `kind`:

    | kind | value |
    |---|---|
    | string | Template |
    | integer | int of any size |
    | float | float |
    | boolean | bool |
    | null | None |
    | bytes | bytes (from base64 or hexadecimal digits) |
    | file | Template: the file whose octets are the value |
    | regex | str: a pattern in Rust's syntax, already found to be valid |
    | expression | Expression: the value keeps its type |
    | content | Content: a string of several lines |
    | duration | int, in milliseconds |
    | word | str: one of a fixed list (verbosity) |
    """

    kind: str
    value: Template | int | float | bool | bytes | str | Expression | Content | None
    source: str
    place: Place


class Content(Noun):
    """What is sent, or expected, as content. `kind` says how it was written:

    "json": `value` is a Template whose pieces are the JSON text exactly as written (escapes included); "xml": likewise,
    without expressions; "text": a string of one line or several; "graphql": the query, and `variables` (a JSON
    template) or None; "bytes": `value` is bytes; "file": a Template, the file's name. `language` is the hint of a
    string of several lines: "", "json", "xml", "graphql" or "raw". `media_type` is what Content-Type becomes if the
    author gave none; "" for none.
    """

    kind: str
    value: Template | bytes
    source: str
    place: Place
    language: str = ""
    variables: Template | None = None
    media_type: str = ""


class Pair(Noun):
    """A name and its value: a field line, a query or form parameter, a cookie."""

    name: Template
    value: Template
    place: Place


class Part(Noun):
    """A part of multipart content: either `value`, or the content of `file` with its `media_type` if one was given."""

    name: Template
    value: Template | None
    file: Template | None
    media_type: Template | None
    place: Place


class Option(Noun):
    """A setting of one entry; `OPTIONS` in `check/options` has them all. `key` is the name that `variable` sets."""

    name: str
    value: Literal
    place: Place
    key: str = ""


class Query(Noun):
    """What to look at: `name` is one of `QUERIES` (`check/expect/names`), `arguments` are as its row says."""

    name: str
    arguments: tuple[Literal, ...]
    place: Place


class Filter(Noun):
    """What to make of a value: `name` is one of `FILTERS`, never an old name; `written` is what the author wrote."""

    name: str
    arguments: tuple[Literal, ...]
    place: Place
    written: str


class Predicate(Noun):
    """What must hold: `name` is one of `PREDICATES`, `argument` what it compares with, None where it needs nothing."""

    name: str
    argument: Literal | None
    negated: bool
    place: Place


class Expectation(Noun):
    """One assert. `source` is its line as written, without indentation and comment, and `place` covers it."""

    query: Query
    filters: tuple[Filter, ...]
    predicate: Predicate
    source: str
    place: Place


class Capture(Noun):
    """A variable that later entries may use. `redact`: its value is a secret from then on."""

    name: Template
    query: Query
    filters: tuple[Filter, ...]
    redact: bool
    source: str
    place: Place


class Request(Noun):
    """The request as written. `credentials` is (user, password) of Basic authentication, or None. `url.place` is where
    a fault of the transport is shown."""

    method: str
    url: Template
    fields: tuple[Pair, ...]
    query: tuple[Pair, ...]
    form: tuple[Pair, ...]
    parts: tuple[Part, ...]
    cookies: tuple[Pair, ...]
    credentials: Pair | None
    options: tuple[Option, ...]
    content: Content | None
    place: Place


class Response(Noun):
    """What is expected of the final response. `version` is "1.0", "1.1", "2", "3" or "" for any; `status` is None for
    any. `fields` and `content` are expected to be equal. The order: version and status, captures, then the rest."""

    version: str
    version_place: Place
    status: int | None
    status_place: Place
    fields: tuple[Pair, ...]
    captures: tuple[Capture, ...]
    expectations: tuple[Expectation, ...]
    content: Content | None
    place: Place


class Entry(Noun):
    """One request with what is expected of its response, None for nothing. `number` counts from 1 in its file."""

    number: int
    request: Request
    response: Response | None


class Problem(Noun):
    """A mistake in a suite: `message` says what is wrong in one sentence, `hint` what was expected there or ""."""

    message: str
    hint: str
    place: Place


class Suite(Noun):
    """A file as read. With `problems` nothing of it may be sent: `entries` are then those before the first problem.
    `text` is what was read, for showing lines of it. `notes` are places where the format discourages what was written
    (an old name): they change nothing."""

    file: str
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    text: str
    notes: tuple[Problem, ...] = ()

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its end; "" beyond the last."""
        start = 0
        for _ in range(number - 1):
            start = self.text.find("\n", start) + 1
            if not start:
                return ""
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].removesuffix("\r")
