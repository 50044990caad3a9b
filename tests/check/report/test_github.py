"""Annotations and the summary: no answer gives the runner a command, and none draws on the page.

The runner of GitHub Actions is written down here as far as it reads lines (actions/runner, ActionCommand): a line that
begins with `::` after blanks, or holds `##[`, is a command unless another one has stopped it.
"""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from httpeek.check.report.github import LARGEST_SUMMARY, commands, guarded, summary
from httpeek.check.result import SuiteResult
from tests.check.report.made import HOSTILE, called, differs, entry, mixed, refused, result, suite
from tests.support import replying


def executed(lines: list[str]) -> list[tuple[str, dict[str, str], str]]:
    """The commands that the runner finds in output: name, properties, message."""
    found = []
    stopped = ""
    for line in re.split(r"\r\n|\r|\n", "\n".join(lines)):
        text = line.lstrip()
        if stopped:
            stopped = "" if text == f"::{stopped}::" else stopped
            continue
        if text.startswith("::") and "::" in text[2:]:
            head, _, message = text[2:].partition("::")
            name, _, rest = head.partition(" ")
            if name == "stop-commands":
                stopped = message
                continue
            pairs = dict(pair.split("=", 1) for pair in rest.split(",") if "=" in pair)
            found.append((name, {key: _plain(value) for key, value in pairs.items()}, _plain(message)))
        elif "##[" in text:
            found.append(("legacy", {}, text))
    return found


def _plain(text: str) -> str:
    for escape, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_an_annotation_stands_at_the_line() -> None:
    assert executed(commands([mixed()]))[0] == (
        "error",
        {"file": "api/users.hurl", "line": "4", "col": "1", "title": "api/users.hurl: 2 POST /users/{{id}}"},
        'jsonpath "$.name" == "Bob" does not hold\nactual string "Bo", expected string "Bob"',
    )
    assert len(commands([mixed()])) == 2


def test_a_path_counts_from_the_workspace() -> None:
    of = suite(file="/src/repo/api/a.hurl")
    finding = differs()._replace(place=differs().place._replace(file="/src/repo/api/a.hurl"))
    (command,) = executed(commands([result(of, entry(of, 1, finding))], "/src/repo"))
    assert command[1]["file"] == "api/a.hurl"
    (command,) = executed(commands([result(of, entry(of, 1, finding))], "/src/other"))
    assert command[1]["file"] == "/src/repo/api/a.hurl"


def test_what_is_in_no_file_has_no_file() -> None:
    of = suite()._replace(file="GET http://localhost/", text="")
    ((_, properties, _),) = executed(commands([result(of, entry(of, 1, refused()))]))
    assert set(properties) == {"title"}


def test_an_answer_gives_no_command() -> None:
    of = suite()
    for hostile in (HOSTILE, "\n::warning::x", "\r::set-output name=a::b", "%0A::error::x", "##[error]x"):
        found = executed(commands([result(of, entry(of, 1, differs(hostile)))]))
        assert [name for name, _, _ in found] == ["error"]


def test_what_the_escapes_stand_for_is_what_was_said() -> None:
    name = "a,line=7::b%2C%3A.hurl"
    finding = differs("50%0A%25,x:y")._replace(place=differs().place._replace(file=name))
    ((_, properties, message),) = executed(commands([result(suite(file=name), entry(suite(), 1, finding))]))
    assert properties["file"] == name
    assert properties["line"] == "4"
    assert 'actual string "50%0A%25,x:y", expected' in message


@given(st.text(st.characters(exclude_categories=())))
def test_a_name_cannot_add_a_property(text: str) -> None:
    of = suite()._replace(file=text)
    finding = differs(text)._replace(title=text, remark=text, source=text)
    finding = finding._replace(place=finding.place._replace(file=text))
    ((name, properties, _),) = executed(commands([result(of, entry(of, 1, finding))]))
    assert name == "error"
    assert set(properties) <= {"file", "line", "col", "title"}


def test_lines_that_would_be_commands_are_not_listened_to() -> None:
    lines = ["FAIL a", "  ::error::from a body", "  x ##[add-mask]y"]
    assert executed(lines)
    assert executed(guarded(lines)) == []
    assert guarded(lines)[1:-1] == lines
    assert guarded(lines)[0] != guarded(lines)[0]
    assert executed([*guarded(lines), "::notice::ours"]) == [("notice", {}, "ours")]


def test_other_lines_stay_as_they_are() -> None:
    lines = ["PASS a", "  a::b", "# [x]"]
    assert guarded(lines) == lines


def failing(content: bytes, actual: str = "Bo") -> SuiteResult:
    of = suite()
    with replying(b"HTTP/1.1 200 OK\r\n\r\n" + content) as peer:
        return result(of, entry(of, 1, differs(actual), made=called("GET", peer.url)))


def test_the_summary_has_a_row_for_each_file_and_what_failed() -> None:
    text = summary([mixed(), result(suite(file="b.hurl"), entry(suite(), 1))], 58_000_000)
    assert text.startswith("### httpeek check: failed\n")
    assert r"| api\/users\.hurl | **failed** | 1 of 3 | 31 ms |" in text
    assert r"| b\.hurl | passed | 1 of 1 | 31 ms |" in text
    assert r"#### api\/users\.hurl\: 2 POST \/users\/\{\{id\}\}" in text
    assert "  --> api/users.hurl:4:1\n" in text


def test_an_answer_cannot_leave_its_fence() -> None:
    text = summary([failing(b"```\n<script>alert(1)</script>\n````\n# x\n", "``` <b>")], 1)
    before, fence, rest = text.partition("`````text\n")
    assert fence
    inside, fence, after = rest.partition("\n`````\n")
    assert fence
    assert "<script>" in inside
    assert "<" not in before + after


def test_a_name_is_no_markup() -> None:
    text = summary([result(suite(file="<img src=x>|[a](http://b) @user `c`.hurl"), entry(suite(), 1))], 1)
    assert r"| &lt;img src\=x&gt;\|\[a\]\(http\:\/\/b\) \@user \`c\`\.hurl | passed |" in text


def test_a_summary_has_a_bound() -> None:
    many = [failing(b"x" * 1000)] * 2000
    text = summary(many, 1)
    assert len(text) <= LARGEST_SUMMARY + 100
    assert "more that failed" in text
