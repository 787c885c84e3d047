"""A model's folder: manifest.json has its files' hashes and says what they were built for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenhuo.errors import ModelError
from wenhuo.language.grammar import lark_grammar
from wenhuo.language.vocabulary import functional_tokens
from wenhuo.llm.library import OLDER

FORMAT = 1
MANIFEST, MODEL, TOKENIZER = "manifest.json", "model.tflite", "tokenizer.json"
MODEL_ENV = "WENHUO_MODEL"
DEFAULT_MODEL = "nano"
_REMEDY = "run `make model`, or restore the folder from the release"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A checked model folder.

    Sizes: context S rows of cache, layers L, kv_heads K, groups G query heads per key head,
    head_dim D, outputs the number of functional tokens with logits. chosen: the name of the TFLite
    file, None where nobody named one. files: names to SHA-256. formats: what each .tflite file
    is, by the format's name.
    """

    folder: Path
    dishes: tuple[str, ...]
    context: int
    layers: int
    kv_heads: int
    groups: int
    head_dim: int
    outputs: int
    chosen: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def model_for(self, library: str) -> Path:
        """The TFLite file for a library: the chosen one, unless the manifest names another.

        tflite-runtime answers zeros, without a word, for some kinds of weights; the manifest says
        which file it takes. Raises ModelError where there is none.
        """
        if library != OLDER or self.chosen is not None:
            return self.model
        for facts in self.formats.values():
            if facts["runtime"] == library:
                name = str(facts["file"])
                _check_file(self.folder / name, self.files.get(name, ""))
                return self.folder / name
        raise ModelError(f"{self.folder}: no file for {library}; install ai-edge-litert")

    @property
    def model(self) -> Path:
        """The TFLite file that was chosen."""
        return self.folder / (self.chosen or MODEL)

    @property
    def tokenizer(self) -> Path:
        """The tokenizer file."""
        return self.folder / TOKENIZER


def language_hash(dishes: Sequence[str]) -> str:
    """Fingerprint of vocabulary and grammar: a model answers rightly only in the one it learnt."""
    import hashlib  # noqa: PLC0415 - 4 MB of memory that the model's process does without

    text = "\n".join([*functional_tokens(dishes), lark_grammar(dishes)])
    return hashlib.sha256(text.encode()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    import hashlib  # noqa: PLC0415 - as above

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def default_folder() -> Path:
    """$WENHUO_MODEL, else models/artifacts/ of the checkout around this package.

    Raises ModelError where neither is a folder.
    """
    named = os.environ.get(MODEL_ENV)
    if named:
        return Path(named)
    for parent in Path(__file__).resolve().parents:
        folder = parent / "models" / "artifacts" / DEFAULT_MODEL
        if folder.is_dir():
            return folder
    raise ModelError(f"no model folder beside the package; set {MODEL_ENV} to one, or {_REMEDY}")


def read_artifact(folder: Path, dishes: Sequence[str] | None = None) -> Artifact:
    """Check a model folder: complete, unaltered, built for this language and this menu.

    folder: or one of the TFLite files in it. Raises ModelError with the remedy.
    """
    artifact = read_label(folder, dishes)
    for name in (artifact.model.name, TOKENIZER):
        _check_file(artifact.folder / name, artifact.files.get(name, ""))
    return artifact


def read_label(folder: Path, dishes: Sequence[str] | None = None) -> Artifact:
    """What the manifest says, without a look at the files it names.

    Raises ModelError where there is no manifest, or one for another language or menu.
    """
    artifact, manifest = _read(folder)
    folder, built_for = artifact.folder, artifact.dishes
    if dishes is not None and tuple(dishes) != built_for:
        odd = sorted(set(dishes) ^ set(built_for)) or "their order"
        raise ModelError(f"{folder}: model and menu differ in {odd}; retrain it with `make model`")
    if manifest["language"] != language_hash(built_for):
        raise ModelError(
            f"{folder}: the model was built for another version of the schedule language; "
            "retrain it with `make model`"
        )
    return artifact


def read_checked(folder: Path) -> Artifact:
    """What the manifest says where the host has read the folder by read_artifact() already."""
    return _read(folder)[0]


def _read(folder: Path) -> tuple[Artifact, dict[str, Any]]:
    chosen = None
    if folder.suffix == ".tflite":
        folder, chosen = folder.parent, folder.name
    manifest = _manifest(folder)
    shape = manifest["shape"]
    names = ("context", "layers", "kv_heads", "groups", "head_dim", "outputs")
    sizes = {name: int(shape[name]) for name in names}
    files = {str(name): str(digest) for name, digest in manifest["files"].items()}
    formats = manifest.get("formats", {})
    dishes = tuple(manifest["dishes"])
    found = Artifact(folder, dishes, **sizes, chosen=chosen, files=files, formats=formats)
    return found, manifest


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(f"{path}: no such file, so there is no model; {_REMEDY}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version = manifest["format"]
        missing = {"files", "dishes", "language", "shape"} - manifest.keys()
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path}: not a model's manifest ({error!r}); {_REMEDY}") from error
    if version != FORMAT or missing:
        raise ModelError(f"{path}: format {version}, this program reads {FORMAT}; {_REMEDY}")
    return manifest


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ModelError(f"{path}: no such file; {_REMEDY}")
    if file_hash(path) != expected:
        raise ModelError(f"{path}: not the file its manifest names (damaged or changed); {_REMEDY}")
