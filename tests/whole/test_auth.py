"""Credentials: who gets which, when they are asked for, and where they are never seen."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.server.embedded import Embedded
from tests.support import LIMIT, Peer, Program, environment, read_head, replying
from tests.whole.test_follow import OK, Requests, redirect
from tests.whole.test_servers import nginx

BASIC = "Basic " + base64.b64encode(b"u:p").decode()
ALGORITHMS = [f"{name}{sess}" for name in ("MD5", "SHA-256", "SHA-512-256") for sess in ("", "-sess")]


@pytest.fixture
def companion() -> Iterator[str]:
    """The address of a companion."""
    server = Embedded()
    yield server.address
    server.close()


@pytest.fixture
def other() -> Iterator[str]:
    """The address of another one: another origin."""
    server = Embedded()
    yield server.address
    server.close()


def everything(home: Path) -> bytes:
    """All that httpeek wrote into the home directory."""
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def hops(out: bytes) -> list[dict[str, object]]:
    """The exchanges of `--as json`."""
    return [json.loads(line) for line in out.splitlines()]


def chain(out: bytes) -> list[tuple[str, int, int]]:
    """Cause, attempt and status of each exchange."""
    return [(h["cause"], h["attempt"], h["response"]["status"]) for h in hops(out)]  # type: ignore[misc,index]  # JSON


@pytest.mark.parametrize("words", [["-a", "u:p"], ["-a", "env:WHO"], ["-a", "@who"], ["--auth=u:p", "-A", "basic"]])
def test_basic_credentials_are_sent_unasked(httpeek: Program, companion: str, words: list[str]) -> None:
    (httpeek.home / "who").write_text("u:p\n")
    done = httpeek(*words, f"{companion}/hidden-basic-auth/u/p", env={"WHO": "u:p"})
    assert (done.code, json.loads(done.out)["user"]) == (0, "u")


def test_a_bearer_token_is_sent_as_it_is(httpeek: Program, companion: str) -> None:
    done = httpeek("-A", "bearer", "-a", "a:b=c", f"{companion}/bearer")
    assert json.loads(done.out)["token"] == "a:b=c"


def test_a_colon_in_a_user_has_a_backslash_before_it(httpeek: Program) -> None:
    requests = Requests()
    with Peer([requests.read, OK]) as peer:
        httpeek("-a", r"a\:b:c:d\:e", peer.url)
    assert base64.b64encode(b"a:b:c:d:e") in requests.seen[0]


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "any"])
@pytest.mark.parametrize("qop", ["auth", "auth-int", "both", "none"])
def test_digest_answers_every_algorithm_and_qop(httpeek: Program, companion: str, algorithm: str, qop: str) -> None:
    if qop == "none" and algorithm.endswith("-sess"):
        pytest.skip("the companion has no -sess without qop: it would need a cnonce that is not sent")
    url = f"{companion}/digest-auth/{qop}/us%20er/p%C3%A4ss/{algorithm}"
    done = httpeek("-A", "digest", "-a", "us er:p\u00e4ss", "-p", "hb", url)
    assert done.code == 0, done
    assert b"HTTP/1.1 401" not in done.out  # what was answered is shown like a redirect that was followed
    assert b'"user": "us er"' in done.out
    assert "rspauth" not in done.err


def test_content_from_a_file_is_part_of_the_digest_with_auth_int(httpeek: Program, companion: str) -> None:
    (httpeek.home / "big").write_bytes(bytes(range(256)) * 1200)  # more than one piece
    url = f"{companion}/digest-auth/auth-int/u/p/SHA-256"
    done = httpeek("-A", "digest", "-a", "u:p", "--as=json", "POST", url, "@big")
    assert chain(done.out) == [("asked", 1, 401), ("auth", 2, 200)]


@pytest.mark.parametrize("more", [("--data=@-",), (), ("--chunked",), ("-x",)], ids=" ".join)
def test_content_from_a_pipe_is_there_for_the_second_request(
    httpeek: Program, companion: str, more: tuple[str, ...]
) -> None:
    url = f"{companion}/digest-auth/auth-int/u/p/SHA-256"
    done = httpeek("-A", "digest", "-a", "u:p", "--as=json", *more, "PUT", url, stdin=b"twice" * 100_000)
    assert chain(done.out) == [("asked", 1, 401), ("auth", 2, 200)]
    assert json.loads(done.out.splitlines()[1])["request"]["body"]["octets"] > 0


def test_content_that_a_shell_redirects_is_there_for_the_second_request_from_where_it_began(
    httpeek: Program, companion: str
) -> None:
    path = httpeek.home / "lines"
    path.write_bytes(b"first\nsecond\n")
    with path.open("rb", buffering=0) as file:
        file.read(6)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "httpeek",
                "-A=digest",
                "-a=u:p",
                "--as=json",
                "POST",
                f"{companion}/digest-auth/auth-int/u/p",
            ],
            stdin=file,
            capture_output=True,
            env=environment(httpeek.home),
            timeout=LIMIT,
            check=False,
        )
    assert chain(done.stdout) == [("asked", 1, 401), ("auth", 2, 200)]
    assert [json.loads(line)["request"]["body"]["text"] for line in done.stdout.splitlines()] == ["second\n"] * 2


def test_a_wrong_password_is_answered_once(httpeek: Program, companion: str) -> None:
    done = httpeek("-A", "digest", "-a", "u:wrong", "--as=json", f"{companion}/digest-auth/auth/u/p")
    assert (done.code, chain(done.out)) == (4, [("asked", 1, 401), ("auth", 2, 401)])
    shown = httpeek("-A", "digest", "-a", "u:wrong", "-p", "hb", f"{companion}/digest-auth/auth/u/p")
    assert shown.out.count(b"401 Unauthorized") == 1


def challenge(parameters: str) -> bytes:
    said = f"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest {parameters}\r\n"
    return said.encode() + b"Content-Length: 2\r\nConnection: close\r\n\r\nno"


def test_a_stale_nonce_is_replaced_once_more_and_then_no_more(httpeek: Program) -> None:
    requests = Requests()
    replies = [challenge(f'nonce="{n}", qop=auth{", stale=true" if n else ""}') for n in range(4)]
    with Peer(*[(requests.read, reply) for reply in replies]) as peer:
        done = httpeek("-A", "digest", "-a", "u:p", "--as=json", peer.url)
    assert chain(done.out) == [("asked", 1, 401), ("auth", 2, 401), ("auth", 3, 401)]
    assert [b'nonce="%d"' % n in seen for n, seen in enumerate(requests.seen[1:])] == [True, True]
    assert b"nc=00000001" in requests.seen[2]


def test_a_nonce_is_used_again_with_a_count_and_given_up_for_the_next_one(httpeek: Program) -> None:
    requests = Requests()
    info = b'Authentication-Info: nextnonce="new"\r\nContent-Length'
    with Peer(
        (requests.read, challenge('nonce="old", qop=auth')),
        (requests.read, redirect(302, "/b")),
        (requests.read, redirect(302, "/c").replace(b"Content-Length", info)),
        (requests.read, OK),
    ) as peer:
        assert httpeek("-F", "-A", "digest", "-a", "u:p", peer.url).code == 0
    for seen, nonce, count in zip(requests.seen[1:], ("old", "old", "new"), (1, 2, 1), strict=True):
        assert f'nonce="{nonce}"'.encode() in seen
        assert f"nc={count:08x}".encode() in seen


def test_a_server_that_does_not_prove_that_it_knows_the_password_is_noted(httpeek: Program) -> None:
    proof = OK.replace(b"Content-Length", b'Authentication-Info: rspauth="00", qop=auth\r\nContent-Length')
    with replying(challenge("nonce=x, qop=auth"), proof) as peer:
        done = httpeek("-A", "digest", "-a", "u:p", peer.url)
    assert done.code == 0
    assert "note: rspauth is wrong" in done.err


def test_what_a_401_asks_for_instead_is_said(httpeek: Program) -> None:
    with replying(challenge("nonce=x"), challenge("nonce=x, algorithm=SHA-999")) as peer:
        assert "-A digest answers it" in httpeek("-a", "u:p", peer.url).err
        assert "no Digest that httpeek knows: digest SHA-999" in httpeek("-A", "digest", "-a", "u:p", peer.url).err


@pytest.mark.parametrize(("words", "shown"), [([], False), (["--all"], True)])
def test_an_answered_401_is_shown_with_all_only(
    httpeek: Program, companion: str, words: list[str], shown: bool
) -> None:
    url = f"{companion}/digest-auth/auth/u/p"
    done = httpeek("-A", "digest", "-a", "u:p", "-p", "hb", *words, url)
    assert (b"401 Unauthorized" in done.out) is shown
    verbose = httpeek("-v", "-A", "digest", "-a", "u:p", *words, url)
    assert "< HTTP/1.1 401 Unauthorized" in verbose.err
    assert "* with credentials: GET" in verbose.err
    assert (b"this page wants" in verbose.out) is shown
    assert (b"401 Unauthorized" in httpeek("show", "@last", "-p", "hb", *words).out) is shown


def test_credentials_never_cross_an_origin_and_a_note_says_what_was_dropped(
    httpeek: Program, companion: str, other: str
) -> None:
    url = f"{companion}/redirect-to?url=http://{other}/get"
    done = httpeek("-F", "-a", "u:p", url, "Cookie:a=b", "X-Keep:1")
    got = json.loads(done.out)["headers"]
    assert "Authorization" not in got and "Cookie" not in got
    assert got["X-Keep"] in ("1", ["1"])
    assert f"note: Authorization, Cookie not sent to {other}: it is another origin" in done.err


def test_one_flag_brings_them_along(httpeek: Program, companion: str, other: str) -> None:
    url = f"{companion}/redirect-to?url=http://{other}/get"
    done = httpeek("-F", "--trust-redirects", "-a", "u:p", url, "Cookie:a=b")
    got = json.loads(done.out)["headers"]
    assert BASIC in got["Authorization"] and "a=b" in got["Cookie"]
    assert "not sent" not in done.err
    typed = httpeek("-F", "--trust-redirects", url, "Authorization:Bearer x", "X-Api-Key:k")
    got = json.loads(typed.out)["headers"]
    assert "Bearer x" in got["Authorization"] and "k" in got["X-Api-Key"]


def test_digest_credentials_answer_no_other_origin(httpeek: Program, companion: str, other: str) -> None:
    url = f"{companion}/redirect-to?url=http://{other}/digest-auth/auth/u/p"
    done = httpeek("-F", "-A", "digest", "-a", "u:p", "--as=json", url)
    assert chain(done.out) == [("asked", 1, 302), ("redirect", 1, 401)]
    done = httpeek("-F", "-A", "digest", "-a", "u:p", "--trust-redirects", "--as=json", url)
    assert chain(done.out) == [("asked", 1, 302), ("redirect", 1, 401), ("auth", 2, 200)]


def test_credentials_come_back_with_their_origin(httpeek: Program, companion: str, other: str) -> None:
    back = f"http://{companion}/hidden-basic-auth/u/p"
    url = f"{companion}/redirect-to?url=http://{other}/redirect-to?url={back}"
    assert httpeek("-F", "-a", "u:p", url).code == 0


def test_a_password_is_asked_for_on_the_terminal_and_seen_nowhere(httpeek: Program, companion: str) -> None:
    prompt = f"password for u@{companion}: "
    url = f"{companion}/basic-auth/u/other"
    code, screen = httpeek.asked(prompt, "pass word\n", "-p", "Hhb", "-a", "u", url)
    assert code == 4
    assert prompt in screen
    assert "pass word\n" not in screen.partition(prompt)[2]
    kept = everything(httpeek.home)
    assert b"basic-auth" in kept
    for secret in (b"pass word\n", base64.b64encode(b"u:pass word")):
        assert secret not in kept
    assert httpeek.asked(prompt, "p\n", "-A", "digest", "-a", "u", f"{companion}/digest-auth/auth/u/p")[0] == 0


def test_ctrl_c_at_the_question_ends_with_130(httpeek: Program, companion: str) -> None:
    assert httpeek.asked("password for", "\x03", "-a", "u", companion)[0] == 130


def test_without_a_terminal_nothing_is_asked(httpeek: Program) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "httpeek", "-a", "u", "127.0.0.1:9"],
        env=environment(httpeek.home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 2
    assert b'no terminal to ask for the password of "u": write -a u:PASS, -a @FILE or -a env:NAME' in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-a", "env:NOBODY"], "there is no variable NOBODY"),
        (["-a", ""], "-a needs a user"),
        (["-A", "bearer", "-a", ""], "-A bearer needs a token"),
        (["-A", "digest"], "-A digest needs credentials: -a USER[:PASS]"),
        (["-A", "bearer"], "-A bearer needs credentials: -a TOKEN"),
        (["-a", "u:p", "Authorization:x"], "--auth and the item Authorization say two things"),
        (["-A", "bearer", "-a", "a\nb"], "has a line end or NUL in it"),
        (["-A", "ntlm"], "it takes basic, digest, bearer"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(httpeek: Program, words: list[str], sentence: str) -> None:
    done = httpeek("127.0.0.1:9", *words)
    assert done.code == 2
    assert sentence in done.err


def test_a_file_that_is_not_there_is_exit_26(httpeek: Program) -> None:
    done = httpeek("127.0.0.1:9", "-a", "@nothing")
    assert (done.code, "-a @nothing cannot be read: no such file or directory" in done.err) == (26, True)


def test_no_secret_gets_into_a_record_or_a_har(httpeek: Program, companion: str) -> None:
    for words in (["-a", "u:hunter22"], ["-A", "bearer", "-a", "hunter22"], ["-A", "digest", "-a", "u:hunter22"]):
        done = httpeek(*words, "-F", "--as=har", f"{companion}/digest-auth/auth/u/p")
        for secret in (b"hunter22", base64.b64encode(b"u:hunter22")):
            assert secret not in everything(httpeek.home) + done.out + done.err.encode()
        assert b'response=\\"' not in done.out


def test_a_digest_as_a_curl_command_says_that_it_holds_once(httpeek: Program, companion: str) -> None:
    done = httpeek("-A", "digest", "-a", "u:p", "--as=curl", f"{companion}/digest-auth/auth/u/p")
    assert "'Authorization: Digest " in done.out.decode()
    assert "curl --digest -u USER makes new ones" in done.err
    offline = httpeek("-A", "digest", "-a", "u:p", "--offline", "--as=curl", companion)
    assert "would answer a 401: curl --digest -u USER does" in offline.err


# .netrc


def test_netrc_is_used_where_nothing_else_is_said(httpeek: Program, companion: str) -> None:
    netrc = httpeek.home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    netrc.chmod(0o600)
    hidden = f"{companion}/hidden-basic-auth/u/p"
    assert httpeek(hidden).code == 0
    assert httpeek(hidden).err == ""
    assert httpeek("-A", "digest", f"{companion}/digest-auth/auth/u/p").code == 0
    for words in (["--ignore-netrc"], ["-a", "x:y"], ["Authorization:x"], ["Authorization:"]):
        assert httpeek(hidden, *words).code == 4, words
    assert httpeek(f"x:y@{hidden}").code == 4


def test_another_file_by_netrc_and_a_token_in_it(httpeek: Program, companion: str) -> None:
    (httpeek.home / "mine").write_text("machine 127.0.0.1 login bearer password t0ken\n")
    done = httpeek(f"{companion}/bearer", env={"NETRC": "mine"})
    assert json.loads(done.out)["token"] == "t0ken"
    (httpeek.home / "mine").write_text("machine 127.0.0.1 login u password t0ken\n")
    done = httpeek("-A", "bearer", f"{companion}/bearer", env={"NETRC": "mine"})
    assert json.loads(done.out)["token"] == "t0ken"


def test_a_netrc_that_others_can_read_is_one_note(httpeek: Program, companion: str) -> None:
    netrc = httpeek.home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    netrc.chmod(0o644)
    done = httpeek(f"{companion}/hidden-basic-auth/u/p")
    assert done.err == f"note: {netrc} holds passwords and others may read it: chmod 600 {netrc}\n"
    assert "chmod" not in httpeek(f"localhost:{companion.rpartition(':')[2]}/get", "-4").err


def test_an_entry_of_netrc_is_not_for_another_port_after_a_redirect(
    httpeek: Program, companion: str, other: str
) -> None:
    netrc = httpeek.home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\nmachine localhost login v password q\n")
    netrc.chmod(0o600)
    same = httpeek("-F", f"{companion}/redirect-to?url=http://{other}/get")
    assert "Authorization" not in json.loads(same.out)["headers"]
    assert "Authorization not sent to" in same.err
    own = f"http://localhost:{other.rpartition(':')[2]}/hidden-basic-auth/v/q"
    assert httpeek("-F", "-4", f"{companion}/redirect-to?url={own}").code == 0


# Real servers


def test_nginx_takes_basic_credentials(httpeek: Program, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    (folder / "users").write_text("us er:{PLAIN}p \u00e4ss\n")
    with nginx(folder, secure=False, more=f'auth_basic "here"; auth_basic_user_file {folder}/users;') as server:
        assert httpeek("-4", server.url).code == 4
        assert httpeek("-4", "-a", "us er:p \u00e4ss", server.url).code == 0
        assert httpeek("-4", server.url.replace("://", "://us%20er:p%20%C3%A4ss@")).code == 0
        assert httpeek("-4", "-a", "us er:pass", server.url).code == 4


def test_curl_would_send_the_same_credentials(httpeek: Program) -> None:
    requests = Requests()
    with Peer([requests.read, OK], [requests.read, OK]) as peer:
        httpeek("-a", "u:p", peer.url)
        command = httpeek("-a", "u:p", "--offline", "--as=curl", peer.url).out.decode()
        subprocess.run(["sh", "-c", command], capture_output=True, timeout=LIMIT, check=True, env=os.environ)
    assert requests.seen[0] == requests.seen[1]


def test_offline_asks_for_no_password(httpeek: Program) -> None:
    code, screen = httpeek.terminal("--offline", "-a", "user", "example.test")
    assert code == 2
    assert "--offline asks for no password" in screen


def test_offline_shows_what_would_be_sent(httpeek: Program) -> None:
    done = httpeek("--offline", "-a", "u:p", "example.org", "a=b")
    assert f"Authorization: {BASIC}\r\n".encode() in done.out


def test_a_kept_connection_carries_the_answer(httpeek: Program, companion: str) -> None:
    done = httpeek("-A", "digest", "-a", "u:p", "--as=json", f"{companion}/digest-auth/auth/u/p")
    assert [hop["socket"]["reused"] for hop in hops(done.out)] == [0, 1]  # type: ignore[index]  # JSON


def test_a_redirect_within_the_origin_keeps_the_credentials(httpeek: Program) -> None:
    requests = Requests()
    with Peer([read_head, redirect(302, "/there")], [requests.read, OK]) as peer:
        httpeek("-F", "-a", "u:p", peer.url)
    assert BASIC.encode() in requests.seen[0]


def test_the_companion_of_a_url_without_a_host_gets_nothing_of_netrc(httpeek: Program) -> None:
    netrc = httpeek.home / ".netrc"
    netrc.write_text("default login u password p\n")
    netrc.chmod(0o600)
    assert "Authorization" not in json.loads(httpeek("/headers").out)["headers"]
