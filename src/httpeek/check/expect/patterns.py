r"""Patterns in the syntax of Rust's `regex` crate, and the same patterns as RE2 writes them.

A suite means the same wherever it runs: what Rust refuses is refused here (look-around, back-references), and what Rust
accepts is rewritten for RE2, an engine that takes linear time, too. Source: docs.rs/regex, "Syntax". What differs, and
what is done about it:

| Rust | RE2 | here |
|---|---|---|
| \d \w \s are Unicode's | ASCII's | written out as classes, unless (?-u) |
| \b is Unicode's | ASCII's | left: they differ at letters beyond ASCII |
| [a-z&&[^b]], --, ~~, [a[bc]] | - | computed (`classes`) |
| (?x) | - | blanks and comments are dropped |
| (?R), \b{start} and its kin | - | refused: cannot be run here |
| \u{e9}, \U0001F600 | \x{e9} | rewritten |
| x{a} is a mistake | literal | refused |
| \C, \Q..\E, \123 are mistakes | an octet, a quotation, octal | refused |
| a** | a mistake | grouped |
| (?<name>..) with any letters | ASCII | the name is dropped where RE2 does not know it |

Rules: no recursion, so that no nesting is too deep; linear time. Neither `re` nor RE2 is imported: to check a pattern
costs nothing but reading it.
"""

from __future__ import annotations

from httpeek.check.expect.classes import PERL, code_point, property_class, read_class
from httpeek.check.expect.ranges import CLASS_ESCAPES, PatternError

MOST_REPETITIONS = 1000
"""The largest count in braces that RE2 takes."""

_DIGITS = "0123456789"
_SPECIAL = frozenset("\\.+*?()|[]{}^$")
_WHITE = " \t\n\r\f\v\x85\u200e\u200f\u2028\u2029"
_FLAGS = "imsUuxR"
_LOOK_AROUND = "look-around is not part of the syntax"


def check(pattern: str) -> None:
    """Raises PatternError where Rust would refuse the pattern, or where it cannot be run here."""
    _Reader(pattern, exact=False).read()


def to_re2(pattern: str) -> str:
    """The pattern for RE2 with the same meaning. Raises PatternError."""
    return _Reader(pattern, exact=True).read()


