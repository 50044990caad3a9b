"""From words to `Typed`: the one parser of every command line, over the table in `options`.

It says what was typed and decides nothing: what a request becomes is decided by the command that reads it. Rules:
- options stand anywhere among the other words; `--` ends them;
- `--name value` and `--name=value`; a long name may be cut short as long as it stays the only one (of this command
  first, of all commands else); `--no-name` takes an option back;
- short ones may be written together (`-vF`), the last with its value behind it (`-phb`, `-p=hb`, `-p hb`);
- `--next` parts one request from the next, wherever it stands; each part is read by itself (`parts`);
- the last one of several wins, a count counts, a repeated one keeps all;
- the first word that is no option chooses the command; then METHOD, URL and ITEMs by `is_method`.
What it cannot read is an HttpeekError (USAGE) of one sentence with the nearest right word in it; words of other
tools are answered from `habits`, which is imported only then.
"""

from __future__ import annotations

from httpeek.cli.options import (
    BY_COMMAND,
    BY_NAME,
    BY_SHORT,
    CHOICE,
    COUNT,
    DEFAULTS,
    LETTERS,
    MARKED,
    NEGATABLE,
    NUMBER,
    OPTIONS,
    REPEATED,
    SECONDS,
    SET,
    SIZE,
    Option,
)
from httpeek.model.codes import usage
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httpeek.cli.options import Command, Value

METHODS = (
    *("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"),
    *("ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE"),
    *("MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PRI"),
    *("PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK"),
    *("UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL"),
)
"""The IANA registry of HTTP methods, those of everyday first. Its "*" is no method (RFC 9110 section 18.2)."""

_REGISTERED = frozenset(METHODS)
_METHOD_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_ADDRESS_LETTERS = frozenset("0123456789abcdefABCDEF:.%")
RESERVED = ("compare", "grade", "curl")
"""Names kept for commands, so that no script comes to depend on a host that is called so."""
NEXT = "--next"
"""The word between two requests."""
_BODY_ELSEWHERE = ("raw", "json", "form", "follow", "download", "body")
"""Options that stand before a body in HTTPie (--raw) or curl (--json, --form, -F, -d), or before cookies (-b)."""
_UNITS = (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0))
"""Units of time; "ms" stands before "s", since the first that fits is taken."""
_SIZES = (
    *(("KIB", 1024), ("MIB", 1024**2), ("GIB", 1024**3), ("KB", 1000), ("MB", 1000**2), ("GB", 1000**3)),
    *(("K", 1024), ("M", 1024**2), ("G", 1024**3), ("B", 1), ("", 1)),
)
"""Units of size; the longer ones stand before those they end in."""


