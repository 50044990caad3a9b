# fish completion for httpeek (made from httpeek's options table by httpeek.cli.generate; changes belong there)

function __httpeek_words --description 'The words that are no options and no values of options'
    set -l words (commandline -opc)
    set -e words[1]
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
        else if contains -- $word --data --boundary --method --request-target --default-scheme --as -p --print --pretty -s --style --color --response-charset --response-mime -o --output --max-redirects --resolve --proxy --noproxy --interface --verify --cert --cert-key --tls-min --tls-max --ciphers --sni --alpn --timeout --connect-timeout --max-time --expect-timeout --max-head --max-fields --max-interim --max-chunk-extensions --max-decoded --max-ratio --record --bind --model --server-cert --server-key --ca-file --unix-socket --fd --backlog --access-log --fault --fault-rate --seed --save --reap --max-fds --workers --threads --graceful --head-timeout --body-timeout --idle-timeout --max-request-line --max-request-head --max-request-fields --max-request-body --max-requests
            set skip 1
        else if not string match -q -- '-*' $word
            echo -- $word
        end
    end
end

function __httpeek_in --description 'True inside one of the commands named'
    set -l words (__httpeek_words)
    set -l command request
    if set -q words[1]; and contains -- $words[1] serve show talk faults violations completion
        set command $words[1]
    end
    contains -- $command $argv
end

function __httpeek_first --description 'True where a command, a METHOD or a URL may stand'
    set -l words (__httpeek_words)
    not set -q words[1]
end

