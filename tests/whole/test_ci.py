"""Reports and annotations of the whole program, and docs/ci.md: each recipe's shell part is run.

In a recipe a service of the test's stands where `$SERVICE` or http://localhost:8080 is, `pip` is a program that only
writes down what it was asked for, and a workflow is run as GitHub runs it, as far as it is written here: inputs become
variables, `$GITHUB_OUTPUT` and `$GITHUB_PATH` are files, a script is run by `bash -e -o pipefail`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from httpeek.testing.server import TestServer
from tests.support import LIMIT, Program, environment, replying

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|yaml)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SHELL = [text for kind, text in BLOCKS if kind == "sh"]
YAML = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
SUITE = 'GET {{host}}/users\nHTTP 200\n[Asserts]\njsonpath "$.db" == "up"\n'


def service(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    yield b'{"db": "up"}'


@pytest.fixture
def url(httpeek_serve: Callable[[Any], TestServer]) -> str:
    return httpeek_serve(service).url


class Machine:
    """Where recipes run: a folder with a suite, httpeek and pytest on PATH, and a pip that installs nothing."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        programs = folder / "programs"
        programs.mkdir()
        for name in ("httpeek", "pytest", "python3"):
            (programs / name).symlink_to(Path(sys.executable).parent / ("python" if name == "python3" else name))
        pip = programs / "pip"
        pip.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/pip.log"\n')
        pip.chmod(0o755)
        (folder / "tests" / "api").mkdir(parents=True)
        (folder / "tests" / "api" / "users.hurl").write_text(SUITE)
        path = f"{programs}:{os.environ['PATH']}"
        self.environment = {**environment(folder), "PATH": path, "SERVICE": url}

    def run(self, script: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        assert bash is not None
        return subprocess.run(
            [
                bash,
                *options,
                "-c",
                script.replace("http://localhost:8080", self.url).replace("http://web:8080", self.url),
            ],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=4 * LIMIT,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path, url: str) -> Machine:
    return Machine(tmp_path, url)


@pytest.mark.parametrize("script", SHELL, ids=lambda text: text.split("\n")[0][:40])
def test_a_shell_recipe_passes_where_all_is_well_and_fails_where_nothing_listens(machine: Machine, script: str) -> None:
    good = machine.run(script, "-e")
    assert good.returncode == 0, good.stdout + good.stderr
    bad = machine.run(script.replace("30s", "0.1s"), SERVICE="http://127.0.0.1:1")
    assert bad.returncode or bad.stdout  # the one for cron tells by what it says


def test_the_shell_recipe_leaves_its_report(machine: Machine) -> None:
    for script in SHELL:
        machine.run(script)
    assert ElementTree.parse(machine.folder / "reports" / "junit.xml").getroot()[0].get("failures") == "0"


def test_the_gitlab_recipe(machine: Machine) -> None:
    (job,) = [block["smoke"] for block in YAML if "smoke" in block]
    done = machine.run("\n".join(job["script"]), "-e")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (machine.folder / job["artifacts"]["reports"]["junit"]).is_file()
    assert (machine.folder / "pip.log").read_text() == "install --quiet httpeek\n"


def test_the_health_check_of_compose_and_the_job_that_waits_for_it(machine: Machine) -> None:
    (services,) = [block["services"] for block in YAML if "services" in block]
    kind, script = services["web"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    script = script.replace("$$", "$")
    assert machine.run(script).returncode == 0
    assert machine.run(script.replace("http://localhost:8080", "http://127.0.0.1:1")).returncode == 1
    done = machine.run(services["smoke"]["command"])
    assert done.returncode == 0, done.stdout + done.stderr


def _filled(text: str, inputs: dict[str, str]) -> str:
    """An expression of a workflow: an input, or the package of our action."""
    if "github.action_path" in text:
        return str(ROOT)
    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], text)


def act(machine: Machine, given: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    """Runs the steps of action.yml but that which installs: exit code, output, outputs."""
    inputs = {name: given.get(name, row.get("default", "")) for name, row in ACTION["inputs"].items()}
    assert set(given) <= set(inputs)
    outputs = machine.folder / "output"
    outputs.write_text("")
    (machine.folder / "httpeek" / "bin").mkdir(parents=True, exist_ok=True)
    program = machine.folder / "httpeek" / "bin" / "httpeek"
    if not program.exists():
        program.symlink_to(Path(sys.executable).parent / "httpeek")
    step = ACTION["runs"]["steps"][1]
    variables = {
        name: _filled(text, inputs).replace("http://localhost:8080", machine.url) for name, text in step["env"].items()
    }
    variables |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(machine.folder / "summary.md"),
        "RUNNER_TEMP": str(machine.folder),
    }
    done = machine.run(step["run"], "--noprofile", "--norc", "-e", "-o", "pipefail", **variables)
    pairs = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    return done.returncode, done.stdout + done.stderr, pairs


