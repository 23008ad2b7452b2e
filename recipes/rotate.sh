#!/bin/sh
# Rotates an API key of a Ninety feed when little of its life is left, and hands on the new secret.
#
#     FEED_URL=https://feed.example FEED_KEY=n90_... rotate.sh COMMAND [ARGUMENT...]
#     FEED_URL=https://feed.example FEED_KEY=n90_... rotate.sh gh secret set FEED_KEY
#
# COMMAND stores the new secret, which it reads from its stdin, without a newline. While more than
# ROTATE_DAYS (14) are left nothing happens and nothing is said. A dead key, an answer that does
# not come and a COMMAND that fails end the script with a sentence and status 1, wrong use with 2.
#
# No secret is in an argument, in a file, or printed. The new secret can be lost on its way, never
# the old one: that one works on for a day after the new one is first used, for a week at most.
# So after any failure run the script again: the secret that nobody used dies, and a new one comes.
# Never run two at once for one key: the last to store may hold the secret that the other ended.
#
# Needs sh, curl 7.55 or later, and sed.
set -eu
set +x # a traced shell prints its secrets

fail() {
    printf 'rotate.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

# A variable that came with the environment goes on to every command; these must not.
unset old new answer status reason
days=${ROTATE_DAYS:-14}
feed=${FEED_URL:-}
feed=${feed%/v3/index.json}
feed=${feed%/}
old=$(printf '%s' "${FEED_KEY:-}")
unset FEED_KEY

[ $# -gt 0 ] || fail "say which command stores the new secret, such as: gh secret set FEED_KEY" 2
command -v -- "$1" >/dev/null || fail "there is no command '$1' to store the new secret with" 2
[ -n "$feed" ] || fail "FEED_URL is not set: the address of the feed" 2
[ -n "$old" ] || fail "FEED_KEY is not set: the API key to look after" 2
case $old in *[![:graph:]]*) fail "FEED_KEY is no API key: there are spaces or worse in it" 2 ;; esac
case $days in '' | *[!0-9]* | 0*) fail "ROTATE_DAYS is '$days', and not a number of days" 2 ;; esac

# ask ADDRESS [CURL OPTION...]: the answer's JSON in one line, then its status in another.
# The key goes to curl by its stdin, since everybody on the machine can read arguments.
ask() {
    address=$feed/api/v1/keys/$1
    shift
    printf 'X-NuGet-ApiKey: %s\n' "$old" |
        curl --silent --show-error --max-time 60 --header @- --write-out '\n%{http_code}' \
            "$@" "$address"
}

# found EXPRESSION: the part of the answer's line that a basic regular expression puts in \( \).
# Quotes inside a JSON string are escaped, so "name": is never part of somebody's text.
found() {
    printf '%s\n' "$answer" | sed -n "s/.*$1.*/\1/p"
}

# wanted STATUS [HINT]: go on if the answer has it, and else end with the reason the server gives,
# and with the hint where a server or a proxy broke down and may have done it all the same.
wanted() {
    status=$(printf '%s\n' "$answer" | tail -n 1)
    [ "$status" != "$1" ] || return 0
    reason=$(found '"detail": *"\(.*\)"}' | sed 's/\\\(["\\]\)/\1/g')
    reason=${reason:-$feed answered with the status $status.}
    case $status in 5*) reason="$reason${2:+ $2}" ;; esac
    fail "$reason"
}

answer=$(ask self) || fail "$feed did not answer; nothing was changed."
wanted 200
left=$(found '"seconds_left": *\(-\{0,1\}[0-9][0-9]*\)')
state=$(found '"state": *"\([a-z]*\)"')
[ -n "$left" ] || fail "$feed answered, but not as a Ninety feed does; nothing was changed."

# A retiring key was rotated before and its successor did not arrive here.
if [ "$left" -gt $((days * 24 * 60 * 60)) ] && [ "$state" != retiring ]; then
    exit 0
fi

again="FEED_KEY still works, for a week at most; run this again soon, and it rotates again."
answer=$(ask self/rotate --data '') || fail "The answer was lost on its way. $again"
wanted 201 "$again"
new=$(found '"key": *"\([^"\\]*\)"')
ends=$(found '"expires_at": *"\([^"\\]*\)"')
[ -n "$new" ] || fail "$feed answered without a new secret. $again"

printf '%s' "$new" | "$@" || fail "'$1' did not store the new secret. $again"
printf 'Rotated: the new secret was stored and ends at %s.\n' "$ends"
