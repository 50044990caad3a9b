"""Every query, filter and predicate that an expectation may use, and what each takes: the one place that lists them.

Parsers and the evaluator read these tables. The names are those of Hurl 8.0 (hurl.dev/docs/grammar.html) with the
meanings of its documentation, and in the second half of `QUERIES` those that only a client with its own socket can
answer. A table is a dict from the name to its row; old names are in `OLD_FILTERS` and mean the new ones.

Argument shapes, in the words that the rows use:

| shape | what is written | what the Literal is |
|---|---|---|
| text | a quoted string | string |
| pattern | a quoted string or /a pattern/ | string or regex |
| index | an integer, or {{an expression}} | integer or expression |
| cookie | a quoted string: a cookie's name, perhaps [an attribute] | string; the name and attribute: `cookie_path` |
| attribute | a quoted string: one of `CERTIFICATE_ATTRIBUTES` | string |

and of predicates (the kinds of Literal that the argument may be):

| shape | kinds |
|---|---|
| any | all but regex |
| ordered | integer, float, string, expression |
| part | string, bytes, expression |
| match | string, regex, expression |
| "" | none: the predicate stands alone |
"""

from __future__ import annotations

from httpeek.model.nouns import Noun


class Name(Noun):
    """A row: the shapes of what follows the name, and what it gives or means in a few words."""

    name: str
    takes: tuple[str, ...]
    about: str
    ours: bool = False


def _table(*rows: Name) -> dict[str, Name]:
    return {row.name: row for row in rows}


QUERIES = _table(
    Name("status", (), "integer: the status of the final response"),
    Name("version", (), 'string: "1.0", "1.1", "2" or "3"'),
    Name("url", (), "string: the URL that answered, after redirects"),
    Name("redirects", (), "list: the responses that redirected"),
    Name("header", ("text",), "string, a list where there are several, none where there is no such field"),
    Name("cookie", ("cookie",), "string, date, integer or flag: a cookie that was set, or an attribute of it"),
    Name("body", (), "string: the representation, decoded by its charset"),
    Name("bytes", (), "bytes: the representation"),
    Name("rawbytes", (), "bytes: the content before content decoding"),
    Name("xpath", ("text",), "string, float, boolean or nodes: XPath 1.0 over XML or HTML"),
    Name("jsonpath", ("text",), "none without a node, the node where it is one, else a list (RFC 9535)"),
    Name("regex", ("pattern",), "string: the first group of the first match in the body"),
    Name("variable", ("text",), "the value of a variable"),
    Name("duration", (), "integer: milliseconds from the start of the exchange to its end"),
    Name("sha256", (), "bytes: the hash of the representation"),
    Name("md5", (), "bytes: the hash of the representation"),
    Name("certificate", ("attribute",), "string or date: an attribute of the peer's certificate"),
    Name("ip", (), "string: the peer's address"),
    # What follows needs a client that owns its socket.
    Name("violations", (), "list of strings: the rules that the exchange broke", ours=True),
    Name("interim", (), "list of integers: the statuses of interim responses", ours=True),
    Name("reason", (), "string: the reason phrase of the final response", ours=True),
    Name("timing.connect", (), "float: milliseconds until the connection stood", ours=True),
    Name("timing.tls", (), "float: milliseconds of the TLS handshake, none without TLS", ours=True),
    Name("timing.first_byte", (), "float: milliseconds from the start to the first octet of a response", ours=True),
    Name("socket.remote", (), "string: the peer's address and port", ours=True),
    Name("connection.reused", (), "boolean: the exchange went over a connection of an earlier one", ours=True),
    Name("connection.closed_by", (), 'string: "peer", "us", or none while the connection is kept', ours=True),
    Name("tls.version", (), 'string: "TLS 1.3", none without TLS', ours=True),
    Name("tls.cipher", (), "string: the cipher suite, none without TLS", ours=True),
    Name("tls.expires", (), "date: the first moment at which a certificate of the whole chain expires", ours=True),
    Name("raw", (), "bytes: what was received for this exchange, framing and all", ours=True),
)

