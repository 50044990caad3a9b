"""`httpeek check` as a person runs it: one line, files, exit codes; nothing is sent where something is wrong."""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.server.embedded import Embedded
from tests.support import LIMIT, Peer, Program, environment, read_head, replying

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    """The address of a companion."""
    server = Embedded()
    yield server.address
    server.close()


@pytest.fixture
def silent() -> Iterator[tuple[str, list[int]]]:
    """A server that answers nobody: its address, and a list that grows with each connection."""
    accepted: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                accepted.append(1)
                sock.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", accepted
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def suite(home: Path, name: str, text: str) -> str:
    (home / name).write_text(text)
    return name


# One line


def test_without_an_expression_a_status_of_2xx_passes(httpeek: Program, companion: str) -> None:
    done = httpeek("check", f"{companion}/status/204")
    assert done.code == 0
    assert re.match(rb"PASS GET http://127.0.0.1:\d+/status/204  1 check  \d+ ms\n", done.out)


@pytest.mark.parametrize("status", [199 + 201, 404, 500, 503])
def test_without_an_expression_another_status_fails(httpeek: Program, companion: str, status: int) -> None:
    done = httpeek("check", f"{companion}/status/{status}")
    assert done.code == 10
    assert f"actual integer {status}" in done.out.decode()


def test_without_an_expression_a_redirect_fails_and_names_where_it_leads(httpeek: Program, companion: str) -> None:
    done = httpeek("check", f"{companion}/redirect/1")
    assert done.code == 10
    assert "it leads to /get" in done.out.decode()
    assert httpeek("check", "-F", f"{companion}/redirect/1").code == 0


def test_without_an_expression_a_fatal_violation_fails(httpeek: Program, companion: str) -> None:
    assert httpeek("check", f"{companion}/fault/chunk-cut").code == 18


def test_every_expression_that_does_not_hold_is_listed_with_types(httpeek: Program, companion: str) -> None:
    done = httpeek(
        "check", f"{companion}/get", "a==1", "status == 201", "jsonpath $.args.a == 1", 'jsonpath "$.args.a" == "1"'
    )
    assert done.code == 10
    text = done.out.decode()
    assert "status == 201" in text
    assert "actual integer 200, expected integer 201" in text
    assert 'actual string "1", expected integer 1' in text
    assert '"$.args.a" == "1"' not in text
    assert f"> GET http://{companion}/get?a=1   127.0.0.1:" in text
    assert "< HTTP/1.1 200 OK" in text


def test_items_methods_and_options_are_those_of_a_request(httpeek: Program, companion: str) -> None:
    done = httpeek(
        *("check", "PUT", f"{companion}/anything", "a=1", "X-B:2", "--item=c:=3"),
        *('jsonpath "$.json.c" == 3', "jsonpath $.method == PUT", 'jsonpath "$.json.b" not exists'),
        *("-e", 'jsonpath "$.headers[\'X-B\']" == "2"'),
    )
    assert done.code == 0, done.out
    assert b"4 checks" in done.out


def test_an_expression_that_is_forced_has_to_be_one(httpeek: Program, silent: tuple[str, list[int]]) -> None:
    address, accepted = silent
    done = httpeek("check", f"{address}/", "-e", "method", "status == 200")
    assert done.code == 2
    assert accepted == []


def test_a_query_item_that_looks_like_an_expectation_is_answered_with_the_right_spelling(
    httpeek: Program, silent: tuple[str, list[int]]
) -> None:
    address, accepted = silent
    done = httpeek("check", f"{address}/", "status==200")
    assert done.code == 2
    assert "write 'status == 200'" in done.err
    assert accepted == []


@pytest.mark.parametrize(
    "expression", ["status = 200", "status ==", "status equals 200", "jsonpath", "status matches /(?=a)/"]
)
def test_a_mistake_in_an_expression_sends_nothing(
    httpeek: Program, silent: tuple[str, list[int]], expression: str
) -> None:
    address, accepted = silent
    done = httpeek("check", f"{address}/", "-e", expression)
    assert done.code == 2
    assert "EXPR:1:" in done.err
    assert accepted == []


@pytest.mark.parametrize("url", ["/health", "http:///health", "http://:8080x/"])
def test_a_url_without_a_host_never_passes(httpeek: Program, url: str) -> None:
    assert httpeek("check", url).code == 2


