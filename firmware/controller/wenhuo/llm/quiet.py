"""Native libraries that talk on stderr while they load: heard only where the loading fails."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_GREETING = b"INFO:"


@contextmanager
def without_greeting() -> Iterator[None]:
    """Hold back the process's stderr, native code's too; what is raised brings it out, but for
    lines of INFO."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said.readlines() if failed else []:
                if not line.startswith(_GREETING):
                    os.write(2, line)
