"""Where reports are written, and that none shows a secret."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import re
import urllib.parse
from pathlib import Path

import pytest

from httpeek.check.report.written import Wanted, write
from httpeek.check.result import Captured, SuiteResult
from httpeek.model.codes import WRITE_FAILED, HttpeekError
from tests.check.report.made import called, differs, entry, mixed, result, suite
from tests.support import replying


def wanted(folder: Path) -> Wanted:
    return Wanted(
        junit=str(folder / "a" / "b" / "junit.xml"),
        tap=str(folder / "c" / "tap.txt"),
        json=str(folder / "json"),
        html=str(folder / "html"),
        annotate="github",
        summary=str(folder / "summary.md"),
    )


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def test_folders_are_made_and_every_report_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write([mixed()], 1, wanted(tmp_path))
    names = {"junit.xml", "tap.txt", "report.json", "index.html", "1-api-users.hurl.html", "summary.md"}
    assert set(texts(tmp_path)) == names
    assert capsys.readouterr().out.count("::error file=api/users.hurl,") == 2


def test_nothing_wanted_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write([mixed()], 1, Wanted(summary=str(tmp_path / "summary.md")))
    assert texts(tmp_path) == {}
    assert capsys.readouterr().out == ""


def test_a_report_is_of_one_run_and_a_summary_is_added(tmp_path: Path) -> None:
    for _ in range(2):
        write([mixed()], 1, wanted(tmp_path))
    found = texts(tmp_path)
    assert found["junit.xml"].count("<testsuites>") == 1
    assert json.loads(found["report.json"])["totals"]["files"] == 1
    assert found["summary.md"].count("### httpeek check") == 2


def test_a_report_that_cannot_be_written_is_an_error_that_names_it_and_the_others_are_there(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file, and no folder")
    with pytest.raises(HttpeekError) as caught:
        write([mixed()], 1, wanted(tmp_path))
    assert caught.value.code == WRITE_FAILED
    assert f"{tmp_path}/c/tap.txt cannot be written" in caught.value.failure.sentence
    assert {"junit.xml", "report.json", "index.html", "summary.md"} <= set(texts(tmp_path))


def test_a_name_with_a_null_is_no_traceback() -> None:
    with pytest.raises(HttpeekError):
        write([mixed()], 1, Wanted(junit="a\0b"))


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write([mixed()], 1, Wanted(tap=str(pipe)))
        assert os.read(reader, 65536).startswith(b"TAP version 14\n")
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_is_followed_and_rights_are_those_of_the_umask(tmp_path: Path) -> None:
    (tmp_path / "link.xml").symlink_to("real.xml")
    before = os.umask(0o022)
    try:
        write([mixed()], 1, Wanted(junit=str(tmp_path / "link.xml"), tap=str(tmp_path / "tap.txt")))
    finally:
        os.umask(before)
    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "real.xml").read_text().startswith("<?xml")
    assert (tmp_path / "tap.txt").stat().st_mode & 0o777 == 0o644


SECRET = ">>>???s3/'cr&t\"<\\é>?x"


COPIES = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "url": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "percent": urllib.parse.quote(SECRET, safe=""),
    "lower": re.sub("%..", lambda found: found[0].lower(), urllib.parse.quote(SECRET, safe="")),
    "html": html.escape(SECRET),
    "json": json.dumps(SECRET, ensure_ascii=False)[1:-1],
}
"""The spellings that a server may send a secret back in, made by other means than ours."""


def leaky() -> SuiteResult:
    """A run that shows a given secret and one that stands where secrets stand in every place and spelling."""
    content = "\n".join(COPIES.values()) + '\n{"access_token": "tok-abcdef-123"} again tok-abcdef-123'
    reply = f"HTTP/1.1 200 {COPIES['base64']}\r\nX-Echo: {SECRET}\r\nSet-Cookie: sid=c00kie-value\r\n\r\n"
    with replying((reply + content).encode()) as peer:
        fields = ((b"Authorization", b"Bearer bear-er-9876"), (b"X-Mine", SECRET.encode()))
        made = called("GET", f"{peer.url}/{urllib.parse.quote(SECRET, safe='')}?api_key=key-in-query-77", fields)
    of = suite(f'GET http://localhost/\n# {SECRET}\nHTTP 200\n[Asserts]\nheader "X" == "tok-abcdef-123"\n', "a.hurl")
    shown = " ".join(COPIES.values())
    finding = differs(f"{shown} tok-abcdef-123 c00kie-value", 5)._replace(source=f"{shown} bear-er-9876", title=shown)
    captures = (Captured("a", shown), Captured("my_token", "tok-abcdef-123"), Captured("s", SECRET, True))
    listed = Captured("list", {"x": [SECRET, SECRET.encode()]})
    one = entry(of, 1, finding, made=made)._replace(captures=(*captures, listed))
    # An entry further on whose own exchange tells nothing.
    later = entry(of, 1, differs("tok-abcdef-123"), made=called("GET", "http://127.0.0.1:1/"))
    return result(of, one, later, secrets=frozenset({SECRET}))


def test_no_report_shows_a_secret_in_any_spelling(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write([leaky()], 1, wanted(tmp_path))
    found = texts(tmp_path)
    found["stdout"] = capsys.readouterr().out
    assert len(found) == 7
    hidden = ["tok-abcdef-123", "c00kie-value", "bear-er-9876", "key-in-query-77"]
    hidden += COPIES.values()
    for name, text in found.items():
        assert [secret for secret in hidden if secret in text] == [], name
    for name in ("junit.xml", "tap.txt", "report.json", "1-a.hurl.html"):
        assert "masked" in found[name], name


def test_a_secret_in_a_coded_answer_or_in_a_name_is_not_shown_either(tmp_path: Path) -> None:
    content = gzip.compress(b'{"echo": "hunter-two"}')
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    with replying(reply) as peer:
        coded = called("GET", peer.url)
    named = called("GET", "http://hunter-two:x@hunter-two.invalid/hunter%2Dtwo")
    of = suite()
    entries = (entry(of, 1, differs(), made=coded), entry(of, 2, differs(), made=named))
    write([result(of, *entries, secrets=frozenset({"hunter-two"}))], 1, wanted(tmp_path))
    for name, text in texts(tmp_path).items():
        assert "hunter-two" not in text, name
    assert base64.b64encode(content).decode() not in texts(tmp_path)["report.json"]


def test_reveal_shows_them(tmp_path: Path) -> None:
    write([leaky()], 1, wanted(tmp_path)._replace(reveal=True))
    assert "tok-abcdef-123" in texts(tmp_path)["report.json"]


def test_equal_secrets_have_equal_masks_under_one_key(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write([leaky()], 1, Wanted(tap=str(tmp_path / name), key=b"k" * 32))
    masks = [
        {word for word in (tmp_path / name).read_text().split() if word.startswith("#") and word.endswith('>"')}
        for name in ("one", "two")
    ]
    assert masks[0] == masks[1] != set()
