"""A hint after common failures: facts that were looked up or seen, in the sentence or in one line beside it."""

from __future__ import annotations

import os
import socket

import pytest

from httpeek.model.target import parse
from httpeek.net import tls_failures
from httpeek.net.dial import Address, _all_failed
from tests.support import Peer, Program, read_head, replying


def test_what_listens_on_the_port_at_another_address(httpeek: Program) -> None:
    with socket.socket(socket.AF_INET6) as listener:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(("::1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = httpeek(f"127.0.0.1:{port}")
    start = f"httpeek: (7) 127.0.0.1:{port} refused the connection: nothing listens there, but "
    assert done.code == 7
    assert done.err.startswith(start)
    assert done.err.endswith(f"(pid {os.getpid()}) listens on [::1]:{port}\n")


def test_an_address_of_another_machine_is_not_looked_up_here() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        address = Address(socket.AF_INET, ("192.0.2.1", port), f"192.0.2.1:{port}")
        sentence = _all_failed(parse(f"192.0.2.1:{port}"), [(address, "refused")])
    assert sentence == f"192.0.2.1:{port} refused the connection: nothing listens there"


@pytest.mark.parametrize(
    "content",
    [
        b"<center>The plain HTTP request was sent to HTTPS port</center>",
        b"Client sent an HTTP request to an HTTPS server.\n",
    ],
)
def test_a_server_that_says_it_speaks_tls(content: bytes, httpeek: Program) -> None:
    reply = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)
    other = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n"
    with replying(reply, other) as peer:
        told = httpeek(f"{peer.url}/x?y=1")
        silent = httpeek(f"{peer.url}/x")
    assert told.err.splitlines() == [
        "note: 400 Bad Request, exit 4",
        f"note: the server says that this port speaks TLS; try https://{peer.address}/x?y=1",
    ]
    assert silent.err == "note: 400 Bad Request, exit 4\n"


def test_a_tls_alert_in_answer_to_a_request(httpeek: Program) -> None:
    with Peer((read_head, b"\x15\x03\x01\x00\x02\x02\x0a")) as peer:
        done = httpeek(f"http://{peer.address}/")
    sentence = f"{peer.address} answered with a TLS alert, not with HTTP: it speaks TLS; try https:"
    assert done.code in (8, 56)
    assert done.err.splitlines()[-1] == f"httpeek: ({done.code}) {sentence}"


def test_a_proxy_in_between_is_told_for_its_statuses_only(httpeek: Program) -> None:
    bad = b"HTTP/1.1 502 Bad Gateway\r\nVia: 1.1 squid.test (squid/6)\r\nContent-Length: 0\r\n\r\n"
    with replying(bad, bad.replace(b"502", b"404"), bad.replace(b"Via", b"Sia")) as peer:
        through, not_found, direct = (httpeek(peer.url) for _ in range(3))
    note = "note: this 502 came by way of a proxy (Via: 1.1 squid.test (squid/6)), which may have made it"
    assert through.err.splitlines()[-1] == note
    assert "Via" not in not_found.err + direct.err


def test_a_clock_that_is_off_is_told_by_files_from_its_future() -> None:
    new_year_2001 = 978_307_200
    said = tls_failures._clock(new_year_2001)
    assert said.startswith("; the clock of this machine is off: it says 2001-01-01, and files here were written on 20")


def test_a_clock_that_may_be_right_is_not_spoken_of() -> None:
    assert tls_failures._clock(2**33) == ""