FILTERS = _table(
    Name("base64Decode", (), "string to bytes"),
    Name("base64Encode", (), "bytes to string"),
    Name("base64UrlSafeDecode", (), "string to bytes, with the alphabet of URLs, unpadded"),
    Name("base64UrlSafeEncode", (), "bytes to string, with the alphabet of URLs, unpadded"),
    Name("charsetDecode", ("text",), "bytes to string, by a label of the Encoding Standard"),
    Name("count", (), "list, bytes or nodes to integer: how many"),
    Name("dateFormat", ("text",), "date to string, by a strftime pattern"),
    Name("daysAfterNow", (), "date to integer: days from now"),
    Name("daysBeforeNow", (), "date to integer: days until now"),
    Name("first", (), "list to its first item; an empty one is an error"),
    Name("htmlEscape", (), "string to string"),
    Name("htmlUnescape", (), "string to string"),
    Name("jsonpath", ("text",), "string (JSON) or value to what the path finds (RFC 9535)"),
    Name("last", (), "list to its last item; an empty one is an error"),
    Name("location", (), "response of `redirects` to the URL it leads to"),
    Name("nth", ("index",), "list to the item at an index from 0; from the end where it is negative"),
    Name("regex", ("pattern",), "string to the first group of the first match"),
    Name("replace", ("text", "text"), "string to string: each occurrence of the first by the second"),
    Name("replaceRegex", ("pattern", "text"), "string to string: each match by the second"),
    Name("split", ("text",), "string to list"),
    Name("toDate", ("text",), "string to date, by a strftime pattern; %+ is RFC 3339"),
    Name("toFloat", (), "string or number to float"),
    Name("toHex", (), "bytes to string"),
    Name("toInt", (), "string or number to integer"),
    Name("toString", (), "any value to string"),
    Name("urlDecode", (), "string to string"),
    Name("urlEncode", (), "string to string"),
    Name("urlQueryParam", ("text",), "string (a URL) to the value of a query parameter"),
    Name("utf8Decode", (), "bytes to string"),
    Name("utf8Encode", (), "string to bytes"),
    Name("xpath", ("text",), "string (XML or HTML) to what the path finds"),
)

OLD_FILTERS = {"decode": "charsetDecode", "format": "dateFormat"}
"""Old names of filters, and the names that replace them."""

PREDICATES = _table(
    Name("==", ("any",), "equal, in type and value; 1 equals 1.0"),
    Name("!=", ("any",), "not equal"),
    Name(">", ("ordered",), "greater"),
    Name(">=", ("ordered",), "greater or equal"),
    Name("<", ("ordered",), "less"),
    Name("<=", ("ordered",), "less or equal"),
    Name("startsWith", ("part",), "a string or bytes begins with it"),
    Name("endsWith", ("part",), "a string or bytes ends with it"),
    Name("contains", ("any",), "a string or bytes has it inside, a list as an item"),
    Name("includes", ("any",), "a list has it as an item (the old name for lists)"),
    Name("matches", ("match",), "a string has a match somewhere"),
    Name("exists", (), "there is a value; of nodes, one at least"),
    Name("isBoolean", (), "the value is a boolean"),
    Name("isCollection", (), "the value is a list, an object, bytes or nodes"),
    Name("isDate", (), "the value is a date"),
    Name("isEmpty", (), "a list, object, string, bytes or nodes without anything in it"),
    Name("isFloat", (), "the value is a float"),
    Name("isInteger", (), "the value is an integer"),
    Name("isIpv4", (), "a string that is an IPv4 address"),
    Name("isIpv6", (), "a string that is an IPv6 address"),
    Name("isIsoDate", (), "a string that is a date of RFC 3339"),
    Name("isList", (), "the value is a list or bytes"),
    Name("isNumber", (), "the value is an integer or a float"),
    Name("isObject", (), "the value is an object or nodes"),
    Name("isString", (), "the value is a string"),
    Name("isUuid", (), "a string that is a UUID"),
)

OLD_PREDICATES = {"includes": "contains"}
"""Predicates that another can say, too. They keep their names: what they accept is not quite the same."""

REMOVED_PREDICATES = {
    "equals": "==",
    "notEquals": "!=",
    "greaterThan": ">",
    "greaterThanOrEquals": ">=",
    "lessThan": "<",
    "lessThanOrEquals": "<=",
}
"""Names that early versions of the format had and that are errors now, and what to write instead."""

SHAPES = {
    "any": frozenset({"string", "integer", "float", "boolean", "null", "bytes", "file", "expression", "content"}),
    "ordered": frozenset({"integer", "float", "string", "expression"}),
    "part": frozenset({"string", "bytes", "expression"}),
    "match": frozenset({"string", "regex", "expression"}),
}
"""The kinds of Literal that a predicate's argument may be."""

CERTIFICATE_ATTRIBUTES = (
    "Subject",
    "Issuer",
    "Start-Date",
    "Expire-Date",
    "Serial-Number",
    "Subject-Alt-Name",
    "Value",
)

COOKIE_ATTRIBUTES = ("Value", "Expires", "Max-Age", "Domain", "Path", "Secure", "HttpOnly", "SameSite")
"""Attributes of a cookie; written in any case."""


def is_expression(word: str) -> bool:
    """Whether a word of a command line is an expectation: the name of a query, then white space."""
    name = word.split(None, 1)[:1]
    return bool(name) and name[0] in QUERIES and word.startswith(name[0]) and len(word) > len(name[0])


def cookie_path(text: str) -> tuple[str, str]:
    """The cookie's name and the attribute in the spelling of `COOKIE_ATTRIBUTES` ("" for the value) of `NAME[ATTR]`.

    Raises ValueError for an attribute that there is not.
    """
    name, bracket, rest = text.rpartition("[")
    if not bracket or not rest.endswith("]"):
        return text, ""
    wanted = rest[:-1].strip(" \t").lower()
    for attribute in COOKIE_ATTRIBUTES:
        if attribute.lower() == wanted:
            return name, attribute
    raise ValueError(wanted)
