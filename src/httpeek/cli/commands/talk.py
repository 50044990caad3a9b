"""`httpeek talk HOST:PORT`: telnet for HTTP."""

from __future__ import annotations

from httpeek import __version__
from httpeek.cli.looks import steps
from httpeek.cli.policies import dial_policy, size_limits, time_limits, tls_policy
from httpeek.client.run import Run
from httpeek.client.talk import talk
from httpeek.model.plan import Plan
from httpeek.model.target import parse
from httpeek.render.messages import Messages
from httpeek.render.raw import Raw
from httpeek.render.screen import Screen
from httpeek.render.views import ViewOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.environment import Environment
    from httpeek.cli.parse import Typed


def run(typed: Typed, environment: Environment) -> int:
    """Talks until both sides are done; returns the exit code."""
    target = parse(typed.arguments[0], "https" if typed.flag("tls") else "http")
    screen = Screen.detect(environment.variables, typed.text("color"), typed.flag("plain"))
    options = ViewOptions(stream=True, quiet=typed.number("quiet"))
    plan = Plan(
        method="",
        target=target,
        fields=(),
        strict=typed.flag("strict"),
        time=time_limits(typed, watched=True),
        size=size_limits(typed),
        tls=tls_policy(typed),
        dial=dial_policy(typed),
        steps=typed.flag("steps"),
    )
    beside = steps(typed, environment, screen, options)
    running = Run([*beside, Raw(screen, options), Messages(screen, options, "raw")], __version__)
    failure = talk(plan, running, 0, typed.flag("exact"))
    failure = running.finish() or failure
    return failure.code if failure is not None else 0
