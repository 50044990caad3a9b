"""`--as json` is valid by its published schema on every way out, with the exit code of the other views."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support import LIMIT, Peer, Program, Step, environment, hold, read_head, replying, reset

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "httpeek-1.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def objects(octets: bytes) -> list[dict[str, Any]]:
    made = [json.loads(line) for line in octets.splitlines()]
    for one in made:
        VALIDATOR.validate(one)
    return made


SCRIPTS: list[list[Step]] = [
    [read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    [read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
    [read_head, b"HTTP/1.1 200 OK\r\nX: \xff\xfe\r\nContent-Length: 2\r\n\r\n\xff\x00"],
    [
        read_head,
        b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: 1\r\n\r\n",
    ],
    [read_head, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nbad"],
    [read_head, b"SSH-2.0-x\r\n"],
    [read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [read_head],
    [read_head, reset],
]


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_every_reply_gives_one_valid_object_and_the_same_exit_code(httpeek: Program, script: list[Step]) -> None:
    with Peer(script, script) as peer:
        done = httpeek("--as", "json", peer.url)
        pretty = httpeek(peer.url)
    (made,) = objects(done.out)
    assert done.code == pretty.code
    assert (made["error"] or {"code": 0})["code"] == done.code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("127.0.0.1:1",), 7),
        (("nosuch.invalid",), 6),
        (("http://[::1/",), 2),
        (("127.0.0.1:1", "bad name:1"), 2),
        (("--no-such-option", "x"), 2),
        (("POST", "127.0.0.1:1", "--data", "@/no/such/file"), 26),
        (("--companion", "/status/404"), 4),
    ],
)
def test_failures_before_a_reply_are_valid_objects(httpeek: Program, words: tuple[str, ...], code: int) -> None:
    done = httpeek("--as", "json", *words)
    objects(done.out)
    assert done.code == code


def test_octets_that_are_not_utf_8_are_not_lost(httpeek: Program) -> None:
    body = bytes(range(256))
    with replying(b"HTTP/1.1 200 OK\r\nX-B: \xff\r\nContent-Length: 256\r\n\r\n" + body) as peer:
        (made,) = objects(httpeek("--as", "json", peer.url).out)
    import base64

    assert base64.b64decode(made["response"]["body"]["text"]) == body
    assert ["X-B", {"base64": "/w=="}] in made["response"]["fields"]


def test_a_time_out_keeps_what_arrived(httpeek: Program) -> None:
    with Peer([read_head, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", hold]) as peer:
        done = httpeek("--as=json", "--timeout=0.1", peer.url)
    (made,) = objects(done.out)
    assert done.code == 28
    assert made["response"]["body"]["text"] == "half"
    assert not made["response"]["complete"]


def test_long_content_stands_whole_in_an_archive(httpeek: Program) -> None:
    text = '\x00a\u4f60\U0001f600"\\' * 30_000
    body = text.encode()
    reply = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with replying(reply) as peer:
        done = httpeek("--as=har", peer.url)
        code, shown = httpeek.terminal("show", "@last", "--as=har")
    assert json.loads(done.out)["log"]["entries"][0]["response"]["content"]["text"] == text
    assert (done.code, code) == (0, 0)
    assert json.loads(shown)["log"]["entries"][0]["response"]["content"]["text"] == text


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_a_bomb_as_an_archive_takes_little_memory(httpeek: Program) -> None:
    coded = gzip.compress(("\U0001f600" + "\x00" * (1 << 20)).encode() * 60, 9)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(coded)
    with replying(head + coded) as peer:
        code = (
            "import sys; from httpeek.cli.main import run; code = run(sys.argv[1:]);"
            "print([l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1], file=sys.stderr);"
            "sys.exit(code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "--as=har", "-qq", peer.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(httpeek.home),
            check=False,
            timeout=LIMIT,
        )
    assert done.returncode == 63
    assert int(done.stderr.split()[-1]) < 100 * 1024  # KiB
