"""JSON, formatted and coloured in one pass without building it.

What is shown is what was received: key order, duplicate keys, the spelling of numbers, escapes and big integers stay.
Only white space between tokens changes (four spaces a level, as HTTPie has it) and, where it was asked for, printable
`\\u` escapes are shown as characters and counted.

How it works: a tokenizer cuts the text into lines-to-be, each a tuple (key, string, other, comma, opening, rest); one
printer checks the grammar of RFC 8259 and lays them out. There are two tokenizers with one result: `scan` by hand, for
small texts, since importing `re` takes as long as starting half of Python; and a regular expression (`json_pattern`),
six times faster. A property test shows that they agree. Why a text breaks is found out by `json_faults`.

Rules:
- No recursion, and no depth limit; indentation stops growing at 100 levels, so that output stays linear.
- Memory is flat: what is held is at most the first MiB (so that a text which breaks there is shown untouched) and
  one incomplete token; a token longer than 64 KiB goes out in pieces.
- After the place where the text breaks it is shown as it is. `broken` says where and why.
- It never raises for any text, and never writes a hidden character: see `terminal`.
"""

from __future__ import annotations

from httpeek.render.terminal import RESET, hidden, visible, visible_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    Token: TypeAlias = tuple[str, str, str, str, str, str]

HELD = 1024 * 1024
"""Characters that are looked at before anything is written."""
LONG = 64 * 1024
"""Characters of one token from which on it is written in pieces; and of a text from which on `re` is worth it."""
DEEP = 100
"""Levels after which the indentation does not grow: 100,000 opening brackets are not 20 GB of spaces."""

ARRAY, OBJECT, CLOSE, TOP = 0, 1, 2, 3  # what may come next: a value, a key with its value, a closing bracket, a text
_HEX = frozenset("0123456789abcdefABCDEF")
_DIGITS = frozenset("0123456789")
_AFTER_SCALAR = frozenset('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+"-_')
CUT = "the text ends inside a string"
_KIND = {"{": 1, "[": 2, "}": 3, "]": 4, "true": 5, "false": 5, "null": 5}
_NO_TOKEN = ("", "", "", "", "")


