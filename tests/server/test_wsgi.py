"""PEP 3333, by the book: what an application sees, and what its answers become on the wire."""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest

from httpeek.net.stream import sockets
from httpeek.server.connection import Served, serve
from httpeek.server.service import Patience, Service
from httpeek.server.wsgi import environ_facts

Environ = dict[str, Any]
Start = Callable[..., Callable[[bytes], object]]
App = Callable[[Environ, Start], Iterable[bytes]]
TEXT = [("Content-Type", "text/plain")]
PATIENCE = Patience(head=20.0, body=20.0, idle=20.0, linger=0.1)


class Conversation:
    """A served connection and what was logged about it. The application goes through the validator of the standard
    library, unless it is `bare`: where a test is about a mistake, or about lists, which the validator hides."""

    def __init__(self, app: App, gather: bool = False, patience: Patience = PATIENCE, bare: bool = False) -> None:
        self.logged: list[str] = []
        ours, theirs = socket.socketpair()
        theirs.settimeout(20)
        self.client = theirs
        sock = sockets.socket(fileno=ours.detach())
        service = Service(
            app if bare else validator(app),
            environ_facts("test"),
            patience=patience,
            log=self.logged.append,
            gather=gather,
        )
        self._thread = threading.Thread(target=lambda: serve(Served(sock, service)), daemon=True)
        self._thread.start()

    def say(self, octets: bytes, end: bool = True) -> bytes:
        """Sends octets, ends our half, and returns everything that comes back."""
        self.client.sendall(octets)
        if end:
            self.client.shutdown(socket.SHUT_WR)
        reply = b""
        while piece := self.client.recv(65536):
            reply += piece
        self.client.close()
        self._thread.join(20)
        return reply


GET = b"GET /a%20b?q=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def plain(environ: Environ, start: Start) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def seen(octets: bytes, bare: bool = False) -> Environ:
    """The environ that an application gets for a request."""
    kept: list[Environ] = []

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        kept.append({**environ, "content": environ["wsgi.input"].read(1 << 20)})
        return plain(environ, start)

    Conversation(app, bare=bare).say(octets)
    return kept[0]


def test_environ_has_the_keys_of_cgi_and_wsgi() -> None:
    environ = seen(GET)
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"] == "/a b"
    assert environ["QUERY_STRING"] == "q=1"
    assert environ["RAW_URI"] == environ["REQUEST_URI"] == "/a%20b?q=1"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["HTTP_HOST"] == "localhost"
    assert environ["wsgi.version"] == (1, 0)
    assert environ["wsgi.input_terminated"] is True


def test_text_is_tunnelled_as_latin_1() -> None:
    environ = seen(b"GET /%E4%BD%A0 HTTP/1.1\r\nHost: a\r\nX-A: \xe4\xbd\xa0\r\nConnection: close\r\n\r\n")
    assert environ["PATH_INFO"].encode("latin-1") == "/你".encode()
    assert environ["HTTP_X_A"].encode("latin-1") == "你".encode()


