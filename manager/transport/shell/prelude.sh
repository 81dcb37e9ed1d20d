# Part of those scripts that say @prelude@: what all of them begin with.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset LD_PRELOAD LD_LIBRARY_PATH ENV BASH_ENV CDPATH IFS

say() { printf '%s %s\n' "$n" "$*"; }

# Goes on as root only. Starts no program, where /proc can tell.
need_root() {
    while read -r key real effective rest; do
        test "$key" != Uid: || test "$effective" != 0 || return 0
    done 2>/dev/null </proc/self/status
    test "$(id -u)" = 0 || { say ERR root "$(id -u) $(id -un)"; exit 1; }
}

# KiB that are free on the disk of folder $1: the eleventh word, after a title of seven.
room() {
    set -- $(df -Pk "$1" 2>/dev/null)
    echo "${11}"
}
