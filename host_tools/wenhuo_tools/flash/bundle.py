"""The offline bundle of a controller: wheels for its processor and Pythons, model, units.

Everything that `install.sh` in it needs is in it; the device needs no network and no pip. Layout:

    install.sh  bundle.json  SHA256SUMS  wenhuo-python  wenhuod.service  wenhuod.toml
    99-wenhuo.rules  wenhuo.sysusers
    wheels/cp311/…  wheels/cp313/…  model/…  boards/…
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenhuo.boards import Product
from wenhuo.boards.product import data_root
from wenhuo.errors import FlashError
from wenhuo.llm.artifact import default_folder, file_hash
from wenhuo_tools.image import firmware_root
from wenhuo_tools.provision.settings import Settings
from wenhuo_tools.provision.system import DAEMON_FILE, daemon_text

PYTHONS = ("311", "313")  # Raspberry Pi OS bookworm and trixie
_GLIBC_MINORS = range(17, 37)  # bookworm has 2.36
_FILES = Path(__file__).with_name("controller_files")
_SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A made bundle. bytes: of all its files."""

    folder: Path
    product: str
    files: int
    bytes: int


def open_bundle(folder: Path) -> Bundle:
    """A bundle that was made before. Raises FlashError where the folder is none."""
    try:
        about = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FlashError(
            f"{folder} is no bundle; make one with --bundle and a new folder"
        ) from None
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return Bundle(folder, about["product"], len(paths), sum(path.stat().st_size for path in paths))


def make_bundle(
    product: Product,
    dest: Path,
    *,
    pythons: Sequence[str] = PYTHONS,
    say: Callable[[str], None] = lambda _line: None,
) -> Bundle:
    """Write the bundle of a product's controller to `dest`, a new folder. Needs a package index.

    Raises FlashError where dest is not empty, pip finds no wheel, or the controller is no aarch64.
    """
    arch = product.controller.arch
    if arch != "aarch64":
        raise FlashError(
            f"product {product.id} has a controller of kind {arch}; bundles are for aarch64 "
            "(Raspberry Pi OS 64-bit): give such a product with --board"
        )
    if dest.exists() and any(dest.iterdir()):
        raise FlashError(f"{dest} is not empty; give a new folder for the bundle")
    dest.mkdir(parents=True, exist_ok=True)
    own = dest / ".own"
    say("building our packages")
    _build(own)
    for python in pythons:
        say(f"wheels for Python {python[0]}.{python[1:]} on {arch}")
        _download(own, dest / "wheels" / f"cp{python}", python, arch)
    shutil.rmtree(own)
    shutil.copytree(default_folder(), dest / "model")
    shutil.copytree(data_root(), dest / "boards")
    for path in _FILES.iterdir():
        shutil.copyfile(path, dest / path.name)
    settings = daemon_text({}, Settings(product=product.id))
    (dest / Path(DAEMON_FILE).name).write_text(settings, encoding="utf-8")
    about = {"product": product.id, "arch": arch, "pythons": list(pythons)}
    (dest / "bundle.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return _seal(dest, product.id)


def _build(own: Path) -> None:
    """Our wheels, from a copy: what an older build has left in the tree must not get into them."""
    names = ("link", "controller")
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        clean = shutil.ignore_patterns("build", "*.egg-info", "tests", "__pycache__")
        copies = [
            shutil.copytree(_checkout() / "firmware" / name, Path(scratch) / name, ignore=clean)
            for name in names
        ]
        _pip("wheel", "--no-deps", "--no-build-isolation", "-w", str(own), *map(str, copies))


def _download(own: Path, dest: Path, python: str, arch: str) -> None:
    """Our wheels and all that they need, for another Python and processor than this one's."""
    platforms = [f"manylinux_2_{minor}_{arch}" for minor in _GLIBC_MINORS]
    platforms.append(f"manylinux2014_{arch}")
    options = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
    options += [f"--platform={name}" for name in platforms]
    ours = [str(path) for path in sorted(own.glob("*.whl"))]
    constraints = str(_checkout() / "constraints.txt")
    _pip("download", *options, "-c", constraints, "-d", str(dest), *ours)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        errors = [line for line in lines if line.startswith("ERROR") and line[-1] != ":"]
        raise FlashError(f"pip: {errors[-1] if errors else lines[-1]}")


def _checkout() -> Path:
    return firmware_root().parents[1]


def _seal(dest: Path, product: str) -> Bundle:
    """Write SHA256SUMS over all files."""
    paths = sorted(path for path in dest.rglob("*") if path.is_file())
    lines = [f"{file_hash(path)}  {path.relative_to(dest).as_posix()}" for path in paths]
    (dest / _SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.chmod(dest / "install.sh", 0o755)
    return Bundle(dest, product, len(paths) + 1, sum(path.stat().st_size for path in paths))
