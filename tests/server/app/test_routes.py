"""Every route at once: it answers as PEP 3333 wants (the harness validates), and the methods that its row says."""

from __future__ import annotations

import inspect
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpeek.server.app import page
from httpeek.server.app.index import filled
from httpeek.server.app.routes import ANY, GROUPS, ROUTES, Route
from tests.server.app.asking import ask

TELLS = {"/fault/{fault}", "/dump/request", "/dump/last", "/socket", "/trailers", "/early-hints"} | {
    each.path for each in ROUTES if each.path.startswith("/requests")
}
"""Pages that need a server that tells more than PEP 3333 asks for."""


def first_method(route: Route) -> str:
    return "GET" if route.methods == ANY else route.methods.split()[0]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods} {route.path}")
def test_a_route_answers_its_example(route: Route) -> None:
    got = ask(filled(route.path) + ("?failure_rate=0" if route.path == "/unstable" else ""), first_method(route))
    assert got.status == 501 if route.path in TELLS else got.status < 500
    if route.path != "/site/{path...}" and "auth" not in route.path and route.path not in TELLS:
        assert got.status not in (404, 405), got.text
    assert "Content-Length" not in dict(got.fields) or int(got["Content-Length"]) == len(got.content)


@pytest.mark.parametrize("route", [each for each in ROUTES if "GET" in each.methods], ids=lambda route: route.path)
def test_head_has_the_fields_of_get_and_no_content(route: Route) -> None:
    path = filled(route.path) + "?seed=1"
    got, head = ask(path), ask(path, "HEAD")
    # The coded pages have the method in them, so that their length is another.
    same = [field for field in got.fields if field[0] != "Content-Length"]
    assert (head.status, [field for field in head.fields if field[0] != "Content-Length"]) == (got.status, same)
    assert head.content == b""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods} {route.path}")
def test_a_page_takes_what_its_path_gives(route: Route) -> None:
    answers = page(route)
    assert inspect.getdoc(answers)
    variables = route.path.count("{")
    inspect.signature(answers).bind({}, *[""] * variables)


@pytest.mark.parametrize("path", ["/", "/get", "/ip", "/redirect/3", "/bytes/9", "/files/1KiB.bin", "/site/", "/env"])
def test_a_method_that_a_page_does_not_take_is_405_with_allow(path: str) -> None:
    got = ask(path, "POST")
    assert got.status == 405
    assert got["Allow"] == "GET, HEAD, OPTIONS"
    assert "answers GET, HEAD, OPTIONS, not POST" in got.text


def test_options_lists_the_methods_of_all_rows_of_a_path() -> None:
    assert ask("/upload", "OPTIONS")["Allow"] == "GET, HEAD, POST, PUT, OPTIONS"
    assert ask("/anything", "OPTIONS")["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    got = ask("*", "OPTIONS")
    assert (got.status, got["Content-Length"]) == (200, "0")


def test_no_route_hides_another() -> None:
    for number, route in enumerate(ROUTES):
        for later in ROUTES[number + 1 :]:
            assert (route.path, route.methods) != (later.path, later.methods)


def test_a_path_that_is_no_page_is_404_and_cannot_write_to_a_terminal() -> None:
    got = ask("/nosuch%1B%5B31m%C3%A9")
    assert got.status == 404
    assert got.text == "there is no page /nosuch\\x1b[31m\\xe9 here; / lists what there is\n"
    assert ask("/get/more").status == 404


def test_a_request_with_an_origin_is_told_that_it_may_read_the_answer() -> None:
    got = ask("/get", fields={"Origin": "https://a.example"})
    assert got["Access-Control-Allow-Origin"] == "https://a.example"
    assert got["Access-Control-Allow-Credentials"] == "true"
    asked = {"Origin": "https://a.example", "Access-Control-Request-Headers": "x-a, x-b"}
    got = ask("/put", "OPTIONS", asked)
    assert got["Access-Control-Allow-Headers"] == "x-a, x-b"
    assert "PATCH" in got["Access-Control-Allow-Methods"]
    assert not ask("/get")["Access-Control-Allow-Origin"]


def test_the_index_is_text_for_a_command_line_and_html_for_a_browser() -> None:
    assert ask("/")["Content-Type"] == ask("/", fields={"Accept": "*/*"})["Content-Type"]
    assert ask("/").text.startswith("httpeek companion: an HTTP server to test clients with\n  /get /post")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = ask("/", fields={"Accept": browser})
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert '<a href="/status/418">' in page.text
    rows = ask("/", fields={"Accept": "application/json"}).json
    assert [row["path"] for row in rows] == [route.path for route in ROUTES]


def test_the_index_fits_in_80_columns_and_names_every_first_segment() -> None:
    text = ask("/", environ={"HTTP_HOST": "localhost:65535"}).text
    assert max(map(len, text.splitlines())) <= 80
    for route in ROUTES:
        if route not in GROUPS[0].routes:
            assert f"/{route.path.split('/')[1]}" in text


def test_examples_name_the_address_that_was_asked_and_none_where_it_is_gone() -> None:
    assert "httpeek :8080/get a==1" in ask("/").text
    assert "httpeek http.test:81/get a==1" in ask("/", environ={"HTTP_HOST": "http.test:81"}).text
    assert "httpeek /get a==1" in ask("/", environ={"httpeek.model": "embedded"}).text
    assert "<script>" not in ask("/", environ={"HTTP_HOST": "<script>", "HTTP_ACCEPT": "text/html"}).text


ODD = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0")) | st.sampled_from(
    [
        "",
        "0",
        "3",
        "-1",
        "1e9",
        "\u00b2",
        "%",
        "%zz",
        "%00",
        "%C3%28",
        "a=b",
        "\x1b[31m",
        "..",
        "*",
        '"',
        "nan",
        "9" * 30,
    ]
)
NAMES = st.sampled_from(
    [
        "",
        "a",
        "seed",
        "url",
        "status_code",
        "size",
        "etag",
        "filename",
        "disposition",
        "count",
        "numbytes",
        "code",
        "delay",
    ]
)
FIELDS = st.sampled_from(
    ["Authorization", "Cookie", "Accept", "Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since",
     "Origin",
     "Content-Type", "Host", "Access-Control-Request-Headers"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([route for route in ROUTES if route.path not in TELLS]),
    st.lists(ODD, min_size=5, max_size=5),
    st.lists(st.tuples(NAMES, ODD), max_size=3),
    st.dictionaries(FIELDS, ODD, max_size=2),
    st.binary(max_size=20),
)
def test_no_request_makes_a_page_fail(
    route: Route, parts: list[str], query: list[tuple[str, str]], fields: dict[str, str], content: bytes
) -> None:
    path = route.path
    for part in parts:
        start, end = path.find("{"), path.find("}")
        path = path if start < 0 else path[:start] + quote(part) + path[end + 1 :]
    target = path + "?" + "&".join(f"{name}={value}" for name, value in query)
    got = ask(target, "HEAD" if "GET" in route.methods else first_method(route), fields, content)
    assert got.status < 500 or route.path in ("/status/{codes}", "/unstable", "/drip")
