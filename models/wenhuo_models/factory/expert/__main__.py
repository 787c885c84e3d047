"""`python -m wenhuo_models.factory.expert search|confirm|report`: the expert planner's commands."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from wenhuo.boards import load_product
from wenhuo.errors import WenhuoError
from wenhuo_models.factory.expert.report import SEED, report
from wenhuo_models.factory.expert.search import Options, confirm, search

MODELS = Path(__file__).resolve().parents[3]
LOG = MODELS / "work" / "expert.log"
_DEFAULTS = Options()


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="wenhuo_models.factory.expert", description=__doc__.partition("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    find = commands.add_parser("search", help="search the dishes without current data")
    find.add_argument("--dish", action="append", help="only this one; repeatable")
    find.add_argument("--again", action="store_true", help="search also where data are current")
    find.add_argument("--seed", type=int, default=_DEFAULTS.seed)
    find.add_argument(
        "--evaluations", type=int, default=_DEFAULTS.evaluations, help="for each knob"
    )
    keep = commands.add_parser("confirm", help="keep data whose sources changed, if still good")
    keep.add_argument("--dish", action="append", help="only this one; repeatable")
    show = commands.add_parser("report", help="judge expert and menu on fresh cooks")
    show.add_argument("--cooks", type=int, default=900)
    show.add_argument("--seed", type=int, default=SEED)
    show.add_argument("--out", type=Path, default=MODELS / "artifacts")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0, or 1 with one line on stderr."""
    options = read_options(arguments)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        handlers=[logging.FileHandler(LOG), logging.StreamHandler()],
    )
    try:
        _COMMANDS[options.command](options)
    except WenhuoError as error:
        sys.stderr.write(f"expert: {error}\n")
        return error.exit_code
    return 0


def _search(options: argparse.Namespace) -> None:
    chosen = Options(seed=options.seed, evaluations=options.evaluations)
    for _ in search(options.dish or list(load_product().menu), chosen, again=options.again):
        pass  # the search saves and logs each dish itself


def _confirm(options: argparse.Namespace) -> None:
    product = load_product()
    for dish_id in options.dish or list(product.menu):
        found = confirm(product, dish_id)
        logging.info("%s: cost %.3f", dish_id, found.provenance["cost"])


def _report(options: argparse.Namespace) -> None:
    path = report(options.out, options.cooks, options.seed)
    sys.stdout.write(path.read_text("utf-8"))


_COMMANDS = {"search": _search, "confirm": _confirm, "report": _report}


if __name__ == "__main__":
    sys.exit(main())
