#!/bin/sh
# Installs Wenhuo's controller from this bundle, without a network. Needs sh, sha256sum and python3.
#
#   sh install.sh                 on the device itself, as root
#   sh install.sh --root DIR      into a mounted card or a directory tree
#
# What is installed comes from this folder only; every file is checked against SHA256SUMS first, and
# the new version takes the old one's place by one rename, so that a break leaves one of them whole.
set -eu
bundle=$(cd "$(dirname "$0")" && pwd)
root=""

fail() { echo "wenhuo: $1" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case "$1" in
    --root) [ $# -ge 2 ] || fail "--root needs a directory"; root=${2%/}; shift 2 ;;
    *) echo "usage: install.sh [--root DIR]" >&2; exit 2 ;;
    esac
done
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "run as root, or give --root DIR"
[ -d "$root/" ] || fail "$root is no directory; mount the card there first"

cd "$bundle"
sha256sum --quiet -c SHA256SUMS >&2 || fail "the bundle is damaged; copy it again"

# The interpreter that the device has decides which wheels are used.
wheels=""
for tag in cp313 cp312 cp311; do
    if [ -d "wheels/$tag" ] && [ -e "$root/usr/bin/python3.${tag#cp3}" ]; then wheels=$tag; break; fi
done
[ -n "$wheels" ] || fail "no Python of $(ls wheels | tr '\n' ' ')in $root/usr/bin; is this Raspberry Pi OS 64-bit?"
python=/usr/bin/python3.${wheels#cp3}

new="$root/opt/wenhuo.new"
rm -rf "$new"
mkdir -p "$new/lib" "$new/bin"
for wheel in "wheels/$wheels"/*.whl; do
    python3 -m zipfile -e "$wheel" "$new/lib"
done
# ai-edge-litert's plug-in for GPUs would be loaded unasked, and ends the process on a Pi 4 or older.
rm -f "$new/lib/ai_edge_litert/libLiteRtWebGpuAccelerator.so"
# Models lie side by side: `wenhuo flash model` puts another one there, and switches by one rename.
model=models/$(sha256sum model/manifest.json | cut -c1-12)
mkdir "$new/models"
cp -R model "$new/$model"
ln -s "$model" "$new/model"
cp -R boards "$new/"
sed "s|@PYTHON@|$python|" wenhuo-python > "$new/bin/wenhuo-python"
chmod 755 "$new/bin/wenhuo-python"
cp bundle.json "$new/"

rm -rf "$root/opt/wenhuo.old"
if [ -d "$root/opt/wenhuo" ]; then mv "$root/opt/wenhuo" "$root/opt/wenhuo.old"; fi
mv "$new" "$root/opt/wenhuo"
rm -rf "$root/opt/wenhuo.old"

mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/etc/udev/rules.d" \
    "$root/etc/sysusers.d" "$root/etc/wenhuo"
cp wenhuod.service "$root/etc/systemd/system/"
cp 99-wenhuo.rules "$root/etc/udev/rules.d/"
cp wenhuo.sysusers "$root/etc/sysusers.d/wenhuo.conf"
# What `wenhuo provision` has set stays; the unit wants both files to be there.
[ -e "$root/etc/wenhuo/wenhuod.toml" ] || cp wenhuod.toml "$root/etc/wenhuo/"
[ -e "$root/etc/wenhuo/mqtt.toml" ] || (umask 077; : > "$root/etc/wenhuo/mqtt.toml")
# The unit starts the module wenhuo.daemon; a version without it is installed but not enabled.
wanted="$root/etc/systemd/system/multi-user.target.wants/wenhuod.service"
if [ -e "$root/opt/wenhuo/lib/wenhuo/daemon.py" ] || [ -d "$root/opt/wenhuo/lib/wenhuo/daemon" ]; then
    ln -sf ../wenhuod.service "$wanted"
    echo "wenhuo: installed for $python; wenhuod starts at the next boot"
else
    rm -f "$wanted"
    echo "wenhuo: installed for $python; this version has no daemon, wenhuod is not enabled"
fi
