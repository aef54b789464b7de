# Completion of mailroom in bash: put `source <(mailroom completion bash)` into ~/.bashrc.
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
    local cur=${COMP_WORDS[COMP_CWORD]} at=mailroom words='' values='' state=() i word
    [[ $cur == = ]] && cur=
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]} values=
        if [[ $word == -- ]]; then
            values=@file
            break
        elif [[ $word == -* ]]; then
            _mailroom_option "$at" "$word"
            [[ -z $values ]] && continue
            ((++i))
            [[ ${COMP_WORDS[i]} == = ]] && ((i < COMP_CWORD)) && ((++i))
            [[ $word == --state ]] && state=(--state "${COMP_WORDS[i]/#\~/$HOME}")
            ((i < COMP_CWORD)) && values=
        elif _mailroom_commands "$at $word"; then
            at="$at $word"
        fi
    done
    if [[ -z $values ]]; then
        _mailroom_values "$at"
        word=$at
        while [[ -n $word ]]; do
            [[ $word == "$at" ]] && _mailroom_words "$word"
            _mailroom_words "$word +"
            [[ $word == *' '* ]] && word=${word% *} || word=
        done
    fi
    for word in $values; do
        case "$word" in
            @file | @dir | @any) ;;
            @*) words+=" $(mailroom completion words "${word#@}" ${state[@]+"${state[@]}"} 2>/dev/null)" ;;
            *) words+=" $word" ;;
        esac
    done
    # Options where one is begun, or where there is nothing else. Never `compgen -W`, which would run what stands in a name.
    local others=1
    [[ $cur != -* && " "$words == *' '[^-\ ]* ]] && others=
    COMPREPLY=()
    set -f
    for word in $words; do
        [[ $word == "$cur"* && ($others || $word != -*) ]] && COMPREPLY+=("$word")
    done
    set +f
    case " $values " in
        *' @file '*) word=-f ;;
        *' @dir '*) word=-d ;;
        *) return ;;
    esac
    compopt -o filenames 2>/dev/null
    while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen "$word" -- "$cur")
}

complete -F _mailroom mailroom
