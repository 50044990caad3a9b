"""Patterns: what Rust refuses is refused, and what it accepts means the same to RE2."""

from __future__ import annotations

import pytest
import re2  # type: ignore[import-untyped]  # google-re2 has no stubs
from hypothesis import given, settings
from hypothesis import strategies as st

from httpeek.check.expect.patterns import PatternError, check, to_re2

QUIET = re2.Options()
QUIET.log_errors = False


def found(pattern: str, text: str) -> str | None:
    """What the pattern finds in the text."""
    match = re2.compile(to_re2(pattern), QUIET).search(text)
    return None if match is None else match.group()


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"^\d{4}-\d{2}$", "2018-12", "2018-12"),
        (r"\d+", "x٣٤", "٣٤"),
        (r"(?-u)\d+", "٣4", "4"),
        (r"\w+", "é_1-", "é_1"),
        (r"\W", "é ", " "),
        (r"\s\S", "\u2003x", "\u2003x"),
        (r"[\w-]+", "a-é b", "a-é"),
        (r"[^\W_]+", "_é9_", "é9"),
        (r"[\D]", "1a", "a"),
        (r"[^\D]", "a1", "1"),
        (r"[a-z&&[^aeiou]]+", "aebcd", "bcd"),
        (r"[0-9--4]+", "4123", "123"),
        (r"[a-g~~b-h]+", "bah", "ah"),
        (r"[x[^xyz]]+", "yxa", "xa"),
        (r"[\pL--\p{Lu}]+", "ABcd", "cd"),
        (r"[]a]+", "b]a", "]a"),
        (r"[^]a]", "]ab", "b"),
        (r"[-a]+", "b-a", "-a"),
        (r"[a-]+", "b-a", "-a"),
        (r"[[:alpha:]]+", "1ab2", "ab"),
        (r"[[:^alpha:]]", "a1", "1"),
        (r"[[:word:]{]+", "-a{", "a{"),
        (r"\p{Greek}+", "abωδ", "ωδ"),
        (r"\P{Greek}+", "ωab", "ab"),
        (r"\p{^Greek}+", "ωab", "ab"),
        (r"\p{Letter}\p{Uppercase_Letter}\pN", "aB1", "aB1"),
        (r"\p{sc=Han}", "a中", "中"),
        (r"\p{White_Space}", "a\x85", "\x85"),
        (r"\x41\x{42}\u0043\u{44}\U00000045", "ABCDE", "ABCDE"),
        (r"(?x) a b # comment", "ab", "ab"),
        (r"(?x: a [ b c ] ) d", "ac d", "ac d"),
        (r"(?i)straße", "STRASSE STRAßE", "STRAßE"),
        (r"(?i-s:a.)b", "A\nb Axb", "Axb"),
        (r"(?s)a.b", "a\nb", "a\nb"),
        (r"(?m)^b$", "a\nb\nc", "b"),
        (r"(?U)a+", "aaa", "a"),
        (r"(?P<year>\d+)-(?<month>\d+)", "2018-12", "2018-12"),
        (r"(?<ñ>a)", "a", "a"),
        (r"a**", "aaa", "aaa"),
        (r"(a|b)*?+c", "abc", "abc"),
        (r"a{2}{2}", "aaaaa", "aaaa"),
        (r"a{ 2 }", "aaa", "aa"),
        (r"^*a", "a", "a"),
        (r"\Aa\z", "a", "a"),
        (r"\bfoo\b", "a foo", "foo"),
        (r"\/\-\#\ \"\{", '/-# "{', '/-# "{'),
        (r"}", "}", "}"),
        (r"]", "]", "]"),
        (r"", "", ""),
        (r"()|", "", ""),
        (r"a|", "b", ""),
        (r".", "\n中", "中"),
    ],
)
def test_a_pattern_finds_what_rust_finds(pattern: str, text: str, expected: str | None) -> None:
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "offset", "about"),
    [
        ("a(?=b)", 1, "look-around"),
        ("a(?!b)", 1, "look-around"),
        ("(?<=a)b", 0, "look-around"),
        ("(?<!a)b", 0, "look-around"),
        (r"(a)\1", 3, "back-references"),
        (r"\0", 0, "back-references"),
        ("a(", 1, "not closed"),
        ("a)", 1, "without its"),
        ("a((b)", 1, "not closed"),
        ("*a", 0, "nothing to repeat"),
        ("a|*", 2, "nothing to repeat"),
        ("(+)", 1, "nothing to repeat"),
        ("{2}", 0, "nothing to repeat"),
        ("(?i)*", 4, "nothing to repeat"),
        ("x{a}", 1, "repetitions"),
        ("x{,3}", 1, "repetitions"),
        ("x{2", 1, "repetitions"),
        ("x{3,2}", 1, "empty"),
        ("x{5000}", 1, "too many"),
        ("[a", 0, "not closed"),
        ("[]", 0, "not closed"),
        ("[^]", 0, "not closed"),
        ("[a[b]", 0, "not closed"),
        ("[z-a]", 1, "empty"),
        (r"[\d-z]", 1, "range"),
        (r"[a-\d]", 3, "range"),
        (r"[\b]", 1, "escape"),
        (r"\Z", 0, "escape"),
        (r"\C", 0, "escape"),
        (r"\Qa\E", 0, "escape"),
        (r"\é", 0, "escape"),
        ("a\\", 1, "backslash"),
        ("(?z)", 2, "no flag"),
        ("(?ii)", 3, "twice"),
        ("(?i-)", 4, "no flag"),
        ("(?)", 1, "nothing to repeat"),
        ("(?i", 0, "not closed"),
        ("(?R)a", 2, "cannot be used"),
        (r"\b{start}a", 0, "cannot be used"),
        ("(?P<a>b)(?P<a>c)", 12, "two groups"),
        ("(?P<1>b)", 4, "name of a group"),
        ("(?P<a", 4, "not closed"),
        (r"\p{Nonsense}", 0, "no class"),
        (r"\p", 0, "no name"),
        (r"\x4", 0, "hexadecimal"),
        (r"\x{}", 0, "hexadecimal"),
        (r"\u{d800}", 0, "no such character"),
        (r"[\p{Greek}--a]", 0, "cannot be combined"),
    ],
)
def test_a_pattern_that_rust_refuses_is_refused(pattern: str, offset: int, about: str) -> None:
    with pytest.raises(PatternError) as raised:
        check(pattern)
    assert about in str(raised.value)
    assert raised.value.offset == offset
    with pytest.raises(PatternError):
        to_re2(pattern)


