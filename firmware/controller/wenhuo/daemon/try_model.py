"""python -m wenhuo.daemon.try_model FOLDER: whether a model plans on this controller.

`wenhuo flash model` asks before it switches: a model for another menu or version of the language,
or one that this processor's runtime does not take, must not replace one that works.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from wenhuo.agent.planner import Planner
from wenhuo.daemon.config import DEFAULT_CONFIG, read_config
from wenhuo.errors import ModelError, WenhuoError

_WORDS = "煮两个人的米饭"


def try_model(product_id: str, folder: Path) -> None:
    """Plan a plain sentence. Raises ModelError where the model cannot, BoardDataError."""
    request = {"id": "1", "text": _WORDS, "now": datetime.now(UTC).isoformat(timespec="seconds")}
    with closing(Planner.load(product_id, folder)) as planner:
        planner.plan(request)
        problem = planner.problem
    if problem is not None:
        raise ModelError(f"{folder}: the model does not plan here: {problem}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try it. Exit codes: 0 it plans, 1 known failure, 2 wrong usage or configuration."""
    parser = argparse.ArgumentParser(prog="try_model", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        try_model(read_config(options.config).product.id, options.folder)
    except WenhuoError as error:
        sys.stderr.write(f"wenhuo: {' '.join(str(error).split())}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
