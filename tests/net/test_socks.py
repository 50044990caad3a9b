"""SOCKS, octet by octet: what is said to a proxy, and what its answers mean."""

from __future__ import annotations

import pytest

from httpeek.model.codes import HttpeekError
from httpeek.model.proxy import parse
from httpeek.net.socks import negotiation


def talk(url: str, host: str, port: int, *answers: bytes) -> list[bytes]:
    """What is sent, where a proxy gives these answers; each is as long as was asked for."""
    steps = negotiation(parse(url, "--proxy"), host, port)
    octets, need = next(steps)
    said = [octets]
    try:
        for answer in answers:
            assert len(answer) == need
            octets, need = steps.send(answer)
            said.append(octets)
    except StopIteration:
        return said
    raise AssertionError(f"{need} more octets are waited for")


OK5 = (b"\5\0", b"\5\0\0\1", b"\0" * 6)


def test_socks_5_with_a_name_an_ipv4_and_an_ipv6_address() -> None:
    assert talk("socks5h://p", "a.test", 80, *OK5)[:2] == [b"\5\1\0", b"\5\1\0\3\6a.test\0P"]
    assert talk("socks5://p", "1.2.3.4", 443, *OK5)[1] == b"\5\1\0\1\1\2\3\4\1\xbb"
    assert talk("socks5://p", "::1", 443, *OK5)[1] == b"\5\1\0\4" + bytes(15) + b"\1\1\xbb"


def test_the_address_in_the_answer_may_be_of_any_kind() -> None:
    assert talk("socks5://p", "1.2.3.4", 1, b"\5\0", b"\5\0\0\4", bytes(18))
    assert talk("socks5://p", "1.2.3.4", 1, b"\5\0", b"\5\0\0\3", b"\3", b"abc\0\0")


def test_credentials_for_socks_5() -> None:
    said = talk("socks5h://us:pw@p", "a.test", 80, b"\5\2", b"\1\0", *OK5[1:])
    assert said[0] == b"\5\2\0\2"
    assert said[1] == b"\1\2us\2pw"
    # A proxy that wants none gets none.
    assert talk("socks5h://us:pw@p", "a.test", 80, *OK5)[1][:4] == b"\5\1\0\3"


def test_socks_4_and_4a() -> None:
    assert talk("socks4://p", "1.2.3.4", 80, b"\0Z" + bytes(6)) == [b"\4\1\0P\1\2\3\4\0"]
    assert talk("socks4a://me@p", "a.test", 80, b"\0Z" + bytes(6)) == [b"\4\1\0P\0\0\0\1me\0a.test\0"]


@pytest.mark.parametrize(
    ("url", "host", "answers", "code", "said"),
    [
        ("socks5://p", "1.2.3.4", [b"\5\xff"], 7, "wants credentials"),
        ("socks5://u:p@p", "1.2.3.4", [b"\5\xff"], 7, "takes neither"),
        ("socks5://u:p@p", "1.2.3.4", [b"\5\2", b"\1\1"], 7, "did not accept the credentials"),
        ("socks5://p", "1.2.3.4", [b"HT"], 7, "speaks no SOCKS 5: it sent b'HT'"),
        ("socks5://p", "1.2.3.4", [b"\5\0", b"\5\5\0\1"], 7, "made no connection to 1.2.3.4:80: connection refused"),
        ("socks5://p", "1.2.3.4", [b"\5\0", b"\5\x63\0\1"], 7, "made no connection to 1.2.3.4:80: 99"),
        ("socks4://p", "1.2.3.4", [b"\0[" + bytes(6)], 7, "request rejected or failed"),
        ("socks4://p", "1.2.3.4", [b"HTTP/1.1"], 7, "speaks no SOCKS 4"),
        ("socks4://p", "::1", [b"x"], 2, "knows no IPv6 address"),
        ("socks5h://p", "a" * 256, [b"\5\0"], 2, "longer than the 255 octets"),
        ("socks5h://" + "u" * 256 + ":p@p", "a", [b"\5\2"], 2, "at most 255 octets"),
    ],
)
def test_what_a_proxy_refuses_is_said(url: str, host: str, answers: list[bytes], code: int, said: str) -> None:
    with pytest.raises(HttpeekError) as raised:
        talk(url, host, 80, *answers)
    assert raised.value.code == code
    assert said in str(raised.value)
