"""httpeek: an HTTP testing tool that shows what really went over the wire."""

from __future__ import annotations

__version__ = "0.1.0"
