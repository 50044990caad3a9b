"""The same site by wget and by httpeek: the same requests and the same files, where wget does what its manual says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.download.conftest import Quick
from tests.download.sites import CSS, Page, Site, moved
from tests.download.test_mirror import a
from tests.support import LIMIT, environment


def pages() -> dict[str, Page | str | bytes]:
    """A site of moderate size without what wget is known to get wrong."""
    made: dict[str, Page | str | bytes] = {
        "/": '<link rel=stylesheet href="s/a.css"><script src="j.js"></script>' + a("d0/", "d1/", "q?a=1&amp;b=2"),
        "/s/a.css": Page(b'@import "b.css";\na{b:url(../i/1.png)}', CSS),
        "/s/b.css": Page(b"a{b:url('../i/1.png')}", CSS),
        "/j.js": b"j",
        "/q?a=1&b=2": a("moved", "up/../d2/x.html", "%7Euser/", "sp%20ace.html", "gone.html"),
        "/moved": moved("/d0/p1.html"),
        "/~user/": a("../i/3.png"),
        "/sp%20ace.html": "space",
        "/robots.txt": Page(b"User-agent: *\nDisallow: /private", "text/plain"),
        "/private/x.html": "private",
    }
    for number in range(4):
        made[f"/i/{number}.png"] = f"image {number}".encode()
        names = [f"p{n}.html" for n in range(4)] + [
            "../i/0.png",
            "/private/x.html",
            f"../d{number + 1}/",
            "deep/1.html",
        ]
        made[f"/d{number}/"] = a(*names, "http://other.test/")
        made[f"/d{number}/index.html"] = a("p0.html")
        for page in range(4):
            made[f"/d{number}/p{page}.html"] = f'<img src="../i/{page}.png">' + a(
                f"p{page + 1}.html", "../", "x.html#f"
            )
        for deep in range(1, 9):
            made[f"/d{number}/deep/{deep}.html"] = a(f"{deep + 1}.html")
    return made


@pytest.mark.parametrize(
    ("path", "wget", "httpeek"),
    [
        ("/", ["-r"], ["-r"]),
        ("/", ["-r", "-l", "2"], ["-r", "-l", "2"]),
        ("/", ["-r", "-l", "1", "-p"], ["-r", "-l", "1", "--page-requisites"]),
        ("/", ["-r", "-l", "inf"], ["-r", "-l", "inf"]),
        ("/", ["-p"], ["--page-requisites"]),
        ("/d1/", ["-r", "-np"], ["-r", "--no-parent"]),
        ("/d1/", ["-r", "-np", "-p"], ["-r", "--no-parent", "--page-requisites"]),
        ("/", ["-r", "-A", "png"], ["-r", "--accept", "png"]),
        ("/", ["-r", "-A", "*.png,p1*"], ["-r", "--accept", "*.png,p1*"]),
        ("/", ["-r", "-R", "html,css"], ["-r", "--reject", "html,css"]),
        ("/", ["-r", "-X", "/d1,/i"], ["-r", "--exclude-directories", "/d1,/i"]),
        ("/", ["-r", "-e", "robots=off"], ["-r", "--no-robots"]),
        ("/d1/", ["-r", "-nH"], ["-r", "--no-host-directories"]),
        ("/d1/", ["-r", "-np", "--cut-dirs=1"], ["-r", "--no-parent", "--cut-dirs=1"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_the_same_requests_and_files(
    download: Quick, require_tool: Callable[[str], str], path: str, wget: list[str], httpeek: list[str]
) -> None:
    program = require_tool("wget")
    theirs, ours = download.home / "theirs", download.home / "ours"
    with Site(pages()) as site:
        subprocess.run(
            [program, "-q", "-t", "1", "-P", str(theirs), *wget, f"{site.url}{path}"],
            env=environment(download.home),
            check=False,
            timeout=LIMIT,
        )
        asked = {(r.method, r.target) for r in site.requests}
        site.requests.clear()
        download("-P", str(ours), *httpeek, f"{site.url}{path}")
        requests = {(r.method, r.target) for r in site.requests}
    assert requests == asked
    mine = {str(p.relative_to(ours)): p.read_bytes() for p in ours.rglob("*") if p.is_file()}
    # wget forgets .tmp of what it rejected, keeps robots.txt, and what a redirect led to under the redirect's name.
    left = {f"{site.root}/robots.txt", "robots.txt", f"{site.root}/moved", "moved"}
    other = {str(p.relative_to(theirs)): p.read_bytes() for p in theirs.rglob("*") if p.is_file()}
    assert set(mine) == {name for name in other if name not in left and not name.endswith(".tmp")}
    assert all(content == other[name] for name, content in mine.items())