def test_the_github_recipe_and_the_action(machine: Machine) -> None:
    workflow, by_hand = (block["jobs"]["smoke"]["steps"] for block in YAML if "jobs" in block)
    used = [step["with"] for step in workflow if "httpeek" in step.get("uses", "")]
    assert len(used) == 2
    for given in used:
        code, said, outputs = act(machine, given)
        assert code == 0, said
        report = machine.folder / outputs["report"]
        assert {"junit.xml", "report.json", "index.html"} <= {path.name for path in report.iterdir()}
    assert "### httpeek check: passed" in (machine.folder / "summary.md").read_text()
    done = machine.run("\n".join(step["run"] for step in by_hand if "run" in step), "-e")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_fails_with_the_check_and_annotates(machine: Machine) -> None:
    given = {"check": "http://localhost:8080/\nstatus == 201\njsonpath $.db == down"}
    code, said, outputs = act(machine, given)
    assert code == 10
    assert said.count("\n::error title=") == 2
    assert outputs["junit"] == "httpeek-report/junit.xml"


def test_no_input_of_the_action_is_a_part_of_its_script(machine: Machine) -> None:
    hostile = "$(touch owned) `touch owned`; touch owned"
    act(machine, {"check": f"tests/api/\n{hostile}", "variables": f"host={hostile}", "options": hostile, "report": "r"})
    assert not (machine.folder / "owned").exists()
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_secrets_of_the_action_are_used_and_never_shown(machine: Machine) -> None:
    (machine.folder / "s.hurl").write_text("GET {{host}}/x?a={{pin}}\nHTTP 201\n")
    secrets = "pin=hunter=two\r\n# a remark\n"
    code, said, _ = act(machine, {"check": "s.hurl", "variables": "host=http://localhost:8080", "secrets": secrets})
    assert code == 10
    assert "hunter" not in said
    for path in (machine.folder / "httpeek-report").iterdir():
        assert "hunter" not in path.read_text()


def test_the_action_installs_this_checkout(tmp_path: Path) -> None:
    step = ACTION["runs"]["steps"][0]
    made = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        env={
            **os.environ,
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_PATH": str(tmp_path / "path"),
            "HTTPEEK_PACKAGE": _filled(step["env"]["HTTPEEK_PACKAGE"], {}),
        },
        capture_output=True,
        text=True,
        timeout=8 * LIMIT,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (folder,) = (tmp_path / "path").read_text().splitlines()
    done = subprocess.run([f"{folder}/httpeek", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("httpeek ")


# The program


def test_every_report_of_one_run(httpeek: Program, tmp_path: Path, url: str) -> None:
    (tmp_path / "a.hurl").write_text(SUITE + "\n" + SUITE.replace('"up"', '"down"'))
    words = ("--report-junit=r/j.xml", "--report-tap=r/t", "--report-json=r/json", "--report-html=r/html")
    done = httpeek("check", "a.hurl", f"--variable=host={url}", *words)
    assert done.code == 10
    (case, failed) = ElementTree.parse(tmp_path / "r" / "j.xml").getroot().iter("testcase")
    assert (len(case), failed[0].tag) == (0, "failure")
    report = json.loads((tmp_path / "r" / "json" / "report.json").read_text())
    calls = [entry["calls"][0] for entry in report["files"][0]["entries"]]
    assert [call["socket"]["reused"] for call in calls] == [0, 1]
    assert (tmp_path / "r" / "t").read_text().startswith("TAP version 14\n1..2\nok 1 - a.hurl: 1 GET /users\nnot ok 2")
    assert (tmp_path / "r" / "html" / "1-a.hurl.html").is_file()


def test_reports_keep_the_order_of_the_command_line_whoever_ends_first(
    httpeek: Program, tmp_path: Path, url: str
) -> None:
    names = ["b.hurl", "a.hurl", "c.hurl"]
    for name in names:
        delay = "[Options]\ndelay: 300ms\n" if name == "b.hurl" else ""
        (tmp_path / name).write_text(f"GET {url}\n{delay}HTTP 200\n")
    done = httpeek("check", *names, "--jobs", "3", "--report-junit", "j.xml")
    assert done.code == 0
    assert [suite.get("name") for suite in ElementTree.parse(tmp_path / "j.xml").getroot()] == names


def test_a_report_that_cannot_be_written_is_exit_23(httpeek: Program, tmp_path: Path, url: str) -> None:
    (tmp_path / "file").write_text("")
    done = httpeek("check", url, "--report-junit", "file/j.xml")
    assert done.code == 23
    assert "httpeek: (23) the report file/j.xml cannot be written" in done.err


def test_an_answer_gives_githubs_runner_no_command(httpeek: Program, tmp_path: Path) -> None:
    with replying(b"HTTP/1.1 200 OK\r\n\r\n::error::x\n ::set-env name=a::b\n##[add-mask]x") as peer:
        done = httpeek("check", peer.url, "status == 201", env={"GITHUB_ACTIONS": "true"})
    lines = done.out.decode().splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    inside = lines[1 : lines.index(f"::{token}::")]
    assert any("::set-env" in line for line in inside)
    after = lines[lines.index(f"::{token}::") + 1 :]
    assert [line[:15] for line in after] == ["::error title=1"]


def test_without_a_runner_nothing_is_annotated(httpeek: Program, url: str) -> None:
    assert b"::" not in httpeek("check", url, "status == 201").out
    assert b"::" not in httpeek("check", url, "status == 201", "--annotate=none", env={"GITHUB_ACTIONS": "true"}).out
