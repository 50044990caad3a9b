"""`.netrc` as ftp(1) has it and curl reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpeek.client.netrc import Entry, find, load, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("machine a login u password p", [Entry("a", "u", "p")]),
        ("machine a\n\tlogin u\n\tpassword p account x\n", [Entry("a", "u", "p", "x")]),
        ("machine a password p login u\nmachine b login v", [Entry("a", "u", "p"), Entry("b", "v")]),
        ('machine a login "u v" password "a \\"b\\" \\\\ \\t"', [Entry("a", "u v", 'a "b" \\ \t')]),
        ('machine a password ""', [Entry("a")]),
        ('machine a password p"q', [Entry("a", "", 'p"q')]),
        ("# machine x\nmachine a # login v\nlogin u", [Entry("a", "u")]),
        ("machine a login u password p#q", [Entry("a", "u", "p#q")]),
        ("default login u password p", [Entry("", "u", "p")]),
        ("machine a login u\nmacdef init\nmachine x\nlogin y\n\nmachine b login v", [Entry("a", "u"), Entry("b", "v")]),
        ('machine a password "macdef" login u', [Entry("a", "u", "macdef")]),
        ("login u password p", []),
        ("machine", [Entry("")]),
        ("", []),
    ],
)
def test_words_become_entries(text: str, expected: list[Entry]) -> None:
    assert list(read(text)) == expected


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read(text)


def test_the_first_entry_for_a_host_counts_and_the_default_where_there_is_none() -> None:
    entries = read("machine A login u machine a login v default login w")
    assert [find(entries, host).login for host in ("a", "a.", "b")] == ["u", "u", "w"]  # type: ignore[union-attr]  # all are there
    assert find(entries, "b", default=False) is None


def test_a_login_bearer_makes_a_token_of_the_password() -> None:
    assert Entry("a", "bearer", "t").credentials("basic").kind == "bearer"
    assert Entry("a", "u", "t").credentials("bearer").secret == "t"
    assert Entry("a", "u", "p").credentials("digest").kind == "digest"


def test_a_file_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine a login u password p\n")
    path.chmod(0o644)
    assert "chmod 600" in load(str(path))[1]
    path.chmod(0o600)
    assert load(str(path)) == ((Entry("a", "u", "p"),), "")
    assert load(str(tmp_path / "none")) == ((), "")
    assert "is not used" in load(str(tmp_path))[1]
