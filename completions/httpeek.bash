# bash completion for httpeek (made from httpeek's options table by httpeek.cli.generate; changes belong there)

_httpeek() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command=request count=0 skip= glue= word words= index
    COMPREPLY=()

    # bash takes "=" for a word of its own: --as=raw is three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    fi

    for (( index = 1; index < COMP_CWORD; index++ )); do
        word=${COMP_WORDS[index]}
        # ":" parts words too: what follows one belongs to the word before it.
        if [[ $word == : || $glue ]]; then
            [[ $word == : ]] && glue=1 || glue=
            continue
        fi
        if [[ $skip ]]; then
            [[ $word == = ]] || skip=
            continue
        fi
        case $word in
            --data|--boundary|--method|--request-target|--default-scheme|--as|-p|--print|--pretty|-s|--style|--color|--response-charset|--response-mime|-w|--write-out|-o|--output|--item|-i|--input|-P|--directory|--decode|--checksum|--segments|--jobs|--limit-rate|--quota|--delay|--progress|-l|--level|--domains|--exclude-domains|--accept|--reject|--exclude-directories|--cut-dirs|-e|--expr|--wait|--variable|--variables-file|--secret|--secrets-file|--glob|--file-root|--from-entry|--to-entry|--repeat|--retry-interval|--on-failure|--annotate|--report-junit|--report-tap|--report-json|--report-html|-a|--auth|-A|--auth-type|--cookies|--session|--session-read-only|--max-redirects|--resolve|--proxy|--noproxy|--connect-to|--unix-socket|--interface|--local-port|--keepalive|--verify|--cert|--cert-key|--tls-min|--tls-max|--ciphers|--sni|--alpn|--timeout|--connect-timeout|--max-time|--expect-timeout|--retry|--retry-delay|--retry-max-time|--max-head|--max-fields|--max-interim|--max-chunk-extensions|--max-decoded|--max-ratio|--record|--bind|--model|--server-cert|--server-key|--ca-file|--fd|--backlog|--access-log|--fault|--fault-rate|--seed|--save|--reap|--max-fds|--workers|--threads|--graceful|--head-timeout|--body-timeout|--idle-timeout|--max-request-line|--max-request-head|--max-request-fields|--max-request-body|--max-requests) skip=1 ;;
            -*) ;;
            serve|download|check|show|talk|config|session|faults|violations|completion)
                if (( count == 0 )); then command=$word; fi
                (( ++count )) ;;
            *) (( ++count )) ;;
        esac
    done

    case $previous in
        --data) if [[ $current == @* ]]; then mapfile -t COMPREPLY < <(compgen -P @ -f -- "${current#@}"); fi; return ;;
        --boundary) return ;;
        --method) return ;;
        --request-target) return ;;
        --default-scheme) mapfile -t COMPREPLY < <(compgen -W 'http https' -- "$current"); return ;;
        --as) mapfile -t COMPREPLY < <(compgen -W 'pretty verbose raw hex json har curl' -- "$current"); return ;;
        -p|--print) return ;;
        --pretty) mapfile -t COMPREPLY < <(compgen -W 'all colors format none auto' -- "$current"); return ;;
        -s|--style) return ;;
        --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current"); return ;;
        --response-charset) return ;;
        --response-mime) return ;;
        -w|--write-out) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        -o|--output) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --item) return ;;
        -i|--input) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        -P|--directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --decode) mapfile -t COMPREPLY < <(compgen -W 'auto yes no' -- "$current"); return ;;
        --checksum) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --segments) return ;;
        --jobs) return ;;
        --limit-rate) return ;;
        --quota) return ;;
        --delay) return ;;
        --progress) mapfile -t COMPREPLY < <(compgen -W 'auto bar lines json none' -- "$current"); return ;;
        -l|--level) return ;;
        --domains) return ;;
        --exclude-domains) return ;;
        --accept) return ;;
        --reject) return ;;
        --exclude-directories) return ;;
        --cut-dirs) return ;;
        -e|--expr) return ;;
        --wait) return ;;
        --variable) return ;;
        --variables-file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --secret) return ;;
        --secrets-file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --glob) return ;;
        --file-root) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --from-entry) return ;;
        --to-entry) return ;;
        --repeat) return ;;
        --retry-interval) return ;;
        --on-failure) mapfile -t COMPREPLY < <(compgen -W 'brief verbose raw har:DIR' -- "$current"); return ;;
        --annotate) mapfile -t COMPREPLY < <(compgen -W 'auto github none' -- "$current"); return ;;
        --report-junit) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --report-tap) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --report-json) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --report-html) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        -a|--auth) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        -A|--auth-type) mapfile -t COMPREPLY < <(compgen -W 'basic digest bearer' -- "$current"); return ;;
        --cookies) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --session) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --session-read-only) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --max-redirects) return ;;
        --resolve) return ;;
        --proxy) return ;;
        --noproxy) return ;;
        --connect-to) return ;;
        --unix-socket) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --interface) return ;;
        --local-port) return ;;
        --keepalive) return ;;
        --verify) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -W 'yes no' -f -- "$current"); return ;;
        --cert) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --cert-key) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --tls-min) mapfile -t COMPREPLY < <(compgen -W '1.0 1.1 1.2 1.3' -- "$current"); return ;;
        --tls-max) mapfile -t COMPREPLY < <(compgen -W '1.0 1.1 1.2 1.3' -- "$current"); return ;;
        --ciphers) return ;;
        --sni) return ;;
        --alpn) mapfile -t COMPREPLY < <(compgen -W 'http/1.1 http/1.0 h2' -- "$current"); return ;;
        --timeout) return ;;
        --connect-timeout) return ;;
        --max-time) return ;;
        --expect-timeout) return ;;
        --retry) return ;;
        --retry-delay) return ;;
        --retry-max-time) return ;;
        --max-head) return ;;
        --max-fields) return ;;
        --max-interim) return ;;
        --max-chunk-extensions) return ;;
        --max-decoded) return ;;
        --max-ratio) return ;;
        --record) mapfile -t COMPREPLY < <(compgen -W 'full masked off' -- "$current"); return ;;
        --bind) return ;;
        --model) mapfile -t COMPREPLY < <(compgen -W 'single threads fork prefork' -- "$current"); return ;;
        --server-cert) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --server-key) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --ca-file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --fd) return ;;
        --backlog) return ;;
        --access-log) mapfile -t COMPREPLY < <(compgen -W 'combined json off' -- "$current"); return ;;
        --fault) return ;;
        --fault-rate) return ;;
        --seed) return ;;
        --save) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --reap) mapfile -t COMPREPLY < <(compgen -W 'all one none' -- "$current"); return ;;
        --max-fds) return ;;
        --workers) return ;;
        --threads) return ;;
        --graceful) return ;;
        --head-timeout) return ;;
        --body-timeout) return ;;
        --idle-timeout) return ;;
        --max-request-line) return ;;
        --max-request-head) return ;;
        --max-request-fields) return ;;
        --max-request-body) return ;;
        --max-requests) return ;;
    esac

    if [[ $current == -* ]]; then
        case $command in
        request) words='--data --json --form --multipart --boundary --compress --chunked --offline --method --request-target --path-as-is --default-scheme --ignore-stdin --http1.0 --companion --next --as --raw --verbose --print --headers --body --meta --timing --all --steps --strict --pretty --style --color --plain --unsorted --unescape --no-unescape --response-charset --response-mime --stream --write-out --output --quiet --check-status --no-check-status --download --continue --directory --overwrite --skip-existing --newer --decode --checksum --print-checksum --segments --limit-rate --progress --auth --auth-type --ignore-netrc --cookies --session --session-read-only --follow --max-redirects --trust-redirects --ipv4 --ipv6 --resolve --proxy --noproxy --connect-to --unix-socket --interface --local-port --tcp-nodelay --no-tcp-nodelay --keepalive --verify --cert --cert-key --tls-min --tls-max --ciphers --sni --alpn --timeout --connect-timeout --max-time --expect-timeout --retry --retry-delay --retry-max-time --max-head --max-fields --max-interim --max-chunk-extensions --max-decoded --max-ratio --record --mask --reveal --ignore-config --help --version' ;;
        serve) words='--steps --color --plain --quiet --unix-socket --tls --bind --model --server-cert --server-key --ca-file --fd --backlog --never-accept --reuse-port --access-log --fault --fault-rate --seed --save --show-sockets --server-timing --show-env --reap --keep-fds --max-fds --reload --workers --threads --graceful --head-timeout --body-timeout --idle-timeout --max-request-line --max-request-head --max-request-fields --max-request-body --max-requests --ignore-config --help --version' ;;
        download) words='--data --json --form --multipart --boundary --compress --chunked --path-as-is --default-scheme --ignore-stdin --http1.0 --companion --as --strict --color --plain --output --quiet --continue --item --input --directory --overwrite --skip-existing --newer --decode --checksum --print-checksum --segments --jobs --limit-rate --quota --delay --random-delay --progress --recursive --level --mirror --page-requisites --convert-links --adjust-extension --parent --no-parent --span-hosts --domains --exclude-domains --accept --reject --exclude-directories --robots --no-robots --host-directories --no-host-directories --directories --no-directories --cut-dirs --spider --auth --auth-type --ignore-netrc --cookies --session --session-read-only --follow --max-redirects --trust-redirects --ipv4 --ipv6 --resolve --proxy --noproxy --connect-to --unix-socket --interface --local-port --tcp-nodelay --no-tcp-nodelay --keepalive --verify --cert --cert-key --tls-min --tls-max --ciphers --sni --alpn --timeout --connect-timeout --max-time --expect-timeout --retry --retry-delay --max-head --max-fields --max-interim --max-chunk-extensions --max-decoded --max-ratio --record --reveal --ignore-config --help --version' ;;
        check) words='--data --json --form --multipart --boundary --compress --chunked --path-as-is --default-scheme --ignore-stdin --http1.0 --companion --strict --color --plain --quiet --item --jobs --limit-rate --delay --expr --wait --variable --variables-file --secret --secrets-file --glob --file-root --from-entry --to-entry --continue-on-error --ignore-asserts --repeat --retry-interval --test --on-failure --annotate --report-junit --report-tap --report-json --report-html --auth --auth-type --ignore-netrc --cookies --session --session-read-only --follow --max-redirects --trust-redirects --ipv4 --ipv6 --resolve --proxy --noproxy --connect-to --unix-socket --interface --local-port --tcp-nodelay --no-tcp-nodelay --keepalive --verify --cert --cert-key --tls-min --tls-max --ciphers --sni --alpn --timeout --connect-timeout --max-time --expect-timeout --retry --max-head --max-fields --max-interim --max-chunk-extensions --max-decoded --max-ratio --record --reveal --ignore-config --help --version' ;;
        show) words='--as --raw --verbose --print --headers --body --meta --timing --all --steps --pretty --style --color --plain --unsorted --unescape --no-unescape --response-charset --response-mime --write-out --output --quiet --mask --reveal --clear --ignore-config --help --version' ;;
        talk) words='--steps --strict --color --plain --quiet --ipv4 --ipv6 --resolve --connect-to --unix-socket --interface --local-port --tcp-nodelay --no-tcp-nodelay --keepalive --tls --verify --cert --cert-key --tls-min --tls-max --ciphers --sni --alpn --timeout --connect-timeout --max-time --max-head --max-fields --max-interim --max-chunk-extensions --exact --ignore-config --help --version' ;;
        config) words='--ignore-config --help --version' ;;
        session) words='--reveal --ignore-config --help --version' ;;
        faults) words='--ignore-config --help --version' ;;
        violations) words='--ignore-config --help --version' ;;
        completion) words='--ignore-config --help --version' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi

    case $command in
        request) if (( count == 0 )); then words='serve download check show talk config session faults violations completion GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY'; [[ $current ]] && words+=' ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PRI PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL'; mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); fi ;;
        serve) mapfile -t COMPREPLY < <(compgen -- "$current") ;;
        download) mapfile -t COMPREPLY < <(compgen -- "$current") ;;
        check) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        show) mapfile -t COMPREPLY < <(compgen -W '@last @-2' -f -- "$current") ;;
        talk) mapfile -t COMPREPLY < <(compgen -A hostname -- "$current") ;;
        config) mapfile -t COMPREPLY < <(compgen -- "$current") ;;
        session) mapfile -t COMPREPLY < <(compgen -W 'import show' -- "$current") ;;
        faults) mapfile -t COMPREPLY < <(compgen -- "$current") ;;
        violations) mapfile -t COMPREPLY < <(compgen -W 'status-line http-09 status-code status-class missing-reason line-before-start version version-minor version-syntax start-line-space request-line method-token target-form request-line-length bare-lf bare-cr space-before-colon obs-fold leading-space no-colon field-name nul control-octet non-ascii head-size field-count host-missing host-double host-invalid content-length-differs content-length-repeated content-length-invalid length-with-coding coding-in-10 coding-unknown coding-disguised coding-unasked chunked-not-final chunked-twice coding-with-no-body length-with-no-body expectation content-too-large chunk-size chunk-end chunk-space chunk-extension-size chunk-extension trailer-field short-content short-chunked head-cut too-slow until-close content-unexpected bytes-after-end raw-deflate unasked-101 lone-interim endless-interim response-before-request' -- "$current") ;;
        completion) mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$current") ;;
    esac
}

complete -F _httpeek httpeek
