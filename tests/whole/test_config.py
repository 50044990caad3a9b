"""The config file: defaults, sections for hosts, what undoes them, and what is said of a wrong line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from httpeek.cli.options import OPTIONS
from tests.support import Peer, Program, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def write(home: Path, text: str) -> Path:
    """The config file with this text."""
    path = home / ".config" / "httpeek" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def said(httpeek: Program, *words: str) -> dict[str, list[str]]:
    """What `httpeek config` tells: by name, the value and its origin."""
    done = httpeek("config", *words)
    assert (done.code, done.err) == (0, "")
    return {
        name: rest.split(None, 1) for name, rest in (line.split(None, 1) for line in done.out.decode().splitlines())
    }


def test_a_default_of_the_file_holds_and_a_word_undoes_it(httpeek: Program, tmp_path: Path) -> None:
    write(tmp_path, 'as = "raw"\nprint = "h"\n')
    with replying(OK, OK, OK, OK) as peer:
        raw = httpeek(peer.url)
        pretty = httpeek("--as=pretty", peer.url)
        undone = httpeek("--no-as", "--no-print", peer.url)
        ignored = httpeek("--ignore-config", peer.url)
    assert raw.out == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert pretty.out == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert (undone.out, ignored.out) == (b"ok", b"ok")


@pytest.mark.parametrize(
    "line",
    (
        *('auth = "u:p"', 'auth-type = "digest"', 'session = "s"', 'session-read-only = "s"', 'cookies = "c.txt"'),
        *('proxy = "http://127.0.0.1:1"', 'noproxy = "*"', "timeout = 0.001", "form = true", 'interface = "nosuch"'),
    ),
)
def test_each_default_is_taken_back(line: str, httpeek: Program, tmp_path: Path) -> None:
    write(tmp_path, line + "\n")
    heard: list[bytes] = []
    with Peer((lambda sock: heard.append(sock.recv(65536)), OK)) as peer:
        done = httpeek(f"--no-{line.partition(' ')[0]}", peer.url)
    assert (done.code, done.out, done.err) == (0, b"ok", "")
    assert heard[0].startswith(b"GET / ")
    assert b"Authorization" not in heard[0]


@pytest.mark.parametrize(
    ("line", "words", "sent"),
    [
        ('auth = "u:p"', ("Authorization:mine",), b"Authorization: mine\r\n"),
        ('session = "s"', ("--session-read-only=./t.json",), b""),
        ('cookies = "c.txt"', ("--session=./t.json",), b""),
    ],
)
def test_what_is_typed_goes_before_a_default_that_says_another_thing(
    line: str, words: tuple[str, ...], sent: bytes, httpeek: Program, tmp_path: Path
) -> None:
    write(tmp_path, line + "\n")
    heard: list[bytes] = []
    with Peer((lambda sock: heard.append(sock.recv(65536)), OK)) as peer:
        done = httpeek(peer.url, *words)
    assert (done.code, done.out, done.err) == (0, b"ok", "")
    assert sent in heard[0]
    assert heard[0].count(b"Authorization") == sent.count(b"Authorization")


def test_the_credentials_of_a_url_go_before_those_of_the_file(httpeek: Program, tmp_path: Path) -> None:
    write(tmp_path, 'auth = "u:p"\n')
    assert b"Authorization: Basic eDp5\r\n" in httpeek("--offline", "http://x:y@example.test/").out


def test_a_short_form_of_a_value_is_undone_by_its_name_only(httpeek: Program, tmp_path: Path) -> None:
    write(tmp_path, "verbose = true\n")
    with replying(OK, OK, OK) as peer:
        asked = httpeek(peer.url)
        undone = httpeek("--no-verbose", peer.url)
        other = httpeek("--no-raw", peer.url)
    assert ["> GET / HTTP/1.1" in done.err for done in (asked, undone, other)] == [True, False, True]


def test_the_most_exact_section_of_a_host_goes_first(httpeek: Program, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
timeout = 1

["*.example.org"]
timeout = 2
max-time = "2m"

["api.example.org"]
timeout = 3

["api.example.org:8443"]
timeout = 4
""",
    )
    found = {
        url: said(httpeek, url)["timeout"]
        for url in ("other.test", "example.org", "x.example.org", "https://API.example.org", "api.example.org:8443")
    }
    assert found == {
        "other.test": ["1", f"{path}:2"],
        "example.org": ["1", f"{path}:2"],
        "x.example.org": ["2", f'{path}:5 ["*.example.org"]'],
        "https://API.example.org": ["3", f'{path}:9 ["api.example.org"]'],
        "api.example.org:8443": ["4", f'{path}:12 ["api.example.org:8443"]'],
    }
    assert said(httpeek, "api.example.org:8443")["max-time"] == ["120", f'{path}:6 ["*.example.org"]']


def test_requests_of_one_run_have_each_what_holds_for_their_host(httpeek: Program, tmp_path: Path) -> None:
    with replying(OK) as one, replying(OK) as other:
        write(tmp_path, f'["127.0.0.1:{other.port}"]\n"http1.0" = true\n')
        done = httpeek("--as=json", one.url, "--next", other.url)
    assert [json.loads(line)["request"]["version"] for line in done.out.splitlines()] == ["HTTP/1.1", "HTTP/1.0"]


