"""What is answered to a word that is no option: the spelling that is right here, or the nearest word.

`HABITS` is the one table of the spellings that users of curl, HTTPie and wget bring along. Rules: a row is never
an option of this program (a test looks: a row goes when its option comes), and what it recommends exists (another).
This module is imported only when something was wrong, so nothing here is paid for by a request.
"""

from __future__ import annotations

from httpeek.cli.options import BY_COMMAND, BY_NAME, COMMANDS, OPTIONS
from httpeek.cli.parse import RESERVED, show
from httpeek.model.codes import usage
from httpeek.model.nearest import nearest
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpeek.cli.options import Command, Option
    from httpeek.model.codes import HttpeekError


class Habit(Noun):
    """One row: the spellings, whose they are, and what to write here."""

    spellings: tuple[str, ...]
    whose: str
    here: str


HABITS = (
    # curl, and wget where it has the same
    Habit(("-k", "--insecure"), "curl's", "--verify=no"),
    Habit(("--no-check-certificate",), "wget's", "--verify=no"),
    Habit(("--no-verify", "--no-verify-ssl"), "other tools'", "--verify=no"),
    Habit(("-L", "--location"), "curl's", "-F (--follow)"),
    Habit(("--location-trusted",), "curl's", "-F --trust-redirects"),
    Habit(("-u", "--user"), "curl's", "-a USER[:PASS]"),
    Habit(("--http-user", "--http-password", "--ask-password"), "wget's", "-a USER[:PASS]"),
    Habit(("--digest", "--anyauth", "--auth-no-challenge"), "curl's and wget's", "-A digest -a USER[:PASS]"),
    Habit(("--basic",), "curl's", "-a USER[:PASS]: Basic unless -A says another"),
    Habit(("-n", "--netrc", "--netrc-optional", "--netrc-file"), "curl's", "nothing: NETRC or ~/.netrc is read anyway"),
    Habit(("-H", "--header"), "curl's", "an item: Name:value"),
    Habit(("-X",), "curl's", "the method before the URL: httpeek PUT URL"),
    Habit(("--head",), "curl's", "the method HEAD before the URL: httpeek HEAD URL"),
    Habit(("--include", "--show-headers"), "curl's", "-p hb"),
    Habit(("--data-raw", "--data-binary", "--data-ascii", "--data-urlencode"), "curl's", "--data TEXT|@FILE|@-"),
    Habit(("--post-data", "--post-file", "--body-data", "--body-file"), "wget's", "--data TEXT|@FILE"),
    Habit(("-T", "--upload-file"), "curl's", "the method and --data: httpeek --data @FILE PUT URL"),
    Habit(("-G", "--get", "--url-query"), "curl's", "an item: name==value"),
    Habit(
        ("-O", "--remote-name", "--remote-header-name", "-J", "--output-document"),
        "curl's and wget's",
        "-o FILE, or httpeek download URL",
    ),
    Habit(("--silent",), "curl's and wget's", "-q"),
    Habit(("--compressed",), "curl's", "nothing: gzip, deflate, br and zstd are asked for and taken off anyway"),
    Habit(("--form-string",), "curl's", "-f and an item: name=value"),
    Habit(("--raw-data",), "other tools'", "--data TEXT"),
    Habit(
        ("--cert-key-pass", "--pass"),
        "HTTPie's and curl's",
        "nothing: OpenSSL asks for the passphrase on the terminal",
    ),
    Habit(("--fail", "--fail-with-body"), "curl's", "--check-status, which is on unless --no-check-status is given"),
    Habit(("--referer", "-e"), "curl's", "an item: Referer:URL"),
    Habit(("--user-agent",), "curl's and wget's", "an item: User-Agent:NAME"),
    Habit(("-U", "--proxy-user", "--proxy-password"), "curl's and wget's", "--proxy http://USER:PASS@HOST:PORT"),
    Habit(("--proxy-digest", "--proxy-basic", "--proxy-anyauth"), "curl's", "nothing: what the proxy asks for is sent"),
    Habit(("--socks5",), "curl's", "--proxy socks5://HOST:PORT"),
    Habit(("--socks5-hostname",), "curl's", "--proxy socks5h://HOST:PORT"),
    Habit(("--socks4",), "curl's", "--proxy socks4://HOST:PORT"),
    Habit(("--socks4a",), "curl's", "--proxy socks4a://HOST:PORT"),
    Habit(("--cookie",), "curl's", "an item: Cookie:name=value, or --cookies FILE"),
    Habit(
        ("--cookie-jar", "--load-cookies", "--save-cookies", "--keep-session-cookies"),
        "curl's and wget's",
        "--cookies FILE",
    ),
    Habit(("--range",), "curl's", "an item: Range:bytes=0-499"),
    Habit(("-z", "--time-cond"), "curl's", "an item: If-Modified-Since:DATE"),
    Habit(("-t", "--tries"), "wget's", "--retry N"),
    Habit(("--waitretry",), "wget's", "--retry-delay TIME"),
    Habit(
        ("--retry-connrefused", "--retry-all-errors", "--retry-on-http-error"),
        "curl's and wget's",
        "--retry N, which tries again what is safe",
    ),
    Habit(("--http2", "--http2-prior-knowledge", "--http3"), "curl's", "nothing: HTTP/1.1 and 1.0 are what is spoken"),
    Habit(("--oauth2-bearer",), "curl's", "-A bearer -a TOKEN"),
    Habit(
        ("--cacert", "--capath", "--ca-certificate", "--ca-directory"),
        "curl's and wget's",
        "--verify=FILE or --verify=DIR",
    ),
    Habit(("-E", "--certificate"), "curl's and wget's", "--cert FILE"),
    Habit(("--key", "--private-key"), "curl's and wget's", "--cert-key FILE"),
    Habit(("--ssl",), "HTTPie's", "--tls-min VERSION and --tls-max VERSION"),
    Habit(("--tlsv1.0", "-1", "--tlsv1"), "curl's", "--tls-min 1.0"),
    Habit(("--tlsv1.1",), "curl's", "--tls-min 1.1"),
    Habit(("--tlsv1.2",), "curl's", "--tls-min 1.2"),
    Habit(("--tlsv1.3",), "curl's", "--tls-min 1.3"),
    Habit(("-0",), "curl's", "--http1.0"),
    Habit(("--http1.1",), "curl's", "nothing: HTTP/1.1 is what is spoken unless --http1.0 is given"),
    Habit(("--max-redirs",), "curl's", "--max-redirects N"),
    Habit(("--disable", "--no-config"), "curl's and wget's", "--ignore-config"),
    Habit(("-K", "--config"), "curl's and wget's", "a file of defaults: httpeek config path says where"),
    Habit(("--abstract-unix-socket",), "curl's", "--unix-socket @NAME"),
    Habit(("--keepalive-time",), "curl's", "--keepalive TIME"),
    Habit(("--no-buffer",), "curl's", "-S (--stream)"),
    Habit(("--trace", "--trace-ascii"), "curl's", "--as hex"),
    Habit(("--debug", "--traceback"), "HTTPie's", "-v, or HTTPEEK_DEBUG=1 for a traceback"),
    Habit(("-V",), "curl's and wget's", "--version"),
    Habit(("--manual",), "HTTPie's and curl's", "--help, or man httpeek"),
    Habit(("-?",), "other tools'", "--help"),
    Habit(("--request",), "curl's", "the method before the URL: httpeek PUT URL"),
    Habit(("--sorted",), "HTTPie's", "nothing: fields and keys are shown in the order received"),
    Habit(
        ("--format-options",), "HTTPie's", "--pretty=none for no format: else JSON has an indent of 4 and no sorting"
    ),
    Habit(("--max-headers",), "HTTPie's", "--max-fields N"),
    Habit(("--history-print",), "HTTPie's", "--print and --all"),
    Habit(("--colour",), "other tools'", "--color"),
    Habit(("--no-color", "--no-colors"), "other tools'", "--color=never"),
    Habit(("--dump-header", "-D"), "curl's", "-p h"),
    Habit(("--max-filesize",), "curl's", "--max-decoded SIZE"),
    Habit(("--server-response",), "wget's", "-p hb"),
    Habit(("--directory-prefix", "--output-dir"), "wget's and curl's", "-P DIR"),
    Habit(("--no-clobber",), "wget's and curl's", "--skip-existing"),
    Habit(("--timestamping",), "wget's", "-N (--newer)"),
    Habit(("--input-file",), "wget's", "-i LIST"),
    Habit(("--continue-at", "-C"), "curl's", "-c (--continue)"),
    Habit(("--wait",), "wget's", "--delay TIME"),
    Habit(("--random-wait",), "wget's", "--random-delay"),
    Habit(("--parallel", "--parallel-max"), "curl's", "--jobs N"),
    Habit(("--execute",), "wget's", "--no-robots (for robots=off)"),
    Habit(("--cut-file-get-vars", "--cut-url-get-vars", "--restrict-file-names"), "wget's", "nothing"),
    Habit(("--backup-converted",), "wget's", "nothing: how links were before --convert-links is kept in mind"),
    Habit(("--html-extension",), "wget's", "--adjust-extension"),
    Habit(("--accept-regex", "--reject-regex"), "wget's", "--accept LIST and --reject LIST, with wildcards"),
    Habit(("--include-directories",), "wget's", "--exclude-directories LIST, or --no-parent"),
    Habit(("--relative",), "wget's", "nothing: links lead to other hosts only with --span-hosts"),
    Habit(("--delete-after",), "wget's", "--spider"),
    Habit(("--wait-retry",), "other tools'", "--retry-delay TIME"),
)

