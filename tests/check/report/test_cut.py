"""A secret that is cut, escaped, or in several lines is in no output."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.check.report.cut import SHORTEST, closed
from httpeek.server.embedded import Embedded
from tests.support import Program

SECRET = "s3cr3t-value-42"


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    """The address of a companion."""
    server = Embedded()
    yield server.address
    server.close()


@pytest.mark.parametrize("length", range(SHORTEST, len(SECRET)))
@pytest.mark.parametrize("end", ['.." (300 characters)', "..;", ".. (3 members)"])
def test_the_beginning_of_a_secret_before_a_cut_is_masked(length: int, end: str) -> None:
    assert closed(f"actual zzz{SECRET[:length]}{end}", [SECRET]) == f"actual zzz***{end}"


@pytest.mark.parametrize("text", ["zzz..", 'zs3c.." (300 characters)', f"{SECRET[:6]}... and so on", ""])
def test_what_is_no_beginning_or_no_cut_stays(text: str) -> None:
    assert closed(text, [SECRET]) == text


def _everything(home: Path, printed: bytes) -> str:
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file() and path.suffix != ".hurl"]
    return b"\n".join([printed, *files]).decode("utf-8", "replace")


@pytest.mark.parametrize("ci", ["", "true"])
@pytest.mark.parametrize("how", ["brief", "verbose", "har:out/har"])
def test_a_secret_is_in_no_output_however_it_is_escaped(httpeek: Program, companion: str, ci: str, how: str) -> None:
    (httpeek.home / "a.hurl").write_text(
        f"POST http://{companion}/anything/{{{{s}}}}\n[Query]\nq: {{{{s}}}}\n"
        "[Form]\nf: {{s}}\nHTTP 200\n[Asserts]\n"
        'body == "x"\njsonpath "$" == "x"\njsonpath "$.url" == "x"\n\n'
        f'POST http://{companion}/post\n{{"a": "{{{{s}}}}", "b": "{{{{m}}}}"}}\nHTTP 200\n[Asserts]\n'
        'jsonpath "$.data" == "x"\njsonpath "$.json" == "x"\n\n'
        f"POST http://{companion}/post\n`{{{{m}}}}`\nHTTP 200\n```\n{{{{m}}}}\nanother line\n```\n"
    )
    done = httpeek(
        *("check", "a.hurl", "--continue-on-error", "--on-failure", how, "--record", "off"),
        *("--secret", 's=p"<&>\\q \u00fc%/+secret', "--secret", "m=line-one-secret\nline-two-secret"),
        *("--report-junit", "out/j.xml", "--report-tap", "out/t.tap", "--report-json", "out", "--report-html", "out"),
        env={"CI": ci, "GITHUB_ACTIONS": ci, "GITHUB_STEP_SUMMARY": str(httpeek.home / "out" / "summary.md")},
    )
    assert done.code == 10
    text = _everything(httpeek.home, done.out + done.err.encode())
    assert "a.hurl" in text
    assert "secret" not in text


@pytest.mark.parametrize("length", range(150, 230, 7))
def test_a_cut_through_a_secret_shows_no_part_of_it(httpeek: Program, companion: str, length: int) -> None:
    (httpeek.home / "a.hurl").write_text(
        f"GET http://{companion}/get\nX-Pad: {'z' * length}{{{{s}}}}\nHTTP 200\n[Asserts]\n"
        'jsonpath "$.headers[\'X-Pad\']" == "x"\njsonpath "$.headers" == "x"\nbody == "x"\n'
    )
    done = httpeek("check", "a.hurl", "--secret", f"s={SECRET}", "--report-junit", "out/j.xml", "--record", "off")
    assert done.code == 10
    assert SECRET[:SHORTEST] not in _everything(httpeek.home, done.out)
