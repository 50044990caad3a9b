"""Trying again (`--retry`): what may be, and after how long.

Rules: only what is safe. A request that was not sent at all may be sent again, whatever it is; else only methods that
are idempotent (RFC 9110 section 9.2.2) are repeated after a connection that broke, a body that was cut short, or 408,
429, 502, 503 and 504. Others are repeated after 408, 429 and 503 only where Retry-After says that they may. Content
that can be read once only is never sent again. Pauses double from a second on, with jitter, so that many clients do not
come back together; Retry-After goes before them (section 10.2.3).
"""

from __future__ import annotations

import os
from time import time

from httpeek.client.follow import repeatable
from httpeek.codec import dates
from httpeek.model.codes import (
    CUT_SHORT,
    EMPTY_REPLY,
    NAME_NOT_RESOLVED,
    NOT_CONNECTED,
    RECEIVE_FAILED,
    SEND_FAILED,
    TIMED_OUT,
)
from httpeek.model.message import IDEMPOTENT, first
from httpeek.model.plan import RETRIED_STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.client.perform import Outcome
    from httpeek.model.message import ResponseHead
    from httpeek.model.plan import Plan, RetryPolicy

_BEFORE = (NAME_NOT_RESOLVED, NOT_CONNECTED, TIMED_OUT)
"""Failures after which it may go better, where nothing was sent."""
HEALING = (TIMED_OUT, CUT_SHORT, EMPTY_REPLY, SEND_FAILED, RECEIVE_FAILED)
"""Failures after which it may go better, though something was sent."""
_UNPROCESSED = (408, 429, 503)
"""Statuses that say, with Retry-After, that the request was not acted upon and may come again."""
LONGEST_PAUSE = 60.0
"""Seconds between two attempts at most, where nobody asks for more."""


def may_be_tried_again(plan: Plan, outcome: Outcome) -> bool:
    """True for an outcome after which the same request may be made again."""
    if plan.body is not None and not repeatable(plan.body):
        return False
    failure, response = outcome.failure, outcome.response
    if failure is not None:
        if outcome.unsent:
            return failure.code in _BEFORE
        return failure.code in HEALING and plan.method in IDEMPOTENT
    if response is None or response.status not in RETRIED_STATUSES:
        return False
    if plan.method in IDEMPOTENT:
        return True
    return response.status in _UNPROCESSED and bool(first(response.fields, b"retry-after"))


def pause(policy: RetryPolicy, attempt: int, response: ResponseHead | None) -> float:
    """Seconds before the next attempt; `attempt` counts those that were made."""
    asked = retry_after(response)
    if asked is not None:
        return asked
    if policy.delay is not None:
        return policy.delay
    jitter = 0.5 + int.from_bytes(os.urandom(2), "big") / 131_072  # from a half to one
    return min(LONGEST_PAUSE, 2.0 ** (attempt - 1)) * jitter


def retry_after(response: ResponseHead | None) -> float | None:
    """What Retry-After asks for, in seconds (RFC 9110 section 10.2.3); None where it says nothing that can be read."""
    said = b"" if response is None else first(response.fields, b"retry-after").strip()
    if said.isdigit() and len(said) < 10:
        return float(said)
    moment = dates.read(said.decode("latin-1"))
    return None if moment is None else max(0.0, moment - time())
