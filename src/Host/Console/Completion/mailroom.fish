# Completion of mailroom in fish: mailroom completion fish > ~/.config/fish/completions/mailroom.fish
function __mailroom_is_command
    switch "$argv[1]"
        case {steps}
            return 0
    end
    return 1
end

function __mailroom_words
    switch "$argv[1]"
        {words}
    end
end

function __mailroom_values
    switch "$argv[1]"
        {values}
    end
end

# The values of an option, which a command above may have.
function __mailroom_option
    set -l at $argv[1]
    while test -n "$at"
        set -l values (__mailroom_values "$at $argv[2]")
        if test -n "$values"
            string join \n $values
            return
        end
        set at (string replace -rf ' [^ ]*$' '' -- $at)
    end
end

function __mailroom
    set -l at mailroom
    set -l values
    set -l state
    set -l option
    set -l current (commandline -ct)
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            test "$option" = --state; and set state --state (string replace -r '^~' $HOME -- $word)
            set option
        else if test "$word" = --
            __fish_complete_path $current
            return
        else if string match -q -- '--state=*' $word
            set state --state (string replace -- '--state=' '' $word | string replace -r '^~' $HOME)
        else if string match -q -- '-*' $word
            set -l takes (__mailroom_option "$at" $word)
            test -n "$takes"; and set option $word
        else if __mailroom_is_command "$at $word"
            set at "$at $word"
        end
    end
    set -l prefix ''
    if test -z "$option"; and string match -q -- '-*=*' $current
        set option (string split -m 1 = -- $current)[1]
        set prefix $option=
        set current (string split -m 1 = -- $current)[2]
    end
    if test -n "$option"
        set values (__mailroom_option "$at" $option)
    else
        set values (__mailroom_values "$at")
        set -l words (__mailroom_words "$at")
        while test -n "$at"
            set -a words (__mailroom_words "$at +")
            set at (string replace -rf ' [^ ]*$' '' -- $at)
        end
        # Options where one is begun, or where there is nothing else.
        set -l others (string match -v -- '-*' $words)
        string match -q -- '-*' "$current"; or test -z "$others$values"; or set words $others
        test -z "$words"; or string join \n -- $words
    end
    for value in $values
        switch $value
            case @any
            case @file
                test -z "$prefix"; and __fish_complete_path $current; or __fish_complete_path $current | string replace -r '^' -- $prefix
            case @dir
                __fish_complete_directories $current '' | string replace -r '^' -- $prefix
            case '@*'
                mailroom completion words (string sub -s 2 -- $value) $state 2>/dev/null | string replace -r '^' -- $prefix
            case '*'
                echo $prefix$value
        end
    end
end

complete -c mailroom -f -a '(__mailroom)'
