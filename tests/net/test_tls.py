"""TLS as a client speaks it: what is trusted, what is told, and the sentence for each way in which it fails."""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from httpeek.model.codes import (
    CERTIFICATE_REFUSED,
    RECEIVE_FAILED,
    TIMED_OUT,
    TLS_FAILED,
    USAGE,
    HttpeekError,
)
from httpeek.model.events import TlsEstablished, TlsStarted
from httpeek.model.plan import DialPolicy, TlsPolicy
from httpeek.net.tls import context
from tests.net.peers import REPLY, TlsPeer, answer, authority, dated, good, server_context, speak, stranger
from tests.support import hold

NOBODY_SIGNED = (
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 "
    "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
)
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file with the authority's certificate."""
    path = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that this machine sets decides a test."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """Each TLS version in turn."""
    name: str = request.param
    return name


def only(version: str, leaf: trustme.LeafCert | None = None) -> ssl.SSLContext:
    """A server that speaks one version."""
    return server_context(leaf, minimum_version=VERSIONS[version], maximum_version=VERSIONS[version])


def refused(made: ssl.SSLContext, policy: TlsPolicy, url: str = "") -> tuple[int, str, list[TlsEstablished]]:
    """Exit code and sentence of a connection that fails, without the address, and the facts about TLS."""
    with TlsPeer(made) as peer:
        spoken = speak(url.format(port=peer.port) if url else peer.url, policy)
        assert spoken.error is not None
        sentence = spoken.error.failure.sentence.replace(f":{peer.port}", "")
    return spoken.error.code, sentence, [fact for fact in spoken.facts if isinstance(fact, TlsEstablished)]


# -- what is told


def test_the_facts_of_a_connection_are_told(version: str, trusted: str) -> None:
    with TlsPeer(only(version)) as peer:
        spoken = speak(peer.url, TlsPolicy(trusted))
    told = spoken.one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    assert spoken.octets == REPLY and spoken.close_notify
    assert (told.version, told.alpn, told.verify) == (version, "http/1.1", "ok")
    assert "AES" in told.cipher or "CHACHA" in told.cipher
    assert told.bits in (128, 256)
    assert spoken.one(TlsStarted) == TlsStarted("localhost", ("http/1.1",))
    assert peer.server_names == ["localhost"]


def test_the_chain_is_as_the_server_sent_it(version: str, trusted: str) -> None:
    leaf = authority().create_child_ca().issue_cert("localhost", "127.0.0.1", common_name="leaf")
    with TlsPeer(only(version, leaf)) as peer:
        told = speak(peer.url, TlsPolicy(trusted)).one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    own, intermediate = told.chain[:2]
    assert "CN=leaf" in own.subject
    assert own.names == ("DNS:localhost", "IP:127.0.0.1")
    assert own.issuer == intermediate.subject
    sent = b"".join(blob.bytes() for blob in leaf.cert_chain_pems).decode()
    assert [ssl.DER_cert_to_PEM_cert(c.der) for c in told.chain] == [
        one + "-----END CERTIFICATE-----\n" for one in sent.split("-----END CERTIFICATE-----\n") if one
    ]


def test_a_date_is_read_as_openssl_reads_it(trusted: str, require_tool: Callable[[str], str]) -> None:
    openssl = require_tool("openssl")
    with TlsPeer(server_context()) as peer:
        told = speak(peer.url, TlsPolicy(trusted)).one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    certificate = told.chain[0]
    words = [openssl, "x509", "-inform", "DER", "-noout", "-startdate", "-enddate", "-serial"]
    printed = subprocess.run(words, input=certificate.der, capture_output=True, check=True).stdout.decode()
    said = dict(line.split("=", 1) for line in printed.splitlines())
    for name, moment in (("notBefore", certificate.not_before), ("notAfter", certificate.not_after)):
        read = datetime.strptime(said[name], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
        assert read.timestamp() == moment
    assert int(said["serial"], 16) == int(certificate.serial, 16)


def test_no_server_name_is_sent_for_an_address(trusted: str) -> None:
    with TlsPeer(server_context()) as peer:
        spoken = speak(f"https://127.0.0.1:{peer.port}/", TlsPolicy(trusted))
    assert spoken.octets == REPLY
    assert spoken.one(TlsStarted) == TlsStarted("", ("http/1.1",))
    assert peer.server_names == [None]


def test_another_server_name_is_sent_and_checked(trusted: str) -> None:
    leaf = authority().issue_cert("api.test")
    with TlsPeer(server_context(leaf)) as peer:
        spoken = speak(peer.url, TlsPolicy(trusted, sni="api.test"))
    assert spoken.octets == REPLY and peer.server_names == ["api.test"]


def test_a_final_dot_is_not_part_of_the_server_name(trusted: str) -> None:
    with TlsPeer(server_context()) as peer:
        here = DialPolicy(resolve=(("localhost.", peer.port, ("127.0.0.1",)),))
        spoken = speak(f"https://localhost.:{peer.port}/", TlsPolicy(trusted), dialling=here)
    assert spoken.octets == REPLY and peer.server_names == ["localhost"]


def test_the_keys_of_a_connection_are_logged(trusted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    with TlsPeer(only("TLS 1.3")) as peer:
        speak(peer.url, TlsPolicy(trusted))
    assert "CLIENT_TRAFFIC_SECRET_0 " in log.read_text()


# -- what is trusted


def test_a_certificate_that_is_not_checked_is_accepted_and_said_so(version: str) -> None:
    with TlsPeer(only(version, stranger().issue_cert("elsewhere"))) as peer:
        spoken = speak(peer.url, TlsPolicy("no"))
    told = spoken.one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    assert (spoken.octets, told.verify, told.chain[0].names) == (REPLY, "off", ("DNS:elsewhere",))


def test_a_directory_of_certificates_is_trusted(tmp_path: Path) -> None:
    authority().cert_pem.write_to_path(str(tmp_path / "ours.crt"))
    (tmp_path / "README").write_text("not a certificate")
    with TlsPeer(server_context()) as peer:
        assert speak(peer.url, TlsPolicy(str(tmp_path))).octets == REPLY


def test_a_hashed_directory_is_trusted(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    authority().cert_pem.write_to_path(str(tmp_path / "ours.pem"))
    subprocess.run([require_tool("openssl"), "rehash", tmp_path], check=True)
    with TlsPeer(server_context()) as peer:
        assert speak(peer.url, TlsPolicy(str(tmp_path))).octets == REPLY


def test_an_intermediate_alone_can_be_trusted(tmp_path: Path) -> None:
    child = authority().create_child_ca()
    child.cert_pem.write_to_path(str(tmp_path / "child.pem"))
    with TlsPeer(server_context(child.issue_cert("localhost"))) as peer:
        assert speak(peer.url, TlsPolicy(str(tmp_path / "child.pem"))).octets == REPLY


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_variables_of_openssl_say_what_is_trusted(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require_tool: Callable[[str], str]
) -> None:
    authority().cert_pem.write_to_path(str(tmp_path / "ours.pem"))
    subprocess.run([require_tool("openssl"), "rehash", tmp_path], check=True)
    monkeypatch.setenv(variable, str(tmp_path / "ours.pem" if variable == "SSL_CERT_FILE" else tmp_path))
    with TlsPeer(server_context()) as peer:
        assert speak(peer.url, TlsPolicy()).octets == REPLY


def test_the_system_trusts_no_authority_of_a_test() -> None:
    code, sentence, _ = refused(server_context(), TlsPolicy())
    assert code == CERTIFICATE_REFUSED
    assert "is not known here" in sentence or "is not trusted here" in sentence


def test_where_there_is_no_directory_of_the_system_truststore_decides(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("httpeek.net.tls._is_hashed", lambda _directory: False)
    assert type(context(TlsPolicy())).__module__.startswith("truststore")
    code, _, told = refused(only(version), TlsPolicy())
    assert code == CERTIFICATE_REFUSED
    assert told[0].chain[0].names[0] == "DNS:localhost"


# -- certificates that are refused: the reason, and the chain all the same


def day(offset: timedelta) -> str:
    return (datetime.now(UTC) + offset).strftime("%Y-%m-%d")


def test_an_expired_certificate(version: str, trusted: str) -> None:
    begin, end = timedelta(days=-60), timedelta(days=-20, hours=-1)
    code, sentence, told = refused(only(version, dated(begin, end)), TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED
    assert sentence == f"certificate of localhost expired on {day(end)}, 20 days ago"
    assert (told[0].version, told[0].verify, told[0].chain[0].names) == (version, sentence, ("DNS:localhost",))
    assert told[0].cipher and told[0].bits


def test_a_certificate_that_is_not_yet_valid(version: str, trusted: str) -> None:
    begin, end = timedelta(days=20, hours=1), timedelta(days=60)
    code, sentence, told = refused(only(version, dated(begin, end)), TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED
    assert sentence == (f"certificate of localhost is valid from {day(begin)} only, in 20 days (is the clock right?)")
    assert told[0].chain[0].names == ("DNS:localhost",)


def test_a_certificate_for_another_name(version: str, trusted: str) -> None:
    leaf = authority().issue_cert("example.org", "*.example.net")
    code, sentence, told = refused(only(version, leaf), TlsPolicy(trusted))
    assert (code, sentence) == (
        CERTIFICATE_REFUSED,
        "certificate is not for localhost: it names example.org, *.example.net",
    )
    assert told[0].chain[0].names == ("DNS:example.org", "DNS:*.example.net")


def test_a_certificate_with_many_names_is_cut(trusted: str) -> None:
    leaf = authority().issue_cert(*[f"host{n}.test" for n in range(9)])
    _, sentence, _ = refused(server_context(leaf), TlsPolicy(trusted))
    assert sentence.endswith("it names host0.test, host1.test, host2.test, host3.test, host4.test and 4 more")


def test_a_certificate_without_the_address(trusted: str) -> None:
    leaf = authority().issue_cert("localhost", "127.0.0.2")
    code, sentence, _ = refused(server_context(leaf), TlsPolicy(trusted), "https://127.0.0.1:{port}/")
    assert code == CERTIFICATE_REFUSED
    assert sentence == "certificate is not for 127.0.0.1: it names localhost, 127.0.0.2"


def test_a_certificate_of_an_unknown_issuer(version: str, trusted: str) -> None:
    leaf = stranger().issue_cert("localhost")
    code, sentence, told = refused(only(version, leaf), TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED
    assert 'its issuer "O=Unknown Authority, ' in sentence and "left it out of the chain" in sentence
    assert told[0].chain[0].issuer.startswith("O=Unknown Authority")


def test_an_incomplete_chain(version: str, trusted: str) -> None:
    leaf = authority().create_child_ca().issue_cert("localhost")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.maximum_version = VERSIONS[version]
    with leaf.private_key_pem.tempfile() as key, leaf.cert_chain_pems[0].tempfile() as cert:
        made.load_cert_chain(cert, key)
    code, sentence, told = refused(made, TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED and "left it out of the chain" in sentence
    assert len(told[0].chain) == 1


def test_a_chain_that_ends_at_an_unknown_issuer(trusted: str) -> None:
    leaf = stranger().create_child_ca().issue_cert("localhost")
    code, sentence, told = refused(server_context(leaf), TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED and 'ends at the issuer "O=Unknown Authority, ' in sentence
    assert len(told[0].chain) == 2


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Key and certificate of a server that nobody signed for."""
    from tests.conftest import find_tool

    where = tmp_path_factory.mktemp("self")
    key, cert = str(where / "key.pem"), str(where / "cert.pem")
    subprocess.run(
        [find_tool("openssl"), *NOBODY_SIGNED.split(), "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return key, cert


def test_a_self_signed_certificate(version: str, trusted: str, self_signed: tuple[str, str]) -> None:
    key, cert = self_signed
    made = only(version)
    made.load_cert_chain(cert, key)
    code, sentence, told = refused(made, TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED
    assert sentence == "certificate of localhost is self-signed and not trusted here; --verify FILE trusts it"
    assert told[0].chain[0].subject == told[0].chain[0].issuer == "CN=localhost"
    with TlsPeer(made) as peer:
        assert speak(peer.url, TlsPolicy(cert)).octets == REPLY


def test_a_chain_that_ends_in_a_root_nobody_trusts(trusted: str, tmp_path: Path) -> None:
    leaf = stranger().issue_cert("localhost")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(leaf.cert_chain_pems[0].bytes() + stranger().cert_pem.bytes())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with leaf.private_key_pem.tempfile() as key:
        made.load_cert_chain(chain, key)
    code, sentence, _ = refused(made, TlsPolicy(trusted))
    assert code == CERTIFICATE_REFUSED
    assert 'ends in the root "O=Unknown Authority, ' in sentence and sentence.endswith("--verify FILE trusts it")


# -- client certificates


def demanding(version: str) -> ssl.SSLContext:
    """A server that takes only clients whose certificate the authority signed."""
    made = only(version)
    made.verify_mode = ssl.CERT_REQUIRED
    authority().configure_trust(made)
    return made


def own(folder: Path, signer: trustme.CA | None = None) -> tuple[str, str]:
    """A client's certificate and key as two files."""
    leaf = (signer or authority()).issue_cert("me@example.org", common_name="me")
    cert, key = folder / "me.pem", folder / "me.key"
    cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    key.write_bytes(leaf.private_key_pem.bytes())
    return str(cert), str(key)


def test_a_client_certificate_is_sent(version: str, trusted: str, tmp_path: Path) -> None:
    cert, key = own(tmp_path)
    with TlsPeer(demanding(version)) as peer:
        assert speak(peer.url, TlsPolicy(trusted, cert, key)).octets == REPLY
    assert (("commonName", "me"),) in peer.subjects[0]  # type: ignore[operator]  # what ssl gives has no better type


def test_certificate_and_key_may_be_in_one_file(trusted: str, tmp_path: Path) -> None:
    cert, key = own(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(Path(key).read_bytes() + Path(cert).read_bytes())
    with TlsPeer(demanding("TLS 1.3")) as peer:
        assert speak(peer.url, TlsPolicy(trusted, str(both))).octets == REPLY


def test_a_missing_client_certificate_is_named(version: str, trusted: str) -> None:
    with TlsPeer(demanding(version)) as peer:
        error = speak(peer.url, TlsPolicy(trusted), send=False).error
    assert error is not None and error.code == TLS_FAILED
    assert "requires a client certificate" in error.failure.sentence
    assert error.failure.sentence.endswith("--cert FILE")


def test_a_client_certificate_of_the_wrong_authority_is_named(version: str, trusted: str, tmp_path: Path) -> None:
    cert, key = own(tmp_path, stranger())
    with TlsPeer(demanding(version)) as peer:
        error = speak(peer.url, TlsPolicy(trusted, cert, key), send=False).error
    assert error is not None and error.code == TLS_FAILED
    assert error.failure.sentence.endswith("refused the client certificate: alert unknown ca")


# -- options that cannot be used


def wrong(policy: TlsPolicy) -> str:
    """The sentence for a policy that cannot be used."""
    with pytest.raises(HttpeekError) as caught:
        context(policy)
    assert caught.value.code == USAGE
    return caught.value.failure.sentence


def test_files_that_are_missing_or_hold_something_else(tmp_path: Path) -> None:
    cert, key = own(tmp_path)
    other = tmp_path / "text"
    other.write_text("hello")
    assert wrong(TlsPolicy("/nowhere")) == '--verify "/nowhere" is no file or directory of PEM certificates'
    assert wrong(TlsPolicy(str(other))) == f'--verify "{other}" is no file or directory of PEM certificates'
    assert wrong(TlsPolicy(cert="/nowhere", cert_key=key)) == '--cert "/nowhere": no such file'
    assert wrong(TlsPolicy(cert=cert, cert_key="/nowhere")) == '--cert-key "/nowhere": no such file'
    assert wrong(TlsPolicy(cert_key=key)) == f'--cert-key "{key}" needs the certificate too: --cert FILE'
    assert wrong(TlsPolicy(cert=cert)).startswith(f'--cert "{cert}": no certificate with its key in PEM')
    assert wrong(TlsPolicy(cert=str(other), cert_key=key)).startswith(f'--cert "{other}" and --cert-key "{key}": no ')


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    cert, _ = own(tmp_path)
    (tmp_path / "other").mkdir()
    _, key = own(tmp_path / "other")
    assert wrong(TlsPolicy(cert=cert, cert_key=key)) == (
        f'--cert-key "{key}": the key does not belong to the certificate in "{cert}"'
    )


def test_an_encrypted_key(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    cert, key = own(tmp_path)
    locked = str(tmp_path / "locked.key")
    openssl = require_tool("openssl")
    subprocess.run([openssl, "pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", locked], check=True)
    assert wrong(TlsPolicy(cert=cert, cert_key=locked)) == (
        f'--cert-key "{locked}": the key is encrypted; decrypt it with openssl pkey -in FILE -out FILE'
    )


def test_versions_and_ciphers_that_are_none() -> None:
    assert wrong(TlsPolicy(minimum="1.3", maximum="1.2")) == "--tls-min 1.3 is above --tls-max 1.2"
    assert wrong(TlsPolicy(maximum="2")) == "--tls-min and --tls-max take 1.0, 1.1, 1.2 or 1.3, not 2"
    assert wrong(TlsPolicy(ciphers="NONSENSE")) == '--ciphers "NONSENSE" selects no cipher of this OpenSSL'
    assert "TLS 1.2 and older" in wrong(TlsPolicy(ciphers="TLS_AES_128_GCM_SHA256"))


def test_files_of_the_environment_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("SSLKEYLOGFILE", "/nowhere/keys")
        assert wrong(TlsPolicy()) == 'SSLKEYLOGFILE "/nowhere/keys" cannot be written: no such file or directory'
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    assert wrong(TlsPolicy()) == 'SSL_CERT_FILE "/nowhere/ca.pem" is no file of PEM certificates'


# -- versions and ciphers


@pytest.mark.parametrize(("bounds", "spoken"), [(("", "1.2"), "TLS 1.2"), (("1.3", ""), "TLS 1.3")])
def test_versions_are_bounded(bounds: tuple[str, str], spoken: str, trusted: str) -> None:
    with TlsPeer(server_context()) as peer:
        told = speak(peer.url, TlsPolicy(trusted, minimum=bounds[0], maximum=bounds[1])).one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    assert told.version == spoken


def test_an_old_version_is_spoken_when_it_is_asked_for(trusted: str) -> None:
    made = server_context()
    made.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1
    code, sentence, _ = refused(made, TlsPolicy(trusted))
    assert code == TLS_FAILED
    assert (
        sentence == "127.0.0.1 speaks no TLS version that was offered (1.2 to 1.3); --tls-min and --tls-max widen that"
    )
    with TlsPeer(made) as peer:
        told = speak(peer.url, TlsPolicy(trusted, maximum="1.0")).one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    assert told.version == "TLS 1"


def test_a_cipher_is_chosen(trusted: str) -> None:
    chosen = "ECDHE-ECDSA-AES128-GCM-SHA256"
    with TlsPeer(server_context()) as peer:
        told = speak(peer.url, TlsPolicy(trusted, maximum="1.2", ciphers=chosen)).one(TlsEstablished)
    assert isinstance(told, TlsEstablished)
    assert (told.cipher, told.bits) == (chosen, 128)


# -- handshakes that fail


def test_no_version_in_common(trusted: str) -> None:
    code, sentence, _ = refused(only("TLS 1.2"), TlsPolicy(trusted, minimum="1.3"))
    assert code == TLS_FAILED
    assert sentence == "127.0.0.1 speaks no TLS version that was offered (1.3); --tls-min and --tls-max widen that"


def test_no_cipher_in_common(trusted: str) -> None:
    made = only("TLS 1.2")
    made.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    other = "ECDHE-ECDSA-AES256-GCM-SHA384"
    code, sentence, _ = refused(made, TlsPolicy(trusted, ciphers=other))
    assert code == TLS_FAILED
    assert sentence == (
        f"127.0.0.1 refused the TLS handshake (alert handshake failure): "
        f'most likely it takes no cipher of --ciphers "{other}"'
    )


def sending(octets: bytes) -> Callable[[socket.socket], None]:
    """A peer that sends octets once the client has begun."""

    def say(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(octets)
        hold(sock)

    return say


def abandon(sock: socket.socket) -> None:
    """Resets the connection once the client has begun."""
    sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize(
    ("then", "ending"),
    [
        (sending(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 'does not speak TLS: it sent "HTTP/1.1"; try http:'),
        (sending(b"SSH-2.0-OpenSSH_9.2\r\n"), 'does not speak TLS: it sent "SSH-2.0-OpenSSH_9.2"'),
        (sending(b"\x00\x1b[31mred\n"), 'does not speak TLS: it sent "\\x00\\x1b[31mred"'),
        (lambda sock: sock.recv(65536) and None, "closed the connection during the TLS handshake"),
        (abandon, "reset the connection during the TLS handshake"),
        (sending(bytes.fromhex("15030300020270")), "does not know the name localhost (--sni says another)"),
        (sending(bytes.fromhex("15030300020278")), "speaks none of the ALPN protocols offered (http/1.1)"),
        (sending(bytes.fromhex("15030300020250")), "refused the TLS handshake: alert internal error"),
    ],
    ids=["http", "ssh", "escapes", "closes", "resets", "unknown name", "no protocol", "internal error"],
)
def test_a_peer_that_does_something_else(then: Callable[[socket.socket], None], ending: str, trusted: str) -> None:
    with TlsPeer(None, then) as peer:
        error = speak(peer.url, TlsPolicy(trusted)).error
    assert error is not None and error.code == TLS_FAILED
    assert error.failure.sentence.endswith(ending)


def test_a_handshake_that_takes_too_long(trusted: str) -> None:
    with TlsPeer(None, hold) as peer:
        error = speak(peer.url, TlsPolicy(trusted), limit=0.05).error
    assert error is not None and error.code == TIMED_OUT
    assert error.failure.sentence.endswith("did not finish the TLS handshake within 0.05 s (--connect-timeout)")


# -- the stream


def test_an_end_without_close_notify_can_be_told_from_one_with_it(version: str, trusted: str) -> None:
    def vanish(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(b"some")

    with TlsPeer(only(version), vanish) as peer:
        spoken = speak(peer.url, TlsPolicy(trusted))
    assert (spoken.octets, spoken.close_notify, spoken.error) == (b"some", False, None)


def test_records_that_were_changed_on_the_way(trusted: str) -> None:
    def garble(sock: socket.socket) -> None:
        sock.recv(65536)
        with socket.socket(fileno=sock.detach()) as plain:
            plain.sendall(bytes.fromhex("1703030020") + bytes(32))
            hold(plain)

    with TlsPeer(server_context(), garble) as peer:
        error = speak(peer.url, TlsPolicy(trusted)).error
    assert error is not None and error.code == RECEIVE_FAILED
    assert "is not valid TLS: " in error.failure.sentence


def test_much_content_in_both_directions(version: str, trusted: str) -> None:
    content = bytes(range(256)) * 8192

    def echo(sock: socket.socket) -> None:
        assert isinstance(sock, ssl.SSLSocket)
        sock.recv(65536)
        sock.sendall(content)
        sock.unwrap()

    with TlsPeer(only(version), echo) as peer:
        spoken = speak(peer.url, TlsPolicy(trusted))
    assert spoken.octets == content


def test_the_server_is_told_that_the_client_is_done(version: str, trusted: str) -> None:
    ends: list[str] = []

    def part(sock: socket.socket) -> None:
        answer(sock)  # unwrap waits for the client's close_notify, and fails where the connection just ends
        ends.append("close_notify")

    with TlsPeer(only(version), part) as peer:
        speak(peer.url, TlsPolicy(trusted))
    assert ends == ["close_notify"]


def test_everything_runs_over_ipv6(trusted: str) -> None:
    try:
        peer = TlsPeer(server_context(good()), answer, socket.AF_INET6)
    except OSError:
        pytest.skip("there is no ::1")
    with peer:
        assert speak(f"https://[::1]:{peer.port}/", TlsPolicy(trusted), dialling=DialPolicy("6")).octets == REPLY
