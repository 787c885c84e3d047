"""Where this user's things lie: the virtual board's flash, the keys of boards, cook records."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_state_path

STATE_VARIABLE = "WENHUO_STATE"


def state_folder(name: str) -> Path:
    """A folder of ours, made where it is absent, for this user only.

    WENHUO_STATE puts them all somewhere else; else as the platform does it
    (~/.local/state/wenhuo).
    """
    given = os.environ.get(STATE_VARIABLE)
    root = Path(given) if given else user_state_path("wenhuo")
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
