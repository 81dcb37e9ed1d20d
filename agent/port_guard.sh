# Runs on the target as root, beside the agent and in a session of its own: opens the agent's port in the firewall, and
# closes it when the agent is gone, however it went. Standard input ends with the agent.
#
# $1 = open: $2 = record (a file that is to be made), $3 = address that is let in (numeric), $4 = port, $5 = mark.
# Says what it has opened (firewalld, ufw, nft, iptables), nothing where no firewall needs it, or "! " and why it could not.
# $1 = close: $2 = record of a dead agent. Fails when the port may still be open.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset LD_PRELOAD LD_LIBRARY_PATH ENV BASH_ENV CDPATH IFS
trap '' HUP INT QUIT TERM PIPE

@firewall@

# The zone by which the address comes in.
find_zone() {
    device=$(ip -o route get "$address" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    zone=$(firewall-cmd --get-zone-of-interface="$device" 2>/dev/null) || zone=$(firewall-cmd --get-default-zone)
}

# In front of all other rules, in each chain that sees such packets.
add_to_chains() {
    case $address in *:*) other=ip match=ip6 ;; *) other=ip6 match=ip ;; esac
    rules=$(chains | while read -r hook family chain; do
        test $hook = input && test $family != $other || continue
        echo "insert rule $family $chain $match saddr $address tcp dport $port accept comment \"$mark\";"
    done)
    test -z "$rules" || nft "$rules"
}

add_rule() {
    case $1 in
    nft) add_to_chains ;;
    iptables) on_tables -I ;;
    firewalld) on_firewalld add ;;
    esac
}

add_rules() {
    for one in $how; do
        add_rule $one || return
    done
}

record=$2
if test "$1" = close; then
    tries=0 # the agent's own guard may just be closing it
    while test -e "$record" && test $tries -lt 15; do
        tries=$((tries + 1))
        sleep 0.1 2>/dev/null || sleep 1
    done
    test ! -e "$record" || close_port "$record"
    exit
fi

address=$3 port=$4 mark=$5 zone=
kind=$(firewall)
case $kind in
'') exit ;;
# Not by the program ufw: it would keep the rule on the disk, and a power cut would make it last.
ufw) how=iptables ;;
nft) if tables_stop; then how='nft iptables'; else how=nft; fi ;;
*) how=$kind ;;
esac
test $how != firewalld || find_zone
is_rule || { echo '! the orders name no address that can be let in'; exit; }
if test "$how" = firewalld && on_firewalld query >/dev/null 2>&1; then exit; fi # somebody else's, and stays
printf '%s %s\n' how "$how" address "$address" port "$port" mark "$mark" zone "$zone" >"$record" ||
    { rm -f "$record"; echo "! $record cannot be written"; exit; }
if why=$(add_rules 2>&1); then echo "$kind"; else printf '! %s\n' "$why"; fi
exec >/dev/null
while read -r line; do :; done
close_port "$record"
