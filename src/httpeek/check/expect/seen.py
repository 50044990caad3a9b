"""What there is to look at: the exchanges that one attempt at an entry made, and what is read from the last of them.

Rules: content is text by the charset of its Content-Type, UTF-8 where it states none, and an octet that the charset
does not have is an error, never a replacement. Text and JSON are read once, however many expectations ask for them.
"""

from __future__ import annotations

from httpeek.model.message import first, values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from httpeek.check.expect.values import Answer
    from httpeek.check.result import Value
    from httpeek.check.suite import Capture, Expectation
    from httpeek.model.events import TlsEstablished
    from httpeek.model.exchange import Exchange
    from httpeek.model.message import Fields, ResponseHead

_MILLISECOND = 1_000_000


class Unreadable(ValueError):
    """Content that is not what a query needs it to be; its text says why in a sentence without its end."""


class Seen:
    """The exchanges of one attempt in order (tunnels, retries, redirects); the last one is what is looked at. `octets`
    is what was received for it, framing and all, given only where `needs_octets` says so. `began` holds the facts of
    TLS by the number of the connection, where an earlier attempt or entry began it."""

    def __init__(
        self, exchanges: tuple[Exchange, ...], octets: bytes = b"", began: Mapping[int, TlsEstablished] | None = None
    ) -> None:
        self.exchanges = exchanges
        self.octets = octets
        self._began = began or {}
        self._text: str | None = None
        self._json: list[Value] = []

    @property
    def last(self) -> Exchange:
        """The exchange whose response is looked at."""
        return self.exchanges[-1]

    @property
    def response(self) -> ResponseHead | None:
        """The head of the final response; None where none came."""
        return self.last.response

    @property
    def fields(self) -> Fields:
        """The field section of the final response."""
        return self.last.response.fields if self.last.response is not None else ()

    @property
    def tls(self) -> TlsEstablished | None:
        """The facts of the connection's TLS, from the exchange that began it; None without TLS."""
        last = self.last
        on_it = [one.tls for one in self.exchanges if one.connection == last.connection and one.tls is not None]
        return on_it[-1] if on_it else self._began.get(last.connection or 0)

    @property
    def url(self) -> str:
        """The URL that answered."""
        return _url(self.last)

    @property
    def answers(self) -> list[Answer]:
        """The responses that led to another request of the chain, in order."""
        from itertools import pairwise

        from httpeek.check.expect.values import Answer

        hops: dict[int, Exchange] = {}
        for exchange in self.exchanges:
            if exchange.cause != "tunnel":
                hops[exchange.hop] = exchange
        chain = [hops[hop] for hop in sorted(hops)]
        return [
            Answer(one.response.status, _url(following))
            for one, following in pairwise(chain)
            if one.response is not None
        ]

    def field(self, name: str) -> list[str]:
        """The values of the field called `name`, in any case; octets that are not UTF-8 are read as Latin-1."""
        wanted = name.lower().encode("utf-8", "surrogateescape")
        return [text_of(value) for value in values(self.fields, wanted)]

    @property
    def content_type(self) -> tuple[str, str]:
        """The media type in lower case and the charset parameter, each perhaps empty."""
        mime, *parameters = first(self.fields, b"content-type").decode("latin-1").split(";")
        for parameter in parameters:
            name, _, given = parameter.partition("=")
            if name.strip().lower() == "charset":
                return mime.strip().lower(), given.strip().strip("\"'")
        return mime.strip().lower(), ""

    @property
    def text(self) -> str:
        """The representation as text. Raises Unreadable."""
        if self._text is None:
            octets, charset = self.last.representation(), self.content_type[1]
            if charset.lower() in ("", "utf-8", "utf8", "us-ascii") and octets.isascii():
                self._text = octets.decode("ascii")
            else:
                from httpeek.check.expect.charsets import decoded

                self._text = decoded(octets, charset or "utf-8")
        return self._text

    @property
    def json(self) -> Value:
        """The representation as a JSON value. Raises Unreadable."""
        if not self._json:
            from httpeek.check.expect.json_values import json_value

            self._json.append(json_value(self.text))
        return self._json[0]

    def between(self, begin: str, end: str) -> float | None:
        """Milliseconds between two marks of the last exchange; None where one of them was not passed."""
        marks = self.last.marks
        return (marks[end] - marks[begin]) / _MILLISECOND if begin in marks and end in marks else None

    @property
    def duration(self) -> int:
        """Milliseconds, cut off, from the start of the last exchange to its end."""
        marks = self.last.marks
        end = marks.get("completed") or max(marks.values(), default=0)
        return max(end - marks.get("planned", 0), 0) // _MILLISECOND


def needs_octets(expectations: Iterable[Expectation], captures: Iterable[Capture]) -> bool:
    """Whether anything looks at the octets received."""
    return any(one.query.name == "raw" for one in expectations) or any(one.query.name == "raw" for one in captures)


def text_of(octets: bytes) -> str:
    """Octets of a field or a reason phrase as text."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _url(exchange: Exchange) -> str:
    return exchange.plan.target.url if exchange.plan is not None else ""
