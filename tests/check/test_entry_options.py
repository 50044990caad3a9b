"""What an entry's [Options] do on the wire."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from httpeek.server.embedded import Embedded
from tests.server.test_tls import Secured
from tests.support import Program, Result


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    server = Embedded()
    yield server.address
    server.close()


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    made = Secured(tmp_path_factory.mktemp("secured"), "--ca-file", "ca.pem")
    yield made
    made.end()


def ran(httpeek: Program, url: str, options: str, expected: str = "HTTP 200\n", method: str = "GET") -> Result:
    (httpeek.home / "one.hurl").write_text(f"{method} {url}\n[Options]\n{options}\n{expected}")
    return httpeek("check", "one.hurl")


def passes(*of: object) -> None:
    done = ran(*of)  # type: ignore[arg-type]  # handed on
    assert done.code == 0, done


@pytest.mark.parametrize(
    ("options", "path", "expected"),
    [
        ("user: u:p", "/basic-auth/u/p", "HTTP 200\n"),
        ("user: u:p\ndigest: true", "/digest-auth/auth/u/p/SHA-256", "HTTP 200\n"),
        ("location: true", "/redirect/2", "HTTP 200\n[Asserts]\nredirects count == 2\nurl endsWith \"/get\"\n"),
        ("location: true\nmax-redirs: -1", "/redirect/3", "HTTP 200\n"),
        ("header: X-A: 1\nheader: X-B: 2", "/headers", 'HTTP 200\n[Asserts]\njsonpath "$.headers[\'X-B\']" == "2"\n'),
        ("http1.0: true", "/get", "HTTP 200\n"),
        ("variable: a=1.0\nvariable: b=text", "/get?a={{a}}&b={{b}}", 'HTTP 200\n[Asserts]\nvariable "a" == 1.0\n'),
        ("limit-rate: 1000000", "/bytes/1000", "HTTP 200\n[Asserts]\nbytes count == 1000\n"),
        ("max-time: 10s\nconnect-timeout: 5s", "/get", "HTTP 200\n"),
        ("path-as-is: true", "/a/../get", "HTTP 404\n"),
        ("ipv4: true", "/get", "HTTP 200\n"),
        ("proxy: http://127.0.0.1:1\nnoproxy: 127.0.0.0/8", "/get", "HTTP 200\n"),
        ("compressed: true", "/gzip", 'HTTP 200\nContent-Encoding: gzip\n[Asserts]\njsonpath "$.gzipped" == true\n'),
        ("aws-sigv4: aws:amz:r:s\nuser: key:secret", "/headers",
         'HTTP 200\n[Asserts]\njsonpath "$.headers.Authorization" startsWith "AWS4-HMAC-SHA256 Credential=key/"\n'),
    ],
)  # fmt: skip
def test_an_option_does_what_it_says(httpeek: Program, companion: str, options: str, path: str, expected: str) -> None:
    passes(httpeek, f"http://{companion}{path}", options, expected)


@pytest.mark.parametrize(
    ("options", "path", "code", "said"),
    [
        ("max-redirs: 1\nlocation: true", "/redirect/3", 10, "redirects"),
        ("max-time: 100ms", "/delay/5", 10, "--max-time"),
        ("proxy: http://127.0.0.1:1", "/get", 10, "the proxy http://127.0.0.1:1 (proxy)"),
        ("negotiate: true", "/get", 10, "negotiate"),
        ("aws-sigv4: aws:amz:r:s", "/get", 10, "KEY:SECRET"),
        ("header: no-colon", "/get", 10, "NAME:VALUE"),
        ("header: a b: 1", "/get", 10, "would break the head"),
        ("cacert: nowhere.pem", "/get", 0, ""),
    ],
)
def test_what_does_not_work_is_told_at_its_place(
    httpeek: Program, companion: str, options: str, path: str, code: int, said: str
) -> None:
    done = ran(httpeek, f"http://{companion}{path}", options)
    assert done.code == code, done
    assert said in done.out.decode()


def test_an_output_gets_the_content(httpeek: Program, companion: str) -> None:
    passes(httpeek, f"http://{companion}/bytes/10?seed=1", "output: got.bin")
    assert len((httpeek.home / "got.bin").read_bytes()) == 10
    assert ran(httpeek, f"http://{companion}/bytes/10", "output: ../out.bin").code == 10
    assert not (httpeek.home.parent / "out.bin").exists()


def test_a_host_and_a_port_are_dialled_elsewhere(httpeek: Program, companion: str) -> None:
    port = companion.rpartition(":")[2]
    passes(httpeek, f"http://api.test:{port}/get", f"resolve: api.test:{port}:127.0.0.1")
    passes(httpeek, "http://api.test/get", f"connect-to: api.test:80:127.0.0.1:{port}")


def test_netrc_is_read_where_an_entry_asks_for_it(httpeek: Program, companion: str) -> None:
    (httpeek.home / "my.netrc").write_text("machine 127.0.0.1 login u password p\n")
    (httpeek.home / "my.netrc").chmod(0o600)
    path = httpeek.home / "my.netrc"
    passes(httpeek, f"http://{companion}/basic-auth/u/p", f"netrc-file: {path}")
    assert ran(httpeek, f"http://{companion}/basic-auth/u/p", "delay: 0").code == 10


def key_of(secured: Secured) -> str:
    """The hash of the public key that the server has, as curl writes it."""
    port = int(secured.address.rpartition(":")[2])
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    key = load_pem_x509_certificate(pem.encode()).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha256//" + base64.b64encode(hashlib.sha256(octets).digest()).decode()


def test_tls_is_checked_unless_it_is_said_otherwise(httpeek: Program, secured: Secured) -> None:
    url = f"https://{secured.address}/get"
    done = ran(httpeek, url, "delay: 0")
    assert done.code == 10
    assert "certificate of 127.0.0.1" in done.out.decode()
    passes(httpeek, url, "insecure: true")
    (httpeek.home / "ca.pem").write_bytes(Path(secured.ca).read_bytes())
    passes(httpeek, url, "cacert: ca.pem")


def test_a_key_is_pinned_before_anything_is_sent(httpeek: Program, secured: Secured) -> None:
    url = f"https://{secured.address}/get"
    passes(httpeek, url, f"insecure: true\npinnedpubkey: {key_of(secured)}")
    done = ran(httpeek, url, "insecure: true\npinnedpubkey: sha256//AAAA")
    assert done.code == 10
    assert "not the one that is pinned" in done.out.decode()
    shown = json.loads(httpeek("show", "@last", "--as", "json").out)
    assert shown["octets"]["received"] == 0


def test_tls_of_a_kept_connection_is_that_of_its_handshake(httpeek: Program, secured: Secured) -> None:
    entry = f"GET https://{secured.address}/get\n[Options]\ninsecure: true\nHTTP 200\n[Asserts]\n"
    asserts = 'tls.version startsWith "TLS 1."\ntls.expires daysAfterNow >= 0\ncertificate "Subject" exists\n'
    (httpeek.home / "kept.hurl").write_text(f"{entry}{asserts}\n{entry}connection.reused == true\n{asserts}")
    done = httpeek("check", "kept.hurl")
    assert done.code == 0, done.out
