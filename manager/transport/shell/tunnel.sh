# Runs on the target as root and joins the session to the agent's port, for a manager that reaches no other port.
#
# Variables set in front of it: n (starts every line for the manager), pid and start (of the agent's process), address
# and port (where it listens).
#
# Says: GONE when no agent is there, or UP; from then on input and output are the connection's.
@prelude@

need_root

# True when process $1 has started at tick $2 and is no zombie. The name in the second field may hold anything.
lives() {
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    set -- "$2" ${stat##*) }
    test "$2" != Z && test "${21}" = "$1"
}

lives "$pid" "$start" || { say GONE; exit; }
# The agent's file has lost its name by now, but not its content.
exec "/proc/$pid/exe" relay "$n" "$address" "$port"
