"""Exit codes, and the one form an error has.

The table `EXIT_CODES` is the only list of codes: the documentation, the man page and `--help` are generated
from it. What fails on the wire has curl's number for that kind of failure; where curl passes or differs, the
column `curl` says so.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

DONE = 0
BUG = 1
USAGE = 2
STATUS_3XX = 3
STATUS_4XX = 4
STATUS_5XX = 5
NAME_NOT_RESOLVED = 6
NOT_CONNECTED = 7
PEER_BROKE_PROTOCOL = 8
CHECK_FAILED = 10
CUT_SHORT = 18
WRITE_FAILED = 23
READ_FAILED = 26
TIMED_OUT = 28
TLS_FAILED = 35
TOO_MANY_REDIRECTS = 47
EMPTY_REPLY = 52
SEND_FAILED = 55
RECEIVE_FAILED = 56
CERTIFICATE_REFUSED = 60
BAD_CODING = 61
TOO_LARGE = 63
ADDRESS_IN_USE = 98
HEAD_TOO_LARGE = 100
INTERRUPTED = 130
STDOUT_CLOSED = 141


class ExitCode(Noun):
    """One row: the number, what it means in a few words, and how curl 8 ends in the same case."""

    code: int
    meaning: str
    curl: str


EXIT_CODES = (
    ExitCode(DONE, "done", "0"),
    ExitCode(BUG, "a bug in httpeek", "-"),
    ExitCode(USAGE, "wrong usage: nothing was sent", "2 or 3"),
    ExitCode(STATUS_3XX, "the final status was 3xx (redirect not followed)", "0, or 22 with --fail"),
    ExitCode(STATUS_4XX, "the final status was 4xx", "0, or 22 with --fail"),
    ExitCode(STATUS_5XX, "the final status was 5xx", "0, or 22 with --fail"),
    ExitCode(NAME_NOT_RESOLVED, "the host name could not be resolved", "6"),
    ExitCode(NOT_CONNECTED, "no connection: refused, unreachable, no such socket", "7"),
    ExitCode(PEER_BROKE_PROTOCOL, "the peer broke the protocol in a way that leaves no safe reading", "8, 1 or 0"),
    ExitCode(CHECK_FAILED, "a check failed", "-"),
    ExitCode(CUT_SHORT, "the body was cut short", "18"),
    ExitCode(WRITE_FAILED, "the output could not be written", "23"),
    ExitCode(READ_FAILED, "what was to be sent could not be read", "26"),
    ExitCode(TIMED_OUT, "a time limit ran out", "28"),
    ExitCode(TLS_FAILED, "the TLS handshake failed", "35"),
    ExitCode(TOO_MANY_REDIRECTS, "too many redirects, or a loop", "47"),
    ExitCode(EMPTY_REPLY, "the peer closed without a reply", "52"),
    ExitCode(SEND_FAILED, "sending failed", "55"),
    ExitCode(RECEIVE_FAILED, "receiving failed: reset, broken chunks, end inside the head", "56"),
    ExitCode(CERTIFICATE_REFUSED, "the peer's certificate was not accepted", "60"),
    ExitCode(BAD_CODING, "the content does not match its content coding", "61, or 56"),
    ExitCode(TOO_LARGE, "a size limit of the user's was passed", "63"),
    ExitCode(ADDRESS_IN_USE, "serve: the address is in use", "-"),
    ExitCode(HEAD_TOO_LARGE, "the head is larger than the limit", "100, or 56"),
    ExitCode(INTERRUPTED, "interrupted", "130"),
    ExitCode(STDOUT_CLOSED, "standard output was closed by its reader", "23"),
)


class Failure(Noun):
    """What went wrong: a code of the table, the layer it happened in, and one sentence.

    `layer` is one of usage, name, connect, tls, send, receive, protocol, coding, limit, time, write,
    read, redirect, internal. `sentence` says what failed, where and what to try, without a final period.
    `pointer` is a second line for carets under the sentence, or empty.
    """

    code: int
    layer: str
    sentence: str
    pointer: str = ""


class HttpeekError(Exception):
    """A `Failure` on its way up: raised by every public function that cannot do its job.

    `exchange` is what `httpeek.request` had of an exchange when it failed, else None.
    """

    def __init__(self, failure: Failure, exchange: object = None) -> None:
        super().__init__(failure.sentence)
        self.failure = failure
        self.exchange = exchange

    @property
    def code(self) -> int:
        """The exit code of the failure, from `EXIT_CODES`."""
        return self.failure.code


def usage(sentence: str, pointer: str = "") -> HttpeekError:
    """The error for a request that cannot be made as it was asked for: exit 2, nothing was sent."""
    return HttpeekError(Failure(USAGE, "usage", sentence, pointer))