IN_A_REQUEST = {
    "-i": "curl's -i is -p hb here",
    "-N": "curl's -N is -S here",
    "-P": "HTTPie's -P is --print and --all here",
    "-r": "curl's -r is an item here: Range:bytes=0-499",
    "-l": "curl's -l is for FTP",
}
"""Letters that another tool has for a request and httpeek for a download."""

IN_A_MIRROR = {
    "-k": "--convert-links",
    "-K": "nothing: how links were before --convert-links is kept in mind",
    "-p": "--page-requisites",
    "-H": "--span-hosts",
    "-D": "--domains LIST",
    "-R": "--reject LIST",
    "-E": "--adjust-extension",
    "-m": "--mirror",
    "-n": "--no-parent, --no-host-directories, --no-directories, --skip-existing",
    "-e": "--no-robots (for -e robots=off)",
    "-w": "--delay TIME",
    "-Q": "--quota SIZE",
    "-X": "--exclude-directories LIST",
    "-O": "-o FILE",
    "-L": "nothing: redirects are followed as far as --span-hosts lets them",
    "-t": "--retry N",
    "-T": "--timeout TIME",
}
"""Letters of wget's, where somebody downloads: there they are not curl's."""

_BY_SPELLING = {spelling: habit for habit in HABITS for spelling in habit.spellings}


