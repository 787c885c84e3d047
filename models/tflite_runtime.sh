#!/bin/sh
# Makes .venv-tflite in the project's root: the engine on tflite-runtime 2.14, the last one that has
# wheels for 32-bit Raspberry Pi OS. Needs Python 3.11: there are none for a later one.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "tflite_runtime: $1" >&2; exit 1; }

stamp=.venv-tflite/.made-from
cmp -s models/tflite_runtime.txt "$stamp" && exit 0
python=${PYTHON311:-python3.11}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null ||
    fail "no Python 3.11; install it, or set PYTHON311 to its path"
rm -rf .venv-tflite
"$python" -m venv .venv-tflite || fail "no venv module in $python; install python3.11-venv"
.venv-tflite/bin/python -m pip --disable-pip-version-check install -q -r models/tflite_runtime.txt >&2 ||
    fail "pip could not install what models/tflite_runtime.txt names"
cp models/tflite_runtime.txt "$stamp"
