"""What a hand-written forking server gets wrong, said as it happens (`serve --model fork --reap one`, `--keep-fds`).

Each sentence is what the kernel was asked, what it said, and why. Nothing is done here: `models/fork` does what was
asked for, right or wrong, and tells it to `Lesson`. Zombies are counted where the kernel shows them: the state in
/proc/PID/stat (proc(5)); a system without it has none to show.
"""

from __future__ import annotations

from httpeek.server.signals import ending
from httpeek.server.visible import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from httpeek.net.stream import sockets

_COPY = {
    "ESTABLISHED": ": no FIN, no end of file",
    "CLOSE_WAIT": ": the client closed, we never do",
}
"""What it means that the parent's copy of a socket is in a state, though the child has closed its own."""
_NAMED = 3
"""Processes that a sentence names; of more it says how many."""


def zombies(pids: Collection[int]) -> list[int]:
    """Those of the processes that have ended and are still in the process table: state Z."""
    return [pid for pid in pids if _state(pid) == "Z"]


class Lesson:
    """Explains what the parent does with its children (`reap` is "all", "one" or "none") and with its copies of
    their sockets; `log` takes each sentence."""

    def __init__(self, log: Callable[[str], None], reap: str) -> None:
        self._log = log
        self._reap = reap
        self._interrupted = False
        self._told: set[int] = set()  # zombies that were named

    def interrupted(self) -> None:
        """SIGCHLD came while the parent waited. Said once in a run."""
        if not self._interrupted:
            self._interrupted = True
            self._log("SIGCHLD interrupted poll() (EINTR); Python called it again by itself (PEP 475): no loop needed")

    def signalled(self, found: Sequence[tuple[int, int]], children: Collection[int]) -> list[int]:
        """SIGCHLD's handler has run: `found` are those that it reaped, with their exit codes, `children` those that it
        did not. Returns the zombies that are new."""
        left = zombies(children)
        new = [pid for pid in left if pid not in self._told]
        self._told.update(new)
        sentence = {"all": self._all, "one": self._one, "none": self._none}[self._reap](found, len(left), new)
        if sentence:
            self._log(f"SIGCHLD: {sentence}")
        return new

    def kept(self, pid: int, fd: int, held: int) -> None:
        """The parent did not close its copy of the socket that it forked a child for."""
        self._log(f"fork = {pid}; the parent keeps descriptor {fd} too ({held} kept): one socket, two processes")

    def unfinished(self, pids: Sequence[int], copies: Mapping[int, sockets.socket]) -> None:
        """Children have ended whose sockets the parent still holds."""
        for pid in pids:
            if pid in copies:
                sock = copies[pid]
                found = state(sock)
                why = _COPY.get(found, "")
                self._log(f"child {pid} has closed its copy; descriptor {sock.fileno()} here is still {found}{why}")

    def ends(self, children: Collection[int], copies: int) -> None:
        """The server ends, and what it left undone is done."""
        left = len(zombies(children))
        if left:
            self._log(f"the end: waitpid(-1) is asked until it has none, {_zombies(left)} to go")
        if copies:
            self._log(f"the end: {copies} kept {_plural('descriptor', copies)} closed: only now FIN is sent")

    def _all(self, found: Sequence[tuple[int, int]], left: int, new: Sequence[int]) -> str:
        if not found:
            return ""  # an earlier turn of the loop had taken what this signal stands for
        if len(found) == 1:
            return f"waitpid(-1, WNOHANG) = {found[0][0]}, {ending(found[0][1])}; asked again: none is left, no zombie"
        pids = _named([pid for pid, _ in found])
        return f"waitpid(-1, WNOHANG), asked until none was left, = {pids}: no zombie"

    def _one(self, found: Sequence[tuple[int, int]], left: int, new: Sequence[int]) -> str:
        if not found:
            return ""
        pid, code = found[0]
        rest = f"{_zombies(left)} (state Z) stay: signals do not queue" if left else "no zombie is left this time"
        return f"one waitpid(-1) = {pid}, {ending(code)}; {rest}"

    def _none(self, found: Sequence[tuple[int, int]], left: int, new: Sequence[int]) -> str:
        if not new:
            return ""
        return f"nobody asks waitpid(): {_named(new)} stay in state Z, {_zombies(left)} in all"


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _zombies(count: int) -> str:
    return f"{count} {_plural('zombie', count)}"


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _named(pids: Sequence[int]) -> str:
    names = [str(pid) for pid in pids]
    return ", ".join(names) if len(names) <= _NAMED else f"{names[0]} and {len(names) - 1} more"