def test_config_says_where_each_value_comes_from(httpeek: Program, tmp_path: Path) -> None:
    path = write(tmp_path, '# mine\n\nresolve = [\n  "a:80:127.0.0.1",\n]\nverify = false\n')
    found = said(httpeek, "-4", "--max-redirects=5", "--verify=yes")
    assert found["family"] == ["4", "command line"]
    assert found["max-redirects"] == ["5", "command line"]
    assert found["resolve"] == ["a:80:127.0.0.1", f"{path}:3"]
    assert found["verify"] == ["yes", "command line"]
    assert found["backlog"] == ["512", "default"]
    assert said(httpeek)["verify"] == ["no", f"{path}:6"]
    environ = httpeek("config", env={"NO_COLOR": "1"}).out.decode()
    assert next(line for line in environ.splitlines() if line.startswith("color ")).split(None, 2)[1:] == [
        "never",
        "environment NO_COLOR=1",
    ]


def test_the_path_of_the_file(httpeek: Program, tmp_path: Path) -> None:
    usual = httpeek("config", "path")
    named = httpeek("config", "path", env={"HTTPEEK_CONFIG": "/x/y.toml"})
    assert (usual.code, usual.out.decode()) == (0, f"{tmp_path}/.config/httpeek/config.toml\n")
    assert named.out == b"/x/y.toml\n"


def test_a_file_named_by_the_environment_has_to_be_there(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('print = "h"\n')
    with replying(OK) as peer:
        there = httpeek(peer.url, env={"HTTPEEK_CONFIG": "mine.toml"})
    gone = httpeek("/get", env={"HTTPEEK_CONFIG": "gone.toml"})
    assert there.out.startswith(b"HTTP/1.1 200 OK")
    assert (gone.code, gone.err) == (2, "httpeek: (2) gone.toml cannot be read: no such file or directory\n")


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("\ntiemout = 3\n", 2, "tiemout is no option; did you mean timeout?"),
        ("timeout = 3\nas = 'prety'\n", 2, "as=prety is unknown; did you mean pretty? It takes "),
        ("timeout = 'soon'\n", 1, "timeout takes seconds (1.5, 30s, 500ms, 2m), not soon"),
        ("follow = 1\n", 1, "follow is true or false"),
        ("max-redirects = 'many'\n", 1, "max-redirects takes a whole number, not many"),
        ("style = 3\n", 1, "style takes a text in quotes: NAME"),
        ("data = 'x'\n", 1, "data belongs on the command line: it is no default for every request"),
        ("offline = true\n", 1, "offline belongs on the command line: it is no default for every request"),
        ("[example.org]\ntimeout = 1\n", 1, 'the name of a section stands in quotes: ["example.org"]'),
        ("follow = true\n[output]\nx = 1\n", 2, "output is an option and no section; a section is named after a host"),
        ('["a/b"]\n', 1, '["a/b"] is no host: ["example.org"], ["*.example.org"] or ["example.org:8443"]'),
        ('["a"]\n\nworkers = 3\n', 3, "workers has nothing to do with a host; it stands above the first section"),
        ('["a"]\nresolve = [\n"x",\n]\ntimout = 3\n', 5, "timout is no option; did you mean timeout?"),
        ("a b\n", 1, "expected '=' after a key in a key/value pair"),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int, sentence: str, httpeek: Program, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    done = httpeek("/get")
    assert done.code == 2
    assert done.err.startswith(f"httpeek: (2) {path}:{line}: {sentence}")


def test_a_view_in_the_file_asks_for_no_record(httpeek: Program, tmp_path: Path) -> None:
    write(tmp_path, "verbose = true\n")
    done = httpeek("show")
    assert (done.code, done.out) == (0, b"no records of this terminal; httpeek show --all lists those of all\n")


def test_the_server_takes_its_part(httpeek: Program, tmp_path: Path) -> None:
    path = write(tmp_path, 'workers = 3\nmodel = "sngle"\n')
    assert httpeek("serve").err.startswith(f"httpeek: (2) {path}:2: model=sngle is unknown; did you mean single?")


def test_the_page_names_all_that_may_not_stand_there() -> None:
    page = (Path(__file__).parents[2] / "docs" / "config.md").read_text()
    sentence = page.partition("What is no default for every request may not stand there: ")[2].partition(". ")[0]
    named = {word.strip("`,\n ") for word in sentence.split()}
    once = {"help", "version", "next", "ignore-config"}
    assert named == {option.name for option in OPTIONS if not option.config} - once


def test_a_proxy_of_the_file_is_said_to_be_the_files(httpeek: Program) -> None:
    place = httpeek.home / ".config" / "httpeek"
    place.mkdir(parents=True)
    (place / "config.toml").write_text('proxy = "http://127.0.0.1:1"\n')
    done = httpeek("http://127.0.0.1:1/")
    assert "the proxy http://127.0.0.1:1 (proxy of the config file)" in done.err
    assert "(--proxy)" in httpeek("--proxy=http://127.0.0.1:1", "http://127.0.0.1:1/").err
