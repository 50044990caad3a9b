"""Many real processes of httpeek at the price of forks: one process imports it and forks a child for each command
line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support import LIMIT, environment

PROGRAM = """
import json, os, signal, sys
from httpeek.cli import main
from httpeek.cli.parse import parse
import httpeek.cli.commands.download, httpeek.client.follow, json, hashlib
for line in sys.stdin:
    asked = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background it is ignored
        os.chdir(asked["home"])
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.dup2(os.open(asked["err"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        sys.stderr = open(2, "w", closefd=False)
        os.environ.clear()
        os.environ.update(asked["env"])
        try:
            os._exit(main.run(asked["words"]))
        except BaseException:
            os._exit(99)
    print(pid, flush=True)
    if asked["wait"]:
        print(os.waitpid(pid, 0)[1], flush=True)
"""


class Forks:
    """The process that forks. `start` begins a command and gives its pid, `wait` gives how it ended: an exit code, or
    the negative number of a signal."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.err = home.parent / "err"
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(home),
            text=True,
        )

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> int:
        """Begins `httpeek download` with these words; `wait` has to follow."""
        assert self._process.stdin is not None and self._process.stdout is not None
        asked = {
            "words": ["download", "--retry-delay=0", *words],
            "home": str(self.home),
            "err": str(self.err),
            "env": environment(self.home, env),
            "wait": True,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> int:
        """How the command ended that was begun last."""
        import os

        assert self._process.stdout is not None
        return os.waitstatus_to_exitcode(int(self._process.stdout.readline()))

    def run(self, *words: str) -> int:
        """Begins a command and waits for its end."""
        self.start(*words)
        return self.wait()

    def said(self) -> str:
        """What the commands said on stderr since this was asked last."""
        text = self.err.read_text() if self.err.exists() else ""
        self.err.unlink(missing_ok=True)
        return text

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(LIMIT)
        self._process.stdout.close()
