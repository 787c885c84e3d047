"""The comparison of all ways to run the shipped model."""

import json

from wenhuo_models.eval import same


def test_a_run_that_was_broken_off_goes_on_and_says_which_lines_differ(tmp_path, capsys):
    path = tmp_path / "same.json"
    asked = ["--count", "3", "--json", str(path)]
    assert same.main(asked) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["table"]["4 threads"] == {"against": "1 thread", "n": 3, "same": 3, "others": []}
    assert "arm64_root.sh" in shown["left_out"]["arm64"]

    kept = json.loads(path.read_text("utf-8"))
    whole = kept["lines"]["4 threads"]
    kept["lines"]["4 threads"] = [["<|end|>"], *whole[1:2]]
    path.write_text(json.dumps(kept), "utf-8")
    assert same.main(asked) == 1
    again = json.loads(path.read_text("utf-8"))
    assert again["lines"]["4 threads"] == [["<|end|>"], *whole[1:]]
    assert again["table"]["4 threads"]["others"] == same.sentences(3)[:1]


def test_lines_of_another_model_are_not_gone_on_from(tmp_path, capsys):
    path = tmp_path / "same.json"
    same.main(["--count", "1", "--json", str(path)])
    kept = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(kept | {"model": "another", "lines": {"1 thread": [[]]}}), "utf-8")
    same.main(["--count", "1", "--json", str(path)])
    assert json.loads(path.read_text("utf-8"))["lines"] == kept["lines"]
    capsys.readouterr()
