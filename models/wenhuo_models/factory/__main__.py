"""`python -m wenhuo_models.factory --rows N --seed S --out DIR`: write a corpus."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from wenhuo.errors import WenhuoError
from wenhuo_models.factory.corpus import build


def main() -> int:
    """Read the arguments, build, print the statistics."""
    parser = argparse.ArgumentParser(prog="wenhuo_models.factory", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="training rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the .jsonl files")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    args = parser.parse_args()
    try:
        stats = build(args.out, args.rows, args.seed, args.workers)
    except WenhuoError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(stats, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