class Typed(Noun):
    """What was typed. `command` is a row's name ("": a request). `options` holds only what was typed, by name.
    `method` is as it will be sent ("": none was typed), `url` and `items` belong to a request, `arguments` to the
    other commands. `layers` are further mappings under `options`, the first one first: a config file's values.
    `undone` are values that must not come from a layer (`--no-verbose`). `further` are the requests behind `--next`."""

    command: str
    options: Mapping[str, Value]
    method: str = ""
    url: str = ""
    items: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    layers: tuple[Mapping[str, Value], ...] = ()
    undone: frozenset[tuple[str, Value]] = frozenset()
    further: tuple[Typed, ...] = ()

    def has(self, name: str) -> bool:
        """True when a value was given, on the command line or in a layer under it, and not taken back."""
        if name in self.options:
            return self.options[name] is not None
        return any(name in layer for layer in self.layers)

    def value(self, name: str) -> Value:
        """What holds for the option `name`: typed, from a layer, or its default. KeyError: there is no such name."""
        if name in self.options:
            return self.options[name]
        for layer in self.layers:
            if name in layer:
                return layer[name]
        return DEFAULTS[name]

    def text(self, name: str) -> str:
        """The value of an option that takes a word; "" where it has none."""
        return str(self.value(name) or "")

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return bool(self.value(name))

    def number(self, name: str) -> int:
        """The value of a COUNT, a NUMBER or a SIZE (octets); 0 where it has none."""
        value = self.value(name)
        return value if isinstance(value, int) else 0

    def seconds(self, name: str) -> float:
        """The value of a SECONDS; 0.0 where it has none."""
        value = self.value(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a REPEATED, in order."""
        value = self.value(name)
        return value if isinstance(value, tuple) else ()

    def seconds_or_none(self, name: str) -> float | None:
        """A time limit: None where there is none, which a typed 0 says too (as in HTTPie)."""
        return self.seconds(name) or None

    def number_or_none(self, name: str) -> int | None:
        """A size limit: None where there is none, which a typed 0 says too."""
        return self.number(name) or None


def value(typed: Typed, name: str) -> Value:
    """What holds for the option `name`: typed, from a layer, or its default. KeyError: there is no such name."""
    return typed.value(name)


def parse(words: Sequence[str]) -> Typed:
    """Reads a command line without the program's name. Raises HttpeekError (USAGE)."""
    if NEXT in words:
        from httpeek.cli.parts import parse_parts

        return parse_parts(words)
    return parse_one(words)


def parse_one(words: Sequence[str]) -> Typed:
    """Reads a command line without `--next`, or one of the parts that it makes. Raises HttpeekError (USAGE)."""
    given, positionals = _walk(words)
    name = positionals[0] if positionals and positionals[0] in BY_COMMAND else ""
    command = BY_COMMAND[name]
    arguments = tuple(positionals[1:] if name else positionals)
    options = _accepted(given, command, arguments)
    undone = frozenset(option.sets for option, _, got in given if got is None and option.kind == SET)
    if "help" in options or "version" in options:
        return Typed(name, options, arguments=arguments)
    if name:
        _count(command, arguments)
        return Typed(name, options, arguments=arguments, undone=undone)
    return _request(options, arguments)._replace(undone=undone)


def as_request(typed: Typed, words: tuple[str, ...]) -> Typed:
    """Words of another command as METHOD, URL and ITEMs, with what was typed beside them. Raises HttpeekError
    (USAGE)."""
    if not words:
        raise usage(f"{BY_COMMAND[typed.command].label} needs a URL")
    made = _request({**typed.options}, words)
    return typed._replace(command="", method=made.method, url=made.url, items=made.items, arguments=())


def is_method(word: str) -> bool:
    """True for what is a METHOD when it is the first of several words: a registered name in any case, or capitals."""
    if word.upper() in _REGISTERED and word.isascii():
        return True
    return word[:1].isalpha() and _METHOD_LETTERS.issuperset(word)


def _walk(words: Sequence[str]) -> tuple[list[tuple[Option, str, Value]], list[str]]:
    """All options in order as (row, as spelled, value), and all other words."""
    given: list[tuple[Option, str, Value]] = []
    positionals: list[str] = []
    command = words[0] if words and words[0] in BY_COMMAND else ""
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--":
            positionals += words[position:]
            break
        if word[:1] != "-" or word == "-":
            if not positionals and word in BY_COMMAND:
                command = word
            positionals.append(word)
        elif word.startswith("--"):
            position = _long(word, command, words, position, given)
            _look_behind(given, words, position, positionals)
        else:
            position = _cluster(word, command, words, position, given)
            _look_behind(given, words, position, positionals)
    return given, positionals


def _look_behind(
    given: list[tuple[Option, str, Value]], words: Sequence[str], position: int, positionals: list[str]
) -> None:
    """Refuses a value behind an option that takes one elsewhere, and none here: it would be taken for the URL."""
    name = given[-1][0].name
    if position >= len(words) or (name not in _BODY_ELSEWHERE and name not in _VALUE_ELSEWHERE):
        return
    word, next_word = words[position], words[position + 1] if position + 1 < len(words) else ""
    if name in _BODY_ELSEWHERE:
        found = _is_body(word, bool(positionals))
    else:
        found = not positionals and _VALUE_ELSEWHERE[name](word) and _is_url(next_word)
    if found:
        from httpeek.cli.habits import value_behind

        raise value_behind(name, given[-1][1], word)


def _long(word: str, command: str, words: Sequence[str], position: int, given: list[tuple[Option, str, Value]]) -> int:
    name, mark, text = word[2:].partition("=")
    option, negated = _find(name, command, word, words[position:])
    spelled = f"--{'no-' if negated else ''}{option.name}"
    if option.kind == MARKED and not negated:
        given.append((option, spelled, marked(option, spelled, text if mark else None)))
        return position
    if negated or not option.takes_value:
        if mark:
            raise _refuse_value(option, spelled, text)
        given.append((option, spelled, None if negated else True))
        return position
    if not mark:
        text = _next(option, spelled, words, position)
        position += 1
    given.append((option, spelled, convert(option, spelled, text)))
    return position


def _cluster(
    word: str, command: str, words: Sequence[str], position: int, given: list[tuple[Option, str, Value]]
) -> int:
    for index in range(1, len(word)):
        option = BY_SHORT.get(word[index])
        if option is None:
            from httpeek.cli.habits import unknown_short

            raise unknown_short(word, index, command, words[position:])
        spelled, rest = f"-{option.short}", word[index + 1 :]
        if option.kind == MARKED:
            has_word = rest.startswith("=")
            given.append((option, spelled, marked(option, spelled, rest[1:] if has_word else None)))
            if has_word:
                break
            continue
        if not option.takes_value:
            if rest.startswith("="):
                raise _refuse_value(option, spelled, rest[1:])
            given.append((option, spelled, True))
            continue
        if command not in option.commands and (BY_COMMAND[command].name == "download" or word[1:] in BY_NAME):
            from httpeek.cli.habits import elsewhere

            raise elsewhere(option, spelled, BY_COMMAND[command], (), word)  # before its value is looked at
        if not rest:
            rest = _next(option, spelled, words, position)
            position += 1
        elif rest.startswith("="):
            rest = rest[1:]
        given.append((option, spelled, convert(option, spelled, rest)))
        break
    return position


def _find(name: str, command: str, word: str, rest: Sequence[str]) -> tuple[Option, bool]:
    """The row of a long name and whether it is negated. `word` and `rest` are for the error only."""
    option = BY_NAME.get(name)
    if option is not None:
        return option, False
    negated = name.startswith("no-")
    bare = name[3:] if negated else name
    option = BY_NAME.get(bare)
    if option is not None and option.kind == NEGATABLE:
        return option, True
    # Before anything is guessed: curl's --header is no short form of --headers.
    from httpeek.cli.habits import habitual, unknown_long

    refused = habitual(word, rest)
    if refused is not None:
        raise refused
    near = [option] if option else [o for o in OPTIONS if bare and o.name.startswith(bare)]
    if negated:
        near = [o for o in near if o.kind == NEGATABLE] or near
    here = [o for o in near if command in o.commands] or near
    if len(here) == 1 and not (negated and here[0].name in ("help", "version")):
        return here[0], negated
    raise unknown_long(name, word, here, command)


def _next(option: Option, spelled: str, words: Sequence[str], position: int) -> str:
    wants = f"{spelled} needs a value: {_wanted(option)}"
    if position >= len(words):
        raise usage(wants)
    word = words[position]
    if word == "--" or (word.startswith("--") and word[2:].partition("=")[0] in BY_NAME):
        # Nobody means `-o --follow` as a file's name; who does can join them.
        join = f"{spelled}={word}" if spelled.startswith("--") else f"{spelled}{word}"
        raise usage(f"{wants} (if it is {word}, write {join})")
    return word


def _wanted(option: Option) -> str:
    if option.kind == CHOICE:
        return ", ".join(option.choices)
    if option.kind == LETTERS:
        return "letters of " + "".join(option.choices)
    return option.metavar


def _is_url(word: str) -> bool:
    """True for a word that is a URL and can be no item."""
    return word.partition("://")[0] in ("http", "https") or (word[:1] == ":" and word[1:2].isdigit())


def _is_proxy(word: str) -> bool:
    """True for a word that may be curl's value of -x."""
    port = word.rpartition(":")[2].rstrip("/")
    return "://" in word or (port.isascii() and port.isdigit())


def _is_time(word: str) -> bool:
    """True for a word that may be curl's value of -m: a number, which is no host that anybody means."""
    return word.isascii() and word.replace(".", "", 1).isdigit()


_VALUE_ELSEWHERE = {"compress": _is_proxy, "meta": _is_time}
"""Options that take a value in curl (-x, -m), and what shows that the word behind them is one: a URL follows it."""


def _refuse_value(option: Option, spelled: str, text: str) -> Exception:
    if option.name == "raw":
        from httpeek.cli.habits import value_behind

        return value_behind("raw", spelled, text)
    return usage(f"{spelled} takes no value")


def convert(option: Option, spelled: str, text: str) -> Value:
    """The value of an option from its text; `spelled` names it in errors. Raises HttpeekError (USAGE)."""
    kind = option.kind
    if kind == CHOICE and text not in option.choices:
        from httpeek.model.nearest import nearest

        near = nearest(text, option.choices)
        hint = f"did you mean {near}? It takes " if near else "it takes "
        wgets = " (wget's -A is --accept LIST)" if spelled == "-A" and not near else ""
        raise usage(f"{spelled}={show(text)} is unknown; {hint}{', '.join(option.choices)}{wgets}")
    if kind == LETTERS:
        wrong = [letter for letter in text if letter not in option.choices]
        if wrong or not text:
            found = f"no {show(wrong[0])}" if wrong else "at least one"
            raise usage(f"{spelled} takes letters of {''.join(option.choices)}, {found}")
    if kind == NUMBER:
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            endless = "; where it shall have no end, write a large one" if text == "-1" else ""
            raise usage(f"{spelled} takes a whole number, not {show(text)}{endless}")
        return int(text)
    if kind == SECONDS:
        return _seconds(spelled, text)
    if kind == SIZE:
        return _size(spelled, text)
    if option.name == "style" and (len(text) == 1 or text != text.lower()):
        # No style of Pygments has a capital or is one letter long: this is `curl -sS` or `curl -s URL`.
        raise usage(f"no style is called {show(text)}; if -s is meant as curl's, here it is -q")
    if option.name == "style" and ("/" in text or ":" in text):
        raise usage(f"-s takes the name of a style, not {show(text)}; curl's -s is -q here")
    return text


def marked(option: Option, spelled: str, text: str | None) -> str:
    """The value of a MARKED: the word behind "=", or "" without one. Raises HttpeekError (USAGE)."""
    if text is not None and text not in option.choices:
        raise usage(f"{spelled}={show(text)} is unknown; it takes {', '.join(option.choices)}, or no value")
    return text or ""


def _seconds(spelled: str, text: str) -> float:
    unit, factor = next(row for row in _UNITS if text.endswith(row[0]))
    number = text.removesuffix(unit)
    if not _decimal(number):
        raise usage(f"{spelled} takes seconds (1.5, 30s, 500ms, 2m), not {show(text)}")
    return float(number) * factor


def _size(spelled: str, text: str) -> int:
    upper = text.upper()
    unit, factor = next(row for row in _SIZES if upper.endswith(row[0]))
    number = upper.removesuffix(unit)
    if not _decimal(number):
        raise usage(f"{spelled} takes a size (4096, 64K, 1MiB), not {show(text)}")
    return int(float(number) * factor) if "." in number else int(number) * factor


def _decimal(text: str) -> bool:
    """True for digits with at most one point. float() would take nan, 1e9, 1_0 and Arabic digits too."""
    whole, _, part = text.partition(".")
    digits = whole + part
    return digits.isascii() and digits.isdigit() and len(digits) < 19


def _accepted(given: list[tuple[Option, str, Value]], command: Command, arguments: tuple[str, ...]) -> dict[str, Value]:
    """The options by name, the last one winning. Raises HttpeekError (USAGE) for one of another command."""
    options: dict[str, Value] = {}
    for option, spelled, got in given:
        if option.name == "next":
            raise usage(f"{spelled}: write {NEXT} as a word of its own, between two requests")
        if command.name not in option.commands and not command.takes_all:
            from httpeek.cli.habits import elsewhere

            raise elsewhere(option, spelled, command, arguments)
        name = option.name
        if got is None:
            # --no-NAME: off for a flag; for any other option what holds when nothing is typed, over every layer.
            target = option.sets[0] if option.kind == SET else name
            if option.kind != SET or options.get(target) == option.sets[1]:
                back = DEFAULTS[target]
                options[target] = False if option.kind == NEGATABLE else None if back == "" else back
        elif option.kind == SET:
            options[option.sets[0]] = option.sets[1]
        elif option.kind == COUNT:
            before = options.get(name, 0)
            options[name] = (before if isinstance(before, int) else 0) + 1
        elif option.kind in (REPEATED, MARKED):
            earlier = options.get(name, ())
            options[name] = (*(earlier if isinstance(earlier, tuple) else ()), str(got))
        else:
            options[name] = got
    return options


def _count(command: Command, arguments: tuple[str, ...]) -> None:
    if len(arguments) < command.least:
        raise usage(f"{command.label} needs {command.arguments}; {command.label} --help says more")
    if command.most is not None and len(arguments) > command.most:
        from httpeek.cli.habits import too_many

        raise too_many(command, arguments)
    if command.choices and arguments and arguments[0] not in command.choices:
        raise usage(f"{command.label} takes one of {', '.join(command.choices)}, not {show(arguments[0])}")


def _request(options: dict[str, Value], words: tuple[str, ...]) -> Typed:
    """METHOD, URL and ITEMs. With --method the first word is the URL."""
    _download_only(options)
    method = options.get("method")
    if not words or words[0] in RESERVED or (len(words) == 1 and method is None and words[0] in _REGISTERED):
        from httpeek.cli.habits import no_url

        raise no_url(words)
    if isinstance(method, str):
        return Typed("", options, _given_method(method, words), words[0], words[1:])
    if len(words) > 1 and is_method(words[0]):
        method = words[0].upper() if words[0].upper() in _REGISTERED else words[0]
        return Typed("", options, method, words[1], words[2:])
    return Typed("", options, "", words[0], words[1:])


def _download_only(options: Mapping[str, Value]) -> None:
    """Refuses an option of downloads in a request that is none."""
    if options.get("download"):
        return
    for name in options:
        if name in BY_NAME and BY_NAME[name].group == "Download" and name != "download":
            raise usage(f"--{name} is for a file that is fetched: add -d, or write httpeek download")


def _given_method(method: str, words: tuple[str, ...]) -> str:
    if not method:
        raise usage("--method is empty")
    if len(words) > 1 and words[0] in _REGISTERED:
        raise usage(f"the method is given twice: --method={show(method)} and {words[0]}")
    return method


def _is_body(word: str, is_item: bool) -> bool:
    """True for a word after --raw that is HTTPie's "raw body" and can be no URL, or no ITEM where one may stand."""
    if word[:1] in ("{", '"', "<"):
        return True
    if word[:1] == "-":
        return False
    stops = "/:?.=;@" if is_item else "/:?."
    head = word[: min((i for i in map(word.find, stops) if i >= 0), default=len(word))]
    if word[:1] == "[":
        inside = word[1:].partition("]")[0]
        is_address = ":" in inside and _ADDRESS_LETTERS.issuperset(inside)
        return not is_address and not (is_item and "=" in word)
    return "=" in head or any(c.isspace() for c in head)


def show(text: str) -> str:
    """A word of the user's in a sentence: quoted where it is empty or has blanks, controls made visible."""
    if text and text.isprintable() and " " not in text:
        return text
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text) + '"'
