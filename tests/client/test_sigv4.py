"""AWS Signature Version 4 next to the vectors of Amazon's own test suite."""

from __future__ import annotations

import pytest

from httpeek.client.sigv4 import signed
from httpeek.model.codes import USAGE, HttpeekError
from httpeek.model.message import first
from httpeek.model.plan import Body, Plan
from httpeek.model.target import parse

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MOMENT = 1_440_938_160.0
"""2015-08-30, 12:36:00."""
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")


def plan(method: str, path: str, *fields: tuple[bytes, bytes], data: bytes = b"") -> Plan:
    body = Body(data, length=len(data)) if data else None
    host = (b"Host", b"example.amazonaws.com")
    return Plan(method, parse(f"https://example.amazonaws.com{path}"), (host, *fields), body)


@pytest.mark.parametrize(
    ("made", "signature"),
    [
        (plan("GET", "/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (plan("POST", "/"), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            plan("GET", "/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            plan("POST", "/", FORM, data=b"Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "get-vanilla-query-order-key-case", "post-x-www-form-urlencoded"],
)
def test_vectors_of_the_test_suite(made: Plan, signature: str) -> None:
    done = signed(made, "aws:amz:us-east-1:service", KEY, SECRET, MOMENT)
    assert first(done.fields, b"x-amz-date") == b"20150830T123600Z"
    value = first(done.fields, b"authorization").decode()
    assert value.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ")
    assert value.endswith(f"Signature={signature}")


def test_region_and_service_come_from_the_host() -> None:
    made = plan("GET", "/")._replace(target=parse("https://s3.eu-west-1.example.com/"))
    value = first(signed(made, "aws:amz", KEY, SECRET, MOMENT).fields, b"authorization")
    assert b"/20150830/eu-west-1/s3/aws4_request" in value


@pytest.mark.parametrize("said", ["", "aws:amz", "aws:amz:r:s:t"])
def test_what_cannot_be_told_is_wrong_usage(said: str) -> None:
    made = plan("GET", "/")._replace(target=parse("https://localhost/"))
    with pytest.raises(HttpeekError) as refused:
        signed(made, said, KEY, SECRET)
    assert refused.value.code == USAGE