class JsonText:
    """The formatter. `write` takes what is to be shown; `colours` maps key, string, number and literal to SGR
    parameters or nothing; `unescape` shows printable escapes as characters if `encodable` says that the
    terminal has them. `sequence` allows several texts after one another (NDJSON, RFC 7464). Without `hold`
    each piece is written at once.

    Attributes to read after `finish`: `unescaped` counts escapes shown as characters; `broken` is None or
    (offset in characters, reason); `prefix` is what the caller wrote before, for offsets.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        colours: Mapping[str, str],
        unescape: bool = False,
        sequence: bool = False,
        hold: bool = True,
        encodable: Callable[[str], bool] | None = None,
    ) -> None:
        self.unescaped = 0
        self.broken: tuple[int, str] | None = None
        self._write = write
        self._begin = {part: f"\x1b[{sgr}m" if sgr else "" for part, sgr in colours.items()}
        self._reset = RESET if any(colours.values()) else ""
        self._unescape = unescape
        self._encodable = encodable
        self._sequence = sequence
        self._hold = hold
        self._source: list[str] = []  # what came while holding
        self._made: list[str] = []  # what was made of it
        self._size = 0  # characters fed
        self._rest = ""  # an incomplete token, from its first character on
        self._stack = bytearray()  # the kind of each open bracket but the innermost
        self._kind = TOP  # the kind of the innermost open bracket
        self._want = TOP
        self._newline = ""
        self._texts = 0  # texts begun
        self._string = ""  # not empty inside a long string: how it goes on, see _go_on
        self._patch = 0  # placeholders to cut off the next line
        self._number = False  # inside a long number
        self._member = False  # that long token is the value of a key
        self._ended = False
        self._wrong = -1  # where the token stands that breaks the grammar
        self._tokens: Callable[[str], list[Token]] | None = None

    def feed(self, text: str) -> None:
        """Takes the next characters."""
        if not text:
            return
        self._size += len(text)
        if self.broken is not None:
            self._write(visible_text(text))
            return
        if self._hold:
            self._source.append(text)
        self._take(self._rest + text if self._rest else text)
        if self._hold and self._size > HELD:
            self._release()

    def finish(self) -> None:
        """The text is over: what is left is written, and an incomplete one is named as such."""
        if self.broken is None:
            # A character that no JSON has ends the last token; what is left then is that character alone.
            self._ended = True
            self._take(self._rest + "\0")
            if self.broken is None and (self._rest != "\0" or self._want != TOP):
                self._break(self._rest)
            elif self.broken is None and not self._texts:
                self.broken = (self._size, "the text is empty")
        self._release()

    def _release(self) -> None:
        if self._hold:
            self._hold = False
            made, self._made, self._source = "".join(self._made), [], []
            self._write(made)

    def _emit(self, text: str) -> None:
        if self._hold:
            self._made.append(text)
        else:
            self._write(text)

    def _take(self, text: str) -> None:
        if self._string:
            text = self._go_on(text)
        elif self._number:
            text = self._go_on_number(text)
        if self._string or self._number or self.broken is not None:
            self._rest = text
            return
        if self._tokens is None and (len(text) > LONG or self._size > LONG):
            from httpeek.render.json_pattern import tokens_by_pattern

            self._tokens = tokens_by_pattern()
        tokens = (self._tokens or scan)(text)
        made = self._lay_out(tokens, text)
        if self._wrong < 0 and not self._hold and len(self._stack) == 1 and self._rest.rstrip(" \t\r\n") in ("}", "]"):
            # The end of a text: nothing that may follow belongs to it, and who watches a stream wants to see it now.
            made += self._lay_out([("", "", self._rest[0], "", "", "")], self._rest)
            text, self._rest = self._rest, ""
        if self._patch and made:
            made[0] = _after_placeholders(made[0], self._patch)
            self._patch = 0
        self._emit("".join(made))
        if self._wrong >= 0:
            self._break(text[self._wrong :])
        elif len(self._rest) > LONG and not self._ended:
            self._stuck()

    def _lay_out(self, tokens: list[Token], text: str) -> list[str]:
        """Checks and prints tokens; one piece a token. Sets `_rest` or, where the grammar is broken, `_wrong`."""
        made: list[str] = []
        append = made.append
        key_on, string_on, number_on, literal_on = (self._begin[p] for p in ("key", "string", "number", "literal"))
        off = self._reset
        newline, want, stack = self._newline, self._want, self._stack
        special = (self._unescape and "\\u" in text) or not _clean(text)
        wrong = False
        for key, string, other, comma, opening, rest in tokens:
            if want == TOP and (string or other or opening):
                if key or comma or (self._texts and not self._sequence):
                    wrong = True
                    break
                newline = "\n" if self._texts else ""
                self._texts += 1
                want = ARRAY  # a text is a value, as in an array; what follows it is decided below
                top = True
            else:
                top = False
            if special and (key or string):
                key, string = self._shown(key), self._shown(string)
            if string:
                if (key != "") != want:
                    wrong = True
                    break
                if key:
                    append(f"{newline}{key_on}{key}{off}: {string_on}{string}{off}{comma}")
                else:
                    append(f"{newline}{string_on}{string}{off}{comma}")
            elif opening:
                if (key != "") != want:
                    wrong = True
                    break
                append(f"{newline}{key_on}{key}{off}: {opening}" if key else newline + opening)
                stack.append(self._kind)
                want = self._kind = OBJECT if opening == "{" else ARRAY
                newline = _indent(len(stack))
                continue
            elif other:
                kind = _KIND.get(other, 0)
                if kind in (3, 4):
                    if key or want != CLOSE or self._kind != (OBJECT if kind == 3 else ARRAY):
                        wrong = True
                        break
                    before = stack.pop()
                    if before == TOP and comma:
                        stack.append(self._kind)
                        wrong = True
                        break
                    self._kind = before
                    newline = _indent(len(stack))
                    append(newline + other + comma)
                    want = before if comma else TOP if before == TOP else CLOSE
                    continue
                if (key != "") != want:
                    wrong = True
                    break
                if kind == 5:
                    other = f"{literal_on}{other}{off}"
                elif other[0] in "{[":
                    other = other[0] + other[-1]
                else:
                    other = f"{number_on}{other}{off}"
                append(f"{newline}{key_on}{key}{off}: {other}{comma}" if key else newline + other + comma)
            else:
                self._rest = rest
                break
            if top:
                want = TOP
            elif not comma:
                want = CLOSE
        self._newline, self._want = newline, want
        if wrong:
            self._wrong = _start(text, len(made))
        return made

    def _break(self, rest: str) -> None:
        """The text breaks in or after `rest`, which is all that is left. It is shown as it is: whole where nothing was
        written yet, else from here on."""
        if self._ended:
            rest = rest[:-1]
        place, reason, _, _ = self._diagnose(rest)
        self.broken = (self._size - len(rest) + place, reason)
        if self._hold:
            self._made = [visible_text("".join(self._source))]
            self.unescaped = 0
            self._release()
        elif self._patch:
            self._emit(self._reset + visible_text(_after_placeholders(rest, self._patch)))
        else:
            self._emit(("\n" if self._texts else "") + visible_text(rest))
        self._rest = ""

    def _diagnose(self, rest: str) -> tuple[int, str, int, int]:
        from httpeek.render.json_faults import diagnose

        over = self._want == TOP and self._texts > 0 and not self._sequence
        return diagnose(rest, self._want, self._kind, over)

    def _shown(self, token: str) -> str:
        if self._unescape and "\\u" in token:
            token = self._unescaped(token)
        return token if token.isprintable() else visible(token)

    def _unescaped(self, token: str) -> str:
        """The token with printable escapes as characters. What would end the string or begin an escape stays."""
        parts = []
        done = at = 0
        while (at := token.find("\\", at)) >= 0:
            if token[at + 1] != "u":
                at += 2
                continue
            code, end = int(token[at + 2 : at + 6], 16), at + 6
            if 0xD800 <= code < 0xDC00 and token[end : end + 2] == "\\u":
                low = int(token[end + 2 : end + 6], 16)
                if 0xDC00 <= low < 0xE000:
                    code, end = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), end + 6
            character = chr(code)
            if (
                character.isprintable()
                and character not in '"\\'
                and not hidden(code)
                and (self._encodable is None or self._encodable(character))
            ):
                parts.append(token[done:at] + character)
                self.unescaped += 1
                done = end
            at = end
        return "".join(parts) + token[done:]

    def _stuck(self) -> None:
        """A token does not end within LONG characters: a long string or number goes out in pieces, or the text is
        broken there."""
        rest = self._rest
        place, _, string, safe = self._diagnose(rest)
        if safe < 0:
            if place < len(rest):
                self._break(rest)
            elif not rest.strip(" \t\r\n"):
                self._rest = ""
            return
        number = string < 0
        begin = -string - 1 if number else string
        head = rest[:begin].strip(" \t\r\n")
        if self._want == TOP:
            self._newline = "\n" if self._texts else ""
        is_key = self._want == OBJECT and not head
        if self._want == TOP or is_key or not head:
            self._emit(self._newline)
        else:
            key = self._shown(head.removesuffix(":").rstrip(" \t\r\n"))
            self._emit(f"{self._newline}{self._begin['key']}{key}{self._reset}: ")
        self._emit(self._begin["number" if number else "key" if is_key else "string"])
        self._string = "" if number else "key" if is_key else "member" if head else "value"
        self._number = number
        self._member = bool(head)
        if number:
            self._rest = self._go_on_number(rest[begin:])
        else:
            self._emit('"')
            self._rest = self._go_on(rest[begin + 1 :])

    def _go_on(self, text: str) -> str:
        """Inside a long string: writes up to its end or the last whole escape. Returns what is left, with a
        placeholder for the string before it once that is over."""
        text, sentinel = (text[:-1], "\0") if self._ended else (text, "")
        end, reason = string_body(text, 0)
        self._emit(self._shown(text[:end]))
        if text[end : end + 1] == '"' and not reason:
            self._emit('"')
            placeholder, self._patch = {"key": ('""', 1), "member": ('"":""', 2), "value": ('""', 1)}[self._string]
            self._string = ""
            return placeholder + text[end + 1 :] + sentinel
        if reason or self._ended:
            self._emit(self._reset + visible_text(text[end:]))
            self.broken = (self._size - len(text) + end, reason) if reason else (self._size, CUT)
            self._release()
            return ""
        return text[end:]

    def _go_on_number(self, text: str) -> str:
        """Inside a long number, as `_go_on`; its digits are not checked again."""
        end = len(text) - len(text.lstrip("0123456789.eE+-"))
        self._emit(text[:end])
        if end == len(text):
            return ""
        self._number = False
        self._patch = 2 if self._member else 1
        return ('"":""' if self._member else '""') + text[end:]


def _after_placeholders(line: str, count: int) -> str:
    """The line from the end of its `count`-th empty string on."""
    at = 0
    for _ in range(count):
        at = line.index('""', at) + 2
    return line[at:]


def _indent(depth: int) -> str:
    return "\n" + "    " * min(depth, DEEP)


def _clean(text: str) -> bool:
    return text.isprintable() or text.replace("\n", "").replace("\t", "").replace("\r", "").isprintable()


def scan(text: str) -> list[Token]:
    """The tokens of a text by hand; the last one holds in `rest` what is no whole token, or nothing."""
    tokens: list[Token] = []
    place = 0
    while True:
        place = skip(text, place)
        token, end = _one(text, place)
        if token is None:
            tokens.append((*_NO_TOKEN, text[place:]))
            return tokens
        tokens.append(token)
        place = end


def _start(text: str, count: int) -> int:
    """Where the token after the first `count` tokens begins."""
    place = 0
    for _ in range(count):
        place = _one(text, skip(text, place))[1]
    return skip(text, place)


def skip(text: str, place: int) -> int:
    """The first place from `place` on where no white space is."""
    while text[place : place + 1] in (" ", "\n", "\t", "\r"):
        place += 1
    return place


def _one(text: str, place: int) -> tuple[Token | None, int]:
    """The token at `place`, where no white space is, and the end of it with the white space after it."""
    key = string = other = ""
    character = text[place : place + 1]
    if character == '"':
        end, reason = string_body(text, place + 1)
        if reason or text[end : end + 1] != '"':
            return None, place
        end += 1
        string = text[place:end]
        colon = skip(text, end)
        if text[colon : colon + 1] == ":":
            key, string = string, ""
            place = skip(text, colon + 1)
            character = text[place : place + 1]
            if character == '"':
                end, reason = string_body(text, place + 1)
                if reason or text[end : end + 1] != '"':
                    return None, place
                end += 1
                string = text[place:end]
    if not string:
        if character and character in "{[":
            end = skip(text, place + 1)
            following = text[end : end + 1]
            if not following:
                return None, place
            if following not in "}]":
                return (key, "", "", "", character, ""), end
            if following != ("}" if character == "{" else "]"):
                return None, place
            end += 1
        elif character and character in "}]":
            end = place + 1
        else:
            end = scalar_end(text, place)
            if end < 0 or text[end : end + 1] in _AFTER_SCALAR:
                return None, place
        other = text[place:end]
    end = skip(text, end)
    following = text[end : end + 1]
    if following == ",":
        return (key, string, other, ",", "", ""), end + 1
    return ((key, string, other, "", "", ""), end) if following else (None, place)


def scalar_end(text: str, place: int) -> int:
    """Where the number or literal at `place` ends, or -1."""
    for literal in ("true", "false", "null"):
        if text.startswith(literal, place):
            return place + len(literal)
    end = place + 1 if text[place : place + 1] == "-" else place
    if text[end : end + 1] == "0":
        end += 1
    else:
        whole = _digits(text, end)
        if whole == end:
            return -1
        end = whole
    if text[end : end + 1] == ".":
        part = _digits(text, end + 1)
        if part > end + 1:
            end = part
    if text[end : end + 1] in ("e", "E"):
        sign = end + 2 if text[end + 1 : end + 2] in ("+", "-") else end + 1
        part = _digits(text, sign)
        if part > sign:
            end = part
    return end


def _digits(text: str, place: int) -> int:
    while text[place : place + 1] in _DIGITS:
        place += 1
    return place


def string_body(text: str, place: int) -> tuple[int, str]:
    """Reads a string from after its quote on. Returns the place of the closing quote and "", the end of what was
    whole (the text ended: at its end, or before a cut escape) and "", or the place of what no string has and why."""
    while True:
        quote = text.find('"', place)
        end = quote if quote >= 0 else len(text)
        slash = text.find("\\", place, end)
        stop = slash if slash >= 0 else end
        piece = text[place:stop]
        if not piece.isprintable() and min(piece) < " ":
            at = next(i for i, character in enumerate(piece) if character < " ")
            if piece[at] == "\0" and place + at == len(text) - 1:
                return place + at, ""
            return place + at, "a control character in a string"
        if slash < 0:
            return end, ""
        letter = text[slash + 1 : slash + 2]
        if letter == "u":
            digits = text[slash + 2 : slash + 6]
            if not _HEX.issuperset(digits.removesuffix("\0")):
                return slash, "\\u without four hexadecimal digits"
            if len(digits) < 4 or digits.endswith("\0"):
                return slash, ""
            place = slash + 6
        elif letter in ("", "\0"):
            return slash, ""
        elif letter in '"\\/bfnrt':
            place = slash + 2
        else:
            return slash, "an escape that JSON does not have"