class _Reader:
    """One pattern: where the reading is, what was written, and the flags of the groups that are open."""

    __slots__ = ("at", "atom", "exact", "groups", "names", "out", "pattern", "size", "unicode", "verbose")

    def __init__(self, pattern: str, exact: bool) -> None:
        self.exact = exact
        self.pattern = pattern
        self.size = len(pattern)
        self.at = 0
        self.out: list[str] = []
        self.atom = -1
        """Where in `out` the expression begins that an operator would repeat, -1 for none."""
        self.groups: list[tuple[int, int, bool, bool]] = []
        self.names: set[str] = set()
        self.unicode = True
        self.verbose = False

    def read(self) -> str:
        """The whole pattern."""
        pattern = self.pattern
        lone = next((at for at, character in enumerate(pattern) if "\ud800" <= character <= "\udfff"), -1)
        if lone >= 0:  # an octet that is no UTF-8, or half of a pair: no text of Rust's has one
            raise PatternError("this is half a character", "expected text in UTF-8", lone)
        while self.at < self.size:
            character = pattern[self.at]
            if self.verbose and (character in _WHITE or character == "#"):
                self._blank(character)
            elif character == "\\":
                self._escape()
            elif character == "(":
                self._open()
            elif character == ")":
                self._close()
            elif character == "|":
                self._add("|", repeats=False)
            elif character in "*+?":
                self._repeat(character, 1)
            elif character == "{":
                self._counted()
            elif character == "[":
                start = self.at
                self.at, text = read_class(pattern, start, self.unicode, self.verbose, self.exact)
                self._put(text)
            elif character in ".^$":
                self._add(character)
            else:
                self._put("\\" + character if character in _SPECIAL else character)
                self.at += 1
        if self.groups:
            raise PatternError("a group is not closed", "expected )", self.groups[-1][0])
        return "".join(self.out)

    def _add(self, text: str, repeats: bool = True) -> None:
        self._put(text)
        if not repeats:
            self.atom = -1
        self.at += 1

    def _put(self, text: str) -> None:
        self.atom = len(self.out)
        self.out.append(text)

    def _blank(self, character: str) -> None:
        if character == "#":
            end = self.pattern.find("\n", self.at)
            self.at = end if end >= 0 else self.size
        else:
            self.at += 1

    def _open(self) -> None:
        pattern, start = self.pattern, self.at
        if pattern.startswith(("(?=", "(?!", "(?<=", "(?<!"), start):
            raise PatternError(_LOOK_AROUND, "expected a pattern without (?=, (?!, (?<= and (?<!", start)
        state = (start, len(self.out), self.unicode, self.verbose)
        if pattern.startswith(("(?P<", "(?<"), start):
            self.out.append(self._name())
        elif pattern.startswith("(?", start):
            text, scoped = self._flags()
            self.out.append(text)
            if not scoped:
                self.atom = -1
                return
        else:
            self.out.append("(")
            self.at += 1
        self.groups.append(state)
        self.atom = -1

    def _name(self) -> str:
        """The beginning of a group with a name."""
        pattern, start = self.pattern, self.pattern.find("<", self.at) + 1
        close = pattern.find(">", start)
        if close < 0:
            raise PatternError("the name of a group is not closed", "expected >", start)
        name = pattern[start:close]
        valid = name and (name[0] == "_" or name[0].isalpha())
        if not valid or not all(character == "_" or character in ".[]" or character.isalnum() for character in name):
            raise PatternError("this is not the name of a group", "expected a letter or _ first", start)
        if name in self.names:
            raise PatternError(f"two groups are called {name[:40]}", "expected another name", start)
        self.names.add(name)
        self.at = close + 1
        return f"(?P<{name}>" if name.isascii() and name.replace("_", "a").isalnum() else "("

    def _flags(self) -> tuple[str, bool]:
        """`(?flags)` or the beginning of `(?flags:...)`: what RE2 gets of it, and whether a group begins."""
        pattern, start = self.pattern, self.at
        at = start + 2
        on, negated, seen = True, False, set()
        kept = {True: "", False: ""}
        while at < self.size and pattern[at] not in ":)":
            flag = pattern[at]
            if flag == "-":
                if negated:
                    raise PatternError("a second - among the flags", "expected a flag", at)
                on, negated = False, True
            elif flag not in _FLAGS:
                raise PatternError(f"there is no flag {flag!r}", "expected i, m, s, U, u, x or R", at)
            elif flag in seen:
                raise PatternError(f"the flag {flag} twice", "expected each flag once", at)
            elif flag == "R" and on:
                raise PatternError("the flag R cannot be used here", "expected i, m, s, U, u or x", at)
            elif flag == "u":
                self.unicode = on
            elif flag == "x":
                self.verbose = on
            elif flag != "R":
                kept[on] += flag
            seen.add(flag)
            at += 1
        if at >= self.size:
            raise PatternError("the flags are not closed", "expected ) or :", start)
        scoped = pattern[at] == ":"
        if negated and pattern[at - 1] == "-":
            raise PatternError("no flag after the -", "expected a flag", at)
        if not scoped and not seen:
            raise PatternError("an operator has nothing to repeat", "expected an expression before ?", start + 1)
        self.at = at + 1
        flags = kept[True] + ("-" + kept[False] if kept[False] else "")
        if scoped:
            return f"(?{flags}:", True
        return (f"(?{flags})" if flags else ""), False

    def _close(self) -> None:
        if not self.groups:
            raise PatternError("a ) without its (", "expected \\) for the character", self.at)
        _, begin, self.unicode, self.verbose = self.groups.pop()
        self.out.append(")")
        self.atom = begin
        self.at += 1

    def _repeat(self, operator: str, length: int) -> None:
        """An operator after an expression; several in a row are grouped."""
        if self.atom < 0:
            raise PatternError(
                "an operator has nothing to repeat", f"expected an expression before {operator}", self.at
            )
        self.at += length
        self.out.append(operator)
        if self.pattern.startswith("?", self.at):
            self.out.append("?")
            self.at += 1
        following = self._following()
        if following in ("*", "+", "?", "{"):
            self.out[self.atom] = "(?:" + self.out[self.atom]
            self.out.append(")")
        begin = self.atom
        self.atom = begin

    def _following(self) -> str:
        """The next character that counts."""
        at = self.at
        while self.verbose and at < self.size and self.pattern[at] in _WHITE:
            at += 1
        return self.pattern[at : at + 1]

    def _counted(self) -> None:
        """`{n}`, `{n,}` or `{n,m}`."""
        pattern, start = self.pattern, self.at
        if self.atom < 0:
            raise PatternError("an operator has nothing to repeat", "expected an expression before {", start)
        close = pattern.find("}", start)
        inside = pattern[start + 1 : close if close >= 0 else self.size]
        low, comma, high = inside[:60].partition(",")
        low, high = low.strip(), high.strip()
        if close < 0 or len(inside) > 60 or not _decimal(low) or (high and not _decimal(high)):
            hint = "expected a number and }, as in {2}, {2,} or {2,4}; \\{ for the character"
            raise PatternError("a count of repetitions is not valid", hint, start)
        if high and int(high) < int(low):
            raise PatternError("the range of repetitions is empty", f"expected at least {low}", start)
        if max(int(low), int(high or "0")) > MOST_REPETITIONS:
            raise PatternError("too many repetitions", f"expected at most {MOST_REPETITIONS}", start)
        self._repeat("{" + low + comma + high + "}", close + 1 - start)

    def _escape(self) -> None:
        pattern, start = self.pattern, self.at
        escaped = pattern[start + 1 : start + 2]
        if not escaped:
            raise PatternError("a backslash at the end", "expected \\\\ for the character", start)
        if escaped in _DIGITS:
            raise PatternError("back-references are not part of the syntax", "expected a pattern without \\1", start)
        if escaped in "dDsSwW":
            self._put(PERL[escaped] if self.unicode else "\\" + escaped)
            self.at += 2
        elif escaped in "pP":
            self.at, found = property_class(pattern, start)
            self._put(found)
        elif escaped in "xuU":
            self.at, number = code_point(pattern, start)
            self._put(f"\\x{{{number:x}}}")
        elif escaped in "AzB":
            self._put("\\" + escaped)
            self.at += 2
        elif escaped == "b":
            if pattern.startswith("{", start + 2) and pattern[start + 3 : start + 4].isalpha():
                raise PatternError("half a word boundary cannot be used here", "expected \\b", start)
            self._put("\\b")
            self.at += 2
        elif escaped in CLASS_ESCAPES:
            self._put(f"\\x{{{ord(CLASS_ESCAPES[escaped]):x}}}")
            self.at += 2
        elif escaped.isascii() and not escaped.isalnum() and escaped not in "<>":
            self._put("\\" + escaped if escaped.isprintable() and escaped != " " else escaped)
            self.at += 2
        else:
            raise PatternError(f"\\{escaped} is not an escape", "expected another, or the character alone", start)


def _decimal(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


__all__ = ["PatternError", "check", "to_re2"]
