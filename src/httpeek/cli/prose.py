"""What the rows of the options table mean, in words: read by help, man page, completions and documentation only.

`PROSE` has one entry an option: a sentence for the help (begins small, has no period) and, where there is more to say,
what the man page adds. Rules: ASCII; the words of RFC 9110; a default is not repeated here, the table has it.
"""

from __future__ import annotations

from httpeek.model.nouns import Noun

ABOUT = "httpeek: an HTTP testing tool that shows what really went over the wire"


class Prose(Noun):
    """`help` is one sentence without a period; `more` is a paragraph for the man page, or empty."""

    help: str
    more: str = ""


PROSE = {
    "data": Prose(
        "the body: TEXT as it stands, the content of FILE, or of stdin",
        "Without a METHOD the request is a POST. Its Content-Type is the one that FILE's name suggests, else "
        "application/json, unless an item gives another. Text that itself begins with @ has to come from a file.",
    ),
    "json": Prose(
        "data items make a JSON body, which they do by themselves too",
        "Without items, still Content-Type: application/json and an Accept that prefers JSON.",
    ),
    "form": Prose(
        "data items make a form; with a file (name@file) one of parts",
        "Without a file it is application/x-www-form-urlencoded, with one multipart/form-data.",
    ),
    "multipart": Prose("data items make a multipart/form-data body, also without a file"),
    "boundary": Prose(
        "what parts the parts of a multipart body",
        "By itself it is made by chance, or the one that an item Content-Type names.",
    ),
    "compress": Prose(
        "compress the body (deflate; --compress=gzip, =br, =zstd)",
        "Only where that makes it smaller, unless it is given twice (-xx). Content-Encoding says so. The deflate of "
        "HTTP is the zlib format.",
    ),
    "chunked": Prose("send the body in chunks (Transfer-Encoding: chunked)"),
    "offline": Prose(
        "show the request that would be sent, and send nothing",
        "By itself its head and body (-p HB). No name is looked up and nothing is connected or recorded; what is shown "
        "is made by the code that sends.",
    ),
    "method": Prose(
        "the method exactly as typed; the first word is the URL then",
        "A METHOD before the URL goes out in capitals if it is a registered one; this one goes out as it is.",
    ),
    "request-target": Prose(
        "send TARGET in the request line in place of the URL's path",
        "For `OPTIONS *` and other forms of RFC 9112 section 3.2. What would break the request line is refused.",
    ),
    "path-as-is": Prose("leave /../ and /./ in the path of the URL"),
    "default-scheme": Prose("the scheme of a URL that has none"),
    "ignore-stdin": Prose(
        "never read standard input",
        "Without it, standard input is looked at with an explicit POST, PUT or PATCH that has no body. "
        "This is HTTPie's -I; what curl's -I does is the method HEAD here.",
    ),
    "http1.0": Prose("send an HTTP/1.0 request"),
    "companion": Prose(
        "let the built-in server answer a URL that has no host (/get)",
        "On a terminal that is done without asking. In a CI job (CI=true) it takes this option, so that an empty "
        "variable in place of a host is never taken for a service that works.",
    ),
    "next": Prose(
        "another request follows, over the same connection where it can",
        "URL1 ITEM ... --next URL2 ITEM ...: they are made in their order, in one run with one view and one record. "
        "Each has options of its own, as with curl; those of the groups View, Output and Records and secrets, "
        "--offline, --ignore-stdin and --ignore-config belong to the whole run and may stand with any of the "
        "requests. -o may also be given once for each request. A request that failed does not keep the others from "
        "being made; the exit code is that of the first failure.",
    ),
    "as": Prose("how to show the exchange"),
    "timing": Prose(
        "show how long each phase took, as bars",
        "Name, connect, TLS, send, wait, first byte and content of each exchange, on standard error and beside any "
        "view; httpeek show @last --timing shows those of a record.",
    ),
    "write-out": Prose(
        "behind the content, write FORMAT with curl's variables: %{http_code}",
        "Once for each request, on standard output. %{name} is a variable of curl's, as http_code, time_total, "
        "local_port, json and header_json; %header{name} a field of the response; \\n, \\r and \\t are escapes. @FILE "
        "reads FORMAT from a file, @- from standard input. What is no variable is left out and told.",
    ),
    "raw": Prose("the same as --as raw"),
    "verbose": Prose("the same as --as verbose"),
    "print": Prose(
        "H, B: head and body of the request; h, b: of the response; m: times and addresses",
        "On a terminal hb is shown, to a pipe or a file b alone: the representation, untouched and unformatted.",
    ),
    "headers": Prose("the same as --print h"),
    "body": Prose("the same as --print b"),
    "meta": Prose("the same as --print m"),
    "all": Prose(
        "everything, not the last only: each redirect, each record",
        "For a request and for a record that is shown: each redirect that was followed and each 401 that was answered, "
        "not only the final response. "
        "For the list of records: those of every terminal, not only of this one.",
    ),
    "steps": Prose(
        "show each system call as it is made, with its arguments and result",
        "One line on standard error for each, beside any view: socket, the names that the socket has before connect "
        "and after it, send, recv, close. The waits between them (poll) are not shown. A record keeps them, so that "
        "httpeek show @last --steps shows them again.",
    ),
    "strict": Prose("every broken rule is an error, not a note"),
    "pretty": Prose(
        "format and colour content",
        "By itself: both on a terminal, neither to a pipe or a file.",
    ),
    "style": Prose("colours of a Pygments style in place of the default ones"),
    "color": Prose(
        "use colour",
        "By itself: on a terminal, unless NO_COLOR is set or TERM is dumb; with FORCE_COLOR or CLICOLOR_FORCE also to "
        "a pipe.",
    ),
    "plain": Prose("no colour, nothing redrawn, no padding (also: ACCESSIBLE=1)"),
    "unsorted": Prose("nothing: fields and keys are always shown in the order received"),
    "unescape": Prose(
        "show \\u escapes in JSON as characters on a terminal",
    ),
    "response-charset": Prose("read the content in this character set"),
    "response-mime": Prose("take the content for this media type"),
    "stream": Prose("show content piece by piece as it arrives"),
    "output": Prose("write to FILE what would go to standard output"),
    "quiet": Prose(
        "fewer lines on stderr; twice: errors only",
        "Once leaves out the footer and plain notes, twice everything but errors.",
    ),
    "check-status": Prose(
        "exit with 3, 4 or 5 for a final status of 3xx, 4xx or 5xx",
    ),
    "download": Prose(
        "save the content to a file: httpeek download for one request",
        "HTTPie's -d. The file is named, resumed and checked as httpeek download does it, and every item, method and "
        "body may be used. Redirects are followed.",
    ),
    "continue": Prose(
        "go on with a file that another program began, too",
        "A part that httpeek left (NAME.part) is gone on with by itself. With -c so is one that the user or another "
        "program left under the final name, if the octets that overlap are equal, and one that was fetched from "
        "another URL.",
    ),
    "item": Prose("a request item, sent with every URL; may be given several times"),
    "input": Prose(
        "fetch the URLs in LIST, one a line; - is standard input",
        "Blank lines and those that begin with # are left out.",
    ),
    "directory": Prose("put files into DIR, which is made"),
    "overwrite": Prose(
        "replace a file that has the name, once the new one is whole",
        "Without it the new one is called NAME-1. A file that -o names is replaced in any case, but never before the "
        "new one is whole and checked.",
    ),
    "skip-existing": Prose("leave a file alone that is there already"),
    "newer": Prose("replace a file only if the server's is newer (wget's -N)"),
    "decode": Prose(
        "take content codings off",
        "Identity is asked for. What is coded anyway is decoded, unless the file is of a compressed kind itself, "
        "such as .tar.gz; yes decodes that too, and no decodes nothing.",
    ),
    "checksum": Prose(
        "what the file has to hash to; else exit 10 and no file",
        "ALGORITHM:HEX, with any algorithm of Python's hashlib, or a list as sha256sum writes it: a file's name, or "
        "the URL of one, in which each file is looked up by its name. A file that is there and matches is not fetched.",
    ),
    "print-checksum": Prose(
        "print the checksum of each file (sha256; --print-checksum=sha512, ...)",
        "On standard output, as sha256sum writes it.",
    ),
    "jobs": Prose("fetch, or run, so many files at once"),
    "segments": Prose(
        "fetch one file over so many connections at once",
        "Each has a range of the file, of 1 MiB at least. Where the server has no ranges, or the file no strong "
        "validator, it comes over one connection, and a note says why. What is kept of a file that was stopped is in "
        "NAME.segments; the same command goes on with it, with or without --segments.",
    ),
    "limit-rate": Prose("octets a second, over all files"),
    "quota": Prose("begin no further file once so much has been fetched"),
    "delay": Prose("the pause between two files; in check, before each request"),
    "random-delay": Prose("make each --delay half as long to half as long again"),
    "progress": Prose(
        "how progress is shown on stderr",
        "By itself: a bar on a terminal, and a line every ten seconds elsewhere. json is an object a line: progress, "
        "done, failed, note.",
    ),
    "recursive": Prose(
        "fetch what the pages link to, too",
        "Into a directory for each host. A link leads to the same host, unless --span-hosts is given; robots.txt and "
        "nofollow are respected. What is there already is left alone: -N, -c or --overwrite decide otherwise.",
    ),
    "level": Prose(
        "how many links away from the URL the last page may be",
        "The URL itself is level 0. 0 and inf mean no end; then --quota may be one.",
    ),
    "mirror": Prose("a whole site: -r -l inf -N"),
    "page-requisites": Prose(
        "fetch what pages need to be shown, whatever the level",
        "Images, style sheets and what they import, scripts, frames, media: also beyond the last level and above "
        "the directory of --no-parent. On other hosts only with --span-hosts.",
    ),
    "convert-links": Prose(
        "rewrite links in the end, so that the files can be read offline",
        "Relative for what is here, absolute for what is not. Only the octets of the links change.",
    ),
    "adjust-extension": Prose("add .html to the names of pages that lack it"),
    "parent": Prose("follow links to above the directory of the URL"),
    "span-hosts": Prose("follow links and redirects to other hosts"),
    "domains": Prose("follow links to these domains only (with --span-hosts: a,b)"),
    "exclude-domains": Prose("follow no links to these domains"),
    "accept": Prose(
        "keep only files with these names: suffixes or patterns (jpg,*.png)",
        "Of the last segment of the path. A page (.html) is read for its links all the same, and not kept.",
    ),
    "reject": Prose("keep no files with these names: suffixes or patterns"),
    "exclude-directories": Prose("follow no links into these directories (/a,/b/*)"),
    "robots": Prose(
        "respect robots.txt and nofollow",
        "robots.txt is asked for once an origin (RFC 9309), with the name httpeek; its Crawl-delay is kept. Nofollow "
        "is that of links, of pages, and of X-Robots-Tag. What was typed is fetched in any case.",
    ),
    "host-directories": Prose("put files into a directory for their host"),
    "directories": Prose("put files into directories; without, all into one"),
    "cut-dirs": Prose("leave out so many directories at the beginning of paths"),
    "spider": Prose(
        "save nothing, and report broken links with the pages that hold them",
        "Without -r the URLs themselves are checked, by HEAD. With it pages are read for links, all else is asked for "
        "by HEAD. Exit 10 where a link is broken; --as json reports for programs.",
    ),
    "expr": Prose(
        "what has to hold, also where it does not look like it",
        "By itself a word is an EXPR if it begins with the name of a query and white space. An EXPR is one assert of a "
        "Hurl file: status == 200, header content-type contains json, duration < 500. Words without quotes may stand "
        "for strings.",
    ),
    "wait": Prose(
        "ask again and again until all of it holds, so long at most",
        "A name that is not resolved, a refused connection, a reset, a status and an EXPR that does not hold are all "
        '"not yet". Each change of state is a line on stderr; at the end the last reason is told.',
    ),
    "variable": Prose(
        "a variable of {{NAME}}, for every file",
        "VALUE is what it looks like: an integer, a float, true, false, null; in double quotes, or else, a string. "
        "HURL_NAME in the environment says the same.",
    ),
    "variables-file": Prose("variables, one NAME=VALUE on a line"),
    "secret": Prose(
        "a variable whose value no output shows",
        "It is always a string. HURL_SECRET_NAME in the environment says the same.",
    ),
    "secrets-file": Prose("secrets, one NAME=VALUE on a line"),
    "glob": Prose("run the files that PATTERN fits, too (** for any depth)"),
    "file-root": Prose(
        "where the files are that a suite names",
        "By itself the directory of the suite. A file outside of it is refused before anything is sent.",
    ),
    "from-entry": Prose("begin each file with its entry N"),
    "to-entry": Prose("end each file with its entry N"),
    "continue-on-error": Prose("go on with a file after an entry that failed"),
    "ignore-asserts": Prose("look at no expectation; captures are made"),
    "repeat": Prose("run the files N times"),
    "retry-interval": Prose("pause between two tries of --retry"),
    "test": Prose("what holds anyway; for who is used to it"),
    "on-failure": Prose(
        "how an exchange that failed is shown",
        "brief: request line, 4-tuple, status line and the first KiB of content. verbose and raw are those views. "
        "har:DIR writes an archive of the exchanges for each file that failed.",
    ),
    "annotate": Prose(
        "annotations of a CI system for what failed",
        "By itself those of GitHub where GITHUB_ACTIONS is true, with a summary in GITHUB_STEP_SUMMARY.",
    ),
    "report-junit": Prose("write a report for CI systems (JUnit XML)"),
    "report-tap": Prose("write a report in the Test Anything Protocol"),
    "report-json": Prose("write DIR/report.json"),
    "report-html": Prose("write DIR/index.html"),
    "auth": Prose(
        "credentials: user and password, or a token for -A bearer",
        "Without a password it is asked for on the terminal. @FILE and env:NAME keep secrets out of ps: the first line "
        "of FILE, or the environment variable NAME, says what would stand here. A colon in a user has a backslash "
        "before it. They are sent to the origin of the URL and to no other.",
    ),
    "auth-type": Prose(
        "the kind of the credentials; basic if nothing is said",
        "Digest answers the challenge of a 401 with the strongest of SHA-512-256, SHA-256 and MD5 that is offered.",
    ),
    "ignore-netrc": Prose(
        "take no credentials from .netrc",
        "By itself the file that NETRC names, or ~/.netrc, is read where no other credentials are given. The password "
        "of an entry with the login bearer is a token.",
    ),
    "cookies": Prose(
        "read cookies from FILE (cookies.txt) and keep in it those that are set",
        "The file is Netscape's, as curl, wget and browsers' tools have it. One that is not there is made.",
    ),
    "session": Prose(
        "keep fields, credentials and cookies, and send them again",
        "A NAME is for the host of the URL, a FILE (with a slash in it) for each host that it is used with: what was "
        "kept for one origin is never sent to another. Fields of content (Content-*) and of conditions (If-*) are not "
        "kept.",
    ),
    "session-read-only": Prose("the same, but keep nothing new in one that is there"),
    "follow": Prose("follow redirects; each is an exchange of its own"),
    "max-redirects": Prose("how many redirects are followed before exit 47"),
    "trust-redirects": Prose(
        "send credentials and Cookie items to other origins, too",
        "Without it a redirect to another scheme, host or port gets none of them, and a note says which. Fields of a "
        "session and cookies that were set stay where they belong even so.",
    ),
    "ipv4": Prose("IPv4 only"),
    "ipv6": Prose("IPv6 only"),
    "resolve": Prose("connect to ADDR for HOST:PORT, without asking a resolver"),
    "proxy": Prose(
        "go through this proxy: http, https, socks4, socks4a, socks5 or socks5h",
        "http:URL and https:URL are for targets of that scheme only; may be given several times. Without it the "
        "variables http_proxy, https_proxy and all_proxy count (HTTP_PROXY not under CGI). An empty value means none. "
        "socks4 and socks5 have the name resolved here, socks4a and socks5h by the proxy.",
    ),
    "noproxy": Prose(
        "targets that no proxy is used for; in place of no_proxy",
        "Names (with every name under them), addresses, networks (10.0.0.0/8), each with or without :PORT; * is "
        "everything. No name is resolved to find out. -v says which entry fits.",
    ),
    "connect-to": Prose(
        "connect to HOST2:PORT2 for HOST1:PORT1; the request stays as it is",
        "Host field, TLS name and checks are those of the URL. An empty HOST1 or PORT1 means any, an empty HOST2 or "
        "PORT2 the same; an IPv6 address stands in brackets. The first one that fits counts.",
    ),
    "unix-socket": Prose(
        "use the unix socket PATH in place of TCP (@NAME: an abstract one)",
        "A request and talk connect there, whatever host the URL names, and so do redirects. serve listens there; a "
        "socket that nobody serves any more is replaced.",
    ),
    "interface": Prose("use this interface, or this local address"),
    "local-port": Prose(
        "connect from local port N, or from the first free one of N to M",
    ),
    "tcp-nodelay": Prose("send small pieces at once (TCP_NODELAY)"),
    "keepalive": Prose(
        "have the kernel probe a connection that is silent for TIME",
        "SO_KEEPALIVE with TCP_KEEPIDLE and TCP_KEEPINTVL, in whole seconds. Without it nothing is probed.",
    ),
    "tls": Prose(
        "speak TLS",
        "A server without --server-cert makes a throw-away authority on the spot, and certificates for localhost, "
        "any name under it, 127.0.0.1, ::1 and the hosts of --bind; --ca-file writes what a client has to trust.",
    ),
    "verify": Prose(
        "check certificates, do not, or trust those in FILE or DIR only",
        "By itself the system's certificates are trusted, or those that SSL_CERT_FILE and SSL_CERT_DIR name.",
    ),
    "cert": Prose("the client's certificate (PEM), with or without its key"),
    "cert-key": Prose("the key of --cert, where it is a file of its own"),
    "tls-min": Prose("the oldest TLS version to accept"),
    "tls-max": Prose("the newest TLS version to offer"),
    "ciphers": Prose("the ciphers to offer, as OpenSSL lists them"),
    "sni": Prose("the server name to send in place of the host"),
    "alpn": Prose("the protocols to offer, between commas"),
    "timeout": Prose(
        "longest silence of the peer; 0: no limit",
        "By itself there is none where a person looks on, and 60 seconds where stderr is no terminal. An event stream "
        "is ended by a limit that was asked for only.",
    ),
    "connect-timeout": Prose("longest time to get a connection, over all addresses"),
    "max-time": Prose("longest time for the whole exchange"),
    "expect-timeout": Prose("how long to wait for 100 before the body is sent"),
    "retry": Prose(
        "try again, so many times at most, after what may heal",
        "Names, connections and time limits that fail, connections that break, a body cut short, and 408, 429, 502, "
        "503 and 504. Only what is safe is sent again: any request of which nothing was sent, idempotent methods, "
        "others after 408, 429 and 503 with Retry-After. Each attempt is an exchange of its own; -v shows all. A "
        "download is tried again by itself, five times; it goes on where it stopped, and an attempt that brought "
        "octets does not count. In files of checks each entry is tried again until all of it holds.",
    ),
    "retry-delay": Prose(
        "pause before each new attempt",
        "By itself pauses double from one second on, with jitter; Retry-After goes before them.",
    ),
    "retry-max-time": Prose("no new attempt begins after this time"),
    "max-head": Prose("largest head to read; past it exit 100"),
    "max-fields": Prose("most field lines in a head; past it exit 100"),
    "max-interim": Prose("most interim responses before the final one"),
    "max-chunk-extensions": Prose("most chunk extensions in a body; past it exit 63"),
    "max-decoded": Prose("largest decoded content; past it exit 63"),
    "max-ratio": Prose(
        "most decoded bytes for one coded byte; past it exit 63",
        "Looked at only after 16 MiB, since small content may well be that repetitive.",
    ),
    "record": Prose(
        "keep the run for httpeek show",
        "Whole, with secrets masked, or not. The last 20 runs are kept, in files that only their owner can read; "
        "none under CI=true.",
    ),
    "mask": Prose("mask secrets on standard output too"),
    "reveal": Prose("mask no secret anywhere else either"),
    "clear": Prose("delete the records of this terminal; with --all, all of them"),
    "bind": Prose(
        "listen here; may be given several times",
        "By itself port 8080 of 127.0.0.1 and, where there is one, of ::1. Port 0 is any free one.",
    ),
    "model": Prose(
        "the process model",
        "single: one process, one connection at a time. threads: a pool. fork: a process for each connection. "
        "prefork: workers that share the listening sockets.",
    ),
    "server-cert": Prose("the server's certificate (PEM), its chain behind it; brings --tls"),
    "server-key": Prose("the key of --server-cert, where it is a file of its own"),
    "ca-file": Prose("write the certificate of the throw-away authority to FILE (PEM); brings --tls"),
    "server-timing": Prose("say in a Server-Timing field how long the application took"),
    "fd": Prose("serve a listening socket that was inherited as descriptor N"),
    "backlog": Prose("connections the kernel holds before they are accepted"),
    "never-accept": Prose(
        "accept no connection: it shows how the kernel queues them",
        "With --backlog 5 six clients connect, and the seventh hangs in SYN_SENT.",
    ),
    "reuse-port": Prose(
        "a listening socket for each worker, and let other servers listen on the address, too (SO_REUSEPORT)"
    ),
    "access-log": Prose("a line for each request on stdout: combined (as Apache has it) or json"),
    "fault": Prose(
        "answer every request with this fault; several take turns by --seed",
        "httpeek faults lists them.",
    ),
    "fault-rate": Prose("the share of requests that get a fault, from 0 to 1"),
    "seed": Prose("begins the row of what is decided by chance: the same row for the same number"),
    "save": Prose(
        "keep each exchange as a record in DIR; httpeek show FILE shows it in any view",
        "Octet for octet, with nothing masked; the files are yours alone (0600).",
    ),
    "show-sockets": Prose("show what the kernel knows of each socket, as it happens"),
    "show-env": Prose("let /env show the environment variables of the server: secrets may be among them"),
    "reap": Prose(
        "which ended children the model fork asks for at a SIGCHLD",
        "all: waitpid(-1, WNOHANG) in a loop, as it has to be. one: a single one, so some stay as zombies, since "
        "signals do not queue. none: all do. What happens is told on standard error.",
    ),
    "keep-fds": Prose(
        "have the parent of the model fork keep its copies of sockets",
        "The client gets the data and never an end of file. What happens is told on standard error.",
    ),
    "max-fds": Prose(
        "descriptors that each process may have open",
        "When they are used up accept fails with EMFILE, and the server rests and goes on. From 32.",
    ),
    "reload": Prose(
        "while developing: serve the application's new code after a change",
        "The files of its modules are looked at a few times a second. Requests in flight are finished and no client "
        "is refused; code that does not load is shown, and its next change waited for.",
    ),
    "workers": Prose("worker processes of the model prefork"),
    "threads": Prose("threads of the model threads"),
    "graceful": Prose("how long requests in flight may take when the server is asked to end"),
    "head-timeout": Prose("how long a request's head may take (then 408)"),
    "body-timeout": Prose("how long a client may be silent inside a body, or not take an answer"),
    "idle-timeout": Prose("how long a kept connection may wait for its next request"),
    "max-request-line": Prose("longest request line (then 414); 8,000 bytes are always accepted"),
    "max-request-head": Prose("largest head of a request (then 431)"),
    "max-request-fields": Prose("most field lines of a request (then 431)"),
    "max-request-body": Prose("largest body of a request (then 413)"),
    "max-requests": Prose("requests answered on one connection before it is closed; 0: no limit"),
    "exact": Prose("send standard input byte for byte, line ends as they are"),
    "ignore-config": Prose("use nothing of the config file"),
    "help": Prose("show this help"),
    "version": Prose("show the version"),
}


