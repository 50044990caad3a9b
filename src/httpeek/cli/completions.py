"""Completion scripts for bash, zsh and fish, made from the options table.

Rules: a script is plain text that needs no httpeek to run, so that a TAB costs no start of Python. All three find the
command that is being typed as the parser does: the first word that is no option and no option's value. Nothing is
listed in a script but what the tables have.
"""

from __future__ import annotations

from httpeek.cli.options import COMMANDS, COUNT, LETTERS, MARKED, NEGATABLE, OPTIONS, REPEATED
from httpeek.cli.parse import METHODS
from httpeek.cli.prose import ABOUT_COMMANDS, PROSE
from httpeek.model.violations import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.cli.options import Command, Option

_EVERYDAY = METHODS[:10]
"""Methods offered before anything of one is typed; all others wait for a first letter."""
_NAMED = tuple(command for command in COMMANDS if command.name)
_MADE = "made from httpeek's options table by httpeek.cli.generate; changes belong there"


def bash() -> str:
    """The script for bash 4 and later."""
    values = "|".join(_spelled_with_value())
    names = "|".join(command.name for command in _NAMED)
    options = "\n".join(
        f"        {command.name or _REQUEST}) words='{' '.join(_long(command))}' ;;" for command in COMMANDS
    )
    arguments = "\n".join(
        f"        {command.name or _REQUEST}) {_bash_argument(command)} ;;" for command in COMMANDS if command.arguments
    )
    return f"""# bash completion for httpeek ({_MADE})

_httpeek() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
    local command={_REQUEST} count=0 skip= glue= word words= index
    COMPREPLY=()

    # bash takes "=" for a word of its own: --as=raw is three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${{COMP_WORDS[COMP_CWORD-2]}}
    fi

    for (( index = 1; index < COMP_CWORD; index++ )); do
        word=${{COMP_WORDS[index]}}
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
            {values}) skip=1 ;;
            -*) ;;
            {names})
                if (( count == 0 )); then command=$word; fi
                (( ++count )) ;;
            *) (( ++count )) ;;
        esac
    done

    case $previous in
{_bash_values()}
    esac

    if [[ $current == -* ]]; then
        case $command in
{options}
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi

    case $command in
{arguments}
    esac
}}

complete -F _httpeek httpeek
"""


def zsh() -> str:
    """The script for zsh 5, as an autoloaded function."""
    values = "|".join(_spelled_with_value())
    names = "|".join(command.name for command in _NAMED)
    cases = []
    for command in COMMANDS:
        rows = [_zsh_option(option) for option in OPTIONS if command.name in option.commands]
        rows += _zsh_arguments(command)
        lines = " \\\n                ".join(rows)
        case = f"        ({command.name or _REQUEST})\n            _arguments -s -S \\\n                "
        cases.append(f"{case}{lines} && ret=0\n            ;;")
    return f"""#compdef httpeek
# zsh completion for httpeek ({_MADE})

_httpeek_first() {{
    local -a commands methods
    integer ret=1
    commands=(
{chr(10).join(f"        {_single(f'{c.name}:{_zsh_text(ABOUT_COMMANDS[c.name].help)}')}" for c in _NAMED)}
    )
    methods=({" ".join(_EVERYDAY)})
    [[ -n $PREFIX ]] && methods+=({" ".join(METHODS[len(_EVERYDAY) :])})
    _describe -t commands command commands && ret=0
    compadd -a methods && ret=0
    return ret
}}

_httpeek() {{
    local curcontext="$curcontext" command={_REQUEST} word skip
    integer ret=1
    local -a found

    for word in "${{(@)words[2,CURRENT-1]}}"; do
        if [[ -n $skip ]]; then
            skip=
            continue
        fi
        case $word in
            ({values}) skip=1 ;;
            (-*) ;;
            ({names}) command=$word; break ;;
            (*) break ;;
        esac
    done

    case $command in
{chr(10).join(cases)}
    esac
    return ret
}}

_httpeek "$@"
"""


def fish() -> str:
    """The script for fish 3."""
    values = " ".join(_spelled_with_value())
    lines = [
        f"# fish completion for httpeek ({_MADE})",
        "",
        "function __httpeek_words --description 'The words that are no options and no values of options'",
        "    set -l words (commandline -opc)",
        "    set -e words[1]",
        "    set -l skip 0",
        "    for word in $words",
        "        if test $skip = 1",
        "            set skip 0",
        f"        else if contains -- $word {values}",
        "            set skip 1",
        "        else if not string match -q -- '-*' $word",
        "            echo -- $word",
        "        end",
        "    end",
        "end",
        "",
        "function __httpeek_in --description 'True inside one of the commands named'",
        "    set -l words (__httpeek_words)",
        f"    set -l command {_REQUEST}",
        f"    if set -q words[1]; and contains -- $words[1] {' '.join(c.name for c in _NAMED)}",
        "        set command $words[1]",
        "    end",
        "    contains -- $command $argv",
        "end",
        "",
        "function __httpeek_first --description 'True where a command, a METHOD or a URL may stand'",
        "    set -l words (__httpeek_words)",
        "    not set -q words[1]",
        "end",
        "",
        "complete -c httpeek -f",
    ]
    for command in _NAMED:
        lines.append(
            f"complete -c httpeek -n __httpeek_first -a {command.name} -d {_single(ABOUT_COMMANDS[command.name].help)}"
        )
    lines.append(f"complete -c httpeek -n __httpeek_first -a '{' '.join(METHODS)}' -d method")
    for command in _NAMED:
        words = _argument_words(command)
        if words or _takes_file(command):
            offered = f" -a '{' '.join(words)}'" if words else ""
            files = " -F" if _takes_file(command) else ""
            lines.append(f"complete -c httpeek -n '__httpeek_in {command.name}'{files}{offered}")
    lines += [_fish_option(option) for option in OPTIONS]
    return "\n".join(lines) + "\n"


