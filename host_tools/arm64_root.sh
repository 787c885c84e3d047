#!/bin/sh
# A Debian bookworm arm64 tree to try the controller in, on another processor under qemu-user.
#
#   sudo sh host_tools/arm64_root.sh DIR        some 3 minutes, 250 MB
#
# Needs: apt-get install mmdebstrap qemu-user-static binfmt-support. Raspberry Pi OS 64-bit is this
# Debian with a kernel and some packages of its own; the Python and the C library are the same.
set -eu
fail() { echo "arm64_root.sh: $1" >&2; exit 1; }

[ $# = 1 ] || fail "usage: arm64_root.sh DIR"
[ "$(id -u)" = 0 ] || fail "run as root: it makes a system's tree and registers qemu with the kernel"
for tool in mmdebstrap update-binfmts qemu-aarch64-static; do
    command -v "$tool" > /dev/null ||
        fail "no $tool; apt-get install mmdebstrap qemu-user-static binfmt-support"
done
[ ! -e "$1/usr/bin/python3" ] || { echo "$1 is there already"; exit 0; }

if [ "$(uname -m)" != aarch64 ]; then
    [ -e /proc/sys/fs/binfmt_misc/status ] ||
        mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
        fail "the kernel has no binfmt_misc; nothing of arm64 can run here"
    update-binfmts --enable qemu-aarch64
fi
mmdebstrap --quiet --mode=root --variant=minbase --arch=arm64 --include=python3,libstdc++6 \
    bookworm "$1" http://deb.debian.org/debian
# The runtime counts the processors there; a tree that is entered without /sys has no others.
mkdir -p "$1/sys/devices/system/cpu"
echo 0-1 > "$1/sys/devices/system/cpu/possible"
echo 0-1 > "$1/sys/devices/system/cpu/present"
chroot "$1" uname -m
