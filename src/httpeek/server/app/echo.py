"""What you sent: /get, /post and its kin, /anything, /headers, /ip, /user-agent, and the forms that send it."""

from __future__ import annotations

from httpeek.server.app.answer import html, json
from httpeek.server.app.request import arguments, gathered, headers, reader, url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.server.app.answer import Answer, Environ


def origin(environ: Environ) -> str:
    """The address that the request came from; "" over a unix socket."""
    address: str = environ.get("REMOTE_ADDR", "")
    return address


def request(environ: Environ) -> dict[str, Any]:
    """What every page that echoes says of a request without its content."""
    return {
        "args": gathered(arguments(environ)),
        "headers": headers(environ),
        "origin": origin(environ),
        "url": url(environ),
    }


def request_with_content(environ: Environ) -> dict[str, Any]:
    """The same, with the content. Refused: see `forms.read`."""
    from httpeek.server.app.forms import read

    sent, made = read(environ), request(environ)
    return {
        "args": made["args"],
        "data": sent.data,
        "files": sent.files,
        "form": sent.form,
        "headers": made["headers"],
        "json": sent.json,
        "origin": made["origin"],
        "url": made["url"],
    }


def get(environ: Environ) -> Answer:
    """Arguments, fields, origin and URL."""
    return json(request(environ))


def sent(environ: Environ) -> Answer:
    """The same, with the content: as text, as form and files, and as JSON."""
    return json(request_with_content(environ))


def anything(environ: Environ, rest: str = "") -> Answer:
    """The same for every method, and its name."""
    made = request_with_content(environ)
    place = made.pop("origin"), made.pop("url")
    return json({**made, "method": environ["REQUEST_METHOD"], "origin": place[0], "url": place[1]})


def fields(environ: Environ) -> Answer:
    """The fields of the request."""
    return json({"headers": headers(environ)})


def ip(environ: Environ) -> Answer:
    """The address that the request came from."""
    return json({"origin": origin(environ)})


def user_agent(environ: Environ) -> Answer:
    """The User-Agent field, null where there is none."""
    return json({"user-agent": headers(environ).get("User-Agent")})


def form(environ: Environ) -> Answer:
    """A form of several kinds of fields that a browser posts to /post."""
    return html(_FORM)


def upload_form(environ: Environ) -> Answer:
    """A form for a file."""
    return html(_UPLOAD)


def upload(environ: Environ) -> Answer:
    """Counts and hashes the content and keeps nothing of it, however long it is."""
    from hashlib import sha256

    hashed, size, pieces = sha256(), 0, reader(environ)
    while data := pieces():
        hashed.update(data)
        size += len(data)
    return json({"bytes": size, "sha256": hashed.hexdigest(), "method": environ["REQUEST_METHOD"], **request(environ)})


_FORM = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A form</title></head>
<body>
<form method="post" action="/post">
<p><label>Text <input name="text"></label></p>
<p><label>Number <input name="number" type="number"></label></p>
<p><label>Mail <input name="mail" type="email"></label></p>
<fieldset><legend>One of</legend>
<label><input type="radio" name="size" value="small"> small</label>
<label><input type="radio" name="size" value="large"> large</label>
</fieldset>
<fieldset><legend>Any of</legend>
<label><input type="checkbox" name="colour" value="red"> red</label>
<label><input type="checkbox" name="colour" value="blue"> blue</label>
</fieldset>
<p><label>More <textarea name="more"></textarea></label></p>
<p><button>Send</button></p>
</form>
</body>
</html>
"""

_UPLOAD = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A file to send</title></head>
<body>
<form method="post" action="/upload" enctype="multipart/form-data">
<p><input type="file" name="file" multiple> <button>Send</button></p>
</form>
</body>
</html>
"""
