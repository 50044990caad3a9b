"""The lines of `--steps` where a call and the octets that it moved do not come one to one."""

from __future__ import annotations

from httpeek.model.events import IN, OUT, Bytes, Closed, Connected, Event, Masked, Moved, Step
from httpeek.render.screen import Captured
from httpeek.render.steps import Steps
from httpeek.render.views import ViewOptions


def lines(*facts: object, quiet: int = 0) -> list[str]:
    """What is printed for the facts of one connection."""
    screen = Captured()
    sink = Steps(screen, ViewOptions(quiet=quiet))
    for fact in facts:
        sink.feed(Event(0, None, 1, None, fact))  # type: ignore[arg-type]  # any fact
    sink.finish()
    return screen.taken().decode().splitlines()


def read(offset: int, octets: int, left_out: int = 0) -> Step:
    return Step(7, "SSL_read", ("5", "16384"), str(octets), IN, offset, octets, left_out)


def test_several_reads_share_the_octets_that_come_as_one() -> None:
    shown = lines(read(0, 6), read(6, 5), Bytes(IN, 0, b"one\r\n23\r\n\x1b5"))
    assert shown == ['7 SSL_read(5, 16384) = 6 bytes, "one"', '7 SSL_read(5, 16384) = 5 bytes, "3"']


def test_lines_keep_the_order_of_the_calls() -> None:
    again = Step(7, "SSL_read", ("5", "16384"), "SSL_ERROR_WANT_READ")
    shown = lines(read(0, 3), again, Bytes(IN, 0, b"abc"))
    assert shown == [
        '7 SSL_read(5, 16384) = 3 bytes, "abc"',
        "7 SSL_read(5, 16384) = SSL_ERROR_WANT_READ: nothing there now",
    ]


def test_a_line_that_is_long_is_cut() -> None:
    sent = Step(7, "send", ("5", "90"), "80", OUT, 0, 80)
    assert lines(sent, Bytes(OUT, 0, b"x" * 80)) == [f'7 send(5) = 80 of 90 bytes, "{"x" * 60}"...']


def test_a_mask_stands_where_the_secret_stood_and_once() -> None:
    shown = lines(read(0, 10), read(10, 10), Bytes(IN, 0, b"key="), Masked(IN, 4, 6, "<mask>"), Masked(IN, 10, 10, ""))
    assert shown == ['7 SSL_read(5, 16384) = 10 bytes, "key=<mask>"', "7 SSL_read(5, 16384) = 10 bytes"]


def test_octets_that_a_record_does_not_hold_are_not_made_up() -> None:
    assert lines(read(0, 10), Moved(IN, 0, 10)) == ["7 SSL_read(5, 16384) = 10 bytes, not kept in the record"]
    assert lines(read(0, 10), Closed("us", "fin")) == ["7 SSL_read(5, 16384) = 10 bytes"]
    assert lines(read(0, 10)) == ["7 SSL_read(5, 16384) = 10 bytes"]


def test_steps_that_a_record_does_not_hold_are_counted() -> None:
    close = Step(7, "close", ("5",), "", left_out=12)
    assert lines(close) == ["7 (12 more, not kept in the record)", "7 close(5)"]


def test_an_errno_without_words_of_ours_has_those_of_the_system() -> None:
    failed = Step(7, "connect", ("5", "192.0.2.1:80"), "ENETUNREACH")
    assert lines(failed) == ["7 connect(5, 192.0.2.1:80) = ENETUNREACH: network is unreachable"]


def test_only_the_first_send_of_another_exchange_says_so() -> None:
    sent = Step(7, "send", ("5", "2"), "2", OUT, 0, 2)
    shown = lines(Connected(5, "a", "b", 1), sent, Bytes(OUT, 0, b"ab"), sent._replace(offset=2), Bytes(OUT, 2, b"cd"))
    assert shown == ['7 send(5) = 2 of 2 bytes, "ab": the same connection again', '7 send(5) = 2 of 2 bytes, "cd"']


def test_what_a_record_holds_never_drives_the_terminal() -> None:
    assert lines(Step(7, "x\x1b", ("\x9b",), "\n\x07")) == ["7 x\\x1b(\\u009b) = \\x0a\\x07"]


def test_twice_quiet_prints_nothing() -> None:
    assert lines(read(0, 3), Bytes(IN, 0, b"abc"), quiet=2) == []
