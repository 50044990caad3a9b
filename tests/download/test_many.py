"""Many files: lists, several at once, kept connections, and what is said at the end."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from httpeek.download.limit import Limit
from tests.download.conftest import Quick
from tests.download.origin import CUT, Origin, Turn, octets
from tests.support import Program

WHOLE = octets(50_000)


def test_a_list_has_comments_and_any_line_ends(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        text = f"\ufeff# a list\r\n{origin.url}/a\r\n\r\n  {origin.url}/b  \n#{origin.url}/c\n{origin.url}/d"
        (download.home / "list").write_text(text, newline="")
        assert download("-i", "list", "-P", "files").code == 0
    assert sorted(path.name for path in (download.home / "files").iterdir()) == ["a", "b", "d"]


def test_a_list_comes_from_standard_input(httpeek: Program) -> None:
    with Origin(WHOLE) as origin:
        assert httpeek("download", "-i", "-", stdin=f"{origin.url}/a\n".encode()).code == 0
    assert (httpeek.home / "a").read_bytes() == WHOLE


def test_a_list_that_is_not_there_is_one_sentence(download: Quick) -> None:
    assert download("-i", "nowhere").code == 26
    assert download().code == 2


def test_files_of_one_origin_share_a_connection(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        assert download(*[f"{origin.url}/{n}" for n in range(20)]).code == 0
        assert (origin.connections, len(origin.requests)) == (1, 20)
    assert all((download.home / str(n)).read_bytes() == WHOLE for n in range(20))


@pytest.mark.parametrize("jobs", [1, 4])
def test_as_many_as_possible_are_done_and_the_first_failure_is_the_exit_code(download: Quick, jobs: int) -> None:
    with Origin(WHOLE) as origin, Origin(WHOLE, Turn(status=404)) as missing:
        urls = [f"{origin.url}/a", f"{missing.url}/gone", "http://127.0.0.1:1/refused", f"{origin.url}/b"]
        result = download(f"--jobs={jobs}", *urls)
    assert result.code == 4
    assert download.names() == ["a", "b"]
    end = result.err[result.err.index("-- 4 files") :].splitlines()
    assert end[0].startswith("-- 4 files: 2 done, 2 failed")
    assert [line.split(" ")[3] for line in end[1:]] == ["(4)", "(7)"]


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_equal_names_are_both_kept(download: Quick, jobs: int) -> None:
    with Origin(WHOLE) as origin, Origin(WHOLE[::-1]) as other:
        urls = [f"{one.url}/{n}/f" for n in range(4) for one in (origin, other)]
        result = download(f"--jobs={jobs}", *urls)
        assert result.code == 0, result.err
    names = ["f", *(f"f-{n}" for n in range(1, 8))]
    assert download.names() == names
    found = sorted((download.home / name).read_bytes() for name in names)
    assert found == sorted([WHOLE] * 4 + [WHOLE[::-1]] * 4)


def test_several_at_once_go_on_and_end_whole(download: Quick) -> None:
    with Origin(WHOLE, *[Turn(n * 1000, CUT) for n in range(1, 12)]) as origin:
        assert download("--jobs=6", *[f"{origin.url}/{n}" for n in range(12)]).code == 0
    assert all((download.home / str(n)).read_bytes() == WHOLE for n in range(12))


def test_one_output_is_for_one_url(download: Quick) -> None:
    assert download("-o", "f", "127.0.0.1:1/a", "127.0.0.1:1/b").code == 2


def test_a_quota_ends_between_files(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        result = download("--quota=60K", *[f"{origin.url}/{n}" for n in range(5)])
        assert len(origin.requests) == 2
    assert result.code == 63
    assert "quota" in result.err
    assert download.names() == ["0", "1"]


def test_a_url_without_a_host_needs_the_companion(download: Quick) -> None:
    result = download("/files/1KiB.bin")
    assert result.code == 2
    assert "--companion" in result.err
    assert download("--companion", "/files/1KiB.bin").code == 0
    assert (download.home / "1KiB.bin").stat().st_size == 1024


def test_a_redirect_is_followed_and_names_the_file(download: Quick) -> None:
    with Origin(WHOLE) as origin:
        origin.turns.append(Turn(status=302, fields=("Location: /there/real.bin",)))
        assert download(f"{origin.url}/short").code == 0
    assert (download.home / "real.bin").read_bytes() == WHOLE
    with Origin(WHOLE) as origin:
        origin.turns.append(Turn(status=302, fields=("Location: /there/real.bin",)))
        assert download("--no-follow", f"{origin.url}/short").code == 3
    assert download.names() == ["real.bin"]


def test_an_interim_response_is_no_file(download: Quick) -> None:
    answer = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with Origin(WHOLE, Turn(instead=answer)) as origin:
        assert download(f"{origin.url}/f").code == 0
    assert (download.home / "f").read_bytes() == b"ok"
    with Origin(WHOLE, Turn(instead=answer[: answer.index(b"HTTP/1.1 200")])) as origin:
        assert download("--retry=0", f"{origin.url}/g").code == 8
    assert download.names() == ["f"]


def test_items_go_with_every_request(download: Quick) -> None:
    with Origin(WHOLE, Turn(10_000, CUT)) as origin:
        assert download("--item=X-Id:7", "--item=a==b", f"{origin.url}/f").code == 0
        assert [(r.fields["x-id"], r.target) for r in origin.requests] == [("7", "/f?a=b")] * 2
    assert (download.home / "f").read_bytes() == WHOLE


def test_credentials_stay_with_their_origin(download: Quick) -> None:
    with Origin(WHOLE) as other, Origin(WHOLE) as origin:
        origin.turns.append(Turn(status=302, fields=(f"Location: {other.url}/f",)))
        assert download("--item=Authorization:secret", f"{origin.url}/f").code == 0
        assert "authorization" in origin.requests[0].fields
        assert "authorization" not in other.requests[0].fields


def test_httpie_s_spelling_downloads_what_a_request_gives(httpeek: Program) -> None:
    with Origin(WHOLE) as origin:
        assert httpeek("-d", "POST", f"{origin.url}/f", "a=1").code == 0
        assert origin.requests[0].method == "POST"
        assert httpeek("-dco", "g", f"{origin.url}/f").code == 0
        assert httpeek("-c", f"{origin.url}/f").code == 2
    assert (httpeek.home / "f").read_bytes() == WHOLE
    assert (httpeek.home / "g").read_bytes() == WHOLE


def test_a_post_is_not_repeated(download: Quick) -> None:
    with Origin(WHOLE, Turn(10_000, CUT)) as origin:
        assert download("--data=x", f"{origin.url}/f").code == 18
        assert len(origin.requests) == 1


def test_the_record_has_heads_and_counts_but_not_the_content(httpeek: Program) -> None:
    with Origin(WHOLE) as origin:
        assert httpeek("download", f"{origin.url}/f").code == 0
    shown = httpeek("show", "@last", "-v")
    assert "< HTTP/1.1 200 OK" in shown.err
    assert "> GET /f HTTP/1.1" in shown.err
    assert WHOLE[:1000] not in shown.out
    records = list((httpeek.home / "state").rglob("*"))
    assert sum(path.stat().st_size for path in records if path.is_file()) < 10_000


def test_a_limit_holds_from_the_first_octet(download: Quick) -> None:
    """With a clock of its own: what comes out by a moment is never more than the rate allows by then."""
    clock = [0.0]
    given = []

    def rest(seconds: float) -> None:
        clock[0] += seconds

    limit = Limit(100_000, lambda: clock[0], rest)
    total = 0
    for _ in range(4):
        for piece in limit.pieces(bytes(150_000), lambda: False):
            total += len(piece)
            given.append((clock[0], total))
    assert total == 600_000
    assert all(came <= 100_000 * (moment + 0.11) for moment, came in given)
    assert 5.8 <= clock[0] <= 6.1
    # Smooth: no two octets are further apart than a moment.
    moments = [0.0, *(moment for moment, _ in given)]
    assert max(b - a for a, b in pairwise(moments)) < 0.3


def test_progress_is_an_object_a_line(download: Quick) -> None:
    with Origin(WHOLE, Turn(10_000, CUT)) as origin:
        result = download("--progress=json", f"{origin.url}/f")
    said = [json.loads(line) for line in result.err.splitlines()]
    assert said[0]["event"] == "note"
    assert said[-1] == said[-1] | {"event": "done", "file": "f", "bytes": 50_000, "code": 0, "resumed": 0}


def test_quiet_says_nothing_but_errors(download: Quick) -> None:
    with Origin(WHOLE, Turn(10_000, CUT)) as origin:
        assert download("-q", f"{origin.url}/f").err == ""
        assert download("-qq", f"{origin.url}/g").err == ""
    assert download("-qq", "--retry=0", "127.0.0.1:1/f").err.startswith("httpeek: (7)")


def test_credentials_and_cookies_are_those_of_a_request(companion: str, httpeek: Program) -> None:
    given = ("-a", "u:p", "-A", "digest")
    for qop in ("auth", "auth-int"):
        result = httpeek("download", "-o", qop, *given, f"{companion}/digest-auth/{qop}/u/p")
        assert (result.code, "rspauth" in result.err) == (0, False)
        assert json.loads((httpeek.home / qop).read_bytes())["authenticated"] is True
    result = httpeek("download", "-a", "u:wrong", "-A", "digest", f"{companion}/digest-auth/auth/u/p")
    assert result.code == 4
    assert "401" in result.err
    assert "once more" not in result.err
    set_first = (f"{companion}/cookies/set?a=b", f"{companion}/cookies")
    result = httpeek("download", "--cookies", "jar", *set_first)
    assert result.code == 0
    assert json.loads((httpeek.home / "cookies-1").read_bytes())["cookies"] == {"a": "b"}
    result = httpeek("download", "--cookies", "jar", "--jobs=2", *set_first)
    assert result.code == 2


def test_a_file_that_is_fetched_has_no_next_request(companion: str, httpeek: Program) -> None:
    for words in (("-d", companion, "--next", companion), (companion, "--next", "-d", companion)):
        result = httpeek(*words)
        assert result.code == 2
        assert "--next" in result.err


def test_secrets_in_urls_are_masked_in_the_log_of_a_ci_job(download: Quick) -> None:
    with Origin(WHOLE, Turn(status=404), Turn(status=503), Turn(status=404)) as origin:
        urls = [f"{origin.url}/{name}?token=abcdefgh12345" for name in "ab"]
        result = download(*urls, env={"CI": "true"})
        assert result.code == 4
        assert "abcdefgh12345" not in result.err
        assert "<masked 13 bytes" in result.err
        origin.turns.append(Turn(status=404))
        assert "abcdefgh12345" in download("--reveal", urls[0], env={"CI": "true"}).err


@pytest.mark.parametrize("words", [("-v",), ("--as=raw",), ("-ph",), ("--offline",), ("--steps",), ("--stream",)])
def test_an_option_of_shown_requests_is_refused_with_d(httpeek: Program, words: tuple[str, ...]) -> None:
    with Origin(WHOLE) as origin:
        result = httpeek("-d", *words, f"{origin.url}/f")
        assert not origin.requests
    assert result.code == 2
    assert "httpeek show @last" in result.err


def test_a_session_does_not_keep_what_only_a_download_asks_for(companion: str, httpeek: Program) -> None:
    assert httpeek("download", "--session=./s.json", "--item=X-Own: a", f"{companion}/headers").code == 0
    sent = json.loads((httpeek.home / "headers").read_bytes())["headers"]
    assert sent["Accept-Encoding"] == "identity"
    later = json.loads(httpeek("--session=./s.json", f"{companion}/headers").out)["headers"]
    assert later["X-Own"] == "a"
    assert later["Accept-Encoding"] != "identity"


def test_the_record_has_the_first_exchanges_and_those_that_failed(httpeek: Program) -> None:
    with Origin(WHOLE) as origin:
        origin.choose = lambda request: Turn(status=404) if request.target in ("/40", "/60") else None
        assert httpeek("download", "-q", "--retry=0", *[f"{origin.url}/{n}" for n in range(70)]).code == 4
    shown = httpeek("show", "@last", "--as", "json").out.splitlines()
    asked = [json.loads(line)["url"].rpartition("/")[2] for line in shown]
    assert asked == [*map(str, range(32)), "40", "60"]


def test_each_url_is_asked_for_with_fields_of_its_own(download: Quick) -> None:
    with Origin(WHOLE, Turn(20_000, CUT)) as origin, Origin(WHOLE) as other:
        assert download("--retry=0", f"{origin.url}/a").code == 18
        with_password = other.url.replace("//", "//me:secret@")
        assert download(f"{origin.url}/a", f"{origin.url}/b", f"{with_password}/c", f"{other.url}/d").code == 0
        ranges = ["range" in request.fields for request in origin.requests]
        assert ranges == [False, True, False]
        assert ["authorization" in request.fields for request in other.requests] == [True, False]
        assert {request.fields["host"] for request in other.requests} == {other.url.removeprefix("http://")}
    assert all((download.home / name).read_bytes() == WHOLE for name in "abcd")
