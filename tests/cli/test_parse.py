"""The parser: what was typed, and one sentence for what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.cli import habits
from httpeek.cli.options import COMMANDS, DEFAULTS, OPTIONS
from httpeek.cli.parse import METHODS, RESERVED, Typed, is_method, parse, value
from httpeek.model.codes import USAGE, HttpeekError
from httpeek.model.nearest import edits

if TYPE_CHECKING:
    from httpeek.cli.options import Value


def refusal(*words: str) -> str:
    """The sentence with which a command line is refused."""
    with pytest.raises(HttpeekError) as raised:
        parse(words)
    assert raised.value.code == USAGE
    return raised.value.failure.sentence


# Words


@pytest.mark.parametrize(
    ("line", "method", "url", "items"),
    [
        (":8080/x", "", ":8080/x", ()),
        ("GET :8080/x", "GET", ":8080/x", ()),
        ("get :8080/x", "GET", ":8080/x", ()),
        ("Delete :8080/x a:b", "DELETE", ":8080/x", ("a:b",)),
        ("PURGE :8080/x", "PURGE", ":8080/x", ()),
        ("M-SEARCH :8080/x", "M-SEARCH", ":8080/x", ()),
        ("X_1 :8080/x", "X_1", ":8080/x", ()),
        ("purge a:b", "", "purge", ("a:b",)),
        ("localhost a:b c==d", "", "localhost", ("a:b", "c==d")),
        ("version-control :80", "VERSION-CONTROL", ":80", ()),
        ("QUERY :80", "QUERY", ":80", ()),
        ("Purge :80", "", "Purge", (":80",)),
        ("1GET :80", "", "1GET", (":80",)),
        ("get", "", "get", ()),
        ("GET serve", "GET", "serve", ()),
        ("GET check", "GET", "check", ()),
        ("serve/", "", "serve/", ()),
        ("check/ a:b", "", "check/", ("a:b",)),
        ("POST :80 -- --a:b -x=1", "POST", ":80", ("--a:b", "-x=1")),
        ("--method get :80 a:b", "get", ":80", ("a:b",)),
        ("--method get search q==1", "get", "search", ("q==1",)),
        ("- a:b", "", "-", ("a:b",)),
    ],
)
def test_method_url_and_items(line: str, method: str, url: str, items: tuple[str, ...]) -> None:
    typed = parse(line.split())
    assert (typed.command, typed.method, typed.url, typed.items) == ("", method, url, items)


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.name])
def test_the_first_word_chooses_the_command(name: str) -> None:
    assert parse([name, "--help"]).command == name
    assert parse(["--help", name]).command == name


def test_options_may_stand_before_a_command() -> None:
    typed = parse(["-qq", "--bind", ":0", "serve"])
    assert typed.command == "serve"
    assert typed.texts("bind") == (":0",)
    assert typed.number("quiet") == 2


def test_a_value_is_never_taken_for_a_command() -> None:
    typed = parse(["-o", "serve", ":80"])
    assert (typed.command, typed.url, typed.text("output")) == ("", ":80", "serve")


def test_arguments_of_a_command() -> None:
    assert parse(["show", "@last", "--as", "raw"]).arguments == ("@last",)
    assert parse(["talk", "localhost:80"]).arguments == ("localhost:80",)
    assert parse(["serve"]).arguments == ()


def test_registered_methods_in_any_case_and_capitals_are_methods() -> None:
    assert all(is_method(name) and is_method(name.lower()) for name in METHODS)
    assert is_method("PURGE") and is_method("X-1_B")
    assert not any(
        is_method(word) for word in ("", "Purge", "1X", "-X", "_X", "localhost", "GET/", "G\u00c9T", "\u017fearch")
    )


# Options


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--as raw", {"as": "raw"}),
        ("--as=raw", {"as": "raw"}),
        ("--raw", {"as": "raw"}),
        ("-v", {"as": "verbose"}),
        ("--raw -v", {"as": "verbose"}),
        ("-v --as=hex", {"as": "hex"}),
        ("-h", {"print": "h"}),
        ("-hb", {"print": "b"}),
        ("-phb", {"print": "hb"}),
        ("-p=hb", {"print": "hb"}),
        ("-p hb", {"print": "hb"}),
        ("-vphb", {"as": "verbose", "print": "hb"}),
        ("-vF", {"as": "verbose", "follow": True}),
        ("-qqq", {"quiet": 3}),
        ("-q --quiet", {"quiet": 2}),
        ("--resolve a:1:::1 --resolve=b:2:1.2.3.4", {"resolve": ("a:1:::1", "b:2:1.2.3.4")}),
        ("--unescape", {"unescape": True}),
        ("--no-unescape", {"unescape": False}),
        ("--no-unescape --unescape", {"unescape": True}),
        ("--no-check", {"check-status": False}),
        ("-F --no-follow", {"follow": False}),
        ("--as raw --no-as", {"as": "pretty"}),
        ("-v --no-verbose", {"as": "pretty"}),
        ("--as hex --no-verbose", {"as": "hex"}),
        ("-qq --no-quiet", {"quiet": 0}),
        ("-qq --no-quiet -q", {"quiet": 1}),
        ("--resolve a:1:b --no-resolve", {"resolve": ()}),
        ("-4", {"family": "4"}),
        ("-4 -6", {"family": "6"}),
        ("--fol", {"follow": True}),
        ("--tls-mi 1.2", {"tls-min": "1.2"}),
        ("--http", {"http1.0": True}),
        ("--data --", None),
        ("--data=--follow", {"data": "--follow"}),
        ("--data -x", {"data": "-x"}),
        ("--data=", {"data": ""}),
        ("--data a=b=c", {"data": "a=b=c"}),
        ("-o-", {"output": "-"}),
        ("-o=a=b", {"output": "a=b"}),
        ("--max-redirects 0", {"max-redirects": 0}),
        ("--style monokai", {"style": "monokai"}),
        ("--method=GET", {"method": "GET"}),
    ],
)
def test_options(line: str, expected: dict[str, Value] | None) -> None:
    if expected is None:
        refusal(*line.split(), ":80")
        return
    assert parse([*line.split(), ":80"]).options == expected
    assert parse([":80", *line.split()]).options == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("1.5", 1.5), ("30s", 30.0), ("500ms", 0.5), ("2m", 120.0), ("1h", 3600.0), (".5", 0.5), ("3.s", 3.0)],
)
def test_seconds(text: str, seconds: float) -> None:
    assert parse(["--timeout", text, ":80"]).seconds("timeout") == seconds


@pytest.mark.parametrize(
    "text", ["", "s", ".", "-1", "+1", "1e9", "nan", "inf", "1_0", "5x", "1 s", "\u0661", "1.2.3", "9" * 30]
)
def test_no_seconds(text: str) -> None:
    assert "takes seconds" in refusal(f"--timeout={text}", ":80")


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("0", 0),
        ("4096", 4096),
        ("64K", 65536),
        ("64k", 65536),
        ("1MiB", 1048576),
        ("1mib", 1048576),
        ("10MB", 10_000_000),
        ("1.5K", 1536),
        ("2G", 2 * 1024**3),
        ("7B", 7),
    ],
)
def test_sizes(text: str, octets: int) -> None:
    assert parse(["--max-head", text, ":80"]).number("max-head") == octets


@pytest.mark.parametrize("text", ["", "K", "-1", "1e6", "0x10", "1_0K", "1KK", "1Ki", "many"])
def test_no_sizes(text: str) -> None:
    assert "takes a size" in refusal(f"--max-head={text}", ":80")


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1_0", "\u0663", "a"])
def test_no_numbers(text: str) -> None:
    assert "takes a whole number" in refusal(f"--max-redirects={text}", ":80")


# What holds


def test_what_was_typed_is_kept_apart_from_what_holds() -> None:
    typed = parse([":80", "--as", "raw"])
    assert typed.options == {"as": "raw"}
    assert typed.text("as") == "raw"
    assert typed.has("as") and not typed.has("timeout")
    assert typed.seconds_or_none("timeout") is None
    assert typed.seconds("connect-timeout") == DEFAULTS["connect-timeout"]
    assert value(typed, "check-status") is True
    assert typed.text("family") == ""


def test_zero_is_no_limit() -> None:
    typed = parse([":80", "--connect-timeout=0", "--max-decoded=0"])
    assert typed.has("connect-timeout")
    assert typed.seconds_or_none("connect-timeout") is None
    assert typed.number_or_none("max-decoded") is None


def test_layers_lie_under_what_was_typed() -> None:
    typed = parse([":80", "--as", "raw", "--no-style"])._replace(
        layers=({"as": "hex", "style": "bw", "plain": True}, {"plain": False, "timeout": 5.0})
    )
    assert typed.text("as") == "raw"
    assert typed.text("style") == ""
    assert typed.flag("plain") is True
    assert typed.seconds("timeout") == 5.0
    assert typed.has("timeout")


def test_an_unknown_name_is_a_bug_of_the_caller() -> None:
    with pytest.raises(KeyError):
        parse([":80"]).value("nosuch")


# Refusals


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("-k https://localhost/", "-k is curl's; here --verify=no"),
        ("--insecure :80", "--insecure is curl's; here --verify=no"),
        ("-vk :80", "-k is curl's; here --verify=no"),
        ("-L :80", "-L is curl's; here -F (--follow)"),
        ("-XPUT :80", "-X is curl's; here the method before the URL: httpeek PUT URL"),
        ("-X DELETE :80", "-X is curl's; here the method before the URL: httpeek DELETE URL"),
        ("--request PURGE :80", "--request is curl's; here the method before the URL: httpeek PURGE URL"),
        ("-HAccept:x :80", "-H is curl's; here an item: Accept:x"),
        ("-I -O :80", "-O is curl's and wget's; here -o FILE, or httpeek download URL"),
        ("-d a=b :80", "-d fetches a file here, as in HTTPie; curl's -d is --data 'a=b'"),
        ("-x p:3128 http://a", "-x compresses content here, as in HTTPie; curl's -x is --proxy p:3128"),
        ("-x http://p :80", "-x compresses content here, as in HTTPie; curl's -x is --proxy http://p"),
        ("-m 2.5 :80", "-m shows metadata here, as in HTTPie; curl's -m is --max-time 2.5"),
        ("-b a=b :80", "-b shows the content alone here, as in HTTPie; curl's -b is an item: Cookie:a=b"),
        ("-u me:secret :80", "-u is curl's; here -a USER[:PASS]"),
        ("--head :80", "--head is curl's; here the method HEAD before the URL: httpeek HEAD URL"),
        ("--no-check-certificate :80", "--no-check-certificate is wget's; here --verify=no"),
        ("--json {} :80", "--json takes no value here, as in HTTPie: write --data '{}'"),
        ("-F a=b :80", "-F follows redirects here: write -f before the URL, and a=b behind it"),
        ("--form a=b :80", "--form takes no value here: write -f before the URL, and a=b behind it"),
        (
            "--compressed :80",
            "--compressed is curl's; here nothing: gzip, deflate, br and zstd are asked for and taken off anyway",
        ),
        ("--compress=lzma :80", "--compress=lzma is unknown; it takes deflate, gzip, br, zstd, or no value"),
        ("-x=lzma :80", "-x=lzma is unknown; it takes deflate, gzip, br, zstd, or no value"),
        ("-i :80", "-i is an option of httpeek download, not of a request; curl's -i is -p hb here"),
        ("--location :80", "--location is curl's; here -F (--follow)"),
        ("--user a:b :80", "--user is curl's; here -a USER[:PASS]"),
        ("-sS :80", "no style is called S; if -s is meant as curl's, here it is -q"),
        ("-s :80", "-s takes the name of a style, not :80; curl's -s is -q here"),
        ("--folow :80", "--folow is no option; did you mean --follow?"),
        ("--no-unescpae :80", "--no-unescpae is no option; did you mean --no-unescape?"),
        ("--zzzzzz :80", "--zzzzzz is no option; httpeek --help lists them"),
        ("--zzzzzz=a :80", "--zzzzzz is no option; httpeek --help lists them"),
        ("-Z :80", "-Z is no option; httpeek --help lists them"),
        ("-vZ :80", "-Z is no option (in -vZ); httpeek --help lists them"),
        ("-verbose :80", "-verbose needs two dashes: --verbose"),
        ("--max-r 3 :80", "--max-r could be --max-redirects or --max-ratio"),
        (
            "--as prety :80",
            "--as=prety is unknown; did you mean pretty? It takes pretty, verbose, raw, hex, json, har, curl",
        ),
        ("--as", "--as needs a value: pretty, verbose, raw, hex, json, har, curl"),
        ("-o --follow :80", "-o needs a value: FILE (if it is --follow, write -o--follow)"),
        ("--follow=yes :80", "--follow takes no value"),
        ("--no-follow=1 :80", "--no-follow takes no value"),
        ("-v=1 :80", "-v takes no value"),
        ("-p x :80", "-p takes letters of HBhbm, no x"),
        ("--print= :80", "--print takes letters of HBhbm, at least one"),
        ("--bind :0 :80", "--bind is an option of httpeek serve, not of a request"),
        ("--bind :0 srve", "--bind is an option of httpeek serve; did you mean httpeek serve?"),
        ("serve --follow", "--follow is an option of a request or httpeek download, not of httpeek serve"),
        ("serve -h", "-h is --headers, as in HTTPie; for help: httpeek serve --help"),
        ("talk", "httpeek talk needs HOST:PORT; httpeek talk --help says more"),
        ("talk a b", "httpeek talk takes one HOST:PORT; b is too much (what is sent comes from stdin)"),
        ("show a b", "httpeek show takes [RECORD]; b is too much"),
        ("show -2", "a record is written with @ before it: @-2"),
        ("completion", "httpeek completion needs SHELL; httpeek completion --help says more"),
        ("completion powershell", "httpeek completion takes one of bash, zsh, fish, not powershell"),
        ("GET", "a URL is missing after GET; for a host of that name write GET/"),
        ("", "a URL is missing: httpeek [METHOD] URL [ITEM ...]; httpeek --help says more"),
        ("-v", "a URL is missing: httpeek [METHOD] URL [ITEM ...]; httpeek --help says more"),
        ("--method= :80", "--method is empty"),
        ("--method get GET :80", "the method is given twice: --method=get and GET"),
        ("--raw=abc :80", "--raw is a view here, not HTTPie's body: write --data 'abc'"),
        ('--raw {"a":1} :80', "--raw is a view here, not HTTPie's body: write --data '{\"a\":1}'"),
        ("--no-help :80", "--no-help is no option; httpeek --help lists them"),
    ],
)
def test_refusals(line: str, sentence: str) -> None:
    assert refusal(*line.split()) == sentence


def test_an_option_after_raw_is_no_body() -> None:
    assert parse(["--raw", "--color=never", ":80"]).text("color") == "never"


def test_a_header_of_curl_is_answered_with_the_item() -> None:
    assert refusal("-H", "X-A: b c", ":80") == "-H is curl's; here an item: X-A:'b c'"
    assert refusal("-H", "it's", ":80") == "-H is curl's; here an item: Name:value"


@pytest.mark.parametrize("body", ['{"a": 1}', "[1, 2]", '"text"', "some text", "<a/>", "a=b", '["a=b"]'])
def test_a_body_after_raw_is_answered_with_data(body: str) -> None:
    assert "write --data" in refusal("--raw", body, "POST", ":80")


@pytest.mark.parametrize("body", ['{"a": 1}', "[1, 2]", '"text"', "some text", "<a/>"])
def test_a_body_after_raw_at_the_end_is_answered_with_data(body: str) -> None:
    assert "write --data" in refusal("POST", ":80", "--raw", body)


@pytest.mark.parametrize(
    "words",
    [
        ["--raw", "GET", ":80"],
        ["--raw", ":80/?a=b"],
        ["--raw", "http://localhost/a b"],
        ["--raw", "[::1]:80"],
        ["--raw", "localhost?a=b"],
        [":80", "--raw", "a=b c"],
        [":80", "--raw", "a:b c"],
        [":80", "--raw", "[]=x"],
        [":80", "--raw", "[0][a]=x y"],
    ],
)
def test_a_url_or_an_item_after_raw_is_none_of_that(words: list[str]) -> None:
    assert parse(words).text("as") == "raw"


@pytest.mark.parametrize("word", RESERVED)
def test_a_reserved_word_is_never_a_host(word: str) -> None:
    assert refusal(word) == f"{word} is a word that httpeek keeps for itself; for a host of that name write {word}/"
    assert parse([f"{word}/"]).url == f"{word}/"


def test_help_asks_for_nothing_else() -> None:
    assert parse(["talk", "--help"]).flag("help")
    assert parse(["--help"]).flag("help")
    assert parse(["completion", "--version"]).flag("version")


@pytest.mark.parametrize("habit", habits.HABITS, ids=lambda habit: habit.spellings[0])
def test_every_habit_is_answered(habit: habits.Habit) -> None:
    for spelling in habit.spellings:
        assert refusal(spelling, "GET", ":80").startswith(f"{spelling} is {habit.whose}; here ")


def test_the_nearest_command() -> None:
    assert habits.nearest_command("serv") == "serve"
    assert habits.nearest_command("shwo") == "show"
    assert habits.nearest_command("help") == "--help"
    assert habits.nearest_command("localhost") == ""
    assert habits.nearest_command("") == ""


@pytest.mark.parametrize(
    ("one", "other", "steps"), [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3), ("as", "as", 0)]
)
def test_edits(one: str, other: str, steps: int) -> None:
    assert edits(one, other) == steps == edits(other, one)


# Properties

WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([f"--{option.name}" for option in OPTIONS]),
    st.sampled_from([f"-{option.short}" for option in OPTIONS if option.short]),
    st.sampled_from([command.name for command in COMMANDS]),
    st.sampled_from(["--", "-", "=", "GET", ":80", "a:b", "--as=raw", "-phb", "1", "--no-as", "-\x1b", "\udc80"]),
    st.text(alphabet="-=abehimnopqrstvFIS46", max_size=8).map(lambda text: f"-{text}"),
)


@given(st.lists(WORDS, max_size=8))
def test_any_words_are_typed_or_refused_in_one_printable_sentence(words: list[str]) -> None:
    try:
        typed = parse(words)
    except HttpeekError as error:
        assert error.code == USAGE
        assert error.failure.sentence.isprintable()
        assert error.failure.sentence.strip() == error.failure.sentence
        return
    assert isinstance(typed, Typed)
    assert set(typed.options) <= set(DEFAULTS)
    assert all(typed.value(name) is not None or default is None for name, default in DEFAULTS.items())


@given(st.permutations(["-v", "--follow", "--timeout=5", "-qq"]), st.integers(0, 4))
def test_options_stand_anywhere_among_the_words(given_options: list[str], place: int) -> None:
    words = [*given_options[:place], "GET", *given_options[place:], ":80", "a:b"]
    typed = parse(words)
    assert (typed.method, typed.url, typed.items) == ("GET", ":80", ("a:b",))
    assert typed.options == {"as": "verbose", "follow": True, "timeout": 5.0, "quiet": 2}


@given(
    st.sampled_from(
        [o for o in OPTIONS if "" in o.commands and not o.takes_value and o.name not in ("help", "version")]
    )
)
def test_every_shortest_abbreviation_is_the_option(option: object) -> None:
    name = str(getattr(option, "name", ""))
    here = [o.name for o in OPTIONS if "" in o.commands]
    for end in range(1, len(name) + 1):
        cut = name[:end]
        matching = [other for other in here if other.startswith(cut)]
        # curl's --head is no short form of --headers.
        taken = [o.name for o in OPTIONS] + [spelling[2:] for habit in habits.HABITS for spelling in habit.spellings]
        # --next is a word between two requests, and no option that could be cut short.
        if matching == [name] and cut not in taken and name != "next":
            also = ["-d"] if getattr(option, "group", "") == "Download" else []
            assert parse([*also, f"--{cut}", ":80"]).options == parse([*also, f"--{name}", ":80"]).options