PARTS = [
    *("a", "é", ".", "^", "$", "|", "(", ")", "(?:", "(?i)", "(?x)", "(?P<n>", "*", "+", "?", "{2}", "{1,}", "[", "]"),
    *(
        "[^",
        "-",
        "&&",
        "--",
        "~~",
        "[:alpha:]",
        r"\d",
        r"\W",
        r"\s",
        r"\b",
        r"\p{L}",
        r"\PN",
        r"\x41",
        r"\.",
        "\\",
        "#",
    ),
    *(" ", "\n", "{", "}", ",", "z-a", "a-z", "(?", ":", "=", "<"),
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PARTS) | st.characters(), max_size=10).map("".join))
def test_what_is_accepted_can_be_run(pattern: str) -> None:
    try:
        check(pattern)
    except PatternError as error:
        assert error.hint
        assert 0 <= error.offset <= len(pattern)
        return
    re2.compile(to_re2(pattern), QUIET)


@given(st.text(st.sampled_from("abc.^$|()*+?[]{}\\-,2d"), max_size=12))
def test_a_pattern_of_both_languages_means_the_same_to_both(pattern: str) -> None:
    """Python's `re` agrees on ASCII text where it accepts what Rust accepts and both have the construct."""
    import re
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            check(pattern)
            theirs = re.compile(pattern)
        except (PatternError, re.error, Warning):
            return
    if any(mark in pattern for mark in ("[[", "&&", "--", "+", "$")):
        return  # Nested classes and set operations; Python's possessive a++; its $ also matches before a last newline.
    for text in ("", "a", "ab2", "abcabc", "d\\-", "{2}", "[a]"):
        ours = re2.compile(to_re2(pattern), QUIET).search(text)
        expected = theirs.search(text)
        assert (ours and ours.span()) == (expected and expected.span()), (pattern, text)
