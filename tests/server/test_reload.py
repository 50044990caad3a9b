"""`serve --reload`: new code after a change, in every model, with no client refused and no request cut short."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.server.processes import MODELS, Server, Start, received, version, wait_until
from tests.support import Program

LAZY = """
def app(environ, start_response):
    import part
    start_response("200 OK", [])
    return [part.TEXT]
"""


def until(server: Server, text: str) -> set[str]:
    """Asks again and again until the answer is a text; all other answers."""
    others = set()
    while (answer := server.get()) != text:
        others.add(answer)
        assert server.process.poll() is None
    return others


@pytest.mark.parametrize("model", MODELS)
def test_a_change_is_served_and_named_and_no_client_is_refused(start: Start, tmp_path: Path, model: str) -> None:
    server = start("--model", model, "--reload", application=version("old"))
    for text in ("the first change", "the second"):
        (tmp_path / "served.py").write_text(version(text))
        assert len(until(server, text)) == 1
        assert server.line() == "-- served.py changed: the application is loaded again\n"
    assert server.end(signal.SIGTERM) == ""


@pytest.mark.parametrize("model", MODELS)
def test_a_request_in_flight_is_finished_by_the_old_code(start: Start, tmp_path: Path, model: str) -> None:
    server = start("--model", model, "--reload", "--workers", "1")
    go = tmp_path / "go"
    with server.connect() as busy:
        busy.sendall(f"GET /slow?{go} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        wait_until(go.with_suffix(".begun").exists, server)
        (tmp_path / "served.py").write_text(version("the new code"))
        server.line("served.py changed")
        go.touch()
        assert b"200 OK" in received(busy)
    until(server, "the new code")


@pytest.mark.parametrize("model", ["threads", "prefork"])
def test_code_that_does_not_load_is_shown_and_clients_wait_for_the_next_change(
    start: Start, tmp_path: Path, model: str
) -> None:
    server = start("--model", model, "--reload", application=version("old"))
    (tmp_path / "served.py").write_text("def app(:\n")
    server.line("SyntaxError: invalid syntax")
    server.line("clients wait")
    answers: list[str] = []
    client = threading.Thread(target=lambda: answers.append(server.get()), daemon=True)
    client.start()
    (tmp_path / "served.py").write_text("import nothing_of_this_name\n")
    server.line("No module named 'nothing_of_this_name'")
    (tmp_path / "served.py").unlink()
    server.line("there is no module served")
    (tmp_path / "served.py").write_text(version("mended now"))
    client.join()
    assert answers == ["mended now"]
    server.end(signal.SIGINT)


def test_code_that_does_not_load_at_the_first_start_ends_no_server(start: Start, tmp_path: Path) -> None:
    server = start("--reload", application="import part\n")
    server.line("No module named 'part'")
    server.line("clients wait")
    (tmp_path / "part.py").write_text("")
    (tmp_path / "served.py").write_text("import part\n" + version("mended now"))
    assert until(server, "mended now") == set()


def test_a_server_that_waits_for_code_ends_when_it_is_asked_to(start: Start) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = start("--reload", application="name\n")
        server.line("clients wait")
        server.end(number)


@pytest.mark.parametrize("model", MODELS)
def test_a_module_that_is_imported_by_a_request_is_watched_too(start: Start, tmp_path: Path, model: str) -> None:
    (tmp_path / "part.py").write_text("TEXT = b'old'\n")
    server = start("--model", model, "--reload", "--workers", "1", application=LAZY)
    assert server.get() == "old"
    size = 0
    while (answer := server.get()) != "new one":
        assert answer == "old"
        size += 1  # it is watched from a moment after its import on: change it until that is noticed
        (tmp_path / "part.py").write_text("TEXT = b'new one'\n" + "#" * size)


def test_what_cannot_be_reloaded_is_exit_2(tmp_path: Path) -> None:
    program = Program(tmp_path)
    assert "--reload watches an application" in program("serve", "--reload").err
    done = program("serve", "nothing_of_this_name:app", "--reload", "--bind", "127.0.0.1:0")
    assert (done.code, "there is no module" in done.err) == (2, True)