class About(Noun):
    """A command: a sentence for lists, a paragraph for its own help, and examples as (what, command line)."""

    help: str
    more: str
    examples: tuple[tuple[str, str], ...]


ABOUT_COMMANDS = {
    "": About(
        "send a request and show the exchange",
        "Sends one request and shows what went over the wire. What was asked for goes to standard output, everything "
        "else to standard error. The run is recorded, so that httpeek show can show it again in any view.",
        (
            ("the built-in server answers", "httpeek GET /get"),
            ("what happened, step by step", "httpeek -v localhost:8080/"),
            ("a body and fields", "httpeek POST :8080/post X-Id:7 --data '{\"a\": 1}'"),
            ("follow redirects, show each", "httpeek -F --all example.org"),
            ("two requests over one connection", "httpeek -v /get --next /ip"),
            ("credentials, kept for the next time", "httpeek -a user --session=work example.org"),
            ("the last exchange as a curl command", "httpeek show @last --as curl"),
        ),
    ),
    "serve": About(
        "start the companion server, or serve a WSGI application",
        "Starts the companion server, which answers what clients are tested with, or serves the WSGI application APP "
        "(PEP 3333). Ctrl-C stops it.",
        (
            ("on http://localhost:8080/", "httpeek serve"),
            ("on two addresses", "httpeek serve --bind 127.0.0.1:9000 --bind [::1]:9000"),
            ("an application of your own, in two processes", "httpeek serve module:app --workers 2"),
        ),
    ),
    "config": About(
        "show what holds for every option, and where it comes from",
        "Shows every option with its value and where that comes from: the command line, a line of the config file, the "
        "environment or the default. With a URL, what holds for it; path prints the path of the file. Any option may "
        'stand beside it. Keys of the file are the long names of options; a section ["example.org"] holds for a host, '
        '["*.example.org"] for every name under it, ["example.org:8443"] for a port.',
        (
            ("all of it", "httpeek config"),
            ("what holds for a host", "httpeek config https://example.org"),
            ("edit the file", "$EDITOR $(httpeek config path)"),
        ),
    ),
    "faults": About(
        "list the ways in which the server misbehaves on purpose",
        "Lists the faults that the companion answers under /fault/NAME and that serve --fault gives to any "
        "application, with what is wrong on the wire and what a correct client does. With NAME: one of them, with "
        "its octets.",
        (
            ("all of them", "httpeek faults"),
            ("one, and how this client takes it", "httpeek -v /fault/chunk-cut"),
        ),
    ),
    "check": About(
        "expect things of a request, or run files of checks",
        "Makes one request and looks at each EXPR; without any, at the status (2xx) and at violations. Or runs files "
        "in the format of Hurl: FILE.hurl, all in a directory (DIR/), or standard input (-). Exit 0 where all holds, "
        "10 where something does not, 2 where something is written wrongly, and nothing is sent then.",
        (
            ("a service is up, within half a minute", "httpeek check :8080/health --wait 30s"),
            ("and says so", "httpeek check :8080/health 'jsonpath $.db == up' 'duration < 500'"),
            ("a suite, with a report", "httpeek check tests/ --report-junit report.xml"),
            ("for another host", "httpeek check tests/*.hurl --variable host=https://example.org"),
        ),
    ),
    "download": About(
        "fetch files: resumed, checked, never half",
        "Fetches each URL into a file. What arrives goes to NAME.part, which gets the name NAME only when it is "
        "whole; what an interruption left is gone on with, if it is still the same file. Redirects are followed. "
        "Nothing that is there is replaced unless an option says so.",
        (
            ("into the current directory", "httpeek download https://example.org/big.iso"),
            ("go on, and check it", "httpeek download -c --checksum SHA256SUMS example.org/big.iso"),
            ("a list, four at once, into a directory", "httpeek download -i list.txt --jobs 4 -P files"),
            ("with a field", "httpeek download --item X-Id:7 example.org/a.tar.gz"),
            ("part of a site, to be read offline", "httpeek download -r --no-parent --convert-links example.org/docs/"),
            ("the broken links of a site", "httpeek download --spider -r -l inf example.org"),
        ),
    ),
    "show": About(
        "show a recorded exchange again, in any view",
        "Shows an exchange that was made before; nothing is sent. RECORD is @last, @-2 (the last but one), a record's "
        "name, or a .har or .json file. Without RECORD: the list of the records of this terminal.",
        (
            ("the bytes of the last exchange", "httpeek show @last --as raw"),
            ("the one before as HAR", "httpeek show @-2 --as har -o before.har"),
            ("what is recorded", "httpeek show"),
        ),
    ),
    "talk": About(
        "telnet for HTTP: type a request yourself",
        "Sends standard input line by line with CRLF, shows what comes back as it arrives, and names on standard error "
        "each rule that the request or the response broke. At the end of input the connection is half closed.",
        (
            ("by hand", "httpeek talk localhost:8080"),
            ("from a pipe", "printf 'GET / HTTP/1.0\\n\\n' | httpeek talk localhost:8080"),
            ("bytes as they are, over TLS", "httpeek talk --tls --exact example.org:443 < request.bin"),
        ),
    ),
    "session": About(
        "list sessions, show one, or import one of HTTPie's",
        "A session is made by httpeek --session NAME URL, and is a file that may be read and changed. Without ACTION: "
        "the list. show masks secrets unless --reveal is given. import takes a session file of HTTPie's over.",
        (
            ("all of them", "httpeek session"),
            ("what one keeps", "httpeek session show work"),
            ("one of HTTPie's", "httpeek session import ~/.config/httpie/sessions/localhost_8080/work.json"),
            ("one that was a file of its own", "httpeek session import ./work.json localhost:8080"),
        ),
    ),
    "violations": About(
        "list or explain the rules that are checked",
        "Lists every rule of RFC 9110 and RFC 9112 whose breach is named, or explains the one called ID.",
        (("all of them", "httpeek violations"), ("one of them", "httpeek violations bare-lf")),
    ),
    "completion": About(
        "print the completion script for a shell",
        "Prints the completion script for bash, zsh or fish. A package installs them by itself.",
        (
            ("bash", "httpeek completion bash > ~/.local/share/bash-completion/completions/httpeek"),
            ("zsh, in a directory of $fpath", "httpeek completion zsh > ~/.zfunc/_httpeek"),
            ("fish", "httpeek completion fish > ~/.config/fish/completions/httpeek.fish"),
        ),
    ),
}

