"""Basic, bearer and Digest; Digest against the examples of RFC 7616 section 3.9 and its erratum 4897."""

from __future__ import annotations

import base64
import hashlib

import pytest

from httpeek.server.app import digest
from tests.server.app.asking import Got, ask


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_basic_takes_the_user_and_the_password_of_the_path() -> None:
    got = ask("/basic-auth/u/p")
    assert (got.status, got["WWW-Authenticate"]) == (401, 'Basic realm="httpeek", charset="UTF-8"')
    got = ask("/basic-auth/u/p", fields=basic("u", "p"))
    assert (got.status, got.json) == (200, {"authenticated": True, "authorized": True, "user": "u"})
    assert ask("/basic-auth/%C3%A9/a:b", fields=basic("\u00e9", "a:b")).status == 200
    assert ask("/basic-auth/u/p", fields=basic("u", "q")).status == 401


@pytest.mark.parametrize("field", ["Basic", "Basic !", "Basic dTpw=", "Bearer dTpw", "Basic \u00e9"])
def test_basic_refuses_what_is_broken(field: str) -> None:
    assert ask("/basic-auth/u/p", fields={"Authorization": field}).status == 401


def test_hidden_basic_is_404_without_credentials_and_challenges_nobody() -> None:
    got = ask("/hidden-basic-auth/u/p")
    assert (got.status, got["WWW-Authenticate"]) == (404, "")
    assert ask("/hidden-basic-auth/u/p", fields=basic("u", "p")).status == 200


