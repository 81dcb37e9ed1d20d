"""The kinds of root that the hosts of a lab can have on their disks."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

USUAL = "bookworm"
WINDOWS_FILES = Path(__file__).parent / "host/windows"

# Runs inside the new root. Part of the recipe: a change here builds a new base.
FINISH = """set -e
for user in admin ops plain; do
    useradd --create-home --shell /bin/bash "$user"
done
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id /etc/apt/sources.list
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /run/* /tmp/*
: > /etc/machine-id
: > /etc/resolv.conf
"""

# On the usual root, with the rpm packages in /debs: afterwards rpm is all the package manager there is.
RPM_ONLY = """set -e
dpkg --install /debs/*.deb
mkdir -p /etc/rpm
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros # Debian's own is in the home of whoever calls
rpmdb --initdb
rm -rf /debs /etc/apt /var/lib/apt /var/lib/dpkg /var/cache/debconf /usr/bin/apt* /usr/bin/dpkg*
"""

# On the usual root: login shells that are no POSIX shells.
MORE = """set -e
dpkg --force-depends --install /debs/*.deb
rm -rf /debs
"""

# On the usual root, whose packages' files are now those for arm64: that it has them, and no others.
EXCHANGED = """set -e
cd /var/lib/dpkg
sed -i 's/^Architecture: amd64$/Architecture: arm64/' status
sed -i 's/x86_64-linux-gnu/aarch64-linux-gnu/' info/*.list info/*.md5sums
for file in info/*:amd64.*; do
    mv "$file" "${file%:amd64.*}:arm64.${file##*:amd64.}"
done
rm -rf /lib64 /usr/lib64
ldconfig
"""

# In an empty root with these packages in it. There is no sudo: one logs in as root.
BUSYBOX_ONLY = """set -e
/bin/busybox --install -s /usr/bin
chmod 1777 /tmp /var/tmp
chmod 700 /root
mkdir /dev/pts /dev/shm
for node in null:3 zero:5 full:7 random:8 urandom:9 console:0; do
    mknod -m 666 "/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 /dev/tty c 5 0
ln -s pts/ptmx /dev/ptmx
ln -s /proc/self/fd /dev/fd
cd /etc
echo tty:x:5: >group
id=1000
for user in root admin ops plain; do
    home=/home/$user number=$((id += 1))
    [ $user != root ] || home=/root number=0
    echo "$user:x:$number:$number::$home:/bin/sh" >>passwd
    echo "$user:x:$number:" >>group
    echo "$user:*:19000:0:99999:7:::" >>shadow
    mkdir -p $home
    chown $number:$number $home
done
chmod 640 shadow
echo 'NAME="BusyBox only"' >os-release
: >machine-id
: >resolv.conf
"""

# On the usual root with the packages' files in it: wine's Windows, whose drive C: is /c. Its libraries are the same as
# wine's own and need their room once; zlib1.dll is made as the package's script would make it. There is no drive for
# the Linux around it.
WINDOWS = """set -e
mount -t proc proc /proc
mount -t sysfs sysfs /sys
ldconfig
dlls=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
zlib=/usr/x86_64-w64-mingw32/lib/zlib1.dll
{
    head -c 64 $zlib
    printf 'Wine builtin DLL'
    head -c 16 /dev/zero
    tail -c +97 $zlib
} >$dlls/zlib1.dll
export WINEPREFIX=/wine WINEARCH=win64 WINEDEBUG=-all DISPLAY= WINEDLLOVERRIDES="mscoree,mshtml="
/usr/lib/wine/wine64 wineboot --init
/usr/lib/wine/wineserver64 --wait
mv /wine/drive_c /c
ln -sfn /c /wine/dosdevices/c:
rm /wine/dosdevices/z:
hardlink --quiet --content $dlls /c/windows
"""


@dataclass(frozen=True)
class Kind:
    """One kind of root. A Debian release is made by mmdebstrap; `upon` another root only packages are added."""

    name: str
    suite: str = USUAL
    packages: str = "openssh-server,sudo,procps"
    finish: str = FINISH
    architecture: str = ""  # of its programs as Debian writes it; empty: this machine's
    # release; upon: the usual root and packages; unpacked: the same without the packages' scripts; bare: packages in an
    # empty root; exchanged: the usual root with its packages' files for `architecture`
    way: str = "release"
    system: str = "linux"  # or windows: what its host is for those who come over the network
    programs: tuple = ()  # of the lab itself, for Windows: their sources in 'host/windows', the first names the program

    @property
    def door(self):
        """The TCP port that answers when a host is up."""
        return 445 if self.system == "windows" else 22

    @cached_property
    def folder(self):
        """Its name and a short fingerprint of everything that decides what it looks like, as it was first seen."""
        sources = [file.read_text() for file in sorted(WINDOWS_FILES.glob("*.?pp")) if self.programs]
        recipe = "\0".join(filter(None, (self.suite, self.packages, self.finish, self.architecture, *sources)))
        return f"{self.name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


KINDS = {kind.name: kind for kind in (
    Kind(USUAL, packages="openssh-server,sudo,procps,iproute2,less,curl,ca-certificates"),
    Kind("bullseye", suite="bullseye"),
    Kind("trixie", suite="trixie"),
    Kind("arm64", way="exchanged", architecture="arm64", packages="", finish=EXCHANGED),
    Kind("rpm", way="upon", packages="rpm", finish=RPM_ONLY),
    Kind("shells", way="upon", packages="fish,tcsh", finish=MORE),
    Kind("windows", way="unpacked", system="windows", packages="samba,samba-vfs-modules,wine64", finish=WINDOWS,
         programs=(("bridge", "upkeep", "services"), ("list_services", "services"))),
    Kind("busybox", way="bare", packages="busybox-static,dropbear-bin", finish=BUSYBOX_ONLY),
)}


def of_folder(folder):
    """The kind of a root that lies in `folder`."""
    return KINDS[folder.name.rpartition("-")[0]]
