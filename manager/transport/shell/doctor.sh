# Runs on the target and tells how it stands, before anything is put there. Writes nothing. Also runs on our own
# machine, maybe not as root, to see which firewall is there.
#
# Variables set in front of it: n (starts every line for the manager). $1 = SSH_CONNECTION.
#
# Says: TIME, STATE, FIREWALL, CHAIN and HOLDER with one fact each, at last DONE.
@prelude@
say TIME "$(date +%s)"

state=/var/lib/soapstone
test -d "$state" || state=/var/lib
free=$(room "$state")
if test -w "$state"; then say STATE "$free rw"; else say STATE "$free ro"; fi

@firewall@

kind=$(firewall)
say FIREWALL "$kind"
test "$kind" != nft || chains | while read -r chain; do say CHAIN "$chain"; done

# Who holds a lock of a package manager; it may be one that waits for an answer.
for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/lib/rpm/.rpm.lock \
    /usr/lib/sysimage/rpm/.rpm.lock; do
    test -e "$file" || continue
    set -- $(ls -i "$file")
    inode=$1
    grep ":$inode [0-9]" /proc/locks 2>/dev/null | while read -r number type advisory access process rest; do
        case $number$type in *'->'*) continue ;; esac
        say HOLDER "$(cat "/proc/$process/comm" 2>/dev/null || echo somebody) (process $process) holds $file"
    done
done
say DONE
