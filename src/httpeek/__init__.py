"""httpeek shows what really went over the wire of HTTP/1.

    import httpeek
    exchange = httpeek.request("GET", "localhost:8080/get")
    exchange.response.status      # 200
    exchange.show("raw")          # any view of the exchange, with nothing sent again

`request` makes an exchange, `Exchange` and `Response` are what it gives, `HttpeekError` is what it raises: with
`code`, the exit code of the command line, and `failure`, one sentence that says what failed and where.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Exchange", "HttpeekError", "Response", "__version__", "request"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.api import Exchange, Response, request
    from httpeek.model.codes import HttpeekError


def __getattr__(name: str) -> object:
    """Imports what the package offers when it is first asked for (PEP 562): the command line needs none of it."""
    if name == "HttpeekError":
        from httpeek.model.codes import HttpeekError

        return HttpeekError
    if name in ("Exchange", "Response", "request"):
        from httpeek import api

        return getattr(api, name)
    raise AttributeError(f"module 'httpeek' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
