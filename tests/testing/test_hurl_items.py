"""Files of checks under pytest, as somebody sees them who has httpeek installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from httpeek.testing.server import TestServer
from tests.support import replying

pytest_plugins = ["pytester"]

SUITE = """\
GET {{host}}/cookies/set?sid=abc
HTTP 302
[Captures]
where: header "Location"
secret: cookie "sid" redact

GET {{host}}{{where}}
HTTP 200
[Asserts]
jsonpath "$.cookies.sid" == "abc"
connection.reused == true

POST {{host}}/anything
{"name": "Bo"}
HTTP 200
[Asserts]
jsonpath "$.json.name" == "Bob"
"""


@pytest.fixture
def server(httpeek_server: TestServer) -> TestServer:
    return httpeek_server


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the environment of these tests reaches those that they run."""
    for name in ("GITHUB_ACTIONS", "PYTEST_ADDOPTS", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def hurl(pytester: pytest.Pytester, text: str = SUITE, name: str = "users.hurl") -> Path:
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_an_entry_is_an_item_and_they_share_cookies_captures_and_connection(
    pytester: pytest.Pytester, server: TestServer
) -> None:
    hurl(pytester)
    done = pytester.runpytest("-v", "--httpeek-variable", f"host={server.url}")
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(
        [
            "users.hurl::1 GET /cookies/set PASSED*",
            "users.hurl::2 GET {{host}}{{where}} PASSED*",
            "users.hurl::3 POST /anything FAILED*",
            "FAIL users.hurl  entry 3 of 3",
            "  --> users.hurl:17:*",
            '  17 | jsonpath "$.json.name" == "Bob"',
            '*actual string "Bo", expected string "Bob"',
            "  > POST http://127.0.0.1:*/anything * > 127.0.0.1:*",
            "  < HTTP/1.1 200 OK",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.no_fnmatch_line("*collected.py*")


def test_without_an_earlier_entry_its_captures_have_no_value_and_the_failure_says_so(
    pytester: pytest.Pytester, server: TestServer
) -> None:
    hurl(pytester)
    done = pytester.runpytest("-k", "where or anything", "--httpeek-variable", f"host={server.url}")
    done.assert_outcomes(failed=2, deselected=1)
    done.stdout.fnmatch_lines(
        ['*the variable "where" has no value*', "  entry 1, which captures it, was not run in this process"]
    )


def test_an_item_can_be_named(pytester: pytest.Pytester, server: TestServer) -> None:
    hurl(pytester)
    done = pytester.runpytest("users.hurl::1 GET /cookies/set", "--httpeek-variable", f"host={server.url}")
    done.assert_outcomes(passed=1)


def test_an_entry_that_fails_does_not_keep_the_next_from_being_run(
    pytester: pytest.Pytester, server: TestServer
) -> None:
    hurl(pytester, f"GET {server.url}/status/500\nHTTP 200\n\nGET {server.url}/get\nHTTP 200\n")
    pytester.runpytest().assert_outcomes(passed=1, failed=1)
    pytester.runpytest("-x").assert_outcomes(failed=1)


def test_variables_come_from_the_environment_the_ini_file_and_the_command_line(
    pytester: pytest.Pytester, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurl(pytester, 'GET {{host}}/anything?a={{a}}&b={{b}}&c={{c}}\nHTTP 200\n[Asserts]\njsonpath "$.args.a" == "1"\n'
         'jsonpath "$.args.b" == "2"\njsonpath "$.args.c" == "3"\nvariable "c" == 3\n')  # fmt: skip
    pytester.makeini(f"[pytest]\nhttpeek_variables =\n    host={server.url}\n    a=9\n    b=2\n")
    monkeypatch.setenv("HURL_c", "3")
    monkeypatch.setenv("HURL_b", "8")
    pytester.runpytest("--httpeek-variable=a=1").assert_outcomes(passed=1)


def test_a_variable_without_a_value_is_told_at_once(pytester: pytest.Pytester) -> None:
    hurl(pytester, "GET http://127.0.0.1:1/\n")
    done = pytester.runpytest("--httpeek-variable=nonsense")
    done.stderr.fnmatch_lines(["*--httpeek-variable nonsense is not NAME=VALUE*"])
    assert done.ret == pytest.ExitCode.USAGE_ERROR


def test_a_secret_is_not_shown(pytester: pytest.Pytester, server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hurl(pytester, f'POST {server.url}/anything\nX-A: {{{{pin}}}}\nHTTP 200\n[Asserts]\njsonpath "$.headers" == "x"\n')
    monkeypatch.setenv("HURL_SECRET_pin", "hunter-two")
    done = pytester.runpytest()
    done.assert_outcomes(failed=1)
    done.stdout.no_fnmatch_line("*hunter-two*")


def test_mistakes_are_errors_of_the_collection_with_their_places(pytester: pytest.Pytester) -> None:
    hurl(pytester, "GET http://a/\nHTTP 2xx\n")
    done = pytester.runpytest()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*--> users.hurl:2:7*", "*2 | HTTP 2xx*"])
    done.stdout.no_fnmatch_line("*Traceback*")


def test_octets_that_are_no_text_are_a_mistake(pytester: pytest.Pytester) -> None:
    (pytester.path / "a.hurl").write_bytes(b"GET http://a/\xff\n")
    done = pytester.runpytest()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*0xff is not UTF-8*"])


def test_a_skipped_entry_is_skipped(pytester: pytest.Pytester) -> None:
    hurl(pytester, "GET http://127.0.0.1:1/\n[Options]\nskip: true\n")
    pytester.runpytest().assert_outcomes(skipped=1)


def test_a_request_that_fails_is_a_failure_with_its_sentence(pytester: pytest.Pytester) -> None:
    hurl(pytester, "GET http://127.0.0.1:1/\n")
    done = pytester.runpytest()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*127.0.0.1:1 refused the connection*", "*--> users.hurl:1:5*"])


def test_an_answer_drives_neither_the_terminal_nor_the_runner(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with replying(b"HTTP/1.1 200 OK\r\n\r\n::error::injected\n\x1b[2J") as peer:
        hurl(pytester, f"GET {peer.url}\nHTTP 201\n")
        done = pytester.runpytest()
    done.assert_outcomes(failed=1)
    lines = [line.strip() for line in done.outlines]
    (start,) = (index for index, line in enumerate(lines) if line.startswith("::stop-commands::"))
    end = lines.index("::" + lines[start].removeprefix("::stop-commands::") + "::")
    assert start < lines.index("::error::injected") < end
    assert "\x1b[2J" not in done.stdout.str()


def test_files_are_read_from_beside_the_suite_wherever_pytest_was_started(
    pytester: pytest.Pytester, server: TestServer
) -> None:
    text = f'POST {server.url}/anything\nfile,body.txt;\nHTTP 200\n[Asserts]\njsonpath "$.data" == "hello"\n'
    hurl(pytester, text, "below/a.hurl")
    (pytester.path / "below" / "body.txt").write_text("hello")
    pytester.runpytest("below").assert_outcomes(passed=1)
    pytester.makeconftest("import os\ndef pytest_collection_finish(session): os.chdir('/')")
    pytester.runpytest_subprocess("below").assert_outcomes(passed=1)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="/proc says which sockets are open")
def test_the_connections_of_a_file_end_with_it(pytester: pytest.Pytester, server: TestServer) -> None:
    hurl(pytester, f"GET {server.url}/get\nHTTP 200\n", "a.hurl")
    pytester.makepyfile(
        test_b="""
        import os
        def test_no_socket_is_open():
            names = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")[:-1]]
            assert not [name for name in names if name.startswith("socket:")]
    """
    )
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=2)


@pytest.mark.parametrize("off", ["-p no:httpeek", "-o httpeek_collect=false"])
def test_it_can_be_turned_off(pytester: pytest.Pytester, off: str) -> None:
    hurl(pytester)
    pytester.makepyfile("def test_one(): pass")
    done = pytester.runpytest_subprocess(*off.split())
    done.assert_outcomes(passed=1)


def test_with_xdist_a_file_stays_together_by_loadfile_and_by_loadscope(
    pytester: pytest.Pytester, server: TestServer
) -> None:
    for name in "abc":
        hurl(pytester, SUITE.partition("\nPOST")[0], f"{name}.hurl")
    for dist in ("loadfile", "loadscope"):
        done = pytester.runpytest_subprocess("-n2", "--dist", dist, f"--httpeek-variable=host={server.url}")
        done.assert_outcomes(passed=6)


def test_items_of_a_file_are_a_group(pytester: pytest.Pytester) -> None:
    hurl(pytester)
    pytester.makeconftest("""
        def pytest_collection_finish(session):
            for item in session.items:
                print(item.name, [mark.args for mark in item.iter_markers("xdist_group")])
    """)
    done = pytester.runpytest("--collect-only", "-s")
    done.stdout.fnmatch_lines(["1 GET /cookies/set [[]('users.hurl',)[]]", "3 POST /anything [[]('users.hurl',)[]]"])


def test_a_failure_under_another_distribution_says_what_helps(
    pytester: pytest.Pytester, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    hurl(pytester)
    done = pytester.runpytest("-k", "where", f"--httpeek-variable=host={server.url}")
    done.stdout.fnmatch_lines(["  --dist loadfile keeps the entries of a file in one process"])


def test_nothing_of_checks_is_imported_without_a_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\ndef test_one(): assert not [m for m in sys.modules if m.startswith('httpeek.check')]"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_importing_the_plugin_imports_nothing_beside_pytest() -> None:
    program = (
        "import sys, pytest; old = set(sys.modules); import httpeek.testing.plugin; print(*set(sys.modules) - old)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"httpeek", "httpeek.testing", "httpeek.testing.plugin"}