def habitual(word: str, rest: Sequence[str]) -> HttpeekError | None:
    """The answer to a long option of another tool, or None. `rest` are the words behind it."""
    spelled, _, text = word.partition("=")
    habit = _BY_SPELLING.get(spelled)
    return None if habit is None else _habit(spelled, habit, rest, text)


def unknown_long(name: str, word: str, near: Sequence[Option], command: str) -> HttpeekError:
    """The error for `--name`: several options begin so (`near`), or none does."""
    spelled = word.partition("=")[0]
    if len(near) > 1:
        negation = "no-" if name.startswith("no-") else ""
        return usage(f"{show(spelled)} could be {_either([f'--{negation}{option.name}' for option in near])}")
    names = [option.name for option in OPTIONS if command in option.commands]
    names += [f"no-{option.name}" for option in OPTIONS if option.kind == "negatable" and command in option.commands]
    close = nearest(name, names)
    if close:
        return usage(f"{show(spelled)} is no option; did you mean --{close}?")
    return usage(f"{show(spelled)} is no option; {_help(command)} lists them")


def unknown_short(word: str, index: int, command: str, rest: Sequence[str]) -> HttpeekError:
    """The error for the letter at `index` of a cluster like `-vx`."""
    spelled = f"-{word[index]}"
    if word[1:].partition("=")[0] in BY_NAME:
        return usage(f"{show(word)} needs two dashes: -{show(word)}")
    if command == "download" and spelled in IN_A_MIRROR:
        return _wgets(spelled, word, rest)
    habit = _BY_SPELLING.get(spelled)
    if habit is not None:
        return _habit(spelled, habit, rest, word[index + 1 :])
    if command == "show" and index == 1 and word[1:].isdigit():
        return usage(f"a record is written with @ before it: @{word}")
    if index == 1 and any(mark in word for mark in ":=@"):
        return usage(f"{show(spelled)} is no option; if {show(word)} is an item, put -- before the URL")
    place = "" if len(word) == 2 else f" (in {show(word)})"
    return usage(f"{show(spelled)} is no option{place}; {_help(command)} lists them")


def _habit(spelled: str, habit: Habit, rest: Sequence[str], joined: str = "") -> HttpeekError:
    here = habit.here
    argument = joined.removeprefix("=") or (rest[0] if rest else "")
    if spelled in ("-X", "--request") and argument.isalpha() and argument.isascii():
        here = here.replace("PUT", argument)
    elif spelled in ("-H", "--header") and ":" in argument and argument.isprintable() and '"' not in argument:
        name, _, text = argument.partition(":")
        text = text.strip()
        # A single quote inside would need a shell's quoting: then the general form is said.
        if name and "'" not in argument:
            here = f"an item: {name}:'{text}'" if " " in text else f"an item: {name}:{text}"
    return usage(f"{spelled} is {habit.whose}; here {here}")


