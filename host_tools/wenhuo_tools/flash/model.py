"""`wenhuo flash model`: another model for an installed controller, and back to the one before.

The controller's own script (controller_files/model.sh) unpacks it beside the one that runs, checks
every file by SHA-256, has the device plan a sentence with it, and switches by one rename.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from wenhuo.boards import Product
from wenhuo.errors import FlashError
from wenhuo.llm.artifact import MANIFEST, MODEL, TOKENIZER, file_hash, read_artifact
from wenhuo_tools.flash.archive import pack_files
from wenhuo_tools.flash.controller import run_script
from wenhuo_tools.flash.push import Remote
from wenhuo_tools.report.transfer import transfer

_SCRIPT = Path(__file__).with_name("controller_files") / "model.sh"
_NAME_CHARS = 12  # of the manifest's SHA-256, as model.sh names a model


@dataclass(frozen=True, slots=True)
class ModelReport:
    """model: its name there. bytes: of what was to be sent; resumed: how much of it was there from
    a try that broke off. verified: every file was checked there by SHA-256. told: what became of
    it."""

    model: str
    bytes: int
    resumed: int
    verified: bool
    told: str

    def as_json(self) -> dict[str, object]:
        """As the command prints it with --json."""
        return asdict(self)


def flash_model(product: Product, folder: Path, place: Path | Remote) -> ModelReport:
    """Give a controller the model in a folder. place: its mounted card or tree, or it itself.

    Raises ModelError for a damaged model or one for another menu; FlashError, NoDeviceError: the
    controller goes on with the model it has.
    """
    files = _files(product, folder)
    name = file_hash(folder / MANIFEST)[:_NAME_CHARS]
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        archive = Path(scratch) / "model.tar"
        pack_files(files, archive)
        size = archive.stat().st_size
        if isinstance(place, Path):
            told = run_script(_SCRIPT, "put", str(archive), "--root", str(place))
            return ModelReport(name, size, 0, verified=True, told=told)
        there = f"/var/tmp/wenhuo-model-{file_hash(archive)[:_NAME_CHARS]}.tar"
        with transfer(f"model to {place.host}", size) as sent:
            resumed = place.push(archive, there, sent)
    told = _run(place, f"put {there}")
    return ModelReport(name, size, resumed, verified=True, told=told)


def model_before(place: Path | Remote) -> str:
    """Go back to the model before the one a controller has; what it said.

    Raises FlashError where there is none, NoDeviceError.
    """
    if isinstance(place, Path):
        return run_script(_SCRIPT, "back", "--root", str(place))
    return _run(place, "back")


def _run(remote: Remote, arguments: str) -> str:
    """This machine's script, with the device's files."""
    told = remote.run(f"sudo -n sh -s -- {arguments}", _SCRIPT.read_bytes())
    return told.strip().removeprefix("wenhuo: ")


def _files(product: Product, folder: Path) -> Mapping[str, Path]:
    """What the manifest names, each of it as it should be."""
    artifact = read_artifact(folder, list(product.menu))
    names = {MANIFEST, MODEL, TOKENIZER, *artifact.files}
    for name, digest in artifact.files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file() or file_hash(path) != digest:
            raise FlashError(f"{path} is not the file that the manifest names; restore the folder")
    return {name: folder / name for name in names}
