"""Texts that send the dialling elsewhere, as curl has them: `--resolve`, `--connect-to`."""

from __future__ import annotations

from httpeek.model.codes import usage
from httpeek.model.target import ascii_host


def connect_to(text: str, said: str = "--connect-to") -> tuple[str, int, str, int]:
    """HOST1:PORT1:HOST2:PORT2, of which each may be empty; an IPv6 address stands in brackets. `said` names where it
    was said. Raises HttpeekError (USAGE)."""
    parts: list[str] = []
    rest = text
    while len(parts) < 4:
        if rest.startswith("["):
            inside, bracket, rest = rest[1:].partition("]")
            if not bracket or rest[:1] not in ("", ":"):
                break
            parts.append(inside)
            rest = rest[1:]
        else:
            part, _, rest = rest.partition(":")
            parts.append(part)
    ports = parts[1::2]
    if len(parts) < 4 or rest or text.count(":") < 3 or not all(port == "" or is_port(port) for port in ports):
        raise usage(f"{said} {text} is not HOST1:PORT1:HOST2:PORT2")
    return ascii_host(parts[0]), int(parts[1] or 0), ascii_host(parts[2]), int(parts[3] or 0)


def resolve(text: str, said: str = "--resolve") -> tuple[str, int, tuple[str, ...]]:
    """HOST:PORT:ADDR[,ADDR]. Raises HttpeekError (USAGE)."""
    host, _, rest = text.lstrip("+").partition(":")
    port, _, addresses = rest.partition(":")
    if not host or not is_port(port) or not addresses:
        raise usage(f"{said} {text} is not HOST:PORT:ADDR[,ADDR]")
    found = tuple(address.strip("[]") for address in addresses.split(","))
    for address in found:
        if not address or not set(address) <= set("0123456789abcdefABCDEF.:%"):
            raise usage(f'{said} {text}: "{address}" is not an IP address')
    return ascii_host(host), int(port), found


def is_port(text: str) -> bool:
    """True for a port in digits."""
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65_536
