"""Could a run hold a secret? A cheap look that is never wrong in saying no, so that most runs skip `record.masks`.

What counts as a secret's place is stated here, once: `SECRET_FIELDS` and `ENDINGS`.
"""

from __future__ import annotations

from httpeek.codec.http1.framing import codings
from httpeek.model.events import IN, OUT, Content, Planned, RequestStarted, ResponseStarted, Trailers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpeek.model.events import Event
    from httpeek.model.message import Fields

SECRET_FIELDS = frozenset(
    (
        b"authorization",
        b"proxy-authorization",
        b"cookie",
        b"set-cookie",
        b"x-api-key",
        b"api-key",
        b"x-auth-token",
        b"x-csrf-token",
        b"x-amz-security-token",
        b"authentication-info",
    )
)
"""Fields whose value is a secret, in lower case."""
ENDINGS = (b"token", b"key", b"secret", b"password", b"signature")
"""A field, a query or form parameter or a JSON member with a name that ends so holds a secret."""


def is_secret_name(name: bytes) -> bool:
    """True for the name of a field, parameter or member whose value is a secret."""
    lower = name.lower()
    return lower in SECRET_FIELDS or lower.endswith(ENDINGS)


def suspicious(events: Iterable[Event]) -> bool:
    """True when a run may hold a secret somewhere."""
    coded: dict[tuple[int | None, str], list[bytes]] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, Planned):
            # What was never sent, since nobody listened, stands in the plan only.
            plan = fact.plan
            target = plan.target
            if target.password is not None or _mentions(target.path.encode("utf-8", "surrogateescape")):
                return True
            if _in_fields(plan.fields) or (plan.proxy is not None and plan.proxy.has_password):
                return True
        elif isinstance(fact, RequestStarted | ResponseStarted):
            if _in_fields(fact.head.fields):
                return True
            if codings(fact.head.fields):
                coded[event.exchange, IN if isinstance(fact, ResponseStarted) else OUT] = []
        elif isinstance(fact, Trailers):
            if _in_fields(fact.fields):
                return True
        elif isinstance(fact, Content):
            pieces = coded.get((event.exchange, fact.direction))
            if pieces is not None:
                pieces.append(fact.data)
            elif _mentions(fact.data):
                return True
    # What is coded cannot be looked through; masks decodes it, bounded.
    return any(coded.values())


def _in_fields(fields: Fields) -> bool:
    return any(is_secret_name(name) or (b"=" in value and _mentions(value)) for name, value in fields)


def _mentions(octets: bytes) -> bool:
    lower = octets.lower()
    return any(ending in lower for ending in ENDINGS)
