"""`/fault/`: the names of the faults. A fault itself is made by the server under the application, before it is asked; a
request that gets here is for one that there is not, or this application runs under another server."""

from __future__ import annotations

from httpeek.server.app.answer import Refused, text
from httpeek.server.app.request import shown
from httpeek.server.faults.catalogue import FAULTS, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.server.app.answer import Answer, Environ


def listed(environ: Environ) -> Answer:
    """Every fault, one line each."""
    width = max(len(row.name) for row in FAULTS)
    return text("".join(f"{row.name:{width}}  {row.wrong}\n" for row in FAULTS))


def absent(environ: Environ, name: str) -> Answer:
    """No fault was made. Raises Refused: 404, or 501 for a fault that only our server makes."""
    if fault(name) is not None:
        raise Refused(501, f"the fault {shown(name)} needs `httpeek serve` under this application")
    raise Refused(404, f"there is no fault {shown(name)}; /fault/ lists what there is, `httpeek faults` explains it")
