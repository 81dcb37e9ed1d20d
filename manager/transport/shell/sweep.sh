# Runs on the target as root and removes what an agent that does not answer has left, but never logs and journal.
#
# Variables set in front of it: n (starts every line for the manager), run (id; empty = every run), folders (where to
# look for temporary folders). $1 = SSH_CONNECTION.
#
# Says: LEFT with each thing that it removed, KEPT with each that it could not, at last DONE.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset LD_PRELOAD LD_LIBRARY_PATH ENV BASH_ENV CDPATH IFS

say() { printf '%s %s\n' "$n" "$*"; }
test "$(id -u)" = 0 || { say ERR root "$(id -u) $(id -un)"; exit 1; }

# True when process $1 has started at tick $2, is no zombie and runs a program of ours. The name in the second field
# of stat may hold anything.
lives() {
    case $(readlink "/proc/$1/exe" 2>/dev/null) in
    */soapstone-agent | */'soapstone-agent (deleted)') ;;
    *) return 1 ;;
    esac
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    set -- "$2" ${stat##*) }
    test "$2" != Z && test "${21}" = "$1"
}

# Ends the agent that has left its record in file $1. A record of another boot or of a pid that somebody else has
# got meanwhile names no process of ours.
end_agent() {
    pid= start= boot=
    while read -r key value; do
        case $key in
        pid) pid=$value ;;
        start) start=$value ;;
        boot) boot=$value ;;
        esac
    done <"$1"
    case $pid$start in '' | *[!0-9]*) return ;; esac
    test "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" && lives "$pid" "$start" || return
    kill -TERM "$pid"
    tries=0
    while lives "$pid" "$start" && test $tries -lt 50; do
        tries=$((tries + 1))
        sleep 0.1 2>/dev/null || sleep 1
    done
    if lives "$pid" "$start"; then
        kill -KILL "$pid"
        sleep 1
    fi
    if lives "$pid" "$start"; then say KEPT "process $pid"; else say LEFT "process $pid (soapstone-agent)"; fi
}

# Removes file or folder $2, said to be a $1.
drop() {
    if rm -rf "$2"; then say LEFT "$1 $2"; else say KEPT "$1 $2"; fi
}

for state in /var/lib/soapstone/${run:-*}; do
    test ! -f "$state/agent.pid" || end_agent "$state/agent.pid"
    for file in "$state"/* "$state"/.[!.]*; do
        test -e "$file" || test -L "$file" || continue
        case ${file##*/} in
        logs | journal* | tombstone) ;;
        *) drop file "$file" ;;
        esac
    done
done

# Of other runs only what nobody can need any more: a manager may just be copying an agent.
for c in $folders "$HOME"; do
    for folder in "$c"/.soapstone-*; do
        test -d "$folder" && test ! -L "$folder" || continue
        case ${folder##*/} in
        ".soapstone-${run:-none}."*) drop folder "$folder" ;;
        *) test -z "$(find "$folder" -prune -mmin +60)" || drop folder "$folder" ;;
        esac
    done
done
say DONE