def test_bearer_takes_any_token() -> None:
    assert ask("/bearer")["WWW-Authenticate"] == 'Bearer realm="httpeek"'
    assert ask("/bearer", fields={"Authorization": "bearer abc"}).json == {"authenticated": True, "token": "abc"}
    assert ask("/bearer", fields={"Authorization": "Bearer "}).status == 401


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    field = (
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
        f"algorithm={algorithm}, "
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
        f'response="{expected}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    given = digest.credentials(field)
    assert given is not None
    assert digest.response(given, "GET", "Mufasa", "Circle of Life", b"") == expected


def test_the_example_with_sha_512_256_and_a_hashed_user_as_its_erratum_has_it() -> None:
    field = (
        'Digest username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", '
        'realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, '
        'cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, '
        'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", '
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", userhash=true'
    )
    given = digest.credentials(field)
    assert given is not None
    assert given.userhash
    user = "J\u00e4s\u00f8n Doe"
    assert digest.hashed("SHA-512-256", f"{user}:api@example.org".encode()) == given.username
    assert digest.response(given, "GET", user, "Secret, or not?", b"") == given.response


def challenge(got: Got, number: int = 0) -> dict[str, str]:
    assert got.status == 401
    scheme, _, rest = got.all("WWW-Authenticate")[number].partition(" ")
    assert scheme == "Digest"
    return {name: value.strip('"') for name, _, value in (part.partition("=") for part in rest.split(", "))}


def answer(
    path: str,
    nonce: str,
    algorithm: str = "MD5",
    qop: str = "auth",
    count: int = 1,
    method: str = "GET",
    content: bytes = b"",
) -> tuple[dict[str, str], dict[str, str]]:
    """The Authorization field of a client that knows u and p, worked out here from RFC 7616; and its parts."""
    make = {"md5": "md5", "sha-256": "sha256", "sha-512-256": "sha512_256"}[algorithm.lower().removesuffix("-sess")]

    def hashed(text: str | bytes) -> str:
        return hashlib.new(make, text.encode() if isinstance(text, str) else text).hexdigest()

    secret = hashed("u:httpeek:p")
    if algorithm.endswith("-sess"):
        secret = hashed(f"{secret}:{nonce}:c0")
    message = f"{method}:{path}" + (f":{hashed(content)}" if qop == "auth-int" else "")
    middle = f"{count:08x}:c0:{qop}:" if qop else ""
    proof = hashed(f"{secret}:{nonce}:{middle}{hashed(message)}")
    said = f'Digest username="u", realm="httpeek", nonce="{nonce}", uri="{path}", response="{proof}"'
    said += f", algorithm={algorithm}"
    if qop:
        said += f', qop={qop}, nc={count:08x}, cnonce="c0"'
    return {"Authorization": said}, {"secret": secret, "nonce": nonce}


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_digest_takes_the_right_answer_to_its_challenge(algorithm: str, qop: str) -> None:
    path = f"/digest-auth/{qop}/u/p/{algorithm}?x=1"
    asked = challenge(ask(path, "POST"))
    assert (asked["algorithm"], asked["qop"], asked["realm"]) == (algorithm, qop, "httpeek")
    fields, _ = answer(path, asked["nonce"], algorithm, qop, method="POST", content=b"hello")
    got = ask(path, "POST", fields, b"hello")
    assert (got.status, got.json["user"]) == (200, "u")
    assert f"qop={qop}" in got["Authentication-Info"]
    if qop == "auth-int":
        assert ask(path, "POST", fields, b"hullo").status == 401
    assert ask(path, "PUT", fields, b"hello").status == 401


def test_the_server_proves_that_it_knows_the_password_too() -> None:
    path = "/digest-auth/auth/u/p"
    fields, parts = answer(path, challenge(ask(path))["nonce"])
    info = ask(path, fields=fields)["Authentication-Info"]
    mine = hashlib.md5(f":{path}".encode(), usedforsecurity=False).hexdigest()
    text = f"{parts['secret']}:{parts['nonce']}:00000001:c0:auth:{mine}"
    assert f'rspauth="{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"' in info


def test_a_nonce_goes_stale_after_so_many_uses() -> None:
    path = "/digest-auth/auth/u/p/MD5/2"
    nonce = challenge(ask(path))["nonce"]
    assert [ask(path, fields=answer(path, nonce, count=n)[0]).status for n in (1, 2, 3)] == [200, 200, 401]
    asked = challenge(ask(path, fields=answer(path, nonce, count=3)[0]))
    assert asked["stale"] == "true"
    assert asked["nonce"] != nonce


def test_a_nonce_that_is_not_ours_is_stale_and_a_wrong_password_is_not() -> None:
    path = "/digest-auth/auth/u/p"
    for nonce in ("x", "0-00", "-", "0-" + "0" * 32):
        assert challenge(ask(path, fields=answer(path, nonce)[0]))["stale"] == "true"
    other = "/digest-auth/auth/u/q"
    assert "stale" not in challenge(ask(other, fields=answer(other, challenge(ask(other))["nonce"])[0]))


def test_a_nonce_of_another_seed_is_not_ours() -> None:
    path = "/digest-auth/auth/u/p"
    nonce = challenge(ask(path, environ={"httpeek.seed": 7}))["nonce"]
    assert challenge(ask(path, fields=answer(path, nonce)[0]))["stale"] == "true"
    assert ask(path, fields=answer(path, nonce)[0], environ={"httpeek.seed": 7}).status == 200


def test_two_algorithms_are_offered_best_first() -> None:
    path = "/digest-auth/both/u/p/any"
    got = ask(path)
    assert [challenge(got, n)["algorithm"] for n in range(2)] == ["SHA-256", "MD5"]
    assert ask(path, fields=answer(path, challenge(got)["nonce"], "SHA-256")[0]).status == 200


def test_digest_without_qop_is_that_of_rfc_2069() -> None:
    path = "/digest-auth/none/u/p"
    asked = challenge(ask(path))
    assert "qop" not in asked
    got = ask(path, fields=answer(path, asked["nonce"], qop="")[0])
    assert (got.status, got["Authentication-Info"]) == (200, "")


def test_a_weaker_answer_than_was_asked_for_is_refused() -> None:
    path = "/digest-auth/auth-int/u/p/SHA-256"
    nonce = challenge(ask(path))["nonce"]
    assert ask(path, fields=answer(path, nonce, "MD5", "auth-int")[0]).status == 401
    assert ask(path, fields=answer(path, nonce, "SHA-256", "auth")[0]).status == 401
    assert ask(path, fields=answer(path, nonce, "SHA-256", "")[0]).status == 401


def test_a_digest_for_another_path_is_400() -> None:
    path = "/digest-auth/auth/u/p"
    fields, _ = answer("/other", challenge(ask(path))["nonce"])
    assert ask(path, fields=fields).status == 400


@pytest.mark.parametrize(
    "field",
    [
        "Digest",
        "Digest =",
        'Digest username="u',
        'Digest realm="a", realm="b"',
        'Digest username="u\\',
        'Digest realm="httpeek", nonce="x", uri="/digest-auth/auth/u/p", response="x", algorithm=ROT13',
        "Digest username*=latin1''u, realm=\"httpeek\", nonce=x, uri=x, response=x",
        "Digest a=" + "b" * 9000,
    ],
)
def test_broken_credentials_are_400(field: str) -> None:
    assert ask("/digest-auth/auth/u/p", fields={"Authorization": field}).status == 400


@pytest.mark.parametrize("path", ["nosuch/u/p", "auth/u/p/ROT13", "auth/u/p/MD5/x", "none/u/p/MD5-sess"])
def test_a_digest_that_there_is_not_is_400(path: str) -> None:
    assert ask(f"/digest-auth/{path}").status == 400
