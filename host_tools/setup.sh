#!/bin/sh
# Makes the environment .venv in the project's root. `setup.sh run`: what runs a cooker and the
# virtual rig. `setup.sh develop`: on top of it what tests, lints and trains.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "setup: $1" >&2; exit 1; }

install_system() {  # install_system WHAT PACKAGE...
    what=$1; shift
    command -v apt-get >/dev/null || fail "$what is missing; install it: $*"
    if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null
    then as_root="sudo -n"; else fail "$what is missing; run as root: apt-get install $*"; fi
    echo "setup: $what is missing, installing $*" >&2
    $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2 || fail "apt-get could not install $*"
}

find_python() {
    for python in "${PYTHON:-python3.11}" python3.12 python3.13 python3; do
        if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
        then echo "$python"; return; fi
    done
    return 1
}

python=$(find_python) || { install_system "Python 3.11" python3 python3-venv; python=$(find_python) ||
    fail "Python 3.11 to 3.13 is needed; install it, or set PYTHON to its path"; }
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    install_system "python's venv module" "python3-venv"

[ -x .venv/bin/python ] || "$python" -m venv .venv
pip=".venv/bin/python -m pip --disable-pip-version-check install -q -c constraints.txt"
$pip setuptools
case "${1:-run}" in
run)
    $pip --no-build-isolation -e firmware/link -e firmware/controller -e host_tools ;;
develop)
    # torch by its exact version first: an open range would bring another build of several GB
    $pip "$(grep '^torch==' constraints.txt)"
    $pip --no-build-isolation -e models -e "hil_tests[labgrid]" -r .ci/requirements.txt
    # labgrid lays its own pyserial over ours; the plain one beside it, for the test of both
    $pip --no-deps --upgrade --target .venv/plain-pyserial "$(grep "^pyserial==" constraints.txt)"
    # the broker that the MQTT bridge is tested against; no test needs the service that Debian adds
    command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] ||
        (install_system "the MQTT broker" mosquitto) ||
        echo "setup: without mosquitto the tests of the MQTT bridge are skipped" >&2 ;;
*) fail "usage: setup.sh run|develop" ;;
esac
# ai-edge-litert's plug-in for GPUs, loaded unasked: 5 MB of the model's process, and on a processor
# without LSE atomics (Pi 4 and older) its end.
rm -f .venv/lib/python3*/site-packages/ai_edge_litert/libLiteRtWebGpuAccelerator.so
