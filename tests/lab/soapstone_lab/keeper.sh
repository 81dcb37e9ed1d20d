#!/bin/sh
# Outside of one host: starts it, and starts it again when it asked for a reboot.
# usage: keeper.sh STATE NETNS ROOT-LAYERS HOSTNAME WORKSTATION-NETNS [RUNNER...]
here=$(dirname "$0")
state=$1 netns=$2 layers=$3 name=$4 workstation=$5
shift 5
while :; do
    [ -e "$state/cut" ] || ip -n "$workstation" link set "$name" up
    cat /proc/sys/kernel/random/uuid >"$state/boot_id"
    nsenter --net="/run/netns/$netns" \
        unshare --mount --pid --uts --ipc --fork --kill-child \
        setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio \
        /bin/sh "$here/boot.sh" "$state" "$layers" "$name" "$@" </dev/null
    status=$?
    rm -f "$state/pid"
    ip -n "$workstation" link set "$name" down # a machine that is off answers nothing, not even a reset
    off=0
    if [ -e "$state/reboot" ]; then # 'lab reboot' killed it; the file holds the seconds to stay off
        read -r off <"$state/reboot"
        rm -f "$state/reboot"
    elif [ "$status" != 3 ] && [ "$status" != 129 ]; then # 129: somebody called reboot(2)
        exit "$status"
    fi
    sleep "$off"
done
