"""Steps that run once: each is skipped while what it is made from, and what it made, are there."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

STAMPS = "stamps.json"


class Steps:
    """The steps done in a folder, by name and fingerprint of their inputs."""

    def __init__(self, work: Path) -> None:
        self._file = work / STAMPS

    def do(
        self,
        name: str,
        inputs: Iterable[object],
        run: Callable[[], None],
        made: Sequence[Path],
    ) -> None:
        """Run a step, unless it ran with equal inputs and all it made is still there."""
        stamp = hashlib.sha256(repr(tuple(inputs)).encode()).hexdigest()
        stamps = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        if stamps.get(name) == stamp and all(path.exists() for path in made):
            log.info("%s: unchanged, skipped", name)
            return
        log.info("%s: begins", name)
        run()
        stamps[name] = stamp
        self._file.write_text(json.dumps(stamps, indent=1), "utf-8")


def sources(*folders: Path, language: str = "") -> str:
    """Fingerprint of the code and data in folders, and of a language's own fingerprint."""
    digest = hashlib.sha256(language.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".toml", ".tsv"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()