complete -c httpeek -f
complete -c httpeek -n __httpeek_first -a serve -d 'start the companion server, or serve a WSGI application'
complete -c httpeek -n __httpeek_first -a show -d 'show a recorded exchange again, in any view'
complete -c httpeek -n __httpeek_first -a talk -d 'telnet for HTTP: type a request yourself'
complete -c httpeek -n __httpeek_first -a faults -d 'list the ways in which the server misbehaves on purpose'
complete -c httpeek -n __httpeek_first -a violations -d 'list or explain the rules that are checked'
complete -c httpeek -n __httpeek_first -a completion -d 'print the completion script for a shell'
complete -c httpeek -n __httpeek_first -a 'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PRI PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL' -d method
complete -c httpeek -n '__httpeek_in show' -F -a '@last @-2'
complete -c httpeek -n '__httpeek_in violations' -a 'status-line http-09 status-code status-class missing-reason line-before-start version version-minor version-syntax start-line-space request-line method-token target-form request-line-length bare-lf bare-cr space-before-colon obs-fold leading-space no-colon field-name nul control-octet non-ascii head-size field-count host-missing host-double host-invalid content-length-differs content-length-repeated content-length-invalid length-with-coding coding-in-10 coding-unknown coding-disguised coding-unasked chunked-not-final chunked-twice coding-with-no-body length-with-no-body expectation content-too-large chunk-size chunk-end chunk-space chunk-extension-size chunk-extension trailer-field short-content short-chunked head-cut too-slow until-close content-unexpected bytes-after-end raw-deflate unasked-101 lone-interim endless-interim response-before-request'
complete -c httpeek -n '__httpeek_in completion' -a 'bash zsh fish'
complete -c httpeek -n '__httpeek_in request' -l data -r -F -d 'the body: TEXT as it stands, the content of FILE, or of stdin'
complete -c httpeek -n '__httpeek_in request' -s j -l json -d 'data items make a JSON body, which they do by themselves too'
complete -c httpeek -n '__httpeek_in request' -s f -l form -d 'data items make a form; with a file (name@file) one of parts'
complete -c httpeek -n '__httpeek_in request' -l multipart -d 'data items make a multipart/form-data body, also without a file'
complete -c httpeek -n '__httpeek_in request' -l boundary -x -d 'what parts the parts of a multipart body'
complete -c httpeek -n '__httpeek_in request' -s x -l compress -d 'compress the body (deflate; --compress=gzip, =br, =zstd)'
complete -c httpeek -n '__httpeek_in request' -l chunked -d 'send the body in chunks (Transfer-Encoding: chunked)'
complete -c httpeek -n '__httpeek_in request' -l offline -d 'show the request that would be sent, and send nothing'
complete -c httpeek -n '__httpeek_in request' -l method -x -d 'the method exactly as typed; the first word is the URL then'
complete -c httpeek -n '__httpeek_in request' -l request-target -x -d 'send TARGET in the request line in place of the URL'\''s path'
complete -c httpeek -n '__httpeek_in request' -l path-as-is -d 'leave /../ and /./ in the path of the URL'
complete -c httpeek -n '__httpeek_in request' -l default-scheme -x -a 'http https' -d 'the scheme of a URL that has none'
complete -c httpeek -n '__httpeek_in request' -s I -l ignore-stdin -d 'never read standard input'
complete -c httpeek -n '__httpeek_in request' -l http1.0 -d 'send an HTTP/1.0 request'
complete -c httpeek -n '__httpeek_in request' -l companion -d 'let the built-in server answer a URL that has no host (/get)'
complete -c httpeek -n '__httpeek_in request show' -l as -x -a 'pretty verbose raw hex json har curl' -d 'how to show the exchange'
complete -c httpeek -n '__httpeek_in request show' -l raw -d 'the same as --as raw'
complete -c httpeek -n '__httpeek_in request show' -s v -l verbose -d 'the same as --as verbose'
complete -c httpeek -n '__httpeek_in request show' -s p -l print -x -d 'H, B: head and body of the request; h, b: of the response; m: times and addresses'
complete -c httpeek -n '__httpeek_in request show' -s h -l headers -d 'the same as --print h'
complete -c httpeek -n '__httpeek_in request show' -s b -l body -d 'the same as --print b'
complete -c httpeek -n '__httpeek_in request show' -s m -l meta -d 'the same as --print m'
complete -c httpeek -n '__httpeek_in request show' -l all -d 'everything, not the last only: each redirect, each record'
complete -c httpeek -n '__httpeek_in request show talk serve' -l steps -d 'show each system call as it is made, with its arguments and result'
complete -c httpeek -n '__httpeek_in request talk' -l strict -d 'every broken rule is an error, not a note'
complete -c httpeek -n '__httpeek_in request show' -l pretty -x -a 'all colors format none auto' -d 'format and colour content'
complete -c httpeek -n '__httpeek_in request show' -s s -l style -x -d 'colours of a Pygments style in place of the default ones'
complete -c httpeek -n '__httpeek_in request show talk serve' -l color -x -a 'auto always never' -d 'use colour'
complete -c httpeek -n '__httpeek_in request show talk serve' -l plain -d 'no colour, nothing redrawn, no padding (also: ACCESSIBLE=1)'
complete -c httpeek -n '__httpeek_in request show' -l unsorted -d 'nothing: fields and keys are always shown in the order received'
complete -c httpeek -n '__httpeek_in request show' -l unescape -d 'show \u escapes in JSON as characters on a terminal'
complete -c httpeek -n '__httpeek_in request show' -l no-unescape -d 'the opposite of --unescape'
complete -c httpeek -n '__httpeek_in request show' -l response-charset -x -d 'read the content in this character set'
complete -c httpeek -n '__httpeek_in request show' -l response-mime -x -d 'take the content for this media type'
complete -c httpeek -n '__httpeek_in request' -s S -l stream -d 'show content piece by piece as it arrives'
complete -c httpeek -n '__httpeek_in request show' -s o -l output -r -F -d 'write to FILE what would go to standard output'
complete -c httpeek -n '__httpeek_in request show talk serve' -s q -l quiet -d 'fewer lines on stderr; twice: errors only'
complete -c httpeek -n '__httpeek_in request' -l check-status -d 'exit with 3, 4 or 5 for a final status of 3xx, 4xx or 5xx'
complete -c httpeek -n '__httpeek_in request' -l no-check-status -d 'the opposite of --check-status'
complete -c httpeek -n '__httpeek_in request' -s F -l follow -d 'follow redirects; each is an exchange of its own'
complete -c httpeek -n '__httpeek_in request' -l max-redirects -x -d 'how many redirects are followed before exit 47'
complete -c httpeek -n '__httpeek_in request talk' -s 4 -l ipv4 -d 'IPv4 only'
complete -c httpeek -n '__httpeek_in request talk' -s 6 -l ipv6 -d 'IPv6 only'
complete -c httpeek -n '__httpeek_in request talk' -l resolve -x -d 'connect to ADDR for HOST:PORT, without asking a resolver'
complete -c httpeek -n '__httpeek_in request' -l proxy -x -d 'go through this proxy: http, https, socks4, socks4a, socks5 or socks5h'
complete -c httpeek -n '__httpeek_in request' -l noproxy -x -d 'targets that no proxy is used for; in place of no_proxy'
complete -c httpeek -n '__httpeek_in request talk' -l interface -x -d 'use this interface, or this local address'
complete -c httpeek -n '__httpeek_in talk serve' -l tls -d 'speak TLS'
complete -c httpeek -n '__httpeek_in request talk' -l verify -r -F -a 'yes no' -d 'check certificates, do not, or trust those in FILE or DIR only'
complete -c httpeek -n '__httpeek_in request talk' -l cert -r -F -d 'the client'\''s certificate (PEM), with or without its key'
complete -c httpeek -n '__httpeek_in request talk' -l cert-key -r -F -d 'the key of --cert, where it is a file of its own'
complete -c httpeek -n '__httpeek_in request talk' -l tls-min -x -a '1.0 1.1 1.2 1.3' -d 'the oldest TLS version to accept'
complete -c httpeek -n '__httpeek_in request talk' -l tls-max -x -a '1.0 1.1 1.2 1.3' -d 'the newest TLS version to offer'
complete -c httpeek -n '__httpeek_in request talk' -l ciphers -x -d 'the ciphers to offer, as OpenSSL lists them'
complete -c httpeek -n '__httpeek_in request talk' -l sni -x -d 'the server name to send in place of the host'
complete -c httpeek -n '__httpeek_in request talk' -l alpn -x -a 'http/1.1 http/1.0 h2' -d 'the protocols to offer, between commas'
complete -c httpeek -n '__httpeek_in request talk' -l timeout -x -d 'longest silence of the peer; 0: no limit'
complete -c httpeek -n '__httpeek_in request talk' -l connect-timeout -x -d 'longest time to get a connection, over all addresses'
complete -c httpeek -n '__httpeek_in request talk' -l max-time -x -d 'longest time for the whole exchange'
complete -c httpeek -n '__httpeek_in request' -l expect-timeout -x -d 'how long to wait for 100 before the body is sent'
complete -c httpeek -n '__httpeek_in request talk' -l max-head -x -d 'largest head to read; past it exit 100'
complete -c httpeek -n '__httpeek_in request talk' -l max-fields -x -d 'most field lines in a head; past it exit 100'
complete -c httpeek -n '__httpeek_in request talk' -l max-interim -x -d 'most interim responses before the final one'
complete -c httpeek -n '__httpeek_in request talk' -l max-chunk-extensions -x -d 'most chunk extensions in a body; past it exit 63'
complete -c httpeek -n '__httpeek_in request' -l max-decoded -x -d 'largest decoded content; past it exit 63'
complete -c httpeek -n '__httpeek_in request' -l max-ratio -x -d 'most decoded bytes for one coded byte; past it exit 63'
complete -c httpeek -n '__httpeek_in request' -l record -x -a 'full masked off' -d 'keep the run for httpeek show'
complete -c httpeek -n '__httpeek_in request show' -l mask -d 'mask secrets on standard output too'
complete -c httpeek -n '__httpeek_in request show' -l reveal -d 'mask no secret anywhere else either'
complete -c httpeek -n '__httpeek_in show' -l clear -d 'delete the records of this terminal; with --all, all of them'
complete -c httpeek -n '__httpeek_in serve' -l bind -x -d 'listen here; may be given several times'
complete -c httpeek -n '__httpeek_in serve' -l model -x -a 'single threads fork prefork' -d 'the process model'
complete -c httpeek -n '__httpeek_in serve' -l server-cert -r -F -d 'the server'\''s certificate (PEM), its chain behind it; brings --tls'
complete -c httpeek -n '__httpeek_in serve' -l server-key -r -F -d 'the key of --server-cert, where it is a file of its own'
complete -c httpeek -n '__httpeek_in serve' -l ca-file -r -F -d 'write the certificate of the throw-away authority to FILE (PEM); brings --tls'
complete -c httpeek -n '__httpeek_in serve' -l unix-socket -r -F -d 'listen on a unix socket; one that nobody serves any more is replaced'
complete -c httpeek -n '__httpeek_in serve' -l fd -x -d 'serve a listening socket that was inherited as descriptor N'
complete -c httpeek -n '__httpeek_in serve' -l backlog -x -d 'connections the kernel holds before they are accepted'
complete -c httpeek -n '__httpeek_in serve' -l accept -d 'accept connections; without, show how the kernel queues them'
complete -c httpeek -n '__httpeek_in serve' -l no-accept -d 'the opposite of --accept'
complete -c httpeek -n '__httpeek_in serve' -l reuse-port -d 'let several servers listen on the address (SO_REUSEPORT)'
complete -c httpeek -n '__httpeek_in serve' -l access-log -x -a 'combined json off' -d 'a line for each request on stdout: combined (as Apache has it) or json'
complete -c httpeek -n '__httpeek_in serve' -l fault -x -d 'answer every request with this fault; several take turns by --seed'
complete -c httpeek -n '__httpeek_in serve' -l fault-rate -x -d 'the share of requests that get a fault, from 0 to 1'
complete -c httpeek -n '__httpeek_in serve' -l seed -x -d 'begins the row of what is decided by chance: the same row for the same number'
complete -c httpeek -n '__httpeek_in serve' -l save -r -F -d 'keep each exchange as a record in DIR; httpeek show FILE shows it in any view'
complete -c httpeek -n '__httpeek_in serve' -l show-sockets -d 'show what the kernel knows of each socket, as it happens'
complete -c httpeek -n '__httpeek_in serve' -l server-timing -d 'say in a Server-Timing field how long the application took'
complete -c httpeek -n '__httpeek_in serve' -l show-env -d 'let /env show the environment variables of the server: secrets may be among them'
complete -c httpeek -n '__httpeek_in serve' -l reap -x -a 'all one none' -d 'which ended children the model fork asks for at a SIGCHLD'
complete -c httpeek -n '__httpeek_in serve' -l keep-fds -d 'have the parent of the model fork keep its copies of sockets'
complete -c httpeek -n '__httpeek_in serve' -l max-fds -x -d 'descriptors that each process may have open'
complete -c httpeek -n '__httpeek_in serve' -l reload -d 'while developing: serve the application'\''s new code after a change'
complete -c httpeek -n '__httpeek_in serve' -l workers -x -d 'worker processes of the model prefork'
complete -c httpeek -n '__httpeek_in serve' -l threads -x -d 'threads of the model threads'
complete -c httpeek -n '__httpeek_in serve' -l graceful -x -d 'how long requests in flight may take when the server is asked to end'
complete -c httpeek -n '__httpeek_in serve' -l head-timeout -x -d 'how long a request'\''s head may take (then 408)'
complete -c httpeek -n '__httpeek_in serve' -l body-timeout -x -d 'how long a client may be silent inside a body, or not take an answer'
complete -c httpeek -n '__httpeek_in serve' -l idle-timeout -x -d 'how long a kept connection may wait for its next request'
complete -c httpeek -n '__httpeek_in serve' -l max-request-line -x -d 'longest request line (then 414); 8,000 bytes are always accepted'
complete -c httpeek -n '__httpeek_in serve' -l max-request-head -x -d 'largest head of a request (then 431)'
complete -c httpeek -n '__httpeek_in serve' -l max-request-fields -x -d 'most field lines of a request (then 431)'
complete -c httpeek -n '__httpeek_in serve' -l max-request-body -x -d 'largest body of a request (then 413)'
complete -c httpeek -n '__httpeek_in serve' -l max-requests -x -d 'requests answered on one connection before it is closed; 0: no limit'
complete -c httpeek -n '__httpeek_in talk' -l exact -d 'send standard input byte for byte, line ends as they are'
complete -c httpeek -n '__httpeek_in request serve show talk faults violations completion' -l help -d 'show this help'
complete -c httpeek -n '__httpeek_in request serve show talk faults violations completion' -l version -d 'show the version'
