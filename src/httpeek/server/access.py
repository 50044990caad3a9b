"""The access log: a line for each answered request, in the combined form of Apache's httpd or as JSON."""

from __future__ import annotations

import time

from httpeek.codec.dates import MONTHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from httpeek.server.connection import Served


def logger(form: str, write: Callable[[str], None]) -> Callable[[Served, int, int, float], None] | None:
    """What takes an answered request: the connection, status, octets of content and seconds. None for "off"."""
    if form == "off":
        return None
    line = _combined if form == "combined" else _json
    return lambda served, status, size, seconds: write(line(served, status, size, seconds))


def _combined(served: Served, status: int, size: int, seconds: float) -> str:
    now = time.localtime()
    zone = time.strftime("%z", now)
    when = f"{now.tm_mday:02}/{MONTHS[now.tm_mon - 1]}/{now.tm_year}:{time.strftime('%H:%M:%S', now)} {zone}"
    peer = served.remote.rpartition(":")[0].strip("[]") or "-"
    request = _quoted(_request(served))
    referer, agent = (_quoted(_field(served, name)) for name in (b"referer", b"user-agent"))
    return f'{peer} - - [{when}] "{request}" {status} {size or "-"} "{referer}" "{agent}"'


def _json(served: Served, status: int, size: int, seconds: float) -> str:
    import json

    return json.dumps(
        {
            "time": time.time(),
            "remote": served.remote,
            "local": served.local,
            "request": _request(served),
            "status": status,
            "bytes": size,
            "seconds": round(seconds, 6),
            "referer": _field(served, b"referer"),
            "agent": _field(served, b"user-agent"),
        }
    )


def _request(served: Served) -> str:
    head = served.head
    return b" ".join(head[:3]).decode("latin-1") if head is not None else "-"


def _field(served: Served, name: bytes) -> str:
    fields = served.head.fields if served.head is not None else ()
    return next((value.decode("latin-1") for key, value in fields if key.lower() == name), "-")


def _quoted(text: str) -> str:
    """What a client sent, so that it can end no line and no quotation (as httpd escapes it)."""
    return "".join(
        c if " " <= c <= "~" and c not in '"\\' else f"\\x{ord(c):02x}" if c not in '"\\' else "\\" + c for c in text
    )
