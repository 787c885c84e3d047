"""A model for an installed controller: sent, resumed, verified, tried, switched, taken back.

`ssh` here is a script whose other machine is a tree on this one, with our installer's links in it;
what it receives it counts.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from wenhuo.llm.artifact import default_folder, file_hash
from wenhuo_tools.cli.main import main
from wenhuo_tools.flash.archive import pack_files

CLI = (str(Path(sys.executable).with_name("wenhuo")),)
SSH = r"""#!/bin/bash
# ssh HOST COMMAND, from and to a tree on this machine
shift
export PATH="@BENCH@/bin:$PATH"
command=${1//\/var\/tmp/@BENCH@}
case "$command" in
"cat >>"*)
    if [ -s @BENCH@/cut ]; then  # the computer that sends loses its power at that byte
        head -c "$(cat @BENCH@/cut)" | tee -a @BENCH@/received | sh -c "$command"
        rm @BENCH@/cut; kill -9 $PPID; exit 255
    fi
    @SLOW@ | tee -a @BENCH@/received | sh -c "$command" ;;
"sudo -n sh -s"*)
    sed 's|^opt=.*|opt=@BENCH@/root/opt/wenhuo|' | sh -c "${command#sudo -n }" ;;
*) sh -c "$command" ;;
esac
"""
SLOW = """python3 -c 'import sys, time
while data := sys.stdin.buffer.read(1 << 20): time.sleep(0.1); sys.stdout.buffer.write(data)'"""


@dataclass
class Bench:
    """A controller in a tree, and the way to it."""

    folder: Path

    @property
    def opt(self) -> Path:
        return self.folder / "root/opt/wenhuo"

    def script(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("@BENCH@", str(self.folder)))
        path.chmod(0o755)
        return path

    def ssh(self, slow: str = "cat") -> list[str]:
        return ["--host", "pi@rice", "--ssh", str(self.script("ssh", SSH.replace("@SLOW@", slow)))]

    def link(self, name: str = "model") -> str:
        return os.readlink(self.opt / name)

    def received(self) -> int:
        return (self.folder / "received").stat().st_size


@pytest.fixture
def bench(tmp_path) -> Bench:
    made = Bench(tmp_path)
    (made.opt / "bin").mkdir(parents=True)
    shutil.copytree(default_folder(), made.opt / "models" / "first")
    (made.opt / "model").symlink_to("models/first")
    settings = made.opt.parents[1] / "wenhuod.toml"
    settings.write_text('product = "zero2w_pico"\n')
    made.script(
        "root/opt/wenhuo/bin/wenhuo-python", f'#!/bin/sh\n{sys.executable} "$@" --config {settings}'
    )
    made.script("bin/systemctl", "#!/bin/sh\necho $@ >> @BENCH@/systemctl\n")
    return made


