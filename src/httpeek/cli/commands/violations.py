"""`httpeek violations [ID]`: the violation catalogue, or one row of it explained.

It prints what `model.violations` says and knows no rule of its own.
"""

from __future__ import annotations

from httpeek.cli.say import say
from httpeek.model.codes import EXIT_CODES, usage
from httpeek.model.violations import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed
    from httpeek.model.violations import Rule


def run(typed: Typed, environment: Environment) -> int:
    """Prints the list, or the row that was asked for. Raises HttpeekError (USAGE) for an id that is none."""
    say(listing() if not typed.arguments else explain(_row(typed.arguments[0])))
    return 0


def listing() -> str:
    """One line a rule, in columns: what it is called, where it stands, what the client does, what is wrong."""
    names = max(len(rule.id) for rule in RULES)
    sources = max(len(rule.source) for rule in RULES)
    rows = [f"{'id':{names}}  {'rule':{sources}}  client   server  what is wrong"]
    rows += [
        f"{rule.id:{names}}  {rule.source:{sources}}  {client(rule):7}  {rule.server or '-':<6}  {rule.sentence}"
        for rule in RULES
    ]
    return "\n".join(rows) + "\n"


def explain(rule: Rule) -> str:
    """One rule in sentences."""
    if rule.client:
        meaning = next(row.meaning for row in EXIT_CODES if row.code == rule.client)
        asked = f"fatal, exit {rule.client} ({meaning})"
    else:
        asked = "a note, the exit code unchanged; fatal with --strict"
    answered = f"{rule.server}, and closes" if rule.server else "nothing to refuse"
    return (
        f"{rule.id}: {rule.sentence}\n"
        f"  rule    {rule.source}, https://www.rfc-editor.org/rfc/rfc{rule.rfc}#section-{rule.section}\n"
        f"  client  {asked}\n"
        f"  server  {answered}\n"
    )


def client(rule: Rule) -> str:
    """What the client does, in one word or two."""
    return f"exit {rule.client}" if rule.client else "note"


def _row(identifier: str) -> Rule:
    for rule in RULES:
        if rule.id == identifier:
            return rule
    from httpeek.cli.parse import show
    from httpeek.model.nearest import nearest

    near = nearest(identifier, [rule.id for rule in RULES])
    hint = f"did you mean {near}?" if near else "httpeek violations lists them"
    raise usage(f"there is no violation {show(identifier)}; {hint}")
