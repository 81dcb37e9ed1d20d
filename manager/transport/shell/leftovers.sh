# Runs on the target as root and looks for what an agent may have left besides its logs and journal.
#
# Variables set in front of it: n (starts every line for the manager), run (id; empty = of every run), pid and start
# (of the agent's process; 0 = not known), port (0 = not known), folders (where to look for temporary folders), and
# the folders known by name as $2, $3, ... ($1 = SSH_CONNECTION).
#
# Says: LEFT with one thing each, LOGS when there are logs (a component may have removed them), at last DONE.
@prelude@

left() { say LEFT "$@"; }
need_root

# True when process $1 has started at tick $2 and is no zombie. The name in the second field may hold anything.
lives() {
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    set -- "$2" ${stat##*) }
    test "$2" != Z && test "${21}" = "$1"
}

@programs@

programs=$(programs)
if test "$pid" != 0 && lives "$pid" "$start"; then
    case " $(echo $programs) " in
    *" $pid "*) ;;
    *) programs="$programs $pid" ;;
    esac
fi
for p in $programs; do
    left "process $p ($(cat "/proc/$p/comm" 2>/dev/null || echo soapstone-agent))"
done

# The program that holds the socket with inode $1.
holder() {
    ls -l /proc/[0-9]*/fd/ 2>/dev/null | while read -r line; do
        case $line in
        /proc/*) process=${line%/fd/:} ;;
        *"socket:[$1]") readlink "$process/exe" && break ;;
        esac
    done
}

# A port that somebody else has taken meanwhile is not ours.
if test "$port" != 0; then
    inodes=$(grep -h " [0-9A-F]*:$(printf %04X "$port") [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        while read -r slot here there state queue timer retries uid timeout inode rest; do echo "$inode"; done)
    for inode in $inodes; do
        case $(holder "$inode") in
        */soapstone-agent* | '') left "port $port" && break ;;
        esac
    done
fi

shift
for folder in "$@"; do
    test ! -e "$folder" || left "folder $folder"
done
for c in $folders "$HOME"; do
    for folder in "$c/.soapstone-$run"*; do
        test ! -e "$folder" || left "folder $folder"
    done
done

lock=/var/lib/soapstone/lock
if test -f "$lock" && grep -q "^run $run" "$lock"; then left "file $lock"; fi
for state in /var/lib/soapstone/${run:-*}; do
    for file in "$state"/* "$state"/.[!.]*; do
        test -e "$file" || test -L "$file" || continue
        case ${file##*/} in
        logs | journal* | tombstone) ;;
        firewall-*) left "port that may be open in the firewall, see file $file" ;;
        *) left "file $file" ;;
        esac
    done
done
for log in /var/lib/soapstone/${run:-*}/logs/*; do
    test ! -e "$log" || { say LOGS; break; }
done
say DONE
