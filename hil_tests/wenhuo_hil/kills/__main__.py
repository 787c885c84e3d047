"""Kills the daemon at random moments of cooks and prints how many ended right."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from wenhuo.boards import load_product
from wenhuo_hil.kills.case import ORDERS, disturbed, undisturbed
from wenhuo_hil.kills.household import Household

_BEGAN = datetime.fromisoformat("2026-11-23T08:00:00+08:00")
_SEED = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where a cook did not end right."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.kills")
    parser.add_argument("--count", type=int, default=200, help="cooks (default 200)")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--step", type=int, default=1, help="do every so many-th, to share work")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every cook there")
    options = parser.parse_args(arguments)
    last = options.first + options.count * options.step
    rows, kills, right = [], 0, 0
    with (
        tempfile.TemporaryDirectory(prefix="wenhuo-") as folder,
        Household(load_product("virtual"), Path(folder), _BEGAN) as home,
    ):
        references: dict[str, float] = {}
        for number in range(options.first, last, options.step):
            order = ORDERS[number % len(ORDERS)]
            if order.say not in references:
                reference = undisturbed(home, order, _SEED)
                if reference.wrong:
                    sys.stdout.write(f"undisturbed {order.say}: {', '.join(reference.wrong)}\n")
                references[order.say] = reference.served_s or 0.0
            ended = disturbed(home, order, number, references[order.say], _SEED)
            rows.append(asdict(ended))
            kills += len(ended.kills)
            right += not ended.wrong
            said = f"wrong: {', '.join(ended.wrong)}" if ended.wrong else "right"
            sys.stdout.write(f"{number:4} {order.say}: killed {'; '.join(ended.kills)}: {said}\n")
            sys.stdout.flush()
    sys.stdout.write(f"cooks that ended right: {right}/{len(rows)}, {kills} kills\n")
    if options.json:
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0 if right == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