def test_the_companion_answers_where_that_is_asked_for(httpeek: Program) -> None:
    assert httpeek("check", "--companion", "/status/200", "status == 200").code == 0


def test_a_transport_fault_keeps_its_own_code(httpeek: Program) -> None:
    done = httpeek("check", "127.0.0.1:1/", "status == 200")
    assert done.code == 7
    assert "refused the connection" in done.out.decode()


def test_nothing_to_check_is_wrong_usage(httpeek: Program) -> None:
    assert httpeek("check").code == 2


# Waiting


def test_wait_asks_until_it_holds_and_tells_each_change_of_state_once(httpeek: Program) -> None:
    busy = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with replying(busy, busy, busy, OK) as peer:
        done = httpeek("check", peer.url, "status == 200", "--wait", "20s")
    assert done.code == 0
    assert done.err.count("not yet") == 1
    assert "503" in done.err


def test_a_state_says_what_could_not_be_read_and_with_which_status(httpeek: Program) -> None:
    def said(status: str, content: bytes) -> bytes:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        return head.encode() + content

    up = said("200 OK", b'{"db": "up"}')
    with replying(said("200 OK", b"<html>"), said("503 Busy", b"{}"), up) as peer:
        done = httpeek("check", peer.url, "jsonpath $.db == up", "--wait", "20s")
    assert done.code == 0
    first, second = done.err.splitlines()
    assert "not yet: jsonpath $.db == up: the content is not JSON" in first
    assert second.endswith('actual none, expected string "up" (the status is 503)')


def test_wait_ends_with_the_last_reason(httpeek: Program) -> None:
    done = httpeek("check", "127.0.0.1:1/", "--wait", "400ms")
    assert done.code == 7
    assert done.err.count("not yet: 127.0.0.1:1 refused the connection") == 1


