#compdef mailroom
# Completion of mailroom in zsh: `mailroom completion zsh > DIR/_mailroom`, DIR being a folder of $fpath, or
# `source <(mailroom completion zsh)` in ~/.zshrc, behind compinit.
_mailroom_commands() {
    case "$1" in
        {steps}) return 0 ;;
    esac
    return 1
}

_mailroom_words() {
    case "$1" in
        {words}
    esac
}

_mailroom_values() {
    case "$1" in
        {values}
    esac
}

# The values of an option, which a command above may have.
_mailroom_option() {
    local at=$1
    values=
    while [[ -z $values && -n $at ]]; do
        _mailroom_values "$at $2"
        [[ $at == *' '* ]] && at=${at% *} || at=
    done
}

_mailroom() {
    local at=mailroom values= word i
    local -a items state
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i] values=
        if [[ $word == -- ]]; then
            _files
            return
        elif [[ $word == -*=* ]]; then
            [[ $word == --state=* ]] && state=(--state "${${word#*=}/#\~/$HOME}")
        elif [[ $word == -* ]]; then
            _mailroom_option "$at" "$word"
            [[ -z $values ]] && continue
            ((++i))
            [[ $word == --state ]] && state=(--state "${words[i]/#\~/$HOME}")
            ((i < CURRENT)) && values=
        elif _mailroom_commands "$at $word"; then
            at="$at $word"
        fi
    done
    if [[ -z $values && $words[CURRENT] == -*=* ]]; then
        _mailroom_option "$at" "${words[CURRENT]%%=*}"
        compset -P '*='
    fi
    if [[ -z $values ]]; then
        _mailroom_values "$at"
        word=$at
        while [[ -n $word ]]; do
            [[ $word == $at ]] && _mailroom_words "$word"
            _mailroom_words "$word +"
            [[ $word == *' '* ]] && word=${word% *} || word=
        done
    fi
    for word in ${=values}; do
        case "$word" in
            @file | @dir | @any) ;;
            @*) items+=(${(f)"$(mailroom completion words ${word#@} $state 2>/dev/null)"}) ;;
            *) items+=($word) ;;
        esac
    done
    # Options where one is begun, or where there is nothing else.
    [[ $PREFIX != -* && -n ${items:#-*} ]] && items=(${items:#-*})
    (( $#items )) && _describe -t words mailroom items
    case " $values " in
        *' @file '*) _files ;;
        *' @dir '*) _files -/ ;;
    esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _mailroom "$@"; else compdef _mailroom mailroom; fi