ARGUMENTS = {
    "METHOD": "GET, or POST with a body; a registered one in any case, or CAPITALS",
    "URL": "localhost:8080/, :8080/x, example.org, https://..., /path (the built-in server), "
    "http+unix://%2Frun%2Fx.sock/path",
    "EXPR": "what has to hold: status == 200, jsonpath $.db == up",
    "ITEM": "a field, a part of the query or of the body; see Items",
    "RECORD": "@last, @-2, a record's name, or a .har or .json file",
    "NAME": "the name of a fault",
    "APP": "a WSGI application: module:app, module:make() or path/to/file.py:app; without one the companion",
    "path|URL": "path for the path of the file, or the URL that it is asked for",
    "HOST:PORT": "localhost:8080, [::1]:8080, :8080",
    "ACTION": "import or show; without one, the list",
    "SESSION": "the name of a session, or its file",
    "HOST": "whom an imported session is for, where its directory does not say so: HOST[:PORT], or a URL",
    "ID": "the name of a violation, as every view shows it in brackets",
    "SHELL": "bash, zsh or fish",
}

ITEMS = (
    ("Name:value", "a field; Name: takes one out that is sent by itself, Name; sends one that is empty"),
    ("name==value", "a part of the query"),
    ("name=value", "a member of a JSON object in the body, as a string"),
    ("name:=json", "a member of a JSON object in the body, as it stands"),
    ("name[a][0]=value", "a path into the JSON body: objects and arrays are made on the way; name[]= appends"),
    ("name@file", "a file in a form (-f); ;type=TYPE and ;filename=NAME may stand behind it"),
    ("@file", "the whole body from a file; @- from standard input"),
    ("Name:@file", "the value from a file; so do ==@, =@ and :=@"),
)
"""The kinds of items. A separator that is part of a name has a backslash before it."""

NOTES = (
    "--name=value and --name value are the same, a long name may be cut short while it is the only one, and "
    "--no-NAME takes an option back. TIME is in seconds, or 30s, 500ms, 2m; SIZE is 4096, 64K or 1MiB. "
    "A lone -- ends the options, and a backslash before a separator in an item takes its meaning away."
)

ENVIRONMENT = (
    ("NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE", "No colour, or colour also to a pipe."),
    ("ACCESSIBLE", "The value 1 is the same as --plain."),
    ("CI", "With the value true, nothing is recorded, and a URL without a host needs --companion."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "Certificates to trust in place of the system's."),
    ("SSLKEYLOGFILE", "A file that takes the keys of TLS sessions, for Wireshark."),
    ("http_proxy, https_proxy, all_proxy, no_proxy", "Proxies, and targets that go without; also in capitals."),
    ("XDG_RUNTIME_DIR, XDG_STATE_HOME", "Where the records are."),
    ("HTTPEEK_CONFIG", "The config file in place of httpeek/config.toml in XDG_CONFIG_HOME; it has to be there."),
    ("HTTPEEK_DEBUG", "The value 1 shows a traceback where httpeek itself fails."),
)
