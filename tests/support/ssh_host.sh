#!/bin/sh
# ssh_host.sh ROOT DIR: a host for tests. Runs as process 1 of namespaces of its own (unshare --mount --pid --fork), on
# a copy-on-write view of ROOT (or of ROOT:ROOT...) below the empty folder DIR. Nothing that happens in it is seen
# outside, and all of it goes when process 1 ends, which it does when its standard input ends.
#
# Says "ready" when it is. Standard input takes command lines, run in the host; after each its output follows, and on a
# line of its own "=STATUS".
set -e
root=$1
dir=$2
mount --make-rprivate /
mount -t tmpfs -o mode=755,size=256m host "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$root,upperdir=$dir/upper,workdir=$dir/work" host "$dir/root"
cd "$dir/root"
mount -t proc proc proc
mount --rbind /dev dev
for folder in run tmp var/tmp dev/shm opt root home; do
    mkdir -p $folder
    mount -t tmpfs -o mode=1777,size=64m host $folder
done
chmod 700 root
chmod 755 run home

# The folders that a search for room may meet.
mkdir -p noexec full small good var/lib
mount -t tmpfs -o noexec,size=64m host noexec
mount -t tmpfs -o size=1m host small
mount -t tmpfs -o size=9m host full

# Users. The password of all is "open sesame"; mallory's must be changed.
hash='$6$soapstonetests$Yqj/Tuduh72F66.BugbnxDZNu2hMpXCPmghC9NC3BTqji7lP0.36cMwUetaVKUDfHJT2AcNDOlFaMdPFiI4Fj1'
user() { # NAME UID SHELL [last change of the password]
    echo "$1:x:$2:$2::/home/$1:$3" >>etc/passwd
    echo "$1:x:$2:" >>etc/group
    echo "$1:$hash:${4:-19000}:0:99999:7:::" >>etc/shadow
    mkdir -p "home/$1"
    chown "$2:$2" "home/$1"
}
sed -i '/^root:/d' etc/shadow
echo "root:$hash:19000:0:99999:7:::" >>etc/shadow
chmod 640 etc/shadow
user alice 7001 /bin/bash
user bob 7002 /bin/sh
user carol 7003 /bin/sh
user dave 7004 /usr/sbin/nologin
user mallory 7005 /bin/sh 0
user noisy 7006 /bin/bash
user forced 7007 /bin/sh
for shell in fish csh; do
    test ! -x usr/bin/$shell -a ! -x bin/$shell || user $shell 7010 "$(chroot . /bin/sh -c "command -v $shell")"
done
cat >home/noisy/.bashrc <<'EOF'
echo "Welcome to $(hostname), read this"
read -t 0.2 line
printf 'no newline here '
EOF
mkdir -p etc/sudoers.d
printf '%s\n' 'alice ALL=(ALL) ALL' 'bob,noisy,fish,csh ALL=(ALL) NOPASSWD: ALL' 'Defaults lecture=never' \
    'Defaults passwd_tries=3' >etc/sudoers.d/test
chmod 440 etc/sudoers.d/test

# Keys of the host and of the users.
mkdir keys
for kind in ed25519 ecdsa rsa; do
    chroot . /usr/bin/ssh-keygen -q -t $kind -N '' -C '' -f /keys/host_$kind
    chroot . /usr/bin/ssh-keygen -q -t $kind -N '' -C '' -f /keys/user_$kind
done
cat keys/user_*.pub >keys/authorized
chmod 755 keys
chmod 644 keys/authorized
mkdir -p run/sshd
cat >keys/sshd_config <<'EOF'
PidFile none
AuthorizedKeysFile /keys/authorized
PermitRootLogin yes
UsePAM yes
StrictModes no
HostKey /keys/host_ed25519
HostKey /keys/host_ecdsa
HostKey /keys/host_rsa
Match User forced
    ForceCommand echo "Only backups here."
EOF

echo ready
while read -r command; do
    status=0
    chroot . /bin/sh -c "$command" </dev/null 2>&1 || status=$?
    printf '\n=%s\n' "$status"
done