def test_repeated_fields_are_joined_and_cookies_by_semicolon() -> None:
    environ = seen(
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n"
    )
    assert environ["HTTP_X_A"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_a_field_with_an_underscore_cannot_pose_as_one_with_a_dash() -> None:
    environ = seen(b"GET / HTTP/1.1\r\nHost: a\r\nX_Foo: evil\r\nX-Foo: good\r\nConnection: close\r\n\r\n")
    assert environ["HTTP_X_FOO"] == "good"
    assert "evil" not in environ.values()


def test_the_absolute_form_goes_over_host() -> None:
    environ = seen(b"GET http://other:81/x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert (environ["HTTP_HOST"], environ["PATH_INFO"], environ["QUERY_STRING"]) == ("other:81", "/x", "y")


def test_content_type_and_length_have_no_prefix() -> None:
    environ = seen(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    )
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"], environ["content"]) == ("text/x", "3", b"abc")
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_a_chunked_body_is_read_to_its_end() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    environ = seen(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert environ["content"] == b"abcde"


@pytest.mark.parametrize("gather", [False, True])
def test_input_reads_lines_and_pieces(gather: bool) -> None:
    kept: list[Any] = []

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        kept.extend(
            [stream.readline(), stream.read(2), stream.readline(1), list(stream), stream.read(), stream.readline()]
        )
        return plain(environ, start)

    body = b"one\ntwo\nthree\nfour"
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    Conversation(app, gather, bare=True).say(head + body)
    assert kept == [b"one\n", b"tw", b"o", [b"\n", b"three\n", b"four"], b"", b""]


@pytest.mark.parametrize(
    ("target", "host", "path", "query"),
    [
        (b"/a%2Fb", "a", "/a/b", ""),
        (b"/%zz%4", "a", "/%zz%4", ""),
        (b"/%00", "a", "/\0", ""),
        (b"//x/../y", "a", "//x/../y", ""),
        (b"/?a=%20?b", "a", "/", "a=%20?b"),
        (b"/x?u=http://b/", "a", "/x", "u=http://b/"),
        (b"HTTP://B:81/x?y", "B:81", "/x", "y"),
        (b"https://b", "b", "/", ""),
        (b"http://b?x=/y", "b", "/", "x=/y"),
        (b"http://[::1]:80/", "[::1]:80", "/", ""),
    ],
)
def test_every_form_of_a_target_becomes_host_path_and_query(target: bytes, host: str, path: str, query: str) -> None:
    environ = seen(b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % target)
    assert (environ["HTTP_HOST"], environ["PATH_INFO"], environ["QUERY_STRING"]) == (host, path, query)
    assert environ["RAW_URI"] == environ["REQUEST_URI"] == target.decode()


def test_the_asterisk_and_authority_forms_have_no_path() -> None:
    for method, target in ((b"OPTIONS", b"*"), (b"CONNECT", b"b:80")):
        environ = seen(
            b"%b %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % (method, target), method == b"CONNECT"
        )
        assert (environ["PATH_INFO"], environ["REQUEST_URI"]) == ("", target.decode())


def test_two_content_types_are_one_value_that_is_neither() -> None:
    environ = seen(
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Type: text/a\r\nContent-Type: text/b\r\nConnection: close\r\n\r\n"
    )
    assert environ["CONTENT_TYPE"] == "text/a,text/b"


def answer(app: App, octets: bytes = GET, bare: bool = False) -> tuple[bytes, bytes, list[str]]:
    """Head, content and log of one answer."""
    conversation = Conversation(app, bare=bare)
    head, _, content = conversation.say(octets).partition(b"\r\n\r\n")
    return head, content, conversation.logged


def test_a_list_of_one_gets_a_content_length() -> None:
    head, content, _ = answer(plain, bare=True)
    assert b"Content-Length: 5" in head
    assert content == b"hello"


def test_a_generator_is_chunked_and_for_http_10_ends_with_the_connection() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        yield b"he"
        yield b""
        yield b"llo"

    head, content, _ = answer(app)
    assert b"Transfer-Encoding: chunked" in head
    assert content == b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    head, content, _ = answer(app, b"GET / HTTP/1.0\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert content == b"hello"


def test_head_has_no_octet_of_a_body() -> None:
    head, content, _ = answer(plain, GET.replace(b"GET", b"HEAD"), bare=True)
    assert b"Content-Length: 5" in head
    assert content == b""


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_status_without_content_has_none(status: str) -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start(status, [])
        return [b"not sent"]

    head, content, _ = answer(app)
    assert b"Transfer-Encoding" not in head
    assert content == b""


def test_write_works_before_the_iterable() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        write = start("200 OK", [*TEXT, ("Content-Length", "6")])
        write(b"one")
        return [b"two"]

    assert answer(app)[1] == b"onetwo"


class Closing:
    """An iterable that counts how often it is closed."""

    def __init__(self, pieces: list[bytes | Exception]) -> None:
        self.closed = 0
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("octets", [GET, GET.replace(b"GET", b"HEAD")])
@pytest.mark.parametrize("pieces", [[b"a", b"b"], [], [b"a", ValueError("broken")], [ValueError("broken")]])
def test_close_is_called_once_whatever_happens(octets: bytes, pieces: list[bytes | Exception]) -> None:
    made = Closing(pieces)

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return made

    answer(app, octets)
    assert made.closed == 1


def test_an_error_before_the_first_byte_is_500_and_logged() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        raise RuntimeError("the reason")

    head, content, logged = answer(app)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"the reason" not in content
    assert any("the reason" in line for line in logged)


def test_an_error_in_the_middle_leaves_the_message_incomplete() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        yield b"half"
        raise RuntimeError

    head, content, _ = answer(app)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert content == b"4\r\nhalf\r\n"


def test_exc_info_replaces_a_head_that_is_not_sent() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", [*TEXT, ("Content-Length", "100"), ("X-Old", "1")])
        try:
            raise ValueError
        except ValueError as error:
            start("500 Oh", [*TEXT, ("Content-Length", "4")], (type(error), error, error.__traceback__))
        return [b"oops"]

    head, content, _ = answer(app)
    assert head.startswith(b"HTTP/1.1 500 Oh\r\n")
    assert head.lower().count(b"content-length") == 1
    assert b"X-Old" not in head
    assert content == b"oops"


def test_exc_info_after_the_head_was_sent_raises_again() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        yield b"half"
        try:
            raise ValueError("again")
        except ValueError as error:
            start("500 Oh", TEXT, (type(error), error, error.__traceback__))

    _, content, logged = answer(app)
    assert content == b"4\r\nhalf\r\n"
    assert any("again" in line for line in logged)


@pytest.mark.parametrize(
    "start_with",
    [
        ("OK", []),
        ("200 OK\r\nX: 1", []),
        ("200 OK", [("X", "a\r\nY: 1")]),
        ("200 OK", [("X Y", "a")]),
        ("200 OK", [("Connection", "close")]),
        ("200 OK", [("X", 1)]),
        ("200 OK", [("X", "你")]),
        ("200 OK", [("X", "a\0")]),
        ("200 OK", [("X", "a\x1b[31m")]),
        ("200 OK", [("X", "a\nb")]),
        ("200 OK", [("", "a")]),
        ("200 OK", [(b"X", "a")]),
        ("200 OK", [("Content-Length", "many")]),
        ("200 OK", [("Content-Length", "+1")]),
        ("200 OK", [("Content-Length", "1"), ("content-length", "2")]),
        ("200 OK", [("Transfer-Encoding", "chunked")]),
        ("200 OK", [("Keep-Alive", "timeout=5")]),
        ("200 OK", [("Upgrade", "h2c")]),
        (b"200 OK", []),
        ("2000 OK", []),
        ("200OK", []),
        (" 200 OK", []),
        ("999 OK", []),
        ("\u0662\u0660\u0660 OK", []),
        ("100 Continue", []),
        ("101 Switching Protocols", []),
    ],
)
def test_what_would_break_the_head_is_500(start_with: tuple[str, list[Any]]) -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start(*start_with)
        return [b"x"]

    head, _, logged = answer(app, bare=True)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"Y: 1" not in head
    assert logged


def test_no_start_response_twice_or_text_for_bytes_is_500() -> None:
    def never(environ: Environ, start: Start) -> Iterable[bytes]:
        return [b"x"]

    def twice(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        start("200 OK", TEXT)
        return [b"x"]

    def text(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return ["x"]  # type: ignore[list-item]  # the mistake is the test

    def empty_text(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return ["", b"x"]  # type: ignore[list-item]  # the mistake is the test

    def octets(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return b"x"  # type: ignore[return-value]  # the mistake is the test

    def nothing(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return None  # type: ignore[return-value]  # the mistake is the test

    for app in (never, twice, text, empty_text, octets, nothing):
        assert answer(app, bare=True)[0].startswith(b"HTTP/1.1 500 ")


def test_more_than_the_content_length_is_cut_and_less_closes_and_both_are_logged() -> None:
    def app(length: int) -> App:
        def made(environ: Environ, start: Start) -> Iterable[bytes]:
            start("200 OK", [*TEXT, ("Content-Length", str(length))])
            return [b"hel", b"lo"]

        return made

    keep = GET.replace(b"close", b"keep-alive")
    _, content, logged = answer(app(3), keep)
    assert content == b"hel"
    assert any("2 or more octets beyond" in line for line in logged)
    _, content, logged = answer(app(9), keep)
    assert content == b"hello"
    assert any("4 octets less" in line for line in logged)


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), ValueError(), OSError("no such thing")])
def test_whatever_an_application_raises_ends_its_request_and_not_the_server(raised: BaseException) -> None:
    def before(environ: Environ, start: Start) -> Iterable[bytes]:
        raise raised

    def inside(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        yield b"half"
        raise raised

    head, _, logged = answer(before)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert any(type(raised).__name__ in line for line in logged)
    assert answer(inside)[1] == b"4\r\nhalf\r\n"


def test_start_response_may_come_as_late_as_the_first_piece() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        yield b""
        start("200 OK", TEXT)
        yield b"late"

    assert answer(app, bare=True)[1] == b"4\r\nlate\r\n0\r\n\r\n"


def test_writing_nothing_sends_no_head_that_could_not_be_replaced() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        write = start("200 OK", TEXT)
        write(b"")
        start("500 Oh", TEXT, (ValueError, ValueError(), None))
        return [b"oops"]

    assert answer(app)[0].startswith(b"HTTP/1.1 500 Oh\r\n")


def test_a_failure_behind_a_head_that_nobody_got_is_500() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)(b"not for HEAD")
        raise ValueError

    assert answer(app, GET.replace(b"GET", b"HEAD"))[0].startswith(b"HTTP/1.1 500 ")


def test_a_close_that_fails_takes_nothing_of_the_answer() -> None:
    class Failing(Closing):
        def close(self) -> None:
            super().close()
            raise ValueError("closing failed")

    made = Failing([b"a", b"b"])

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return made

    _, content, logged = answer(app, bare=True)
    assert (content, made.closed) == (b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n", 1)
    assert any("closing failed" in line for line in logged)


def test_close_is_called_when_the_client_resets_the_connection() -> None:
    closed = threading.Event()

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield bytes(65536)

        def close(self) -> None:
            closed.set()

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return Endless()

    conversation = Conversation(app)
    conversation.client.sendall(GET)
    conversation.client.recv(100)
    conversation.client.close()
    assert closed.wait(20)


@pytest.mark.parametrize(("status", "kept"), [("204 No Content", 0), ("304 Not Modified", 1)])
def test_a_length_is_left_out_where_the_status_forbids_it(status: str, kept: int) -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start(status, [("Content-Length", "8")])
        return [b"not sent"]

    keep = GET.replace(b"close", b"keep-alive")
    reply = Conversation(app, bare=True).say(keep + keep)
    assert reply.count(b"HTTP/1.1 " + status.encode()) == 2
    assert reply.lower().count(b"content-length") == 2 * kept
    assert b"not sent" not in reply


def test_a_challenge_of_a_proxy_is_left_out_and_the_page_served() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("407 Proxy Authentication Required", [*TEXT, ("Proxy-Authenticate", "Basic")])
        return [b"x"]

    head, content, _ = answer(app, bare=True)
    assert head.startswith(b"HTTP/1.1 407 ")
    assert b"Proxy-Authenticate" not in head
    assert content == b"x"


def test_an_application_that_hides_a_broken_body_does_not_hide_the_refusal() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        for _ in range(2):
            with contextlib.suppress(OSError):
                environ["wsgi.input"].read(100)
        start("200 OK", TEXT)
        return [b"all is well"]

    conversation = Conversation(app)
    reply = conversation.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert reply.endswith(b"[chunk-size]\n")


def test_a_broken_body_that_is_here_is_refused_though_the_application_does_not_read() -> None:
    reply = Conversation(plain).say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n")
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert reply.endswith(b"[chunk-size]\n")


def test_a_body_that_breaks_behind_the_first_octets_of_the_answer_is_logged() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        yield b"begun"
        yield environ["wsgi.input"].read(100)

    conversation = Conversation(app)
    conversation.client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
    assert conversation.client.recv(1000).endswith(b"5\r\nbegun\r\n")
    assert conversation.say(b"zz\r\n") == b""
    assert any(line.endswith("[chunk-size]") for line in conversation.logged)


@pytest.mark.parametrize("gather", [False, True])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_input_has_every_way_of_reading_of_pep_3333(framing: str, gather: bool) -> None:
    kept: list[Any] = []

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        kept.append(stream.read(0))
        kept.append(stream.readline(0))
        kept.append(stream.readline(2))
        kept.append(stream.readline(100))
        kept.append(stream.readlines(5))
        kept.append(stream.readlines())
        kept.extend([stream.read(), stream.read(5), stream.readlines(), list(stream), stream.read(-1)])
        return plain(environ, start)

    body = b"one\ntwo\n\nthree\nfour\nfive"
    if framing == "length":
        head = b"Content-Length: %d\r\n\r\n" % len(body)
    else:
        head = b"Transfer-Encoding: chunked\r\n\r\n"
        body = b"".join(b"1;x\r\n%c\r\n" % octet for octet in body) + b"0\r\nX: y\r\n\r\n"
    Conversation(app, gather, bare=True).say(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + head + body)
    assert kept[:6] == [b"", b"", b"on", b"e\n", [b"two\n", b"\n"], [b"three\n", b"four\n", b"five"]]
    assert kept[6:] == [b"", b"", [], [], b""]


def test_a_file_goes_through_the_file_wrapper() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", [*TEXT, ("Content-Length", "100000")])
        made: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(b"x" * 100_000))
        return made

    assert answer(app)[1] == b"x" * 100_000


def test_what_only_reads_from_a_file_is_read_and_not_sent_as_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "packed.gz"
    path.write_bytes(gzip.compress(b"unpacked"))

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", [*TEXT, ("Content-Length", "8")])
        made: Iterable[bytes] = environ["wsgi.file_wrapper"](gzip.GzipFile(path))
        return made

    assert answer(app, bare=True)[1] == b"unpacked"


def test_100_continue_is_sent_when_the_application_reads_and_not_before() -> None:
    def reads(environ: Environ, start: Start) -> Iterable[bytes]:
        content = environ["wsgi.input"].read(100)
        start("200 OK", TEXT)
        return [content]

    ask = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    conversation = Conversation(reads)
    conversation.client.sendall(ask)
    assert conversation.client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert conversation.say(b"abc").endswith(b"3\r\nabc\r\n0\r\n\r\n")
    refused = Conversation(plain).say(ask)
    assert b"100 Continue" not in refused
    assert refused.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("gather", [False, True])
def test_a_truncated_body_never_reaches_the_application_as_a_whole_one(gather: bool) -> None:
    read: list[bytes] = []

    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        read.append(environ["wsgi.input"].read(100))
        return plain(environ, start)

    reply = Conversation(app, gather).say(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    assert read == []
    assert reply.startswith(b"HTTP/1.1 400 ")


def test_a_hundred_pipelined_requests_are_answered_in_order() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)
        return [environ["PATH_INFO"].encode()]

    octets = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in range(100))
    reply = Conversation(app, bare=True).say(octets)
    assert [part.partition(b"HTTP")[0] for part in reply.split(b"\r\n\r\n")[1:]] == [b"/%d" % n for n in range(100)]


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x001\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 300 + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
def test_what_is_malformed_is_refused_with_the_rule_it_broke(octets: bytes, status: int) -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        environ["wsgi.input"].read(100)
        return plain(environ, start)

    conversation = Conversation(app)
    reply = conversation.say(octets)
    assert reply.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in reply
    assert reply.rstrip().endswith(b"]")
    assert conversation.logged


def test_a_request_line_of_8000_octets_is_accepted() -> None:
    assert (
        Conversation(plain)
        .say(b"GET /" + b"a" * 7_980 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .startswith(b"HTTP/1.1 200 ")
    )


def test_a_slow_head_is_408() -> None:
    conversation = Conversation(plain, patience=Patience(head=0.05, linger=0.05))
    assert conversation.say(b"GET / HTTP/1.1\r\nHo", end=False).startswith(b"HTTP/1.1 408 ")


def test_an_interim_response_and_trailers_can_be_sent() -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        environ["httpeek.interim"](103, b"Early Hints", [(b"Link", b"</a>")])
        start("200 OK", TEXT)
        yield b"x"
        environ["httpeek.trailers"]([(b"X-T", b"1")])

    reply = Conversation(app).say(GET)
    assert reply.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert reply.endswith(b"0\r\nX-T: 1\r\n\r\n")


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.0", b"HEAD / HTTP/1.1"], ids=["to HTTP/1.0", "to HEAD"])
def test_an_answer_without_chunks_goes_without_trailers(request_line: bytes) -> None:
    def app(environ: Environ, start: Start) -> Iterable[bytes]:
        start("200 OK", TEXT)(b"x")
        environ["httpeek.trailers"]([(b"X-T", b"1")])
        return []

    conversation = Conversation(app)
    reply = conversation.say(request_line + b"\r\nHost: a\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"X-T" not in reply
    assert conversation.logged == []
