"""Digest, the client's side, against the examples of RFC 7616 section 3.9 (and its erratum 4897) and RFC 2617."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from httpeek.client import digest
from httpeek.client.auth import challenges, parameters
from httpeek.client.digest import Protection

HTTP_AUTH = Protection(
    realm="http-auth@example.org",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    algorithm="MD5",
    qop="auth",
    utf8=False,
    userhash=False,
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    uses=1,
)


def accept(*values: bytes) -> Protection | None:
    return digest.accept(challenges(tuple((b"Proxy-Authenticate", v) for v in values), b"proxy-authenticate"))


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    protection = HTTP_AUTH._replace(algorithm=algorithm)
    made = digest.answer(protection, "Mufasa", "Circle of Life", "GET", "/dir/index.html").decode()
    assert made == (
        'Digest username="Mufasa", realm="http-auth@example.org", '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", '
        f"algorithm={algorithm}, qop=auth, nc=00000001, "
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", '
        f'response="{expected}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )


def test_the_example_with_sha_512_256_utf_8_and_a_hashed_user() -> None:
    found = accept(
        b'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
        b'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", '
        b"charset=UTF-8, userhash=true"
    )
    assert found is not None
    protection = found._replace(cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v").next
    # The user as a keyboard of another system may give it: letters and accents apart.
    made = digest.answer(protection, "Ja\u0308s\u00f8n Doe", "Secret, or not?", "GET", "/doe.json").decode()
    assert 'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"' in made
    assert 'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"' in made
    assert made.endswith(", userhash=true")


def test_the_example_of_rfc_2617_and_that_of_rfc_2069_without_qop() -> None:
    protection = Protection(
        realm="testrealm@host.com",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        opaque="5ccc069c403ebaf9f0171e9517f40e41",
        algorithm=None,
        qop="auth",
        utf8=False,
        userhash=False,
        cnonce="0a4f113b",
        uses=1,
    )
    target = "/dir/index.html"
    assert digest.response(protection, "Mufasa", "Circle Of Life", "GET", target) == "6629fae49393a05397450978507c4ef1"
    old = digest.answer(protection._replace(qop=""), "Mufasa", "CircleOfLife", "GET", target).decode()
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in old
    assert "qop" not in old and "cnonce" not in old and "algorithm" not in old


def test_a_name_that_is_not_ascii_is_written_as_rfc_8187_has_it() -> None:
    made = digest.answer(HTTP_AUTH._replace(utf8=True), "J\u00e4s\u00f8n Doe", "p", "GET", "/")
    assert made.startswith(b"Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, ")


def test_the_key_of_a_session_is_made_from_the_nonces() -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    protection = HTTP_AUTH._replace(algorithm="MD5-sess", realm="r", nonce="n", cnonce="c")
    secret = md5(md5("u:r:p") + ":n:c")
    assert digest.response(protection, "u", "p", "GET", "/") == md5(f"{secret}:n:00000001:c:auth:{md5('GET:/')}")


def test_content_is_hashed_piece_by_piece_for_auth_int() -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"a", b"", b"bc")

    one = HTTP_AUTH._replace(qop="auth-int", algorithm="SHA-256")
    assert digest.answer(one, "u", "p", "POST", "/", pieces()) == digest.answer(one, "u", "p", "POST", "/", [b"abc"])
    assert digest.answer(one, "u", "p", "POST", "/", [b"abd"]) != digest.answer(one, "u", "p", "POST", "/", [b"abc"])


def test_the_strongest_algorithm_that_is_known_is_answered_with_qop_auth_before_auth_int() -> None:
    found = accept(
        b'Digest nonce=a, algorithm=MD5, Digest nonce=b, algorithm=sha-256, qop="auth-int, auth"', b"Basic realm=x"
    )
    assert found is not None
    assert (found.nonce, found.algorithm, found.qop) == ("b", "sha-256", "auth")
    only = accept(b'Digest nonce=a, algorithm=SHA-999, Digest nonce=c, qop="auth-int"')
    assert only is not None
    assert (only.nonce, only.qop) == ("c", "auth-int")


@pytest.mark.parametrize(
    "value",
    [b"Basic realm=x", b"Digest realm=x", b"Digest nonce=x, algorithm=token", b'Digest nonce=x, qop="auth-conf"'],
)
def test_what_cannot_be_answered_is_not(value: bytes) -> None:
    assert accept(value) is None


def test_a_nonce_is_counted_and_the_next_one_begins_anew() -> None:
    assert [HTTP_AUTH.nc, HTTP_AUTH.next.nc] == ["00000001", "00000002"]
    other = digest.renewed(HTTP_AUTH, parameters(b'nextnonce="new"'))
    assert (other.nonce, other.next.nc) == ("new", "00000001")
    assert other.cnonce != HTTP_AUTH.cnonce
    assert digest.renewed(HTTP_AUTH, parameters(b"qop=auth")) == HTTP_AUTH


def test_the_proof_of_the_server_is_told_from_a_wrong_one() -> None:
    right = digest.response(HTTP_AUTH, "u", "p", "", "/")
    for info, proven in ((f'rspauth="{right}"', True), ('rspauth="00"', False), ("nc=1", None)):
        assert digest.is_proven(HTTP_AUTH, parameters(info.encode()), "u", "p", "/") is proven


def test_stale_is_said_by_the_server() -> None:
    assert digest.is_stale(challenges(((b"WWW-Authenticate", b"Digest nonce=x, stale=TRUE"),)))
    assert not digest.is_stale(challenges(((b"WWW-Authenticate", b"Digest nonce=x, stale=false"),)))
