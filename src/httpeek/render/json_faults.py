"""Why a text is no JSON, and where: looked for only when a text broke, or a token does not end."""

from __future__ import annotations

from httpeek.render.json_text import CLOSE, CUT, OBJECT, TOP, scalar_end, skip, string_body
from httpeek.render.terminal import visible


def diagnose(rest: str, want: int, kind: int, over: bool) -> tuple[int, str, int, int]:
    """Why no token fits. Returns (place, reason, string, safe): where `rest` stops to be JSON and why; for a string
    that is only cut, where it begins and where its whole part ends; for a cut number the same with -begin - 1 as
    `string`. Else `string` and `safe` are -1."""
    closing = "}" if kind == OBJECT else "]"
    place = skip(rest, 0)
    if over:
        return place, _found(rest, place, "the end of the text"), -1, -1
    if want == OBJECT:
        if rest[place : place + 1] != '"':
            return place, _found(rest, place, "a key in double quotes"), -1, -1
        end, reason = string_body(rest, place + 1)
        if reason:
            return end, reason, -1, -1
        if rest[end : end + 1] != '"':
            return len(rest), CUT, place, end
        place = skip(rest, end + 1)
        if rest[place : place + 1] != ":":
            return place, _found(rest, place, "a colon"), -1, -1
        place = skip(rest, place + 1)
    elif want == CLOSE:
        return place, _found(rest, place, f"a comma or {closing}"), -1, -1
    character = rest[place : place + 1]
    if character == '"':
        end, reason = string_body(rest, place + 1)
        if reason:
            return end, reason, -1, -1
        if rest[end : end + 1] != '"':
            return len(rest), CUT, place, end
        end += 1
    elif character and character in "{[":
        end = skip(rest, place + 1)
        following = rest[end : end + 1]
        if following != ("}" if character == "{" else "]"):
            wanted = "a key or }" if character == "{" else "a value or ]"
            return end, _found(rest, end, wanted), -1, -1
        end += 1
    else:
        end = scalar_end(rest, place)
        cut = rest[place:]
        if cut and any(literal.startswith(cut) for literal in ("true", "false", "null")):
            return len(rest), "the text ends inside a literal", -1, -1
        # A number that another digit would make whole, or longer, is cut: "-", "1.", "1e+", "12".
        if cut and cut[0] in "-0123456789" and (end == len(rest) or scalar_end(rest + "0", place) == len(rest) + 1):
            return len(rest), "the text ends inside a number", -place - 1, len(rest)
        if end < 0:
            return place, _found(rest, place, "a value" if want != TOP else "a JSON text"), -1, -1
    end = skip(rest, end)
    wanted = f"a comma or {closing}" if want != TOP else "the end of the text"
    return end, _found(rest, end, wanted), -1, -1


def _found(text: str, place: int, wanted: str) -> str:
    if place >= len(text):
        return f"the text ends where {wanted} should be"
    character = visible(text[place]) if text[place] not in "\n\t" else {"\n": "a line end", "\t": "a tab"}[text[place]]
    return f"{wanted} should be where {character} is"
