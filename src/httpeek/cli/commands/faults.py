"""`httpeek faults [NAME]`: the fault catalogue, or one fault with its octets."""

from __future__ import annotations

from httpeek.cli.say import say
from httpeek.model.codes import DONE, usage
from httpeek.model.message import RequestHead
from httpeek.server.faults import Drip, Leaf, Pause
from httpeek.server.faults.catalogue import FAULTS, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.server.faults import Fault, Handshake, Step

SHOWN = 600
"""Octets of a script that are shown: some send 100 MB."""


def run(typed: Typed, environment: Environment) -> int:
    """Prints the list or one row. Raises HttpeekError (USAGE) for a name that there is not."""
    if not typed.arguments:
        say(_list())
        return DONE
    name = typed.arguments[0]
    row = fault(name)
    if row is None:
        from httpeek.model.nearest import nearest

        near = nearest(name, [each.name for each in FAULTS])
        raise usage(f"there is no fault {name}" + (f"; did you mean {near}?" if near else ""))
    say(explained(row))
    return DONE


def _list() -> str:
    width = max(len(row.name) for row in FAULTS)
    lines: list[str] = []
    group = ""
    for row in FAULTS:
        if row.group != group:
            group = row.group
            lines += ["", f"{group}:"] if lines else [f"{group}:"]
        lines.append(f"  {row.name:{width}}  {row.wrong}")
    return "\n".join(lines) + "\n"


def explained(row: Fault) -> str:
    """A fault in some lines: what is wrong, what a correct client does, how to meet it, and its octets."""
    lines = [f"{row.name} ({row.group})", f"  wrong:   {row.wrong}"]
    if row.source:
        lines.append(f"  rule:    {row.source}")
    follow = "-F " if row.handshake is not None or row.group == "redirects" else ""
    lines += [f"  client:  {row.client}", f"  try:     httpeek -v {follow}/fault/{row.name}"]
    if row.handshake is not None:
        lines.append(f"           httpeek serve --tls --fault {row.name}; https://{row.name}.localhost:8080/")
    steps = row.script(RequestHead(b"GET", b"/fault/" + row.name.encode(), b"HTTP/1.1", ()))
    if row.handshake is not None and not row.inside:
        lines += [f"  {name + ':':8} {said}" for name, said in _handshake(row.handshake)]
        steps = row.handshake.instead
        if not steps:
            return "\n".join(lines) + "\n"
    lines.append("  sends:")
    shown = 0
    for step in steps:
        text = _step(step)
        lines += [f"    {line}" for line in text[: SHOWN - shown].split("\n") if line]
        shown += len(text)
        if shown >= SHOWN:
            lines.append("    ...")
            break
    return "\n".join(lines) + "\n"


def _handshake(handshake: Handshake) -> list[tuple[str, str]]:
    """What is not as usual in a handshake."""
    leaf, usual = handshake.leaf, Leaf()
    said = []
    if leaf != usual:
        names = "none" if not leaf.named else leaf.names[0] if len(leaf.names) == 1 else f"{len(leaf.names):,}"
        about = [f"valid from day {leaf.begins:+} to {leaf.ends:+}"] if leaf[2:4] != usual[2:4] else []
        about += [f"names: {names}"] if leaf[:2] != usual[:2] else []
        about += [f"subject: {leaf.subject or 'empty'}"] if leaf.subject != usual.subject else []
        about += [f"signed by: {leaf.issuer}"] if leaf.issuer != usual.issuer else []
        about += [f"purpose: {leaf.purpose}"] if leaf.purpose != usual.purpose else []
        said.append(("leaf", ", ".join(about)))
    if handshake.version:
        said.append(("version", handshake.version.replace("TLSv", "TLS ").replace("_", ".") + " only"))
    if handshake.ciphers:
        said.append(("ciphers", handshake.ciphers))
    if handshake.asks:
        said.append(("asks", "for a certificate of the client, signed by the server's authority"))
    return said


def _step(step: Step) -> str:
    """A step in words; octets as they would stand in a program, a line of the wire in a line."""
    if isinstance(step, bytes):
        return repr(step[: 2 * SHOWN])[2:-1].replace("\\r\\n", "\\r\\n\n")
    if isinstance(step, Drip):
        return f"({len(step.data)} octets, one every {step.pause:g} s)\n" + _step(step.data)
    if isinstance(step, Pause):
        return f"(silence for {step.seconds:g} s)"
    return f"({type(step).__name__})"