SCRIPTS = {"bash": bash, "zsh": zsh, "fish": fish}
"""The shells and what makes their scripts."""

_REQUEST = "request"
"""What the scripts call a command line without a command's name."""


def _spelled_with_value() -> list[str]:
    found = []
    for option in OPTIONS:
        if option.takes_value:
            found += [f"-{option.short}"] * bool(option.short) + [f"--{option.name}"]
    return found


def _long(command: Command) -> list[str]:
    found = []
    for option in OPTIONS:
        if command.name in option.commands:
            found.append(f"--{option.name}")
            if option.kind == NEGATABLE:
                found.append(f"--no-{option.name}")
    return found


def _argument_words(command: Command) -> tuple[str, ...]:
    """What an argument of a command may be, where that can be listed."""
    if command.name == "violations":
        return tuple(rule.id for rule in RULES)
    if command.name == "show":
        return ("@last", "@-2")
    return command.choices


def _takes_file(command: Command) -> bool:
    return command.name in ("show", "check")


def _bash_values() -> str:
    cases = []
    for option in OPTIONS:
        if not option.takes_value:
            continue
        spelled = f"-{option.short}|--{option.name}" if option.short else f"--{option.name}"
        cases.append(f"        {spelled}) {_bash_value(option)}return ;;")
    return "\n".join(cases)


def _bash_value(option: Option) -> str:
    words = "" if option.kind == LETTERS else " ".join(option.choices)
    if option.name == "data":
        # The @ stays in front of the file's name.
        return 'if [[ $current == @* ]]; then mapfile -t COMPREPLY < <(compgen -P @ -f -- "${current#@}"); fi; '
    if option.path:
        listed = f"-W '{words}' " if words else ""
        return f'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen {listed}-f -- "$current"); '
    return f"mapfile -t COMPREPLY < <(compgen -W '{words}' -- \"$current\"); " if words else ""


def _bash_argument(command: Command) -> str:
    if not command.name:
        names = " ".join(c.name for c in _NAMED)
        everyday, others = " ".join(_EVERYDAY), " ".join(METHODS[len(_EVERYDAY) :])
        return (
            f"if (( count == 0 )); then words='{names} {everyday}'; "
            f"[[ $current ]] && words+=' {others}'; "
            'mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); fi'
        )
    words = " ".join(_argument_words(command))
    files = "-f " if _takes_file(command) else ""
    hosts = "-A hostname " if command.name == "talk" else ""
    offered = f"-W '{words}' " if words else ""
    return f'mapfile -t COMPREPLY < <(compgen {offered}{files}{hosts}-- "$current")'


def _zsh_option(option: Option) -> str:
    text = f"[{_zsh_text(PROSE[option.name].help)}]"
    value = ""
    if option.takes_value:
        value = f":{_zsh_text(option.metavar)}:{_zsh_value(option)}"
    long = f"--{option.name}{'=' if value else ''}"
    # What may stand more than once has a star; for all others a second one is not offered.
    many = option.kind in (REPEATED, COUNT, MARKED)
    if option.short:
        short = f"-{option.short}{'+' if value else ''}"
        front = "'*'" if many else f"'(-{option.short} --{option.name})'"
        return f"{front}{{{short},{long}}}{_single(text + value)}"
    row = _single(f"{'*' if many else ''}{long}{text}{value}")
    if option.kind == NEGATABLE:
        return f"{row} {_single(f'--no-{option.name}[the opposite of --{option.name}]')}"
    return row


def _zsh_value(option: Option) -> str:
    words = "" if option.kind == LETTERS else " ".join(option.choices)
    if option.path:
        # Both where a word and a file are possible: _alternative would hide the words behind a menu.
        return f"{{compadd -- {words}; _files}}" if words else "_files"
    return f"({words})" if words else " "


def _zsh_arguments(command: Command) -> list[str]:
    if not command.name:
        return ["'1: :_httpeek_first'", "'*:item: '"]
    skipped = _single(f"1:command:({command.name})")
    words = " ".join(_argument_words(command))
    if _takes_file(command):
        return [skipped, _single(f"2:record:{{compadd -- {words}; _files}}")]
    if words:
        return [skipped, _single(f"2: :({words})")]
    return [skipped, "'2:host:_hosts'"] if command.name == "talk" else [skipped]


def _fish_option(option: Option) -> str:
    commands = " ".join(name or _REQUEST for name in option.commands)
    words = "" if option.kind == LETTERS else " ".join(option.choices)
    line = f"complete -c httpeek -n '__httpeek_in {commands}'"
    line += f" -s {option.short}" if option.short else ""
    line += f" -l {option.name}"
    if option.takes_value:
        line += " -r -F" if option.path else " -x"
        line += f" -a '{words}'" if words else ""
    line += f" -d {_single(PROSE[option.name].help)}"
    if option.kind == NEGATABLE:
        line += f"\ncomplete -c httpeek -n '__httpeek_in {commands}' -l no-{option.name}"
        line += f" -d 'the opposite of --{option.name}'"
    return line


def _single(text: str) -> str:
    """The text in single quotes, for all three shells."""
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_text(text: str) -> str:
    """A text inside an _arguments specification: brackets and colons mean something there."""
    return "".join(f"\\{c}" if c in "[]:\\" else c for c in text)
