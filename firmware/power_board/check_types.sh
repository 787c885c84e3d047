#!/bin/sh
# Checks the firmware's types against MicroPython's own stubs, once for each port.
# Each port's stubs get a folder of their own, since both bring a machine.pyi.
set -eu
cd "$(dirname "$0")/../.."
here=firmware/power_board

for port in rp2:rp2-rpi-pico esp32:esp32; do
    name=${port%%:*}
    stubs=.venv/stubs/$name
    if [ ! -d "$stubs/stdlib" ]; then
        .venv/bin/python -m pip --disable-pip-version-check install -q --no-deps --target "$stubs" \
            -c constraints.txt "micropython-${port#*:}-stubs" micropython-stdlib-stubs
    fi
    echo "types: firmware on $name"
    MYPYPATH="$stubs:$here:$here/ports/$name:firmware/link" .venv/bin/mypy \
        --config-file "$here/mypy.ini" --custom-typeshed-dir "$PWD/$stubs" \
        --cache-dir ".mypy_cache/$name" "$here"/*.py "$here/ports/$name"/*.py
done
for file in "$here"/boot/*.py; do  # each runs by itself
    MYPYPATH="$PWD/.venv/stubs/rp2" .venv/bin/mypy --config-file "$here/mypy.ini" \
        --custom-typeshed-dir "$PWD/.venv/stubs/rp2" --cache-dir .mypy_cache/boot "$file"
done
# The virtual port is a `machine` of ours; it runs on the unix port, whose sockets the Pico lacks.
echo "types: firmware on the virtual port"
MYPYPATH="$here:$here/ports/virtual:firmware/link" .venv/bin/mypy --config-file "$here/mypy.ini" \
    --cache-dir .mypy_cache/virtual "$here"/*.py "$here/ports/virtual"/[!t]*.py
