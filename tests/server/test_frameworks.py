"""Flask, Django and httpbin under `httpeek serve`, and the companion's application under gunicorn and waitress.

They live in the virtual environment that gunicorn on PATH belongs to (`.ci/run` makes it), and run there."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import httpeek
from tests.conftest import find_tool
from tests.server.serving import Serving
from tests.support import LIMIT, environment

SOURCE = str(Path(httpeek.__file__).parent.parent)
MODELS = ("single", "threads", "fork", "prefork")
BOUNDARY = "multipart/form-data; boundary=x"
UPLOAD = (
    b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\ntext\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    + b"0123456789" * 30_000
    + b"\r\n--x--\r\n"
)

FLASK = """
import io
from flask import Flask, Response, redirect, request, send_file, session, url_for

app = Flask(__name__)
app.secret_key = "for the test"

@app.route("/user/<int:number>")
def user(number):
    return {"number": number, "q": request.args.getlist("q")}

@app.post("/form")
def form():
    return request.form["name"] + "," + request.form["word"]

@app.post("/upload")
def upload():
    content = request.files["file"].read()
    return f"{request.form['kind']} {request.files['file'].filename} {len(content)}"

@app.post("/raw")
def raw():
    return str(len(request.get_data()))

@app.route("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])

@app.route("/stream")
def stream():
    return Response((f"line {n}\\n" for n in range(3)), mimetype="text/plain")

@app.route("/file")
def file():
    return send_file("big.bin", mimetype="application/octet-stream", conditional=True)

@app.route("/old")
def old():
    return redirect(url_for("user", number=7))

@app.route("/broken")
def broken():
    raise ValueError("on purpose")
"""

DJANGO = """
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path

settings.configure(
    DEBUG=True,
    SECRET_KEY="for the test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)

def user(request, number):
    return JsonResponse({"number": number, "q": request.GET.getlist("q")})

def form(request):
    return HttpResponse(request.POST["name"] + "," + request.POST["word"])

def upload(request):
    file = request.FILES["file"]
    return HttpResponse(f"{request.POST['kind']} {file.name} {file.size}")

def raw(request):
    return HttpResponse(str(len(request.body)))

def count(request):
    request.session["count"] = request.session.get("count", 0) + 1
    return HttpResponse(str(request.session["count"]))

def stream(request):
    return StreamingHttpResponse((f"line {n}\\n" for n in range(3)), content_type="text/plain")

def file(request):
    return FileResponse(open("big.bin", "rb"), content_type="application/octet-stream")

def old(request):
    return redirect("user", number=7)

def broken(request):
    raise ValueError("on purpose")

urlpatterns = [
    path("user/<int:number>", user, name="user"),
    path("form", form), path("upload", upload), path("raw", raw), path("count", count), path("stream", stream),
    path("file", file), path("old", old), path("broken", broken),
]
app = get_wsgi_application()
"""


class Answer(NamedTuple):
    status: int
    fields: dict[str, str]
    content: bytes


def ask(
    port: int, method: str, path: str, content: bytes | None = None, fields: dict[str, str] | None = None
) -> Answer:
    """One answer, on a connection of its own; read by the standard library, which judges the framing, too."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    with contextlib.closing(connection):
        connection.request(method, path, content, {"Host": "peer", **(fields or {})})
        answer = connection.getresponse()
        return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())


@pytest.fixture(scope="module")
def peer_python() -> str:
    """The interpreter of the environment with the frameworks."""
    path = Path(find_tool("gunicorn")).resolve().parent / "python"
    words = [str(path), "-c", "import django, flask, gunicorn, httpbin, waitress"]
    try:
        found = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, check=False)
        reason = found.stderr.strip().rpartition("\n")[2] if found.returncode else ""
    except OSError as error:
        reason = str(error)
    if reason:
        if os.environ.get("HTTPEEK_REQUIRE_TOOLS") == "1":
            pytest.fail(f"gunicorn's environment lacks a framework: {reason}")
        pytest.skip(f"gunicorn's environment lacks a framework: {reason}")
    return str(path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frameworks")
    (folder / "with_flask.py").write_text(FLASK)
    (folder / "with_django.py").write_text(DJANGO)
    (folder / "big.bin").write_bytes(bytes(range(256)) * 4_000)
    return folder


def serving(home: Path, python: str, application: str, model: str = "prefork") -> Serving:
    return Serving(home, application, "--model", model, python=python, env={"PYTHONPATH": SOURCE})


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("framework", ["with_flask", "with_django"])
def test_a_framework_does_all_that_it_does_elsewhere(peer_python: str, home: Path, framework: str, model: str) -> None:
    with serving(home, peer_python, f"{framework}:app", model) as server:
        port = server.port
        assert ask(port, "GET", "/user/7?q=a%20b&q=%C3%A9").content.replace(b" ", b"").startswith(b'{"number":7,"q":[')
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert ask(port, "POST", "/form", b"name=J%C3%BCrgen&word=a+b", form).content == "Jürgen,a b".encode()
        uploaded = ask(port, "POST", "/upload", UPLOAD, {"Content-Type": BOUNDARY})
        assert uploaded.content == b"text a.txt 300000"
        assert ask(port, "POST", "/raw", bytes(2_000_000)).content == b"2000000"
        first = ask(port, "GET", "/count")
        cookie = first.fields["set-cookie"].partition(";")[0]
        assert ask(port, "GET", "/count", fields={"Cookie": cookie}).content == b"2"
        streamed = ask(port, "GET", "/stream")
        assert (streamed.fields.get("transfer-encoding"), streamed.content) == ("chunked", b"line 0\nline 1\nline 2\n")
        file = ask(port, "GET", "/file")
        assert (file.fields["content-length"], file.content) == ("1024000", bytes(range(256)) * 4_000)
        head = ask(port, "HEAD", "/file")
        assert (head.status, head.fields["content-length"], head.content) == (200, "1024000", b"")
        moved = ask(port, "GET", "/old")
        assert (moved.status, moved.fields["location"]) == (302, "/user/7")
        assert ask(port, "GET", "/none").status == 404
        assert ask(port, "GET", "/broken").status == 500
        assert ask(port, "GET", "/user/7").status == 200
    assert any("on purpose" in line for line in server.log)


def test_djangos_page_for_404_in_debug_names_the_patterns(peer_python: str, home: Path) -> None:
    with serving(home, peer_python, "with_django:app") as server:
        missing = ask(server.port, "GET", "/none")
    assert missing.status == 404
    assert b"Using the URLconf" in missing.content


def test_flask_reads_a_chunked_body_to_its_end(peer_python: str, home: Path) -> None:
    head = b"POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    with serving(home, peer_python, "with_flask:app") as server:
        assert server.say(head + b"5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n").endswith(b"\r\n\r\n10")


@contextlib.contextmanager
def listening(home: Path, words: Callable[[int], list[str]]) -> Iterator[int]:
    """A server of somebody else on a socket that it inherits; the kernel holds what comes before it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            words(listener.fileno()),
            cwd=home,
            env=environment(home, {"PYTHONPATH": SOURCE}),
            pass_fds=[listener.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait(LIMIT)


def with_gunicorn(python: str, application: str) -> Callable[[int], list[str]]:
    return lambda fd: [python, "-m", "gunicorn", "--bind", f"fd://{fd}", application]


def with_waitress(python: str, application: str) -> Callable[[int], list[str]]:
    module, _, name = application.partition(":")
    text = f"import socket, waitress, {module}; waitress.serve({module}.{name}, sockets=[socket.socket(fileno=%d)])"
    return lambda fd: [python, "-c", text % fd]


PAGES: tuple[tuple[str, str, bytes | None, dict[str, str]], ...] = (
    ("GET", "/get?a=1&b=%C3%A9&a=2", None, {"X-A": "b"}),
    ("GET", "/headers", None, {"Cookie": "a=1; b=2"}),
    ("GET", "/ip", None, {}),
    ("GET", "/anything/a%2Fb//c?x", None, {}),
    ("POST", "/post", b"a=1&b=2", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("POST", "/post", UPLOAD[:200] + b"\r\n--x--\r\n", {"Content-Type": BOUNDARY}),
    ("PUT", "/put", b'{"a": 1}', {"Content-Type": "application/json"}),
    ("PATCH", "/patch", b"\x00\xff", {}),
    ("DELETE", "/delete", None, {}),
    ("GET", "/status/204", None, {}),
    ("GET", "/status/304", None, {}),
    ("GET", "/status/407", None, {}),
    ("GET", "/status/418", None, {}),
    ("GET", "/status/500", None, {}),
    ("GET", "/html", None, {}),
    ("GET", "/json", None, {}),
    ("GET", "/xml", None, {}),
    ("GET", "/encoding/utf8", None, {}),
    ("GET", "/image/png", None, {}),
    ("GET", "/gzip", None, {}),
    ("GET", "/bytes/1000?seed=7", None, {}),
    ("GET", "/stream/3", None, {}),
    ("GET", "/stream-bytes/5000?seed=7&chunk_size=100", None, {}),
    ("GET", "/range/1000", None, {"Range": "bytes=10-19"}),
    ("GET", "/redirect/3", None, {}),
    ("GET", "/absolute-redirect/2", None, {}),
    ("GET", "/cookies/set?a=1", None, {}),
    ("GET", "/response-headers?X-B=c", None, {}),
    ("GET", "/basic-auth/u/p", None, {}),
    ("GET", "/basic-auth/u/p", None, {"Authorization": "Basic dTpw"}),
    ("GET", "/etag/x", None, {"If-None-Match": "x"}),
    ("HEAD", "/get", None, {}),
    ("OPTIONS", "/get", None, {}),
    ("GET", "/no/such/page", None, {}),
)
OWN = {"date", "server", "connection", "keep-alive", "allow"}
"""Fields that are each server's own; the words of Allow come out of a set, in another order in each process."""


def test_httpbin_says_here_what_it_says_under_gunicorn(peer_python: str, home: Path) -> None:
    with (
        serving(home, peer_python, "httpbin:app") as ours,
        listening(home, with_gunicorn(peer_python, "httpbin:app")) as theirs,
    ):
        for page in PAGES:
            got, wanted = ask(ours.port, *page), ask(theirs, *page)
            assert got.status == wanted.status, page
            assert got.content == wanted.content, page
            left = {name: value for name, value in got.fields.items() if name not in OWN}
            assert left == {name: value for name, value in wanted.fields.items() if name not in OWN}, page


@pytest.mark.parametrize("server", [with_gunicorn, with_waitress])
def test_the_companion_runs_under_other_servers(
    peer_python: str, home: Path, server: Callable[[str, str], Callable[[int], list[str]]]
) -> None:
    with listening(home, server(peer_python, "httpeek.app:app")) as port:
        assert b'"a": ' in ask(port, "GET", "/get?a=1").content
        assert ask(port, "POST", "/post", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}).status == 200
        assert ask(port, "POST", "/post", UPLOAD, {"Content-Type": BOUNDARY}).status == 200
        assert ask(port, "GET", "/status/404").status == 404
        assert ask(port, "GET", "/bytes/1000").fields["content-length"] == "1000"
        assert ask(port, "HEAD", "/get").content == b""
        assert ask(port, "GET", "/gzip").fields["content-encoding"] == "gzip"
        assert ask(port, "OPTIONS", "/get").status == 200
        assert ask(port, "GET", "/redirect/1").status == 302
        assert ask(port, "GET", "/").status == 200
