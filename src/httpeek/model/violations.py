"""The violation catalogue: every rule of RFC 9110 and RFC 9112 whose breach httpeek names.

One row a rule, used by both roles of the codec, by every view and by the documentation. A row says what the
client does (`client`: 0 is a note and the exit code unchanged, any other number is the exit code of a fatal
violation) and what the server answers (`server`: a status, or 0 where it accepts the message).

A client notes a violation where the RFC names a winner and fails where the framing has none. A server refuses.
The codec states ids as literals; `rule` raises KeyError for one that is not here, and a test looks at each.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun


class Rule(Noun):
    """One row: `sentence` says in a few words what is wrong; `section` is of `rfc` (a number)."""

    id: str
    rfc: int
    section: str
    client: int
    server: int
    sentence: str

    @property
    def source(self) -> str:
        """Where the rule stands: "RFC 9112 5.1"."""
        return f"RFC {self.rfc} {self.section}"


RULES = (
    # The first line
    Rule("status-line", 9112, "4", 8, 0, "the first line is no status line"),
    Rule("http-09", 9112, "2.3", 8, 0, "content without a status line, as HTTP/0.9 has it"),
    Rule("status-code", 9112, "4", 8, 0, "the status code is not three digits from 100"),
    Rule("status-class", 9110, "15", 0, 0, "the status code belongs to no class (600 to 999)"),
    Rule("missing-reason", 9112, "4", 0, 0, "no space after the status code"),
    Rule("line-before-start", 9112, "2.2", 0, 0, "an empty line before the start line"),
    Rule("version", 9112, "2.3", 8, 505, "the HTTP version is not of HTTP/1"),
    Rule("version-minor", 9110, "2.5", 0, 0, "an HTTP/1 version above 1.1: read as 1.1"),
    Rule("version-syntax", 9112, "2.3", 8, 400, "the HTTP version is not HTTP/DIGIT.DIGIT"),
    Rule("start-line-space", 9112, "3", 0, 400, "white space in the start line is not one single space"),
    Rule("request-line", 9112, "3", 0, 400, "the request line is not method, target and version"),
    Rule("method-token", 9110, "9.1", 0, 400, "the method is not a token"),
    Rule("target-form", 9112, "3.2", 0, 400, "the request target has none of the four forms"),
    Rule("request-line-length", 9112, "3", 0, 414, "the request line is longer than the limit"),
    # Field lines
    Rule("bare-lf", 9112, "2.2", 0, 400, "a line ends with LF alone"),
    Rule("bare-cr", 9112, "2.2", 0, 400, "CR without LF inside a line"),
    Rule("space-before-colon", 9112, "5.1", 0, 400, "space before the colon"),
    Rule("obs-fold", 9112, "5.2", 0, 400, "a field line goes on in the next line (obs-fold)"),
    Rule("leading-space", 9112, "2.2", 0, 400, "white space before the first field line"),
    Rule("no-colon", 9112, "5", 0, 400, "a field line without a colon"),
    Rule("field-name", 9110, "5.1", 0, 400, "a field name that is not a token"),
    Rule("nul", 9110, "5.5", 0, 400, "NUL in a field line"),
    Rule("control-octet", 9110, "5.5", 0, 400, "a control octet in a field line"),
    Rule("non-ascii", 9110, "5.5", 0, 0, "octets outside ASCII in a head"),
    Rule("head-size", 9112, "2.2", 100, 431, "the head is larger than the limit"),
    Rule("field-count", 9112, "2.2", 100, 431, "more field lines than the limit"),
    # Host (requests)
    Rule("host-missing", 9112, "3.2", 0, 400, "no Host field in an HTTP/1.1 request"),
    Rule("host-double", 9112, "3.2", 0, 400, "more than one Host field"),
    Rule("host-invalid", 9112, "3.2", 0, 400, "the Host field is no host and port"),
    # Framing
    Rule("content-length-differs", 9112, "6.3", 8, 400, "Content-Length values that differ: no safe end"),
    Rule("content-length-repeated", 9112, "6.3", 0, 400, "Content-Length more than once, with equal values"),
    Rule("content-length-invalid", 9112, "6.3", 8, 400, "Content-Length is not a number: no safe end"),
    Rule("length-with-coding", 9112, "6.1", 0, 400, "Content-Length beside Transfer-Encoding: the coding wins"),
    Rule("coding-in-10", 9112, "6.1", 0, 400, "Transfer-Encoding in an HTTP/1.0 message"),
    Rule("coding-unknown", 9112, "6.1", 0, 501, "a transfer coding that is not known"),
    Rule("coding-disguised", 9112, "6.3", 0, 400, "a transfer coding that some read as chunked and some do not"),
    Rule("coding-unasked", 9112, "7.4", 0, 0, "a transfer coding that the request did not ask for in TE"),
    Rule("chunked-not-final", 9112, "6.3", 0, 400, "chunked is not the final transfer coding"),
    Rule("chunked-twice", 9112, "6.1", 0, 400, "chunked more than once"),
    Rule("coding-with-no-body", 9112, "6.1", 0, 0, "Transfer-Encoding in a message that can have no body"),
    Rule("length-with-no-body", 9110, "8.6", 0, 0, "Content-Length in a message that can have no body"),
    Rule("expectation", 9110, "10.1.1", 0, 417, "an expectation other than 100-continue"),
    Rule("content-too-large", 9110, "15.5.14", 0, 413, "the content is larger than the limit"),
    # Bodies
    Rule("chunk-size", 9112, "7.1", 56, 400, "the chunk size is not a hexadecimal number"),
    Rule("chunk-end", 9112, "7.1", 56, 400, "no CRLF after the data of a chunk"),
    Rule("chunk-space", 9112, "7.1", 0, 400, "white space around the chunk size"),
    Rule("chunk-extension-size", 9112, "7.1.1", 63, 400, "more chunk extensions than the limit"),
    Rule("chunk-extension", 9112, "7.1.1", 0, 400, "a chunk extension with an octet that is not allowed"),
    Rule("trailer-field", 9110, "6.5.1", 0, 400, "a field that is not allowed in a trailer section"),
    Rule("short-content", 9112, "8", 18, 400, "the body ends before its Content-Length"),
    Rule("short-chunked", 9112, "8", 18, 400, "the body ends before its last chunk"),
    Rule("head-cut", 9112, "8", 56, 400, "the connection ended inside the head"),
    Rule("too-slow", 9110, "15.5.9", 0, 408, "the head or the content of a request did not arrive in time"),
    Rule("until-close", 9112, "6.3", 0, 0, "no length: the body ends where the connection does"),
    Rule("content-unexpected", 9112, "6.3", 0, 0, "content after a message that has none"),
    Rule("bytes-after-end", 9112, "6.3", 0, 0, "octets after the end of the response"),
    Rule("raw-deflate", 9110, "8.4.1.2", 0, 0, "deflate without its zlib wrapper"),
    # The order of messages
    Rule("unasked-101", 9110, "15.2.2", 8, 0, "101 without an Upgrade field in the request"),
    Rule("lone-interim", 9110, "15.2", 8, 0, "only interim responses, and no final one"),
    Rule("endless-interim", 9110, "15.2", 8, 0, "more interim responses than the limit"),
    Rule("response-before-request", 9112, "9.2", 8, 0, "a response before any request"),
)

_BY_ID = {rule.id: rule for rule in RULES}


def rule(identifier: str) -> Rule:
    """The row of a violation. Raises KeyError for an id that is not in the catalogue."""
    return _BY_ID[identifier]
