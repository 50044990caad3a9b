"""Records: what was made can be looked at again, in any view, with nothing sent; secrets do not stay."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from tests.support import Program, replying

OK = b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nok"


def records(program: Program) -> list[Path]:
    return sorted((program.home / "state" / "httpeek" / "records").glob("*.record"))


def test_show_gives_the_last_exchange_raw_with_nothing_sent(httpeek: Program) -> None:
    with replying(OK) as peer:
        httpeek(peer.url)
        assert peer.connections == 1
        done = httpeek("show", "@last", "--as", "raw")
        assert peer.connections == 1
    assert done.out == OK


@pytest.mark.parametrize("view", ["pretty", "verbose", "raw", "hex", "json", "har", "curl"])
def test_a_record_shows_in_every_view_what_the_live_one_showed(httpeek: Program, view: str) -> None:
    with replying(OK) as peer:
        live = httpeek("--as", view, peer.url, "--reveal")
        again = httpeek("show", "--as", view, "@last", "--reveal")
    assert again.out == live.out
    assert live.err.splitlines()[:6] == again.err.splitlines()[:6]


def test_the_list_has_a_line_for_each_run_newest_first(httpeek: Program) -> None:
    with replying(OK, OK) as peer:
        httpeek(peer.url + "/one")
        httpeek("POST", peer.url + "/two", "--data", "x")
    lines = httpeek("show").out.decode().splitlines()
    assert lines[0].split() == ["@", "when", "method", "url", "status", "bytes", "time"]
    assert lines[1].split()[0] == "last" and "POST" in lines[1] and "/two" in lines[1]
    assert lines[2].split()[0] == "-2" and "GET" in lines[2] and "/one" in lines[2]


def test_a_record_is_found_by_the_beginning_of_its_id(httpeek: Program) -> None:
    httpeek("/get")
    name = records(httpeek)[0].name.partition(".")[0]
    assert httpeek("show", name, "--as", "json").code == 0


def test_twenty_runs_are_kept(httpeek: Program) -> None:
    for _ in range(22):
        httpeek("http://127.0.0.1:1/")
    assert len(records(httpeek)) == 20


def test_clear_deletes_them(httpeek: Program) -> None:
    httpeek("/get")
    assert httpeek("show", "--clear").out == b"1 record deleted\n"
    assert records(httpeek) == []


def test_a_record_can_be_read_by_its_owner_only(httpeek: Program) -> None:
    httpeek("/get")
    assert stat.S_IMODE(records(httpeek)[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(records(httpeek)[0].parent.stat().st_mode) == 0o700


def test_the_runtime_directory_is_used_when_it_is_private(httpeek: Program, tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    httpeek("/get", env={"XDG_RUNTIME_DIR": str(runtime)})
    assert len(list((runtime / "httpeek").glob("*.record"))) == 1
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    httpeek("/get", env={"XDG_RUNTIME_DIR": str(open_to_all)})
    assert len(records(httpeek)) == 1


def test_under_ci_and_with_record_off_nothing_is_kept(httpeek: Program) -> None:
    httpeek("--companion", "/get", env={"CI": "true"})
    httpeek("--record", "off", "/get")
    assert records(httpeek) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_directory_that_cannot_be_written_is_a_note_and_no_failure(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    done = httpeek("/get")
    assert done.code == 0
    assert "no record was kept" in done.err


def test_a_state_that_is_no_directory_is_a_note_and_no_failure(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    done = httpeek("/get")
    assert done.code == 0
    assert "no record was kept" in done.err


SECRETS = [
    ("Authorization:Bearer s3cr3t-t0k3n-value", b"s3cr3t-t0k3n-value"),
    ("Authorization:Basic " + base64.b64encode(b"me:opensesame99").decode(), b"opensesame99"),
    ("Cookie:session=abcdef0123456789", b"abcdef0123456789"),
    ("X-Api-Key:key-0123456789", b"key-0123456789"),
    ("X-My-Secret:shh-0123456789", b"shh-0123456789"),
    ("access_token==query-0123456789", b"query-0123456789"),
    ("password=body-0123456789", b"body-0123456789"),
]


@pytest.mark.parametrize(("item", "secret"), SECRETS, ids=[secret.decode() for _, secret in SECRETS])
def test_no_secret_and_no_copy_of_it_stays_in_a_record(httpeek: Program, item: str, secret: bytes) -> None:
    shown = httpeek("POST", "/anything", "a=b", item)
    octets = records(httpeek)[0].read_bytes()
    assert b"<masked " in octets
    for copy in (secret, base64.b64encode(secret)):
        assert copy not in octets
    assert shown.code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("-a", "user:pa55word-of-mine"),
        ("X-Api-Key:pa55word-of-mine",),
        ("--proxy", "http://us:pa55word-of-mine@127.0.0.1:1"),
        ("--proxy", "socks5://us:pa55word-of-mine@127.0.0.1:1"),
    ],
)
def test_no_secret_of_a_request_that_was_never_sent_stays_in_a_record(httpeek: Program, words: tuple[str, ...]) -> None:
    options = words if len(words) > 1 else ()
    assert httpeek(*options, "http://127.0.0.1:1/", *words[len(options) :]).code == 7
    (record,) = httpeek.home.rglob("*.record")
    kept = record.read_bytes()
    for copy in (b"pa55word-of-mine", base64.b64encode(b"user:pa55word-of-mine")):
        assert copy not in kept


def test_stdout_tells_the_truth_and_mask_hides(httpeek: Program) -> None:
    token = "Bearer s3cr3t-t0k3n-value"
    assert token.encode() in httpeek("/headers", f"Authorization:{token}").out
    masked = httpeek("--mask", "/headers", f"Authorization:{token}").out
    assert b"s3cr3t" not in masked
    assert b"<masked 18 bytes #" in masked


def test_equal_secrets_have_equal_masks(httpeek: Program) -> None:
    for _ in range(2):
        httpeek("http://127.0.0.1:1/", "X-Api-Key:key-0123456789")
    httpeek("--mask", "--as", "json", "/headers", "X-Api-Key:key-0123456789")
    found = {o[o.index(b"<masked 14") :][:25] for o in (httpeek("show", f"@-{n}", "-p", "HB").out for n in (2, 3)) if o}
    assert len(found) <= 1


def test_record_full_keeps_what_was_sent(httpeek: Program) -> None:
    httpeek("--record", "full", "/headers", "X-Api-Key:key-0123456789")
    assert b"key-0123456789" in records(httpeek)[0].read_bytes()


def test_a_masked_record_says_that_raw_is_reconstructed(httpeek: Program) -> None:
    httpeek("/headers", "X-Api-Key:key-0123456789")
    done = httpeek("show", "--raw")
    assert b"<masked 14 bytes #" in done.out
    assert "reconstructed" in done.err


def test_a_long_body_is_cut_in_the_record_and_said(httpeek: Program) -> None:
    httpeek("/bytes/5000000")
    assert records(httpeek)[0].stat().st_size < 2_500_000
    done = httpeek("show", "--raw")
    assert "reconstructed" in done.err
    for view in ("pretty", "json", "har", "curl"):
        assert "octets of this exchange were not kept in the record" in httpeek("show", "@last", "--as", view).err


def test_a_command_with_masks_in_it_says_so(httpeek: Program) -> None:
    with replying(OK) as peer:
        httpeek(peer.url, "Authorization:Bearer abcdefgh")
    done = httpeek("show", "@last", "--as=curl")
    assert b"<masked" in done.out
    assert "it does not send the same request" in done.err


def test_a_har_and_json_written_earlier_are_read_back(httpeek: Program, tmp_path: Path) -> None:
    with replying(OK, OK) as peer:
        (tmp_path / "a.har").write_bytes(httpeek("--as", "har", peer.url).out)
        (tmp_path / "a.json").write_bytes(httpeek("--as", "json", peer.url).out)
    for name in ("a.har", "a.json"):
        done = httpeek("show", name, "--raw")
        assert done.out.startswith(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n")
        assert done.out.endswith(b"\r\n\r\nok")
        assert "reconstructed" in done.err
        assert httpeek("show", name, "-p", "b").out == b"ok"


def test_what_is_no_record_is_one_sentence(httpeek: Program, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1, 2]")
    for words in (("show", "x.json"), ("show", "none.har"), ("show", "@-7"), ("show", "@last", "--raw")):
        done = httpeek(*words)
        assert done.code in (2, 26)
        assert len(done.err.splitlines()) == 1
    assert httpeek("show", str(tmp_path)).err == f"httpeek: (2) {tmp_path}: a directory\n"


def test_ci_masks_what_goes_to_stderr_and_not_stdout(httpeek: Program) -> None:
    done = httpeek("-v", "--companion", "/headers", "X-Api-Key:key-0123456789", env={"CI": "true"})
    assert "key-0123456789" not in done.err
    assert "<masked 14 bytes #" in done.err
    assert json.loads(done.out)["headers"]["X-Api-Key"] == "key-0123456789"


@pytest.mark.parametrize("words", [(), ("--chunked",)])
def test_the_content_of_the_request_is_in_the_record_and_in_every_view_of_it(
    httpeek: Program, words: tuple[str, ...]
) -> None:
    with replying(OK) as peer:
        live = httpeek("--as=har", "POST", peer.url, "--data=hello there", *words)
    shown = httpeek("show", "@last", "--as=har")
    machine = json.loads(httpeek("show", "@last", "--as=json").out)
    for har in (live.out, shown.out):
        assert json.loads(har)["log"]["entries"][0]["request"]["postData"]["text"] == "hello there"
    assert machine["request"]["body"]["text"] == "hello there"
    assert httpeek("show", "@last", "-p", "B").out == b"hello there"
    assert b"--data-binary 'hello there'" in httpeek("show", "@last", "--as=curl").out


def test_a_mask_leaves_the_rest_of_the_content_of_a_request(httpeek: Program) -> None:
    with replying(OK) as peer:
        httpeek("--record=full", "POST", peer.url, "--data", '{"name": "bob", "password": "hunter2"}')
    shown = httpeek("show", "@last", "--mask", "-p", "B").out
    assert b"bob" in shown
    assert b"hunter2" not in shown
