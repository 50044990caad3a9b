"""The name of a file: what a server says is one safe component, whatever it says."""

from __future__ import annotations

import os
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from httpeek.download.name import LONGEST, SIDE, chosen, cut, disposition, from_url, numbered, part_of, safe

DISPOSITIONS = [
    (b"attachment; filename=a.txt", "a.txt"),
    (b'attachment; filename="a b.txt"', "a b.txt"),
    (b'ATTACHMENT; FILENAME="a.txt"', "a.txt"),
    (b'inline; filename="a.txt"', "a.txt"),
    (b'attachment ;  filename = "a.txt" ; x=y', "a.txt"),
    (b'attachment; filename="a\\"b.txt"', 'a"b.txt'),
    (b'attachment; filename="a;b.txt"; x=1', "a;b.txt"),
    (b'attachment; x="; filename=wrong"; filename=right', "right"),
    (b"attachment; filename*=UTF-8''%e2%82%ac%20rates", "\u20ac rates"),
    (b"attachment; filename*=iso-8859-1'en'%A3%20rates", "\u00a3 rates"),
    (b"attachment; filename=plain; filename*=UTF-8''star", "star"),
    (b"attachment; filename*=UTF-8''star; filename=plain", "star"),
    (b"attachment; filename*=UTF-8''%zz; filename=plain", "plain"),
    (b"attachment; filename*=UTF-8''%ff; filename=plain", "plain"),
    (b"attachment; filename*=nosuch''a; filename=plain", "plain"),
    (b"attachment; filename*=a; filename=plain", "plain"),
    (b"attachment; filename=first; filename=second", "first"),
    (b'attachment; filename="\xc3\xbc.txt"', "\u00fc.txt"),
    (b'attachment; filename="\xfc.txt"', "\u00fc.txt"),
    (b'attachment; filename="no end', "no end"),
    (b'attachment; filename=""', ""),
    (b"attachment; filename=", ""),
    (b"attachment", ""),
    (b"attachment; filename", ""),
    (b"attachment; notfilename=a; filename=b", "b"),
    (b";;;", ""),
    (b"", ""),
]

HOSTILE = [
    ("../../etc/passwd", "passwd"),
    ("/etc/passwd", "passwd"),
    ("..\\..\\windows\\system.ini", "system.ini"),
    ("C:\\dir\\a.txt", "a.txt"),
    ("..", ""),
    (".", ""),
    ("...", ""),
    ("/", ""),
    ("a/", ""),
    ("", ""),
    (".bashrc", "bashrc"),
    ("..bashrc", "bashrc"),
    (".ssh/authorized_keys", "authorized_keys"),
    ("-rf", "rf"),
    ("--output=x", "output=x"),
    ("- .-x", "x"),
    (" a", "a"),
    ("~root", "root"),
    ("a.txt.", "a.txt"),
    ("a.txt ", "a.txt"),
    ("a\0b", "a_b"),
    ("a\nb\rc", "a_b_c"),
    ("\x1b[31mred", "_[31mred"),
    ("a\x7fb", "a_b"),
    ("a\x9bb", "a_b"),
    ("gpj.\u202eexe.txt", "gpj._exe.txt"),
    ("a\u2066b", "a_b"),
    ("a\u200bb", "a_b"),
    ("\ufeffa", "_a"),
    ("a\u2028b", "a_b"),
    ("a\udcffb", "a_b"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("nul .txt", "_nul .txt"),
    ("COM1", "_COM1"),
    ("lpt\u00b2.log", "_lpt\u00b2.log"),
    ("console", "console"),
    ("big.iso.part", "big.iso.part_"),
    ("big.iso.PART.json", "big.iso.PART.json_"),
    ("\u540d\u79f0.txt", "\u540d\u79f0.txt"),
    ("a b.txt", "a b.txt"),
    ("a'b\"c$(id)`x`.txt", "a'b\"c$(id)`x`.txt"),
]


@pytest.mark.parametrize(("value", "name"), DISPOSITIONS)
def test_a_name_is_read_from_content_disposition(value: bytes, name: str) -> None:
    assert disposition(value) == name


@pytest.mark.parametrize(("said", "name"), HOSTILE)
def test_a_hostile_name_becomes_a_safe_one(said: str, name: str) -> None:
    assert safe(said) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/a/", "index.html"),
        ("/a/b.txt", "b.txt"),
        ("/a/b.txt?x=/c", "b.txt"),
        ("/a%20b", "a b"),
        ("/%2e%2e%2fetc%2fpasswd", "passwd"),
        ("/%2e%2e", "index.html"),
        ("/%E4%BD%A0.txt", "\u4f60.txt"),
        ("/%ff.txt", "_.txt"),
        ("/a%00b", "a_b"),
        ("*", "*"),
    ],
)
def test_a_name_is_made_from_the_url(path: str, name: str) -> None:
    assert from_url(path) == name


def test_what_the_field_says_goes_before_the_url() -> None:
    fields = ((b"content-disposition", b"attachment; filename=said.txt"),)
    assert chosen("/url.txt", fields) == "said.txt"
    assert chosen("/url.txt", ((b"Content-Disposition", b'attachment; filename=".."'),)) == "url.txt"
    assert chosen("/url.txt", ()) == "url.txt"


@pytest.mark.parametrize("name", ["x" * 300 + ".tar.gz", "\u540d" * 200 + ".iso", "x" * 300, "a." + "e" * 300])
def test_a_long_name_is_cut_at_a_character_with_its_extension_kept(name: str) -> None:
    made = safe(name)
    assert len(made.encode()) <= LONGEST - len(SIDE)
    assert "\ufffd" not in made
    if name.endswith((".tar.gz", ".iso")):
        assert made.endswith(name[name.index(".") :])


def test_numbers_stand_behind_the_name() -> None:
    assert [numbered("a.txt", n) for n in range(3)] == ["a.txt", "a.txt-1", "a.txt-2"]


def test_every_part_file_has_a_name_that_a_directory_takes() -> None:
    assert part_of("d/a.txt") == "d/a.txt.part"
    long, other = "d/" + "x" * 255, "d/" + "x" * 254 + "y"
    assert len(os.path.basename(part_of(long)).encode()) + len(".json") <= LONGEST
    assert part_of(long) != part_of(other)


_names = st.text(st.characters(), max_size=400) | st.text("./\\-~ \0a\u202e\u540d", max_size=400)


@given(_names)
@example("a.part ")
@example("-" + "x" * 300 + ".")
def test_a_safe_name_is_always_one_component_that_can_be_made(
    tmp_path_factory: pytest.TempPathFactory, said: str
) -> None:
    name = safe(said)
    assert safe(name) == name
    if not name:
        return
    assert "/" not in name and "\\" not in name
    assert name[0] not in ".-~ " and name[-1] not in ". "
    assert not any(category(c) in ("Cc", "Cf", "Cs") for c in name)
    assert len(numbered(name, 99999).encode()) + len(SIDE) <= LONGEST
    path = Path(tmp_path_factory.getbasetemp()) / numbered(name, 7)
    path.write_bytes(b"")
    assert path.parent == Path(tmp_path_factory.getbasetemp())
    path.unlink()


@given(st.binary(max_size=200))
def test_no_content_disposition_breaks_the_reader(value: bytes) -> None:
    assert isinstance(disposition(b"attachment;" + value), str)
    safe(disposition(b"attachment; filename=" + value))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.integers(1, 300))
def test_a_cut_name_is_never_longer_than_asked(name: str, most: int) -> None:
    """Of a name that `safe` has gone through: it has no surrogates any more."""
    assert len(cut(name, most).encode()) <= most
