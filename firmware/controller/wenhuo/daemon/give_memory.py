"""python -m wenhuo.daemon.give_memory: the memory of this controller on stdout, as gzip.

`wenhuo log pull --host` calls it there; the daemon may run meanwhile.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wenhuo.daemon.config import DEFAULT_CONFIG, read_config
from wenhuo.errors import WenhuoError
from wenhuo.memory.copying import copy_memory
from wenhuo.memory.memory import FILE


def main(arguments: Sequence[str] | None = None) -> int:
    """Write it. Exit codes: 0 ok, 1 known failure, 2 wrong usage or configuration."""
    parser = argparse.ArgumentParser(prog="give_memory", description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
            copy_memory(read_config(options.config).state_dir, Path(scratch))
            with (
                (Path(scratch) / FILE).open("rb") as copy,
                gzip.open(sys.stdout.buffer, "w") as out,
            ):
                shutil.copyfileobj(copy, out)
    except WenhuoError as error:
        sys.stderr.write(f"wenhuo: {' '.join(str(error).split())}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