def test_wait_names_itself_where_it_cut_the_last_attempt_short(httpeek: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = httpeek("check", f"127.0.0.1:{listener.getsockname()[1]}/", "--wait", "100ms")
    assert done.code == 28
    assert b"the exchange had not ended when --wait did, before the first byte" in done.out
    assert "--max-time" not in done.err


def test_the_last_attempt_of_wait_has_time_for_an_answer(httpeek: Program) -> None:
    def late(sock: socket.socket) -> None:
        select.select([], [], [], 0.2)

    with Peer([read_head, late, OK]) as peer:
        assert httpeek("check", peer.url, "--wait", "50ms").code == 0


def test_content_without_end_is_not_held_without_end(httpeek: Program, companion: str) -> None:
    done = httpeek("check", f"{companion}/bytes/2000000", "--max-decoded", "1MiB")
    assert done.code == 63
    assert b"larger than 1048576 bytes (--max-decoded)" in done.out
    names = ("check", suite(httpeek.home, "big.hurl", f"GET http://{companion}/bytes/2000000\n" * 2))
    done = httpeek(*names, "--max-decoded", "1MiB", "--continue-on-error")
    assert done.code == 10
    assert done.out.count(b"larger than 1048576 bytes") == 2
    assert httpeek(*names).code == 0


def test_one_line_is_asked_again_as_often_as_retry_says(httpeek: Program) -> None:
    busy = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    often = ("--retry", "2", "--retry-interval", "1ms")
    with replying(busy, busy, OK) as peer:
        assert httpeek("check", peer.url, *often).code == 0
    with replying(busy, busy, busy, OK) as peer:
        done = httpeek("check", peer.url, *often)
    assert done.code == 10
    assert b", attempt 3\n" in done.out
    assert httpeek("check", "127.0.0.1:1/", *often).code == 7


@pytest.mark.parametrize("word", ["--from-entry=2", "--repeat=3", "--ignore-asserts", "--on-failure=loudly"])
def test_what_means_nothing_for_one_line_is_wrong_usage(
    httpeek: Program, silent: tuple[str, list[int]], word: str
) -> None:
    address, accepted = silent
    done = httpeek("check", f"{address}/", word)
    assert done.code == 2
    assert word.partition("=")[0] in done.err
    assert accepted == []


def test_wait_does_not_repeat_what_cannot_heal(httpeek: Program) -> None:
    assert httpeek("check", "/x", "--wait", "60s").code == 2


# Files


def test_files_pass_and_fail_with_places_and_a_total(httpeek: Program, companion: str) -> None:
    good = suite(
        httpeek.home, "good.hurl", f"GET http://{companion}/get\nHTTP 200\n\nGET http://{companion}/ip\nHTTP *\n"
    )
    bad = suite(
        httpeek.home,
        "bad.hurl",
        f'GET http://{companion}/get?name=Bo\nHTTP 200\n[Asserts]\njsonpath "$.args.name" == "Bob"\n'
        f"status < 300\n\nGET http://{companion}/ip\nHTTP 200\n",
    )
    done = httpeek("check", good, bad)
    assert done.code == 10
    text = done.out.decode()
    assert re.search(r"^PASS good.hurl  2 entries  \d+ ms$", text, re.M)
    assert re.search(r"^FAIL bad.hurl  entry 1 of 2$", text, re.M)
    assert "  --> bad.hurl:4:" in text
    assert '4 | jsonpath "$.args.name" == "Bob"' in text
    assert 'actual string "Bo", expected string "Bob"' in text
    assert re.search(r"^2 files, 4 entries: 2 passed, 1 failed, 1 not run, \d+ ms$", text, re.M)


def test_a_mistake_in_any_file_sends_nothing(httpeek: Program, silent: tuple[str, list[int]]) -> None:
    address, accepted = silent
    good = suite(httpeek.home, "a.hurl", f"GET http://{address}/\n")
    bad = suite(httpeek.home, "b.hurl", f"GET http://{address}/\nHTTP 2xx\n")
    done = httpeek("check", good, bad)
    assert done.code == 2
    assert "b.hurl:2:" in done.err
    assert accepted == []


def test_directories_patterns_and_standard_input(httpeek: Program, companion: str) -> None:
    folder = httpeek.home / "tests" / "deep"
    folder.mkdir(parents=True)
    for name in ("b.hurl", "a.hurl", "c.txt"):
        (folder / name).write_text(f"GET http://{companion}/status/200\nHTTP 200\n")
    text = httpeek("check", "tests/").out.decode()
    assert text.index("a.hurl") < text.index("b.hurl")
    assert "c.txt" not in text
    assert "3 files" in httpeek("check", "--glob", "**/*.txt", "tests/").out.decode()
    done = httpeek("check", "-", stdin=f"GET http://{companion}/status/404\nHTTP 404\n".encode())
    assert done.code == 0
    assert b"PASS -  1 entry" in done.out


@pytest.mark.parametrize("words", [["nowhere.hurl"], ["--glob", "*.none"], ["empty/"], ["empty.hurl"]])
def test_nothing_to_run_is_an_error(httpeek: Program, words: list[str]) -> None:
    (httpeek.home / "empty").mkdir()
    (httpeek.home / "empty.hurl").write_text("# nothing\n")
    assert httpeek("check", *words).code == 2


def test_captures_cookies_and_the_connection_go_through_a_file(httpeek: Program, companion: str) -> None:
    name = suite(
        httpeek.home,
        "chain.hurl",
        f"""GET http://{companion}/cookies/set/a/1
HTTP 302
[Captures]
where: header "Location"

GET http://{companion}{{{{where}}}}
HTTP 200
[Asserts]
jsonpath "$.cookies.a" == "1"
connection.reused == true
""",
    )
    done = httpeek("check", name)
    assert done.code == 0, done.out


def test_variables_come_from_options_files_and_the_environment(httpeek: Program, companion: str) -> None:
    name = suite(
        httpeek.home,
        "variables.hurl",
        'GET http://{{host}}/get?a={{a}}&b={{b}}&c={{c}}\nHTTP 200\n[Asserts]\njsonpath "$.args.a" == "1"\n'
        'jsonpath "$.args.b" == "two"\njsonpath "$.args.c" == "3.5"\nvariable "c" == 3.5\n',
    )
    (httpeek.home / "vars").write_text("# them\nb=two\na=0\n")
    words = ("check", name, "--variables-file", "vars", "--variable", "a=1", "--variable", f"host={companion}")
    done = httpeek(*words, env={"HURL_c": "3.5", "HURL_VARIABLE_b": "zero"})
    assert done.code == 0, done.out + done.err.encode()


def test_an_undefined_variable_is_told_at_its_name(httpeek: Program, silent: tuple[str, list[int]]) -> None:
    address, accepted = silent
    name = suite(httpeek.home, "undefined.hurl", f"GET http://{address}/{{{{nobody}}}}\n")
    done = httpeek("check", name)
    assert done.code == 10
    assert f"undefined.hurl:1:{len(f'GET http://{address}/') + 3}" in done.out.decode()
    assert accepted == []


def test_a_host_that_a_variable_left_empty_is_wrong_usage(httpeek: Program) -> None:
    name = suite(httpeek.home, "host.hurl", "GET {{host}}/health\nHTTP 200\n")
    done = httpeek("check", name, "--variable", "host=")
    assert done.code == 2
    assert "is a variable empty?" in done.out.decode()


def test_secrets_are_in_no_output(httpeek: Program, companion: str) -> None:
    name = suite(
        httpeek.home,
        "secret.hurl",
        f'GET http://{companion}/get?token={{{{token}}}}\nHTTP 200\n[Asserts]\njsonpath "$.args.token" == "other"\n',
    )
    for how in ("brief", "verbose", "raw"):
        done = httpeek("check", name, "--secret", "token=s3cr3t-value", "--on-failure", how)
        assert done.code == 10
        assert b"s3cr3t-value" not in done.out
        assert "s3cr3t-value" not in done.err


@pytest.mark.parametrize("words", [["--continue-on-error"], []])
def test_after_a_failure_the_rest_is_run_where_that_is_asked(
    httpeek: Program, companion: str, words: list[str]
) -> None:
    entry = f"GET http://{companion}/status/404\nHTTP 200\n"
    name = suite(httpeek.home, "two.hurl", entry + "\n" + entry)
    text = httpeek("check", name, *words).out.decode()
    assert ("2 failed" in text) == bool(words)
    assert ("1 not run" in text) != bool(words)


def test_entries_are_chosen_by_number(httpeek: Program, companion: str) -> None:
    texts = [f"GET http://{companion}/status/{status}\nHTTP 200\n" for status in (500, 200, 500)]
    name = suite(httpeek.home, "three.hurl", "\n".join(texts))
    assert httpeek("check", name, "--from-entry", "2", "--to-entry", "2").code == 0
    assert httpeek("check", name, "--from-entry", "2").code == 10
    assert httpeek("check", name, "--from-entry", "3", "--to-entry", "2").code == 2


def test_retry_skip_repeat_and_delay_of_an_entry(httpeek: Program) -> None:
    busy = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    with replying(busy, busy, OK, OK, OK) as peer:
        name = suite(
            httpeek.home,
            "options.hurl",
            f"""GET {peer.url}/skipped
[Options]
skip: true

GET {peer.url}/
[Options]
retry: 5
retry-interval: 1ms
delay: 1ms
HTTP 200

GET {peer.url}/again
[Options]
repeat: 2
HTTP 200
""",
        )
        done = httpeek("check", name)
    assert done.code == 0, done.out
    assert b"1 skipped" in done.out
    assert peer.connections == 5


def test_files_outside_of_the_root_are_refused_before_sending(httpeek: Program, silent: tuple[str, list[int]]) -> None:
    address, accepted = silent
    (httpeek.home / "inside").mkdir()
    (httpeek.home / "secret.txt").write_text("x")
    os.symlink("../secret.txt", httpeek.home / "inside" / "link.txt")
    for path in ("../secret.txt", str(httpeek.home / "secret.txt").replace(" ", "\\ "), "link.txt"):
        name = suite(httpeek.home, "inside/file.hurl", f"POST http://{address}/\nfile,{path};\n")
        done = httpeek("check", name)
        assert done.code == 10, (path, done)
        assert "--file-root" in done.out.decode()
    assert accepted == []


def test_the_jobs_of_several_files_are_told_in_order(httpeek: Program, companion: str) -> None:
    names = [
        suite(httpeek.home, f"{number}.hurl", f"GET http://{companion}/delay/0.{5 - number}\nHTTP 200\n")
        for number in range(1, 5)
    ]
    text = httpeek("check", *names, "--jobs", "4").out.decode()
    assert [line.split()[1] for line in text.splitlines() if line.startswith("PASS")] == names


def test_what_a_peer_sent_does_not_drive_the_terminal(httpeek: Program, companion: str) -> None:
    name = suite(httpeek.home, "escape.hurl", f"GET http://{companion}/fault/escape-in-content\nHTTP 500\n")
    done = httpeek("check", name)
    assert done.code == 10
    assert b"\x1b" not in done.out


def test_an_archive_of_what_failed_is_written(httpeek: Program, companion: str) -> None:
    name = suite(httpeek.home, "har.hurl", f"GET http://{companion}/status/500\nHTTP 200\n")
    httpeek("check", name, "--on-failure", "har:out/deep")
    (path,) = (httpeek.home / "out" / "deep").iterdir()
    assert '"status": 500' in path.read_text()


def test_an_archive_that_cannot_be_written_hides_nothing(httpeek: Program, companion: str) -> None:
    (httpeek.home / "taken").write_text("")
    name = suite(httpeek.home, "har.hurl", f"GET http://{companion}/status/500\nHTTP 200\n")
    done = httpeek("check", name, "--on-failure", "har:taken/deep")
    assert done.code == 10
    assert b"har.hurl.1.har cannot be written: not a directory" in done.out
    assert b"1 file, 1 entry: 0 passed, 1 failed" in done.out


def test_an_interrupt_ends_with_130(httpeek: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        process = subprocess.Popen(
            [sys.executable, "-m", "httpeek", "check", url], env=environment(httpeek.home), stdout=subprocess.PIPE
        )
        try:
            sock, _ = listener.accept()
            sock.recv(1000)
            process.send_signal(2)
            assert process.wait(LIMIT) == 130
            sock.close()
        finally:
            process.kill()
            process.communicate()


def test_an_interrupt_tells_and_reports_what_was_found_until_then(httpeek: Program, companion: str) -> None:
    first = suite(httpeek.home, "first.hurl", f"GET http://{companion}/status/500\nHTTP 200\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        hanging = suite(httpeek.home, "hangs.hurl", f"GET http://{companion}/get\nGET {silent}\nGET {silent}\n")
        process = subprocess.Popen(
            [sys.executable, "-m", "httpeek", "check", first, hanging, first, "--report-junit", "out/junit.xml"],
            cwd=httpeek.home,
            env=environment(httpeek.home),
            stdout=subprocess.PIPE,
        )
        try:
            sock, _ = listener.accept()
            sock.recv(1000)
            process.send_signal(2)
            out = process.communicate(timeout=LIMIT)[0].decode()
            sock.close()
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 130
    assert "FAIL first.hurl" in out
    assert "FAIL hangs.hurl  entry 2 of 3\n  interrupted\n  --> hangs.hurl:2:5" in out
    assert "3 files, 5 entries: 1 passed, 2 failed, 2 not run" in out
    assert 'message="interrupted"' in (httpeek.home / "out" / "junit.xml").read_text()


def test_a_file_asks_for_no_coding_unless_it_says_so(httpeek: Program, companion: str) -> None:
    seen = "jsonpath \"$.headers['Accept-Encoding']\""
    name = suite(
        httpeek.home,
        "coding.hurl",
        f"GET http://{companion}/get\nHTTP 200\n[Asserts]\n{seen} not exists\n\n"
        f"GET http://{companion}/get\n[Options]\ncompressed: true\nHTTP 200\n[Asserts]\n{seen} exists\n",
    )
    assert httpeek("check", name).code == 0


def test_what_failed_is_recorded_and_what_passed_is_not(httpeek: Program, companion: str) -> None:
    assert httpeek("check", f"{companion}/status/200").code == 0
    assert httpeek("show", "@last").code != 0
    assert httpeek("check", f"{companion}/status/418").code == 10
    assert b"418" in httpeek("show", "@last", "-p", "h").out


def test_an_entry_that_is_verbose_is_shown_on_stderr_beside_its_file(httpeek: Program, companion: str) -> None:
    text = f"GET http://{companion}/status/200\n[Options]\nverbose: true\nHTTP 200\n"
    names = [suite(httpeek.home, f"{number}.hurl", text) for number in range(3)]
    done = httpeek("check", *names, "--jobs", "3")
    lines = [line for line in done.err.splitlines() if line[:3] in ("> G", "< H")]
    assert lines == ["> GET /status/200 HTTP/1.1", "< HTTP/1.1 200 OK"] * 3


def test_entries_that_no_file_has_are_nothing_to_run(httpeek: Program, silent: tuple[str, list[int]]) -> None:
    address, accepted = silent
    name = suite(httpeek.home, "one.hurl", f"GET http://{address}/\n")
    done = httpeek("check", name, "--from-entry", "2")
    assert done.code == 2
    assert accepted == []


def test_in_ci_what_looks_like_a_secret_is_masked_unless_it_is_revealed(httpeek: Program, companion: str) -> None:
    words = ("check", f"{companion}/get", "token==tok-0123456789", "status == 201", "jsonpath $.args.token == other")
    assert b"tok-0123456789" in httpeek(*words).out
    assert b"tok-0123456789" not in httpeek(*words, env={"CI": "true"}).out
    assert b"tok-0123456789" in httpeek(*words, "--reveal", env={"CI": "true"}).out
    assert b"tok-0123456789" not in httpeek(*words[:3], env={"CI": "true"}).out


def test_copies_of_a_secret_in_another_spelling_are_masked(httpeek: Program, companion: str) -> None:
    name = suite(httpeek.home, "copies.hurl", f"GET http://{companion}/base64/encode/{{{{key}}}}\nHTTP 500\n")
    done = httpeek("check", name, "--secret", "key=sw0rdfish+sw0rdfish")
    assert done.code == 10
    assert b"c3cwcmRmaXNo" not in done.out
    assert b"sw0rdfish" not in done.out


def test_an_object_has_no_text(httpeek: Program, companion: str) -> None:
    text = f'GET http://{companion}/get\nHTTP 200\n[Captures]\no: jsonpath "$.headers"\n\nGET http://{companion}/{{{{o}}}}\n'
    done = httpeek("check", suite(httpeek.home, "text.hurl", text))
    assert done.code == 10
    assert b'the variable "o" is an object, which has no text' in done.out


def test_a_retry_without_end_is_answered_with_what_to_write(httpeek: Program) -> None:
    done = httpeek("check", "127.0.0.1:1/", "--retry", "-1")
    assert done.code == 2
    assert "--retry takes a whole number, not -1; where it shall have no end, write a large one" in done.err


def test_a_pattern_that_meets_a_link_to_a_folder_above_finds_each_file_once(httpeek: Program, companion: str) -> None:
    (httpeek.home / "below").mkdir()
    (httpeek.home / "below" / "loop").symlink_to("..")
    suite(httpeek.home, "one.hurl", f"GET http://{companion}/get\nHTTP 200\n")
    suite(httpeek.home, "below/two.hurl", f"GET http://{companion}/get\nHTTP 200\n")
    done = httpeek("check", "--glob", "**/*.hurl")
    assert done.code == 0
    assert [line.split()[1] for line in done.out.decode().splitlines()[:-1]] == ["below/two.hurl", "one.hurl"]


def test_a_file_without_a_request_beside_others_is_told(httpeek: Program, companion: str) -> None:
    one = suite(httpeek.home, "one.hurl", f"GET http://{companion}/get\nHTTP 200\n")
    none = suite(httpeek.home, "none.hurl", "")
    done = httpeek("check", one, none)
    assert done.code == 0
    assert "note: there is no request in none.hurl" in done.err
    assert b"PASS none.hurl  0 entries" in done.out
    assert httpeek("check", none).code == 2


def test_standard_input_is_read_once(httpeek: Program, companion: str) -> None:
    done = httpeek("check", "-", "-", stdin=f"GET http://{companion}/get\nHTTP 200\n".encode())
    assert done.code == 2
    assert "standard input (-) can be read once only" in done.err


def test_a_path_that_is_none_is_wrong_usage_before_anything_is_sent(
    httpeek: Program, silent: tuple[str, list[int]]
) -> None:
    address, accepted = silent
    done = httpeek("check", f"{address}/", "jsonpath $.a[ == 1", "--wait", "60s")
    assert done.code == 2
    assert "the JSONPath is not valid" in done.err
    assert "1 | jsonpath $.a[ == 1\n    |          ^^^^" in done.err
    assert httpeek("check", f"{address}/", 'variable x jsonpath "$[?" exists').code == 2
    assert accepted == []


def test_variables_are_filled_into_a_url(httpeek: Program, companion: str) -> None:
    words = ("check", "{{host}}/get?a={{ a }}", 'jsonpath "$.args.a" == "1"', 'variable "a" == 1')
    assert httpeek(*words, "--variable", f"host={companion}", "--variable", "a=1").code == 0
    assert httpeek(*words, "--variable", "host=", "--variable", "a=1").code == 2
    done = httpeek(*words, "--variable", "a=1")
    assert done.code == 2
    assert 'the variable "host" has no value' in done.err
