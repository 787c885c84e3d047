#!/bin/sh
# Gives an installed controller another model, or the one before back. `wenhuo flash model` runs it.
#
#   sh model.sh put ARCHIVE [--root DIR]
#   sh model.sh back [--root DIR]
#
# Models lie in /opt/wenhuo/models; `model` and `model.old` there are links, each replaced by one
# rename, so that a break leaves the old model or the new one. Which files make up a model, and
# their SHA-256, says its SHA256SUMS; its name is that of its manifest.
set -eu
fail() { echo "wenhuo: $1" >&2; exit 1; }
usage() { echo "usage: model.sh put ARCHIVE | back [--root DIR]" >&2; exit 2; }

action=${1:-}; archive=""; root=""
case "$action" in
put) [ $# -ge 2 ] || usage; archive=$2; shift 2 ;;
back) shift ;;
*) usage ;;
esac
[ "${1:-}" != --root ] || root=${2%/}
opt="$root/opt/wenhuo"
[ -L "$opt/model" ] || fail "no controller of this version in $opt; first run: wenhuo flash controller"

point() {  # point LINK MODEL
    ln -sfn "$2" "$opt/.$1.new"
    mv -T "$opt/.$1.new" "$opt/$1"
    sync
}

# A device starts its daemon with the model it now has; a cook goes on meanwhile on the power board.
restart() {
    [ -z "$root" ] && command -v systemctl >/dev/null || return 0
    systemctl try-restart wenhuod
}

now=$(readlink "$opt/model")
if [ "$action" = back ]; then
    [ -L "$opt/model.old" ] || fail "there is no model before this one; put one with wenhuo flash model"
    before=$(readlink "$opt/model.old")
    [ "$before" != "$now" ] || fail "there is no model before this one; put one with wenhuo flash model"
    point model "$before"
    point model.old "$now"
    restart || fail "wenhuod does not start with ${before#models/}; see: journalctl -u wenhuod"
    echo "wenhuo: back to model ${before#models/}"
    exit 0
fi

new="$opt/models/.new"
rm -rf "$new"
mkdir -p "$new"
tar -xf "$archive" -C "$new" --no-same-owner
(cd "$new" && sha256sum --quiet -c SHA256SUMS >&2) || { rm -rf "$new"; fail "the model is damaged; send it again"; }
chmod -R u=rwX,go=rX "$new"
name=models/$(sha256sum "$new/manifest.json" | cut -c1-12)
if [ -z "$root" ]; then  # it must be able to plan here, by this device's own runtime
    "$opt/bin/wenhuo-python" -m wenhuo.daemon.try_model "$new" || { rm -rf "$new"; exit 1; }
fi
if [ "$name" = "$now" ]; then
    rm -rf "$new"
    echo "wenhuo: model ${name#models/} is there already"
    exit 0
fi
rm -rf "${opt:?}/$name"
mv "$new" "$opt/$name"
sync
point model.old "$now"
point model "$name"
if ! restart; then
    point model "$now"
    restart || true
    fail "wenhuod does not start with ${name#models/}, so it is back to ${now#models/}"
fi
for old in "$opt"/models/*; do
    case "models/${old##*/}" in "$name" | "$now") ;; *) rm -rf "$old" ;; esac
done
rm -f "$archive"
echo "wenhuo: model ${name#models/} in place of ${now#models/}, which is kept"
