# Runs on the target as root and removes what an agent that does not answer has left, but never logs and journal.
#
# Variables set in front of it: n (starts every line for the manager), run (id; empty = every run), folders (where to
# look for temporary folders). $1 = SSH_CONNECTION.
#
# Says: LEFT with each thing that it removed, KEPT with each that it could not, at last DONE.
@prelude@
need_root

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

# Waits, at most $3 tenths of a second, for the end of process $1 that has started at tick $2.
gone() {
    tries=0
    while lives "$1" "$2"; do
        test $tries -lt "$3" || return 1
        tries=$((tries + 1))
        sleep 0.1 2>/dev/null || sleep 1
    done
}

# Ends agent $1 that has started at tick $2.
end_agent() {
    kill -TERM "$1"
    gone "$1" "$2" 50 || kill -KILL "$1"
    if gone "$1" "$2" 10; then say LEFT "process $1 (soapstone-agent)"; else say KEPT "process $1"; fi
}

# Takes the process that file $1 names: pid, start, boot, and the run that it is of, where it says so: owner.
read_record() {
    pid= start= boot= owner=
    while read -r key value; do
        case $key in
        pid) pid=$value ;;
        start) start=$value ;;
        boot) boot=$value ;;
        run) owner=$value ;;
        esac
    done <"$1"
}

# Ends the agent that has left its record in file $1. A record of another boot or of a pid that somebody else has
# got meanwhile names no process of ours.
end_recorded() {
    read_record "$1"
    case $pid$start in '' | *[!0-9]*) return ;; esac
    test "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" && lives "$pid" "$start" || return
    end_agent "$pid" "$start"
}

# Process $1 runs a program of ours. An installer under way is never broken off: its shim gets a moment to end.
end_unrecorded() {
    read -r stat 2>/dev/null <"/proc/$1/stat" || return
    process=$1
    set -- ${stat##*) }
    start=${20}
    lives "$process" "$start" || return
    case $(tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline") in
    *' shim '*) gone "$process" "$start" 100 || say KEPT "process $process (it waits for an installer)" ;;
    *) end_agent "$process" "$start" ;;
    esac
}

@firewall@

# Closes the port that record $1 tells of.
end_port() {
    read_rule "$1" 2>/dev/null
    told="port $port, open in the firewall for $address ($how, ${1##*/})"
    if close_port "$1"; then say LEFT "$told"; else say KEPT "$told"; fi
}

# Removes file or folder $2, said to be a $1. Of what rm says, the last reason is told.
drop() {
    if why=$(rm -rf "$2" 2>&1); then say LEFT "$1 $2"; else say KEPT "$1 $2: ${why##*: }"; fi
}

@programs@

for process in $(programs); do
    recorded=$(cat /var/lib/soapstone/*/agent.pid 2>/dev/null | grep -x "pid $process")
    test -n "$recorded" || end_unrecorded "$process"
done
for state in /var/lib/soapstone/${run:-*}; do
    test ! -f "$state/agent.pid" || end_recorded "$state/agent.pid"
    for file in "$state"/* "$state"/.[!.]*; do
        test -e "$file" || test -L "$file" || continue
        case ${file##*/} in
        logs | journal* | tombstone) ;;
        firewall-*) end_port "$file" ;;
        *) drop file "$file" ;;
        esac
    done
done

# The lock on the target, left by an agent that was killed.
lock=/var/lib/soapstone/lock
if test -f "$lock"; then
    read_record "$lock"
    if test "${run:-$owner}" = "$owner" && ! lives "$pid" "$start"; then drop file "$lock"; fi
fi

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
