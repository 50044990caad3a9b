"""Start-up is a feature: what a plain request may import, view by view, seen in sys.modules after a real one."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import environment, replying

FORBIDDEN = {
    *("typer", "click", "rich", "pygments", "pydantic", "asyncio", "logging", "argparse", "dataclasses", "inspect"),
    *("typing", "enum", "re", "pathlib", "json", "hashlib", "email", "http", "urllib", "tempfile", "tomllib"),
    *("importlib.metadata", "concurrent", "threading", "ssl", "socket", "collections", "contextlib", "functools"),
    *("subprocess", "shutil", "locale", "random", "datetime", "brotli", "zlib", "idna"),
}
SOURCE = Path(__file__).parents[2] / "src"
OWN = {"pretty": 36, "verbose": 36, "raw": 35, "hex": 35, "curl": 35, "json": 38}
"""The most modules of our own that a view may load; packages that hold nothing but a docstring do not count."""
PROGRAM = """
import json, os, sys
before = set(sys.modules)
from httpeek.cli.main import run
run(sys.argv[1:])
sys.stdout.flush()
os.write(2, json.dumps(sorted(set(sys.modules) - before)).encode())
"""
REPLY = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"a": [1, 2]}'


def loaded(home: Path, *words: str) -> set[str]:
    """The modules that a request to a peer loads."""
    with replying(REPLY) as peer:
        done = subprocess.run(
            [sys.executable, "-S", "-c", PROGRAM, *words, peer.url.replace("127.0.0.1", "localhost")],
            env={**environment(home), "PYTHONPATH": str(SOURCE)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    return set(json.loads(done.stderr[done.stderr.rindex(b"[") :]))


@pytest.mark.parametrize("view", sorted(OWN))
def test_a_plain_request_imports_only_what_it_needs(tmp_path: Path, view: str) -> None:
    modules = loaded(tmp_path, "--as", view)
    assert not modules & FORBIDDEN
    own = {name for name in modules if name.startswith("httpeek") and not is_bare_package(name)}
    assert len(own) <= OWN[view], sorted(own)


def test_pretty_in_colour_on_json_imports_no_more(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "-p", "hb", "--pretty=all", "--color=always") & FORBIDDEN


def test_steps_cost_only_who_asks_for_them(tmp_path: Path) -> None:
    asked, usual = loaded(tmp_path, "--steps", "--record=off"), loaded(tmp_path, "--record=off")
    assert not asked & FORBIDDEN
    assert asked - usual == {"httpeek.net.steps", "httpeek.render.steps"}


def test_a_config_file_costs_only_who_has_one(tmp_path: Path) -> None:
    usual = loaded(tmp_path)
    directory = tmp_path / ".config" / "httpeek"
    directory.mkdir(parents=True)
    (directory / "config.toml").write_text("timeout = 9\n")
    there, ignored = loaded(tmp_path), loaded(tmp_path, "--ignore-config")
    assert "tomllib" in there
    assert usual == ignored
    assert not usual & {"tomllib", "httpeek.cli.config", "httpeek.cli.parts", "httpeek.render.timing"}


def test_without_a_config_file_it_is_looked_for_once(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    strace = require_tool("strace")
    with replying(REPLY) as peer:
        done = subprocess.run(
            [strace, "-f", "-e", "trace=%file", sys.executable, "-m", "httpeek", peer.url],
            env={**environment(tmp_path), "PYTHONPATH": str(SOURCE)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip("this machine lets no process trace another")
    assert done.stdout.endswith("]}")
    assert done.stderr.count("config.toml") == 1


def test_credentials_and_cookies_cost_only_who_has_them(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("")
    usual = loaded(tmp_path, "--record=off")
    asked = loaded(tmp_path, "--record=off", "-a", "u:p")
    assert not asked & FORBIDDEN
    agent = {"httpeek.cli.state", "httpeek.client.agent", "httpeek.client.auth", "httpeek.client.follow"}
    assert {name for name in asked - usual if name.startswith("httpeek")} == {*agent, "httpeek.record.suspect"} - usual
    (tmp_path / ".netrc").write_text("")
    netrc = loaded(tmp_path, "--record=off")
    assert {name for name in netrc - usual if name.startswith("httpeek")} >= {"httpeek.client.netrc"}
    assert "publicsuffixlist" not in loaded(tmp_path, "--record=off", f"--cookies={tmp_path}/c.txt")


def is_bare_package(name: str) -> bool:
    """True for a package whose file holds nothing but a docstring."""
    path = SOURCE.joinpath(*name.split(".")) / "__init__.py"
    return path.exists() and len(ast.parse(path.read_text()).body) == 1
