"""A text with a position in it: what every reader of the format moves along.

Rules: a `Scanner` always stands on a line whose text ends at `end` (before its CR LF or LF); readers of one line look
at `text[pos:end]` and never beyond. What spans lines moves on with `move`, which counts the lines that it passes: each
character is counted once, so that a file is read in linear time whatever its lines look like. A mistake is raised as
`Mistake`, which holds the `Problem`; no other exception leaves this package.
"""

from __future__ import annotations

from httpeek.check.suite import Place, Problem

BLANK = " \t"

MOST_PROBLEMS = 10
"""Problems of one file that are reported: more of them say nothing that these do not."""


class Mistake(Exception):
    """A mistake in the text, on its way up to the reader of entries. `offset` is where in the text it is."""

    def __init__(self, problem: Problem, offset: int) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.offset = offset


class Scanner:
    """See the docstring of this file. `bare`: words may stand for quoted strings (the command line's leniency), but
    for none where `numeric` is set."""

    __slots__ = ("bare", "end", "file", "line", "notes", "numeric", "pos", "size", "start", "text")

    def __init__(self, text: str, file: str, bare: bool = False) -> None:
        self.text = text
        self.file = file
        self.bare = bare
        self.numeric = False
        self.size = len(text)
        self.line = 1
        self.start = 0
        self.pos = 0
        self.notes: list[Problem] = []
        self._find_end()

    def _find_end(self) -> None:
        """Sets `end` to the end of the line that `pos` is on."""
        end = self.text.find("\n", self.pos)
        if end < 0:
            end = self.size
        elif end > self.start and self.text[end - 1] == "\r":
            end -= 1
        self.end = max(end, self.pos)

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.pos >= self.size

    def peek(self) -> str:
        """The character at the position, "" at the end of the line."""
        return self.text[self.pos] if self.pos < self.end else ""

    def starts(self, word: str | tuple[str, ...]) -> bool:
        """Whether the text goes on with the word, or one of them, on this line."""
        return self.text.startswith(word, self.pos, self.end)

    def place(self, at: int, length: int = 1) -> Place:
        """The place of a position on this line."""
        return Place(self.file, self.line, at - self.start + 1, length)

    def mistake(self, message: str, hint: str = "", at: int = -1, length: int = 1) -> Mistake:
        """The mistake at an offset of the text (here, if none is given), which may be on any line."""
        at = self.pos if at < 0 else at
        if at >= self.start:
            line = self.line + self.text.count("\n", self.pos, at)
            start = self.text.rfind("\n", self.start, at) + 1 or self.start
        else:
            line = self.text.count("\n", 0, at) + 1
            start = self.text.rfind("\n", 0, at) + 1
        return Mistake(Problem(message, hint, Place(self.file, line, at - start + 1, max(length, 1))), at)

    def note(self, message: str, hint: str, at: int, length: int) -> None:
        """Keeps a remark that changes nothing."""
        self.notes.append(Problem(message, hint, self.place(at, length)))

    def move(self, offset: int) -> None:
        """Goes on to a later offset, over as many lines as there are."""
        if offset > self.end:
            passed = self.text.count("\n", self.pos, offset)
            if passed:
                self.line += passed
                self.start = self.text.rfind("\n", self.pos, offset) + 1
                self.pos = offset
                self._find_end()
        self.pos = offset

    def next_line(self) -> None:
        """Goes to the beginning of the next line, or to the end of the text."""
        newline = self.text.find("\n", self.end)
        if newline < 0:
            self.pos = self.end = self.size
            return
        self.pos = self.start = newline + 1
        self.line += 1
        self._find_end()

    def skip_spaces(self) -> int:
        """Passes spaces and tabs; returns how many there were."""
        text, at, end = self.text, self.pos, self.end
        while at < end and text[at] in BLANK:
            at += 1
        passed = at - self.pos
        self.pos = at
        return passed

    def skip_blank_lines(self) -> bool:
        """Passes blank lines, comments and indentation. True if something stands at the position then."""
        while True:
            self.skip_spaces()
            if self.pos < self.end and self.text[self.pos] != "#":
                return True
            if self.end >= self.size:
                self.pos = self.size
                return False
            self.next_line()

    def need_space(self) -> None:
        """Passes at least one space. Raises Mistake where there is none."""
        if not self.skip_spaces():
            raise self.mistake("a space is missing", "expected a space")

    def end_line(self) -> None:
        """Passes spaces and a comment up to the next line. Raises Mistake where something else stands."""
        text, at, end = self.text, self.pos, self.end
        while at < end and text[at] in BLANK:
            at += 1
        if at < end and text[at] != "#":
            raise self.mistake("this does not belong to the line", "expected the end of the line", at, end - at)
        self.next_line()
