"""`wenhuo faults` and the page made from it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from wenhuo.errors import UsageError
from wenhuo_link.fault_table import FAULTS
from wenhuo_tools.cli.main import app
from wenhuo_tools.image import firmware_root


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["faults", *arguments], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.stdout


def test_all_faults_are_listed_with_what_to_do():
    text = run()
    for code, name, line, causes, remedy in FAULTS:
        assert f"{code:>3} {name} (" in text
        assert line in text
        assert causes in text
        assert remedy in text


@pytest.mark.parametrize("code", ["bottom_stuck", "21"])
def test_one_fault_by_name_or_number(code):
    rows = json.loads(run(code, "--json"))
    assert [(row["name"], row["stops"]) for row in rows] == [("bottom_stuck", True)]


def test_an_unknown_fault_is_a_usage_error():
    with pytest.raises(UsageError, match="lists them all"):
        run("gremlins")


def test_the_page_of_faults_is_up_to_date():
    page = (firmware_root() / "FAULTS.md").read_text(encoding="utf-8")
    assert page == run("--markdown"), (
        "run `wenhuo faults --markdown > firmware/power_board/FAULTS.md`"
    )
