#!/bin/sh
# Turns a few new namespaces into a host and becomes its process 1.
# usage: boot.sh STATE ROOT-LAYERS HOSTNAME [RUNNER...], inside unshare --mount --pid --uts --ipc --fork
# RUNNER: words before a command that lets programs of another processor run (foreign.py), in a user namespace
set -eu
state=$1 layers=$2 name=$3
root=$state/root
shift 3
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# /proc is still the machine's own here: it tells the number by which the outside knows this process.
read -r stat </proc/self/stat
begin=${stat##*) }
echo "${stat%% *} $(echo "$begin" | cut -d ' ' -f 20)" >"$state/pid.new"

mount --make-rprivate /
echo "$name" >/proc/sys/kernel/hostname
mount -t overlay overlay "$root" \
    -o "nodev,index=off,lowerdir=$layers,upperdir=$state/disk/upper,workdir=$state/disk/work"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"

mount -t tmpfs -o mode=755,nosuid,size=1m tmpfs "$root/dev"
cp -a "${layers#*:}/dev/." "$root/dev/" # mmdebstrap made the usual nodes and links
rm "$root/dev/console" # it would be the machine's
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"

mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mkdir "$root/run/sshd"
mkdir -m 1777 "$root/run/lock"

# Each boot has an id of its own; the rest of /proc that reaches the machine itself is out of reach.
mount --bind "$state/boot_id" "$root/proc/sys/kernel/random/boot_id"
mount -o remount,bind,ro "$root/proc/sys/kernel/random/boot_id"
mount --rbind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind "$root/dev/null" "$root/proc/sysrq-trigger"

# In a user namespace port 22 is not root's own, because the network is not that namespace's.
[ $# = 0 ] || echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start

mv "$state/pid.new" "$state/pid"
# Bound once more, because a RUNNER's namespace could not part from mounts that came along with the machine's.
exec "$@" /bin/sh -euc '
mount --rbind "$0" "$0"
cd "$0"
pivot_root . mnt
umount -l /mnt
exec env -i PATH="$PATH" /usr/sbin/init' "$root"
