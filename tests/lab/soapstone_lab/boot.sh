#!/bin/sh
# Turns a few new namespaces into a host and becomes its process 1.
# usage: boot.sh STATE ROOT-LAYERS HOSTNAME, inside unshare --mount --pid --uts --ipc --fork
set -eu
state=$1 layers=$2 name=$3
root=$state/root
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# /proc is still the machine's own here: it tells the number by which the outside knows this process.
read -r stat </proc/self/stat
set -- $stat
echo "$1 ${22}" >"$state/pid.new"

mount --make-rprivate /
echo "$name" >/proc/sys/kernel/hostname
mount -t overlay -o "index=off,lowerdir=$layers,upperdir=$state/disk/upper,workdir=$state/disk/work" overlay "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"

mount -t tmpfs -o mode=755,nosuid,size=1m tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$root/dev/tty" c 5 0
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mkdir "$root/run/sshd" "$root/run/lock"
chmod 1777 "$root/run/lock"

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
