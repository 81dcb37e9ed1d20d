#!/bin/sh
# Turns a few new namespaces into a host and becomes its process 1.
# usage: boot.sh STATE ROOT-LAYERS HOSTNAME, inside unshare --mount --pid --uts --ipc --fork
set -eu
state=$1 layers=$2 name=$3
root=$state/root
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# /proc is still the machine's own here: it tells the number by which the outside knows this process.
read -r stat </proc/self/stat
set -- $stat # in words
echo "$1 ${22}" >"$state/pid.new"

mount --make-rprivate /
echo "$name" >/proc/sys/kernel/hostname
mount -t overlay overlay "$root" \
    -o "nodev,index=off,lowerdir=$layers,upperdir=$state/disk/upper,workdir=$state/disk/work"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"

mount -t tmpfs -o mode=755,nosuid,size=1m tmpfs "$root/dev"
cp -a "${layers#*:}/dev/." "$root/dev/" # debootstrap made the usual nodes and links
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

mv "$state/pid.new" "$state/pid"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i PATH="$PATH" setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio /usr/sbin/init