def _wgets(spelled: str, word: str, rest: Sequence[str]) -> HttpeekError:
    """The error for a letter of wget's: two of them make one of its options."""
    pairs = {"-np": "--no-parent", "-nH": "--no-host-directories", "-nd": "--no-directories", "-nc": "--skip-existing"}
    if word in pairs:
        return usage(f"{word} is wget's; here {pairs[word]}")
    return usage(f"{spelled} is wget's; here {IN_A_MIRROR[spelled]}")


def value_behind(name: str, spelled: str, text: str) -> HttpeekError:
    """The error for a value behind an option that takes none: HTTPie's `--raw BODY`, curl's `--json BODY`, `-F a=b`,
    `-x PROXY`, `-m TIME`, `-b COOKIES`."""
    if name == "compress":
        return usage(f"{spelled} compresses content here, as in HTTPie; curl's -x is --proxy {show(text)}")
    if name == "meta":
        return usage(f"{spelled} shows metadata here, as in HTTPie; curl's -m is --max-time {show(text)}")
    if name == "body":
        return usage(f"{spelled} shows the content alone here, as in HTTPie; curl's -b is an item: Cookie:{show(text)}")
    short = 0 < len(text) <= 40 and text.isprintable() and "'" not in text
    data = f"--data '{text}'" if short else "--data TEXT"
    if name == "raw":
        return usage(f"--raw is a view here, not HTTPie's body: write {data}")
    if name == "download":
        return usage(f"{spelled} fetches a file here, as in HTTPie; curl's -d is {data}")
    if name == "json":
        return usage(f"{spelled} takes no value here, as in HTTPie: write {data}")
    here = "follows redirects here" if name == "follow" else "takes no value here"
    return usage(f"{spelled} {here}: write -f before the URL, and {text if short else 'name=value'} behind it")


def elsewhere(option: Option, spelled: str, command: Command, arguments: Sequence[str]) -> HttpeekError:
    """The error for an option of another command."""
    if spelled == "-h":
        return usage(f"-h is --headers, as in HTTPie; for help: {command.label} --help")
    if command.name == "download" and spelled in IN_A_MIRROR:
        return _wgets(spelled, spelled, ())
    owners = [f"httpeek {name}" if name else "a request" for name in option.commands]
    here = command.label if command.name else "a request"
    if not command.name and arguments:
        close = nearest(arguments[0], [name for name in option.commands if name])
        if close:
            return usage(f"{spelled} is an option of {_either(owners)}; did you mean httpeek {close}?")
    other = f"; {IN_A_REQUEST[spelled]}" if not command.name and spelled in IN_A_REQUEST else ""
    return usage(f"{spelled} is an option of {_either(owners)}, not of {here}{other}")


def too_many(command: Command, arguments: Sequence[str]) -> HttpeekError:
    """The error for more words than a command takes."""
    extra = arguments[command.most or 0]
    if command.name == "serve":
        return usage(f"httpeek serve takes no argument; to listen on {show(extra)}, write --bind {show(extra)}")
    if command.name == "talk":
        return usage(f"httpeek talk takes one HOST:PORT; {show(extra)} is too much (what is sent comes from stdin)")
    return usage(f"{command.label} takes {command.arguments or 'no argument'}; {show(extra)} is too much")


def no_url(words: Sequence[str]) -> HttpeekError:
    """The error for a request without a URL, or whose URL is a word that is kept for a command."""
    if not words:
        return usage("a URL is missing: httpeek [METHOD] URL [ITEM ...]; httpeek --help says more")
    if words[0] in RESERVED:
        word = words[0]
        return usage(f"{word} is a word that httpeek keeps for itself; for a host of that name write {word}/")
    return usage(f"a URL is missing after {words[0]}; for a host of that name write {words[0]}/")


def nearest_command(word: str) -> str:
    """The command that `word` was meant to be, or "": for the sentence about a host that does not exist."""
    # Not a command, but what somebody hopes for who types `httpeek help`.
    if word == "help":
        return "--help"
    return nearest(word, [command.name for command in COMMANDS if command.name])


def _either(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _help(command: str) -> str:
    return f"{BY_COMMAND[command].label} --help"
