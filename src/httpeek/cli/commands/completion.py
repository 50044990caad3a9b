"""`httpeek completion bash|zsh|fish`: the completion script of a shell, made from the options table.

It prints and installs nothing: `httpeek completion bash > ~/.local/share/bash-completion/completions/httpeek`.
"""

from __future__ import annotations

from httpeek.cli.completions import SCRIPTS
from httpeek.cli.say import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed


def run(typed: Typed, environment: Environment) -> int:
    """Prints the script for the shell that was named; the parser lets no other through."""
    say(SCRIPTS[typed.arguments[0]]())
    return 0
