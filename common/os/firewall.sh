# What scripts need to know of the firewall of the machine that they run on. Part of those that say @firewall@, which
# have set the PATH and the locale.
#
# A record is a file firewall-ID in a run's folder. It stands there as long as the rule may that lets one address in to
# an agent's port: how (nft, iptables, firewalld: one or more words), address, port, mark (the comment of the rule; no
# other has it), zone (of firewalld).

# Each chain of nftables that takes part in the way in or out and may stop a packet: hook, family, table, chain. What
# iptables keeps there is left to iptables: it may no longer know its own chains once somebody else has been there.
chains() {
    managed=
    if iptables -V 2>/dev/null | grep -q nf_tables; then managed=yes; fi
    nft list ruleset 2>/dev/null | while read -r a b c d e rest; do
        case "$a $b" in
        'table '*) family=$b table=$c ;;
        'chain '*) chain=$b hook= stops= ;;
        'type filter') hook=$d ;;
        esac
        case " $a $b $c $d $e $rest" in
        *' policy drop'* | *' drop'* | *' reject'* | *' jump '* | *' goto '*) stops=yes ;;
        esac
        if test "$a" = '}' && test -n "$hook$stops"; then
            case "$managed $family $table $chain" in
            'yes ip filter INPUT' | 'yes ip filter OUTPUT' | 'yes ip6 filter INPUT' | 'yes ip6 filter OUTPUT') stops= ;;
            *[!A-Za-z0-9_.\ -]*) stops= ;;
            *' inet '* | *' ip '* | *' ip6 '*) ;;
            *) stops= ;;
            esac
            case $hook in input | output) test -z "$stops" || echo "$hook $family $table $chain" ;; esac
            hook= stops=
        fi
    done
}

# True when what iptables keeps may stop a packet on the way in or out.
tables_stop() {
    for tool in iptables ip6tables; do
        rules=$($tool -S 2>/dev/null) || continue
        echo "$rules" | grep -qE '^-P (INPUT|OUTPUT) DROP' && return
        echo "$rules" | grep -E '^-A (INPUT|OUTPUT) .*-[jg] ' |
            grep -qvE -e '-j (ACCEPT|RETURN|LOG|NFLOG|MARK|CONNMARK)( |$)' && return
    done
    return 1
}

# Which firewall is active: firewalld, ufw, nft, iptables, unknown (we may not look), or nothing.
firewall() {
    if test "$(firewall-cmd --state 2>/dev/null)" = running; then echo firewalld && return; fi
    if ufw status 2>/dev/null | grep -q '^Status: active'; then echo ufw && return; fi
    if test "$(id -u)" != 0; then
        if grep -q '^ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null; then echo ufw; else echo unknown; fi
        return
    fi
    if test -n "$(chains)"; then echo nft && return; fi
    if tables_stop; then echo iptables; fi
}

# True when nothing in the variables of a record can mean anything else in a command.
is_rule() {
    case $address in '' | *[!0-9A-Fa-f.:]*) return 1 ;; esac
    case $port in '' | *[!0-9]*) return 1 ;; esac
    case $mark in soapstone-*[!0-9a-f-]* | '') return 1 ;; soapstone-*) ;; *) return 1 ;; esac
    case $zone in *[!A-Za-z0-9_-]*) return 1 ;; esac
}

read_rule() {
    how= address= port= mark= zone=
    while read -r key value; do
        case $key in
        how) how=$value ;;
        address) address=$value ;;
        port) port=$value ;;
        mark) mark=$value ;;
        zone) zone=$value ;;
        esac
    done <"$1"
}

# iptables or ip6tables does $1 (-I, -D) with our rule, or just "$@".
on_tables() {
    case $address in *:*) tool=ip6tables ;; *) tool=iptables ;; esac
    case $1 in
    -[ID]) $tool -w "$1" INPUT -p tcp -s "$address" --dport "$port" -m comment --comment "$mark" -j ACCEPT ;;
    *) $tool -w "$@" ;;
    esac
}

# firewalld does $1 (add, remove, query) with our rule.
on_firewalld() {
    case $address in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
    firewall-cmd --zone="$zone" --"$1"-rich-rule="rule family=\"$family\" source address=\"$address\" \
port port=\"$port\" protocol=\"tcp\" accept"
}

# Family, table, chain and handle of each rule of nftables that has our mark.
marked() {
    nft -a list ruleset | while read -r a b c rest; do
        case "$a $b" in
        'table '*) table="$b $c" ;;
        'chain '*) chain=$b ;;
        esac
        case "$table $chain" in *[!A-Za-z0-9_.\ -]*) continue ;; esac
        case "$a $b $c $rest" in *" comment \"$mark\""*' # handle '*) echo "$table $chain handle ${rest##* }" ;; esac
    done
}

# Takes our rule out; true when it is gone.
remove_rule() {
    case $1 in
    nft)
        marked | while read -r rule; do nft delete rule $rule; done
        rules=$(nft list ruleset) || return
        case $rules in *"\"$mark\""*) return 1 ;; esac
        ;;
    iptables)
        while on_tables -D; do :; done
        rules=$(on_tables -S INPUT) || return
        case $rules in *"$mark"*) return 1 ;; esac
        ;;
    firewalld)
        on_firewalld remove && return
        on_firewalld query
        case $? in 1 | 252) ;; *) return 1 ;; esac # 252: it does not run any more, and took its rules along
        ;;
    *) return 1 ;;
    esac >/dev/null 2>&1
}

# Closes what record $1 says was opened, and removes the record. False when it may still be open. Somebody else may be
# doing the same.
close_port() {
    read_rule "$1" 2>/dev/null
    if test ! -s "$1"; then rm -f "$1" && return; fi
    is_rule || return
    for one in $how; do
        remove_rule $one || return
    done
    rm -f "$1"
}
