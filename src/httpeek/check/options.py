"""The settings that one entry of a suite may have, with the kind of value that each takes: the one list of them.

The names and units are those of Hurl 8.0's [Options] (hurl.dev/docs/request.html#options). Kinds:

| kind | what is written | what the Literal is |
|---|---|---|
| boolean | true or false | boolean |
| natural | an integer from 0 | integer |
| count | an integer from 0, or -1 for no limit | integer |
| duration | an integer and perhaps ms, s, m or h (ms without) | duration, in milliseconds |
| text | text with templates | string |
| file | a file name with templates | file |
| certificate | a file name, perhaps `:` and a password; an escaped colon stays `\\:` | file |
| verbosity | brief, verbose or debug | word |
| variable | NAME=VALUE, VALUE typed | null, boolean, integer, float or string; the name is the Option's key |

Where a kind is not text, {{an expression}} may stand instead of it.
"""

from __future__ import annotations

OPTIONS = {
    "aws-sigv4": "text",
    "cacert": "file",
    "cert": "certificate",
    "compressed": "boolean",
    "connect-timeout": "duration",
    "connect-to": "text",
    "delay": "duration",
    "digest": "boolean",
    "header": "text",
    "http1.0": "boolean",
    "http1.1": "boolean",
    "http2": "boolean",
    "http3": "boolean",
    "insecure": "boolean",
    "ipv4": "boolean",
    "ipv6": "boolean",
    "key": "file",
    "limit-rate": "natural",
    "location": "boolean",
    "location-trusted": "boolean",
    "max-redirs": "count",
    "max-time": "duration",
    "negotiate": "boolean",
    "netrc": "boolean",
    "netrc-file": "text",
    "netrc-optional": "boolean",
    "noproxy": "text",
    "ntlm": "boolean",
    "output": "file",
    "path-as-is": "boolean",
    "pinnedpubkey": "text",
    "proxy": "text",
    "repeat": "count",
    "resolve": "text",
    "retry": "count",
    "retry-interval": "duration",
    "skip": "boolean",
    "unix-socket": "text",
    "user": "text",
    "variable": "variable",
    "verbose": "boolean",
    "verbosity": "verbosity",
    "very-verbose": "boolean",
}

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
"""Units of a duration, in milliseconds."""

VERBOSITIES = ("brief", "verbose", "debug")