def other(folder: Path, *, spoilt: bool = False) -> Path:
    """A model of another name; spoilt: its manifest fits it, yet it is none."""
    shutil.copytree(default_folder(), folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["note"] = folder.name
    if spoilt:
        (folder / "model.tflite").write_bytes(b"no model" * 1000)
        manifest["files"]["model.tflite"] = file_hash(folder / "model.tflite")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def name_of(folder: Path) -> str:
    return file_hash(folder / "manifest.json")[:12]


def test_sent_verified_tried_switched_and_taken_back(bench, tmp_path, capsys):
    model = other(tmp_path / "second")
    assert main(["flash", "model", str(model), *bench.ssh(), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verified"]
    assert told["bytes"] > 16_000_000  # with the files for either runtime
    assert (told["model"], told["resumed"]) == (name_of(model), 0)
    assert (bench.link(), bench.link("model.old")) == (f"models/{name_of(model)}", "models/first")
    assert (bench.opt / "model/model.tflite").read_bytes() == (model / "model.tflite").read_bytes()
    assert (bench.folder / "systemctl").read_text() == "try-restart wenhuod\n"
    assert list(bench.folder.glob("wenhuo-model-*")) == []

    assert main(["flash", "model", *bench.ssh(), "--back"]) == 0
    assert "back to model first" in capsys.readouterr().out
    assert (bench.link(), bench.link("model.old")) == ("models/first", f"models/{name_of(model)}")


@pytest.mark.parametrize("seed", range(3))
def test_power_lost_at_a_random_byte_only_the_rest_is_sent(bench, tmp_path, seed):
    model = other(tmp_path / "second")
    cut = random.Random(seed).randrange(1, 16_000_000)
    (bench.folder / "cut").write_text(str(cut))
    command = [*CLI, "flash", "model", str(model), *bench.ssh(), "--json"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -9
    assert bench.received() == cut
    assert bench.link() == "models/first"

    again = subprocess.run(command, capture_output=True, check=True)
    told = json.loads(again.stdout)
    assert (told["resumed"], bench.received()) == (cut, told["bytes"])
    assert bench.link() == f"models/{told['model']}"


def test_a_terminal_shows_rate_and_time_left(bench):
    command = ["flash", "model", *bench.ssh(SLOW)]
    shown = pexpect.spawn(CLI[0], [*CLI[1:], *command], timeout=60, dimensions=(24, 120))
    shown.expect(pexpect.EOF)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.before.decode())
    assert re.search(r"model to pi@rice .*\d/\d\d\.\d MB \d+\.\d MB/s 0:00:0[1-9]", plain), plain
    shown.close()
    assert shown.exitstatus == 0


def test_elsewhere_nothing_is_drawn(bench, capfd):
    assert main(["flash", "model", *bench.ssh()]) == 0
    assert "MB/s" not in capfd.readouterr().err


def test_a_half_that_went_bad_is_thrown_away(bench, tmp_path, capsys):
    model = other(tmp_path / "second")
    (bench.folder / "cut").write_text("3000000")
    command = ["flash", "model", str(model), *bench.ssh()]
    subprocess.run([*CLI, *command], capture_output=True, check=False)
    (part,) = bench.folder.glob("*.part")
    part.write_bytes(bytes(part.stat().st_size))
    assert main(command) == 1
    assert "not what was sent" in capsys.readouterr().err
    assert not part.exists()
    assert bench.link() == "models/first"
    assert main(command) == 0


def test_a_model_that_does_not_plan_there_is_not_taken(bench, tmp_path, capsys):
    model = other(tmp_path / "spoilt", spoilt=True)
    assert main(["flash", "model", str(model), *bench.ssh()]) == 1
    err = capsys.readouterr().err
    assert "does not plan here" in err
    assert err.count("\n") == 1
    assert bench.link() == "models/first"
    assert os.listdir(bench.opt / "models") == ["first"]


def test_a_daemon_that_does_not_start_with_it_gets_the_old_one_back(bench, tmp_path, capsys):
    bench.script("bin/systemctl", "#!/bin/sh\nexit 1\n")
    assert main(["flash", "model", str(other(tmp_path / "second")), *bench.ssh()]) == 1
    assert "back to first" in capsys.readouterr().err
    assert bench.link() == "models/first"


def test_only_the_model_and_the_one_before_are_kept(bench, tmp_path):
    models = [other(tmp_path / name) for name in ("second", "third")]
    for model in models:
        assert main(["flash", "model", str(model), "--root", str(bench.folder / "root")]) == 0
    assert sorted(os.listdir(bench.opt / "models")) == sorted(map(name_of, models))
    assert bench.link("model.old") == f"models/{name_of(models[0])}"


def test_the_same_model_again_changes_nothing(bench, tmp_path, capsys):
    model = other(tmp_path / "second")
    for _ in range(2):
        assert main(["flash", "model", str(model), "--root", str(bench.folder / "root")]) == 0
    assert "is there already" in capsys.readouterr().out
    assert bench.link("model.old") == "models/first"


def test_the_same_files_are_the_same_archive(tmp_path):
    folder = default_folder()
    files = {path.name: path for path in folder.iterdir()}
    for name in ("a", "b"):
        pack_files(files, tmp_path / name)
        for path in files.values():
            os.utime(path)
    assert file_hash(tmp_path / "a") == file_hash(tmp_path / "b")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--host"),
        (("--root", "{tmp}", "--host", "pi"), 2, "one place"),
        (("--root", "{tmp}"), 1, "flash controller"),
        (("--root", "{tmp}/root", "--back"), 1, "no model before"),
        (("{tmp}", "--root", "{tmp}/root"), 1, "manifest.json"),
        (("--host", "pi", "--ssh", "sh -c 'exit 255'"), 3, "pi"),
    ],
)
def test_common_mistakes(bench, capsys, words, code, said):
    assert main(["flash", "model", *(word.format(tmp=bench.folder) for word in words)]) == code
    assert said in capsys.readouterr().err
