# Runs on the target, in whatever POSIX shell it has: finds a folder for the agent, receives it there, starts it.
#
# Comes as one line through standard input (see dialogue.hpp), with these variables set in front of it:
#   n       starts every line that is for the manager; all other output is noise
#   need    room that a folder must have, KiB
#   arches  architectures (uname -m) that there is an agent for
#   tag     part of the folder's name that says whose it is
#   idle    seconds to wait for the agent after NEED
#   keep    seconds to wait for each further script after OK; 0 = does not
#   folders where to look for room, in this order; separated by blanks
#   terminal  not empty when the input is a terminal
# and with $1 = SSH_CONNECTION of the session.
#
# Says: NEED or ERR, then reads 128 bytes "SEND packed-size sha256 seconds" and the packed agent.
# Says: GO or ERR, then gives its input to the agent: the orders.
# Says: OK with the agent's ready line, or ERR. Then runs further scripts, which come as this one did, until the manager
# closes the session or is silent for too long.
umask 077

@prelude@

d=
session=$1
stop() { say ERR "$@"; exit 1; }
# Of several signals, as sudo sends TERM behind a HUP, the second must not end the rm that the first has begun.
deaf='trap "" HUP INT TERM PIPE'
trap 'eval "$deaf"; test -z "$d" || rm -rf "$d"' EXIT
trap 'eval "$deaf"; exit 1' HUP INT TERM PIPE

arch=$(uname -sm)
os=${arch%% *}
arch=${arch#* }
test "$os" = Linux || stop os "$os"
case " $arches " in
*" $arch "*) ;;
*) stop arch "$arch, only for $arches" ;;
esac
need_root
for tool in head dd df mktemp chmod gzip sha256sum; do
    command -v $tool >/dev/null || stop tool $tool
done

# A line that went dead without a word must not leave us waiting for ever. Old BusyBox has another timeout.
# At a terminal the end of the line is a hangup, and a reader in the background, as timeout makes it, would be stopped.
limit= limits=
test -n "$terminal" || limits=timeout
within() {
    seconds=$1
    shift
    if test -n "$limit"; then timeout "$seconds" "$@"; else "$@"; fi
}

# Says why folder $1 will not do, or makes a folder of our own in it: d.
look() {
    test -d "$1" && test -w "$1" || { why='not there or not writable'; return 1; }
    free=$(room "$1")
    case $free in
    '' | *[!0-9]*) ;;
    *) test "$free" -ge "$need" || { why="$free KiB free, $need KiB needed"; return 1; } ;;
    esac
    d=$(mktemp -d "$1/.soapstone-$tag.XXXXXX" 2>&1) || { why=$d; d=; return 1; }
    # Only running something there tells whether it can be done: mount options are not the only obstacle.
    agent=$d/soapstone-agent
    why=$({ printf '#!/bin/sh\nexit 42\n' >"$agent" && chmod 700 "$agent"; } 2>&1) || return 1
    for limit in $limits ''; do
        within 5 "$agent" 2>/dev/null
        test $? != 42 || return 0
    done
    why='programs cannot be run there (noexec?)'
    return 1
}

for c in $folders "$HOME"; do
    look "$c" && break
    say SKIP "$c: $why"
    test -z "$d" || rm -rf "$d"
    d=
done
test -n "$d" || stop nodir
# Each program that is started here is started on every target: what the shell can do itself, it does.
id= boot= conn=
read -r id 2>/dev/null </etc/machine-id
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id
for word in $session; do conn=$conn${conn:+,}$word; done
say NEED "arch=$arch conn=$conn machine=$id,$boot dir=$d"

# dd reads byte by byte and so never takes what belongs to the next reader.
set -- $(within "$idle" dd bs=1 count=128 2>/dev/null)
test "$1" = SEND && test $# = 4 || exit 1
packed=$2 sum=$3 seconds=$4

# Unquoted, as what gzip says begins with a newline.
why=$({ within "$seconds" head -c "$packed" | gzip -dc >"$agent"; } 2>&1) || stop unpack $why
got=$(sha256sum <"$agent")
test "${got%% *}" = "$sum" || stop sum "${got%% *}"
say GO

# The agent must outlive this session: where systemd would end all that a login has started, in a scope of its own.
# The mark tells a systemd-run that did not get as far as the agent from an agent that failed.
start() {
    comm=
    read -r comm 2>/dev/null </proc/1/comm
    if test "$comm" = systemd && command -v systemd-run >/dev/null; then
        collect=
        case $(systemd-run --help 2>/dev/null) in *--collect*) collect=--collect ;; esac
        within 60 systemd-run --scope --quiet $collect --slice=system.slice -- \
            /bin/sh -c ': >"$1/started"; exec "$1/soapstone-agent"' sh "$d" && return
        status=$?
        test ! -e "$d/started" || return $status
    fi
    within 60 "$agent"
}
ready=$(start) || stop agent "ended with status $? $ready"
test -n "$ready" || stop agent 'ended without its ready line'
rm -rf "$d"
d=
say OK "$ready"

# A second login costs a target more than most of what we do there. Without a limit nobody may wait: when the line went
# dead without a word, sshd would keep this session for hours.
while test -n "$limit" && test "$keep" != 0 && next=$(within "$keep" head -n 1) && test -n "$next"; do
    (
        set -- "$session"
        eval "$(IFS=$(printf '\036'); set -f; printf '%s\n' $next)"
    )
done
