"""The engine on arm64, in a Debian tree that qemu-user runs (host_tools/arm64_root.sh makes one).

The device's own code and the model are copied into the tree, the library's arm64 wheels too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import MODEL
from wenhuo.llm.calls import PLUGIN
from wenhuo_models.eval.older import ROOT, SERVER, DistantEngine

ROOT_ENV = "WENHUO_ARM64_ROOT"
_INSIDE = Path("/var/tmp/wenhuo-engine")  # in the tree
_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_27_aarch64", "manylinux_2_28_aarch64")
_PYTHON = "3.11"  # Debian bookworm's, which Raspberry Pi OS has
# Without /sys: the other processor's description of itself makes the library's cpuinfo fall over.
_ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'


class Arm64Engine(DistantEngine):
    """A model on ai-edge-litert's arm64 wheel, on a Cortex-A53 as qemu knows it."""

    def __init__(self, root: Path, model: Path) -> None:
        """model: a folder, or a file in it.

        Raises ModelError where the tree is none, this is not root, or pip has no wheels.
        """
        if not (root / "usr/bin/python3").exists():
            raise ModelError(f"{root}: no arm64 tree; sh host_tools/arm64_root.sh makes one")
        if os.geteuid() != 0:
            raise ModelError("only root can change into another tree; run as root")
        there = root / _INSIDE.relative_to("/")
        folder, name = (model, MODEL) if model.is_dir() else (model.parent, model.name)
        _furnish(there, folder)
        paths = f"PYTHONPATH={_INSIDE}/code:{_INSIDE}/lib"
        inside = ["env", paths, "OPENBLAS_NUM_THREADS=1", "python3", "-m", SERVER]
        command = ["unshare", "--mount", "sh", "-c", _ENTER, str(root)]
        super().__init__([*command, *inside, f"{_INSIDE}/model/{name}"], _environment())


def _environment() -> Mapping[str, str]:
    return {**os.environ, "QEMU_CPU": "cortex-a53"}


def _furnish(there: Path, folder: Path) -> None:
    """Code and model anew, the wheels once."""
    for part in ("code", "model"):
        shutil.rmtree(there / part, ignore_errors=True)
    shutil.copytree(folder, there / "model")
    code, unwanted = there / "code", shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "firmware/controller/wenhuo", code / "wenhuo", ignore=unwanted)
    server = Path(*SERVER.split(".")).with_suffix(".py")
    (code / server).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "models" / server, code / server)
    if not (there / "lib").is_dir():
        _install(there / "lib")


def _install(target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    wheels = ["--only-binary=:all:", "--python-version", _PYTHON, "--implementation", "cp"]
    platforms = [word for name in _PLATFORMS for word in ("--platform", name)]
    pins = ["-c", str(ROOT / "constraints.txt"), "--target", str(target)]
    what = ["ai-edge-litert", "numpy"]
    done = subprocess.run([*pip, *wheels, *platforms, *pins, *what], check=False)
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise ModelError("pip could not fetch ai-edge-litert and numpy for arm64")
    (target / "ai_edge_litert" / PLUGIN).unlink(missing_ok=True)
